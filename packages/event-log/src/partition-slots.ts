/**
 * Which slots a partition has: as a question about one slot, and as a list for a statement.
 */
import type { Owned } from './cursors.pg.ts';

const predicates = new WeakMap<Owned, (slot: number) => boolean>();

/** Is a slot in this partition? The same function for the same partition, so that it can be taken back. */
export function inSlots(owned: Owned): (slot: number) => boolean {
  let predicate = predicates.get(owned);
  if (predicate === undefined) {
    predicate = (slot) => slot >= owned.slotFrom && slot <= owned.slotTo;
    predicates.set(owned, predicate);
  }
  return predicate;
}

/** All slots of these partitions. */
export function ownedSlots(owned: readonly Owned[]): number[] {
  return owned.flatMap((one) => Array.from({ length: one.slotTo - one.slotFrom + 1 }, (_, index) => one.slotFrom + index));
}
