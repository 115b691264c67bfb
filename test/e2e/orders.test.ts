/** The way of an order through everything that is real: issuer, Commerce Coordinator, Order Fulfillment, EventBridge, SQS, providers. */
import { readLedgers, readStory } from '@commerce/local-stack/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { complaints } from '../kit/end-state.ts';
import { eventually } from '../kit/eventually.ts';
import { HAND_ON } from '../kit/front.http.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair({ withFront: true });
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

  await eventually('the message to the customer', async () => ((await pair.timeline(orderId)).some(({ eventType }) => eventType.startsWith('Notification')) ? true : undefined));
  const timeline = await pair.timeline(orderId);
  // What is fulfilled at once may be told before its request is answered.
  expect(timeline.map(({ eventType, origin }) => `${eventType} ${origin}`).toSorted()).toEqual([
    'FulfillmentCompleted foreign', 'FulfillmentRequested own', 'InventoryReserved own', 'NotificationFailed own', 'OrderCheckoutInitiated own', 'OrderCompleted own',
    'OrderConfirmed own', 'OrderCreated own', 'OrderShipped own', 'PaymentInitiated own', 'PaymentProcessed own', 'ShippingCreated own',
  ]);
  const places = timeline.map(({ causationId }) => timeline.findIndex(({ eventId }) => eventId === causationId));
  expect(places.every((place, index) => place < index)).toBe(true);
  expect(new Set(timeline.map(({ correlationId }) => correlationId)).size).toBe(1);

  const story = await readStory(pair.api.cc, pair.stack.description, orderId);
  const byId = new Map(story.map((event) => [event.eventId, event.eventType]));
  expect(Object.fromEntries(story.map(({ eventType, causationId }) => [eventType, causationId === null ? null : byId.get(causationId)]))).toEqual({
    OrderCheckoutInitiated: null,
    OrderCreated: 'OrderCheckoutInitiated',
    InventoryReserved: 'OrderCreated',
    PaymentInitiated: 'InventoryReserved',
    PaymentProcessed: 'PaymentInitiated',
    OrderConfirmed: 'PaymentProcessed',
    FulfillmentAccepted: 'PaymentProcessed',
    FulfillmentRequested: 'PaymentProcessed',
    FulfillmentCompleted: 'FulfillmentAccepted',
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

test('an order of which one line cannot be fulfilled is completed, and says which line failed and why', async () => {
  await pair.setLmsFaults({ unknownCourses: ['C'] });
  const [order] = await pair.settled([await pair.place('AC')]);
  expect(order).toMatchObject({ status: 'completed', reason: null });
  expect(order?.lines.map(({ outcome }) => outcome?.status)).toEqual(['fulfilled', 'failed']);
  expect(order?.lines[1]?.outcome?.reason?.code).toMatch(/^[a-z_]+$/);
  const delivered = (await readLedgers(pair.stack.description)).filter(({ orderId }) => orderId === order?.orderId);
  expect(delivered.map(({ provider, effects }) => [provider, effects])).toEqual([['instant', 1]]);
});

test('an order of which no line can be fulfilled is cancelled, with the reason', async () => {
  await pair.setLmsFaults({ unknownUsers: ['CUSTOMER-nobody'] });
  const [order] = await pair.settled([await pair.place('CC', 'nobody')]);
  expect(order?.status).toBe('cancelled');
  expect(order?.reason?.code).toMatch(/^[a-z_]+$/);
  expect(order?.lines.map(({ outcome }) => outcome?.status)).toEqual(['failed', 'failed']);
  expect((await pair.timeline(order!.orderId)).map(({ eventType }) => eventType)).toEqual(expect.arrayContaining(['FulfillmentFailed', 'PaymentRefunded', 'InventoryReleased', 'OrderCancelled']));
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
  await eventually('the completion', () => completionOf(orderId).catch(() => undefined));
  await pair.queue.delayBy(0);
  const genuine = await completionOf(orderId);
  const stray = { ...genuine, eventId: freshId(genuine), data: { ...(genuine['data'] as object), fulfillmentId: crypto.randomUUID() } };
  await pair.queue.send(delivery(stray));
  await eventually('the stray, in the log', async () => ((await pair.rows('cc', 'SELECT 1 FROM events WHERE event_id = $1', [stray.eventId])).length > 0 ? true : undefined));
  answered.resolve();
  const orders = await pair.settled([orderId]);
  const ignored = (await pair.timeline(orderId)).find(({ eventId }) => eventId === stray.eventId)?.ignored ?? [];
  expect(ignored.map(({ handler, rule }) => `${handler} ${rule}`).toSorted()).toEqual(['fulfillment.settled other_fulfillment', 'orders.fulfill other_fulfillment', 'shipping.create other_fulfillment']);
  expect(orders[0]?.status).toBe('completed');
});

test('completions that come twice and out of order lead to the same end, and nothing happens twice', async () => {
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
    const genuine = await completionOf(victim!.orderId);
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

/** The completion of an order as it stands in the log, in its envelope. */
async function completionOf(orderId: string): Promise<Record<string, unknown>> {
  const [row] = await pair.rows<{ envelope: Record<string, unknown> }>('of',
    `SELECT jsonb_build_object('eventId', event_id, 'eventType', type, 'eventVersion', version,
       'timestamp', to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'source', source, 'correlationId', correlation_id,
       'causationId', causation_id, 'data', data, 'metadata', metadata) AS envelope
     FROM events WHERE subject = 'commerce-coordinator ' || $1 AND type = 'FulfillmentCompleted'`, [orderId]);
  return row!.envelope;
}

/** The event as EventBridge delivers it to a queue. */
function delivery(detail: Record<string, unknown>, outer: object = {}): string {
  return JSON.stringify({ version: '0', id: crypto.randomUUID(), 'detail-type': detail['eventType'], source: detail['source'], detail, ...outer });
}

/** An event id of the same time that no event has. */
function freshId(event: Record<string, unknown>): string {
  const id = String(event['eventId']);
  return `${id.slice(0, -12)}${crypto.randomUUID().slice(-12)}`;
}
