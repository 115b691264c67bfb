// When a process that ended by itself is started again: the first time almost at once, then ever later, never later than the
// last figure; a process that stood long enough begins anew. It never gives up: a person sees the count and decides. Pure.

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;
const STEADY_AFTER_MS = 10_000;

/** Ends in a row, each of them within `STEADY_AFTER_MS` of its start. */
export type EndsInARow = number;

/** The new count after a process ended that had been up for `upMs`. */
export function countEnd(endsBefore: EndsInARow, upMs: number): EndsInARow {
  return upMs >= STEADY_AFTER_MS ? 1 : endsBefore + 1;
}

/** How long to wait before the next start, in milliseconds. */
export function restartDelayMs(ends: EndsInARow): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (ends - 1), LONGEST_DELAY_MS);
}
