import { afterEach, describe, expect, test } from '@jest/globals';
import {
  CreateEventBusCommand, DescribeEventBusCommand, DescribeRuleCommand, EventBridgeClient, ListEventBusesCommand, ListRulesCommand,
  ListTargetsByRuleCommand, PutEventsCommand, PutRuleCommand, PutTargetsCommand, TestEventPatternCommand, type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand, DeleteQueueCommand, EmptyBatchRequest,
  GetQueueAttributesCommand, GetQueueUrlCommand, InvalidMessageContents, ListQueuesCommand, PurgeQueueCommand, QueueDoesNotExist, QueueNameExists, ReceiveMessageCommand, RequestThrottled, SendMessageBatchCommand, SendMessageCommand,
  SetQueueAttributesCommand, SQSClient, type Message,
} from '@aws-sdk/client-sqs';
import { faultSettings } from './faults.ts';
import { startLocalAws, type LocalAws, type LocalAwsOptions } from './server.ts';

interface Lab {
  readonly aws: LocalAws;
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
}

const running: Lab[] = [];
const REGION = 'eu-central-1';
const ACCOUNT = '000000000000';

async function lab(options: LocalAwsOptions = {}): Promise<Lab> {
  const aws = await startLocalAws({ region: REGION, ...options });
  const client = { endpoint: aws.url, region: REGION, credentials: { accessKeyId: 'any', secretAccessKey: 'any' }, maxAttempts: 1 };
  const started = { aws, events: new EventBridgeClient(client), sqs: new SQSClient(client) };
  running.push(started);
  return started;
}

afterEach(async () => {
  for (const { aws, events, sqs } of running.splice(0)) {
    events.destroy();
    sqs.destroy();
    await aws.close();
  }
});

/** A stack with one bus, one rule and the queues it fills. */
function stack(properties: { rule?: object; target?: object; queue?: object; resources?: object } = {}): LocalAwsOptions {
  const queue = (name: string, more: object = {}): object => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: name, ...more } });
  const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
  return {
    templates: [{
      stackName: 'Shop',
      template: {
        Resources: {
          Rule: {
            Type: 'AWS::Events::Rule',
            Properties: {
              Name: 'paid-orders', EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['shop'], detail: { state: ['paid'] } },
              Targets: [{ Id: 'queue', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('Undelivered') }, ...properties.target }],
              ...properties.rule,
            },
          },
          Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
          Queue: queue('orders', { RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 }, ...properties.queue }),
          Dead: queue('orders-dead'),
          Undelivered: queue('orders-undelivered'),
          ...properties.resources,
        },
        Outputs: { QueueUrl: { Value: { Ref: 'Queue' } }, DeadUrl: { Value: { Ref: 'Dead' } }, UndeliveredUrl: { Value: { Ref: 'Undelivered' } } },
      },
    }],
  };
}

function url({ aws }: Lab, output: 'QueueUrl' | 'DeadUrl' | 'UndeliveredUrl' = 'QueueUrl'): string {
  return aws.outputs['Shop']?.[output] ?? '';
}

const paid = (order: number): PutEventsRequestEntry => ({
  EventBusName: 'shop', Source: 'shop', DetailType: 'OrderPaid', Detail: JSON.stringify({ order, state: 'paid' }),
});

async function publish({ events }: Lab, ...entries: PutEventsRequestEntry[]): Promise<string[]> {
  const { Entries = [] } = await events.send(new PutEventsCommand({ Entries: entries }));
  return Entries.map(({ EventId, ErrorCode }) => EventId ?? ErrorCode ?? 'neither');
}

/** Messages of a queue, deleted as they come, until `count` are there. */
async function receive({ sqs }: Lab, queueUrl: string, count: number): Promise<Message[]> {
  const received: Message[] = [];
  while (received.length < count) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
      QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
    }));
    if (Messages.length === 0) throw new Error(`only ${received.length} of ${count} messages came`);
    received.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
  return received;
}

async function isEmpty({ sqs }: Lab, queueUrl: string): Promise<boolean> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
  return Messages.length === 0;
}

const orders = (messages: readonly Message[]): number[] =>
  messages.map(({ Body = '' }) => (JSON.parse(Body) as { detail: { order: number } }).detail.order);

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in 5 s');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

