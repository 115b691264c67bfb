/**
 * The life of one request for fulfillment: asked, acknowledged, asked about when it is overdue, settled. Pure.
 *
 * Promise: one outcome is taken, from the bus or from asking, whichever comes first; the other is recorded as late. While a
 * request is acknowledged and not settled, its timer is set.
 */
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome, TimerChange } from '@commerce/event-log/extension';
import { createMachine } from '@commerce/service-kit/state-table';
import { REQUEST_STATES } from './request-states.ts';
import type { RequestInput, RequestStatus } from './request-states.ts';

/** `unasked`, version 0: the order is known, its request has no answer yet. */
export interface FulfillmentRequest {
  readonly orderId: string;
  readonly fulfillmentId: string | null;
  readonly status: RequestStatus;
  /** One more with every move and every check. */
  readonly version: number;
  /** How often the fulfilling side was asked because no outcome came. */
  readonly checks: number;
}

export interface Reason {
  readonly code: string;
  readonly message?: string | undefined;
}

/** A fulfillment as the fulfilling side shows it. */
export interface Fulfillment {
  readonly fulfillmentId: string;
  readonly clientId: string;
  readonly orderId: string;
  readonly status: 'accepted' | 'in_progress' | 'completed' | 'partial' | 'failed';
  readonly reason?: Reason | undefined;
  readonly lines: readonly {
    readonly lineId: string;
    readonly sku: string;
    readonly quantity: number;
    readonly provider: string;
    readonly status: 'pending' | 'in_progress' | 'fulfilled' | 'failed';
    readonly reason?: Reason | undefined;
    readonly reference?: string | undefined;
    readonly tracking?: { readonly carrier: string; readonly trackingNumber: string } | undefined;
  }[];
}

export const OVERDUE_TIMER = 'overdue';
const CLEAR: readonly TimerChange[] = [{ name: OVERDUE_TIMER, dueInMs: null }];
const MAX_CHECK_AFTER_MS = 3_600_000;
const FALLBACK_REASON = 'fulfillment_refused';

const machine = createMachine<RequestStatus, RequestInput>(REQUEST_STATES);

type Decision = Outcome<FulfillmentRequest>;

/** The request was acknowledged. `checkAfterMs`: when to ask if no outcome has come. */
export function acknowledge(request: FulfillmentRequest | undefined, answer: Fulfillment, checkAfterMs: number): Decision {
  const { orderId, fulfillmentId, status } = answer;
  return move(request, 'acknowledged', (moved) => apply(
    { ...moved, fulfillmentId },
    [{ type: 'FulfillmentRequested', data: { orderId, fulfillmentId, status }, sequence: moved.version }],
    [{ name: OVERDUE_TIMER, dueInMs: checkAfterMs }],
  ));
}

/** The request was refused for good. */
export function refuse(request: FulfillmentRequest | undefined, { code, message }: { readonly code: string; readonly message: string }): Decision {
  const reason = { code: /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : FALLBACK_REASON, message: message.slice(0, 2_000) };
  return move(request, 'refused', (moved) =>
    apply(moved, [{ type: 'FulfillmentRefused', data: { orderId: moved.orderId, reason }, sequence: moved.version }]));
}

/** An outcome was told by an event. One that this extension wrote itself has been taken already. */
export function settle(request: FulfillmentRequest | undefined, event: StoredEvent, clientId: string): Decision {
  if (event.origin === 'own') return request === undefined ? stale('unknown_order') : apply(request);
  const told = event.data as { readonly clientId: string; readonly fulfillmentId: string };
  const evidence = { source: event.source, sequence: event.sequence, fulfillmentId: told.fulfillmentId };
  if (told.clientId !== clientId) return stale('other_client', evidence);
  return move(request, event.type as 'FulfillmentCompleted' | 'FulfillmentFailed', (moved) =>
    moved.fulfillmentId === told.fulfillmentId ? apply(moved, [], CLEAR) : stale('other_fulfillment', evidence), evidence);
}

/** The timer fell due: say so, and set it again for the case that the answer shows no outcome either. */
export function overdue(request: FulfillmentRequest | undefined, checkAfterMs: number): Decision {
  if (request === undefined || request.status !== 'requested') return stale(`already_${request?.status ?? 'gone'}`);
  const { orderId, fulfillmentId } = request;
  const checks = request.checks + 1;
  const dueInMs = Math.max(checkAfterMs, Math.min(checkAfterMs * 2 ** checks, MAX_CHECK_AFTER_MS));
  return apply(
    { ...request, checks, version: request.version + 1 },
    [{ type: 'FulfillmentOverdue', data: { orderId, fulfillmentId, check: checks }, sequence: request.version + 1 }],
    [{ name: OVERDUE_TIMER, dueInMs }],
  );
}

/**
 * What asking has shown. A terminal outcome becomes an event of this service, equal in its data to the one that was lost or
 * is still on its way; that one will be late. Otherwise the timer, which is set, asks again.
 */
export function applyFound(request: FulfillmentRequest | undefined, found: Fulfillment): Decision {
  const event = outcomeOf(found);
  if (request === undefined) return stale('unknown_order');
  if (event === undefined) return apply(request);
  return move(request, event.type, (moved) => apply(moved, [{ ...event, sequence: moved.version }], CLEAR));
}

/** The event that tells a terminal fulfillment; undefined for one that is under way. Throws when its lines contradict it. */
function outcomeOf({ status, fulfillmentId, clientId, orderId, reason, lines }: Fulfillment): (NewEvent & { type: 'FulfillmentCompleted' | 'FulfillmentFailed' }) | undefined {
  if (status === 'accepted' || status === 'in_progress') return undefined;
  if (lines.some((line) => line.status !== 'fulfilled' && line.status !== 'failed')) {
    throw new Error(`The fulfillment ${fulfillmentId} is ${status}, but not all of its lines are settled.`);
  }
  const about = { fulfillmentId, clientId, orderId };
  if (status === 'failed') return { type: 'FulfillmentFailed', data: { ...about, reason: reason ?? { code: 'all_lines_failed' }, lines } };
  return { type: 'FulfillmentCompleted', data: { ...about, status, lines } };
}

/** Asks the table; `then` says what the move means. */
function move(
  request: FulfillmentRequest | undefined,
  input: RequestInput,
  then: (moved: FulfillmentRequest) => Decision,
  evidence: object = {},
): Decision {
  if (request === undefined) return stale('unknown_order', evidence);
  const step = machine.step(request.status, input);
  if (step.kind === 'early') return notYet('the request for fulfillment has no answer yet');
  if (step.kind === 'late') return stale(`already_${request.status}`, evidence);
  return then({ ...request, status: step.to, version: request.version + 1 });
}
