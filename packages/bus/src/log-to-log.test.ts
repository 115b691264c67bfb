import { afterAll, beforeAll, expect } from '@jest/globals';
import { systemSleep } from '@commerce/service-kit/ports';
import type { TestAws } from '../test-kit/aws.ts';
import { BUS, CREDENTIALS, REGION, SOURCE, startTestAws } from '../test-kit/aws.ts';
import { startFront } from '../test-kit/front.http.ts';
import type { Way } from '../test-kit/log-to-log.ts';
import { describeLogToLog } from '../test-kit/log-to-log.ts';
import { keepLines } from '../test-kit/logger.ts';
import { startSqsConsumer } from './consumer.sqs.ts';
import { createEventBridgePublisher } from './publisher.eventbridge.ts';

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws.close());

/** Publishes by way of `endpoint`. */
function open(endpoint: string = aws.local.url): Way {
  const closes: (() => unknown)[] = [];
  return {
    publisher: (options) => {
      const publisher = createEventBridgePublisher({ ...options, client: { region: REGION, endpoint, credentials: CREDENTIALS }, busName: BUS });
      closes.push(() => publisher.close());
      return publisher;
    },
    consumer: async ({ log, pool }) => {
      const consumer = await startSqsConsumer({
        queueUrl: aws.queueUrl, clientOptions: { region: REGION, endpoint: aws.local.url, credentials: CREDENTIALS }, log, pool,
        accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger: keepLines(), waitSeconds: 0, receivers: 2,
      });
      closes.push(() => consumer.stop());
      return consumer;
    },
    close: async () => void (await Promise.all(closes.map((close) => close()))),
  };
}

describeLogToLog('over EventBridge and SQS', {
  open: async () => open(),
  openDisturbed: async () => {
    aws.local.faults.set({ seed: 3, duplicates: 0.2, reorder: 0.3, reorderWithinMs: 40 });
    let calls = 0;
    const front = await startFront(({ action }) => {
      if (action !== 'PutEvents') return { pass: true };
      calls += 1;
      if (calls % 7 === 0) return 'cut';
      if (calls % 5 !== 0) return { pass: true };
      // What AWS took is reported as failed: the publisher sends it again, and it arrives twice.
      return { pass: true, change: ({ Entries }) => ({ FailedEntryCount: 1, Entries: Entries.map((entry: object, index: number) => (index === 0 ? { ErrorCode: 'InternalFailure' } : entry)) }) };
    }, aws.local.url);
    const way = open(front.url);
    return {
      ...way,
      disturb: async () => undefined,
      judge: ({ consumer, publisher }) => {
        expect(consumer.stats().duplicates).toBeGreaterThan(20);
        expect(publisher.stats().retried).toBeGreaterThan(0);
      },
      close: async () => {
        await way.close();
        await front.close();
      },
    };
  },
});
