/**
 * Catalogue errors: what a client is told, as RFC 9457 problem details.
 * Promise: every refusal has a stable code, a status and a page under `/problems/<code>` that says what to do.
 * Refuses: to carry anything but what is written here to the client: no stack, no SQL, no cause.
 */

export interface ProblemDefinition {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  /** What happened and what the caller can do about it; shown on the problem's page. */
  readonly help: string;
  /** True when the same request may succeed later without a change. */
  readonly retryable: boolean;
}

export type ProblemCatalogue = Readonly<Record<string, ProblemDefinition>>;

/** Declares problems; the key is the code. `retryable` is false when left out. */
export function defineProblems<Code extends string>(
  problems: Record<Code, Omit<ProblemDefinition, 'code' | 'retryable'> & { retryable?: boolean }>,
): Readonly<Record<Code, ProblemDefinition>> {
  const entries = Object.entries<Omit<ProblemDefinition, 'code' | 'retryable'> & { retryable?: boolean }>(problems);
  return Object.fromEntries(
    entries.map(([code, problem]) => [code, Object.freeze({ retryable: false, ...problem, code })]),
  ) as Record<Code, ProblemDefinition>;
}

export interface FieldError {
  /** JSON pointer into the part that was refused, e.g. `/body/lines/0/quantity`. */
  path: string;
  message: string;
}

export interface ProblemOptions {
  /** A sentence about this occurrence. It reaches the client: no secrets, no personal data of others. */
  detail?: string;
  headers?: Record<string, string>;
  errors?: FieldError[];
  /** Kept for the log, never sent. */
  cause?: unknown;
}

/** `throw new Problem(baseProblems.not_found, { detail: 'There is no order with this id.' })` */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly definition: ProblemDefinition;
  readonly detail: string | undefined;
  readonly headers: Record<string, string>;
  readonly errors: FieldError[] | undefined;

  constructor(definition: ProblemDefinition, options: ProblemOptions = {}) {
    super(options.detail ?? definition.title, 'cause' in options ? { cause: options.cause } : undefined);
    this.definition = definition;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
  }

  get code(): string {
    return this.definition.code;
  }

  get status(): number {
    return this.definition.status;
  }

  get retryable(): boolean {
    return this.definition.retryable;
  }
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance: string;
  code: string;
  requestId: string;
  retryable: boolean;
  errors?: FieldError[];
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** The body that goes over the wire. */
export function problemBody(problem: Problem, requestId: string): ProblemBody {
  const { code, status, title, retryable } = problem.definition;
  return {
    type: `/problems/${code}`,
    title,
    status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    instance: UUID.test(requestId) ? `urn:uuid:${requestId}` : `urn:request:${requestId}`,
    code,
    requestId,
    retryable,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A `Retry-After` header in whole seconds, at least one. */
export function retryAfter(delayMs: number): { 'retry-after': string } {
  return { 'retry-after': String(Math.max(1, Math.ceil(delayMs / 1000))) };
}

/** The problems that every service shares. */
export const baseProblems = defineProblems({
  validation_failed: {
    status: 400,
    title: 'The request does not have the expected form',
    help: 'Each entry of "errors" names a field and what is wrong with it. Unknown fields are refused and nothing is converted: a number sent as text is wrong.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not acceptable JSON',
    help: 'Send one JSON document in UTF-8, with each name once per object, not nested too deeply, without NUL characters and half surrogate pairs, and without numbers beyond 9007199254740991: those are sent as text.',
  },
  malformed_request: {
    status: 400,
    title: 'The request cannot be read',
    help: 'The request line, the address or a header is malformed. Check how the client builds and escapes its addresses.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid access token is required',
    help: 'Send "Authorization: Bearer <token>" with a token from the issuer, made for this service and not expired. Tokens in the address are refused.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The token does not carry the required scope',
    help: 'The header WWW-Authenticate names the scope. Ask the issuer for a token with it; the client must be allowed to have it.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    help: 'The address or the id is unknown, or belongs to somebody else.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method is not offered here',
    help: 'The header Allow lists the methods that this address offers.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    help: 'The whole request must arrive within the time limit. Send it again.',
    retryable: true,
  },
  conflict: {
    status: 409,
    title: 'The request contradicts the present state',
    help: 'Read the present state and decide again.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    help: 'Send less in one request.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be JSON',
    help: 'Send the header "Content-Type: application/json", the body in UTF-8 and without Content-Encoding.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests from this client',
    help: 'Wait as long as Retry-After says, then send the same request again. RateLimit-Policy says how many may come, RateLimit how many are left.',
    retryable: true,
  },
  overloaded: {
    status: 429,
    title: 'The service has all the work it can take',
    help: 'Wait as long as Retry-After says, then send the same request again with the same Idempotency-Key.',
    retryable: true,
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    help: 'Send fewer or shorter headers; tokens have a size limit.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    help: 'This is a fault of the service. Keep the requestId: the operator finds the cause with it.',
  },
  dependency_unavailable: {
    status: 503,
    title: 'Something that this service needs cannot be reached',
    help: 'Wait as long as Retry-After says, then send the same request again with the same Idempotency-Key.',
    retryable: true,
  },
  timed_out: {
    status: 503,
    title: 'The service did not finish in time',
    help: 'The outcome is unknown. Send the same request again with the same Idempotency-Key, or read the present state.',
    retryable: true,
  },
});
