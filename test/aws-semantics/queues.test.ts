/** SQS, as far as the pair and its tools rely on it. */
import {
  ChangeMessageVisibilityCommand, DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { openAws, semantics } from './aws-under-test.ts';
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
