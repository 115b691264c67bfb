import { describe, expect, test } from '@jest/globals';
import { CLIENT_ID, event, ORDER_ID } from '../../test-events.ts';
import { followDispute } from './disputed.ts';
import { DEADLINES } from './order-deadlines.ts';
import { decideOrder, RAISED_AFTER } from './order.ts';
import type { Order } from './order.ts';

const paid = {
  orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', currency: 'USD', total: '200.38', lines: [], status: 'paid', heldFrom: null, version: 3, stock: 'held', money: 'taken', delivery: 'unknown',
  fulfillmentId: null, outcomes: null, reason: null, refundLines: [], overdue: 1, updatedAt: '2026-01-05T09:30:00.000Z', statusSince: null,
} as Order;
const held = { ...paid, status: 'on_hold', heldFrom: 'paid', version: 4 } as Order;
const follow = (order: Order | undefined, open: number, left = '200.38') => followDispute(order, { data: { open, left } } as never);

describe('An order whose payment is disputed', () => {
  test.each(['paid', 'fulfilling'] as const)('is on hold while it is %s, and goes on from there with its time begun anew', (status) => {
    const order = { ...paid, status };
    expect(follow(order, 1)).toMatchObject({ kind: 'apply', state: { status: 'on_hold', heldFrom: status, version: 4 }, events: [] });
    expect(follow({ ...held, heldFrom: status }, 0)).toMatchObject({ kind: 'apply', state: { status, heldFrom: null, overdue: 0, version: 5 } });
  });

  test('stays on hold when the fulfilling side has taken it on meanwhile; one that was raised for a person goes on', () => {
    const taken = event('FulfillmentRequested');
    expect(decideOrder(CLIENT_ID, { ...held, overdue: 1 }, taken)).toMatchObject({ kind: 'apply', state: { status: 'on_hold', heldFrom: 'fulfilling' } });
    expect(follow({ ...held, heldFrom: 'fulfilling' }, 0)).toMatchObject({ kind: 'apply', state: { status: 'fulfilling' } });
    expect(decideOrder(CLIENT_ID, { ...held, overdue: RAISED_AFTER }, taken)).toMatchObject({ kind: 'apply', state: { status: 'fulfilling', heldFrom: null } });
    for (const status of ['paid', 'fulfilling'] as const) expect(DEADLINES[status]?.findIndex(({ act }) => act === 'escalate')).toBe(RAISED_AFTER - 1);
  });

  test('stays on hold while another dispute is open, and when nothing of its money is left', () => {
    for (const outcome of [follow(held, 1), follow(held, 0, '0.00')]) expect(outcome).toMatchObject({ kind: 'apply', state: held, events: [] });
  });

  test.each(['fulfilled', 'shipped', 'completed', 'cancelled', 'cancel_pending'] as const)('stays as it is when it is %s', (status) => {
    const order = { ...paid, status };
    expect(follow(order, 1)).toEqual({ kind: 'apply', state: order, events: [], timers: [] });
  });

  test('waits to know that it is paid', () => {
    for (const status of ['created', 'reserved'] as const) expect(follow({ ...paid, status }, 1).kind).toBe('notYet');
    expect(follow(undefined, 1)).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
  });

  test('ends when all of its money is gone, for that reason', () => {
    const gone = event('PaymentRefunded', { refundId: 'dispute-dp_1', reason: { code: 'dispute_lost' } });
    expect(decideOrder(CLIENT_ID, held, gone)).toMatchObject({ kind: 'apply', state: { status: 'cancel_pending', money: 'returned', reason: { code: 'dispute_lost' } }, events: [{ type: 'OrderCancelRequested' }] });
  });
});
