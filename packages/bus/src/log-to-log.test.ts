import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { toEnvelope } from '@commerce/event-log/event';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import { inTransaction } from '@commerce/event-log/transaction';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { systemSleep } from '@commerce/service-kit/ports';
import type { TestAws } from '../test-kit/aws.ts';
import { BUS, CREDENTIALS, REGION, SOURCE, startTestAws } from '../test-kit/aws.ts';
import type { TestLog } from '../test-kit/database.ts';
import { openTestLog } from '../test-kit/database.ts';
import { stored } from '../test-kit/events.ts';
import { startFront } from '../test-kit/front.http.ts';
import { keepLines } from '../test-kit/logger.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import { storePublishRefusals } from './publish-refusals.pg.ts';
import { createEventBridgePublisher } from './publisher.eventbridge.ts';

let sender: TestLog;
let receiver: TestLog;
let aws: TestAws;
beforeAll(async () => {
  [sender, receiver, aws] = await Promise.all([openTestLog(), openTestLog(), startTestAws()]);
});
afterAll(() => Promise.all([sender.close(), receiver.close(), aws.close()]));

const running: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of running.splice(0).reverse()) await close();
});

const random = Math.random;
const monotonicMs = (): number => performance.now();

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

test('events reach the other log once and as they were, though the bus fails, repeats and reorders', async () => {
  aws.local.faults.set({ seed: 3, duplicates: 0.2, reorder: 0.3, reorderWithinMs: 40 });
  let calls = 0;
  const front = await startFront(({ action }) => {
    if (action !== 'PutEvents') return { pass: true };
    calls += 1;
    if (calls % 7 === 0) return 'cut';
    if (calls % 5 !== 0) return { pass: true };
    // What AWS took is reported as failed: the publisher sends it again, and it arrives twice.
    return { pass: true, change: ({ Entries }) => ({ FailedEntryCount: 1, Entries: Entries.map((entry: object, index: number) => (index === 0 ? { ErrorCode: 'InternalFailure' } : entry)) }) };
  }, aws.local.url);
  running.push(() => front.close());

  const publisher = createEventBridgePublisher({
    client: { region: REGION, endpoint: front.url, credentials: CREDENTIALS }, busName: BUS, undeliverable: storePublishRefusals(sender.pool),
    sleep: systemSleep, random, logger: keepLines(), backoff: { baseMs: 5, maxMs: 50 },
  });
  running.push(() => publisher.close());
  const map = await registerMap({ log: sender.log, extensions: [], map: {}, streams: [publisher] });
  const readers = await startReaders({
    log: sender.log, databaseUrl: sender.url, map, streams: [publisher], sleep: systemSleep, random, workerId: uuid7(Date.now()), monotonicMs, logger: keepLines(),
  });
  running.push(() => readers.stop());
  const consumer = await startSqsConsumer({
    queueUrl: aws.queueUrl, clientOptions: { region: REGION, endpoint: aws.local.url, credentials: CREDENTIALS }, log: receiver.log, pool: receiver.pool,
    accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], sleep: systemSleep, random, monotonicMs, logger: keepLines(), waitSeconds: 0, receivers: 2,
  });
  running.push(() => consumer.stop());

  const ids: string[] = [];
  for (let batch = 0; batch < 5; batch += 1) ids.push(...(await append(80)));
  for (let left = 1_000; consumer.stats().appended < ids.length && left > 0; left -= 1) await wait(10);

  const columns = 'event_id, type, version, source, correlation_id, causation_id, occurred_at, metadata, data, digest';
  const [sent, arrived] = await Promise.all([sender, receiver].map(async ({ pool }) => (await pool.query(`SELECT ${columns} FROM events ORDER BY event_id`)).rows));
  expect(arrived).toEqual(sent);
  expect(consumer.stats()).toMatchObject({ appended: 400, refused: {} });
  expect(consumer.stats().duplicates).toBeGreaterThan(20);
  expect(publisher.stats().retried).toBeGreaterThan(0);
  // What is foreign is not published again.
  expect(readers.state()).toMatchObject([{ name: 'publisher', fault: null }]);
});

test('an event that goes as a CloudEvent arrives as the same event, to its digest', async () => {
  const publisher = createEventBridgePublisher({
    client: { region: REGION, endpoint: aws.local.url, credentials: CREDENTIALS }, busName: BUS, wireFormat: 'cloudevents', undeliverable: async () => undefined, sleep: systemSleep, random, logger: keepLines(),
  });
  running.push(() => publisher.close());
  const consumer = await startSqsConsumer({
    queueUrl: aws.queueUrl, clientOptions: { region: REGION, endpoint: aws.local.url, credentials: CREDENTIALS }, log: receiver.log, pool: receiver.pool,
    accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], sleep: systemSleep, random, monotonicMs, logger: keepLines(), waitSeconds: 0, receivers: 1,
  });
  running.push(() => consumer.stop());

  const events = Array.from({ length: 20 }, (_, index) => stored({ metadata: { userId: 'anna', sequence: index + 1, channel: { of: 'shop' } } }));
  await publisher.handle(events, AbortSignal.timeout(10_000));
  for (let left = 1_000; consumer.stats().appended < events.length && left > 0; left -= 1) await wait(10);
  expect(consumer.stats()).toMatchObject({ appended: 20, refused: {} });
  expect(await receiver.log.appendForeign(events.map(toEnvelope))).toEqual(events.map(() => ({ kind: 'duplicate' })));
});
