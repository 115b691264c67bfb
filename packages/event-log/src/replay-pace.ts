/**
 * How fast a replay goes: at most at its rate, and so that the live readers hardly wait for it. It works for a part of the time: after each
 * batch it rests as long as that asks for, and longer while the readers are further behind than they were before it began.
 */
import type { Sleep } from './backoff.ts';

export interface PaceOptions {
  /** Events in a second; null for no bound. */
  readonly rate: number | null;
  /** The part of the time in which it works. Default a half. */
  readonly share?: number;
  /** Milliseconds by which the live readers of this process are behind. */
  readonly lagMs: () => number;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
}

/** So much more than before the replay, and it steps back, */
const BEHIND_MS = 100;
const STEP_MS = 10;
/** but for no longer than so many times its batch took, nor than this: readers that are always behind do not end it. */
const TIMES = 3;
const MOST_MS = 200;
const HALF = 1 / 2;

export class ReplayPace {
  readonly #o: PaceOptions;
  readonly #usualMs: number;
  #nextMs = 0;

  constructor(options: PaceOptions) {
    this.#o = options;
    this.#usualMs = options.lagMs();
  }

  /** How many events may go at once. */
  get most(): number {
    return this.#o.rate === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(this.#o.rate / 5));
  }

  /** To be called after a batch of so many events that took so long; `keepRate` follows. Rejects when the signal is aborted. */
  async rest(events: number, tookMs: number, signal: AbortSignal): Promise<void> {
    const { rate, share, lagMs, sleep, monotonicMs } = this.#o;
    const startedAtMs = monotonicMs();
    if (rate !== null) this.#nextMs = Math.max(this.#nextMs, startedAtMs) + (events * 1_000) / rate;
    await sleep(restMs(tookMs, share), signal);
    const mostMs = Math.min(tookMs * TIMES, MOST_MS);
    while (lagMs() > this.#usualMs + BEHIND_MS && monotonicMs() - startedAtMs < mostMs) await sleep(STEP_MS, signal);
  }

  /** Waits for what its own rate asks of it beyond that: meanwhile others may go on. */
  async keepRate(signal: AbortSignal): Promise<void> {
    const leftMs = this.#nextMs - this.#o.monotonicMs();
    if (leftMs > 0) await this.#o.sleep(leftMs, signal);
  }
}

/** For how long whoever has worked so long rests, when it works for this part of the time. */
export function restMs(tookMs: number, share = HALF): number {
  return Math.max(1, Math.min(tookMs, MOST_MS) * (1 / share - 1));
}
