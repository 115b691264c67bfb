/** Webhooks tell where an order stands by its events alone; the order itself decides by its row. Here both follow the same life. */
import { expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import { OrderCreated } from '@commerce/events/entries';
import { follow } from '@commerce/events/webhook-order';
import type { OrderFacts } from '@commerce/events/webhook-order';
import fc from 'fast-check';
import { CLIENT_ID, event, foreign, LINES, ORDER_ID } from '../../test-events.ts';
import { withChanges } from './changes.ts';
import { followDispute } from './disputed.ts';
import { cancel } from './order-acts.ts';
import { fallDue } from './order-deadlines.ts';
import { decideOrder } from './order.ts';
import type { Order } from './order.ts';

const created: Order = {
  orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', currency: 'USD', total: '200.38', lines: LINES.map((line) => ({ ...line, total: '84.00' })), status: 'created', heldFrom: null, version: 1,
  stock: 'unknown', money: 'unknown', delivery: 'unknown', fulfillmentId: null, outcomes: null, reason: null, refundLines: [], overdue: 0, updatedAt: '2026-01-05T09:30:00.000Z', statusSince: null,
};
const dispute = (type: string, open: number, left: string): StoredEvent => event(type, { ...(event('DisputeOpened').data as object), open, left });
/** What an order hears, and what happens to it without an event: `time` runs out, and a customer asks for its end. */
const HEARD = [
  event('InventoryReserved'), event('PaymentProcessed'), event('FulfillmentRequested'), foreign('FulfillmentCompleted'), foreign('FulfillmentFailed'), event('ShippingCreated'), event('OrderShipped'),
  dispute('DisputeOpened', 1, '200.38'), dispute('DisputeWon', 0, '200.38'), dispute('DisputeLost', 0, '100.00'), dispute('DisputeLost', 0, '0.00'), event('PaymentRefunded', { reason: { code: 'dispute_lost' } }), event('InventoryReleased'),
  'time', 'time', 'cancel',
] as const;
type Happening = StoredEvent | 'time' | 'cancel';
/** The way of an order to its end, with a few other things before each step. */
const life = fc.array(fc.array(fc.constantFrom<Happening>(...HEARD), { maxLength: 2 }), { minLength: 6, maxLength: 6 })
  .map((between) => between.flatMap((some, at) => [...some, ...[HEARD[0], HEARD[1], HEARD[2], HEARD[3], HEARD[5], HEARD[6]].slice(at, at + 1)]));

function decide(order: Order, happening: Happening): Outcome<Order> {
  if (happening === 'time') return fallDue(order, order);
  if (happening === 'cancel') return cancel(order, { code: 'customer_changed_mind' });
  return happening.type.startsWith('Dispute') ? followDispute(order, { data: happening.data as Parameters<typeof followDispute>[1]['data'] }) : decideOrder(CLIENT_ID, order, happening);
}

/** The order and what is told of it, as both stand after each happening that the order accepts. */
function lives(happenings: readonly Happening[]): { readonly order: Order; readonly facts: OrderFacts | undefined }[] {
  let order = created;
  let facts = follow(undefined, event('OrderCreated', OrderCreated.example));
  return happenings.flatMap((happening, at) => {
    const outcome = withChanges(order, outcomeOf(order, happening), at * 1_000);
    if (outcome.kind !== 'apply') return [];
    order = outcome.state;
    const occurredAt = new Date(at * 1_000).toISOString();
    // No webhook hears OrderUpdated.
    const told = outcome.events.filter(({ type }) => type !== 'OrderUpdated').map(({ type, data }) => ({ type, data, occurredAt }));
    for (const one of typeof happening === 'string' ? told : [happening, ...told]) facts = follow(facts, one);
    return [{ order, facts }];
  });
}

/** What is asked of an order that cannot be done is refused with an error. */
function outcomeOf(order: Order, happening: Happening): Outcome<Order> {
  try {
    return decide(order, happening);
  } catch {
    return stale('refused');
  }
}

const standing = ({ order, facts }: { readonly order: Order; readonly facts: OrderFacts | undefined }) => ({ order: [order.status, order.heldFrom ?? order.status], told: [facts?.isOnHold === true ? 'on_hold' : facts?.status, facts?.status] });

test('a dispute holds an order on until it is over, also while the fulfilling side takes it on', () => {
  const [reserved, paid, requested, , , , , opened, won] = HEARD;
  expect(lives([reserved, paid, opened, requested, won]).map((one) => standing(one).told)).toEqual([['reserved', 'reserved'], ['paid', 'paid'], ['on_hold', 'paid'], ['on_hold', 'fulfilling'], ['fulfilling', 'fulfilling']]);
  // Also one that was raised for a person before.
  expect(lives([reserved, paid, 'time', 'time', opened, requested, won]).map(standing).slice(-3)).toEqual([['paid', 'paid'], ['fulfilling', 'fulfilling'], ['', 'fulfilling']].map(([from, at]) => (
    from === '' ? { order: [at, at], told: [at, at] } : { order: ['on_hold', from], told: ['on_hold', at] }
  )));
  // One that was raised for want of that answer has it now.
  expect(lives([reserved, paid, 'time', 'time', requested]).map((one) => standing(one).told).slice(-2)).toEqual([['on_hold', 'paid'], ['fulfilling', 'fulfilling']]);
});

test('where webhooks say that an order stands, it stands', () => {
  const seen = new Set<string>();
  fc.assert(fc.property(life, (happenings) => {
    for (const one of lives(happenings)) {
      const { order, told } = standing(one);
      expect(told).toEqual(order);
      seen.add(`${one.order.status} ${one.order.heldFrom ?? ''}`.trim());
    }
  }), { numRuns: 2_000 });
  expect([...seen].sort()).toEqual(expect.arrayContaining(['cancel_pending', 'cancelled', 'completed', 'fulfilled', 'fulfilling', 'on_hold fulfilling', 'on_hold paid', 'paid', 'reserved', 'shipped']));
});

test('what was told of the payment before the dispute, and is heard after it, does not end the hold', () => {
  const [, paid, , , , , , opened] = HEARD;
  const at = { occurredAt: '2026-01-05T09:30:00.000Z' };
  const confirmed = { type: 'OrderConfirmed', data: { orderId: ORDER_ID, changes: { version: 3, updatedAt: at.occurredAt, status: 'paid' } }, ...at };
  const facts = [event('OrderCreated', OrderCreated.example), event('InventoryReserved'), paid, opened].reduce<OrderFacts | undefined>((known, one) => follow(known, { type: one.type, data: one.data, ...at }), undefined);
  expect(facts).toMatchObject({ status: 'paid', isOnHold: true });
  expect(follow(facts, confirmed)).toMatchObject({ status: 'paid', isOnHold: true, isDisputed: true });
});
