import { describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { createStripeProvider } from './stripe.ts';

const SECRET = 'whsec_stripe_present_secret_of_the_endpoint';
const BEFORE = 'whsec_stripe_secret_before_of_the_endpoint';
const NOW_S = 1_795_262_400;
const provider = createStripeProvider([SECRET, BEFORE]);
const stripe = new Stripe('sk_test_unused');
const payload = JSON.stringify({ id: 'evt_1', type: 'payment_intent.succeeded', name: 'ü' }, null, 2);
const header = (given: { secret?: string; timestamp?: number; payload?: string } = {}): string => stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp: NOW_S, ...given });
const signed = (signature: string | undefined, body = payload, nowS = NOW_S): boolean => provider.isSigned({ 'stripe-signature': signature }, Buffer.from(body), nowS * 1_000);

describe('A signature of Stripe', () => {
  test('made by its own library counts, under the present secret and the one before', () => {
    expect([signed(header()), signed(header({ secret: BEFORE })), signed(header({ secret: 'whsec_another' }))]).toEqual([true, true, false]);
  });

  test('that counts here is one that its own library takes', () => {
    expect(() => stripe.webhooks.constructEvent(payload, header(), SECRET, 300, undefined, NOW_S * 1_000)).not.toThrow();
  });

  test('counts for five minutes before and after, to the second', () => {
    expect([300, -300, 301, -301].map((aside) => signed(header(), payload, NOW_S + aside))).toEqual([true, true, false, false]);
  });

  test('does not count for a body of which a byte was changed, or that was written anew', () => {
    expect(signed(header(), payload.replace('evt_1', 'evt_2'))).toBe(false);
    expect(signed(header(), JSON.stringify(JSON.parse(payload)))).toBe(false);
  });

  test('counts among others, of other schemes and other secrets', () => {
    expect(signed(`${header({ secret: 'whsec_another' })},${header().split(',')[1]},v0=${'0'.repeat(64)}`)).toBe(true);
  });

  const [time = '', v1 = ''] = header().split(',');
  test.each<[string, string | undefined]>([
    ['that is not there', undefined],
    ['that is empty', ''],
    ['without a time', v1],
    ['with two times', `${time},t=1,${v1}`],
    ['with a time that is no number', `t=now,${v1}`],
    ['without a signature', time],
    ['of another scheme only', `${time},${v1.replace('v1', 'v0')}`],
    ['that is half', `${time},${v1.slice(0, 40)}`],
    ['in capitals', `${time},${v1.replace('v1=', '').toUpperCase()}`],
    ['among more than ten', `${time},${`v1=${'0'.repeat(64)},`.repeat(10)}${v1}`],
    ['among a thousand', `${time},${`v1=${'0'.repeat(64)},`.repeat(1_000)}${v1}`],
  ])('%s does not count', (_name, value) => {
    expect(signed(value)).toBe(false);
  });
});

const event = (type: string, object: object, before?: object) => ({ id: 'evt_1', object: 'event', api_version: '2026-09-30', created: NOW_S, type, livemode: false, data: { object, ...(before && { previous_attributes: before }) } });
const intent = { id: 'pi_1', object: 'payment_intent', amount: 18_550, amount_received: 18_550, currency: 'usd', metadata: { order_id: 'o-1', other: 'x' }, latest_charge: 'ch_1' };
const charge = { id: 'ch_1', object: 'charge', amount: 18_550, amount_refunded: 5_000, refunded: false, currency: 'usd', metadata: { order_id: 'o-1' }, payment_intent: 'pi_1' };
const refund = { id: 're_1', object: 'refund', amount: 4_000, currency: 'usd', status: 'failed', failure_reason: 'lost_or_stolen_card', charge: 'ch_1', payment_intent: 'pi_1', metadata: { order_id: 'o-1', refund_id: 'pay_o-1-r1' } };
/** As Stripe sends it: of its charge it has the id, and none of the metadata. */
const dispute = { id: 'dp_1', object: 'dispute', amount: 18_550, currency: 'usd', status: 'needs_response', reason: 'fraudulent', charge: 'ch_1', payment_intent: 'pi_1', metadata: {} };
const about = { provider: 'stripe', provider_event_id: 'evt_1', order_id: 'o-1', currency: 'USD', occurred_at: '2026-11-21T12:00:00.000Z' };
const { order_id: _unknown, ...ofCharge } = about;

