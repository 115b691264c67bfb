/** Updates of providers with real parts: the log, its readers, PostgreSQL. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import type { DisputeUpdateRequest, OrderUpdateRequest, UpdateAnswer, UpdateOutcome } from '../../updates/update.ts';
import { startTestPayments } from './test-payments.ts';
import type { TestPayments } from './test-payments.ts';
import { createUpdateIntake } from './webhooks.pg.ts';
import { payments } from './extension.ts';

const LATER = 'tok_4000000000000077';
let world: TestPayments;
let events = 0;
beforeAll(async () => {
  world = await startTestPayments();
  await world.provider.misbehave({ decisionDelayMs: [60_000, 60_000] });
});
afterAll(() => world?.stop());

const flow = () => ({ correlationId: uuid7(Date.now()) });
const common = (orderId: string) => ({ provider: 'standard', providerEventId: `evt-${(events += 1)}`, orderId, amount: '185.50', currency: 'USD', occurredAt: '2026-11-21T12:00:00Z' });
const order = (orderId: string, status: OrderUpdateRequest['status'], given: Partial<OrderUpdateRequest> = {}): Promise<UpdateOutcome> => world.updates.processOrderUpdate({ ...common(orderId), status, ...given }, flow());
const dispute = (orderId: string, status: DisputeUpdateRequest['status'], given: Partial<DisputeUpdateRequest> = {}): Promise<UpdateAnswer> => world.updates.processDisputeUpdate({ ...common(orderId), disputeId: `dp-${orderId}`, status, ...given }, flow());
const types = async (orderId: string): Promise<string[]> => (await world.log.history(orderId)).map(({ type }) => type).filter((type) => /^(Payment|Dispute)/.test(type));
const kept = async (orderId: string): Promise<unknown[]> => (await world.pool.query('SELECT provider_event_id AS id, verdict, told IS NOT NULL AS waits FROM payment_webhooks WHERE order_id = $1 ORDER BY 1', [orderId])).rows;

/** Its provider decides later. */
async function begun(): Promise<string> {
  const orderId = await world.order(LATER);
  await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
  await world.until(orderId, 'PaymentInitiated');
  return orderId;
}

async function captured(): Promise<string> {
  const orderId = await begun();
  expect(await order(orderId, 'captured')).toEqual({ verdict: 'applied' });
  return orderId;
}

describe('Updates of one order', () => {
  test('fifty at once, of which most are the same, have each effect once', async () => {
    const orderId = await begun();
    const same = { ...common(orderId), status: 'captured' as const };
    const refunds = Array.from({ length: 10 }, (_, count) => ({ ...common(orderId), status: 'partially_refunded' as const, amount: '1.00', refundId: `re-${count}` }));
    const all = [...refunds, ...refunds, ...Array.from({ length: 20 }, () => same), ...Array.from({ length: 10 }, () => ({ ...common(orderId), status: 'captured' as const }))];
    const answers = await Promise.all(all.map((update) => world.updates.processOrderUpdate(update, flow())));
    expect(answers.filter(({ verdict }) => verdict === 'invalid_status' || verdict === 'unknown_order')).toEqual([]);
    const told = await types(orderId);
    expect([told.filter((type) => type === 'PaymentProcessed').length, told.filter((type) => type === 'PaymentRefunded').length]).toEqual([1, 10]);
    expect((await world.log.history(orderId)).at(-1)?.data).toMatchObject({ refunded: '10.00' });
    expect((await kept(orderId)).filter((row) => (row as { waits: boolean }).waits)).toEqual([]);
  });

  test('are told apart: the same one, one that says nothing new, one that is older, one that is impossible', async () => {
    const orderId = await begun();
    const first = { ...common(orderId), status: 'captured' as const };
    const answer = (update: OrderUpdateRequest): Promise<UpdateAnswer> => world.updates.processOrderUpdate(update, flow());
    expect(await answer(first)).toEqual({ verdict: 'applied' });
    expect(await answer(first)).toEqual({ verdict: 'duplicate' });
    expect(await answer({ ...first, providerEventId: `${first.providerEventId}-again` })).toEqual({ verdict: 'stale' });
    expect(await answer({ ...first, status: 'failed' })).toMatchObject({ verdict: 'invalid_status', detail: expect.stringContaining('event id') });
    expect(await order(orderId, 'failed', { occurredAt: '2026-11-21T11:59:59Z' })).toEqual({ verdict: 'stale' });
    expect(await order(orderId, 'failed', { occurredAt: '2026-11-21T12:00:01Z' })).toMatchObject({ verdict: 'invalid_status', detail: expect.stringContaining('illegal_transition') });
    expect(await types(orderId)).toEqual(['PaymentInitiated', 'PaymentProcessed']);
    expect((await world.log.ignored(orderId)).map(({ rule }) => rule)).toEqual(expect.arrayContaining(['duplicate_webhook', 'webhook_id_reused', 'older_than_known', 'illegal_transition']));
  });
});

