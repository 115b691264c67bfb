/** What a decision changes of an order is told with it, and from what is told its row is made again. */
import { describe, expect, test } from '@jest/globals';
import { apply, stale } from '@commerce/event-log/extension';
import { withChanges } from './changes.ts';
import { fold } from './fold.ts';
import type { Order } from './order.ts';
import { ORDER_SIGNALS } from './signals.ts';

const AT = Date.parse('2026-03-01T10:00:00.000Z');
const LATER = AT + 60_000;
const order: Order = {
  orderId: 'o-1', orderNumber: 1, customerId: 'VINET', currency: 'USD', total: '10.00', lines: [], status: 'paid', heldFrom: null, version: 3, stock: 'held', money: 'taken', delivery: 'unknown',
  fulfillmentId: null, outcomes: null, reason: null, refundLines: [], overdue: 0, updatedAt: '2026-01-01T00:00:00.000Z', statusSince: '2026-01-01T00:00:00.000Z',
};
const iso = (ms: number): string => new Date(ms).toISOString();

describe('a decision tells', () => {
  test('its changes in its last event, and nothing that stays', () => {
    const after = { ...order, status: 'cancelled' as const, delivery: 'ended' as const, version: 5 };
    expect(withChanges(order, apply(after, [{ type: 'OrderUnfulfilled', data: { orderId: 'o-1' }, sequence: 4 }, { type: 'OrderCancelled', data: { orderId: 'o-1' }, sequence: 5 }]), AT)).toEqual(apply(
      { ...after, updatedAt: iso(AT), statusSince: iso(AT) },
      [{ type: 'OrderUnfulfilled', data: { orderId: 'o-1' }, sequence: 4 }, { type: 'OrderCancelled', data: { orderId: 'o-1', changes: { version: 5, updatedAt: iso(AT), statusSince: iso(AT), status: 'cancelled', delivery: 'ended' } }, sequence: 5 }],
    ));
  });

  test('by OrderUpdated what no event of its own tells, and nothing when nothing is another', () => {
    const after = { ...order, money: 'returned' as const, version: 4 };
    expect(withChanges(order, apply(after), AT)).toMatchObject({ events: [{ type: 'OrderUpdated', data: { orderId: 'o-1', changes: { version: 4, updatedAt: iso(AT), money: 'returned' } }, sequence: 4 }] });
    for (const outcome of [apply(order), stale<Order>('late')]) expect(withChanges(order, outcome, AT)).toBe(outcome);
  });

  test('since when it is in its status: on hold it is in that one still', () => {
    const held = withChanges(order, apply({ ...order, status: 'on_hold' as const, heldFrom: 'paid' as const, version: 4 }), AT);
    expect(held).toMatchObject({ state: { updatedAt: iso(AT), statusSince: order.statusSince } });
    const on = held.kind === 'apply' ? held.state : order;
    expect(withChanges(on, apply({ ...on, status: 'fulfilling' as const, heldFrom: null, version: 5 }), LATER)).toMatchObject({ state: { statusSince: iso(LATER) } });
  });
});

describe('the fold', () => {
  const created = { type: 'OrderCreated', occurredAt: iso(AT), data: {
    orderId: 'o-1', orderNumber: 1, customerId: 'VINET', currency: 'USD', lines: [], freight: '0.00', total: '10.00', shipTo: { city: 'Reims' }, request: { clientId: 'shop', idempotencyKey: 'k', hash: 'ab'.repeat(32) },
  } };
  const changed = (changes: object) => ({ type: 'OrderUpdated', occurredAt: iso(LATER), data: { orderId: 'o-1', changes } });
  const row = fold(undefined, created);

  test('takes every change once, by its version', () => {
    const after = fold(row, changed({ version: 2, updatedAt: iso(LATER), status: 'reserved', refundLines: ['1'] }));
    expect(after).toEqual({ ...row, version: 2, updated_at: iso(LATER), status: 'reserved', refund_lines: ['1'] });
    expect(fold(after, changed({ version: 2, updatedAt: iso(AT), status: 'paid' }))).toBe(after);
    expect([fold(after, created), fold(after, { type: 'OrderConfirmed', occurredAt: iso(AT), data: {} })]).toEqual([after, after]);
  });

  test('knows nothing of an order whose beginning is not told', () => {
    const { request: _request, ...before } = created.data;
    expect([fold(undefined, changed({ version: 2, updatedAt: iso(AT) })), fold(undefined, { ...created, data: before })]).toEqual([undefined, undefined]);
  });

  test('follows a decision that is told by several events, of which the last has what it changes', () => {
    const first = { type: 'OrderRevokeRequested', occurredAt: iso(LATER), source: 'order-service', sequence: 2, data: { orderId: 'o-1' } };
    expect(fold(fold(row, first), changed({ version: 3, updatedAt: iso(LATER), status: 'refunded' }))).toMatchObject({ version: 3, status: 'refunded' });
    expect(fold(fold(row, { ...first, source: 'payment-service' }), changed({ version: 3, updatedAt: iso(LATER), status: 'refunded' }))).toBeUndefined();
  });

  test('knows an order no more from a change on that is missing, whatever comes behind it', () => {
    const after = fold(row, changed({ version: 2, updatedAt: iso(LATER), status: 'reserved' }));
    const gap = fold(after, changed({ version: 7, updatedAt: iso(LATER), status: 'completed' }));
    expect([gap, fold(gap, changed({ version: 8, updatedAt: iso(LATER), money: 'refunded' }))]).toEqual([undefined, undefined]);
  });

  test('reads what was erased as the erased row has it', () => {
    const { shipTo: _shipTo, ...erased } = created.data;
    expect(fold(undefined, { ...created, data: { ...erased, request: { ...erased.request, hash: 'erased' } } })).toEqual({ ...row, ship_to: null, request_hash: '\\x' });
  });

  test('hears every event of an order that can tell a change', () => {
    const telling = ORDER_SIGNALS.map(({ entry }) => entry).filter(({ versions }) => Object.values(versions).some((schema) => 'changes' in schema.shape || 'request' in schema.shape));
    expect(telling.map(({ type }) => type).toSorted()).toEqual(ORDER_SIGNALS.map(({ entry }) => entry.type).filter((type) => type.startsWith('Order') && type !== 'OrderCheckoutInitiated').toSorted());
  });
});
