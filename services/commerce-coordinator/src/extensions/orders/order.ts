/**
 * An order: what is kept of it, and what it does with an event. The table of states decides whether it moves, this file what a
 * move means. What a person asks of it is in order-acts.ts.
 *
 * Promise: exactly one outcome counts. What was done for an order (`stock`, `money`, `delivery`) is remembered, so that one
 * which is to end is cancelled only when all of it is undone. What comes too early waits, what comes too late or belongs to
 * something else is recorded with its rule. Orders alone judge what the fulfilling side tells: what they accept of it they tell
 * as OrderFulfilled, OrderUnfulfilled or OrderTakenBack, and stock and money follow these. Nothing is delivered for nothing: an
 * order whose money was all given back by hand at the provider ends, called off where it was not delivered yet, asked back where
 * it was. Refuses: outcomes that do not answer line by line for what was ordered (thrown: for a person).
 */
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type * as entries from '@commerce/events/entries';
import type * as inventory from '@commerce/events/entries/inventory';
import type * as payments from '@commerce/events/entries/payments';
import { createMachine } from '@commerce/service-kit/state-table';
import { minorUnits } from '../../money.ts';
import { ORDER_STATES } from '@commerce/events/order-states';
import type { MovingStatus, OrderInput, OrderStatus } from '@commerce/events/order-states';

/** Why an order ended or is to end. `code` is a short constant. */
export interface Reason {
  readonly code: string;
  readonly message?: string | undefined;
}

type Completed = DataOf<typeof entries.FulfillmentCompleted>;
type Cancelled = DataOf<typeof entries.FulfillmentCancelled>;
type Told = Omit<NewEvent, 'sequence'>;
/** What became of a line; of an order that ended without being fulfilled it may be cancelled, of one that was taken back revoked. */
export type LineOutcome = Cancelled['lines'][number];

/** `unknown`: not decided. `none`: never set aside. */
export type Stock = 'unknown' | 'held' | 'none' | 'released';
/** `unknown`: not decided. `none`: nothing was taken. `returned`: all that was taken was given back. */
export type Money = 'unknown' | 'none' | 'taken' | 'returned';
/** `unknown`: the fulfilling side has said nothing final. `ended`: nothing is delivered, and nothing will be. */
export type Delivery = 'unknown' | 'ended' | 'delivered';

/** The part of an order that decisions need. */
export interface Order {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly customerId: string;
  readonly currency: string;
  readonly total: string;
  /** `total`: decimal string with two places. */
  readonly lines: readonly { readonly lineId: string; readonly sku: string; readonly quantity: number; readonly total: string }[];
  readonly status: OrderStatus;
  /** The status that `on_hold` lies over; null when the order is not on hold. */
  readonly heldFrom: MovingStatus | null;
  /** 1 when it was created, one more with every change. */
  readonly version: number;
  readonly stock: Stock;
  readonly money: Money;
  readonly delivery: Delivery;
  /** Known once the fulfilling side has answered. */
  readonly fulfillmentId: string | null;
  readonly outcomes: readonly LineOutcome[] | null;
  readonly reason: Reason | null;
  /** Lines whose refund was asked for, when it was not the whole order. */
  readonly refundLines: readonly string[];
  /** How often its time in the present status has run out. */
  readonly overdue: number;
  /** Time of its last change, ISO 8601. */
  readonly updatedAt: string;
  /** Since when it is in its status, ISO 8601; on hold lies over the status in which it was raised. Null: since it was placed. */
  readonly statusSince: string | null;
}

