/**
 * The saga of an order with real parts: readers, database, the payment stand-in as a process, a fulfilling side over HTTP. What is
 * undone is counted where it was done: in the provider's ledger, in the stock, at the fulfilling side.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestProvider } from './extensions/payments/test-provider.ts';
import type { TestProvider } from './extensions/payments/test-provider.ts';
import { startTestCoordinator } from './test-coordinator.ts';
import type { Answer, TestCoordinator } from './test-coordinator.ts';
import { startFulfillingSide } from './test-fulfilling-side.ts';
import type { FulfillingSide } from './test-fulfilling-side.ts';

const BAD_CARD = 'tok_4000000000000002';
const REASON = { code: 'customer_changed_mind' };
const ALL_SCOPES = 'orders:read orders:write admin dlq:write inventory:read inventory:write catalog:read catalog:write users:read users:write';

let database: TestDatabase;
let of: FulfillingSide;
let provider: TestProvider;
let cc: TestCoordinator;
let keys = 0;

const start = (environment: Record<string, string> = {}): Promise<TestCoordinator> => startTestCoordinator({
  ROLES: 'api,readers', DATABASE_URL: database.url, OF_URL: of.url, ISSUER_URL: of.url, FULFILLMENT_TIMEOUT_MS: '1000', PAYMENTS_URL: provider.url, ...environment,
});

beforeAll(async () => {
  database = await createTestDatabase();
  of = await startFulfillingSide();
  provider = await startTestProvider('http://127.0.0.1:1/webhooks/payments/orders');
  cc = await start();
});
afterAll(async () => {
  await cc?.stop();
  await of?.stop();
  await provider?.stop();
  await database?.drop();
});

const call = (method: string, path: string, body?: unknown): Promise<Answer> => cc.call(method, path, { body, scopes: ALL_SCOPES, headers: { 'idempotency-key': `key-${(keys += 1)}` } });
const read = async (orderId: string): Promise<any> => (await call('GET', `/orders/${orderId}`)).body;
const types = async (orderId: string): Promise<string[]> => (await call('GET', `/orders/${orderId}/timeline?limit=200`)).body.items.map(({ eventType }: any) => eventType);
const act = (orderId: string, what: string, body: object = { reason: REASON }): Promise<Answer> => call('POST', `/orders/${orderId}/${what}`, body);

async function place(lines: readonly [string, number][] = [['NW-1', 1], ['NW-2', 2]], token?: string): Promise<string> {
  const answer = await call('POST', '/orders', {
    customerId: 'VINET', currency: 'USD', lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: '10.00' })), freight: '5.00',
    ...(token !== undefined && { payment: { method: { type: 'card', token } } }),
  });
  expect(answer.status).toBe(202);
  return answer.body.orderId;
}

async function reaches(orderId: string, status: string): Promise<any> {
  return eventually(`${orderId} is ${status}`, async () => {
    const order = await read(orderId);
    return order.status === status && order;
  });
}

async function arrives(...envelopes: EventEnvelope[]): Promise<void> {
  expect(await cc.log.appendForeign(envelopes)).toEqual(envelopes.map(() => ({ kind: 'appended' })));
}

async function stockUp(sku: string, delta: number): Promise<void> {
  expect((await call('POST', '/inventory/adjustments', { sku, delta, reason: { code: 'restock' } })).status).toBeLessThan(300);
}
const stock = async (sku: string): Promise<object> => {
  const { onHand, reserved } = (await call('GET', `/inventory/${sku}`)).body;
  return { onHand, reserved };
};

/** Nothing is left to be done for the order: no job, no parked event, no dead letter. */
const settled = (orderId: string): Promise<unknown> => eventually('nothing is left to be done', async () => (await cc.pool.query('SELECT 1 FROM work WHERE subject = $1', [orderId])).rows.length === 0);

