import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { appendDated, sealAll } from '../test-kit/dated.ts';
import { ask, ended, passed, startRunner } from '../test-kit/replaying.ts';
import { MAP, openTally, tallyExtension, trigger } from '../test-kit/tally.ts';
import { START } from './event.ts';
import { keepingJobs } from './keeping.ts';
import type { EventLog } from './log.pg.ts';
import { registerMap } from './readers.ts';
import type { RegisteredMap } from './readers.ts';
import { claimReplay, endReplay, fixBounds, noteStep } from './replay-rows.pg.ts';
import type { Held } from './replay-rows.pg.ts';
import { folderArchive } from './retention-archive.file.ts';
import type { Retained, RetentionOptions } from './retention.pg.ts';
import { retain } from './retention.pg.ts';
import { DAY_MS, RETENTION } from './retention.ts';
import { ensurePartitions } from './schema.pg.ts';
import type { Finding } from './verify-seal.ts';
import { verifyLog } from './verify-log.pg.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
});
afterAll(async () => {
  await log.close();
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const TOPICS = ['inventory-events', 'catalog-events', 'order-events', 'payment-events'];
const T0 = Date.UTC(2020, 0, 15);
const signal = new AbortController().signal;
/** Months are dropped when they are past by the database's clock too, so all of this lies behind. */
const run = (nowMs: number, given: Partial<RetentionOptions> = {}): Promise<Retained> => retain({ pool, nowMs: () => nowMs, ...given }, signal);
const there = async (): Promise<string[]> => (await pool.query('SELECT event_id FROM events ORDER BY event_id')).rows.map(({ event_id }) => event_id);

/** What stands in the archive. */
async function lines(): Promise<any[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl.gz'));
  return (await Promise.all(files.map(async (name) => gunzipSync(await readFile(join(folder, name))).toString().trim().split('\n').map((line) => JSON.parse(line))))).flat();
}

async function findings(nowMs: number): Promise<Finding[]> {
  const found: Finding[] = [];
  await verifyLog({ pool, nowMs: () => nowMs, keys: new Map(), onFinding: (finding) => found.push(finding), signal });
  return found;
}

beforeEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await pool.query(['events', 'seals', 'retention_marks', 'retention_kept', 'readers', 'work', 'ledger', 'replays', 'replay_differences'].map((table) => `DELETE FROM ${table}`).join('; '));
  await ensurePartitions(pool, T0);
  await ensurePartitions(pool, T0 + 400 * DAY_MS);
});

