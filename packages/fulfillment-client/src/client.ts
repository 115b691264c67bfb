/**
 * The door: a client of Order Fulfillment's API.
 *
 * Promise: every call has three outcomes. It resolves when the service did what was asked; it throws `FulfillmentRefused` for a
 * definite no; it throws `NotNow` for everything else, and then the same call may be made again, an order with the same key,
 * later, from another process. `request` is a hot path: one JSON.stringify, kept connections, batches where the service takes
 * them.
 * Refuses: to repeat a request or a release by itself (the caller's durable work does that). Questions are repeated, and changes
 * that are the same when they come twice.
 */
import type { SigningKey } from '@commerce/http-signatures/keys';
import { NotNow } from './answers.ts';
import type { Accepted, Verdict } from './answers.ts';
import { createBreaker } from './breaker.ts';
import type { BreakerOptions, BreakerState } from './breaker.ts';
import { createCalls } from './calls.ts';
import type { Clock, Sleep } from './calls.ts';
import { createChanges } from './changes.ts';
import type { CallOptions, ListQuery, Reason, RevokeOptions } from './changes.ts';
import { createProver, readSigningKey } from './credentials.ts';
import type { Credentials, SigningKeyText } from './credentials.ts';
import { createExchange } from './exchange.ts';
import type { Acknowledged, Acknowledgement, Capabilities, FoundOrders, Fulfillment, FulfillmentPage, RevokedOrder } from './forms.ts';
import { systemClock, systemNonce, systemRandom, systemSleep } from './ports.ts';
import { createRequests } from './requests.ts';
import type { FulfillmentOrder, RequestOptions } from './requests.ts';
import { createTokenEndpoint } from './token-endpoint.http.ts';
import type { ClientCredentials } from './token-endpoint.http.ts';
import { createTokens } from './tokens.ts';
import type { Tokens } from './tokens.ts';
import { createTransport } from './transport.http.ts';
import type { Transport } from './transport.http.ts';

export { FulfillmentRefused, NotNow } from './answers.ts';
export type { Accepted } from './answers.ts';
export type { BreakerOptions, BreakerState } from './breaker.ts';
export type { CallOptions, ListQuery, Reason, RevokeOptions } from './changes.ts';
export type { Credentials, SigningKeyText } from './credentials.ts';
export type { Acknowledged, Acknowledgement, Capabilities, FoundOrders, Fulfillment, FulfillmentPage, FulfillmentStatus, LineStatus, RevokedOrder } from './forms.ts';
export type { FulfillmentOrder, RequestOptions } from './requests.ts';
export type { ClientCredentials } from './token-endpoint.http.ts';
export type { Tokens } from './tokens.ts';

/** What is not deterministic; the real ones when left out. */
export interface Ports {
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** In [0, 1). */
  readonly random?: () => number;
  /** For signatures: 16 to 128 visible ASCII characters, never the same twice. */
  readonly nonce?: () => string;
  /** Carries the requests, in the place of connections to `baseUrl`. */
  readonly wire?: Transport;
}

export interface FulfillmentClientOptions extends Ports {
  /** The service's base URL, which is also the audience of its tokens. */
  readonly baseUrl: string;
  /**
   * Tokens, of `clientCredentials(…)` or another source, or the key of `signingKey(…)`. A source of tokens belongs to the client
   * from now on: `close` closes it.
   */
  readonly credentials: Credentials;
  /** Time for one call, all included, in ms. Default 5,000, minimum 1. */
  readonly timeoutMs?: number;
  /** Connections at most. Default 32, minimum 1. */
  readonly connections?: number;
  /**
   * Calls under way on one connection at once. Default 1: more costs no less here (measured), waits behind slow answers and
   * repeats all that a broken connection held. It helps where connections are few and far.
   */
  readonly pipelining?: number;
  /** Calls open at once; beyond it `NotNow`. Default 4,096. */
  readonly maxOpenCalls?: number;
  readonly breaker?: BreakerOptions;
  readonly onStateChange?: (state: BreakerState) => void;
  /** `auto` (the default): in batches when the service offers them. */
  readonly batch?: 'auto' | 'never';
}

