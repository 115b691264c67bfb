/**
 * Commerce Coordinator as a whole, with its readers on a real database, against a fulfilling side over real HTTP. The bus is
 * left out: what would come out of the queue is appended as the consumer does it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { triggerOf } from '@commerce/event-log/event';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { eventually } from '@commerce/service-kit/test-eventually';
import { send } from './extensions/fulfillment/events.ts';
import { fulfillment } from './extensions/fulfillment/extension.ts';
import { requestsStore } from './extensions/fulfillment/requests.pg.ts';
import type { FulfillmentRequest } from './extensions/fulfillment/request.ts';
import { inputDecision } from '@commerce/signals/sending';
import { acknowledge } from './extensions/fulfillment/request.ts';
import type { Fulfillment } from './extensions/fulfillment/outcome.ts';
import { startTestCoordinator } from './test-coordinator.ts';
import type { TestCoordinator } from './test-coordinator.ts';
import { startTestProvider } from './extensions/payments/test-provider.ts';
import type { TestProvider } from './extensions/payments/test-provider.ts';
import { startFulfillingSide } from './test-fulfilling-side.ts';
import type { FulfillingSide } from './test-fulfilling-side.ts';

let database: TestDatabase;
let of: FulfillingSide;
let provider: TestProvider;
let cc: TestCoordinator;
let keys = 0;

const started = new Set<TestCoordinator>();

async function start(environment: Record<string, string> = {}): Promise<TestCoordinator> {
  const coordinator = await startTestCoordinator({ ROLES: 'api,readers', DATABASE_URL: database.url, OF_URL: of.url, ISSUER_URL: of.url, FULFILLMENT_TIMEOUT_MS: '1000', PAYMENTS_URL: provider.url, ...environment });
  started.add(coordinator);
  return coordinator;
}

async function stop(coordinator: TestCoordinator): Promise<void> {
  if (started.delete(coordinator)) await coordinator.stop();
}

async function restart(environment: Record<string, string> = {}): Promise<void> {
  await stop(cc);
  cc = await start(environment);
}

beforeAll(async () => {
  database = await createTestDatabase();
  of = await startFulfillingSide();
  // Its webhooks go nowhere: what they would tell was answered.
  provider = await startTestProvider('http://127.0.0.1:1/webhooks/payments/orders');
  cc = await start();
});
afterAll(async () => {
  await Promise.all([...started].map(stop));
  await of?.stop();
  await provider?.stop();
  await database?.drop();
});

async function place(lines = 2): Promise<string> {
  const body = {
    customerId: 'VINET', currency: 'USD', lines: Array.from({ length: lines }, (_, index) => ({ sku: `NW-${index + 1}`, quantity: index + 1, unitPrice: '14.00' })),
  };
  const answer = await cc.call('POST', '/orders', { body, headers: { 'idempotency-key': `key-${(keys += 1)}` } });
  expect(answer.status).toBe(202);
  return answer.body.orderId;
}

/** Takes the order to the fulfilling side as the effect would, under a key of its own. */
async function requestAtOtherSide(orderId: string): Promise<Fulfillment> {
  const { orderNumber, customerId, lines } = await read(orderId);
  const body = { orderId, orderNumber, customer: { id: customerId }, lines: lines.map(({ lineId, sku, quantity }: any) => ({ lineId, sku, quantity })) };
  const headers = { authorization: 'Bearer token', 'content-type': 'application/json', 'idempotency-key': orderId };
  return (await fetch(`${of.url}/v1/fulfillments`, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<Fulfillment>;
}

const read = async (orderId: string) => (await cc.call('GET', `/orders/${orderId}`)).body;
const timeline = async (orderId: string) => (await cc.call('GET', `/orders/${orderId}/timeline?limit=200`)).body;

const requestOf = async (orderId: string) => (await cc.pool.query('SELECT * FROM fulfillment_requests WHERE order_id = $1', [orderId])).rows[0];

async function reaches(orderId: string, status: string, limitMs?: number): Promise<any> {
  return eventually(`${orderId} is ${status}`, async () => {
    const order = await read(orderId);
    return order.status === status && order;
  }, limitMs);
}

async function arrives(...envelopes: EventEnvelope[]): Promise<void> {
  expect(await cc.log.appendForeign(envelopes)).toEqual(envelopes.map(() => ({ kind: 'appended' })));
}

/** Every ignored input of an order: handler and rule. */
async function ignored(orderId: string): Promise<[string, string][]> {
  const { rows } = await cc.pool.query('SELECT handler, rule FROM ledger WHERE subject = $1 ORDER BY id', [orderId]);
  return rows.map(({ handler, rule }) => [handler, rule]);
}

async function types(orderId: string): Promise<string[]> {
  return (await timeline(orderId)).items.map(({ eventType }: { eventType: string }) => eventType);
}

/** The order was asked for under one key, however often, and was fulfilled once. */
function expectFulfilledOnce(orderId: string): void {
  expect(new Set(of.keys.get(orderId)).size).toBe(1);
  expect(of.taken.get(orderId)).toHaveLength(1);
}

const PAID = ['OrderCheckoutInitiated', 'OrderCreated', 'InventoryReserved', 'PaymentInitiated', 'PaymentProcessed', 'OrderConfirmed'];
/** Told in the log alone: what became of an order by an event of which it tells nothing. */
const INTERNAL = ['OrderUpdated', 'OrderUpdated'];
const WAY = [...PAID, ...INTERNAL, 'FulfillmentRequested', 'FulfillmentCompleted', 'OrderFulfilled', 'ShippingCreated', 'OrderShipped', 'OrderCompleted', 'NotificationFailed'];

/** What follows from one event comes in any order. */
function expectTypes(found: readonly string[], wanted: readonly string[]): void {
  expect(found.toSorted()).toEqual(wanted.toSorted());
}

describe('the way of an order', () => {
  test('goes from created over fulfilling to completed, each step caused by the one before', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'completed'));
    const order = await reaches(orderId, 'completed');
    expect(order.lines.map((line: any) => line.outcome)).toEqual([{ provider: 'instant', status: 'fulfilled' }, { provider: 'instant', status: 'fulfilled' }]);
    expectFulfilledOnce(orderId);

    await eventually('the customer was written to', async () => (await types(orderId)).includes('NotificationFailed'));
    const { items } = await timeline(orderId);
    expectTypes(items.map(({ eventType }: any) => eventType), WAY);
    const id = Object.fromEntries(items.map(({ eventType, eventId }: any) => [eventType, eventId]));
    expect(Object.fromEntries(items.map(({ eventType, causationId }: any) => [eventType, causationId]))).toEqual({
      OrderCheckoutInitiated: null, OrderCreated: id.OrderCheckoutInitiated, InventoryReserved: id.OrderCreated, PaymentInitiated: id.InventoryReserved,
      PaymentProcessed: id.PaymentInitiated, OrderConfirmed: id.PaymentProcessed, FulfillmentRequested: id.PaymentProcessed, FulfillmentCompleted: null,
      OrderFulfilled: id.FulfillmentCompleted, ShippingCreated: id.FulfillmentCompleted, OrderShipped: id.ShippingCreated, OrderCompleted: id.OrderShipped, NotificationFailed: id.OrderShipped, OrderUpdated: id.FulfillmentRequested,
    });
    expect(items.map(({ offsetMs }: any) => offsetMs)).toEqual(items.map(({ offsetMs }: any) => offsetMs).toSorted((a: number, b: number) => a - b));
    expect(await ignored(orderId)).toEqual([]);
  });

  test('publishes its own events and none that came from outside', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    const published = (): string[] => cc.published.flatMap(({ subject, type }) => (subject === orderId ? [type] : []));
    await eventually('all are published', async () => published().length === WAY.length - 1 - INTERNAL.length);
    expectTypes(published(), WAY.filter((type) => type !== 'FulfillmentCompleted' && !INTERNAL.includes(type)));
  });

  test('ends completed with the outcome of each line when a part could not be fulfilled', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'partial'));
    const order = await reaches(orderId, 'completed');
    expect(order.lines.map((line: any) => line.outcome)).toEqual([
      { provider: 'instant', status: 'fulfilled' }, { provider: 'instant', status: 'failed', reason: { code: 'out_of_stock' } },
    ]);
  });

  test('ends cancelled with the reason when nothing could be fulfilled', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'failed'));
    expect(await reaches(orderId, 'cancelled')).toMatchObject({ reason: { code: 'all_lines_failed' } });
    expect(await types(orderId)).not.toContain('ShippingCreated');
    expect(await types(orderId)).toContain('OrderCancelled');
  });

  test('ends cancelled with the reason when the request is refused for good', async () => {
    of.misbehave('refuse');
    const orderId = await place();
    expect(await reaches(orderId, 'cancelled')).toMatchObject({ reason: { code: 'no_provider', message: 'No provider for NW-99.' } });
    expect(of.keys.get(orderId)).toHaveLength(1);
    await eventually('the customer was written to', async () => (await types(orderId)).includes('NotificationFailed'));
    expectTypes(await types(orderId), [...PAID, ...INTERNAL, 'FulfillmentRefused', 'OrderUnfulfilled', 'PaymentRefundInitiated', 'PaymentRefunded', 'InventoryReleaseInitiated', 'InventoryReleased', 'OrderCancelled', 'NotificationFailed']);
  });
});