describe('S45: retention', () => {
  test('is that of the topic, and never under 31 days', async () => {
    expect(RETENTION).toMatchObject({ 'inventory-events': 31, 'user-events': 31, 'catalog-events': 90, 'order-events': 365, 'payment-events': 2_555 });
    const [stock, catalog, order, payment] = await appendDated(log, T0, TOPICS);
    const [unknown] = await appendDated(log, T0, ['unknown-events']);
    await sealAll(pool);
    expect(await run(T0 + 31 * DAY_MS)).toMatchObject({ removed: 0 });
    expect(await run(T0 + 31 * DAY_MS + 1)).toMatchObject({ removed: 1 });
    expect(await there()).not.toContain(stock);
    expect(await run(T0 + 365 * DAY_MS)).toMatchObject({ removed: 1 });
    expect(await there()).not.toContain(catalog);
    expect(await there()).toContain(order);
    expect(await run(T0 + 366 * DAY_MS)).toMatchObject({ removed: 1 });
    expect(await there()).toEqual([payment, unknown].toSorted());
    expect(await findings(T0 + 366 * DAY_MS)).toEqual([]);
    // For a clock that was set back, it is too early.
    expect((await findings(T0 + 20 * DAY_MS)).map(({ kind }) => kind)).toEqual(['removed', 'removed', 'removed']);
  });

  test('waits for readers, for the sealer, and for what has work left or is held elsewhere', async () => {
    await pool.query('CREATE TABLE IF NOT EXISTS to_be_published (event_id uuid PRIMARY KEY); TRUNCATE to_be_published');
    const first = await appendDated(log, T0, ['inventory-events', 'inventory-events', 'inventory-events']);
    const late = T0 + 40 * DAY_MS;
    expect(await run(late)).toMatchObject({ removed: 0 });
    await sealAll(pool);
    await pool.query("INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at) VALUES ('slow', 0, 0, 255, 0, '0', 0, now())");
    expect(await run(late)).toMatchObject({ removed: 0 });
    await pool.query("UPDATE readers SET epoch = 99");
    await pool.query("INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, fence, key) VALUES ('h', $1, 'slow', 0, 's', 1, '1', 1, 'dead', 0, 'k')", [first[1]]);
    await pool.query('INSERT INTO to_be_published VALUES ($1)', [first[2]]);
    const held = { heldBy: ['to_be_published'] };
    expect(await run(late, held)).toMatchObject({ removed: 1, kept: 2 });
    expect(await there()).toEqual([first[1], first[2]].toSorted());
    await pool.query('DELETE FROM work');
    expect(await run(late, held)).toMatchObject({ removed: 1 });
    await pool.query('DELETE FROM to_be_published');
    expect(await run(late, held)).toMatchObject({ removed: 1 });
    expect(await there()).toEqual([]);
    expect((await pool.query('SELECT count(*)::int AS n FROM retention_kept')).rows[0].n).toBe(0);
    expect(await findings(late)).toEqual([]);
  });

  test('removes nothing that is not sealed, though every reader has passed it', async () => {
    await appendDated(log, T0, ['inventory-events']);
    await sealAll(pool);
    const later = await appendDated(log, T0 + DAY_MS, ['inventory-events']);
    await pool.query("INSERT INTO readers (name, partition, slot_from, slot_to, epoch, txid, position, recorded_at) VALUES ('fast', 0, 0, 255, 99, '0', 0, now())");
    expect(await run(T0 + 40 * DAY_MS)).toMatchObject({ removed: 1, isWaiting: true });
    expect(await there()).toEqual(later);
  });

  test('of a topic with less than 31 days waits for 31, for an id of the last 30 may come again', async () => {
    await appendDated(log, T0, ['inventory-events']);
    await sealAll(pool);
    const shorter = { retention: { 'inventory-events': 1 } };
    expect(await run(T0 + 31 * DAY_MS, shorter)).toMatchObject({ removed: 0 });
    expect(await run(T0 + 31 * DAY_MS + 1, shorter)).toMatchObject({ removed: 1 });
  });

  test('writes to the archive what it removes, before it does; a kill on the way loses nothing', async () => {
    const topics = Array.from({ length: 30 }, () => 'inventory-events');
    const ids = [...(await appendDated(log, T0, topics)), ...(await appendDated(log, T0 + DAY_MS, topics))];
    await sealAll(pool);
    const late = T0 + 60 * DAY_MS;
    const archive = folderArchive(folder, 'test');
    for (const point of ['retention.archived', 'retention.removed']) {
      let killed = false;
      const hit = (name: string): void => {
        if (name !== point || killed) return;
        killed = true;
        throw new Error('killed');
      };
      await expect(run(late, { archive, faults: { hit } })).rejects.toThrow('killed');
      const archived = new Set((await lines()).map(({ event_id }) => event_id));
      const kept = new Set(await there());
      expect(ids.filter((id) => !archived.has(id) && !kept.has(id))).toEqual([]);
      expect(await findings(late)).toEqual([]);
    }
    await run(late, { archive });
    expect(await there()).toEqual([]);
    const archived = await lines();
    expect(new Set(archived.map(({ event_id }) => event_id))).toEqual(new Set(ids));
    expect(archived[0]).toMatchObject({ type: 'Added', topic: 'inventory-events', data: { subject: 'inventory-events' }, digest: expect.stringMatching(/^\\x[0-9a-f]{64}$/), txid: expect.anything() });
    expect((await readdir(folder)).filter((name) => !name.endsWith('.jsonl.gz'))).toEqual([]);
  });

  test('by two processes of one name, of which one stands still in the middle of its file and goes on: each event is in a file or in the log, and nobody removes what another one has taken over', async () => {
    const topics = Array.from({ length: 500 }, () => 'inventory-events');
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) ids.push(...(await appendDated(log, T0 + n, topics)));
    await sealAll(pool);
    const late = T0 + 60 * DAY_MS;
    const [began, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const archive = folderArchive(folder, 'test');
    const standingStill = { write: (name: string, given: AsyncIterable<string>) => archive.write(name, (async function* () {
      for await (const line of given) {
        yield line;
        began.resolve();
        await gone.promise;
      }
    })()) };
    let isMine = true;
    const held = async (): Promise<void> => {
      if (!isMine) throw new Error('taken over');
    };
    const removed: number[] = [];
    const first = run(late, { archive: standingStill, held });
    await began.promise;
    isMine = false;
    // The other one is killed when it has removed a part of them.
    const second = run(late, { archive, faults: { hit: (name) => { if (name === 'retention.removed' && removed.push(1) === 2) throw new Error('killed'); } } });
    await expect(second).rejects.toThrow('killed');
    const between = await there();
    expect([between.length > 0, between.length < ids.length]).toEqual([true, true]);
    gone.resolve();
    await expect(first).rejects.toThrow('taken over');
    expect(await there()).toEqual(between);
    const archived = new Set((await lines()).map(({ event_id }) => event_id));
    expect(ids.filter((id) => !archived.has(id) && !between.includes(id))).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('drops a month when it is empty; one that was only detached by a process that was killed is dropped by the next', async () => {
    const months = async (): Promise<string[]> => (await pool.query("SELECT relname FROM pg_class WHERE relname ~ '^events_2020_0[1-3]$' ORDER BY 1")).rows.map(({ relname }) => relname);
    await appendDated(log, T0, ['inventory-events']);
    const [stays] = await appendDated(log, T0 + 35 * DAY_MS, ['payment-events']);
    await sealAll(pool);
    expect(await months()).toEqual(['events_2020_01', 'events_2020_02', 'events_2020_03']);
    const killed = run(T0 + 80 * DAY_MS, { faults: { hit: (name) => { if (name === 'retention.detached') throw new Error('killed'); } } });
    await expect(killed).rejects.toThrow('killed');
    const late = await run(T0 + 120 * DAY_MS);
    expect(late.months).toContain('events_2020_01');
    expect(await months()).toEqual(['events_2020_02']);
    expect(await there()).toEqual([stays]);
  });

  test('drops no month that is not past by the clock of the database, whatever the own one says', async () => {
    const present = (await pool.query("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', '\"events_\"YYYY_MM') AS name")).rows[0].name;
    await appendDated(log, T0, ['inventory-events']);
    await sealAll(pool);
    const { months } = await run(Date.now() + 400 * DAY_MS);
    expect(months).toContain('events_2020_01');
    expect(months.filter((name) => name >= present)).toEqual([]);
    expect((await pool.query('SELECT to_regclass($1) IS NOT NULL AS there', [present])).rows).toEqual([{ there: true }]);
  });

  test('as a job is refused by a process whose clock is not the one of the database', async () => {
    const ids = await appendDated(log, Date.now() - DAY_MS, TOPICS);
    await sealAll(pool);
    const job = (aheadMs: number) => keepingJobs({
      pool, log: 'test', nowMs: () => Date.now() + aheadMs, monotonicMs: () => 0, sleep: async () => undefined, logger: { info: () => undefined, warn: () => undefined },
    }).find(({ name }) => name === 'log.retain');
    await expect(job(400 * DAY_MS)?.run(signal)).rejects.toThrow('off the database');
    expect(await there()).toEqual(ids.toSorted());
    expect(await job(0)?.run(signal)).toBe(false);
    expect(await there()).toEqual(ids.toSorted());
  });

  test('of the ledger is a year', async () => {
    await pool.query("INSERT INTO ledger (handler, subject, rule, evidence, recorded_at) VALUES ('h', 's', 'old', '{}', to_timestamp($1 / 1000.0)), ('h', 's', 'new', '{}', to_timestamp($2 / 1000.0))", [T0, T0 + DAY_MS]);
    await run(T0 + 365.5 * DAY_MS);
    expect((await pool.query('SELECT rule FROM ledger')).rows).toEqual([{ rule: 'new' }]);
  });
});

describe('a replay that has begun', () => {
  const HOLDER = '0193a6a0-0000-7000-8000-00000000000a';
  const late = T0 + 60 * DAY_MS;
  let map: RegisteredMap;
  let ids: string[];
  let held: Held;
  beforeEach(async () => {
    map = await registerMap({ log, extensions: [tallyExtension(async () => undefined)], map: MAP, streams: [] });
    ids = [];
    for (let n = 0; n < 3; n += 1) ids.push(...(await appendDated(log, T0 + n, ['inventory-events'])));
    await sealAll(pool);
    await passed(pool);
    held = { replayId: await ask(log, { target: { handler: 'tally.add' }, selection: { types: ['Added'] }, mode: 'run' }), holder: HOLDER, holdMs: 600_000 };
    expect((await claimReplay(pool, HOLDER, 600_000, 'turns'))?.replayId).toBe(held.replayId);
    await fixBounds(pool, held, log.epoch, START);
  });
  const givenUpTo = async (id: string | undefined): Promise<void> => {
    const { rows: [row] } = await pool.query('SELECT epoch, txid::text, position FROM events WHERE event_id = $1', [id]);
    await noteStep(pool, held, { cursor: { epoch: row.epoch, txid: Number(row.txid), position: Number(row.position) } });
  };

  test('keeps what it has still to give, as long as it runs', async () => {
    expect(await run(late)).toMatchObject({ removed: 0, isWaiting: true });
    await givenUpTo(ids[1]);
    expect(await run(late)).toMatchObject({ removed: 2, isWaiting: true });
    expect(await there()).toEqual([ids[2]]);
    await endReplay(pool, held, { state: 'done' });
    expect(await run(late)).toMatchObject({ removed: 1, isWaiting: false });
  });

  test.each([[0, 'done', null], [1, 'failed', expect.stringContaining('past their retention')]])('and was stopped with %d events left that are removed meanwhile: resumed, it is %s', async (left, state, error) => {
    await givenUpTo(ids[2 - left]);
    await pool.query("UPDATE replays SET state = 'stopped', holder = NULL, held_until = '-infinity' WHERE replay_id = $1", [held.replayId]);
    expect(await run(late)).toMatchObject({ removed: 3 });
    await pool.query("UPDATE replays SET state = 'waiting' WHERE replay_id = $1", [held.replayId]);
    const runner = startRunner(log, map);
    const { replay } = await ended(log, held.replayId);
    await runner.stop();
    expect([replay.state, replay.error]).toEqual([state, error]);
  });

  test.each([
    ['of another type', 'done', { types: ['Told', 'Sent'] }], ['of its type, one of two', 'failed', { types: ['Told', 'Added'] }],
    ['of another subject', 'done', { orderId: 'other' }], ['of its subject', 'failed', { orderId: 'inventory-events' }],
    ['of another correlation id', 'done', { correlationId: HOLDER.toUpperCase() }], ['of its subject and of another type', 'done', { orderId: 'inventory-events', types: ['Told'] }],
    ['recorded before its time', 'done', { from: '2999-01-01T00:00:00Z' }], ['recorded in its time', 'failed', { from: '2000-01-01T00:00:00.000Z', to: '2999-01-01T00:00:00+01:00' }],
    ['recorded when its time was over', 'done', { to: '2000-01-01T00:00:00+01:00' }], ['that a pattern may mean', 'failed', { filter: '{"eventType":["Told"]}' }],
  ])('and was stopped while events %s are removed: resumed, it is %s', async (_which, state, selection) => {
    await givenUpTo(ids[0]);
    await pool.query("UPDATE replays SET state = 'stopped', holder = NULL, held_until = '-infinity', selection = $2 WHERE replay_id = $1", [held.replayId, JSON.stringify(selection)]);
    expect(await run(late)).toMatchObject({ removed: 3 });
    await pool.query("UPDATE replays SET state = 'waiting' WHERE replay_id = $1", [held.replayId]);
    const runner = startRunner(log, map);
    const { replay } = await ended(log, held.replayId);
    await runner.stop();
    expect(replay.state).toBe(state);
  });

  test('and was stopped while events of its correlation id are removed fails, however the id was written', async () => {
    const { rows: [row] } = await pool.query('SELECT correlation_id FROM events WHERE event_id = $1', [ids[2]]);
    await pool.query("UPDATE replays SET state = 'stopped', holder = NULL, held_until = '-infinity', selection = $2 WHERE replay_id = $1", [held.replayId, JSON.stringify({ correlationId: row.correlation_id.toUpperCase() })]);
    await run(late);
    expect((await pool.query('SELECT is_overtaken FROM replays')).rows).toEqual([{ is_overtaken: true }]);
  });
});

test('a month is made while somebody writes, and he does not wait for it', async () => {
  const writer = await pool.connect();
  try {
    await ensurePartitions(pool, Date.now());
    const insert = log.insert([log.prepare({ type: 'Added', data: { subject: 'w', n: 1 } }, 'test', trigger())], 1);
    await writer.query('BEGIN');
    await writer.query(insert.text, insert.values);
    await ensurePartitions(pool, Date.UTC(2040, 5, 1));
    await writer.query('COMMIT');
    expect((await pool.query("SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'events'::regclass AND inhrelid::regclass::text LIKE 'events_2040%'")).rows[0].n).toBe(5);
    await appendDated(log, Date.UTC(2040, 5, 2), ['order-events']);
  } finally {
    writer.release();
  }
});
