/**
 * The map of the business flow: which handler hears which signal. Read this first.
 *
 * It is the only place where a handler is connected. A handler that stands nowhere here is refused at start, and so is a name
 * that no extension declares; the type lets a handler stand only under a signal that it understands.
 *
 *   order placed → OrderCreated → stock set aside (all lines or none) → InventoryReserved → charged → PaymentProcessed
 *     → fulfillment requested → FulfillmentRequested … the fulfilling side works, its outcome comes back over EventBridge and SQS …
 *   FulfillmentCompleted → stock consumed, shipping created → ShippingCreated → OrderShipped → order completed, customer told
 *   too little stock, a refused card, a refusal or failure of the fulfilling side, a cancel → what was done is undone, each by its
 *     owner: PaymentRefunded, InventoryReleased; when all of it is, the order is cancelled
 *   a refund → OrderRefundRequested → taken back at the fulfilling side, money given back → OrderRefunded
 *   FulfillmentCompleted for an order that had ended so → FulfillmentUnwanted → asked back → FulfillmentRevokeRequested
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
  PaymentRefunded: ['orders.settle', 'inventory.release'],

  FulfillmentRequested: ['orders.fulfilling', 'shipping.expect'],
  FulfillmentCompleted: ['orders.fulfill', 'fulfillment.settled', 'inventory.settle', 'payments.owe', 'shipping.create'],
  FulfillmentRefused: ['orders.cancel', 'inventory.release', 'payments.owe', 'shipping.forgo'],
  FulfillmentFailed: ['orders.cancel', 'fulfillment.settled', 'inventory.release', 'payments.owe', 'shipping.forgo'],
  FulfillmentCancelled: ['orders.cancel', 'fulfillment.settled', 'inventory.release', 'payments.owe', 'shipping.forgo'],
  FulfillmentRevoked: ['orders.take_back', 'fulfillment.revoked', 'inventory.take_back', 'payments.owe'],
  FulfillmentUnwanted: ['fulfillment.revoke'],

  ShippingCreated: ['orders.ship'],
  OrderShipped: ['orders.complete', 'notifications.send'],

  OrderCancelRequested: ['fulfillment.cancel', 'payments.withdraw'],
  OrderCancelled: ['notifications.send'],
  OrderRefundRequested: ['fulfillment.revoke', 'payments.owe'],
  OrderRefunded: ['notifications.send'],

  CartCheckoutOverdue: ['carts.finish'],
  CartAbandoned: ['notifications.send'],

  UserRegistered: ['notifications.contact'],
  UserUpdated: ['notifications.contact'],
  UserDeactivated: ['notifications.contact'],
}, {
  // Signals that this service takes from outside: nobody else's, and nothing else, is accepted from the queue.
  foreign: [
    { source: 'order-fulfillment', type: 'FulfillmentCompleted' },
    { source: 'order-fulfillment', type: 'FulfillmentFailed' },
    { source: 'order-fulfillment', type: 'FulfillmentCancelled' },
    { source: 'order-fulfillment', type: 'FulfillmentRevoked' },
  ],
});