describe('whoever ordered', () => {
  test('is shown with the order and among those that need care as the catalogue tells of them now, and without when it tells nothing', async () => {
    const body = { customerId: 'KNOWN', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '14.00' }] };
    const { orderId } = (await cc.call('POST', '/orders', { body, headers: { 'idempotency-key': 'known' } })).body;
    expect(await read(orderId)).not.toHaveProperty('customer');
    const users = (path: string, body: object) => cc.call('POST', `/users${path}`, { body, scopes: 'users:write', headers: { 'idempotency-key': `key-${(keys += 1)}`, 'if-match': '*' } });
    expect((await users('', { userId: 'KNOWN', name: 'Vins', email: 'paul@vinet.example' })).status).toBe(201);
    const shown = (customer: object) => eventually('the order shows it', async () => JSON.stringify((await read(orderId)).customer) === JSON.stringify(customer));
    await shown({ name: 'Vins', status: 'active' });
    await eventually('it is fulfilling', async () => (await read(orderId)).status === 'fulfilling');
    await cc.pool.query("UPDATE orders SET status_since = now() - interval '2 days' WHERE order_id = $1", [orderId]);
    expect((await cc.call('GET', '/orders/care')).body.items).toEqual([expect.objectContaining({ orderId, customer: { name: 'Vins', status: 'active' } })]);
    await cc.pool.query('UPDATE orders SET status_since = now() WHERE order_id = $1', [orderId]);
    expect((await users('/KNOWN/deactivate', {})).status).toBe(200);
    await shown({ name: null, status: 'deactivated' });
    expect((await cc.call('GET', '/orders?limit=1')).body.items).toEqual([expect.objectContaining({ orderId, customer: { name: null, status: 'deactivated' } })]);
  });
});

