/**
 * Each effect run twice, as after a lost answer or a death between the effect and its record: at the other side there is one
 * effect, and both runs come to the same. An effect without its trial here fails.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EffectHandler, Extension } from '@commerce/event-log/extension';
import { uuid7 } from '@commerce/events/uuid7';
import { clientCredentials, createFulfillmentClient } from '@commerce/fulfillment-client';
import { systemPorts } from '@commerce/service-kit/ports';
import { openExtensions } from '@commerce/signals/host';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import { event } from '../test-events.ts';
import { startFulfillingSide } from '../test-fulfilling-side.ts';
import type { FulfillingSide } from '../test-fulfilling-side.ts';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { openMailer } from './notifications/extension.ts';
import { openProviders } from './payments/providers.http.ts';
import { startTestProvider, TEST_PROVIDER } from './payments/test-provider.ts';
import type { TestProvider } from './payments/test-provider.ts';

const EFFECTS = EXTENSIONS.flatMap(({ handlers }) => Object.entries(handlers)).filter(([, { kind }]) => kind === 'effect').map(([name]) => name);

let of: FulfillingSide;
let provider: TestProvider;
let cc: TestCoordinator;
let outbox: string;
let effects: ReadonlyMap<string, EffectHandler<any, never>>;
const closing: (() => unknown)[] = [];
let keys = 0;

beforeAll(async () => {
  [of, provider, cc, outbox] = await Promise.all([startFulfillingSide(), startTestProvider('http://127.0.0.1:1/webhooks'), startTestCoordinator(), mkdtemp(join(tmpdir(), 'cc-effects-'))]);
  const { clock, sleep, random } = systemPorts({ uuid: () => uuid7(Date.now()) });
  const common = { timeoutMs: 2_000, clock, sleep, random };
  const fulfiller = createFulfillmentClient({ ...common, baseUrl: of.url, credentials: clientCredentials({ ...common, issuerUrl: of.url, clientId: 'commerce-coordinator', clientSecret: 'secret', resource: of.url }) });
  const { providers, close } = openProviders({
    config: { paymentsUrl: provider.url, paymentsApiKey: TEST_PROVIDER.apiKey, paymentsTimeoutMs: 2_000, stripeUrl: provider.stripeUrl, stripeApiKey: TEST_PROVIDER.stripeKey }, nowMs: Date.now, connections: 4,
  });
  const mailer = openMailer({ smtpUrl: undefined, outboxDir: outbox, mailFrom: 'orders@commerce.example' });
  closing.push(() => fulfiller.close(), close, () => mailer.close());
  const { log } = cc;
  const opened = await openExtensions(EXTENSIONS, MAP, {
    log, pool: log.pool, clientId: 'commerce-coordinator', fulfillment: { fulfiller }, logger: { error: () => undefined }, nowMs: Date.now, config: {}, orders: {}, inventory: {},
    carts: { quietMs: 1_000, findProducts: async () => new Map(), placeOrder: async (form: object, key: string) => (await cc.call('POST', '/orders', { body: form, headers: { 'idempotency-key': key } })).body },
    webhooks: {}, payments: { providers, defaultProvider: 'standard', defaultMethod: { type: 'card', token: 'tok_4242424242424242' }, askAfterMs: 1_000 }, notifications: { mailer },
  });
  effects = new Map(opened.flatMap(({ extension }: { readonly extension: Extension<any> }) => Object.entries(extension.effects)));
});
afterAll(async () => {
  for (const close of closing) await close();
  await Promise.all([cc?.stop(), of?.stop(), provider?.stop(), rm(outbox, { recursive: true, force: true })]);
});

/** A new order of one line, in the row that the effects read. */
async function order(status: string): Promise<string> {
  const body = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] };
  const placed = await cc.call('POST', '/orders', { body, headers: { 'idempotency-key': `key-${(keys += 1)}` } });
  await cc.pool.query('UPDATE orders SET status = $2 WHERE order_id = $1', [placed.body.orderId, status]);
  return placed.body.orderId;
}

/** The same job twice; the second one knows that the first may have been sent. */
async function twice(name: string, type: string, data: object): Promise<[unknown, unknown]> {
  const effect = effects.get(name);
  if (effect === undefined) throw new Error(`There is no effect ${name}.`);
  const heard = event(type, data);
  const job = { event: heard, key: `${name}:${heard.eventId}`, signal: new AbortController().signal };
  return [await effect.run({ ...job, attempt: 1, maybeSent: false }), await effect.run({ ...job, attempt: 2, maybeSent: true })];
}

