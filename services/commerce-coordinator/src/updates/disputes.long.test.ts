/** Disputes with real parts: what the provider tells over HTTP, the whole saga, and a fulfilling side that can be asked to wait. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { startTestProvider, TEST_PROVIDER } from '../extensions/payments/test-provider.ts';
import type { TestProvider } from '../extensions/payments/test-provider.ts';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { startFulfillingSide } from '../test-fulfilling-side.ts';
import type { FulfillingSide } from '../test-fulfilling-side.ts';

let database: TestDatabase;
let of: FulfillingSide;
let provider: TestProvider;
let cc: TestCoordinator;
let count = 0;

beforeAll(async () => {
  [database, of, provider] = await Promise.all([createTestDatabase(), startFulfillingSide(), startTestProvider('http://127.0.0.1:1/webhooks')]);
  cc = await startTestCoordinator({ ROLES: 'api,readers', DATABASE_URL: database.url, OF_URL: of.url, ISSUER_URL: of.url, FULFILLMENT_TIMEOUT_MS: '1000', PAYMENTS_URL: provider.url, STRIPE_URL: provider.stripeUrl, STRIPE_API_KEY: TEST_PROVIDER.stripeKey });
});
afterAll(async () => {
  await cc?.stop();
  await Promise.all([of?.stop(), provider?.stop()]);
  await database?.drop();
});

async function place(payment: object = {}): Promise<string> {
  const body = { ...payment, customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }, { sku: 'NW-2', quantity: 1, unitPrice: '5.00' }] };
  return (await cc.call('POST', '/orders', { body, headers: { 'idempotency-key': `key-${(count += 1)}` } })).body.orderId;
}

const status = async (orderId: string): Promise<string> => (await cc.call('GET', `/orders/${orderId}`)).body.status;
const reaches = (orderId: string, wanted: string): Promise<unknown> => eventually(`${orderId} is ${wanted}`, async () => (await status(orderId)) === wanted);
const types = async (orderId: string): Promise<string[]> => (await cc.log.history(orderId)).map(({ type }) => type);
const arrives = (...envelopes: Parameters<TestCoordinator['log']['appendForeign']>[0]): Promise<unknown> => cc.log.appendForeign(envelopes);

async function dispute(orderId: string, what: string, given: object = {}): Promise<void> {
  count += 1;
  const body = { provider: 'stripe', providerEventId: `evt-${count}`, disputeId: `dp-${orderId}`, orderId, status: what, amount: '15.00', currency: 'USD', occurredAt: new Date(Date.UTC(2026, 0, 1) + count * 1_000).toISOString(), ...given };
  expect((await cc.call('POST', '/internal/updates/disputes', { body, scopes: 'updates:write', client: 'ingest' })).body).toEqual({ verdict: 'applied' });
}

async function fulfilling(): Promise<string> {
  const orderId = await place();
  await reaches(orderId, 'fulfilling');
  return orderId;
}

async function completed(): Promise<string> {
  const orderId = await fulfilling();
  await arrives(of.settle(orderId, 'completed'));
  await reaches(orderId, 'completed');
  return orderId;
}

const waited = (orderId: string, what: string): Promise<unknown> => eventually(`${what} of ${orderId} was asked for`, async () => of.waits.includes(`${what} ${orderId}`));

describe('A dispute about an order that is being fulfilled', () => {
  test('makes it wait, and go on when it is won', async () => {
    const orderId = await fulfilling();
    await dispute(orderId, 'opened');
    await reaches(orderId, 'on_hold');
    await waited(orderId, 'hold');
    expect(of.taken.get(orderId)?.[0]?.status).toBe('on_hold');
    await dispute(orderId, 'under_review');
    await dispute(orderId, 'won');
    await reaches(orderId, 'fulfilling');
    await waited(orderId, 'release');
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    expect(await types(orderId)).toEqual(expect.arrayContaining(['DisputeOpened', 'FulfillmentSuspended', 'DisputeUnderReview', 'DisputeWon', 'FulfillmentResumed', 'OrderCompleted']));
    expect(await provider.money(orderId)).toMatchObject({ kept: '15.00' });
  });

  test('and is lost ends it: called off, its money gone and not given back once more', async () => {
    const orderId = await fulfilling();
    await dispute(orderId, 'opened');
    await waited(orderId, 'hold');
    await dispute(orderId, 'lost');
    await eventually('it was called off', async () => of.cancels.includes(orderId));
    await arrives(of.outcome(orderId));
    await reaches(orderId, 'cancelled');
    expect((await cc.call('GET', `/orders/${orderId}`)).body.reason).toMatchObject({ code: 'dispute_lost' });
    expect(await types(orderId)).not.toContain('PaymentRefundInitiated');
    expect(await provider.money(orderId)).toMatchObject({ refunds: 0 });
  });
});

describe('A dispute about an order that is not requested yet', () => {
  /** The fulfilling side cannot be reached while it is opened. */
  async function disputed(): Promise<string> {
    await of.stop();
    const orderId = await place();
    await eventually('it is paid', async () => (await types(orderId)).includes('OrderConfirmed'));
    await dispute(orderId, 'opened');
    await reaches(orderId, 'on_hold');
    await of.start();
    await eventually('the request is withheld', async () => (await cc.pool.query("SELECT 1 FROM fulfillment_requests WHERE order_id = $1 AND status = 'held'", [orderId])).rows.length === 1);
    expect(of.taken.get(orderId)).toBeUndefined();
    return orderId;
  }

  test('holds the request back until it is won', async () => {
    const orderId = await disputed();
    await dispute(orderId, 'won');
    await reaches(orderId, 'fulfilling');
    expect(of.taken.get(orderId)).toHaveLength(1);
  });

  test('and is lost ends it without a request', async () => {
    const orderId = await disputed();
    await dispute(orderId, 'lost');
    await reaches(orderId, 'cancelled');
    expect(of.taken.get(orderId)).toBeUndefined();
    expect(await types(orderId)).toEqual(expect.arrayContaining(['PaymentRefunded', 'FulfillmentRefused', 'InventoryReleased', 'OrderCancelled']));
  });
});

