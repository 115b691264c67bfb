/** What follows an attempt: when it is made again, and what an endpoint has said by its status. Pure. */
import type { Attempt } from './lease.ts';

/** What an endpoint asks to wait counts up to this. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** No wait of ours is longer. */
const MAX_WAIT_MS = 86_400_000;
const JITTER = 0.2;

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
