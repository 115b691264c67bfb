/**
 * The fan-out: what an event means to those who have registered. Pure.
 *
 * Promise: a registration is true for every event that is handled after its commit; an event is written for an endpoint once, with
 * what is known of its order by then. Of what a replay has caused whose outside effects are held back, nothing is sent. While nobody
 * has registered for orders, nothing is written for them.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import { suppressedBy } from '@commerce/event-log/replay-mark';
import type { RecordSpan } from '@commerce/event-log/trace';
import { ownTraceparent, runTraceparent } from '@commerce/event-log/trace';
import { bodyOf } from '@commerce/events/webhook-message';
import { apply } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import type { Known, Registry } from './delivery/registry.ts';
import { outsideView, webhookNameOf } from './message-names.ts';
import { kept, needsOrder, withEvent } from './order-row.ts';
import type { OrderRow } from './order-row.ts';

/** Full name of the handler. */
export const FAN_OUT = 'webhooks.fan_out';

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
  /** Of what has brought the event about; null for one that is not traced. */
  readonly traceparent: string | null;
}

/** What is kept of a subject, and what is written with this change. */
export interface FannedOut {
  readonly order: OrderRow | undefined;
  /** The log was read, and does not tell how this order began: then its events are told with their own data. */
  readonly isUnknown?: true;
  /** Never stored here. */
  readonly planned: readonly Planned[];
}

export interface FanOutParts {
  readonly registry: Pick<Registry, 'wanting' | 'isWanted' | 'wantsOrders'>;
  readonly recordSpan?: RecordSpan | undefined;
}

const NOTHING: readonly Planned[] = [];
export const UNHEARD: FannedOut = { order: undefined, planned: NOTHING };
/** Nothing is known, and nothing is there that could be. */
export const UNKNOWN: FannedOut = { ...UNHEARD, isUnknown: true };

export function fanOut(state: FannedOut | undefined, event: StoredEvent, _context: SendContext, parts: FanOutParts): Outcome<FannedOut> {
  const before = state ?? UNHEARD;
  const name = webhookNameOf(event.type);
  if (name === undefined) return apply(state);
  const isCurrent = before.order?.isBehind !== true;
  const order = isCurrent ? withEvent(before.order, event) : before.order;
  const isReady = !needsOrder(event) || (isCurrent && (order !== undefined || before.isUnknown === true));
  // One that is not ready was wanted by nobody when this transaction looked.
  const planned = isReady ? plan(name, event, isCurrent ? order : undefined, parts) : undefined;
  const after = isCurrent ? kept(before.order, order, parts.registry.wantsOrders) : order;
  if (after === before.order && planned === undefined) return apply(state);
  return apply({ ...before, order: after, planned: planned === undefined ? before.planned : [...before.planned, planned] });
}

function plan(name: string, event: StoredEvent, order: OrderRow | undefined, { registry, recordSpan }: FanOutParts): Planned | undefined {
  if (suppressedBy(event) !== undefined || !registry.isWanted(name)) return undefined;
  const body = bodyOf(name, outsideView(event), order?.facts, order?.sequence ?? 0);
  const to = registry.wanting(name, body);
  if (to.length === 0) return undefined;
  const traceparent = (recordSpan === undefined ? ownTraceparent(event) : runTraceparent(FAN_OUT, event)) ?? null;
  return { eventId: event.eventId, name, subject: event.subject, body: JSON.stringify(body), to, isReplay: event.metadata['replay'] !== undefined, traceparent };
}
