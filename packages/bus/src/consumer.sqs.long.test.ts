import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { catalogue } from '@commerce/events/entries';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { systemSleep } from '@commerce/service-kit/ports';
import pg from 'pg';
import type { TestAws } from '../test-kit/aws.ts';
import { CREDENTIALS, REGION, SOURCE, startTestAws } from '../test-kit/aws.ts';
import type { TestLog } from '../test-kit/database.ts';
import { openTestLog } from '../test-kit/database.ts';
import { completion, completions, delivery } from '../test-kit/events.ts';
import type { Front, Reply } from '../test-kit/front.http.ts';
import { startFront } from '../test-kit/front.http.ts';
import { keepLines } from '../test-kit/logger.ts';
import type { Transport } from './client.aws.ts';
import type { SqsConsumer, SqsConsumerOptions } from './consumer.sqs.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import { QueueUnfit } from './queue.sqs.ts';

let db: TestLog;
beforeAll(async () => {
  db = await openTestLog();
});
afterAll(() => db.close());

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of running.splice(0).reverse()) await close();
});

const PASS: Reply = { pass: true };

interface Lab {
  readonly aws: TestAws;
  readonly front: Front;
  readonly start: (options?: Partial<SqsConsumerOptions>) => Promise<SqsConsumer>;
  readonly lines: ReturnType<typeof keepLines>['lines'];
}

/** A queue, a front before it that a test may let misbehave, and consumers that speak to the front. */
async function lab(queue: Parameters<typeof startTestAws>[0] = {}): Promise<Lab> {
  const aws = await startTestAws(queue);
  const front = await startFront(() => PASS, aws.local.url);
  const logger = keepLines();
  running.push(() => aws.close(), () => front.close());
  const start = async (options: Partial<SqsConsumerOptions> = {}): Promise<SqsConsumer> => {
    const consumer = await startSqsConsumer({
      queueUrl: aws.queueUrl, clientOptions: { region: REGION, endpoint: front.url, credentials: CREDENTIALS }, log: db.log, pool: db.pool,
      accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger,
      waitSeconds: 0, receivers: 2, refusedDelaySeconds: () => 0, ...options,
    });
    running.push(() => consumer.stop());
    return consumer;
  };
  return { aws, front, start, lines: logger.lines };
}

/** Waits until `judge` holds; fails after ten seconds. */
async function until(judge: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await judge())) {
    if (performance.now() > deadline) throw new Error('it did not come about in ten seconds');
    await wait(10);
  }
}

const bodies = (envelopes: readonly EventEnvelope[]): string[] => envelopes.map((envelope) => delivery(envelope));

async function inLog(envelopes: readonly EventEnvelope[]): Promise<number> {
  const { rows } = await db.pool.query('SELECT count(*)::int AS n FROM events WHERE event_id = ANY ($1::uuid[])', [envelopes.map(({ eventId }) => eventId)]);
  return rows[0].n;
}

const isEmpty = ({ aws }: Lab) => async (): Promise<boolean> => {
  const { visible, inFlight } = await aws.depth();
  return visible + inFlight === 0;
};

/** Holds back every statement on the log until it is let go. */
async function lockLog(): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
  running.push(() => client.end());
  return async () => void (await client.query('ROLLBACK'));
}

describe.each<Transport>(['direct', 'sdk'])('over the transport "%s"', (transport) => {
  test('every event goes from bus and queue into the log, and its message is deleted', async () => {
    const it = await lab();
    const consumer = await it.start({ transport, waitSeconds: 1 });
    const events = completions(95);
    await it.aws.put(events);
    await until(isEmpty(it));
    expect(await inLog(events)).toBe(95);
    expect(consumer.stats()).toMatchObject({ received: 95, appended: 95, duplicates: 0, deleted: 95, refused: {}, held: 0 });
    expect(consumer.healthy()).toBe(true);
    const [first] = events;
    const [row] = await db.log.history((first?.data as { orderId: string }).orderId);
    expect(row).toMatchObject({ eventId: first?.eventId, origin: 'foreign', type: 'FulfillmentCompleted', data: first?.data, metadata: { sequence: 3 } });
  });

  test('a poll that is never answered ends at its timeout, and the next one brings what waits', async () => {
    const it = await lab();
    let hung = 0;
    it.front.reply = ({ action }) => (action === 'ReceiveMessage' && (hung += 1) <= 2 ? 'hang' : PASS);
    const consumer = await it.start({ transport, requestTimeoutMs: 300 });
    const events = completions(5);
    await it.aws.send(bodies(events));
    await until(isEmpty(it));
    expect(consumer.stats()).toMatchObject({ receiveFaults: 2, appended: 5 });
  });
});

