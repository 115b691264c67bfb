/**
 * What payment providers tell, over Kafka, in the pair as it runs: the broker is killed and started again under load, and so is the
 * service. Every webhook that was answered 202 has its effect, once.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { lookAtDeadLetters } from '@commerce/bus/dead-letter-topics';
import { createRecordSender } from '@commerce/bus/record-sender';
import type { TestBroker } from '@commerce/local-kafka/test-broker';
import { NO_KAFKA, startTestBroker } from '@commerce/local-kafka/test-broker';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { playProvider } from '../kit/webhooks.ts';
import type { TestProvider } from '../kit/webhooks.ts';

(NO_KAFKA === undefined ? describe : describe.skip)(`webhooks over Kafka${NO_KAFKA === undefined ? '' : ` (${NO_KAFKA})`}`, () => {
  let broker: TestBroker;
  let pair: Pair;
  let provider: TestProvider;
  beforeAll(async () => {
    broker = await startTestBroker({ own: true });
    // Nobody asks the provider while this runs: what an order knows of its payment came by webhook. And no circuit opens, which would only make this longer.
    pair = await startPair({ environment: { cc: { WEBHOOK_MODE: 'kafka', KAFKA_BROKERS: broker.address, PAYMENTS_ASK_AFTER_MS: '600000', API_BREAKER_FAILURES: '1000' } }, restartDelayMs: 200 });
    provider = await playProvider(pair);
  }, 120_000);
  afterAll(async () => {
    await pair?.stop();
    await broker?.close();
  }, 60_000);

  test('are believed when the ingest has signed them: what somebody else writes to the topic pays nothing, and waits for a person', async () => {
    const [orderId = ''] = await provider.waiting(1);
    const bus = { connection: { brokers: [broker.address], clientId: 'stranger' } };
    const update = { provider: 'standard', providerEventId: `forged ${orderId}`, orderId, status: 'captured', amount: '10.00', currency: 'USD', occurredAt: new Date().toISOString() };
    const sender = createRecordSender(bus);
    await sender.send({ topic: 'order-updates', key: Buffer.from(orderId), value: Buffer.from(JSON.stringify(update)), headers: new Map([[Buffer.from('x-correlation-id'), Buffer.from(crypto.randomUUID())]]) });
    await sender.close();
    const look = lookAtDeadLetters({ bus, client: 'commerce-coordinator', topics: ['order-updates'] });
    await eventually('the dead letter', async () => ((await look.waiting()).get('order-updates') === 1 ? true : undefined));
    await look.close();
    // Whatever else is known of the payment: nothing was taken of this.
    expect(await pair.rows('cc', 'SELECT verdict FROM payment_webhooks WHERE provider_event_id = $1', [update.providerEventId])).toEqual([]);
    expect((await provider.tellAll(pair.stack.description.ingest.url, [orderId], async () => undefined)).map((all) => all.at(-1)?.status)).toEqual([202]);
    const taken = (): Promise<object[]> => pair.rows('cc', 'SELECT provider_event_id FROM payment_webhooks WHERE order_id = $1', [orderId]);
    expect(await eventually('what the provider told', async () => ((await taken()).length > 0 ? taken() : undefined))).toEqual([{ provider_event_id: `captured ${orderId}` }]);
  }, 60_000);

  test('have their effect once, though the broker is killed while they come', async () => {
    const orderIds = await provider.waiting(40);
    const answers = await provider.tellAll(pair.stack.description.ingest.url, orderIds, async () => {
      await wait(1_200);
      await broker.kill();
      await wait(1_500);
      await broker.start();
    });
    expect(answers.map((all) => all.at(-1)?.status)).toEqual(orderIds.map(() => 202));
    // Some came while there was no broker, and were told so.
    const unanswered = answers.flat().map(({ status }) => status).filter((status) => status !== 202);
    expect(unanswered.length).toBeGreaterThan(0);
    expect(unanswered.filter((status) => ![502, 503, 504].includes(status))).toEqual([]);
    const orders = await pair.settled(orderIds, 60_000);
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['completed']));
    expect(await provider.processed(orderIds)).toEqual(orderIds.map(() => 1));
  }, 120_000);

  test('have their effect once, though the service is killed while they come', async () => {
    const orderIds = await provider.waiting(40);
    const answers = await provider.tellAll(pair.stack.description.ingest.url, orderIds, async () => {
      for (let kill = 0; kill < 2; kill += 1) {
        await wait(900);
        pair.process('cc').signal('SIGKILL');
      }
    });
    expect(answers.map((all) => all.at(-1)?.status)).toEqual(orderIds.map(() => 202));
    const orders = await pair.settled(orderIds, 60_000);
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['completed']));
    expect(await provider.processed(orderIds)).toEqual(orderIds.map(() => 1));
  }, 120_000);
});
