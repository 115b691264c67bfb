/**
 * Reads over all partitions of `events`: to plan such a statement for its values takes ten times as long as to run it, and
 * PostgreSQL does so again and again. Here each is planned once for a connection.
 */
import type { Pool } from 'pg';
import type { Tx } from './extension.ts';
import { inTransaction } from './transaction.pg.ts';

/** Runs `read` in a transaction that writes nothing; each statement sees what is committed when it begins. */
export function withGenericPlans<Result>(pool: Pool, read: (tx: Tx) => Promise<Result>): Promise<Result> {
  return inTransaction(pool, read, (client) => client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL plan_cache_mode = force_generic_plan'));
}
