/**
 * The statements over `work`: jobs of effects, parked events and dead letters.
 */
import type { Pool } from 'pg';
import type { Cursor, StoredEvent } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import { StaleFence } from './ownership.pg.ts';
import { run } from './statement.pg.ts';

export type WorkState = 'ready' | 'waiting' | 'behind' | 'dead';

/** A row to be written. `dueInMs` counts from the database's now. */
export interface NewWork {
  readonly handler: string;
  readonly event: StoredEvent;
  readonly state: WorkState;
  readonly attempt: number;
  readonly dueInMs: number;
  readonly fence: number;
  readonly error: WorkError | null;
}

/** Why a row is where it is; safe to store and show. */
export interface WorkError {
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}

/** A row with its event. */
export interface WorkRow {
  readonly handler: string;
  readonly event: StoredEvent;
  readonly state: WorkState;
  readonly attempt: number;
  /** Milliseconds until it is due, by the database's clock at the time of the read. */
  readonly dueInMs: number;
  readonly fence: number;
  readonly key: string;
  readonly keyExpired: boolean;
  readonly error: WorkError | null;
}

type Db = Pick<Pool, 'query'>;

/** The stable key of an effect: the same for every attempt and every owner. */
export function workKey(handler: string, eventId: string): string {
  return `${handler}:${eventId}`;
}

const byKey = (a: NewWork, b: NewWork): number => (a.handler === b.handler ? (a.event.eventId < b.event.eventId ? -1 : 1) : a.handler < b.handler ? -1 : 1);

/** Adds rows; one that exists stays as it is. */
export async function insertWork(db: Db, reader: string, work: readonly NewWork[]): Promise<void> {
  if (work.length === 0) return;
  const rows = work.toSorted(byKey);
  const cursors: readonly Cursor[] = rows.map((row) => row.event.cursor);
  await run(db, 
    `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, due_at, fence, key, last_error)
     SELECT w.handler, w.event_id, $1, w.slot, w.subject, w.epoch, w.txid, w.position, w.state, w.attempt, clock_timestamp() + w.due_ms * interval '1 ms', w.fence, w.handler || ':' || w.event_id, w.last_error
     FROM unnest($2::text[], $3::uuid[], $4::smallint[], $5::text[], $6::integer[], $7::xid8[], $8::bigint[], $9::text[], $10::integer[], $11::float8[], $12::bigint[], $13::jsonb[])
       AS w(handler, event_id, slot, subject, epoch, txid, position, state, attempt, due_ms, fence, last_error)
     ON CONFLICT DO NOTHING`,
    [
      reader, rows.map((row) => row.handler), rows.map((row) => row.event.eventId), rows.map((row) => row.event.slot), rows.map((row) => row.event.subject),
      cursors.map((cursor) => cursor.epoch), cursors.map((cursor) => String(cursor.txid)), cursors.map((cursor) => cursor.position),
      rows.map((row) => row.state), rows.map((row) => row.attempt), rows.map((row) => row.dueInMs), rows.map((row) => row.fence),
      rows.map((row) => (row.error === null ? null : JSON.stringify(row.error))),
    ],
  );
}

/** A row that ends or changes, known by its fence. */
export interface WorkKey {
  readonly handler: string;
  readonly eventId: string;
  readonly fence: number;
}

/** Ends rows. Throws `StaleFence` when one is not there under its fence: then nothing of the transaction counts. */
export async function deleteWork(db: Db, keys: readonly WorkKey[]): Promise<void> {
  if (keys.length === 0) return;
  const result = await run(db, 
    `DELETE FROM work w USING unnest($1::text[], $2::uuid[], $3::bigint[]) AS k(handler, event_id, fence)
     WHERE w.handler = k.handler AND w.event_id = k.event_id AND w.fence = k.fence`,
    [keys.map((key) => key.handler), keys.map((key) => key.eventId), keys.map((key) => key.fence)],
  );
  if (result.rowCount !== keys.length) throw new StaleFence(`Work (${keys.length - (result.rowCount ?? 0)} of ${keys.length} ended rows)`);
}

