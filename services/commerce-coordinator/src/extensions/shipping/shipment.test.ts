import { describe, expect, test } from '@jest/globals';
import { catalogue } from '@commerce/events/entries';
import { CLIENT_ID, event, FAILED, foreign, FULFILLED, FULFILLMENT_ID, ORDER_ID } from '../../test-events.ts';
import { deliver, expectFulfillment, forgo, ship } from './shipment.ts';

const unshipped = { orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, shipment: null };
const tracking = (trackingNumber: string) => ({ tracking: { carrier: 'Northwind Post', trackingNumber } });
const line = (lineId: string, more: object = {}) => ({ lineId, sku: `NW-${lineId}`, quantity: 1, provider: 'warehouse', status: 'fulfilled', ...more });

function shipped(lines: readonly object[]): unknown {
  const outcome = ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted', { lines }));
  if (outcome.kind !== 'apply') return outcome.kind;
  const [created] = outcome.events;
  catalogue.checkData('ShippingCreated', created?.data);
  return created?.data;
}

describe('a shipment', () => {
  test('of digital goods has no parcel and the method none', () => {
    expect(shipped(FULFILLED)).toMatchObject({ method: 'none', parcels: [] });
  });

  test('has one parcel per tracking number, with its lines', () => {
    expect(shipped([line('1', tracking('A')), line('2', tracking('B')), line('3', tracking('A')), line('4')])).toMatchObject({
      method: 'parcel',
      parcels: [
        { carrier: 'Northwind Post', trackingNumber: 'A', lineIds: ['1', '3'] },
        { carrier: 'Northwind Post', trackingNumber: 'B', lineIds: ['2'] },
      ],
    });
  });

  test('tells of each parcel that it is with its carrier, after the shipment itself', () => {
    const outcome = ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted', { lines: [line('1', tracking('A')), line('2', tracking('B')), line('3', tracking('A'))] }));
    const events = outcome.kind === 'apply' ? outcome.events : [];
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([['ShippingCreated', 1], ['ShippingDispatched', 2], ['ShippingDispatched', 3]]);
    expect(events[1]?.data).toEqual({ orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, carrier: 'Northwind Post', trackingNumber: 'A', lineIds: ['1', '3'] });
    for (const { type, data } of events) catalogue.checkData(type, data);
  });

  test('has each parcel arrive once, and knows no other', () => {
    const outcome = ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted', { lines: [line('1', tracking('A')), line('2', tracking('B'))] }));
    if (outcome.kind !== 'apply') throw new Error(outcome.kind);
    const parcel = (trackingNumber: string) => ({ carrier: 'Northwind Post', trackingNumber });
    const at = '2026-01-05T10:15:00.000Z';
    const arrived = deliver(outcome.state, parcel('B'), at);
    expect(arrived).toMatchObject({ kind: 'apply', events: [{ type: 'ShippingDelivered', sequence: 4, data: { orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID, ...parcel('B'), lineIds: ['2'], deliveredAt: at } }] });
    if (arrived.kind !== 'apply') throw new Error(arrived.kind);
    catalogue.checkData('ShippingDelivered', arrived.events[0]?.data);
    expect(deliver(arrived.state, parcel('B'), '2026-01-06T00:00:00.000Z')).toEqual({ kind: 'apply', state: arrived.state, events: [], timers: [] });
    expect(deliver(arrived.state, parcel('A'), at)).toMatchObject({ events: [{ sequence: 5 }] });
    expect(() => deliver(arrived.state, parcel('C'), at)).toThrow(expect.objectContaining({ code: 'parcel_not_found' }));
    for (const none of [undefined, unshipped, { ...unshipped, shipment: 'forgone' as const }]) expect(() => deliver(none, parcel('A'), at)).toThrow(expect.objectContaining({ code: 'shipment_not_found' }));
  });

  test('leaves out what was not fulfilled', () => {
    expect(shipped([FULFILLED[0] as object, { ...FAILED[1], ...tracking('C') }])).toMatchObject({ method: 'none', parcels: [] });
  });

  test('is made once, however often the completion is told', () => {
    const first = ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted'));
    expect(first.kind).toBe('apply');
    if (first.kind === 'apply') expect(ship(CLIENT_ID, first.state, foreign('FulfillmentCompleted'))).toMatchObject({ kind: 'stale', rule: 'already_shipped' });
  });

  test('waits until it is known which fulfillment counts', () => {
    const unknown = { ...unshipped, fulfillmentId: null };
    expect(ship(CLIENT_ID, unknown, foreign('FulfillmentCompleted')).kind).toBe('notYet');
    expect(expectFulfillment(unknown, event('FulfillmentRequested'))).toMatchObject({ kind: 'apply', state: unshipped, events: [] });
  });

  test('stays as it is when the acknowledgement is heard after it was made', () => {
    const shipped = ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted'));
    if (shipped.kind !== 'apply') throw new Error(shipped.kind);
    const heard = expectFulfillment(shipped.state, event('FulfillmentRequested'));
    expect(heard.kind === 'apply' && heard.state).toBe(shipped.state);
  });

  test('is not made of another fulfillment of the order', () => {
    const other = foreign('FulfillmentCompleted', { fulfillmentId: 'other' });
    expect(ship(CLIENT_ID, unshipped, other).kind).toBe('notYet');
    expect(ship(CLIENT_ID, { ...unshipped, shipment: 'forgone' }, other)).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
  });

  test('is not made for an order that is not known', () => {
    expect(ship(CLIENT_ID, undefined, foreign('FulfillmentCompleted'))).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });

  test('is not made for another client', () => {
    expect(ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted', { clientId: 'other' }))).toMatchObject({ kind: 'stale', rule: 'other_client' });
  });
});

describe('an order that ended without being fulfilled', () => {
  test.each(['FulfillmentRefused', 'FulfillmentFailed', 'FulfillmentCancelled'])('by %s never ships, whatever comes later', (type) => {
    const ended = forgo(CLIENT_ID, unshipped, type === 'FulfillmentRefused' ? event(type) : foreign(type));
    expect(ended).toMatchObject({ kind: 'apply', state: { shipment: 'forgone' }, events: [] });
    if (ended.kind === 'apply') expect(ship(CLIENT_ID, ended.state, foreign('FulfillmentCompleted'))).toMatchObject({ kind: 'stale', rule: 'order_ended' });
  });

  test('is one whose own fulfillment failed, and nobody else’s', () => {
    expect(forgo(CLIENT_ID, unshipped, foreign('FulfillmentFailed', { fulfillmentId: 'other' })).kind).toBe('notYet');
    expect(forgo(CLIENT_ID, unshipped, foreign('FulfillmentFailed', { clientId: 'other' }))).toMatchObject({ kind: 'stale', rule: 'other_client' });
    expect(forgo(CLIENT_ID, undefined, foreign('FulfillmentFailed'))).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
    expect(forgo(CLIENT_ID, { ...unshipped, fulfillmentId: null }, foreign('FulfillmentFailed')).kind).toBe('notYet');
    expect(forgo(CLIENT_ID, { ...unshipped, fulfillmentId: null }, event('FulfillmentRefused')).kind).toBe('apply');
  });

  test('had not shipped before', () => {
    const shipped = ship(CLIENT_ID, unshipped, foreign('FulfillmentCompleted'));
    if (shipped.kind !== 'apply') throw new Error(shipped.kind);
    expect(forgo(CLIENT_ID, shipped.state, foreign('FulfillmentFailed'))).toMatchObject({ kind: 'stale', rule: 'already_shipped' });
  });
});