/** What an order hears of itself. */
type Signal =
  | { readonly type: 'InventoryReserved'; readonly data: DataOf<typeof inventory.InventoryReserved> }
  | { readonly type: 'InventoryReservationFailed'; readonly data: DataOf<typeof inventory.InventoryReservationFailed> }
  | { readonly type: 'InventoryReleased'; readonly data: DataOf<typeof inventory.InventoryReleased> }
  | { readonly type: 'PaymentProcessed'; readonly data: DataOf<typeof payments.PaymentProcessed> }
  | { readonly type: 'PaymentFailed'; readonly data: DataOf<typeof payments.PaymentFailed> }
  | { readonly type: 'PaymentRefunded'; readonly data: DataOf<typeof payments.PaymentRefunded> }
  | { readonly type: 'FulfillmentRequested'; readonly data: DataOf<typeof entries.FulfillmentRequested> }
  | { readonly type: 'FulfillmentRefused'; readonly data: DataOf<typeof entries.FulfillmentRefused> }
  | { readonly type: 'FulfillmentCompleted'; readonly data: Completed }
  | { readonly type: 'FulfillmentFailed'; readonly data: DataOf<typeof entries.FulfillmentFailed> }
  | { readonly type: 'FulfillmentCancelled'; readonly data: Cancelled }
  | { readonly type: 'FulfillmentRevoked'; readonly data: DataOf<typeof entries.FulfillmentRevoked> }
  | { readonly type: 'ShippingCreated'; readonly data: DataOf<typeof entries.ShippingCreated> }
  | { readonly type: 'OrderShipped'; readonly data: DataOf<typeof entries.OrderShipped> };

/** A completion or failure that does not fit what was ordered. It must be looked at by a person. */
export class OutcomesDoNotFit extends Error {
  override readonly name = 'OutcomesDoNotFit';
}

const AT_PROVIDER: Reason = { code: 'refunded_at_provider', message: 'All of its money was given back by hand at the payment provider.' };

/** So often its time runs out, paid or fulfilling, until it is raised for a person. */
export const RAISED_AFTER = 2;

export const machine = createMachine<MovingStatus, OrderInput>(ORDER_STATES);

/** Where the order stands, whether a person shall look at it or not. */
export function standing({ status, heldFrom }: Pick<Order, 'status' | 'heldFrom'>): MovingStatus {
  return status === 'on_hold' ? (heldFrom ?? 'created') : status;
}

/** The decision for every event that an order hears. `clientId` is this service's own name at the fulfilling side. */
export function decideOrder(clientId: string, order: Order | undefined, event: StoredEvent): Outcome<Order> {
  const signal = { type: event.type, data: event.data } as Signal;
  const evidence = { source: event.source, sequence: event.sequence, status: order?.status ?? null };
  if (order === undefined) return stale('unknown_order', evidence);
  if ('clientId' in signal.data && signal.data.clientId !== clientId) return stale('other_client', evidence);
  const status = standing(order);
  if (signal.type === 'InventoryReleased' || signal.type === 'PaymentRefunded') return settle(order, signal, evidence);
  if (signal.type === 'FulfillmentRevoked') return takeBack(order, signal.data, evidence);
  if (status === 'cancel_pending' && signal.type !== 'FulfillmentCompleted') return learn(order, signal, evidence);
  const step = machine.step(status, signal.type);
  if (step.kind === 'early') return notYet(`the order is ${status}`);
  // Of an order that is to end, only the completion of what was requested and not called off comes before its end.
  if (status === 'cancel_pending' && order.delivery !== 'unknown') return stale('already_cancel_pending', evidence);
  if (belongsElsewhere(order, signal)) return otherFulfillment(order, step.kind === 'late', evidence);
  if (status === 'cancel_pending' && order.fulfillmentId === null) return notYet('the request for fulfillment has no answer yet');
  if (step.kind === 'late') return stale(`already_${status}`, evidence);
  const after = stillHeld(order, moved(order, step.to, change(order, signal)));
  // Delivered before it could be called off, though its money is back.
  if (signal.type === 'FulfillmentCompleted' && order.money === 'returned') return refundedAtOnce(after, order.reason ?? AT_PROVIDER, consequences(order, after, signal));
  return after.status === 'cancel_pending' ? ended(after, unfulfilled(after, signal)) : decided(after, () => consequences(order, after, signal));
}

/**
 * That the fulfilling side has taken it on says nothing of why it waits: a dispute goes on. One that was raised for a person because that
 * answer was missing has it now.
 */
