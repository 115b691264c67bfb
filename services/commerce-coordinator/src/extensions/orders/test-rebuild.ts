/** The rows of orders built anew from the log, for tests: by the steps that replays take, one batch after the other. */
import { setTimeout as delay } from 'node:timers/promises';
import { START } from '@commerce/event-log/event';
import type { Cursor } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import { createRebuild } from '@commerce/event-log/rebuild';
import { inTransaction } from '@commerce/event-log/transaction';
import { eventually } from '@commerce/service-kit/test-eventually';
import type { Pool } from 'pg';
import { ordersProjection } from './projection.ts';

export type Rebuild = ReturnType<typeof createRebuild>;

export const rebuildOf = (log: EventLog, given: { readonly barrierTimeoutMs?: number } = {}): Rebuild => createRebuild({ pool: log.pool, log, projection: ordersProjection, sleep: (ms) => delay(ms), monotonicMs: () => performance.now(), ...given });

/**
 * Makes the shadow when all events can be read. Returns where whoever fills it ends, and whoever swaps begins. The horizon is that of the whole server: a
 * transaction of another test's database holds it, too.
 */
export async function prepare(rebuild: Rebuild, log: EventLog): Promise<Cursor> {
  await eventually('nothing is above the horizon', async () => {
    const { rows } = await log.pool.query('SELECT FROM events WHERE epoch = $1 AND txid >= pg_snapshot_xmin(pg_current_snapshot()) LIMIT 1', [log.epoch]);
    return rows.length === 0;
  });
  return inTransaction(log.pool, async (tx) => {
    const { rows } = await tx.query('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS txid');
    await rebuild.prepare(tx);
    return { epoch: log.epoch, txid: Number(rows[0].txid), position: 0 };
  });
}

/** Orders that begin behind `from` and before `until`, the first of them. */
export async function nextOrders(log: EventLog, from: Cursor, until: Cursor, limit: number): Promise<{ readonly subjects: readonly string[]; readonly upTo: Cursor }> {
  const { rows } = await log.pool.query(
    `SELECT subject, epoch, txid::text, position FROM events WHERE type = 'OrderCreated' AND (epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND (epoch, txid, position) < ($4::integer, $5::xid8, $6::bigint)
     ORDER BY events.epoch, events.txid, events.position LIMIT ${limit}`, [from.epoch, String(from.txid), from.position, until.epoch, String(until.txid), until.position],
  );
  const last = rows.at(-1);
  return { subjects: rows.map(({ subject }) => subject), upTo: last === undefined ? from : { epoch: last.epoch, txid: Number(last.txid), position: Number(last.position) } };
}

/** Fills a shadow that is prepared, from `from` on. */
export async function fillFrom(rebuild: Rebuild, log: EventLog, from: Cursor, until: Cursor, batch = 200): Promise<void> {
  for (let after = from; ; ) {
    const { subjects, upTo } = await nextOrders(log, after, until, batch);
    await inTransaction(log.pool, (tx) => rebuild.fill(tx, subjects));
    after = upTo;
    if (subjects.length < batch) return rebuild.finish(new AbortController().signal);
  }
}

/** Makes the shadow and fills it from the whole log. Returns from where on whoever swaps follows. */
export async function fillAll(rebuild: Rebuild, log: EventLog, { batch }: { readonly batch?: number } = {}): Promise<Cursor> {
  const until = await prepare(rebuild, log);
  await fillFrom(rebuild, log, START, until, batch);
  return until;
}

/** A hash over every row, in the order of their keys, byte by byte as the table gives them. */
export async function hashOf(pool: Pool, table = 'orders'): Promise<string> {
  const { rows } = await pool.query(`SELECT encode(sha256(string_agg(sha256(convert_to(o::text, 'UTF8')), '' ORDER BY order_id)), 'hex') AS hash FROM ${table} o`);
  return rows[0]?.hash ?? 'empty';
}
