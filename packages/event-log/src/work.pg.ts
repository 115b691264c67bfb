/**
 * The statements over `work`: jobs of effects, parked events and dead letters.
 */
import type { Pool } from 'pg';
import type { StoredEvent } from './event.ts';
import { loadEvents } from './events.pg.ts';
import type { PersonalData } from './personal.ts';
import type { Move } from './cursors.pg.ts';
import { moveStatement, StaleFence } from './cursors.pg.ts';
import { marked } from './replay-mark.ts';
import { parameterTable } from './rows.pg.ts';
import { exactly, mustBe, run, runOver } from './statement.pg.ts';

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
  /** Milliseconds for which the other side still remembers the key; null when nothing is known to have been sent. */
  readonly keyLeftMs: number | null;
  readonly error: WorkError | null;
}

type Db = Pick<Pool, 'query'>;

/** The stable key of an effect: the same for every attempt and every owner. */
export function workKey(handler: string, eventId: string): string {
  return `${handler}:${eventId}`;
}

/** In which rows (`w`) are held that somebody else may hold too, so that two never wait for each other. */
export const IN_ORDER = 'ORDER BY w.handler COLLATE "C", w.event_id';

const byKey = (a: Pick<WorkKey, 'handler' | 'eventId'>, b: typeof a): number => (a.handler === b.handler ? (a.eventId < b.eventId ? -1 : 1) : a.handler < b.handler ? -1 : 1);

/** Adds rows; one that exists stays as it is. */
export async function insertWork(db: Db, reader: string, work: readonly NewWork[]): Promise<void> {
  if (work.length === 0) return;
  const { text, values } = insertStatement(reader, work, 1);
  await run(db, text, values);
}

/** Adds rows and moves the cursors of their batch, in one statement that does both or nothing. Throws `StaleFence`. */
export async function insertWorkAndMove(db: Db, reader: string, work: readonly NewWork[], moves: readonly Move[]): Promise<void> {
  const move = moveStatement(moves, 1);
  const insert = insertStatement(reader, work, move.values.length + 1);
  const values = [...move.values, ...insert.values, moves.length];
  // A cursor that may not move takes everything with it.
  await exactly(run(db, `WITH moved AS (${move.text}), added AS (${insert.text}) ${mustBe(values.length, 'moved')}`, values), () => new StaleFence(`A partition of the reader ${reader}`));
}

const ADDED = parameterTable<NewWork>('w', [
  { name: 'handler', type: 'text', of: ({ handler }) => handler }, { name: 'event_id', type: 'uuid', of: ({ event }) => event.eventId, isPlain: true },
  { name: 'slot', type: 'smallint', of: ({ event }) => event.slot, isPlain: true }, { name: 'subject', type: 'text', of: ({ event }) => event.subject },
  { name: 'epoch', type: 'integer', of: ({ event }) => event.cursor.epoch, isPlain: true }, { name: 'txid', type: 'xid8', of: ({ event }) => String(event.cursor.txid), isPlain: true },
  { name: 'position', type: 'bigint', of: ({ event }) => event.cursor.position, isPlain: true }, { name: 'state', type: 'text', of: ({ state }) => state, isPlain: true },
  { name: 'attempt', type: 'integer', of: ({ attempt }) => attempt, isPlain: true }, { name: 'due_ms', type: 'float8', of: ({ dueInMs }) => dueInMs, isPlain: true },
  { name: 'fence', type: 'bigint', of: ({ fence }) => fence, isPlain: true }, { name: 'last_error', type: 'jsonb', of: ({ error }) => (error === null ? null : JSON.stringify(error)) },
]);

function insertStatement(reader: string, work: readonly NewWork[], first: number): { readonly text: string; readonly values: unknown[] } {
  const rows = ADDED.rows(work.toSorted((a, b) => byKey({ handler: a.handler, eventId: a.event.eventId }, { handler: b.handler, eventId: b.event.eventId })), first + 1);
  return {
    text: `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, due_at, fence, key, last_error)
     SELECT w.handler, w.event_id, $${first}, w.slot, w.subject, w.epoch, w.txid, w.position, w.state, w.attempt, clock_timestamp() + w.due_ms * interval '1 ms', w.fence, w.handler || ':' || w.event_id, w.last_error
     FROM ${rows.text}
     ON CONFLICT DO NOTHING`,
    values: [reader, ...rows.values],
  };
}

