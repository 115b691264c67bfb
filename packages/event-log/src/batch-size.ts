/**
 * How many subjects (a rebuild: events) one transaction takes, so that what size adds to the time from its first write to its commit
 * stays under a limit: while it lasts, its writes hold back every reader.
 *
 * Only what size adds counts. A busy machine makes every transaction slow, small ones too; were they made smaller for it, there would be
 * more of them, and the machine busier still. So a line is laid through the times of the last transactions, and its slope is
 * what one more of them costs. Small ones of one size say nothing of it: then some more are allowed, so that something is learned.
 */
import { MAX_SUBJECTS } from './change.pg.ts';

/** What a transaction still counts for when one more has ended. */
const KEPT = 31 / 32;
/** Sizes that differ by less than this part of their mean say nothing of the slope. */
const SPREAD = 0.1;
/** A transaction has a time of its own; below this size it may be all of its time. */
const SMALL = 8;

export interface BatchBounds {
  /** Default 1. */
  readonly smallest?: number;
  /** Default `MAX_SUBJECTS`. */
  readonly largest?: number;
  /** Before anything is known; the largest when left out. */
  readonly first?: number;
  /** What size may add. Default 50 ms. */
  readonly limitMs?: number;
}

export class BatchSize {
  readonly #bounds: Required<BatchBounds>;
  #most: number;
  readonly #sums = { weight: 0, n: 0, ms: 0, nn: 0, nms: 0 };

  constructor({ smallest = 1, largest = MAX_SUBJECTS, first = largest, limitMs = 50 }: BatchBounds = {}) {
    this.#bounds = { smallest, largest, first, limitMs };
    this.#most = first;
  }

  /** How many the next transaction may take. */
  get most(): number {
    return this.#most;
  }

  /** A transaction over so many took `ms` from its first write to its commit. */
  took(ms: number, count: number): void {
    if (count < 1) return;
    const { smallest, largest, limitMs } = this.#bounds;
    const s = this.#sums;
    for (const key of ['weight', 'n', 'ms', 'nn', 'nms'] as const) s[key] *= KEPT;
    s.weight += 1;
    s.n += count;
    s.ms += ms;
    s.nn += count * count;
    s.nms += count * ms;
    this.#most = Math.max(smallest, this.#unlearned(largest), Math.floor(limitMs / Math.max(this.#msEach(), limitMs / largest)));
  }

  /** What one more costs; where all were of one size, all of the time is put down to it. */
  #msEach(): number {
    const { weight, n, ms, nms } = this.#sums;
    const { mean, variance, isFlat } = this.#sizes();
    return isFlat ? ms / n : (nms / weight - mean * (ms / weight)) / variance;
  }

  /** As many as it takes to learn, while all were fewer and of one size; else none. */
  #unlearned(largest: number): number {
    const { mean, isFlat } = this.#sizes();
    return isFlat && mean < SMALL ? Math.min(largest, SMALL) : 0;
  }

  #sizes(): { readonly mean: number; readonly variance: number; readonly isFlat: boolean } {
    const { weight, n, nn } = this.#sums;
    const mean = n / weight;
    const variance = nn / weight - mean * mean;
    return { mean, variance, isFlat: variance < (SPREAD * mean) ** 2 };
  }
}
