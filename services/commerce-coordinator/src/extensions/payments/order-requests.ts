/**
 * What orders asks of payments: the two events of orders that this extension hears beside those of the shared catalogue.
 */
import { defineEvent } from '@commerce/events/catalogue';
import { z } from 'zod';

const id = z.string().min(1).max(200);
const reason = z.strictObject({ code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), message: z.string().max(2_000).optional() });
const example = { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', reason: { code: 'customer_changed_mind' } };

export const OrderCancelRequested = defineEvent({
  type: 'OrderCancelRequested', constant: 'ORDER_CANCEL_REQUESTED', webhook: 'order.cancel_requested', topic: 'order-events',
  description: 'An order is to be cancelled: what was not begun is not begun, and what was done is undone.',
  versions: { v1: z.strictObject({ orderId: id, reason, status: z.string().max(50) }) },
  subject: (data) => data.orderId,
  example: { ...example, status: 'reserved' },
});

export const OrderRefundRequested = defineEvent({
  type: 'OrderRefundRequested', constant: 'ORDER_REFUND_REQUESTED', webhook: 'order.refund_requested', topic: 'order-events',
  description: 'The money of a delivered order, or of some of its lines, is to be given back.',
  versions: { v1: z.strictObject({ orderId: id, reason, lineIds: z.array(id).min(1).max(500).optional() }) },
  subject: (data) => data.orderId,
  example,
});
