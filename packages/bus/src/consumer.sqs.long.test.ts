import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventEnvelope } from '@commerce/events/envelope';
import { systemSleep } from '@commerce/service-kit/ports';
import pg from 'pg';
import type { TestAws } from '../test-kit/aws.ts';
import { CREDENTIALS, REGION, SOURCE, startTestAws } from '../test-kit/aws.ts';
import type { TestLog } from '../test-kit/database.ts';
import { openTestLog } from '../test-kit/database.ts';
import type { Brought } from '../test-kit/consumer-suite.ts';
import { countInLog, describeConsumer, until } from '../test-kit/consumer-suite.ts';
import { completions, delivery } from '../test-kit/events.ts';
import type { Front, Reply } from '../test-kit/front.http.ts';
import { startFront } from '../test-kit/front.http.ts';
import { keepLines } from '../test-kit/logger.ts';
import type { Transport } from './client.aws.ts';
import type { SqsConsumer, SqsConsumerOptions } from './consumer.sqs.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import type { QueueCalls } from './queue.sqs.ts';
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

type Logs = Pick<SqsConsumerOptions, 'log' | 'pool'>;

/** A consumer of the queue as every test here has it, which speaks to `endpoint`. */
function consumerOf({ queueUrl }: TestAws, endpoint: string, { log, pool }: Logs, logger: SqsConsumerOptions['logger'], settings: Partial<SqsConsumerOptions>): Promise<SqsConsumer> {
  return startSqsConsumer({
    queueUrl, clientOptions: { region: REGION, endpoint, credentials: CREDENTIALS }, log, pool, accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }],
    sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger, waitSeconds: 0, receivers: 2, refusedDelaySeconds: () => 0, ...settings,
  });
}

/** A queue, a front before it that a test may let misbehave, and consumers that speak to the front. */
async function lab(queue: Parameters<typeof startTestAws>[0] = {}): Promise<Lab> {
  const aws = await startTestAws(queue);
  const front = await startFront(() => PASS, aws.local.url);
  const logger = keepLines();
  running.push(() => aws.close(), () => front.close());
  const start = async (options: Partial<SqsConsumerOptions> = {}): Promise<SqsConsumer> => {
    const consumer = await consumerOf(aws, front.url, db, logger, options);
    running.push(() => consumer.stop());
    return consumer;
  };
  return { aws, front, start, lines: logger.lines };
}

const bodies = (envelopes: readonly EventEnvelope[]): string[] => envelopes.map((envelope) => delivery(envelope));

const inLog = (envelopes: readonly EventEnvelope[]): Promise<number> => countInLog(db, envelopes);

const isEmpty = ({ aws }: Pick<Lab, 'aws'>) => async (): Promise<boolean> => {
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

const bodyOf = (brought: Brought): string => ('text' in brought ? brought.text : delivery(brought.event, brought.source === undefined ? {} : { source: brought.source }));

describeConsumer('the consumer of a queue', {
  receives: 2, refusedBy: /^completions$/, isShared: false, points: ['consumer.received', 'consumer.appended', 'consumer.deleted'],
  open: async (log, end) => {
    const aws = await startTestAws({ maxReceiveCount: 2 });
    const logger = keepLines();
    const bodies = new Map<Brought, string>();
    const written = (brought: Brought): string => {
      if (!bodies.has(brought)) bodies.set(brought, bodyOf(brought));
      return bodies.get(brought) ?? '';
    };
    end(() => aws.close());
    return {
      lines: logger.lines, bodyOf: written, dead: aws.dead,
      bring: (brought) => aws.send(brought.map(written)),
      isSettled: isEmpty({ aws }),
      start: async (settings = {}) => {
        const consumer = await consumerOf(aws, aws.local.url, log, logger, settings);
        end(() => consumer.stop());
        return consumer;
      },
    };
  },
});

test('while polls bring ten each more are open, and when little comes no more than at first', async () => {
  const events = completions(600);
  const left = [...events];
  let [open, most] = [0, 0];
  const queue: QueueCalls = {
    name: 'many', facts: async () => ({ visibilitySeconds: 30 }), remove: async () => [], changeVisibility: async () => [], close: () => undefined,
    receive: async () => {
      most = Math.max(most, (open += 1));
      await systemSleep(5);
      open -= 1;
      return left.splice(0, 10).map((event) => ({ messageId: event.eventId, receiptHandle: event.eventId, body: delivery(event), receiveCount: 1 }));
    },
  };
  const aws = await startTestAws();
  running.push(() => aws.close());
  const consumer = await consumerOf(aws, aws.local.url, db, keepLines(), { queue, receivers: 2 });
  running.push(() => consumer.stop());
  await until(() => consumer.stats().appended === events.length);
  expect(most).toBe(8);
  await until(async () => {
    most = 0;
    await systemSleep(40);
    return most === 2;
  });
});

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
});

describe('a process that is gone', () => {
  test('keeps its messages from the others for its own short time, and not for that of the queue', async () => {
    const it = await lab({ visibilitySeconds: 30 });
    const thaw = Promise.withResolvers<void>();
    let isFrozen = true;
    const frozen = await it.start({
      hideSeconds: 2, faults: { hit: (name) => (name === 'consumer.received' ? thaw.promise : undefined) },
      sleep: async (ms, signal) => (isFrozen ? Promise.race([thaw.promise, systemSleep(60_000, signal)]) : systemSleep(ms, signal)),
    });
    const events = completions(20);
    await it.aws.send(bodies(events));
    await until(() => frozen.stats().received === 20);
    const startedAt = performance.now();
    await it.start();
    await until(async () => (await inLog(events)) === 20);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(performance.now() - startedAt).toBeGreaterThan(500);
    isFrozen = false;
    thaw.resolve();
  });
});

describe('stopping', () => {
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
});

describe('the start', () => {
  test('refuses a queue that does not exist and one without a redrive policy, each with its mend', async () => {
    const it = await lab();
    await expect(it.start({ queueUrl: `${it.aws.queueUrl}-not` })).rejects.toThrow(/cannot be read \(.*\)\. Deploy the stack/);
    await expect(it.start({ queueUrl: it.aws.deadUrl })).rejects.toThrow(QueueUnfit);
    await expect(it.start({ queueUrl: it.aws.deadUrl })).rejects.toThrow('Give it a dead-letter queue');
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
