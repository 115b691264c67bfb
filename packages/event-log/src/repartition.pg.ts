/**
 * Divides the slots of a reader anew. Its partitions stand at different places of the log, and a new one takes slots of several old
 * ones; so first all of them come to one place, the halt, and then the rows are swapped.
 *
 * Promise: every event is handled once, before the halt by the old partitions and after it by the new ones. The halt is a
 * transaction id that nobody can have read beyond when it is written: that of the writing transaction itself. From then on a cursor
 * that would move beyond it is refused, like one under a stale fence. The new rows have a higher fence than all old ones. Whoever is
 * killed on the way leaves a halt, at which the reader waits: run it again, or take the halt back.
 */
import type { Pool, PoolClient } from 'pg';
import { SLOTS } from './subject.ts';
import { inTransaction } from './transaction.pg.ts';

export interface RepartitionOptions {
  readonly pool: Pool;
  /** Name of an extension's reader. */
  readonly reader: string;
  /** 1 to 256. */
  readonly partitions: number;
  /** For the partitions to come to the halt. */
  readonly timeoutMs: number;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** It cannot be done now; the reader goes on as before. */
export class NotRepartitioned extends Error {
  override readonly name = 'NotRepartitioned';
}

const LOOK_EVERY_MS = 100;

/** Resolves with the numbers of partitions before and after. Throws `NotRepartitioned`. */
export async function repartition(options: RepartitionOptions): Promise<{ readonly before: number; readonly after: number }> {
  const { pool, reader, partitions, timeoutMs, monotonicMs, sleep, signal } = options;
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > SLOTS) throw new NotRepartitioned(`A reader has 1 to ${SLOTS} partitions, not ${partitions}.`);
  const before = await halt(pool, reader);
  const deadline = monotonicMs() + timeoutMs;
  try {
    for (;;) {
      signal.throwIfAborted();
      if (await swap(pool, reader, partitions)) return { before, after: partitions };
      if (monotonicMs() > deadline) throw new NotRepartitioned(`The partitions of ${reader} did not come to one place within ${timeoutMs} ms. Does a process with the role readers run, and is the reader healthy?`);
      await sleep(LOOK_EVERY_MS, signal);
    }
  } catch (error) {
    await takeBackHalt(pool, reader);
    throw error;
  }
}

/** Lets a reader go on that halts. False when it does not. */
export async function takeBackHalt(pool: Pool, reader: string): Promise<boolean> {
  const { rowCount } = await pool.query('UPDATE readers SET halt_epoch = NULL, halt_txid = NULL WHERE name = $1 AND halt_txid IS NOT NULL', [reader]);
  return (rowCount ?? 0) > 0;
}

/** Sets the halt, or leaves the one that is there. Gives how many partitions the reader has. */
function halt(pool: Pool, reader: string): Promise<number> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query('SELECT partition FROM readers WHERE name = $1 FOR UPDATE', [reader]);
    if (rows.length === 0) throw new NotRepartitioned(`There is no reader ${reader}.`);
    const { rows: isHandler } = await tx.query('SELECT 1 FROM handlers WHERE name = $1', [reader]);
    if (isHandler.length > 0) throw new NotRepartitioned(`${reader} is a handler that hears the past, and no reader of its own.`);
    await refuseCatchUps(tx, reader);
    await tx.query('UPDATE readers SET halt_epoch = (SELECT epoch FROM log_state), halt_txid = pg_current_xact_id() WHERE name = $1 AND halt_txid IS NULL', [reader]);
    return rows.length;
  });
}

/** A handler that still hears the past has a cursor for each of the present partitions. */
async function refuseCatchUps(tx: PoolClient, reader: string): Promise<void> {
  const { rows } = await tx.query('SELECT DISTINCT r.name FROM readers r JOIN handlers h ON h.name = r.name WHERE h.reader = $1', [reader]);
  if (rows.length > 0) throw new NotRepartitioned(`${rows.map(({ name }) => name).join(', ')} of ${reader} still hears the past: wait until it hears with the others.`);
}

/** Swaps the rows if nothing before the halt is left to any partition. */
function swap(pool: Pool, reader: string, partitions: number): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query(
      `SELECT r.halt_epoch, r.halt_txid::text, r.fence, r.map_version, r.recorded_at,
         r.halt_txid < pg_snapshot_xmin(pg_current_snapshot()) AND NOT EXISTS (
           SELECT 1 FROM events e WHERE e.slot BETWEEN r.slot_from AND r.slot_to AND (e.epoch, e.txid, e.position) > (r.epoch, r.txid, r.position)
             AND (e.epoch, e.txid, e.position) < (r.halt_epoch, r.halt_txid, 0::bigint)) AS halted
       FROM readers r WHERE r.name = $1 FOR UPDATE`, [reader],
    );
    if (rows.some(({ halt_txid }) => halt_txid === null)) throw new NotRepartitioned(`Somebody has taken the halt of ${reader} back.`);
    const [first] = rows;
    if (first === undefined || !rows.every(({ halted }) => halted === true)) return false;
    await refuseCatchUps(tx, reader);
    const fence = Math.max(...rows.map((row) => Number(row.fence))) + 1;
    const earliest = new Date(Math.min(...rows.map((row) => Number(row.recorded_at))));
    await tx.query('DELETE FROM readers WHERE name = $1', [reader]);
    for (let partition = 0; partition < partitions; partition += 1) {
      await tx.query(
        'INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at, fence, map_version) VALUES ($1, $2, $3, $4, $5, $6::xid8, 0, $7, $8, $9)',
        [reader, partition, Math.floor((partition * SLOTS) / partitions), Math.floor(((partition + 1) * SLOTS) / partitions) - 1, first.halt_epoch, first.halt_txid, earliest, fence, first.map_version],
      );
    }
    return true;
  });
}