describe('A success after a refusal', () => {
  test('of an attempt is the payment: the refusal decided nothing', async () => {
    const orderId = await begun();
    expect(await order(orderId, 'attempt_failed', { reason: { code: 'card_declined' } })).toEqual({ verdict: 'applied' });
    expect(await types(orderId)).not.toContain('PaymentFailed');
    expect(await order(orderId, 'captured', { occurredAt: '2026-11-21T12:00:01Z' })).toEqual({ verdict: 'applied' });
    expect((await types(orderId)).at(-1)).toBe('PaymentProcessed');
  });

  test('for good, of an order that was cancelled for it, is taken, and the money goes back by itself', async () => {
    const { body: intent } = await world.provider.stripe('POST', '/v1/payment_intents', { amount: '18550', currency: 'usd', confirm: 'true', payment_method: 'tok_4242424242424242' });
    const orderId = await begun();
    expect((await order(orderId, 'failed')).verdict).toBe('applied');
    await world.setStatus(orderId, 'cancelled');
    expect(await order(orderId, 'captured', { provider: 'stripe', reference: intent.id, occurredAt: '2026-11-21T12:00:01Z' })).toEqual({ verdict: 'applied' });
    await world.until(orderId, 'PaymentRefunded');
    expect((await types(orderId)).filter((type) => type !== 'PaymentOverdue')).toEqual(['PaymentInitiated', 'PaymentFailed', 'PaymentProcessed', 'PaymentRefundInitiated', 'PaymentRefunded']);
    expect((await world.provider.stripe('GET', `/v1/refunds?payment_intent=${intent.id}`)).body.data).toMatchObject([{ amount: 18_550 }]);
  });
});

