/**
 * How an order travels: alone, or with others in a batch when the service takes batches.
 * Promise: each order gets the verdict on itself. A batch that is turned down as a whole is no verdict on any order in it:
 * its orders are then sent alone, under their own keys.
 */
import { AnswerTooLarge, asSent, readBatch, readCapabilities, readRequest } from './answers.ts';
import type { Accepted, Verdict } from './answers.ts';
import { createCoalescer } from './batching.ts';
import type { Calls, Clock } from './calls.ts';
import { createBatchLimit } from './capabilities.ts';
import { ACCEPT_JSON, POST_JSON } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { flowHeaders, isHeaderText } from './flow.ts';
import type { Flow } from './flow.ts';
import type { operations } from './openapi.ts';

/** What is to be fulfilled, as the published API says. */
export type FulfillmentOrder = Given<operations['requestFulfillment']['requestBody']['content']['application/json']>;

/** Members that may be left out may also be undefined: JSON leaves them out. */
type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Given<T[Key]> | (object extends Pick<T, Key> ? undefined : never) }
    : T;

export interface RequestOptions extends Flow {
  /** 1 to 255 visible ASCII characters; the same over all attempts for this order. */
  readonly idempotencyKey: string;
  /** UUID of the request that began the flow. */
  readonly correlationId: string;
  readonly signal?: AbortSignal | undefined;
}

/** Sends one order; `signal` is that of its open call. Throws a TypeError for a key or an id that no header can carry. */
export type SendOrder = (order: FulfillmentOrder, options: RequestOptions, signal: AbortSignal) => Promise<Verdict<Accepted>>;

interface Item {
  readonly order: FulfillmentOrder;
  readonly options: RequestOptions;
  /** The item as it stands in a batch. */
  readonly json: string;
  readonly signal: AbortSignal;
}

/** Characters of one batch: small enough for a body limit of 1 MiB, in the answer too. */
const MAX_BATCH_SIZE = 131_072;
/** Statuses by which a batch is turned down for its form. */
const TURNED_DOWN = new Set<number | undefined>([400, 404, 405, 413, 415, 422, 501]);

/** `root`: path of the API, for example `/v1`. */
export function createRequests({ root, batch, exchange, calls, clock }: {
  root: string; batch: 'auto' | 'never'; exchange: Exchange; calls: Calls; clock: Clock;
}): SendOrder {
  const nowMs = (): number => clock.now().getTime();
  const limit = createBatchLimit(askBatchLimit, clock);
  const submit = createCoalescer<Item, Verdict<Accepted>>({
    send: sendBatch,
    maxItems: () => limit.maxItems() ?? 1,
    sizeOf: (item) => item.json.length,
    maxSize: MAX_BATCH_SIZE,
    givenUp: (reason, sent) => readRequest({ sent, cause: reason }, '', 0),
  });

  function sendAlone(order: FulfillmentOrder, options: RequestOptions, signal: AbortSignal): Promise<Verdict<Accepted>> {
    const headers = [...POST_JSON, 'idempotency-key', options.idempotencyKey];
    headers.push(...flowHeaders(options));
    const outgoing = { method: 'POST' as const, path: `${root}/fulfillments`, headers, body: JSON.stringify(order) };
    return exchange.once(outgoing, signal, (reply) => readRequest(reply, order.orderId, nowMs()));
  }

  async function sendBatch(items: readonly Item[]): Promise<readonly Verdict<Accepted>[]> {
    if (limit.maxItems() === null) return Promise.all(items.map(({ order, options, signal }) => sendAlone(order, options, signal)));
    const verdict = await postBatch(items);
    if (verdict.ok) return verdict.value;
    if (!TURNED_DOWN.has(verdict.error.status) && !(verdict.error.cause instanceof AnswerTooLarge)) return items.map(() => verdict);
    limit.forget();
    return Promise.all(items.map(async ({ order, options, signal }) => asSent(await sendAlone(order, options, signal))));
  }

  /** The batch has a deadline of its own: a caller that gives up leaves it to the others. */
  async function postBatch(items: readonly Item[]): Promise<Verdict<Verdict<Accepted>[]>> {
    const body = `{"items":[${items.map((item) => item.json).join(',')}]}`;
    const orderIds = items.map((item) => item.order.orderId);
    const call = calls.open();
    try {
      const outgoing = { method: 'POST' as const, path: `${root}/fulfillments/batch`, headers: POST_JSON, body };
      return await exchange.once(outgoing, call.signal, (reply) => readBatch(reply, orderIds, nowMs()));
    } finally {
      call.done();
    }
  }

  async function askBatchLimit(): Promise<Verdict<number | null>> {
    const call = calls.open();
    try {
      const outgoing = { method: 'GET' as const, path: `${root}/capabilities`, headers: ACCEPT_JSON, body: null };
      const verdict = await exchange.once(outgoing, call.signal, (reply) => readCapabilities(reply, nowMs()));
      return verdict.ok ? { ok: true, value: verdict.value.batch?.maxItems ?? null } : verdict;
    } finally {
      call.done();
    }
  }

  function sendBatched(order: FulfillmentOrder, options: RequestOptions, signal: AbortSignal): Promise<Verdict<Accepted>> {
    const { idempotencyKey, correlationId, causationId, traceparent } = options;
    const json = JSON.stringify({ idempotencyKey, correlationId, causationId, traceparent, request: order });
    return submit({ order, options, json, signal }, signal);
  }

  return async (order, options, signal) => {
    if (!isHeaderText(options.idempotencyKey)) throw new TypeError('idempotencyKey: 1 to 255 visible ASCII characters.');
    if (!isHeaderText(options.correlationId)) throw new TypeError('correlationId: a UUID.');
    const alone = batch === 'never' || options.sessionId !== undefined || limit.maxItems() === null;
    const verdict = await (alone ? sendAlone : sendBatched)(order, options, signal);
    if (verdict.ok && batch === 'auto') limit.accepted();
    return verdict;
  };
}

