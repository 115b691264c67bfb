/**
 * The life of one request for fulfillment: asked, acknowledged, settled; asked again when it was lost; taken back when its
 * completion comes after the order has ended. Pure.
 *
 * Promise: one outcome is taken, from the bus or from comparing with the fulfilling side, whichever comes first; the other is
 * recorded as late. A difference that was mended is told.
 */
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import { createMachine } from '@commerce/service-kit/state-table';
import { outcomeOf, revocationOf } from './outcome.ts';
import type { Fulfillment, Reason } from './outcome.ts';
import { REQUEST_STATES } from './request-states.ts';
import type { OutcomeType, RequestInput, RequestStatus } from './request-states.ts';

/** `unasked`, version 0: the order is known, its request has no answer yet. */
export interface FulfillmentRequest {
  readonly orderId: string;
  readonly fulfillmentId: string | null;
  readonly status: RequestStatus;
  /** One more with every move and every event. */
  readonly version: number;
  /** Version of the fulfillment up to which its outcome is known here; 0 before it is. */
  readonly toldVersion: number;
  /** Its payment is disputed, or nothing of the money is left: what is not begun waits. */
  readonly isHeld: boolean;
}

/** Why what an ended order got is taken back. */
export const UNWANTED: Reason = { code: 'order_cancelled', message: 'The order had ended before this was delivered.' };
const FALLBACK_REASON = 'fulfillment_refused';

/** The request may have been lost and sent again: then the answer that names this fulfillment is still to come. */
const OTHER = 'it tells of another fulfillment than the one that is known';

const machine = createMachine<RequestStatus, RequestInput>(REQUEST_STATES);

type Decision = Outcome<FulfillmentRequest>;
type Event = Pick<NewEvent, 'type' | 'data'>;

/** The request was acknowledged. */
export function acknowledge(request: FulfillmentRequest | undefined, answer: Fulfillment): Decision {
  return move(request, 'acknowledged', (moved) => {
    const asked = { ...moved, fulfillmentId: answer.fulfillmentId };
    return telling(asked, [requested(answer), ...(asked.isHeld ? [suspended(asked)] : [])]);
  });
}

/** The request was refused for good. */
export function refuse(request: FulfillmentRequest | undefined, refusal: { readonly code: string; readonly message: string }): Decision {
  return move(request, 'refused', (moved) => telling(moved, [refused(moved, refusal)]));
}

/** A request that a person had sent again was answered; undefined: the order is to end, and nothing was asked. */
export function acknowledgeAnew(request: FulfillmentRequest | undefined, answer: Fulfillment | undefined): Decision {
  if (answer === undefined) return stale(request?.isHeld === true ? 'payment_disputed' : 'order_ends');
  return isUnrequested(request) ? acknowledge(request, answer) : acknowledgeAgain(request, answer);
}

/** A request that a person had sent again was refused for good. */
export function refuseAnew(request: FulfillmentRequest | undefined, refusal: { readonly code: string; readonly message: string }): Decision {
  return isUnrequested(request) ? refuse(request, refusal) : refuseAgain(request, refusal);
}

/** A dispute has moved. `isHeld`: what is not begun is to wait. */
export function holdBack(request: FulfillmentRequest | undefined, isHeld: boolean): Decision {
  if (request === undefined) return stale('unknown_order');
  if (request.isHeld === isHeld) return apply(request);
  const after = { ...request, isHeld };
  if (isHeld && after.status === 'requested') return telling(after, [suspended(after)]);
  if (!isHeld && (after.status === 'requested' || after.status === 'held')) return telling(after, [resumed(after)]);
  return apply({ ...after, version: after.version + 1 });
}

/** Nothing was requested, because the payment is disputed; if it no longer is, it is requested now. */
export function withhold(request: FulfillmentRequest | undefined): Decision {
  return move(request, 'withheld', (moved) => (moved.isHeld ? apply({ ...moved, version: moved.version + 1 }) : telling(moved, [resumed(moved)])));
}

