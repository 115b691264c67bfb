/**
 * Finds what is leased to this process and never came to it: the connection broke after the commit, and before its answer.
 *
 * Promise: what is being handed over at this moment is left alone: given back is what was missing at two looks without an attempt in
 * between. They are further apart than any statement is waited for.
 */
import type { Tx } from '@commerce/event-log/extension';
import { giveBack, readLeased } from '../deliveries.pg.ts';

const BETWEEN_MS = 15_000;

export class LostLeases {
  readonly #db: Tx;
  readonly #isHere: (deliveryId: string) => boolean;
  /** Attempts of what was missing at the last look. */
  #missing: ReadonlyMap<string, number> = new Map();
  #looksAtMs = Number.NEGATIVE_INFINITY;

  /** `isHere`: this process has it in memory. */
  constructor(db: Tx, isHere: (deliveryId: string) => boolean) {
    this.#db = db;
    this.#isHere = isHere;
  }

  /** Looks every 15 s, however often it is called. Gives the endpoints of what was given back. `nowMs`: monotonic. */
  async look(holder: string, nowMs: number): Promise<readonly string[]> {
    if (nowMs < this.#looksAtMs) return [];
    this.#looksAtMs = nowMs + BETWEEN_MS;
    const before = this.#missing;
    this.#missing = new Map();
    const missing = [...(await readLeased(this.#db, holder))].filter(([deliveryId]) => !this.#isHere(deliveryId));
    const [lost, first] = [missing.filter(wasMissing), missing.filter((one) => !wasMissing(one))];
    this.#missing = new Map(first);
    return lost.length === 0 ? [] : giveBack(this.#db, holder, lost.map(([deliveryId]) => deliveryId));

    function wasMissing([deliveryId, attempt]: readonly [string, number]): boolean {
      return before.get(deliveryId) === attempt;
    }
  }
}