/** A row that ends or changes, known by its fence. */
export interface WorkKey {
  readonly handler: string;
  readonly eventId: string;
  readonly fence: number;
}

/** Ends rows. Throws `StaleFence` when one is not there under its fence: then nothing of the transaction counts. */
export async function deleteWork(db: Db, ended: readonly WorkKey[]): Promise<void> {
  if (ended.length === 0) return;
  const keys = ended.toSorted(byKey);
  await exactly(runOver(keys.length, db,
    `WITH ended AS (
       DELETE FROM work w USING unnest($1::text[], $2::uuid[], $3::bigint[]) AS k(handler, event_id, fence)
       WHERE w.handler = k.handler AND w.event_id = k.event_id AND w.fence = k.fence RETURNING 1
     ) ${mustBe(4, 'ended')}`,
    [keys.map((key) => key.handler), keys.map((key) => key.eventId), keys.map((key) => key.fence), keys.length],
  ), () => new StaleFence(`Work (not all of ${keys.length} ended rows are under their fences)`));
}

export interface WorkUpdate extends WorkKey {
  readonly state: WorkState;
  readonly attempt: number;
  readonly dueInMs: number;
  readonly error: WorkError | null;
  /** Something may have reached the other side: starts the life of the key (ms), once. */
  readonly keyTtlMs: number | null;
}

/** Changes rows, for a transaction. Throws `StaleFence` as `deleteWork`. */
export async function updateWork(tx: Db, updates: readonly WorkUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  const [handlers, eventIds] = [updates.map((u) => u.handler), updates.map((u) => u.eventId)];
  const held = runOver(updates.length, tx,
    `SELECT 1 FROM work w JOIN unnest($1::text[], $2::uuid[]) AS k(handler, event_id) ON w.handler = k.handler AND w.event_id = k.event_id ${IN_ORDER} FOR UPDATE OF w`,
    [handlers, eventIds],
  );
  const changed = exactly(runOver(updates.length, tx,
    `WITH changed AS (
     UPDATE work w SET state = u.state, attempt = u.attempt, due_at = clock_timestamp() + u.due_ms * interval '1 ms', last_error = coalesce(u.last_error, w.last_error),
       first_sent_at = CASE WHEN u.key_ttl_ms IS NULL THEN w.first_sent_at ELSE coalesce(w.first_sent_at, clock_timestamp()) END,
       key_expires_at = CASE WHEN u.key_ttl_ms IS NULL THEN w.key_expires_at ELSE coalesce(w.key_expires_at, clock_timestamp() + u.key_ttl_ms * interval '1 ms') END
     FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::integer[], $6::float8[], $7::jsonb[], $8::float8[]) AS u(handler, event_id, fence, state, attempt, due_ms, last_error, key_ttl_ms)
     WHERE w.handler = u.handler AND w.event_id = u.event_id AND w.fence = u.fence RETURNING 1) ${mustBe(9, 'changed')}`,
    [
      handlers, eventIds, updates.map((u) => u.fence), updates.map((u) => u.state), updates.map((u) => u.attempt),
      updates.map((u) => u.dueInMs), updates.map((u) => (u.error === null ? null : JSON.stringify(u.error))), updates.map((u) => u.keyTtlMs),
      updates.length,
    ],
  ), () => new StaleFence(`Work (not all of ${updates.length} changed rows are under their fences)`));
  await Promise.all([held, changed]);
}

const TAKE_OVER_ROWS = 5_000;

/**
 * The rows of a range of slots become the new owner's, in pieces. Fences only grow: an owner that was overtaken changes nothing.
 * `handlers`: the transactional ones; effects are judged when their rows are taken into memory.
 */
