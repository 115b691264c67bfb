/**
 * The provider `stripe`: its signature, and what its events mean here. Pure.
 * Promise: an event of a type that is not known is told as such and not refused, and so is one about no order of ours: a payment that does
 * not name its order, as of a subscription, and money in a currency without exactly two decimals where no order is named; fields that are not read may come and go, as Stripe
 * adds them. A dispute, which Stripe gives no metadata of its charge, names the charge where it does not name its order. Refuses: for an
 * order money in such a currency, and a dispute that names neither order nor charge.
 */
import { z } from 'zod';
import { formatMoney, isCurrencySupported } from '../../money.ts';
import type { WebhookProvider } from '../provider.ts';
import { foreignId } from '../../updates/update.ts';
import { eventIdIn, firstIssue } from '../webhook.ts';
import type { DisputeWebhook, PaymentWebhook, Read } from '../webhook.ts';
import { isSignedByStripe } from './stripe-signature.ts';

const NAME = 'stripe';
const minor = z.int().min(0).max(99_999_999_999_999);
/** An id, or the object of that id where Stripe was asked to send it along. */
const reference = z.union([foreignId, z.looseObject({ id: foreignId }).transform((object) => object.id)]).nullish();
const common = {
  id: foreignId,
  currency: z.string().transform((code) => code.toUpperCase()).refine(isCurrencySupported, 'must be a currency with two decimals'),
  metadata: z.looseObject({ order_id: foreignId }),
};

const event = z.looseObject({ id: foreignId, type: z.string().min(1).max(200), created: z.int().min(0).max(99_999_999_999), data: z.looseObject({ object: z.unknown(), previous_attributes: z.looseObject({}).nullish() }) });
const failure = z.looseObject({ type: z.string().nullish(), code: z.string().max(200).nullish(), decline_code: z.string().max(200).nullish(), message: z.string().nullish() }).nullish();
const intent = z.looseObject({ ...common, amount: minor, amount_received: minor.nullish(), amount_capturable: minor.nullish(), last_payment_error: failure, cancellation_reason: z.string().max(200).nullish() });
/** `refunded_before`: what `previous_attributes` says of `amount_refunded`. */
const charge = z.looseObject({ ...common, amount: minor, amount_refunded: minor, refunded_before: minor, refunded: z.boolean(), payment_intent: reference });
const refund = z.looseObject({
  ...common, metadata: z.looseObject({ order_id: foreignId, refund_id: foreignId.optional() }), amount: minor, status: z.string().max(100).nullish(), failure_reason: z.string().max(200).nullish(), payment_intent: reference, charge: reference,
});
const dispute = z.looseObject({
  ...common, metadata: z.looseObject({ order_id: foreignId.optional() }).nullish(), amount: minor, status: z.string().max(100), reason: z.string().max(200).nullish(), charge: reference, payment_intent: reference,
}).refine(({ metadata, charge: of, payment_intent: intent }) => (metadata?.order_id ?? intent ?? of) !== undefined && (metadata?.order_id ?? intent ?? of) !== null, { path: ['payment_intent'], message: 'must name the intent or the charge, or the order in metadata.order_id' });

const unnamed = z.looseObject({ currency: z.string(), metadata: z.looseObject({ order_id: z.null().optional() }).nullish() });

type Event = z.infer<typeof event>;
/** What a type of event says of its object, beside what all webhooks have. */
type PaymentPart = Pick<PaymentWebhook, 'status' | 'order_id' | 'payment_id' | 'refund_id' | 'reason'> & { readonly minor: number };
type DisputePart = Pick<DisputeWebhook, 'status' | 'dispute_id' | 'order_id' | 'payment_id' | 'reason'> & { readonly minor: number };
interface Meaning<Part> {
  readonly form: z.ZodType<z.infer<typeof intent> | z.infer<typeof charge> | z.infer<typeof refund> | z.infer<typeof dispute>>;
  /** Of a type that says this only of an object which stands so, or has come to stand so (`before`: its members that changed); left out where it always does. */
  readonly isSaid?: (object: any, before: Readonly<Record<string, unknown>>) => boolean;
  readonly part: (object: any) => Part;
}

const ofIntent = (status: PaymentWebhook['status'], amountOf: (object: z.infer<typeof intent>) => number): Meaning<PaymentPart> => ({
  form: intent,
  part: (object: z.infer<typeof intent>) => ({ status, order_id: object.metadata.order_id, payment_id: object.id, minor: amountOf(object), reason: status === 'failed' || status === 'attempt_failed' ? reasonOf(object) : undefined }),
});

/** All three have the refund as it stands. Whether it was given is told of its charge. */
const ofRefund: Meaning<PaymentPart> = {
  form: refund,
  isSaid: ({ status }: z.infer<typeof refund>) => status === 'failed' || status === 'canceled',
  part: ({ metadata, payment_intent: of, charge: by, failure_reason: code, amount }: z.infer<typeof refund>) => ({
    status: 'refund_failed', order_id: metadata.order_id, ...((of ?? by) && { payment_id: of ?? by ?? '' }), ...(metadata.refund_id !== undefined && { refund_id: metadata.refund_id }), minor: amount, reason: { code: code ?? 'refund_failed' },
  }),
};

/** Told of every change of the refund, a note of a person among them: it failed when that is what changed. */
const ofChangedRefund: Meaning<PaymentPart> = { ...ofRefund, isSaid: (object, before) => before['status'] !== undefined && ofRefund.isSaid?.(object, before) === true };

