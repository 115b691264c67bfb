/**
 * What an answer of Order Fulfillment means. The heart of the client, and pure.
 *
 * Promise: exactly three meanings. Accepted: a fulfillment that fits the schema and belongs to what was asked for.
 * Refused: a definite no, the same request will never be accepted. Not now: everything else, known or unknown, to be tried
 * again under the same idempotency key.
 * Refuses: to read a refusal out of anything but a problem document of the service with a code of refusals.ts (out of a
 * proxy's page, a gateway's JSON, a wrong address, a missing scope): an order must not be given up because of a fault in the
 * configuration.
 */
import type { z } from 'zod';
import { acknowledgementsSchema, batchSchema, capabilitiesSchema, foundOrdersSchema, fulfillmentSchema, pageSchema, revokedOrderSchema } from './forms.ts';
import type { Acknowledged, Acknowledgement, Capabilities, FoundOrders, Fulfillment, FulfillmentPage, RevokedOrder } from './forms.ts';
import { REFUSALS_OF_A_CHANGE, REFUSALS_OF_A_QUESTION, REFUSALS_OF_A_REQUEST } from './refusals.ts';

/** The service has the order. */
export interface Accepted {
  readonly fulfillment: Fulfillment;
  /** True when this key was answered before: the first answer again. */
  readonly replayed: boolean;
  /** 202 accepted, 200 when everything was done at once. */
  readonly status: number;
}

interface ProblemPart {
  readonly path: string;
  readonly message: string;
}

/** A definite no of the service itself: the same request will never be accepted. */
export class FulfillmentRefused extends Error {
  override readonly name = 'FulfillmentRefused';
  /** The problem's code, for example `no_provider`. */
  readonly code: string;
  readonly status: number;
  /** What of the request it is about, where the service says so: `/lines/0/sku` and the like. */
  readonly errors: readonly ProblemPart[];
  constructor(code: string, status: number, message: string, errors: readonly ProblemPart[] = []) {
    super(message);
    this.code = code;
    this.status = status;
    this.errors = errors;
  }
}

/** No usable answer. Try again later with the same idempotency key. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
  /** How long to wait, in ms, when that is known; else the caller's own policy. */
  readonly afterMs: number | undefined;
  /** False: nothing reached the service. True: it may have, whatever came back; what it did is unknown. */
  readonly sent: boolean;
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;
  constructor(message: string, given: { sent: boolean; afterMs?: number | undefined; status?: number; cause?: unknown }) {
    super(message, 'cause' in given ? { cause: given.cause } : undefined);
    this.afterMs = given.afterMs;
    this.sent = given.sent;
    this.status = given.status;
  }
}

/** The wire broke off an answer that went over its limit. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** An answer as it came over the wire. */
interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly replayed: boolean;
  readonly text: string;
}

/** No answer: refused, reset, cut off, too late, too large. */
interface Silence {
  readonly sent: boolean;
  readonly cause: unknown;
}

export type Reply = Answer | Silence;

/** `faulty`: the service did not do its part (as opposed to saying no), which is what the circuit breaker counts. */
export type Verdict<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: FulfillmentRefused | NotNow; readonly faulty: boolean };

/** An answer with its body opened; `flaw` says why there is no body. */
interface Opened {
  readonly status: number;
  readonly replayed: boolean;
  readonly afterMs: number | undefined;
  readonly body: unknown;
  /** The body came as a problem document. */
  readonly isProblem: boolean;
  readonly flaw: string | undefined;
}

/** Looks at the body of a success: a value, or the words for what is wrong with it. */
type Accept<T> = (body: unknown, opened: Opened) => { readonly value: T } | { readonly flaw: string };

const MAX_RETRY_AFTER_MS = 3_600_000;
const IN_PROGRESS_RETRY_MS = 1_000;
const MAX_WORDS = 2_000;
const MAX_PARTS = 500;
const NOTHING: ReadonlySet<string> = new Set();

/** Meaning of the answer to `POST /v1/fulfillments`. `nowMs` is Unix time, for a `Retry-After` that is a date. */
export function readRequest(reply: Reply, orderId: string, nowMs: number): Verdict<Accepted> {
  return judge(reply, nowMs, acceptedOf(orderId), REFUSALS_OF_A_REQUEST);
}

/** Meaning of the answer to `GET /v1/fulfillments/{id}`; a 404 that the service itself says is a refusal. */
export function readOne(reply: Reply, fulfillmentId: string, nowMs: number): Verdict<Fulfillment> {
  return judge(reply, nowMs, theOne(fulfillmentId), REFUSALS_OF_A_QUESTION);
}

