/**
 * Starts one throw-away PostgreSQL cluster for a test run and names it in TEST_POSTGRES_URL.
 * When the variable is already set, that server is used and nothing is started.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import { startedCluster } from './started-cluster.ts';

export default async function start(): Promise<void> {
  if (process.env['TEST_POSTGRES_URL']) return;
  const directory = await mkdtemp(join(tmpdir(), 'test-postgres-'));
  const server = await startPostgres({ dataDir: join(directory, 'data'), durable: false });
  process.env['TEST_POSTGRES_URL'] = server.superuserUrl;
  startedCluster.current = { server, directory };
}
