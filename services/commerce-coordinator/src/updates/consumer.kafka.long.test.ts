/** Updates over a real Kafka: the client of the ingest at one end, the consumer at the other. What is behind the consumer fails as it is told. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createGroupReader } from '@commerce/bus/group-reader';
import { lookAtDeadLetters } from '@commerce/bus/dead-letter-topics';
import type { KafkaRecord } from '@commerce/bus/kafka-records';
import type { KafkaBus } from '@commerce/bus/kafka-topics';
import { OperatedTopic } from '@commerce/bus/operated-topic';
import { createRecordSender } from '@commerce/bus/record-sender';
import type { TestBroker } from '@commerce/local-kafka/test-broker';
import { NO_KAFKA, startTestBroker } from '@commerce/local-kafka/test-broker';
import { systemSleep } from '@commerce/service-kit/ports';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createKafkaClient } from '../ingest/client.kafka.ts';
import type { Client, SendContext } from '../ingest/client.ts';
import { ErrServiceUnavailable } from '../ingest/errors.ts';
import { DISPUTE, ORDER } from '../ingest/test-updates.ts';
import type { UpdatesConsumer } from './consumer.kafka.ts';
import { createUpdatesConsumer } from './consumer.kafka.ts';
import { deadUpdates } from './dead-updates.ts';
import { recordKeys, signatureHeaders } from './record-signature.ts';
import type { RecordKeys } from './record-signature.ts';
import { updateTopics } from './topics.kafka.ts';
import type { OrderUpdateRequest, UpdateAnswer, UpdateFlow, UpdateOutcome, Updates } from './update.ts';

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const keyText = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const KEYS = recordKeys(keyText(1), undefined);
const PARTS = { sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger: QUIET, sessionTimeoutMs: 3_000 };

interface Put {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sign it, over what stands in `signed` in the place of what is sent. */
  readonly keys?: RecordKeys;
  readonly signed?: { readonly topic?: string; readonly key?: string };
  readonly correlationId?: string;
}