describe('when the fulfilling side misbehaves, the order waits and is asked for again under its key', () => {
  test.each([
    ['answers 500', ['error', 'error']],
    ['answers with a page of HTML', ['html', 'html']],
    ['is busy', ['busy']],
    ['hangs up', ['hang-up', 'hang-up']],
    ['takes the order and the answer is lost', ['lost', 'lost']],
    ['does all of this in turn', ['error', 'lost', 'html', 'hang-up', 'busy']],
  ] as const)('%s', async (_, behaviours) => {
    of.misbehave(...behaviours);
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    expect(of.keys.get(orderId)).toHaveLength(behaviours.length + 1);
    expectFulfilledOnce(orderId);
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    expect((await types(orderId)).filter((type) => type === 'FulfillmentRequested')).toHaveLength(1);
  });

  test('does not answer at all', async () => {
    of.misbehave('silence');
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    expectFulfilledOnce(orderId);
  });

  test('is away, also while this service is started again', async () => {
    await of.stop();
    const orderIds = [await place(), await place(), await place()];
    const asked = "SELECT 1 FROM work WHERE handler = 'fulfillment.request' AND attempt > 0 AND subject = ANY ($1)";
    await eventually('each request has failed once', async () => (await cc.pool.query(asked, [orderIds])).rows.length === orderIds.length);
    await restart();
    for (const orderId of orderIds) await reaches(orderId, 'paid');
    await of.start();
    for (const orderId of orderIds) {
      await reaches(orderId, 'fulfilling', 20_000);
      expectFulfilledOnce(orderId);
    }
  }, 90_000);

  test.each([
    ['knows the key with another request, sent by an earlier version of this service', 'reused'],
    ['has forgotten the key and has the lines', 'forgotten-key'],
  ] as const)('%s: what it took is found', async (_, behaviour) => {
    of.misbehave('lost');
    of.hold();
    const orderId = await place();
    await eventually('the request has arrived', async () => of.keys.has(orderId));
    of.misbehave(behaviour);
    of.release();
    await reaches(orderId, 'fulfilling');
    expect(of.keys.get(orderId)).toHaveLength(2);
    expectFulfilledOnce(orderId);
  });

  test('calls this service by another name: the job says so, and no outcome gets lost', async () => {
    of.misbehave(...Array<'other-name'>(3).fill('other-name'));
    const orderId = await place();
    const error = await eventually('the job says so', async () => (await cc.pool.query(`SELECT last_error->>'message' AS message FROM work WHERE subject = $1 AND attempt > 0`, [orderId])).rows[0]);
    expect(error.message).toBe('The fulfilling side calls this service somebody, and not commerce-coordinator as OF_CLIENT_ID says.');
    await reaches(orderId, 'fulfilling', 20_000);
    expectFulfilledOnce(orderId);
  }, 90_000);
});

