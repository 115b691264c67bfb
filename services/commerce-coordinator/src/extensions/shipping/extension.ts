/**
 * Shipping: turns what was fulfilled into parcels. Digital goods have none and pass at once.
 */
import type { Extension, TransactionalHandler } from '@commerce/event-log/extension';
import { expectFulfillment, forgo, ship } from './shipment.ts';
import type { Shipping } from './shipment.ts';
import { shipmentsStore } from './shipments.pg.ts';

/** Its handlers, with the events that each of them understands. */
export interface ShippingHandlers {
  'shipping.expect': 'FulfillmentRequested';
  'shipping.create': 'FulfillmentCompleted';
  'shipping.forgo': 'FulfillmentRefused' | 'FulfillmentFailed' | 'FulfillmentCancelled';
}

/** `clientId`: this service's own name at the fulfilling side. */
export function shippingExtension({ clientId }: { readonly clientId: string }): Extension<Shipping> {
  const create: TransactionalHandler<Shipping> = { decide: (shipping, event) => ship(clientId, shipping, event) };
  const expect: TransactionalHandler<Shipping> = { decide: expectFulfillment };
  const end: TransactionalHandler<Shipping> = { decide: (shipping, event) => forgo(clientId, shipping, event) };
  return {
    name: 'shipping', source: 'shipping-service', store: shipmentsStore,
    handlers: { 'shipping.expect': expect, 'shipping.create': create, 'shipping.forgo': end }, effects: {}, timers: {},
  };
}
