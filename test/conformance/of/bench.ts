/**
 * What a promise of an Order Fulfillment is judged with: its callers, what may be ordered there, and a few steps that most promises
 * share. Every step throws `Broken` with its exchange when the service does not do what it should.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Credential, OAuthClient, Signer } from '../credentials.http.ts';
import { within } from '../eventually.ts';
import type { Answer, Recorder } from '../exchange.http.ts';
import { must } from '../promise.ts';
import type { Evidence } from '../promise.ts';
import { flowOf } from './book.ts';
import type { Book } from './book.ts';
import type { Feed } from './feed.ts';

/** What is ordered, and of which kind the line is. */
export interface Product {
  readonly sku: string;
  readonly kind?: string | undefined;
}

export interface Products {
  /** Fulfilled when the request is answered, or a moment later. */
  readonly instant: Product;
  /** They take a while, so that a cancellation may still come in time. */
  readonly later: readonly Product[];
  /** Taken on, and then refused by whoever carries it out. */
  readonly failing?: Product | undefined;
}

export interface Given {
  /** Where it is called, without a slash at the end. */
  readonly url: string;
  /** Under which address it knows itself: audience of tokens, target of signatures. */
  readonly audience: string;
  readonly first: Credential;
  readonly second?: Credential | undefined;
  readonly oauth?: OAuthClient | undefined;
  /** Another audience for which the issuer gives tokens. */
  readonly otherAudience?: string | undefined;
  /** A client with signatures; its key is the one that most promises use. */
  readonly signer?: Signer | undefined;
  /** One with an Ed25519 key. */
  readonly ed25519?: Signer | undefined;
  readonly products: Products;
  /** What the service says that it offers. */
  readonly lifecycle: ReadonlySet<string>;
  readonly batchMaxItems: number | undefined;
  readonly feed?: Feed | undefined;
  /** How long an outcome may take. */
  readonly patienceMs: number;
}

const reason = z.object({ code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), message: z.string().optional() });
export const STATUSES = ['scheduled', 'on_hold', 'accepted', 'in_progress', 'cancelling', 'completed', 'partial', 'failed', 'cancelled', 'revoked'] as const;
const lineSchema = z.object({
  lineId: z.string(), sku: z.string(), quantity: z.int(),
  status: z.enum(['pending', 'in_progress', 'fulfilled', 'failed', 'cancelled', 'revoking', 'revoked']), reason: reason.optional(),
});
export const fulfillmentSchema = z.object({
  fulfillmentId: z.string().min(1), clientId: z.string().min(1), orderId: z.string(), version: z.int().min(1),
  status: z.enum(STATUSES),
  reason: reason.optional(), acknowledgedVersion: z.int().optional(), lines: z.array(lineSchema).min(1),
});
export type Fulfillment = z.infer<typeof fulfillmentSchema>;
export type Status = Fulfillment['status'];

export const SETTLED: ReadonlySet<Status> = new Set(['completed', 'partial', 'failed', 'cancelled', 'revoked']);
export const REASON = { code: 'conformance_test', message: 'The conformance kit asks for it.' };
export const HOUR_MS = 3_600_000;
const MAX_ATTEMPTS = 5;
const MAX_RETRY_AFTER_MS = 5_000;

export interface CallOptions {
  readonly as?: Credential;
  readonly body?: unknown;
  /** In the place of `body`: the text as it is. */
  readonly text?: string;
  readonly key?: string;
  /** The order that the call is about: its correlation id is sent. */
  readonly orderId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

type Request = Readonly<Record<string, unknown>> & { readonly orderId?: string };
type ProductName = 'instant' | 'later' | 'failing';

export class OfBench {
  readonly given: Given;
  readonly signal: AbortSignal;
  readonly #recorder: Recorder;
  readonly #book: Book;
  #turn = 0;

  constructor(given: Given, recorder: Recorder, book: Book, signal: AbortSignal) {
    this.given = given;
    this.signal = signal;
    this.#recorder = recorder;
    this.#book = book;
  }

  /** The second client. A promise that uses it names `second` among its needs. */
  get second(): Credential {
    must(this.given.second !== undefined, 'No second client was given.');
    return this.given.second;
  }