/** The order ends while nothing was requested for it: nothing will be. `found`: what the fulfilling side has of it all the same. */
export function endHeld(request: FulfillmentRequest | undefined, found: Fulfillment | undefined, refusal: { readonly code: string; readonly message: string }): Decision {
  if (request === undefined) return stale('unknown_order');
  if (request.status !== 'held') return apply(request);
  return found === undefined ? refuse(request, refusal) : acknowledge(request, found);
}

/** The fulfilling side has gone on with what was held: with a fulfillment when nothing had been requested before. */
export function settleHold(request: FulfillmentRequest | undefined, answer: Fulfillment | undefined): Decision {
  if (answer !== undefined) return acknowledgeAnew(request, answer);
  return request === undefined ? stale('unknown_order') : apply(request);
}

/** It was too late to wait; or what had waited is refused for good. */
export function refuseHold(request: FulfillmentRequest | undefined, refusal: { readonly code: string; readonly message: string }): Decision {
  return request?.status === 'held' ? refuse(request, refusal) : stale('hold_too_late', refusal);
}

/** An outcome was told by an event. One that this extension wrote itself has been taken already. */
export function settle(request: FulfillmentRequest | undefined, event: StoredEvent, clientId: string): Decision {
  if (event.origin === 'own') return request === undefined ? stale('unknown_order') : apply(request);
  const told = event.data as { readonly clientId: string; readonly fulfillmentId: string };
  const evidence = { source: event.source, sequence: event.sequence, fulfillmentId: told.fulfillmentId };
  if (told.clientId !== clientId) return stale('other_client', evidence);
  if (request !== undefined && !isOwn(request, told.fulfillmentId)) return request.status === 'requested' ? notYet(OTHER) : stale('other_fulfillment', evidence);
  return move(request, event.type as OutcomeType, (moved) => {
    const settled = { ...moved, fulfillmentId: told.fulfillmentId, toldVersion: Math.max(moved.toldVersion, event.sequence ?? 0) };
    return settled.status === 'unwanted' ? telling(settled, [unwanted(settled)]) : apply({ ...settled, version: settled.version + 1 });
  }, evidence);
}

/** What was taken back was told by an event. It changes nothing here but that it is known. */
export function recordRevocation(request: FulfillmentRequest | undefined, event: StoredEvent, clientId: string): Decision {
  if (event.origin === 'own') return request === undefined ? stale('unknown_order') : apply(request);
  const told = event.data as { readonly clientId: string; readonly fulfillmentId: string };
  const evidence = { source: event.source, sequence: event.sequence, fulfillmentId: told.fulfillmentId };
  if (request === undefined) return stale('unknown_order', evidence);
  if (told.clientId !== clientId) return stale('other_client', evidence);
  if (!isOwn(request, told.fulfillmentId)) return stale('other_fulfillment', evidence);
  if (isUnrequested(request) || request.status === 'requested') return notYet('the outcome of the fulfillment is not known yet');
  if (event.sequence !== null && event.sequence <= request.toldVersion) return stale('already_told', evidence);
  return apply({ ...request, fulfillmentId: told.fulfillmentId, toldVersion: event.sequence ?? request.toldVersion, version: request.version + 1 });
}

/** The fulfilling side agreed to take back what nobody wants. */
export function tellRevokeRequested(request: FulfillmentRequest | undefined, answer: Fulfillment, reason: Reason = UNWANTED): Decision {
  if (request === undefined) return stale('unknown_order');
  const { orderId, fulfillmentId, status } = answer;
  return telling(request, [{ type: 'FulfillmentRevokeRequested', data: { orderId, fulfillmentId, status, reason } }]);
}

/**
 * What comparing has shown. An outcome, or a revocation, that did not arrive becomes an event of this service, equal in its
 * data to the one that was lost or is still on its way; that one will be late.
 */
