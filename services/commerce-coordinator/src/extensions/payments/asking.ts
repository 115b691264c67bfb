/**
 * The effects of payments: what is asked of the provider, and when it is not asked.
 * Promise: no charge is begun for an order that asks to be cancelled; one that may have been sent already is looked for.
 */
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
  readonly defaultMethod: PaymentMethod;
}

type Job<Entry> = Pick<EffectJob, 'signal' | 'maybeSent'> & { readonly event: { readonly data: DataOf<Entry> } };

/** Asks for the money of an order, under the id of its payment. */
export async function charge({ event: { data }, maybeSent, signal }: Job<typeof PaymentInitiated>, { provider, standingOf, defaultMethod }: Asking): Promise<ChargeAnswer | NotCharged> {
  const { orderId, paymentId: key, currency } = data;
  const { status, orderEnds, method } = await standingOf(orderId);
  if (!isUnanswered({ status })) return { kind: 'answered' };
  if (!orderEnds && status !== 'withdrawing') return provider.charge({ key, amount: minorUnits(data.amount), currency, orderId, method: method ?? defaultMethod }, signal);
  if (!maybeSent) return { kind: 'withheld', wasAsked: false };
  const found = await provider.find(key, signal);
  return found.kind === 'absent' ? { kind: 'withheld', wasAsked: true } : found;
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
