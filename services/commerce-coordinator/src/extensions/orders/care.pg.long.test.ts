/**
 * What orders wait for, told from what real runs have recorded: each cause is made to happen, by a fulfilling side and a provider
 * that misbehave, a mail server that is not there, and a stock that cannot be written.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startFulfillingSide } from '../../test-fulfilling-side.ts';
import type { FulfillingSide } from '../../test-fulfilling-side.ts';
import { startTestCoordinator } from '../../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../../test-coordinator.ts';
import { startTestProvider } from '../payments/test-provider.ts';
import type { TestProvider } from '../payments/test-provider.ts';

const SCOPES = 'orders:read orders:write dlq:write inventory:write users:write';
/** The provider decides on it later. */
const SLOW_CARD = 'tok_4000000000000077';

let database: TestDatabase;
let of: FulfillingSide;
let provider: TestProvider;
let cc: TestCoordinator;
let keys = 0;
const sentences = new Set<string>();

beforeAll(async () => {
  [database, of, provider] = await Promise.all([createTestDatabase(), startFulfillingSide(), startTestProvider('http://127.0.0.1:1/webhooks')]);
  cc = await startTestCoordinator({
    ROLES: 'api,readers', DATABASE_URL: database.url, OF_URL: of.url, ISSUER_URL: of.url, FULFILLMENT_TIMEOUT_MS: '1000', FULFILLMENT_CHECK_AFTER_MS: '100', RECONCILE_EVERY_MS: '100',
    PAYMENTS_URL: provider.url, PAYMENTS_TIMEOUT_MS: '300', PAYMENTS_ASK_AFTER_MS: '100', SMTP_URL: 'smtp://127.0.0.1:1',
  });
});
afterAll(async () => {
  await cc?.stop();
  await Promise.all([of?.stop(), provider?.stop()]);
  await database?.drop();
});

const call = (method: string, path: string, body?: unknown): Promise<Answer> => cc.call(method, path, { body, scopes: SCOPES, headers: { 'idempotency-key': `key-${(keys += 1)}` } });

async function place({ sku = 'NW-1', token, customerId = 'VINET' }: { sku?: string; token?: string; customerId?: string } = {}): Promise<string> {
  const payment = token === undefined ? {} : { payment: { method: { type: 'card', token } } };
  const { status, body } = await call('POST', '/orders', { customerId, currency: 'USD', lines: [{ sku, quantity: 1, unitPrice: '10.00' }], ...payment });
  expect(status).toBe(202);
  return body.orderId;
}

const reaches = (orderId: string, status: string): Promise<unknown> => eventually(`${orderId} is ${status}`, async () => (await call('GET', `/orders/${orderId}`)).body.status === status);

/** What the list says once it says this. The time of the order has run out, as the job that looks for such orders would have it. */
async function told(orderId: string, waitsFor: RegExp): Promise<any> {
  let last: string | undefined;
  const item = await eventually(`${orderId} waits for ${waitsFor}`, async () => {
    await cc.pool.query("UPDATE orders SET overdue = 1, status_since = now() - interval '2 days' WHERE order_id = $1", [orderId]);
    const found = (await call('GET', '/orders/care?limit=200')).body.items.find((one: any) => one.orderId === orderId);
    last = found?.waitsFor;
    return waitsFor.test(found?.waitsFor ?? '') && found;
  }, 8_000).catch((error: Error) => Promise.reject(new Error(`${error.message}; it says: ${last}`)));
  // Times and counts differ; the causes must.
  sentences.add(item.waitsFor.replaceAll(/\d+/g, 'n'));
  return item;
}

