import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { systemSleep } from '@commerce/service-kit/ports';
import { SOURCE } from '../test-kit/aws.ts';
import type { Brought } from '../test-kit/consumer-suite.ts';
import { describeConsumer, until } from '../test-kit/consumer-suite.ts';
import type { TestLog } from '../test-kit/database.ts';
import { openTestLog } from '../test-kit/database.ts';
import { completion, completions } from '../test-kit/events.ts';
import type { TestKafka } from '../test-kit/kafka.ts';
import { NO_KAFKA, startKafka } from '../test-kit/kafka.ts';
import type { TestKafkaBus } from '../test-kit/kafka-bus.ts';
import { openKafkaBus, TOPIC } from '../test-kit/kafka-bus.ts';
import { keepLines } from '../test-kit/logger.ts';
import type { KafkaConsumer, KafkaConsumerOptions } from './consumer.kafka.ts';
import { startKafkaConsumer } from './consumer.kafka.ts';

type Sent = Parameters<TestKafkaBus['send']>[0][number];

/** The record in which something comes. */
function recordOf(brought: Brought): Sent {
  if ('text' in brought) return { value: brought.text };
  const { event, source = event.source } = brought;
  return { key: (event.data as { orderId?: string }).orderId ?? 'order', value: JSON.stringify(event), headers: { source, 'event-type': event.eventType } };
}

const ours = { accepts: [{ source: SOURCE, type: 'FulfillmentCompleted' }], sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now() };

