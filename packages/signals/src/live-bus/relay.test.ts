/** The live buses of several processes: what one tells the others hear, over each of the ways, and whatever becomes of the way. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobNote } from '@commerce/event-log/observer';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { Redis } from 'ioredis';
import pg from 'pg';
import { cuttable } from '../../test-kit/cuttable.ts';
import type { Cuttable } from '../../test-kit/cuttable.ts';
import { connected, disconnected, emit, idsOf, numbers, sleep, startProcess, stopAll, until } from '../../test-kit/live-processes.ts';
import type { Process } from '../../test-kit/live-processes.ts';
import { NO_REDIS, startRedis } from '../../test-kit/redis-server.ts';
import { notificationChannel } from './relay.pg.ts';
import { streamChannel } from './relay.redis.ts';

/** Events that may wait in one process. */
const MOST_WAITING = 1_000;

/** A way between processes that a test can cut. */
interface Way {
  /** Makes a process of its own on the way that can be cut, or past it. */
  start(past?: 'past the cut'): Process;
  readonly cuttable: Cuttable;
  /** Tells something that is none of ours. */
  disturb(text: string): Promise<void>;
  close(): Promise<void>;
}

async function notifications(): Promise<Way> {
  const database: TestDatabase = await createTestDatabase();
  const way = await cuttable(Number(new URL(database.url).port));
  const cut = new URL(database.url);
  cut.port = String(way.port);
  return {
    cuttable: way,
    start: (past) => startProcess(notificationChannel({ databaseUrl: past === undefined ? cut.href : database.url, sleep }), MOST_WAITING),
    async disturb(text) {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query('SELECT pg_notify($1, $2)', ['live_bus', text]);
      await client.end();
    },
    async close() {
      await way.close();
      await database.drop();
    },
  };
}

async function streams(): Promise<Way> {
  const redis = await startRedis({ durable: false });
  const way = await cuttable(redis.port);
  const stream = 'system-events';
  return {
    cuttable: way,
    start: (past) => startProcess(streamChannel({ redisUrl: `redis://127.0.0.1:${past === undefined ? way.port : redis.port}`, stream, sleep }), MOST_WAITING),
    async disturb(text) {
      const client = new Redis(redis.port, '127.0.0.1');
      await client.xadd(stream, '*', 'other', text);
      await client.xadd(stream, '*', 'm', text);
      await client.quit();
    },
    async close() {
      await way.close();
      await redis.close();
    },
  };
}

afterEach(stopAll);

const job: JobNote = { jobId: 'payments.charge:1', handler: 'payments.charge', eventId: uuid7(Date.now()), eventType: 'PaymentInitiated', subject: 'o', correlationId: 'c', attempt: 1, startedAtMs: 0, processingMs: 5, error: null, retryAtMs: null, trace: undefined };

const WAYS: readonly (readonly [string, () => Promise<Way>, string | undefined])[] = [['PostgreSQL notifications', notifications, undefined], ['a Redis stream', streams, NO_REDIS]];

