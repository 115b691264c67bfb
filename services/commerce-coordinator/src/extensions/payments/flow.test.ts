/** Payments with real parts: the log and its readers, PostgreSQL, and the stand-in of the provider as a process. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { refund } from './asking.ts';
import { standingReader } from './payments.pg.ts';
import { createStandardProvider } from './standard.http.ts';
import { SECRET_BEFORE, startTestPayments } from './test-payments.ts';
import type { TestPayments } from './test-payments.ts';
import { TEST_PROVIDER } from './test-provider.ts';

const CARD = { declined: 'tok_4000000000000002', later: 'tok_4000000000000077', laterDeclined: 'tok_4000000000000341' };
let world: TestPayments;
beforeAll(async () => {
  world = await startTestPayments();
});
afterEach(() => world.provider.misbehave({}));
afterAll(() => world?.stop());

async function reserved(token?: string): Promise<string> {
  const orderId = await world.order(token);
  await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
  return orderId;
}

const about = (orderId: string) => ({ orderId, orderNumber: 1, customerId: 'VINET' });
const fulfilled = (orderId: string, ...failed: string[]) => ({
  ...about(orderId),
  lines: ['1', '2', '3'].map((lineId) => ({ lineId, sku: 'NW-1', quantity: 1, provider: 'instant', ...(failed.includes(lineId) ? { status: 'failed', reason: { code: 'out_of_stock' } } : { status: 'fulfilled' }) })),
});
const told = (orderId: string, given: object = {}) => ({ provider_event_id: `evt-of-${orderId}`, provider: 'standard', order_id: orderId, status: 'succeeded', amount: '185.50', currency: 'USD', occurred_at: '2026-11-21T12:00:00Z', ...given });

describe('An order that has its stock', () => {
  test('is charged once, and refused for good when its card is', async () => {
    const [good, bad] = await Promise.all([reserved(), reserved(CARD.declined)]);
    expect(await world.until(good, 'PaymentProcessed')).toEqual(['PaymentInitiated', 'PaymentProcessed']);
    expect(await world.until(bad, 'PaymentFailed')).toEqual(['PaymentInitiated', 'PaymentFailed']);
    expect([await world.provider.money(good), await world.provider.money(bad)]).toEqual([expect.objectContaining({ charges: 1, kept: '185.50' }), undefined]);
    expect((await world.log.history(bad)).at(-1)?.data).toMatchObject({ reason: { code: 'card_declined', message: 'The card was declined.' } });
  });

  test('is charged once though answers are lost and the provider stumbles', async () => {
    await world.provider.misbehave({ loseAnswer: 0.4, serverError: 0.1 });
    const orders = await Promise.all(Array.from({ length: 12 }, () => reserved()));
    await Promise.all(orders.map((orderId) => world.until(orderId, 'PaymentProcessed', 20_000)));
    for (const orderId of orders) expect(await world.provider.money(orderId)).toMatchObject({ charges: 1, charged: '185.50' });
  });

  test('is told of by webhook when the provider decides later, in the flow of the order', async () => {
    await world.provider.misbehave({ decisionDelayMs: [200, 200], doubleWebhook: 1 });
    const [good, bad] = await Promise.all([reserved(CARD.later), reserved(CARD.laterDeclined)]);
    expect(await world.until(good, 'PaymentProcessed')).toEqual(['PaymentInitiated', 'PaymentProcessed']);
    expect(await world.until(bad, 'PaymentFailed')).toEqual(['PaymentInitiated', 'PaymentFailed']);
    const [, initiated, processed] = await world.log.history(good);
    expect([processed?.correlationId, processed?.causationId]).toEqual([good, initiated?.eventId]);
  });

  test('is asked about when no webhook comes', async () => {
    await world.provider.misbehave({ decisionDelayMs: [200, 200], loseWebhook: 1 });
    const orderId = await reserved(CARD.later);
    expect(await world.until(orderId, 'PaymentProcessed')).toEqual(['PaymentInitiated', 'PaymentOverdue', 'PaymentProcessed']);
  });
});

describe('An order that asks to be cancelled', () => {
  test('before it is charged leaves no trace at the provider', async () => {
    const orderId = await world.order();
    await world.setStatus(orderId, 'cancel_pending');
    await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
    expect(await world.until(orderId, 'PaymentFailed')).toEqual(['PaymentFailed']);
    expect(await world.provider.money(orderId)).toBeUndefined();
  });

  test('while the provider cannot be reached is not charged when it can be again', async () => {
    await world.provider.misbehave({ tooManyRequests: 1 });
    const orderId = await reserved();
    await world.until(orderId, 'PaymentInitiated');
    await world.setStatus(orderId, 'cancel_pending');
    await world.provider.misbehave({});
    expect(await world.until(orderId, 'PaymentFailed')).toEqual(['PaymentInitiated', 'PaymentFailed']);
    expect(await world.provider.money(orderId)).toBeUndefined();
  });

  test('while the provider decides gets its money back by itself when it is taken all the same', async () => {
    await world.provider.misbehave({ decisionDelayMs: [400, 400] });
    const orderId = await reserved(CARD.later);
    await world.eventually(async () => (await world.pool.query('SELECT 1 FROM payments WHERE order_id = $1 AND reference IS NOT NULL', [orderId])).rows[0]);
    await world.setStatus(orderId, 'cancel_pending');
    await world.say('OrderCancelRequested', { orderId, reason: { code: 'changed_mind' }, status: 'reserved' });
    expect(await world.until(orderId, 'PaymentRefunded')).toEqual(['PaymentInitiated', 'PaymentProcessed', 'PaymentRefundInitiated', 'PaymentRefunded']);
    expect(await world.provider.money(orderId)).toMatchObject({ charged: '185.50', refunds: 1, kept: '0.00' });
  });
});

describe('Money that is owed', () => {
  test('for lines that are not delivered, and then for the rest, is given back once each', async () => {
    await world.provider.misbehave({ loseAnswer: 0.5, seed: 4 });
    const orderId = await reserved();
    await world.until(orderId, 'PaymentProcessed');
    for (let time = 0; time < 2; time += 1) await world.say('OrderFulfilled', fulfilled(orderId, '2'));
    await world.until(orderId, 'PaymentRefunded');
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 1, refunded: '50.00', kept: '135.50' });
    await world.say('OrderRefundRequested', { orderId, reason: { code: 'damaged' } });
    const refunds = await world.eventually(async () => {
      const all = (await world.log.history(orderId)).filter(({ type }) => type === 'PaymentRefunded');
      return all.length === 2 ? all : undefined;
    });
    expect(refunds.map(({ data }) => data)).toMatchObject([{ amount: '50.00', refunded: '50.00' }, { amount: '135.50', refunded: '185.50', reason: { code: 'damaged' } }]);
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 2, kept: '0.00' });
  });

  test('under the same key twice is given once', async () => {
    const orderId = await reserved();
    await world.until(orderId, 'PaymentProcessed');
    await world.say('OrderUnfulfilled', { ...about(orderId), reason: { code: 'closed' } });
    await world.until(orderId, 'PaymentRefunded');
    const initiated = (await world.log.history(orderId)).find(({ type }) => type === 'PaymentRefundInitiated');
    const provider = createStandardProvider({ url: world.provider.url, apiKey: TEST_PROVIDER.apiKey, timeoutMs: 2_000, connections: 1, nowMs: Date.now });
    const again = { event: initiated as never, maybeSent: true, signal: new AbortController().signal };
    // As a run that died before its outcome was written: it does not know that the money was given.
    const read = standingReader(world.pool);
    const standingOf = async (id: string) => ({ ...(await read(id)), doneRefundIds: [] });
    await refund(again, { providers: new Map([['standard', provider]]), standingOf, defaultMethod: { type: 'card', token: 'any' } });
    await provider.close();
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 1, refunded: '185.50', kept: '0.00' });
  });

  test('and decided on later by the provider is told by its webhook or by asking, once', async () => {
    await world.provider.misbehave({ pendingRefund: 1, decisionDelayMs: [200, 200] });
    const orderId = await reserved();
    await world.until(orderId, 'PaymentProcessed');
    await world.say('OrderUnfulfilled', { ...about(orderId), reason: { code: 'no_provider' } });
    expect((await world.until(orderId, 'PaymentRefunded')).filter((type) => type === 'PaymentRefunded')).toHaveLength(1);
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 1, kept: '0.00' });
  });
});

describe('A webhook', () => {
  async function pending(): Promise<string> {
    await world.provider.misbehave({ decisionDelayMs: [60_000, 60_000] });
    const orderId = await reserved(CARD.later);
    await world.until(orderId, 'PaymentInitiated');
    return orderId;
  }

  test('is taken with its effect in one transaction, once, however often and however concurrently it comes', async () => {
    const orderId = await pending();
    const answers = await Promise.all(Array.from({ length: 8 }, () => world.post(told(orderId))));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 202]);
    expect((await world.post(told(orderId))).body).toEqual({ status: 'duplicate' });
    expect((await world.log.history(orderId)).filter(({ type }) => type === 'PaymentProcessed')).toHaveLength(1);
    const { rows } = await world.pool.query('SELECT w.xmin = p.xmin AS together, w.verdict FROM payment_webhooks w JOIN payments p USING (order_id) WHERE order_id = $1', [orderId]);
    expect(rows).toEqual([{ together: true, verdict: 'accepted' }]);
    expect((await world.post(told(orderId, { status: 'failed' }))).body).toMatchObject({ status: 422, code: 'payment_transition_illegal' });
  });

  test('counts under the secret before while secrets are changed', async () => {
    const orderId = await pending();
    expect((await world.post(told(orderId), { secret: SECRET_BEFORE })).status).toBe(202);
  });

  test('that is not signed as agreed is refused and changes nothing', async () => {
    const orderId = await pending();
    const wrong = [{ secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }, { atS: Math.floor(Date.now() / 1_000) - 302 }, { atS: Math.floor(Date.now() / 1_000) + 302 }, { signature: '' }];
    for (const given of wrong) expect((await world.post(told(orderId), given)).body).toMatchObject({ status: 401, code: 'webhook_signature_invalid' });
    expect((await world.pool.query('SELECT 1 FROM payment_webhooks WHERE order_id = $1', [orderId])).rows).toEqual([]);
  });

  test.each<[string, object | string, string]>([
    ['that is no JSON', 'not json', 'JSON'],
    ['of another provider', told('o', { provider: 'other' }), 'provider'],
    ['with a status that is none', told('o', { status: 'Lost!' }), 'status'],
    ['with a float', told('o', { amount: 185.5 }), 'amount'],
    ['with an unknown field', told('o', { extra: 1 }), 'extra'],
    ['with what cannot be stored', told('o', { order_id: 'o\u0000' }), 'NUL'],
  ])('%s is refused by name', async (_name, body, word) => {
    const answer = await world.post(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'webhook_malformed']);
    expect(answer.body.detail).toContain(word);
  });

  test('about an order that does not exist is not found', async () => {
    expect((await world.post(told('nobody'))).body).toMatchObject({ status: 404, code: 'payment_order_unknown' });
  });

  test('that contradicts what is known is refused and recorded, and judged anew when it comes again', async () => {
    const orderId = await pending();
    const body = told(orderId, { amount: '1.00' });
    expect((await world.post(body)).body).toMatchObject({ status: 422, code: 'payment_transition_illegal' });
    expect((await world.log.ignored(orderId))[0]).toMatchObject({ handler: 'command:payments.webhook', rule: 'other_amount', evidence: { providerEventId: body.provider_event_id, told: 'succeeded', status: 'initiated' } });
    // As if the order had been another one then.
    await world.pool.query('UPDATE orders SET total = 1.00 WHERE order_id = $1', [orderId]);
    expect((await world.post(body)).status).toBe(202);
    expect((await world.pool.query('SELECT verdict, times FROM payment_webhooks WHERE order_id = $1', [orderId])).rows).toEqual([{ verdict: 'accepted', times: 2 }]);
  });
});

describe('An order that is paid at Stripe', () => {
  const refundsOf = async (intent: string): Promise<any[]> => (await world.provider.stripe('GET', `/v1/refunds?payment_intent=${intent}`)).body.data;
  const intentOf = async (orderId: string): Promise<any> => (await world.provider.stripe('GET', `/v1/payment_intents/search?query=${encodeURIComponent(`metadata['order_id']:'${orderId}'`)}`)).body.data[0];
  const card = (token: string): Record<string, string> => ({ 'payment_method_data[type]': 'card', 'payment_method_data[card][token]': token });
  /** The shop lets its customer pay there, by an intent of its own. */
  const pay = async (orderId: string, token: string): Promise<any> => {
    const { body } = await world.provider.stripe('POST', '/v1/payment_intents', { amount: '18550', currency: 'usd', confirm: 'true', ...card(token), 'metadata[order_id]': orderId });
    return body.error?.payment_intent ?? body;
  };

  async function atStripe(token = 'tok_4242424242424242'): Promise<string> {
    const orderId = await world.order(token, 'stripe');
    await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
    return orderId;
  }

  test('is charged there once though answers are lost, and gets its money back from there', async () => {
    await world.provider.misbehave({ loseAnswer: 0.5, serverError: 0.2, seed: 7 });
    const orderId = await atStripe();
    await world.until(orderId, 'PaymentProcessed');
    for (const type of ['PaymentInitiated', 'PaymentProcessed']) expect((await world.log.history(orderId)).find((told) => told.type === type)?.data).toMatchObject({ provider: 'stripe' });
    await world.say('OrderFulfilled', fulfilled(orderId, '2'));
    await world.until(orderId, 'PaymentRefunded');
    await world.provider.misbehave({});
    const intent = await intentOf(orderId);
    expect(intent).toMatchObject({ status: 'succeeded', amount: 18_550, currency: 'usd', metadata: { order_id: orderId, payment_id: `pay_${orderId}` } });
    expect(await refundsOf(intent.id)).toMatchObject([{ amount: 5_000, metadata: { refund_id: `pay_${orderId}-r1` } }]);
    expect(await world.provider.money(orderId)).toMatchObject({ charges: 1, charged: '185.50', refunds: 1, kept: '135.50' });
  });

  test('is charged once though Stripe repeats a fault of its own to a repeated key', async () => {
    await world.provider.misbehave({ serverError: 1 });
    const orderId = await atStripe();
    await world.eventually(async () => (await world.pool.query("SELECT 1 FROM work WHERE subject = $1 AND handler = 'payments.charge' AND last_error IS NOT NULL", [orderId])).rows[0]);
    await world.provider.misbehave({});
    await world.until(orderId, 'PaymentProcessed');
    expect(await world.provider.money(orderId)).toMatchObject({ charges: 1, charged: '185.50' });
  });

  test('gets its money back once though Stripe repeats a fault of its own to a repeated key', async () => {
    const orderId = await atStripe();
    await world.until(orderId, 'PaymentProcessed');
    await world.provider.misbehave({ serverError: 1 });
    await world.say('OrderUnfulfilled', { ...about(orderId), reason: { code: 'closed' } });
    await world.eventually(async () => (await world.pool.query("SELECT 1 FROM work WHERE subject = $1 AND handler = 'payments.refund' AND last_error IS NOT NULL", [orderId])).rows[0]);
    await world.provider.misbehave({});
    await world.until(orderId, 'PaymentRefunded');
    const intent = await intentOf(orderId);
    expect(await refundsOf(intent.id)).toMatchObject([{ amount: 18_550, metadata: { refund_id: `pay_${orderId}-r1` } }]);
    // It was given under the second key, which is of its amount alone.
    const form = (amount: number) => ({ payment_intent: intent.id, amount: String(amount) });
    expect((await world.provider.stripe('POST', '/v1/refunds', form(18_550), `pay_${orderId}-r1-18550-2`)).status).toBe(200);
    expect(await world.provider.stripe('POST', '/v1/refunds', form(1), `pay_${orderId}-r1-18550-2`)).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } });
  });

  test('with a card that is refused fails for good: nobody can pay with that intent any more', async () => {
    const orderId = await atStripe(CARD.declined);
    expect(await world.until(orderId, 'PaymentFailed')).toEqual(['PaymentInitiated', 'PaymentFailed']);
    expect((await world.log.history(orderId)).at(-1)?.data).toMatchObject({ provider: 'stripe', reason: { code: 'generic_decline', message: 'The card was declined.' } });
    expect(await intentOf(orderId)).toMatchObject({ status: 'canceled' });
    expect(await world.provider.money(orderId)).toBeUndefined();
  });

  test('and decided later is told by its webhook, or by asking', async () => {
    await world.provider.misbehave({ decisionDelayMs: [300, 300], seed: 3 });
    const told = await atStripe(CARD.later);
    expect((await world.until(told, 'PaymentProcessed')).filter((type) => type === 'PaymentProcessed')).toHaveLength(1);
    await world.provider.misbehave({ decisionDelayMs: [300, 300], loseWebhook: 1 });
    const asked = await atStripe(CARD.laterDeclined);
    expect(await world.until(asked, 'PaymentFailed')).toEqual(['PaymentInitiated', 'PaymentOverdue', 'PaymentFailed']);
    expect(await intentOf(asked)).toMatchObject({ status: 'canceled' });
  });

  test('by an intent of the shop, at the second try, is paid by that, and a refund goes there', async () => {
    await world.provider.misbehave({ tellAll: true, decisionDelayMs: [60_000, 60_000] });
    const orderId = await reserved(CARD.later);
    await world.until(orderId, 'PaymentInitiated');
    const intent = await pay(orderId, CARD.declined);
    expect(intent.status).toBe('requires_payment_method');
    await world.eventually(async () => (await world.pool.query("SELECT 1 FROM payment_webhooks WHERE order_id = $1 AND status = 'attempt_failed'", [orderId])).rows[0]);
    expect((await world.provider.stripe('POST', `/v1/payment_intents/${intent.id}/confirm`, card('tok_4242424242424242'))).status).toBe(200);
    expect(await world.until(orderId, 'PaymentProcessed')).not.toContain('PaymentFailed');
    await world.say('OrderUnfulfilled', { ...about(orderId), reason: { code: 'closed' } });
    await world.until(orderId, 'PaymentRefunded');
    expect(await refundsOf(intent.id)).toMatchObject([{ amount: 18_550, status: 'succeeded' }]);
  });
});

