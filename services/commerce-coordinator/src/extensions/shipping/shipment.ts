/**
 * What is shipped of a fulfilled order: one parcel per tracking number, or nothing to ship when all of it is digital. Pure.
 * Promise: an order ships once, however often its completion is told, and only what its own fulfillment has completed: a completion
 * that comes before it is known which one that is waits. An order that ended without being fulfilled never ships.
 */
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type * as entries from '@commerce/events/entries';
import { ShippingRefused } from './problems.ts';

export interface Parcel {
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly lineIds: readonly string[];
  /** ISO 8601, once it has arrived. */
  readonly deliveredAt?: string;
}

/** What is kept per order: its fulfillment, null before it is acknowledged, and its shipment, null before it has one. */
export interface Shipping {
  readonly orderId: string;
  readonly fulfillmentId: string | null;
  /** `forgone`: the order has ended, it never ships. */
  readonly shipment: Shipment | 'forgone' | null;
}

export interface Shipment {
  readonly orderId: string;
  readonly fulfillmentId: string;
  /** `none`: nothing has to travel. */
  readonly method: 'none' | 'parcel';
  readonly parcels: readonly Parcel[];
}

type Completed = DataOf<typeof entries.FulfillmentCompleted>;

/** The request was acknowledged: from now on it is known which fulfillment counts. */
export function expectFulfillment(shipping: Shipping | undefined, event: StoredEvent): Outcome<Shipping> {
  if (shipping === undefined) return stale('unknown_order');
  const { fulfillmentId } = event.data as DataOf<typeof entries.FulfillmentRequested>;
  return apply(shipping.fulfillmentId === fulfillmentId ? shipping : { ...shipping, fulfillmentId });
}

/** The request was refused, failed or was cancelled: the order ends. What is told for another client or fulfillment says nothing. */
export function forgo(clientId: string, shipping: Shipping | undefined, event: StoredEvent): Outcome<Shipping> {
  const told = event.data as { readonly clientId?: string; readonly fulfillmentId?: string };
  const evidence = { source: event.source, sequence: event.sequence };
  if (shipping === undefined) return stale('unknown_order', evidence);
  if (told.clientId !== undefined && told.clientId !== clientId) return stale('other_client', evidence);
  const isOther = told.fulfillmentId !== undefined && shipping.fulfillmentId !== null && told.fulfillmentId !== shipping.fulfillmentId;
  if (isOther) return otherFulfillment(shipping, { ...evidence, fulfillmentId: told.fulfillmentId });
  if (shipping.shipment !== null) return stale(shipping.shipment === 'forgone' ? 'already_forgone' : 'already_shipped', evidence);
  if (told.fulfillmentId !== undefined && shipping.fulfillmentId === null) return notYet('the request for fulfillment has no answer yet');
  return apply({ ...shipping, shipment: 'forgone' });
}

/** `clientId` is this service's own name at the fulfilling side. `shipping` is undefined for an order that is not known. */
export function ship(clientId: string, shipping: Shipping | undefined, event: StoredEvent): Outcome<Shipping> {
  const completed = event.data as Completed;
  const evidence = { source: event.source, sequence: event.sequence };
  if (shipping === undefined) return stale('unknown_order', evidence);
  if (completed.clientId !== clientId) return stale('other_client', evidence);
  const isOther = shipping.fulfillmentId !== null && completed.fulfillmentId !== shipping.fulfillmentId;
  if (isOther) return otherFulfillment(shipping, { ...evidence, fulfillmentId: completed.fulfillmentId });
  if (shipping.shipment !== null) return stale(shipping.shipment === 'forgone' ? 'order_ended' : 'already_shipped', evidence);
  if (shipping.fulfillmentId === null) return notYet('the request for fulfillment has no answer yet');
  const shipment = shipmentOf(completed);
  return apply({ ...shipping, shipment }, [{ type: 'ShippingCreated', data: shipment, sequence: 1 }, ...shipment.parcels.map((parcel, index) => dispatched(shipment, parcel, index + 2))]);
}

