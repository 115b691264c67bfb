/** Keeps a run to its rate. */
import type { Sleep } from '@commerce/service-kit/ports';

export class Pace {
  readonly #msEach: number;
  readonly #sleep: Sleep;
  readonly #monotonicMs: () => number;
  #nextMs = 0;

  /** `rate`: in a second at most. */
  constructor(rate: number, { sleep, monotonicMs }: { readonly sleep: Sleep; readonly monotonicMs: () => number }) {
    this.#msEach = 1_000 / rate;
    this.#sleep = sleep;
    this.#monotonicMs = monotonicMs;
  }

  /** To be called after so many. Resolves when the next ones may follow; rejects when the signal is aborted. */
  async spend(count: number, signal: AbortSignal): Promise<void> {
    if (count === 0) return;
    const nowMs = this.#monotonicMs();
    this.#nextMs = Math.max(this.#nextMs, nowMs) + count * this.#msEach;
    if (this.#nextMs > nowMs) await this.#sleep(this.#nextMs - nowMs, signal);
  }
}