describe('A dispute about an order that is delivered', () => {
  test('changes nothing when it is opened and won', async () => {
    const orderId = await completed();
    await dispute(orderId, 'opened');
    await dispute(orderId, 'won');
    await eventually('it was heard', async () => (await cc.pool.query("SELECT 1 FROM fulfillment_requests WHERE order_id = $1 AND NOT is_held AND version > 2", [orderId])).rows.length === 1);
    expect(await status(orderId)).toBe('completed');
    expect(of.waits.some((one) => one.endsWith(orderId))).toBe(false);
  });

  test('and is lost takes it back, and its money is gone', async () => {
    const orderId = await completed();
    await dispute(orderId, 'opened');
    await dispute(orderId, 'lost');
    await reaches(orderId, 'refunded');
    await eventually('it was asked back', async () => of.revocations.some(({ fulfillmentId }) => fulfillmentId === of.taken.get(orderId)?.[0]?.fulfillmentId));
    await arrives(of.outcome(orderId));
    await eventually('it is back', async () => (await types(orderId)).includes('OrderTakenBack'));
    expect(await types(orderId)).not.toContain('PaymentRefundInitiated');
  });

  test('over a part, and lost, leaves the rest as it is', async () => {
    const orderId = await completed();
    await dispute(orderId, 'lost', { amount: '5.00' });
    await eventually('it is told', async () => (await types(orderId)).includes('PaymentRefunded'));
    expect([await status(orderId), of.revocations.some(({ fulfillmentId }) => fulfillmentId === of.taken.get(orderId)?.[0]?.fulfillmentId)]).toEqual(['completed', false]);
  });
});

describe('An order that is paid at Stripe', () => {
  const intentOf = async (orderId: string): Promise<any> => (await provider.stripe('GET', `/v1/payment_intents/search?query=${encodeURIComponent(`metadata['order_id']:'${orderId}'`)}`)).body.data[0];

  test('is disputed by its charge alone; a refund that is asked for meanwhile waits in care, and goes to Stripe when the dispute is won', async () => {
    const orderId = await place({ payment: { method: { type: 'card', token: 'tok_4242424242424242', provider: 'stripe' } } });
    await reaches(orderId, 'fulfilling');
    await arrives(of.settle(orderId, 'completed'));
    await reaches(orderId, 'completed');
    const intent = await intentOf(orderId);
    expect(intent).toMatchObject({ status: 'succeeded', amount: 1_500 });
    await dispute(orderId, 'opened', { orderId: undefined, reference: intent.id });
    const asked = await cc.call('POST', `/orders/${orderId}/refund`, { body: { reason: { code: 'damaged' }, lineIds: ['1'] }, scopes: 'admin' });
    expect(asked.status).toBe(202);
    await eventually('it waits in care', async () => (await cc.call('GET', '/orders/care?limit=100')).body.items.find((item: { orderId: string; waitsFor: string }) => item.orderId === orderId && item.waitsFor.includes('no second refund goes out')));
    expect((await cc.call('GET', '/orders/care?waitsOn=payments')).body.items.map((item: { orderId: string }) => item.orderId)).toContain(orderId);
    await dispute(orderId, 'won', { orderId: undefined, reference: intent.id });
    await eventually('it is given back', async () => (await types(orderId)).includes('PaymentRefunded'));
    expect((await provider.stripe('GET', `/v1/refunds?payment_intent=${intent.id}`)).body.data).toMatchObject([{ amount: 1_000, status: 'succeeded' }]);
    expect(await provider.money(orderId)).toMatchObject({ charges: 1, kept: '5.00' });
  });

  test('by a provider that is not there is cancelled, with the reason', async () => {
    const orderId = await place({ payment: { method: { type: 'card', token: 'tok_1', provider: 'nobody' } } });
    await reaches(orderId, 'cancelled');
    expect((await cc.call('GET', `/orders/${orderId}`)).body.reason).toMatchObject({ code: 'payment_provider_unknown' });
  });
});
