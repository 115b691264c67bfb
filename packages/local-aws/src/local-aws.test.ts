import { describe, expect, test } from '@jest/globals';
import {
  CreateEventBusCommand, DescribeEventBusCommand, DescribeRuleCommand, ListEventBusesCommand, ListRulesCommand, ListTargetsByRuleCommand, PutEventsCommand,
  PutRuleCommand, PutTargetsCommand, TestEventPatternCommand, type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand, DeleteQueueCommand, EmptyBatchRequest,
  GetQueueAttributesCommand, GetQueueUrlCommand, InvalidMessageContents, ListQueuesCommand, PurgeQueueCommand, QueueDoesNotExist, QueueNameExists,
  ReceiveMessageCommand, RequestThrottled, SendMessageBatchCommand, SendMessageCommand, SetQueueAttributesCommand, type Message,
} from '@aws-sdk/client-sqs';
import { ACCOUNT, isEmpty, lab, newQueue, orders, paid, publish, receive, REGION, stack, until, url } from '../test-kit/lab.ts';

describe('publishing', () => {
  test('an event reaches the queue in the envelope of EventBridge', async () => {
    const shop = await lab(stack());
    const [eventId] = await publish(shop, {
      ...paid(1), Time: new Date('2026-01-31T12:00:00.750Z'), Resources: ['order/1'], Detail: '{"state":"paid","order":1.50,"n":0.12345678901234567890,"é":"🚚"}',
    });
    const [message] = await receive(shop, url(shop), 1);
    expect(message?.Body).toBe(
      `{"version":"0","id":"${eventId}","detail-type":"OrderPaid","source":"shop","account":"${ACCOUNT}","time":"2026-01-31T12:00:00Z",` +
      `"region":"${REGION}","resources":["order/1"],"detail":{"state":"paid","order":1.50,"n":0.12345678901234567890,"é":"🚚"}}`,
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
    }]);
  });

  test('refuses by name what it does not have', async () => {
    const { aws, events } = await lab(stack());
    const rule = { Name: 'r', EventBusName: 'shop' };
    await expect(events.send(new PutRuleCommand({ ...rule, ScheduleExpression: 'rate(1 day)' }))).rejects.toThrow('ScheduleExpression');
    await events.send(new PutRuleCommand({ ...rule, EventPattern: '{"a":[1]}' }));
    const put = (target: object) => events.send(new PutTargetsCommand({ Rule: 'r', EventBusName: 'shop', Targets: [{ Id: 't', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q`, ...target }] }));
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
