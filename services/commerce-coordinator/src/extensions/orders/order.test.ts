import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import { CLIENT_ID, event, FAILED, foreign, FULFILLED, FULFILLMENT_ID, LINES, ORDER_ID, REVOKED } from '../../test-events.ts';
import { SAGA_MIGRATION } from './migrations/0002-saga.ts';
import { ActRefused, cancel, refund, revoke } from './order-acts.ts';
import { DEADLINES, fallDue, nextDeadline } from './order-deadlines.ts';
import { decideOrder, isUndone, OutcomesDoNotFit } from './order.ts';
import type { Order } from './order.ts';
import { CLOSED_STATUSES, ORDER_STATES } from '@commerce/events/order-states';

const created: Order = {
  orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', currency: 'USD', total: '200.38', lines: LINES.map((line, index) => ({ ...line, total: index === 0 ? '168.00' : '0.00' })), status: 'created', heldFrom: null, version: 1,
  stock: 'unknown', money: 'unknown', delivery: 'unknown', fulfillmentId: null, outcomes: null, reason: null, refundLines: [], overdue: 0, updatedAt: '2026-01-05T09:30:00.000Z', statusSince: null,
};
const reserved: Order = { ...created, status: 'reserved', version: 2, stock: 'held' };
const paid: Order = { ...reserved, status: 'paid', version: 3, money: 'taken' };
const fulfilling: Order = { ...paid, status: 'fulfilling', version: 4, fulfillmentId: FULFILLMENT_ID };
const fulfilled: Order = { ...fulfilling, status: 'fulfilled', version: 5, delivery: 'delivered', outcomes: FULFILLED };
const shipped: Order = { ...fulfilled, status: 'shipped', version: 6 };
const completed: Order = { ...shipped, status: 'completed', version: 7 };
const REASON = { code: 'customer_changed_mind' };
const ending: Order = { ...fulfilling, status: 'cancel_pending', version: 5, reason: REASON };
const cancelled: Order = { ...ending, status: 'cancelled', version: 8, stock: 'released', money: 'returned', delivery: 'ended' };

const decide = (order: Order | undefined, heard: StoredEvent) => decideOrder(CLIENT_ID, order, heard);

/** The state after all of these; throws when one of them is not applied. */
function after(order: Order, ...heard: StoredEvent[]): Order {
  return heard.reduce((state, one) => taken(decide(state, one)), order);
}

function taken(outcome: Outcome<Order>): Order {
  if (outcome.kind !== 'apply') throw new Error(JSON.stringify(outcome));
  return outcome.state;
}

describe('an order goes on', () => {
  test.each([
    ['to reserved when its stock is set aside', created, event('InventoryReserved'), { status: 'reserved', stock: 'held' }, []],
    ['to paid when its money is taken', reserved, event('PaymentProcessed'), { status: 'paid', money: 'taken' }, ['OrderConfirmed']],
    ['to fulfilling when its request was acknowledged, and knows its fulfillment', paid, event('FulfillmentRequested'), { status: 'fulfilling', fulfillmentId: FULFILLMENT_ID }, []],
    ['to fulfilled by the completion, with the outcome of each line', fulfilling, foreign('FulfillmentCompleted'), { status: 'fulfilled', delivery: 'delivered', outcomes: FULFILLED }, ['OrderFulfilled']],
    ['to shipped when its shipment was created', fulfilled, event('ShippingCreated'), { status: 'shipped' }, ['OrderShipped']],
    ['to completed when that was told', shipped, event('OrderShipped'), { status: 'completed' }, ['OrderCompleted']],
  ] as const)('%s', (_, order, heard, state, told) => {
    const outcome = decide(order, heard);
    expect(outcome).toMatchObject({ kind: 'apply', state: { ...state, version: order.version + 1 } });
    const events = outcome.kind === 'apply' ? outcome.events : [];
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual(told.map((type) => [type, order.version + 1]));
    for (const { type, data } of events) expect(event(type, data).type).toBe(type);
  });

  test('with the outcomes of all its lines when a part was fulfilled', () => {
    const lines = [FULFILLED[0], FAILED[1]];
    expect(decide(fulfilling, foreign('FulfillmentCompleted', { status: 'partial', lines }))).toMatchObject({ kind: 'apply', state: { status: 'fulfilled', outcomes: lines } });
  });

  test('and tells in the end what is left of it when a line was taken back meanwhile', () => {
    const outcome = decide(after(shipped, foreign('FulfillmentRevoked', { lines: [FULFILLED[0], REVOKED[1]] })), event('OrderShipped'));
    const [told] = outcome.kind === 'apply' ? outcome.events : [];
    expect(event('OrderCompleted', told?.data).data).toMatchObject({ lines: [{ status: 'fulfilled' }, { status: 'failed', reason: { code: 'revoked' } }] });
  });

  test('by the fulfillment that took the place of a lost one', () => {
    const ANOTHER = '0193a6a0-7000-7abc-9def-0123456789ab';
    expect(after(fulfilling, event('FulfillmentRequested', { fulfillmentId: ANOTHER }), foreign('FulfillmentCompleted', { fulfillmentId: ANOTHER }))).toMatchObject({ status: 'fulfilled', fulfillmentId: ANOTHER });
  });
});

