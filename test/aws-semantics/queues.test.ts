/** SQS, as far as the pair and its tools rely on it. */
import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, SetQueueAttributesCommand, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { embedded, openAws, semantics } from './aws-under-test.ts';
import type { Queue } from './aws-under-test.ts';

const aws = openAws();
const LIMIT_MS = 4_000;

const send = ({ url: QueueUrl }: Queue, MessageBody: string): Promise<{ MessageId?: string | undefined }> => aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
async function receive({ url: QueueUrl }: Queue, more: { WaitTimeSeconds?: number; VisibilityTimeout?: number; MaxNumberOfMessages?: number } = {}): Promise<Message[]> {
  return (await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['ApproximateReceiveCount'], ...more }))).Messages ?? [];
}
const depth = async ({ url: QueueUrl }: Queue): Promise<number> =>
  Number((await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }))).Attributes?.['ApproximateNumberOfMessages']);

describe('a message', () => {
  semantics('that is received is hidden, and comes back with a higher count when its time is set to nothing', async () => {
    const queue = await aws.queue();
    const { MessageId } = await send(queue, 'a');
    const [first] = await receive(queue, { WaitTimeSeconds: 2 });
    expect(first).toMatchObject({ MessageId, Attributes: { ApproximateReceiveCount: '1' } });
    expect(await receive(queue)).toEqual([]);
    await aws.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queue.url, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }));
    expect(await receive(queue, { WaitTimeSeconds: 2 })).toMatchObject([{ MessageId, Attributes: { ApproximateReceiveCount: '2' } }]);
  });

  semantics('that was received as often as it may goes to the dead letters with the next look', async () => {
    const dead = await aws.queue();
    const queue = await aws.queue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }) });
    const { MessageId } = await send(queue, 'poison');
    for (const _ of [1, 2]) expect(await receive(queue, { WaitTimeSeconds: 2, VisibilityTimeout: 0 })).toMatchObject([{ MessageId }]);
    expect(await receive(queue)).toEqual([]);
    await eventually('the dead letter', async () => ((await depth(dead)) === 1 ? true : undefined), LIMIT_MS);
    expect(await receive(dead, { WaitTimeSeconds: 2 })).toMatchObject([{ MessageId, Body: 'poison' }]);
  });

  semantics('goes from the dead letters back to where it came from', async () => {
    const dead = await aws.queue();
    const queue = await aws.queue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }) });
    await send(queue, 'mended');
    await receive(queue, { WaitTimeSeconds: 2, VisibilityTimeout: 0 });
    await receive(queue);
    await eventually('the dead letter', async () => ((await depth(dead)) === 1 ? true : undefined), LIMIT_MS);
    await aws.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }));
    expect(await receive(queue, { WaitTimeSeconds: 4 })).toMatchObject([{ Body: 'mended' }]);
  });

  semantics('of more than a megabyte is refused', async () => {
    const queue = await aws.queue();
    await expect(send(queue, 'x'.repeat(1_048_577))).rejects.toMatchObject({ name: 'InvalidParameterValue', $metadata: { httpStatusCode: 400 } });
  });
});

const attributes = (count: number): Record<string, { DataType: string; StringValue: string }> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, { DataType: 'String', StringValue: 'v' }]));
const REFUSED = { name: 'InvalidParameterValue', $metadata: { httpStatusCode: 400 } };

