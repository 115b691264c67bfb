import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { startTally, until } from '../test-kit/start.ts';
import { append, MAP, openTally, outsideTable, tallyExtension, trigger } from '../test-kit/tally.ts';
import type { EventLog } from './log.pg.ts';
import type { Readers } from './readers.ts';
import { registerMap } from './readers.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let readers: Readers | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
});

afterEach(async () => {
  await readers?.stop();
  readers = undefined;
  await log.close();
  await pool.end();
  await database.drop();
});

/** No waits between the attempts of the loop. */
const start = async (): Promise<void> => {
  readers = await startTally(log, database.url, outsideTable(pool), { random: () => 0 });
};

/** All in one transaction, before anybody reads: one stretch of the log. */
async function appendTogether(numbers: readonly { subject: string; n: number }[]): Promise<void> {
  await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
  const insert = log.insert(numbers.map((data) => log.prepare({ type: 'Added', data }, 'test', trigger())), 1);
  await pool.query(insert.text, insert.values);
}

/** The table refuses a row with an error of this class, as a statement does that runs out of memory for its own sake. */
async function refuse(table: string, when: string, code: string): Promise<void> {
  await pool.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF ${when} THEN RAISE EXCEPTION 'out of memory' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$;
     CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`,
  );
}

const sum = async (): Promise<number> => (await pool.query('SELECT coalesce(sum(cardinality(numbers)), 0)::int AS n FROM tally')).rows[0].n;
const parked = async (handler: string): Promise<{ subject: string; state: string; attempt: number; code: string }[]> =>
  (await pool.query("SELECT subject, state, attempt, last_error->>'code' AS code FROM work WHERE handler = $1", [handler])).rows;

describe('an event that always causes a fault of the database by itself', () => {
  test('is parked alone after five failures; the rest of its batch is handled, and its later attempts stop nobody', async () => {
    await refuse('tally', '777 = ANY (NEW.numbers)', '53200');
    await appendTogether(Array.from({ length: 40 }, (_, index) => ({ subject: `s${index}`, n: index === 23 ? 777 : index })));
    await start();
    await until(async () => ((await sum()) === 39 ? true : undefined), 'all others are handled');
    const rows = await until(async () => ((await parked('tally.add')).some((row) => row.attempt >= 3) ? await parked('tally.add') : undefined), 'it has come again');
    expect(rows).toMatchObject([{ subject: 's23', state: 'ready', code: 'RepeatedFault' }]);
    await append(log, { subject: 'later', n: 1 });
    await until(async () => ((await sum()) === 40 ? true : undefined), 'a later one is handled');
  });

  test('by the write of its outcome comes again under its key, and the outcomes of others are written', async () => {
    await refuse('events', "NEW.type = 'Sent' AND NEW.subject = 's3'", '57014');
    await appendTogether(Array.from({ length: 8 }, (_, index) => ({ subject: `s${index}`, n: index })));
    await start();
    await until(async () => ((await pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'Sent'")).rows[0].n === 7 ? true : undefined), 'all other outcomes');
    const rows = await until(async () => ((await parked('tally.send')).some((row) => row.attempt >= 2) ? await parked('tally.send') : undefined), 'it was run again');
    expect(rows).toMatchObject([{ subject: 's3', code: 'RepeatedFault' }]);
    expect((await pool.query("SELECT count(DISTINCT key)::int AS keys, count(*)::int > 1 AS again FROM outside WHERE subject = 's3'")).rows[0]).toEqual({ keys: 1, again: true });
  });
});

test('a fault of the database that passes parks nothing', async () => {
  await pool.query('CREATE TABLE faults (broken boolean); INSERT INTO faults VALUES (true)');
  await refuse('tally', '(SELECT broken FROM faults)', '53100');
  await appendTogether([{ subject: 'a', n: 1 }]);
  readers = await startTally(log, database.url, outsideTable(pool), { random: () => 1 });
  await until(async () => (readers?.state()[0]?.fault?.includes('out of memory') === true ? true : undefined), 'it fails');
  await pool.query('UPDATE faults SET broken = false');
  await until(async () => ((await sum()) === 1 ? true : undefined), 'it is handled');
  expect(await parked('tally.add')).toEqual([]);
});

test('a batch whose time from the first write to the commit is long is followed by smaller ones', async () => {
  // Two milliseconds for each row, at the commit.
  await pool.query(
    `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON tally DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`,
  );
  await appendTogether(Array.from({ length: 400 }, (_, n) => ({ subject: `s${n}`, n })));
  await start();
  await until(async () => ((await sum()) === 400 ? true : undefined), 'all are handled');
  const { rows } = await pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'Told' GROUP BY txid ORDER BY txid");
  const sizes: number[] = rows.map((row) => row.n);
  // How small they become depends on the machine too; batch-size.test.ts says by which rule.
  expect(sizes[0]).toBe(128);
  expect(sizes[1]).toBeLessThan(64);
  expect(sizes.length).toBeGreaterThan(4);
}, 60_000);

test('an effect that blocks the thread for longer than the lease has one outcome, under one key, and the others follow', async () => {
  const blocked = new Int32Array(new SharedArrayBuffer(4));
  let runs = 0;
  readers = await startTally(log, database.url, async (call) => {
    if (call.subject === 'blocks') runs += 1;
    if (call.subject === 'blocks' && runs === 1) Atomics.wait(blocked, 0, 0, 1_300);
    await outsideTable(pool)(call);
  }, { leaseMs: 1_000, timeBudgetMs: 300 });
  await append(log, { subject: 'blocks', n: 1 });
  await until(async () => (runs > 0 ? true : undefined), 'it has blocked');
  await append(log, { subject: 'blocks', n: 2 });
  await append(log, { subject: 'free', n: 3 });
  const sent = async (): Promise<string[]> => (await pool.query("SELECT subject || ' ' || (data->>'n') AS sent FROM events WHERE type = 'Sent' ORDER BY 1")).rows.map((row) => row.sent);
  await until(async () => ((await sent()).length >= 3 ? true : undefined), 'all are sent');
  expect(await sent()).toEqual(['blocks 1', 'blocks 2', 'free 3']);
  expect((await pool.query("SELECT count(DISTINCT key)::int AS keys FROM outside WHERE subject = 'blocks' AND n = 1")).rows[0]).toEqual({ keys: 1 });
  expect((await pool.query("SELECT n FROM outside WHERE subject = 'blocks' ORDER BY id")).rows.at(-1)).toEqual({ n: 2 });
  await until(async () => (readers?.healthy() === true ? true : undefined), 'its lease is held again');
});
