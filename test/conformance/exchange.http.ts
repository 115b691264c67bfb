/**
 * One call over HTTP, kept as it was sent and answered. Redirects are not followed. A call that gets no answer is kept, too, and
 * answered with status 0: for the promise that is judged it is an answer that keeps nothing.
 */
import type { Exchange } from './promise.ts';

export interface ToSend {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: any;
  readonly exchange: Exchange;
}

/** The exchanges of one promise: so many are kept, the newest last. */
const KEPT = 3;
const CALL_LIMIT_MS = 10_000;

export class Recorder {
  readonly #kept: Exchange[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  last(): readonly Exchange[] {
    return this.#kept;
  }

  async send(given: ToSend): Promise<Answer> {
    const answer = await send(given, AbortSignal.any([this.#signal, AbortSignal.timeout(CALL_LIMIT_MS)]));
    this.#keep(answer.exchange);
    return answer;
  }

  /** What is asked again and answered the same is kept once. */
  #keep(exchange: Exchange): void {
    const last = this.#kept.at(-1);
    if (last !== undefined && saying(last) === saying(exchange)) this.#kept.pop();
    this.#kept.push(exchange);
    if (this.#kept.length > KEPT) this.#kept.shift();
  }
}

function saying({ method, url, body, status, answerBody }: Exchange): string {
  return JSON.stringify([method, url, body, status, answerBody]);
}

async function send({ method, url, headers, body }: ToSend, signal: AbortSignal): Promise<Answer> {
  const startedAtMs = performance.now();
  const exchange = (status: number, answerHeaders: Headers, answerBody: string): Exchange => ({
    method, url, headers, body: body ?? '', status, answerHeaders: Object.fromEntries(answerHeaders), answerBody, tookMs: performance.now() - startedAtMs,
  });
  try {
    const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...(body !== undefined && { body }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonOf(text), exchange: exchange(response.status, response.headers, text) };
  } catch (error) {
    const why = reasonOf(error);
    return { status: 0, headers: new Headers(), text: why, json: undefined, exchange: exchange(0, new Headers(), why) };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