/** The same job once its key may be forgotten at the other side. */
function late(name: string, type: string, data: object): Promise<unknown> {
  const heard = event(type, data);
  const run = effects.get(name)?.afterKey;
  if (run === undefined) throw new Error(`After its key ${name} does nothing.`);
  return run({ event: heard, key: `${name}:${heard.eventId}`, signal: new AbortController().signal, attempt: 1, maybeSent: true });
}

async function requested(orderId: string): Promise<string> {
  const [taken] = await twice('fulfillment.request', 'PaymentProcessed', { orderId }) as [{ fulfillmentId: string }, unknown];
  await cc.pool.query("INSERT INTO fulfillment_requests (order_id, fulfillment_id, status, version, checks) VALUES ($1, $2, 'requested', 1, 0)", [orderId, taken.fulfillmentId]);
  return taken.fulfillmentId;
}

const PROVIDERS = ['standard', 'stripe'];
const paymentOf = (orderId: string, by = 'standard') => ({ orderId, paymentId: `pay_${orderId}`, amount: '10.00', currency: 'USD', provider: by });

async function charged(orderId: string, by = 'standard'): Promise<[unknown, unknown]> {
  await cc.pool.query("INSERT INTO payments (order_id, status, version, checks, refunds, gone_lines, provider) VALUES ($1, 'initiated', 1, 0, '[]', '[]', $2)", [orderId, by]);
  return twice('payments.charge', 'PaymentInitiated', paymentOf(orderId, by));
}

