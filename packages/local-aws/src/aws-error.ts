/** An answer that AWS gives to a caller who is wrong: its code, its words, its HTTP status. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A request whose form is wrong, or that asks for what the local bus does not have. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
