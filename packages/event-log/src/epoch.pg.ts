/**
 * The epoch of a log: it grows when the database is not the one any more in which the log was written (restored, copied, promoted),
 * for transaction ids may begin again there, and cursors are made of them. What is of an older epoch comes before all of the new one.
 */
import type { Pool } from 'pg';
import { LOCK_CLASSES } from './lock-classes.ts';
import { inTransaction } from './transaction.pg.ts';

export interface EpochState {
  readonly epoch: number;
  /** False when the log was written in another place than this one. */
  readonly here: boolean;
}

/** Processes still read or write this log: ending an epoch under them would let them write into the old one. */
export class StillRunning extends Error {
  override readonly name = 'StillRunning';
  constructor(workers: number) {
    super(`${workers} processes read this log now. Stop all processes of the service, then run this again.`);
  }
}

const STATE = `SELECT l.epoch, l.system_identifier = s.system_identifier::text AND l.timeline = c.timeline_id AS here
  FROM log_state l, pg_control_system() s, pg_control_checkpoint() c`;

export async function readEpoch(pool: Pool): Promise<EpochState> {
  const { rows: [row] } = await pool.query(STATE);
  return { epoch: row.epoch, here: row.here };
}

/**
 * Begins a new epoch here, and forgets who owned what: the processes of the old place are not here. Gives the epoch that holds now.
 * A log that is where it was keeps its epoch, unless `evenSo`: on Aurora a restore is not to be seen. Throws `StillRunning`.
 */
export function bumpEpoch(pool: Pool, { evenSo = false }: { readonly evenSo?: boolean } = {}): Promise<EpochState & { readonly bumped: boolean }> {
  return inTransaction(pool, async (tx) => {
    const { rows: [state] } = await tx.query(`${STATE} FOR UPDATE OF l`);
    if (state.here && !evenSo) return { epoch: state.epoch, here: true, bumped: false };
    // A session lock tells of a process that lives; the rows of the old place have none here.
    const { rows: [alive] } = await tx.query(
      `SELECT count(*)::int AS n FROM workers w WHERE EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.classid = ${LOCK_CLASSES.workers} AND l.objid = w.lock_key AND l.objsubid = 2)`,
    );
    if (alive.n > 0) throw new StillRunning(alive.n);
    await tx.query('DELETE FROM workers');
    await tx.query('UPDATE readers SET owner = NULL, fence = fence + 1');
    const { rows: [bumped] } = await tx.query(
      `UPDATE log_state SET epoch = epoch + 1, system_identifier = (SELECT system_identifier::text FROM pg_control_system()), timeline = (SELECT timeline_id FROM pg_control_checkpoint()) RETURNING epoch`,
    );
    return { epoch: bumped.epoch, here: true, bumped: true };
  });
}