function stillHeld({ status, heldFrom, overdue }: Order, after: Order): Order {
  if (status !== 'on_hold' || heldFrom === null || after.status !== 'fulfilling' || overdue >= RAISED_AFTER) return after;
  return { ...after, status: 'on_hold', heldFrom: 'fulfilling' };
}

/** An outcome of another fulfillment. An acknowledgement says which one it is from now on. */
function belongsElsewhere(order: Order, { type, data }: Signal): boolean {
  return type !== 'FulfillmentRequested' && order.fulfillmentId !== null && 'fulfillmentId' in data && data.fulfillmentId !== order.fulfillmentId;
}

/** While the order is open its request may have been lost and sent again: then the answer that names this fulfillment is to come. */
function otherFulfillment({ fulfillmentId }: Order, isLate: boolean, evidence: object): Outcome<Order> {
  return isLate ? stale('other_fulfillment', { ...evidence, fulfillmentId }) : notYet('it tells of another fulfillment than the one that is known');
}

/** What a signal says of what was done for the order, beside its status. */
function change(order: Order, { type, data }: Signal): Partial<Order> {
  switch (type) {
    case 'InventoryReserved': return { stock: 'held' };
    case 'InventoryReservationFailed': return { stock: 'none', reason: { code: 'no_stock' } };
    case 'PaymentProcessed': return { money: 'taken' };
    case 'PaymentFailed': return { money: 'none', reason: data.reason };
    case 'FulfillmentRequested': return { fulfillmentId: data.fulfillmentId };
    case 'FulfillmentRefused': return { delivery: 'ended', reason: data.reason };
    case 'FulfillmentCompleted': return { delivery: 'delivered', outcomes: fitting(order, data.lines), reason: null };
    case 'FulfillmentFailed': case 'FulfillmentCancelled': return { delivery: 'ended', outcomes: fitting(order, data.lines), reason: data.reason };
    default: return {};
  }
}

/** What is told to an order that is to end: it keeps its reason, and ends when nothing is left to be undone. */
function learn(order: Order, signal: Signal, evidence: object): Outcome<Order> {
  if (belongsElsewhere(order, signal)) return otherFulfillment(order, order.delivery !== 'unknown', evidence);
  const isFinal = 'lines' in signal.data && 'fulfillmentId' in signal.data;
  if (isFinal && order.delivery === 'unknown' && order.fulfillmentId === null) return notYet('the request for fulfillment has no answer yet');
  const known = change(order, signal);
  if (!isNews(order, known)) return stale('already_cancel_pending', evidence);
  return ended({ ...order, ...known, reason: order.reason, version: order.version + 1 }, unfulfilled(order, signal));
}

/** It was not known, and may still come: of a cancelled order money may be taken late, after it was said that none would be. */
function isNews(order: Order, { stock, money, delivery, fulfillmentId }: Partial<Order>): boolean {
  if (stock !== undefined) return order.stock === 'unknown';
  if (money !== undefined) return order.money === 'unknown' || (order.money === 'none' && money === 'taken');
  return order.delivery === 'unknown' && (delivery !== undefined || (fulfillmentId !== undefined && fulfillmentId !== order.fulfillmentId));
}

/** Stock or money has come back. Only all of it says something new. */
function settle(order: Order, signal: Extract<Signal, { type: 'InventoryReleased' | 'PaymentRefunded' }>, evidence: object): Outcome<Order> {
  const status = standing(order);
  if (signal.type === 'InventoryReleased') {
    // Goods may be free before it is known here why: what could still be cancelled has not learned its outcome.
    if (machine.step(status, 'cancel').kind === 'move') return notYet(`the order is ${status}`);
    if (status !== 'cancel_pending') return apply(order);
    if (order.stock === 'released' || order.stock === 'none') return stale('already_released', evidence);
    return ended({ ...order, stock: order.stock === 'held' ? 'released' : 'none', version: order.version + 1 });
  }
  const { refunded, charged, reason } = signal.data;
  if (refunded !== charged) return apply(order);
  if (order.money === 'returned') return stale('already_returned', evidence);
  const returned = { ...order, money: 'returned' as const };
  if (status === 'cancel_pending') return ended({ ...returned, version: order.version + 1 });
  // Only by hand, or by a dispute, is money given back before anything is delivered: as if the customer had asked for the end.
  if (machine.step(status, 'cancel').kind === 'move') return calledOff(returned, reason.code === 'dispute_lost' ? reason : AT_PROVIDER);
  if (status === 'refund_pending') return decided(moved(returned, 'refunded', { reason: order.reason ?? reason }), refundedEvents);
  if (machine.step(status, 'returned').kind !== 'move' || standsForNothing(order)) return apply({ ...returned, version: order.version + 1 });
  return refundedAtOnce({ ...returned, version: order.version + 1 }, order.reason ?? reason);
}

