/**
 * The wire to Order Fulfillment: a pool of kept connections, requests pipelined on them.
 * Promise: `send` always resolves, with the whole answer or with silence and whether anything may have been sent.
 * Refuses: redirects, compressed bodies, and answers over 1 MiB.
 *
 * A POST may share a connection with calls before it, and is written again on a new connection when that one breaks
 * before its turn: its idempotency key makes both harmless.
 */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { AnswerTooLarge } from './answers.ts';
import type { Reply } from './answers.ts';

const MAX_ANSWER_BYTES = 1_048_576;

/** `headers`: names and values in turn, names in lower case. */
interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: string[];
  readonly body: string | null;
}

export interface Transport {
  send(request: HttpRequest, signal: AbortSignal): Promise<Reply>;
  close(): Promise<void>;
}

/** `pipelining`: calls under way on one connection at once. */
export function createTransport({ origin, connections, pipelining, connectTimeoutMs }: {
  origin: string; connections: number; pipelining: number; connectTimeoutMs: number;
}): Transport {
  // The total deadline of each call stands in for undici's own timeouts.
  const pool = new Pool(origin, { connections, pipelining, connectTimeout: connectTimeoutMs, headersTimeout: 0, bodyTimeout: 0 });
  return {
    send: (request, signal) =>
      new Promise((resolve) => {
        const sending = new Sending(signal, resolve);
        if (!signal.aborted) pool.dispatch({ ...request, idempotent: true, blocking: false }, sending);
      }),
    close: () => pool.destroy(),
  };
}

/** One request on its way; settles once. */
class Sending implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #resolve: (reply: Reply) => void;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #sent = false;
  #status = 0;
  #headers: Record<string, string | string[] | undefined> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(signal: AbortSignal, resolve: (reply: Reply) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#onAbort = () => this.#giveUp(signal.reason);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort);
  }

  /** Right before the bytes are written. Throwing takes the request out of the queue and leaves the connection alone. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) throw new Error('given up before it was sent');
    this.#controller = controller;
    this.#sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_ANSWER_BYTES) this.#giveUp(new AnswerTooLarge(`the answer is over ${MAX_ANSWER_BYTES} bytes`));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#settle({
      status: this.#status,
      contentType: this.#header('content-type') ?? '',
      retryAfter: this.#header('retry-after'),
      replayed: this.#header('idempotency-replayed') === 'true',
      text: body.toString('utf8'),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle({ sent: this.#sent, cause: error });
  }

  #header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  #giveUp(reason: unknown): void {
    this.#settle({ sent: this.#sent, cause: reason });
    this.#controller?.abort(reason instanceof Error ? reason : new Error('given up'));
  }

  #settle(reply: Reply): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#chunks = [];
    this.#resolve(reply);
  }
}
