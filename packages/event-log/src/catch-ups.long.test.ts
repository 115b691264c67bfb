import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { Processes } from '../test-kit/processes.ts';
import { startTally, until, untilSettled } from '../test-kit/start.ts';
import { append, LATE_MAP, lateExtension, MAP, openTally, outsideTable, tallyExtension, trigger } from '../test-kit/tally.ts';
import { BatchCommits } from './batch-commits.ts';
import { Blame } from './blame.ts';
import { CatchUps } from './catch-ups.ts';
import type { Owned } from './cursors.pg.ts';
import { StaleFence } from './cursors.pg.ts';
import { EffectRunner } from './effect-runner.ts';
import type { Cursor } from './event.ts';
import { START } from './event.ts';
import { FailureShare } from './failure-share.ts';
import { JobRoom } from './job-room.ts';
import type { EventLog } from './log.pg.ts';
import { resolveMap } from './map.ts';
import { ParkedEvents } from './parked-events.ts';
import type { MapOptions, Readers } from './readers.ts';
import { registerMap } from './readers.ts';
import { RunReports } from './run-reports.ts';
import { Tail } from './tail.pg.ts';

const SUBJECTS = 200;
/** The numbers begin here: one below is what the tally table refuses. */
const FIRST = 1_000;
let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let processes: Processes;
let readers: Readers | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  processes = new Processes(database.url, { late: true, leaseMs: 3_000, timeBudgetMs: 1_000 });
});

afterEach(async () => {
  await readers?.stop();
  readers = undefined;
  await processes.killAll();
  await log.close();
  await pool.end();
  await database.drop();
});

const late = (): Partial<MapOptions> => ({ extensions: [lateExtension(outsideTable(pool))], map: LATE_MAP, fromBeginning: ['tally.late', 'tally.late-send'] });

/** Numbers from the `first` one on, dealt out to the subjects in turn: the numbers of each subject rise. */
async function appendMany(first: number, count: number): Promise<void> {
  for (let from = first; from < first + count; from += 250) {
    const numbers = Array.from({ length: Math.min(250, first + count - from) }, (_, index) => FIRST + from + index);
    const insert = log.insert(numbers.map((n) => log.prepare({ type: 'Added', data: { subject: `s${n % SUBJECTS}`, n } }, 'test', trigger())), 1);
    await pool.query(insert.text, insert.values);
    log.wake();
  }
}

async function numbersOf(subject: string): Promise<{ added: number[]; takenAway: number[] }> {
  const { rows } = await pool.query('SELECT numbers FROM tally WHERE subject = $1', [subject]);
  const numbers: number[] = rows[0]?.numbers ?? [];
  return { added: numbers.filter((n) => n > 0), takenAway: numbers.filter((n) => n < 0).map((n) => -n) };
}

const count = async (sql: string): Promise<number> => (await pool.query(`SELECT count(*)::int AS n FROM ${sql}`)).rows[0].n;
const behind = (): Promise<number> => count("readers WHERE name LIKE 'tally.%'");
const reached = (sql: string, expected: number, what: string, limitMs = 20_000): Promise<true> => until(async () => ((await count(sql)) >= expected ? true : undefined), what, limitMs);

/** Every handler heard every number once, each subject in its order; the effects under a key each. */
async function expectWhole(events: number): Promise<void> {
  await reached("events WHERE type = 'Sent'", 2 * events, 'all outcomes', 40_000);
  await until(async () => ((await behind()) === 0 ? true : undefined), 'all have joined');
  await until(async () => ((await count('work')) === 0 ? true : undefined), 'no work is left');
  for (let subject = 0; subject < SUBJECTS; subject += 1) {
    const all = Array.from({ length: Math.ceil((events - subject) / SUBJECTS) }, (_, index) => FIRST + 1 + subject + index * SUBJECTS);
    expect(await numbersOf(`s${(FIRST + 1 + subject) % SUBJECTS}`)).toEqual({ added: all, takenAway: all });
  }
  expect(await count("events WHERE type = 'Sent'")).toBe(2 * events);
  const { rows: calls } = await pool.query("SELECT split_part(key, ':', 1) AS handler, count(DISTINCT key)::int AS keys FROM outside GROUP BY 1 ORDER BY 1");
  expect(calls).toEqual([{ handler: 'tally.late-send', keys: events }, { handler: 'tally.send', keys: events }]);
  const { rows: inverted } = await pool.query(
    `SELECT key FROM (SELECT key, n, max(n) OVER (PARTITION BY subject, split_part(key, ':', 1) ORDER BY id) AS highest FROM outside WHERE id IN (SELECT min(id) FROM outside GROUP BY key)) first WHERE n < highest`,
  );
  expect(inverted).toEqual([]);
}

