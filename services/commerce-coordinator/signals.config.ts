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
 *   what no event has told is found by comparing with the fulfilling side, and told then: FulfillmentHealed
 */
import { defineSignalMap } from '@commerce/signals/map';
import { EXTENSIONS } from './extensions.config.ts';

export const MAP = defineSignalMap(EXTENSIONS, {
  OrderCreated: ['inventory.reserve', 'analytics.observe'],

  InventoryReserved: ['orders.reserve', 'payments.process', 'catalog.availability', 'analytics.observe'],
  InventoryReservationFailed: ['orders.cancel', 'analytics.observe'],
  InventoryReleaseInitiated: ['inventory.put_back'],
  InventoryReleased: ['orders.settle', 'catalog.availability', 'analytics.observe'],
  InventoryAdjusted: ['catalog.availability', 'analytics.observe'],

  PaymentInitiated: ['payments.charge', 'analytics.observe'],
  PaymentOverdue: ['payments.ask'],
  PaymentProcessed: ['orders.confirm', 'fulfillment.request', 'analytics.observe'],
  PaymentFailed: ['orders.cancel', 'inventory.release', 'analytics.observe'],
  PaymentRefundInitiated: ['payments.refund'],
  PaymentRefunded: ['orders.settle', 'inventory.release', 'notifications.send', 'analytics.observe'],

  FulfillmentRequested: ['orders.fulfilling', 'shipping.expect', 'analytics.observe'],
  FulfillmentCompleted: ['orders.fulfill', 'fulfillment.settled', 'shipping.create', 'analytics.observe'],
  FulfillmentRefused: ['orders.cancel', 'shipping.forgo', 'analytics.observe'],
  FulfillmentFailed: ['orders.cancel', 'fulfillment.settled', 'shipping.forgo', 'analytics.observe'],
  FulfillmentCancelled: ['orders.cancel', 'fulfillment.settled', 'shipping.forgo', 'analytics.observe'],
  FulfillmentRevoked: ['orders.take_back', 'fulfillment.revoked', 'analytics.observe'],
  FulfillmentUnwanted: ['fulfillment.revoke'],

  OrderFulfilled: ['inventory.settle', 'payments.owe', 'analytics.observe'],
  OrderUnfulfilled: ['inventory.release', 'payments.owe', 'analytics.observe'],
  OrderTakenBack: ['inventory.take_back', 'payments.owe', 'analytics.observe'],

  ShippingCreated: ['orders.ship', 'analytics.observe'],
  // Parcels, and users, of which somebody else tells: a carrier, an identity provider.
  ShippingDispatched: ['shipping.follow', 'analytics.observe'],
  ShippingDelivered: ['shipping.follow', 'analytics.observe'],
  OrderShipped: ['orders.complete', 'notifications.send', 'analytics.observe'],

  OrderCancelRequested: ['fulfillment.cancel', 'payments.withdraw', 'analytics.observe'],
  OrderCancelled: ['notifications.send', 'analytics.observe'],
  OrderRefundRequested: ['fulfillment.revoke', 'payments.owe', 'analytics.observe'],
  OrderRevokeRequested: ['fulfillment.revoke', 'analytics.observe'],
  OrderReRequested: ['fulfillment.request_again', 'analytics.observe'],
  OrderRefunded: ['notifications.send', 'analytics.observe'],

  CartCheckoutOverdue: ['carts.finish'],
  CartAbandoned: ['notifications.send', 'analytics.observe'],

  UserRegistered: ['notifications.contact', 'orders.customer', 'catalog.follow_user', 'analytics.observe'],
  UserUpdated: ['notifications.contact', 'orders.customer', 'analytics.observe'],
  UserDeactivated: ['notifications.contact', 'orders.customer', 'analytics.observe'],

  // Nothing follows from these: they are counted, as all that is published.
  OrderCheckoutInitiated: ['analytics.observe'],
  OrderConfirmed: ['analytics.observe'],
  OrderCompleted: ['analytics.observe'],
  OrderCancelRefused: ['analytics.observe'],
  OrderOverdue: ['analytics.observe'],
  FulfillmentRevokeRequested: ['analytics.observe'],
  FulfillmentHealed: ['analytics.observe'],
  ProductCreated: ['analytics.observe'],
  ProductUpdated: ['analytics.observe'],
  ProductDiscontinued: ['analytics.observe'],
  CartCreated: ['analytics.observe'],
  CartUpdated: ['analytics.observe'],
  CartCheckedOut: ['analytics.observe'],
  NotificationSent: ['analytics.observe'],
  NotificationFailed: ['analytics.observe'],
  AuditRecorded: ['analytics.observe'],
  OrderStuck: ['analytics.observe'],
  RepeatedPaymentFailure: ['analytics.observe'],
  EarlyRefundRequested: ['analytics.observe'],
}, {
  // Signals that this service takes from outside: nobody else's, and nothing else, is accepted from the queue.
  foreign: [
    { source: 'order-fulfillment', type: 'FulfillmentCompleted' },
    { source: 'order-fulfillment', type: 'FulfillmentFailed' },
    { source: 'order-fulfillment', type: 'FulfillmentCancelled' },
    { source: 'order-fulfillment', type: 'FulfillmentRevoked' },
  ],
});
