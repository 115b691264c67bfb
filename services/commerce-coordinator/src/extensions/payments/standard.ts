/**
 * The words of the provider `standard`: what it is sent, and what its answers mean. Pure.
 * Refuses to guess: an answer that the provider did not word itself leaves open what happened.
 */
import { Refused, RetryLater } from '@commerce/event-log/extension';
import { z } from 'zod';
import { formatMoney, minorUnits } from '../../money.ts';
import type { ChargeAnswer, FoundCharge } from './charge.ts';
import { safeReason } from './payment.ts';
import type { Reason } from './payment.ts';
import type { Charge, RefundOrder } from './provider.ts';
import { jsonOf, retryAfterOf, unclear } from './response.ts';
import type { ProviderResponse } from './response.ts';

const PENDING_REFUND_MS = 1_000;
/** Statuses of a refusal, when the provider words it. An unknown path is none: that would be our own configuration. */
const REFUSALS = { charge: new Set([400, 402, 409, 422]), find: new Set([404]), refund: new Set([400, 404, 409, 422]) };

const chargeView = z.object({
  id: z.string().min(1).max(200), status: z.enum(['pending', 'succeeded', 'failed']), amount: z.string().regex(/^\d{1,15}\.\d{2}$/), currency: z.string(),
  failure: z.object({ code: z.string(), message: z.string().optional() }).optional(),
});
const refundView = z.object({ status: z.enum(['pending', 'succeeded']) });
const refusal = z.object({ error: z.object({ code: z.string(), message: z.string().optional() }) });

export function chargeBody({ amount, currency, orderId, method }: Charge): object {
  return { amount: formatMoney(amount), currency, order_id: orderId, method };
}

/** The charge by the provider's own id, where it is known: of an order there may be more than one. */
export function refundBody({ amount, currency, orderId, charge: { key, reference } }: RefundOrder): object {
  return { amount: formatMoney(amount), currency, order_id: orderId, ...(reference === undefined ? { charge_key: key } : { charge_id: reference }) };
}

/** Throws `RetryLater` and `Refused`, as the port says. */
export function chargeMeaning(response: ProviderResponse, asked: Charge, nowMs: number): ChargeAnswer {
  const refused = refusalOf(response, 'charge');
  // The key was used for another charge: nobody may guess which of the two was meant.
  if (response.status === 409 && refused !== undefined) throw new Refused(refused.code, refused.message ?? 'The key was used for another charge.');
  if (refused !== undefined) return { kind: 'failed', reason: refused };
  const charge = chargeOf(response, nowMs);
  if (minorUnits(charge.amount) !== asked.amount || charge.currency !== asked.currency) throw new Error(`The payment provider answered for another amount than that of ${asked.key}.`);
  return answerOf(charge);
}

/** Throws `RetryLater`. */
export function findMeaning(response: ProviderResponse, nowMs: number): FoundCharge {
  if (refusalOf(response, 'find')?.code === 'charge_unknown') return { kind: 'absent' };
  return answerOf(chargeOf(response, nowMs));
}

/** Returns when the money was given back. Throws `RetryLater` and `Refused`. */
export function refundMeaning(response: ProviderResponse, nowMs: number): void {
  const refused = refusalOf(response, 'refund');
  if (refused !== undefined && refused.code !== 'not_found') throw new Refused(refused.code, refused.message ?? 'The payment provider refused the refund.');
  const parsed = response.status < 300 ? refundView.safeParse(jsonOf(response.body)) : undefined;
  if (parsed?.success !== true) throw unclear(response, nowMs);
  if (parsed.data.status === 'pending') throw new RetryLater('the payment provider decides on the refund later', { afterMs: retryAfterOf(response.retryAfter, nowMs) ?? PENDING_REFUND_MS });
}

/** Throws `RetryLater`. */
export function foundRefundMeaning(response: ProviderResponse, nowMs: number): 'given' | 'pending' | 'absent' {
  if (refusalOf(response, 'find')?.code === 'refund_unknown') return 'absent';
  const parsed = response.status < 300 ? refundView.safeParse(jsonOf(response.body)) : undefined;
  if (parsed?.success !== true) throw unclear(response, nowMs);
  return parsed.data.status === 'succeeded' ? 'given' : 'pending';
}

function chargeOf(response: ProviderResponse, nowMs: number): z.infer<typeof chargeView> {
  const parsed = response.status < 300 ? chargeView.safeParse(jsonOf(response.body)) : undefined;
  if (parsed?.success !== true) throw unclear(response, nowMs);
  return parsed.data;
}

function answerOf({ id, status, failure }: z.infer<typeof chargeView>): ChargeAnswer {
  if (status === 'failed') return { kind: 'failed', reference: id, reason: safeReason(failure?.code, failure?.message, 'payment_refused') };
  return { kind: status, reference: id };
}

/** What the provider refused in its own words. */
function refusalOf({ status, body }: ProviderResponse, call: keyof typeof REFUSALS): Reason | undefined {
  const parsed = REFUSALS[call].has(status) ? refusal.safeParse(jsonOf(body)) : undefined;
  return parsed?.success === true ? safeReason(parsed.data.error.code, parsed.data.error.message, 'payment_refused') : undefined;
}
