/**
 * Disputes about the money of orders, as the payment provider tells them. A dispute about a delivered order changes nothing of it until
 * it is lost.
 */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { EXAMPLE_ORDER_ID, currency, id, moneySchema, reason } from './parts.ts';

/** `amount`: what is disputed. `open`: disputes about this order that are open after this. `left`: what of its money is left after this. */
const dispute = { orderId: id, paymentId: id, disputeId: id, amount: moneySchema, currency, provider: id, occurredAt: z.iso.datetime({ offset: true }), open: z.int().min(0), left: moneySchema, reason: reason.optional() };
const example = {
  orderId: EXAMPLE_ORDER_ID, paymentId: `pay_${EXAMPLE_ORDER_ID}`, disputeId: 'dp_01', amount: '200.38', currency: 'USD', provider: 'standard', occurredAt: '2026-01-05T09:30:00.000Z', open: 1, left: '200.38',
};

export const DisputeOpened = defineEvent({
  type: 'DisputeOpened', constant: 'DISPUTE_OPENED', webhook: 'dispute.opened', topic: 'payment-events',
  description: 'The customer disputes a payment at the provider; what is not delivered yet waits until the dispute is decided.',
  versions: { v1: z.strictObject(dispute) },
  subject: (data) => data.orderId,
  example: { ...example, reason: { code: 'not_received' } },
});

export const DisputeUnderReview = defineEvent({
  type: 'DisputeUnderReview', constant: 'DISPUTE_UNDER_REVIEW', webhook: 'dispute.under_review', topic: 'payment-events',
  description: 'The provider looks into a dispute; what is not delivered yet goes on waiting.',
  versions: { v1: z.strictObject(dispute) },
  subject: (data) => data.orderId,
  example,
});

export const DisputeWon = defineEvent({
  type: 'DisputeWon', constant: 'DISPUTE_WON', webhook: 'dispute.won', topic: 'payment-events',
  description: 'A dispute was decided for the shop: the money stays, and the order goes on unless another dispute is open.',
  versions: { v1: z.strictObject(dispute) },
  subject: (data) => data.orderId,
  example: { ...example, open: 0 },
});

export const DisputeLost = defineEvent({
  type: 'DisputeLost', constant: 'DISPUTE_LOST', webhook: 'dispute.lost', topic: 'payment-events',
  description: 'A dispute was decided for the customer: its money is gone. An order of which nothing is left is called off, or taken back where it was delivered.',
  versions: { v1: z.strictObject(dispute) },
  subject: (data) => data.orderId,
  example: { ...example, open: 0, left: '0.00' },
});

export const DISPUTE_ENTRIES = [DisputeOpened, DisputeUnderReview, DisputeWon, DisputeLost] as const;
