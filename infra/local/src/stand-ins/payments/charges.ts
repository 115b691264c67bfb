// What a charge and a refund are, what the test cards do, and what the provider says of them. Pure.
import { createHash } from 'node:crypto';
import { z } from 'zod';

const text = z.string().min(1).max(200);
/** Above nothing: a provider is not asked for nothing. */
const amount = z.string().regex(/^(?!0+\.00$)\d{1,15}\.\d{2}$/, 'must be a decimal string with two places, above 0.00');
const currency = z.string().regex(/^[A-Z]{3}$/);

const chargeForm = z.strictObject({ amount, currency, order_id: text, method: z.strictObject({ type: z.literal('card'), token: text }) });
const refundForm = z.strictObject({ amount, currency, order_id: text, charge_key: text.optional(), charge_id: text.optional() })
  .refine(({ charge_key: key, charge_id: id }) => (key === undefined) !== (id === undefined), 'name the charge, by charge_key or by charge_id');

type Failure = { readonly code: string; readonly message: string };
/** What a card does, and when. */
export type CardBehaviour = { readonly outcome: 'succeeded' | 'failed'; readonly isLater: boolean; readonly failure?: Failure };

const DECLINED: Failure = { code: 'card_declined', message: 'The card was declined.' };
const CARDS: Readonly<Record<string, CardBehaviour>> = {
  'tok_4242424242424242': { outcome: 'succeeded', isLater: false },
  'tok_4000000000000002': { outcome: 'failed', isLater: false, failure: DECLINED },
  'tok_4000000000009995': { outcome: 'failed', isLater: false, failure: { code: 'insufficient_funds', message: 'The card has insufficient funds.' } },
  'tok_4000000000000077': { outcome: 'succeeded', isLater: true },
  'tok_4000000000000341': { outcome: 'failed', isLater: true, failure: DECLINED },
};
const UNKNOWN_CARD: CardBehaviour = { outcome: 'failed', isLater: false, failure: { code: 'card_unknown', message: 'There is no such card.' } };

/** What a card does, by its token. */
export function cardOf(token: string): CardBehaviour {
  return CARDS[token] ?? UNKNOWN_CARD;
}

/** A charge as the ledger keeps it; of its card only the last four digits. Times are milliseconds since 1970. */
export type Charge = {
  readonly id: string;
  readonly key: string;
  readonly orderId: string;
  readonly amount: string;
  readonly currency: string;
  readonly card: string;
  readonly outcome: 'succeeded' | 'failed';
  readonly failure: Failure | null;
  readonly createdAtMs: number;
  readonly decidedAtMs: number;
  /** What the caller of Stripe's API wants to find there again; only for charges that were begun by it. */
  readonly intent?: Intent;
};

/** The part of a payment intent that no other charge has. */
export type Intent = {
  readonly metadata: Readonly<Record<string, string>>;
  /** How often a card was tried. */
  readonly attempts: number;
  /** Why it was called off; null while it was not. */
  readonly canceled: string | null;
};

export type Refund = {
  readonly id: string;
  readonly key: string;
  readonly chargeKey: string;
  readonly orderId: string;
  readonly amount: string;
  readonly currency: string;
  readonly createdAtMs: number;
  readonly decidedAtMs: number;
  /** When it turns out that it did not reach the customer: from then on the provider has the money again. */
  readonly failsAtMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
};

export type ChargeRequest = Pick<Charge, 'key' | 'orderId' | 'amount' | 'currency' | 'card' | 'outcome' | 'failure'> & { readonly isLater: boolean };
export type RefundRequest = Pick<Refund, 'key' | 'orderId' | 'amount' | 'currency'> & { /** Of the charge: its key, or its id. */ readonly charge: { readonly key: string } | { readonly id: string } };

