/** When a message in hand is extended, with a queue whose answers are slow. All else of the consumer is tried on real queues, in the long test. */
import { expect, test } from '@jest/globals';
import { createCatalogue } from '@commerce/events/catalogue';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { systemSleep } from '@commerce/service-kit/ports';
import { SOURCE } from '../test-kit/aws.ts';
import { completion, delivery } from '../test-kit/events.ts';
import { keepLines } from '../test-kit/logger.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import type { QueueCalls } from './queue.sqs.ts';

const HIDE_SECONDS = 2;

test('a message whose answer came late is extended by the time at which it was asked for: before SQS shows it to others', async () => {
  const monotonicMs = (): number => performance.now();
  let askedMs: number | undefined;
  const extendedMs: number[] = [];
  const removed: string[] = [];
  const queue: QueueCalls = {
    name: 'slow', close: () => undefined,
    facts: async () => ({ visibilitySeconds: 30 }) as Awaited<ReturnType<QueueCalls['facts']>>,
    receive: async () => {
      if (askedMs !== undefined) {
        await systemSleep(20);
        return [];
      }
      askedMs = monotonicMs();
      await systemSleep(HIDE_SECONDS * 700);
      return [{ messageId: 'm-1', receiptHandle: 'h-1', body: delivery(completion()), receiveCount: 1 }] as Awaited<ReturnType<QueueCalls['receive']>>;
    },
    remove: async (handles) => {
      removed.push(...handles);
      return [];
    },
    changeVisibility: async () => {
      extendedMs.push(monotonicMs() - (askedMs ?? 0));
      return [];
    },
  };
  const stored = Promise.withResolvers<void>();
  const consumer = await startSqsConsumer({
    queueUrl: 'http://127.0.0.1:1/slow', queue, accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], pool: undefined as never, sleep: systemSleep, random: Math.random, monotonicMs, logger: keepLines(),
    log: { catalogue: createCatalogue([FulfillmentCompleted]), appendForeign: async (events) => stored.promise.then(() => events.map(() => ({ kind: 'appended' as const }))) },
    hideSeconds: HIDE_SECONDS, receivers: 1,
  });
  while (extendedMs.length === 0) await systemSleep(10);
  expect(extendedMs[0]).toBeLessThan(HIDE_SECONDS * 1_000);
  stored.resolve();
  while (removed.length === 0) await systemSleep(10);
  expect(removed).toEqual(['h-1']);
  await consumer.stop();
}, 20_000);
