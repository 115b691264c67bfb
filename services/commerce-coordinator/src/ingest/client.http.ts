/**
 * Sends updates over HTTP, with a token.
 *
 * Promise: a definite no is one that the API side worded itself; a proxy's page, a missing scope or a wrong address are not. Every call
 * ends within its deadline. Refuses: answers beyond 64 KiB, and redirects.
 */
import type { Tokens } from '@commerce/fulfillment-client';
import { Pool } from 'undici';
import type { Client, SendContext, Sent } from './client.ts';
import { errorOfHttp, ErrServiceUnavailable, isUpdateError } from './errors.ts';

export interface HttpClientOptions {
  /** Base address of the API side, without a trailing slash; asked at the first send. */
  readonly baseUrl: () => string;
  readonly tokens: Tokens;
  /** Limit of one attempt, in ms. */
  readonly timeoutMs: number;
  readonly connections: number;
}

const MAX_ANSWER_BYTES = 65_536;
const CONNECT_TIMEOUT_MS = 2_000;
const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT']);

export function createHttpClient({ baseUrl, tokens, timeoutMs, connections }: HttpClientOptions): Client {
  let opened: { readonly pool: Pool; readonly root: string } | undefined;

  function open(): { readonly pool: Pool; readonly root: string } {
    if (opened !== undefined) return opened;
    const { origin, pathname } = new URL(baseUrl());
    const pool = new Pool(origin, {
      connections, pipelining: 1, connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_ANSWER_BYTES,
    });
    opened = { pool, root: pathname.replace(/\/$/, '') };
    return opened;
  }

  async function post(path: string, body: string, { signal, correlationId }: SendContext, token: string): Promise<{ status: number; text: string }> {
    const { pool, root } = open();
    const answer = await pool.request({
      method: 'POST', path: `${root}${path}`, body, signal,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json', 'x-correlation-id': correlationId },
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  async function send(path: string, request: object, context: SendContext): Promise<Sent> {
    try {
      const body = JSON.stringify(request);
      const token = await tokens.get(context.signal);
      const first = await post(path, body, context, token);
      // A token that was turned down is replaced once.
      const { status, text } = first.status === 401 && tokens.drop(token) ? await post(path, body, context, await tokens.get(context.signal)) : first;
      return meaning(status, text);
    } catch (error) {
      if (isUpdateError(error)) throw error;
      const code = codeOf(error);
      throw new ErrServiceUnavailable(`the API side gave no answer (${code})`, { timedOut: context.signal.aborted || TIMEOUTS.has(code), cause: error });
    }
  }

  return {
    sendOrderUpdate: (request, context) => send('/internal/updates/orders', request, context),
    sendDisputeUpdate: (request, context) => send('/internal/updates/disputes', request, context),
    async close() {
      await opened?.pool.close();
      await tokens.close();
    },
  };
}

/** Throws an `UpdateError` for what is no success. */
function meaning(status: number, text: string): Sent {
  const { verdict, code, detail } = fieldsOf(text);
  if (status === 200 && verdict === 'applied') return 'accepted';
  if (status === 200 && verdict === 'stale') return 'stale';
  throw errorOfHttp(status, typeof code === 'string' ? code : undefined, typeof detail === 'string' ? detail : '');
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function codeOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown };
  return [code, name].find((text) => typeof text === 'string') ?? 'unknown';
}