describe('publishing', () => {
  test('an event reaches the queue in the envelope of EventBridge', async () => {
    const shop = await lab(stack());
    const [eventId] = await publish(shop, {
      ...paid(1), Time: new Date('2026-01-31T12:00:00.750Z'), Resources: ['order/1'], Detail: '{"state":"paid","order":1.50,"n":12345678901234567890,"é":"🚚"}',
    });
    const [message] = await receive(shop, url(shop), 1);
    expect(message?.Body).toBe(
      `{"version":"0","id":"${eventId}","detail-type":"OrderPaid","source":"shop","account":"${ACCOUNT}","time":"2026-01-31T12:00:00Z",` +
      `"region":"${REGION}","resources":["order/1"],"detail":{"state":"paid","order":1.50,"n":12345678901234567890,"é":"🚚"}}`,
    );
  });

  test('what the pattern does not want stays away', async () => {
    const shop = await lab(stack());
    await publish(shop, { ...paid(1), Detail: '{"order":1,"state":"open"}' }, { ...paid(2), Source: 'other' }, paid(3), { ...paid(4), EventBusName: 'default' });
    expect(orders(await receive(shop, url(shop), 1))).toEqual([3]);
    expect(await isEmpty(shop, url(shop))).toBe(true);
    expect(shop.aws.metrics()).toMatchObject({ accepted: 4, unmatched: 3, delivered: 1, pending: 0 });
  });

  test('every queue of every matching rule gets the event, under one id', async () => {
    const shop = await lab(stack());
    const copies = [await newQueue(shop, 'copy-1'), await newQueue(shop, 'copy-2')];
    await shop.events.send(new PutRuleCommand({ Name: 'all', EventBusName: 'shop', EventPattern: '{"source":[{"prefix":""}]}' }));
    await shop.events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'shop', Targets: copies.map(({ arn }, index) => ({ Id: `t${index}`, Arn: arn })) }));
    const [eventId] = await publish(shop, paid(1));
    const bodies = [];
    for (const queueUrl of [url(shop), ...copies.map((copy) => copy.url)]) bodies.push(...(await receive(shop, queueUrl, 1)).map(({ Body }) => Body));
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain(`"id":"${eventId}"`);
  });

  test('each entry gets its own answer, in its own place, and the good ones go on', async () => {
    const shop = await lab(stack());
    const entries: PutEventsRequestEntry[] = [
      paid(1),
      { ...paid(2), Source: undefined },
      { ...paid(3), DetailType: undefined },
      { ...paid(4), Detail: undefined },
      { ...paid(5), Detail: '"text"' },
      { ...paid(6), Detail: '{"a":' },
      { ...paid(7), Detail: '[1]' },
      { ...paid(8), Source: 'aws.shop' },
      { ...paid(9), Detail: `${'{"a":'.repeat(1_001)}1${'}'.repeat(1_001)}` },
      paid(10),
    ];
    const answer = await shop.events.send(new PutEventsCommand({ Entries: entries }));
    expect(answer.FailedEntryCount).toBe(8);
    expect(answer.Entries?.map(({ ErrorCode, ErrorMessage }) => ErrorCode && `${ErrorCode}: ${ErrorMessage}`)).toEqual([
      undefined,
      'InvalidArgument: Parameter Source is not valid. Reason: Source is a required argument.',
      'InvalidArgument: Parameter DetailType is not valid. Reason: DetailType is a required argument.',
      'InvalidArgument: Parameter Detail is not valid. Reason: Detail is a required argument.',
      'MalformedDetail: Detail is malformed.',
      'MalformedDetail: Detail is malformed.',
      'MalformedDetail: Detail is malformed.',
      'NotAuthorizedForSourceException: Not authorized for the source.',
      'MalformedDetail: Detail is malformed.',
      undefined,
    ]);
    expect(orders(await receive(shop, url(shop), 2))).toEqual([1, 10]);
  });

  test('a request of eleven entries, of none, or of more than 1 MiB is refused whole', async () => {
    const shop = await lab(stack());
    const big = { ...paid(1), Detail: JSON.stringify({ state: 'paid', order: 1, fill: 'x'.repeat(600_000) }) };
    await expect(publish(shop, ...Array.from({ length: 11 }, (_, index) => paid(index)))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(publish(shop)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(publish(shop, big, big)).rejects.toMatchObject({
      name: 'ValidationException', message: 'Total size of the entries in the request is over the limit.', $metadata: { httpStatusCode: 400 },
    });
    await publish(shop, big);
    expect(orders(await receive(shop, url(shop), 1))).toEqual([1]);
  });

  test('the size of an entry is counted as AWS counts it', async () => {
    const shop = await lab();
    const overhead = Buffer.byteLength('s') + Buffer.byteLength('t') + Buffer.byteLength('{"a":""}') + Buffer.byteLength('r') + 14;
    const entry = (length: number): PutEventsRequestEntry => ({
      Source: 's', DetailType: 't', Detail: JSON.stringify({ a: 'x'.repeat(length) }), Resources: ['r'], Time: new Date(),
    });
    await expect(publish(shop, entry(1_048_576 - overhead))).resolves.toHaveLength(1);
    await expect(publish(shop, entry(1_048_577 - overhead))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('an event for an unknown bus is answered with an id, and is gone', async () => {
    const shop = await lab(stack());
    const [eventId] = await publish(shop, { ...paid(1), EventBusName: 'nowhere' });
    expect(eventId).toMatch(/^[0-9a-f-]{36}$/);
    await until(() => shop.aws.metrics().lostToUnknownBus === 1);
    expect(await isEmpty(shop, url(shop))).toBe(true);
    await expect(shop.events.send(new DescribeEventBusCommand({ Name: 'nowhere' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException', message: 'Event bus nowhere does not exist.',
    });
  });

  test('a bus may be named by its ARN', async () => {
    const shop = await lab(stack());
    const { Arn } = await shop.events.send(new DescribeEventBusCommand({ Name: 'shop' }));
    await publish(shop, { ...paid(1), EventBusName: Arn });
    expect(orders(await receive(shop, url(shop), 1))).toEqual([1]);
  });
});

describe('delivery', () => {
  test('a message received too often moves to the dead-letter queue of its queue, unchanged', async () => {
    const shop = await lab(stack());
    await publish(shop, paid(1));
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { Messages = [] } = await shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), WaitTimeSeconds: 5 }));
      await shop.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url(shop), ReceiptHandle: Messages[0]?.ReceiptHandle, VisibilityTimeout: 0 }));
    }
    expect(await isEmpty(shop, url(shop))).toBe(true);
    expect(orders(await receive(shop, url(shop, 'DeadUrl'), 1))).toEqual([1]);
  });

  test('an event for a queue that is gone goes to the dead-letter queue of the target at once, with the reason', async () => {
    const shop = await lab(stack());
    await shop.sqs.send(new DeleteQueueCommand({ QueueUrl: url(shop) }));
    await publish(shop, paid(1));
    const [dead] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
    expect(orders(dead === undefined ? [] : [dead])).toEqual([1]);
    const attributes = Object.entries(dead?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]);
    expect(Object.fromEntries(attributes)).toEqual({
      RULE_ARN: `arn:aws:events:${REGION}:${ACCOUNT}:rule/shop/paid-orders`,
      TARGET_ARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`,
      ERROR_CODE: 'NO_RESOURCE',
      ERROR_MESSAGE: 'The specified queue does not exist.',
      RETRY_ATTEMPTS: '0',
    });
  });

  test('without a dead-letter queue such an event is lost, and that is told', async () => {
    const warnings: unknown[] = [];
    const shop = await lab({
      ...stack({ target: { DeadLetterConfig: undefined } }), surroundings: { log: { warn: (message, details) => warnings.push({ message, ...details }) } },
    });
    await shop.sqs.send(new DeleteQueueCommand({ QueueUrl: url(shop) }));
    await publish(shop, paid(1));
    await until(() => shop.aws.metrics().givenUp === 1);
    expect(warnings).toEqual([expect.objectContaining({ message: 'an event could not be delivered and is lost', ERROR_CODE: 'NO_RESOURCE' })]);
  });

  test('a failure that passes is tried again until it has passed', async () => {
    const shop = await lab({ ...stack(), maxMessagesPerQueue: 2 });
    await publish(shop, paid(1), paid(2), paid(3));
    await until(() => shop.aws.metrics().retried > 0);
    expect(shop.aws.metrics()).toMatchObject({ delivered: 2, pending: 1 });
    expect(orders(await receive(shop, url(shop), 2))).toEqual([1, 2]);
    expect(orders(await receive(shop, url(shop), 1))).toEqual([3]);
    expect(shop.aws.metrics()).toMatchObject({ delivered: 3, deadLettered: 0, pending: 0 });
  });

  test('when the retry policy is used up, the dead-letter queue tells which limit ended it', async () => {
    const shop = await lab({ ...stack({ target: { RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 } } }), maxMessagesPerQueue: 1 });
    await publish(shop, paid(1), paid(2));
    const [dead] = await receive(shop, url(shop, 'UndeliveredUrl'), 1);
    expect(orders(dead === undefined ? [] : [dead])).toEqual([2]);
    expect(dead?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'THROTTLING' }, EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' }, RETRY_ATTEMPTS: { StringValue: '1' },
    });
  });

  test('with too much under way, PutEvents throttles entry by entry', async () => {
    const shop = await lab({ ...stack(), maxMessagesPerQueue: 1, maxPendingDeliveries: 3 });
    await publish(shop, paid(1), paid(2), paid(3));
    await until(() => shop.aws.metrics().pending === 2);
    const answers = await publish(shop, paid(4), paid(5));
    expect(answers).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), 'ThrottlingException']);
  });

  test('a FIFO target gets its group, and drops a body it has had', async () => {
    const fifo = { QueueName: 'orders.fifo', FifoQueue: true, ContentBasedDeduplication: true, RedrivePolicy: undefined };
    const shop = await lab(stack({ queue: fifo, target: { SqsParameters: { MessageGroupId: 'orders' }, Input: '{"fixed":true}' } }));
    await publish(shop, paid(1), paid(2));
    const [message] = await receive(shop, url(shop), 1);
    expect(message).toMatchObject({ Body: '{"fixed":true}', Attributes: { MessageGroupId: 'orders' } });
    expect(await isEmpty(shop, url(shop))).toBe(true);
  });

  test('a disabled rule delivers nothing', async () => {
    const shop = await lab(stack({ rule: { State: 'DISABLED' } }));
    await publish(shop, paid(1));
    await until(() => shop.aws.metrics().unmatched === 1);
    expect(await isEmpty(shop, url(shop))).toBe(true);
  });
});

describe('fault switches', () => {
  const set = async ({ aws }: Lab, settings: object): Promise<Response> =>
    fetch(`${aws.url}/_local/faults`, { method: 'PUT', body: JSON.stringify(settings) });
  const twenty = Array.from({ length: 20 }, (_, index) => index);

  async function publishTwenty(shop: Lab): Promise<void> {
    await publish(shop, ...twenty.slice(0, 10).map(paid));
    await publish(shop, ...twenty.slice(10).map(paid));
  }

  test('deliver events twice, under the same event id', async () => {
    const shop = await lab(stack());
    await set(shop, { duplicates: 1 });
    await publishTwenty(shop);
    const bodies = (await receive(shop, url(shop), 40)).map(({ Body }) => Body);
    expect(new Set(bodies).size).toBe(20);
    expect(shop.aws.metrics()).toMatchObject({ delivered: 40, duplicated: 20 });
  });

  test('let events overtake each other, the same way for the same seed', async () => {
    const runs: number[][] = [];
    for (const seed of [7, 7, 8]) {
      const shop = await lab(stack());
      await set(shop, { seed, reorder: 0.5, reorderWithinMs: 60_000 });
      await publish(shop, ...twenty.slice(0, 10).map(paid));
      await until(() => shop.aws.metrics().delivered + shop.aws.metrics().heldBack === 10);
      runs.push(orders(await receive(shop, url(shop), shop.aws.metrics().delivered)));
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
    const shop = await lab(stack());
    await set(shop, { reorder: 0.5, reorderWithinMs: 30 });
    await publishTwenty(shop);
    const order = orders(await receive(shop, url(shop), 20));
    expect(order).not.toEqual(twenty);
    expect(order.toSorted((left, right) => left - right)).toEqual(twenty);
  });

  test('lose a share of the deliveries for good, the same ones for the same seed, and count them', async () => {
    const runs: number[][] = [];
    for (const seed of [3, 3, 4]) {
      const shop = await lab(stack());
      await set(shop, { seed, drops: 0.5 });
      await publishTwenty(shop);
      const { delivered, dropped, pending } = shop.aws.metrics();
      expect([delivered + dropped, pending]).toEqual([20, 0]);
      expect(dropped).toBeGreaterThan(0);
      await set(shop, {});
      runs.push(orders(await receive(shop, url(shop), delivered)).toSorted((left, right) => left - right));
      expect(await isEmpty(shop, url(shop))).toBe(true);
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
  });

  test('switch EventBridge off so that every call is refused, while queues work', async () => {
    const shop = await lab(stack());
    await set(shop, { outage: 'refusing' });
    await expect(publish(shop, paid(1))).rejects.toMatchObject({ name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } });
    await expect(shop.events.send(new DescribeEventBusCommand({ Name: 'shop' }))).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    expect(await isEmpty(shop, url(shop))).toBe(true);
    await set(shop, {});
    await publish(shop, paid(2));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([2]);
    expect(shop.aws.metrics()).toMatchObject({ accepted: 1, delivered: 1 });
  });

  test('switch EventBridge off so that events are accepted and come when it is back', async () => {
    const shop = await lab(stack());
    await set(shop, { outage: 'stalled' });
    await publishTwenty(shop);
    expect(await isEmpty(shop, url(shop))).toBe(true);
    expect(shop.aws.metrics()).toMatchObject({ accepted: 20, delivered: 0, pending: 20 });
    await set(shop, {});
    expect(orders(await receive(shop, url(shop), 20))).toEqual(twenty);
    await publish(shop, paid(20));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([20]);
    expect(shop.aws.metrics()).toMatchObject({ delivered: 21, pending: 0 });
  });

  test('are read back, refuse what they do not know, and are off again when set to nothing', async () => {
    const shop = await lab(stack());
    expect(await (await set(shop, { duplicates: 0.25 })).json()).toEqual(faultSettings.parse({ duplicates: 0.25 }));
    expect((await set(shop, { duplicate: 1 })).status).toBe(400);
    expect((await set(shop, { duplicates: 2 })).status).toBe(400);
    expect(await (await fetch(`${shop.aws.url}/_local/faults`)).json()).toEqual(faultSettings.parse({ duplicates: 0.25 }));
    await set(shop, {});
    expect(shop.aws.faults.settings()).toEqual({ seed: 1, duplicates: 0, reorder: 0, reorderWithinMs: 200, drops: 0, outage: 'none' });
    expect(await (await fetch(`${shop.aws.url}/_local/metrics`)).json()).toEqual(shop.aws.metrics());
  });
});

async function newQueue({ sqs }: Lab, name: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { url: QueueUrl, arn: Attributes?.['QueueArn'] ?? '' };
}

describe('the API of EventBridge', () => {
  test('describes and lists buses, rules and targets', async () => {
    const { events } = await lab(stack());
    await events.send(new CreateEventBusCommand({ Name: 'more' }));
    const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses.map(({ Name }) => Name)).toEqual(['default', 'shop', 'more']);
    const { Rules } = await events.send(new ListRulesCommand({ EventBusName: 'shop' }));
    expect(Rules).toEqual([{
      Name: 'paid-orders', Arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/shop/paid-orders`, State: 'ENABLED', EventBusName: 'shop',
      EventPattern: '{"source":["shop"],"detail":{"state":["paid"]}}',
    }]);
    expect(await events.send(new DescribeRuleCommand({ Name: 'paid-orders', EventBusName: 'shop' }))).toMatchObject(Rules?.[0] ?? {});
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: 'paid-orders', EventBusName: 'shop' }));
    expect(Targets).toEqual([{
      Id: 'queue', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`, DeadLetterConfig: { Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:orders-undelivered` },
      RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
    }]);
  });

  test('refuses with the errors of EventBridge', async () => {
    const { events } = await lab(stack());
    const rule = { Name: 'r', EventBusName: 'shop' };
    await expect(events.send(new PutRuleCommand({ ...rule, EventPattern: '{"a":[]}' }))).rejects.toMatchObject({
      name: 'InvalidEventPatternException', message: 'Event pattern is not valid. Reason: Empty arrays are not allowed',
    });
    await expect(events.send(new CreateEventBusCommand({ Name: 'shop' }))).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
    await expect(events.send(new DescribeRuleCommand(rule))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await events.send(new PutRuleCommand({ ...rule, EventPattern: '{"a":[1]}' }));
    const targets = (count: number) => Array.from({ length: count }, (_, index) => ({ Id: `t${index}`, Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q${index}` }));
    await expect(events.send(new PutTargetsCommand({ Rule: 'r', EventBusName: 'shop', Targets: targets(6) }))).rejects.toMatchObject({
      name: 'LimitExceededException', message: 'The requested resource exceeds the maximum number allowed.',
    });
    expect((await events.send(new ListTargetsByRuleCommand({ Rule: 'r', EventBusName: 'shop' }))).Targets).toEqual([]);
  });

  test('refuses by name what it does not have', async () => {
    const { aws, events } = await lab(stack());
    const rule = { Name: 'r', EventBusName: 'shop' };
    await expect(events.send(new PutRuleCommand({ ...rule, ScheduleExpression: 'rate(1 day)' }))).rejects.toThrow('ScheduleExpression');
    await events.send(new PutRuleCommand({ ...rule, EventPattern: '{"a":[1]}' }));
    const put = (target: object) => events.send(new PutTargetsCommand({ Rule: 'r', EventBusName: 'shop', Targets: [{ Id: 't', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q`, ...target }] }));
    await expect(put({ InputPath: '$.detail' })).rejects.toThrow('InputPath');
    await expect(put({ InputTransformer: { InputTemplate: '{}' } })).rejects.toThrow('InputTransformer');
    await expect(put({ KinesisParameters: { PartitionKeyPath: 'x' } })).rejects.toThrow('KinesisParameters');
    await expect(put({ Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f` })).rejects.toThrow('no SQS queue');
    const unknown = await fetch(aws.url, { method: 'POST', headers: { 'x-amz-target': 'AWSEvents.CreateConnection' }, body: '{}' });
    expect(await unknown.json()).toEqual({ __type: 'UnknownOperationException', message: 'The local EventBridge has no action CreateConnection.' });
    const query = await fetch(aws.url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Action=ListQueues' });
    expect(query.status).toBe(400);
  });

  test('tests a pattern against an event', async () => {
    const { events } = await lab();
    const Event = JSON.stringify({ id: '1', account: ACCOUNT, source: 's', time: '2026-01-31T12:00:00Z', region: REGION, 'detail-type': 't', detail: { n: 1 } });
    expect((await events.send(new TestEventPatternCommand({ EventPattern: '{"detail":{"n":[{"numeric":[">",0]}]}}', Event }))).Result).toBe(true);
    expect((await events.send(new TestEventPatternCommand({ EventPattern: '{"source":["other"]}', Event }))).Result).toBe(false);
    for (const bad of ['{}', '[]', 'no JSON']) {
      await expect(events.send(new TestEventPatternCommand({ EventPattern: '{"source":["s"]}', Event: bad }))).rejects.toMatchObject({
        name: 'ValidationException', message: 'Parameter Event is not valid.',
      });
    }
  });
});

describe('SQS', () => {
  test('is found under the same address, by URLs that any client can call', async () => {
    const shop = await lab(stack());
    expect(url(shop)).toBe(`${shop.aws.url}/${ACCOUNT}/orders`);
    expect((await shop.sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }))).QueueUrl).toBe(url(shop));
    expect((await shop.sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual([url(shop), url(shop, 'DeadUrl'), url(shop, 'UndeliveredUrl')]);
    await expect(shop.sqs.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toBeInstanceOf(QueueDoesNotExist);
    const again = new CreateQueueCommand({ QueueName: 'orders', Attributes: { VisibilityTimeout: '7' } });
    await expect(shop.sqs.send(again)).rejects.toBeInstanceOf(QueueNameExists);
    const empty = new DeleteMessageBatchCommand({ QueueUrl: url(shop), Entries: [] });
    await expect(shop.sqs.send(empty)).rejects.toBeInstanceOf(EmptyBatchRequest);
  });

  test('sends, receives, deletes and purges through the SDK, with any character that SQS takes', async () => {
    const shop = await lab(stack());
    await shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop), MessageBody: '🚚 é' }));
    await shop.sqs.send(new SendMessageBatchCommand({ QueueUrl: url(shop), Entries: [{ Id: 'a', MessageBody: '2' }, { Id: 'b', MessageBody: '3' }] }));
    expect((await receive(shop, url(shop), 3)).map(({ Body }) => Body)).toEqual(['🚚 é', '2', '3']);
    await expect(shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop), MessageBody: 'nul \u0000' }))).rejects.toBeInstanceOf(InvalidMessageContents);
    await shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop), MessageBody: '4' }));
    await shop.sqs.send(new PurgeQueueCommand({ QueueUrl: url(shop) }));
    expect(await isEmpty(shop, url(shop))).toBe(true);
  });

  test('plays the account that it is given', async () => {
    const shop = await lab({ ...stack(), accountId: '111122223333' });
    const { QueueUrl = '' } = await shop.sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
    const { Attributes } = await shop.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes).toMatchObject({ QueueArn: `arn:aws:sqs:${REGION}:111122223333:orders`, RedrivePolicy: expect.stringContaining('111122223333:orders-dead') });
    const made = await newQueue(shop, 'made');
    expect(made).toEqual({ url: `${shop.aws.url}/111122223333/made`, arn: `arn:aws:sqs:${REGION}:111122223333:made` });
    await publish(shop, paid(1));
    const [message] = await receive(shop, QueueUrl, 1);
    expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({ account: '111122223333' });
  });

  test('a full queue throttles its senders', async () => {
    const shop = await lab({ ...stack(), maxMessagesPerQueue: 1 });
    await shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop), MessageBody: '1' }));
    await expect(shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop), MessageBody: '2' }))).rejects.toBeInstanceOf(RequestThrottled);
  });

  test('a long poll ends when a message comes, and one that lost it waits on', async () => {
    const shop = await lab(stack());
    const polls = [1, 2].map(() => shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), WaitTimeSeconds: 20 })));
    await publish(shop, paid(1));
    const first = await Promise.race(polls);
    expect(first.Messages).toHaveLength(1);
    await publish(shop, paid(2));
    expect((await Promise.all(polls)).flatMap(({ Messages = [] }) => orders(Messages))).toEqual(expect.arrayContaining([1, 2]));
  });

  test('a poll whose caller has hung up takes no message with it', async () => {
    const shop = await lab(stack());
    const abort = new AbortController();
    const poll = shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), WaitTimeSeconds: 20 }), { abortSignal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(poll).rejects.toMatchObject({ name: 'AbortError' });
    await publish(shop, paid(1));
    expect(orders(await receive(shop, url(shop), 1))).toEqual([1]);
  });

  test('closing answers the long polls, and nothing listens any more', async () => {
    const shop = await lab(stack());
    const poll = shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), WaitTimeSeconds: 20 }));
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    await shop.aws.close();
    expect((await poll).Messages).toBeUndefined();
    await expect(fetch(shop.aws.url)).rejects.toThrow();
  });

  test('a deleted message is gone, a visible one comes again, a long poll is at most 20 s', async () => {
    const shop = await lab(stack());
    await shop.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url(shop), Attributes: { VisibilityTimeout: '0' } }));
    await publish(shop, paid(1));
    const seen = async (): Promise<Message | undefined> => (await shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), WaitTimeSeconds: 1 }))).Messages?.[0];
    const first = await seen();
    const second = await seen();
    expect(second?.MessageId).toBe(first?.MessageId);
    await shop.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url(shop), Attributes: { VisibilityTimeout: '30' } }));
    await shop.sqs.send(new DeleteMessageCommand({ QueueUrl: url(shop), ReceiptHandle: second?.ReceiptHandle }));
    await expect(shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), WaitTimeSeconds: 21 }))).rejects.toThrow('WaitTimeSeconds');
  });
});