(NO_KAFKA === undefined ? describe : describe.skip)(`on Kafka${NO_KAFKA === undefined ? '' : ` (skipped: ${NO_KAFKA})`}`, () => {
  let kafka: TestKafka;
  let db: TestLog;
  beforeAll(async () => {
    [kafka, db] = await Promise.all([startKafka(), openTestLog()]);
  });
  afterAll(() => Promise.all([kafka.close(), db.close()]));

  const running: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of running.splice(0).reverse()) await close();
  });

  describeConsumer('the consumer of topics', {
    receives: 1, refusedBy: /^bus-.*-of-cc$/, isShared: true, points: ['consumer.appended', 'reader.handled'],
    open: async (log, end) => {
      const bus = await openKafkaBus(kafka);
      const logger = keepLines();
      const consumers: KafkaConsumer[] = [];
      let sent = 0;
      end(() => bus.close());
      return {
        lines: logger.lines, bodyOf: (brought) => recordOf(brought).value,
        bring: async (brought) => {
          await bus.send(brought.map(recordOf));
          sent += brought.length;
        },
        isSettled: async () => consumers.reduce((sum, consumer) => sum + consumer.stats().committed, 0) >= sent,
        dead: async (count) => (await bus.read(`${TOPIC}.dead-letters`, count)).map(({ headers, value }) => ({
          messageId: ['topic', 'partition', 'offset'].map((part) => headers.get(`dead-letter-${part}`)).join('/'), body: String(value),
        })),
        start: async (settings = {}) => {
          const consumer = await startKafkaConsumer({ ...ours, bus, groupId: `${bus.topicPrefix}of-cc`, log: log.log, pool: log.pool, logger, ...settings });
          consumers.push(consumer);
          end(() => consumer.stop());
          return consumer;
        },
      };
    },
  });

  describe('a topic', () => {
    /** A bus, and consumers of one service on it. */
    async function lab(): Promise<{ bus: TestKafkaBus; start: (given?: Partial<KafkaConsumerOptions>) => Promise<KafkaConsumer> }> {
      const bus = await openKafkaBus(kafka);
      running.push(() => bus.close());
      const start = async (given: Partial<KafkaConsumerOptions> = {}): Promise<KafkaConsumer> => {
        const consumer = await startKafkaConsumer({ ...ours, bus, groupId: `${bus.topicPrefix}of-cc`, log: db.log, pool: db.pool, logger: keepLines(), ...given });
        running.push(() => consumer.stop());
        return consumer;
      };
      return { bus, start };
    }

    const inLog = async (ids: readonly string[]): Promise<string[]> => (await db.pool.query('SELECT event_id FROM events WHERE event_id = ANY ($1::uuid[]) ORDER BY txid, position', [ids])).rows.map((row) => row.event_id);

    test('holds the events for all clients: those of others are passed over, and are no dead letters', async () => {
      const { bus, start } = await lab();
      const consumer = await start({ isOurs: (data) => (data as { clientId?: unknown }).clientId === 'us' });
      const us = completion();
      const [mine, other] = [{ ...us, data: { ...(us.data as object), clientId: 'us' } }, completion()];
      await bus.send([mine, other].map((event) => recordOf({ event })));
      await until(() => consumer.stats().committed === 2);
      expect(consumer.stats()).toMatchObject({ received: 2, appended: 1, passedOver: 1, refused: {} });
      expect(await inLog([mine.eventId, other.eventId])).toEqual([mine.eventId]);
    });

    test('is divided among the processes of a service, and anew when one comes or goes: nothing is lost, nothing twice, each subject in its order', async () => {
      const { bus, start } = await lab();
      const subjects = Array.from({ length: 30 }, () => `order-${uuid7(Date.now())}`);
      const sent: EventEnvelope[] = [];
      /** One more event of each subject, over and over, until it holds. */
      const sendUntil = async (judge: () => boolean): Promise<void> => {
        for (let round = 0; !judge(); round += 1) {
          if (round > 300) throw new Error('it did not come about');
          const some = subjects.map((orderId) => completion({ data: { ...(completion().data as object), orderId } }));
          sent.push(...some);
          await bus.send(some.map((event) => recordOf({ event })));
          await wait(50);
        }
      };
      const first = await start({ batchSize: 20 });
      await sendUntil(() => first.stats().appended > 60);
      const second = await start({ batchSize: 20 });
      await sendUntil(() => second.stats().appended > 60);
      const before = second.stats().appended;
      await Promise.all([first.stop(), sendUntil(() => second.stats().appended > before + 100)]);
      await until(async () => (await inLog(sent.map(({ eventId }) => eventId))).length === sent.length);
      expect(first.stats().appended + second.stats().appended).toBe(sent.length);

      const arrived = await inLog(sent.map(({ eventId }) => eventId));
      const subjectOf = new Map(sent.map(({ eventId, data }) => [eventId, (data as { orderId: string }).orderId]));
      const bySubject = (ids: readonly string[]): Map<string | undefined, string[]> => Map.groupBy(ids, (eventId) => subjectOf.get(eventId));
      for (const [subject, ids] of bySubject(sent.map(({ eventId }) => eventId))) expect(bySubject(arrived).get(subject)).toEqual(ids);
    });

    test('keeps what one record spoils from the others of its partition', async () => {
      const { bus, start } = await lab();
      const consumer = await start();
      const good = completions(10).map((event) => ({ ...recordOf({ event }), key: 'one' }));
      await bus.send([...good.slice(0, 5), { key: 'one', value: 'poison' }, ...good.slice(5)]);
      await until(() => consumer.stats().committed === 11);
      expect(consumer.stats()).toMatchObject({ appended: 10, refused: { malformed: 1 } });
      const [dead] = await bus.read(`${TOPIC}.dead-letters`, 1);
      expect([String(dead?.key), String(dead?.value), dead?.headers.get('dead-letter-reason')]).toEqual(['one', 'poison', 'malformed']);
    });
  });

  test('a Kafka that cannot be reached does not refuse the start, but is told, and is no health', async () => {
    const logger = keepLines();
    const consumer = await startKafkaConsumer({
      ...ours, bus: { connection: { brokers: ['127.0.0.1:1'], clientId: 'test' } }, groupId: 'nowhere', log: db.log, pool: db.pool, logger,
    });
    expect(consumer.healthy()).toBe(false);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { reason: expect.stringContaining('Is KAFKA_BROKERS right') } }]);
    await consumer.stop();
  });
});
