/**
 * What a person asks of an order: cancel it, refund it. Pure.
 *
 * Promise: idempotent by the state: asked again while it is under way, nothing is done twice and the order is shown as it is.
 * Refuses: what the order cannot do any more (`ActRefused`).
 */
import type { Outcome } from '@commerce/event-log/extension';
import { apply } from '@commerce/event-log/extension';
import { decided, machine, moved, standing } from './order.ts';
import type { Order, Reason } from './order.ts';

export type ActRefusal = 'order_not_found' | 'order_not_cancellable' | 'order_not_refundable' | 'order_line_unknown';

/** The act is refused; nothing was changed. */
export class ActRefused extends Error {
  override readonly name = 'ActRefused';
  readonly code: ActRefusal;
  constructor(code: ActRefusal, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** What was not begun is not begun, what was done is undone. Throws `ActRefused`. */
export function cancel(order: Order | undefined, reason: Reason): Outcome<Order> {
  if (order === undefined) throw new ActRefused('order_not_found', 'There is no such order.');
  const status = standing(order);
  if (status === 'cancel_pending') return apply(order);
  const step = machine.step(status, 'cancel');
  if (step.kind !== 'move') throw new ActRefused('order_not_cancellable', `The order is ${status}.`);
  return decided(moved(order, step.to, { reason }), ({ orderId }) => [{ type: 'OrderCancelRequested', data: { orderId, reason, status } }]);
}

export interface RefundWish {
  readonly reason: Reason;
  /** All of them when left out. */
  readonly lineIds?: readonly string[] | undefined;
}

/** A delivered order, or some of its lines, is taken back. Throws `ActRefused`. */
export function refund(order: Order | undefined, { reason, lineIds }: RefundWish): Outcome<Order> {
  if (order === undefined) throw new ActRefused('order_not_found', 'There is no such order.');
  const known = new Set(order.lines.map(({ lineId }) => lineId));
  const unknown = (lineIds ?? []).filter((lineId) => !known.has(lineId));
  if (unknown.length > 0) throw new ActRefused('order_line_unknown', `The order has no line ${unknown.join(', ').slice(0, 500)}.`);
  const status = standing(order);
  if (status === 'refund_pending') return apply(order);
  const step = machine.step(status, 'refund');
  if (step.kind !== 'move') throw new ActRefused('order_not_refundable', `The order is ${status}.`);
  const gone = new Set([...order.refundLines, ...(lineIds ?? known)]);
  const standingLines = (order.outcomes ?? []).filter((outcome) => outcome.status === 'fulfilled' && !gone.has(outcome.lineId));
  const { orderId } = order;
  if (standingLines.length === 0) return decided(moved(order, step.to, { reason }), () => [{ type: 'OrderRefundRequested', data: { orderId, reason } }]);
  const going = [...gone].filter((lineId) => !order.refundLines.includes(lineId));
  if (going.length === 0) return apply(order);
  return decided({ ...order, refundLines: [...gone], version: order.version + 1 }, () => [{ type: 'OrderRefundRequested', data: { orderId, reason, lineIds: going } }]);
}
