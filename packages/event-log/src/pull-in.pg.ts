/**
 * What waits for its time is tried at once, because somebody asks for it. A job that its owner holds in memory is marked in its
 * row: the owner takes the mark when it heeds it, so an ask is lost neither with a notice nor with a process, and an attempt
 * that was under way does not count for it.
 */
import type { Pool } from 'pg';
import type { Owned } from './cursors.pg.ts';
import type { Tx } from './extension.ts';
import { run } from './statement.pg.ts';
import { together } from './transaction.pg.ts';
import { IN_ORDER } from './work.pg.ts';

/** Tells the readers of all processes that somebody has changed rows of `work` that they have in memory. */
export const WORK_CHANNEL = 'event_log_work';

/** What is pulled in beside what waits. */
export interface PullIn {
  /** Dead rows too, which begin with their first attempt: for a person only. Default true. */
  readonly dead?: boolean;
}

/**
 * All that waits for these subjects is due now, in whatever extension: jobs, parked events, timers, and dead rows. A key grows no
 * younger by it. The notice to the readers leaves with the caller's commit; one that is not heard costs a second.
 */
export async function pullIn(tx: Tx, subjects: readonly string[], { dead = true }: PullIn = {}): Promise<void> {
  await together([
    run(tx, `SELECT 1 FROM work w WHERE w.subject = ANY ($1::text[]) AND w.state <> 'waiting' ${IN_ORDER} FOR UPDATE`, [subjects]),
    run(tx,
      `WITH pulled AS (
         UPDATE work SET state = 'ready', due_at = clock_timestamp(), pulled_in = (state = 'ready'),
           attempt = CASE WHEN state = 'dead' THEN 0 ELSE attempt END
         WHERE subject = ANY ($1::text[]) AND (state = 'ready' OR ($2 AND state = 'dead')) RETURNING reader, handler, subject)
       , freed AS (UPDATE work w SET state = 'ready', due_at = clock_timestamp() FROM pulled p
         WHERE w.reader = p.reader AND w.subject = p.subject AND w.handler = p.handler AND w.state = 'behind')
       SELECT pg_notify('${WORK_CHANNEL}', '') FROM pulled LIMIT 1`,
      [subjects, dead],
    ),
    run(tx, 'SELECT 1 FROM timers t WHERE t.subject = ANY ($1::text[]) ORDER BY t.subject, t.name FOR UPDATE', [subjects]),
    run(tx, 'UPDATE timers SET due_at = clock_timestamp() WHERE subject = ANY ($1::text[])', [subjects]),
  ]);
}

/**
 * Takes the marks of these partitions, but for the jobs with the keys `underWay`, and returns the keys of the others: they are
 * due. It waits for nobody: whoever changes a row just now marks it and tells so, or is the caller.
 */
export async function takePulledIn(db: Pick<Pool, 'query'>, reader: string, partitions: readonly Owned[], underWay: readonly string[]): Promise<Set<string>> {
  const { rows } = await run(db,
    `UPDATE work w SET pulled_in = false, due_at = least(w.due_at, clock_timestamp())
     FROM (SELECT m.handler, m.event_id FROM work m JOIN unnest($2::smallint[], $3::smallint[], $4::bigint[]) AS p(slot_from, slot_to, fence)
         ON m.slot BETWEEN p.slot_from AND p.slot_to AND m.fence = p.fence
       WHERE m.pulled_in AND m.reader = $1 AND NOT m.key = ANY ($5::text[]) FOR UPDATE OF m SKIP LOCKED) marked
     WHERE w.handler = marked.handler AND w.event_id = marked.event_id RETURNING w.key`,
    [reader, partitions.map((one) => one.slotFrom), partitions.map((one) => one.slotTo), partitions.map((one) => one.fence), underWay],
  );
  return new Set(rows.map((row) => row.key));
}
