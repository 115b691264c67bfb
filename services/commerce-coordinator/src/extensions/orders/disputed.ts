/**
 * What a dispute about its payment means for an order. Pure.
 *
 * Promise: an order of which nothing is delivered yet is on hold while a dispute is open, and goes on from where it stood when its
 * money stays. What is delivered stays so until the money is gone: that is told as any money that went back, and so is the end of
 * an order that loses all of it.
 */
import type { DISPUTE_ENTRIES } from '@commerce/events/entries/disputes';
import { isHeldByDispute } from '@commerce/events/order-states';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import type { Heard } from '@commerce/signals/handler';
import { RAISED_AFTER, standing } from './order.ts';
import type { Order } from './order.ts';

export function followDispute(order: Order | undefined, { data }: Pick<Heard<typeof DISPUTE_ENTRIES>, 'data'>): Outcome<Order> {
  if (order === undefined) return stale('unknown_order');
  const status = standing(order);
  if (status === 'created' || status === 'reserved') return notYet(`the order is ${status}`);
  const isHeld = isHeldByDispute(status, data);
  if (isHeld === undefined) return apply(order);
  const version = order.version + 1;
  // One that was raised for a person for want of an answer waits for the dispute from now on: the answer does not free it.
  if (isHeld && order.status === 'on_hold') return apply(order.overdue < RAISED_AFTER ? order : { ...order, overdue: 0, version });
  if (!isHeld && order.status !== 'on_hold') return apply(order);
  return apply(isHeld ? { ...order, status: 'on_hold', heldFrom: status, version } : { ...order, status, heldFrom: null, overdue: 0, version });
}