export interface WorkUpdate extends WorkKey {
  readonly state: WorkState;
  readonly attempt: number;
  readonly dueInMs: number;
  readonly error: WorkError | null;
  /** Something may have reached the other side: starts the life of the key (ms), once. */
  readonly keyTtlMs: number | null;
}

/** Changes rows. Throws `StaleFence` as `deleteWork`. */
export async function updateWork(db: Db, updates: readonly WorkUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  const result = await run(db, 
    `UPDATE work w SET state = u.state, attempt = u.attempt, due_at = clock_timestamp() + u.due_ms * interval '1 ms', last_error = coalesce(u.last_error, w.last_error),
       first_sent_at = CASE WHEN u.key_ttl_ms IS NULL THEN w.first_sent_at ELSE coalesce(w.first_sent_at, clock_timestamp()) END,
       key_expires_at = CASE WHEN u.key_ttl_ms IS NULL THEN w.key_expires_at ELSE coalesce(w.key_expires_at, clock_timestamp() + u.key_ttl_ms * interval '1 ms') END
     FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::integer[], $6::float8[], $7::jsonb[], $8::float8[]) AS u(handler, event_id, fence, state, attempt, due_ms, last_error, key_ttl_ms)
     WHERE w.handler = u.handler AND w.event_id = u.event_id AND w.fence = u.fence`,
    [
      updates.map((u) => u.handler), updates.map((u) => u.eventId), updates.map((u) => u.fence), updates.map((u) => u.state), updates.map((u) => u.attempt),
      updates.map((u) => u.dueInMs), updates.map((u) => (u.error === null ? null : JSON.stringify(u.error))), updates.map((u) => u.keyTtlMs),
    ],
  );
  if (result.rowCount !== updates.length) throw new StaleFence(`Work (${updates.length - (result.rowCount ?? 0)} of ${updates.length} changed rows)`);
}

/** The rows of a range of slots become the new owner's. */
export async function takeOverWork(db: Db, reader: string, slotFrom: number, slotTo: number, fence: number): Promise<void> {
  await run(db, 'UPDATE work SET fence = $4 WHERE reader = $1 AND slot BETWEEN $2 AND $3', [reader, slotFrom, slotTo, fence]);
}

/** Rows with their events, in the order of the log. `where` is a condition over `w` with parameters from `$2` on. */
export async function loadWork(db: Db, reader: string, where: string, values: readonly unknown[], limit: number): Promise<WorkRow[]> {
  const { rows } = await run(db, 
    `SELECT ${eventColumns('e')}, w.handler AS work_handler, w.state AS work_state, w.attempt AS work_attempt, w.fence AS work_fence, w.key AS work_key, w.last_error AS work_error,
       extract(epoch FROM w.due_at - clock_timestamp()) * 1000 AS work_due_ms, coalesce(w.key_expires_at < clock_timestamp(), false) AS work_key_expired
     FROM work w JOIN events e ON e.event_id = w.event_id
     WHERE w.reader = $1 AND ${where} ORDER BY w.epoch, w.txid, w.position LIMIT ${limit}`,
    [reader, ...values],
  );
  return rows.map((row) => ({
    handler: row.work_handler, event: storedEvent(row), state: row.work_state, attempt: row.work_attempt, dueInMs: Number(row.work_due_ms),
    fence: Number(row.work_fence), key: row.work_key, keyExpired: row.work_key_expired, error: row.work_error,
  }));
}

/** Subjects with parked rows of these handlers: those that hold their subject, and those that wait for it to change. */
export async function parkedSubjects(db: Db, reader: string, handlers: readonly string[], slots: SlotRange): Promise<{ held: string[]; waiting: string[] }> {
  const { rows } = await run(db, 
    `SELECT subject, bool_or(state <> 'waiting') AS held, bool_or(state = 'waiting') AS waiting FROM work
     WHERE reader = $1 AND handler = ANY ($2::text[]) AND slot BETWEEN $3 AND $4 GROUP BY subject`,
    [reader, handlers, slots.slotFrom, slots.slotTo],
  );
  return { held: rows.filter((row) => row.held).map((row) => row.subject), waiting: rows.filter((row) => row.waiting).map((row) => row.subject) };
}

export interface SlotRange {
  readonly slotFrom: number;
  readonly slotTo: number;
}
