// What the payment stand-in says as Stripe would: intents, refunds, errors and events, of the charges and refunds in its books. Pure.
import { createHmac } from 'node:crypto';
import { cents, hasFailed, idOf, statusOf } from './charges.ts';
import type { Charge, Fact, Refund } from './charges.ts';

type Json = Record<string, unknown>;

/** Keys of Stripe's callers are kept apart from those of the other API. */
export function stripeKey(key: string): string {
  return `stripe:${key}`;
}

export function intentStatus(charge: Charge, nowMs: number): string {
  if (charge.intent?.canceled !== null) return 'canceled';
  if (charge.intent.attempts === 0) return 'requires_confirmation';
  const status = statusOf(charge, nowMs);
  return status === 'succeeded' ? 'succeeded' : status === 'failed' ? 'requires_payment_method' : 'processing';
}

export function intentBody(charge: Charge, nowMs: number): Json {
  const status = intentStatus(charge, nowMs);
  const { id, amount, currency, createdAtMs, intent } = charge;
  return {
    id, object: 'payment_intent', status, amount: Number(cents(amount)), amount_received: status === 'succeeded' ? Number(cents(amount)) : 0, amount_capturable: 0, currency: currency.toLowerCase(), created: seconds(createdAtMs),
    metadata: intent?.metadata ?? {}, latest_charge: intent?.attempts === 0 ? null : chargeIdOf(charge), cancellation_reason: intent?.canceled ?? null,
    last_payment_error: (status === 'requires_payment_method' || status === 'canceled') && intent?.attempts !== 0 ? declined(charge) : null,
  };
}

/** The error of a card that was refused, with its intent. */
export function cardError(charge: Charge, nowMs: number): Json {
  return { error: { ...declined(charge), payment_intent: intentBody(charge, nowMs) } };
}

export function stripeRefundBody(refund: Refund, of: Charge, nowMs: number): Json {
  const { id, amount, currency, createdAtMs, decidedAtMs, metadata } = refund;
  const isFailed = hasFailed(refund, nowMs);
  return {
    id, object: 'refund', status: isFailed ? 'failed' : decidedAtMs <= nowMs ? 'succeeded' : 'pending', amount: Number(cents(amount)), currency: currency.toLowerCase(), created: seconds(createdAtMs), charge: chargeIdOf(of), payment_intent: of.id,
    metadata: metadata ?? {}, failure_reason: isFailed ? 'lost_or_stolen_card' : null, reason: null,
  };
}

/** What is told of an intent as it is once it was decided. */
export function intentFact(charge: Charge): Fact {
  const { key, intent, decidedAtMs } = charge;
  const status = intentStatus(charge, decidedAtMs);
  const type = status === 'succeeded' ? 'payment_intent.succeeded' : status === 'canceled' ? 'payment_intent.canceled' : 'payment_intent.payment_failed';
  return event(`charge ${key} ${intent?.attempts ?? 0} ${status}`, type, decidedAtMs, { object: intentBody(charge, decidedAtMs) });
}

/** What is told of a refund: the charge, with the sum of all that it has given back. `all`: refunds of the charge, the oldest first. */
export function chargeRefundedFact(refund: Refund, of: Charge, all: readonly Refund[]): Fact {
  const until = all.slice(0, all.findIndex(({ key }) => key === refund.key) + 1).filter((one) => one === refund || !hasFailed(one, refund.decidedAtMs));
  const sum = until.reduce((whole, { amount }) => whole + cents(amount), 0n);
  const object = {
    id: chargeIdOf(of), object: 'charge', amount: Number(cents(of.amount)), amount_refunded: Number(sum), refunded: sum === cents(of.amount), currency: of.currency.toLowerCase(), payment_intent: of.id, metadata: of.intent?.metadata ?? {},
  };
  return event(`refund ${refund.key}`, 'charge.refunded', refund.decidedAtMs, { object, previous_attributes: { amount_refunded: Number(sum - cents(refund.amount)) } });
}

/** What is told of a refund that failed after it was given. */
export function refundFailedFact(refund: Refund, of: Charge): Fact {
  const atMs = refund.failsAtMs ?? refund.decidedAtMs;
  return event(`failed ${refund.key}`, 'refund.failed', atMs, { object: stripeRefundBody(refund, of, atMs) });
}

/** The header Stripe-Signature. */
export function signStripe(secret: string, timestampSeconds: number, body: string): string {
  return `t=${timestampSeconds},v1=${createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex')}`;
}

function event(name: string, type: string, atMs: number, data: Json): Fact {
  const eventId = idOf('evt', name);
  return { eventId, dueAtMs: atMs, body: JSON.stringify({ id: eventId, object: 'event', created: seconds(atMs), livemode: false, type, data }) };
}

function declined({ failure }: Charge): Json {
  return { type: 'card_error', code: failure?.code === 'insufficient_funds' ? 'card_declined' : (failure?.code ?? 'card_declined'), decline_code: failure?.code === 'insufficient_funds' ? 'insufficient_funds' : 'generic_decline', message: failure?.message ?? 'The card was declined.' };
}

/** Of the charge that the last attempt of an intent has made. */
function chargeIdOf({ key, intent }: Charge): string {
  return idOf('ch', `${key} ${intent?.attempts ?? 0}`);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
