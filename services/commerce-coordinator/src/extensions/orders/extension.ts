/**
 * Orders: takes them, keeps their state, tells how each one ends.
 */
import type { Extension, TransactionalHandler } from '@commerce/event-log/extension';
import { decideOrder } from './order.ts';
import type { Order } from './order.ts';
import { ordersStore } from './orders.pg.ts';

/** `source` of this extension's events. */
export const ORDER_SOURCE = 'order-service';

/** Its handlers, with the events that each of them understands. */
export interface OrdersHandlers {
  'orders.fulfilling': 'FulfillmentRequested';
  'orders.fulfill': 'FulfillmentCompleted';
  'orders.complete': 'ShippingCreated';
  'orders.cancel': 'FulfillmentFailed' | 'FulfillmentCancelled' | 'FulfillmentRefused';
}

/** `clientId`: this service's own name at the fulfilling side. */
export function ordersExtension({ clientId }: { readonly clientId: string }): Extension<Order> {
  // The table of states says what each event does; the names say in the map when it is heard.
  const move: TransactionalHandler<Order> = { decide: (order, event) => decideOrder(clientId, order, event) };
  const handlers: Record<keyof OrdersHandlers, TransactionalHandler<Order>> = {
    'orders.fulfilling': move, 'orders.fulfill': move, 'orders.complete': move, 'orders.cancel': move,
  };
  return { name: 'orders', source: ORDER_SOURCE, store: ordersStore, handlers: { ...handlers }, effects: {}, timers: {} };
}
