/**
 * What the events have not told: EventBridge is away for a while, events are lost for good, a request is lost, a completion comes
 * after the order has ended. However it comes, the pair converges. Slow, so it runs only with FAULTS=all.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { complaints } from '../kit/end-state.ts';
import { eventually } from '../kit/eventually.ts';
import { answerEach, HAND_ON } from '../kit/front.http.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

const LIMIT_MS = 60_000;
const SKUS = ['A', 'AB', 'C', 'ABC', 'B', 'BC'];

const reconciliationSchema = z.object({
  lastRunAt: z.string().nullable(), lastError: z.string().optional(), healed: z.object({ outcome_missed: z.int(), request_lost: z.int() }), waiting: z.int(), unacknowledged: z.int(),
});
const pageSchema = z.object({ items: z.array(z.object({ orderId: z.string(), fulfillmentId: z.string(), status: z.string() })) });

(process.env['FAULTS'] === 'all' ? describe : describe.skip)('what no event has told (slow: needs FAULTS=all)', () => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await startPair({ withFront: true, restartDelayMs: 200, environment: { cc: { FULFILLMENT_CHECK_AFTER_MS: '2000', RECONCILE_EVERY_MS: '500' } } });
    await pair.settled([await pair.place('A')]);
  }, 90_000);
  afterAll(() => pair?.stop(), 60_000);
  afterEach(async () => {
    pair.front.react = HAND_ON;
    await pair.setBusFaults();
  });

  const reconciliation = () => pair.api.cc.call(reconciliationSchema, 'GET', '/reconciliation');
  const told = async (orderId: string): Promise<string[]> => (await pair.timeline(orderId)).map(({ eventType, origin }) => `${eventType} ${origin}`);
  const placeMany = (count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, (_, index) => pair.place(SKUS[index % SKUS.length] ?? 'A')));

  /** Both sides agree on everything: nothing waits, nothing is unacknowledged, here or there. */
  async function converged(): Promise<void> {
    await eventually('everything acknowledged', async () => {
      const { waiting, unacknowledged, lastError } = await reconciliation();
      const { items } = await pair.api.of.call(pageSchema, 'GET', '/v1/fulfillments?acknowledged=false');
      return waiting + unacknowledged + items.length === 0 && lastError === undefined ? true : undefined;
    }, LIMIT_MS);
  }

  describe.each(['refusing', 'stalled'] as const)('EventBridge is away for a while (%s)', (outage) => {
    test('orders are accepted, fulfilled and settled by comparing; what comes when it is back is late, and all are told', async () => {
      await pair.setBusFaults({ outage });
      const orderIds = await placeMany(24);
      const orders = await pair.settled(orderIds, LIMIT_MS);
      for (const orderId of orderIds) expect(await told(orderId)).toContain('FulfillmentHealed own');

      await pair.setBusFaults();
      await eventually('the late outcomes', async () => ((await Promise.all(orderIds.map(told))).every((events) => events.includes('FulfillmentCompleted foreign')) ? true : undefined), LIMIT_MS);
      await converged();
      const unpublished = await pair.rows('of', 'SELECT 1 FROM publish_refusals');
      expect(unpublished).toEqual([]);
      for (const orderId of orderIds) expect((await told(orderId)).filter((event) => event.startsWith('ShippingCreated') || event.startsWith('OrderCompleted'))).toHaveLength(2);
      expect(await complaints(pair, orders)).toEqual([]);
    }, 2 * LIMIT_MS);
  });

  test('events are lost for good: as many orders are healed as the bus has lost', async () => {
    const before = { ...(await reconciliation()).healed, dropped: (await pair.busMetrics())['dropped'] ?? 0 };
    await pair.setBusFaults({ seed: 11, drops: 0.4 });
    const orderIds = await placeMany(40);
    const orders = await pair.settled(orderIds, LIMIT_MS);
    await eventually('an empty queue', async () => ((await pair.queue.size()) === 0 ? true : undefined));
    await converged();
    const alone = (await Promise.all(orderIds.map(told))).filter((events) => !events.includes('FulfillmentCompleted foreign'));
    expect(alone.length).toBe(((await pair.busMetrics())['dropped'] ?? 0) - before.dropped);
    expect(alone.length).toBeGreaterThan(5);
    for (const events of alone) expect(events).toEqual(expect.arrayContaining(['FulfillmentCompleted own', 'FulfillmentHealed own', 'OrderCompleted own']));
    expect((await reconciliation()).healed.outcome_missed - before.outcome_missed).toBeGreaterThanOrEqual(alone.length);
    expect(await complaints(pair, orders)).toEqual([]);
  }, LIMIT_MS);

  test('a request that Order Fulfillment has acknowledged and does not know is made again under its key, and delivered once', async () => {
    const before = (await reconciliation()).healed.request_lost;
    const lostId = crypto.randomUUID();
    const at = new Date().toISOString();
    let lose = true;
    pair.front.react = (requested) => {
      if (!lose) return { forward: true };
      lose = false;
      return {
        forward: false,
        answer: answerEach(requested, 202, ({ orderId, order }) => ({
          fulfillmentId: lostId, clientId: 'commerce-coordinator', orderId, orderNumber: 1, status: 'accepted', version: 1, createdAt: at, updatedAt: at,
          lines: order.lines.map((line) => ({ ...line, provider: 'instant', status: 'pending' })),
        })),
      };
    };
    const orderId = await pair.place('ABC');
    await eventually('the acknowledgement', async () => ((await pair.read(orderId)).fulfillmentId === lostId ? true : undefined));
    const [order] = await pair.settled([orderId], LIMIT_MS);
    expect(order?.fulfillmentId).not.toBe(lostId);
    const requests = pair.front.requested.filter((requested) => requested.orderId === orderId);
    expect([requests.length, new Set(requests.map(({ key }) => key)).size]).toEqual([2, 1]);
    expect((await reconciliation()).healed.request_lost).toBe(before + 1);
    expect((await complaints(pair, [order!])).filter((complaint) => !complaint.includes('2 × FulfillmentRequested'))).toEqual([]);
    await converged();
  }, LIMIT_MS);

  test('a completion that comes after the order was cancelled is taken back, and both sides say so', async () => {
    pair.front.react = (requested) => ({ forward: true, answer: answerEach(requested, 422, () => ({ type: 'about:blank', title: 'No provider', status: 422, code: 'no_provider' })) });
    const orderId = await pair.place('AC');
    const [order] = await pair.settled([orderId], LIMIT_MS);
    expect(order).toMatchObject({ status: 'cancelled', reason: { code: 'no_provider' } });
    await eventually('the revocation', async () => ((await told(orderId)).includes('FulfillmentRevoked foreign') ? true : undefined), LIMIT_MS);
    const events = await told(orderId);
    expect(events).toEqual(expect.arrayContaining(['FulfillmentCompleted foreign', 'FulfillmentUnwanted own', 'FulfillmentRevokeRequested own']));
    expect(events.filter((event) => event.startsWith('ShippingCreated'))).toEqual([]);
    const { items } = await pair.api.of.call(pageSchema, 'GET', `/v1/fulfillments?orderId=${orderId}`);
    expect(items.map(({ status }) => status)).toEqual(['revoked']);
    expect((await pair.read(orderId)).status).toBe('cancelled');
    await converged();
  }, LIMIT_MS);
});
