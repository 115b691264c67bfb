import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventEnvelope } from '@commerce/events/envelope';
import { systemSleep } from '@commerce/service-kit/ports';
import { CREDENTIALS, REGION, SOURCE } from '../test-kit/aws.ts';
import type { TestLog } from '../test-kit/database.ts';
import { openTestLog } from '../test-kit/database.ts';
import { completion, completions } from '../test-kit/events.ts';
import { keepLines } from '../test-kit/logger.ts';
import type { TestSubscription } from '../test-kit/subscription.ts';
import { ARCHIVE, startTestSubscription } from '../test-kit/subscription.ts';
import type { ArchiveReplay, ArchiveReplays } from './archive-replays.eventbridge.ts';
import { createArchiveReplays } from './archive-replays.eventbridge.ts';
import type { SqsConsumer } from './consumer.sqs.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import { readReplayArrivals } from './replay-arrivals.pg.ts';

let db: TestLog;
beforeAll(async () => {
  db = await openTestLog();
});
afterAll(() => db.close());

const running: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of running.splice(0).reverse()) await close();
});

interface Lab {
  readonly aws: TestSubscription;
  readonly replays: ArchiveReplays;
  readonly consumer: SqsConsumer;
  readonly lines: ReturnType<typeof keepLines>['lines'];
}

/** A bus with an archive, our rule and another client's, and a consumer of our queue. */
async function lab(options: Parameters<typeof startTestSubscription>[0] = {}): Promise<Lab> {
  const aws = await startTestSubscription(options);
  const clientOptions = { region: REGION, endpoint: aws.local.url, credentials: CREDENTIALS };
  const replays = createArchiveReplays({ queueUrl: aws.queueUrl, archive: ARCHIVE, clientOptions });
  const logger = keepLines();
  const consumer = await startSqsConsumer({
    queueUrl: aws.queueUrl, clientOptions, log: db.log, pool: db.pool, accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], sleep: systemSleep, random: Math.random,
    monotonicMs: () => performance.now(), logger, waitSeconds: 0, receivers: 1,
  });
  running.push(() => aws.close(), () => replays.close(), () => consumer.stop());
  return { aws, replays, consumer, lines: logger.lines };
}

async function until<Found>(look: () => Promise<Found | undefined | false> | Found | undefined | false): Promise<Found> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error('it did not come about in ten seconds');
    await wait(10);
  }
}

const stored = async (envelopes: readonly EventEnvelope[]): Promise<number> =>
  (await db.pool.query('SELECT count(*)::int AS n FROM events WHERE event_id = ANY ($1::uuid[])', [envelopes.map(({ eventId }) => eventId)])).rows[0].n;
const window = () => ({ from: new Date(Date.now() - 60_000), to: new Date(Date.now() + 60_000), description: 'a test' });
const ended = ({ replays }: Lab, name: string): Promise<ArchiveReplay> => until(async () => {
  const replay = await replays.read(name);
  return (replay.state === 'COMPLETED' || replay.state === 'CANCELLED') && replay;
});

test('a replay brings what was lost and nothing twice, to our queue alone, and says what it brought', async () => {
  const one = await lab();
  const [here, lost] = [completions(3), completions(2)];
  await one.aws.put(here);
  await until(async () => (await stored(here)) === 3);
  one.aws.local.faults.set({ drops: 1 });
  await one.aws.put(lost);
  await until(() => one.aws.local.metrics().dropped === 4);
  one.aws.local.faults.set({});
  const others = await one.aws.otherDepth();

  const name = await one.replays.fullName('lost-some');
  expect(name).toBe('fulfillment-lost-some');
  await one.replays.start({ name, ...window() });
  const arrived = await until(async () => {
    const found = (await readReplayArrivals(db.pool, [name])).get(name);
    return found !== undefined && found.applied + found.duplicates === 5 && found;
  });
  expect(arrived).toMatchObject({ applied: 2, duplicates: 3, refused: 0 });
  expect(await ended(one, name)).toMatchObject({ name, state: 'COMPLETED', lastEventAt: expect.any(Date), endedAt: expect.any(Date) });
  expect(await stored([...here, ...lost])).toBe(5);
  expect(await one.aws.otherDepth()).toBe(others);

  const named = await db.pool.query('SELECT event_id FROM replayed_events WHERE replay_name = $1 ORDER BY event_id', [name]);
  expect(named.rows.map((row) => row.event_id)).toEqual(lost.map(({ eventId }) => eventId).sort());
  const ignored = await db.log.ignored((here[0]?.data as { orderId: string }).orderId);
  expect(ignored).toMatchObject([{ handler: 'consumer', eventId: here[0]?.eventId, rule: 'already_stored', evidence: { replayName: name } }]);
  expect(one.consumer.stats()).toMatchObject({ appended: 5, duplicates: 3, replayed: 5 });
  expect(one.lines.filter(({ fields }) => fields['replay'] === name)).toHaveLength(1);
});