describe('a handler that hears from the beginning', () => {
  test('hears the past and what comes meanwhile once, each subject in its order, over restarts and kills of its processes', async () => {
    readers = await startTally(log, database.url, outsideTable(pool), {});
    await appendMany(1, 1_500);
    await reached("events WHERE type = 'Sent'", 1_500, 'the past is handled');
    await readers.stop();
    readers = undefined;
    await appendMany(1_501, 100);

    const appending = (async () => {
      for (let first = 1_601; first <= 2_000; first += 50) {
        await appendMany(first, 50);
        await delay(40);
      }
    })();
    const alive = await Promise.all([processes.start(), processes.start()]);
    for (let kill = 0; kill < 3; kill += 1) {
      await delay(150);
      const victim = alive[kill % 2];
      if (victim !== undefined) await processes.kill(victim, kill === 1 ? 'SIGTERM' : 'SIGKILL');
      alive[kill % 2] = await processes.start();
    }
    await appending;
    await expectWhole(2_000);
  }, 90_000);

  test('has joined the others when it has heard the past: the same start again changes nothing, and the cursor of its own is gone', async () => {
    await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
    await appendMany(1, 300);
    readers = await startTally(log, database.url, outsideTable(pool), { given: late() });
    await expectWhole(300);
    await readers.stop();
    const { registered } = await registerMap({ log, extensions: [], streams: [], map: {}, ...late() });
    expect(registered.mapVersion).toBe(2);
    expect(await behind()).toBe(0);
    readers = await startTally(log, database.url, outsideTable(pool), { given: late() });
    await appendMany(301, 20);
    await expectWhole(320);
  });

  test('hears nothing twice when it is named again, and one that is not named hears from now on', async () => {
    await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
    await appendMany(1, 10);
    const { fromBeginning: _none, ...fromNow } = late();
    await registerMap({ log, extensions: [], map: {}, streams: [], ...fromNow });
    await registerMap({ log, streams: [], fromBeginning: ['tally.late'], extensions: [lateExtension(outsideTable(pool))], map: { ...LATE_MAP, Told: ['tally.late'] } });
    expect(await behind()).toBe(0);
  });

  test('and is behind a bad event of the past parks it, and holds its own subject only', async () => {
    readers = await startTally(log, database.url, outsideTable(pool));
    await append(log, { subject: 'sick', n: 1 });
    await append(log, { subject: 'well', n: 1 });
    await reached("events WHERE type = 'Sent'", 2, 'the past is handled');
    await readers.stop();
    const base = lateExtension(outsideTable(pool));
    const failing = {
      ...base,
      handlers: {
        ...base.handlers,
        'tally.late': {
          decide: (...given: Parameters<NonNullable<(typeof base.handlers)['tally.late']>['decide']>) => {
            if (given[1].subject === 'sick') throw new Error('sick');
            return base.handlers['tally.late']?.decide(...given) ?? { kind: 'stale' as const, rule: 'none', evidence: {} };
          },
        },
      },
    };
    readers = await startTally(log, database.url, outsideTable(pool), { given: { ...late(), extensions: [failing] } });
    await until(async () => ((await behind()) === 0 ? true : undefined), 'it has joined');
    expect(await numbersOf('well')).toEqual({ added: [1], takenAway: [1] });
    expect((await pool.query("SELECT subject, state FROM work WHERE handler = 'tally.late'")).rows).toEqual([{ subject: 'sick', state: 'ready' }]);
  });
});

