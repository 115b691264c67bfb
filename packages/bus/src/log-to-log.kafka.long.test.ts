import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { systemSleep } from '@commerce/service-kit/ports';
import { SOURCE } from '../test-kit/aws.ts';
import type { TestKafka } from '../test-kit/kafka.ts';
import { NO_KAFKA, startKafka } from '../test-kit/kafka.ts';
import type { Way } from '../test-kit/log-to-log.ts';
import { describeLogToLog } from '../test-kit/log-to-log.ts';
import { keepLines } from '../test-kit/logger.ts';
import { startKafkaConsumer } from './consumer.kafka.ts';
import { createKafkaPublisher } from './publisher.kafka.ts';

(NO_KAFKA === undefined ? describe : describe.skip)(`on a broker of its own${NO_KAFKA === undefined ? '' : ` (skipped: ${NO_KAFKA})`}`, () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka({ own: true });
  });
  afterAll(() => kafka.close());

  async function open(): Promise<Way> {
    const bus = { connection: kafka.connection, topicPrefix: `${kafka.fresh('way')}-` };
    const closes: (() => unknown)[] = [];
    return {
      publisher: (options) => {
        const publisher = createKafkaPublisher({ ...options, bus, topics: ['fulfillment-events'] });
        closes.push(() => publisher.close());
        return publisher;
      },
      consumer: async ({ log, pool }) => {
        const consumer = await startKafkaConsumer({
          bus, groupId: `${bus.topicPrefix}of-cc`, log, pool, accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], sleep: systemSleep, random: Math.random,
          monotonicMs: () => performance.now(), logger: keepLines(), sessionTimeoutMs: 3_000,
        });
        closes.push(() => consumer.stop());
        return consumer;
      },
      close: async () => void (await Promise.all(closes.map((close) => close()))),
    };
  }

  describeLogToLog('over Kafka', {
    open,
    openDisturbed: async () => ({
      ...(await open()),
      // The broker is killed while events are on their way, and comes again later.
      disturb: async (batch) => {
        if (batch !== 2) return;
        await kafka.kill();
        await wait(500);
        await kafka.start();
      },
      judge: ({ consumer }) => expect((consumer as Awaited<ReturnType<typeof startKafkaConsumer>>).stats().kafkaFaults).toBeGreaterThan(0),
    }),
  });
});
