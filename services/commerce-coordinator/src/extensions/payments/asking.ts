/**
 * The effects of payments: what is asked of the provider, and when it is not asked.
 * Promise: no charge is begun for an order that asks to be cancelled; one that may have been sent already is looked for.
 */
import { Refused } from '@commerce/event-log/extension';
import type { EffectJob } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type { PaymentInitiated } from '@commerce/events/entries/payments';
import { minorUnits } from '../../money.ts';
import type { ChargeAnswer, FoundCharge, NotCharged } from './charge.ts';
import { isUnanswered } from './payment.ts';
import type { PaymentStatus } from './payment-states.ts';
import type { PaymentMethod, PaymentProvider } from './provider.ts';
import type { PaymentOverdue, PaymentRefundInitiated } from './signals.ts';

/** What must be known right before the provider is asked. */
export interface Standing {
  readonly status: PaymentStatus;
  /** The order asks to be cancelled, or is. */
  readonly orderEnds: boolean;
  /** Null when the order named none. */
  readonly method: PaymentMethod | null;
  readonly doneRefundIds: readonly string[];
}

export interface Asking {
  readonly provider: PaymentProvider;
  /** Rejects for an order that does not exist. */
  readonly standingOf: (orderId: string) => Promise<Standing>;
  /** For orders that name no method. */
  readonly defaultMethod: PaymentMethod | null;
}

type Job<Entry> = Pick<EffectJob, 'signal' | 'maybeSent'> & { readonly event: { readonly data: DataOf<Entry> } };

/** Asks for the money of an order, under the id of its payment. */
export async function charge({ event: { data }, maybeSent, signal }: Job<typeof PaymentInitiated>, { provider, standingOf, defaultMethod }: Asking): Promise<ChargeAnswer | NotCharged> {
  const { orderId, paymentId: key, currency } = data;
  const { status, orderEnds, method } = await standingOf(orderId);
  if (!isUnanswered({ status })) return { kind: 'answered' };
  const how = method ?? defaultMethod;
  if (!orderEnds && status !== 'withdrawing' && how !== null) return provider.charge({ key, amount: minorUnits(data.amount), currency, orderId, method: how }, signal);
  if (!orderEnds && status !== 'withdrawing' && !maybeSent) return { kind: 'failed', reason: { code: 'payment_method_required' } };
  if (!maybeSent) return { kind: 'withheld', wasAsked: false };
  const found = await provider.find(key, signal);
  return found.kind === 'absent' ? { kind: 'withheld', wasAsked: true } : found;
}

/** The provider may have forgotten the key: the charge is looked for before another one is asked for. */
export async function chargeLate(job: Job<typeof PaymentInitiated>, asking: Asking): Promise<ChargeAnswer | NotCharged> {
  const found = await asking.provider.find(job.event.data.paymentId, job.signal);
  return found.kind === 'absent' ? charge(job, asking) : found;
}

/** Asks what became of a charge. */
export function find({ event: { data }, signal }: Job<typeof PaymentOverdue>, { provider }: Asking): Promise<FoundCharge> {
  return provider.find(data.paymentId, signal);
}

/** Gives money back, under the id of the refund; nothing when the provider told already that it did. */
export async function refund({ event: { data }, signal }: Job<typeof PaymentRefundInitiated>, { provider, standingOf }: Asking): Promise<void> {
  const { orderId, paymentId: chargeKey, refundId: key, amount, currency } = data;
  const { doneRefundIds } = await standingOf(orderId);
  if (!doneRefundIds.includes(key)) await provider.refund({ key, chargeKey, amount: minorUnits(amount), currency, orderId }, signal);
}

/** The provider may have forgotten the key, and refunds cannot be looked for: only what the provider has told counts. Throws `Refused`. */
export async function refundLate({ event: { data } }: Job<typeof PaymentRefundInitiated>, { standingOf }: Asking): Promise<void> {
  const { doneRefundIds } = await standingOf(data.orderId);
  if (!doneRefundIds.includes(data.refundId)) throw new Refused('key_expired', 'The provider may have forgotten the key of this refund. If its books do not have it, give the money back there by hand; its webhook ends this.');
}
