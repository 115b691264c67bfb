/**
 * Seals anew what another key than the newest of a list has sealed, so that the key before can be left out some day.
 * Promise: one that opens under no key of the list stays as it is, keeps no other from being sealed anew, and is told of.
 */

/** Rows with a sealed secret each. */
interface SealedRows<Row> {
  /** For the message: what they are, such as `webhooks`, and the variable with the list of keys. */
  readonly what: string;
  readonly variable: string;
  /** The next ones that another key has sealed, by id, behind this one or from the first; none when there are no more. */
  readonly read: (after: string | undefined) => Promise<readonly Row[]>;
  readonly idOf: (row: Row) => string;
  /** Under the newest key. Throws for one that opens under no key. */
  readonly reseal: (row: Row) => Buffer;
  /** Puts these in the place of what was read. One that was changed or removed meanwhile stays so. */
  readonly replace: (resealed: readonly Resealed<Row>[]) => Promise<unknown>;
}

export interface Resealed<Row> {
  readonly row: Row;
  readonly sealed: Buffer;
}

/** Of those that do not open so many are named. */
const NAMED = 20;

/** All of them, one chunk after the other. Throws, when the others are sealed anew, for those that open under no key of the list; rejects when the signal is aborted. */
export async function sealAnew<Row>({ what, variable, read, idOf, reseal, replace }: SealedRows<Row>, signal?: AbortSignal): Promise<void> {
  const locked: string[] = [];
  for (let rows = await read(undefined); rows.length > 0; rows = await read(idOf(rows.at(-1) as Row))) {
    signal?.throwIfAborted();
    const resealed = rows.flatMap((row): Resealed<Row>[] => {
      try {
        return [{ row, sealed: reseal(row) }];
      } catch {
        locked.push(idOf(row));
        return [];
      }
    });
    if (resealed.length > 0) await replace(resealed);
  }
  if (locked.length > 0) throw new Error(`Of ${locked.length} ${what} the secret opens under no key of ${variable}, and stays as it is: ${locked.slice(0, NAMED).join(', ')}${locked.length > NAMED ? ', …' : ''}`);
}
