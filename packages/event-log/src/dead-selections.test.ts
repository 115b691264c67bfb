import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MIGRATIONS } from './schema.pg.ts';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import pg from 'pg';
import { countWaitingForVersion, giveUpDead, redriveDead } from './dead-selections.pg.ts';
import type { DeadPlace } from './dead-selections.pg.ts';

let pool: pg.Pool;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  await pool.query(MIGRATIONS.map(({ sql }) => sql).join('\n'));
  drop = () => database.drop();
});
afterAll(async () => {
  await pool.end();
  await drop();
});
beforeEach(async () => void (await pool.query('TRUNCATE work, ledger')));

const eventId = (n: number): string => `0193a6a0-5f6e-7c3a-8f5e-${String(n).padStart(12, '0')}`;

async function add(handler: string, n: number, { state = 'dead', code = 'Error', atMs = n, subject = `order-${n}` } = {}): Promise<void> {
  await pool.query(
    `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, fence, key, last_error)
     VALUES ($1, $2, 'orders', 0, $3, 1, '1', $4, $5, 7, 1, 'key', $6)`,
    [handler, eventId(n), subject, n, state, JSON.stringify({ code, message: 'no', atMs })],
  );
}

async function states(): Promise<string[]> {
  const { rows } = await pool.query('SELECT handler, position, state, attempt FROM work ORDER BY handler, position');
  return rows.map((row) => `${row.handler} ${row.position} ${row.state} ${row.attempt}`);
}

test('batches go on where the one before has ended, and a row that dies again meanwhile is not taken twice', async () => {
  for (let n = 1; n <= 5; n += 1) await add('a.one', n);
  await add('b.two', 1);
  const counts: number[] = [];
  let place: DeadPlace | undefined;
  for (;;) {
    const { count, last } = await redriveDead(pool, {}, place, 2);
    if (count === 0) break;
    counts.push(count);
    place = last;
    await pool.query("UPDATE work SET state = 'dead' WHERE handler = 'a.one' AND event_id = $1", [eventId(1)]);
  }
  expect(counts).toEqual([2, 2, 2]);
  expect(await states()).toEqual(['a.one 1 dead 0', 'a.one 2 ready 0', 'a.one 3 ready 0', 'a.one 4 ready 0', 'a.one 5 ready 0', 'b.two 1 ready 0']);
});

test('only what is meant comes back: by handler, code, time and name; and what it held follows', async () => {
  await add('a.one', 1, { subject: 'order' });
  await add('a.one', 2, { state: 'behind', subject: 'order' });
  await add('a.one', 3, { code: 'Refused' });
  await add('a.one', 4, { atMs: 9_000 });
  await add('b.two', 5);
  await add('a.one', 6, { state: 'waiting' });
  const meant = { handler: 'a.one', code: 'Error', beforeMs: 9_000, sinceMs: 1, rows: [1, 3, 4, 5, 6].map((n) => ({ handler: n === 5 ? 'b.two' : 'a.one', eventId: eventId(n) })) };
  expect(await redriveDead(pool, meant, undefined, 10)).toEqual({ count: 1, last: { handler: 'a.one', eventId: eventId(1) } });
  expect(await states()).toEqual(['a.one 1 ready 0', 'a.one 2 ready 7', 'a.one 3 dead 7', 'a.one 4 dead 7', 'a.one 6 waiting 7', 'b.two 5 dead 7']);
});

test('what is given up stands in the ledger with who and why, and holds nothing any more', async () => {
  await add('a.one', 1, { subject: 'order' });
  await add('a.one', 2, { state: 'behind', subject: 'order' });
  expect((await giveUpDead(pool, { handler: 'a.one' }, undefined, 10, { by: 'anna', reason: 'ours no more' })).count).toBe(1);
  expect(await states()).toEqual(['a.one 2 ready 7']);
  const { rows } = await pool.query('SELECT handler, subject, rule, evidence FROM ledger');
  expect(rows).toEqual([{ handler: 'a.one', subject: 'order', rule: 'skipped', evidence: { by: 'anna', reason: 'ours no more', error: { code: 'Error', message: 'no', atMs: 1 } } }]);
});

test('what waits for a version of its type is counted, not brought back, and given up like a dead row; other waiting stays', async () => {
  await add('a.one', 1, { state: 'waiting', code: 'unknown_version', subject: 'order' });
  await add('a.one', 2, { state: 'behind', subject: 'order' });
  await add('a.one', 3, { state: 'waiting', code: 'not_yet' });
  await add('b.two', 4, { state: 'waiting', code: 'unknown_version' });
  const meant = { rows: [1, 3].map((n) => ({ handler: 'a.one', eventId: eventId(n) })) };
  expect([await countWaitingForVersion(pool, meant), await countWaitingForVersion(pool, {}), await countWaitingForVersion(pool, { code: 'Error' })]).toEqual([1, 2, 0]);
  expect((await redriveDead(pool, meant, undefined, 10)).count).toBe(0);
  expect((await giveUpDead(pool, meant, undefined, 10, { by: 'anna', reason: 'ours no more' })).count).toBe(1);
  expect(await states()).toEqual(['a.one 2 ready 7', 'a.one 3 waiting 7', 'b.two 4 waiting 7']);
  const { rows } = await pool.query("SELECT event_id, rule, evidence->>'by' AS by, evidence->'error'->>'code' AS code FROM ledger");
  expect(rows).toEqual([{ event_id: eventId(1), rule: 'skipped', by: 'anna', code: 'unknown_version' }]);
});
