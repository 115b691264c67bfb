/** When a failed delivery is tried again: exponential back-off with jitter, until the target's own limits are reached. */
import type { Random } from '../ports.ts';

const FIRST_DELAY_MS = 250;
/** 185 attempts at this distance fill the 24 hours that EventBridge gives an event. */
const LONGEST_DELAY_MS = 8 * 60_000;

/** The limit that ended the attempts, in the words of the dead letter's attribute. */
export type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

export interface Attempts {
  /** How often the delivery has been tried again. */
  readonly retries: number;
  readonly maxRetries: number;
  readonly ageMs: number;
  readonly maxAgeMs: number;
}

/** The delay before the next attempt, or the limit that forbids it. */
export function nextAttempt({ retries, maxRetries, ageMs, maxAgeMs }: Attempts, random: Random): { readonly delayMs: number } | { readonly exhausted: Exhausted } {
  if (retries >= maxRetries) return { exhausted: 'MaximumRetryAttempts' };
  const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(retries, 30));
  const delayMs = Math.round(ceilingMs * (0.5 + random() / 2));
  return ageMs + delayMs > maxAgeMs ? { exhausted: 'MaximumEventAgeInSeconds' } : { delayMs };
}
