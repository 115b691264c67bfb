/**
 * The database as a service opens it: waited for, durable in production, migrated.
 * Promise: when this resolves, statements may be run; the pool ends when the service goes down.
 */
import type pg from 'pg';
import { assertDurable, migrate, openDatabase, waitForDatabase } from './database.ts';
import type { Migration } from './database.ts';
import type { Logger } from './logging.ts';
import type { Ports } from './ports.ts';
import type { Running } from './running.ts';

const WAIT_MS = 30_000;

export interface ServiceDatabaseOptions {
  /** Of the service's configuration. */
  readonly config: { readonly databaseUrl: string; readonly databaseConnections: number; readonly environment: string };
  readonly applicationName: string;
  readonly migrations: readonly Migration[];
  readonly ports: Pick<Ports, 'clock' | 'sleep' | 'faults'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly running: Running;
  /** Ends the wait for the server. */
  readonly signal: AbortSignal | undefined;
}

export async function openServiceDatabase({ config, applicationName, migrations, ports: { clock, sleep, faults }, logger, running, signal }: ServiceDatabaseOptions): Promise<pg.Pool> {
  const { pool, close } = openDatabase({
    url: config.databaseUrl, max: config.databaseConnections, applicationName,
    onConnectionError: (error) => logger.warn({ err: error }, 'a connection to the database was lost'),
  });
  running.onStop(close);
  await waitForDatabase(config.databaseUrl, { timeoutMs: WAIT_MS, clock, sleep, ...(signal && { signal }) });
  if (config.environment === 'production') await assertDurable(pool);
  await migrate(pool, migrations, { clock, sleep, faults, log: (message, fields) => logger.info(fields, message) });
  return pool;
}
