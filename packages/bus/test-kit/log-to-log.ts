/**
 * The promise of the way as a whole, whatever the bus: what stands in one log as its own event comes into the other once and as it was.
 * This suite runs over each bus.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { toEnvelope } from '@commerce/event-log/event';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { inTransaction } from '@commerce/event-log/transaction';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { systemSleep } from '@commerce/service-kit/ports';
import type { BusPublisher, PublishingOptions } from '../src/publisher.ts';
import { storePublishRefusals } from '../src/publish-refusals.pg.ts';
import { SOURCE } from './aws.ts';
import type { RunningConsumer } from './consumer-suite.ts';
import type { TestLog } from './database.ts';
import { openTestLog } from './database.ts';
import { stored } from './events.ts';
import { keepLines } from './logger.ts';

/** A bus of a test's own. All that it opened is ended by `close`. */
export interface Way {
  publisher(options: PublishingOptions): BusPublisher;
  consumer(receiver: TestLog): Promise<RunningConsumer>;
  close(): Promise<void>;
}

export interface DisturbedWay extends Way {
  /** Called after each of five batches. */
  disturb(batch: number): Promise<void>;
  /** That the bus did disturb. */
  judge(stats: { readonly consumer: RunningConsumer; readonly publisher: BusPublisher }): void;
}

export interface WaysOfABus {
  readonly open: () => Promise<Way>;
  /** One that fails on the way. */
  readonly openDisturbed: () => Promise<DisturbedWay>;
}

export function describeLogToLog(name: string, ways: WaysOfABus): void {
  describe(name, () => {
    let sender: TestLog;
    let receiver: TestLog;
    beforeAll(async () => {
      [sender, receiver] = await Promise.all([openTestLog(), openTestLog()]);
    });
    afterAll(() => Promise.all([sender.close(), receiver.close()]));

    const running: (() => Promise<unknown> | void)[] = [];
    afterEach(async () => {
      for (const close of running.splice(0).reverse()) await close();
    }, 30_000);

    const common = { sleep: systemSleep, random: Math.random, logger: keepLines() };

    /** Appends own events to the sender's log; resolves with their ids. */
    async function append(count: number): Promise<string[]> {
      const prepared = Array.from({ length: count }, () =>
        sender.log.prepare({ type: 'FulfillmentCompleted', data: { ...FulfillmentCompleted.example, orderId: `order-${uuid7(Date.now())}` }, sequence: 1 }, SOURCE, {
          correlationId: uuid7(Date.now()), causationId: null, metadata: { userId: 'somebody' },
        }),
      );
      await inTransaction(sender.pool, (tx) => sender.log.append(tx, prepared));
      sender.log.wake();
      return prepared.map(({ eventId }) => eventId);
    }

    /** Waits until so many have arrived, or for half a minute. */
    async function arrived(consumer: RunningConsumer, count: number): Promise<void> {
      for (let left = 3_000; consumer.stats().appended < count && left > 0; left -= 1) await wait(10);
    }

    test('events reach the other log once and as they were, though the bus fails on the way', async () => {
      const way = await ways.openDisturbed();
      running.push(() => way.close());
      const publisher = way.publisher({ ...common, undeliverable: storePublishRefusals(sender.pool), backoff: { baseMs: 5, maxMs: 50 } });
      const map = await registerMap({ log: sender.log, extensions: [], map: {}, streams: [publisher] });
      const readers = await startReaders({ ...common, log: sender.log, databaseUrl: sender.url, map, streams: [publisher], workerId: uuid7(Date.now()), monotonicMs: () => performance.now() });
      running.push(() => readers.stop());
      const consumer = await way.consumer(receiver);

      const ids: string[] = [];
      for (let batch = 0; batch < 5; batch += 1) {
        ids.push(...(await append(80)));
        await way.disturb(batch);
      }
      await arrived(consumer, ids.length);

      const columns = 'event_id, type, version, source, correlation_id, causation_id, occurred_at, metadata, data, digest';
      const [sent, got] = await Promise.all([sender, receiver].map(async ({ pool }) => (await pool.query(`SELECT ${columns} FROM events ORDER BY event_id`)).rows));
      expect(got).toEqual(sent);
      expect(consumer.stats()).toMatchObject({ appended: 400, refused: {} });
      way.judge({ consumer, publisher });
      // What is foreign is not published again.
      expect(readers.state()).toMatchObject([{ name: 'publisher', fault: null }]);
    });

    test('an event that goes as a CloudEvent arrives as the same event, to its digest', async () => {
      const way = await ways.open();
      running.push(() => way.close());
      const publisher = way.publisher({ ...common, wireFormat: 'cloudevents', undeliverable: async () => undefined });
      const consumer = await way.consumer(receiver);
      const events = Array.from({ length: 20 }, (_, index) => stored({ metadata: { userId: 'anna', sequence: index + 1, channel: { of: 'shop' } } }));
      await publisher.handle(events, AbortSignal.timeout(10_000));
      await arrived(consumer, events.length);
      expect(consumer.stats()).toMatchObject({ appended: 20, refused: {} });
      expect(await receiver.log.appendForeign(events.map(toEnvelope))).toEqual(events.map(() => ({ kind: 'duplicate' })));
    });
  });
}
