import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { toEnvelope } from '@commerce/event-log/event';
import { catalogue } from '@commerce/events/entries';
import { systemSleep } from '@commerce/service-kit/ports';
import { CREDENTIALS, REGION } from '../test-kit/aws.ts';
import { stored } from '../test-kit/events.ts';
import { keepLines } from '../test-kit/logger.ts';
import { describePublisher } from '../test-kit/publisher-suite.ts';
import type { Call, Front, Reply } from '../test-kit/front.http.ts';
import { startFront } from '../test-kit/front.http.ts';
import type { Transport } from './client.aws.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import type { EventBridgePublisherOptions } from './publisher.eventbridge.ts';
import type { BusPublisher, PublishRefusal } from './publisher.ts';
import { assertBus, createEventBridgePublisher } from './publisher.eventbridge.ts';

const running: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of running.splice(0).reverse()) await close();
});

interface Lab {
  readonly front: Front;
  readonly publisher: BusPublisher;
  readonly refusals: PublishRefusal[];
  readonly lines: ReturnType<typeof keepLines>['lines'];
  /** Ids of the events that the bus took, in the order of their coming. */
  readonly taken: string[];
}

/** How the bus judges one entry: an error code, or nothing when it takes it. */
type Judge = (eventId: string, detail: any, times: number) => string | undefined;

/** A publisher, and a bus that judges each entry, unless `reply` speaks for the whole call. */
async function lab(given: Partial<EventBridgePublisherOptions> & { judge?: Judge; reply?: (call: Call) => Reply | undefined } = {}): Promise<Lab> {
  const { judge = () => undefined, reply = () => undefined, ...options } = given;
  const taken: string[] = [];
  const times = new Map<string, number>();
  const front = await startFront((call) => {
    const whole = reply(call);
    if (whole !== undefined) return whole;
    if (call.action === 'DescribeEventBus') return { status: 200, body: { Name: 'orders', Arn: 'arn:aws:events:eu-central-1:000000000000:event-bus/orders' } };
    const Entries = call.input.Entries.map((entry: { Detail: string }) => {
      const detail = JSON.parse(entry.Detail);
      times.set(detail.eventId, (times.get(detail.eventId) ?? 0) + 1);
      const ErrorCode = judge(detail.eventId, detail, times.get(detail.eventId) ?? 0);
      if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: `because of ${ErrorCode}` };
      taken.push(detail.eventId);
      return { EventId: crypto.randomUUID() };
    });
    return { status: 200, body: { FailedEntryCount: Entries.filter((entry: object) => 'ErrorCode' in entry).length, Entries } };
  });
  const refusals: PublishRefusal[] = [];
  const logger = keepLines();
  const publisher = createEventBridgePublisher({
    client: { region: REGION, endpoint: front.url, credentials: CREDENTIALS }, busName: 'orders', sleep: systemSleep, random: Math.random, logger,
    backoff: { baseMs: 1, maxMs: 4 }, undeliverable: async (refused) => void refusals.push(...refused), ...options,
  });
  running.push(() => front.close(), () => publisher.close());
  return { front, publisher, refusals, taken, lines: logger.lines };
}

const never = new AbortController().signal;
const events = (count: number) => Array.from({ length: count }, () => stored());
const ids = (given: readonly { eventId: string }[]) => given.map(({ eventId }) => eventId);
const sorted = (given: readonly string[]) => given.toSorted();
const puts = ({ front }: Lab) => front.calls.filter(({ action }) => action === 'PutEvents');

const FORBIDDEN = 'order-of-nobody';

describePublisher('the publisher to EventBridge', {
  refused: () => stored({ source: FORBIDDEN }), refusedCode: 'NotAuthorizedForSourceException',
  lab: async () => {
    const taken: unknown[] = [];
    let isAway = false;
    const front = await startFront(({ action, input }) => {
      if (isAway) return 'cut';
      if (action !== 'PutEvents') return { status: 200, body: { Name: 'orders' } };
      const Entries = input.Entries.map(({ Detail, Source }: { Detail: string; Source: string }) => {
        if (Source === FORBIDDEN) return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'not for you' };
        taken.push(JSON.parse(Detail));
        return { EventId: crypto.randomUUID() };
      });
      return { status: 200, body: { FailedEntryCount: 0, Entries } };
    });
    return {
      open: (options) => createEventBridgePublisher({ ...options, client: { region: REGION, endpoint: front.url, credentials: CREDENTIALS }, busName: 'orders' }),
      taken: async () => taken,
      away: async () => void (isAway = true),
      back: async () => void (isAway = false),
      close: () => front.close(),
    };
  },
});