test('what a replay brings and the service cannot take is counted, and stays with the queue', async () => {
  const one = await lab();
  const wrong = completion({ data: { orderId: 'no completion' } });
  one.aws.local.faults.set({ drops: 1 });
  await one.aws.put([wrong]);
  await until(() => one.aws.local.metrics().dropped === 2);
  one.aws.local.faults.set({});
  const name = await one.replays.fullName('wrong');
  await one.replays.start({ name, ...window() });
  const arrived = await until(async () => (await readReplayArrivals(db.pool, [name])).get(name));
  expect(arrived).toMatchObject({ applied: 0, duplicates: 0 });
  expect(arrived.refused).toBeGreaterThan(0);
});

test('a replay is stopped, listed with the others, and refused under a name that was used', async () => {
  const one = await lab({ replayedEventsPerSecond: 20 });
  const events = completions(10);
  await one.aws.put(events);
  await until(async () => (await stored(events)) === 10);
  await one.replays.start({ name: 'fulfillment-slow', ...window() });
  await one.replays.stop('fulfillment-slow');
  expect((await ended(one, 'fulfillment-slow')).state).toBe('CANCELLED');
  await expect(one.replays.stop('fulfillment-slow')).rejects.toMatchObject({ fault: 'ended' });
  await expect(one.replays.start({ name: 'fulfillment-slow', ...window() })).rejects.toMatchObject({ fault: 'name_taken' });
  await one.replays.start({ name: 'fulfillment-other', ...window() });
  const first = await one.replays.list({ limit: 1 });
  const second = await one.replays.list({ limit: 1, token: first.token });
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['fulfillment-slow', 'fulfillment-other']);
  expect(second.token).toBeUndefined();
});

test('what is not there is refused with the reason', async () => {
  const one = await lab();
  await expect(one.replays.read('fulfillment-none')).rejects.toMatchObject({ fault: 'unknown' });
  const clientOptions = { region: REGION, endpoint: one.aws.local.url, credentials: CREDENTIALS };
  const elsewhere = createArchiveReplays({ queueUrl: one.aws.queueUrl, archive: 'no-archive', clientOptions });
  const noQueue = createArchiveReplays({ queueUrl: `${one.aws.queueUrl}-no`, archive: ARCHIVE, clientOptions });
  const noRule = createArchiveReplays({ queueUrl: one.aws.deadUrl, archive: ARCHIVE, clientOptions });
  running.push(elsewhere.close, noQueue.close, noRule.close);
  await expect(elsewhere.start({ name: 'x', ...window() })).rejects.toMatchObject({ fault: 'unavailable', message: expect.stringContaining('ValidationException') });
  await expect(noQueue.fullName('x')).rejects.toMatchObject({ fault: 'unavailable', message: expect.stringContaining('QueueDoesNotExist') });
  await expect(noRule.fullName('x')).rejects.toMatchObject({ fault: 'unavailable', message: expect.stringContaining('0 rules') });
  await one.replays.start({ name: 'fulfillment-mine', ...window() });
  await expect(elsewhere.read('fulfillment-mine')).rejects.toMatchObject({ fault: 'unknown' });
});
