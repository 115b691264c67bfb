import { describe, expect, test } from '@jest/globals';
import {
  CancelMessageMoveTaskCommand, ChangeMessageVisibilityBatchCommand, DeleteQueueCommand, GetQueueAttributesCommand, ListDeadLetterSourceQueuesCommand, ListMessageMoveTasksCommand, QueueDoesNotExist, ReceiveMessageCommand,
  SendMessageCommand, StartMessageMoveTaskCommand, type ListMessageMoveTasksResultEntry,
} from '@aws-sdk/client-sqs';
import { ACCOUNT, isEmpty, lab, newQueue, orders, paid, publish, receive, REGION, stack, until, url, type Lab } from '../../test-kit/lab.ts';

const arn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const SourceArn = arn('orders-dead');

/** A stack with that many orders in the dead-letter queue of its queue. */
async function withDead(count: number, options: Parameters<typeof stack>[0] = {}): Promise<Lab> {
  const shop = await lab(stack(options));
  await publish(shop, ...Array.from({ length: count }, (_, index) => paid(index + 1)));
  await until(() => shop.aws.metrics().delivered === count);
  await makeDead(shop, count);
  return shop;
}

/** Receives until the redrive policy, which takes two, has moved the messages away. */
async function makeDead(shop: Lab, count: number): Promise<void> {
  for (;;) {
    const { Messages = [] } = await shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), MaxNumberOfMessages: 10 }));
    const { Attributes } = await shop.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url(shop, 'DeadUrl'), AttributeNames: ['ApproximateNumberOfMessages'] }));
    if (Attributes?.['ApproximateNumberOfMessages'] === String(count)) return;
    if (Messages.length === 0) throw new Error('the messages do not die');
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    await shop.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url(shop), Entries }));
  }
}

const start = async ({ sqs }: Lab, more: object = {}): Promise<string> => (await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, ...more }))).TaskHandle ?? '';

async function tasks({ sqs }: Lab, MaxResults?: number): Promise<ListMessageMoveTasksResultEntry[]> {
  return (await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults }))).Results ?? [];
}

