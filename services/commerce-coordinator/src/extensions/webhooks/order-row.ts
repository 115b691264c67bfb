/**
 * What is known of an order for its webhooks: kept with each of its events while somebody wants to hear of orders, and not touched
 * while nobody does. Pure.
 *
 * Promise: a row that is behind, or is not there, is made by the events of the log that were handled since, before an event is told
 * that needs it; so what is told, its sequence included, is the same as if the row had been kept all the time.
 */
import type { Cursor, StoredEvent } from '@commerce/event-log/event';
import { compareCursors, START } from '@commerce/event-log/event';
import type { StateInput } from '@commerce/event-log/extension';
import { tellsOfOrder } from '@commerce/events/webhook-message';
import { follow } from '@commerce/events/webhook-order';
import type { OrderFacts } from '@commerce/events/webhook-order';
import type { Registry } from './delivery/registry.ts';
import { webhookNameOf } from './message-names.ts';

/** The row of an order. */
export interface OrderRow {
  /** Webhooks of the order that were made, or would have been, so far. */
  readonly sequence: number;
  readonly facts: OrderFacts;
  /** The last event that is in it. */
  readonly upTo: Cursor;
  /** Later events are not in it. */
  readonly isBehind: boolean;
}

const CREATION = 'OrderCreated';
/** Types that nothing of an order stands before. */
const FIRST: ReadonlySet<string> = new Set(['OrderCheckoutInitiated', CREATION]);

/** True for a type of event that can be told only with what came before it. */
export function needsOrder({ type }: Pick<StoredEvent, 'type'>): boolean {
  return !FIRST.has(type) && tellsOfOrder(webhookNameOf(type) ?? '');
}

/** The row with one more event; the same when it says nothing new. Undefined while the creation of the order was not heard. */
export function withEvent(row: OrderRow | undefined, event: StoredEvent): OrderRow | undefined {
  const name = webhookNameOf(event.type);
  const facts = name === undefined ? row?.facts : follow(row?.facts, event);
  if (name === undefined || facts === undefined) return row;
  const sequence = (row?.sequence ?? 0) + (tellsOfOrder(name) ? 1 : 0);
  if (row !== undefined && facts === row.facts && sequence === row.sequence) return row;
  const upTo = row !== undefined && compareCursors(row.upTo, event.cursor) > 0 ? row.upTo : event.cursor;
  return { sequence, facts, upTo, isBehind: false };
}

/** The row with the events that were handled since, in their order. Undefined when none of them began it. */
export function caughtUp(row: OrderRow | undefined, events: readonly StoredEvent[]): OrderRow | undefined {
  const whole = events.reduce(withEvent, row);
  return whole === undefined ? undefined : { ...whole, isBehind: false };
}

/**
 * The orders of which one of these events, which are handled in this order, is told with what came before it, and is wanted, while the
 * row is behind or not there: each with the place after which events are missing.
 */
export function missing(inputs: readonly StateInput[], rowOf: (subject: string) => OrderRow | undefined, registry: Pick<Registry, 'isWanted'>): Map<string, Cursor> {
  const begun = new Set<string>();
  const found = new Map<string, Cursor>();
  for (const { subject, event } of inputs) {
    if (event?.type === CREATION) begun.add(subject);
    if (event === undefined || begun.has(subject) || !needsOrder(event) || !registry.isWanted(webhookNameOf(event.type) ?? '')) continue;
    const row = rowOf(subject);
    if (row === undefined || row.isBehind) found.set(subject, row?.upTo ?? START);
  }
  return found;
}

/** What is kept of the order when an event has made `after` of `before`. `isWanted`: somebody wants to hear more of orders than that they began. */
export function kept(before: OrderRow | undefined, after: OrderRow | undefined, isWanted: boolean): OrderRow | undefined {
  if (isWanted || after === undefined) return after;
  // Where there was a row it is left as it is from here on.
  return before === undefined ? undefined : { ...after, isBehind: true };
}
