/**
 * The words of Stripe: what it is sent, and what its answers mean. Pure.
 *
 * Promise: an intent says by our own id of the payment, in its metadata, that it is ours, and by the id of the order whose it is. Refuses to
 * guess: an answer that Stripe did not word itself leaves open what happened, and so does one that says to come again. Refuses to tell on
 * words that may name the card.
 */
import { Refused, RetryLater } from '@commerce/event-log/extension';
import { z } from 'zod';
import type { ChargeAnswer } from './charge.ts';
import { safeReason } from './payment.ts';
import type { Reason } from './payment.ts';
import type { Charge, RefundOrder } from './provider.ts';
import { jsonOf, retryAfterOf, unclear } from './response.ts';
import type { ProviderResponse } from './response.ts';

const id = z.string().min(1).max(200);
const text = z.string().nullish();
const failure = z.object({ type: text, code: text, decline_code: text, message: text });
const intentView = z.object({
  id, status: z.string(), amount: z.int(), currency: z.string(), created: z.int().nullish(), metadata: z.record(z.string(), z.string()).nullish(),
  last_payment_error: failure.nullish(), cancellation_reason: text,
});
const refundView = z.object({ id, status: z.string().nullish(), failure_reason: text, metadata: z.record(z.string(), z.string()).nullish() });
const errorView = z.object({ error: failure.extend({ type: z.string(), payment_intent: z.object({ id }).nullish() }) });

export type Intent = z.infer<typeof intentView>;
export type StripeRefund = z.infer<typeof refundView>;
export type StripeError = z.infer<typeof errorView>['error'];

const REFUSED = 'payment_refused';
/** What stands for a card at Stripe. */
const CARD_TOKEN = /\b(?:pm|tok|card|src)_[A-Za-z0-9]/;
const COME_AGAIN_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;
/** Our clock and Stripe's. */
const CLOCKS_DIFFER_MS = 300_000;
/** Stripe promises a search within a minute, and within an hour while it has an outage: which a fault of its own may be. */
const SEARCH_LAG_MS = 3_600_000;
/** An error that is no refusal: the same call is in hand already. */
const IN_USE = 'idempotency_key_in_use';
/** Nothing of it is decided, and it can be called off. */
const OPEN = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action', 'requires_capture']);

/** Takes the money at once, without the customer: where he would have to act it is refused. */
export function chargeForm({ key, amount, currency, orderId, method: { token } }: Charge): URLSearchParams {
  // What begins so is a token of a card, anything else a method of payment that Stripe keeps.
  const how = token.startsWith('tok_') ? { 'payment_method_data[type]': 'card', 'payment_method_data[card][token]': token } : { payment_method: token };
  return new URLSearchParams({
    amount: String(amount), currency: currency.toLowerCase(), confirm: 'true', capture_method: 'automatic', error_on_requires_action: 'true', 'payment_method_types[]': 'card', ...how,
    'metadata[order_id]': orderId, 'metadata[payment_id]': key,
  });
}

/** Under which a charge is asked for; `number` counts from 1. Whatever the number, the intent names the key. */
export function chargeKey({ key }: Charge, number: number): string {
  return number === 1 ? key : `${key}-${number}`;
}

/** What lists the intents of the shop among which one of this charge is, if there is one: the newest first. */
export function intentsSince({ sinceMs }: Charge): Record<string, string> {
  return { 'created[gte]': String(Math.floor((sinceMs - CLOCKS_DIFFER_MS) / 1_000)), limit: '100' };
}

/** It is so old that a search finds it, and every one that is older. */
export function isSearchable({ created }: Intent, nowMs: number): boolean {
  return typeof created === 'number' && created * 1_000 <= nowMs - SEARCH_LAG_MS - CLOCKS_DIFFER_MS;
}

/** It says by our own id of the payment that it is ours. */
export function names({ metadata }: Intent, key: string): boolean {
  return metadata?.['payment_id'] === key;
}

/** `reference`: of the intent, or of the charge where there is none. */
export function refundForm({ key, amount, orderId }: RefundOrder, reference: string): URLSearchParams {
  return new URLSearchParams({ ...chargeParameter(reference), amount: String(amount), 'metadata[refund_id]': key, 'metadata[order_id]': orderId });
}

/** Under which a refund is asked for: of its amount too, for what waited for a dispute may go out with less. `number` counts from 1. */
export function refundKey({ key, amount }: RefundOrder, number: number): string {
  return `${key}-${amount}${number === 1 ? '' : `-${number}`}`;
}

export function chargeParameter(reference: string): { charge: string } | { payment_intent: string } {
  return reference.startsWith('ch_') || reference.startsWith('py_') ? { charge: reference } : { payment_intent: reference };
}

/** What finds an intent by our key. */
export function searchQuery(key: string): URLSearchParams {
  return new URLSearchParams({ query: `metadata['payment_id']:'${key.replaceAll(/['\\]/g, '\\$&')}'`, limit: '2' });
}

