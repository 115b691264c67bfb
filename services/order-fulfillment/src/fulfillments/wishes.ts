/**
 * What a client may wish of a fulfillment that it has asked for: call it off, take it back, wait with it, go on. Pure.
 *
 * Every wish is idempotent by state: one that has been granted already is answered with the state that was reached. A wish that
 * the state does not allow is refused and changes nothing.
 */
import { apply } from '@commerce/event-log/extension';
import type { Reason } from '../providers/provider.ts';
import { replaced } from './arrange.ts';
import type { Decision, Rules } from './arrange.ts';
import { goOn } from './decide.ts';
import { held } from './events.ts';
import { FULFILLMENT_STATES, NONE_ACTIVE, isOpen, isTakenBack, nextStatus } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder, Line } from './fulfillment.ts';
import { withdraw } from './settle.ts';
import type { Settled } from './settle.ts';

export type Refused =
  /** It has an outcome: there is nothing to call off. */
  | { readonly kind: 'already_settled' }
  /** It is open: it can be called off, not taken back. */
  | { readonly kind: 'not_settled' }
  /** Places of the lines in the wish that the fulfillment does not have. */
  | { readonly kind: 'unknown_line'; readonly lines: readonly number[] }
  /** Lines that were never delivered. */
  | { readonly kind: 'not_fulfilled'; readonly lineIds: readonly string[] }
  | { readonly kind: 'already_begun' }
  | { readonly kind: 'not_on_hold' };

/** What a wish comes to: the decision, and the fulfillments that it was about as they are then. */
export type Granted = { readonly kind: 'granted'; readonly decision: Decision; readonly fulfillments: readonly Fulfillment[] };

/** Calls an open fulfillment off: what is open is withdrawn, what was delivered is taken back. */
export function cancel(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillment: Fulfillment, reason: Reason, nowMs: number): Granted | Refused {
  if (fulfillment.status === 'cancelled' || fulfillment.status === 'cancelling') return granted(rules, state, [unchanged(fulfillment)], nowMs);
  if (!isOpen(fulfillment)) return { kind: 'already_settled' };
  return granted(rules, state, [takeBack(rules, fulfillment, reason, undefined, nowMs)], nowMs);
}

/** Takes delivered lines of a settled fulfillment back; all of them when no `lineIds` are given. */
export function revoke(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillment: Fulfillment, reason: Reason, lineIds: readonly string[] | undefined, nowMs: number): Granted | Refused {
  if (isOpen(fulfillment)) return { kind: 'not_settled' };
  const byId = new Map(fulfillment.lines.map((line) => [line.lineId, line]));
  const unknown = (lineIds ?? []).flatMap((lineId, index) => (byId.has(lineId) ? [] : [index]));
  if (unknown.length > 0) return { kind: 'unknown_line', lines: unknown };
  const named = lineIds === undefined ? fulfillment.lines : lineIds.flatMap((lineId) => byId.get(lineId) ?? []);
  const undelivered = named.filter((line) => !wasDelivered(line)).map(({ lineId }) => lineId);
  if (lineIds === undefined ? undelivered.length === named.length : undelivered.length > 0) return { kind: 'not_fulfilled', lineIds: undelivered };
  return granted(rules, state, [takeBack(rules, fulfillment, reason, new Set(named.map(({ lineId }) => lineId)), nowMs)], nowMs);
}

function wasDelivered({ status, takenBackFrom }: Line): boolean {
  return [status, takenBackFrom].some((one) => one === 'fulfilled' || one === 'revoked');
}

/** Waits with a fulfillment that certainly nobody has begun. */
export function hold(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillment: Fulfillment, reason: Reason, nowMs: number): Granted | Refused {
  if (fulfillment.status === 'on_hold') return granted(rules, state, [unchanged(fulfillment)], nowMs);
  const untouched = fulfillment.lines.every((line) => line.startedAtMs === null && (line.status === 'pending' || line.status === 'cancelled'));
  const mayWait = isOpen(fulfillment) && FULFILLMENT_STATES.step(fulfillment.status, 'on_hold').kind === 'move';
  if (!mayWait || fulfillment.asking || !untouched) return { kind: 'already_begun' };
  const version = fulfillment.version + 1;
  const waiting: Fulfillment = { ...fulfillment, status: 'on_hold', reason, version, updatedAtMs: nowMs, nextCheckAtMs: null };
  return granted(rules, state, [{ fulfillment: waiting, events: [held(waiting, reason, version)] }], nowMs);
}

/** Ends a hold. One whose start time lies ahead is scheduled as before: it goes on, and that is told, when its time has come. */
export function release(rules: Rules, state: FulfillmentsOfOrder | undefined, fulfillment: Fulfillment, nowMs: number): Granted | Refused {
  if (fulfillment.status !== 'on_hold') return { kind: 'not_on_hold' };
  const isAhead = fulfillment.startAtMs !== null && fulfillment.startAtMs > nowMs;
  return granted(rules, state, [isAhead ? scheduledAgain(fulfillment, nowMs) : goOn(rules, fulfillment, 'on_hold', nowMs)], nowMs);
}

/** Nobody hears of it: nothing is begun yet. */
function scheduledAgain({ reason: _hold, ...fulfillment }: Fulfillment, nowMs: number): Settled {
  return unchanged({ ...fulfillment, status: nextStatus(fulfillment.status, 'scheduled'), updatedAtMs: nowMs });
}

/** Everything of one client for this order, or these lines of it: called off or taken back, as the state of each demands. */
export function revokeOrder(rules: Rules, state: FulfillmentsOfOrder | undefined, clientId: string, reason: Reason, lineIds: readonly string[] | undefined, nowMs: number): Granted {
  const own = (state ?? NONE_ACTIVE).filter((fulfillment) => fulfillment.clientId === clientId);
  const lines = lineIds === undefined ? undefined : new Set(lineIds);
  return granted(rules, state, own.map((fulfillment) => takeBack(rules, fulfillment, reason, lines, nowMs)), nowMs);
}

/** True when a provider must still tell of a line that is to be taken back. */
export function isUnderWay(fulfillment: Fulfillment): boolean {
  return fulfillment.status === 'cancelling' || fulfillment.lines.some(isTakenBack);
}

function takeBack(rules: Rules, fulfillment: Fulfillment, reason: Reason, lineIds: ReadonlySet<string> | undefined, nowMs: number): Settled {
  return withdraw(rules.providers, fulfillment, { reason, lineIds }, nowMs);
}

function unchanged(fulfillment: Fulfillment): Settled {
  return { fulfillment, events: [] };
}

function granted(rules: Rules, state: FulfillmentsOfOrder | undefined, taken: readonly Settled[], nowMs: number): Granted {
  const changed = taken.filter(({ fulfillment }) => !state?.includes(fulfillment));
  // A wish that says nothing new moves nothing else of the order either.
  if (changed.length === 0) return { kind: 'granted', decision: apply(state ?? NONE_ACTIVE), fulfillments: taken.map(({ fulfillment }) => fulfillment) };
  const decision = replaced(rules, state, changed, nowMs);
  const ids = new Set(taken.map(({ fulfillment }) => fulfillment.fulfillmentId));
  return { kind: 'granted', decision, fulfillments: decision.state.filter(({ fulfillmentId }) => ids.has(fulfillmentId)) };
}
