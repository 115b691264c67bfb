/**
 * The fan-out: what an event means to those who have registered. Pure.
 *
 * Promise: a registration is true for every event that is handled after its commit; an event is written for an endpoint once, with
 * what is known of its order by then. Of what a replay has caused whose outside effects are held back, nothing is sent.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import { suppressedBy } from '@commerce/event-log/replay-mark';
import { apply } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import type { Known, Registry } from './delivery/registry.ts';
import { bodyOf, tellsOfOrder } from '@commerce/events/webhook-message';
import { webhookNameOf } from './message-names.ts';
import { follow } from '@commerce/events/webhook-order';
import type { OrderFacts } from '@commerce/events/webhook-order';

/** The row of an order. */
export interface OrderRow {
  /** Webhooks of the order that were made, or would have been, so far. */
  readonly sequence: number;
  readonly facts: OrderFacts;
}

/** A message, and who gets it. */
export interface Planned {
  readonly eventId: string;
  readonly name: string;
  readonly subject: string;
  /** The exact text. */
  readonly body: string;
  readonly to: readonly Known[];
  /** A replay has caused it: then it may have been written before, and who replays hands nothing over. */
  readonly isReplay: boolean;
}

/** What is kept of a subject, and what is written with this change. */
export interface FannedOut {
  readonly order: OrderRow | undefined;
  /** Never stored here. */
  readonly planned: readonly Planned[];
}

const NOTHING: readonly Planned[] = [];
export const UNHEARD: FannedOut = { order: undefined, planned: NOTHING };

export function fanOut(state: FannedOut | undefined, event: StoredEvent, _context: SendContext, { registry }: { readonly registry: Pick<Registry, 'wanting' | 'isWanted'> }): Outcome<FannedOut> {
  const before = state ?? UNHEARD;
  const name = webhookNameOf(event.type);
  if (name === undefined) return apply(state);
  const order = orderAfter(before.order, name, event);
  const planned = plan(name, event, order, registry);
  if (order === before.order && planned === undefined) return apply(state);
  return apply({ order, planned: planned === undefined ? before.planned : [...before.planned, planned] });
}

function orderAfter(before: OrderRow | undefined, name: string, event: StoredEvent): OrderRow | undefined {
  const facts = follow(before?.facts, event);
  if (facts === undefined) return undefined;
  const sequence = (before?.sequence ?? 0) + (tellsOfOrder(name) ? 1 : 0);
  return facts === before?.facts && sequence === before.sequence ? before : { sequence, facts };
}

function plan(name: string, event: StoredEvent, order: OrderRow | undefined, registry: Pick<Registry, 'wanting' | 'isWanted'>): Planned | undefined {
  if (suppressedBy(event) !== undefined || !registry.isWanted(name)) return undefined;
  const body = bodyOf(name, event, order?.facts, order?.sequence ?? 0);
  const to = registry.wanting(name, body);
  return to.length === 0 ? undefined : { eventId: event.eventId, name, subject: event.subject, body: JSON.stringify(body), to, isReplay: event.metadata['replay'] !== undefined };
}
