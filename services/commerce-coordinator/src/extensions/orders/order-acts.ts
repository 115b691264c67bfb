/**
 * What a person asks of an order: cancel it, refund it, take back what was delivered, ask for its fulfillment again, try again
 * what waits. Pure.
 *
 * Promise: idempotent by the state: asked again while it is under way, nothing is done twice and the order is shown as it is.
 * Refuses: what the order cannot do any more (`ActRefused`), with what can be done instead. `offeredActs` names exactly those
 * that would change something now.
 *
 *   cancel      created, reserved, paid, fulfilling
 *   re-request  paid, when nothing asks any more (the request was given up or lost); fulfilling, where it asks what became of it.
 *               What the fulfilling side has of the order is taken over, so that nothing is delivered twice. A request that was
 *               refused is not repeated, for money and stock go back at once: place a new order.
 *   revoke      fulfilled, shipped, completed, as long as a line of it is delivered, and ended orders that were delivered after
 *               their end, which are taken back whole. Money follows for the lines that came back.
 *   refund      fulfilled, shipped, completed. Money goes back in any case, the goods are asked back; where all of the money is
 *               back already, the order ends at once.
 *   retry       whenever something waits to be tried: jobs, parked events, dead letters, timers
 */
import type { Outcome } from '@commerce/event-log/extension';
import { apply } from '@commerce/event-log/extension';
import { calledOff, decided, machine, moved, refundedAtOnce, standing } from './order.ts';
import type { Order, Reason } from './order.ts';

export const ORDER_ACTS = ['retry', 're-request', 'revoke', 'refund', 'cancel'] as const;
export type OrderAct = (typeof ORDER_ACTS)[number];

export type ActRefusal =
  | 'order_not_found' | 'order_not_cancellable' | 'order_not_refundable' | 'order_line_unknown' | 'order_nothing_delivered' | 'order_not_requestable' | 'order_nothing_waits';

