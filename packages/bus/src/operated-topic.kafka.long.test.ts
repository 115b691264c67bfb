/** A dead-letter topic on a real Kafka, looked through hand after hand. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Producer } from '@platformatic/kafka';
import type { TestKafka } from '../test-kit/kafka.ts';
import { NO_KAFKA, startKafka } from '../test-kit/kafka.ts';
import type { TestKafkaBus } from '../test-kit/kafka-bus.ts';
import { openKafkaBus, TOPIC } from '../test-kit/kafka-bus.ts';
import type { From } from './dead-letter-topics.kafka.ts';
import { lookAtDeadLetters } from './dead-letter-topics.kafka.ts';
import { clientOptions, KafkaUnfit } from './kafka-connection.kafka.ts';
import { KEY_ATTRIBUTE } from './kafka-records.ts';
import { OperatedTopic } from './operated-topic.kafka.ts';
import type { LyingMessage } from './operated-queue.sqs.ts';

const { signal } = new AbortController();

(NO_KAFKA === undefined ? describe : describe.skip)(`a dead-letter topic${NO_KAFKA === undefined ? '' : ` (skipped: ${NO_KAFKA})`}`, () => {
  let kafka: TestKafka;
  let bus: TestKafkaBus;
  let topic: OperatedTopic;
  beforeAll(async () => {
    kafka = await startKafka();
    bus = await openKafkaBus(kafka);
    topic = new OperatedTopic({ bus, client: 'shop', topic: TOPIC, batch: 40 });
  }, 60_000);
  afterAll(async () => {
    await topic?.close();
    await bus?.close();
    await kafka?.close();
  });

  const put = (values: readonly string[]): Promise<void> => bus.send(values.map((value) => ({ topic: `${TOPIC}.dead-letters`, value, key: 'one', headers: { 'dead-letter-reason': 'malformed', odd: 'a\u0000b' } })));
  const rest = async (of = topic): Promise<LyingMessage[]> => {
    const all: LyingMessage[] = [];
    for (let some = await of.receive(20, 0, signal); some.length > 0; some = await of.receive(20, 0, signal)) all.push(...some);
    return all;
  };
  const handlesOf = (messages: readonly LyingMessage[]): string[] => messages.map(({ receiptHandle }) => receiptHandle);

  test('shows each record once in a hand, some at a time, and all of them to those who ask side by side', async () => {
    const values = Array.from({ length: 130 }, (_, n) => `letter ${n}`);
    await put(values);
    expect(await topic.depth()).toBe(130);
    const first = await topic.receive(20, 0, signal);
    expect(first).toHaveLength(40);
    expect(first[0]).toMatchObject({ body: 'letter 0', attributes: { 'dead-letter-reason': 'malformed', odd: 'ab', [KEY_ATTRIBUTE]: 'one' } });
    const others = (await Promise.all([rest(), rest(), rest()])).flat();
    expect([...first, ...others].map(({ body }) => body).toSorted()).toEqual(values.toSorted());
    expect(new Set([...first, ...others].map(({ messageId }) => messageId)).size).toBe(130);
    expect(first.every(({ messageId }) => /^[A-Za-z0-9_-]{1,100}$/.test(messageId))).toBe(true);
    expect(await topic.depth()).toBe(130);
    await topic.release();
  });

  test('shows what was not removed again in the next hand, and never again what nothing open stands before', async () => {
    const first = await rest();
    await topic.remove(handlesOf(first.slice(0, 50)));
    await topic.remove(handlesOf(first.slice(60)));
    expect(await topic.depth()).toBe(10);
    await topic.release();
    // What lies behind the ten that are open comes too: that it was ended is known elsewhere.
    const asked: From[][] = [];
    const look = lookAtDeadLetters({ bus, client: 'shop', topics: [TOPIC, 'order-events'], ended: async (_, from) => {
      asked.push([...from]);
      return 70;
    } });
    expect([...await look.waiting()]).toEqual([[TOPIC, 10], ['order-events', 0]]);
    expect(asked).toMatchObject([[{ offset: 50n }]]);
    expect(first[50]?.messageId.startsWith(`${asked[0]?.[0]?.place}-`)).toBe(true);
    const second = await rest();
    expect(second.map(({ messageId }) => messageId)).toEqual(first.slice(50).map(({ messageId }) => messageId));
    await topic.remove(handlesOf(second));
    await topic.release();
    expect(await rest()).toEqual([]);
    expect((await look.waiting()).get(TOPIC)).toBe(0);
    await put(['late']);
    expect((await rest()).map(({ body }) => body)).toEqual(['late']);
    await look.close();
  });

  test('stands for each client where that one has come: what one has ended is open for the other', async () => {
    const other = new OperatedTopic({ bus, client: 'other-shop', topic: TOPIC, batch: 1_000 });
    const [ours, theirs] = ['shop', 'other-shop'].map((client) => lookAtDeadLetters({ bus, client, topics: [TOPIC] }));
    const waits = async (): Promise<unknown[]> => Promise.all([ours, theirs].map(async (look) => (await look?.waiting())?.get(TOPIC)));
    await topic.release();
    await topic.remove(handlesOf(await rest()));
    await topic.release();
    await put(['for both']);
    const all = await rest(other);
    expect([all.at(-1)?.body, await waits()]).toEqual(['for both', [1, all.length]]);
    await other.remove(handlesOf(all));
    expect(await waits()).toEqual([1, 0]);
    expect((await rest()).map(({ body }) => body)).toEqual(['for both']);
    await topic.release();
    await Promise.all([other.close(), ours?.close(), theirs?.close()]);
  });

  test('counts no marks of transactions as letters: when all are ended none is left', async () => {
    await topic.release();
    await topic.remove(handlesOf(await rest()));
    await topic.release();
    const producer = new Producer({ ...clientOptions(bus.connection), idempotent: true, transactionalId: `${bus.topicPrefix}one` });
    const look = lookAtDeadLetters({ bus, client: 'shop', topics: [TOPIC] });
    for (const value of ['in a transaction', 'in another one']) {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [{ topic: `${bus.topicPrefix}${TOPIC}.dead-letters`, value: Buffer.from(value) }] });
      await transaction.commit();
    }
    const letters = await rest();
    expect(letters.map(({ body }) => body)).toEqual(['in a transaction', 'in another one']);
    expect(await topic.depth()).toBe(2);
    await topic.remove(handlesOf(letters.slice(1)));
    expect(await topic.depth()).toBe(1);
    await topic.remove(handlesOf(letters));
    await topic.release();
    expect([await topic.depth(), (await look.waiting()).get(TOPIC)]).toEqual([0, 0]);
    await Promise.all([producer.close(), look.close()]);
  });

  test('tells for how long it keeps them, and what is wrong when it is not there', async () => {
    expect(await topic.retentionSeconds()).toBe(14 * 24 * 60 * 60);
    const none = new OperatedTopic({ bus, client: 'shop', topic: 'nothing-like-it' });
    await expect(none.arn()).rejects.toThrow(KafkaUnfit);
    await none.close();
  });
});