  get feed(): Feed {
    must(this.given.feed !== undefined, 'No queue was given.');
    return this.given.feed;
  }

  sleep(ms: number): Promise<void> {
    return wait(Math.max(0, ms), undefined, { signal: this.signal });
  }

  /** A request for an order that nobody has asked for; lines 1, 2, … of these products. Products that take a while come in turn, order by order. */
  order(products: readonly ProductName[], more: Readonly<Record<string, unknown>> = {}) {
    const id = randomUUID();
    return { orderId: this.newOrderId(), orderNumber: 1 + Math.floor(Math.random() * 1_000_000_000), customer: { id: `conformance-${id}` }, lines: this.lines(products), ...more };
  }

  newOrderId(): string {
    return `${this.#book.prefix}${randomUUID()}`;
  }

  lines(products: readonly ProductName[], from = 1): { lineId: string; sku: string; quantity: number; kind?: string; repeat?: boolean }[] {
    this.#turn += 1;
    return products.map((name, index) => {
      const { sku, kind } = this.#product(name);
      return { lineId: String(from + index), sku, quantity: index + 1, ...(kind !== undefined && { kind }) };
    });
  }

  #product(name: ProductName): Product {
    const { later, ...others } = this.given.products;
    const product = name === 'later' ? later[this.#turn % later.length] : others[name];
    must(product !== undefined, `No product was given that is ${name}.`);
    return product;
  }

  /** One call. A service that asks to come again soon (429) is called again, with a credential of that moment. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#attempt(method, path, options);
      const waitMs = Number(answer.headers.get('retry-after') ?? Number.NaN) * 1_000;
      if (answer.status !== 429 || attempt === MAX_ATTEMPTS || !(waitMs <= MAX_RETRY_AFTER_MS)) return answer;
      await this.sleep(waitMs);
    }
  }

  async #attempt(method: string, path: string, options: CallOptions): Promise<Answer> {
    const { as = this.given.first, key, orderId } = options;
    const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const contentType = body === undefined ? undefined : 'application/json';
    const shown = await as.headersFor({ method, url: `${this.given.audience}${path}`, contentType, idempotencyKey: key, body });
    const headers = {
      ...(contentType !== undefined && { 'content-type': contentType }), ...(key !== undefined && { 'idempotency-key': key }), ...(orderId !== undefined && { 'x-correlation-id': flowOf(orderId) }), ...shown, ...options.headers,
    };
    const answer = await this.#recorder.send({ method, url: `${this.given.url}${path}`, headers, body });
    if (answer.status === 200 || answer.status === 202) {
      this.#book.note(answer.json, as);
      this.#book.noteAsked(options.body, answer);
    }
    return answer;
  }

  /** Asks for a fulfillment, under a key of its own when none is named. */
  ask(body: Request, options: CallOptions = {}): Promise<Answer> {
    return this.call('POST', '/v1/fulfillments', { body, key: randomUUID(), orderId: body.orderId, ...options });
  }

  /** Asks, and must be taken. */
  async take(body: Request, options: CallOptions = {}): Promise<Fulfillment> {
    return this.fulfillment(await this.ask(body, options), [200, 202]);
  }

  /** The fulfillment of an answer that must have one of these statuses. */
  fulfillment(answer: Answer, statuses: readonly number[]): Fulfillment {
    must(statuses.includes(answer.status), `The answer should be ${statuses.join(' or ')}, and is ${said(answer)}.`, shown(answer));
    const parsed = fulfillmentSchema.safeParse(answer.json);
    must(parsed.success, `The answer is not in the form of a fulfillment: ${parsed.success ? '' : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}.`, shown(answer));
    return parsed.data;
  }

  /** The answer must be this refusal, as a problem document. */
  refused(answer: Answer, status: number | readonly number[], code?: string | readonly string[]): void {
    const statuses = [status].flat();
    const codes = code === undefined ? undefined : [code].flat();
    const wanted = `${statuses.join(' or ')}${codes === undefined ? '' : ` ${codes.join(' or ')}`}`;
    must(statuses.includes(answer.status) && (codes === undefined || codes.includes(answer.json?.code)), `It should be refused with ${wanted}, and the answer is ${said(answer)}.`, shown(answer));
    must((answer.headers.get('content-type') ?? '').startsWith('application/problem+json'), 'A refusal should be a problem document (application/problem+json).', shown(answer));
  }

