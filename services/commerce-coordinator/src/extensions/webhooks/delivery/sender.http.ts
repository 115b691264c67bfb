/**
 * Makes one attempt: signed anew over the stored bytes, to an address that the guard has judged for this very socket.
 *
 * Promise: an attempt ends within the endpoint's time, whatever the other side does, and takes at most 16 KiB of its answer, as it
 * comes: nothing is expanded. Redirects are not followed. It never rejects.
 */
import type { AddressGuard } from '../address-guard/address-guard.http.ts';
import { webhookSigner } from '@commerce/events/webhook-signing';
import type { WebhookSigner } from '@commerce/events/webhook-signing';
import { Pool } from 'undici';
import type { Dispatcher as Undici } from 'undici';
import type { Endpoint } from '../endpoint.ts';
import { inForce } from '../secrets.ts';
import type { SecretsBox } from '../secrets.ts';
import type { Attempt, Lease } from './lease.ts';
import { INTERRUPTED, retryAfterOf } from './retry.ts';

export interface SenderOptions {
  readonly guard: Pick<AddressGuard, 'connector'>;
  readonly secrets: Pick<SecretsBox, 'open'>;
  readonly monotonicMs: () => number;
  /** Unix milliseconds, for the time that is signed. */
  readonly nowMs: () => number;
}

export type Sendable = Pick<Lease, 'eventId' | 'name' | 'body' | 'traceparent' | 'replayId'>;

/**
 * Sockets to one origin. One pool serves all endpoints of an origin: a connection that is kept, with TLS some round trips and a good
 * deal of memory, goes to whoever calls there next, so a thousand endpoints at one receiver hold as many as they use and not a thousand.
 * It bounds none of them: how much of an endpoint is under way its lane bounds, and here are as many as a process has under way at all,
 * so that no endpoint waits for a socket of another. A further one is opened only while all others are in use.
 */
const CONNECTIONS = 1_024;
const MOST_ANSWER_BYTES = 16_384;
const KEPT_ANSWER_BYTES = 4_096;
const KEEP_ALIVE_MS = 15_000;
const IDLE_POOL_MS = 60_000;

interface Origin {
  readonly pool: Pool;
  usedAtMs: number;
  inFlight: number;
}

interface Target {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sign: WebhookSigner;
  /** When one of the secrets ends, Unix milliseconds. */
  readonly untilMs: number;
}

/** A delivery's own: nobody's headers stand before them. */
const OWN_HEADERS = new Set([
  'x-webhook-signature', 'x-webhook-event', 'x-webhook-id', 'x-webhook-replay', 'webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type', 'user-agent',
  'traceparent', 'tracestate', 'host', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'expect', 'te', 'trailer', 'accept-encoding', 'content-encoding',
]);

export class Sender {
  readonly #o: SenderOptions;
  readonly #origins = new Map<string, Origin>();
  readonly #targets = new WeakMap<Endpoint, Target>();
  /** What each signal gives up, behind one listener: a thousand of them on one signal are looked through with every change. */
  readonly #givenUp = new WeakMap<AbortSignal, Set<Exchange>>();

  constructor(options: SenderOptions) {
    this.#o = options;
  }

  /** `signal`: gives up at once. */
  send(endpoint: Endpoint, message: Sendable, signal?: AbortSignal): Promise<Attempt> {
    const startedAtMs = this.#o.monotonicMs();
    const now = this.#o.nowMs();
    let target: Target;
    try {
      target = this.#targetOf(endpoint, now);
    } catch (error) {
      return Promise.resolve({ status: null, answer: null, error: reasonOf(error), durationMs: 0, retryAfterMs: null });
    }
    const origin = this.#originOf(target.origin);
    const headers = {
      ...target.headers,
      ...(message.replayId !== null && { 'x-webhook-replay': message.replayId }),
      ...(message.traceparent !== null && { traceparent: message.traceparent }),
      ...target.sign({ webhookId: endpoint.endpointId, event: message.name, eventId: message.eventId, timestamp: Math.floor(now / 1_000), body: message.body }),
    };
    origin.inFlight += 1;
    return new Promise((resolve) => {
      const group = signal === undefined ? undefined : this.#groupOf(signal);
      const exchange = new Exchange(endpoint.timeoutMs, (ended) => {
        group?.delete(exchange);
        origin.inFlight -= 1;
        origin.usedAtMs = this.#o.monotonicMs();
        resolve({ ...ended, durationMs: Math.round(origin.usedAtMs - startedAtMs), retryAfterMs: retryAfterOf(ended.retryAfter, now) });
      });
      group?.add(exchange);
      try {
        if (signal?.aborted === true) exchange.giveUp();
        else origin.pool.dispatch({ method: 'POST', path: target.path, headers, body: message.body }, exchange);
      } catch (error) {
        exchange.end(null, reasonOf(error));
      }
    });
  }