describe('an order that cannot go on', () => {
  test('for want of stock is cancelled, never charged, and nobody is asked to fulfil it', async () => {
    await stockUp('RARE-1', 3);
    const orderId = await place([['RARE-1', 2], ['NW-1', 1]]);
    await reaches(orderId, 'fulfilling');
    const late = await place([['RARE-1', 2], ['NW-1', 1]]);
    expect(await reaches(late, 'cancelled')).toMatchObject({ reason: { code: 'no_stock' } });
    expect(await provider.money(late)).toBeUndefined();
    expect(of.keys.has(late)).toBe(false);
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    await settled(orderId);
    expect(await stock('RARE-1')).toEqual({ onHand: 1, reserved: 0 });
  });

  test('because its card is refused is cancelled, and its stock is free again', async () => {
    await stockUp('RARE-2', 1);
    const orderId = await place([['RARE-2', 1]], BAD_CARD);
    const order = await reaches(orderId, 'cancelled');
    expect(order.reason.code).toMatch(/declined|refused/);
    // How it was to be paid is of no use any more.
    expect((await cc.pool.query('SELECT payment_method FROM orders WHERE order_id = $1', [orderId])).rows).toEqual([{ payment_method: null }]);
    expect(await stock('RARE-2')).toEqual({ onHand: 1, reserved: 0 });
    expect(of.keys.has(orderId)).toBe(false);
  });

  test('because nothing of it can be fulfilled gets its money back and frees its stock', async () => {
    await stockUp('RARE-3', 1);
    const orderId = await place([['RARE-3', 1]]);
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'failed'));
    expect(await reaches(orderId, 'cancelled')).toMatchObject({ reason: { code: 'all_lines_failed' } });
    expect(await provider.money(orderId)).toMatchObject({ charged: '15.00', refunded: '15.00' });
    expect(await stock('RARE-3')).toEqual({ onHand: 1, reserved: 0 });
  });

  test('in part goes on with the rest: the money of the other lines is given back, their stock is free', async () => {
    await stockUp('RARE-4', 1);
    await stockUp('RARE-5', 1);
    const orderId = await place([['RARE-4', 1], ['RARE-5', 1]]);
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'partial'));
    await reaches(orderId, 'completed');
    await settled(orderId);
    expect(await provider.money(orderId)).toMatchObject({ charged: '25.00', refunded: '10.00', kept: '15.00' });
    expect([await stock('RARE-4'), await stock('RARE-5')]).toEqual([{ onHand: 0, reserved: 0 }, { onHand: 1, reserved: 0 }]);
  });
});

describe('what the fulfilling side tells of an order', () => {
  const OTHER = '0193a6a0-7000-7abc-9def-0123456789ab';
  const told = ({ data, metadata, ...envelope }: EventEnvelope, sequence: number, given: object = {}): EventEnvelope => ({ ...envelope, eventId: uuid7(Date.now()), metadata: { ...metadata, sequence }, data: { ...(data as object), ...given } });
  const ignored = async (orderId: string): Promise<unknown[]> => (await cc.log.ignored(orderId)).flatMap(({ handler, rule, evidence }) => (handler.startsWith('orders.') ? [[handler, rule, evidence]] : []));

  test('against what it has told, or of another fulfillment, is judged by the order alone: stock, money and order stay as they are', async () => {
    await stockUp('RARE-6', 1);
    const orderId = await place([['RARE-6', 1]]);
    const { fulfillmentId } = await reaches(orderId, 'fulfilling');
    const completed = of.settle(orderId, 'completed');
    const failed = of.settle(orderId, 'failed');
    await arrives(told(completed, 4, { fulfillmentId: OTHER }));
    await eventually('it waits', async () => (await cc.pool.query("SELECT 1 FROM work WHERE subject = $1 AND handler = 'orders.fulfill' AND state = 'waiting'", [orderId])).rows.length === 1);
    expect([await read(orderId), await stock('RARE-6')]).toMatchObject([{ status: 'fulfilling' }, { onHand: 1, reserved: 1 }]);

    await arrives(completed);
    const order = await reaches(orderId, 'completed');
    await settled(orderId);
    await arrives(told(failed, 9), told(failed, 9, { fulfillmentId: OTHER }));
    await eventually('the order has judged all three', async () => (await ignored(orderId)).length === 3);
    await settled(orderId);
    const evidence = { source: 'order-fulfillment', sequence: 9, status: 'completed' };
    expect((await ignored(orderId)).toSorted()).toEqual([
      ['orders.cancel', 'already_completed', evidence], ['orders.cancel', 'other_fulfillment', { ...evidence, fulfillmentId }],
      ['orders.fulfill', 'other_fulfillment', { source: 'order-fulfillment', sequence: 4, status: 'fulfilled', fulfillmentId }],
    ]);
    expect(await read(orderId)).toEqual(order);
    expect(await provider.money(orderId)).toMatchObject({ charged: '15.00', kept: '15.00' });
    expect(await stock('RARE-6')).toEqual({ onHand: 0, reserved: 0 });
    expect((await types(orderId)).filter((type) => type === 'OrderFulfilled' || type === 'OrderUnfulfilled' || type.startsWith('PaymentRefund'))).toEqual(['OrderFulfilled']);
  });
});