describe('a message that is sent', () => {
  embedded('waits a quarter of an hour at most', async () => {
    const { url: QueueUrl } = await aws.queue();
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', DelaySeconds: 900 }));
    for (const DelaySeconds of [901, -1]) await expect(aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', DelaySeconds }))).rejects.toMatchObject(REFUSED);
  });

  embedded('has ten attributes at most', async () => {
    const { url: QueueUrl } = await aws.queue();
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', MessageAttributes: attributes(10) }));
    await expect(aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', MessageAttributes: attributes(11) }))).rejects.toMatchObject(REFUSED);
  });

  embedded('is refused alone in its batch', async () => {
    const queue = await aws.queue();
    const Entries = [{ Id: 'late', MessageBody: 'a', DelaySeconds: 901 }, { Id: 'fits', MessageBody: 'b' }, { Id: 'many', MessageBody: 'c', MessageAttributes: attributes(11) }];
    const { Successful, Failed } = await aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    expect([Successful?.map(({ Id }) => Id), Failed?.map(({ Id, Code }) => [Id, Code])]).toEqual([['fits'], [['late', 'InvalidParameterValue'], ['many', 'InvalidParameterValue']]]);
    expect(await receive(queue, { WaitTimeSeconds: 2 })).toMatchObject([{ Body: 'b' }]);
  });
});

describe('a queue', () => {
  const redrive = (deadLetterTargetArn: string, maxReceiveCount: unknown): { RedrivePolicy: string } => ({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) });
  const made = (Attributes: Record<string, string>, suffix = ''): Promise<unknown> => aws.sqs.send(new CreateQueueCommand({ QueueName: `${aws.name('queue')}${suffix}`, Attributes }));

  semantics('has no attributes but those of SQS', async () => {
    await expect(made({ Bogus: '1' })).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  });

  embedded('gives up a message after 1 to 1,000 receives', async () => {
    const dead = await aws.queue();
    for (const count of [0, 1_001]) await expect(made(redrive(dead.arn, count))).rejects.toMatchObject(REFUSED);
  });

  embedded('has a redrive policy that is an object and says all', async () => {
    const dead = await aws.queue();
    for (const RedrivePolicy of ['x', '[]', JSON.stringify({ maxReceiveCount: 2 }), JSON.stringify({ deadLetterTargetArn: dead.arn })]) await expect(made({ RedrivePolicy })).rejects.toMatchObject(REFUSED);
    const { url: QueueUrl } = await aws.queue();
    await expect(aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: 'x' } }))).rejects.toMatchObject(REFUSED);
  });

  embedded('has dead letters in a queue that is there and of its own type', async () => {
    const [dead, deadFifo] = [await aws.queue(), await aws.queue({ FifoQueue: 'true' }, '.fifo')];
    await expect(made(redrive(`${dead.arn}-gone`, 2))).rejects.toMatchObject(REFUSED);
    await expect(made(redrive(deadFifo.arn, 2))).rejects.toMatchObject(REFUSED);
    await expect(made({ FifoQueue: 'true', ...redrive(dead.arn, 2) }, '.fifo')).rejects.toMatchObject(REFUSED);
    await aws.queue({ FifoQueue: 'true', ...redrive(deadFifo.arn, 2) }, '.fifo');
  });
});

describe('a FIFO queue', () => {
  const sent = async ({ url: QueueUrl }: Queue, ...bodies: string[]): Promise<void> => {
    for (const MessageBody of bodies) await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: MessageBody.slice(0, 1) }));
  };
  const ofGroup = (messages: readonly Message[], group: string): string[] => messages.flatMap(({ Body = '' }) => (Body.startsWith(group) ? [Body] : []));

  semantics('gives all messages of a group in one receive, in their order, and no more of it until they are deleted', async () => {
    const queue = await aws.queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' }, '.fifo');
    await sent(queue, 'a1', 'b1', 'a2', 'b2', 'a3');
    const messages = await receive(queue, { WaitTimeSeconds: 2, MaxNumberOfMessages: 10 });
    expect([ofGroup(messages, 'a'), ofGroup(messages, 'b')]).toEqual([['a1', 'a2', 'a3'], ['b1', 'b2']]);
    await sent(queue, 'a4');
    expect(await receive(queue)).toEqual([]);
    for (const { ReceiptHandle } of messages) await aws.sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle }));
    expect(await receive(queue, { WaitTimeSeconds: 2 })).toMatchObject([{ Body: 'a4' }]);
  });

  embedded('gives each message once in a receive that hides none', async () => {
    const queue = await aws.queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' }, '.fifo');
    await sent(queue, 'a1', 'a2');
    for (const _ of [1, 2]) expect((await receive(queue, { MaxNumberOfMessages: 10, VisibilityTimeout: 0 })).map(({ Body }) => Body)).toEqual(['a1', 'a2']);
  });

  embedded('keeps the order of messages that are seen again', async () => {
    const queue = await aws.queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' }, '.fifo');
    await sent(queue, 'a1', 'a2', 'a3');
    for (const { ReceiptHandle } of await receive(queue, { MaxNumberOfMessages: 2 })) await aws.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queue.url, ReceiptHandle, VisibilityTimeout: 0 }));
    expect((await receive(queue, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['a1', 'a2', 'a3']);
  });
});

describe('a batch', () => {
  semantics('has ten entries at most, and not none', async () => {
    const { url: QueueUrl } = await aws.queue();
    const Entries = Array.from({ length: 11 }, (_, index) => ({ Id: String(index), MessageBody: 'a' }));
    await expect(aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({ name: expect.stringMatching(/TooManyEntriesInBatchRequest/) });
    await expect(aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] }))).rejects.toMatchObject({ name: expect.stringMatching(/EmptyBatchRequest/) });
  });

  semantics('of ten is received and deleted in one call each', async () => {
    const queue = await aws.queue();
    await aws.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: String(index) })) }));
    const messages = await receive(queue, { WaitTimeSeconds: 2, MaxNumberOfMessages: 10 });
    const { Successful } = await aws.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })) }));
    expect(Successful).toHaveLength(messages.length);
    expect(messages.length).toBeGreaterThan(0);
  });
});