const TRIALS: Readonly<Record<string, () => Promise<void>>> = {
  async 'fulfillment.request'() {
    const orderId = await order('paid');
    const [first, second] = await twice('fulfillment.request', 'PaymentProcessed', { orderId });
    expect(second).toEqual(first);
    expect([of.taken.get(orderId)?.length, new Set(of.keys.get(orderId)).size, of.keys.get(orderId)?.length]).toEqual([1, 1, 2]);
  },
  async 'fulfillment.request_again'() {
    const orderId = await order('fulfilling');
    const fulfillmentId = await requested(orderId);
    const [first, second] = await twice('fulfillment.request_again', 'OrderReRequested', { orderId, reason: { code: 'lost' } });
    expect([first, second]).toEqual([expect.objectContaining({ fulfillmentId }), expect.objectContaining({ fulfillmentId })]);
    expect([of.taken.get(orderId)?.length, new Set(of.keys.get(orderId)).size]).toEqual([1, 1]);
    // What the other side has lost is requested under the key of the new job, once.
    const lost = await order('fulfilling');
    const [third, fourth] = await twice('fulfillment.request_again', 'OrderReRequested', { orderId: lost, reason: { code: 'lost' } });
    expect([of.taken.get(lost)?.length, fourth]).toEqual([1, third]);
  },
  async 'fulfillment.cancel'() {
    const orderId = await order('paid');
    await requested(orderId);
    await twice('fulfillment.cancel', 'OrderCancelRequested', { orderId, reason: { code: 'changed_mind' }, status: 'fulfilling' });
    const [cancelled] = of.taken.get(orderId) ?? [];
    expect([of.cancels.filter((id) => id === orderId).length, cancelled?.status, cancelled?.version]).toEqual([2, 'cancelled', 4]);
  },
  async 'fulfillment.hold'() {
    const orderId = await order('fulfilling');
    const fulfillmentId = await requested(orderId);
    const row = (change: string): Promise<unknown> => cc.pool.query(`UPDATE fulfillment_requests SET ${change} WHERE order_id = $1`, [orderId]);
    await row('is_held = true');
    await twice('fulfillment.hold', 'FulfillmentSuspended', { orderId, fulfillmentId });
    expect(of.taken.get(orderId)).toMatchObject([{ status: 'on_hold', version: 2 }]);
    await row('is_held = false');
    await twice('fulfillment.hold', 'FulfillmentResumed', { orderId, fulfillmentId });
    expect(of.taken.get(orderId)).toMatchObject([{ status: 'accepted', version: 3 }]);
    expect(of.waits.filter((one) => one.endsWith(orderId)).map((one) => one.split(' ')[0])).toEqual(['hold', 'hold', 'release', 'release']);
    // What was never requested is requested now, once.
    const waiting = await order('paid');
    await cc.pool.query("INSERT INTO fulfillment_requests (order_id, status, version, checks) VALUES ($1, 'held', 2, 0)", [waiting]);
    const [first, second] = await twice('fulfillment.hold', 'FulfillmentResumed', { orderId: waiting });
    expect([second, of.taken.get(waiting)?.length]).toEqual([first, 1]);
    // What has begun cannot wait.
    of.settle(orderId, 'completed');
    await row('is_held = true');
    await expect(twice('fulfillment.hold', 'FulfillmentSuspended', { orderId, fulfillmentId })).rejects.toMatchObject({ name: 'Refused', code: 'already_begun' });
  },
  async 'fulfillment.revoke'() {
    const orderId = await order('paid');
    const fulfillmentId = await requested(orderId);
    of.settle(orderId, 'completed');
    const [first, second] = await twice('fulfillment.revoke', 'OrderRefundRequested', { orderId, reason: { code: 'changed_mind' } });
    expect([first, second]).toEqual([expect.objectContaining({ fulfillmentId, status: 'revoked', version: 5 }), first]);
    expect(of.revocations.filter((one) => one.fulfillmentId === fulfillmentId)).toHaveLength(2);
  },
  async 'payments.charge'() {
    for (const by of PROVIDERS) {
      const orderId = await order('reserved');
      const [first, second] = await charged(orderId, by);
      expect([first, second]).toEqual([expect.objectContaining({ kind: 'succeeded' }), first]);
      expect(await provider.money(orderId)).toMatchObject({ charges: 1, charged: '10.00' });
    }
  },
  async 'payments.ask'() {
    const orderId = await order('reserved');
    await charged(orderId, 'stripe');
    const [first, second] = await twice('payments.ask', 'PaymentOverdue', { orderId, paymentId: `pay_${orderId}`, check: 1 });
    expect([first, second]).toEqual([expect.objectContaining({ kind: 'succeeded' }), first]);
    expect(await provider.money(orderId)).toMatchObject({ charges: 1, charged: '10.00', refunds: 0 });
  },
  async 'payments.refund'() {
    for (const by of PROVIDERS) {
      const orderId = await order('completed');
      await charged(orderId, by);
      await twice('payments.refund', 'PaymentRefundInitiated', { ...paymentOf(orderId, by), amount: '4.00', refundId: `pay_${orderId}-r1`, lineIds: ['1'], reason: { code: 'damaged' } });
      expect(await provider.money(orderId)).toMatchObject({ charged: '10.00', refunds: 1, refunded: '4.00' });
    }
  },
  async 'payments.refund_duplicate'() {
    const orderId = await order('completed');
    const [{ reference }] = await charged(orderId, 'stripe') as [{ reference: string }, unknown];
    const duplicate = { ...paymentOf(orderId, 'stripe'), reference, refundId: `pay_${orderId}-d1`, heldBy: 'standard' };
    await twice('payments.refund_duplicate', 'PaymentDuplicated', duplicate);
    await late('payments.refund_duplicate', 'PaymentDuplicated', duplicate);
    expect(await provider.money(orderId)).toMatchObject({ refunds: 1, refunded: '10.00', kept: '0.00' });
  },
  async 'payments.refund_failed'() {
    const orderId = await order('completed');
    const refund = { refundId: `pay_${orderId}-r1`, amount: '4.00', lineIds: ['1'], reason: { code: 'damaged' }, isDone: true, isTold: true, isHeld: false, failure: { reason: { code: 'lost_or_stolen_card' }, atMs: 1 } };
    await cc.pool.query("INSERT INTO payments (order_id, status, version, checks, refunds, gone_lines, provider) VALUES ($1, 'partly_refunded', 1, 0, $2, '[]', 'stripe')", [orderId, JSON.stringify([refund])]);
    const failed = { ...paymentOf(orderId, 'stripe'), amount: '4.00', refundId: refund.refundId, reason: { code: 'lost_or_stolen_card' } };
    for (const run of [twice, late]) await expect(run('payments.refund_failed', 'PaymentRefundFailed', failed)).rejects.toMatchObject({ name: 'Refused', code: 'lost_or_stolen_card' });
    expect(await provider.money(orderId)).toBeUndefined();
  },
  async 'carts.finish'() {
    const body = { customerId: 'CARTED', currency: 'USD' };
    const { cartId } = (await cc.call('POST', '/carts', { body, headers: { 'idempotency-key': 'cart' } })).body;
    await cc.call('POST', `/carts/${cartId}/items`, { body: { sku: 'NW-1', quantity: 2, unitPrice: '3.00' }, headers: { 'idempotency-key': 'item' } });
    const checkout = { clientId: 'storefront', idempotencyKey: 'checkout', form: {}, asked: 'x' };
    await cc.pool.query("UPDATE carts SET status = 'checking_out', checkout = $2 WHERE cart_id = $1", [cartId, JSON.stringify(checkout)]);
    const [first, second] = await twice('carts.finish', 'CartCheckoutOverdue', { cartId, customerId: 'CARTED' });
    expect([first, second]).toEqual([expect.objectContaining({ customerId: 'CARTED', total: '6.00' }), first]);
    expect((await cc.pool.query("SELECT 1 FROM orders WHERE customer_id = 'CARTED'")).rows).toHaveLength(1);
  },
  async 'notifications.send'() {
    const orderId = await order('shipped');
    await cc.pool.query("INSERT INTO notification_contacts (customer_id, email, name, is_active, version) VALUES ('MAILED', 'mailed@example.com', NULL, true, 1)");
    const [first, second] = await twice('notifications.send', 'OrderShipped', { orderId, orderNumber: 1, customerId: 'MAILED', method: 'none', parcels: [] });
    expect([first, second]).toEqual([{ kind: 'sent', customerId: 'MAILED' }, first]);
    const letters = async (): Promise<string[]> => (await readdir(outbox)).filter((name) => name.endsWith('.eml'));
    expect(await letters()).toHaveLength(1);
    // Money that is given back names the order alone.
    const refund = { ...paymentOf(orderId), refundId: 'r1', amount: '4.00', refunded: '4.00', charged: '10.00', lineIds: ['1'], reason: { code: 'damaged' } };
    await cc.pool.query("UPDATE orders SET customer_id = 'MAILED' WHERE order_id = $1", [orderId]);
    expect(await twice('notifications.send', 'PaymentRefunded', refund)).toEqual([first, first]);
    expect(await letters()).toHaveLength(2);
    const otherwise = { kind: 'told_otherwise' };
    expect(await twice('notifications.send', 'PaymentRefunded', { ...refund, amount: '6.00', refunded: '10.00' })).toEqual([otherwise, otherwise]);
    expect(await letters()).toHaveLength(2);
  },
};