/** What was delivered and not refunded is worth nothing: that all of the money is back says nothing about it. */
function standsForNothing({ lines, outcomes, refundLines, total }: Order): boolean {
  const stands = new Set((outcomes ?? []).filter(({ lineId, status }) => status === 'fulfilled' && !refundLines.includes(lineId)).map(({ lineId }) => lineId));
  const sum = (all: Order['lines']): bigint => all.reduce((worth, line) => worth + minorUnits(line.total), 0n);
  // The freight is due while one line stands.
  const freight = minorUnits(total) - sum(lines);
  return stands.size > 0 && freight + sum(lines.filter(({ lineId }) => stands.has(lineId))) === 0n;
}

/** It is to end before it is delivered: what was done for it is undone. For statuses that can be cancelled. */
export function calledOff(order: Order, reason: Reason): Outcome<Order> {
  const status = standing(order);
  return decided(moved(order, 'cancel_pending', { reason }), ({ orderId }) => [{ type: 'OrderCancelRequested', data: { orderId, reason, status } }]);
}

/** All of its money is back already: it ends as refunded, and what is delivered of it is asked back. `order` has its next version; `first` is told before that. */
export function refundedAtOnce(order: Order, reason: Reason, first: readonly Told[] = []): Outcome<Order> {
  const isDelivered = (order.outcomes ?? []).some((outcome) => outcome.status === 'fulfilled');
  const asked: Told[] = isDelivered ? [{ type: 'OrderRevokeRequested', data: { orderId: order.orderId, reason } }] : [];
  return decided({ ...moved(order, 'refunded', { reason }), version: order.version }, (refunded) => [...first, ...asked, ...refundedEvents(refunded)]);
}

/** Lines that had been delivered were taken back. */
function takeBack(order: Order, revoked: DataOf<typeof entries.FulfillmentRevoked>, evidence: object): Outcome<Order> {
  const status = standing(order);
  if (order.delivery === 'ended') return stale('not_delivered', evidence);
  if (order.delivery === 'unknown') return status === 'cancelled' ? stale('already_cancelled', evidence) : notYet('the outcome of the fulfillment is not known yet');
  if (revoked.fulfillmentId !== order.fulfillmentId) return stale('other_fulfillment', { ...evidence, fulfillmentId: order.fulfillmentId });
  const outcomes = fitting(order, revoked.lines);
  const known = { ...order, outcomes };
  const takenBack: Told = { type: 'OrderTakenBack', data: { ...about(order), reason: revoked.reason, lines: revoked.lines } };
  const step = machine.step(status, 'revoked');
  if (step.kind !== 'move' || outcomes.some((outcome) => outcome.status === 'fulfilled')) return decided({ ...known, version: order.version + 1 }, () => [takenBack]);
  const pending = moved(known, step.to, { reason: revoked.reason });
  if (order.money !== 'returned') return decided(pending, () => [takenBack]);
  return decided({ ...moved(pending, 'refunded'), version: pending.version }, (refunded) => [takenBack, ...refundedEvents(refunded)]);
}

/** In its new status: what was waited for in the last one counts no more. */
export function moved(order: Order, status: MovingStatus, members: Partial<Order> = {}): Order {
  return { ...order, ...members, status, heldFrom: null, overdue: 0, version: order.version + 1 };
}

