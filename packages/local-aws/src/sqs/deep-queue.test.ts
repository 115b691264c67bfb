import { expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { serveDeep } from './deep-queue.fauxqs.ts';
import { SqsQueue, SqsStore } from './fauxqs.ts';

/** Seconds, as fauxqs takes them. */
const SHORT = 0.05;
const LATER_MS = 80;

function queueOf(count: number): SqsQueue {
  const queue = new SqsQueue('q', 'http://q', 'arn:q');
  serveDeep(queue);
  for (let index = 0; index < count; index += 1) queue.enqueue(SqsStore.createMessage(String(index)));
  return queue;
}

const bodies = (taken: ReturnType<SqsQueue['dequeue']>): number[] => taken.map(({ Body }) => Number(Body));

test('gives everything once, in its order, while more comes', () => {
  const queue = queueOf(5_000);
  const all: number[] = [];
  for (let ten = bodies(queue.dequeue(10)); ten.length > 0; ten = bodies(queue.dequeue(10))) {
    all.push(...ten);
    if (all.length === 4_000) for (let index = 5_000; index < 6_000; index += 1) queue.enqueue(SqsStore.createMessage(String(index)));
  }
  expect(all).toEqual(Array.from({ length: 6_000 }, (_, index) => index));
  expect([queue.getAttribute('ApproximateNumberOfMessages'), queue.getAttribute('ApproximateNumberOfMessagesNotVisible')]).toEqual(['0', '6000']);
});

test('shows again what was not deleted in its time, also when that was made shorter', async () => {
  const queue = queueOf(4);
  const [, second] = queue.dequeue(2, SHORT);
  const [third] = queue.dequeue(1, 60);
  queue.deleteMessage(second?.ReceiptHandle ?? '');
  queue.changeVisibility(third?.ReceiptHandle ?? '', SHORT);
  expect(bodies(queue.dequeue(10, 60))).toEqual([3]);
  await delay(LATER_MS);
  expect(bodies(queue.dequeue(10, 60)).sort()).toEqual([0, 2]);
});

test('keeps back what is delayed, and wakes whoever waits for it', async () => {
  const queue = queueOf(0);
  queue.enqueue(SqsStore.createMessage('1', {}, SHORT));
  expect(bodies(queue.dequeue(10))).toEqual([]);
  await queue.waitForMessages(10);
  expect(bodies(queue.dequeue(10))).toEqual([1]);
});

test('is empty after a purge', () => {
  const queue = queueOf(20);
  queue.dequeue(10);
  queue.purge();
  expect([bodies(queue.dequeue(10)), queue.getAttribute('ApproximateNumberOfMessages')]).toEqual([[], '0']);
});
