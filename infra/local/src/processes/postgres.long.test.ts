// PostgreSQL under the supervisor: databases and roles are there, and a killed process comes back with its data on the same port.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { DATABASES, embeddedUrls, makeDatabases } from '../databases.pg.ts';
import { choosePorts } from '../ports.ts';
import { Supervisor } from '../supervisor.ts';

const directory = mkdtempSync(join(tmpdir(), 'postgres-test-'));
const passwords = { cc: 'password of the coordinator', of: 'password of fulfillment' };
let supervisor: Supervisor;
let urls: { cc: string; of: string };

beforeAll(async () => {
  const { port } = await choosePorts({ port: 0 });
  supervisor = new Supervisor({ logsDirectory: join(directory, 'logs') });
  const environment = {
    PATH: process.env['PATH'] ?? '',
    POSTGRES_PORT: String(port),
    POSTGRES_DIR: join(directory, 'postgres'),
    POSTGRES_DATABASES: JSON.stringify([{ ...DATABASES.cc, password: passwords.cc }, { ...DATABASES.of, password: passwords.of }]),
  };
  await supervisor.start({ name: 'postgres', entry: fileURLToPath(new URL('./postgres.ts', import.meta.url)), environment });
  urls = embeddedUrls(port, passwords);
});
afterAll(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('each service has a database and a role of its own, and cannot enter the other', async () => {
  expect(await query(urls.cc, 'select current_database() as name, current_user as role')).toEqual([DATABASES.cc]);
  expect(await query(urls.of, 'select current_database() as name, current_user as role')).toEqual([DATABASES.of]);
  await expect(query(urls.cc.replace(/commerce_coordinator$/, DATABASES.of.name), 'select 1')).rejects.toThrow('permission denied');
});

test('when its process is killed it comes back with what was committed', async () => {
  await query(urls.cc, 'create table kept (n int)');
  await query(urls.cc, 'insert into kept values (7)');
  supervisor.process('postgres').signal('SIGKILL');
  while (supervisor.process('postgres').isReady) await wait(10);
  await supervisor.process('postgres').whenReady(AbortSignal.timeout(20_000));
  expect(await query(urls.cc, 'select n from kept')).toEqual([{ n: 7 }]);
});

test('on a server of the user the databases are made unless they are there', async () => {
  const server = new URL(urls.cc);
  [server.username, server.password, server.pathname] = ['postgres', readFileSync(join(directory, 'postgres.password'), 'utf8').trim(), '/postgres'];
  await query(server.href, `drop database ${DATABASES.of.name}`);
  for (let start = 1; start <= 2; start += 1) {
    const made = await makeDatabases(server.href);
    expect(await query(made.of, 'select current_database() as name')).toEqual([{ name: DATABASES.of.name }]);
    expect(await query(made.cc, 'select n from kept')).toEqual([{ n: 7 }]);
  }
});

test('a server that is not there is an error that names the variable and not the password', async () => {
  const refusal = await makeDatabases('postgres://someone:hidden@127.0.0.1:1/x').catch((error: unknown) => error as Error);
  expect(String(refusal)).toMatch(/DATABASE_URL.*ECONNREFUSED/);
  expect(String(refusal)).not.toContain('hidden');
});
