/**
 * The language of a learning management system with Open edX's enrolment API: what is asked, and what its answers mean. Pure.
 *
 * An enrolment is asked for under the line's key, which the LMS remembers for good: the same ask again tells how it stands.
 * A learner who is enrolled already is enrolled: success. It is taken back under the same key by the same call with `is_active`
 * false; a learner who is not enrolled any more, or never was, is success too, also when the LMS says so with a 404. Only a refusal that the LMS itself words fails a line; whatever
 * leaves open what happened, and whatever a proxy or a wrong address may say, is unknown and asked again under the same key.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { lineKey, parseLineKey } from './provider.ts';
import type { Answer, FulfillmentOfLine, LineToCarryOut, Returned } from './provider.ts';

/** Body of the enrolment call. Without `callbackUrl` the LMS tells nothing by itself. */
export function enrolmentRequest(fulfillment: FulfillmentOfLine, line: LineToCarryOut, callbackUrl: string | undefined): object {
  return { ...enrolmentForm(fulfillment, line, true), ...(callbackUrl !== undefined && { callback_url: callbackUrl }) };
}

/** Body of the call that takes the enrolment back. */
export function unenrolmentRequest(fulfillment: FulfillmentOfLine, line: LineToCarryOut): object {
  return enrolmentForm(fulfillment, line, false);
}

function enrolmentForm(fulfillment: FulfillmentOfLine, line: LineToCarryOut, isActive: boolean): object {
  const attribute = (name: string, value: string): object => ({ namespace: 'order', name, value });
  return {
    user: learnerOf(fulfillment.customer.id),
    course_details: { course_id: line.sku },
    mode: 'verified',
    is_active: isActive,
    enrollment_attributes: [
      attribute('reference', lineKey(fulfillment.fulfillmentId, line.lineId)),
      attribute('order_id', fulfillment.orderId),
      attribute('line_id', line.lineId),
      attribute('quantity', String(line.quantity)),
    ],
  };
}

const MAX_USER_CHARS = 150;

/** The customer's name in the LMS. An id that is too long for it becomes a shorter one, the same for the same customer. */
function learnerOf(customerId: string): string {
  return customerId.length <= MAX_USER_CHARS ? customerId : `customer-${hash('sha256', customerId)}`;
}

export interface LmsResponse {
  readonly status: number;
  /** The header, if there was one. */
  readonly retryAfter: string | undefined;
  /** As it came; an error page is HTML. */
  readonly body: string;
}

const enrolment = z.object({ is_active: z.boolean(), status: z.string().optional() });

/** Statuses by which the LMS refuses an enrolment; it words each refusal as `{"message": …}`. */
const REFUSALS: Readonly<Record<number, string>> = { 400: 'enrolment_refused', 404: 'course_unknown', 406: 'learner_unknown', 409: 'enrolment_conflict' };
/** Turned away at the door: our own key (for a person to mend), or too many calls. */
const TURNED_AWAY = new Set([401, 403, 429]);

export function meaningOf(response: LmsResponse, nowMs: number): Answer {
  const { status, body } = response;
  if (status === 200 || status === 201 || status === 202) return enrolmentAnswer(body);
  return refusalOf(response, REFUSALS) ?? { ...unknownOf(response, nowMs), ...(TURNED_AWAY.has(status) && { nothingDone: true }) };
}

/** Statuses by which the LMS refuses to end an enrolment. */
const KEPT: Readonly<Record<number, string>> = { 400: 'unenrolment_refused', 409: 'unenrolment_refused' };

/** What the answer to the call means that takes an enrolment back. */
export function meaningOfReturn(response: LmsResponse, nowMs: number): Returned {
  if (response.status === 200 || response.status === 202) {
    const parsed = enrolment.safeParse(jsonOrUndefined(response.body));
    return parsed.success && !parsed.data.is_active ? { kind: 'revoked' } : { kind: 'unknown', why: 'the LMS did not say that the enrolment has ended' };
  }
  // Nothing is there that could be ended.
  if (response.status === 404 && messageOf(response.body) !== undefined) return { kind: 'revoked' };
  const refusal = refusalOf(response, KEPT);
  return refusal === undefined ? unknownOf(response, nowMs) : { kind: 'refused', reason: refusal.reason };
}

function refusalOf({ status, body }: LmsResponse, codes: Readonly<Record<number, string>>): Extract<Answer, { kind: 'failed' }> | undefined {
  const code = codes[status];
  const message = code === undefined ? undefined : messageOf(body);
  return code === undefined || message === undefined ? undefined : { kind: 'failed', reason: { code, message } };
}

function unknownOf({ status, retryAfter }: LmsResponse, nowMs: number): { kind: 'unknown'; why: string; retryAfterMs?: number } {
  const retryAfterMs = retryAfterOf(retryAfter, nowMs);
  return { kind: 'unknown', why: `the LMS answered ${status}`, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** An enrolment that was ended under this key is not begun again. */
function enrolmentAnswer(body: string): Answer {
  const parsed = enrolment.safeParse(jsonOrUndefined(body));
  if (!parsed.success) return { kind: 'unknown', why: 'the LMS answered what is no enrolment' };
  if (parsed.data.is_active) return { kind: 'fulfilled' };
  return parsed.data.status === 'unenrolled' ? { kind: 'failed', reason: { code: 'unenrolled' } } : { kind: 'pending' };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MESSAGE_CHARS = 200;

/** The LMS's own sentence, made harmless: it is stored, published and shown. */
function messageOf(body: string): string | undefined {
  const parsed = z.object({ message: z.string() }).safeParse(jsonOrUndefined(body));
  if (!parsed.success) return undefined;
  const message = parsed.data.message.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MESSAGE_CHARS).toWellFormed().trim();
  return message === '' ? undefined : message;
}

const LONGEST_WAIT_MS = 300_000;

/** Seconds or an HTTP date, as milliseconds from now; at most five minutes. Anything else is no wish. */
export function retryAfterOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined || !/^\d{1,9}$|GMT$/.test(header)) return undefined;
  const waitMs = header.endsWith('GMT') ? Date.parse(header) - nowMs : Number(header) * 1_000;
  return Number.isFinite(waitMs) ? Math.min(LONGEST_WAIT_MS, Math.max(0, waitMs)) : undefined;
}

const storable = z.string().refine((text) => !text.includes('\0') && text.isWellFormed());
const callback = z.object({ data: z.object({ reference: storable, order_id: storable.min(1).max(200), is_active: z.boolean() }) });

export type CallbackMeaning =
  | { readonly kind: 'answer'; readonly orderId: string; readonly fulfillmentId: string; readonly lineId: string; readonly answer: Answer }
  /** Nothing that this service acts on. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'malformed' };

/** What a callback says whose signature was right. Types that are not known are none of our business. */
export function callbackMeaning(body: string): CallbackMeaning {
  const json = jsonOrUndefined(body);
  const type = z.object({ type: z.string() }).safeParse(json);
  if (!type.success) return { kind: 'malformed' };
  if (type.data.type !== 'enrollment.activated') return { kind: 'nothing' };
  const parsed = callback.safeParse(json);
  const key = parsed.success ? parseLineKey(parsed.data.data.reference) : undefined;
  if (!parsed.success || key === undefined) return { kind: 'malformed' };
  const { order_id: orderId, is_active: isActive } = parsed.data.data;
  return isActive ? { kind: 'answer', orderId, ...key, answer: { kind: 'fulfilled' } } : { kind: 'nothing' };
}
