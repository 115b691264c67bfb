import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import type pg from 'pg';
import { until, untilSettled } from '../test-kit/start.ts';
import { openTally, trigger } from '../test-kit/tally.ts';
import type { StoredEvent } from './event.ts';
import { START } from './event.ts';
import { fetchAfter } from './fetch.pg.ts';
import type { EventLog } from './log.pg.ts';
import { Ring } from './ring.ts';
import { Tail } from './tail.pg.ts';
import { tailPool } from './tail-pool.pg.ts';

const SUBJECT_BYTES = 100_000;
let database: TestDatabase;
let pool: pg.Pool;
let tails: pg.Pool;
let log: EventLog;
let ids: string[];
let stopping: AbortController;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool, log } = await openTally(database.url, { fresh: true }));
  tails = tailPool(database.url);
  // A long text makes a large event.
  const events = Array.from({ length: 40 }, (_, n) => log.prepare({ type: 'Told', data: { subject: `${n}-${'large '.repeat(SUBJECT_BYTES / 6)}`, n } }, 'test', trigger()));
  ids = events.map((event) => event.eventId);
  const cut = events.map((event) => ({ ...event, subject: 'large' }));
  for (let from = 0; from < cut.length; from += 10) {
    const insert = log.insert(cut.slice(from, from + 10), 1);
    await pool.query(insert.text, insert.values);
  }
  await untilSettled(pool);
});

afterEach(() => stopping?.abort());

afterAll(async () => {
  await tails.end();
  await log.close();
  await pool.end();
  await database.drop();
});

const idsOf = (events: readonly StoredEvent[]): string[] => events.map((event) => event.eventId);

describe('a fetch', () => {
  test('ends with the event that reaches its bound of bytes, and says that more follows', async () => {
    const fetched = await fetchAfter(tails, log.epoch, START, Date.now(), { rows: 1000, bytes: 5.5 * SUBJECT_BYTES }, Date.now());
    expect(idsOf(fetched.events)).toEqual(ids.slice(0, 6));
    expect(fetched.full).toBe(true);
    expect(fetched.upTo).toEqual(fetched.events.at(-1)?.cursor);
    expect((fetched.events[5]?.data as { n: number }).n).toBe(5);
  });

  test('takes one event although it is larger than the bound', async () => {
    const fetched = await fetchAfter(tails, log.epoch, START, Date.now(), { rows: 1000, bytes: 10 }, Date.now());
    expect(idsOf(fetched.events)).toEqual(ids.slice(0, 1));
  });

  test('within its bounds has all, and nothing follows', async () => {
    const fetched = await fetchAfter(tails, log.epoch, START, Date.now(), { rows: 1000 }, Date.now());
    expect(idsOf(fetched.events)).toEqual(ids);
    expect(fetched.full).toBe(false);
    expect(fetched.bytes.every((bytes) => bytes > SUBJECT_BYTES)).toBe(true);
  });
});

