/** What orders tell. */
import { defineEvent } from '@commerce/events/catalogue';
import {
  OrderCancelled, OrderCancelRefused, OrderCancelRequested, OrderCheckoutInitiated, OrderCompleted, OrderConfirmed, OrderCreated, OrderFulfilled, OrderOverdue, OrderRefunded, OrderRefundRequested,
  orderChanges, OrderReRequested, OrderRevokeRequested, OrderShipped, OrderTakenBack, OrderUnfulfilled,
} from '@commerce/events/entries';
import type { Outcome } from '@commerce/event-log/extension';
import { defineSignal, sendingOf } from '@commerce/signals/signal';
import type { SendContext } from '@commerce/signals/signal';
import { z } from 'zod';
import { auditRecorded } from '../../audit.ts';
import { withChanges } from './changes.ts';
import type { Order } from './order.ts';

const told = { unheard: 'It is told to whoever watches; nothing follows from it here.' };

const OrderUpdated = defineEvent({
  type: 'OrderUpdated', constant: 'ORDER_UPDATED', webhook: 'order.updated', topic: 'order-events',
  description: 'An order was changed by what another event tells already, such as that its stock is set aside: what of it is another now.',
  versions: { v1: z.strictObject({ orderId: z.string().min(1).max(200), changes: orderChanges }) },
  subject: (data) => data.orderId,
  example: {
    orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d',
    changes: { version: 2, updatedAt: '2026-01-05T09:30:00.000Z', statusSince: '2026-01-05T09:30:00.000Z', status: 'reserved', stock: 'held' },
  },
});

export const ORDER_SIGNALS = [
  defineSignal(OrderCheckoutInitiated, { unheard: 'The order itself is created with it.' }), defineSignal(OrderCreated),
  defineSignal(OrderConfirmed, told), defineSignal(OrderFulfilled), defineSignal(OrderUnfulfilled), defineSignal(OrderTakenBack), defineSignal(OrderShipped), defineSignal(OrderCompleted, told),
  defineSignal(OrderCancelRequested), defineSignal(OrderCancelRefused, told), defineSignal(OrderCancelled),
  defineSignal(OrderRefundRequested), defineSignal(OrderRevokeRequested), defineSignal(OrderReRequested), defineSignal(OrderRefunded), defineSignal(OrderOverdue, told),
  defineSignal(OrderUpdated, { internal: true, unheard: 'The rows of orders are made again from it.' }), auditRecorded,
];

/** Sends the first events of an order. */
export const send = sendingOf(ORDER_SIGNALS);

/** Sends what a decision about an order says, and with it what of the order it changes. Every decision of this extension goes through here. */
export function tell(before: Order | undefined, outcome: Outcome<Order>, context: SendContext): Outcome<Order> {
  return send(withChanges(before, outcome, context.nowMs), context);
}