describe('what comes twice or out of order', () => {
  test('messages that SQS did not delete are tried once more, then come again as duplicates', async () => {
    const it = await lab({ visibilitySeconds: 2 });
    let refused = 0;
    it.front.reply = ({ action, input }) => {
      if (action !== 'DeleteMessageBatch' || refused >= 2) return PASS;
      const last = input.Entries.pop();
      refused += 1;
      return { status: 200, body: { Successful: [], Failed: [...input.Entries, last].map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })) } };
    };
    const consumer = await it.start();
    const events = completions(10);
    await it.aws.send(bodies(events));
    await until(() => consumer.stats().duplicates > 0);
    await until(isEmpty(it));
    expect(await inLog(events)).toBe(10);
    expect(consumer.stats().deletesGivenUp).toBeGreaterThan(0);
    expect(consumer.stats().appended).toBe(10);
  });

  test('an event in many messages, at once and later, is in the log once and all its messages are deleted', async () => {
    const it = await lab();
    const events = completions(20);
    await it.aws.send([...bodies(events), ...bodies(events), ...bodies(events.toReversed())]);
    const consumer = await it.start({ batchSize: 7 });
    await until(isEmpty(it));
    await it.aws.send(bodies(events));
    await until(async () => consumer.stats().received === 80 && (await isEmpty(it)()));
    expect(await inLog(events)).toBe(20);
    expect(consumer.stats()).toMatchObject({ appended: 20, duplicates: 60, deleted: 80 });
    // Each that came again is noted with the event it repeats and the message that brought it.
    const { rows } = await db.pool.query("SELECT subject, count(*)::int AS times, count(DISTINCT evidence->>'messageId')::int AS messages FROM ledger WHERE handler = 'consumer' AND rule = 'already_stored' AND event_id = ANY ($1::uuid[]) GROUP BY subject", [events.map(({ eventId }) => eventId)]);
    expect(rows.map(({ times, messages }) => [times, messages])).toEqual(events.map(() => [3, 3]));
  });

  test('a bus that delivers twice and out of order gives the same log', async () => {
    const it = await lab();
    it.aws.local.faults.set({ seed: 7, duplicates: 0.4, reorder: 0.5, reorderWithinMs: 50 });
    const consumer = await it.start();
    const events = completions(100);
    await it.aws.put(events);
    await until(async () => consumer.stats().appended === 100 && (await isEmpty(it)()));
    expect(consumer.stats().duplicates).toBeGreaterThan(10);
    expect(await inLog(events)).toBe(100);
  });
});

