/** Events in a few words. */
import { expect, test } from '@jest/globals';
import { gistOf, orderOf, toneOfEvent, traceIdOf } from './gist.ts';

test.each([
  [{ orderId: 'o', customerId: 'c', orderNumber: 10248, total: '20.10', lines: [{}, {}], createdAt: 'x' }, 'orderNumber 10248 · total 20.10 · lines 2'],
  [{ reason: { code: 'card_declined', message: 'No.' }, status: 'failed' }, 'status failed · reason card_declined'],
  [{ a: 1, b: 2, c: 3, d: 4, sku: 'X' }, 'sku X · a 1 · b 2 · c 3'],
  [{ note: 'x'.repeat(80) }, `note ${'x'.repeat(59)}…`],
  [{}, ''], [null, ''], ['text', ''],
])('%j', (data, text) => expect(gistOf(data)).toBe(text));

test.each([['order.fulfillment_failed', 'bad'], ['order.unfulfilled', 'bad'], ['order.cancelled', 'warn'], ['order.completed', 'good'], ['payment.succeeded', 'good'], ['order.created', 'plain']])('%s sounds %s', (name, tone) => expect(toneOfEvent(name)).toBe(tone));

test('the order is that of the data, or the subject where the topic is about orders', () => {
  expect(orderOf({ subject: 'p-1', data: { orderId: 'o-1' } }, 'payment-events')).toBe('o-1');
  expect(orderOf({ subject: 'o-1' }, 'order-events')).toBe('o-1');
  expect(orderOf({ subject: 'SKU' }, 'inventory-events')).toBeUndefined();
});

test('the trace id stands in traceparent', () => {
  expect(traceIdOf({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(traceIdOf({ traceparent: 'nothing' })).toBeUndefined();
});
