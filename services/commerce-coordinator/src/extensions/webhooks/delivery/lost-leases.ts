/**
 * Finds what is leased to this process and never came to it: the connection broke after the commit, and before its answer.
 *
 * Promise: what is being handed over at this moment is left alone: given back are batches that were missing at two looks. These are
 * further apart than any statement is waited for.
 */
import type { Tx } from '@commerce/event-log/extension';
import { giveBack, readBatches } from '../deliveries.pg.ts';

const BETWEEN_MS = 15_000;

export class LostLeases {
  readonly #db: Tx;
  readonly #isHere: (batchId: string) => boolean;
  /** At the last look. */
  #missing: ReadonlySet<string> = new Set();
  #looksAtMs = Number.NEGATIVE_INFINITY;

  /** `isHere`: something of the batch is in the memory of this process. */
  constructor(db: Tx, isHere: (batchId: string) => boolean) {
    this.#db = db;
    this.#isHere = isHere;
  }

  /** Looks every 15 s, however often it is called. Gives the endpoints of what was given back. `nowMs`: monotonic. */
  async look(holder: string, nowMs: number): Promise<readonly string[]> {
    if (nowMs < this.#looksAtMs) return [];
    this.#looksAtMs = nowMs + BETWEEN_MS;
    const before = this.#missing;
    this.#missing = new Set();
    const missing = (await readBatches(this.#db, holder)).filter((batchId) => !this.#isHere(batchId));
    const lost = missing.filter((batchId) => before.has(batchId));
    this.#missing = new Set(missing.filter((batchId) => !before.has(batchId)));
    return lost.length === 0 ? [] : giveBack(this.#db, holder, lost);
  }
}
