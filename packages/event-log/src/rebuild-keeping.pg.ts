/**
 * What replays leave behind goes after its time: the differences, which show rows as they were, the tables from before a swap, and
 * the shadow of a rebuild that nobody has gone on with. For these hold personal data, and nobody needs them for longer. An erasure
 * by the service reaches them while they are there.
 */
import type { Pool } from 'pg';
import { dropKept, dropShadows } from './rebuild-table.pg.ts';
import { forgetOldDifferences, forgetShadows, noteDropped, oldKept } from './replay-rows.pg.ts';
import { inTransaction } from './transaction.pg.ts';

/** Differences, and tables from before a swap. */
const KEPT_DAYS = 7;
/** The shadow of a rebuild that was stopped or has failed. */
const SHADOW_DAYS = 1;
/** A table is not waited for: the next round finds it again. */
const LOCK_TIMEOUT = 'SET LOCAL lock_timeout = 1000';

/** Removes what has had its time. Gives how many tables went. */
export async function forgetReplays(pool: Pool, signal: AbortSignal): Promise<number> {
  await forgetOldDifferences(pool, KEPT_DAYS);
  let gone = 0;
  for (const { replayId, kept } of await oldKept(pool, KEPT_DAYS)) {
    signal.throwIfAborted();
    await inTransaction(pool, async (tx) => {
      await tx.query(LOCK_TIMEOUT);
      if (await dropKept(tx, kept)) gone += 1;
      await noteDropped(tx, replayId);
    });
  }
  signal.throwIfAborted();
  return gone + await inTransaction(pool, async (tx) => {
    await tx.query(LOCK_TIMEOUT);
    return (await forgetShadows(tx, SHADOW_DAYS)) ? dropShadows(tx) : 0;
  });
}