describe('a customer who changes their mind', () => {
  test('while the order is being fulfilled: it is called off there, everything is undone, and the record says who and why', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    const answer = await act(orderId, 'cancel', { reason: { ...REASON, message: 'Ordered twice.' } });
    expect(answer).toMatchObject({ status: 202, body: { status: 'cancel_pending', reason: REASON } });
    await eventually('it was called off', async () => of.cancels.includes(orderId));
    await arrives(of.outcome(orderId));
    expect(await reaches(orderId, 'cancelled')).toMatchObject({ reason: { code: 'customer_changed_mind' } });
    await settled(orderId);
    expect(await provider.money(orderId)).toMatchObject({ kept: '0.00' });
    const [audit] = (await cc.log.history(orderId)).filter(({ type }) => type === 'AuditRecorded');
    expect(audit).toMatchObject({ topic: 'audit-events', data: { act: 'order.cancel', about: orderId, by: { subject: 'user of storefront', clientId: 'storefront' }, why: 'Ordered twice.' } });
  });

  test('too late: the completion wins, the order goes on, and the cancel is recorded as refused', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    const completed = of.settle(orderId, 'completed');
    await act(orderId, 'cancel');
    await eventually('it was asked', async () => of.cancels.includes(orderId));
    await arrives(completed);
    expect(await reaches(orderId, 'completed')).toMatchObject({ reason: null });
    await settled(orderId);
    expect(await types(orderId)).toEqual(expect.arrayContaining(['OrderCancelRequested', 'OrderCancelRefused', 'OrderCompleted']));
    expect(await types(orderId)).not.toContain('OrderCancelled');
    expect(await provider.money(orderId)).toMatchObject({ kept: '35.00' });
  });

  test('while nobody knows whether the request has arrived: the fulfilling side is told by the order, and takes nothing for it', async () => {
    of.hold();
    const orderId = await place();
    await eventually('the request is on its way', async () => of.keys.has(orderId));
    await act(orderId, 'cancel');
    await eventually('it was told', async () => of.cancels.includes(orderId));
    of.release();
    await reaches(orderId, 'cancelled');
    await settled(orderId);
    expect(of.taken.get(orderId) ?? []).toEqual([]);
    expect(await provider.money(orderId)).toMatchObject({ kept: '0.00' });
  });

  test('before the money is taken: it is not taken, and nothing is requested', async () => {
    await provider.misbehave({ seed: 1, serverError: 1 });
    const orderId = await place();
    await reaches(orderId, 'reserved');
    await act(orderId, 'cancel');
    await provider.misbehave({});
    expect(await reaches(orderId, 'cancelled')).toMatchObject({ reason: REASON });
    await settled(orderId);
    expect((await provider.money(orderId))?.kept ?? '0.00').toBe('0.00');
    expect(of.taken.has(orderId)).toBe(false);
  });

  test('twice: the second answer shows the same, and of what has ended nothing can be cancelled', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    const [first, second] = [await act(orderId, 'cancel'), await act(orderId, 'cancel')];
    expect([first.status, second.status, second.body.version]).toEqual([202, 202, first.body.version]);
    await eventually('it was called off', async () => of.cancels.includes(orderId));
    await arrives(of.outcome(orderId));
    await reaches(orderId, 'cancelled');
    expect(await act(orderId, 'cancel')).toMatchObject({ status: 409, body: { code: 'order_not_cancellable' } });
    expect(await act(orderId, 'refund')).toMatchObject({ status: 409, body: { code: 'order_not_refundable' } });
    expect(await act('nobody', 'cancel')).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
    expect(await cc.call('POST', `/orders/${orderId}/cancel`, { scopes: 'orders:read', body: { reason: REASON } })).toMatchObject({ status: 403 });
  });

  test('after the delivery: it is taken back and the money is given back, all of it or of some lines', async () => {
    const [whole, part] = [await place(), await place()];
    for (const orderId of [whole, part]) {
      await reaches(orderId, 'fulfilling');
      await arrives(of.settle(orderId, 'completed'));
      await reaches(orderId, 'completed');
    }
    expect(await act(whole, 'refund')).toMatchObject({ status: 202 });
    await reaches(whole, 'refunded');
    expect(await provider.money(whole)).toMatchObject({ charged: '35.00', kept: '0.00' });
    expect((await types(whole)).filter((type) => type === 'OrderRefunded')).toHaveLength(1);
    expect(of.revocations.some(({ fulfillmentId }) => fulfillmentId === of.taken.get(whole)?.[0]?.fulfillmentId)).toBe(true);

    expect(await act(part, 'refund', { reason: REASON, lineIds: ['9'] })).toMatchObject({ status: 422, body: { code: 'order_line_unknown' } });
    for (let times = 0; times < 2; times += 1) expect(await act(part, 'refund', { reason: REASON, lineIds: ['2'] })).toMatchObject({ status: 202, body: { status: 'completed' } });
    await eventually('it was given back', async () => (await provider.money(part))?.refunded === '20.00');
    expect(await read(part)).toMatchObject({ status: 'completed' });
  });
});

