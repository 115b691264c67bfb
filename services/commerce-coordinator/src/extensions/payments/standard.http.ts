/**
 * The payment provider `standard` over HTTP.
 * Promise: every call ends within its deadline; calls at once are bounded. Refuses: answers beyond 64 KiB, redirects.
 */
import { RetryLater } from '@commerce/event-log/extension';
import { Pool } from 'undici';
import type { PaymentProvider } from './provider.ts';
import { chargeBody, chargeMeaning, findMeaning, refundBody, refundMeaning } from './standard.ts';
import type { StandardResponse } from './standard.ts';

export interface StandardOptions {
  /** Base address, without a trailing slash. */
  readonly url: string;
  readonly apiKey: string;
  /** Limit of one call, in ms. */
  readonly timeoutMs: number;
  /** Calls at once. */
  readonly connections: number;
  readonly nowMs: () => number;
}

export interface StandardProvider extends PaymentProvider {
  close(): Promise<void>;
}

const MAX_ANSWER_BYTES = 65_536;
const CONNECT_TIMEOUT_MS = 2_000;
/** Errors before there is a connection: nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

export function createStandardProvider({ url, apiKey, timeoutMs, connections, nowMs }: StandardOptions): StandardProvider {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections, pipelining: 1, connect: { timeout: CONNECT_TIMEOUT_MS }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_ANSWER_BYTES,
  });

  async function call(method: 'GET' | 'POST', path: string, signal: AbortSignal, sent?: { key: string; body: object }): Promise<StandardResponse> {
    try {
      const response = await pool.request({
        method, path: `${pathname.replace(/\/$/, '')}${path}`,
        headers: {
          authorization: `Bearer ${apiKey}`, accept: 'application/json',
          ...(sent !== undefined && { 'content-type': 'application/json', 'idempotency-key': sent.key }),
        },
        ...(sent !== undefined && { body: JSON.stringify(sent.body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      return { status: response.statusCode, retryAfter: [response.headers['retry-after']].flat()[0], body: await response.body.text() };
    } catch (error) {
      const code = codeOf(error);
      throw new RetryLater(`the payment provider gave no answer (${code})`, { sent: !NOT_CONNECTED.has(code) });
    }
  }

  return {
    charge: async (charge, signal) => chargeMeaning(await call('POST', '/v1/charges', signal, { key: charge.key, body: chargeBody(charge) }), charge, nowMs()),
    refund: async (refund, signal) => refundMeaning(await call('POST', '/v1/refunds', signal, { key: refund.key, body: refundBody(refund) }), nowMs()),
    find: async (key, signal) => findMeaning(await call('GET', `/v1/charges/${encodeURIComponent(key)}`, signal), nowMs()),
    close: () => pool.close(),
  };
}

function codeOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown };
  return [code, name].find((text) => typeof text === 'string') ?? 'unknown';
}