/** A parcel that has a tracking number is with its carrier. */
function dispatched({ orderId, fulfillmentId }: Shipment, { carrier, trackingNumber, lineIds }: Parcel, sequence: number): NewEvent {
  return { type: 'ShippingDispatched', data: { orderId, fulfillmentId, carrier, trackingNumber, lineIds }, sequence };
}

/** A parcel has arrived; said again, it changes nothing. Throws `ShippingRefused`. */
export function deliver(shipping: Shipping | undefined, which: Pick<Parcel, 'carrier' | 'trackingNumber'>, deliveredAt: string): Outcome<Shipping> {
  const shipment = shipping?.shipment ?? null;
  if (shipping === undefined || shipment === null || shipment === 'forgone') throw new ShippingRefused('shipment_not_found');
  const { orderId, fulfillmentId, parcels } = shipment;
  const parcel = parcels.find(({ carrier, trackingNumber }) => carrier === which.carrier && trackingNumber === which.trackingNumber);
  if (parcel === undefined) throw new ShippingRefused('parcel_not_found');
  if (parcel.deliveredAt !== undefined) return apply(shipping);
  // The shipment itself, then each parcel on its way, then each that has arrived.
  const sequence = 2 + parcels.length + parcels.filter((one) => one.deliveredAt !== undefined).length;
  const arrived = { ...shipment, parcels: parcels.map((one) => (one === parcel ? { ...parcel, deliveredAt } : one)) };
  return apply({ ...shipping, shipment: arrived }, [{ type: 'ShippingDelivered', data: { orderId, fulfillmentId, ...parcel, deliveredAt }, sequence }]);
}

/**
 * What somebody else knows of a parcel: its carrier has it, or it has arrived. A parcel that was not known is one more. What this
 * service has told itself says nothing new.
 */
export function follow(shipping: Shipping | undefined, event: Pick<StoredEvent, 'origin' | 'source'> & { readonly data: Carried }): Outcome<Shipping> {
  const { source, data: { fulfillmentId, carrier, trackingNumber, lineIds, deliveredAt } } = event;
  if (shipping === undefined) return stale('unknown_order', { source });
  const { shipment } = shipping;
  if (event.origin === 'own') return apply(shipping);
  if (shipment === 'forgone') return stale('order_ended', { source });
  if (shipment === null) return notYet('nothing of the order has shipped yet');
  if (fulfillmentId !== shipment.fulfillmentId) return stale('other_fulfillment', { source, fulfillmentId });
  const known = shipment.parcels.find((parcel) => parcel.carrier === carrier && parcel.trackingNumber === trackingNumber);
  if (known !== undefined && (deliveredAt === undefined || known.deliveredAt !== undefined)) return stale('parcel_known', { source, trackingNumber });
  const parcel: Parcel = { carrier, trackingNumber, lineIds: known?.lineIds ?? lineIds, ...(deliveredAt !== undefined && { deliveredAt }) };
  const parcels = known === undefined ? [...shipment.parcels, parcel] : shipment.parcels.map((one) => (one === known ? parcel : one));
  return apply({ ...shipping, shipment: { ...shipment, method: 'parcel', parcels } });
}

type Carried = DataOf<typeof entries.ShippingDispatched> & { readonly deliveredAt?: string };

/** While nothing has shipped the request may have been lost and sent again: then the answer that names this fulfillment is to come. */
function otherFulfillment(shipping: Shipping, evidence: object): Outcome<Shipping> {
  return shipping.shipment === null ? notYet('it tells of another fulfillment than the one that is known') : stale('other_fulfillment', evidence);
}

function shipmentOf({ orderId, fulfillmentId, lines }: Completed): Shipment {
  const parcels = new Map<string, Parcel>();
  for (const { lineId, status, tracking } of lines) {
    if (status !== 'fulfilled' || tracking === undefined) continue;
    const { carrier, trackingNumber } = tracking;
    const key = JSON.stringify([carrier, trackingNumber]);
    parcels.set(key, { carrier, trackingNumber, lineIds: [...(parcels.get(key)?.lineIds ?? []), lineId] });
  }
  return { orderId, fulfillmentId, method: parcels.size === 0 ? 'none' : 'parcel', parcels: [...parcels.values()] };
}
