import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { TOPICS } from '@commerce/events/topics';
import { systemSleep } from '@commerce/service-kit/ports';
import { Admin } from '@platformatic/kafka';
import { until } from '../test-kit/consumer-suite.ts';
import { stored } from '../test-kit/events.ts';
import type { TestKafka } from '../test-kit/kafka.ts';
import { NO_KAFKA, startKafka } from '../test-kit/kafka.ts';
import type { TestKafkaBus } from '../test-kit/kafka-bus.ts';
import { openKafkaBus, TOPIC } from '../test-kit/kafka-bus.ts';
import { keepLines } from '../test-kit/logger.ts';
import { describePublisher } from '../test-kit/publisher-suite.ts';
import { assertTopics } from './bus-topics.kafka.ts';
import { clientOptions } from './kafka-connection.kafka.ts';
import type { BusPublisher, PublishingOptions, PublishRefusal } from './publisher.ts';
import { createKafkaPublisher } from './publisher.kafka.ts';

(NO_KAFKA === undefined ? describe : describe.skip)(`on a broker of its own${NO_KAFKA === undefined ? '' : ` (skipped: ${NO_KAFKA})`}`, () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka({ own: true });
  });
  afterAll(() => kafka.close());

  describePublisher('the publisher to Kafka', {
    refused: () => stored({ data: { orderId: 'large', note: 'x'.repeat(1_200_000) } }), refusedCode: 'MESSAGE_TOO_LARGE',
    lab: async () => {
      const bus = await openKafkaBus(kafka);
      return {
        open: (options) => createKafkaPublisher({ ...options, bus, topics: [TOPIC] }),
        taken: async (count) => (await bus.read(TOPIC, count)).map(({ value }) => JSON.parse(String(value))),
        away: kafka.kill, back: kafka.start, close: () => bus.close(),
      };
    },
  });

  describe('the publisher to Kafka', () => {
    const running: (() => Promise<unknown> | void)[] = [];
    afterEach(async () => {
      for (const close of running.splice(0).reverse()) await close();
    });

    async function lab(options: Partial<PublishingOptions> = {}): Promise<{ bus: TestKafkaBus; publisher: BusPublisher; refusals: PublishRefusal[] }> {
      const bus = await openKafkaBus(kafka);
      const refusals: PublishRefusal[] = [];
      const publisher = createKafkaPublisher({
        bus, topics: [TOPIC], sleep: systemSleep, random: Math.random, logger: keepLines(), backoff: { baseMs: 1, maxMs: 4 }, undeliverable: async (some) => void refusals.push(...some), ...options,
      });
      running.push(() => bus.close(), () => publisher.close());
      return { bus, publisher, refusals };
    }

    const signal = new AbortController().signal;
    const many = (count: number, given: (index: number) => Partial<StoredEvent>): StoredEvent[] => Array.from({ length: count }, (_, index) => stored(given(index)));

    test('writes each subject into one partition in the order of the log, with source and type in the headers', async () => {
      const { bus, publisher } = await lab();
      const events = many(1_200, (index) => ({ subject: `order-${index % 40}` }));
      await publisher.handle(events, signal);
      const records = await bus.read(TOPIC, 1_200);
      const bySubject = Map.groupBy(records, ({ key }) => String(key));
      expect(bySubject.size).toBe(40);
      for (const [subject, own] of bySubject) {
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
        expect(own.map(({ value }) => JSON.parse(String(value)).eventId)).toEqual(events.filter((event) => event.subject === subject).map(({ eventId }) => eventId));
      }
      expect(new Set(records.map(({ partition }) => partition)).size).toBeGreaterThan(6);
      expect(Object.fromEntries(records[0]?.headers ?? [])).toEqual({ 'content-type': 'application/json', source: 'order-fulfillment', 'event-type': 'FulfillmentCompleted', 'event-id': expect.any(String) });
    });

    test('says beside an event that is sent once more why it is', async () => {
      const { bus, publisher } = await lab({ wireFormat: 'cloudevents' });
      expect(await publisher.republish([stored()], signal, 'replay/7')).toEqual([]);
      const [record] = await bus.read(TOPIC, 1);
      expect([record?.headers.get('resource'), record?.headers.get('content-type')]).toEqual(['replay/7', 'application/cloudevents+json']);
    });

    test('keeps events whose topic is gone from holding up the others', async () => {
      const { bus, publisher, refusals } = await lab({ laterTries: 1 });
      const events = many(9, (index) => (index === 3 ? { topic: 'nobodys-events' } : {}));
      await publisher.handle(events, signal);
      expect(await bus.read(TOPIC, 8)).toHaveLength(8);
      expect(refusals).toMatchObject([{ event: { eventId: events[3]?.eventId }, code: 'UNKNOWN_TOPIC_OR_PARTITION' }]);
    });

    test('makes the topics with the partitions and the retention of the table, and refuses one that has fewer', async () => {
      const bus = { connection: kafka.connection, topicPrefix: `${kafka.fresh('made')}-` };
      await assertTopics(bus, ['payment-events', 'inventory-events']);
      const admin = new Admin(clientOptions(kafka.connection));
      running.push(() => admin.close());
      const names = (['payment-events', 'inventory-events'] as const).map((topic) => `${bus.topicPrefix}${topic}`);
      // The client sorts the list that it is given. A broker hears of new topics a moment after the controller has made them.
      const known = (wanted: readonly string[]) => until(() => admin.metadata({ topics: [...wanted], forceUpdate: true }).then(() => true, () => false));
      await known(names);
      const { topics } = await admin.metadata({ topics: [...names] });
      expect(names.map((topic) => topics.get(topic)?.partitionsCount)).toEqual([TOPICS['payment-events'].partitions, TOPICS['inventory-events'].partitions]);
      const [{ configs } = { configs: [] }] = await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: names[0] ?? '', configurationKeys: ['retention.ms'] }], includeSynonyms: false, includeDocumentation: false });
      expect(configs.map(({ value }) => value)).toEqual([String(7 * 365 * 86_400_000)]);

      await admin.createTopics({ topics: [`${bus.topicPrefix}order-events`], partitions: 2, replicas: 1 });
      await known([`${bus.topicPrefix}order-events`]);
      await expect(assertTopics(bus, ['order-events'])).rejects.toThrow(/order-events \(2 of 20\)/);
    });
  });
});
