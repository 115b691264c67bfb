/** What judges the saga can find it guilty: each rule is shown what it must not let pass, in a world in which nothing else is wrong. */
import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import { RAISED_AFTER } from '../extensions/orders/order.ts';
import type { Order } from '../extensions/orders/order.ts';
import type { Payment } from '../extensions/payments/payment.ts';
import { CATALOGUE, World } from './world.ts';
import type { Wish } from './world.ts';

const WISH: Wish = { lines: [{ sku: 'tea', quantity: 1, price: '10.00' }], freight: '5.00', card: 'good', fates: ['digital'], isDenied: false };
const REFUND = { refundId: 'r9', amount: 1n, lineIds: [], reason: { code: 'sent_back' }, isDone: false, isTold: false, isHeld: false } as const;

/** A world with one order that was placed. */
async function begun(): Promise<{ readonly world: World; readonly orderId: string }> {
  const world = await World.open();
  world.adjust('tea', 4);
  world.place(WISH);
  return { world, orderId: world.orderIds[0] as string };
}

/** One with an order that has come to its end. */
async function ended(): Promise<{ readonly world: World; readonly orderId: string }> {
  const played = await begun();
  await played.world.settle();
  played.world.rules.check();
  expect(played.world.rules.broken).toEqual([]);
  return played;
}

/** Changes the row of the order behind everybody's back. */
function change(world: World, orderId: string, members: Partial<Order>): void {
  const row = world.tables.orders.get(orderId);
  if (row !== undefined) row.order = { ...row.order, ...members };
}

function changePayment(world: World, orderId: string, members: Partial<Payment>): void {
  world.tables.payments.set(orderId, { ...(world.tables.payment(orderId) as Payment), ...members });
}

/** Row of work of an effect, as much of it as rules look at. */
function addJob(world: World, name: string, subject: string, data: object): void {
  world.log.reader('payments').jobs.push({ job: { name, state: 'dead', event: { subject, data } }, kept: { state: 'dead', error: { message: 'no' } }, run: undefined } as never);
}