describe('completions that come as they like', () => {
  test('before the answer to the request: kept and applied', async () => {
    of.hold();
    const orderId = await place();
    await eventually('the request has arrived', async () => of.keys.has(orderId));
    of.misbehave('lost');
    // At once, so that the next attempt, however soon it comes, waits for its answer.
    of.release();
    of.hold();
    await eventually('it was taken', async () => of.taken.has(orderId));
    await arrives(of.settle(orderId, 'completed'));
    await eventually('the completion waits', async () => (await cc.pool.query("SELECT 1 FROM work WHERE state = 'waiting' AND subject = $1", [orderId])).rows.length >= 2);
    expect(await read(orderId)).toMatchObject({ status: 'paid' });
    of.release();
    await reaches(orderId, 'completed');
    expectFulfilledOnce(orderId);
    expect(await ignored(orderId)).toEqual([]);
  });

  test('twice, under two ids: the second is recorded as late, and nothing is shipped twice', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'completed'), of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    await eventually('all three have recorded it', async () => (await ignored(orderId)).length === 3);
    const rules = await ignored(orderId);
    expect(rules.map(([handler]) => handler).toSorted()).toEqual(['fulfillment.settled', 'orders.fulfill', 'shipping.create']);
    expect((await types(orderId)).filter((type) => type === 'ShippingCreated')).toHaveLength(1);
    const marked = (await timeline(orderId)).items.flatMap((item: any) => item.ignored.map(({ handler }: any) => [item.eventType, handler]));
    expect(marked.toSorted()).toEqual(['fulfillment.settled', 'orders.fulfill', 'shipping.create'].map((handler) => ['FulfillmentCompleted', handler]));
  });

  test('S57: about an order that nobody placed: recorded, and nothing waits for it', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    const envelope = of.settle(orderId, 'completed');
    const stranger = uuid7(Date.now());
    await arrives({ ...envelope, data: { ...(envelope.data as object), orderId: stranger } });
    await eventually('all three have recorded it', async () => (await ignored(stranger)).length === 3);
    expect(Object.fromEntries(await ignored(stranger))).toEqual({
      'orders.fulfill': 'unknown_order', 'fulfillment.settled': 'unknown_order', 'shipping.create': 'unknown_order',
    });
    expect((await cc.pool.query('SELECT 1 FROM work WHERE subject = $1', [stranger])).rows).toEqual([]);
  });

  test('all that happened while nobody read is read at once, in whatever order, and ends the same', async () => {
    await restart({ ROLES: 'api' });
    const ends = [await answeredUnread('completion first'), await answeredUnread('answer first')];
    const reader = await start({ ROLES: 'readers' });
    try {
      for (const orderId of ends) await reaches(orderId, 'completed');
      await eventually('nothing is left to do', async () => (await cc.pool.query('SELECT 1 FROM work WHERE subject = ANY ($1)', [ends])).rows.length === 0);
    } finally {
      await stop(reader);
    }
  });

  /** An order whose completion and whose answer are both in the log before anybody reads it. */
  async function answeredUnread(order: 'completion first' | 'answer first'): Promise<string> {
    const orderId = await place();
    const [, created] = await cc.log.history(orderId);
    if (created === undefined) throw new Error('The order has no events.');
    const answer = await requestAtOtherSide(orderId);
    const completed = of.settle(orderId, 'completed');
    if (order === 'completion first') await arrives(completed);
    const extension = { name: 'fulfillment', source: fulfillment.source, store: requestsStore, handlers: {}, effects: {}, timers: {} };
    const decide = inputDecision<FulfillmentRequest>(fulfillment, (state, context) => send(acknowledge(state, answer), context));
    await cc.log.change(extension, [{ subject: orderId, handler: 'fulfillment.request', trigger: triggerOf(created), event: created, decide }]);
    if (order === 'answer first') await arrives(completed);
    return orderId;
  }
});

