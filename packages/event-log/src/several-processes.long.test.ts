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

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let processes: Processes;

beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  await registerMap({ log, extensions: [tallyExtension(async () => undefined)], map: MAP, streams: [] });
});

afterEach(async () => {
  await processes.killAll();
  await log.close();
  await pool.end();
  await database.drop();
});

const SUBJECTS = 30;

async function load(events: number, first = 0): Promise<void> {
  await Promise.all(
    Array.from({ length: 10 }, async (_, writer) => {
      for (let index = writer; index < events; index += 10) await append(log, { subject: `s${index % SUBJECTS}`, n: first + index });
    }),
  );
}

/** Every (handler, event) ended once, each subject in its order, one key and one outcome per effect, one call at a time. */
async function expectWhole(events: number, frozen = false): Promise<void> {
  await until(async () => ((await pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'Sent'")).rows[0].n >= events ? true : undefined), `${events} outcomes`, 25_000);
  await until(async () => ((await pool.query('SELECT count(*)::int AS n FROM work')).rows[0].n === 0 ? true : undefined), 'no work is left');
  const { rows: totals } = await pool.query('SELECT sum(cardinality(numbers))::int AS numbers, sum(version)::int AS versions FROM tally');
  expect(totals[0]).toEqual({ numbers: events, versions: events });
  const { rows: inverted } = await pool.query(
    "SELECT subject FROM (SELECT subject, sequence, row_number() OVER (PARTITION BY subject ORDER BY epoch, txid, position) AS place FROM events WHERE type = 'Told') told WHERE sequence <> place",
  );
  expect(inverted).toEqual([]);
  const { rows: outcomes } = await pool.query("SELECT count(*)::int AS n, count(DISTINCT causation_id)::int AS causes FROM events WHERE type = 'Sent'");
  expect(outcomes[0]).toEqual({ n: events, causes: events });
  const { rows: calls } = await pool.query('SELECT count(DISTINCT key)::int AS keys FROM outside');
  expect(calls[0].keys).toBe(events);
  // A call that was frozen on its way lasts until its process wakes, whoever does the rest meanwhile.
  if (frozen) return;
  const { rows: together } = await pool.query(
    'SELECT a.key FROM outside a JOIN outside b ON a.subject = b.subject AND a.id <> b.id AND a.started_at < b.started_at AND b.started_at < a.ended_at LIMIT 1',
  );
  expect(together).toEqual([]);
}

test('three processes share the partitions, and every event is handled exactly once', async () => {
  processes = new Processes(database.url);
  await Promise.all([processes.start(), processes.start(), processes.start()]);
  await load(300);
  await expectWhole(300);
  const owners = await until(async () => {
    const { rows } = await pool.query("SELECT owner, count(*)::int AS partitions FROM readers WHERE name = 'tally' GROUP BY owner ORDER BY 2");
    return rows.length === 3 ? rows : undefined;
  }, 'all three own a part', 15_000);
  expect(owners.map((row) => row.partitions)).toEqual([1, 1, 2]);
}, 60_000);

test('processes killed at random moments and started again lose nothing and repeat nothing', async () => {
  const seed = Math.floor(Math.random() * 1e9);
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  processes = new Processes(database.url, { pauseMs: 2 });
  const alive = await Promise.all([processes.start(), processes.start(), processes.start()]);
  const loading = load(400);
  for (let kill = 0; kill < 6; kill += 1) {
    await delay(100 + random() * 300);
    const index = Math.floor(random() * alive.length);
    const victim = alive[index];
    if (victim !== undefined) await processes.kill(victim);
    alive[index] = await processes.start();
  }
  await loading;
  await expectWhole(400).catch((error: unknown) => {
    throw new Error(`with the seed ${seed}`, { cause: error });
  });
}, 90_000);

test('a process that was stopped past its lease cannot commit when it wakes, and nothing is done twice', async () => {
  processes = new Processes(database.url, { leaseMs: 3_000, timeBudgetMs: 500 });
  const zombie = await processes.start();
  const loading = load(300);
  await delay(150);
  zombie.kill('SIGSTOP');
  await processes.start();
  await loading;
  await expectWhole(300, true);
  zombie.kill('SIGCONT');
  await load(60, 1_000);
  await delay(500);
  await expectWhole(360, true);
}, 60_000);