describe('An update before its time', () => {
  test('and before its order is kept under its event id, applied when the order has come, and answered so when it is told again', async () => {
    const orderId = uuid7(Date.now());
    const update = { ...common(orderId), status: 'captured' as const };
    const tell = (): Promise<UpdateAnswer> => world.updates.processOrderUpdate(update, flow());
    expect((await tell()).verdict).toBe('unknown_order');
    expect((await tell()).verdict).toBe('unknown_order');
    expect(await kept(orderId)).toEqual([{ id: update.providerEventId, verdict: 'kept', waits: true }]);
    await world.pool.query(
      `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at, payment_method)
       SELECT $1, 900001, client_id, $1, '', customer_id, currency, freight, total, lines, now(), now(), payment_method FROM orders WHERE order_id = $2`,
      [orderId, await world.order(LATER)],
    );
    expect(await tell()).toMatchObject({ verdict: 'applied', detail: expect.stringContaining('kept') });
    expect(await types(orderId)).toEqual([]);
    await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
    await world.until(orderId, 'PaymentProcessed');
    expect(await types(orderId)).toEqual(['PaymentInitiated', 'PaymentProcessed']);
    expect(await kept(orderId)).toEqual([{ id: update.providerEventId, verdict: 'kept_accepted', waits: false }]);
    expect(await tell()).toEqual({ verdict: 'duplicate' });
    expect(await types(orderId)).toHaveLength(2);
  });

  test('waits for what it follows, and both have their effect in one transaction', async () => {
    const orderId = await begun();
    const [opened, refunded] = [{ ...common(orderId), disputeId: 'dp', status: 'opened' as const }, { ...common(orderId), status: 'partially_refunded' as const, amount: '50.00' }];
    expect((await world.updates.processDisputeUpdate(opened, flow())).verdict).toBe('applied');
    expect((await world.updates.processOrderUpdate(refunded, flow())).verdict).toBe('applied');
    expect(await types(orderId)).toEqual(['PaymentInitiated']);
    expect((await order(orderId, 'captured')).verdict).toBe('applied');
    expect(await types(orderId)).toEqual(['PaymentInitiated', 'PaymentProcessed', 'DisputeOpened', 'PaymentRefunded']);
    const at = (await world.pool.query("SELECT DISTINCT txid FROM events WHERE subject = $1 AND type IN ('PaymentProcessed', 'DisputeOpened', 'PaymentRefunded')", [orderId])).rows;
    expect(at).toHaveLength(1);
  });

  test('and before its order is not kept when too many wait for that order already, and is noted', async () => {
    const orderId = uuid7(Date.now());
    const tell = (): Promise<UpdateOutcome> => order(orderId, 'partially_refunded', { amount: '1.00' });
    const answers = await Promise.all(Array.from({ length: 30 }, tell));
    expect(answers.every(({ verdict }) => verdict === 'unknown_order')).toBe(true);
    expect(await kept(orderId)).toHaveLength(20);
    expect(await tell()).toMatchObject({ detail: expect.stringContaining('not kept'), isUnkept: true });
    expect(answers.filter(({ isUnkept }) => isUnkept === true)).toHaveLength(10);
    expect((await world.log.ignored(orderId)).filter(({ rule }) => rule === 'too_many_early')).toHaveLength(11);
  });

  test('is not kept when too many wait for the order that is there, either, and it is said that it is not', async () => {
    const orderId = await world.order();
    const answers = await Promise.all(Array.from({ length: 22 }, () => order(orderId, 'captured')));
    expect(answers.filter(({ verdict, isUnkept }) => verdict === 'invalid_status' && isUnkept === true)).toHaveLength(2);
    expect(answers.filter(({ isUnkept }) => isUnkept === undefined)).toHaveLength(20);
  });

  test('is given up after a week, with a note, and judged anew when it is told again', async () => {
    const orderId = uuid7(Date.now());
    const update = { ...common(orderId), status: 'captured' as const };
    await world.updates.processOrderUpdate(update, flow());
    const intake = createUpdateIntake(world.log, payments);
    expect(await intake.giveUp()).toBe(false);
    expect(await kept(orderId)).toMatchObject([{ verdict: 'kept' }]);
    await world.pool.query("UPDATE payment_webhooks SET received_at = now() - interval '8 days' WHERE order_id = $1", [orderId]);
    expect(await intake.giveUp()).toBe(false);
    expect(await kept(orderId)).toEqual([{ id: update.providerEventId, verdict: 'kept_illegal', waits: false }]);
    expect((await world.log.ignored(orderId)).map(({ rule }) => rule)).toContain('waited_in_vain');
    expect((await world.updates.processOrderUpdate(update, flow())).verdict).toBe('unknown_order');
    expect(await kept(orderId)).toMatchObject([{ verdict: 'kept', waits: true }]);
  });
});

describe('Money that is taken twice', () => {
  test('by another provider is told, and given back there by itself, while the payment stays', async () => {
    const { body: intent } = await world.provider.stripe('POST', '/v1/payment_intents', { amount: '18550', currency: 'usd', confirm: 'true', payment_method: 'tok_4242424242424242' });
    const orderId = await captured();
    const twice: Partial<OrderUpdateRequest> = { provider: 'stripe', reference: intent.id };
    expect(await order(orderId, 'captured', twice)).toEqual({ verdict: 'applied' });
    expect(await order(orderId, 'captured', twice)).toEqual({ verdict: 'stale' });
    expect(await world.until(orderId, 'PaymentDuplicateRefunded')).toEqual(['PaymentInitiated', 'PaymentProcessed', 'PaymentDuplicated', 'PaymentDuplicateRefunded']);
    const { body: refunds } = await world.provider.stripe('GET', `/v1/refunds?payment_intent=${intent.id}`);
    expect(refunds.data).toMatchObject([{ amount: 18_550, status: 'succeeded', metadata: { refund_id: `pay_${orderId}-d1` } }]);
    const { rows: [row] } = await world.pool.query('SELECT status, provider, duplicates FROM payments WHERE order_id = $1', [orderId]);
    expect(row).toEqual({ status: 'processed', provider: 'standard', duplicates: [{ refundId: `pay_${orderId}-d1`, provider: 'stripe', reference: intent.id, amount: '185.50', isDone: true }] });
  });

  test('by a charge that its provider will not give back is a dead letter, with what that provider says', async () => {
    const orderId = await captured();
    expect(await order(orderId, 'captured', { provider: 'stripe', reference: 'pi_of_nobody' })).toEqual({ verdict: 'applied' });
    const dead = await world.eventually(async () => (await world.pool.query("SELECT last_error FROM work WHERE subject = $1 AND state = 'dead' AND handler = 'payments.refund_duplicate'", [orderId])).rows[0]);
    expect(dead).toMatchObject({ last_error: { code: 'resource_missing', message: expect.stringContaining('No such') } });
  });
});