/** An event of a type, as its example has it, is committed by whoever. */
function append(world: World, orderId: string, type: string): void {
  const entry = CATALOGUE.entry(type);
  world.log.append([world.log.prepare({ type, data: { ...(entry.example as object), orderId } }, 'somebody', { correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', causationId: null, metadata: {} })]);
}

/** What the fulfilling side has of the order. */
function give(world: World, all: readonly { readonly lines: readonly object[] }[]): void {
  Object.defineProperty(world, 'of', { value: Object.assign(Object.create(world.of) as object, { of: () => all }) });
}

const last = (world: World, orderId: string): StoredEvent => world.log.history(orderId).findLast(({ sequence }) => sequence !== null) as StoredEvent;
const chargeOf = (world: World) => [...world.provider.charges.values()][0] as NonNullable<ReturnType<World['provider']['charges']['get']>>;

interface Case {
  /** What is found. */
  readonly rule: string;
  readonly from?: typeof begun;
  /** What goes wrong; rules may be asked of it at once. */
  readonly wrong: (world: World, orderId: string) => void;
  readonly said: string;
}

const AFTER_A_STEP: readonly Case[] = [
  { rule: 'an order for which nothing is due', wrong: (world, orderId) => change(world, orderId, { status: 'on_hold', overdue: 0 }), said: 'liveness: order 1 is on_hold, and nothing is due for it' },
  { rule: 'a refund that is owed and not begun', wrong: (world, orderId) => changePayment(world, orderId, { refunds: [REFUND] }), said: 'is owed, and nothing of payments.refund is due' },
  {
    rule: 'a refund that is owed while another one is under way',
    wrong: (world, orderId) => {
      changePayment(world, orderId, { refunds: [REFUND] });
      addJob(world, 'payments.refund', orderId, { refundId: 'r8' });
    },
    said: 'is owed, and nothing of payments.refund is due',
  },
  {
    rule: 'a duplicate that is owed and not given back',
    wrong: (world, orderId) => changePayment(world, orderId, { duplicates: [{ refundId: 'd9', provider: 'stripe', reference: 'pi', amount: 1n, isDone: false }] }), said: 'is owed, and nothing of payments.refund_duplicate is due',
  },
  { rule: 'a refund that is held for no dispute', wrong: (world, orderId) => changePayment(world, orderId, { refunds: [{ ...REFUND, isHeld: true }] }), said: 'a refund of order 1 is held, and no dispute is open' },
  {
    rule: 'more money given back than taken', said: 'money: order 1 got back more than was taken',
    wrong: (world) => void world.provider.refunds.set('r9', { charge: chargeOf(world), key: 'r9', amount: 100_00n, isDone: true, hasFailed: false }),
  },
  { rule: 'more set aside than there is', wrong: (world) => world.tables.stocks.set('tea', { ...world.tables.stocks.get('tea')!, reserved: 9 }), said: 'stock: of tea 9 are set aside of 3' },
  { rule: 'pieces that came from nowhere', wrong: (world) => world.tables.stocks.set('tea', { ...world.tables.stocks.get('tea')!, onHand: 4 }), said: 'stock: of tea there are 4, but 4 came and 1 went' },
  { rule: 'pieces that are set aside for nobody', wrong: (world) => world.tables.stocks.set('tea', { ...world.tables.stocks.get('tea')!, reserved: 1 }), said: 'stock: of tea 1 are set aside for lines of 0' },
  {
    rule: 'a row that is not as the log tells', said: 'history: of order 1 the log tells',
    wrong: (world, orderId) => {
      world.rules.applied('orders', orderId, world.order(orderId), world.order(orderId));
      change(world, orderId, { delivery: 'unknown' });
    },
  },
];

const AS_IT_HAPPENS: readonly Case[] = [
  { rule: 'a move that the table does not have', wrong: (world, orderId) => world.rules.applied('orders', orderId, { ...world.order(orderId), status: 'created' }, { ...world.order(orderId), status: 'completed' }), said: 'moved from created to completed' },
  {
    rule: 'a call for an order that is to end', said: 'race: order 1 is being charged though it is to end',
    wrong: (world, orderId) => {
      change(world, orderId, { status: 'cancel_pending' });
      world.rules.asked('charged', orderId);
    },
  },
  { rule: 'a cancel that has reached nobody', from: begun, wrong: (world, orderId) => world.rules.effectEnded('fulfillment.cancel', { subject: orderId } as never), said: 'race: the cancel of order 1 has not reached the fulfilling side' },
  { rule: 'money that is taken before there is stock', from: begun, wrong: (world, orderId) => world.rules.charged(orderId), said: 'history: order 1 is charged before its stock is set aside' },
  { rule: 'a request before the money', from: begun, wrong: (world, orderId) => world.rules.requested(orderId), said: 'history: order 1 is requested before it is paid' },
  { rule: 'a sequence that comes again', wrong: (world, orderId) => world.rules.appended(last(world, orderId)), said: 'has the sequence' },
  { rule: 'an event without what must stand before it', from: begun, wrong: (world, orderId) => append(world, orderId, 'PaymentProcessed'), said: 'history: order 1 has PaymentProcessed without PaymentInitiated' },
  { rule: 'an event that an order has once', wrong: (world, orderId) => append(world, orderId, 'OrderConfirmed'), said: 'history: order 1 has OrderConfirmed after OrderConfirmed' },
  { rule: 'an order that is called cancelled while its money is kept', wrong: (world, orderId) => world.rules.appended({ ...last(world, orderId), type: 'OrderCancelled', sequence: null }), said: 'money: order 1 is cancelled while 15.00 are kept' },
  {
    rule: 'an outcome that had arrived and was not heard', said: 'liveness: the outcome of order 1 had arrived, and was found only by comparing',
    wrong: (world, orderId) => {
      world.isQuiet = true;
      world.rules.appended({ ...last(world, orderId), type: 'FulfillmentHealed', sequence: null, data: { orderId, difference: 'outcome_missed' } });
    },
  },
  { rule: 'a webhook of the provider that nobody knows', wrong: (world, orderId) => world.rules.webhookRefused({ update: { orderId, status: 'captured' } } as never, 'unknown_order'), said: 'money: the webhook captured of order 1 is unknown_order' },
  { rule: 'what is found by comparing and cannot be applied', wrong: (world, orderId) => world.rules.undecided(orderId, new TypeError('of undefined')), said: 'delivery: what is found of order 1 cannot be applied' },
];

const AT_THE_END: readonly Case[] = [
  { rule: 'work that is left', wrong: (world, orderId) => addJob(world, 'payments.refund', orderId, {}), said: 'liveness: payments.refund of order 1 is left for a person: no' },
  { rule: 'an event that is left parked', wrong: (world, orderId) => world.log.reader('orders').parked.set(orderId, [{ handler: 'orders.fulfill' } as never]), said: 'liveness: orders.fulfill of order 1 is left' },
  { rule: 'an event that nobody has handled', from: begun, wrong: () => undefined, said: 'liveness: inventory has not handled all of order 1' },
  { rule: 'a timer that is left', wrong: (world) => world.log.reader('payments').timers.set('late', {} as never), said: 'liveness: the timer late of payments is left' },
  { rule: 'stock that is still set aside', wrong: (world) => world.tables.stocks.set('tea', { ...world.tables.stocks.get('tea')!, reserved: 1 }), said: 'stock: of tea 1 are still set aside' },
  { rule: 'an order that has not come to its end', wrong: (world, orderId) => change(world, orderId, { status: 'shipped' }), said: 'liveness: order 1 is shipped at the end' },
  { rule: 'money that is kept for nothing', wrong: (world, orderId) => world.rules.refundAsked(orderId, undefined), said: 'money: of order 1 (completed) 15.00 are kept, due are 0.00' },
  {
    rule: 'money that went back though it was due', said: 'money: of order 1 (completed) 14.99 are kept, due are 15.00',
    wrong: (world) => void world.provider.refunds.set('r9', { charge: chargeOf(world), key: 'r9', amount: 1n, isDone: true, hasFailed: false }),
  },
  { rule: 'an order that stands when all of its money went back by hand', wrong: (world, orderId) => world.rules.emptiedByHand(orderId), said: 'delivery: all of the money of order 1 went back by hand, and it is completed' },
  { rule: 'a cancelled order that stands delivered', wrong: (world, orderId) => change(world, orderId, { status: 'cancelled' }), said: 'delivery: order 1 is cancelled, and 1 of its lines stand delivered' },
  { rule: 'an order that is delivered by two fulfillments', wrong: (world, orderId) => give(world, [...world.of.of(orderId), ...world.of.of(orderId)]), said: 'delivery: order 1 is delivered twice' },
  {
    rule: 'stock that is gone for a line that is not delivered', said: 'stock: line 1 of order 1 is',
    wrong: (world) => Object.defineProperty(world, 'of', { value: Object.assign(Object.create(world.of) as object, { delivered: () => [] }) }),
  },
  {
    rule: 'a parcel that is counted before it came back', said: 'stock: line 1 of order 1 is a parcel, and was counted before it came back',
    wrong: (world, orderId) => {
      give(world, [{ lines: [{ lineId: '1', status: 'revoked', fate: 'parcel' }] }]);
      const row = world.tables.reservations.get(orderId)!;
      world.tables.reservations.set(orderId, { ...row, lines: row.lines.map((line) => ({ ...line, status: 'returned' })) });
    },
  },
  { rule: 'a cancel without an end', wrong: (world, orderId) => append(world, orderId, 'OrderCancelRequested'), said: 'race: the cancel of order 1 has 0 ends' },
  { rule: 'a completed order of which nobody was told', from: begun, wrong: (world, orderId) => change(world, orderId, { status: 'completed' }), said: 'history: order 1 is completed, and nobody was told' },
  { rule: 'a refunded order of which nobody was told', wrong: (world, orderId) => change(world, orderId, { status: 'refunded' }), said: 'history: order 1 is refunded, and nobody was told' },
  { rule: 'a cancelled order of which nobody was told', wrong: (world, orderId) => change(world, orderId, { status: 'cancelled' }), said: 'history: order 1 is cancelled, and nobody was told' },
  { rule: 'money that was taken and not told', wrong: (world) => Object.assign(chargeOf(world), { amount: 15_01n }), said: 'money: of order 1 15.01 were taken, told are 15.00' },
  {
    rule: 'money that was given back and not told', said: 'money: of order 1 0.01 were given back, told are 0.00',
    wrong: (world) => void world.provider.refunds.set('r9', { charge: chargeOf(world), key: 'r9', amount: 1n, isDone: true, hasFailed: false }),
  },
  { rule: 'money that was paid once more and kept', wrong: (world, orderId) => world.provider.paidAgain.set('pi', { orderId, amount: 1n, givenBack: new Set() }), said: 'money: what order 1 paid once more was given back 0 times' },
  { rule: 'money that was paid once more and not told', wrong: (world, orderId) => world.provider.paidAgain.set('pi', { orderId, amount: 1n, givenBack: new Set(['d1']) }), said: 'money: order 1 paid 0.01 once more, told by PaymentDuplicated are 0.00' },
  {
    rule: 'a refund that failed and was not told', said: 'money: the refund r9 of order 1 failed 1 times after it was given, told are 0',
    wrong: (world) => {
      world.provider.refunds.set('r9', { charge: chargeOf(world), key: 'r9', amount: 0n, isDone: true, hasFailed: false });
      world.provider.failures.set('r9', 1);
    },
  },
  {
    rule: 'a refund that failed and that nobody has paid', said: 'money: the refund r9 of order 1 did not reach the customer, and nobody was to pay it',
    wrong: (world) => void world.provider.refunds.set('r9', { charge: chargeOf(world), key: 'r9', amount: 0n, isDone: true, hasFailed: true }),
  },
];

async function found({ from = ended, wrong }: Case, ask: (world: World) => void): Promise<string[]> {
  const { world, orderId } = await from();
  wrong(world, orderId);
  ask(world);
  return world.rules.broken;
}

describe('The rules of the saga find', () => {
  test.each(AFTER_A_STEP)('after a step: $rule', async (one) => expect(await found(one, ({ rules }) => rules.check())).toContainEqual(expect.stringContaining(one.said)));
  test.each(AS_IT_HAPPENS)('as it happens: $rule', async (one) => expect(await found(one, () => undefined)).toContainEqual(expect.stringContaining(one.said)));
  test.each(AT_THE_END)('at the end: $rule', async (one) => expect(await found(one, ({ rules }) => rules.checkEnd())).toContainEqual(expect.stringContaining(one.said)));

  test('a deadline that has passed, and none that has not', async () => {
    const { world, orderId } = await begun();
    expect(world.rules.overdue()).toEqual([]);
    change(world, orderId, { updatedAt: '2026-01-05T09:28:59.000Z' });
    expect(world.rules.overdue()).toEqual([expect.stringContaining('the deadline of order 1, which is created since')]);
  });
});

test('An order on hold is watched by who looks at it, by a dispute, or by what it has still to hear', async () => {
  const watched = async (act: (world: World, orderId: string) => void): Promise<readonly string[]> => {
    const { world, orderId } = await ended();
    change(world, orderId, { status: 'on_hold', overdue: 0 });
    act(world, orderId);
    world.rules.check();
    return world.rules.broken;
  };
  expect(await watched((world, orderId) => change(world, orderId, { overdue: RAISED_AFTER }))).toEqual([]);
  expect(await watched((world, orderId) => changePayment(world, orderId, { disputes: [{ disputeId: 'dp', status: 'opened', amount: 1n, mark: { atMs: 0, sequence: null } }] }))).toEqual([]);
  expect(await watched((world, orderId) => world.log.reader('orders').parked.set(orderId, []))).toEqual([]);
});
