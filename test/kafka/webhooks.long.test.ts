/**
 * What payment providers tell, over Kafka, in the pair as it runs: the broker is killed and started again under load, and so is the
 * service. Every webhook that was answered 202 has its effect, once.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestBroker } from '@commerce/local-kafka/test-broker';
import { NO_KAFKA, startTestBroker } from '@commerce/local-kafka/test-broker';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

/** The provider takes the money and tells nobody: the test does. */
const DECIDED_LATER = 'tok_4000000000000077';
const TELL_LIMIT_MS = 60_000;
const SILENT = { loseWebhook: 1, decisionDelayMs: [0, 1] };

(NO_KAFKA === undefined ? describe : describe.skip)(`webhooks over Kafka${NO_KAFKA === undefined ? '' : ` (${NO_KAFKA})`}`, () => {
  let broker: TestBroker;
  let pair: Pair;
  beforeAll(async () => {
    broker = await startTestBroker({ own: true });
    // Nobody asks the provider while this runs: what an order knows of its payment came by webhook. And no circuit opens, which would only make this longer.
    pair = await startPair({ environment: { cc: { WEBHOOK_MODE: 'kafka', KAFKA_BROKERS: broker.address, PAYMENTS_ASK_AFTER_MS: '600000', API_BREAKER_FAILURES: '1000' } }, restartDelayMs: 200 });
    const { payments, inside } = pair.stack.description;
    const answer = await fetch(`${payments}/_stand-in/faults`, { method: 'PUT', headers: { authorization: `Bearer ${inside.paymentsApiKey}`, 'content-type': 'application/json' }, body: JSON.stringify(SILENT) });
    expect(answer.status).toBe(200);
  }, 120_000);
  afterAll(async () => {
    await pair?.stop();
    await broker?.close();
  }, 60_000);

  /** One webhook, sent once; 0 when there was no answer. */
  async function tell(orderId: string): Promise<number> {
    const { url, secrets: { standard } } = pair.stack.description.ingest;
    const body = JSON.stringify({ provider: 'standard', provider_event_id: `captured ${orderId}`, order_id: orderId, status: 'captured', amount: '10.00', currency: 'USD', occurred_at: new Date().toISOString() });
    const [id, atS] = [`msg_${orderId}`, Math.floor(Date.now() / 1_000)];
    const signature = createHmac('sha256', Buffer.from(standard.slice('whsec_'.length), 'base64')).update(`${id}.${atS}.${body}`).digest('base64');
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(atS), 'webhook-signature': `v1,${signature}` };
    try {
      const answer = await fetch(`${url}/webhooks/payments/orders`, { method: 'POST', headers, body, signal: AbortSignal.timeout(6_000) });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }

  /** Orders that wait for their payment. */
  async function waiting(count: number): Promise<string[]> {
    const orderIds = await Promise.all(Array.from({ length: count }, () => pair.place('A', crypto.randomUUID(), DECIDED_LATER)));
    await eventually('the charges', async () => {
      const [row] = await pair.rows<{ count: number }>('cc', "SELECT count(DISTINCT subject)::int AS count FROM events WHERE type = 'PaymentInitiated' AND subject = ANY ($1)", [orderIds]);
      return row?.count === count ? true : undefined;
    });
    return orderIds;
  }

  /** Tells of each order, and again until it is answered 202, while `fault` happens; gives all answers of each. */
  async function tellAll(orderIds: readonly string[], fault: () => Promise<void>): Promise<number[][]> {
    const faulty = fault();
    const endMs = performance.now() + TELL_LIMIT_MS;
    const answers = await Promise.all(orderIds.map(async (orderId, index) => {
      await wait(index * 40);
      const got: number[] = [];
      while (got.at(-1) !== 202 && performance.now() < endMs) {
        got.push(await tell(orderId));
        if (got.at(-1) !== 202) await wait(200);
      }
      return got;
    }));
    await faulty;
    return answers;
  }

  async function processed(orderIds: readonly string[]): Promise<number[]> {
    const rows = await pair.rows<{ count: number }>('cc', "SELECT count(e.event_id)::int AS count FROM unnest($1::text[]) o(id) LEFT JOIN events e ON e.subject = o.id AND e.type = 'PaymentProcessed' GROUP BY o.id", [orderIds]);
    return rows.map(({ count }) => count);
  }

  test('have their effect once, though the broker is killed while they come', async () => {
    const orderIds = await waiting(40);
    const answers = await tellAll(orderIds, async () => {
      await wait(1_200);
      await broker.kill();
      await wait(1_500);
      await broker.start();
    });
    expect(answers.map((all) => all.at(-1))).toEqual(orderIds.map(() => 202));
    // Some came while there was no broker, and were told so.
    const unanswered = answers.flat().filter((status) => status !== 202);
    expect(unanswered.length).toBeGreaterThan(0);
    expect(unanswered.filter((status) => ![502, 503, 504].includes(status))).toEqual([]);
    const orders = await pair.settled(orderIds, 60_000);
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['completed']));
    expect(await processed(orderIds)).toEqual(orderIds.map(() => 1));
  }, 120_000);

  test('have their effect once, though the service is killed while they come', async () => {
    const orderIds = await waiting(40);
    const answers = await tellAll(orderIds, async () => {
      for (let kill = 0; kill < 2; kill += 1) {
        await wait(900);
        pair.process('cc').signal('SIGKILL');
      }
    });
    expect(answers.map((all) => all.at(-1))).toEqual(orderIds.map(() => 202));
    const orders = await pair.settled(orderIds, 60_000);
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['completed']));
    expect(await processed(orderIds)).toEqual(orderIds.map(() => 1));
  }, 120_000);
});