describe('an order that waits', () => {
  test('for a fulfilling side that answers 503 says so, with the attempt and the next one, and what may be done', async () => {
    of.misbehave('unavailable', 'unavailable');
    const orderId = await place();
    const item = await told(orderId, /^It waits for the fulfilling side to take the order: attempt \d failed \(The service answered 503 \(unavailable\): Unavailable\), the next one is (now|in \d+ s)\.$/);
    expect(item).toMatchObject({ status: 'paid', cause: 'failing', acts: ['retry', 'cancel'], lastError: { handler: 'fulfillment.request', attempt: expect.any(Number), message: expect.stringContaining('503') } });
    expect(item.nextStep).toMatch(/^(Now|In \d+ s) fulfillment\.request is tried again; in 30 min it is raised for a person\.$/);
    await reaches(orderId, 'fulfilling');
  });

  test('for a fulfilling side that does not let us in', async () => {
    of.misbehave('unauthorized', 'unauthorized', 'unauthorized', 'unauthorized');
    const orderId = await place();
    await told(orderId, /take the order: attempt \d failed \(.*401 \(unauthenticated\).*\), the next one/);
    await reaches(orderId, 'fulfilling');
  });

  test('for an outcome that has not come: how often it was asked, and when it is again', async () => {
    const orderId = await place();
    await reaches(orderId, 'fulfilling');
    const item = await told(orderId, /^It waits for the fulfilling side to tell an outcome: it was asked (once|\d+ times) and has not told, and is asked again (now|in \d+ s)\.$/);
    expect(item).toMatchObject({ cause: 'untold', lastError: null, nextStep: expect.stringMatching(/^(Now|In \d+ s) the fulfilling side is asked what became of it; in 24 h it is raised for a person\.$/), acts: ['re-request', 'cancel'] });
  });

  test('for a provider that does not answer in time', async () => {
    await provider.misbehave({ latencyMs: [1_000, 1_000] });
    const orderId = await place();
    await told(orderId, /^It waits for the payment provider to take the money: attempt \d failed \(the payment provider gave no answer \(TimeoutError\)\), the next one/);
    await provider.misbehave({});
    await reaches(orderId, 'fulfilling');
  });

  test('for a provider that decides later and whose webhook never comes', async () => {
    await provider.misbehave({ decisionDelayMs: [60_000, 60_000], loseWebhook: 1 });
    const orderId = await place({ token: SLOW_CARD });
    const item = await told(orderId, /^It waits for the payment provider to tell what became of the charge: it was asked \d+ times and has not told, and is asked again (now|in \d+ s)\.$/);
    expect(item).toMatchObject({ status: 'reserved', cause: 'untold', acts: ['retry', 'cancel'] });
    await provider.misbehave({});
  });

  test('for a mail server that is not there', async () => {
    await call('POST', '/users', { userId: 'MAILED', email: 'mailed@example.com' });
    const orderId = await place({ customerId: 'MAILED' });
    await reaches(orderId, 'fulfilling');
    await cc.log.appendForeign([of.settle(orderId, 'completed')]);
    await reaches(orderId, 'completed');
    // A completed order waits for nothing; it is as if its end had not been told.
    await cc.pool.query("UPDATE orders SET status = 'shipped' WHERE order_id = $1", [orderId]);
    await told(orderId, /^It waits for the mail server to take a message: attempt \d failed \(The mail server did not take the message \(\w+\)\), the next one/);
    // Each wait is twice as long as the one before, up to half an hour: nobody who has mended the server waits for it.
    const attempted = async (): Promise<number> => (await cc.pool.query("SELECT attempt FROM work WHERE subject = $1 AND handler LIKE 'notifications.%'", [orderId])).rows[0].attempt;
    for (let asked = 0; asked < 9; asked += 1) {
      const before = await attempted();
      expect((await call('POST', `/orders/${orderId}/retry`, { reason: { code: 'server_mended' } })).status).toBe(202);
      await eventually('it was tried at once', async () => (await attempted()) > before, 3_000);
    }
  });

  test('for a stock that cannot be written; then it is given up, and holds what comes after', async () => {
    expect((await call('POST', '/inventory/adjustments', { sku: 'BROKEN', delta: 5, reason: { code: 'restock' } })).status).toBe(200);
    await cc.pool.query("ALTER TABLE inventory_stocks ADD CONSTRAINT broken_for_a_test CHECK (sku <> 'BROKEN') NOT VALID");
    const orderId = await place({ sku: 'BROKEN' });
    await told(orderId, /^It waits for inventory\.reserve, which failed (once|\d times) \(.*broken_for_a_test.*\) and runs again (now|in \d+ s)\.$/);
    await cc.pool.query("UPDATE work SET attempt = 19, due_at = now() WHERE subject = $1 AND state = 'ready'", [orderId]);
    const item = await told(orderId, /^It waits for a person: inventory\.reserve was given up after 20 attempts \(.*broken_for_a_test.*\)\.$/);
    expect(item).toMatchObject({ cause: 'given_up', acts: ['retry', 'cancel'] });
    // Not only after its time: what was given up needs a person now.
    await cc.pool.query('UPDATE orders SET overdue = 0, status_since = now() WHERE order_id = $1', [orderId]);
    expect((await call('GET', '/orders/care?limit=200')).body.items.find((one: any) => one.orderId === orderId)).toMatchObject({ pastPromiseMs: null, cause: 'given_up' });
    await cc.log.appendForeign([{ ...of.settle(await fulfilling(), 'completed'), eventType: 'InventoryReleaseInitiated', data: { orderId, lines: [{ lineId: '1', sku: 'BROKEN', quantity: 1 }], reason: { code: 'not_fulfilled' } } }]);
    await told(orderId, /given up after 20 attempts \(.*\), and holds a later event\.$/);
    await cc.pool.query('ALTER TABLE inventory_stocks DROP CONSTRAINT broken_for_a_test');
    expect((await call('POST', `/orders/${orderId}/retry`, { reason: { code: 'disk_mended' } })).status).toBe(202);
    await eventually('it went on', async () => (await call('GET', `/orders/${orderId}`)).body.status !== 'created');
  });

  test('for a fulfilling side that refuses connections: to be asked, to tell, to call off; and behind an open circuit', async () => {
    const [untold, called] = [await fulfilling(), await fulfilling()];
    await of.stop();
    try {
      const orderId = await place();
      await told(orderId, /take the order: attempt \d failed \(The call was not sent: .*ECONNREFUSED.*\), the next one/);
      expect((await call('POST', `/orders/${called}/cancel`, { reason: { code: 'changed_mind' } })).status).toBe(202);
      await told(called, /^It waits for the fulfilling side to call the order off: attempt \d+ failed \(.*\), the next one/);
      await told(untold, /^It waits for the fulfilling side to tell an outcome: .*has not told; the last question failed \(.+\), and is asked/);
      // Ten that fail one after another open the circuit.
      const [last] = await Promise.all(Array.from({ length: 12 }, () => place()));
      await told(last ?? '', /take the order: attempt \d+ failed \(The circuit to the service is open; the last call: .*ECONNREFUSED.*\), the next one/);
    } finally {
      await of.start();
    }
  });

  test('for money that goes back, though it has ended: it is late after a minute', async () => {
    await provider.misbehave({ serverError: 1 });
    const { body: { orderId } } = await call('POST', '/orders', { customerId: 'VINET', currency: 'USD', lines: ['NW-1', 'NW-2'].map((sku) => ({ sku, quantity: 1, unitPrice: '10.00' })) });
    await reaches(orderId, 'reserved');
    await provider.misbehave({});
    await reaches(orderId, 'fulfilling');
    await provider.misbehave({ serverError: 1 });
    await cc.log.appendForeign([of.settle(orderId, 'partial')]);
    await reaches(orderId, 'completed');
    const failing = (): Promise<unknown> => eventually('it was tried', async () => (await cc.pool.query("SELECT 1 FROM work WHERE subject = $1 AND handler = 'payments.refund' AND attempt > 0", [orderId])).rows.length > 0);
    await failing();
    const listed = async (): Promise<any> => (await call('GET', '/orders/care?limit=200')).body.items.find((one: any) => one.orderId === orderId);
    expect(await listed()).toBeUndefined();
    await cc.pool.query("UPDATE events SET recorded_at = recorded_at - interval '70 s' WHERE subject = $1", [orderId]);
    expect(await listed()).toMatchObject({ status: 'completed', cause: 'failing', pastPromiseMs: expect.any(Number), acts: expect.arrayContaining(['retry']), waitsFor: expect.stringMatching(/^It waits for the payment provider to give money back: attempt \d+ failed/) });
    await provider.misbehave({});
  });

  test('says something else for each of these causes', () => {
    expect(sentences.size).toBeGreaterThanOrEqual(12);
  });
});

async function fulfilling(): Promise<string> {
  const orderId = await place();
  await reaches(orderId, 'fulfilling');
  return orderId;
}
