/**
 * What a decision changes of an order, as it is told in the log: with the last event of the decision, or by OrderUpdated when it
 * has none. Pure.
 *
 * Promise: from what an order was created with and these changes, in the order of the log, its row is made again (fold.ts). So the
 * time of a change is that which is told, and the database's clock has no part in a row.
 */
import type { NewEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import type { orderChanges } from '@commerce/events/entries';
import type { z } from 'zod';
import { standing } from './order.ts';
import type { Order } from './order.ts';

export type OrderChanges = z.infer<typeof orderChanges>;

/** Told when they are others than before; version and time always. */
const MEMBERS = ['status', 'heldFrom', 'stock', 'money', 'delivery', 'fulfillmentId', 'outcomes', 'reason', 'refundLines', 'overdue', 'statusSince'] as const satisfies readonly (keyof Order & keyof OrderChanges)[];

/** The decision with the time of its change in the order, and the changes in its last event. `nowMs`: Unix milliseconds. */
export function withChanges(before: Order | undefined, outcome: Outcome<Order>, nowMs: number): Outcome<Order> {
  if (outcome.kind !== 'apply' || before === undefined || outcome.state === before) return outcome;
  const after = timed(before, outcome.state, new Date(nowMs).toISOString());
  return { ...outcome, state: after, events: told(outcome.events, after, changesOf(before, after)) };
}

function timed(before: Order, after: Order, at: string): Order {
  return { ...after, updatedAt: at, statusSince: standing(after) === standing(before) ? before.statusSince : at };
}

function changesOf(before: Order, after: Order): OrderChanges {
  const { version, updatedAt } = after;
  return { version, updatedAt, ...Object.fromEntries(MEMBERS.filter((name) => after[name] !== before[name]).map((name) => [name, after[name]])) };
}

function told(events: readonly NewEvent[], { orderId, version }: Order, changes: OrderChanges): NewEvent[] {
  const last = events.at(-1);
  if (last === undefined) return [{ type: 'OrderUpdated', data: { orderId, changes }, sequence: version }];
  return [...events.slice(0, -1), { ...last, data: { ...last.data, changes } }];
}