describe('an order that cannot go on ends when everything that was done for it is undone', () => {
  const RELEASED = event('InventoryReleased');
  const RETURNED = event('PaymentRefunded');

  test('at once when there was too little stock', () => {
    expect(decide(created, event('InventoryReservationFailed'))).toMatchObject({ kind: 'apply', state: { status: 'cancelled', reason: { code: 'no_stock' } }, events: [{ type: 'OrderCancelled' }] });
  });

  test('when its stock is free, if the card was refused', () => {
    const pending = after(reserved, event('PaymentFailed'));
    expect(pending).toMatchObject({ status: 'cancel_pending', money: 'none', reason: { code: 'card_declined' } });
    expect(decide(pending, RELEASED)).toMatchObject({ kind: 'apply', state: { status: 'cancelled', version: 4 }, events: [{ type: 'OrderCancelled', sequence: 4, data: { reason: { code: 'card_declined' } } }] });
  });

  test.each([['FulfillmentFailed', fulfilling], ['FulfillmentCancelled', fulfilling], ['FulfillmentRefused', paid], ['FulfillmentRefused', fulfilling]] as const)(
    'when its stock is free and its money is back, in either order, if %s came', (type, order) => {
      const pending = after(order, type === 'FulfillmentRefused' ? event(type) : foreign(type));
      expect(pending).toMatchObject({ status: 'cancel_pending', delivery: 'ended' });
      for (const [first, second] of [[RELEASED, RETURNED], [RETURNED, RELEASED]] as const) {
        expect(after(pending, first).status).toBe('cancel_pending');
        expect(after(pending, first, second)).toMatchObject({ status: 'cancelled', reason: pending.reason });
      }
    });

  test('not when only a part of its money is back', () => {
    const pending = after(fulfilling, foreign('FulfillmentFailed'), RELEASED);
    expect(after(pending, event('PaymentRefunded', { refunded: '100.00' }))).toBe(pending);
  });
});