describe('An event of Stripe', () => {
  test.each<[string, object, object | undefined, object]>([
    ['payment_intent.amount_capturable_updated', { ...intent, amount_received: 0 }, undefined, { status: 'authorised', payment_id: 'pi_1', amount: '185.50' }],
    ['payment_intent.succeeded', intent, undefined, { status: 'captured', payment_id: 'pi_1', amount: '185.50' }],
    ['payment_intent.payment_failed', { ...intent, last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: 'lost_card', message: 'No.' } }, undefined, { status: 'attempt_failed', payment_id: 'pi_1', reason: { code: 'lost_card', message: 'No.' } }],
    ['payment_intent.canceled', { ...intent, last_payment_error: { type: 'invalid_request_error', code: 'resource_missing', message: "No such PaymentMethod: 'pm_1'" } }, undefined, { reason: { code: 'resource_missing' } }],
    ['payment_intent.canceled', { ...intent, cancellation_reason: 'abandoned' }, undefined, { status: 'failed', reason: { code: 'abandoned' } }],
    ['charge.refunded', charge, { amount_refunded: 1_000 }, { status: 'partially_refunded', payment_id: 'pi_1', amount: '40.00' }],
    ['charge.refunded', { ...charge, amount_refunded: 18_550, refunded: true, payment_intent: { id: 'pi_1', object: 'payment_intent' } }, { amount_refunded: 0, refunded: false }, { status: 'refunded', payment_id: 'pi_1', amount: '185.50' }],
    ['charge.refunded', { ...charge, payment_intent: null }, { amount_refunded: 0 }, { payment_id: 'ch_1', amount: '50.00' }],
    ['refund.failed', refund, undefined, { status: 'refund_failed', payment_id: 'pi_1', refund_id: 'pay_o-1-r1', amount: '40.00', reason: { code: 'lost_or_stolen_card' } }],
    ['refund.updated', { ...refund, status: 'canceled', failure_reason: null, payment_intent: null }, { status: 'succeeded' }, { status: 'refund_failed', payment_id: 'ch_1', reason: { code: 'refund_failed' } }],
    ['charge.refund.updated', { ...refund, metadata: { order_id: 'o-1' } }, { status: 'pending' }, { status: 'refund_failed', amount: '40.00' }],
  ])('%s about a payment is read into the words of all providers', (type, object, before, expected) => {
    expect(provider.readOrderWebhook(event(type, object, before))).toMatchObject({ kind: 'webhook', webhook: { ...about, ...expected } });
  });

  test.each<[string, string, string]>([
    ['charge.dispute.created', 'needs_response', 'opened'],
    ['charge.dispute.updated', 'under_review', 'under_review'],
    ['charge.dispute.updated', 'warning_under_review', 'under_review'],
    ['charge.dispute.updated', 'needs_response', 'opened'],
    ['charge.dispute.closed', 'won', 'won'],
    ['charge.dispute.closed', 'warning_closed', 'won'],
    ['charge.dispute.closed', 'lost', 'lost'],
  ])('%s with the status %s says that a dispute is %s', (type, status, expected) => {
    expect(provider.readDisputeWebhook(event(type, { ...dispute, status }))).toEqual({
      kind: 'webhook', webhook: { ...ofCharge, status: expected, dispute_id: 'dp_1', payment_id: 'pi_1', amount: '185.50', reason: { code: 'fraudulent' } },
    });
  });

  test('about a dispute names the order where it says it, else the intent, else the charge', () => {
    const read = (given: object): object => provider.readDisputeWebhook(event('charge.dispute.created', { ...dispute, ...given }));
    expect(read({ metadata: { order_id: 'o-1' } })).toMatchObject({ webhook: { ...about, payment_id: 'pi_1' } });
    expect(read({ payment_intent: { id: 'pi_2', object: 'payment_intent' } })).toMatchObject({ webhook: { payment_id: 'pi_2' } });
    expect(read({ payment_intent: null })).toMatchObject({ webhook: { payment_id: 'ch_1' } });
    expect(read({ payment_intent: null, charge: undefined, metadata: null })).toMatchObject({ kind: 'malformed', providerEventId: 'evt_1', detail: expect.stringContaining('data.object.payment_intent') });
  });

  test.each(['customer.created', 'toString', 'payment_intent.created'])('of the type %s, which means nothing here, is told as such', (type) => {
    expect(provider.readOrderWebhook(event(type, { id: 'x' }))).toEqual({ kind: 'unknown', providerEventId: 'evt_1', type });
    expect(provider.readDisputeWebhook(event(type, { id: 'x' }))).toEqual({ kind: 'unknown', providerEventId: 'evt_1', type });
  });

  test('a refund that has failed and is changed otherwise, by a note of a person, did not fail again', () => {
    expect(provider.readOrderWebhook(event('refund.updated', { ...refund, status: 'failed' }, { metadata: {} }))).toEqual({ kind: 'unknown', providerEventId: 'evt_1', type: 'refund.updated' });
  });

  test.each(['succeeded', 'pending'])('about a refund that is %s means nothing here: of what was given its charge tells', (status) => {
    expect(provider.readOrderWebhook(event('charge.refund.updated', { ...refund, status }, { status: 'requires_action' }))).toEqual({ kind: 'unknown', providerEventId: 'evt_1', type: 'charge.refund.updated' });
  });

  test.each<[string, 'order' | 'dispute', string, object]>([
    ['a refund that failed, of something else', 'order', 'refund.failed', { ...refund, metadata: {} }],
    ['a subscription', 'order', 'payment_intent.succeeded', { ...intent, metadata: {} }],
    ['an invoice, without metadata, in another currency', 'order', 'payment_intent.succeeded', { ...intent, metadata: null, currency: 'jpy' }],
    ['a refund of one', 'order', 'charge.refunded', { ...charge, metadata: {} }],
    ['a dispute in another currency', 'dispute', 'charge.dispute.created', { ...dispute, currency: 'jpy' }],
  ])('about %s, which is no order of ours, is told as one that means nothing here', (_name, about, type, object) => {
    const body = event(type, object);
    expect(about === 'order' ? provider.readOrderWebhook(body) : provider.readDisputeWebhook(body)).toEqual({ kind: 'unknown', providerEventId: 'evt_1', type });
  });

  test('that was sent to the other path is not taken for unknown: it must not be lost', () => {
    expect(provider.readOrderWebhook(event('charge.dispute.created', dispute))).toMatchObject({ kind: 'malformed', detail: expect.stringContaining('/webhooks/payments/disputes') });
    expect(provider.readDisputeWebhook(event('payment_intent.succeeded', intent))).toMatchObject({ kind: 'malformed', detail: expect.stringContaining('/webhooks/payments/orders') });
  });

  test.each<[string, unknown, string]>([
    ['names an order that is none', event('payment_intent.succeeded', { ...intent, metadata: { order_id: '' } }), 'data.object.metadata.order_id'],
    ['is in a currency without two decimals', event('payment_intent.succeeded', { ...intent, currency: 'jpy' }), 'data.object.currency'],
    ['has money that is no whole number', event('payment_intent.succeeded', { ...intent, amount: 1.5 }), 'data.object.amount'],
    ['tells of a refund without the sum before it', event('charge.refunded', charge), 'data.object.refunded_before'],
    ['has no object', { id: 'evt_1', created: NOW_S, type: 'payment_intent.succeeded' }, 'data'],
    ['has an object that is none', event('charge.refunded', null as never, { amount_refunded: 0 }), 'data.object.'],
    ['is no object', [], 'body'],
  ])('that %s is malformed, and the place is named', (_name, body, place) => {
    expect(provider.readOrderWebhook(body)).toMatchObject({ kind: 'malformed', detail: expect.stringContaining(place) });
  });
});