describe('Money that was paid for an order that ends before it is asked for', () => {
  test('goes back by itself, when the order has ended', async () => {
    const { body: intent } = await world.provider.stripe('POST', '/v1/payment_intents', { amount: '18550', currency: 'usd', confirm: 'true', payment_method: 'tok_4242424242424242' });
    const orderId = await world.order();
    expect((await order(orderId, 'captured', { provider: 'stripe', reference: intent.id })).detail).toContain('kept');
    expect(await world.updates.endWaits()).toBe(false);
    expect(await types(orderId)).toEqual([]);
    await world.setStatus(orderId, 'cancelled');
    expect(await world.updates.endWaits()).toBe(false);
    expect(await world.until(orderId, 'PaymentDuplicateRefunded')).toEqual(['PaymentDuplicated', 'PaymentDuplicateRefunded']);
    expect((await world.provider.stripe('GET', `/v1/refunds?payment_intent=${intent.id}`)).body.data).toMatchObject([{ amount: 18_550 }]);
  });
});

describe('A dispute that names its charge alone', () => {
  const ofCharge = (charge: string, status: DisputeUpdateRequest['status'], given: Partial<DisputeUpdateRequest> = {}): DisputeUpdateRequest => {
    const { orderId: _none, ...rest } = common('');
    return { ...rest, provider: 'stripe', disputeId: `dp-${charge}`, reference: charge, status, ...given };
  };
  const tell = (update: DisputeUpdateRequest): Promise<UpdateAnswer> => world.updates.processDisputeUpdate(update, flow());

  test('finds its order by the charge that has taken the money', async () => {
    const orderId = await begun();
    expect((await order(orderId, 'captured', { provider: 'stripe', reference: `pi_${orderId}` })).verdict).toBe('applied');
    expect(await tell(ofCharge(`pi_${orderId}`, 'opened'))).toEqual({ verdict: 'applied' });
    expect(await types(orderId)).toEqual(['PaymentInitiated', 'PaymentProcessed', 'DisputeOpened']);
  });

  test('and comes before anybody knows the charge is kept under it, and has its effect when the charge is known', async () => {
    const orderId = await begun();
    const charge = `pi_${orderId}`;
    const [opened, lost] = [ofCharge(charge, 'opened'), ofCharge(charge, 'lost', { occurredAt: '2026-11-21T12:00:05Z' })];
    for (const update of [opened, lost, opened]) expect((await tell(update)).verdict).toBe('unknown_order');
    expect(await kept(`stripe:${charge}`)).toMatchObject([{ verdict: 'kept', waits: true }, { verdict: 'kept', waits: true }]);
    expect(await world.updates.place()).toBe(false);
    expect((await order(orderId, 'captured', { provider: 'stripe', reference: charge })).verdict).toBe('applied');
    expect(await world.updates.place()).toBe(false);
    expect(await types(orderId)).toEqual(['PaymentInitiated', 'PaymentProcessed', 'DisputeOpened', 'DisputeLost', 'PaymentRefunded']);
    expect((await kept(orderId)).filter((row) => (row as { verdict: string }).verdict === 'kept_accepted')).toEqual([opened, lost].map(({ providerEventId: id }) => ({ id, verdict: 'kept_accepted', waits: false })));
    expect(await tell(opened)).toEqual({ verdict: 'duplicate' });
  });

  test('and is told again when the charge is known has its effect then', async () => {
    const orderId = await begun();
    const opened = ofCharge(`pi_${orderId}`, 'opened');
    expect((await tell(opened)).verdict).toBe('unknown_order');
    expect((await order(orderId, 'captured', { provider: 'stripe', reference: `pi_${orderId}` })).verdict).toBe('applied');
    expect(await tell(opened)).toEqual({ verdict: 'applied' });
    expect(await tell(opened)).toEqual({ verdict: 'duplicate' });
    expect(await types(orderId)).toEqual(['PaymentInitiated', 'PaymentProcessed', 'DisputeOpened']);
    expect(await kept(`stripe:pi_${orderId}`)).toEqual([]);
  });
});

