import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { Processes } from '../test-kit/processes.ts';
import { until } from '../test-kit/start.ts';
import { append, MAP, openTally, tallyExtension } from '../test-kit/tally.ts';
import type { EventLog } from './log.pg.ts';
import { registerMap } from './readers.ts';
import { NotRepartitioned, repartition, takeBackHalt } from './repartition.pg.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let processes: Processes;

beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  await registerMap({ log, extensions: [tallyExtension(async () => undefined)], map: MAP, streams: [] });
  processes = new Processes(database.url, { pauseMs: 2, leaseMs: 3_000, timeBudgetMs: 500 });
});
afterEach(async () => {
  await processes.killAll();
  await log.close();
  await pool.end();
  await database.drop();
});

const signal = new AbortController().signal;
const divide = (partitions: number, timeoutMs = 20_000): Promise<{ before: number; after: number }> => repartition({
  pool, reader: 'tally', partitions, timeoutMs, monotonicMs: () => performance.now(), sleep: (ms) => delay(ms), signal,
});
const ranges = async (): Promise<string[]> => (await pool.query("SELECT slot_from || '-' || slot_to AS slots FROM readers WHERE name = 'tally' ORDER BY partition")).rows.map(({ slots }) => slots);

async function load(events: number): Promise<void> {
  await Promise.all(Array.from({ length: 5 }, async (_, writer) => {
    for (let index = writer; index < events; index += 5) {
      await append(log, { subject: `s${index % 30}`, n: index });
      await delay(30);
    }
  }));
}

/** Every (handler, event) ended once, and each subject in its order. */
async function expectWhole(events: number): Promise<void> {
  await until(async () => ((await pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'Sent'")).rows[0].n >= events ? true : undefined), `${events} outcomes`, 40_000);
  await until(async () => ((await pool.query('SELECT count(*)::int AS n FROM work')).rows[0].n === 0 ? true : undefined), 'no work is left');
  const { rows: totals } = await pool.query('SELECT sum(cardinality(numbers))::int AS numbers, sum(version)::int AS versions, (SELECT count(*)::int FROM ledger) AS ignored FROM tally');
  expect(totals[0]).toEqual({ numbers: events, versions: events, ignored: 0 });
  const { rows: inverted } = await pool.query(
    "SELECT subject FROM (SELECT subject, sequence, row_number() OVER (PARTITION BY subject ORDER BY epoch, txid, position) AS place FROM events WHERE type = 'Told') told WHERE sequence <> place",
  );
  expect(inverted).toEqual([]);
  const { rows: outcomes } = await pool.query("SELECT count(*)::int AS n, count(DISTINCT causation_id)::int AS causes FROM events WHERE type = 'Sent'");
  expect(outcomes[0]).toEqual({ n: events, causes: events });
}

test('a reader that is divided anew under load, with its processes killed meanwhile, hears every event once and each subject in its order', async () => {
  const alive = await Promise.all([processes.start(), processes.start()]);
  const loading = load(600);
  await delay(300);
  expect(await divide(7)).toEqual({ before: 4, after: 7 });
  expect(await ranges()).toEqual(['0-35', '36-72', '73-108', '109-145', '146-181', '182-218', '219-255']);
  if (alive[0] !== undefined) await processes.kill(alive[0]);
  await processes.start();
  expect(await divide(2)).toEqual({ before: 7, after: 2 });
  if (alive[1] !== undefined) await processes.kill(alive[1]);
  await processes.start();
  expect(await divide(5)).toEqual({ before: 2, after: 5 });
  await loading;
  await expectWhole(600);
}, 120_000);

test('while nobody reads it is not done, and nothing is left of it; what a kill left halting goes on when it is taken back', async () => {
  await load(20);
  await expect(divide(6, 300)).rejects.toThrow(NotRepartitioned);
  expect((await pool.query('SELECT count(*)::int AS n FROM readers WHERE halt_txid IS NOT NULL')).rows[0].n).toBe(0);
  await expect(divide(0)).rejects.toThrow('1 to 256');
  // As a command that was killed leaves it.
  await pool.query("UPDATE readers SET halt_epoch = 1, halt_txid = pg_current_xact_id() WHERE name = 'tally'");
  await processes.start();
  await expectWhole(20);
  const later = await append(log, { subject: 'later', n: 20 });
  await delay(1_000);
  expect((await pool.query('SELECT count(*)::int AS n FROM events WHERE causation_id = $1', [later])).rows[0].n).toBe(0);
  expect(await takeBackHalt(pool, 'tally')).toBe(true);
  await expectWhole(21);
  expect(await divide(6)).toEqual({ before: 4, after: 6 });
}, 60_000);