describe('what the other side tells beside completions', () => {
  beforeAll(() => restart());

  test('that the fulfillment was called off: the order is cancelled with the reason, and nothing ships', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'cancelled'));
    const order = await reaches(orderId, 'cancelled');
    expect(order).toMatchObject({ reason: { code: 'out_of_season' }, lines: [{ outcome: { status: 'cancelled' } }, { outcome: { status: 'cancelled' } }] });
    const told = await types(orderId);
    expect(told).toEqual(expect.arrayContaining(['FulfillmentCancelled', 'PaymentRefunded', 'InventoryReleased', 'OrderCancelled']));
    expect(told).not.toContain('ShippingCreated');
  });

  test('that everything that was delivered was taken back: the money is given back, and the order is refunded', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    await arrives(of.revoke(orderId));
    await eventually('it is recorded', async () => (await requestOf(orderId)).told_version === 5);
    expect(await types(orderId)).toContain('FulfillmentRevoked');
    expect(await reaches(orderId, 'refunded')).toMatchObject({ lines: [{ outcome: { status: 'revoked' } }, { outcome: { status: 'revoked' } }] });
    expect(await provider.money(orderId)).toMatchObject({ charged: '42.00', refunded: '42.00', kept: '0.00' });
  });

  test('a completion after the request was refused: the other side is asked to take it back', async () => {
    of.misbehave('deny');
    const orderId = await place();
    await reaches(orderId, 'cancelled');
    await arrives(of.settle(orderId, 'completed'));
    await eventually('it was asked', async () => (await types(orderId)).includes('FulfillmentRevokeRequested'));
    const [fulfillment] = of.taken.get(orderId) ?? [];
    expect(of.revocations.filter(({ fulfillmentId }) => fulfillmentId === fulfillment?.fulfillmentId)).toEqual([
      { fulfillmentId: fulfillment?.fulfillmentId, reason: { code: 'order_cancelled', message: expect.any(String) } },
    ]);
    expect((await types(orderId)).filter((type) => type.startsWith('Fulfillment'))).toEqual(['FulfillmentRefused', 'FulfillmentCompleted', 'FulfillmentUnwanted', 'FulfillmentRevokeRequested']);
    expect(await read(orderId)).toMatchObject({ status: 'cancelled', reason: { code: 'no_provider' } });
    expect(cc.published.filter(({ subject }) => subject === orderId).map(({ type }) => type)).not.toContain('FulfillmentUnwanted');
  });
});