const PAYMENT_EVENTS: Readonly<Record<string, Meaning<PaymentPart>>> = {
  'payment_intent.amount_capturable_updated': ofIntent('authorised', ({ amount }) => amount),
  'payment_intent.succeeded': ofIntent('captured', ({ amount, amount_received }) => amount_received ?? amount),
  // Another card may be tried with the same intent, until it is canceled.
  'payment_intent.payment_failed': ofIntent('attempt_failed', ({ amount }) => amount),
  'payment_intent.canceled': ofIntent('failed', ({ amount }) => amount),
  'charge.refunded': {
    form: charge,
    part: (object: z.infer<typeof charge>) => ({ status: object.refunded ? 'refunded' : 'partially_refunded', order_id: object.metadata.order_id, payment_id: object.payment_intent ?? object.id, minor: object.amount_refunded - object.refunded_before }),
  },
  'refund.failed': ofRefund,
  'refund.updated': ofChangedRefund,
  'charge.refund.updated': ofChangedRefund,
};

const ofDispute = (statusOf: (status: string) => DisputeWebhook['status']): Meaning<DisputePart> => ({
  form: dispute,
  part: (object: z.infer<typeof dispute>) => ({
    status: statusOf(object.status), dispute_id: object.id, minor: object.amount, ...(object.metadata?.order_id !== undefined && { order_id: object.metadata.order_id }),
    ...((object.payment_intent ?? object.charge) && { payment_id: object.payment_intent ?? object.charge ?? '' }), ...(object.reason && { reason: { code: object.reason } }),
  }),
});
const open = (status: string): DisputeWebhook['status'] => (status.endsWith('under_review') ? 'under_review' : 'opened');

const DISPUTE_EVENTS: Readonly<Record<string, Meaning<DisputePart>>> = {
  'charge.dispute.created': ofDispute(open),
  'charge.dispute.updated': ofDispute(open),
  // An inquiry that was closed without becoming a dispute took no money.
  'charge.dispute.closed': ofDispute((status) => (status === 'lost' ? 'lost' : 'won')),
};

/** `secrets`: of the endpoint at Stripe, the newest first. */
export function createStripeProvider(secrets: readonly string[]): WebhookProvider {
  return {
    name: NAME,
    headers: [{ name: 'stripe-signature', required: true, schema: { type: 'string' }, description: 't, the Unix seconds, and v1, the hexadecimal HMAC-SHA256 over {t}.{raw body}; several v1 are separated by a comma.' }],
    isSigned: (headers, body, nowMs) => isSignedByStripe([headers['stripe-signature']].flat()[0], body, secrets, nowMs),
    readOrderWebhook: (body) => read(body, PAYMENT_EVENTS, { others: DISPUTE_EVENTS, path: '/webhooks/payments/disputes' }),
    readDisputeWebhook: (body) => read(body, DISPUTE_EVENTS, { others: PAYMENT_EVENTS, path: '/webhooks/payments/orders' }),
  };
}

function read<Part extends { readonly minor: number }>(
  body: unknown, meanings: Readonly<Record<string, Meaning<Part>>>, { others, path }: { others: object; path: string },
): Read<Omit<Part, 'minor'> & Pick<PaymentWebhook, 'provider' | 'provider_event_id' | 'amount' | 'currency' | 'occurred_at'>> {
  const parsed = event.safeParse(body);
  if (!parsed.success) return malformed(parsed.error, body);
  const { type, data } = parsed.data;
  // Sent to the other path by a mistake of the configuration: it must not be lost, so Stripe goes on trying.
  if (Object.hasOwn(others, type)) return { kind: 'malformed', detail: `type: ${type} belongs to ${path}`, providerEventId: parsed.data.id };
  const meaning = Object.hasOwn(meanings, type) ? meanings[type] : undefined;
  if (meaning === undefined || isOfNobody(data.object, meaning)) return { kind: 'unknown', providerEventId: parsed.data.id, type };
  const object = meaning.form.safeParse(withBefore(data));
  if (!object.success) return malformed(object.error, body, 'data.object.');
  if (meaning.isSaid?.(object.data, data.previous_attributes ?? {}) === false) return { kind: 'unknown', providerEventId: parsed.data.id, type };
  const { minor: amount, ...part } = meaning.part(object.data);
  return { kind: 'webhook', webhook: { ...frame(parsed.data, object.data, amount), ...part } };
}

/** About something else that is sold by the same account: it has no order here, or cannot have one. */
function isOfNobody(object: unknown, { form }: Meaning<any>): boolean {
  const { data } = unnamed.safeParse(object);
  return data !== undefined && (form !== dispute || !isCurrencySupported(data.currency.toUpperCase()));
}

/** Stripe tells of a refund by the sum of all; what this one gave back follows from the sum before it. */
function withBefore({ object, previous_attributes: before }: Event['data']): unknown {
  return before?.['amount_refunded'] === undefined || typeof object !== 'object' ? object : { ...object, refunded_before: before['amount_refunded'] };
}

function frame({ id: provider_event_id, created }: Event, { currency }: { currency: string }, amount: number) {
  return { provider: NAME, provider_event_id, amount: formatMoney(BigInt(amount)), currency, occurred_at: new Date(created * 1_000).toISOString() };
}

function reasonOf({ last_payment_error: error, cancellation_reason: cancelled }: z.infer<typeof intent>): PaymentWebhook['reason'] {
  const code = error?.decline_code ?? error?.code ?? cancelled;
  if (!code) return undefined;
  // Other words than those about the card may name it.
  return { code, ...(error?.type === 'card_error' && error.message && { message: error.message.slice(0, 2_000) }) };
}

function malformed(error: z.ZodError, body: unknown, prefix = ''): { kind: 'malformed'; detail: string; providerEventId: string | undefined } {
  return { kind: 'malformed', detail: `${prefix}${firstIssue(error.issues)}`, providerEventId: eventIdIn(body, 'id') };
}