describe('an order whose time has run out', () => {
  test('is tried again, then raised for a person, who sees what it waits for, and goes on when that comes', async () => {
    await cc.stop();
    // A hundredth of the times: 0.6 s to the first step of a paid order, 18 s to the second.
    cc = await start({ ORDER_DEADLINES_PERCENT: '1' });
    await of.stop();
    const orderId = await place();
    const item = await eventually('it needs care', async () => (await call('GET', '/orders/care')).body.items.find((one: any) => one.orderId === orderId), 12_000);
    expect(item).toMatchObject({
      status: 'paid', cause: 'failing', acts: ['retry', 'cancel'], pastPromiseMs: expect.any(Number), lastError: { handler: 'fulfillment.request', code: expect.any(String) },
      waitsFor: expect.stringMatching(/^It waits for the fulfilling side to take the order: attempt \d+ failed \(.*\), the next one is .*\.$/),
    });
    await eventually('that is told', async () => (await types(orderId)).includes('OrderOverdue'), 12_000);
    await cc.pool.query("UPDATE orders SET updated_at = now() - interval '1 hour' WHERE order_id = $1", [orderId]);
    expect(await reaches(orderId, 'on_hold')).toBeTruthy();
    expect((await call('GET', '/orders/care')).body.items.find((one: any) => one.orderId === orderId)).toMatchObject({ nextStep: expect.stringMatching(/^(In \d+ s|Now) fulfillment\.request is tried again\.$/) });
    await of.start();
    await eventually('it was tried at once and went on', async () => {
      await act(orderId, 'retry');
      return (await read(orderId)).status === 'fulfilling';
    }, 45_000);
    expect((await call('GET', '/orders/care')).body.items.some((one: any) => one.orderId === orderId)).toBe(false);
  }, 90_000);
});

describe('a person who acts', () => {
  test('has a request that was given up asked for again: it is taken on once, and the story says who did it and why', async () => {
    await cc.stop();
    cc = await start();
    await of.stop();
    const orderId = await place();
    await eventually('it was asked', async () => (await cc.pool.query("SELECT 1 FROM work WHERE subject = $1 AND handler = 'fulfillment.request' AND attempt > 0", [orderId])).rows.length > 0);
    await cc.stop();
    cc = await start({ ROLES: 'api' });
    await cc.pool.query("UPDATE work SET state = 'dead' WHERE subject = $1", [orderId]);
    const item = (await call('GET', '/orders/care?givenUp=true')).body.items.find((one: any) => one.orderId === orderId);
    expect(item).toMatchObject({ cause: 'given_up', acts: ['retry', 're-request', 'cancel'] });
    expect(await act(orderId, 're-request', { reason: { code: 'key_expired', message: 'A week has passed.' } })).toMatchObject({ status: 202, body: { status: 'paid' } });
    await of.start();
    await cc.stop();
    cc = await start();
    await reaches(orderId, 'fulfilling');
    await settled(orderId);
    expect([of.taken.get(orderId)?.length, of.keys.get(orderId)]).toEqual([1, [expect.stringMatching(/^fulfillment\.request_again:/)]]);
    const { items } = (await call('GET', `/orders/${orderId}/timeline?limit=200`)).body;
    const texts = items.flatMap(({ text, attempts, ignored }: any) => [text, ...attempts.map((one: any) => one.text), ...ignored.map((one: any) => one.text)]);
    expect(texts).toEqual(expect.arrayContaining([
      expect.stringMatching(/^fulfillment\.request failed at attempt 1 \(.*\); it was to run again after \d+ ms\.$/),
      'fulfillment.request did nothing (requested_again): a new request took its place, said user of storefront ("A week has passed.").',
      'New request for fulfillment asked for (key_expired): asked by user of storefront (orders.re-request).',
      'Fulfillment requested, and taken on by the fulfilling side: by fulfillment.request_again, because a new request was asked for.',
    ]));
  }, 90_000);
});
