import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestAws } from '../test-kit/aws.ts';
import { CREDENTIALS, REGION, SOURCE, startTestAws } from '../test-kit/aws.ts';
import type { TestLog } from '../test-kit/database.ts';
import { openTestLog } from '../test-kit/database.ts';
import { completion, delivery } from '../test-kit/events.ts';
import { AwsUnfit, OperatedQueue } from './operated-queue.sqs.ts';
import { createTakeIn } from './take-in.ts';

const { signal } = new AbortController();
let aws: TestAws;
let db: TestLog;
const opened: OperatedQueue[] = [];
beforeAll(async () => {
  [aws, db] = await Promise.all([startTestAws({ maxReceiveCount: 1 }), openTestLog()]);
});
afterAll(async () => {
  for (const queue of opened) queue.close();
  await Promise.all([aws.close(), db.close()]);
});

function queueAt(queueUrl: string): OperatedQueue {
  const queue = new OperatedQueue({ queueUrl, aws: { region: REGION, endpoint: aws.local.url, credentials: CREDENTIALS } });
  opened.push(queue);
  return queue;
}

test('a queue tells its dead-letter queue, and says what is wrong when it is not there', async () => {
  expect(await queueAt(aws.queueUrl).deadLetterUrl(signal)).toBe(aws.deadUrl);
  expect(await queueAt(aws.deadUrl).deadLetterUrl(signal)).toBeUndefined();
  await expect(queueAt(`${aws.queueUrl}-none`).arn(signal)).rejects.toThrow(AwsUnfit);
});

test('what is received is hidden until it is given back, and what is removed is gone', async () => {
  const dead = queueAt(aws.deadUrl);
  expect(await dead.send(['one', 'two'], signal)).toEqual(new Set());
  const first = await dead.receive(30, 0, signal);
  expect(first.map(({ body }) => body).sort()).toEqual(['one', 'two']);
  expect(await dead.receive(30, 0, signal)).toEqual([]);
  await dead.release(first.map(({ receiptHandle }) => receiptHandle), signal);
  const again = await dead.receive(30, 0, signal);
  expect(again.map(({ messageId, receiveCount }) => ({ messageId, receiveCount }))).toEqual(first.map(({ messageId }) => ({ messageId, receiveCount: 2 })));
  await dead.remove(again.map(({ receiptHandle }) => receiptHandle), signal);
  expect(await dead.receive(0, 0, signal)).toEqual([]);
});

test('SQS moves dead letters back to where they came from, and tells how far it is', async () => {
  const [queue, dead] = [queueAt(aws.queueUrl), queueAt(aws.deadUrl)];
  await queue.send(['three'], signal);
  const [message] = await queue.receive(0, 0, signal);
  expect(await queue.receive(0, 0, signal)).toEqual([]);
  const before = (await dead.lastMove(signal))?.startedAtMs ?? 0;
  await dead.startMove(500, signal);
  let task = await dead.lastMove(signal);
  for (; task?.status === 'RUNNING'; task = await dead.lastMove(signal)) await wait(10);
  expect(task).toMatchObject({ status: 'COMPLETED', moved: 1 });
  expect(task?.startedAtMs).toBeGreaterThan(before);
  const [moved] = await queue.receive(30, 0, signal);
  expect(moved).toMatchObject({ body: 'three', receiveCount: 1 });
  expect(moved?.messageId).not.toBe(message?.messageId);
});

test('taking in judges as the consumer does, twice changes nothing, and refusals are kept by message', async () => {
  const takeIn = createTakeIn({ log: db.log, pool: db.pool, queue: 'completions', accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }] });
  const [good, other] = [completion(), completion()];
  const forged = { ...good, data: other.data };
  const messages = [delivery(good), 'no JSON', delivery(forged), delivery(other)].map((body, index) => ({ messageId: `message-${index}`, body, attributes: {}, receiveCount: 0 }));
  const kinds = async (): Promise<string[]> => (await takeIn.take(messages)).map((verdict) => (verdict.kind === 'refused' ? verdict.reason : verdict.kind));
  expect(await kinds()).toEqual(['appended', 'malformed', 'conflict', 'appended']);
  expect(await kinds()).toEqual(['duplicate', 'malformed', 'conflict', 'duplicate']);
  const { rows } = await db.pool.query('SELECT message_id, queue, reason, receive_count FROM refusals ORDER BY 1');
  expect(rows).toEqual([{ message_id: 'message-1', queue: 'completions', reason: 'malformed', receive_count: 0 }, { message_id: 'message-2', queue: 'completions', reason: 'conflict', receive_count: 0 }]);
});
