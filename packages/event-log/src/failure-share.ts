/**
 * Which share of the last events failed. Above a fifth the extension itself is at fault, not its events: nothing more is
 * charged to them, and the reader probes with small batches until it has passed.
 */
import type { Settled } from './change.pg.ts';
import type { AnyState } from './map.ts';

/** Events in one batch, and failures forgotten at a time, while the extension is at fault. */
export const PROBE = 20;
const SYSTEMIC_SHARE = 0.2;
const SAMPLES = 200;

/** So many events fail that the extension itself is at fault: the batch is not charged to its events. */
export class ReaderPaused extends Error {
  override readonly name = 'ReaderPaused';
}

export class FailureShare {
  readonly #reader: string;
  #recent: boolean[] = [];
  #probing = false;

  constructor(reader: string) {
    this.#reader = reader;
  }

  /** Too much failed lately: small batches, and nothing parked is retried. */
  get probing(): boolean {
    return this.#probing;
  }

  /** Counts what was decided. Throws `ReaderPaused`: then none of it may be written. */
  judge(settled: readonly Settled<AnyState>[]): void {
    const recent = [...this.#recent, ...settled.map(({ outcome }) => outcome.kind === 'failed')].slice(-SAMPLES);
    const failed = recent.filter(Boolean).length;
    if (recent.length === SAMPLES && failed > SAMPLES * SYSTEMIC_SHARE) {
      const cause = settled.find(({ outcome }) => outcome.kind === 'failed')?.outcome;
      // Forgotten bit by bit, and tried in small pieces, so that the reader sees whether it has passed and never stands still.
      this.#recent = recent.slice(PROBE, -settled.length);
      this.#probing = true;
      throw new ReaderPaused(`${failed} of the last ${SAMPLES} events failed in ${this.#reader}: the extension waits.`, cause?.kind === 'failed' ? { cause: cause.error } : {});
    }
    this.#recent = recent;
    if (failed === 0) this.#probing = false;
  }
}
