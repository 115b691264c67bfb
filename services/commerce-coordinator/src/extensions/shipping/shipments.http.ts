/**
 * The API of shipments: read the one of an order, tell that a parcel has arrived.
 * Promise: answers come after the commit; a parcel arrives once, however often that is told.
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { Pool } from 'pg';
import { z } from 'zod';
import { audited, reasonForm } from '../../audit.ts';
import type { RunCommand } from '../../commands.ts';
import { actorOf, triggerOf } from '../../requests.http.ts';
import { ShippingRefused, shippingProblems } from './problems.ts';
import { deliver } from './shipment.ts';
import type { Shipment, Shipping } from './shipment.ts';
import { shipmentsStore } from './shipments.pg.ts';
import { send } from './signals.ts';

export interface ShippingApi {
  readonly pool: Pool;
  readonly nowMs: () => number;
  readonly run: RunCommand<Shipping>;
}

const pathId = z.strictObject({ orderId: z.string().min(1).max(200) });
const deliveryForm = z.strictObject({
  carrier: z.string().min(1).max(100).meta({ example: 'Northwind Post' }),
  trackingNumber: z.string().min(1).max(100).meta({ example: 'NP0000012' }),
  deliveredAt: z.iso.datetime().optional().meta({ description: 'Now when left out.' }),
  reason: reasonForm.optional().meta({ description: 'Why, for the record of who told it.' }),
}).meta({ title: 'Delivery' });
const shipmentView = z.strictObject({
  orderId: z.string(),
  fulfillmentId: z.string(),
  method: z.enum(['none', 'parcel']),
  parcels: z.array(z.strictObject({ carrier: z.string(), trackingNumber: z.string(), lineIds: z.array(z.string()), deliveredAt: z.iso.datetime().nullable() })),
}).meta({ title: 'Shipment' });

/** Adds the routes of shipments. */
export function addShippingRoutes(app: HttpApp, { pool, nowMs, run }: ShippingApi): void {
  app.get('/orders/:orderId/shipment', {
    config: { scope: 'orders:read', problems: [shippingProblems.shipment_not_found] },
    schema: { operationId: 'readShipment', summary: 'Read the shipment of an order', tags: ['shipping'], params: pathId, response: { 200: shipmentView } },
  }, async ({ params: { orderId } }) => shown((await shipmentsStore.load(pool, [orderId])).get(orderId)));

  app.post('/orders/:orderId/shipment/deliveries', {
    config: { scope: 'admin', problems: [shippingProblems.shipment_not_found, shippingProblems.parcel_not_found] },
    schema: { operationId: 'tellDelivery', summary: 'Tell that a parcel has arrived', description: 'May be repeated: the first word counts.', tags: ['shipping'], params: pathId, body: deliveryForm, response: { 200: shipmentView } },
  }, async (request) => {
    const { params: { orderId }, body: { reason = null, carrier, trackingNumber, deliveredAt = new Date(nowMs()).toISOString() } } = request;
    const act = { act: 'shipping.deliver', about: orderId, by: actorOf(request), why: reason, details: { carrier, trackingNumber } };
    const decide = audited<Shipping>(act, (shipping, context) => send(deliver(shipping, { carrier, trackingNumber }, deliveredAt), context));
    return shown(await run<Shipping>({ subject: orderId, name: 'shipping.deliver', trigger: triggerOf(request), decide }).catch(refused));
  });
}

function shown(shipping: Shipping | undefined): z.infer<typeof shipmentView> {
  const shipment: Shipment | 'forgone' | null = shipping?.shipment ?? null;
  if (shipment === null || shipment === 'forgone') throw new Problem(shippingProblems.shipment_not_found);
  return { ...shipment, parcels: shipment.parcels.map((parcel) => ({ ...parcel, lineIds: [...parcel.lineIds], deliveredAt: parcel.deliveredAt ?? null })) };
}

function refused(error: unknown): never {
  throw error instanceof ShippingRefused ? new Problem(shippingProblems[error.code]) : error;
}