/** Meaning of the answer to `GET /v1/fulfillments`. */
export function readPage(reply: Reply, orderId: string | undefined, nowMs: number): Verdict<FulfillmentPage> {
  const accept = accepting(pageSchema, (page) => (orderId === undefined ? undefined : foreignOrder(page.items, orderId)));
  return judge(reply, nowMs, accept, REFUSALS_OF_A_QUESTION);
}

/** Meaning of the answer to a cancel, revoke, hold or release of one fulfillment. */
export function readChanged(reply: Reply, fulfillmentId: string, nowMs: number): Verdict<Fulfillment> {
  return judge(reply, nowMs, theOne(fulfillmentId), REFUSALS_OF_A_CHANGE);
}

/** Meaning of the answer to `POST /v1/orders/{orderId}/revoke`. */
export function readRevokedOrder(reply: Reply, orderId: string, nowMs: number): Verdict<RevokedOrder> {
  const accept = accepting(revokedOrderSchema, (order) => foreignOrder([order, ...order.fulfillments], orderId));
  return judge(reply, nowMs, accept, REFUSALS_OF_A_CHANGE);
}

/** Meaning of the answer to `POST /v1/fulfillments/lookup`: one item for each order, in their order. */
export function readFound(reply: Reply, orderIds: readonly string[], nowMs: number): Verdict<FoundOrders> {
  const accept = accepting(foundOrdersSchema, ({ items }) =>
    sameOrder(items.map((item) => item.orderId), orderIds) ?? items.map((item) => foreignOrder(item.fulfillments, item.orderId)).find((flaw) => flaw !== undefined));
  return judge(reply, nowMs, accept, REFUSALS_OF_A_QUESTION);
}

/** Meaning of the answer to `POST /v1/acknowledgements`: one result for each item, in their order. */
export function readAcknowledged(reply: Reply, items: readonly Acknowledgement[], nowMs: number): Verdict<Acknowledged> {
  const accept = accepting(acknowledgementsSchema, ({ results }) =>
    sameOrder(results.map((result) => result.fulfillmentId.toLowerCase()), items.map((item) => item.fulfillmentId.toLowerCase())));
  return judge(reply, nowMs, accept, REFUSALS_OF_A_CHANGE);
}

/** Meaning of the answer to `GET /v1/capabilities`. */
export function readCapabilities(reply: Reply, nowMs: number): Verdict<Capabilities> {
  return judge(reply, nowMs, accepting(capabilitiesSchema), NOTHING);
}

/** Meaning of the answer to `POST /v1/fulfillments/batch`: one verdict for each order, in their order. */
export function readBatch(reply: Reply, orderIds: readonly string[], nowMs: number): Verdict<Verdict<Accepted>[]> {
  const accept = accepting(batchSchema, (batch) =>
    batch.results.length === orderIds.length ? undefined : `${batch.results.length} results for ${orderIds.length} items`);
  const verdict = judge(reply, nowMs, accept, NOTHING);
  if (!verdict.ok) return verdict;
  const value = verdict.value.results.map(({ status, replayed = false, body }, index) =>
    judgeOpened({ status, replayed, body, isProblem: true, afterMs: undefined, flaw: undefined }, acceptedOf(orderIds[index] as string), REFUSALS_OF_A_REQUEST));
  return { ok: true, value };
}

/** For a call that followed one that was sent: nobody may read from it that nothing was. */
export function asSent<T>(verdict: Verdict<T>): Verdict<T> {
  if (verdict.ok || verdict.error instanceof FulfillmentRefused || verdict.error.sent) return verdict;
  const { message, afterMs, cause } = verdict.error;
  return notNow(message, { sent: true, afterMs, cause }, verdict.faulty);
}

function theOne(fulfillmentId: string): Accept<Fulfillment> {
  return accepting(fulfillmentSchema, (found) =>
    found.fulfillmentId.toLowerCase() === fulfillmentId.toLowerCase() ? undefined : 'the answer is about another fulfillment');
}

function foreignOrder(items: readonly { readonly orderId: string }[], orderId: string): string | undefined {
  return items.every((item) => item.orderId === orderId) ? undefined : 'the answer is about another order';
}

function sameOrder(given: readonly string[], asked: readonly string[]): string | undefined {
  return given.length === asked.length && given.every((id, index) => id === asked[index]) ? undefined : 'the answer is not about what was asked, in its order';
}

