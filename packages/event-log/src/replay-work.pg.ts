/**
 * Effects that a replay brings: rows of `work` under their stable keys, handed in to whoever owns their slots.
 *
 * A key is as old as its event: the other side may have forgotten it, so nothing is sent blindly (see `afterKey`). What has a row
 * already is under way, and stays as it is.
 */
import type { Pool } from 'pg';
import type { Owned } from './cursors.pg.ts';
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import { DEFAULT_KEY_TTL_MS } from './job.ts';
import { WORK_CHANNEL } from './pull-in.pg.ts';
import { run } from './statement.pg.ts';

export interface HandedIn {
  readonly reader: string;
  readonly handler: string;
  readonly replayId: string;
  /** Of the handler. */
  readonly keyTtlMs: number | undefined;
}

/** Hands them in with the caller's transaction. Gives the ids of the events of those that were not there yet. */
export async function handIn(tx: Tx, { reader, handler, replayId, keyTtlMs = DEFAULT_KEY_TTL_MS }: HandedIn, events: readonly StoredEvent[]): Promise<string[]> {
  const { rows } = await run(tx,
    `WITH added AS (
       INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, fence, key, first_sent_at, key_expires_at, replay_id, handed_in)
       SELECT $1::text, e.event_id, $2::text, e.slot, e.subject, e.epoch, e.txid, e.position, 'ready', 0, $1 || ':' || e.event_id, e.recorded_at, e.recorded_at + $3::float8 * interval '1 ms', $4::uuid, true
       FROM events e WHERE e.event_id = ANY ($5::uuid[]) ORDER BY e.event_id
       ON CONFLICT DO NOTHING RETURNING event_id)
     , told AS (SELECT pg_notify('${WORK_CHANNEL}', '') WHERE EXISTS (SELECT 1 FROM added))
     SELECT added.event_id FROM added LEFT JOIN told ON true`,
    [handler, reader, keyTtlMs, replayId, events.map(({ eventId }) => eventId)],
  );
  return rows.map((row) => row['event_id'] as string);
}

/** Takes what was handed in for these partitions under their fences, at most so many. Gives handlers with the ids of events. */
export async function takeHandedIn(db: Pick<Pool, 'query'>, reader: string, partitions: readonly Owned[], limit: number): Promise<{ readonly handler: string; readonly eventId: string; readonly slot: number }[]> {
  const { rows } = await run(db,
    `UPDATE work w SET handed_in = false, fence = taken.fence
     FROM (SELECT m.handler, m.event_id, p.fence FROM work m JOIN unnest($2::smallint[], $3::smallint[], $4::bigint[]) AS p(slot_from, slot_to, fence)
         ON m.slot BETWEEN p.slot_from AND p.slot_to AND m.fence <= p.fence
       WHERE m.handed_in AND m.reader = $1 ORDER BY m.handler, m.event_id LIMIT $5 FOR UPDATE OF m SKIP LOCKED) taken
     WHERE w.handler = taken.handler AND w.event_id = taken.event_id RETURNING w.handler, w.event_id, w.slot`,
    [reader, partitions.map((one) => one.slotFrom), partitions.map((one) => one.slotTo), partitions.map((one) => one.fence), limit],
  );
  return rows.map((row) => ({ handler: row.handler, eventId: row.event_id, slot: row.slot }));
}
