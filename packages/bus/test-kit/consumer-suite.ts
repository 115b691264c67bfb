/**
 * What every consumer promises, whatever its bus: this suite runs over each of them. What only one bus has stands in the test of its
 * adapter.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import type { AcceptedEvent, RefusalReason } from '../src/message.ts';
import type { ServiceConsumer } from '../src/service-consumer.ts';
import { SOURCE } from './aws.ts';
import type { TestLog } from './database.ts';
import { openTestLog } from './database.ts';
import { completion, completions } from './events.ts';
import type { Line } from './logger.ts';

/** What a bus brings: an event, delivered under its own source or another one; or text that is none. */
export type Brought = { readonly event: EventEnvelope; readonly source?: string } | { readonly text: string };

/** What the suite looks at of a consumer. */
export type RunningConsumer = ServiceConsumer<{ readonly received: number; readonly appended: number; readonly duplicates: number; readonly databaseFaults: number; readonly refused: Readonly<Partial<Record<RefusalReason, number>>> }>;

export interface ConsumerSettings {
  readonly accepts?: readonly AcceptedEvent[];
  readonly batchSize?: number;
  readonly faults?: { hit(name: string): void };
}

/** A bus of a test's own, with consumers of one service on it. All that it started is ended by the suite. */
export interface ConsumerLab {
  start(settings?: ConsumerSettings): Promise<RunningConsumer>;
  bring(brought: readonly Brought[]): Promise<void>;
  /** Nothing waits any more, and nothing is in anybody's hand. */
  isSettled(): Promise<boolean>;
  /** Ids and texts of the dead letters, once there are `count`. */
  dead(count: number): Promise<{ readonly messageId: string; readonly body: string }[]>;
  /** How the text of a dead letter reads that was brought so. */
  bodyOf(brought: Brought): string;
  readonly lines: readonly Line[];
}

export interface BusUnderTest {
  /** `end` is called with all that must be ended after the test. */
  readonly open: (db: TestLog, end: (close: () => Promise<unknown>) => void) => Promise<ConsumerLab>;
  /** How often what is not accepted comes before it is a dead letter. */
  readonly receives: number;
  /** What stands in `refusals.queue`: the name of the queue or of the group. */
  readonly refusedBy: RegExp;
  /** A topic holds what is for others, which is passed over; a queue holds only what a rule let through, so that the rest is refused. */
  readonly isShared: boolean;
  /** Fault points that a record passes, in their order. */
  readonly points: readonly string[];
}

