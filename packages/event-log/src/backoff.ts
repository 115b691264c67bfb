/**
 * Exponential backoff with full jitter, and a wait that can be ended early. Time and randomness come in.
 */
import type { RetryPolicy } from './extension.ts';

export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Ends a wait that is not needed any more: a reason without a stack, for it is given thousands of times a second. */
export const OVER = 'over';

export const DEFAULT_RETRY: RetryPolicy = { baseMs: 200, maxMs: 60_000, maxAttempts: 50 };

/** Milliseconds to wait after the `attempt`-th failure (from 1): random up to base × 2^(attempt − 1), at most max. */
export function backoffMs(policy: Pick<RetryPolicy, 'baseMs' | 'maxMs'>, attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30)));
}

/** A bell: `wait` ends when it rings or after `ms`. A ring while nobody waits ends the next wait at once. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;
  readonly #sleep: Sleep;

  constructor(sleep: Sleep) {
    this.#sleep = sleep;
  }

  readonly ring = (): void => {
    this.#rung = true;
    this.#wake?.();
  };

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const timer = new AbortController();
      const rung = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const stop = (): void => timer.abort(OVER);
      signal.addEventListener('abort', stop, { once: true });
      // The sleep rejects when it is ended early; that is the wanted end.
      await Promise.race([rung, this.#sleep(ms, timer.signal).catch(() => undefined)]);
      signal.removeEventListener('abort', stop);
      timer.abort(OVER);
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