describe('what is not accepted', () => {
  const now = Date.now();
  const known = completion();
  const event = completion();
  const secret = 'S3CRET-4111111111111111';
  const poison: Record<string, string> = {
    malformed: `{"card":"${secret}`,
    unknown_type: delivery({ ...event, eventType: 'OrderTeleported' }),
    not_accepted: delivery({ ...event, eventType: 'OrderCreated', source: 'order-service' }),
    mismatch: delivery({ ...event, source: 'order-service' }, { source: SOURCE }),
    invalid: delivery({ ...event, data: { [secret.slice(0, 5)]: secret } }),
    conflict: delivery({ ...known, metadata: { sequence: 4 } }),
    outside_window: delivery({ ...event, eventId: uuid7(now - 40 * 86_400_000) }),
    // A lone surrogate, which no text of PostgreSQL can hold.
    not_storable: delivery({ ...event, eventId: uuid7(now), metadata: { note: '\ud800' } }),
    // A year that passes every check but the database's.
    'not_storable in SQL': delivery({ ...event, eventId: uuid7(now), timestamp: '0000-01-01T00:00:00Z' }),
  };

  test('each ends in the dead-letter queue, unchanged and with its reason, while all others flow', async () => {
    const it = await lab({ maxReceiveCount: 2 });
    const consumer = await it.start();
    const good = [known, ...completions(60)];
    await it.aws.send(bodies(good.slice(0, 31)));
    await until(() => consumer.stats().appended === 31);
    await it.aws.send([...Object.values(poison), ...bodies(good.slice(31))]);

    const dead = await it.aws.dead(Object.keys(poison).length);
    expect(dead.map(({ body }) => body).toSorted()).toEqual(Object.values(poison).toSorted());
    expect(await inLog(good)).toBe(good.length);

    const { rows } = await db.pool.query('SELECT * FROM refusals WHERE message_id = ANY ($1)', [dead.map(({ messageId }) => messageId)]);
    const byBody = new Map(dead.map(({ messageId, body }) => [body, rows.find((row) => row.message_id === messageId)]));
    for (const [name, body] of Object.entries(poison)) {
      expect(byBody.get(body)).toMatchObject({ reason: name.split(' ')[0], queue: 'completions', receive_count: 2 });
    }
    expect(byBody.get(poison['invalid'] ?? '')).toMatchObject({ event_id: event.eventId, event_type: 'FulfillmentCompleted' });
    expect(byBody.get(poison['not_storable in SQL'] ?? '')?.detail).toBe('The log cannot store it (22008).');
    expect(JSON.stringify([rows, it.lines])).not.toContain(secret);
    expect(consumer.stats().refused).toMatchObject({ malformed: 2, conflict: 2, outside_window: 2, not_storable: 4 });
    expect(it.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['reason'])).toEqual(['conflict', 'conflict']);
    await consumer.stop();
    expect(await it.aws.depth()).toEqual({ visible: 0, inFlight: 0 });
  });

  test('the same id with another content never replaces what is in the log', async () => {
    const it = await lab({ maxReceiveCount: 1 });
    await it.start();
    const first = completion();
    await it.aws.send(bodies([first]));
    await until(async () => (await inLog([first])) === 1);
    await it.aws.send([delivery({ ...first, correlationId: uuid7(Date.now()) })]);
    await it.aws.dead(1);
    const [row] = await db.log.history((first.data as { orderId: string }).orderId);
    expect(row?.correlationId).toBe(first.correlationId);
  });

  test('members of the data that are not known are stored as they came, and count for what is the same event', async () => {
    const it = await lab({ maxReceiveCount: 1 });
    const consumer = await it.start();
    const plain = completion();
    const data = plain.data as { orderId: string };
    const newer = { ...plain, data: { ...data, packedBy: { robot: 'R2', arms: [1, 2] } } };
    await it.aws.send(bodies([newer]));
    await until(async () => (await inLog([newer])) === 1);
    await it.aws.send(bodies([newer]));
    await until(() => consumer.stats().duplicates === 1);
    await it.aws.send(bodies([plain]));
    await it.aws.dead(1);
    expect(consumer.stats().refused).toMatchObject({ conflict: 1 });
    const [row] = await db.log.history(data.orderId);
    expect(row).toMatchObject({ version: 'v1', data: newer.data });
  });

  test('a known type in an unknown version is stored as it is', async () => {
    const it = await lab();
    await it.start();
    const event = completion({ eventVersion: 'v9', data: { orderId: `v9-${uuid7(Date.now())}`, shape: ['new'] } });
    await it.aws.send(bodies([event]));
    await until(isEmpty(it));
    const [row] = await db.log.history((event.data as { orderId: string }).orderId);
    expect(row).toMatchObject({ version: 'v9', data: event.data });
  });
});

describe('while the database does not answer', () => {
  test('messages in hand stay invisible past their timeout, few are taken, and all are appended once it answers', async () => {
    const it = await lab({ visibilitySeconds: 2, maxReceiveCount: 1 });
    const letGo = await lockLog();
    const consumer = await it.start({ maxHeld: 60 });
    const events = completions(150);
    await it.aws.send(bodies(events));
    await until(() => consumer.stats().received > 20);
    await wait(2_700);
    expect(consumer.stats().received).toBeLessThanOrEqual(60);
    expect(consumer.stats().extended).toBeGreaterThan(0);
    await letGo();
    await until(isEmpty(it));
    expect(await inLog(events)).toBe(150);
    // Had a message come a second time, it would be in the dead-letter queue or a duplicate.
    expect(consumer.stats()).toMatchObject({ received: 150, appended: 150, duplicates: 0 });
  });

  test('its faults are charged to no message: they are kept, and appended when it is back', async () => {
    const it = await lab({ maxReceiveCount: 1 });
    const consumer = await it.start();
    const name = new URL(db.url).pathname.slice(1);
    const admin = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    const events = completions(30);
    await it.aws.send([...bodies(events), 'poison']);
    await until(() => consumer.stats().databaseFaults > 2);
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await admin.end();
    await until(() => consumer.stats().deleted === 30);
    await it.aws.dead(1);
    expect(await inLog(events)).toBe(30);
    expect(consumer.stats()).toMatchObject({ appended: 30, refused: { malformed: 1 } });
  });
});

