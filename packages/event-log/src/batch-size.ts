/**
 * How many subjects one transaction takes, so that the time from its first write to its commit stays under 50 ms: while it
 * lasts, its writes hold back every reader. Halved when a transaction took longer, grown by an eighth when a full one took
 * less than half of it. Where half the subjects take nearly as long, size is not the cause, and it is not made smaller still.
 */
import { MAX_SUBJECTS } from './change.pg.ts';

const LIMIT_MS = 50;
const WELL_UNDER_MS = 25;
/** A halving helps when it takes less than this part of the time. */
const HELPS = 0.75;

export class BatchSize {
  #subjects = MAX_SUBJECTS;
  /** The one that took too long and led to the last halving. */
  #larger: { readonly subjects: number; readonly ms: number } | undefined;

  /** Subjects that the next transaction may take: 1 to `MAX_SUBJECTS`. */
  get subjects(): number {
    return this.#subjects;
  }

  /** A transaction over `subjects` took `ms` from its first write to its commit. */
  took(ms: number, subjects: number): void {
    if (ms > LIMIT_MS) {
      this.#shrink(ms, subjects);
      return;
    }
    this.#larger = undefined;
    if (ms < WELL_UNDER_MS && subjects >= this.#subjects) this.#subjects = Math.min(MAX_SUBJECTS, this.#subjects + Math.max(1, this.#subjects >> 3));
  }

  #shrink(ms: number, subjects: number): void {
    const larger = this.#larger;
    if (larger !== undefined && subjects <= larger.subjects / 2 && ms > larger.ms * HELPS) {
      this.#subjects = larger.subjects;
      this.#larger = undefined;
      return;
    }
    this.#larger = { subjects, ms };
    this.#subjects = Math.max(1, Math.min(this.#subjects, subjects) >> 1);
  }
}
