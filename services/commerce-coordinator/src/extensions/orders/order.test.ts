import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { CANCELLED, CLIENT_ID, event, FAILED, foreign, FULFILLED, FULFILLMENT_ID, LINES, ORDER_ID } from '../../test-events.ts';
import { ORDERS_MIGRATION } from './migrations/0001-orders.ts';
import { CLOSED_STATUSES, decideOrder, OutcomesDoNotFit } from './order.ts';
import type { Order } from './order.ts';
import { ORDER_STATES } from './order-states.ts';

const created: Order = {
  orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', lines: LINES, status: 'created', version: 1,
  fulfillmentId: null, outcomes: null, reason: null,
};
const fulfilling: Order = { ...created, status: 'fulfilling', version: 2, fulfillmentId: FULFILLMENT_ID };
const fulfilled: Order = { ...fulfilling, status: 'fulfilled', version: 3, outcomes: FULFILLED };
const completed: Order = { ...fulfilled, status: 'completed', version: 4 };
const cancelled: Order = { ...fulfilling, status: 'cancelled', version: 3, reason: { code: 'all_lines_failed' } };

const decide = (order: Order | undefined, heard: StoredEvent) => decideOrder(CLIENT_ID, order, heard);

describe('an order', () => {
  test('that was created is fulfilling when the request was acknowledged, and knows its fulfillment', () => {
    expect(decide(created, event('FulfillmentRequested'))).toMatchObject({
      kind: 'apply', state: { status: 'fulfilling', version: 2, fulfillmentId: FULFILLMENT_ID }, events: [],
    });
  });

  test('that was created is cancelled with the reason when the request was refused', () => {
    expect(decide(created, event('FulfillmentRefused'))).toMatchObject({
      kind: 'apply', state: { status: 'cancelled', reason: { code: 'no_provider' } },
      events: [{ type: 'OrderCancelled', data: { orderId: ORDER_ID, orderNumber: 10248, reason: { code: 'no_provider' } }, sequence: 2 }],
    });
  });

  test('that is fulfilling is fulfilled by the completion, with the outcome of each line', () => {
    expect(decide(fulfilling, foreign('FulfillmentCompleted'))).toMatchObject({ kind: 'apply', state: { status: 'fulfilled', outcomes: FULFILLED }, events: [] });
  });

  test('of which a part was fulfilled goes on with the outcomes of all its lines', () => {
    const lines = [FULFILLED[0], FAILED[1]];
    expect(decide(fulfilling, foreign('FulfillmentCompleted', { status: 'partial', lines }))).toMatchObject({ kind: 'apply', state: { status: 'fulfilled', outcomes: lines } });
  });

  test('that is fulfilling is cancelled with the reason when nothing was fulfilled', () => {
    expect(decide(fulfilling, foreign('FulfillmentFailed'))).toMatchObject({
      kind: 'apply', state: { status: 'cancelled', reason: { code: 'all_lines_failed' }, outcomes: FAILED },
      events: [{ type: 'OrderCancelled', sequence: 3 }],
    });
  });

  test('that is fulfilling is cancelled with the reason when its fulfillment was called off', () => {
    expect(decide(fulfilling, foreign('FulfillmentCancelled'))).toMatchObject({
      kind: 'apply', state: { status: 'cancelled', reason: { code: 'out_of_season' }, outcomes: CANCELLED },
      events: [{ type: 'OrderCancelled', data: { reason: { code: 'out_of_season' } }, sequence: 3 }],
    });
  });

  test('whose request was lost and made again has the fulfillment of the second answer', () => {
    const again = decide(fulfilling, event('FulfillmentRequested', { fulfillmentId: 'another' }));
    expect(again).toMatchObject({ kind: 'apply', state: { status: 'fulfilling', version: 3, fulfillmentId: 'another' }, events: [] });
    expect(decide(again.kind === 'apply' ? again.state : undefined, foreign('FulfillmentCompleted')).kind).toBe('notYet');
  });

  test('whose request was lost and is refused when it is made again is cancelled', () => {
    expect(decide(fulfilling, event('FulfillmentRefused'))).toMatchObject({ kind: 'apply', state: { status: 'cancelled', reason: { code: 'no_provider' } } });
  });

  test('that was fulfilled is completed when shipping was created', () => {
    expect(decide(fulfilled, event('ShippingCreated'))).toMatchObject({
      kind: 'apply', state: { status: 'completed', version: 4 }, events: [{ type: 'OrderCompleted', data: { lines: FULFILLED }, sequence: 4 }],
    });
  });
});

