/** The rows of orders built anew from the log, for tests: by the steps that replays take, one batch after the other. */
import { setTimeout as delay } from 'node:timers/promises';
import { START } from '@commerce/event-log/event';
import type { Cursor, StoredEvent } from '@commerce/event-log/event';
import { eventColumns, storedEvent } from '@commerce/event-log/events';
import type { EventLog } from '@commerce/event-log/log';
import { createRebuild } from '@commerce/event-log/rebuild';
import { inTransaction } from '@commerce/event-log/transaction';
import type { Pool } from 'pg';
import { ordersProjection } from './projection.ts';

export type Rebuild = ReturnType<typeof createRebuild>;

export const rebuildOf = (log: EventLog): Rebuild => createRebuild({ pool: log.pool, log, projection: ordersProjection, sleep: (ms) => delay(ms) });

/** The next events of the log, in clear. */
export async function nextEvents(log: EventLog, from: Cursor, limit: number): Promise<readonly StoredEvent[]> {
  const { rows } = await log.pool.query(
    `SELECT ${eventColumns()} FROM events WHERE (epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND txid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY events.epoch, events.txid, events.position LIMIT ${limit}`, [from.epoch, String(from.txid), from.position],
  );
  return log.clear(rows.map(storedEvent));
}

/** Makes the shadow and fills it from the whole log, or from `from` on. Returns how far it came. */
export async function fillAll(rebuild: Rebuild, log: EventLog, { from, batch = 200 }: { from?: Cursor; batch?: number } = {}): Promise<Cursor> {
  if (from === undefined) await inTransaction(log.pool, (tx) => rebuild.prepare(tx));
  for (let cursor = from ?? START; ; ) {
    const events = await nextEvents(log, cursor, batch);
    await inTransaction(log.pool, (tx) => rebuild.fill(tx, events));
    cursor = events.at(-1)?.cursor ?? cursor;
    if (events.length < batch) return cursor;
  }
}

/** A hash over every row, in the order of their keys, byte by byte as the table gives them. */
export async function hashOf(pool: Pool, table = 'orders'): Promise<string> {
  const { rows } = await pool.query(`SELECT encode(sha256(string_agg(sha256(convert_to(o::text, 'UTF8')), '' ORDER BY order_id)), 'hex') AS hash FROM ${table} o`);
  return rows[0]?.hash ?? 'empty';
}