describe('a cancel', () => {
  test.each([created, reserved, paid, fulfilling])('of an order that is $status makes it end, and tells where it stood', (order) => {
    expect(cancel(order, REASON)).toMatchObject({
      kind: 'apply', state: { status: 'cancel_pending', reason: REASON }, events: [{ type: 'OrderCancelRequested', data: { orderId: ORDER_ID, reason: REASON, status: order.status }, sequence: order.version + 1 }],
    });
  });

  test('asked again changes nothing', () => expect(taken(cancel(ending, { code: 'again' }))).toBe(ending));

  test.each([fulfilled, shipped, completed, cancelled])('of an order that is $status is refused', (order) => {
    expect(() => cancel(order, REASON)).toThrow(ActRefused);
  });

  test('ends an order whose stock was never set aside when the inventory says so', () => {
    const pending = taken(cancel(created, REASON));
    for (const answer of [event('InventoryReservationFailed'), event('InventoryReleased', { lines: [] })]) expect(after(pending, answer)).toMatchObject({ status: 'cancelled', reason: REASON });
  });

  test('waits for what was under way: stock, money, the request', () => {
    const way = [event('InventoryReserved'), event('PaymentProcessed'), event('FulfillmentRefused'), event('PaymentRefunded'), event('InventoryReleased')];
    const pending = taken(cancel(created, REASON));
    for (let count = 1; count < way.length; count += 1) expect(after(pending, ...way.slice(0, count)).status).toBe('cancel_pending');
    expect(after(pending, ...way)).toMatchObject({ status: 'cancelled', reason: REASON });
  });

  test('waits for money that was taken after it had been said that none would be', () => {
    const pending = after(taken(cancel(reserved, REASON)), event('PaymentFailed'), event('PaymentProcessed'), event('InventoryReleased'));
    expect(pending).toMatchObject({ status: 'cancel_pending', money: 'taken' });
    expect(after(pending, event('PaymentRefunded'), event('FulfillmentRefused')).status).toBe('cancelled');
  });

  test('that comes too late is recorded as refused, and the order goes on', () => {
    const outcome = decide(ending, foreign('FulfillmentCompleted'));
    expect(outcome).toMatchObject({
      kind: 'apply', state: { status: 'fulfilled', reason: null, version: 7 },
      events: [{ type: 'OrderFulfilled', data: { lines: FULFILLED }, sequence: 6 }, { type: 'OrderCancelRefused', data: { reason: REASON }, sequence: 7 }],
    });
  });

  test('that came in time is not undone by a late completion', () => {
    const pending = after(ending, foreign('FulfillmentCancelled'));
    expect(decide(pending, foreign('FulfillmentCompleted'))).toMatchObject({ kind: 'stale', rule: 'already_cancel_pending' });
    expect(pending.reason).toEqual(REASON);
  });

  test('waits for the answer to the request before an outcome counts', () => {
    const unanswered = taken(cancel(paid, REASON));
    for (const type of ['FulfillmentCompleted', 'FulfillmentCancelled', 'FulfillmentFailed']) expect(decide(unanswered, foreign(type)).kind).toBe('notYet');
    expect(after(unanswered, event('FulfillmentRequested'), foreign('FulfillmentCancelled')).delivery).toBe('ended');
  });
});

