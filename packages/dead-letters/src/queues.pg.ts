/** Whose turn it is to look into a dead-letter queue, and what the last look saw. */
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import type { QueueName } from './selection.ts';

type Db = Pick<Pool, 'query'>;

/** How a queue stands. */
export interface QueueState {
  readonly queue: QueueName;
  /** Null before the first look. */
  readonly lookedAt: Date | null;
  /** Milliseconds since the last look, by the database's clock. */
  readonly ageMs: number | null;
  /** The last look came to the end of the queue. */
  readonly isComplete: boolean;
  readonly fault: string | null;
}

export async function readQueues(db: Db, names: readonly QueueName[]): Promise<QueueState[]> {
  const { rows } = await run(db,
    'SELECT queue, looked_at, (extract(epoch FROM clock_timestamp() - looked_at) * 1000)::float8 AS age_ms, is_complete, fault FROM dead_letter_queues WHERE queue = ANY ($1::text[]) ORDER BY queue', [names]);
  return rows.map((row) => ({ queue: row.queue, lookedAt: row.looked_at, ageMs: row.age_ms, isComplete: row.is_complete, fault: row.fault }));
}

/** Takes the queue, or keeps it. The time of the database in Unix milliseconds; undefined when another one has it. */
export async function holdQueue(db: Db, queue: QueueName, holder: string, holdMs: number): Promise<number | undefined> {
  const { rows } = await run(db,
    `UPDATE dead_letter_queues SET holder = $2, held_until = clock_timestamp() + $3 * interval '1 ms' WHERE queue = $1 AND (holder = $2 OR held_until < clock_timestamp())
     RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`,
    [queue, holder, holdMs],
  );
  return rows[0]?.now_ms;
}

/** Gives the queue to whoever wants it next. */
export async function giveQueue(db: Db, queue: QueueName, holder: string): Promise<void> {
  await run(db, `UPDATE dead_letter_queues SET holder = NULL, held_until = '-infinity' WHERE queue = $1 AND holder = $2`, [queue, holder]);
}

/** Records a look. */
export async function noteLook(db: Db, queue: QueueName, { isComplete, fault }: { readonly isComplete: boolean; readonly fault: string | null }): Promise<void> {
  await run(db, 'UPDATE dead_letter_queues SET looked_at = clock_timestamp(), is_complete = $2, fault = $3 WHERE queue = $1', [queue, isComplete, fault]);
}
