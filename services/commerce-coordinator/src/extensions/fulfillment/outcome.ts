/**
 * What a fulfillment, as the fulfilling side shows it, says about its outcome, in the words of the event that tells it. Pure.
 */
import type { DataOf } from '@commerce/events/catalogue';
import type * as entries from '@commerce/events/entries';
import type { OutcomeType } from './request-states.ts';

export interface Reason {
  readonly code: string;
  readonly message?: string | undefined;
}

interface Line {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly provider: string;
  readonly status: string;
  readonly reason?: Reason | undefined;
  readonly reference?: string | undefined;
  readonly tracking?: { readonly carrier: string; readonly trackingNumber: string } | undefined;
}

/** A fulfillment as the fulfilling side shows it. A status that is not known here says nothing. */
export interface Fulfillment {
  readonly fulfillmentId: string;
  readonly clientId: string;
  readonly orderId: string;
  readonly status: string;
  /** One more with every change of it. */
  readonly version: number;
  readonly reason?: Reason | undefined;
  readonly lines: readonly Line[];
}

interface Told<Type extends string> {
  readonly type: Type;
  readonly data: object;
}

/** Statuses that are an outcome. */
const SETTLED = new Set(['completed', 'partial', 'failed', 'cancelled', 'revoked']);
/** Statuses of a line of which the outcome is known. */
const ENDED = new Set(['fulfilled', 'failed', 'cancelled', 'revoked']);

/** It has an outcome. */
export function isSettled({ status }: Fulfillment): boolean {
  return SETTLED.has(status);
}

/**
 * The event that tells the outcome; undefined for a fulfillment that is under way, or of which something is just being taken
 * back. What was delivered and taken back before anybody heard of it is not delivered: lines of it have failed, and when there
 * is nothing else the fulfillment was cancelled. Throws when status and lines contradict each other.
 */
export function outcomeOf(found: Fulfillment): Told<OutcomeType> | undefined {
  const { status, fulfillmentId, clientId, orderId, reason, lines } = found;
  if (!isSettled(found) || lines.some((line) => line.status === 'revoking')) return undefined;
  if (lines.some((line) => !ENDED.has(line.status))) {
    throw new Error(`The fulfillment ${fulfillmentId} is ${status}, but not all of its lines are settled.`);
  }
  const about = { fulfillmentId, clientId, orderId };
  if (status === 'cancelled' || status === 'revoked') {
    return { type: 'FulfillmentCancelled', data: { ...about, reason: reasonOf(reason, status), lines: lines.map(shown) } };
  }
  if (status === 'failed') return { type: 'FulfillmentFailed', data: { ...about, reason: reasonOf(reason, 'all_lines_failed'), lines: lines.map(notDelivered) } };
  const isWhole = lines.every((line) => line.status === 'fulfilled');
  return { type: 'FulfillmentCompleted', data: { ...about, status: isWhole ? status : 'partial', lines: lines.map(notDelivered) } };
}

/** The event that tells what was taken back of a fulfillment whose outcome is known already; undefined when nothing was. */
export function revocationOf({ fulfillmentId, clientId, orderId, reason, lines }: Fulfillment): Told<'FulfillmentRevoked'> | undefined {
  const taken = lines.find((line) => line.status === 'revoked');
  if (taken === undefined || lines.some((line) => line.status === 'revoking')) return undefined;
  return { type: 'FulfillmentRevoked', data: { fulfillmentId, clientId, orderId, reason: reason ?? reasonOf(taken.reason, 'revoked'), lines: lines.map(shown) } };
}

type LineEnd = DataOf<typeof entries.FulfillmentCancelled>['lines'][number];

/** The line as it is; members that this service does not know are left behind. */
function shown({ lineId, sku, quantity, provider, status, reason, reference, tracking }: Line): LineEnd {
  const line = { lineId, sku, quantity, provider, status: status as LineEnd['status'] };
  return { ...line, ...(reason && { reason: reasonOf(reason, 'unknown') }), ...(reference !== undefined && { reference }), ...(tracking && { tracking: { ...tracking } }) };
}

/** In an outcome a line is delivered or not. */
function notDelivered(line: Line): LineEnd {
  if (line.status === 'fulfilled' || line.status === 'failed') return shown(line);
  return { ...shown(line), status: 'failed', reason: reasonOf(line.reason, line.status) };
}

function reasonOf(reason: Reason | undefined, otherwise: string): { code: string; message?: string } {
  if (reason === undefined) return { code: otherwise };
  return { code: reason.code, ...(reason.message === undefined ? {} : { message: reason.message }) };
}