describe('the tail', () => {
  test('keeps no more bytes than its ring may take, and one that stands before it still reads everything in order', async () => {
    stopping = new AbortController();
    const tail = new Tail({
      pool: tails, epoch: log.epoch, start: START, startRecordedAtMs: 0, nowMs: Date.now, ring: { rows: 1000, bytes: 10 * SUBJECT_BYTES },
      sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), onAdvance: () => undefined, onFault: () => undefined,
    });
    const running = tail.run(stopping.signal);
    await until(async () => (tail.end.position > 0 ? true : undefined), 'it has read');
    expect(tail.size.bytes).toBeLessThanOrEqual(10 * SUBJECT_BYTES);
    expect(tail.size.rows).toBeGreaterThan(0);
    const read: string[] = [];
    for (let from = START; read.length < ids.length; ) {
      const stretch = await tail.read(from, 0, 7);
      if (stretch.events.length === 0) break;
      read.push(...idsOf(stretch.events));
      from = stretch.upTo;
    }
    expect(read).toEqual(ids);
    stopping.abort();
    await running;
  });

  test('does not run away from its reader, which finds everything in memory, but waits for none that stands still', async () => {
    stopping = new AbortController();
    let fetches = 0;
    const query = async (...given: Parameters<typeof tails.query>) => {
      const result = (await tails.query(...given)) as unknown as pg.QueryResult;
      if (result.rows.length > 1) fetches += 1;
      return result;
    };
    const tail = new Tail({
      pool: { query } as unknown as pg.Pool, epoch: log.epoch, start: START, startRecordedAtMs: 0, nowMs: Date.now, ring: { rows: ids.length, bytes: 1e9 },
      sleep: (ms, signal) => delay(ms / 5, undefined, signal === undefined ? {} : { signal }), onAdvance: () => undefined, onFault: () => undefined,
    });
    const read: string[] = [];
    let from = START;
    const readUpTo = async (count: number): Promise<void> => {
      for (; read.length < count; await delay(1)) {
        const stretch = await tail.read(from, 0, 5);
        read.push(...idsOf(stretch.events));
        from = stretch.upTo;
      }
    };
    const reading = readUpTo(15);
    const running = tail.run(stopping.signal);
    await reading;
    expect(tail.size.rows).toBeLessThan(ids.length);
    await until(async () => (tail.size.rows === ids.length ? true : undefined), 'it has read on while nobody asks');
    await readUpTo(ids.length);
    expect([read, fetches]).toEqual([ids, 4]);
    stopping.abort();
    await running;
  });
});

describe('a slow reader', () => {
  test('that was given up once is waited for longer, as long as it comes back', async () => {
    stopping = new AbortController();
    const asleep = new Set<() => void>();
    const tail = new Tail({
      pool: tails, epoch: log.epoch, start: START, startRecordedAtMs: 0, nowMs: Date.now, ring: { rows: ids.length, bytes: 1e9 }, onAdvance: () => undefined, onFault: () => undefined,
      // Time passes when the test says so.
      sleep: () => new Promise((resolve) => void asleep.add(resolve)),
    });
    const second = async (): Promise<void> => {
      for (const wake of asleep) wake();
      asleep.clear();
      await delay(30);
    };
    let from = START;
    const ask = async (): Promise<void> => void ({ upTo: from } = await tail.read(from, 0, 5));
    await ask();
    const running = tail.run(stopping.signal);
    await until(async () => (tail.isBehind ? true : undefined), 'it has enough to do');
    for (let passed = 0; tail.size.rows < ids.length; passed += 1) {
      expect(passed).toBeLessThan(10);
      await second();
    }
    // All is read: the tail waits for wake-ups.
    await second();
    await ask();
    await ask();
    await second();
    for (let passed = 0; passed < 2; passed += 1) {
      await second();
      expect(tail.isBehind).toBe(true);
    }
    await ask();
    expect(tail.isBehind).toBe(true);
    for (let passed = 0; tail.isBehind; passed += 1) {
      expect(passed).toBeLessThan(10);
      await second();
    }
    stopping.abort();
    await second();
    await running;
  });
});

describe('the ring', () => {
  const event = (position: number): StoredEvent => ({ cursor: { epoch: 0, txid: 1, position } }) as StoredEvent;

  test('drops the oldest down to half of the limit that is passed, and starts after the last one it dropped', () => {
    const ring = new Ring(START, { rows: 100, bytes: 1_000 });
    for (let position = 1; position <= 10; position += 1) ring.take([event(position)], [100]);
    expect(ring.size).toEqual({ rows: 10, bytes: 1_000 });
    ring.take([event(11)], [100]);
    expect(ring.size).toEqual({ rows: 5, bytes: 500 });
    expect(ring.start.position).toBe(6);
    expect(ring.after(ring.start, 3).events.map(({ cursor }) => cursor.position)).toEqual([7, 8, 9]);
  });

  test('holds nothing of an event that is larger than itself, and says so by its start', () => {
    const ring = new Ring(START, { rows: 100, bytes: 1_000 });
    ring.take([event(1)], [5_000]);
    expect([ring.size, ring.start.position]).toEqual([{ rows: 0, bytes: 0 }, 1]);
  });
});