/** Undefined when it is no error of Stripe's own wording, or one that says nothing definite. */
export function refusalOf({ status, body }: ProviderResponse): StripeError | undefined {
  if (status < 400 || status >= 500 || status === 401 || status === 403 || status === 408 || status === 429) return undefined;
  const parsed = errorView.safeParse(jsonOf(body));
  if (!parsed.success || parsed.data.error.code === IN_USE || parsed.data.error.type === 'api_error') return undefined;
  return parsed.data.error;
}

/** Throws `RetryLater` for anything but an intent. */
export function intentOf(response: ProviderResponse, nowMs: number): Intent {
  return viewOf(intentView, response, nowMs);
}

/** The intents that a search has found, or a page of a list. Throws `RetryLater`. */
export function intentsOf(response: ProviderResponse, nowMs: number): { readonly data: readonly Intent[]; readonly has_more?: boolean | undefined } {
  return viewOf(z.object({ data: z.array(intentView), has_more: z.boolean().optional() }), response, nowMs);
}

/** Refunds of a charge. Throws `RetryLater`. */
export function refundsOf(response: ProviderResponse, nowMs: number): { readonly data: readonly StripeRefund[]; readonly has_more: boolean } {
  return viewOf(z.object({ data: z.array(refundView), has_more: z.boolean() }), response, nowMs);
}

export function refundOf(response: ProviderResponse, nowMs: number): StripeRefund {
  return viewOf(refundView, response, nowMs);
}

/** Throws an Error for an intent over other money than was asked for: nobody may guess whose it is. */
export function checkAmount({ id: reference, amount, currency }: Intent, asked: Charge): void {
  if (BigInt(amount) !== asked.amount || currency.toUpperCase() !== asked.currency) throw new Error(`The intent ${reference} of Stripe is over another amount than that of ${asked.key}.`);
}

/** What became of an intent. */
export function answerOf({ id: reference, status, last_payment_error: error, cancellation_reason: cancelled }: Intent): ChargeAnswer {
  if (status === 'succeeded') return { kind: 'succeeded', reference };
  if (status === 'canceled') return { kind: 'failed', reference, reason: error ? reasonOf(error) : safeReason(cancelled, undefined, REFUSED) };
  return { kind: 'pending', reference };
}

/** Nobody can pay with it any more: it is ours, was refused, and nobody else knows of it. */
export function isSpent(intent: Intent, key: string): boolean {
  return intent.status === 'requires_payment_method' && Boolean(intent.last_payment_error) && names(intent, key);
}

export function isOpen({ status }: Intent): boolean {
  return OPEN.has(status);
}

/** Words are told on only where they are about the card, for others may name it: never with what stands for one. `token`: of the card, where it is known. */
export function reasonOf({ type, code, decline_code: declined, message }: z.infer<typeof failure>, token?: string): Reason {
  const isSafe = type === 'card_error' && !CARD_TOKEN.test(message ?? '') && (token === undefined || message?.includes(token) !== true);
  return safeReason(declined ?? code, isSafe ? message : undefined, REFUSED);
}

/** Throws `Refused` where the same key was used for something else. */
export function refuseReusedKey(error: StripeError): void {
  if (error.type === 'idempotency_error') throw new Refused('key_reused', error.message ?? 'The key was used for another call.');
}

/** Why a refund is not given. Throws `RetryLater` for a charge that is disputed: that will be told, and ends otherwise. */
export function refuseRefund(error: StripeError): never {
  refuseReusedKey(error);
  if (error.code === 'charge_disputed') throw new RetryLater('the charge is disputed at the payment provider', { afterMs: COME_AGAIN_MS, sent: false });
  const { code, message } = safeReason(error.code, error.message, REFUSED);
  throw new Refused(code, message ?? 'Stripe refused the refund.');
}

/** What became of a refund. Throws `Refused` for one that failed. */
export function refundState({ status, failure_reason: reason }: StripeRefund): 'given' | 'pending' {
  if (status === 'failed' || status === 'canceled') throw new Refused(safeReason(reason, undefined, 'refund_failed').code, 'Stripe could not give the money back.');
  return status === 'succeeded' ? 'given' : 'pending';
}

/** Stripe had a fault of its own. The wait doubles with the number of the key, up to an hour: each key is good for one fault. */
export function brokenAt(number: number): RetryLater {
  return new RetryLater('Stripe had a fault of its own', { afterMs: Math.min(1_000 * 2 ** (number - 1), LONGEST_WAIT_MS), sent: true });
}

export function decidesLater(retryAfter: string | undefined, nowMs: number): RetryLater {
  return new RetryLater('the payment provider decides on the refund later', { afterMs: retryAfterOf(retryAfter, nowMs) ?? COME_AGAIN_MS });
}

function viewOf<View>(view: z.ZodType<View>, response: ProviderResponse, nowMs: number): View {
  const parsed = response.status < 300 ? view.safeParse(jsonOf(response.body)) : undefined;
  if (parsed?.success !== true) throw unclear(response, nowMs);
  return parsed.data;
}
