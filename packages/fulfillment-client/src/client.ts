/**
 * The door: a client of Order Fulfillment's API.
 *
 * Promise: `request` has three outcomes. It resolves when the service has the order; it throws `FulfillmentRefused` for a
 * definite no; it throws `NotNow` for everything else, and then the same order may be sent again with the same key, later,
 * from another process. It is a hot path: one JSON.stringify, kept connections, batches where the service takes them.
 * Refuses: to repeat a request by itself (the caller's durable work does that); only questions (GET) are repeated.
 */
import { NotNow, readOne, readPage } from './answers.ts';
import type { Accepted, Fulfillment, FulfillmentPage, Verdict } from './answers.ts';
import { createBreaker } from './breaker.ts';
import type { BreakerOptions, BreakerState } from './breaker.ts';
import { createCalls } from './calls.ts';
import type { Clock, Sleep } from './calls.ts';
import { systemClock, systemRandom, systemSleep } from './ports.ts';
import { createExchange } from './exchange.ts';
import { createRequests } from './requests.ts';
import type { FulfillmentOrder, RequestOptions } from './requests.ts';
import { createTokenEndpoint } from './token-endpoint.http.ts';
import type { ClientCredentials } from './token-endpoint.http.ts';
import { createTokens } from './tokens.ts';
import type { Tokens } from './tokens.ts';
import { createTransport } from './transport.http.ts';

export { FulfillmentRefused, NotNow } from './answers.ts';
export type { Accepted, Fulfillment, FulfillmentPage } from './answers.ts';
export type { BreakerOptions, BreakerState } from './breaker.ts';
export type { FulfillmentOrder, RequestOptions } from './requests.ts';
export type { ClientCredentials } from './token-endpoint.http.ts';
export type { Tokens } from './tokens.ts';

/** What is not deterministic; the real ones when left out. */
export interface Ports {
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** In [0, 1). */
  readonly random?: () => number;
}

export interface FulfillmentClientOptions extends Ports {
  /** The service's base URL, which is also the audience of its tokens. */
  readonly baseUrl: string;
  /** `clientCredentials(…)`, or another source. Belongs to the client from now on: `close` closes it. */
  readonly tokens: Tokens;
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

export interface ListQuery {
  readonly orderId?: string | undefined;
  readonly status?: Fulfillment['status'] | undefined;
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface FulfillmentClient {
  /** Sends an order. Throws `FulfillmentRefused` or `NotNow`. */
  request(order: FulfillmentOrder, options: RequestOptions): Promise<Accepted>;
  /** Reads a fulfillment. Throws `FulfillmentRefused` (404 `fulfillment_not_found`) or `NotNow`. */
  get(fulfillmentId: string, options?: AskOptions): Promise<Fulfillment>;
  /** Reads a page of this client's fulfillments. Throws `FulfillmentRefused` (400) or `NotNow`. */
  list(query: ListQuery, options?: AskOptions): Promise<FulfillmentPage>;
  /** State of the circuit breaker. */
  state(): BreakerState;
  /** Turns new calls away, waits for the open ones (their deadlines bound it), closes connections and tokens. */
  close(): Promise<void>;
}

/** Tokens by client credentials for `resource`, the service's base URL. `timeoutMs` (default 5,000): one request to the issuer. */
export function clientCredentials(options: ClientCredentials & Ports & { readonly timeoutMs?: number }): Tokens {
  const { timeoutMs = 5_000, clock = systemClock, sleep = systemSleep, random = systemRandom } = options;
  return createTokens(createTokenEndpoint(options), { timeoutMs, clock, sleep, random });
}

/** Opens no connection before the first call. */
export function createFulfillmentClient(options: FulfillmentClientOptions): FulfillmentClient {
  const { tokens, timeoutMs = 5_000, connections = 32, pipelining = 1, maxOpenCalls = 4_096, batch = 'auto' } = options;
  const { clock = systemClock, sleep = systemSleep, random = systemRandom, onStateChange = () => undefined } = options;
  const { origin, pathname } = new URL(options.baseUrl);
  const root = `${pathname.replace(/\/$/, '')}/v1`;
  const wire = createTransport({ origin, connections, pipelining, connectTimeoutMs: timeoutMs });
  const breaker = createBreaker(options.breaker ?? {}, { clock, random, onStateChange });
  const exchange = createExchange({ tokens, breaker, wire, sleep, random });
  const calls = createCalls({ timeoutMs, clock, sleep });
  const sendOrder = createRequests({ root, batch, exchange, calls, clock });
  let closing: Promise<unknown> | undefined;

  const nowMs = (): number => clock.now().getTime();

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
    get: (fulfillmentId, given = {}) =>
      answer(given.signal, (signal) =>
        exchange.ask(`${root}/fulfillments/${encodeURIComponent(fulfillmentId)}`, signal, (reply) => readOne(reply, fulfillmentId, nowMs()))),
    list: (query, given = {}) =>
      answer(given.signal, (signal) =>
        exchange.ask(`${root}/fulfillments${queryString(query)}`, signal, (reply) => readPage(reply, query.orderId, nowMs()))),
    state: () => breaker.state(),
    async close() {
      closing ??= calls.drain().then(() => Promise.all([wire.close(), tokens.close()]));
      await closing;
    },
  };
}

function queryString(query: ListQuery): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}
