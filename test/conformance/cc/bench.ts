/**
 * What a promise of a Commerce Coordinator is judged with: a storefront that places and reads orders, the fulfilling side that the
 * kit plays, and the way to its queue.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { uuid7 } from '@commerce/events/uuid7';
import { z } from 'zod';
import type { Outlet } from '../bus.aws.ts';
import type { Credential } from '../credentials.http.ts';
import { within } from '../eventually.ts';
import type { Answer, Recorder } from '../exchange.http.ts';
import { must } from '../promise.ts';
import type { Affair, FulfillingSide, Fulfillment, Line } from './fulfilling-side.http.ts';

export interface CcGiven {
  /** Where it is called, without a slash at the end. */
  readonly url: string;
  readonly storefront: Credential;
  readonly side: FulfillingSide;
  readonly outlet: Outlet;
  /** Its name at the fulfilling side. */
  readonly clientId: string;
  /** When it asks for an outcome that does not come; undefined when that is not known. */
  readonly asksAfterMs: number | undefined;
  readonly patienceMs: number;
}

const orderSchema = z.object({
  orderId: z.string(), status: z.string(), version: z.int(), reason: z.object({ code: z.string() }).nullish(), fulfillmentId: z.string().nullish(),
  lines: z.array(z.object({ lineId: z.string(), sku: z.string(), quantity: z.int(), outcome: z.object({ status: z.string(), reason: z.object({ code: z.string() }).optional() }).nullish() })),
});
export type Order = z.infer<typeof orderSchema>;

/** An order of the kit: its id, the product by which its requests are known, and what came of them. */
export interface Placed {
  readonly orderId: string;
  readonly sku: string;
  readonly affair: Affair;
}

export type Envelope = Record<string, unknown> & { readonly eventType: string; readonly data: Record<string, unknown> };

export const SOURCE = 'order-fulfillment';
export const CLOSED: ReadonlySet<string> = new Set(['completed', 'cancelled']);

export class CcBench {
  readonly given: CcGiven;
  readonly signal: AbortSignal;
  readonly #recorder: Recorder;

  constructor(given: CcGiven, recorder: Recorder, signal: AbortSignal) {
    this.given = given;
    this.signal = signal;
    this.#recorder = recorder;
  }

  sleep(ms: number): Promise<void> {
    return wait(Math.max(0, ms), undefined, { signal: this.signal });
  }