async function until(isSo: () => boolean, what: string, limitMs = 20_000): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${limitMs} ms: ${what}.`);
    await wait(20);
  }
}

(NO_KAFKA === undefined ? describe : describe.skip)(`updates over Kafka${NO_KAFKA === undefined ? '' : ` (${NO_KAFKA})`}`, () => {
  let broker: TestBroker;
  let bus: KafkaBus;
  let client: Client;
  let consumers: UpdatesConsumer[] = [];
  let taken: { readonly orderId: string; readonly providerEventId: string; readonly correlationId: string }[] = [];
  let answer: (update: { readonly providerEventId: string }) => UpdateOutcome | Promise<UpdateOutcome>;
  beforeAll(async () => {
    broker = await startTestBroker({ own: false });
  });
  beforeEach(() => {
    bus = { connection: { brokers: [broker.address], clientId: 'test' }, topicPrefix: `${randomUUID().slice(0, 8)}.` };
    client = createKafkaClient({ bus, keys: KEYS, nowMs: Date.now });
    taken = [];
    answer = () => ({ verdict: 'applied' });
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    consumers = [];
    await client.close();
  });
  afterAll(() => broker.close());

  const processed = async ({ orderId = '', providerEventId }: { readonly orderId?: string | undefined; readonly providerEventId: string }, { correlationId }: UpdateFlow): Promise<UpdateOutcome> => {
    const given = await answer({ providerEventId });
    taken.push({ orderId, providerEventId, correlationId });
    return given;
  };
  const updates: Updates = { processOrderUpdate: processed, processDisputeUpdate: processed };

  function consume(keys = KEYS): UpdatesConsumer {
    const consumer = createUpdatesConsumer({ ...PARTS, bus, client: 'shop', updates, keys });
    consumers.push(consumer);
    consumer.start();
    return consumer;
  }

  const context = (limitMs = 5_000): SendContext => ({ signal: AbortSignal.timeout(limitMs), leftMs: () => limitMs, correlationId: randomUUID() });
  const orderUpdate = (orderId: string, number: number): OrderUpdateRequest => ({ ...ORDER, orderId, providerEventId: `evt-${number}`, sequence: number });

  /** Puts a record into the topic as it is: under these headers, or signed by the ingest. */
  async function put(orderId: string, value: string, { headers = {}, keys, correlationId = randomUUID(), signed = {} }: Put = { keys: KEYS }): Promise<void> {
    const topic = updateTopics(bus).orders;
    const proof = keys === undefined ? {} : signatureHeaders(keys, { topic, key: orderId, value: Buffer.from(value), correlationId, ...signed }, Date.now());
    const all = { ...(correlationId !== '' && { 'x-correlation-id': correlationId }), ...proof, ...headers };
    const sender = createRecordSender({ connection: bus.connection });
    await sender.send({ topic, key: Buffer.from(orderId), value: Buffer.from(value), headers: new Map(Object.entries(all).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])) });
    await sender.close();
  }

  async function deadLetters(count: number): Promise<KafkaRecord[]> {
    const found: KafkaRecord[] = [];
    const reader = createGroupReader({ ...PARTS, connection: bus.connection, groupId: randomUUID(), topics: [`${updateTopics(bus).orders}.dead-letters`], handle: async (records) => void found.push(...records) });
    reader.start();
    await until(() => found.length >= count, `${count} dead letters`);
    await reader.stop();
    return found;
  }

  test('arrive under the flow of their webhook, those of one order in their order', async () => {
    for (let number = 0; number < 20; number += 1) await client.sendOrderUpdate(orderUpdate(`o-${number % 4}`, number), context());
    const flow = context();
    expect(await client.sendDisputeUpdate({ ...DISPUTE, orderId: 'o-9' }, flow)).toBe('accepted');
    const consumer = consume();
    await until(() => consumer.stats().committed === 21, 'all of them');
    expect(taken.filter(({ orderId }) => orderId === 'o-1').map(({ providerEventId }) => providerEventId)).toEqual(['evt-1', 'evt-5', 'evt-9', 'evt-13', 'evt-17']);
    expect(taken.find(({ orderId }) => orderId === 'o-9')?.correlationId).toBe(flow.correlationId);
    expect(consumer.stats()).toMatchObject({ verdicts: { applied: 21 }, putAside: {} });
  });

  test('are settled by every verdict, and counted', async () => {
    const verdicts: Record<string, UpdateAnswer['verdict']> = { 'evt-0': 'applied', 'evt-1': 'stale', 'evt-2': 'duplicate', 'evt-3': 'unknown_order', 'evt-4': 'invalid_status' };
    answer = ({ providerEventId }) => ({ verdict: verdicts[providerEventId] ?? 'applied' });
    for (let number = 0; number < 5; number += 1) await client.sendOrderUpdate(orderUpdate('o-1', number), context());
    const consumer = consume();
    await until(() => consumer.stats().committed === 5, 'all of them');
    expect(consumer.stats()).toMatchObject({ verdicts: { applied: 1, stale: 1, duplicate: 1, unknown_order: 1, invalid_status: 1 }, putAside: {} });
  });

  test('that are no updates are put aside as they came, and those behind them go on', async () => {
    await client.sendOrderUpdate(orderUpdate('o-1', 1), context());
    await put('o-1', '{"not": "an update"}');
    await put('o-1', 'no JSON \u0000');
    await put('o-1', JSON.stringify(orderUpdate('o-1', 2)), { keys: KEYS, correlationId: '' });
    await client.sendOrderUpdate(orderUpdate('o-1', 3), context());
    const consumer = consume();
    await until(() => consumer.stats().committed === 5, 'all of them');
    expect(taken.map(({ providerEventId }) => providerEventId)).toEqual(['evt-1', 'evt-3']);
    const found = await deadLetters(3);
    expect(found.map(({ value }) => String(value))).toEqual(['{"not": "an update"}', 'no JSON \u0000', JSON.stringify(orderUpdate('o-1', 2))]);
    expect(found.map(({ headers }) => [headers.get('dead-letter-reason'), headers.get('dead-letter-offset')])).toEqual([['invalid', '1'], ['invalid', '2'], ['invalid', '3']]);
    expect(consumer.stats().putAside).toEqual({ invalid: 3 });
  });

  test('that the ingest has not signed are put aside and never applied, whatever they say, and those behind them go on', async () => {
    const stranger = recordKeys(keyText(9), undefined);
    const told = JSON.stringify(orderUpdate('o-1', 1));
    await client.sendOrderUpdate(orderUpdate('o-1', 0), context());
    await put('o-1', told, {});
    await put('o-1', told, { keys: stranger });
    // What was signed for one order, or for another topic, is no proof of this.
    await put('o-1', told, { keys: KEYS, signed: { key: 'o-2' } });
    await put('o-1', told, { keys: KEYS, signed: { topic: updateTopics(bus).disputes } });
    await put('o-1', 'no JSON', {});
    await client.sendOrderUpdate(orderUpdate('o-1', 2), context());
    const consumer = consume();
    await until(() => consumer.stats().committed === 7, 'all of them');
    expect(taken.map(({ providerEventId }) => providerEventId)).toEqual(['evt-0', 'evt-2']);
    expect(consumer.stats()).toMatchObject({ verdicts: { applied: 2 }, putAside: { unsigned: 2, wrong_signature: 3 } });
    expect((await deadLetters(5)).map(({ headers }) => headers.get('dead-letter-reason'))).toEqual(['unsigned', 'wrong_signature', 'wrong_signature', 'wrong_signature', 'unsigned']);
  });

  test('are taken under the key before while it is changed; brought back out of the dead letters they are still signed', async () => {
    await client.sendOrderUpdate(orderUpdate('o-1', 1), context());
    const tooSoon = consume(recordKeys(keyText(2), undefined));
    await until(() => tooSoon.stats().committed === 1, 'the first one');
    expect(tooSoon.stats().putAside).toEqual({ wrong_signature: 1 });
    await tooSoon.stop();

    const look = lookAtDeadLetters({ bus, client: 'shop', topics: ['order-updates', 'dispute-updates'] });
    expect([...await look.waiting()]).toEqual([['order-updates', 1], ['dispute-updates', 0]]);
    const topic = new OperatedTopic({ bus, client: 'shop', topic: 'order-updates' });
    const under = (keys: RecordKeys) => deadUpdates({ name: 'order-updates', writtenTo: updateTopics(bus).orders, topic, keys, updates });
    const [letter] = await topic.receive(20, 0, AbortSignal.timeout(10_000));
    if (letter === undefined) throw new Error('There is no dead letter.');
    const { signal } = new AbortController();
    expect(await under(recordKeys(keyText(2), undefined)).bringBack([letter], signal)).toMatchObject({ done: [], refused: [{ messageId: letter.messageId, reason: 'wrong_signature' }] });
    expect(taken).toEqual([]);
    expect(await under(recordKeys(keyText(2), keyText(1))).bringBack([letter], signal)).toEqual({ done: [letter.messageId], known: 0, refused: [] });
    expect(taken.map(({ providerEventId }) => providerEventId)).toEqual(['evt-1']);
    await topic.remove([letter.receiptHandle]);
    expect((await look.waiting()).get('order-updates')).toBe(0);
    await Promise.all([look.close(), topic.close()]);
  });

  test('that fail by themselves are tried three times and put aside, and those behind them go on', async () => {
    let tries = 0;
    answer = ({ providerEventId }) => {
      if (providerEventId !== 'evt-1') return { verdict: 'applied' };
      tries += 1;
      throw new TypeError('a bug');
    };
    for (let number = 0; number < 3; number += 1) await client.sendOrderUpdate(orderUpdate('o-1', number), context());
    const consumer = consume();
    await until(() => consumer.stats().committed === 3, 'all of them');
    expect(tries).toBe(3);
    expect(taken.map(({ providerEventId }) => providerEventId)).toEqual(['evt-0', 'evt-2']);
    expect((await deadLetters(1)).map(({ headers }) => [headers.get('dead-letter-reason'), headers.get('dead-letter-detail')])).toEqual([['failed', 'TypeError']]);
  });

  test('that are not kept because too many wait are put aside for that, and those behind them go on', async () => {
    answer = ({ providerEventId }) => (providerEventId === 'evt-1' ? { verdict: 'unknown_order', isUnkept: true } : { verdict: 'applied' });
    for (let number = 0; number < 3; number += 1) await client.sendOrderUpdate(orderUpdate('o-1', number), context());
    const consumer = consume();
    await until(() => consumer.stats().committed === 3, 'all of them');
    expect(taken.map(({ providerEventId }) => providerEventId)).toEqual(['evt-0', 'evt-1', 'evt-2']);
    expect(consumer.stats()).toMatchObject({ verdicts: { applied: 2, unknown_order: 1 }, putAside: { too_many_waiting: 1 } });
    expect((await deadLetters(1)).map(({ headers }) => headers.get('dead-letter-reason'))).toEqual(['too_many_waiting']);
  });

  test('wait while the database is away, and none of them is put aside', async () => {
    let isAway = true;
    answer = () => {
      if (isAway) throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' });
      return { verdict: 'applied' };
    };
    for (let number = 0; number < 3; number += 1) await client.sendOrderUpdate(orderUpdate('o-1', number), context());
    const consumer = consume();
    await until(() => consumer.stats().handleFaults >= 4, 'some faults');
    expect(consumer.stats().committed).toBe(0);
    isAway = false;
    await until(() => consumer.stats().committed === 3, 'all of them');
    expect(taken.map(({ providerEventId }) => providerEventId)).toEqual(['evt-0', 'evt-1', 'evt-2']);
    expect(consumer.stats().putAside).toEqual({});
  });

  test('are shared by two consumers, each taken by one of them', async () => {
    const [first, second] = [consume(), consume()];
    await until(() => first.assigned().length === 12 && second.assigned().length === 12, 'half of both topics for each');
    await Promise.all(Array.from({ length: 100 }, (_, number) => client.sendOrderUpdate(orderUpdate(`o-${number}`, number), context())));
    await until(() => first.stats().committed + second.stats().committed === 100, 'all of them');
    expect(taken).toHaveLength(100);
    expect(first.stats().committed).toBeGreaterThan(0);
    expect(second.stats().committed).toBeGreaterThan(0);
  });

  test('are not accepted when no broker is there, and it is said in time', async () => {
    const alone = createKafkaClient({ bus: { connection: { brokers: ['127.0.0.1:1'], clientId: 'test' } }, keys: KEYS, nowMs: Date.now });
    const began = performance.now();
    const fault = await alone.sendOrderUpdate(ORDER, context()).then(() => undefined, (error: unknown) => error);
    expect(fault).toBeInstanceOf(ErrServiceUnavailable);
    expect((fault as ErrServiceUnavailable).timedOut).toBe(false);
    expect(performance.now() - began).toBeLessThan(4_000);
    await alone.close();
  });

  test('whose time is over are not sent', async () => {
    await client.sendOrderUpdate(orderUpdate('o-1', 0), context());
    const fault = await client.sendOrderUpdate(orderUpdate('o-1', 1), { ...context(), signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'ErrServiceUnavailable', timedOut: true });
    await client.sendOrderUpdate(orderUpdate('o-1', 2), context());
    const consumer = consume();
    await until(() => consumer.stats().committed === 2, 'those in time');
    expect(taken.map(({ providerEventId }) => providerEventId)).toEqual(['evt-0', 'evt-2']);
  });
});
