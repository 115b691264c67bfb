/** The PostgreSQL of a run: embedded, fsync on, in a folder of its own, with a database for each contender. The last word on all of it: `stop`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import pg from 'pg';

export interface Cluster {
  readonly pid: number;
  /** A new, empty database. Gives its URL, a superuser's. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function openCluster(): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'commerce-bench-'));
  const server = await startPostgres({ dataDir: join(directory, 'data') });
  return {
    pid: server.pid,
    async database(name) {
      const client = new pg.Client({ connectionString: server.superuserUrl });
      await client.connect();
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      await client.end();
      return Object.assign(new URL(server.superuserUrl), { pathname: `/${name}` }).href;
    },
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