  async call(method: string, path: string, body?: object, key?: string): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const contentType = text === undefined ? undefined : 'application/json';
    const shown = await this.given.storefront.headersFor({ method, url: `${this.given.url}${path}`, contentType, idempotencyKey: key, body: text });
    const headers = { ...(contentType !== undefined && { 'content-type': contentType }), ...(key !== undefined && { 'idempotency-key': key }), ...shown };
    return this.#recorder.send({ method, url: `${this.given.url}${path}`, headers, body: text });
  }

  /** Places an order of so many lines; `plan` says how its requests fare. */
  async place(lines = 1, plan: (affair: Affair) => void = () => undefined): Promise<Placed> {
    const sku = `CONFORMANCE-${randomUUID()}`;
    const affair = this.given.side.affair(sku);
    plan(affair);
    const body = { customerId: `conformance-${randomUUID()}`, currency: 'USD', lines: Array.from({ length: lines }, (_, index) => ({ sku, quantity: index + 1, unitPrice: '10.00' })) };
    const answer = await this.call('POST', '/orders', body, randomUUID());
    must(answer.status >= 200 && answer.status < 300 && typeof answer.json?.orderId === 'string', `The order should be accepted, and the answer is ${answer.status}.`);
    return { orderId: answer.json.orderId, sku, affair };
  }

  /** Waits until the fulfilling side has taken it, and gives what was taken. */
  async taken({ affair }: Placed): Promise<Fulfillment> {
    const found = await within(this.given.patienceMs, this.signal, () => affair.taken[0]);
    must(found !== undefined, `Within ${this.given.patienceMs / 1_000} s no request for fulfillment came for the order.`);
    return found;
  }

  async read({ orderId }: Placed): Promise<Order> {
    const answer = await this.call('GET', `/orders/${orderId}`);
    must(answer.status === 200, `Reading an order should be answered with 200, and the answer is ${answer.status}.`);
    const parsed = orderSchema.safeParse(answer.json);
    must(parsed.success, 'The answer is not in the form of an order.');
    return parsed.data;
  }

  async until(placed: Placed, wanted: string, fits: (order: Order) => boolean, limitMs = this.given.patienceMs): Promise<Order> {
    let last: Order | undefined;
    const found = await within(limitMs, this.signal, async () => {
      last = await this.read(placed);
      return fits(last) ? last : undefined;
    });
    must(found !== undefined, `After ${limitMs / 1_000} s the order is still not ${wanted}, but ${last?.status}.`);
    return found;
  }

  /** Waits for this status; another end on the way is an end, too. */
  async becomes(placed: Placed, status: string, limitMs?: number): Promise<Order> {
    const order = await this.until(placed, status, (found) => found.status === status || CLOSED.has(found.status), limitMs);
    must(order.status === status, `The order should be ${status}, and is ${order.status}${order.reason ? ` (${order.reason.code})` : ''}.`);
    return order;
  }

  /** The order knows that it was taken. */
  acknowledged(placed: Placed): Promise<Order> {
    return this.until(placed, 'taken note of as requested', ({ fulfillmentId }) => typeof fulfillmentId === 'string');
  }

  /** Settles it at the fulfilling side, and gives the event that tells it. `statuses`: one for each line. */
  settle(placed: Placed, statuses: readonly ('fulfilled' | 'failed')[]): Envelope {
    return told(this.given.side.becomes(placed.sku, this.#outcome(placed, statuses)));
  }

  /** The event that would tell of this outcome, which has not come about: whoever asks is told that it is under way. */
  outcome(placed: Placed, statuses: readonly ('fulfilled' | 'failed')[]): Envelope {
    return told(this.#outcome(placed, statuses));
  }

  #outcome(placed: Placed, statuses: readonly ('fulfilled' | 'failed')[]): Fulfillment {
    const fulfilled = statuses.filter((status) => status === 'fulfilled').length;
    const status = fulfilled === 0 ? 'failed' : fulfilled === statuses.length ? 'completed' : 'partial';
    const [before] = placed.affair.taken;
    must(before !== undefined, 'Nothing was taken for the order.');
    const lines = before.lines.map((line, index): Line => ({ ...line, status: statuses[index] ?? 'fulfilled', ...(statuses[index] === 'failed' && { reason: { code: 'out_of_stock' } }) }));
    const reason = status === 'failed' ? { reason: { code: 'all_lines_failed' } } : {};
    return { ...before, status, lines, version: before.version + 1 + statuses.length, ...reason };
  }

  /** Sends the event as Order Fulfillment would. */
  tell(event: Envelope): Promise<void> {
    return this.given.outlet.event(SOURCE, event.eventType, event);
  }

  /** Sends the text as it is. A promise that uses it names `raw` among its needs. */
  tellRaw(body: string): Promise<void> {
    const { raw } = this.given.outlet;
    must(raw !== undefined, 'Only a bus was given.');
    return raw(body);
  }

  /** An order that waits for its outcome. */
  async waiting(lines = 1): Promise<Placed> {
    const placed = await this.place(lines);
    await this.taken(placed);
    await this.acknowledged(placed);
    return placed;
  }

  /** Whatever came before has been heard: an order whose completion is sent now is completed. */
  async flows(): Promise<void> {
    const marker = await this.waiting();
    await this.tell(this.settle(marker, ['fulfilled']));
    await this.becomes(marker, 'completed');
    await this.sleep(150);
  }
}

/** The event that tells how a fulfillment has ended. */
export function told({ fulfillmentId, clientId, orderId, status, reason, version, lines }: Fulfillment): Envelope {
  const about = { fulfillmentId, clientId, orderId, lines };
  const data = status === 'failed' ? { ...about, reason } : { ...about, status };
  return envelope(status === 'failed' ? 'FulfillmentFailed' : 'FulfillmentCompleted', data, version);
}

export function envelope(eventType: string, data: Record<string, unknown>, sequence: number): Envelope {
  return {
    eventId: uuid7(Date.now()), eventType, eventVersion: 'v1', timestamp: new Date().toISOString(), source: SOURCE, correlationId: uuid7(Date.now()), causationId: null,
    data, metadata: { sequence },
  };
}

/** The same event under another id. */
export function again(event: Envelope, change: Record<string, unknown> = {}): Envelope {
  return { ...event, eventId: uuid7(Date.now()), ...change };
}