describe('a refund', () => {
  test.each([fulfilled, shipped, completed])('of an order that is $status takes all of it back', (order) => {
    const pending = taken(refund(order, { reason: REASON }));
    expect(pending).toMatchObject({ status: 'refund_pending', reason: REASON });
    expect(decide(pending, event('PaymentRefunded'))).toMatchObject({ kind: 'apply', state: { status: 'refunded' }, events: [{ type: 'OrderRefunded', data: { amount: '200.38', reason: REASON } }] });
    expect(taken(refund(pending, { reason: REASON }))).toBe(pending);
  });

  test('of some lines leaves the order completed, is asked for once, and becomes the whole when no line is left', () => {
    const first = refund(completed, { reason: REASON, lineIds: ['1'] });
    expect(first).toMatchObject({ kind: 'apply', state: { status: 'completed', refundLines: ['1'] }, events: [{ type: 'OrderRefundRequested', data: { lineIds: ['1'] } }] });
    expect(taken(refund(taken(first), { reason: REASON, lineIds: ['1'] }))).toBe(taken(first));
    expect(refund(taken(first), { reason: REASON, lineIds: ['2'] })).toMatchObject({ state: { status: 'refund_pending' }, events: [{ data: { orderId: ORDER_ID, reason: REASON } }] });
  });

  test('of some lines asks back what was delivered of them, and nothing when none was', () => {
    const partly = { ...completed, outcomes: [FULFILLED[0], FAILED[1]] as Order['outcomes'] };
    expect(taken(refund(partly, { reason: REASON, lineIds: ['2'] }))).toBe(partly);
    expect(revoke(partly, { reason: REASON, lineIds: ['1', '2'] }, { deliveredAfterEnd: false })).toMatchObject({ events: [{ type: 'OrderRevokeRequested', data: { lineIds: ['1'] } }] });
  });

  test('of a line that the order does not have, or of an order that was not delivered, is refused', () => {
    expect(() => refund(completed, { reason: REASON, lineIds: ['1', '9'] })).toThrow('no line 9');
    for (const order of [created, paid, fulfilling, ending, cancelled]) expect(() => refund(order, { reason: REASON })).toThrow(ActRefused);
    expect(() => refund(undefined, { reason: REASON })).toThrow(ActRefused);
  });

  test('follows when everything was taken back at the fulfilling side; a part of it only shows in the lines', () => {
    expect(decide(completed, foreign('FulfillmentRevoked'))).toMatchObject({ kind: 'apply', state: { status: 'refund_pending', outcomes: REVOKED }, events: [{ type: 'OrderTakenBack' }] });
    expect(decide(completed, foreign('FulfillmentRevoked', { lines: [FULFILLED[0], REVOKED[1]] }))).toMatchObject({ state: { status: 'completed', outcomes: [FULFILLED[0], REVOKED[1]] } });
    expect(decide(ending, foreign('FulfillmentRevoked')).kind).toBe('notYet');
    expect(decide(cancelled, foreign('FulfillmentRevoked'))).toMatchObject({ kind: 'stale', rule: 'not_delivered' });
  });

  test('whose money is back already ends at once, and what is delivered is asked back', () => {
    const returned = { ...completed, money: 'returned' as const };
    const ends = { state: { status: 'refunded', version: 9 }, events: [{ type: 'OrderRevokeRequested', sequence: 8, data: { orderId: ORDER_ID, reason: REASON } }, { type: 'OrderRefunded', sequence: 9 }] };
    expect(refund(returned, { reason: REASON })).toMatchObject(ends);
    expect(refund({ ...returned, status: 'refund_pending' }, { reason: REASON })).toMatchObject(ends);
    expect(refund({ ...returned, outcomes: REVOKED }, { reason: REASON })).toMatchObject({ state: { status: 'refunded' }, events: [{ type: 'OrderRefunded', sequence: 8 }] });
  });

  test('of the only line that cost something leaves the others as they are: the sum is no sign of the end', () => {
    const free: Order = { ...fulfilled, total: '200.38', lines: LINES.map((line, index) => ({ ...line, total: index === 0 ? '200.38' : '0.00' })), outcomes: [FAILED[0], FULFILLED[1]] as Order['outcomes'] };
    const left = taken(decide(free, event('PaymentRefunded', { lineIds: ['1'] })));
    expect(left).toMatchObject({ status: 'fulfilled', money: 'returned' });
    expect(after(left, event('ShippingCreated'), event('OrderShipped')).status).toBe('completed');
    // With freight, or when the other line cost something, all of the money is only back when somebody gave it back by hand.
    for (const order of [{ ...free, total: '205.38' }, { ...free, lines: free.lines.map((line) => ({ ...line, total: '100.19' })) }]) expect(after(order, event('PaymentRefunded', { lineIds: ['1'] })).status).toBe('refunded');
    expect(after({ ...free, outcomes: FULFILLED, refundLines: ['1'] }, event('PaymentRefunded')).status).toBe('fulfilled');
  });
});