  /** Sockets that nobody needs any more are closed. */
  dropIdle(): void {
    const beforeMs = this.#o.monotonicMs() - IDLE_POOL_MS;
    for (const [name, { pool, inFlight, usedAtMs }] of this.#origins) {
      if (inFlight > 0 || usedAtMs > beforeMs) continue;
      this.#origins.delete(name);
      void pool.destroy().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const pools = [...this.#origins.values()].map(({ pool }) => pool);
    this.#origins.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #groupOf(signal: AbortSignal): Set<Exchange> {
    let group = this.#givenUp.get(signal);
    if (group === undefined) {
      const all = new Set<Exchange>();
      signal.addEventListener('abort', () => all.forEach((exchange) => exchange.giveUp()), { once: true });
      this.#givenUp.set(signal, all);
      group = all;
    }
    return group;
  }

  #originOf(name: string): Origin {
    let origin = this.#origins.get(name);
    if (origin === undefined) {
      const pool = new Pool(name, { connections: CONNECTIONS, pipelining: 1, connect: this.#o.guard.connector, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS });
      origin = { pool, usedAtMs: this.#o.monotonicMs(), inFlight: 0 };
      this.#origins.set(name, origin);
    }
    return origin;
  }

  /** Throws for an endpoint whose secrets cannot be opened. */
  #targetOf(endpoint: Endpoint, nowMs: number): Target {
    const known = this.#targets.get(endpoint);
    if (known !== undefined && nowMs < known.untilMs) return known;
    const url = new URL(endpoint.url);
    const opened = this.#o.secrets.open(endpoint.secrets, endpoint.endpointId);
    const secrets = inForce(opened.secrets, nowMs);
    const target: Target = {
      origin: url.origin, path: `${url.pathname}${url.search}`, sign: webhookSigner(secrets),
      headers: { ...Object.fromEntries(Object.entries(opened.headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))), 'content-type': 'application/json', 'user-agent': 'commerce-webhooks/1' },
      untilMs: Math.min(...secrets.map(({ expiresAt }) => (expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)))),
    };
    this.#targets.set(endpoint, target);
    return target;
  }
}

interface Ended extends Pick<Attempt, 'status' | 'answer' | 'error'> {
  readonly retryAfter: string | undefined;
}

/** One request under way: ends once, by its answer, a fault, or its deadline. */
class Exchange implements Undici.DispatchHandler {
  readonly #ended: (ended: Ended) => void;
  readonly #deadline: NodeJS.Timeout;
  #controller: Undici.DispatchController | undefined;
  #isOver = false;
  #status: number | null = null;
  #retryAfter: string | undefined;
  #kept: Buffer[] = [];
  #bytes = 0;

  constructor(timeoutMs: number, ended: (ended: Ended) => void) {
    this.#ended = ended;
    this.#deadline = setTimeout(() => this.end(this.#status, `timeout: no whole answer within ${timeoutMs} ms`), timeoutMs);
  }

  giveUp(): void {
    this.end(this.#status, INTERRUPTED);
  }

  onRequestStart(controller: Undici.DispatchController): void {
    this.#controller = controller;
    // Its time was over before a socket was there for it.
    if (this.#isOver) controller.abort(new Error('over'));
  }

  onResponseStart(_controller: Undici.DispatchController, status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (status < 200) return;
    this.#status = status;
    const after = headers['retry-after'];
    this.#retryAfter = Array.isArray(after) ? after[0] : after;
  }

  onResponseData(_controller: Undici.DispatchController, chunk: Buffer): void {
    if (this.#bytes < KEPT_ANSWER_BYTES) this.#kept.push(chunk.subarray(0, KEPT_ANSWER_BYTES - this.#bytes));
    this.#bytes += chunk.length;
    // The rest is not read: the socket is closed.
    if (this.#bytes > MOST_ANSWER_BYTES) this.end(this.#status, null);
  }

  onResponseEnd(): void {
    this.end(this.#status, null);
  }

  onResponseError(_controller: Undici.DispatchController, error: Error): void {
    this.end(this.#status, reasonOf(error));
  }

  end(status: number | null, error: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    const answer = this.#kept.length === 0 ? null : textOf(this.#kept.length === 1 ? (this.#kept[0] as Buffer) : Buffer.concat(this.#kept));
    this.#kept = [];
    if (error !== null || this.#bytes > MOST_ANSWER_BYTES) this.#controller?.abort(new Error('over'));
    this.#ended({ status, answer, error, retryAfter: this.#retryAfter });
  }
}

/** As text that a database takes: what is no UTF-8 shows as such. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '�');
}

/** Short, and safe to store and show. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.name === 'AddressRefused' ? `address refused: ${error.message}` : `${code}: ${FAULTS[code] ?? 'the connection failed'}`;
}

const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there', ECONNRESET: 'the other side closed the connection', UND_ERR_SOCKET: 'the other side closed the connection', ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be resolved now', UND_ERR_CONNECT_TIMEOUT: 'no connection in time', CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed', ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name', UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate cannot be verified',
  EPIPE: 'the other side closed the connection', HPE_INVALID_CONSTANT: 'the answer is no HTTP', UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too long',
};
