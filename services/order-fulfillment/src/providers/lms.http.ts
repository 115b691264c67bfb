/**
 * The LMS over HTTP, as a provider.
 * Promise: every call ends within its deadline; calls at once are bounded; an answer that did not come, or says nothing, is
 * unknown and never a refusal. Refuses: answers beyond 64 KiB, redirects.
 */
import { Pool } from 'undici';
import { enrolmentRequest, meaningOf, meaningOfReturn, unenrolmentRequest } from './lms.ts';
import type { LmsResponse } from './lms.ts';
import type { Answer, FulfillmentOfLine, LineToCarryOut, RemoteProvider, Returned } from './provider.ts';

export interface LmsOptions {
  /** Base address, without a trailing slash. */
  readonly url: string;
  readonly apiKey: string;
  /** Where the LMS tells of an activated enrolment; left out, it is asked. */
  readonly callbackUrl: string | undefined;
  /** Limit of one call, in ms. */
  readonly timeoutMs: number;
  /** Calls at once. */
  readonly connections: number;
  readonly nowMs: () => number;
}

export interface LmsProvider extends RemoteProvider {
  close(): Promise<void>;
}

const ENROL_PATH = '/api/enrollment/v1/enrollment';
const MAX_ANSWER_BYTES = 65_536;
const CONNECT_TIMEOUT_MS = 2_000;
/** Errors before there is a connection: nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

export function createLms(options: LmsOptions): LmsProvider {
  const { origin, pathname } = new URL(options.url);
  const path = `${pathname.replace(/\/$/, '')}${ENROL_PATH}`;
  const pool = new Pool(origin, {
    connections: options.connections, pipelining: 1, connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: options.timeoutMs, bodyTimeout: options.timeoutMs, maxResponseSize: MAX_ANSWER_BYTES,
  });
  return {
    name: 'lms',
    place: 'remote',
    idempotency: 'The LMS enrols once per reference, and the reference is the key of the line; an enrolment that was ended under it stays ended.',
    ask: (fulfillment, lines, signal) => Promise.all(lines.map((line) => ask(fulfillment, line, signal))),
    revoke: (fulfillment, lines, signal) => Promise.all(lines.map((line) => revoke(fulfillment, line, signal))),
    close: () => pool.close(),
  };

  async function ask(fulfillment: FulfillmentOfLine, line: LineToCarryOut, signal: AbortSignal): Promise<Answer> {
    try {
      return meaningOf(await post(enrolmentRequest(fulfillment, line, options.callbackUrl), signal), options.nowMs());
    } catch (error) {
      const code = codeOf(error);
      return { ...noAnswer(code), ...(NOT_CONNECTED.has(code) && { nothingDone: true }) };
    }
  }

  async function revoke(fulfillment: FulfillmentOfLine, line: LineToCarryOut, signal: AbortSignal): Promise<Returned> {
    try {
      return meaningOfReturn(await post(unenrolmentRequest(fulfillment, line), signal), options.nowMs());
    } catch (error) {
      return noAnswer(codeOf(error));
    }
  }

  async function post(body: object, signal: AbortSignal): Promise<LmsResponse> {
    const response = await pool.request({
      method: 'POST', path,
      headers: { authorization: `Bearer ${options.apiKey}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
    });
    return { status: response.statusCode, retryAfter: [response.headers['retry-after']].flat()[0], body: await response.body.text() };
  }
}

function noAnswer(code: string): { kind: 'unknown'; why: string } {
  return { kind: 'unknown', why: `the LMS gave no answer (${code})` };
}

function codeOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown };
  return [code, name].find((text) => typeof text === 'string') ?? 'unknown';
}