describe('money that was all given back by hand at the provider', () => {
  test.each([paid, fulfilling, { ...paid, status: 'on_hold' as const, heldFrom: 'paid' as const }])('calls off an order that is $status, as if the customer had asked', (order) => {
    const outcome = decide(order, event('PaymentRefunded'));
    expect(outcome).toMatchObject({
      state: { status: 'cancel_pending', money: 'returned', heldFrom: null, version: order.version + 1 },
      events: [{ type: 'OrderCancelRequested', sequence: order.version + 1, data: { orderId: ORDER_ID, reason: { code: 'refunded_at_provider' }, status: order.heldFrom ?? order.status } }],
    });
    expect(event('OrderCancelRequested', outcome.kind === 'apply' ? outcome.events[0]?.data : undefined).type).toBe('OrderCancelRequested');
    expect(after(taken(outcome), event('FulfillmentRefused'), event('InventoryReleased'))).toMatchObject({ status: 'cancelled', reason: { code: 'refunded_at_provider' } });
  });

  test('in part changes nothing', () => expect(after(fulfilling, event('PaymentRefunded', { refunded: '5.00' }))).toBe(fulfilling));

  test('when the delivery was quicker, ends the order as refunded, and asks back what was delivered', () => {
    const outcome = decide(after(fulfilling, event('PaymentRefunded')), foreign('FulfillmentCompleted'));
    expect(outcome).toMatchObject({ state: { status: 'refunded', delivery: 'delivered', money: 'returned', version: 9 } });
    expect(outcome.kind === 'apply' && outcome.events.map(({ type, sequence }) => [type, sequence])).toEqual([['OrderFulfilled', 6], ['OrderCancelRefused', 7], ['OrderRevokeRequested', 8], ['OrderRefunded', 9]]);
    expect(decide(taken(outcome), foreign('FulfillmentRevoked'))).toMatchObject({ state: { status: 'refunded', outcomes: REVOKED }, events: [{ type: 'OrderTakenBack' }] });
  });

  test.each([fulfilled, shipped, completed])('ends an order that is $status, and asks back what was delivered', (order) => {
    const outcome = decide(order, event('PaymentRefunded'));
    expect(outcome).toMatchObject({ state: { status: 'refunded', version: order.version + 2 }, events: [{ type: 'OrderRevokeRequested', sequence: order.version + 1 }, { type: 'OrderRefunded', sequence: order.version + 2 }] });
  });
});

describe('what comes too early waits, and what comes too late is recorded with its rule', () => {
  test.each([
    ['a completion before the answer to the request', paid, foreign('FulfillmentCompleted')], ['an acknowledgement before the money', reserved, event('FulfillmentRequested')],
    ['a shipment before the completion', fulfilling, event('ShippingCreated')],
    ['stock that is free before it is known why', paid, event('InventoryReleased')],
  ])('%s waits', (_, order, heard) => expect(decide(order, heard).kind).toBe('notYet'));

  test.each([
    ['a second completion', fulfilled, foreign('FulfillmentCompleted'), 'already_fulfilled'], ['a completion of a cancelled order', cancelled, foreign('FulfillmentCompleted'), 'already_cancelled'],
    ['a failure of a fulfilled order', fulfilled, foreign('FulfillmentFailed'), 'already_fulfilled'], ['a cancellation of a completed order', completed, foreign('FulfillmentCancelled'), 'already_completed'],
    ['a second shipment', completed, event('ShippingCreated'), 'already_completed'], ['a shipment of what is taken back', { ...completed, status: 'refund_pending' as const }, event('OrderShipped'), 'already_refund_pending'],
    ['stock that was free already', { ...ending, stock: 'released' as const }, event('InventoryReleased'), 'already_released'], ['money that was back already', cancelled, event('PaymentRefunded'), 'already_returned'],
    ['a second refusal', { ...ending, delivery: 'ended' as const }, event('FulfillmentRefused'), 'already_cancel_pending'],
  ])('%s', (_, order, heard, rule) => expect(decide(order, heard)).toMatchObject({ kind: 'stale', rule, evidence: { status: order.status } }));

  test('and so is what belongs to something else', () => {
    expect(decide(undefined, foreign('FulfillmentCompleted'))).toMatchObject({ kind: 'stale', rule: 'unknown_order' });
    expect(decide(fulfilling, foreign('FulfillmentCompleted', { clientId: 'somebody-else' }))).toMatchObject({ kind: 'stale', rule: 'other_client' });
    const other = foreign('FulfillmentCompleted', { fulfillmentId: 'another' });
    expect(decide(fulfilling, other).kind).toBe('notYet');
    expect(decide(fulfilled, other)).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
  });
});

