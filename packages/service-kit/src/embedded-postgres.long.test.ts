import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { assertDurable, openDatabase } from './database.ts';
import { DirectoryHeld, startPostgres } from './embedded-postgres.ts';
import { locateBinaries, reachableBinaries } from './embedded-postgres-binaries.ts';
import type { EmbeddedPostgres } from './embedded-postgres.ts';

let home: string;
let dataDir: string;
/** Of a second cluster, made by the first test that needs one. */
let spareDir: string;
let server: EmbeddedPostgres;

async function query(url: string, statement: string): Promise<unknown[]> {
  const { pool, close } = openDatabase({ url, applicationName: 'kit-test' });
  try {
    return (await pool.query(statement)).rows;
  } finally {
    await close();
  }
}

beforeAll(async () => {
  // Closed to others on purpose: the server runs as another user when we are root.
  home = await mkdtemp(join(tmpdir(), 'closed-home-'));
  await chmod(home, 0o700);
  dataDir = join(home, 'deep', 'data');
  spareDir = join(home, 'spare');
  server = await startPostgres({ dataDir });
});

afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true, force: true });
});

test('the server keeps its promises about disks, sockets and locks', async () => {
  const rows = await query(
    server.superuserUrl,
    `select name, setting from pg_settings where name in
      ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories', 'max_locks_per_transaction', 'jit', 'max_connections') order by name`,
  );
  expect(rows.map((row) => Object.values(row as object).join('='))).toEqual([
    'fsync=on', 'full_page_writes=on', 'jit=off', 'listen_addresses=127.0.0.1', 'max_connections=200',
    'max_locks_per_transaction=256', 'synchronous_commit=on', 'unix_socket_directories=',
  ]);
});

test('it passes the check that a service makes in production', async () => {
  const { pool, close } = openDatabase({ url: server.superuserUrl, applicationName: 'kit-test' });
  await expect(assertDurable(pool)).resolves.toBeUndefined();
  await close();
});

test('the password lies beside the data, readable by its owner alone, and is needed', async () => {
  expect((await stat(`${dataDir}.password`)).mode & 0o777).toBe(0o600);
  const wrong = new URL(server.superuserUrl);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
});

test('a service owns its own database and cannot enter another', async () => {
  const cc = await server.ensureDatabase({ name: 'commerce', role: 'commerce', password: `it's "odd" @:/` });
  const of = await server.ensureDatabase({ name: 'fulfillment', role: 'fulfillment', password: 'p' });
  await query(cc, 'create table mine (id int)');
  const crossing = new URL(of);
  crossing.pathname = '/commerce';
  await expect(query(crossing.href, 'select * from mine')).rejects.toThrow('permission denied for database');
  crossing.pathname = '/postgres';
  await expect(query(crossing.href, 'select 1')).rejects.toThrow('permission denied for database');
  await expect(query(cc, 'create role more')).rejects.toThrow('permission denied');
  expect(await server.ensureDatabase({ name: 'commerce', role: 'commerce', password: 'new' })).toContain('commerce:new@');
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('binaries in a closed directory are copied once to where the server can run them (needs root: only then is the user changed)', async () => {
  const original = await locateBinaries(undefined);
  const closed = join(home, 'package');
  await cp(dirname(dirname(original.postgres)), join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
  const version = `test-${process.pid}`;
  await writeFile(join(closed, 'package.json'), JSON.stringify({ version }));
  const inClosed = { initdb: join(closed, 'native/bin/initdb'), postgres: join(closed, 'native/bin/postgres') };
  const nobody = { uid: 65_534, gid: 65_534, encoding: 'utf8' } as const;
  const copy = await reachableBinaries(inClosed);
  try {
    expect(await reachableBinaries(inClosed)).toEqual(copy);
    expect(spawnSync(inClosed.postgres, ['--version'], nobody).error).toBeDefined();
    expect(spawnSync(copy.postgres, ['--version'], nobody).stdout).toMatch(/^postgres \(PostgreSQL\) 18/);
  } finally {
    await rm(dirname(dirname(copy.postgres)), { recursive: true, force: true });
  }
});

describe('a data directory', () => {
  test('in use is refused with the number of the process that holds it', async () => {
    const failure: unknown = await startPostgres({ dataDir }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DirectoryHeld);
    expect(failure).toMatchObject({ pid: server.pid, message: expect.stringContaining(dataDir) });
  });

  test('survives kill -9 of the server, and a lock whose number belongs to somebody else now', async () => {
    const url = await server.ensureDatabase({ name: 'kept', role: 'kept', password: 'p' });
    await query(url, 'create table kept as select 42 as answer');
    server.process.kill('SIGKILL');
    await once(server.process, 'exit');
    const lock = await readFile(join(dataDir, 'postmaster.pid'), 'utf8');
    await writeFile(join(dataDir, 'postmaster.pid'), lock.replace(/^\d+/, String(process.pid)));
    server = await startPostgres({ dataDir });
    const again = await server.ensureDatabase({ name: 'kept', role: 'kept', password: 'p' });
    expect(await query(again, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('that is none, of another version, or without its password is refused with the way out', async () => {
    const foreign = join(home, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'diary.txt'), 'dear diary');
    await expect(startPostgres({ dataDir: foreign })).rejects.toThrow('choose another directory');
    await writeFile(join(foreign, 'PG_VERSION'), '15\n');
    await expect(startPostgres({ dataDir: foreign })).rejects.toThrow('made by PostgreSQL 15');
    await writeFile(join(foreign, 'PG_VERSION'), '18\n');
    await expect(startPostgres({ dataDir: foreign })).rejects.toThrow('foreign.password is missing');
  });

  test('half made by a start that was killed is made again', async () => {
    await mkdir(`${spareDir}.initdb/base`, { recursive: true });
    const spare = await startPostgres({ dataDir: spareDir, durable: false });
    expect(await query(spare.superuserUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await spare.stop();
  });
});

test('a taken port is said so', async () => {
  await expect(startPostgres({ dataDir: spareDir, port: server.port, durable: false })).rejects.toThrow('Address already in use');
});

test('the server ends when the program that started it is killed', async () => {
  const module = new URL('./embedded-postgres.ts', import.meta.url).href;
  const program = `import { startPostgres } from '${module}';
    const server = await startPostgres({ dataDir: '${spareDir}', durable: false });
    console.log(server.pid); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  parent.kill('SIGKILL');
  const isAlive = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  for (let i = 0; i < 100 && isAlive(); i += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isAlive()).toBe(false);
});