/** The request in the stand-in's own words, or a message that names the field. */
export function parseCharge(key: string, body: unknown): ChargeRequest | { readonly refused: string } {
  const parsed = chargeForm.safeParse(body);
  if (!parsed.success) return refusedBy(parsed.error);
  const { method: { token }, order_id: orderId, ...money } = parsed.data;
  const { outcome, isLater, failure = null } = cardOf(token);
  return { key, orderId, ...money, card: token.slice(-4), outcome, failure, isLater };
}

export function parseRefund(key: string, body: unknown): RefundRequest | { readonly refused: string } {
  const parsed = refundForm.safeParse(body);
  if (!parsed.success) return refusedBy(parsed.error);
  const { order_id: orderId, charge_key: chargeKey, charge_id: id = '', ...money } = parsed.data;
  return { key, orderId, charge: chargeKey === undefined ? { id } : { key: chargeKey }, ...money };
}

function refusedBy({ issues: [issue] }: z.ZodError): { readonly refused: string } {
  return { refused: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}` };
}

/** Whether a repeat under the same key asks for the same charge. */
export function sameCharge(charge: Charge, request: ChargeRequest): boolean {
  return (['orderId', 'amount', 'currency', 'card', 'outcome'] as const).every((name) => charge[name] === request[name]);
}

/** `chargeKey`: of the charge that the request names. */
export function sameRefund(refund: Refund, request: RefundRequest, chargeKey: string | undefined): boolean {
  return refund.chargeKey === chargeKey && (['orderId', 'amount', 'currency'] as const).every((name) => refund[name] === request[name]);
}

/** The provider's own id of what was asked for under a key. */
export function idOf(prefix: 'ch' | 're' | 'evt' | 'pi', key: string): string {
  return `${prefix}_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
}

export function statusOf(charge: Charge, nowMs: number): 'pending' | 'succeeded' | 'failed' {
  return charge.decidedAtMs <= nowMs ? charge.outcome : 'pending';
}

export function hasFailed({ failsAtMs }: Refund, nowMs: number): boolean {
  return failsAtMs !== undefined && failsAtMs <= nowMs;
}

export function chargeBody(charge: Charge, nowMs: number): Record<string, unknown> {
  const status = statusOf(charge, nowMs);
  return {
    id: charge.id, key: charge.key, order_id: charge.orderId, status, amount: charge.amount, currency: charge.currency,
    created: new Date(charge.createdAtMs).toISOString(), ...(status === 'failed' && { failure: charge.failure }),
  };
}

export function refundBody(refund: Refund, nowMs: number): Record<string, unknown> {
  return {
    id: refund.id, key: refund.key, charge_key: refund.chargeKey, order_id: refund.orderId, status: refund.decidedAtMs <= nowMs ? 'succeeded' : 'pending',
    amount: refund.amount, currency: refund.currency, created: new Date(refund.createdAtMs).toISOString(),
  };
}

/** What is told by webhook of a charge or refund. */
export type Fact = { readonly eventId: string; readonly dueAtMs: number; readonly body: string };

export function chargeFact(charge: Charge): Fact {
  return fact(`charge ${charge.key}`, charge, { payment_id: charge.id, status: charge.outcome, ...(charge.failure !== null && { reason: charge.failure }) });
}

export function refundFact(refund: Refund): Fact {
  return fact(`refund ${refund.key}`, refund, { payment_id: idOf('ch', refund.chargeKey), refund_id: refund.key, status: 'refunded' });
}

function fact(name: string, { orderId, amount, currency: code, decidedAtMs }: Charge | Refund, told: object): Fact {
  const eventId = idOf('evt', name);
  const body = { provider_event_id: eventId, provider: 'standard', order_id: orderId, ...told, amount, currency: code, occurred_at: new Date(decidedAtMs).toISOString() };
  return { eventId, dueAtMs: decidedAtMs, body: JSON.stringify(body) };
}

/** Whole minor units of an amount. */
export function cents(text: string): bigint {
  return BigInt(text.replace('.', ''));
}

export function formatCents(minor: bigint): string {
  const digits = minor.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
