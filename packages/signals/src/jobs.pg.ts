/**
 * Who does a scheduled job now, and when it was done last: one row per job, so that a restart neither forgets nor repeats it.
 */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';

/** Belongs to the migrations of a service, before those of its extensions. */
export const JOBS_MIGRATION = {
  name: 'signals-1',
  sql: `
CREATE TABLE scheduled_jobs (
  name text COLLATE "C" PRIMARY KEY,
  -- The process that does it now, and until when nobody else does.
  holder uuid,
  held_until timestamptz,
  last_run_at timestamptz,
  last_error text
) WITH (fillfactor = 50);
`,
};

/** How a job stands. */
export interface JobStatus {
  /** When the last run ended; null before the first one. */
  readonly lastRunAt: Date | null;
  /** Why the last run did not come to its end; null when it did. */
  readonly lastError: string | null;
}

/** A job that was never done has no row: then both are null. */
export async function readJobStatus(db: Tx, name: string): Promise<JobStatus> {
  const { rows: [row] } = await run(db, 'SELECT last_run_at, last_error FROM scheduled_jobs WHERE name = $1', [name]);
  return { lastRunAt: row?.last_run_at ?? null, lastError: row?.last_error ?? null };
}

/** Makes the row of a job that has none. */
export async function addJob(db: Tx, name: string): Promise<void> {
  await run(db, 'INSERT INTO scheduled_jobs (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
}

export interface Claim {
  readonly name: string;
  /** A UUID: the name of the process. */
  readonly holder: string;
  readonly everyMs: number;
  readonly holdMs: number;
}

/**
 * Takes the job for `holdMs` when it is due (`everyMs` after the last run ended) and nobody else has it. Gives 0, or how long to
 * wait before trying again, in ms. An end that lies in the future is no reason to wait: the clock was set back since.
 */
export async function claim(db: Tx, { name, holder, everyMs, holdMs }: Claim): Promise<number> {
  const { rowCount } = await run(db,
    `UPDATE scheduled_jobs SET holder = $2, held_until = clock_timestamp() + $4 * interval '1 ms'
     WHERE name = $1 AND (last_run_at IS NULL OR NOT clock_timestamp() BETWEEN last_run_at AND last_run_at + $3 * interval '1 ms') AND (held_until IS NULL OR held_until <= clock_timestamp())`,
    [name, holder, everyMs, holdMs],
  );
  if (rowCount === 1) return 0;
  const { rows } = await run(db,
    `SELECT extract(epoch FROM greatest(last_run_at + $2 * interval '1 ms', held_until) - clock_timestamp()) * 1000 AS wait_ms FROM scheduled_jobs WHERE name = $1`,
    [name, everyMs],
  );
  return Math.max(1, Math.ceil(Number(rows[0]?.wait_ms ?? everyMs)));
}

/** Keeps it for another `holdMs`. False when another process has taken it meanwhile. */
export async function hold(db: Tx, name: string, holder: string, holdMs: number): Promise<boolean> {
  const { rowCount } = await run(db, `UPDATE scheduled_jobs SET held_until = clock_timestamp() + $3 * interval '1 ms' WHERE name = $1 AND holder = $2`, [name, holder, holdMs]);
  return rowCount === 1;
}

/** Has this process the job? Then no other one takes it until the transaction of the caller has ended. */
export async function isHeld(tx: Tx, name: string, holder: string): Promise<boolean> {
  const { rowCount } = await run(tx, 'SELECT 1 FROM scheduled_jobs WHERE name = $1 AND holder = $2 FOR SHARE', [name, holder]);
  return rowCount === 1;
}

/** Gives it back. `ended`: the run came to its end, well or with an error; else it is due at once. */
export async function giveBack(db: Tx, name: string, holder: string, ended: boolean, error: string | null): Promise<void> {
  await run(db,
    `UPDATE scheduled_jobs SET holder = NULL, held_until = NULL, last_error = $4, last_run_at = CASE WHEN $3 THEN clock_timestamp() ELSE last_run_at END
     WHERE name = $1 AND holder = $2`,
    [name, holder, ended, error],
  );
}