describe('A refund that is owed while a dispute is open', () => {
  test('waits, and goes out when the dispute is won', async () => {
    await world.provider.misbehave({});
    const orderId = await world.order();
    await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
    await world.until(orderId, 'PaymentProcessed');
    expect((await dispute(orderId, 'opened', { occurredAt: '2026-11-21T13:00:01Z' })).verdict).toBe('applied');
    await world.say('OrderUnfulfilled', { orderId, orderNumber: 1, customerId: 'VINET', reason: { code: 'closed' } });
    await world.eventually(async () => (await world.pool.query(`SELECT 1 FROM payments WHERE order_id = $1 AND refunds @> '[{"isHeld": true}]'`, [orderId])).rows[0]);
    expect(await types(orderId)).toEqual(['PaymentInitiated', 'PaymentProcessed', 'DisputeOpened']);
    expect((await dispute(orderId, 'won', { occurredAt: '2026-11-21T13:00:02Z' })).verdict).toBe('applied');
    await world.until(orderId, 'PaymentRefunded');
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 1, kept: '0.00' });
  });

  test('and was told before, while the provider could not be reached, is not sent', async () => {
    const orderId = await world.order();
    await world.say('InventoryReserved', { orderId, lines: [{ sku: 'NW-1', quantity: 1 }] });
    await world.until(orderId, 'PaymentProcessed');
    await world.provider.misbehave({ tooManyRequests: 1 });
    await world.say('OrderUnfulfilled', { orderId, orderNumber: 1, customerId: 'VINET', reason: { code: 'closed' } });
    await world.until(orderId, 'PaymentRefundInitiated');
    expect((await dispute(orderId, 'opened', { occurredAt: '2026-11-21T13:00:01Z' })).verdict).toBe('applied');
    await world.eventually(async () => (await world.pool.query(`SELECT 1 FROM payments WHERE order_id = $1 AND refunds @> '[{"isHeld": true}]'`, [orderId])).rows[0]);
    await world.provider.misbehave({});
    expect((await dispute(orderId, 'lost', { occurredAt: '2026-11-21T13:00:02Z' })).verdict).toBe('applied');
    expect((await types(orderId)).slice(-2)).toEqual(['DisputeLost', 'PaymentRefunded']);
    expect(await world.provider.money(orderId)).toMatchObject({ refunds: 0 });
  });
});

describe('A dispute', () => {
  test('goes its way once, however often and in whatever order it is told', async () => {
    const orderId = await captured();
    const at = (second: number): Partial<DisputeUpdateRequest> => ({ occurredAt: `2026-11-21T13:00:0${second}Z` });
    const all = [dispute(orderId, 'lost', at(3)), dispute(orderId, 'opened', at(1)), dispute(orderId, 'under_review', at(2)), dispute(orderId, 'lost', at(3)), dispute(orderId, 'opened', at(1))];
    const verdicts = (await Promise.all(all)).map(({ verdict }) => verdict);
    expect(verdicts[0]).toBe('applied');
    expect(verdicts.slice(3)).toEqual(['stale', 'stale']);
    const told = await types(orderId);
    expect(told.filter((type) => type === 'DisputeLost' || type === 'PaymentRefunded')).toEqual(['DisputeLost', 'PaymentRefunded']);
    expect(await dispute(orderId, 'won', at(4))).toMatchObject({ verdict: 'invalid_status' });
    const { rows: [row] } = await world.pool.query('SELECT status, disputes FROM payments WHERE order_id = $1', [orderId]);
    expect(row).toMatchObject({ status: 'refunded', disputes: [{ disputeId: `dp-${orderId}`, status: 'lost', amount: '185.50' }] });
  });
});
