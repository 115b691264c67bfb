/**
 * A fresh database for a test file, on the cluster that the test run has started.
 * Promise: nobody else uses it, and `drop` leaves nothing behind.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** Superuser URL of the new, empty database. */
  url: string;
  drop(): Promise<void>;
}

/** Makes a database on the cluster named by TEST_POSTGRES_URL (set by the jest global set-up). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const cluster = process.env['TEST_POSTGRES_URL'];
  if (!cluster) throw new Error('TEST_POSTGRES_URL is not set: run the tests through "pnpm test".');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await statement(cluster, `create database ${name}`);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => statement(cluster, `drop database if exists ${name} with (force)`) };
}

async function statement(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