/** The act is refused; nothing was changed. */
export class ActRefused extends Error {
  override readonly name = 'ActRefused';
  readonly code: ActRefusal;
  constructor(code: ActRefusal, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** What the acts must know of an order that does not stand in its row. */
export interface ActFacts {
  /** Something of it waits to be tried: a job, a parked event, a dead letter, a timer. */
  readonly waits: boolean;
  /** The fulfilling side is being asked for it, or will be by itself. */
  readonly isBeingRequested: boolean;
  /** Its fulfillment was completed after the order had ended. */
  readonly deliveredAfterEnd: boolean;
}

/** What a person says when they take something back. */
export interface LinesWish {
  readonly reason: Reason;
  /** All of them when left out. */
  readonly lineIds?: readonly string[] | undefined;
}

/** What was not begun is not begun, what was done is undone. Throws `ActRefused`. */
export function cancel(order: Order | undefined, reason: Reason): Outcome<Order> {
  const known = existing(order);
  const status = standing(known);
  if (status === 'cancel_pending') return apply(known);
  const step = machine.step(status, 'cancel');
  if (step.kind !== 'move') throw new ActRefused('order_not_cancellable', `The order is ${status}.`);
  return calledOff(known, reason);
}

/** A delivered order, or some of its lines, is taken back. Throws `ActRefused`. */
export function refund(asked: Order | undefined, { reason, lineIds }: LinesWish): Outcome<Order> {
  const order = existing(asked);
  const known = knownLines(order, lineIds);
  const status = standing(order);
  // Nobody is left to tell that the money is back.
  if (status === 'refund_pending') return order.money === 'returned' ? refundedAtOnce({ ...order, version: order.version + 1 }, order.reason ?? reason) : apply(order);
  const step = machine.step(status, 'refund');
  if (step.kind !== 'move') throw new ActRefused('order_not_refundable', `The order is ${status}.`);
  const gone = new Set([...order.refundLines, ...known]);
  const standingLines = (order.outcomes ?? []).filter((outcome) => outcome.status === 'fulfilled' && !gone.has(outcome.lineId));
  const { orderId } = order;
  if (standingLines.length === 0 && order.money === 'returned') return refundedAtOnce({ ...order, refundLines: [...gone], version: order.version + 1 }, reason);
  if (standingLines.length === 0) return decided(moved(order, step.to, { reason }), () => [{ type: 'OrderRefundRequested', data: { orderId, reason } }]);
  // Of what was not delivered, or came back, the money was given back without being asked for.
  const going = (order.outcomes ?? []).filter(({ lineId, status: end }) => end === 'fulfilled' && gone.has(lineId) && !order.refundLines.includes(lineId)).map(({ lineId }) => lineId);
  if (going.length === 0) return apply(order);
  return told({ ...order, refundLines: [...gone] }, 'OrderRefundRequested', { orderId, reason, lineIds: going });
}

/** What was delivered is asked back; the order changes when that is told. Throws `ActRefused`. */
export function revoke(asked: Order | undefined, { reason, lineIds }: LinesWish, { deliveredAfterEnd }: Pick<ActFacts, 'deliveredAfterEnd'>): Outcome<Order> {
  const order = existing(asked);
  const wanted = new Set(knownLines(order, lineIds));
  const status = standing(order);
  const { orderId } = order;
  // Of an order that has ended nothing is to stay delivered, and what became of each line is not known here.
  if (status === 'cancelled' && deliveredAfterEnd) return told(order, 'OrderRevokeRequested', { orderId, reason });
  if (status === 'refund_pending') throw new ActRefused('order_nothing_delivered', 'It is being taken back already.');
  const delivered = (order.outcomes ?? []).filter((outcome) => outcome.status === 'fulfilled' && wanted.has(outcome.lineId)).map(({ lineId }) => lineId);
  if (order.delivery !== 'delivered' || delivered.length === 0) throw new ActRefused('order_nothing_delivered', lineIds === undefined ? `The order is ${status}, and nothing of it is delivered.` : 'None of these lines is delivered.');
  // The fulfilling side takes back nothing when one line that is named was never delivered.
  return told(order, 'OrderRevokeRequested', { orderId, reason, ...(lineIds !== undefined && { lineIds: delivered }) });
}

/** The fulfilling side is asked again, under a new key. Throws `ActRefused`. */
export function reRequest(asked: Order | undefined, reason: Reason, { isBeingRequested }: Pick<ActFacts, 'isBeingRequested'>): Outcome<Order> {
  const order = existing(asked);
  const status = standing(order);
  if (status !== 'paid' && status !== 'fulfilling') throw new ActRefused('order_not_requestable', `The order is ${status}.`);
  if (isBeingRequested) throw new ActRefused('order_not_requestable', 'The fulfilling side is being asked for it already.');
  return told(order, 'OrderReRequested', { orderId: order.orderId, reason });
}

/** Whatever waits is tried at once; the order itself stays as it is. Throws `ActRefused`. */
export function retry(order: Order | undefined, { waits }: Pick<ActFacts, 'waits'>): Outcome<Order> {
  const known = existing(order);
  if (!waits) throw new ActRefused('order_nothing_waits', `The order is ${known.status}, and nothing of it waits to be tried.`);
  return apply(known);
}

const ASKED: Reason = { code: 'asked' };

const TRIALS: Readonly<Record<OrderAct, (order: Order, facts: ActFacts) => Outcome<Order>>> = {
  retry,
  're-request': (order, facts) => reRequest(order, ASKED, facts),
  revoke: (order, facts) => revoke(order, { reason: ASKED }, facts),
  refund: (order) => refund(order, { reason: ASKED }),
  cancel: (order) => cancel(order, ASKED),
};

/** The acts that would do something now, decided by the acts themselves. */
export function offeredActs(order: Order, facts: ActFacts): OrderAct[] {
  return ORDER_ACTS.filter((act) => {
    try {
      return act === 'retry' ? TRIALS.retry(order, facts).kind === 'apply' : doesSomething(order, TRIALS[act](order, facts));
    } catch (error) {
      if (error instanceof ActRefused) return false;
      throw error;
    }
  });
}

/** An act that is repeated while it is under way does nothing. */
export function doesSomething(order: Order | undefined, outcome: Outcome<Order>): boolean {
  return outcome.kind === 'apply' && (outcome.state !== order || outcome.events.length > 0);
}

function existing(order: Order | undefined): Order {
  if (order === undefined) throw new ActRefused('order_not_found', 'There is no such order.');
  return order;
}

/** The lines that are named, or all. Throws `ActRefused` for one that the order does not have. */
function knownLines(order: Order, lineIds: readonly string[] | undefined): readonly string[] {
  const known = new Set(order.lines.map(({ lineId }) => lineId));
  const unknown = (lineIds ?? []).filter((lineId) => !known.has(lineId));
  if (unknown.length > 0) throw new ActRefused('order_line_unknown', `The order has no line ${unknown.join(', ').slice(0, 500)}.`);
  return lineIds ?? [...known];
}

/** The order in its status, with an event under its next version. */
function told(order: Order, type: string, data: object): Outcome<Order> {
  return decided({ ...order, version: order.version + 1 }, () => [{ type, data }]);
}