describe.each(WAYS)('Over %s', (_name, open, missing) => {
  const check = missing === undefined ? test : test.skip;
  let way: Way;
  beforeAll(async () => {
    if (missing === undefined) way = await open();
  });
  beforeEach(() => way?.cuttable.mend());
  afterAll(() => way?.close());

  check('what is emitted and what runs is heard by all, in its order, once, as it is here', async () => {
    const [a, b, c] = [way.start(), way.start(), way.start()];
    await connected(a, b, c);
    for (let n = 0; n < 300; n += 1) emit(a, n);
    b.live.observer.onJobs?.('completed', 'payments', [job]);
    await until('all have all', () => [a, b, c].every(({ seen }) => seen.length >= 301));
    await until('who told has heard that it is told', () => a.relay.stats().told === 300 && b.relay.stats().told === 1);
    await delay(30);
    for (const one of [a, b, c]) {
      expect(one.seen.filter(({ name }) => name === 'order.created').map(({ data }) => data['orderId'])).toEqual(numbers(300));
      expect(one.seen.filter(({ name }) => name === 'job.completed').map(({ data, correlationId }) => [data['jobType'], data['processingTime'], correlationId])).toEqual([['payments.charge', 5, 'c']]);
      expect(one.warned).toEqual([]);
    }
    const [there, here] = [a, c].map(({ seen }) => seen.find(({ data }) => data['orderId'] === '7'));
    expect(here).toEqual(there);
    expect(here?.userId).toBe('user_456');
    expect(Object.isFrozen(here?.data)).toBe(true);
    expect(c.live.bus.getStats()).toMatchObject({ totalEvents: 301 });
    expect([a, b, c].map(({ relay }) => relay.stats())).toMatchObject([{ told: 300, heard: 1 }, { told: 1, heard: 300 }, { told: 0, heard: 301, dropped: 0, gaps: 0, waiting: 0 }]);
    expect([a.live.relayStats()?.told, b.live.relayStats()?.told]).toEqual([300, 1]);
  });

  check('an event that is too large comes with its ids and says so, and one that is no JSON harms nobody', async () => {
    const [a, b] = [way.start(), way.start()];
    await connected(a, b);
    emit(a, 1, { text: 'ä'.repeat(20_000) });
    emit(a, 2, Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`member ${n}`, 'short'])));
    emit(a, 3, { n: 1n });
    emit(a, 4, { text: 'ä'.repeat(3_000) });
    await until('they are heard', () => b.seen.length === 3);
    expect(b.seen.map(({ data, truncated }) => [data['orderId'], Object.keys(data).length, truncated === undefined || truncated.bytes > 40_000, truncated !== undefined])).toEqual([['1', 1, true, true], [undefined, 0, true, true], ['4', 2, true, false]]);
    expect([b.seen[0]?.eventId, b.seen[1]?.eventId, b.seen[0]?.userId]).toEqual([a.seen[0]?.eventId, a.seen[1]?.eventId, 'user_456']);
    expect(a.relay.stats().dropped).toBe(1);
  });

  check('a message of somebody else is left alone, and told of once', async () => {
    const b = way.start();
    await connected(b);
    const from = uuid7(Date.now());
    for (const text of ['what', '[1]', '{"from":1}', `{"from":"${from}","n":1,"dropped":0,"events":[{"name":"order.created"}]}`]) await way.disturb(text);
    await until('it is told of', () => b.warned.length > 0);
    await delay(20);
    expect([b.warned, b.seen]).toEqual([[expect.stringContaining('none of ours')], []]);
  });

  check('a message that was sent again is heard once, and one that is missing is counted', async () => {
    const b = way.start();
    await connected(b);
    const from = uuid7(Date.now());
    const event = b.live.createEvent('ORDER_CREATED', { orderId: '1' });
    for (const n of [1, 1, 2, 1, 4]) await way.disturb(JSON.stringify({ from, n, dropped: 0, events: [{ ...event, data: { orderId: String(n) } }] }));
    await until('the last is heard', () => idsOf(b).includes('4'));
    expect([idsOf(b), b.relay.stats().gaps]).toEqual([['1', '2', '4'], 1]);
  });

  check('while the way is cut nothing waits or fails and memory is bounded; afterwards it goes on', async () => {
    const [a, b] = [way.start(), way.start('past the cut')];
    await connected(a, b);
    emit(a, 0);
    await until('the first is heard', () => b.seen.length === 1);
    way.cuttable.cut();
    await disconnected(a);
    // Of this process, however busy the machine is, in microseconds.
    const begun = process.cpuUsage();
    for (let n = 1; n <= 1_500; n += 1) emit(a, n);
    expect(process.cpuUsage(begun).user).toBeLessThan(1_000_000);
    expect(a.relay.stats().waiting).toBeLessThanOrEqual(MOST_WAITING);
    await until('who is here hears it', () => a.seen.length === 1_501);
    way.cuttable.mend();
    await until('the last is heard', () => idsOf(b).includes('1500'));
    expect(idsOf(b)).toEqual(['0', ...numbers(b.seen.length - 1, 1_501 - (b.seen.length - 1))]);
    expect(b.seen.length - 1 + a.relay.stats().dropped).toBe(1_500);
    expect(b.relay.stats().gaps).toBeGreaterThan(0);
    expect(b.warned).toEqual([expect.stringContaining('were missed')]);
    // The other way round as well.
    emit(b, -1);
    await until('the other one is heard', () => idsOf(a).includes('-1'));
  });

  check('runs are told while another process hears them; while none does, nothing is made of those that begin', async () => {
    const [a, b] = [way.start(), way.start()];
    await connected(a, b);
    const { observer } = a.live;
    const runs = (): unknown[] => b.seen.map(({ name }) => name);
    a.hear();
    b.hear('order.created');
    // So long a process that is new takes it that somebody does.
    expect(a.relay.stats().othersHearRuns).toBe(true);
    a.advance(20_000);
    await until('it is said that nobody does', () => !a.relay.stats().othersHearRuns);
    expect((['enqueued', 'started', 'completed', 'failed'] as const).map((phase) => observer.wantsJobs?.(phase))).toEqual([false, false, true, true]);
    observer.onJobs?.('completed', 'payments', [job]);
    emit(a, 1);
    await until('what is emitted is told all the same', () => idsOf(b).includes('1'));
    expect(a.relay.stats().told).toBe(1);
    b.hear('job.started');
    await until('it is said', () => a.relay.stats().othersHearRuns);
    expect([observer.wantsJobs?.('started'), b.relay.stats().gaps]).toEqual([true, 0]);
    observer.onJobs?.('started', 'payments', [job]);
    await until('it is heard', () => runs().includes('job.started'));
    // One that says it no more is dead.
    a.advance(20_000);
    expect(a.relay.stats().othersHearRuns).toBe(false);
    b.advance(20_000);
    b.live.bus.subscribe('order.created', () => undefined);
    await until('it is said again', () => a.relay.stats().othersHearRuns);
    b.hear();
    await until('it is said that nobody does any more', () => !a.relay.stats().othersHearRuns);
    expect([b.relay.stats().gaps, a.warned, b.warned]).toEqual([0, [], []]);
  });

  check('who ends tells what waits before', async () => {
    const [a, b] = [way.start(), way.start()];
    await connected(a, b);
    for (let n = 0; n < 500; n += 1) emit(a, n);
    await a.stop();
    await until('all is heard', () => b.seen.length === 500);
  });
});

describe('Over PostgreSQL notifications', () => {
  let way: Way;
  beforeAll(async () => {
    way = await notifications();
  });
  afterAll(() => way.close());

  test('a process that is alone tells nothing, and one that comes is told from its coming on', async () => {
    const a = way.start();
    await connected(a);
    for (let n = 0; n < 100; n += 1) emit(a, n);
    await delay(30);
    expect(a.relay.stats()).toMatchObject({ told: 0, waiting: 0, dropped: 0 });
    const b = way.start();
    await connected(b);
    await delay(20);
    emit(a, 100);
    await until('it is heard', () => idsOf(b).includes('100'));
    expect(b.relay.stats().gaps).toBe(0);
  });
});
