/**
 * Shipping: turns what was fulfilled into parcels. Digital goods have none and pass at once.
 */
import { FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentRefused, FulfillmentRequested } from '@commerce/events/entries';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import { FORGONE_MIGRATION } from './migrations/0002-forgone.ts';
import { SHIPPING_MIGRATION } from './migrations/0001-shipping.ts';
import { expectFulfillment, forgo, ship } from './shipment.ts';
import type { Shipping } from './shipment.ts';
import { shipmentsStore } from './shipments.pg.ts';
import { send, SHIPPING_SIGNALS } from './signals.ts';

export interface ShippingResources {
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
}

const { transactional } = handlersOf<Shipping, ShippingResources>();

export const shipping = defineExtension({
  name: 'shipping',
  description: 'Turns what was fulfilled into parcels.',
  source: 'shipping-service',
  needs: ['orders', 'fulfillment'],
  signals: SHIPPING_SIGNALS,
  store: shipmentsStore,
  migrations: [SHIPPING_MIGRATION, FORGONE_MIGRATION],
  tables: ['shipments'],
  open: ({ clientId }: ShippingResources): ShippingResources => ({ clientId }),
  handlers: {
    'shipping.expect': transactional([FulfillmentRequested], (shipment, event) => expectFulfillment(shipment, event)),
    'shipping.create': transactional([FulfillmentCompleted], (shipment, event, context, { clientId }) => send(ship(clientId, shipment, event), context)),
    'shipping.forgo': transactional([FulfillmentRefused, FulfillmentFailed, FulfillmentCancelled], (shipment, event, _context, { clientId }) => forgo(clientId, shipment, event)),
  },
});
