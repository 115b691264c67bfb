/** An answer of a payment provider, and what follows when it says nothing definite. Pure. */
import { RetryLater } from '@commerce/event-log/extension';

/** An answer as it came. */
export interface ProviderResponse {
  readonly status: number;
  /** The header, if there was one. */
  readonly retryAfter: string | undefined;
  readonly body: string;
  /** It is the answer that an earlier call with the same key was given, as far as the provider says so. */
  readonly isReplayed?: boolean;
}

const LONGEST_WAIT_MS = 300_000;
/** Turned away at the door, before anything was done: our own key (for a person to mend), or too many calls. */
const TURNED_AWAY = new Set([401, 403, 429]);

/** Nobody knows what happened, unless the call was turned away. */
export function unclear({ status, retryAfter }: ProviderResponse, nowMs: number): RetryLater {
  return new RetryLater(`the payment provider answered ${status}`, { afterMs: retryAfterOf(retryAfter, nowMs), sent: !TURNED_AWAY.has(status) });
}

/** Seconds or an HTTP date, as milliseconds from now; at most five minutes. Anything else is no wish. */
export function retryAfterOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined || !/^\d{1,9}$|GMT$/.test(header)) return undefined;
  const waitMs = header.endsWith('GMT') ? Date.parse(header) - nowMs : Number(header) * 1_000;
  return Number.isFinite(waitMs) ? Math.min(LONGEST_WAIT_MS, Math.max(0, waitMs)) : undefined;
}

/** Undefined when it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