describe('both sides are compared', () => {
  const OFTEN = { FULFILLMENT_CHECK_AFTER_MS: '300', RECONCILE_EVERY_MS: '150' };
  const status = async () => (await cc.call('GET', '/reconciliation')).body;

  async function healedInLog(): Promise<object> {
    const { rows } = await cc.pool.query(`SELECT d AS difference, count(e.event_id)::int AS count FROM unnest('{outcome_missed,request_lost}'::text[]) d
      LEFT JOIN events e ON e.type = 'FulfillmentHealed' AND e.data->>'difference' = d GROUP BY d`);
    return Object.fromEntries(rows.map(({ difference, count }) => [difference, count]));
  }

  test('an outcome that never comes is found and applied; when it comes after all, it is late', async () => {
    await restart(OFTEN);
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await eventually('it was looked up while the order is under way', async () => (await requestOf(orderId)).checks > 0);
    const lost = of.settle(orderId, 'completed');
    const order = await reaches(orderId, 'completed');
    expect(order.lines[0].outcome).toEqual({ provider: 'instant', status: 'fulfilled' });

    await arrives(lost);
    await eventually('all have recorded it', async () => (await ignored(orderId)).length >= 3);
    expect((await types(orderId)).filter((type) => type === 'ShippingCreated' || type === 'OrderCompleted')).toHaveLength(2);
    expect((await cc.pool.query('SELECT 1 FROM work WHERE subject = $1', [orderId])).rows).toEqual([]);
    const items = (await timeline(orderId)).items;
    const found = items.filter(({ eventType }: any) => eventType === 'FulfillmentCompleted');
    expect(found.map(({ origin }: any) => origin)).toEqual(['own', 'foreign']);
    expect(found[0].data).toEqual(found[1].data);
    const created = items.find(({ eventType }: any) => eventType === 'PaymentProcessed');
    const healed = items.find(({ eventType }: any) => eventType === 'FulfillmentHealed');
    expect(healed).toMatchObject({ data: { difference: 'outcome_missed', found: 'completed' }, correlationId: created.correlationId, causationId: created.eventId });
    const after = await status();
    expect(after.healed).toEqual(await healedInLog());
    expect(Date.parse(after.lastRunAt)).toBeGreaterThan(Date.parse(created.recordedAt));
    expect(after).not.toHaveProperty('lastError');
  });

  test('what is settled is acknowledged in bulk, whether an event or a comparison has told it', async () => {
    await restart({ ROLES: 'api' });
    const orderIds = await Promise.all(Array.from({ length: 12 }, () => place()));
    const calls = of.bulkCalls.length;
    await restart(OFTEN);
    for (const [index, orderId] of orderIds.entries()) {
      await reaches(orderId, 'fulfilling');
      const told = of.settle(orderId, index % 2 === 0 ? 'completed' : 'failed');
      if (index % 3 !== 0) await arrives(told);
    }
    const versions = () => orderIds.map((orderId) => of.acknowledged.get(of.taken.get(orderId)?.[0]?.fulfillmentId ?? ''));
    await eventually('all are acknowledged', async () => versions().every((version) => version === 4));
    await eventually('nothing is left', async () => (await status()).unacknowledged === 0);
    expect(of.bulkCalls.slice(calls).filter((path) => path === '/v1/acknowledgements').length).toBeLessThan(orderIds.length);
  });

  test('what was taken back and not told is found in the list of the other side', async () => {
    await restart(OFTEN);
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    of.revoke(orderId);
    await eventually('it is told', async () => (await types(orderId)).includes('FulfillmentRevoked'));
    expect((await types(orderId)).filter((type) => type.startsWith('Fulfillment')).slice(-2)).toEqual(['FulfillmentRevoked', 'FulfillmentHealed']);
    await eventually('it is acknowledged', async () => of.acknowledged.get(of.taken.get(orderId)?.[0]?.fulfillmentId ?? '') === 5);
  });

  test('a request that the other side does not know is made again under its key, and settles', async () => {
    await restart(OFTEN);
    const orderId = await place();
    const { fulfillmentId: lost } = await reaches(orderId, 'fulfilling');
    of.forget(orderId);
    const again = await eventually('it was requested again', async () => {
      const order = await read(orderId);
      return order.fulfillmentId !== lost && order;
    });
    expect(new Set(of.keys.get(orderId)).size).toBe(1);
    expect(again).toMatchObject({ status: 'fulfilling', fulfillmentId: of.taken.get(orderId)?.[0]?.fulfillmentId });
    const { healed } = await status();
    expect(healed).toEqual(await healedInLog());
    expect(healed.request_lost).toBe(1);
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    expect((await types(orderId)).filter((type) => type.startsWith('Fulfillment'))).toEqual(['FulfillmentRequested', 'FulfillmentRequested', 'FulfillmentHealed', 'FulfillmentCompleted']);
  });

  test('a request that was lost and is refused when it is made again cancels the order', async () => {
    await restart(OFTEN);
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    of.misbehave('refuse');
    of.forget(orderId);
    expect(await reaches(orderId, 'cancelled')).toMatchObject({ reason: { code: 'no_provider' } });
  });

  test('a completion of an order that nobody placed stands in the ledger once, and in nobody’s way', async () => {
    await restart(OFTEN);
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    const stranger = uuid7(Date.now());
    await fetch(`${of.url}/v1/fulfillments`, {
      method: 'POST', headers: { authorization: 'Bearer token', 'idempotency-key': stranger }, body: JSON.stringify({ orderId: stranger, orderNumber: 1, lines: [{ lineId: '1', sku: 'NW-1', quantity: 1 }] }),
    });
    of.settle(stranger, 'completed');
    of.settle(orderId, 'completed');
    await reaches(orderId, 'completed');
    await eventually('it is acknowledged', async () => of.acknowledged.has(of.taken.get(stranger)?.[0]?.fulfillmentId ?? ''));
    expect(await ignored(stranger)).toEqual([['reconciliation', 'unknown_order']]);
  });

  test('again when it failed, and after a restart not before its time', async () => {
    await restart({ RECONCILE_EVERY_MS: '100' });
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    await of.stop();
    await eventually('the failure is told', async () => 'lastError' in (await status()));
    await of.start();
    await eventually('it is made good', async () => !('lastError' in (await status())), 20_000);
    await restart({ RECONCILE_EVERY_MS: '60000' });
    const { lastRunAt } = await status();
    const calls = of.bulkCalls.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([(await status()).lastRunAt, of.bulkCalls.length]).toEqual([lastRunAt, calls]);
  }, 90_000);

  test('is shown to whoever may read orders', async () => {
    expect(await cc.call('GET', '/reconciliation', { scopes: 'orders:write' })).toMatchObject({ status: 403 });
    expect(await cc.call('GET', '/reconciliation', { scopes: 'orders:read' })).toMatchObject({
      status: 200, body: { lastRunAt: expect.any(String), healed: { outcome_missed: expect.any(Number), request_lost: expect.any(Number) }, waiting: expect.any(Number), unacknowledged: expect.any(Number) },
    });
  });
});
