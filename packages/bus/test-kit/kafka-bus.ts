/** A bus of a test's own on the brokers of the run: topics that nobody else has, a producer, and a look at what stands in a topic. */
import { setTimeout as wait } from 'node:timers/promises';
import { systemSleep } from '@commerce/service-kit/ports';
import type { MessageToProduce } from '@platformatic/kafka';
import type { KafkaBus } from '../src/bus-topics.kafka.ts';
import { assertTopics, topicOn } from '../src/bus-topics.kafka.ts';
import { createGroupReader } from '../src/group-reader.kafka.ts';
import { idempotentProducer } from '../src/kafka-connection.kafka.ts';
import type { KafkaRecord } from '../src/kafka-records.ts';
import type { TestKafka } from './kafka.ts';
import { keepLines } from './logger.ts';

export const TOPIC = 'fulfillment-events';

export interface TestKafkaBus extends KafkaBus {
  /** Writes records as they are, into the topic of fulfillments unless they name another of the table. */
  send(records: readonly { readonly topic?: string; readonly key?: string; readonly value: string; readonly headers?: Readonly<Record<string, string>> }[]): Promise<void>;
  /** What stands in a topic of this bus, once there are `count` records; in the order of each partition. */
  read(topic: string, count: number): Promise<KafkaRecord[]>;
  close(): Promise<void>;
}

export async function openKafkaBus({ connection, fresh }: TestKafka): Promise<TestKafkaBus> {
  const bus: KafkaBus = { connection, topicPrefix: `${fresh('bus')}-` };
  await assertTopics(bus, [TOPIC], true);
  const producer = idempotentProducer(connection);
  return {
    ...bus,
    send: async (records) => {
      const messages = records.map(({ topic = TOPIC, key = 'order', value, headers = {} }): MessageToProduce => ({
        topic: topicOn(bus, topic), key: Buffer.from(key), value: Buffer.from(value), headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
      }));
      await producer.send({ messages });
    },
    read: async (topic, count) => {
      const found: KafkaRecord[] = [];
      const reader = createGroupReader({
        connection, groupId: fresh('look'), topics: [topicOn(bus, topic)], sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger: keepLines(),
        handle: async (records) => void found.push(...records),
      });
      reader.start();
      const deadline = performance.now() + 20_000;
      while (found.length < count && performance.now() < deadline) await wait(20);
      await reader.stop();
      if (found.length < count) throw new Error(`only ${found.length} of ${count} records came`);
      return found;
    },
    close: () => producer.close(),
  };
}