describe('A refund at Stripe that fails after it was given', () => {
  test('is a dead letter with its reason until the money was given anew, and counts once', async () => {
    await world.provider.misbehave({ failRefund: 1, decisionDelayMs: [50, 50] });
    const orderId = await world.order('tok_4242424242424242', 'stripe');
    await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
    await world.until(orderId, 'PaymentProcessed');
    await world.say('OrderUnfulfilled', { ...about(orderId), reason: { code: 'closed' } });
    expect(await world.until(orderId, 'PaymentRefundFailed')).toEqual(['PaymentInitiated', 'PaymentProcessed', 'PaymentRefundInitiated', 'PaymentRefunded', 'PaymentRefundFailed']);
    expect((await world.log.history(orderId)).at(-1)?.data).toMatchObject({ refundId: `pay_${orderId}-r1`, amount: '185.50', provider: 'stripe', reason: { code: 'lost_or_stolen_card' } });
    const dead = (): Promise<any> => world.eventually(async () => (await world.pool.query("SELECT last_error FROM work WHERE subject = $1 AND state = 'dead' AND handler = 'payments.refund_failed'", [orderId])).rows[0]);
    expect(await dead()).toMatchObject({ last_error: { code: 'lost_or_stolen_card', message: expect.stringContaining('185.50 USD did not reach the customer') } });
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 0, kept: '185.50' });
    // Stripe says when it became so to the second: what is given by hand in the same one is not known to be later.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await world.provider.misbehave({ tellAll: true });
    const { rows: [{ reference }] } = await world.pool.query('SELECT reference FROM payments WHERE order_id = $1', [orderId]);
    expect((await world.provider.stripe('POST', '/v1/refunds', { payment_intent: reference, amount: '18550' })).status).toBe(200);
    await world.eventually(async () => (await world.pool.query("SELECT 1 FROM payments WHERE order_id = $1 AND NOT refunds @> '[{\"failure\": {}}]'", [orderId])).rows[0]);
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 1, kept: '0.00' });
    expect((await world.log.history(orderId)).filter(({ type }) => type === 'PaymentRefunded')).toHaveLength(1);
  });
});
