/**
 * The rows of replays: asked for as a command, carried on by whoever holds them.
 *
 * Promise: cursor and counts move in the transaction of the batch that they tell of, and only while the replay runs and is held:
 * one that was stopped, or that another process has taken, undoes the batch.
 */
import type { Pool } from 'pg';
import type { Cursor } from './event.ts';
import type { StateStore, Tx } from './extension.ts';
import { dropKept } from './rebuild-table.pg.ts';
import type { AskedReplay, Replay, ReplayCounts, ReplayDifference } from './replay.ts';
import { DIFFERENCES_KEPT, isRebuild, REPLAY_COUNTS } from './replay.ts';
import { run } from './statement.pg.ts';

type Db = Pick<Pool, 'query'>;

const COLUMNS = `replay_id, target, selection, mode, effects, accept, dry_run_id, rate, requested_by, reason, state, until_epoch, until_txid::text, is_prepared,
  epoch, txid::text, position, first_position, last_position, ${REPLAY_COUNTS.join(', ')}, kept, error, created_at, started_at, ended_at`;

// The shape of a row is that of COLUMNS.
function replayOf(row: any): Replay {
  const counts = Object.fromEntries(REPLAY_COUNTS.map((name) => [name, Number(row[name])])) as ReplayCounts;
  return {
    replayId: row.replay_id, target: row.target, selection: row.selection, mode: row.mode, effects: row.effects, accept: row.accept, dryRunId: row.dry_run_id, rate: row.rate,
    requestedBy: row.requested_by, reason: row.reason, state: row.state, isPrepared: row.is_prepared, counts, progress: progressOf(row), kept: row.kept, error: row.error,
    until: row.until_txid === null ? null : { epoch: row.until_epoch, txid: Number(row.until_txid), position: 0 },
    cursor: { epoch: row.epoch, txid: Number(row.txid), position: Number(row.position) },
    createdAt: row.created_at, startedAt: row.started_at, endedAt: row.ended_at,
  };
}

function progressOf(row: any): number | null {
  if (row.state === 'done') return 1;
  if (row.started_at === null) return null;
  const [first, last, at] = [Number(row.first_position), Number(row.last_position), Number(row.position)];
  return last <= first ? 0 : Math.max(0, Math.min(1, (at - first) / (last - first)));
}

/** Replays as subjects of commands: what a person asks for. How far they are is none of it. */
export const replayStore: StateStore<AskedReplay> = {
  async load(tx, subjects) {
    const { rows } = await run(tx, `SELECT ${COLUMNS} FROM replays WHERE replay_id = ANY ($1::uuid[])`, [subjects]);
    return new Map(rows.map((row) => [row['replay_id'] as string, replayOf(row)]));
  },
  async save(tx, changes) {
    for (const { before, after } of changes) {
      if (isNamed(before?.kept) && !isNamed(after.kept)) {
        await dropKept(tx, before.kept);
        await noteDropped(tx, after.replayId);
        continue;
      }
      await run(tx,
        `INSERT INTO replays (replay_id, kind, target, selection, mode, effects, accept, dry_run_id, rate, requested_by, reason, state, until_epoch, until_txid)
         SELECT $1::uuid, $2, $3::jsonb, $4::jsonb, $5, $6, $7::boolean, $8::uuid, $9::integer, $10::jsonb, $11, $12, d.until_epoch, d.until_txid
         FROM (SELECT 1) AS one LEFT JOIN replays d ON d.replay_id = $8::uuid AND d.kind = 'events'
         ON CONFLICT (replay_id) DO UPDATE SET state = excluded.state, error = CASE WHEN excluded.state = 'waiting' THEN NULL ELSE replays.error END,
           ended_at = CASE WHEN excluded.state IN ('waiting', 'running') THEN NULL ELSE clock_timestamp() END,
           holder = CASE WHEN excluded.state = 'running' THEN replays.holder END, held_until = CASE WHEN excluded.state = 'running' THEN replays.held_until ELSE '-infinity' END`,
        [
          after.replayId, isRebuild(after.target) ? 'rebuild' : 'events', JSON.stringify(after.target), JSON.stringify(after.selection), after.mode, after.effects, after.accept,
          after.dryRunId, after.rate, JSON.stringify(after.requestedBy), after.reason, after.state,
        ],
      );
    }
  },
};

