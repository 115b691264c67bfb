/**
 * Every run of a handler that failed, for whoever asks later why something waits: written in the transaction that records the
 * failure, at most 20 for a handler and an event (the last ones, unless it was redriven meanwhile), for 31 days.
 */
import type { Pool } from 'pg';
import { run } from './statement.pg.ts';
import type { WorkError } from './work.pg.ts';

type Db = Pick<Pool, 'query'>;

/** A run that failed. `retryInMs`: null when it was given up. */
export interface Failure {
  readonly handler: string;
  readonly eventId: string;
  readonly subject: string;
  readonly attempt: number;
  readonly error: WorkError;
  readonly retryInMs: number | null;
  /** UUID of the process that ran it. */
  readonly workerId: string | null;
  /** Null where it is not known. */
  readonly tookMs: number | null;
}

/** The same as it was stored. `retryAt`: null when it was given up. */
export interface FailedAttempt extends Omit<Failure, 'subject' | 'retryInMs' | 'workerId' | 'tookMs'> {
  readonly failedAt: Date;
  readonly retryAt: Date | null;
}

const CHUNK = 1_000;

const byKey = (a: Failure, b: Failure): number => (a.subject === b.subject ? (a.eventId < b.eventId ? -1 : 1) : a.subject < b.subject ? -1 : 1);

/** Adds failures, each of another handler or event. */
export async function recordFailures(db: Db, failures: readonly Failure[]): Promise<void> {
  if (failures.length === 0) return;
  const rows = failures.toSorted(byKey);
  await run(db,
    `INSERT INTO failed_attempts AS f (handler, event_id, subject, attempt, error, retry_at, worker_id, took_ms)
     SELECT handler, event_id, subject, attempt, error, clock_timestamp() + retry_ms * interval '1 ms', worker_id, took_ms
     FROM unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::jsonb[], $6::float8[], $7::uuid[], $8::float8[]) AS n(handler, event_id, subject, attempt, error, retry_ms, worker_id, took_ms)
     ON CONFLICT (subject, handler, event_id, place) DO UPDATE SET
       attempt = excluded.attempt, error = excluded.error, retry_at = excluded.retry_at, failed_at = excluded.failed_at, worker_id = excluded.worker_id, took_ms = excluded.took_ms`,
    [
      rows.map((one) => one.handler), rows.map((one) => one.eventId), rows.map((one) => one.subject), rows.map((one) => one.attempt),
      rows.map((one) => JSON.stringify(one.error)), rows.map((one) => one.retryInMs), rows.map((one) => one.workerId), rows.map((one) => one.tookMs),
    ],
  );
}

/** What failed about a subject, oldest first. */
export async function failuresOf(db: Db, subject: string, limit: number): Promise<FailedAttempt[]> {
  const { rows } = await run(db,
    'SELECT handler, event_id, attempt, error, retry_at, failed_at FROM failed_attempts WHERE subject = $1 ORDER BY failed_at LIMIT $2',
    [subject, limit],
  );
  return rows.map((row) => ({ handler: row.handler, eventId: row.event_id, attempt: row.attempt, error: row.error, retryAt: row.retry_at, failedAt: row.failed_at }));
}

/** Removes what is older than 31 days, in short chunks. */
export async function removeOldFailures(db: Db): Promise<void> {
  for (let removed = CHUNK; removed === CHUNK; ) {
    const { rowCount } = await run(db,
      `DELETE FROM failed_attempts WHERE ctid = ANY (ARRAY(SELECT ctid FROM failed_attempts WHERE failed_at < clock_timestamp() - interval '31 days' LIMIT ${CHUNK}))`,
      [],
    );
    removed = rowCount ?? 0;
  }
}
