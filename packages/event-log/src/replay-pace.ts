/**
 * How fast a replay goes: at most at its rate, and never so that the live readers have to wait for it. Between two batches it rests
 * as long as the one before took, and longer while the readers are behind.
 */
import type { Sleep } from './backoff.ts';

export interface PaceOptions {
  /** Events in a second; null for no bound. */
  readonly rate: number | null;
  /** Milliseconds by which the live readers of this process are behind. */
  readonly lagMs: () => number;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
}

/** Beyond this it steps back, */
const BEHIND_MS = 100;
const STEP_MS = 25;
/** but it goes on after this, so that readers that are always behind do not end it. */
const MOST_MS = 2_000;

export class ReplayPace {
  readonly #o: PaceOptions;
  #nextMs = 0;

  constructor(options: PaceOptions) {
    this.#o = options;
  }

  /** How many events may go at once. */
  get most(): number {
    return this.#o.rate === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(this.#o.rate / 5));
  }

  /** To be called after a batch of so many events that took so long. Rejects when the signal is aborted. */
  async rest(events: number, tookMs: number, signal: AbortSignal): Promise<void> {
    const { rate, lagMs, sleep, monotonicMs } = this.#o;
    const nowMs = monotonicMs();
    if (rate !== null) this.#nextMs = Math.max(this.#nextMs, nowMs) + (events * 1_000) / rate;
    await sleep(Math.max(1, tookMs, this.#nextMs - nowMs), signal);
    for (let waitedMs = 0; waitedMs < MOST_MS && lagMs() > BEHIND_MS; waitedMs += STEP_MS) await sleep(STEP_MS, signal);
  }
}
