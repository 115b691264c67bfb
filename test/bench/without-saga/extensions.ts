/**
 * The same service without stock, money and parcels: as much as the naive pair does. What stands in the places of inventory and
 * payments keeps nothing, asks nobody and says yes at once; an order ends with being fulfilled, for nothing of it is shipped. Catalog,
 * carts and notifications are left out.
 */
import { fulfillment } from '@commerce/commerce-coordinator/extensions/fulfillment';
import { orders } from '@commerce/commerce-coordinator/extensions/orders';
import { OrderCreated } from '@commerce/events/entries';
import { InventoryReleased, InventoryReservationFailed, InventoryReserved } from '@commerce/events/entries/inventory';
import { PaymentFailed, PaymentProcessed, PaymentRefunded } from '@commerce/events/entries/payments';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf } from '@commerce/signals/handler';
import { defineSignalMap } from '@commerce/signals/map';
import { defineSignal } from '@commerce/signals/signal';

const reserved = defineSignal(InventoryReserved);
const paid = defineSignal(PaymentProcessed);

/** Keeps nothing. */
const nowhere = { load: async () => new Map<string, object>(), save: async () => undefined };
const { transactional } = handlersOf<object>();

const inventory = defineExtension({ name: 'inventory', description: 'Has everything.', source: 'inventory-service', store: nowhere, open: () => undefined, signals: [], handlers: {} });

const noUpdates = (): Promise<never> => Promise.reject(new Error('There is no money of which anybody could tell.'));

const payments = defineExtension({
  name: 'payments', description: 'Takes every order as reserved and paid.', source: 'payment-service', store: nowhere, open: () => undefined,
  // The service hands on what payment providers tell.
  provide: () => ({ updates: { processOrderUpdate: noUpdates, processDisputeUpdate: noUpdates } }),
  signals: [reserved, paid, defineSignal(InventoryReservationFailed), defineSignal(InventoryReleased), defineSignal(PaymentFailed), defineSignal(PaymentRefunded)],
  handlers: {
    'payments.process': transactional([OrderCreated], (_state, { data: { orderId, lines, total, currency } }, context) => {
      reserved.sendRobust({ orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }, context, 1);
      paid.sendRobust({ orderId, paymentId: orderId, amount: total, currency, provider: 'none', reference: orderId }, context, 2);
      return apply({});
    }),
  },
});

const shipping = defineExtension({ name: 'shipping', description: 'Ships nothing.', source: 'shipping-service', store: nowhere, open: () => undefined, signals: [], handlers: {} });

const NOBODY = 'There are no stock, no money, no parcels and no notifications.';

export const EXTENSIONS = [orders, inventory, payments, fulfillment, shipping] as const;

export const MAP = defineSignalMap(EXTENSIONS, {
  OrderCreated: ['payments.process'],
  InventoryReserved: ['orders.reserve'],
  InventoryReservationFailed: ['orders.cancel'],
  InventoryReleased: ['orders.settle'],
  PaymentProcessed: ['orders.confirm', 'fulfillment.request'],
  PaymentFailed: ['orders.cancel'],
  PaymentRefunded: ['orders.settle'],
  FulfillmentRequested: ['orders.fulfilling'],
  FulfillmentCompleted: ['orders.fulfill', 'fulfillment.settled'],
  FulfillmentRefused: ['orders.cancel'],
  FulfillmentFailed: ['orders.cancel', 'fulfillment.settled'],
  FulfillmentCancelled: ['orders.cancel', 'fulfillment.settled'],
  FulfillmentRevoked: ['orders.take_back', 'fulfillment.revoked'],
  FulfillmentUnwanted: ['fulfillment.revoke'],
  OrderCancelRequested: ['fulfillment.cancel'],
  OrderRefundRequested: ['fulfillment.revoke'],
  OrderRevokeRequested: ['fulfillment.revoke'],
  OrderReRequested: ['fulfillment.request_again'],
  FulfillmentSuspended: ['fulfillment.hold'],
  FulfillmentResumed: ['fulfillment.hold'],
}, {
  foreign: ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled', 'FulfillmentRevoked'].map((type) => ({ source: 'order-fulfillment', type })),
  unheard: { OrderFulfilled: NOBODY, OrderUnfulfilled: NOBODY, OrderTakenBack: NOBODY, OrderShipped: NOBODY, OrderCancelled: NOBODY, OrderRefunded: NOBODY },
  unconnected: { 'orders.customer': 'There is no catalog.', 'orders.ship': NOBODY, 'orders.complete': NOBODY, 'orders.dispute': NOBODY, 'fulfillment.dispute': NOBODY },
});
