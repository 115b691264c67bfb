/**
 * The statements over `timers`: durable, one row per reader, subject and name, due by the database's clock.
 */
import type { Pool } from 'pg';
import type { Trigger } from './event.ts';
import type { Tx } from './extension.ts';
import { run, runOver } from './statement.pg.ts';

export interface DueTimer {
  readonly subject: string;
  readonly name: string;
  /** The text of the database, so that taking it compares to the microsecond. */
  readonly dueAt: string;
  readonly trigger: Trigger;
}

/** Timers of these slots that are due, oldest first, but for subjects that are held. */
export async function dueTimers(pool: Pool, reader: string, slots: readonly number[], held: readonly string[], limit: number): Promise<DueTimer[]> {
  const { rows } = await run(pool, 
    `SELECT subject, name, due_at::text, correlation_id, causation_id, metadata FROM timers
     WHERE reader = $1 AND due_at <= statement_timestamp() AND slot = ANY ($2::smallint[]) AND NOT (subject = ANY ($3::text[])) ORDER BY timers.due_at LIMIT ${limit}`,
    [reader, slots, held],
  );
  return rows.map((row) => ({
    subject: row.subject, name: row.name, dueAt: row.due_at,
    trigger: { correlationId: row.correlation_id, causationId: row.causation_id, metadata: row.metadata },
  }));
}

/** Holds the rows of due timers for this transaction. Throws `TimersMoved` when one was cleared or set anew meanwhile. */
export async function holdTimers(tx: Tx, reader: string, timers: readonly DueTimer[]): Promise<void> {
  const result = await runOver(timers.length, tx,
    `SELECT 1 FROM timers t JOIN unnest($2::text[], $3::text[], $4::timestamptz[]) AS d(subject, name, due_at)
       ON t.subject = d.subject AND t.name = d.name AND t.due_at = d.due_at WHERE t.reader = $1 ORDER BY t.subject, t.name FOR UPDATE OF t`,
    [reader, ...columns(timers)],
  );
  if (result.rowCount !== timers.length) throw new TimersMoved(`A timer of ${reader} was moved while it fell due.`);
}

/** Ends timers that were decided; one that its decision has set anew stays. */
export async function endTimers(tx: Tx, reader: string, timers: readonly DueTimer[]): Promise<void> {
  if (timers.length === 0) return;
  await runOver(timers.length, tx,
    `DELETE FROM timers t USING unnest($2::text[], $3::text[], $4::timestamptz[]) AS d(subject, name, due_at)
     WHERE t.reader = $1 AND t.subject = d.subject AND t.name = d.name AND t.due_at = d.due_at`,
    [reader, ...columns(timers)],
  );
}

/** Puts timers off whose decision failed. */
export async function putOffTimers(tx: Tx, reader: string, timers: readonly DueTimer[], delayMs: number): Promise<void> {
  if (timers.length === 0) return;
  await runOver(timers.length, tx,
    `UPDATE timers t SET due_at = clock_timestamp() + $5 * interval '1 ms' FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS d(subject, name, due_at)
     WHERE t.reader = $1 AND t.subject = d.subject AND t.name = d.name AND t.due_at = d.due_at`,
    [reader, ...columns(timers), delayMs],
  );
}

function columns(timers: readonly DueTimer[]): string[][] {
  return [timers.map((timer) => timer.subject), timers.map((timer) => timer.name), timers.map((timer) => timer.dueAt)];
}

/** A timer was cleared or set anew between the look and the locks: look again. */
export class TimersMoved extends Error {
  override readonly name = 'TimersMoved';
}