  async read(fulfillmentId: string, as?: Credential): Promise<Fulfillment> {
    return this.fulfillment(await this.call('GET', `/v1/fulfillments/${fulfillmentId}`, as && { as }), [200]);
  }

  /** Reads until it is as wanted. */
  async until(fulfillmentId: string, wanted: string, fits: (found: Fulfillment) => boolean, limitMs = this.given.patienceMs): Promise<Fulfillment> {
    let last: Fulfillment | undefined;
    const found = await within(limitMs, this.signal, async () => {
      last = await this.read(fulfillmentId);
      return fits(last) ? last : undefined;
    });
    must(found !== undefined, `After ${limitMs / 1_000} s it is still not ${wanted}, but ${last?.status}.`);
    return found;
  }

  settled(fulfillmentId: string, limitMs?: number): Promise<Fulfillment> {
    return this.until(fulfillmentId, 'settled', ({ status }) => SETTLED.has(status), limitMs);
  }

  /** Asks, and waits for the end, which must be this. */
  async ended(body: Request, status: Status): Promise<Fulfillment> {
    const { fulfillmentId } = await this.take(body);
    return this.is(await this.settled(fulfillmentId), status);
  }

  /** Its status must be one of these. */
  is(fulfillment: Fulfillment, ...statuses: Status[]): Fulfillment {
    must(statuses.includes(fulfillment.status), `It should be ${statuses.join(' or ')}, and is ${fulfillment.status}.`);
    return fulfillment;
  }

  /** Each line must have this status, in the order of the lines. */
  linesAre(fulfillment: Fulfillment, ...statuses: string[]): void {
    const found = fulfillment.lines.toSorted((a, b) => a.lineId.localeCompare(b.lineId, 'en', { numeric: true })).map(({ status }) => status);
    must(JSON.stringify(found) === JSON.stringify(statuses), `The lines should be ${statuses.join(', ')}, and are ${found.join(', ')}.`);
  }

  act(fulfillmentId: string, action: 'cancel' | 'revoke' | 'hold' | 'release', more: object = {}, as?: Credential): Promise<Answer> {
    const body = action === 'release' ? {} : { reason: REASON, ...more };
    return this.call('POST', `/v1/fulfillments/${fulfillmentId}/${action}`, { body, orderId: this.#book.find(fulfillmentId)?.orderId, ...(as && { as }) });
  }

  /** A fulfillment that nobody begins by itself within the hour. */
  scheduled(products: readonly ProductName[] = ['instant']): Promise<Fulfillment> {
    return this.take(this.order(products, { startAt: new Date(Date.now() + HOUR_MS).toISOString() }));
  }

  revokeOrder(orderId: string, more: object = {}, as?: Credential): Promise<Answer> {
    return this.call('POST', `/v1/orders/${encodeURIComponent(orderId)}/revoke`, { body: { reason: REASON, ...more }, orderId, ...(as && { as }) });
  }

  /** All fulfillments of an order that this client sees. */
  async ofOrder(orderId: string, as?: Credential): Promise<Fulfillment[]> {
    const answer = await this.call('GET', `/v1/fulfillments?orderId=${encodeURIComponent(orderId)}&limit=200`, as && { as });
    must(answer.status === 200 && Array.isArray(answer.json?.items), `The list of an order should be answered with 200, and the answer is ${said(answer)}.`, shown(answer));
    return answer.json.items.map((item: unknown) => {
      const parsed = fulfillmentSchema.safeParse(item);
      must(parsed.success, 'An item of the list is not in the form of a fulfillment.', shown(answer));
      return parsed.data;
    });
  }
}

export function said({ status, json, text }: Answer): string {
  if (status === 0) return `none (${text})`;
  return `${status}${typeof json?.code === 'string' ? ` ${json.code}` : ''}`;
}

export function shown(...answers: Answer[]): Partial<Evidence> {
  return { exchanges: answers.map(({ exchange }) => exchange) };
}
