/** What follows an attempt: when it is made again, and what an endpoint has said by its status. Pure. */
import type { Endpoint } from '../endpoint.ts';
import type { Attempt, Lease } from './lease.ts';

/** What an endpoint asks to wait counts up to this. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** No wait of ours is longer. */
const MAX_WAIT_MS = 86_400_000;
const JITTER = 0.2;
/** Error of an attempt that this process broke off. */
export const INTERRUPTED = 'interrupted';

/** 2xx, and an answer that came to its end in time. */
export function isDelivered({ status, error }: Pick<Attempt, 'status' | 'error'>): boolean {
  return error === null && status !== null && status >= 200 && status < 300;
}

/** The endpoint says that it will never want this again. */
export function isGone({ status }: Pick<Attempt, 'status'>): boolean {
  return status === 410;
}

/** It is asked too much: fewer at once, then. */
export function isOverloaded({ status, error }: Pick<Attempt, 'status' | 'error'>): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504 || error !== null;
}

/** What becomes of a delivery by an attempt: `attempt` were made with it, and the next one is after `waitMs`. */
export interface Next {
  readonly state: 'delivered' | 'ready' | 'dead';
  readonly attempt: number;
  readonly waitMs: number;
}

/** An endpoint has all its attempts for each time that a delivery is sent on request. One that we broke off is made again at once, whatever is left. */
export function afterAttempt(
  { retryAttempts, retryDelayMs }: Pick<Endpoint, 'retryAttempts' | 'retryDelayMs'>, lease: Pick<Lease, 'attempt' | 'attemptsBefore'>, made: Pick<Attempt, 'status' | 'error' | 'retryAfterMs'>, random: () => number,
): Next {
  const attempt = lease.attempt + 1;
  if (isDelivered(made)) return { state: 'delivered', attempt, waitMs: 0 };
  if (isInterrupted(made)) return { state: 'ready', attempt, waitMs: 0 };
  const inSeries = attempt - lease.attemptsBefore;
  if (isGone(made) || inSeries >= retryAttempts) return { state: 'dead', attempt, waitMs: 0 };
  return { state: 'ready', attempt, waitMs: waitMs(retryDelayMs, inSeries, made.retryAfterMs, random) };
}

/** We broke it off ourselves: it says nothing of the endpoint. */
export function isInterrupted({ error }: Pick<Attempt, 'error'>): boolean {
  return error === INTERRUPTED;
}

/** Before the attempt after the `attempt`th (from 1): doubling, ±20 %, and not before the endpoint wants it. */
export function waitMs(retryDelayMs: number, attempt: number, retryAfterMs: number | null, random: () => number): number {
  const planned = Math.min(MAX_WAIT_MS, retryDelayMs * 2 ** Math.min(attempt - 1, 30)) * (1 - JITTER + 2 * JITTER * random());
  return Math.round(Math.max(planned, retryAfterMs ?? 0));
}

/** Milliseconds out of a Retry-After header: seconds, or a date. Null for one that says nothing. At most an hour. */
export function retryAfterOf(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  const asked = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(asked) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, asked)) : null;
}
