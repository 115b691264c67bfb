/**
 * Holds the rows of a sealed stretch against the records of its seal, and names what differs: pure.
 */
import type { SealRecord } from './seal.ts';
import { differingColumns } from './seal.ts';

/** Something is not as it was written. One with an id speaks of an event; the others of a seal or a head. */
export interface Finding {
  /**
   * `changed`: columns differ. `swapped`: two events stand in each other's place. `removed`, `inserted`. `moved`: it stands outside
   * its stretch. `digest`: content and digest differ, though no seal says so. `seal`, `head`: the seals themselves.
   */
  readonly kind: 'changed' | 'swapped' | 'removed' | 'inserted' | 'moved' | 'digest' | 'seal' | 'head';
  readonly seal: number | null;
  readonly eventId: string | null;
  /** Where it was sealed; for an inserted one where it stands. */
  readonly position: number | null;
  /** Columns. */
  readonly differs: readonly string[];
  readonly text: string;
}

/** Findings of one stretch, and what of it is missing, which the rest of the log may explain. */
export interface Compared {
  readonly findings: readonly Finding[];
  readonly missing: readonly SealRecord[];
}

/** `found`: the records of the rows that stand in the stretch now. */
export function compareStretch(seal: number, sealed: readonly SealRecord[], found: readonly SealRecord[]): Compared {
  const sealedById = new Map(sealed.map((record) => [record.eventId, record]));
  const foundById = new Map(found.map((record) => [record.eventId, record]));
  const changed = found.flatMap((now) => {
    const before = sealedById.get(now.eventId);
    return before === undefined || before.leaf.equals(now.leaf) ? [] : [{ before, now }];
  });
  const findings = changed.map(({ before, now }): Finding => {
    const other = changed.find((one) => one.before !== before && isInPlaceOf(now, one.before) && isInPlaceOf(one.now, before));
    const differs = differingColumns(before, now);
    const about = { seal, eventId: before.eventId, position: before.position, differs };
    if (other !== undefined) return { ...about, kind: 'swapped', text: `stands in the place of ${other.before.eventId}, and that one in its place` };
    return { ...about, kind: 'changed', text: differs.length > 0 ? `differs from what was sealed in ${differs.join(', ')}` : 'differs from what was sealed' };
  });
  const inserted = found.filter(({ eventId }) => !sealedById.has(eventId)).map(({ eventId, position }): Finding => (
    { kind: 'inserted', seal, eventId, position, differs: [], text: 'stands in a stretch that was sealed without it' }
  ));
  return { findings: [...findings, ...inserted], missing: sealed.filter(({ eventId }) => !foundById.has(eventId)) };
}

/** Has this row the place, or all columns, of another record? */
function isInPlaceOf(now: SealRecord, other: SealRecord): boolean {
  return now.position === other.position || now.prints.equals(other.prints);
}
