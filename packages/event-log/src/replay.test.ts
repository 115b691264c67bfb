/** Replays of events to handlers: what a dry run tells, what a run does, and what stops neither. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { appendDated } from '../test-kit/dated.ts';
import { ask, ended, passed, startRunner } from '../test-kit/replaying.ts';
import type { Ended } from '../test-kit/replaying.ts';
import { startTally, until } from '../test-kit/start.ts';
import { append, MAP, openTally, outsideTable, tallyExtension, trigger } from '../test-kit/tally.ts';
import { connectionsOf } from './connected.ts';
import type { EventLog } from './log.pg.ts';
import { registerMap } from './readers.ts';
import type { RegisteredMap } from './readers.ts';
import type { AskedReplay } from './replay.ts';
import { Deciding } from './replay-decisions.pg.ts';
import type { DecidedBatch } from './replay-decisions.pg.ts';
import { heldSubjects } from './replay-rows.pg.ts';
import type { ReplayRunner } from './replay-runner.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let map: RegisteredMap;
let runner: ReplayRunner;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  map = await registerMap({ log, extensions: [tallyExtension(outsideTable(pool))], map: MAP, streams: [] });
  runner = startRunner(log, map);
});
afterAll(async () => {
  await runner.stop();
  await log.close();
  await pool.end();
  await database.drop();
});
beforeEach(async () => void (await pool.query('TRUNCATE events, tally, outside, work, replays, replay_differences, replay_held, timers, ledger')));

async function replayed(wish: Omit<Partial<AskedReplay>, 'target'> & Partial<Pick<AskedReplay, 'target'>>): Promise<Ended> {
  await passed(pool);
  const replayId = await ask(log, { target: { handler: 'tally.add' }, ...wish });
  runner.wake();
  return ended(log, replayId);
}

const rows = async (): Promise<Record<string, number[]>> => Object.fromEntries((await pool.query('SELECT subject, numbers FROM tally ORDER BY subject')).rows.map(({ subject, numbers }) => [subject, numbers]));
const rowsTold = ({ differences }: Ended): Record<string, number[]> => Object.fromEntries(differences.filter(({ kind }) => kind === 'row').map(({ subject, after }) => [subject, (after as { numbers: number[] }).numbers]));

describe('A replay to a handler', () => {
  test('is told by its dry run over all of its batches, which changes nothing', async () => {
    for (let n = 0; n < 30; n += 1) await append(log, { subject: `s${n % 2}`, n, mode: 'always' });
    // Twenty at once, so that what one batch would write must be known to the next.
    const dry = await replayed({ rate: 100 });
    expect(await rows()).toEqual({});
    expect(dry.replay).toMatchObject({ state: 'done', progress: 1, counts: { scanned: 30, matched: 30, applied: 30, ignored: 0, skipped: 0, failed: 0, appended: 30, changed: 2 } });
    const run = await replayed({ mode: 'run', dryRunId: dry.replay.replayId, selection: dry.replay.selection });
    // What the run has appended itself was not there when it began.
    expect(run.replay).toMatchObject({ counts: dry.replay.counts, until: dry.replay.until });
    expect(await rows()).toEqual(rowsTold(dry));
    expect(rowsTold(run)).toEqual(rowsTold(dry));
    expect((await rows())['s0']).toEqual(Array.from({ length: 15 }, (_, index) => 2 * index));
    expect(run.differences.filter(({ kind }) => kind === 'row').map(({ before }) => before)).toEqual([null, null]);
  });

  test('goes on behind an event that fails or cannot be written; what comes later of its subject is passed over', async () => {
    await append(log, { subject: 'bad', n: 1, mode: 'poison' });
    await append(log, { subject: 'good', n: 1 });
    await append(log, { subject: 'worse', n: 1, mode: 'unstorable' });
    await append(log, { subject: 'bad', n: 2 });
    await append(log, { subject: 'good', n: 2 });
    await append(log, { subject: 'worse', n: 2 });
    await append(log, { subject: 'early', n: 2, mode: 'needs' });
    const dry = await replayed({});
    const run = await replayed({ mode: 'run', dryRunId: dry.replay.replayId });
    for (const { replay, differences } of [dry, run]) {
      expect(replay.counts).toMatchObject({ applied: 2, failed: 2, skipped: 3, matched: 7, changed: 1 });
      expect(differences.filter(({ kind }) => kind === 'fault').map(({ subject, after }) => [subject, (after as { message: string }).message])).toEqual([['bad', 'poison 1'], ['worse', expect.stringContaining('tally_numbers_check')]]);
    }
    expect(await rows()).toEqual({ good: [1, 2] });
    expect((await pool.query('SELECT 1 FROM work')).rows).toEqual([]);
  });

  test('is given what was selected, of all that is', async () => {
    const eventId = await append(log, { subject: 'a', n: 1 });
    await append(log, { subject: 'b', n: 2 });
    const { rows: [{ correlation_id: correlationId, recorded_at: recordedAt }] } = await pool.query('SELECT correlation_id, recorded_at FROM events WHERE event_id = $1', [eventId]);
    const matched = async (selection: AskedReplay['selection']): Promise<number> => (await replayed({ selection })).replay.counts.matched;
    expect(await Promise.all([
      matched({ orderId: 'a' }), matched({ correlationId }), matched({ types: ['Told'] }), matched({ types: ['Added'] }), matched({ filter: '{"data":{"n":[{"numeric":[">",1]}]}}' }),
      matched({ from: recordedAt.toISOString() }), matched({ to: recordedAt.toISOString() }),
    ])).toEqual([1, 1, 0, 2, 1, 2, 0]);
  });

  test('looks at nothing that was recorded clearly after the time up to which it was asked for', async () => {
    const hour = 3_600_000;
    const from = Date.now() - 5 * hour;
    const at = async (ms: number, count: number): Promise<void> => {
      const ids = await appendDated(log, ms, Array.from({ length: count }, () => 'order-events'));
      await pool.query('UPDATE events SET recorded_at = to_timestamp($2 / 1000.0) WHERE event_id = ANY ($1::uuid[])', [ids, ms]);
    };
    await at(from, 5);
    for (let n = 1; n <= 4; n += 1) await at(from + n * hour, 200);
    const { replay } = await replayed({ selection: { to: new Date(from + 1).toISOString() } });
    expect(replay).toMatchObject({ state: 'done', progress: 1, counts: { matched: 5 } });
    // Those and one transaction behind them, of 805.
    expect(replay.counts.scanned).toBeLessThanOrEqual(205);
    const { rows: [bounds] } = await pool.query('SELECT first_position::int AS first, last_position::int AS last FROM replays');
    expect(bounds.last - bounds.first).toBe(205);
    expect((await replayed({ mode: 'run', dryRunId: replay.replayId, selection: replay.selection })).replay).toMatchObject({ until: replay.until, counts: { matched: 5, applied: 5 } });
    expect((await replayed({ selection: { types: ['Added'], from: new Date(from + 4 * hour).toISOString(), to: new Date().toISOString() } })).replay.counts).toMatchObject({ matched: 200 });
  });

  test('is undone in the batch under which it was stopped', async () => {
    for (let n = 0; n < 3; n += 1) await append(log, { subject: `s${n}`, n });
    const blocker = await pool.connect();
    await blocker.query('BEGIN; LOCK TABLE tally IN ACCESS EXCLUSIVE MODE');
    await passed(pool);
    const replayId = await ask(log, { target: { extension: 'tally' }, mode: 'run' });
    runner.wake();
    await until(async () => ((await pool.query("SELECT 1 FROM replays WHERE state = 'running' AND until_txid IS NOT NULL")).rows[0]), 'it runs');
    await delay(50);
    await pool.query("UPDATE replays SET state = 'stopped' WHERE replay_id = $1", [replayId]);
    await blocker.query('ROLLBACK');
    blocker.release();
    // One after the other: when this one has ended, that one was given up.
    await replayed({ selection: { orderId: 'nobody' } });
    expect([await rows(), (await pool.query('SELECT applied FROM replays WHERE replay_id = $1', [replayId])).rows]).toEqual([{}, [{ applied: '0' }]]);
  });
});

describe('What is the live reader\u2019s', () => {
  test('is not taken from it: an event that it has not handled is passed over, by handlers and effects', async () => {
    await append(log, { subject: 's', n: 1 });
    await passed(pool);
    await append(log, { subject: 's', n: 2 });
    for (const handler of ['tally.add', 'tally.send']) {
      const replayId = await ask(log, { target: { handler }, mode: 'run', effects: 'allowed', selection: { types: ['Added'] } });
      runner.wake();
      expect((await ended(log, replayId)).replay.counts).toMatchObject({ matched: 2, skipped: 1 });
    }
    expect([await rows(), (await pool.query('SELECT 1 FROM work')).rows.length]).toEqual([{ s: [1] }, 1]);
  });

  test('is not overtaken: what stands at or behind a dead or parked event of its subject is passed over', async () => {
    await append(log, { subject: 's', n: 1 });
    const dead = await append(log, { subject: 's', n: 2 });
    await append(log, { subject: 's', n: 3 });
    await append(log, { subject: 'other', n: 1 });
    for (const [state, handler] of [['dead', 'tally.add'], ['waiting', 'tally.add'], ['ready', 'tally.send']]) {
      await pool.query('TRUNCATE work, tally');
      await pool.query(
        `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, fence, key) SELECT $2, event_id, 'tally', slot, subject, epoch, txid, position, $3, 0, 'k' FROM events WHERE event_id = $1`, [dead, handler, state]);
      expect((await replayed({ mode: 'run', selection: { types: ['Added'] } })).replay.counts).toMatchObject(state === 'dead' ? { applied: 2, skipped: 2 } : { applied: 4, skipped: 0 });
      expect(await rows()).toEqual({ s: state === 'dead' ? [1] : [1, 2, 3], other: [1] });
    }
  });

  test('are the timers: a replay without effects sets none, and leaves those that are there as they are', async () => {
    const timers = async (): Promise<any[]> => (await pool.query('SELECT subject, due_at, metadata FROM timers ORDER BY subject')).rows;
    await append(log, { subject: 'new', n: 1, mode: 'timer' });
    await append(log, { subject: 'real', n: 1, mode: 'timer' });
    await pool.query("INSERT INTO timers (reader, subject, name, slot, due_at, correlation_id, metadata) VALUES ('tally', 'real', 'again', 0, now() + interval '1 hour', gen_random_uuid(), '{\"userId\":\"anna\"}')");
    const before = await timers();
    await replayed({ mode: 'run', selection: { types: ['Added'] } });
    expect([await rows(), await timers()]).toEqual([{ new: [1], real: [1] }, before]);
    await pool.query('TRUNCATE tally');
    // With effects all is done; but what the clock brings later is no part of the replay.
    await replayed({ mode: 'run', effects: 'allowed', selection: { types: ['Added'] } });
    expect((await timers()).map(({ subject, metadata }) => [subject, metadata])).toEqual([['new', {}], ['real', {}]]);
  });
});

test('One event among many that cannot be written costs few attempts, wherever it stands', async () => {
  for (let n = 0; n < 60; n += 1) await append(log, n === 40 ? { subject: 'worse', n, mode: 'unstorable' } : { subject: `s${n % 9}`, n });
  const change = log.change.bind(log);
  let attempts = 0;
  log.change = (...given) => {
    attempts += 1;
    return change(...given);
  };
  try {
    expect((await replayed({ mode: 'run', selection: { types: ['Added'] } })).replay.counts).toMatchObject({ applied: 59, failed: 1 });
    expect(attempts).toBeLessThan(30);
  } finally {
    log.change = change;
  }
});

test('Subjects of which an event has failed are known to the end, however many differences there are', async () => {
  await append(log, { subject: 'bad', n: 1, mode: 'poison' });
  await passed(pool);
  const replayId = await ask(log, { target: { handler: 'tally.add' }, mode: 'run' });
  await pool.query("INSERT INTO replay_differences (replay_id, key, kind, name, subject) SELECT $1, 'event:' || n, 'event', 'Told', 's' FROM generate_series(1, 10000) n", [replayId]);
  runner.wake();
  expect((await ended(log, replayId)).replay.counts.failed).toBe(1);
  expect(await heldSubjects(pool, replayId)).toEqual(['bad']);
});

test('A dry run whose rows somebody changes meanwhile goes on from what they are', async () => {
  const [mapped] = connectionsOf(map).mapped;
  if (mapped === undefined) throw new Error('There is no extension.');
  const deciding = new Deciding({ log, mapped, all: [mapped], takes: () => true, mark: { id: 'r', effects: 'suppressed' }, isDry: true, held: [], follows: () => true, outside: async () => [], pause: () => delay(5), monotonicMs: () => performance.now() });
  for (const n of [1, 2, 3]) await append(log, { subject: 's', n, mode: 'always' });
  const events = await log.history('s');
  await passed(pool);
  const told: unknown[] = [];
  const note = async (_tx: unknown, { differences }: DecidedBatch): Promise<void> => void told.push(...differences.filter(({ kind }) => kind === 'row').map(({ after }) => JSON.parse(after ?? 'null').numbers));
  await deciding.decide(events.slice(0, 1), note);
  await deciding.decide(events.slice(1, 2), note);
  await pool.query("INSERT INTO tally VALUES ('s', 9, '{7}')");
  await deciding.decide(events.slice(2), note);
  expect(told).toEqual([[1], [1, 2], [7, 3]]);
});

test('Effects are run by the live readers when that is allowed, under the key that the other side knows', async () => {
  const eventId = await append(log, { subject: 's', n: 5 });
  const readers = await startTally(log, database.url, outsideTable(pool));
  const sent = async (count: number): Promise<true> => until(async () => ((await pool.query('SELECT 1 FROM outside')).rows.length === count ? true : undefined), `${count} calls`);
  try {
    await sent(1);
    await until(async () => ((await pool.query('SELECT 1 FROM work')).rows.length === 0 ? true : undefined), 'its outcome');
    const held = await replayed({ target: { handler: 'tally.send' }, mode: 'run', selection: { types: ['Added'] } });
    expect([held.replay.counts.outside, held.differences.map(({ after }) => after)]).toEqual([1, [{ signal: 'Added', done: false }]]);
    await replayed({ target: { handler: 'tally.send' }, mode: 'run', effects: 'allowed', selection: { types: ['Added'] } });
    await sent(2);
    expect((await pool.query('SELECT DISTINCT key FROM outside')).rows).toEqual([{ key: `tally.send:${eventId}` }]);

    // What a replay has held back is done for real when somebody asks for it, and so is what follows from it.
    const heldBack = log.prepare({ type: 'Added', data: { subject: 'h', n: 6 } }, 'test', { ...trigger(), metadata: { replay: { id: held.replay.replayId, effects: 'suppressed' } } });
    const insert = log.insert([heldBack], 1);
    await pool.query(insert.text, insert.values);
    log.wake();
    await until(async () => (await pool.query("SELECT 1 FROM ledger WHERE rule = 'replay_suppressed'")).rows[0], 'it is held back');
    const asked = await replayed({ target: { handler: 'tally.send' }, mode: 'run', effects: 'allowed', selection: { orderId: 'h', types: ['Added'] } });
    const { metadata } = await until(async () => (await pool.query("SELECT metadata FROM events WHERE type = 'Sent' AND subject = 'h'")).rows[0], 'its outcome');
    expect(metadata.replay).toEqual({ id: asked.replay.replayId, effects: 'allowed' });
  } finally {
    await readers.stop();
  }
});
