/**
 * Shipping: turns what was fulfilled into parcels. Digital goods have none and pass at once.
 */
import type { Extension, TransactionalHandler } from '@commerce/event-log/extension';
import { ship } from './shipment.ts';
import type { Shipping } from './shipment.ts';
import { shipmentsStore } from './shipments.pg.ts';

/** Its handlers, with the events that each of them understands. */
export interface ShippingHandlers {
  'shipping.create': 'FulfillmentCompleted';
}

/** `clientId`: this service's own name at the fulfilling side. */
export function shippingExtension({ clientId }: { readonly clientId: string }): Extension<Shipping> {
  const create: TransactionalHandler<Shipping> = { decide: (shipping, event) => ship(clientId, shipping, event) };
  return { name: 'shipping', source: 'shipping-service', store: shipmentsStore, handlers: { 'shipping.create': create }, effects: {}, timers: {} };
}