describe('the end of the past', () => {
  const at = (position: number): Cursor => ({ epoch: 1, txid: 9, position });
  const owned = (reader: string, cursor: Cursor): Owned => ({ reader, partition: 0, slotFrom: 0, slotTo: 255, fence: 3, cursor, recordedAtMs: 0 });
  const inTable = async (): Promise<string[]> =>
    (await pool.query('SELECT name, position::int FROM readers ORDER BY name')).rows.map((row) => `${row.name} ${row.position}`);

  /** Both cursors stand at 7 in memory; the shared one is at 5 in the table, for it passed 6 and 7 without an effect. */
  async function bothAtSeven(): Promise<{ catchUps: CatchUps; shared: Owned }> {
    await pool.query("INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at, fence) VALUES ('tally', 0, 0, 255, 1, '9', 5, now(), 3), ('tally.late', 0, 0, 255, 1, '9', 7, now(), 3)");
    const extension = lateExtension(outsideTable(pool));
    const say = (): void => undefined;
    // Neither the log nor a batch is touched where both stand at the same place.
    const given = { log, mapped: { extension, routes: new Map() }, tail: {} as Tail, monotonicMs: () => 0, logger: { info: say, warn: say, error: say } };
    const catchUps = new CatchUps(given, {} as BatchCommits);
    const shared = owned('tally', at(7));
    catchUps.takeIn(shared, await catchUps.load(shared));
    return { catchUps, shared };
  }

  test('is in the table together with the shared cursor, so that no crash lets the others bring the same events again', async () => {
    const { catchUps, shared } = await bothAtSeven();
    expect(catchUps.isBehind(shared, 'tally.late')).toBe(true);
    expect(await catchUps.step([shared])).toBe(true);
    expect(await inTable()).toEqual(['tally 7']);
    expect(catchUps.isBehind(shared, 'tally.late')).toBe(false);
  });

  test('is not reached by a process that no longer owns the partition', async () => {
    const { catchUps, shared } = await bothAtSeven();
    await pool.query("UPDATE readers SET fence = 4 WHERE name = 'tally'");
    await expect(catchUps.step([shared])).rejects.toThrow(StaleFence);
    expect(await inTable()).toEqual(['tally 5', 'tally.late 7']);
  });

  test('is not where the table is further than the memory: that is read anew', async () => {
    const { catchUps, shared } = await bothAtSeven();
    await pool.query("UPDATE readers SET position = 8 WHERE name = 'tally.late'");
    await expect(catchUps.step([shared])).rejects.toThrow(StaleFence);
    expect(await inTable()).toEqual(['tally 5', 'tally.late 8']);
  });

  /** The parts of a reader whose shared cursor stands here, under this fence in the table. */
  async function onTheWay(start: Cursor, fence: number): Promise<{ catchUps: CatchUps; shared: Owned }> {
    await untilSettled(pool);
    await pool.query(
      `INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at, fence)
       VALUES ('tally', 0, 0, 255, $1, $2::xid8, $3, now(), $4), ('tally.late', 0, 0, 255, 0, '0', 0, now(), 3)`,
      [start.epoch, String(start.txid), start.position, fence],
    );
    const [mapped] = resolveMap(log.catalogue, [lateExtension(outsideTable(pool))], LATE_MAP);
    if (mapped === undefined) throw new Error('nothing is mapped');
    const say = (): void => undefined;
    // Behind its ring it fetches for itself.
    const tail = new Tail({ pool, epoch: log.epoch, start: { ...start, epoch: 9 }, startRecordedAtMs: 0, sleep: async () => undefined, nowMs: Date.now, onAdvance: say, onFault: say });
    const given = { log, mapped, tail, monotonicMs: () => 0, random: () => 0, ownership: { workerId: '0193a6a0-7000-7abc-9def-0123456789ac' }, logger: { info: say, warn: say, error: say }, observer: undefined };
    const reports = new RunReports(given);
    const parked = new ParkedEvents(given, reports);
    const runner = new EffectRunner({ ...given, sleep: async () => undefined, nowMs: Date.now, leaseLeftMs: () => 0, onStart: say, onEnd: say });
    const commits = new BatchCommits(given, { parked, jobs: new JobRoom(given, runner), share: new FailureShare('tally'), blame: new Blame(async () => true), reports });
    const catchUps = new CatchUps(given, commits);
    const shared = owned('tally', start);
    catchUps.takeIn(shared, await catchUps.load(shared));
    return { catchUps, shared };
  }

  test('on the way there a process that no longer owns the partition writes nothing', async () => {
    await append(log, { subject: 'zombie', n: 1 });
    const { catchUps, shared } = await onTheWay({ epoch: 9, txid: 9, position: 9 }, 4);
    await expect(catchUps.step([shared])).rejects.toThrow(StaleFence);
    expect(await inTable()).toEqual(['tally 9', 'tally.late 0']);
    expect(await count('tally')).toBe(0);
    await pool.query("UPDATE readers SET fence = 3 WHERE name = 'tally'");
    await catchUps.step([shared]);
    expect((await numbersOf('zombie')).takenAway).toEqual([1]);
  });

  test('is where the shared cursor stands, though the log goes on', async () => {
    for (let n = 1; n <= 4; n += 1) await append(log, { subject: 'end', n });
    const [, second] = await log.history('end');
    const { catchUps, shared } = await onTheWay(second?.cursor ?? START, 3);
    await catchUps.step([shared]);
    expect((await numbersOf('end')).takenAway).toEqual([1, 2]);
    await catchUps.step([shared]);
    expect(catchUps.isBehind(shared, 'tally.late')).toBe(false);
    expect(await inTable()).toEqual([`tally ${second?.cursor.position}`]);
  });
});
