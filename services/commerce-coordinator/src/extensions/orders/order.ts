/**
 * What an order does with an event: the table of states decides whether it moves, and this file what a move means.
 *
 * Promise: exactly one outcome ever counts. What comes too early waits, what comes too late or belongs to something else is
 * recorded with its rule. Refuses: outcomes that do not answer line by line for what was ordered (thrown: for a person).
 */
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type * as entries from '@commerce/events/entries';
import { createMachine } from '@commerce/service-kit/state-table';
import { ORDER_STATES } from './order-states.ts';
import type { OrderSignal, OrderStatus } from './order-states.ts';

/** Why an order was cancelled. `code` is a short constant. */
export interface Reason {
  readonly code: string;
  readonly message?: string | undefined;
}

type Completed = DataOf<typeof entries.FulfillmentCompleted>;
type Cancelled = DataOf<typeof entries.FulfillmentCancelled>;
/** What became of a line; only of an order that ended without being fulfilled may it be cancelled or revoked. */
export type LineOutcome = Cancelled['lines'][number];

/** The part of an order that decisions need. */
export interface Order {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly customerId: string;
  readonly lines: readonly { readonly lineId: string; readonly sku: string; readonly quantity: number }[];
  readonly status: OrderStatus;
  /** 1 when it was created, one more with every move. */
  readonly version: number;
  /** Known once the fulfilling side has answered. */
  readonly fulfillmentId: string | null;
  readonly outcomes: readonly LineOutcome[] | null;
  readonly reason: Reason | null;
}

/** What a signal says to an order. */
type Signal =
  | { readonly type: 'FulfillmentRequested'; readonly data: DataOf<typeof entries.FulfillmentRequested> }
  | { readonly type: 'FulfillmentRefused'; readonly data: DataOf<typeof entries.FulfillmentRefused> }
  | { readonly type: 'FulfillmentCompleted'; readonly data: Completed }
  | { readonly type: 'FulfillmentFailed'; readonly data: DataOf<typeof entries.FulfillmentFailed> }
  | { readonly type: 'FulfillmentCancelled'; readonly data: Cancelled }
  | { readonly type: 'ShippingCreated'; readonly data: DataOf<typeof entries.ShippingCreated> };

/** A completion or failure that does not fit what was ordered. It must be looked at by a person. */
export class OutcomesDoNotFit extends Error {
  override readonly name = 'OutcomesDoNotFit';
}

const machine = createMachine<OrderStatus, OrderSignal>(ORDER_STATES);

/** Statuses that nothing leaves. */
export const CLOSED_STATUSES = Object.keys(ORDER_STATES.states).filter((status) => machine.isTerminal(status as OrderStatus));

/** The decision for every event that an order hears. `clientId` is this service's own name at the fulfilling side. */
export function decideOrder(clientId: string, order: Order | undefined, event: StoredEvent): Outcome<Order> {
  const signal = { type: event.type, data: event.data } as Signal;
  const evidence = { source: event.source, sequence: event.sequence, status: order?.status ?? null };
  if (order === undefined) return stale('unknown_order', evidence);
  if ('clientId' in signal.data && signal.data.clientId !== clientId) return stale('other_client', evidence);
  const step = machine.step(order.status, signal.type);
  if (step.kind === 'early') return notYet(`the order is ${order.status}`);
  if (belongsElsewhere(order, signal)) {
    // While the order is open its request may have been lost and sent again: then the answer that names this fulfillment is to come.
    return step.kind === 'late' ? stale('other_fulfillment', { ...evidence, fulfillmentId: order.fulfillmentId }) : notYet('it tells of another fulfillment than the one that is known');
  }
  if (step.kind === 'late') return stale(`already_${order.status}`, evidence);
  const moved = { ...order, ...change(order, signal), status: step.to, version: order.version + 1 };
  return apply(moved, consequences(moved));
}

/** An outcome of another fulfillment. An acknowledgement says which one it is from now on. */
function belongsElsewhere(order: Order, { type, data }: Signal): boolean {
  return type !== 'FulfillmentRequested' && order.fulfillmentId !== null && 'fulfillmentId' in data && data.fulfillmentId !== order.fulfillmentId;
}

/** What a move writes beside the status. */
function change(order: Order, { type, data }: Signal): Partial<Order> {
  if (type === 'FulfillmentRequested') return { fulfillmentId: data.fulfillmentId };
  if (type === 'FulfillmentRefused') return { reason: data.reason };
  if (type === 'FulfillmentCompleted') return { outcomes: fitting(order, data.lines) };
  if (type === 'FulfillmentFailed' || type === 'FulfillmentCancelled') return { outcomes: fitting(order, data.lines), reason: data.reason };
  return {};
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

/** The events by which a move is told. */
function consequences({ orderId, orderNumber, customerId, status, version, outcomes, reason }: Order): NewEvent[] {
  const about = { orderId, orderNumber, customerId };
  if (status === 'completed') return [{ type: 'OrderCompleted', data: { ...about, lines: outcomes ?? [] }, sequence: version }];
  if (status === 'cancelled') return [{ type: 'OrderCancelled', data: { ...about, reason }, sequence: version }];
  return [];
}