describe('what comes too early waits', () => {
  test.each([
    ['a completion before the answer to the request', foreign('FulfillmentCompleted')],
    ['a failure before the answer to the request', foreign('FulfillmentFailed')],
    ['a cancellation before the answer to the request', foreign('FulfillmentCancelled')],
    ['shipping before the completion was applied', event('ShippingCreated')],
  ])('%s', (_, heard) => expect(decide(created, heard).kind).toBe('notYet'));

  test('shipping while the order is fulfilling', () => expect(decide(fulfilling, event('ShippingCreated')).kind).toBe('notYet'));
});

describe('what comes too late is recorded and changes nothing', () => {
  test.each([
    ['a second completion', fulfilled, foreign('FulfillmentCompleted'), 'already_fulfilled'],
    ['a completion of a completed order', completed, foreign('FulfillmentCompleted'), 'already_completed'],
    ['a completion of a cancelled order', cancelled, foreign('FulfillmentCompleted'), 'already_cancelled'],
    ['a failure of a fulfilled order', fulfilled, foreign('FulfillmentFailed'), 'already_fulfilled'],
    ['a cancellation of a completed order', completed, foreign('FulfillmentCancelled'), 'already_completed'],
    ['an acknowledgement of a fulfilled order', fulfilled, event('FulfillmentRequested'), 'already_fulfilled'],
    ['a refusal of a fulfilled order', fulfilled, event('FulfillmentRefused'), 'already_fulfilled'],
    ['a second shipment', completed, event('ShippingCreated'), 'already_completed'],
  ])('%s', (_, order, heard, rule) => {
    expect(decide(order, heard)).toMatchObject({ kind: 'stale', rule, evidence: { source: heard.source, sequence: heard.sequence, status: order.status } });
  });
});

describe('what belongs to something else is recorded and changes nothing', () => {
  test('an event about an order that is not known', () => expect(decide(undefined, foreign('FulfillmentCompleted'))).toMatchObject({ kind: 'stale', rule: 'unknown_order' }));
  test('a completion for another client', () => {
    expect(decide(fulfilling, foreign('FulfillmentCompleted', { clientId: 'somebody-else' }))).toMatchObject({ kind: 'stale', rule: 'other_client' });
  });
  test('a completion of another fulfillment, once the order has its own; before that its answer may be still to come', () => {
    const other = foreign('FulfillmentCompleted', { fulfillmentId: 'another' });
    expect(decide(fulfilling, other).kind).toBe('notYet');
    expect(decide({ ...fulfilling, status: 'fulfilled' }, other)).toMatchObject({ kind: 'stale', rule: 'other_fulfillment' });
  });
});

describe('outcomes that do not answer for the order are left to a person', () => {
  test.each([
    ['a line is missing', FULFILLED.slice(1)],
    ['a line stands twice', [FULFILLED[0], FULFILLED[0]]],
    ['a quantity differs', [{ ...FULFILLED[0], quantity: 11 }, FULFILLED[1]]],
    ['another article was fulfilled', [{ ...FULFILLED[0], sku: 'NW-12' }, FULFILLED[1]]],
  ])('%s', (_, lines) => {
    expect(() => decide(fulfilling, foreign('FulfillmentCompleted', { lines }))).toThrow(OutcomesDoNotFit);
  });
});

describe('the statuses', () => {
  test('in which an order is closed are those that the table calls terminal, in the database too', () => {
    expect(CLOSED_STATUSES).toEqual(Object.entries(ORDER_STATES.states).flatMap(([name, { terminal }]) => (terminal ? [name] : [])));
    expect(ORDERS_MIGRATION.sql).toContain(`status IN (${CLOSED_STATUSES.map((status) => `'${status}'`).join(', ')})`);
  });
});
