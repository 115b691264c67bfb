import { describe, expect, test } from '@jest/globals';
import { EXTENSIONS } from '../../../extensions.config.ts';
import { MAP } from '../../../signals.config.ts';
import { catalogueOf } from '../../catalogue.ts';
import { event, foreign, ORDER_ID, FULFILLED, REVOKED } from '../../test-events.ts';
import { eventText, failureText, ignoredText } from './story.ts';
import { timelinePage } from './timeline.ts';

const describeType = (type: string): string => `The words of ${type}. And more.`;
const MINUTE_MS = 60_000;

/** The text of an event whose cause is another one, if there is one. */
function text(told: ReturnType<typeof event>, cause?: ReturnType<typeof event>): string {
  const caused = cause === undefined ? told : { ...told, causationId: cause.eventId };
  return eventText(caused, { byId: new Map([told, ...(cause === undefined ? [] : [cause])].map((one) => [one.eventId, one])), describe: describeType });
}

describe('an event is told', () => {
  test.each<[string, string]>([
    [text(event('InventoryReserved', {}, { handler: 'inventory.reserve', attempt: 1 })), 'Stock set aside: by inventory.reserve.'],
    [text(event('PaymentFailed', {}, { handler: 'payments.charge', attempt: 2 }), event('InventoryReserved')), 'Payment refused by the provider (card_declined): by payments.charge at attempt 2, because stock was set aside.'],
    [text(event('PaymentFailed', { reason: { code: 'order_cancelled' } }, { handler: 'payments.charge' })), 'Payment not taken, for the order is to be cancelled: by payments.charge.'],
    [text(event('InventoryReservationFailed', {}, { handler: 'inventory.reserve' })), 'Too little stock (NW-11: 3 of 12), so nothing is set aside: by inventory.reserve.'],
    [text(foreign('FulfillmentFailed')), 'Fulfillment failed (all_lines_failed): told by order-fulfillment.'],
    [text(event('PaymentRefunded', {}, { handler: 'payments.refund' }), foreign('FulfillmentFailed')), '200.38 USD given back by the provider, 200.38 of 200.38 in all: by payments.refund, because nothing of it could be fulfilled.'],
    [text(event('OrderCancelRequested', { orderId: ORDER_ID, reason: { code: 'changed_mind' }, status: 'paid' }, { handler: 'command:orders.cancel', metadata: { userId: 'anna' } })), 'Cancel asked for (changed_mind): asked by anna (orders.cancel).'],
    [text(event('OrderOverdue', { orderId: ORDER_ID, orderNumber: 1, status: 'paid', times: 2, act: 'escalate' }, { handler: 'job:orders.deadlines' })), 'Time run out for the second time while paid, so it is raised for a person: by the scheduled job orders.deadlines.'],
    [text(event('PaymentOverdue', { orderId: ORDER_ID, paymentId: 'p', check: 1 }, { handler: 'timer:payments.unanswered' })), 'Payment not decided, so the provider is asked for the first time: by the timer payments.unanswered.'],
    [text(event('PaymentProcessed', {}, { handler: 'command:payments.webhook' })), 'Payment of 200.38 USD taken by the provider: told by the webhook of the payment provider.'],
    [text(event('OrderCheckoutInitiated', { orderId: ORDER_ID, customerId: 'VINET', currency: 'USD', total: '1.00' }, { handler: null, metadata: { userId: 'anna' } })), 'Order asked for: at the request of anna.'],
  ])('%#', (told, words) => expect(told).toBe(words));

  test('because of what led to it, past what only passes on', () => {
    const reserved = event('InventoryReserved');
    const begun = event('PaymentInitiated', { orderId: ORDER_ID, paymentId: 'p', amount: '200.38', currency: 'USD', provider: 'standard' }, { causationId: reserved.eventId });
    const taken = event('PaymentProcessed', {}, { causationId: begun.eventId, handler: 'payments.charge' });
    const byId = new Map([reserved, begun, taken].map((one) => [one.eventId, one]));
    expect(eventText(taken, { byId, describe: describeType })).toBe('Payment of 200.38 USD taken by the provider: by payments.charge, because stock was set aside.');
    byId.delete(reserved.eventId);
    expect(eventText(taken, { byId, describe: describeType })).toContain(', because the payment was begun.');
  });

  test('in words of its own, whatever its type; in those of the catalogue when a further extension brings it', () => {
    const ofOthers = new Set(['users', 'catalog', 'carts', 'analytics', 'customers', 'webhooks'].flatMap((name) => EXTENSIONS.filter((one) => one.name.startsWith(name)).flatMap(({ signals }) => signals.map(({ entry }) => entry.type))));
    const types = catalogueOf({ extensions: EXTENSIONS, map: MAP }).entries.filter(({ type }) => !ofOthers.has(type));
    expect(types.length).toBeGreaterThan(30);
    for (const { type, example } of types) {
      const told = { ...event('InventoryReserved'), type, data: example };
      expect([type, eventText(told, { byId: new Map(), describe: () => undefined })]).toEqual([type, expect.not.stringContaining(type)]);
      expect(eventText(told, { byId: new Map(), describe: () => undefined })).not.toMatch(/undefined|null|NaN/);
    }
    expect(text({ ...event('InventoryReserved', {}, { handler: 'loyalty.grant' }), type: 'PointsGranted', data: {} })).toBe('The words of PointsGranted: by loyalty.grant.');
    expect(text({ ...event('InventoryReserved', {}, { handler: 'loyalty.grant' }), type: 'PointsGranted', data: {} }, { ...event('InventoryReserved'), type: 'CardSeen', data: {} })).toBe('The words of PointsGranted: by loyalty.grant, because of The words of CardSeen.');
  });
});

