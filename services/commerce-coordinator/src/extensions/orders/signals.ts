/** What orders tell. */
import {
  OrderCancelled, OrderCancelRefused, OrderCancelRequested, OrderCheckoutInitiated, OrderCompleted, OrderConfirmed, OrderCreated, OrderFulfilled, OrderOverdue, OrderRefunded, OrderRefundRequested,
  OrderReRequested, OrderRevokeRequested, OrderShipped, OrderTakenBack, OrderUnfulfilled,
} from '@commerce/events/entries';
import { defineSignal, sendingOf } from '@commerce/signals/signal';
import { auditRecorded } from '../../audit.ts';

const told = { unheard: 'It is told to whoever watches; nothing follows from it here.' };

export const ORDER_SIGNALS = [
  defineSignal(OrderCheckoutInitiated, { unheard: 'The order itself is created with it.' }), defineSignal(OrderCreated),
  defineSignal(OrderConfirmed, told), defineSignal(OrderFulfilled), defineSignal(OrderUnfulfilled), defineSignal(OrderTakenBack), defineSignal(OrderShipped), defineSignal(OrderCompleted, told),
  defineSignal(OrderCancelRequested), defineSignal(OrderCancelRefused, told), defineSignal(OrderCancelled),
  defineSignal(OrderRefundRequested), defineSignal(OrderRevokeRequested), defineSignal(OrderReRequested), defineSignal(OrderRefunded), defineSignal(OrderOverdue, told),
  auditRecorded,
];

/** Sends what a decision of this extension says. */
export const send = sendingOf(ORDER_SIGNALS);
