/**
 * What may become of an update, as data: how the API side says it over HTTP and over gRPC, which error the client makes of it, and
 * what the provider is answered.
 *
 * Promise: one row per class, for every mode; docs/ingest.md shows these rows, and a test holds both equal. What no row names is
 * taken for `ErrServiceUnavailable`: an update is never given up for an answer that the API side did not word itself.
 */

/** This very event was taken before. */
export class ErrConflict extends Error {
  override readonly name = 'ErrConflict';
}

/** The order does not exist, as far as is known. */
export class ErrNotFound extends Error {
  override readonly name = 'ErrNotFound';
}

/** The order, or the dispute, cannot become what is told. */
export class ErrInvalidStatus extends Error {
  override readonly name = 'ErrInvalidStatus';
}

/** No usable answer. Whether the update had its effect is unknown; the same one may be sent again. */
export class ErrServiceUnavailable extends Error {
  override readonly name = 'ErrServiceUnavailable';
  /** The time was over. */
  readonly timedOut: boolean;
  constructor(message: string, { timedOut = false, cause }: { timedOut?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.timedOut = timedOut;
  }
}

export type UpdateError = ErrConflict | ErrNotFound | ErrInvalidStatus | ErrServiceUnavailable;
export type UpdateErrorName = UpdateError['name'];

/** What the door answers to one class of outcomes. */
interface Outcome {
  readonly scenario: string;
  /** Of the API side over HTTP; `code`, of its problem document, must be there for a definite no. Undefined: whatever no other row names. */
  readonly http: { readonly status: number; readonly code?: string } | undefined;
  readonly httpWords: string;
  /** Status codes of gRPC, by their names. Undefined: whatever no other row names. */
  readonly grpc: string | undefined;
  readonly grpcWords: string;
  /** Undefined: no error. */
  readonly error: UpdateErrorName | undefined;
  /** The part of a success or an error that tells two rows apart. */
  readonly when?: 'stale' | 'timedOut';
  /** What becomes of it in the mode kafka, where the provider has its 202 before the update is judged. */
  readonly kafka: string;
  /** The status that the provider is answered, in the modes http and grpc. */
  readonly answer: 200 | 202 | 404 | 422 | 502 | 504;
}

const ROWS = [
  { scenario: 'Success', http: { status: 200 }, httpWords: '200 `applied`', grpc: 'OK', grpcWords: '`OK`, `applied`', error: undefined, kafka: '202 after the acknowledgement of the broker', answer: 202 },
  { scenario: 'Stale: something newer is known', http: { status: 200 }, httpWords: '200 `stale`', grpc: 'OK', grpcWords: '`OK`, `stale`', error: undefined, when: 'stale', kafka: 'ledger entry', answer: 200 },
  { scenario: 'Duplicate event', http: { status: 409, code: 'update_duplicate' }, httpWords: '409 `update_duplicate`', grpc: 'ALREADY_EXISTS', grpcWords: '`ALREADY_EXISTS`', error: 'ErrConflict', kafka: 'ledger entry', answer: 200 },
  { scenario: 'Order not found', http: { status: 404, code: 'update_order_unknown' }, httpWords: '404 `update_order_unknown`', grpc: 'NOT_FOUND', grpcWords: '`NOT_FOUND`', error: 'ErrNotFound', kafka: 'kept until the order comes', answer: 404 },
  { scenario: 'Invalid transition', http: { status: 422, code: 'update_status_invalid' }, httpWords: '422 `update_status_invalid`', grpc: 'FAILED_PRECONDITION', grpcWords: '`FAILED_PRECONDITION`', error: 'ErrInvalidStatus', kafka: 'ledger entry', answer: 422 },
  { scenario: 'API down', http: undefined, httpWords: 'anything else, or no connection', grpc: undefined, grpcWords: 'anything else', error: 'ErrServiceUnavailable', kafka: 'stays in the topic; 502 when the broker is down', answer: 502 },
  { scenario: 'API too slow', http: undefined, httpWords: 'no answer in time', grpc: 'DEADLINE_EXCEEDED', grpcWords: '`DEADLINE_EXCEEDED`', error: 'ErrServiceUnavailable', when: 'timedOut', kafka: 'stays in the topic; 504 when the broker is too slow', answer: 504 },
] as const satisfies readonly Outcome[];

export const OUTCOMES: readonly Outcome[] = ROWS;

/** The error for an answer of the API side over HTTP that is no success. `code`: of its problem document, if it is one. */
export function errorOfHttp(status: number, code: string | undefined, detail: string): UpdateError {
  const row = OUTCOMES.find(({ http }) => http?.code !== undefined && http.status === status && http.code === code);
  return errorNamed(row, row === undefined ? `the API side answered ${status}${code === undefined ? '' : ` (${code})`}` : detail);
}

/** The error for a status code of gRPC that is not `OK`, by its name. */
export function errorOfGrpc(name: string, detail: string): UpdateError {
  const row = OUTCOMES.find(({ grpc }) => grpc === name);
  return errorNamed(row, row === undefined ? `the API side answered ${name}` : detail);
}

/** What the provider is answered. */
export function answerOf(outcome: 'accepted' | 'stale' | UpdateError): Outcome['answer'] {
  const [error, when] = typeof outcome === 'string' ? [undefined, outcome] : [outcome.name, outcome instanceof ErrServiceUnavailable && outcome.timedOut ? 'timedOut' : undefined];
  const rows = OUTCOMES.filter((row) => row.error === error);
  return (rows.find((row) => row.when === when) ?? rows.find((row) => row.when === undefined))?.answer ?? 502;
}

/** Whether a thrown value is one of the classes. */
export function isUpdateError(error: unknown): error is UpdateError {
  return error instanceof ErrConflict || error instanceof ErrNotFound || error instanceof ErrInvalidStatus || error instanceof ErrServiceUnavailable;
}

function errorNamed(row: Outcome | undefined, message: string): UpdateError {
  if (row?.error === 'ErrConflict') return new ErrConflict(message);
  if (row?.error === 'ErrNotFound') return new ErrNotFound(message);
  if (row?.error === 'ErrInvalidStatus') return new ErrInvalidStatus(message);
  return new ErrServiceUnavailable(message, { timedOut: row?.when === 'timedOut' });
}