test('a run that failed is told with its error and what was to follow', () => {
  const failedAt = new Date(1_000);
  const run = { handler: 'payments.charge', attempt: 1, failedAt, error: { code: 'RetryLater', message: 'the payment provider answered 500' } };
  expect(failureText({ ...run, retryAt: new Date(1_400) })).toBe('payments.charge failed at attempt 1 (the payment provider answered 500); it was to run again after 400 ms.');
  expect(failureText({ ...run, attempt: 20, error: { code: 'refund_refused', message: 'No.' }, retryAt: null })).toBe('payments.charge failed at attempt 20 (refund_refused: No); it was given up.');
  expect(failureText({ ...run, retryAt: new Date(1_000 + 5 * MINUTE_MS) })).toContain('after 5 min.');
});

test('what the providers keep is told as kept', () => {
  const tell = (lines: object[]): string => eventText(event('FulfillmentRevoked', { lines }, { origin: 'foreign', source: 'order-fulfillment' }), { byId: new Map(), describe: describeType });
  expect(tell([FULFILLED[0] as object, FULFILLED[1] as object])).toBe('Nothing of it could be taken back by the fulfilling side: told by order-fulfillment.');
  expect(tell([FULFILLED[0] as object, REVOKED[1] as object])).toBe('1 line taken back by the fulfilling side (refunded): told by order-fulfillment.');
});

test('what was ignored is told with its rule', () => {
  expect(ignoredText('orders.fulfill', 'already_completed', {})).toBe('orders.fulfill did nothing (already_completed): it was already completed.');
  expect(ignoredText('orders.fulfill', 'other_client', {})).toBe('orders.fulfill did nothing (other_client): it was told for another client of the fulfilling side.');
  expect(ignoredText('payments.refund', 'skipped', { by: 'anna', reason: 'paid by hand' })).toBe('payments.refund did nothing (skipped): a person gave it up, said anna ("paid by hand").');
  expect(ignoredText('loyalty.grant', 'no_card_known', {})).toBe('loyalty.grant did nothing (no_card_known): no card known.');
});

test('a timeline has each failure and each ignore with the event that was heard, and notes of no event apart', () => {
  const [reserved, failed] = [event('InventoryReserved', {}, { recordedAtMs: 1_000, handler: 'inventory.reserve', attempt: 1 }), event('PaymentFailed', {}, { recordedAtMs: 1_500, handler: 'payments.charge', attempt: 2 })];
  const note = { handler: 'timer:payments.unanswered', rule: 'already_failed', evidence: {}, recordedAt: new Date(3_000) };
  const page = timelinePage({
    events: [reserved, failed], inside: new Map([['PaymentFailed', ['paymentId']]]), map: { InventoryReserved: ['orders.reserve'] }, describe: describeType, limit: 10,
    ignored: [{ ...note, eventId: failed.eventId, handler: 'orders.cancel' }, { ...note, eventId: null }],
    failed: [{ eventId: reserved.eventId, handler: 'orders.reserve', attempt: 1, error: { code: 'Error', message: 'no' }, failedAt: new Date(1_200), retryAt: null }],
  });
  expect(page.items).toMatchObject([
    { handler: 'inventory.reserve', attempt: 1, handlers: ['orders.reserve'], ignored: [], attempts: [{ handler: 'orders.reserve', attempt: 1, error: { code: 'Error', message: 'no' }, retryAt: null, offsetMs: 200, text: 'orders.reserve failed at attempt 1 (no); it was given up.' }] },
    { handler: 'payments.charge', attempt: 2, data: expect.not.objectContaining({ paymentId: expect.anything() }), handlers: [], attempts: [], ignored: [{ handler: 'orders.cancel', rule: 'already_failed', offsetMs: 2_000 }] },
  ]);
  expect(page.ignored).toMatchObject([{ handler: 'timer:payments.unanswered', text: 'timer:payments.unanswered did nothing (already_failed): it was already failed.' }]);
});
