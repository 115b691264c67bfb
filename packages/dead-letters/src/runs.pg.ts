/** The rows of runs: begun as a command, carried on by whoever holds them. */
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import type { Part, Selection } from './selection.ts';

type Db = Pick<Pool, 'query'>;

export type RunAct = 'redrive' | 'discard';
export type RunState = 'running' | 'stopping' | 'done' | 'stopped';

/** What somebody has asked for. */
export interface AskedRun {
  readonly runId: string;
  readonly act: RunAct;
  readonly selection: Selection;
  /** Dead letters in a second at most. */
  readonly rate: number;
  readonly askedBy: { readonly subject: string; readonly clientId: string };
  readonly why: string;
  readonly state: RunState;
}

export const COUNTS = ['redriven', 'known', 'refused', 'discarded', 'moved'] as const;
export type Counts = Readonly<Record<(typeof COUNTS)[number], number>>;

/** A run as it stands. */
export interface Run extends AskedRun {
  /** How many were meant when it began; null before they were counted. */
  readonly toDo: number | null;
  readonly doneParts: readonly Part[];
  /** Where the present part stands, in its own words. */
  readonly place: string | null;
  readonly counts: Counts;
  readonly lastError: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

const COLUMNS = `run_id, act, selection, rate, asked_by, why, state, to_do, done_parts, place,
  redriven, known, refused, discarded, moved, last_error, started_at, ended_at`;

// The shape of a row is that of COLUMNS.
function runOf(row: any): Run {
  return {
    runId: row.run_id, act: row.act, selection: row.selection, rate: row.rate, askedBy: row.asked_by, why: row.why, state: row.state, toDo: row.to_do, doneParts: row.done_parts,
    place: row.place, counts: { redriven: row.redriven, known: row.known, refused: row.refused, discarded: row.discarded, moved: row.moved },
    lastError: row.last_error, startedAt: row.started_at, endedAt: row.ended_at,
  };
}

/** Runs as subjects of commands: what a person asks for. How far they are is none of it. */
export const runStore: StateStore<AskedRun> = {
  async load(tx, subjects) {
    const { rows } = await run(tx, `SELECT ${COLUMNS} FROM dead_letter_runs WHERE run_id = ANY ($1::uuid[])`, [subjects]);
    return new Map(rows.map((row) => [row['run_id'] as string, runOf(row)]));
  },
  async save(tx, changes) {
    const runs = changes.map(({ after }) => after);
    await run(tx,
      `INSERT INTO dead_letter_runs (run_id, act, selection, rate, asked_by, why, state)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::integer[], $5::jsonb[], $6::text[], $7::text[])
       ON CONFLICT (run_id) DO UPDATE SET state = excluded.state`,
      [
        runs.map((one) => one.runId), runs.map((one) => one.act), runs.map((one) => JSON.stringify(one.selection)), runs.map((one) => one.rate),
        runs.map((one) => JSON.stringify(one.askedBy)), runs.map((one) => one.why), runs.map((one) => one.state),
      ],
    );
  },
};

/** The run that is under way, if one is. */
export async function readActive(db: Tx): Promise<Run | undefined> {
  const { rows } = await run(db, `SELECT ${COLUMNS} FROM dead_letter_runs WHERE state IN ('running', 'stopping')`, []);
  return rows[0] === undefined ? undefined : runOf(rows[0]);
}

export async function readRun(db: Db, runId: string): Promise<Run | undefined> {
  const { rows } = await run(db, `SELECT ${COLUMNS} FROM dead_letter_runs WHERE run_id = $1`, [runId]);
  return rows[0] === undefined ? undefined : runOf(rows[0]);
}

/** Newest first; ids are ordered by time. */
export async function readRuns(db: Db, beforeId: string | undefined, limit: number): Promise<Run[]> {
  const { rows } = await run(db, `SELECT ${COLUMNS} FROM dead_letter_runs WHERE $1::uuid IS NULL OR run_id < $1 ORDER BY run_id DESC LIMIT $2`, [beforeId ?? null, limit]);
  return rows.map(runOf);
}

/** Takes the run that is under way, unless somebody holds it. */
export async function claimRun(db: Db, holder: string, holdMs: number): Promise<Run | undefined> {
  const { rows } = await run(db,
    `UPDATE dead_letter_runs SET holder = $1, held_until = clock_timestamp() + $2 * interval '1 ms' WHERE state IN ('running', 'stopping') AND held_until < clock_timestamp() RETURNING ${COLUMNS}`,
    [holder, holdMs],
  );
  return rows[0] === undefined ? undefined : runOf(rows[0]);
}

/** Another process carries this run on, or it has ended. */
export class RunTaken extends Error {
  override readonly name = 'RunTaken';
}

/** What a step adds to a run. `moved` and `place` take the place of what was there. */
export interface Progress {
  readonly redriven?: number;
  readonly known?: number;
  readonly refused?: number;
  readonly discarded?: number;
  readonly moved?: number;
  readonly place?: string | null;
  readonly toDo?: number;
  /** Null takes it away. */
  readonly lastError?: string | null;
  readonly donePart?: Part;
}

/** Records a step, and holds the run on. Resolves with its state. Throws `RunTaken`. */
export async function noteProgress(db: Tx, runId: string, holder: string, holdMs: number, step: Progress): Promise<RunState> {
  const { redriven = 0, known = 0, refused = 0, discarded = 0, moved, place, toDo, lastError, donePart } = step;
  const { rows } = await run(db,
    `UPDATE dead_letter_runs SET redriven = redriven + $3, known = known + $4, refused = refused + $5, discarded = discarded + $6, moved = coalesce($7::integer, moved),
       place = CASE WHEN $8 THEN $9::text ELSE place END, to_do = coalesce($10::integer, to_do), last_error = CASE WHEN $11 THEN $12::text ELSE last_error END,
       done_parts = CASE WHEN $13::text IS NULL THEN done_parts ELSE array_append(done_parts, $13::text) END, held_until = clock_timestamp() + $14 * interval '1 ms'
     WHERE run_id = $1 AND holder = $2 AND state IN ('running', 'stopping') RETURNING state`,
    [
      runId, holder, redriven, known, refused, discarded, moved ?? null, place !== undefined, place ?? null, toDo ?? null, lastError !== undefined, lastError ?? null, donePart ?? null, holdMs,
    ],
  );
  if (rows[0] === undefined) throw new RunTaken(`Somebody else carries on the run ${runId}.`);
  return rows[0].state;
}

/** Ends a run. */
export async function endRun(db: Db, runId: string, holder: string): Promise<void> {
  await run(db,
    `UPDATE dead_letter_runs SET state = CASE state WHEN 'stopping' THEN 'stopped' ELSE 'done' END, ended_at = clock_timestamp(), holder = NULL, held_until = '-infinity'
     WHERE run_id = $1 AND holder = $2 AND state IN ('running', 'stopping')`,
    [runId, holder],
  );
}

/** Lets another process carry the run on at once, or this one `afterMs` later. */
export async function giveRun(db: Db, runId: string, holder: string, afterMs: number): Promise<void> {
  await run(db, `UPDATE dead_letter_runs SET holder = NULL, held_until = clock_timestamp() + $3 * interval '1 ms' WHERE run_id = $1 AND holder = $2`, [runId, holder, afterMs]);
}
