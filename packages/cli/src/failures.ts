/**
 * The three ways in which a command can fail, and how each is told: what happened and what to do about it.
 * Refuses: to show anything but what the service or the issuer said in their documented fields.
 */
import { printable } from './text.ts';

/** The command was given wrongly: exit code 2. The message says how it is given rightly. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

/** A service said a definite no, as problem details (RFC 9457): exit code 1. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: ShownProblem;

  constructor(problem: ShownProblem) {
    super(`${problem.status} ${problem.code}`);
    this.problem = problem;
  }
}

/** No usable answer came: exit code 1. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly whatToDo: string;
  /** True when a change was sent, so that nobody here knows whether it was made. */
  readonly inDoubt: boolean;

  constructor(message: string, whatToDo: string, { inDoubt = false, ...options }: ErrorOptions & { inDoubt?: boolean } = {}) {
    super(message, options);
    this.whatToDo = whatToDo;
    this.inDoubt = inDoubt;
  }
}

/** True when the change that failed may have been made all the same. */
export function mayBeDone(failure: unknown): boolean {
  if (failure instanceof NoAnswer) return failure.inDoubt;
  return failure instanceof Refused && (failure.problem.status >= 500 || failure.problem.status === 408);
}

/** A problem as an operator is shown it. */
export interface ShownProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly errors?: readonly { readonly path: string; readonly message: string }[] | undefined;
  readonly requestId?: string | undefined;
  /** What `Retry-After` said, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  /** From the service's own page about the problem. */
  readonly whatToDo?: string | undefined;
}

const IN_DOUBT = 'The change may have been made or not: look before you repeat it.\n';

/** The failure in lines of text. Anything that is none of the three is a fault of the tool, and is thrown on. */
export function failureText(failure: unknown): string {
  if (failure instanceof UsageFault) return `${failure.message}\n`;
  if (failure instanceof NoAnswer) return `${failure.message}\nWhat to do: ${failure.whatToDo}\n${failure.inDoubt ? IN_DOUBT : ''}`;
  if (failure instanceof Refused) return refusalText(failure.problem);
  throw failure;
}

function refusalText({ status, code, title, detail, errors = [], requestId, retryAfterSeconds, whatToDo }: ShownProblem): string {
  const lines = [
    `Refused: ${status} ${code}`,
    `  ${title}`,
    ...(detail === undefined ? [] : [`  ${detail}`]),
    ...errors.map(({ path, message }) => `  ${path}: ${message}`),
    ...(whatToDo === undefined ? [] : [`What to do: ${whatToDo}`]),
    ...(retryAfterSeconds === undefined ? [] : [`Again in ${retryAfterSeconds} s.`]),
    ...(requestId === undefined ? [] : [`Request ${requestId}`]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** The failure as a program reads it. */
export function failureJson(failure: unknown): object {
  if (failure instanceof UsageFault) return { error: { kind: 'usage', message: failure.message } };
  if (failure instanceof NoAnswer) return { error: { kind: 'no_answer', message: failure.message, whatToDo: failure.whatToDo, inDoubt: failure.inDoubt } };
  if (failure instanceof Refused) return { error: { kind: 'refused', ...failure.problem } };
  throw failure;
}
