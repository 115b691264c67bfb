import { expect, test } from '@jest/globals';
import { repeatOf, requestHashOf } from './intake-repeats.ts';
import type { OrderForm } from './order-form.ts';

const FORM: OrderForm = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'tea', quantity: 1, unitPrice: '10.00' }] };
const ORDER = { orderId: 'o1', orderNumber: 7, customerId: 'VINET', status: 'created', currency: 'USD', total: '10.00', createdAt: '2026-01-05T09:30:00.000Z' } as const;
const FIRST = { requestHash: requestHashOf(FORM), order: ORDER };

test('A request under a key that nothing is kept under is a new one', () => {
  expect(repeatOf(undefined, requestHashOf(FORM))).toEqual({ kind: 'new' });
});

test('The same body under its key gets the first answer again, in whatever order its members stand', () => {
  const { lines, currency, customerId } = FORM;
  expect(repeatOf(FIRST, requestHashOf({ lines, customerId, currency }))).toEqual({ kind: 'replayed', order: ORDER });
});

test.each<[string, Partial<OrderForm>]>([
  ['another customer', { customerId: 'TOMSP' }],
  ['another quantity', { lines: [{ sku: 'tea', quantity: 2, unitPrice: '10.00' }] }],
  ['another way to pay', { payment: { method: { type: 'card', token: 'tok_4242424242424242' } } }],
])('A body with %s under a used key is refused', (_what, other) => {
  expect(repeatOf(FIRST, requestHashOf({ ...FORM, ...other }))).toEqual({ kind: 'key_reused' });
});
