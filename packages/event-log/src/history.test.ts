import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compilePattern } from '@commerce/events/pattern';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { untilSettled } from '../test-kit/start.ts';
import { openTally } from '../test-kit/tally.ts';
import type { Trigger } from './event.ts';
import { readHistory } from './history.pg.ts';
import type { HistoryFilter, HistoryPage, HistoryRead } from './history.pg.ts';
import { exactTexts } from './history-item.ts';
import { EventLog } from './log.pg.ts';
import { inTransaction } from './transaction.pg.ts';

let database: TestDatabase;
let pool: pg.Pool;
let log: EventLog;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
});
afterAll(async () => {
  await log.close();
  await pool.end();
  await database.drop();
});

const MINUTE_MS = 60_000;
const correlation = (): Trigger => ({ correlationId: uuid7(Date.now()), causationId: null, metadata: {} });

/** Appends numbers of a subject in one transaction, `agoMs` ago. */
async function append(tx: Pick<pg.Pool, 'query'>, subject: string, numbers: readonly number[], { type = 'Added', trigger = correlation(), agoMs = 0 } = {}): Promise<void> {
  const made = numbers.map((n) => ({ ...log.prepare({ type, data: { subject, n } }, 'test', trigger), eventId: uuid7(Date.now() - agoMs) }));
  await log.append(tx as pg.PoolClient, made);
  if (agoMs > 0) await tx.query(`UPDATE events SET recorded_at = recorded_at - $2 * interval '1 ms' WHERE event_id = ANY ($1::uuid[])`, [made.map(({ eventId }) => eventId), agoMs]);
}

const history = (filter: HistoryFilter, read: Partial<HistoryRead> = {}): Promise<HistoryPage> => readHistory(pool, log.epoch, filter, { limit: 50, ...read });
const numbersOf = ({ events }: HistoryPage): number[] => events.map(({ data }) => (data as { n: number }).n);