function judge<T>(reply: Reply, nowMs: number, accept: Accept<T>, refusals: ReadonlySet<string>): Verdict<T> {
  if ('cause' in reply) {
    const words = reply.sent ? 'No answer; what became of the call is unknown' : 'The call was not sent';
    return notNow(`${words}: ${messageOf(reply.cause)}`, { sent: reply.sent, cause: reply.cause }, true);
  }
  return judgeOpened(open(reply, nowMs), accept, refusals);
}

function judgeOpened<T>(opened: Opened, accept: Accept<T>, refusals: ReadonlySet<string>): Verdict<T> {
  const { status, afterMs } = opened;
  if (status === 200 || status === 202) {
    const seen = opened.flaw === undefined ? accept(opened.body, opened) : { flaw: opened.flaw };
    if ('value' in seen) return { ok: true, value: seen.value };
    return notNow(`The answer (${status}) cannot be used: ${seen.flaw}.`, { sent: true, status, afterMs }, true);
  }
  const problem = opened.isProblem ? problemOf(opened.body) : undefined;
  if (problem !== undefined && refusals.has(`${status} ${problem.code}`)) {
    return { ok: false, error: new FulfillmentRefused(problem.code, status, problem.message, problem.errors), faulty: false };
  }
  const code = problem?.code ?? opened.flaw ?? 'no code';
  const inProgress = status === 409 && code === 'request_in_progress';
  const words = problem === undefined ? '.' : `: ${problem.message}`;
  return notNow(`The service answered ${status} (${code})${words}`,
    { sent: true, status, afterMs: afterMs ?? (inProgress ? IN_PROGRESS_RETRY_MS : undefined) }, status >= 500 || status < 400);
}

function notNow(message: string, given: ConstructorParameters<typeof NotNow>[1], faulty: boolean): Verdict<never> {
  return { ok: false, error: new NotNow(message, given), faulty };
}

function open(answer: Answer, nowMs: number): Opened {
  const { status, replayed } = answer;
  const afterMs = retryAfterMs(answer.retryAfter, nowMs);
  const type = /^application\/(problem\+)?json\b/i.exec(answer.contentType);
  const opened = { status, replayed, afterMs, isProblem: type?.[1] !== undefined };
  if (type === null) return { ...opened, body: undefined, flaw: 'not JSON' };
  try {
    return { ...opened, body: JSON.parse(answer.text), flaw: undefined };
  } catch {
    return { ...opened, body: undefined, flaw: 'malformed JSON' };
  }
}

function accepting<T>(schema: z.ZodType<T>, doubt: (value: T) => string | undefined = () => undefined): Accept<T> {
  return (body) => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      const first = parsed.error.issues[0];
      return { flaw: `at ${first?.path.join('.') || 'the top'}: ${first?.message ?? 'not as agreed'}` };
    }
    const flaw = doubt(parsed.data);
    return flaw === undefined ? { value: parsed.data } : { flaw };
  };
}

const acceptFulfillment = accepting(fulfillmentSchema);

function acceptedOf(orderId: string): Accept<Accepted> {
  return (body, { status, replayed }) => {
    const seen = acceptFulfillment(body, { status, replayed, body, isProblem: false, afterMs: undefined, flaw: undefined });
    if ('flaw' in seen) return seen;
    if (seen.value.orderId !== orderId) return { flaw: 'the answer belongs to another order' };
    return { value: { fulfillment: seen.value, replayed, status } };
  };
}

/** Code, words and parts of an RFC 9457 problem; undefined when the body is none that has a code. */
function problemOf(body: unknown): { code: string; message: string; errors: ProblemPart[] } | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { code, detail, title, errors } = body as Record<string, unknown>;
  if (typeof code !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(code)) return undefined;
  const words = [detail, title].find((text): text is string => typeof text === 'string' && text !== '');
  return { code, message: (words ?? 'The service refused the request.').slice(0, MAX_WORDS), errors: Array.isArray(errors) ? errors.flatMap(partOf).slice(0, MAX_PARTS) : [] };
}

function partOf(part: unknown): ProblemPart[] {
  const { path, message } = (part ?? {}) as Record<string, unknown>;
  return typeof path === 'string' && typeof message === 'string' ? [{ path: path.slice(0, MAX_WORDS), message: message.slice(0, MAX_WORDS) }] : [];
}

/** `Retry-After` in ms, from seconds or an HTTP date; 0 for a date that has passed, never more than an hour. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : /^[A-Za-z]{3}/.test(text) ? Date.parse(text) - nowMs : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
