/**
 * The clock of this process against the database's: ids carry the first, leases and due times the second.
 */

/** The process's clock and the database's differ by so much that ids would fall out of the window of the readers. */
export class ClockOff extends Error {
  override readonly name = 'ClockOff';
}

const CLOCK_TOLERANCE_MS = 3_600_000;

/** Throws `ClockOff` when the two clocks differ by more than an hour. */
export function refuseClock(ownMs: number, databaseMs: number): void {
  const offMs = Math.round(ownMs - databaseMs);
  if (Math.abs(offMs) > CLOCK_TOLERANCE_MS) {
    throw new ClockOff(`The clock of this process is ${Math.round(offMs / 1000)} s off the database's. Set both by NTP, then start again.`);
  }
}