/** All pages, each of which is looked into before the next is asked for. */
async function pages(filter: HistoryFilter, read: Partial<HistoryRead>, between: (page: HistoryPage) => Promise<void> = async () => undefined): Promise<HistoryPage[]> {
  const all: HistoryPage[] = [];
  for (let before = undefined as HistoryPage['next']; ; ) {
    const page = await history(filter, { ...read, ...(before !== undefined && { before }) });
    all.push(page);
    if (page.next === undefined) return all;
    before = page.next;
    await between(page);
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test('events of a subject come newest first, in pages of which the last says that it is the last', async () => {
  for (const n of upTo(5)) await append(pool, 'paged', [n]);
  await untilSettled(pool);
  const all = await pages({ subject: 'paged' }, { limit: 2 });
  expect(all.map(numbersOf)).toEqual([[5, 4], [3, 2], [1]]);
  const exact = await pages({ subject: 'paged' }, { limit: 5 });
  expect(exact.map(numbersOf)).toEqual([[5, 4, 3, 2, 1]]);
});

test('events of one transaction are told apart', async () => {
  await append(pool, 'together', upTo(7));
  await untilSettled(pool);
  expect((await pages({ subject: 'together' }, { limit: 3 })).flatMap(numbersOf)).toEqual(upTo(7).reverse());
});

describe('while others append', () => {
  test('what is committed between two pages is in none of the later ones, and nothing is listed twice', async () => {
    await append(pool, 'growing', upTo(6));
    await untilSettled(pool);
    let next = 100;
    const all = await pages({ subject: 'growing' }, { limit: 2 }, async () => append(pool, 'growing', [(next += 1)]));
    expect(all.flatMap(numbersOf)).toEqual(upTo(6).reverse());
  });

  test('an event that is committed late, below one that stands already, is neither skipped nor doubled', async () => {
    await append(pool, 'late', [1]);
    await untilSettled(pool);
    const client = await pool.connect();
    await client.query('BEGIN');
    await append(client, 'late', [2]);
    await append(pool, 'late', [3]);
    const first = await history({ subject: 'late' });
    await client.query('COMMIT');
    client.release();
    expect([numbersOf(first), first.pending]).toEqual([[1], true]);
    await untilSettled(pool);
    expect(numbersOf(await history({ subject: 'late' }))).toEqual([3, 2, 1]);
  });

  test('a page that was begun before a late commit goes on without it', async () => {
    await append(pool, 'later', [1, 2, 3]);
    await untilSettled(pool);
    const client = await pool.connect();
    await client.query('BEGIN');
    await append(client, 'later', [4]);
    const first = await history({ subject: 'later' }, { limit: 1 });
    await client.query('COMMIT');
    client.release();
    expect(numbersOf(first)).toEqual([3]);
    expect(numbersOf(await history({ subject: 'later' }, { limit: 5, ...(first.next && { before: first.next }) }))).toEqual([2, 1]);
  });
});

describe('a filter', () => {
  const trigger = correlation();
  beforeAll(async () => {
    await append(pool, 'filter a', [1, 2], { trigger });
    await append(pool, 'filter b', [3], { trigger, type: 'Told' });
    await append(pool, 'filter b', [4], { type: 'Sent' });
    await append(pool, 'filter b', [5]);
    await untilSettled(pool);
  });

  test.each<[string, HistoryFilter, number[]]>([
    ['a correlation id', { correlationId: trigger.correlationId }, [3, 2, 1]],
    ['a correlation id and a type', { correlationId: trigger.correlationId, types: ['Told'] }, [3]],
    ['types', { types: ['Told', 'Sent'] }, [4, 3]],
    ['a subject and types', { subject: 'filter b', types: ['Sent', 'Added'] }, [5, 4]],
    ['a topic that nothing has', { topic: 'audit-events' }, []],
    ['a topic and a subject', { topic: 'order-events', subject: 'filter a' }, [2, 1]],
    ['a pattern over the data', { pattern: compilePattern({ data: { subject: [{ prefix: 'filter' }], n: [{ numeric: ['>', 1, '<', 5] }] } }) }, [4, 3, 2]],
    ['a pattern that names a type', { pattern: compilePattern({ eventType: ['Told'], data: { n: [3, 4] } }) }, [3]],
    ['a pattern that names another type than is asked for', { types: ['Sent'], pattern: compilePattern({ eventType: ['Told'] }) }, []],
    ['a pattern of alternatives', { pattern: compilePattern({ subject: ['filter a', 'filter b'], $or: [{ eventType: ['Told'] }, { data: { n: [5] } }] }) }, [5, 3]],
    ['a pattern over what the log knows', { pattern: compilePattern({ subject: ['filter a'], origin: ['own'], topic: ['order-events'], handler: [null] }) }, [2, 1]],
    ['a pattern for another subject than is asked for', { subject: 'filter a', pattern: compilePattern({ subject: ['filter b'] }) }, []],
  ])('by %s lists exactly what fits', async (_, filter, expected) => {
    expect((await pages(filter, { limit: 2 })).flatMap(numbersOf)).toEqual(expected);
  });
});

test('a scan ends at its bound, says how far it looked, and goes on where it stopped', async () => {
  await append(pool, 'rare', [77]);
  await append(pool, 'frequent', Array.from({ length: 700 }, () => 0));
  await untilSettled(pool);
  const pattern = compilePattern({ data: { n: [77] } });
  const first = await history({ pattern }, { limit: 1, scanLimit: 300 });
  expect([first.events.length, first.scanned, first.next === undefined]).toEqual([0, 320, false]);
  const all = await pages({ pattern }, { limit: 1, scanLimit: 300 });
  expect(all.flatMap(numbersOf)).toEqual([77]);
  expect(all.slice(0, -1).every(({ scanned }) => scanned < 2_500)).toBe(true);
});

test('a range of time takes what was recorded in it, by whichever index it is found', async () => {
  const nowMs = Date.now();
  const trigger = correlation();
  // In the order of the log, as they would have come.
  for (const [n, minutes] of [[1, 300], [2, 240], [3, 180], [4, 120], [5, 60]] as const) await append(pool, 'timed', [n], { agoMs: minutes * MINUTE_MS, trigger });
  await untilSettled(pool);
  const range = { fromMs: nowMs - 250 * MINUTE_MS, toMs: nowMs - 110 * MINUTE_MS };
  for (const how of [{ subject: 'timed' }, { correlationId: trigger.correlationId }, { types: ['Added'], pattern: compilePattern({ data: { subject: ['timed'] } }) }, { pattern: compilePattern({ data: { subject: ['timed'] } }) }]) {
    expect(numbersOf(await history({ ...how, ...range }))).toEqual([4, 3, 2]);
  }
  const { scanned } = await history({ fromMs: nowMs - 250 * MINUTE_MS, toMs: nowMs - 230 * MINUTE_MS });
  expect(scanned).toBeLessThan(6);
  expect(numbersOf(await history({ subject: 'timed', fromMs: nowMs + MINUTE_MS }))).toEqual([]);
});

test('pages go on through an earlier epoch', async () => {
  await append(pool, 'epochs', [1, 2]);
  const next = await pool.query('UPDATE log_state SET epoch = epoch + 1 RETURNING epoch');
  const moved = await EventLog.open({ pool, catalogue: log.catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  expect(moved.epoch).toBe(next.rows[0].epoch);
  const made = [3, 4].map((n) => moved.prepare({ type: 'Added', data: { subject: 'epochs', n } }, 'test', correlation()));
  await inTransaction(pool, (tx) => moved.append(tx, made));
  while ((await readHistory(pool, moved.epoch, {}, { limit: 1 })).pending) await delay(5);
  const read = async (limit: number): Promise<number[]> => {
    const all: number[] = [];
    for (let before = undefined as HistoryPage['next']; ; ) {
      const page = await readHistory(pool, moved.epoch, { subject: 'epochs' }, { limit, ...(before !== undefined && { before }) });
      all.push(...numbersOf(page));
      if (page.next === undefined) return all;
      before = page.next;
    }
  };
  expect([await read(1), await read(3), await read(50)]).toEqual([[4, 3, 2, 1], [4, 3, 2, 1], [4, 3, 2, 1]]);
  await moved.close();
});

test('a page holds no more than its bytes, and what found no room is on the next', async () => {
  const big = 'x'.repeat(900_000);
  const made = upTo(20).map((n) => ({ ...log.prepare({ type: 'Told', data: { subject: 'big', n } }, 'test', correlation()), dataJson: JSON.stringify({ subject: 'big', n, big }) }));
  await Promise.all(made.map((event) => log.append(pool as unknown as pg.PoolClient, [event])));
  await untilSettled(pool);
  const all = await pages({ subject: 'big' }, { limit: 40 });
  expect(all.flatMap(numbersOf).toSorted((a, b) => a - b)).toEqual(upTo(20));
  expect(all.length).toBe(2);
});

test('a pattern says of a field that it is one of some texts, or nothing', () => {
  const said = (pattern: object): readonly string[] | undefined => exactTexts(compilePattern(pattern), 'eventType');
  expect(said({ eventType: ['A', 'B'], subject: ['x'] })).toEqual(['A', 'B']);
  expect(said({ $or: [{ eventType: ['A'] }, { eventType: ['B'], subject: ['x'] }] })).toEqual(['A', 'B']);
  for (const open of [{ eventType: ['A', { exists: false }] }, { eventType: [{ prefix: 'A' }] }, { eventType: [{ 'anything-but': ['A'] }] }, { subject: ['x'] }, { $or: [{ eventType: ['A'] }, { subject: ['x'] }] }, { eventType: ['A', 5] }]) {
    expect(said(open)).toBe(undefined);
  }
});
