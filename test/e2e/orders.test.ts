/** The way of an order through everything that is real: issuer, Commerce Coordinator, Order Fulfillment, EventBridge, SQS, providers. */
import { readLedgers, readMoney, readOutcomes, readStocks, readStory } from '@commerce/local-stack/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { completionOf, delivery } from '../kit/completion.ts';
import { complaints } from '../kit/end-state.ts';
import { eventually } from '../kit/eventually.ts';
import { HAND_ON } from '../kit/front.http.ts';
import { LOCALSTACK_URL, testOnEmbeddedAws } from '../kit/localstack.ts';
import { startPair } from '../kit/pair.ts';
import type { Order, Pair } from '../kit/pair.ts';
import { ONE_ORDER, timelineOf } from '../kit/timeline.ts';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair({ withFront: true, localStackUrl: LOCALSTACK_URL });
}, 90_000);
afterAll(() => pair?.stop(), 60_000);
afterEach(async () => {
  pair.front.react = HAND_ON;
  await Promise.all([pair.setLmsFaults(), pair.setBusFaults()]);
});

test('an order is accepted, fulfilled, told over EventBridge and SQS, and completed; its timeline has every event with its cause', async () => {
  const orderId = await pair.place('A');
  const [order] = await pair.settled([orderId]);
  expect(order).toMatchObject({ status: 'completed', reason: null, lines: [{ sku: 'A', quantity: 1, outcome: { provider: 'instant', status: 'fulfilled' } }] });

  // What is fulfilled at once may be told before its request is answered.
  expect(await timelineOf(pair, orderId)).toEqual(ONE_ORDER);
  const timeline = await pair.timeline(orderId);
  const places = timeline.map(({ causationId }) => timeline.findIndex(({ eventId }) => eventId === causationId));
  expect(places.every((place, index) => place < index)).toBe(true);
  expect(new Set(timeline.map(({ correlationId }) => correlationId)).size).toBe(1);

  const story = await readStory(pair.api.cc, pair.stack.description, orderId);
  const byId = new Map(story.map((event) => [event.eventId, event.eventType]));
  expect(Object.fromEntries(story.map(({ eventType, causationId }) => [eventType, causationId === null ? null : byId.get(causationId)]))).toEqual({
    OrderCheckoutInitiated: null,
    OrderCreated: 'OrderCheckoutInitiated',
    InventoryReserved: 'OrderCreated',
    OrderUpdated: 'FulfillmentRequested',
    PaymentInitiated: 'InventoryReserved',
    PaymentProcessed: 'PaymentInitiated',
    OrderConfirmed: 'PaymentProcessed',
    FulfillmentAccepted: 'PaymentProcessed',
    FulfillmentRequested: 'PaymentProcessed',
    FulfillmentCompleted: 'FulfillmentAccepted',
    OrderFulfilled: 'FulfillmentCompleted',
    ShippingCreated: 'FulfillmentCompleted',
    OrderShipped: 'ShippingCreated',
    OrderCompleted: 'OrderShipped',
    NotificationFailed: 'OrderShipped',
  });
});

test('an order of all three providers is one fulfillment with an outcome for each line', async () => {
  const [order] = await pair.settled([await pair.place('ABC')]);
  expect(order?.lines.map(({ outcome }) => [outcome?.provider, outcome?.status])).toEqual([['instant', 'fulfilled'], ['warehouse', 'fulfilled'], ['lms', 'fulfilled']]);
  expect(order?.lines[1]?.outcome?.tracking).toBeDefined();
  expect(await complaints(pair, [order!])).toEqual([]);
});

