/**
 * The map of the business flow: which handler hears which signal. Read this first.
 *
 * It is the only place where a handler is connected. A handler that stands nowhere here is refused at start, and so is a name
 * that no extension declares; the type lets a handler stand only under a signal that it understands.
 *
 *   order placed → OrderCreated → stock set aside (all lines or none) → InventoryReserved → charged → PaymentProcessed
 *     → fulfillment requested → FulfillmentRequested … the fulfilling side works, its outcome comes back over EventBridge and SQS …
 *   FulfillmentCompleted → judged by the order → OrderFulfilled → stock consumed, money of undelivered lines given back
 *                        → shipping created → ShippingCreated → OrderShipped → order completed, customer told
 *   a refusal, failure or cancellation of the fulfilling side → judged by the order → OrderUnfulfilled
 *   OrderUnfulfilled, too little stock, a refused card, a cancel → what was done is undone, each by its owner: PaymentRefunded,
 *     InventoryReleased; when all of it is, the order is cancelled
 *   a refund → OrderRefundRequested → taken back at the fulfilling side, money given back → OrderRefunded
 *   FulfillmentRevoked → judged by the order → OrderTakenBack → stock and money of these lines come back
 *     (What the order does not accept, such as an outcome that contradicts the first, is for stock and money as if it had never come.)
 *   FulfillmentCompleted for an order that had ended so → FulfillmentUnwanted → asked back → FulfillmentRevokeRequested
 *   a person who wants it back → OrderRevokeRequested; who wants it asked for anew → OrderReRequested
 *   a dispute: DisputeOpened → the order waits, and what was requested of it (FulfillmentSuspended); DisputeWon → it goes on
 *     (FulfillmentResumed); DisputeLost → its money is gone (PaymentRefunded), and the order ends as with any money that went back
 *   what no event has told is found by comparing with the fulfilling side, and told then: FulfillmentHealed
 */
import { defineSignalMap } from '@commerce/signals/map';
import { EXTENSIONS } from './extensions.config.ts';

export const MAP = defineSignalMap(EXTENSIONS, {
  OrderCreated: ['inventory.reserve'],

  InventoryReserved: ['orders.reserve', 'payments.process', 'catalog.availability'],
  InventoryReservationFailed: ['orders.cancel'],
  InventoryReleaseInitiated: ['inventory.put_back'],
  InventoryReleased: ['orders.settle', 'catalog.availability'],
  InventoryAdjusted: ['catalog.availability'],

  PaymentInitiated: ['payments.charge'],
  PaymentOverdue: ['payments.ask'],
  PaymentProcessed: ['orders.confirm', 'fulfillment.request'],
  PaymentFailed: ['orders.cancel', 'inventory.release'],
  PaymentRefundInitiated: ['payments.refund'],
  PaymentDuplicated: ['payments.refund_duplicate'],
  PaymentRefundFailed: ['payments.refund_failed'],
  PaymentRefunded: ['orders.settle', 'inventory.release', 'notifications.send'],

  DisputeOpened: ['orders.dispute', 'fulfillment.dispute'],
  DisputeUnderReview: ['orders.dispute', 'fulfillment.dispute'],
  DisputeWon: ['orders.dispute', 'fulfillment.dispute'],
  DisputeLost: ['orders.dispute', 'fulfillment.dispute'],

  FulfillmentRequested: ['orders.fulfilling', 'shipping.expect'],
  FulfillmentCompleted: ['orders.fulfill', 'fulfillment.settled', 'shipping.create'],
  FulfillmentRefused: ['orders.cancel', 'shipping.forgo'],
  FulfillmentFailed: ['orders.cancel', 'fulfillment.settled', 'shipping.forgo'],
  FulfillmentCancelled: ['orders.cancel', 'fulfillment.settled', 'shipping.forgo'],
  FulfillmentRevoked: ['orders.take_back', 'fulfillment.revoked'],
  FulfillmentUnwanted: ['fulfillment.revoke'],
  FulfillmentSuspended: ['fulfillment.hold'],
  FulfillmentResumed: ['fulfillment.hold'],

  OrderFulfilled: ['inventory.settle', 'payments.owe'],
  OrderUnfulfilled: ['inventory.release', 'payments.owe'],
  OrderTakenBack: ['inventory.take_back', 'payments.owe'],

  ShippingCreated: ['orders.ship'],
  // Parcels, and users, of which somebody else tells: a carrier, an identity provider.
  ShippingDispatched: ['shipping.follow'],
  ShippingDelivered: ['shipping.follow'],
  OrderShipped: ['orders.complete', 'notifications.send'],

  OrderCancelRequested: ['fulfillment.cancel', 'payments.withdraw'],
  OrderCancelled: ['notifications.send'],
  OrderRefundRequested: ['fulfillment.revoke', 'payments.owe'],
  OrderRevokeRequested: ['fulfillment.revoke'],
  OrderReRequested: ['fulfillment.request_again'],
  OrderRefunded: ['notifications.send'],

  CartCheckoutOverdue: ['carts.finish'],
  CartAbandoned: ['notifications.send'],

  UserRegistered: ['notifications.contact', 'orders.customer', 'catalog.follow_user'],
  UserUpdated: ['notifications.contact', 'orders.customer'],
  UserDeactivated: ['notifications.contact', 'orders.customer'],
}, {
  // They watch all that is published: nothing of the flow follows from them.
  everywhere: ['analytics.observe', 'webhooks.fan_out'],
  // Signals that this service takes from outside: nobody else's, and nothing else, is accepted from the queue.
  foreign: [
    { source: 'order-fulfillment', type: 'FulfillmentCompleted' },
    { source: 'order-fulfillment', type: 'FulfillmentFailed' },
    { source: 'order-fulfillment', type: 'FulfillmentCancelled' },
    { source: 'order-fulfillment', type: 'FulfillmentRevoked' },
  ],
});