function isNamed(kept: string | null | undefined): kept is string {
  return kept !== undefined && kept !== null;
}

export async function readReplay(db: Db, replayId: string): Promise<Replay | undefined> {
  const { rows } = await run(db, `SELECT ${COLUMNS} FROM replays WHERE replay_id = $1::uuid`, [replayId]);
  return rows.map(replayOf)[0];
}

/** Newest first; ids are ordered by time. */
export async function readReplays(db: Db, beforeId: string | undefined, limit: number): Promise<Replay[]> {
  const { rows } = await run(db, `SELECT ${COLUMNS} FROM replays WHERE $1::uuid IS NULL OR replay_id < $1::uuid ORDER BY replay_id DESC LIMIT $2`, [beforeId ?? null, limit]);
  return rows.map(replayOf);
}

/** A kept difference; `place` orders those of one replay. */
export interface KeptDifference extends Omit<ReplayDifference, 'before' | 'after' | 'key'> {
  readonly place: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** In the order in which they were first found. */
export async function readDifferences(db: Db, replayId: string, afterPlace: string | undefined, limit: number, kind?: ReplayDifference['kind']): Promise<KeptDifference[]> {
  const { rows } = await run(db,
    `SELECT place, kind, name, subject, event_id, before, after FROM replay_differences
     WHERE replay_id = $1::uuid AND place > $2::bigint AND ($4::text IS NULL OR kind = $4) ORDER BY place LIMIT $3`,
    [replayId, afterPlace ?? '0', limit, kind ?? null],
  );
  return rows.map((row) => ({ place: String(row.place), kind: row.kind, name: row.name, subject: row.subject, eventId: row.event_id, before: row.before, after: row.after }));
}

/** Dry runs of events can only be carried on by whoever began them, so they have a lane of their own: what can be given back takes turns in the other. */
export type ReplayLane = 'dry' | 'turns';
const IS_DRY = "(kind = 'events' AND mode = 'dry')";

/** Takes the replay of the lane that nobody has held for longest. */
export async function claimReplay(db: Db, holder: string, holdMs: number, lane: ReplayLane): Promise<Replay | undefined> {
  const { rows } = await run(db,
    `UPDATE replays SET state = 'running', holder = $1::uuid, held_until = clock_timestamp() + $2 * interval '1 ms', started_at = coalesce(started_at, clock_timestamp())
     WHERE replay_id = (SELECT replay_id FROM replays WHERE state IN ('waiting', 'running') AND held_until < clock_timestamp() AND ${IS_DRY} = $3::boolean ORDER BY held_until, created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${COLUMNS}`,
    [holder, holdMs, lane === 'dry'],
  );
  return rows.map(replayOf)[0];
}

/** Does one of those that take turns wait for somebody to carry it on? */
export async function othersWait(db: Db): Promise<boolean> {
  const { rows } = await run(db, `SELECT EXISTS (SELECT FROM replays WHERE state IN ('waiting', 'running') AND held_until < clock_timestamp() AND NOT ${IS_DRY}) AS waits`, []);
  return rows[0]?.['waits'] === true;
}

/** The shadow of the projection is another one from now on, or gone: no other rebuild goes on with it. */
export async function unprepareOthers(db: Db, projection: string, replayId: string): Promise<void> {
  await run(db, "UPDATE replays SET is_prepared = false WHERE kind = 'rebuild' AND target->>'projection' = $1 AND replay_id <> $2::uuid AND is_prepared", [projection, replayId]);
}

/** It was stopped, or another process carries it on. */
export class ReplayTaken extends Error {
  override readonly name = 'ReplayTaken';
}

/** Retention has removed events behind the place where it stood. */
export class ReplayOvertaken extends Error {
  override readonly name = 'ReplayOvertaken';
}

/** What a batch adds to a replay. */
export interface ReplayStep {
  readonly cursor?: Cursor;
  readonly counts?: Partial<ReplayCounts>;
  /** What was kept of before is taken away first. */
  readonly isAnew?: boolean;
  readonly isPrepared?: boolean;
  readonly differences?: readonly ReplayDifference[];
  /** Nothing comes behind it: rows that were looked at and are as they were do not count as changed. */
  readonly isLast?: boolean;
}

export interface Held {
  readonly replayId: string;
  readonly holder: string;
  readonly holdMs: number;
}

/** Records a step in the caller's transaction, and holds the replay on. Throws `ReplayTaken` and `ReplayOvertaken`. */
export async function noteStep(tx: Db, { replayId, holder, holdMs }: Held, { cursor, counts = {}, isAnew = false, isPrepared, differences = [], isLast = false }: ReplayStep): Promise<void> {
  if (isAnew) await forgetDifferences(tx, replayId);
  const added = differences.length === 0 ? 0 : await keepDifferences(tx, replayId, differences);
  await holdSubjects(tx, replayId, differences.flatMap(({ kind, subject }) => (kind === 'fault' ? [subject] : [])));
  const changed = added - (isLast ? await forgetUnchanged(tx, replayId) : 0);
  const { rows } = await run(tx,
    `UPDATE replays SET held_until = clock_timestamp() + $3 * interval '1 ms', is_overtaken = is_overtaken AND NOT $9,
       epoch = CASE WHEN $4 THEN $5::integer ELSE epoch END, txid = CASE WHEN $4 THEN $6::xid8 ELSE txid END, position = CASE WHEN $4 THEN $7::bigint ELSE position END,
       is_prepared = coalesce($8::boolean, is_prepared), error = NULL,
       ${REPLAY_COUNTS.map((name, index) => `${name} = CASE WHEN $9 THEN 0 ELSE ${name} END + $${10 + index}::bigint`).join(', ')}
     WHERE replay_id = $1::uuid AND holder = $2::uuid AND state = 'running' RETURNING is_overtaken`,
    [
      replayId, holder, holdMs, cursor !== undefined, cursor?.epoch ?? 0, String(cursor?.txid ?? 0), cursor?.position ?? 0, isPrepared ?? null, isAnew,
      ...REPLAY_COUNTS.map((name) => (name === 'changed' ? changed : (counts[name] ?? 0))),
    ],
  );
  if (rows[0] === undefined) throw new ReplayTaken(`The replay ${replayId} was stopped, or another process carries it on.`);
  if (rows[0]['is_overtaken'] === true) throw new ReplayOvertaken(`While the replay ${replayId} did not run, events that it had still to give were removed, because they are past their retention. What it did stands; ask for a new one.`);
}

async function forgetDifferences(tx: Db, replayId: string): Promise<void> {
  await run(tx, 'DELETE FROM replay_differences WHERE replay_id = $1::uuid', [replayId]);
  await run(tx, 'DELETE FROM replay_held WHERE replay_id = $1::uuid', [replayId]);
}

/** Kept apart from the differences, of which only so many are: what follows of these subjects is passed over to the end. */
async function holdSubjects(tx: Db, replayId: string, subjects: readonly string[]): Promise<void> {
  if (subjects.length > 0) await run(tx, 'INSERT INTO replay_held (replay_id, subject) SELECT DISTINCT $1::uuid, s FROM unnest($2::text[]) AS s ON CONFLICT DO NOTHING', [replayId, subjects]);
}

/** Rows that are as they were. Gives how many there were. */
async function forgetUnchanged(tx: Db, replayId: string): Promise<number> {
  const { rowCount } = await run(tx,
    "DELETE FROM replay_differences WHERE replay_id = $1::uuid AND kind = 'row' AND before::text IS NOT DISTINCT FROM after::text", [replayId]);
  return rowCount ?? 0;
}

/** Keeps them as far as there is room. Gives how many of them are rows that were not among the kept ones before. */
async function keepDifferences(tx: Db, replayId: string, differences: readonly ReplayDifference[]): Promise<number> {
  const { rows } = await run(tx,
    `WITH given AS (
       SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::json[], $8::json[]) WITH ORDINALITY AS g(key, kind, name, subject, event_id, before, after, place))
     , known AS (UPDATE replay_differences d SET after = g.after FROM given g WHERE d.replay_id = $1::uuid AND d.key = g.key RETURNING d.key)
     , added AS (
       INSERT INTO replay_differences (replay_id, key, kind, name, subject, event_id, before, after)
       SELECT $1::uuid, g.key, g.kind, g.name, g.subject, g.event_id, g.before, g.after FROM given g WHERE g.key NOT IN (SELECT key FROM known) ORDER BY g.place
       LIMIT (SELECT greatest(0, ${DIFFERENCES_KEPT} - count(*)) FROM replay_differences WHERE replay_id = $1::uuid))
     SELECT count(*) FILTER (WHERE kind = 'row')::integer AS changed FROM given WHERE key NOT IN (SELECT key FROM known)`,
    [
      replayId, differences.map(({ key }) => key), differences.map(({ kind }) => kind), differences.map(({ name }) => name), differences.map(({ subject }) => subject),
      differences.map(({ eventId }) => eventId), differences.map(({ before }) => before), differences.map(({ after }) => after),
    ],
  );
  return rows[0]?.['changed'] ?? 0;
}

/**
 * Where a replay ends and where it begins, fixed when it starts: everything that was begun before now, from `from` on, and nothing behind
 * the transaction of `last`. A rebuild ends where all is committed by now: it follows the log from there by itself.
 */
export async function fixBounds(tx: Tx, { replayId, holder }: Held, epoch: number, from: Cursor, last?: Cursor): Promise<Replay> {
  const { rows } = await run(tx,
    `WITH bound AS (
       SELECT coalesce(r.until_epoch, first.in_epoch) AS end_epoch, coalesce(r.until_txid, first.before_txid) AS end_txid FROM replays r CROSS JOIN LATERAL (
         SELECT $3::integer AS in_epoch, CASE r.kind WHEN 'rebuild' THEN pg_snapshot_xmin(pg_current_snapshot()) ELSE pg_snapshot_xmax(pg_current_snapshot()) END AS before_txid
         UNION ALL SELECT $7::integer, $8::xid8 WHERE $7::integer IS NOT NULL ORDER BY in_epoch, before_txid LIMIT 1) first WHERE r.replay_id = $1::uuid)
     UPDATE replays SET until_epoch = bound.end_epoch, until_txid = bound.end_txid, epoch = $4::integer, txid = $5::xid8, position = $6::bigint, is_overtaken = false,
       first_position = (SELECT e.position - 1 FROM events e WHERE (e.epoch, e.txid, e.position) > ($4::integer, $5::xid8, $6::bigint) ORDER BY e.epoch, e.txid, e.position LIMIT 1),
       last_position = (SELECT e.position FROM events e WHERE (e.epoch, e.txid) < (bound.end_epoch, bound.end_txid) ORDER BY e.epoch DESC, e.txid DESC, e.position DESC LIMIT 1)
     FROM bound WHERE replay_id = $1::uuid AND holder = $2::uuid AND state = 'running' RETURNING ${COLUMNS}`,
    [replayId, holder, epoch, from.epoch, String(from.txid), from.position, last?.epoch ?? null, last === undefined ? null : String(last.txid + 1)],
  );
  if (rows[0] === undefined) throw new ReplayTaken(`The replay ${replayId} was stopped, or another process carries it on.`);
  return replayOf(rows[0]);
}

/** Ends a replay that is held. Throws `ReplayTaken`. */
export async function endReplay(tx: Db, { replayId, holder }: Held, end: { readonly state: 'done' | 'failed'; readonly error?: string | null; readonly kept?: string | null }): Promise<void> {
  const { rowCount } = await run(tx,
    `UPDATE replays SET state = $3, error = $4, kept = coalesce($5, kept), ended_at = clock_timestamp(), holder = NULL, held_until = '-infinity'
     WHERE replay_id = $1::uuid AND holder = $2::uuid AND state = 'running'`,
    [replayId, holder, end.state, end.error ?? null, end.kept ?? null],
  );
  if (rowCount !== 1) throw new ReplayTaken(`The replay ${replayId} was stopped, or another process carries it on.`);
}

/** Lets another process carry the replay on at once, or any `afterMs` later; `error` says why. */
export async function giveReplay(db: Db, { replayId, holder }: Held, afterMs: number, error: string | null): Promise<void> {
  await run(db,
    `UPDATE replays SET holder = NULL, held_until = clock_timestamp() + $3 * interval '1 ms', error = coalesce($4, error) WHERE replay_id = $1::uuid AND holder = $2::uuid AND state = 'running'`,
    [replayId, holder, afterMs, error],
  );
}

/** The tables that swaps have kept for so long. */
export async function oldKept(db: Db, days: number): Promise<readonly { readonly replayId: string; readonly kept: string }[]> {
  const { rows } = await run(db, `SELECT replay_id, kept FROM replays WHERE kept IS NOT NULL AND ended_at < clock_timestamp() - $1 * interval '1 day'`, [days]);
  return rows.map((row) => ({ replayId: row['replay_id'], kept: row['kept'] }));
}

/** A table that a swap has kept is gone. */
export async function noteDropped(db: Db, replayId: string): Promise<void> {
  await run(db, 'UPDATE replays SET kept = NULL WHERE replay_id = $1::uuid', [replayId]);
}

/** Rebuilds that were stopped or have failed begin anew when they are resumed. False when one is open, or ended less than so many days ago. */
export async function forgetShadows(tx: Db, days: number): Promise<boolean> {
  await run(tx, "UPDATE replays SET is_prepared = false WHERE kind = 'rebuild' AND is_prepared AND state IN ('stopped', 'failed') AND ended_at < clock_timestamp() - $1 * interval '1 day'", [days]);
  const { rows } = await run(tx, "SELECT EXISTS (SELECT FROM replays WHERE kind = 'rebuild' AND is_prepared AND state <> 'done') AS needed", []);
  return rows[0]?.['needed'] === false;
}

/** What old replays have changed is forgotten; that they were is not. */
export async function forgetOldDifferences(db: Db, days: number): Promise<void> {
  await run(db, `DELETE FROM replay_held d USING replays r WHERE r.replay_id = d.replay_id AND r.state = 'done'`, []);
  await run(db, `DELETE FROM replay_differences d USING replays r WHERE r.replay_id = d.replay_id AND r.ended_at < clock_timestamp() - $1 * interval '1 day'`, [days]);
}

/** Subjects of which an event has failed in a replay. */
export async function heldSubjects(db: Db, replayId: string): Promise<string[]> {
  const { rows } = await run(db, 'SELECT subject FROM replay_held WHERE replay_id = $1::uuid', [replayId]);
  return rows.map((row) => row['subject'] as string);
}

/** The rows that a dry run has told of and kept. */
export async function rowsTold(db: Db, replayId: string): Promise<{ readonly key: string; readonly name: string; readonly subject: string }[]> {
  const { rows } = await run(db, "SELECT key, name, subject FROM replay_differences WHERE replay_id = $1::uuid AND kind = 'row' ORDER BY place", [replayId]);
  return rows.map((row) => ({ key: row['key'], name: row['name'], subject: row['subject'] }));
}
