/** A log in a database of its own, with the tables of the bus. */
import { MIGRATIONS } from '@commerce/event-log/schema';
import { EventLog } from '@commerce/event-log/log';
import { catalogue } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { BUS_MIGRATION, REPLAYS_MIGRATION } from '../src/schema.pg.ts';

export interface TestLog {
  readonly pool: pg.Pool;
  readonly log: EventLog;
  /** Superuser URL. */
  readonly url: string;
  close(): Promise<void>;
}

export async function openTestLog(): Promise<TestLog> {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 6, connectionTimeoutMillis: 2_000, statement_timeout: 10_000, pipeline: true });
  pool.on('connect', (client) => void client.on('error', () => undefined));
  pool.on('error', () => undefined);
  await pool.query([...MIGRATIONS, BUS_MIGRATION, REPLAYS_MIGRATION].map(({ sql }) => sql).join('\n'));
  const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  return {
    pool, log, url: database.url,
    close: async () => {
      await log.close();
      await pool.end();
      await database.drop();
    },
  };
}
