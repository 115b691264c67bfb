/**
 * The ways in which a command can fail, and how each is told: what happened, what to do about it, where that is explained.
 * Refuses: to show anything but what the service or the issuer said in their documented fields.
 */
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { printable } from './text.ts';

/** The command was given wrongly. The message says how it is given rightly. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

/** A service said no, as problem details (RFC 9457). */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: ShownProblem;

  constructor(problem: ShownProblem) {
    super(`${problem.status} ${problem.code}`);
    this.problem = problem;
  }
}

/** It was done and shown, and what came of it is bad. The message says so in a line. */
export class Bad extends Error {
  override readonly name = 'Bad';
}

/** No usable answer came. */
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
  /** Address of that page. */
  readonly page?: string | undefined;
}

/** How the tool ends with it. */
export function exitCodeOf(failure: unknown): ExitCode {
  if (failure instanceof UsageFault) return EXIT.wrongUse;
  if (failure instanceof NoAnswer) return EXIT.noAnswer;
  if (failure instanceof Refused) return failure.problem.status >= 500 ? EXIT.noAnswer : EXIT.refused;
  return EXIT.bad;
}

const IN_DOUBT = 'The change may have been made or not: look before you repeat it.\n';

/** The failure in lines of text. Anything that is none of them is a fault of the tool, and is thrown on. */
export function failureText(failure: unknown): string {
  if (failure instanceof UsageFault || failure instanceof Bad) return `${failure.message}\n`;
  if (failure instanceof NoAnswer) return `${failure.message}\nWhat to do: ${failure.whatToDo}\n${failure.inDoubt ? IN_DOUBT : ''}`;
  if (failure instanceof Refused) return refusalText(failure.problem);
  throw failure;
}

function refusalText({ status, code, title, detail, errors = [], requestId, retryAfterSeconds, whatToDo, page }: ShownProblem): string {
  const lines = [
    `${status >= 500 ? 'Failed' : 'Refused'}: ${status} ${code}`,
    `  ${title}`,
    ...(detail === undefined ? [] : [`  ${detail}`]),
    ...errors.map(({ path, message }) => `  ${path}: ${message}`),
    ...(whatToDo === undefined ? [] : [`What to do: ${whatToDo}`]),
    ...(page === undefined ? [] : [`More: ${page}`]),
    ...(retryAfterSeconds === undefined ? [] : [`Again in ${retryAfterSeconds} s.`]),
    ...(requestId === undefined ? [] : [`Request ${requestId}`]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** The failure as a program reads it. */
export function failureJson(failure: unknown): object {
  if (failure instanceof UsageFault) return { error: { kind: 'usage', message: failure.message } };
  if (failure instanceof Bad) return { error: { kind: 'bad', message: failure.message } };
  if (failure instanceof NoAnswer) return { error: { kind: 'no_answer', message: failure.message, whatToDo: failure.whatToDo, inDoubt: failure.inDoubt } };
  if (failure instanceof Refused) return { error: { kind: 'refused', ...failure.problem } };
  throw failure;
}