export interface FulfillmentClient {
  /** Sends an order. Throws `FulfillmentRefused` or `NotNow`, as all calls do. */
  request(order: FulfillmentOrder, options: RequestOptions): Promise<Accepted>;
  /** Reads a fulfillment; `fulfillment_not_found` when the service does not know it. */
  get(fulfillmentId: string, options?: CallOptions): Promise<Fulfillment>;
  /** Reads a page of this client's fulfillments. */
  list(query: ListQuery, options?: CallOptions): Promise<FulfillmentPage>;
  /** What became of 1 to 500 orders: one item for each, in their order. */
  lookup(orderIds: readonly string[], options?: CallOptions): Promise<FoundOrders>;
  /** Tells that 1 to 500 outcomes have arrived: one result for each, in their order. */
  acknowledge(items: readonly Acknowledgement[], options?: CallOptions): Promise<Acknowledged>;
  /** Calls off what is not settled: `cancelled`, or `cancelling` while a provider has yet to tell. */
  cancel(fulfillmentId: string, reason: Reason, options?: CallOptions): Promise<Fulfillment>;
  /** Takes back what was fulfilled: lines are `revoked`, or `revoking` while a provider has yet to tell. */
  revoke(fulfillmentId: string, what: RevokeOptions, options?: CallOptions): Promise<Fulfillment>;
  /** Takes back an order or lines of it, whatever became of them, and keeps them from being accepted later. */
  revokeOrder(orderId: string, what: RevokeOptions, options?: CallOptions): Promise<RevokedOrder>;
  /** Waits with a fulfillment that nobody has begun. */
  hold(fulfillmentId: string, reason: Reason, options?: CallOptions): Promise<Fulfillment>;
  /** Goes on with it. After a `NotNow` that was sent, `not_on_hold` may mean that the first one worked: `get` tells. */
  release(fulfillmentId: string, options?: CallOptions): Promise<Fulfillment>;
  /** What the service offers. */
  capabilities(options?: CallOptions): Promise<Capabilities>;
  /** State of the circuit breaker. */
  state(): BreakerState;
  /** Turns new calls away, waits for the open ones (their deadlines bound it), closes connections and tokens. */
  close(): Promise<void>;
}

/** The key with which requests are signed instead of carrying a token. Throws for what is no such key, without showing it. */
export function signingKey(key: SigningKeyText): SigningKey {
  return readSigningKey(key);
}

/** Tokens by client credentials for `resource`, the service's base URL. `timeoutMs` (default 5,000): one request to the issuer. */
export function clientCredentials(options: ClientCredentials & Ports & { readonly timeoutMs?: number }): Tokens {
  const { timeoutMs = 5_000, clock = systemClock, sleep = systemSleep, random = systemRandom } = options;
  return createTokens(createTokenEndpoint(options), { timeoutMs, clock, sleep, random });
}

/** Opens no connection before the first call. */
export function createFulfillmentClient(options: FulfillmentClientOptions): FulfillmentClient {
  const { credentials, timeoutMs = 5_000, connections = 32, pipelining = 1, maxOpenCalls = 4_096, batch = 'auto' } = options;
  const { clock = systemClock, sleep = systemSleep, random = systemRandom, nonce = systemNonce, onStateChange = () => undefined } = options;
  const { origin, pathname } = new URL(options.baseUrl);
  const root = `${pathname.replace(/\/$/, '')}/v1`;
  const wire = options.wire ?? createTransport({ origin, connections, pipelining, connectTimeoutMs: timeoutMs });
  const breaker = createBreaker(options.breaker ?? {}, { clock, random, onStateChange });
  const prover = createProver(credentials, { origin, clock, nonce });
  const exchange = createExchange({ prover, breaker, wire, sleep, random });
  const calls = createCalls({ timeoutMs, clock, sleep });
  const sendOrder = createRequests({ root, batch, exchange, calls, clock });
  const changes = createChanges({ root, exchange, nowMs: () => clock.now().getTime() });
  let closing: Promise<unknown> | undefined;

  /** Opens a call for a caller, and turns its verdict into a result or an error. */
  async function answer<T>(callersSignal: AbortSignal | undefined, act: (signal: AbortSignal) => Promise<Verdict<T>>): Promise<T> {
    if (closing !== undefined) throw new NotNow('The client is closed.', { sent: false });
    if (calls.size() >= maxOpenCalls) throw new NotNow(`${maxOpenCalls} calls are open already.`, { sent: false });
    const call = calls.open(callersSignal);
    try {
      const verdict = await act(call.signal);
      if (verdict.ok) return verdict.value;
      throw verdict.error;
    } finally {
      call.done();
    }
  }

  return {
    request: (order, given) => answer(given.signal, (signal) => sendOrder(order, given, signal)),
    get: (id, given = {}) => answer(given.signal, changes.get(id)),
    list: (query, given = {}) => answer(given.signal, changes.list(query)),
    lookup: (orderIds, given = {}) => answer(given.signal, changes.lookup(orderIds)),
    acknowledge: (items, given = {}) => answer(given.signal, changes.acknowledge(items)),
    cancel: (id, reason, given = {}) => answer(given.signal, changes.cancel(id, reason, given)),
    revoke: (id, what, given = {}) => answer(given.signal, changes.revoke(id, what, given)),
    revokeOrder: (orderId, what, given = {}) => answer(given.signal, changes.revokeOrder(orderId, what, given)),
    hold: (id, reason, given = {}) => answer(given.signal, changes.hold(id, reason, given)),
    release: (id, given = {}) => answer(given.signal, changes.release(id, given)),
    capabilities: (given = {}) => answer(given.signal, changes.capabilities()),
    state: () => breaker.state(),
    async close() {
      closing ??= calls.drain().then(() => Promise.all([wire.close(), prover.close()]));
      await closing;
    },
  };
}
