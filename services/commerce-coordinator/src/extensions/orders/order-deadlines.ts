/**
 * How long an order may stand in a status, and what follows when it does: data, and the decision. Pure.
 *
 * Each status has its steps: the first after its time, the next after its own, the last one again and again. `retry`: what waits
 * for the order is tried at once. `cancel`: it is to end, and what was done is undone. `escalate`: it is put on hold for a
 * person; one that is being undone stays in its status, and is shown among those that need care like every overdue order.
 * What is tried again and again is tried ever more rarely, for each time is an event. What is owed, such as money that goes back,
 * has a promise of its own, whatever becomes of the order.
 */
import { apply, stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import { cancel } from './order-acts.ts';
import type { Order } from './order.ts';
import type { MovingStatus } from '@commerce/events/order-states';

export type DeadlineAct = 'retry' | 'cancel' | 'escalate';

export interface Deadline {
  readonly afterMs: number;
  readonly act: DeadlineAct;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** By status, for those in which something is waited for. */
export const DEADLINES: Readonly<Partial<Record<MovingStatus, readonly Deadline[]>>> = {
  created: [{ afterMs: MINUTE_MS, act: 'retry' }, { afterMs: 15 * MINUTE_MS, act: 'cancel' }],
  reserved: [{ afterMs: 2 * MINUTE_MS, act: 'retry' }, { afterMs: HOUR_MS, act: 'cancel' }],
  paid: [{ afterMs: MINUTE_MS, act: 'retry' }, { afterMs: 30 * MINUTE_MS, act: 'escalate' }],
  fulfilling: [{ afterMs: 24 * HOUR_MS, act: 'retry' }, { afterMs: 24 * HOUR_MS, act: 'escalate' }],
  fulfilled: [{ afterMs: MINUTE_MS, act: 'retry' }, { afterMs: 15 * MINUTE_MS, act: 'escalate' }],
  shipped: [{ afterMs: MINUTE_MS, act: 'retry' }, { afterMs: 15 * MINUTE_MS, act: 'escalate' }],
  cancel_pending: [{ afterMs: MINUTE_MS, act: 'retry' }, { afterMs: 15 * MINUTE_MS, act: 'escalate' }, { afterMs: 15 * MINUTE_MS, act: 'retry' }],
  refund_pending: [{ afterMs: MINUTE_MS, act: 'retry' }, { afterMs: 15 * MINUTE_MS, act: 'escalate' }, { afterMs: 15 * MINUTE_MS, act: 'retry' }],
};

/** What undoes something, by its handler: what is owed to the customer or to the shop, of an order that has ended too. */
export const COMPENSATIONS = ['payments.refund', 'payments.refund_duplicate', 'payments.owe', 'fulfillment.revoke', 'fulfillment.cancel', 'inventory.release', 'inventory.put_back', 'inventory.take_back'] as const;
/** How long one of them may take. */
export const COMPENSATION_PROMISE_MS = MINUTE_MS;

/** The last step comes again after twice its time, then after four times, and so on up to this. */
export const LONGEST_STEP_MS = 24 * HOUR_MS;

/** What follows next, and when; undefined where nothing is waited for, and for an order that a person looks at. */
export function nextDeadline({ status, overdue }: Pick<Order, 'status' | 'overdue'>): Deadline | undefined {
  const steps = (status === 'on_hold' ? undefined : DEADLINES[status]) ?? [];
  const last = steps.length - 1;
  const step = steps[Math.min(overdue, last)];
  if (step === undefined || overdue <= last) return step;
  return { ...step, afterMs: Math.min(step.afterMs * 2 ** (overdue - last), Math.max(step.afterMs, LONGEST_STEP_MS)) };
}

/** The time of an order ran out in the status in which it was read. */
export function fallDue(order: Order | undefined, read: { readonly status: string; readonly overdue: number }): Outcome<Order> {
  const deadline = order === undefined ? undefined : nextDeadline(order);
  if (order === undefined || deadline === undefined || order.status !== read.status || order.overdue !== read.overdue) return stale('moved_meanwhile');
  const times = order.overdue + 1;
  const { act } = deadline;
  const told = { type: 'OrderOverdue', data: { orderId: order.orderId, orderNumber: order.orderNumber, status: order.status, times, act } };
  if (act === 'cancel') {
    const cancelled = cancel({ ...order, version: order.version + 1 }, { code: 'deadline_passed', message: `Nothing came of it while it was ${order.status}.` });
    return cancelled.kind === 'apply' ? { ...cancelled, events: [{ ...told, sequence: order.version + 1 }, ...cancelled.events] } : cancelled;
  }
  const isPending = order.status === 'cancel_pending' || order.status === 'refund_pending' || order.status === 'on_hold';
  const held = act === 'escalate' && !isPending ? { status: 'on_hold' as const, heldFrom: order.status as MovingStatus } : {};
  const after = { ...order, ...held, overdue: times, version: order.version + 1 };
  return apply(after, [{ ...told, sequence: after.version }]);
}