describe('an effect whose key may be forgotten', () => {
  test('looks first: what was requested is not requested again, what was not is', async () => {
    const [asked, lost] = [await order('paid'), await order('paid')];
    const fulfillmentId = await requested(asked);
    expect(await late('fulfillment.request', 'PaymentProcessed', { orderId: asked })).toMatchObject({ fulfillmentId });
    expect([of.taken.get(asked)?.length, of.keys.get(asked)?.length]).toEqual([1, 2]);
    expect(await late('fulfillment.request', 'PaymentProcessed', { orderId: lost })).toMatchObject({ fulfillmentId: of.taken.get(lost)?.[0]?.fulfillmentId });
  });

  test('looks first: what was charged is not charged again, what was not is', async () => {
    const [taken, lost] = [await order('reserved'), await order('reserved')];
    const [answer] = await charged(taken);
    expect(await late('payments.charge', 'PaymentInitiated', paymentOf(taken))).toEqual(answer);
    await cc.pool.query("INSERT INTO payments (order_id, status, version, checks, refunds, gone_lines) VALUES ($1, 'initiated', 1, 0, '[]', '[]')", [lost]);
    expect(await late('payments.charge', 'PaymentInitiated', paymentOf(lost))).toMatchObject({ kind: 'succeeded' });
    for (const orderId of [taken, lost]) expect(await provider.money(orderId)).toMatchObject({ charges: 1, charged: '10.00' });
  });

  test.each(PROVIDERS)('looks first: what %s gave back is not given back again, what it did not is', async (by) => {
    const orderId = await order('completed');
    await charged(orderId, by);
    const owed = (count: number) => ({ ...paymentOf(orderId, by), amount: '4.00', refundId: `pay_${orderId}-r${count}`, lineIds: ['1'], reason: { code: 'damaged' } });
    await twice('payments.refund', 'PaymentRefundInitiated', owed(1));
    expect(await late('payments.refund', 'PaymentRefundInitiated', owed(1))).toBe('given');
    expect(await provider.money(orderId)).toMatchObject({ refunds: 1, refunded: '4.00' });
    expect(await late('payments.refund', 'PaymentRefundInitiated', owed(2))).toBe('given');
    expect(await provider.money(orderId)).toMatchObject({ refunds: 2, refunded: '8.00' });
    // What it has told is not asked for at all.
    await cc.pool.query('UPDATE payments SET refunds = $2 WHERE order_id = $1', [orderId, JSON.stringify([{ refundId: owed(3).refundId, amount: '4.00', lineIds: ['1'], reason: { code: 'damaged' }, isDone: true, isTold: true }])]);
    expect(await late('payments.refund', 'PaymentRefundInitiated', owed(3))).toBe('given');
    expect(await provider.money(orderId)).toMatchObject({ refunds: 2 });
  });
});

describe('every effect', () => {
  test('is tried here, and says what makes a second run harmless', () => {
    expect(Object.keys(TRIALS).toSorted()).toEqual(EFFECTS.toSorted());
    for (const [name, { idempotency }] of effects) expect([name, idempotency]).toEqual([name, expect.stringMatching(/^[A-Z].+\.$/)]);
  });

  test.each(EFFECTS)('%s, run twice, has one effect at the other side', async (name) => {
    await TRIALS[name]?.();
  });
});
