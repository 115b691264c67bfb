/**
 * Events that came again. The log has them already, so nothing follows from them; each stands in the ledger, so that the story of its
 * subject says that it came, and how.
 */
import type { Pool } from 'pg';

/** An event that the log had already. */
export interface Duplicate {
  /** As it stands in the log. */
  readonly eventId: string;
  readonly subject: string;
  /** The message that brought it, and how often SQS has handed it out. */
  readonly messageId: string;
  readonly receiveCount: number;
  /** The replay that brought it, if it was one. */
  readonly replayName: string | undefined;
}

/** In the ledger: who ignored it, and by which rule. */
const HANDLER = 'consumer';
const RULE = 'already_stored';

/** Writes down a batch in one statement. */
export async function storeDuplicates(pool: Pool, duplicates: readonly Duplicate[]): Promise<void> {
  await pool.query(
    `INSERT INTO ledger (handler, event_id, subject, rule, evidence)
     SELECT $1, event_id, subject, $2, evidence FROM unnest($3::uuid[], $4::text[], $5::jsonb[]) AS d(event_id, subject, evidence)`,
    [
      HANDLER, RULE, duplicates.map(({ eventId }) => eventId), duplicates.map(({ subject }) => subject),
      duplicates.map(({ messageId, receiveCount, replayName }) => JSON.stringify({ messageId, receiveCount, ...(replayName !== undefined && { replayName }) })),
    ],
  );
}