describe.each<Transport>(['direct', 'sdk'])('over the transport "%s"', (transport) => {
  test('an entry carries the envelope, its source, its type and its time', async () => {
    const it = await lab({ transport });
    const event = stored({ occurredAt: '2026-11-21T10:20:30.456Z' });
    await it.publisher.handle([event], never);
    const [entry] = puts(it)[0]?.input.Entries;
    expect(entry).toEqual({ EventBusName: 'orders', Source: event.source, DetailType: event.type, Time: 1_795_256_430.456, Detail: JSON.stringify(toEnvelope(event)) });
  });

  test('only the entries that failed are sent again, found by their index, until all are taken', async () => {
    const batch = events(45);
    const bad = new Set([ids(batch)[2], ids(batch)[7], ids(batch)[40]]);
    const it = await lab({ transport, judge: (id, _detail, times) => (bad.has(id) && times < 3 ? (times === 1 ? 'ThrottlingException' : 'InternalFailure') : undefined) });
    await it.publisher.handle(batch, never);
    expect(sorted(it.taken)).toEqual(sorted(ids(batch)));
    expect(it.publisher.stats()).toEqual({ published: 45, retried: 6, calls: 7, failures: 6, undeliverable: 0 });
    expect(it.refusals).toEqual([]);
  });

  test('a bus that throttles a whole call or fails inside gets the same entries again', async () => {
    let answers = 0;
    const it = await lab({
      transport,
      reply: ({ action }) => {
        if (action !== 'PutEvents') return undefined;
        answers += 1;
        if (answers === 1) return { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } };
        if (answers === 2) return { status: 500, text: '<html>' };
        return answers === 3 ? 'cut' : undefined;
      },
    });
    const batch = events(10);
    await it.publisher.handle(batch, never);
    expect(sorted(it.taken)).toEqual(sorted(ids(batch)));
    expect(it.publisher.stats()).toMatchObject({ published: 10, calls: 4, failures: 30, undeliverable: 0 });
  });

  test('an answer that never comes ends at the timeout and the entries are sent again', async () => {
    let hung = false;
    const it = await lab({
      transport, requestTimeoutMs: 300,
      reply: ({ action }) => {
        if (action !== 'PutEvents' || hung) return undefined;
        hung = true;
        return 'hang';
      },
    });
    const batch = events(3);
    const startedAt = performance.now();
    await it.publisher.handle(batch, never);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(sorted(it.taken)).toEqual(sorted(ids(batch)));
  });

  test('a request that AWS refuses because of one entry is halved until that entry stands alone', async () => {
    const batch = events(20);
    const poison = ids(batch)[13];
    const it = await lab({
      transport, refusedTries: 1,
      reply: ({ action, input }) =>
        action === 'PutEvents' && input.Entries.some((entry: { Detail: string }) => JSON.parse(entry.Detail).eventId === poison)
          ? { status: 400, body: { __type: 'com.amazon.coral.validate#ValidationException', message: 'no' } }
          : undefined,
    });
    await it.publisher.handle(batch, never);
    expect(sorted(it.taken)).toEqual(sorted(ids(batch).filter((id) => id !== poison)));
    expect(it.refusals).toMatchObject([{ event: { eventId: poison }, code: 'ValidationException' }]);
  });
});

