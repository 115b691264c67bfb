/**
 * The calls about what was asked for already: questions, and changes of it.
 * Promise: each is repeated by itself only if coming twice does no harm. A change leads to a state, so its repetition finds the
 * state reached; a release does not, because after it the service cannot tell a second one from a wrong one.
 */
import { readAcknowledged, readCapabilities, readChanged, readFound, readOne, readPage, readRevokedOrder } from './answers.ts';
import type { Reply, Verdict } from './answers.ts';
import { ACCEPT_JSON, POST_JSON } from './exchange.ts';
import type { Exchange, Outgoing } from './exchange.ts';
import { flowHeaders } from './flow.ts';
import type { Flow } from './flow.ts';
import type { Acknowledged, Acknowledgement, Capabilities, FoundOrders, Fulfillment, FulfillmentPage, FulfillmentStatus, RevokedOrder } from './forms.ts';

export interface CallOptions extends Flow {
  readonly signal?: AbortSignal | undefined;
}

export interface Reason {
  /** Lower case, digits and `_`, 64 characters at most. */
  readonly code: string;
  readonly message?: string | undefined;
}

export interface ListQuery {
  readonly orderId?: string | undefined;
  readonly status?: FulfillmentStatus | undefined;
  /** False: the settled ones whose last version was not acknowledged, oldest first. */
  readonly acknowledged?: boolean | undefined;
  /** ISO 8601: those that were settled before it. */
  readonly settledBefore?: string | undefined;
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface RevokeOptions {
  /** Default: all lines. */
  readonly lines?: readonly string[] | undefined;
  readonly reason: Reason;
}

type Call<T> = (signal: AbortSignal) => Promise<Verdict<T>>;
type Read<T> = (reply: Reply) => Verdict<T>;

/** Each gives the call that is made once it is opened. */
export interface Changes {
  get(fulfillmentId: string): Call<Fulfillment>;
  list(query: ListQuery): Call<FulfillmentPage>;
  capabilities(): Call<Capabilities>;
  lookup(orderIds: readonly string[]): Call<FoundOrders>;
  acknowledge(items: readonly Acknowledgement[]): Call<Acknowledged>;
  cancel(fulfillmentId: string, reason: Reason, flow: Flow): Call<Fulfillment>;
  revoke(fulfillmentId: string, options: RevokeOptions, flow: Flow): Call<Fulfillment>;
  revokeOrder(orderId: string, options: RevokeOptions, flow: Flow): Call<RevokedOrder>;
  hold(fulfillmentId: string, reason: Reason, flow: Flow): Call<Fulfillment>;
  release(fulfillmentId: string, flow: Flow): Call<Fulfillment>;
}

/** `root`: path of the API, for example `/v1`. */
export function createChanges({ root, exchange, nowMs }: { root: string; exchange: Exchange; nowMs: () => number }): Changes {
  const ask = <T>(path: string, read: Read<T>): Call<T> => (signal) =>
    exchange.repeated({ method: 'GET', path: root + path, headers: ACCEPT_JSON, body: null }, signal, read);
  const posting = (path: string, body: object, flow: Flow = {}): Outgoing =>
    ({ method: 'POST', path: root + path, headers: [...POST_JSON, ...flowHeaders(flow)], body: JSON.stringify(body) });
  const post = <T>(outgoing: Outgoing, read: Read<T>): Call<T> => (signal) => exchange.repeated(outgoing, signal, read);
  const of = (fulfillmentId: string, what = ''): string => `/fulfillments/${encodeURIComponent(fulfillmentId)}${what}`;
  const changed = (fulfillmentId: string): Read<Fulfillment> => (reply) => readChanged(reply, fulfillmentId, nowMs());

  return {
    get: (id) => ask(of(id), (reply) => readOne(reply, id, nowMs())),
    list: (query) => ask(`/fulfillments${queryString(query)}`, (reply) => readPage(reply, query.orderId, nowMs())),
    capabilities: () => ask('/capabilities', (reply) => readCapabilities(reply, nowMs())),
    lookup: (orderIds) => post(posting('/fulfillments/lookup', { orderIds }), (reply) => readFound(reply, orderIds, nowMs())),
    acknowledge: (items) => post(posting('/acknowledgements', { items }), (reply) => readAcknowledged(reply, items, nowMs())),
    cancel: (id, reason, flow) => post(posting(of(id, '/cancel'), { reason }, flow), changed(id)),
    revoke: (id, { lines, reason }, flow) => post(posting(of(id, '/revoke'), { lines, reason }, flow), changed(id)),
    revokeOrder: (orderId, { lines, reason }, flow) =>
      post(posting(`/orders/${encodeURIComponent(orderId)}/revoke`, { lines, reason }, flow), (reply) => readRevokedOrder(reply, orderId, nowMs())),
    hold: (id, reason, flow) => post(posting(of(id, '/hold'), { reason }, flow), changed(id)),
    release: (id, flow) => (signal) => exchange.once(posting(of(id, '/release'), {}, flow), signal, changed(id)),
  };
}

function queryString(query: ListQuery): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}
