/**
 * The connections of the tail. Its statements are planned once, for any cursor, and only the way along the index is allowed: a
 * plan that was made while the table was small would read all of it later, and planning anew for each cursor costs more than
 * the fetch. Both parts of the statement ask for the order of that index, so that no other one will do.
 */
import pg from 'pg';
import type { Pool } from 'pg';

export function tailPool(databaseUrl: string): Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl, max: 2, application_name: 'event-log tail', connectionTimeoutMillis: 5_000, query_timeout: 10_000, keepAlive: true,
    options: '-c jit=off -c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off -c enable_incremental_sort=off -c plan_cache_mode=force_generic_plan',
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}
