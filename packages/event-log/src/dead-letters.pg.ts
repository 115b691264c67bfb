/**
 * What an operator does with a dead row of `work`: run it again, or give it up with a reason. Its reader is told, and notices
 * within a second if it does not hear it.
 */
import type { Pool } from 'pg';
import { WORK_CHANNEL } from './pull-in.pg.ts';
import { run } from './statement.pg.ts';

type Db = Pick<Pool, 'query'>;

/** A dead row runs again from its first attempt, and what it held follows; its key stays as old as it is. False when there is no such dead row. */
export async function redrive(db: Db, handler: string, eventId: string): Promise<boolean> {
  const { rowCount } = await run(db, 
    `WITH dead AS (
       UPDATE work SET state = 'ready', attempt = 0, due_at = clock_timestamp() WHERE handler = $1 AND event_id = $2 AND state = 'dead' RETURNING handler, subject)
     , freed AS (UPDATE work w SET state = 'ready', due_at = clock_timestamp() FROM dead d WHERE w.handler = d.handler AND w.subject = d.subject AND w.state = 'behind')
     SELECT pg_notify('${WORK_CHANNEL}', '') FROM dead`,
    [handler, eventId],
  );
  return rowCount === 1;
}

/** A dead row is given up, with who and why in the ledger, and what it held goes on. False when there is no such dead row. */
export async function skipDead(db: Db, handler: string, eventId: string, act: { readonly by: string; readonly reason: string }): Promise<boolean> {
  const { rowCount } = await run(db, 
    `WITH dead AS (DELETE FROM work WHERE handler = $1 AND event_id = $2 AND state = 'dead' RETURNING handler, event_id, subject, last_error)
     , freed AS (UPDATE work w SET state = 'ready', due_at = clock_timestamp() FROM dead d WHERE w.handler = d.handler AND w.subject = d.subject AND w.state = 'behind')
     , noted AS (INSERT INTO ledger (handler, event_id, subject, rule, evidence)
         SELECT handler, event_id, subject, 'skipped', jsonb_build_object('by', $3::text, 'reason', $4::text, 'error', last_error) FROM dead)
     SELECT pg_notify('${WORK_CHANNEL}', '') FROM dead`,
    [handler, eventId, act.by, act.reason],
  );
  return rowCount === 1;
}
