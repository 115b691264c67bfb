/**
 * Calls to the API of a payment provider.
 * Promise: every call ends within its deadline; calls at once are bounded. Refuses: answers beyond 2 MiB, redirects.
 */
import { RetryLater } from '@commerce/event-log/extension';
import { Pool } from 'undici';
import type { CallNotes } from '../../calls/call-notes.ts';
import type { ProviderResponse } from './response.ts';

export interface CallOptions {
  /** Base address, without a trailing slash. */
  readonly url: string;
  readonly apiKey: string;
  /** Limit of one call, in ms. */
  readonly timeoutMs: number;
  /** Calls at once. */
  readonly connections: number;
  /** Where calls are noted, and under which name. */
  readonly noted?: { readonly calls: CallNotes; readonly service: string } | undefined;
}

export interface Sent {
  readonly contentType: string;
  readonly body: string;
  /** The header Idempotency-Key; none when left out. */
  readonly key?: string | undefined;
}

export interface Calls {
  /** Throws `RetryLater` when there was no answer. */
  call(method: 'GET' | 'POST', path: string, signal: AbortSignal, sent?: Sent): Promise<ProviderResponse>;
  close(): Promise<void>;
}

/** A page of a hundred intents, each with all that Stripe knows of it. */
const MAX_ANSWER_BYTES = 2_097_152;
const CONNECT_TIMEOUT_MS = 2_000;
/** Errors before there is a connection: nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

export function createCalls({ url, apiKey, timeoutMs, connections, noted }: CallOptions): Calls {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections, pipelining: 1, connect: { timeout: CONNECT_TIMEOUT_MS }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_ANSWER_BYTES,
  });
  const note = (method: string, path: string, signal: AbortSignal, sent: Sent | undefined, startedAtMs: number, response: ProviderResponse | undefined, error?: string): void =>
    noted?.calls.ended(signal, response !== undefined && response.status < 400, () => ({
      service: noted.service, method, path, requestHeaders: { 'content-type': sent?.contentType, 'idempotency-key': sent?.key }, request: sent === undefined ? undefined : { text: sent.body, contentType: sent.contentType },
      status: response?.status, answerHeaders: { 'retry-after': response?.retryAfter }, answer: response === undefined ? undefined : { text: response.body, contentType: 'application/json' }, error, tookMs: performance.now() - startedAtMs,
    }));
  return {
    async call(method, path, signal, sent) {
      const startedAtMs = performance.now();
      try {
        const response = await pool.request({
          method, path: `${pathname.replace(/\/$/, '')}${path}`,
          headers: {
            authorization: `Bearer ${apiKey}`, accept: 'application/json',
            ...(sent !== undefined && { 'content-type': sent.contentType }), ...(sent?.key !== undefined && { 'idempotency-key': sent.key }),
          },
          ...(sent !== undefined && { body: sent.body }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        const answered = { status: response.statusCode, retryAfter: [response.headers['retry-after']].flat()[0], isReplayed: response.headers['idempotent-replayed'] === 'true', body: await response.body.text() };
        note(method, path, signal, sent, startedAtMs, answered);
        return answered;
      } catch (error) {
        const code = codeOf(error);
        note(method, path, signal, sent, startedAtMs, undefined, `no answer (${code})`);
        throw new RetryLater(`the payment provider gave no answer (${code})`, { sent: !NOT_CONNECTED.has(code) });
      }
    },
    close: () => pool.close(),
  };
}

function codeOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown };
  return [code, name].find((text) => typeof text === 'string') ?? 'unknown';
}