describe('stopping', () => {
  test('finishes what is in hand and leaves the rest in the queue: nothing is lost, nothing is stranded', async () => {
    const it = await lab();
    const events = completions(600);
    await it.aws.send(bodies(events));
    const first = await it.start({ waitSeconds: 1 });
    await until(() => first.stats().received > 100);
    await first.stop();
    const { visible, inFlight } = await it.aws.depth();
    expect(inFlight).toBe(0);
    expect(visible + (await inLog(events))).toBe(600);
    const second = await it.start();
    await until(isEmpty(it));
    expect(await inLog(events)).toBe(600);
    expect(first.stats().appended + second.stats().appended).toBe(600);
    expect(second.stats().duplicates).toBe(0);
  });

  test('gives back at once what it cannot finish', async () => {
    const it = await lab({ visibilitySeconds: 30 });
    const letGo = await lockLog();
    const consumer = await it.start({ stopLimitMs: 500 });
    const events = completions(25);
    await it.aws.send(bodies(events));
    await until(() => consumer.stats().received === 25);
    const startedAt = performance.now();
    await consumer.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(consumer.stats().released).toBe(25);
    expect(await it.aws.depth()).toEqual({ visible: 25, inFlight: 0 });
    expect(consumer.healthy()).toBe(false);
    await letGo();
    await it.start();
    await until(isEmpty(it));
    expect(await inLog(events)).toBe(25);
  });

  test('ends in time when SQS hangs', async () => {
    const it = await lab();
    const consumer = await it.start({ requestTimeoutMs: 500 });
    it.front.reply = () => 'hang';
    const events = completions(5);
    await it.aws.send(bodies(events));
    const startedAt = performance.now();
    await consumer.stop();
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test('passes its fault points in the order of the work', async () => {
    const it = await lab();
    const points: string[] = [];
    await it.start({ faults: { hit: (name) => void points.push(name) } });
    await it.aws.send(bodies([completion()]));
    await until(isEmpty(it));
    // The queue is empty before the answer to the delete has arrived.
    await until(async () => points.includes('consumer.deleted'));
    expect(points.slice(0, 3)).toEqual(['consumer.received', 'consumer.appended', 'consumer.deleted']);
  });
});

describe('the start', () => {
  test('refuses a queue that does not exist, one without a redrive policy, and an unknown event type, each with its mend', async () => {
    const it = await lab();
    await expect(it.start({ queueUrl: `${it.aws.queueUrl}-not` })).rejects.toThrow(/cannot be read \(.*\)\. Deploy the stack/);
    await expect(it.start({ queueUrl: it.aws.deadUrl })).rejects.toThrow(QueueUnfit);
    await expect(it.start({ queueUrl: it.aws.deadUrl })).rejects.toThrow('Give it a dead-letter queue');
    await expect(it.start({ accepts: [{ source: SOURCE, type: 'Fulfilled' }] })).rejects.toThrow('does not have: Fulfilled');
    expect(catalogue.entries.some(({ type }) => type === 'Fulfilled')).toBe(false);
  });

  test('a queue that cannot be reached is looked for until it answers', async () => {
    const it = await lab();
    it.front.reply = () => 'cut';
    const consumer = await it.start();
    expect(consumer.healthy()).toBe(false);
    const events = completions(3);
    await it.aws.send(bodies(events));
    it.front.reply = () => PASS;
    await until(isEmpty(it));
    expect(consumer.healthy()).toBe(true);
    expect(await inLog(events)).toBe(3);
  });
});
