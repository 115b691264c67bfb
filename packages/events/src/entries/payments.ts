/** Payments of orders: begun, taken, refused, given back, and disputed. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { DISPUTE_ENTRIES } from './disputes.ts';
import { EXAMPLE_ORDER_ID, currency, id, moneySchema, reason } from './parts.ts';

const payment = { orderId: id, paymentId: id, amount: moneySchema, currency };
const example = { orderId: EXAMPLE_ORDER_ID, paymentId: '0193a6a0-7000-7abc-9def-0123456789ab', amount: '200.38', currency: 'USD' };

export const PaymentInitiated = defineEvent({
  type: 'PaymentInitiated', constant: 'PAYMENT_INITIATED', otherNames: ['PAYMENT_PROCESSING'], webhook: 'payment.initiated', topic: 'payment-events',
  description: 'The provider was asked for the money of an order and has not answered for good.',
  versions: { v1: z.strictObject({ ...payment, provider: id }) },
  subject: (data) => data.orderId,
  example: { ...example, provider: 'standard' },
});

export const PaymentProcessed = defineEvent({
  type: 'PaymentProcessed', constant: 'PAYMENT_PROCESSED', otherNames: ['ORDER_PAYMENT_COMPLETED', 'payment.completed'], webhook: 'order.payment_completed', topic: 'payment-events',
  description: 'The money of an order was taken.',
  versions: { v1: z.strictObject({ ...payment, provider: id, reference: id }) },
  subject: (data) => data.orderId,
  example: { ...example, provider: 'standard', reference: 'ch_01' },
});

export const PaymentFailed = defineEvent({
  type: 'PaymentFailed', constant: 'PAYMENT_FAILED', webhook: 'payment.failed', topic: 'payment-events',
  description: 'The provider refused the payment of an order for good: nothing was taken.',
  versions: { v1: z.strictObject({ ...payment, provider: id, reason }) },
  subject: (data) => data.orderId,
  example: { ...example, provider: 'standard', reason: { code: 'card_declined' } },
});

export const PaymentRefunded = defineEvent({
  type: 'PaymentRefunded', constant: 'PAYMENT_REFUNDED', webhook: 'payment.refunded', topic: 'payment-events',
  description: 'Money of an order was given back: `amount` now, `refunded` in all, of `charged`.',
  versions: { v1: z.strictObject({ ...payment, provider: id, refundId: id, refunded: moneySchema, charged: moneySchema, lineIds: z.array(id).max(500).optional(), reason }) },
  subject: (data) => data.orderId,
  example: { ...example, provider: 'standard', refundId: 're_01', refunded: '200.38', charged: '200.38', reason: { code: 'fulfillment_failed' } },
});

export const PAYMENT_ENTRIES = [PaymentInitiated, PaymentProcessed, PaymentFailed, PaymentRefunded, ...DISPUTE_ENTRIES] as const;
