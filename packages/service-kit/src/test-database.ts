/**
 * A fresh database for a test file, on the cluster that the test run has started.
 * Promise: nobody else uses it, and `drop` leaves nothing behind.
 */
import { hash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from './database.ts';
import type { Migration } from './database.ts';
import { systemPorts } from './ports.ts';

export interface TestDatabase {
  /** Superuser URL of the new, empty database. */
  url: string;
  drop(): Promise<void>;
}

/**
 * Makes a database on the cluster named by TEST_POSTGRES_URL (set by the jest global set-up). With migrations it has them already: they
 * are applied once for all test files of the run, and what that made is copied.
 */
export async function createTestDatabase(migrations: readonly Migration[] = []): Promise<TestDatabase> {
  const cluster = process.env['TEST_POSTGRES_URL'];
  if (!cluster) throw new Error('TEST_POSTGRES_URL is not set: run the tests through "pnpm test".');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const source = migrations.length === 0 ? '' : ` template ${await templateOf(cluster, migrations)}`;
  await statement(cluster, `create database ${name}${source}`);
  return { url: urlOf(cluster, name), drop: () => withClient(cluster, (client) => dropped(client, name)) };
}

/** Connections that are closing have their time: one that is ended by force raises an error that nobody hears any more. */
async function dropped(client: pg.Client, name: string): Promise<void> {
  for (let looks = 0; looks < 100 && (await client.query('select 1 from pg_stat_activity where datname = $1 limit 1', [name])).rows.length > 0; looks += 1) await delay(10);
  await client.query(`drop database if exists ${name} with (force)`);
}

function urlOf(cluster: string, name: string): string {
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return url.href;
}

/** The database that has these migrations and is copied; made by whoever comes first, while the others wait. */
async function templateOf(cluster: string, migrations: readonly Migration[]): Promise<string> {
  const name = `made_${hash('sha256', JSON.stringify(migrations)).slice(0, 24)}`;
  await withClient(cluster, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    if ((await client.query('select 1 from pg_database where datname = $1', [name])).rows.length > 0) return;
    const making = `${name}_${randomBytes(4).toString('hex')}`;
    await client.query(`create database ${making}`);
    await applied(urlOf(cluster, making), migrations);
    await client.query(`alter database ${making} rename to ${name}`);
  });
  return name;
}

async function applied(url: string, migrations: readonly Migration[]): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    await migrate(pool, migrations, { ...systemPorts({ uuid: () => crypto.randomUUID() }), log: () => undefined });
  } finally {
    await pool.end();
  }
}

function statement(url: string, sql: string): Promise<void> {
  return withClient(url, async (client) => void (await client.query(sql)));
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