describe('what was done for an order is undone by its owners:', () => {
  const REFUSED_CARD = 'tok_4000000000000002';
  const anything = z.unknown();
  let added = 0;
  /** Puts so many of the limited product on the shelves, and takes away what there was. */
  const stock = async (pieces: number): Promise<void> => {
    const delta = pieces - (await shelf()).onHand;
    if (delta !== 0) await pair.operator.call(anything, 'POST', '/inventory/adjustments', { body: { sku: 'L', delta, reason: { code: 'counted' } }, idempotencyKey: `stock-${(added += 1)}` });
  };
  const shelf = async () => (await readStocks(pair.operator)).find(({ sku }) => sku === 'L') ?? { onHand: 0, reserved: 0 };
  const shelved = (wanted: { onHand: number; reserved: number }) => eventually(`${JSON.stringify(wanted)} on the shelf`, async () => {
    const { onHand, reserved } = await shelf();
    return onHand === wanted.onHand && reserved === wanted.reserved ? true : undefined;
  });
  /** Everybody's books about one order: money in cents, what Order Fulfillment says, what the providers have and the customer kept. */
  const booksOf = async (orderId: string) => {
    const money = (await readMoney(pair.stack.description)).find((row) => row.orderId === orderId);
    const left = (await readLedgers(pair.stack.description)).filter((row) => row.orderId === orderId).reduce((sum, { effects, reversals }) => sum + effects - reversals, 0);
    return { charged: money?.charged, refunded: money?.refunded, outcome: (await readOutcomes(pair.api.of)).get(orderId)?.map(({ status }) => status), left };
  };
  const ended = async (orderId: string): Promise<Order> => (await pair.settled([orderId]))[0]!;

  test('with too little stock it is cancelled, never charged, never requested, and nothing is set aside', async () => {
    await stock(2);
    const orderId = await pair.place('LL');
    expect(await ended(orderId)).toMatchObject({ status: 'cancelled', reason: { code: 'no_stock' } });
    expect(await booksOf(orderId)).toEqual({ charged: undefined, refunded: undefined, outcome: undefined, left: 0 });
    expect(await shelf()).toMatchObject({ onHand: 2, reserved: 0 });
  });

  test('with a refused card it is cancelled, and its stock is free again', async () => {
    await stock(3);
    const orderId = await pair.place('LL', undefined, REFUSED_CARD);
    expect(await ended(orderId)).toMatchObject({ status: 'cancelled', reason: { code: 'card_declined' } });
    expect(await booksOf(orderId)).toEqual({ charged: undefined, refunded: undefined, outcome: undefined, left: 0 });
    expect(await shelf()).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('refused by Order Fulfillment, for nobody delivers one of its products, it is refunded, released and cancelled', async () => {
    await stock(3);
    const orderId = await pair.place('LN');
    expect(await ended(orderId)).toMatchObject({ status: 'cancelled', reason: { code: 'no_provider' } });
    expect(await booksOf(orderId)).toEqual({ charged: 3_000n, refunded: 3_000n, outcome: undefined, left: 0 });
    expect(await shelf()).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('failed as a whole, it is refunded, released and cancelled with the reason', async () => {
    await pair.setLmsFaults({ unknownUsers: ['CUSTOMER-nobody'] });
    const orderId = await pair.place('CC', 'nobody');
    const order = await ended(orderId);
    expect(order).toMatchObject({ status: 'cancelled', reason: { code: expect.stringMatching(/^[a-z_]+$/) } });
    expect(order.lines.map(({ outcome }) => outcome?.status)).toEqual(['failed', 'failed']);
    expect(await booksOf(orderId)).toEqual({ charged: 3_000n, refunded: 3_000n, outcome: ['failed', 'failed'], left: 0 });
    expect((await pair.timeline(orderId)).map(({ eventType }) => eventType)).toEqual(expect.arrayContaining(['FulfillmentFailed', 'PaymentRefunded', 'InventoryReleased', 'OrderCancelled']));
  });

  test('fulfilled in part, it is completed, says which line failed and why, and that line is refunded and released', async () => {
    await stock(5);
    await pair.setLmsFaults({ unknownCourses: ['C'] });
    const orderId = await pair.place('LC');
    const order = await ended(orderId);
    expect(order).toMatchObject({ status: 'completed', reason: null });
    expect(order.lines.map(({ outcome }) => outcome?.status)).toEqual(['fulfilled', 'failed']);
    expect(order.lines[1]?.outcome?.reason?.code).toMatch(/^[a-z_]+$/);
    await eventually('the refund of the failed line', async () => ((await booksOf(orderId)).refunded === 2_000n ? true : undefined));
    expect(await booksOf(orderId)).toEqual({ charged: 3_000n, refunded: 2_000n, outcome: ['fulfilled', 'failed'], left: 1 });
    await shelved({ onHand: 4, reserved: 0 });
  });

  test('cancelled by its customer while it is being fulfilled, it is called off there, refunded, released and cancelled', async () => {
    await stock(3);
    await pair.setLmsFaults({ activationDelayMs: [20_000, 20_000] });
    const orderId = await pair.place('LC');
    await eventually('its way', async () => ((await pair.read(orderId)).status === 'fulfilling' ? true : undefined));
    await pair.api.cc.call(anything, 'POST', `/orders/${orderId}/cancel`, { body: { reason: { code: 'customer_changed_mind' } } });
    expect(await ended(orderId)).toMatchObject({ status: 'cancelled', reason: { code: 'customer_changed_mind' } });
    expect(await booksOf(orderId)).toMatchObject({ charged: 3_000n, refunded: 3_000n, outcome: ['revoked', expect.stringMatching(/cancelled|revoked/)], left: 0 });
    expect(await shelf()).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('sent back after it was completed, it is taken back everywhere, refunded, and can be sold again', async () => {
    await stock(3);
    const orderId = await pair.place('LC');
    expect(await ended(orderId)).toMatchObject({ status: 'completed' });
    await shelved({ onHand: 2, reserved: 0 });
    await pair.operator.call(anything, 'POST', `/orders/${orderId}/refund`, { body: { reason: { code: 'sent_back' } } });
    await eventually('its refund', async () => ((await pair.read(orderId)).status === 'refunded' ? true : undefined));
    await shelved({ onHand: 3, reserved: 0 });
    expect(await booksOf(orderId)).toEqual({ charged: 3_000n, refunded: 3_000n, outcome: ['revoked', 'revoked'], left: 0 });
  });
});

test('a completion that comes before the answer to its request is kept, and applied when the answer comes', async () => {
  const answered = Promise.withResolvers<void>();
  pair.front.react = () => ({ forward: true, until: answered.promise });
  const orderId = await pair.place('A');
  await eventually('the completion, waiting in the order and in its request', async () => {
    const waiting = await pair.rows<{ handler: string }>('cc', "SELECT handler FROM work WHERE subject = $1 AND state = 'waiting'", [orderId]);
    return ['orders.fulfill', 'fulfillment.settled'].every((name) => waiting.some(({ handler }) => handler === name)) ? true : undefined;
  });
  expect((await pair.read(orderId)).status).toBe('paid');
  answered.resolve();
  const orders = await pair.settled([orderId]);
  expect(await complaints(pair, orders)).toEqual([]);
});

test('a completion of another fulfillment for the same order, early too, moves nothing and stops nothing', async () => {
  const answered = Promise.withResolvers<void>();
  pair.front.react = () => ({ forward: true, until: answered.promise });
  await pair.queue.delayBy(2);
  const orderId = await pair.place('A');
  await eventually('the completion', () => completionOf(pair, orderId).catch(() => undefined));
  await pair.queue.delayBy(0);
  const genuine = await completionOf(pair, orderId);
  const stray = { ...genuine, eventId: freshId(genuine), data: { ...(genuine['data'] as object), fulfillmentId: crypto.randomUUID() } };
  await pair.queue.send(delivery(stray));
  await eventually('the stray, in the log', async () => ((await pair.rows('cc', 'SELECT 1 FROM events WHERE event_id = $1', [stray.eventId])).length > 0 ? true : undefined));
  answered.resolve();
  const orders = await pair.settled([orderId]);
  const ignored = (await pair.timeline(orderId)).find(({ eventId }) => eventId === stray.eventId)?.ignored ?? [];
  // Of the lines both say the same: the stock answers to whichever comes first.
  const elsewhere = ignored.filter(({ handler }) => handler !== 'inventory.settle');
  expect(elsewhere.map(({ handler, rule }) => `${handler} ${rule}`).toSorted()).toEqual(['fulfillment.settled other_fulfillment', 'orders.fulfill other_fulfillment', 'shipping.create other_fulfillment']);
  expect(orders[0]?.status).toBe('completed');
});

testOnEmbeddedAws('completions that come twice and out of order lead to the same end, and nothing happens twice', async () => {
  await pair.setBusFaults({ seed: 7, duplicates: 0.5, reorder: 0.5, reorderWithinMs: 150 });
  const before = await pair.busMetrics();
  const orderIds = await Promise.all(Array.from({ length: 24 }, (_, n) => pair.place(['A', 'AB', 'BC', 'ABC'][n % 4]!)));
  const orders = await pair.settled(orderIds);
  await eventually('an empty queue', async () => ((await pair.queue.size()) === 0 ? true : undefined));
  const after = await pair.busMetrics();
  expect(after['duplicated']! - before['duplicated']!).toBeGreaterThan(3);
  expect(after['heldBack']! - before['heldBack']!).toBeGreaterThan(3);
  expect(await complaints(pair, orders)).toEqual([]);
  expect(await pair.queue.deadLetters()).toBe(0);
});

describe('poison on the queue', () => {
  test('ends in the dead-letter queue, each message with its reason, while orders flow', async () => {
    await pair.queue.setMaxReceives(1);
    const [victim] = await pair.settled([await pair.place('A')]);
    const genuine = await completionOf(pair, victim!.orderId);
    const fresh = { ...genuine, eventId: freshId(genuine) };

    const poison: Record<string, string> = {
      'not JSON': 'malformed, but a message',
      'another form than EventBridge delivers': '{"hello": "world"}',
      'an event that does not fit its schema': delivery({ ...fresh, data: { orderId: victim!.orderId, status: 'completed' } }),
      'a type that nobody knows': delivery({ ...fresh, eventType: 'OrderStolen' }),
      'an event of ours, forged': delivery({ ...fresh, source: 'order-service', eventType: 'OrderCompleted' }),
      'a source that speaks in the name of another': delivery(fresh, { source: 'somebody-else' }),
      'an event inside that names another source': delivery({ ...fresh, source: 'somebody-else' }, { source: genuine['source'] }),
      'the id of another event, with other content': delivery({ ...genuine, data: { ...(genuine['data'] as object), status: 'partial' } }),
    };
    const sent = new Map<string, string>();
    for (const [what, body] of Object.entries(poison)) sent.set(await pair.queue.send(body), what);
    const meanwhile = await pair.settled(await Promise.all(Array.from({ length: 6 }, () => pair.place('AB'))));
    expect(await complaints(pair, meanwhile)).toEqual([]);

    await eventually('all poison in the dead-letter queue', async () => ((await pair.queue.deadLetters()) === sent.size ? true : undefined));
    expect(new Set((await pair.queue.readDeadLetters()).values())).toEqual(new Set(Object.values(poison)));
    const refusals = await pair.rows<{ message_id: string; reason: string }>('cc', 'SELECT message_id, reason FROM refusals');
    expect(Object.fromEntries(refusals.map(({ message_id: id, reason }) => [sent.get(id), reason]))).toEqual({
      'not JSON': 'malformed',
      'another form than EventBridge delivers': 'malformed',
      'an event that does not fit its schema': 'invalid',
      'a type that nobody knows': 'unknown_type',
      'an event of ours, forged': 'not_accepted',
      'a source that speaks in the name of another': 'not_accepted',
      'an event inside that names another source': 'mismatch',
      'the id of another event, with other content': 'conflict',
    });
    expect(await pair.read(victim!.orderId)).toEqual(victim);
  });
});

/** An event id of the same time that no event has. */
function freshId(event: Record<string, unknown>): string {
  const id = String(event['eventId']);
  return `${id.slice(0, -12)}${crypto.randomUUID().slice(-12)}`;
}
