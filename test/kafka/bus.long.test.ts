/**
 * The pair with Kafka as its bus: the same orders, the same end, the same timeline as over EventBridge and SQS. The expected events of
 * an order stand in one place for both (test/kit/timeline.ts).
 */
import { randomUUID } from 'node:crypto';
import { NO_KAFKA, startTestBroker } from '@commerce/local-kafka/test-broker';
import type { TestBroker } from '@commerce/local-kafka/test-broker';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { complaints } from '../kit/end-state.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { ONE_ORDER, timelineOf } from '../kit/timeline.ts';
import { playProvider } from '../kit/webhooks.ts';

(NO_KAFKA === undefined ? describe : describe.skip)(`the pair over Kafka${NO_KAFKA === undefined ? '' : ` (skipped: ${NO_KAFKA})`}`, () => {
  let broker: TestBroker;
  let pair: Pair;
  beforeAll(async () => {
    broker = await startTestBroker({ own: true });
    const environment = { BUS: 'kafka', KAFKA_BROKERS: broker.address, KAFKA_TOPIC_PREFIX: `pair-${randomUUID().slice(0, 8)}-`, EVENT_BUS_NAME: '', FULFILLMENT_QUEUE_URL: '' };
    pair = await startPair({ environment: { cc: { ...environment, WEBHOOK_MODE: 'kafka', PAYMENTS_ASK_AFTER_MS: '600000' }, of: environment } });
  }, 120_000);
  afterAll(async () => {
    await pair?.stop();
    await broker?.close();
  }, 60_000);

  test('an order is completed, and its timeline is that of an order over EventBridge', async () => {
    const orderId = await pair.place('A');
    const [order] = await pair.settled([orderId]);
    expect(order).toMatchObject({ status: 'completed', reason: null, lines: [{ sku: 'A', quantity: 1, outcome: { provider: 'instant', status: 'fulfilled' } }] });
    expect(await timelineOf(pair, orderId)).toEqual(ONE_ORDER);
    expect(await pair.busMetrics()).toMatchObject({ accepted: 0 });
  });

  test('webhooks of the payment provider come over the same brokers: each is taken once, and its order ends as over EventBridge', async () => {
    const provider = await playProvider(pair);
    const orderIds = await provider.waiting(5);
    const answers = await provider.tellAll(pair.stack.description.ingest.url, [...orderIds, ...orderIds], async () => undefined);
    expect(answers.map((all) => all.at(-1)?.status)).toEqual(answers.map(() => 202));
    const [order] = await pair.settled(orderIds);
    expect(order).toMatchObject({ status: 'completed' });
    expect(await provider.processed(orderIds)).toEqual([1, 1, 1, 1, 1]);
    expect(await timelineOf(pair, orderIds[0] ?? '')).toEqual(ONE_ORDER);
  });

  test('the pages name the bus, and what only EventBridge has is not offered', async () => {
    const { cc } = pair.stack.description;
    const page = await (await fetch(`${cc}/catalog/OrderCreated`)).text();
    expect(page).toContain('Kafka');
    const lists = z.object({ items: z.array(z.unknown()) });
    expect((await pair.operator.call(lists, 'GET', '/dead-letters')).items).toEqual([]);
    await expect(pair.operator.call(lists, 'GET', '/archive-replays')).rejects.toThrow('404');
  });

  test('orders of all three providers end right though the broker is killed and comes again', async () => {
    const orders = await Promise.all(Array.from({ length: 5 }, () => pair.place('ABC')));
    await broker.kill();
    const more = await Promise.all(Array.from({ length: 5 }, () => pair.place('AB')));
    await broker.start();
    expect(await complaints(pair, await pair.settled([...orders, ...more], 60_000))).toEqual([]);
  });
});