export function applyFound(request: FulfillmentRequest | undefined, found: Fulfillment): Decision {
  const evidence = { fulfillmentId: found.fulfillmentId, status: found.status, version: found.version };
  if (request === undefined) return stale('unknown_order', evidence);
  if (!isOwn(request, found.fulfillmentId)) return stale('other_fulfillment', evidence);
  if (isUnrequested(request)) return notYet('the request for fulfillment has no answer yet');
  if (found.version <= request.toldVersion) return apply(request);
  const outcome = outcomeOf(found);
  if (outcome === undefined) return apply(request);
  const step = machine.step(request.status, outcome.type);
  if (step.kind === 'move') {
    const settled = { ...request, status: step.to, fulfillmentId: found.fulfillmentId, toldVersion: found.version };
    return telling(settled, [outcome, ...(step.to === 'unwanted' ? [unwanted(settled)] : []), healed(settled, 'outcome_missed', found.status)]);
  }
  const known = { ...request, fulfillmentId: found.fulfillmentId, toldVersion: found.version };
  const revocation = revocationOf(found);
  // What is newer and says nothing new, such as a revocation that was refused, is known from now on.
  return revocation === undefined ? apply({ ...known, version: known.version + 1 }) : telling(known, [revocation, healed(known, 'outcome_missed', found.status)]);
}

/** The fulfilling side did not know the request; sent again, it was acknowledged, maybe as another fulfillment and done at once. */
export function acknowledgeAgain(request: FulfillmentRequest | undefined, answer: Fulfillment): Decision {
  if (request?.fulfillmentId === answer.fulfillmentId) return applyFound(request, answer);
  return move(request, 'acknowledged_again', (moved) => {
    const asked = { ...moved, fulfillmentId: answer.fulfillmentId };
    const outcome = outcomeOf(answer);
    const step = outcome === undefined ? undefined : machine.step(asked.status, outcome.type);
    const after = step?.kind === 'move' ? { ...asked, status: step.to, toldVersion: answer.version } : asked;
    const held = after.isHeld && after.status === 'requested' ? [suspended(after)] : [];
    return telling(after, [requested(answer), ...(outcome === undefined ? [] : [outcome]), healed(after, 'request_lost', 'unknown'), ...held]);
  });
}

/** The fulfilling side did not know the request; sent again, it was refused for good. */
export function refuseAgain(request: FulfillmentRequest | undefined, refusal: { readonly code: string; readonly message: string }): Decision {
  return move(request, 'refused_again', (moved) => telling(moved, [refused(moved, refusal), healed(moved, 'request_lost', 'unknown')]));
}

/** An outcome of the fulfillment that was requested; of any, when none was acknowledged. */
function isOwn(request: FulfillmentRequest, fulfillmentId: string): boolean {
  return request.fulfillmentId === null || request.fulfillmentId === fulfillmentId;
}

function isUnrequested(request: FulfillmentRequest | undefined): boolean {
  return request?.status === 'unasked' || request?.status === 'held';
}

function suspended({ orderId, fulfillmentId }: FulfillmentRequest): Event {
  return { type: 'FulfillmentSuspended', data: { orderId, fulfillmentId } };
}

function resumed({ orderId, fulfillmentId }: FulfillmentRequest): Event {
  return { type: 'FulfillmentResumed', data: { orderId, ...(fulfillmentId !== null && { fulfillmentId }) } };
}

function requested({ orderId, fulfillmentId, status }: Fulfillment): Event {
  return { type: 'FulfillmentRequested', data: { orderId, fulfillmentId, status } };
}

function refused({ orderId }: FulfillmentRequest, { code, message }: { readonly code: string; readonly message: string }): Event {
  const reason = { code: /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : FALLBACK_REASON, message: message.slice(0, 2_000) };
  return { type: 'FulfillmentRefused', data: { orderId, reason } };
}

function unwanted({ orderId, fulfillmentId }: FulfillmentRequest): Event {
  return { type: 'FulfillmentUnwanted', data: { orderId, fulfillmentId } };
}

function healed({ orderId, fulfillmentId }: FulfillmentRequest, difference: 'outcome_missed' | 'request_lost', found: string): Event {
  return { type: 'FulfillmentHealed', data: { orderId, ...(fulfillmentId === null ? {} : { fulfillmentId }), difference, found } };
}

/** Applies, with events that are numbered from the version on. */
function telling(state: FulfillmentRequest, events: readonly Event[]): Decision {
  return apply({ ...state, version: state.version + events.length }, events.map((event, index) => ({ ...event, sequence: state.version + 1 + index })));
}

/** Asks the table; `then` gets the request in its new status, with its old version, and says what the move means. */
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
  return then({ ...request, status: step.to });
}
