/** Whose turn it is to look into a dead-letter queue, and what the last look saw. */
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import type { QueueKind } from './selection.ts';

type Db = Pick<Pool, 'query'>;

/** How a kind stands. */
export interface QueueState {
  readonly kind: QueueKind;
  /** Null before the first look. */
  readonly lookedAt: Date | null;
  /** Milliseconds since the last look, by the database's clock. */
  readonly ageMs: number | null;
  /** The last look came to the end of the queue. */
  readonly isComplete: boolean;
  readonly fault: string | null;
}

export async function readQueues(db: Db): Promise<QueueState[]> {
  const { rows } = await run(db, 'SELECT kind, looked_at, (extract(epoch FROM clock_timestamp() - looked_at) * 1000)::float8 AS age_ms, is_complete, fault FROM dead_letter_queues ORDER BY kind', []);
  return rows.map((row) => ({ kind: row.kind, lookedAt: row.looked_at, ageMs: row.age_ms, isComplete: row.is_complete, fault: row.fault }));
}

/** Takes the queue, or keeps it. The time of the database in Unix milliseconds; undefined when another one has it. */
export async function holdQueue(db: Db, kind: QueueKind, holder: string, holdMs: number): Promise<number | undefined> {
  const { rows } = await run(db,
    `UPDATE dead_letter_queues SET holder = $2, held_until = clock_timestamp() + $3 * interval '1 ms' WHERE kind = $1 AND (holder = $2 OR held_until < clock_timestamp())
     RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`,
    [kind, holder, holdMs],
  );
  return rows[0]?.now_ms;
}

/** Gives the queue to whoever wants it next. */
export async function giveQueue(db: Db, kind: QueueKind, holder: string): Promise<void> {
  await run(db, `UPDATE dead_letter_queues SET holder = NULL, held_until = '-infinity' WHERE kind = $1 AND holder = $2`, [kind, holder]);
}

/** Records a look. */
export async function noteLook(db: Db, kind: QueueKind, { isComplete, fault }: { readonly isComplete: boolean; readonly fault: string | null }): Promise<void> {
  await run(db, 'UPDATE dead_letter_queues SET looked_at = clock_timestamp(), is_complete = $2, fault = $3 WHERE kind = $1', [kind, isComplete, fault]);
}