describe('at the start', () => {
  const busAnswers = (...replies: Reply[]) => ({ action }: Call) => (action === 'DescribeEventBus' ? replies.shift() : undefined);

  test.each([
    ['missing', 'ResourceNotFoundException', 'Deploy the stack that owns it'],
    ['forbidden', 'AccessDeniedException', 'Grant events:DescribeEventBus'],
  ])('a bus that is %s refuses it, and says what to do', async (_what, code, mend) => {
    const it = await lab({ reply: busAnswers({ status: 400, body: { __type: code } }) });
    await expect(it.publisher.start()).rejects.toThrow(mend);
  });

  describe('without settings in the environment', () => {
    const before = { ...process.env };
    beforeEach(() => {
      for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) delete process.env[name];
      Object.assign(process.env, { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere', AWS_EC2_METADATA_DISABLED: 'true' });
    });
    afterEach(() => {
      for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) delete process.env[name];
      Object.assign(process.env, before);
    });

    test('a missing region refuses it with the name of its variable', async () => {
      const it = await lab({ client: { credentials: CREDENTIALS } });
      await expect(it.publisher.start()).rejects.toThrow('set AWS_REGION');
    });

    test('missing credentials refuse it with the names of their variables', async () => {
      const it = await lab({ client: { region: REGION } });
      await expect(it.publisher.start()).rejects.toThrow('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
    });

    test('the consumer refuses it as well', async () => {
      const log = { catalogue, appendForeign: () => Promise.reject(new Error('there is no log')) };
      const start = (clientOptions: object) => startSqsConsumer({
        queueUrl: 'http://127.0.0.1:1/000000000000/queue', clientOptions, log, pool: {} as never, accepts: [], sleep: systemSleep, random: Math.random,
        monotonicMs: () => performance.now(), logger: keepLines(),
      });
      await expect(start({ credentials: CREDENTIALS })).rejects.toThrow('set AWS_REGION');
      await expect(start({ region: REGION })).rejects.toThrow('set AWS_ACCESS_KEY_ID');
    });
  });
});

describe('what is published', () => {
  test('several calls run at once, never more than allowed', async () => {
    const it = await lab({ inFlight: 3, reply: ({ action }) => (action === 'PutEvents' ? { status: 200, afterMs: 20, body: { FailedEntryCount: 0, Entries: Array.from({ length: 10 }, () => ({ EventId: 'x' })) } } : undefined) });
    await Promise.all([it.publisher.handle(events(60), never), it.publisher.handle(events(60), never)]);
    expect(puts(it)).toHaveLength(12);
    expect(it.front.underWay.most).toBe(3);
  });

  test('nothing is sent to a bus that does not exist, and the error says what to do', async () => {
    const it = await lab({ reply: ({ action }) => (action === 'DescribeEventBus' ? { status: 400, body: { __type: 'ResourceNotFoundException', message: 'Event bus orders does not exist.' } } : undefined) });
    await expect(it.publisher.handle(events(1), never)).rejects.toThrow('Deploy the stack that owns it');
    expect(puts(it)).toEqual([]);
    const client = new EventBridgeClient({ region: REGION, endpoint: it.front.url, credentials: CREDENTIALS, maxAttempts: 1 });
    running.push(() => client.destroy());
    await expect(assertBus(client, 'orders')).rejects.toThrow('The event bus "orders" could not be seen (ResourceNotFoundException)');
  });

  test('a client that is handed in is used as it is configured and not closed', async () => {
    const it = await lab();
    const client = new EventBridgeClient({ region: REGION, endpoint: it.front.url, credentials: CREDENTIALS, maxAttempts: 1 });
    running.push(() => client.destroy());
    const publisher = createEventBridgePublisher({ client, busName: 'orders', sleep: systemSleep, random: Math.random, logger: keepLines(), undeliverable: async () => undefined });
    await publisher.handle(events(1), never);
    publisher.close();
    await assertBus(client, 'orders');
    expect(it.taken).toHaveLength(1);
  });
});

describe('what the bus will not take', () => {
  test('an entry that fails inside AWS for ever does not hold the stream', async () => {
    const it = await lab({ laterTries: 4, judge: () => 'InternalFailure' });
    await it.publisher.handle(events(1), never);
    expect(it.refusals).toMatchObject([{ code: 'InternalFailure' }]);
    expect(it.publisher.stats()).toMatchObject({ failures: 4, retried: 3, undeliverable: 1 });
  });

  test('what was taken of a batch that is given back is not sent again', async () => {
    let away = false;
    let calls = 0;
    const it = await lab({
      reply: ({ action }) => {
        if (action !== 'PutEvents') return undefined;
        calls += 1;
        if (calls > 2) away = true;
        return away && calls < 100 ? { status: 503, body: { __type: 'ServiceUnavailableException' } } : undefined;
      },
    });
    const batch = events(40);
    await expect(it.publisher.handle(batch, never)).rejects.toThrow('The bus cannot be reached (ServiceUnavailableException)');
    expect(it.taken).toHaveLength(20);
    calls = 100;
    await it.publisher.handle(batch, never);
    expect(sorted(it.taken)).toEqual(sorted(ids(batch)));
  });

  test('when it is stopped it ends at once, in the middle of a call', async () => {
    const it = await lab({ reply: ({ action }) => (action === 'PutEvents' ? 'hang' : undefined) });
    const stop = new AbortController();
    const handled = it.publisher.handle(events(5), stop.signal);
    setTimeout(() => stop.abort(new Error('stopping')), 50);
    await expect(handled).rejects.toThrow('stopping');
  });
});