export function describeConsumer(name: string, bus: BusUnderTest): void {
  describe(name, () => {
    let db: TestLog;
    beforeAll(async () => {
      db = await openTestLog();
    });
    afterAll(() => db.close());

    const running: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of running.splice(0).reverse()) await close();
    }, 30_000);
    const lab = (): Promise<ConsumerLab> => bus.open(db, (close) => void running.push(close));

    const events = (envelopes: readonly EventEnvelope[]): Brought[] => envelopes.map((event) => ({ event }));
    const inLog = (envelopes: readonly EventEnvelope[]): Promise<number> => countInLog(db, envelopes);
    const orderOf = ({ data }: EventEnvelope): string => (data as { orderId: string }).orderId;

    test('every event goes from the bus into the log, once and as it is', async () => {
      const it = await lab();
      const consumer = await it.start();
      const sent = completions(95);
      await it.bring(events(sent));
      await until(() => it.isSettled());
      expect(await inLog(sent)).toBe(95);
      expect(consumer.stats()).toMatchObject({ received: 95, appended: 95, duplicates: 0, refused: {} });
      expect(consumer.healthy()).toBe(true);
      const [first = completion()] = sent;
      const [row] = await db.log.history(orderOf(first));
      expect(row).toMatchObject({ eventId: first.eventId, origin: 'foreign', type: 'FulfillmentCompleted', data: first.data, metadata: { sequence: 3 } });
    });

    test('an event that comes many times, at once and later, is in the log once, and each repetition is noted', async () => {
      const it = await lab();
      const sent = completions(20);
      await it.bring([...events(sent), ...events(sent), ...events(sent.toReversed())]);
      const consumer = await it.start({ batchSize: 7 });
      await until(() => it.isSettled());
      await it.bring(events(sent));
      await until(async () => consumer.stats().received === 80 && (await it.isSettled()));
      expect(await inLog(sent)).toBe(20);
      expect(consumer.stats()).toMatchObject({ appended: 20, duplicates: 60 });
      // Each that came again is noted with the event it repeats and the message that brought it.
      const { rows } = await db.pool.query("SELECT subject, count(*)::int AS times, count(DISTINCT evidence->>'messageId')::int AS messages FROM ledger WHERE handler = 'consumer' AND rule = 'already_stored' AND event_id = ANY ($1::uuid[]) GROUP BY subject", [sent.map(({ eventId }) => eventId)]);
      expect(rows.map(({ times, messages }) => [times, messages])).toEqual(sent.map(() => [3, 3]));
    });

    describe('S57: what is not accepted', () => {
      const now = Date.now();
      const known = completion();
      const event = completion();
      const secret = 'S3CRET-4111111111111111';
      const foreign: Record<string, Brought> = {
        unknown_type: { event: { ...event, eventType: 'OrderTeleported' } },
        not_accepted: { event: { ...event, eventType: 'OrderCreated', source: 'order-service' } },
      };
      const poison: Record<string, Brought> = {
        malformed: { text: `{"card":"${secret}` },
        mismatch: { event: { ...event, source: 'order-service' }, source: SOURCE },
        invalid: { event: { ...event, data: { [secret.slice(0, 5)]: secret } } },
        conflict: { event: { ...known, metadata: { sequence: 4 } } },
        outside_window: { event: { ...event, eventId: uuid7(now - 40 * 86_400_000) } },
        // A lone surrogate, which no text of PostgreSQL can hold.
        not_storable: { event: { ...event, eventId: uuid7(now), metadata: { note: '\ud800' } } },
        // A year that passes every check but the database's.
        'not_storable in SQL': { event: { ...event, eventId: uuid7(now), timestamp: '0000-01-01T00:00:00Z' } },
        ...(bus.isShared ? {} : foreign),
      };

      test('each ends among the dead letters, unchanged and with its reason, while all others flow', async () => {
        const it = await lab();
        const consumer = await it.start();
        const good = [known, ...completions(60)];
        await it.bring(events(good.slice(0, 31)));
        await until(() => consumer.stats().appended === 31);
        await it.bring([...Object.values(poison), ...(bus.isShared ? Object.values(foreign) : []), ...events(good.slice(31))]);

        const dead = await it.dead(Object.keys(poison).length);
        expect(dead.map(({ body }) => body).toSorted()).toEqual(Object.values(poison).map((one) => it.bodyOf(one)).toSorted());
        await until(() => it.isSettled());
        expect(await inLog(good)).toBe(good.length);

        const { rows } = await db.pool.query('SELECT * FROM refusals WHERE message_id = ANY ($1)', [dead.map(({ messageId }) => messageId)]);
        const byBody = new Map(dead.map(({ messageId, body }) => [body, rows.find((row) => row.message_id === messageId)]));
        const reasonOf = (reason: string) => byBody.get(it.bodyOf(poison[reason] as Brought));
        for (const reason of Object.keys(poison)) {
          expect(reasonOf(reason)).toMatchObject({ reason: reason.split(' ')[0], queue: expect.stringMatching(bus.refusedBy), receive_count: bus.receives });
        }
        expect(reasonOf('invalid')).toMatchObject({ event_id: event.eventId, event_type: 'FulfillmentCompleted' });
        expect(reasonOf('not_storable in SQL')?.detail).toBe('The log cannot store it (22008).');
        expect(JSON.stringify([rows, it.lines])).not.toContain(secret);
        const times = bus.receives;
        expect(consumer.stats().refused).toMatchObject({ malformed: times, conflict: times, outside_window: times, not_storable: 2 * times });
        expect(it.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['reason'])).toEqual(Array.from({ length: times }, () => 'conflict'));
        if (bus.isShared) expect(consumer.stats()).toMatchObject({ received: good.length + 9, passedOver: 2 });
        await consumer.stop();
        expect(await it.isSettled()).toBe(true);
      });

      test('the same id with another content never replaces what is in the log', async () => {
        const it = await lab();
        await it.start();
        const first = completion();
        await it.bring(events([first]));
        await until(async () => (await inLog([first])) === 1);
        await it.bring(events([{ ...first, correlationId: uuid7(Date.now()) }]));
        await it.dead(1);
        const [row] = await db.log.history(orderOf(first));
        expect(row?.correlationId).toBe(first.correlationId);
      });

      test('members of the data that are not known are stored as they came, and count for what is the same event', async () => {
        const it = await lab();
        const consumer = await it.start();
        const plain = completion();
        const newer = { ...plain, data: { ...(plain.data as object), packedBy: { robot: 'R2', arms: [1, 2] } } };
        await it.bring(events([newer]));
        await until(async () => (await inLog([newer])) === 1);
        await it.bring(events([newer]));
        await until(() => consumer.stats().duplicates === 1);
        await it.bring(events([plain]));
        await it.dead(1);
        expect(consumer.stats().refused).toMatchObject({ conflict: bus.receives });
        const [row] = await db.log.history(orderOf(plain));
        expect(row).toMatchObject({ version: 'v1', data: newer.data });
      });

      test('a known type in an unknown version is stored as it is', async () => {
        const it = await lab();
        await it.start();
        const later = completion({ eventVersion: 'v9', data: { orderId: `v9-${uuid7(Date.now())}`, shape: ['new'] } });
        await it.bring(events([later]));
        await until(() => it.isSettled());
        const [row] = await db.log.history(orderOf(later));
        expect(row).toMatchObject({ version: 'v9', data: later.data });
      });
    });

    test('faults of the database are charged to no message: they are kept, and appended when it is back', async () => {
      const it = await lab();
      const consumer = await it.start();
      const name = new URL(db.url).pathname.slice(1);
      const admin = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
      await admin.connect();
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      const sent = completions(30);
      await it.bring([...events(sent), { text: 'poison' }]);
      await until(() => consumer.stats().databaseFaults > 2);
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await admin.end();
      await until(() => consumer.stats().appended === 30);
      await it.dead(1);
      await until(() => it.isSettled());
      expect(await inLog(sent)).toBe(30);
      expect(consumer.stats()).toMatchObject({ appended: 30, duplicates: 0, refused: { malformed: bus.receives } });
      expect(Object.keys(consumer.stats().refused)).toEqual(['malformed']);
    });

    test('it stops with what is in hand finished and the rest left to the next one: nothing is lost, nothing is stranded', async () => {
      const it = await lab();
      const sent = completions(600);
      await it.bring(events(sent));
      const first = await it.start({ batchSize: 50 });
      await until(() => first.stats().received > 100);
      await first.stop();
      expect(first.healthy()).toBe(false);
      const second = await it.start();
      await until(() => it.isSettled());
      expect(await inLog(sent)).toBe(600);
      expect(first.stats().appended + second.stats().appended).toBe(600);
      expect(second.stats().duplicates).toBe(0);
    });

    test('it passes its fault points in the order of the work', async () => {
      const it = await lab();
      const points: string[] = [];
      await it.start({ faults: { hit: (name) => void points.push(name) } });
      await it.bring(events([completion()]));
      // What follows the last point is told to the bus before its answer has come.
      await until(async () => (await it.isSettled()) && points.length >= bus.points.length);
      expect(points.slice(0, bus.points.length)).toEqual(bus.points);
    });

    test('it refuses to take an event type that the catalogue does not have', async () => {
      const it = await lab();
      await expect(it.start({ accepts: [{ source: SOURCE, type: 'Fulfilled' }] })).rejects.toThrow('does not have: Fulfilled');
    });
  });
}

/** How many of these are in the log. */
export async function countInLog({ pool }: Pick<TestLog, 'pool'>, envelopes: readonly EventEnvelope[]): Promise<number> {
  const { rows } = await pool.query('SELECT count(*)::int AS n FROM events WHERE event_id = ANY ($1::uuid[])', [envelopes.map(({ eventId }) => eventId)]);
  return rows[0].n;
}

/** Waits until `judge` holds; fails after thirty seconds. */
export async function until(judge: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await judge())) {
    if (performance.now() > deadline) throw new Error('it did not come about in thirty seconds');
    await wait(10);
  }
}