describe('what the fulfilling side tells is told on only where it is accepted', () => {
  const OTHER = '0193a6a0-7000-7abc-9def-0123456789ab';
  const told = (outcome: Outcome<Order>): unknown[] => {
    if (outcome.kind !== 'apply') return [outcome.kind];
    for (const { type, data } of outcome.events) expect(event(type, data).type).toBe(type);
    return outcome.events.map(({ type, sequence }) => [type, sequence]);
  };

  test.each(['FulfillmentRefused', 'FulfillmentFailed', 'FulfillmentCancelled'])('%s: nothing will be delivered, with its own reason also when the order is to end for another', (type) => {
    const heard = foreign(type, { reason: { code: 'its_own' } });
    for (const order of [fulfilling, ending]) {
      const outcome = decide(order, heard);
      expect(outcome).toMatchObject({ state: { delivery: 'ended', version: order.version + 1, reason: { code: order === ending ? REASON.code : 'its_own' } }, events: [{ data: { orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', reason: { code: 'its_own' } } }] });
      expect(told(outcome)).toEqual([['OrderUnfulfilled', order.version + 1]]);
    }
  });

  test('before the end, when nothing else was left to be undone', () => {
    const outcome = decide({ ...ending, stock: 'released', money: 'returned' }, foreign('FulfillmentCancelled'));
    expect(told(outcome)).toEqual([['OrderUnfulfilled', 6], ['OrderCancelled', 7]]);
    expect(outcome).toMatchObject({ state: { status: 'cancelled', version: 7 }, events: [{}, { data: { reason: REASON } }] });
  });

  test('taken back: of some lines, of all, and of what was refunded before', () => {
    const some = foreign('FulfillmentRevoked', { lines: [FULFILLED[0], REVOKED[1]] });
    expect(decide(completed, some)).toMatchObject({ state: { version: 8 }, events: [{ type: 'OrderTakenBack', sequence: 8, data: { reason: { code: 'refunded' }, lines: [FULFILLED[0], REVOKED[1]] } }] });
    const all = foreign('FulfillmentRevoked');
    expect(told(decide(completed, all))).toEqual([['OrderTakenBack', 8]]);
    for (const status of ['refund_pending', 'refunded'] as const) expect(told(decide({ ...completed, status }, all))).toEqual([['OrderTakenBack', 8]]);
    const returned = decide({ ...completed, money: 'returned' }, all);
    expect(told(returned)).toEqual([['OrderTakenBack', 8], ['OrderRefunded', 9]]);
    expect(returned).toMatchObject({ state: { status: 'refunded', version: 9 } });
  });

  test('and of what contradicts it, belongs to another fulfillment or comes again, nothing is', () => {
    const contradicting = ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled'].map((type) => foreign(type, {}, { sequence: 9 }));
    const others = ['FulfillmentCompleted', 'FulfillmentFailed', 'FulfillmentCancelled', 'FulfillmentRevoked'].map((type) => foreign(type, { fulfillmentId: OTHER }, { sequence: 9 }));
    for (const order of [fulfilled, shipped, completed, cancelled]) {
      for (const heard of [...contradicting, event('FulfillmentRefused'), ...others]) expect([order.status, heard.type, ...told(decide(order, heard))]).toEqual([order.status, heard.type, 'stale']);
    }
    for (const heard of others) expect(told(decide(fulfilling, heard))).toEqual(['notYet']);
    const unfulfilled = after(fulfilling, foreign('FulfillmentFailed'));
    for (const heard of [...contradicting, event('FulfillmentRefused'), foreign('FulfillmentRevoked')]) expect(told(decide(unfulfilled, heard))).toEqual(['stale']);
  });
});

describe('outcomes that do not answer for the order are left to a person', () => {
  test.each([
    ['a line is missing', FULFILLED.slice(1)], ['a line stands twice', [FULFILLED[0], FULFILLED[0]]],
    ['a quantity differs', [{ ...FULFILLED[0], quantity: 11 }, FULFILLED[1]]], ['another article was fulfilled', [{ ...FULFILLED[0], sku: 'NW-12' }, FULFILLED[1]]],
  ])('%s', (_, lines) => expect(() => decide(fulfilling, foreign('FulfillmentCompleted', { lines }))).toThrow(OutcomesDoNotFit));
});

describe('an order whose time has run out', () => {
  const due = (order: Order) => fallDue(order, order);

  test('has a next step in every status in which something is waited for', () => {
    const waiting = Object.entries(ORDER_STATES.states).flatMap(([status, { terminal }]) => (terminal || status === 'completed' ? [] : [status]));
    expect(Object.keys(DEADLINES).toSorted()).toEqual(waiting.toSorted());
  });

  test('is tried again, then cancelled or held for a person; one that is being undone stays as it is', () => {
    const once = taken(due(reserved));
    expect(due(reserved)).toMatchObject({ state: { status: 'reserved', overdue: 1, version: 3 }, events: [{ type: 'OrderOverdue', data: { times: 1, act: 'retry' }, sequence: 3 }] });
    expect(due(once)).toMatchObject({ state: { status: 'cancel_pending', overdue: 0, version: 5, reason: { code: 'deadline_passed' } }, events: [{ type: 'OrderOverdue', data: { act: 'cancel' }, sequence: 4 }, { type: 'OrderCancelRequested', sequence: 5 }] });
    const held = taken(due(taken(due(paid))));
    expect(held).toMatchObject({ status: 'on_hold', heldFrom: 'paid', overdue: 2 });
    expect(nextDeadline(held)).toBeUndefined();
    let undoing: Order = ending;
    for (let times = 0; times < 5; times += 1) undoing = taken(due(undoing));
    expect(undoing).toMatchObject({ status: 'cancel_pending', overdue: 5 });
  });

  test('is tried again ever more rarely, up to once a day', () => {
    const hours = (overdue: number): number => (nextDeadline({ status: 'cancel_pending', overdue })?.afterMs ?? 0) / 3_600_000;
    expect([2, 3, 4, 8, 9, 40, 5_000].map(hours)).toEqual([0.25, 0.5, 1, 16, 24, 24, 24]);
  });

  test('is left alone when it has moved since it was read', () => {
    expect(fallDue(paid, { status: 'reserved', overdue: 0 })).toMatchObject({ kind: 'stale', rule: 'moved_meanwhile' });
    expect(fallDue(paid, { status: 'paid', overdue: 1 })).toMatchObject({ kind: 'stale', rule: 'moved_meanwhile' });
  });

  test('and is on hold goes on with the event that it waited for, or is cancelled from where it stood', () => {
    const held = taken(due(taken(due(paid))));
    expect(after(held, event('FulfillmentRequested'))).toMatchObject({ status: 'fulfilling', heldFrom: null, overdue: 0 });
    expect(cancel(held, REASON)).toMatchObject({ state: { status: 'cancel_pending', heldFrom: null }, events: [{ data: { status: 'paid' } }] });
  });
});

test('the statuses in which an order is closed are the same in the database', () => {
  expect(SAGA_MIGRATION.sql).toContain(`status IN (${CLOSED_STATUSES.map((status) => `'${status}'`).join(', ')})`);
});

test('nothing is left to be undone only when stock, money and delivery say so', () => {
  const stocks = ['unknown', 'held', 'none', 'released'] as const;
  const monies = ['unknown', 'none', 'taken', 'returned'] as const;
  const undone = stocks.flatMap((stock) => monies.flatMap((money) => (['unknown', 'ended', 'delivered'] as const).filter((delivery) => isUndone({ stock, money, delivery })).map((delivery) => `${stock} ${money} ${delivery}`)));
  expect(undone.filter((one) => !one.startsWith('none'))).toEqual(['released none unknown', 'released none ended', 'released none delivered', 'released returned ended']);
  expect(undone).toHaveLength(16);
});