/** Applies, with the events by which it is told: the first has the order's version, each further one the next, which is the order's then. */
export function decided(order: Order, events: (order: Order) => readonly Told[] = () => []): Outcome<Order> {
  const told = events(order).map((event, index) => ({ ...event, sequence: order.version + index }));
  return apply(told.length > 1 ? { ...order, version: order.version + told.length - 1 } : order, told);
}

/** The order as it is, or cancelled when nothing of what was done for it is left; `first` is told before that. */
function ended(order: Order, first: readonly Told[] = []): Outcome<Order> {
  if (!isUndone(order)) return decided(order, () => first);
  return decided({ ...moved(order, 'cancelled'), version: order.version }, (cancelled) => [...first, ...cancelledEvents(cancelled)]);
}

/** Stock was never held, or is free again; money that was taken is back, and the fulfilling side will deliver nothing. */
export function isUndone({ stock, money, delivery }: Pick<Order, 'stock' | 'money' | 'delivery'>): boolean {
  return stock === 'none' || (stock === 'released' && (money === 'none' || (money === 'returned' && delivery === 'ended')));
}

/** The outcomes, if they answer for every line in its quantity. Throws `OutcomesDoNotFit`. */
function fitting(order: Order, outcomes: readonly LineOutcome[]): readonly LineOutcome[] {
  const answered = new Map(outcomes.map((outcome) => [outcome.lineId, outcome]));
  const fits = outcomes.length === order.lines.length && order.lines.every(({ lineId, sku, quantity }) => {
    const outcome = answered.get(lineId);
    return outcome?.sku === sku && outcome.quantity === quantity;
  });
  if (!fits) throw new OutcomesDoNotFit(`The outcomes do not answer line by line for order ${order.orderId}.`);
  return outcomes;
}

/** What every event of an order says. */
export function about({ orderId, orderNumber, customerId }: Order): { orderId: string; orderNumber: number; customerId: string } {
  return { orderId, orderNumber, customerId };
}

/** The events by which a move is told. */
function consequences(before: Order, after: Order, { type, data }: Signal): Told[] {
  const { currency, total, outcomes } = after;
  if (after.status === 'paid') return [{ type: 'OrderConfirmed', data: { ...about(after), currency, total } }];
  if (after.status === 'shipped' && type === 'ShippingCreated') return [{ type: 'OrderShipped', data: { ...about(after), method: data.method, parcels: data.parcels } }];
  if (after.status === 'completed') return [{ type: 'OrderCompleted', data: { ...about(after), lines: (outcomes ?? []).map(kept) } }];
  if (after.status === 'cancelled') return cancelledEvents(after);
  if (type !== 'FulfillmentCompleted') return [];
  const fulfilled: Told = { type: 'OrderFulfilled', data: { ...about(after), lines: data.lines } };
  return standing(before) === 'cancel_pending' ? [fulfilled, { type: 'OrderCancelRefused', data: { ...about(after), reason: before.reason } }] : [fulfilled];
}

/** What an order tells of an accepted signal by which nothing of it will be delivered, with the reason of the signal. */
function unfulfilled(order: Order, { type, data }: Signal): Told[] {
  const isEnd = type === 'FulfillmentRefused' || type === 'FulfillmentFailed' || type === 'FulfillmentCancelled';
  return isEnd ? [{ type: 'OrderUnfulfilled', data: { ...about(order), reason: data.reason } }] : [];
}

/** What was taken back before the order was complete is not delivered. */
function kept(outcome: LineOutcome): LineOutcome {
  if (outcome.status === 'fulfilled' || outcome.status === 'failed') return outcome;
  return { ...outcome, status: 'failed', reason: outcome.reason ?? { code: outcome.status } };
}

function cancelledEvents(order: Order): Told[] {
  return [{ type: 'OrderCancelled', data: { ...about(order), reason: order.reason } }];
}

function refundedEvents(order: Order): Told[] {
  return [{ type: 'OrderRefunded', data: { ...about(order), amount: order.total, currency: order.currency, reason: order.reason } }];
}