async function ended(shop: Lab): Promise<ListMessageMoveTasksResultEntry | undefined> {
  for (;;) {
    const [task] = await tasks(shop);
    if (task?.Status !== 'RUNNING' && task?.Status !== 'CANCELLING') return task;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

describe('a message move task', () => {
  test('moves dead letters back to the queue that they came from, as new messages', async () => {
    const shop = await withDead(3);
    const [letter] = (await shop.sqs.send(new ReceiveMessageCommand({
      QueueUrl: url(shop, 'DeadUrl'), VisibilityTimeout: 0, MessageSystemAttributeNames: ['DeadLetterQueueSourceArn'],
    }))).Messages ?? [];
    expect(letter?.Attributes).toEqual({ DeadLetterQueueSourceArn: arn('orders') });
    await start(shop);
    const messages = await receive(shop, url(shop), 3);
    expect(orders(messages).toSorted((left, right) => left - right)).toEqual([1, 2, 3]);
    expect(messages.map(({ MessageId }) => MessageId)).not.toContain(letter?.MessageId);
    expect(messages.map(({ Attributes }) => Attributes?.['ApproximateReceiveCount'])).toEqual(['1', '1', '1']);
    expect(await ended(shop)).toEqual({
      Status: 'COMPLETED', SourceArn, ApproximateNumberOfMessagesMoved: 3, ApproximateNumberOfMessagesToMove: 3, StartedTimestamp: expect.any(Number),
    });
    expect(await isEmpty(shop, url(shop, 'DeadUrl'))).toBe(true);
  });

  test('moves to another queue if it is told so, with the attributes of the messages', async () => {
    const shop = await lab(stack());
    const other = await newQueue(shop, 'other');
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'paid' } };
    await shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop, 'DeadUrl'), MessageBody: 'one', MessageAttributes }));
    await start(shop, { DestinationArn: other.arn });
    const [message] = await receive(shop, other.url, 1);
    expect(message).toMatchObject({ Body: 'one', MessageAttributes });
    expect(await ended(shop)).toMatchObject({ Status: 'COMPLETED', DestinationArn: other.arn });
  });

  test('goes at its rate, is alone on its source, and stops when it is cancelled', async () => {
    const shop = await withDead(5);
    const TaskHandle = await start(shop, { MaxNumberOfMessagesPerSecond: 5 });
    expect(await tasks(shop)).toMatchObject([{
      TaskHandle, Status: 'RUNNING', MaxNumberOfMessagesPerSecond: 5, ApproximateNumberOfMessagesMoved: 0, ApproximateNumberOfMessagesToMove: 5,
    }]);
    await expect(start(shop)).rejects.toMatchObject({
      name: 'InvalidParameterValue', message: 'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    });
    await receive(shop, url(shop), 1);
    const { ApproximateNumberOfMessagesMoved: moved = 0 } = await shop.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(moved).toBeGreaterThan(0);
    const task = await ended(shop);
    expect(task).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesToMove: 5 });
    expect(task?.TaskHandle).toBeUndefined();
    expect(task?.ApproximateNumberOfMessagesMoved).toBeLessThan(5);
    await expect(shop.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toMatchObject({ name: 'UnsupportedOperation' });
    await start(shop);
    await ended(shop);
    expect((await tasks(shop, 10)).map(({ Status }) => Status)).toEqual(['COMPLETED', 'CANCELLED']);
  });

  test('fails, and leaves the message, when nobody knows where it came from', async () => {
    const shop = await lab(stack());
    await shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop, 'DeadUrl'), MessageBody: 'stranger' }));
    await start(shop);
    expect(await ended(shop)).toMatchObject({ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource', ApproximateNumberOfMessagesMoved: 0 });
    expect((await receive(shop, url(shop, 'DeadUrl'), 1)).map(({ Body }) => Body)).toEqual(['stranger']);
  });

  test('fails when the destination goes away', async () => {
    const shop = await withDead(3);
    const other = await newQueue(shop, 'other');
    await start(shop, { DestinationArn: other.arn, MaxNumberOfMessagesPerSecond: 4 });
    await receive(shop, other.url, 1);
    await shop.sqs.send(new DeleteQueueCommand({ QueueUrl: other.url }));
    expect(await ended(shop)).toMatchObject({ Status: 'FAILED', FailureReason: 'AWS.SimpleQueueService.NonExistentQueue' });
  });

  test('waits while the destination is full', async () => {
    const shop = await lab({ ...stack(), maxMessagesPerQueue: 1 });
    const other = await newQueue(shop, 'other');
    await shop.sqs.send(new SendMessageCommand({ QueueUrl: other.url, MessageBody: 'first' }));
    await shop.sqs.send(new SendMessageCommand({ QueueUrl: url(shop, 'DeadUrl'), MessageBody: 'second' }));
    await start(shop, { DestinationArn: other.arn });
    expect((await receive(shop, other.url, 1)).map(({ Body }) => Body)).toEqual(['first']);
    expect((await receive(shop, other.url, 1)).map(({ Body }) => Body)).toEqual(['second']);
  });

  test('keeps groups when it moves between FIFO queues', async () => {
    const fifo = { QueueName: 'orders.fifo', FifoQueue: true, ContentBasedDeduplication: true, RedrivePolicy: { deadLetterTargetArn: arn('dead.fifo'), maxReceiveCount: 1 } };
    const shop = await lab(stack({
      queue: fifo, target: { SqsParameters: { MessageGroupId: 'orders' } },
      resources: { DeadFifo: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead.fifo', FifoQueue: true } } },
    }));
    await publish(shop, paid(1), paid(2));
    await until(() => shop.aws.metrics().delivered === 2);
    for (let time = 0; time < 3; time += 1) await shop.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(shop), MaxNumberOfMessages: 10, VisibilityTimeout: 0 }));
    await shop.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn('dead.fifo') }));
    const messages = await receive(shop, url(shop), 2);
    expect(orders(messages)).toEqual([1, 2]);
    expect(messages.map(({ Attributes }) => Attributes?.['MessageGroupId'])).toEqual(['orders', 'orders']);
  });

  test('finds the queues that a dead-letter queue belongs to', async () => {
    const shop = await lab(stack());
    expect((await shop.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: url(shop, 'DeadUrl') }))).queueUrls).toEqual([url(shop)]);
    expect((await shop.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: url(shop, 'UndeliveredUrl') }))).queueUrls).toEqual([]);
    await expect(shop.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: `${shop.aws.url}/${ACCOUNT}/none` }))).rejects.toBeInstanceOf(QueueDoesNotExist);
  });

  test.each<[string, object, object]>([
    ['the dead-letter queue of a target', { SourceArn: arn('orders-undelivered') }, { name: 'InvalidParameterValue', message: 'Source queue must be configured as a Dead Letter Queue.', $metadata: { httpStatusCode: 400 } }],
    ['an unknown source', { SourceArn: arn('none') }, { name: 'ResourceNotFoundException', message: "The resource that you specified for the SourceArn parameter doesn't exist.", $metadata: { httpStatusCode: 404 } }],
    ['an unknown destination', { DestinationArn: arn('none') }, { name: 'ResourceNotFoundException', message: "The resource that you specified for the DestinationArn parameter doesn't exist.", $metadata: { httpStatusCode: 404 } }],
    ['a rate of 501', { MaxNumberOfMessagesPerSecond: 501 }, { name: 'InvalidParameterValue' }],
    ['a rate of 0', { MaxNumberOfMessagesPerSecond: 0 }, { name: 'InvalidParameterValue' }],
  ])('is refused for %s', async (_, input, failure) => {
    const shop = await lab(stack());
    await expect(start(shop, input)).rejects.toMatchObject(failure);
  });

  test.each<[string, string, object]>([
    ['what is no handle', 'x', { name: 'InvalidParameterValue', message: 'Value for parameter TaskHandle is invalid.' }],
    ['an unknown task', JSON.stringify({ taskId: 'none', sourceArn: SourceArn }), { name: 'ResourceNotFoundException', message: 'Task does not exist.' }],
    ['a task of an unknown queue', JSON.stringify({ taskId: 'none', sourceArn: arn('none') }), { name: 'ResourceNotFoundException', message: "The resource that you specified for the SourceArn parameter doesn't exist." }],
  ])('is not cancelled for %s', async (_, handle, failure) => {
    const shop = await lab(stack());
    await expect(shop.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: Buffer.from(handle).toString('base64') }))).rejects.toMatchObject(failure);
  });
});
