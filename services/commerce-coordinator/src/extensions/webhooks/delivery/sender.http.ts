/**
 * Makes one attempt: signed anew over the stored bytes, to an address that the guard has judged for this very socket.
 *
 * Promise: an attempt ends within the endpoint's time, whatever the other side does, and takes at most 16 KiB of its answer, as it
 * comes: nothing is expanded. Redirects are not followed. It never rejects.
 */
import type { AddressGuard } from '../address-guard/address-guard.http.ts';
import { webhookSigner } from '@commerce/events/webhook-signing';
import type { WebhookSigner } from '@commerce/events/webhook-signing';
import type { Endpoint } from '../endpoint.ts';
import { inForce } from '../secrets.ts';
import type { SecretsBox } from '../secrets.ts';
import { Connections } from './connections.http.ts';
import type { Answering, GiveUp } from './connections.http.ts';
import { isHeader } from './header-form.ts';
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
 * Sockets to one origin. They serve all endpoints of an origin: a connection that is kept, with TLS some round trips and a good
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
  readonly connections: Connections;
  usedAtMs: number;
  inFlight: number;
}

interface Target {
  readonly origin: string;
  /** The head of each request, up to the headers of the delivery. */
  readonly head: string;
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
    const signed = target.sign({ webhookId: endpoint.endpointId, event: message.name, eventId: message.eventId, timestamp: Math.floor(now / 1_000), body: message.body });
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
        else exchange.begin(origin.connections, requestOf(target.head, signed, message));
      } catch (error) {
        exchange.end(null, reasonOf(error));
      }
    });
  }

  /** Sockets that nobody needs any more are closed. */
  dropIdle(): void {
    const beforeMs = this.#o.monotonicMs() - IDLE_POOL_MS;
    for (const [name, { connections, inFlight, usedAtMs }] of this.#origins) {
      if (inFlight > 0 || usedAtMs > beforeMs) continue;
      this.#origins.delete(name);
      connections.close();
    }
  }

  /** What is under way ends as stopped. */
  async close(): Promise<void> {
    const origins = [...this.#origins.values()];
    this.#origins.clear();
    for (const { connections } of origins) connections.close();
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
      const connections = new Connections({ origin: name, most: CONNECTIONS, connect: this.#o.guard.connector, idleMs: KEEP_ALIVE_MS, monotonicMs: this.#o.monotonicMs });
      origin = { connections, usedAtMs: this.#o.monotonicMs(), inFlight: 0 };
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
    const headers = { ...Object.fromEntries(Object.entries(opened.headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))), 'content-type': 'application/json', 'user-agent': 'commerce-webhooks/1' };
    const target: Target = {
      origin: url.origin, head: `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n${linesOf(headers)}`, sign: webhookSigner(secrets),
      untilMs: Math.min(...secrets.map(({ expiresAt }) => (expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)))),
    };
    this.#targets.set(endpoint, target);
    return target;
  }
}

interface Ended extends Pick<Attempt, 'status' | 'answer' | 'error'> {
  readonly retryAfter: string | undefined;
}

/** Throws an Error for what would not stay one header. */
function linesOf(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name in headers) {
    const value = headers[name] as string;
    if (!isHeader(name, value)) throw Object.assign(new Error(name), { code: 'header' });
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** The whole request in one piece, so that it is one call of the system. */
function requestOf(head: string, signed: Readonly<Record<string, string>>, { body, replayId, traceparent }: Sendable): Buffer {
  const rest = linesOf({ ...signed, ...(replayId !== null && { 'x-webhook-replay': replayId }), ...(traceparent !== null && { traceparent }) });
  const text = `${head}${rest}content-length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(text.length + body.length);
  bytes.write(text, 'latin1');
  body.copy(bytes, text.length);
  return bytes;
}

/** One request under way: ends once, by its answer, a fault, or its deadline. */
class Exchange implements Answering {
  readonly #ended: (ended: Ended) => void;
  readonly #deadline: NodeJS.Timeout;
  #drop: GiveUp | undefined;
  #isOver = false;
  #status: number | null = null;
  #retryAfter: string | undefined;
  #kept: Buffer[] = [];
  #bytes = 0;

  constructor(timeoutMs: number, ended: (ended: Ended) => void) {
    this.#ended = ended;
    this.#deadline = setTimeout(() => this.end(this.#status, `timeout: no whole answer within ${timeoutMs} ms`), timeoutMs);
  }

  begin(connections: Connections, request: Buffer): void {
    this.#drop = connections.send(request, this);
  }

  giveUp(): void {
    this.end(this.#status, INTERRUPTED);
  }

  onHead(status: number, retryAfter: string | undefined): void {
    this.#status = status;
    this.#retryAfter = retryAfter;
  }

  onData(chunk: Buffer): void {
    if (this.#bytes < KEPT_ANSWER_BYTES) this.#kept.push(chunk.subarray(0, KEPT_ANSWER_BYTES - this.#bytes));
    this.#bytes += chunk.length;
    // The rest is not read: the socket is closed.
    if (this.#bytes > MOST_ANSWER_BYTES) this.end(this.#status, null);
  }

  onEnd(): void {
    this.end(this.#status, null);
  }

  onError(error: Error): void {
    this.end(this.#status, reasonOf(error));
  }

  end(status: number | null, error: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    const answer = this.#kept.length === 0 ? null : textOf(this.#kept.length === 1 ? (this.#kept[0] as Buffer) : Buffer.concat(this.#kept));
    this.#kept = [];
    if (error !== null || this.#bytes > MOST_ANSWER_BYTES) this.#drop?.();
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
  ECONNREFUSED: 'nobody listens there', ECONNRESET: 'the other side closed the connection', closed: 'the other side closed the connection', ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be resolved now', UND_ERR_CONNECT_TIMEOUT: 'no connection in time', CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed', ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name', UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate cannot be verified',
  EPIPE: 'the other side closed the connection', no_http: 'the answer is no HTTP', stopped: 'this process stops', header: 'it has a name or a value that cannot be sent', too_long: 'the head or the framing of the answer is too long',
};