export async function takeOverWork(db: Db, reader: string, handlers: readonly string[], slots: SlotRange, fence: number): Promise<void> {
  for (let changed = TAKE_OVER_ROWS; changed === TAKE_OVER_ROWS; ) {
    const result = await runOver(TAKE_OVER_ROWS, db,
      `UPDATE work w SET fence = $4 FROM (
         SELECT handler, event_id FROM work WHERE reader = $1 AND slot BETWEEN $2 AND $3 AND fence < $4 LIMIT ${TAKE_OVER_ROWS} FOR UPDATE) old
       WHERE w.handler = old.handler AND w.event_id = old.event_id AND w.fence < $4`,
      [reader, slots.slotFrom, slots.slotTo, fence],
    );
    changed = result.rowCount ?? 0;
  }
  // What waited for a version of its type is looked at again by whoever may know it now.
  await run(db, 
    `UPDATE work SET state = 'ready', due_at = clock_timestamp() WHERE reader = $1 AND slot BETWEEN $2 AND $3 AND state = 'waiting' AND last_error->>'code' = 'unknown_version' AND fence = $4 AND handler = ANY ($5::text[])`,
    [reader, slots.slotFrom, slots.slotTo, fence, handlers],
  );
}

/** The log whose rows are read. */
export interface WorkSource {
  readonly pool: Db;
  readonly personal: PersonalData | undefined;
}

/** Rows with their events, in the order of the log. `where` is a condition over `w` with parameters from `$2` on. */
export async function loadWork({ pool: db, personal }: WorkSource, reader: string, where: string, values: readonly unknown[], limit: number): Promise<WorkRow[]> {
  const { rows } = await run(db, 
    `SELECT w.handler, w.event_id, w.state, w.attempt, w.fence, w.key, w.last_error, w.replay_id, extract(epoch FROM w.due_at - clock_timestamp()) * 1000 AS due_ms,
       extract(epoch FROM w.key_expires_at - clock_timestamp()) * 1000 AS key_left_ms
     FROM work w WHERE w.reader = $1 AND ${where} ORDER BY w.epoch, w.txid, w.position LIMIT ${limit}`,
    [reader, ...values],
  );
  // By their ids, not by a join: the planner would read whole partitions for it.
  const events = new Map((await loadEvents(db, [...new Set(rows.map((row) => row.event_id))], personal)).map((event) => [event.eventId, event]));
  return rows.flatMap((row) => {
    const event = events.get(row.event_id);
    if (event === undefined) return [];
    return [{
      // What somebody has handed in with its effects is done for real, also of an event that was held back before.
      handler: row.handler, event: row.replay_id === null ? event : marked(event, { id: row.replay_id, effects: 'allowed' }), state: row.state, attempt: row.attempt, dueInMs: Number(row.due_ms), fence: Number(row.fence), key: row.key,
      keyLeftMs: row.key_left_ms === null ? null : Number(row.key_left_ms), error: row.last_error,
    }];
  });
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

/** Subjects with a parked row that is due, and those whose rows all stand behind one that is no longer there. */
export async function dueSubjects(db: Db, reader: string, handlers: readonly string[], slots: readonly number[], limit: number): Promise<string[]> {
  const { rows } = await run(db,
    `SELECT subject FROM work WHERE reader = $1 AND handler = ANY ($2::text[]) AND state <> 'waiting' AND slot = ANY ($3::smallint[])
     GROUP BY subject HAVING bool_or(state = 'ready' AND due_at <= statement_timestamp()) OR bool_and(state = 'behind') LIMIT ${limit}`,
    [reader, handlers, slots],
  );
  return rows.map((row) => row.subject);
}

/** The states of rows, in the order of `keys`; undefined for one that is gone. */
export async function workStates(db: Db, keys: readonly Pick<WorkKey, 'handler' | 'eventId'>[]): Promise<(WorkState | undefined)[]> {
  const { rows } = await runOver(keys.length, db,
    'SELECT w.state FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS k(handler, event_id, place) LEFT JOIN work w USING (handler, event_id) ORDER BY k.place',
    [keys.map((key) => key.handler), keys.map((key) => key.eventId)],
  );
  return rows.map((row) => row.state ?? undefined);
}

export interface SlotRange {
  readonly slotFrom: number;
  readonly slotTo: number;
}
