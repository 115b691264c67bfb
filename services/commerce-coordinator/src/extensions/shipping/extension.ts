/**
 * Shipping: turns what was fulfilled into parcels. Digital goods have none and pass at once.
 */
import { FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentRefused, FulfillmentRequested, ShippingDelivered, ShippingDispatched } from '@commerce/events/entries';
import type { EventLog } from '@commerce/event-log/log';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { handlersOf } from '@commerce/signals/handler';
import { commandsOf } from '../../commands.ts';
import { FORGONE_MIGRATION } from './migrations/0002-forgone.ts';
import { SHIPPING_MIGRATION } from './migrations/0001-shipping.ts';
import { shippingProblems } from './problems.ts';
import { expectFulfillment, follow, forgo, ship } from './shipment.ts';
import type { Shipping } from './shipment.ts';
import { addShippingRoutes } from './shipments.http.ts';
import { shipmentsStore } from './shipments.pg.ts';
import { send, SHIPPING_SIGNALS } from './signals.ts';

interface Own {
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
}

export interface ShippingResources extends Own {
  readonly log: EventLog;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

const { transactional } = handlersOf<Shipping, Own>();

export const shipping = defineExtension({
  name: 'shipping',
  description: 'Turns what was fulfilled into parcels.',
  source: 'shipping-service',
  needs: ['orders', 'fulfillment'],
  signals: SHIPPING_SIGNALS,
  store: shipmentsStore,
  migrations: [SHIPPING_MIGRATION, FORGONE_MIGRATION],
  tables: ['shipments'],
  routes: ['GET /orders/:orderId/shipment', 'POST /orders/:orderId/shipment/deliveries'],
  problems: shippingProblems,
  open: ({ clientId }: ShippingResources): Own => ({ clientId }),
  addRoutes: (app: HttpApp, _own: Own, { log, nowMs }: ShippingResources): void => addShippingRoutes(app, { pool: log.pool, nowMs, run: commandsOf<Shipping>(log, shipping) }),
  handlers: {
    'shipping.expect': transactional([FulfillmentRequested], (shipment, event) => expectFulfillment(shipment, event)),
    'shipping.create': transactional([FulfillmentCompleted], (shipment, event, context, { clientId }) => send(ship(clientId, shipment, event), context)),
    'shipping.follow': transactional([ShippingDispatched, ShippingDelivered], (shipment, event) => follow(shipment, event)),
    'shipping.forgo': transactional([FulfillmentRefused, FulfillmentFailed, FulfillmentCancelled], (shipment, event, _context, { clientId }) => forgo(clientId, shipment, event)),
  },
});
