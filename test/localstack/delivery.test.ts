/**
 * From bus to queue to the log of Commerce Coordinator, on a LocalStack: what the pair relies on AWS for, as far as LocalStack does as
 * AWS does. The way of orders, and a further client, are told by the files of test/e2e, which run on it too.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { DescribeArchiveCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { completionOf, delivery } from '../kit/completion.ts';
import { complaints } from '../kit/end-state.ts';
import { eventually } from '../kit/eventually.ts';
import { LOCALSTACK_URL } from '../kit/localstack.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

const describeOnLocalStack = LOCALSTACK_URL === undefined ? describe.skip : describe;
const MAX_RECEIVES = 5;
const VISIBILITY_SECONDS = 5;
/** A poll of the consumer takes 3 s at most. */
const OPEN_POLLS_MS = 3_500;

let pair: Pair;
let sqs: SQSClient;
let events: EventBridgeClient;

describeOnLocalStack('on LocalStack (skipped unless LOCALSTACK_URL names one; `pnpm localstack` does)', () => {
  beforeAll(async () => {
    pair = await startPair({ localStackUrl: LOCALSTACK_URL, restartDelayMs: 1_000 });
    const client = { endpoint: LOCALSTACK_URL ?? '', region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    [sqs, events] = [new SQSClient(client), new EventBridgeClient(client)];
  }, 90_000);
  afterAll(async () => {
    sqs?.destroy();
    events?.destroy();
    await pair?.stop();
  }, 60_000);

  test('the template is there as it was written: pattern, retries and dead letters of the rule', async () => {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ EventBusName: 'order-fulfillment', Rule: 'commerce-coordinator-fulfillment-events' }));
    expect(Targets).toEqual([expect.objectContaining({
      Arn: expect.stringMatching(/:commerce-coordinator-fulfillment-events$/),
      DeadLetterConfig: { Arn: expect.stringMatching(/:commerce-coordinator-fulfillment-events-undelivered$/) },
      RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
    })]);
  });

  test('Commerce Coordinator is killed while orders are under way, and is away for a while: all are completed once, none is lost', async () => {
    // What it has in hand when it dies comes back after this time; by the template it would be a minute.
    await pair.queue.setVisibility(VISIBILITY_SECONDS);
    await restart('SIGTERM');
    const orderIds = [];
    for (let n = 0; n < 30; n += 1) {
      orderIds.push(await pair.place(['A', 'AB', 'ABC'][n % 3] ?? 'A'));
      if (n === 19) await eventually('the first outcomes', async () => ((await outcomes()) > 0 ? true : undefined));
    }
    const told = await outcomes();
    await restart('SIGKILL');
    expect(told).toBeLessThan(orderIds.length);
    expect(await complaints(pair, await pair.settled(orderIds, 60_000))).toEqual([]);
    await eventually('an empty queue', async () => ((await pair.queue.size()) === 0 ? true : undefined));
    expect(await pair.queue.deadLetters()).toBe(0);
  }, 120_000);

  test('what comes from the queue once more, twice, changes nothing', async () => {
    const orders = await pair.settled([await pair.place('A'), await pair.place('AB')]);
    const [before, timelines] = [await outcomes(), await Promise.all(orders.map(({ orderId }) => pair.timeline(orderId)))];
    const bodies = await Promise.all(orders.map(async ({ orderId }) => delivery(await completionOf(pair, orderId))));
    for (const body of [...bodies, ...bodies]) await pair.queue.send(body);
    await eventually('an empty queue', async () => ((await pair.queue.size()) === 0 ? true : undefined));
    expect(await outcomes()).toBe(before);
    expect((await Promise.all(orders.map(({ orderId }) => pair.timeline(orderId)))).map((items) => items.length)).toEqual(timelines.map((items) => items.length));
    expect(await complaints(pair, orders)).toEqual([]);
    expect(await pair.queue.deadLetters()).toBe(0);
  }, 60_000);

  test('what was received five times and not deleted goes to the dead-letter queue', async () => {
    await whileStopped(async () => {
      const id = await pair.queue.send('taken, and never deleted');
      for (let receives = 0; receives < MAX_RECEIVES; receives += 1) expect((await receive(5))?.MessageId).toBe(id);
      expect(await receive(0)).toBeUndefined();
      await eventually('the dead letter', async () => ((await pair.queue.deadLetters()) === 1 ? true : undefined));
      expect([...(await pair.queue.readDeadLetters())]).toEqual([[id, 'taken, and never deleted']]);
    });
  }, 60_000);

  test('the archives keep what their owners have published', async () => {
    const kept = async (name: string): Promise<number> => (await events.send(new DescribeArchiveCommand({ ArchiveName: name }))).EventCount ?? 0;
    const [before, ofOrders] = [await kept('order-fulfillment-fulfillment-events'), await kept('commerce-coordinator-order-events')];
    await pair.settled([await pair.place('A')]);
    await eventually('acceptance and completion, archived', async () => ((await kept('order-fulfillment-fulfillment-events')) >= before + 2 ? true : undefined));
    await eventually('the events of the order, archived', async () => ((await kept('commerce-coordinator-order-events')) >= ofOrders + 2 ? true : undefined));
  });
});

/** How many outcomes Commerce Coordinator has taken from the queue. */
async function outcomes(): Promise<number> {
  return (await pair.rows<{ count: number }>('cc', "SELECT count(*)::int AS count FROM events WHERE origin = 'foreign'"))[0]?.count ?? 0;
}

/** Ends Commerce Coordinator by this signal; resolves when it runs again. */
async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { restarts } = pair.process('cc');
  pair.process('cc').signal(signal);
  await eventually('the restart', () => (pair.process('cc').restarts > restarts && pair.process('cc').isReady ? true : undefined));
}

/** The next message, which stays on the queue. */
async function receive(waitSeconds: number): Promise<Message | undefined> {
  const command = new ReceiveMessageCommand({ QueueUrl: pair.stack.description.queueUrl, WaitTimeSeconds: waitSeconds, VisibilityTimeout: 0 });
  return (await sqs.send(command)).Messages?.[0];
}

/** Runs `act` while Commerce Coordinator stands still, once its open polls have ended. */
async function whileStopped(act: () => Promise<void>): Promise<void> {
  pair.process('cc').signal('SIGSTOP');
  try {
    await wait(OPEN_POLLS_MS);
    await act();
  } finally {
    pair.process('cc').signal('SIGCONT');
  }
}
