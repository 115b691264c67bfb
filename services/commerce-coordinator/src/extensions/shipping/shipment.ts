/**
 * What is shipped of a fulfilled order: one parcel per tracking number, or nothing to ship when all of it is digital. Pure.
 * Promise: an order ships once, however often its completion is told, and only what its own fulfillment has completed: a completion
 * that comes before it is known which one that is waits.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type * as entries from '@commerce/events/entries';

export interface Parcel {
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly lineIds: readonly string[];
}

/** What is kept per order: its fulfillment, null before it is acknowledged, and its shipment, null before it has one. */
export interface Shipping {
  readonly orderId: string;
  readonly fulfillmentId: string | null;
  readonly shipment: Shipment | null;
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
  if (shipping.fulfillmentId !== null) return apply(shipping);
  const { fulfillmentId } = event.data as DataOf<typeof entries.FulfillmentRequested>;
  return apply({ ...shipping, fulfillmentId });
}

/** `clientId` is this service's own name at the fulfilling side. `shipping` is undefined for an order that is not known. */
export function ship(clientId: string, shipping: Shipping | undefined, event: StoredEvent): Outcome<Shipping> {
  const completed = event.data as Completed;
  const evidence = { source: event.source, sequence: event.sequence };
  if (shipping === undefined) return stale('unknown_order', evidence);
  if (completed.clientId !== clientId) return stale('other_client', evidence);
  if (shipping.shipment !== null) return stale('already_shipped', evidence);
  if (shipping.fulfillmentId === null) return notYet('the request for fulfillment has no answer yet');
  if (completed.fulfillmentId !== shipping.fulfillmentId) return stale('other_fulfillment', { ...evidence, fulfillmentId: completed.fulfillmentId });
  const shipment = shipmentOf(completed);
  return apply({ ...shipping, shipment }, [{ type: 'ShippingCreated', data: shipment, sequence: 1 }]);
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
