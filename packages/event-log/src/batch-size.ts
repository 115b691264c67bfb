/**
 * How many subjects one transaction takes, so that what size adds to the time from its first write to its commit stays under 50 ms:
 * while it lasts, its writes hold back every reader.
 *
 * Only what size adds counts. A busy machine makes every transaction slow, small ones too; were they made smaller for it, there would be
 * more of them, and the machine busier still. So a line is laid through the times of the last transactions, and its slope is
 * what one more subject costs.
 */
import { MAX_SUBJECTS } from './change.pg.ts';

const LIMIT_MS = 50;
/** What a transaction still counts for when one more has ended. */
const KEPT = 31 / 32;
/** Sizes that differ by less than this part of their mean say nothing of the slope. */
const SPREAD = 0.1;

export class BatchSize {
  #subjects = MAX_SUBJECTS;
  readonly #sums = { weight: 0, n: 0, ms: 0, nn: 0, nms: 0 };

  /** Subjects that the next transaction may take: 1 to `MAX_SUBJECTS`. */
  get subjects(): number {
    return this.#subjects;
  }

  /** A transaction over `subjects` took `ms` from its first write to its commit. */
  took(ms: number, subjects: number): void {
    if (subjects < 1) return;
    const s = this.#sums;
    for (const key of ['weight', 'n', 'ms', 'nn', 'nms'] as const) s[key] *= KEPT;
    s.weight += 1;
    s.n += subjects;
    s.ms += ms;
    s.nn += subjects * subjects;
    s.nms += subjects * ms;
    this.#subjects = Math.max(1, Math.min(MAX_SUBJECTS, Math.floor(LIMIT_MS / Math.max(this.#msEach(), LIMIT_MS / MAX_SUBJECTS))));
  }

  /** What one more subject costs; where all were of one size, all of the time is put down to it. */
  #msEach(): number {
    const { weight, n, ms, nn, nms } = this.#sums;
    const mean = n / weight;
    const variance = nn / weight - mean * mean;
    return variance < (SPREAD * mean) ** 2 ? ms / n : (nms / weight - mean * (ms / weight)) / variance;
  }
}
