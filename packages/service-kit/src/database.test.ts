import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { assertDurable, endangering, isDatabaseUnavailable, migrate, openDatabase, waitForDatabase } from './database.ts';
import type { Database, Migration } from './database.ts';
import { systemClock, systemSleep } from './ports.ts';
import { createTestDatabase } from './test-database.ts';
import type { TestDatabase } from './test-database.ts';

let database: TestDatabase;
const opened: Database[] = [];
const lost: Error[] = [];

function open(options: { url?: string; statementTimeoutMs?: number; connectTimeoutMs?: number; max?: number } = {}): Database {
  const made = openDatabase({
    url: database.url, applicationName: 'kit-test', max: 4, onConnectionError: (error) => lost.push(error), ...options,
  });
  opened.push(made);
  return made;
}

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});
afterAll(() => database.drop());

describe('a connection', () => {
  test('has its name and its time limits from the first statement on', async () => {
    const { pool } = open({ statementTimeoutMs: 1_234 });
    const { rows } = await pool.query(
      `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`,
    );
    expect(rows).toEqual([{ statement: '1234ms', idle: '5s', name: 'kit-test' }]);
  });

  test('gives int8 as text and jsonb as values', async () => {
    const { rows } = await open().pool.query(`select 9007199254740993::int8 as big, '{"a":[1]}'::jsonb as data`);
    expect(rows).toEqual([{ big: '9007199254740993', data: { a: [1] } }]);
  });

  test('cancels a statement that takes too long', async () => {
    const { pool } = open({ statementTimeoutMs: 50 });
    await expect(pool.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
  });

  test('that the server ends while it is lent out fails its user and nothing else', async () => {
    const { pool } = open();
    const client = await pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    while (lost.length === 0) await systemSleep(5);
    const failure: unknown = await client.query('select 1').catch((error: unknown) => error);
    client.release(true);
    expect(isDatabaseUnavailable(failure)).toBe(true);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('whose way swallows the answers fails its statements in time, and is thrown away', async () => {
    let isSilent = false;
    const way = createServer((near) => {
      const far = connect(Number(new URL(database.url).port), '127.0.0.1');
      near.on('error', () => undefined).on('data', (bytes) => void (isSilent || far.write(bytes))).on('close', () => far.destroy());
      far.on('error', () => undefined).on('data', (bytes) => void near.write(bytes)).on('close', () => near.destroy());
    });
    await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
    const url = new URL(database.url);
    url.port = String((way.address() as AddressInfo).port);
    const { pool, close } = open({ url: url.href, statementTimeoutMs: 100, max: 2 });
    try {
      const client = await pool.connect();
      await pool.query('select 1');
      isSilent = true;
      const isLost = (text: string, on: Pick<Pool, 'query'>): Promise<unknown> => on.query(text).then(() => 'answered', (error: unknown) => isDatabaseUnavailable(error));
      // Those that were sent behind it fail with it, and so does the end of a transaction.
      const failed = await Promise.all([isLost('select 1', pool), isLost('begin', client as never), isLost('select 1', client as never)]);
      expect([failed, await isLost('rollback', client as never)]).toEqual([[true, true, true], true]);
      client.release(true);
      isSilent = false;
      expect([pool.totalCount, (await pool.query('select 1 as one')).rows]).toEqual([0, [{ one: 1 }]]);
    } finally {
      way.close();
      isSilent = false;
      await close();
    }
  }, 15_000);

  test('is not waited for longer than asked', async () => {
    const { pool } = open({ max: 1, connectTimeoutMs: 300 });
    const client = await pool.connect();
    const failure: unknown = await pool.query('select 1').catch((error: unknown) => error);
    client.release();
    expect(isDatabaseUnavailable(failure)).toBe(true);
  });

  test.each([['a full disk', '53100'], ['no memory', '53200']])('to a server with %s is told apart from a wrong statement', async (_what, code) => {
    const failure: unknown = await open().pool.query(`do $$ begin raise exception 'no room' using errcode = '${code}'; end $$`).catch((error: unknown) => error);
    expect([failure, isDatabaseUnavailable(failure)]).toEqual([expect.objectContaining({ code }), true]);
  });

  test('to nowhere is told apart from a wrong statement', async () => {
    const nowhere = open({ url: 'postgres://a:b@127.0.0.1:1/x' });
    expect(isDatabaseUnavailable(await nowhere.pool.query('select 1').catch((error: unknown) => error))).toBe(true);
    expect(isDatabaseUnavailable(await open().pool.query('selekt').catch((error: unknown) => error))).toBe(false);
  });
});

test('closing ends all connections, whether there were any or not', async () => {
  for (const isUsed of [false, true]) {
    const one = openDatabase({ url: database.url, applicationName: 'kit-test' });
    if (isUsed) await one.pool.query('select 1');
    await one.close();
    expect([one.pool.ended, one.pool.totalCount]).toEqual([true, 0]);
    await one.close();
  }
});

describe('migrations', () => {
  let own: TestDatabase;
  let pool: Pool;
  const applied: string[] = [];
  const run = (list: Migration[], on = pool) =>
    migrate(on, list, { clock: systemClock, sleep: systemSleep, log: (_message, { migration }) => applied.push(migration) });
  const things: Migration = { name: '0001-things', sql: 'create table things (id text primary key); create index on things (id)' };
  const more: Migration = { name: '0002-more', sql: `insert into things values ('a')` };

  beforeEach(async () => {
    own = await createTestDatabase();
    pool = open({ url: own.url }).pool;
    applied.length = 0;
  });
  afterEach(() => own.drop());

  test('are applied in order, once', async () => {
    await run([things]);
    await run([things, more]);
    await run([things, more]);
    expect(applied).toEqual(['0001-things', '0002-more']);
    expect((await pool.query('select name from migrations order by name')).rows).toEqual([{ name: '0001-things' }, { name: '0002-more' }]);
  });

  test('started by several processes at once are applied by one', async () => {
    const pools = [1, 2, 3, 4].map(() => open({ url: own.url }).pool);
    await Promise.all(pools.map((one) => run([things, more], one)));
    expect(applied.sort()).toEqual(['0001-things', '0002-more']);
  });

  test('whose text was changed stop the start and say what to do', async () => {
    await run([things]);
    await expect(run([{ ...things, sql: `${things.sql};` }])).rejects.toThrow(/0001-things .* new migration/);
  });

  test('may take longer than other statements of the pool', async () => {
    const short = open({ url: own.url, statementTimeoutMs: 50 });
    await run([{ name: '0001-slow', sql: 'select pg_sleep(1.3)' }], short.pool);
    expect(applied).toEqual(['0001-slow']);
  });

  test('that fail leave nothing behind, and earlier ones stay', async () => {
    const broken = { name: '0002-broken', sql: `insert into things values ('half'); select * from nowhere` };
    await expect(run([things, broken])).rejects.toThrow('nowhere');
    expect((await pool.query('select * from things')).rows).toEqual([]);
    await run([things, more]);
    expect(applied).toEqual(['0001-things', '0002-more']);
  });

  test('with one name twice are refused', async () => {
    await expect(run([things, things])).rejects.toThrow('0001-things');
  });

  test('wait for a busy table in short turns, so that others get by', async () => {
    await run([things]);
    const holder = await pool.connect();
    await holder.query('begin; lock table things in access share mode');
    const alter = run([things, { name: '0002-alter', sql: 'alter table things add column note text' }]);
    await systemSleep(2_400);
    await holder.query('commit');
    holder.release();
    await alter;
    expect(applied).toContain('0002-alter');
  });
});

describe('the start', () => {
  test('waits until the database answers, and gives up with the reason', async () => {
    const ports = { clock: systemClock, sleep: systemSleep };
    await waitForDatabase(database.url, { timeoutMs: 5_000, ...ports });
    await expect(waitForDatabase('postgres://a:b@127.0.0.1:1/x', { timeoutMs: 200, ...ports })).rejects.toThrow('ECONNREFUSED');
    const unknown = new URL(database.url);
    unknown.pathname = '/unheard_of';
    await expect(waitForDatabase(unknown.href, { timeoutMs: 60_000, ...ports })).rejects.toThrow('refused the connection (3D000)');
  });

  test('in production refuses a server that is not durable', async () => {
    const { pool } = open({ max: 1 });
    await pool.query('set synchronous_commit = off');
    await expect(assertDurable(pool)).rejects.toThrow('synchronous_commit');
  });

  test('judges Aurora by its commits alone: it has its own storage', () => {
    const off = ['fsync', 'full_page_writes', 'synchronous_commit'];
    expect(endangering(off, false)).toEqual(off);
    expect(endangering(off, true)).toEqual(['synchronous_commit']);
    expect(endangering(['full_page_writes'], true)).toEqual([]);
  });
});
