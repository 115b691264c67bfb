import { describe, expect, test } from '@jest/globals';
import { CLIENT_ID, event, foreign, FULFILLMENT_ID, ORDER_ID } from '../../test-events.ts';
import { follow, ship } from './shipment.ts';
import type { Shipping } from './shipment.ts';

const unshipped: Shipping = { orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, shipment: null };
const parcel = (trackingNumber: string, more: object = {}) => ({ orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, carrier: 'Northwind Post', trackingNumber, lineIds: ['1'], ...more });
const told = (data: object, given: object = {}) => foreign('deliveredAt' in data ? 'ShippingDelivered' : 'ShippingDispatched', data, { source: 'northwind-post', ...given }) as never;

function shipped(): Shipping {
  const lines = [{ lineId: '1', sku: 'NW-1', quantity: 1, provider: 'warehouse', status: 'fulfilled', tracking: { carrier: 'Northwind Post', trackingNumber: 'A' } }];
  const outcome = ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted', { lines }));
  if (outcome.kind !== 'apply') throw new Error(outcome.kind);
  return outcome.state;
}

const parcelsAfter = (shipping: Shipping, data: object): unknown => {
  const outcome = follow(shipping, told(data));
  return outcome.kind === 'apply' ? (outcome.state.shipment as { parcels: unknown }).parcels : outcome;
};

describe('a parcel of which its carrier tells', () => {
  const at = '2026-01-05T10:15:00.000Z';

  test('has arrived, once, with the lines that are known', () => {
    expect(parcelsAfter(shipped(), parcel('A', { deliveredAt: at, lineIds: ['9'] }))).toEqual([{ carrier: 'Northwind Post', trackingNumber: 'A', lineIds: ['1'], deliveredAt: at }]);
    const arrived = follow(shipped(), told(parcel('A', { deliveredAt: at })));
    if (arrived.kind !== 'apply') throw new Error(arrived.kind);
    expect(follow(arrived.state, told(parcel('A', { deliveredAt: '2026-02-01T00:00:00.000Z' })))).toMatchObject({ kind: 'stale', rule: 'parcel_known' });
    expect(arrived.events).toEqual([]);
  });

  test('is one more when it was not known, on its way or arrived; what is known of it is not news', () => {
    expect(parcelsAfter(shipped(), parcel('B'))).toEqual([{ carrier: 'Northwind Post', trackingNumber: 'A', lineIds: ['1'] }, { carrier: 'Northwind Post', trackingNumber: 'B', lineIds: ['1'] }]);
    expect(parcelsAfter(shipped(), parcel('C', { deliveredAt: at }))).toMatchObject([{}, { trackingNumber: 'C', deliveredAt: at }]);
    expect(parcelsAfter(shipped(), parcel('A'))).toMatchObject({ kind: 'stale', rule: 'parcel_known' });
  });

  test('of nothing that shipped, of another fulfillment, of an order that ended or is not known changes nothing', () => {
    expect(follow(unshipped, told(parcel('A')))).toMatchObject({ kind: 'notYet' });
    expect(follow(shipped(), told(parcel('A', { fulfillmentId: 'other' })))).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
    expect(follow({ ...unshipped, shipment: 'forgone' }, told(parcel('A')))).toMatchObject({ kind: 'stale', rule: 'order_ended' });
    expect(follow(undefined, told(parcel('A')))).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });

  test('is nothing new when this service has told it itself', () => {
    const shipping = shipped();
    expect(follow(shipping, event('ShippingDelivered', parcel('Z', { deliveredAt: at })) as never)).toEqual({ kind: 'apply', state: shipping, events: [], timers: [] });
  });
});
