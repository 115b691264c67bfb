/**
 * What an operator does with many dead rows of `work`: brings them back or gives them up, some at a time, in the order of handler
 * and event. What waits until the catalogue knows its version can be given up too; brought back it need not be.
 *
 * Promise: a batch is done in the caller's transaction, wholly or not at all, and begins behind the place where the one before has
 * ended, so that a row that dies again is not taken twice. The readers are told at its commit, and notice within a second if they
 * do not hear it.
 */
import type { Tx } from './extension.ts';
import { WORK_CHANNEL } from './pull-in.pg.ts';
import { run } from './statement.pg.ts';
import { IN_ORDER } from './work.pg.ts';
import { UNKNOWN_VERSION } from './handler-input.ts';

/** Which dead rows; what is left out does not matter. */
export interface DeadSelection {
  readonly handler?: string | undefined;
  /** Of the event. */
  readonly type?: string | undefined;
  /** Of the last error. */
  readonly code?: string | undefined;
  /** Died before, or at this time or later; Unix milliseconds. */
  readonly beforeMs?: number | undefined;
  readonly sinceMs?: number | undefined;
  /** Only these, and each only if the rest fits too. */
  readonly rows?: readonly DeadPlace[] | undefined;
}

export interface DeadPlace {
  readonly handler: string;
  readonly eventId: string;
}

/** `last`: where the batch has ended, or where it was to begin when nothing was left. */
export interface DeadBatch {
  readonly count: number;
  readonly last: DeadPlace | undefined;
}

const DEAD = `w.state = 'dead'`;
const WAITS_FOR_VERSION = `w.state = 'waiting' AND w.last_error->>'code' = '${UNKNOWN_VERSION}'`;

/** Which rows (`w`) are meant: parameters 1 to 7. */
const MEANT = `($1::text IS NULL OR w.handler = $1)
    AND ($2::text IS NULL OR EXISTS (SELECT 1 FROM events e WHERE e.event_id = w.event_id AND e.type = $2))
    AND ($3::text IS NULL OR w.last_error->>'code' = $3)
    AND ($4::float8 IS NULL OR (w.last_error->>'atMs')::float8 < $4) AND ($5::float8 IS NULL OR (w.last_error->>'atMs')::float8 >= $5)
    AND ($6::text[] IS NULL OR EXISTS (SELECT 1 FROM unnest($6::text[], $7::uuid[]) AS one(handler, event_id) WHERE one.handler = w.handler AND one.event_id = w.event_id))`;

/** The rows (`w`) of a selection, locked: parameters 1 to 7, 8 and 9 for the place before, and 10 for how many. */
function chosen(state: string): string {
  return `
  SELECT w.handler, w.event_id, w.subject, w.last_error FROM work w
  WHERE (${state}) AND ${MEANT}
    AND ($8::text IS NULL OR (w.handler COLLATE "C", w.event_id) > ($8::text COLLATE "C", $9::uuid))
  ${IN_ORDER} LIMIT $10 FOR UPDATE OF w`;
}

/** Rows that one of these held. */
const FREED = `UPDATE work w SET state = 'ready', due_at = clock_timestamp() FROM (SELECT DISTINCT handler, subject FROM chosen) c
  WHERE w.handler = c.handler AND w.subject = c.subject AND w.state = 'behind'`;

const DONE = `SELECT handler, event_id FROM chosen ORDER BY handler COLLATE "C", event_id`;

function meant({ handler, type, code, beforeMs, sinceMs, rows }: DeadSelection): unknown[] {
  return [handler ?? null, type ?? null, code ?? null, beforeMs ?? null, sinceMs ?? null, rows?.map((row) => row.handler) ?? null, rows?.map((row) => row.eventId) ?? null];
}

function parameters(selection: DeadSelection, after: DeadPlace | undefined, limit: number): unknown[] {
  return [...meant(selection), after?.handler ?? null, after?.eventId ?? null, limit];
}

/** How many rows wait until the catalogue knows their version: they go on by themselves then. */
export async function countWaitingForVersion(tx: Tx, selection: DeadSelection): Promise<number> {
  const { rows } = await run(tx, `SELECT count(*)::integer AS count FROM work w WHERE ${WAITS_FOR_VERSION} AND ${MEANT}`, meant(selection));
  return rows[0]?.['count'] ?? 0;
}

/** Rows run again from their first attempt under keys that stay as old as they are, and what they held follows. */
export async function redriveDead(tx: Tx, selection: DeadSelection, after: DeadPlace | undefined, limit: number): Promise<DeadBatch> {
  const { rows } = await run(tx,
    `WITH chosen AS (${chosen(DEAD)})
     , redriven AS (UPDATE work w SET state = 'ready', attempt = 0, due_at = clock_timestamp() FROM chosen c WHERE w.handler = c.handler AND w.event_id = c.event_id)
     , freed AS (${FREED})
     , told AS (SELECT pg_notify('${WORK_CHANNEL}', '') WHERE EXISTS (SELECT 1 FROM chosen))
     SELECT d.* FROM (${DONE}) d LEFT JOIN told ON true`,
    parameters(selection, after, limit),
  );
  return batchOf(rows, after);
}

/** Rows are given up, dead ones and those that wait for a version, with who and why in the ledger, and what they held goes on. */
export async function giveUpDead(tx: Tx, selection: DeadSelection, after: DeadPlace | undefined, limit: number, act: { readonly by: string; readonly reason: string }): Promise<DeadBatch> {
  const { rows } = await run(tx,
    `WITH chosen AS (${chosen(`${DEAD} OR ${WAITS_FOR_VERSION}`)})
     , given_up AS (DELETE FROM work w USING chosen c WHERE w.handler = c.handler AND w.event_id = c.event_id)
     , freed AS (${FREED})
     , noted AS (INSERT INTO ledger (handler, event_id, subject, rule, evidence)
         SELECT handler, event_id, subject, 'skipped', jsonb_build_object('by', $11::text, 'reason', $12::text, 'error', last_error) FROM chosen)
     , told AS (SELECT pg_notify('${WORK_CHANNEL}', '') WHERE EXISTS (SELECT 1 FROM chosen))
     SELECT d.* FROM (${DONE}) d LEFT JOIN told ON true`,
    [...parameters(selection, after, limit), act.by, act.reason],
  );
  return batchOf(rows, after);
}

function batchOf(rows: readonly { readonly handler: string; readonly event_id: string }[], after: DeadPlace | undefined): DeadBatch {
  const last = rows.at(-1);
  return { count: rows.length, last: last === undefined ? after : { handler: last.handler, eventId: last.event_id } };
}
