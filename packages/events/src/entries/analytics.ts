/** What is seen in the flow of events itself: something that does not come, or comes too often or too soon. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { EXAMPLE_ORDER_ID, id } from './parts.ts';

/** `pattern`: which one was seen. `withinMs`: the time in which it was looked for. */
const pattern = { pattern: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), withinMs: z.int().min(1) };

export const OrderStuck = defineEvent({
  type: 'OrderStuck', constant: 'ORDER_STUCK', webhook: 'order.stuck', topic: 'order-events',
  description: 'The next step of an order has not come in its time: since `since`, when `after` was recorded, none of `waitingFor` was.',
  versions: { v1: z.strictObject({ orderId: id, ...pattern, after: id, since: z.iso.datetime(), waitingFor: z.array(id).min(1).max(20) }) },
  subject: (data) => data.orderId,
  example: { orderId: EXAMPLE_ORDER_ID, pattern: 'paid_not_fulfilled', withinMs: 86_400_000, after: 'PaymentProcessed', since: '2026-01-05T10:15:00.000Z', waitingFor: ['OrderFulfilled', 'OrderUnfulfilled'] },
});

export const RepeatedPaymentFailure = defineEvent({
  type: 'RepeatedPaymentFailure', constant: 'REPEATED_PAYMENT_FAILURE', webhook: 'payment.repeated_failure', topic: 'payment-events',
  description: 'Several orders of a customer have ended because their payments failed, within a short time. `times`: how many, the last one is `orderId`.',
  versions: { v1: z.strictObject({ customerId: id, orderId: id, ...pattern, times: z.int().min(2), since: z.iso.datetime() }) },
  subject: (data) => data.customerId,
  example: { customerId: 'VINET', orderId: EXAMPLE_ORDER_ID, pattern: 'repeated_payment_failure', withinMs: 3_600_000, times: 3, since: '2026-01-05T10:15:00.000Z' },
});

export const EarlyRefundRequested = defineEvent({
  type: 'EarlyRefundRequested', constant: 'EARLY_REFUND_REQUESTED', webhook: 'order.early_refund_requested', topic: 'order-events',
  description: 'An order, or some of its lines, is to be refunded soon after it was completed.',
  versions: { v1: z.strictObject({ orderId: id, ...pattern, completedAt: z.iso.datetime(), requestedAt: z.iso.datetime() }) },
  subject: (data) => data.orderId,
  example: { orderId: EXAMPLE_ORDER_ID, pattern: 'early_refund', withinMs: 86_400_000, completedAt: '2026-01-05T10:15:00.000Z', requestedAt: '2026-01-05T11:00:00.000Z' },
});

export const ANALYTICS_ENTRIES = [OrderStuck, RepeatedPaymentFailure, EarlyRefundRequested] as const;
