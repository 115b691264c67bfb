/**
 * The effects of payments: what is asked of which provider, and when it is not asked.
 *
 * Promise: no charge is begun for an order that asks to be cancelled; one that may have been sent already is looked for. Money goes back
 * to the provider that has taken it, and while it is disputed not at all.
 */
import { Refused, RetryLater } from '@commerce/event-log/extension';
import type { EffectJob } from '@commerce/event-log/extension';
import type { DataOf } from '@commerce/events/catalogue';
import type { PaymentInitiated } from '@commerce/events/entries/payments';
import { minorUnits } from '../../money.ts';
import type { ChargeAnswer, Looked, NotCharged } from './charge.ts';
import { chargeReference, isDisputed, isUnanswered, STANDARD, unsettled } from './payment.ts';
import type { Payment } from './payment.ts';
import type { PaymentStatus } from './payment-states.ts';
import type { KnownCharge, PaymentMethod, PaymentProvider, PaymentProviders, RefundOrder } from './provider.ts';
import type { PaymentDuplicated, PaymentOverdue, PaymentRefundFailed, PaymentRefundInitiated } from './signals.ts';

/** What must be known right before a provider is asked. */
export interface Standing {
  readonly status: PaymentStatus;
  /** The order asks to be cancelled, or is. */
  readonly orderEnds: boolean;
  /** Null when the order named none. */
  readonly method: PaymentMethod | null;
  readonly doneRefundIds: readonly string[];
  /** Of what was given, and did not reach the customer; those of duplicates too. */
  readonly failedRefundIds: readonly string[];
  /** As the payment remembers them. */
  readonly provider: string | null;
  readonly reference: string | null;
  readonly stray: string | null;
  /** A dispute is open, or was lost and has not taken all that it takes. */
  readonly isDisputed: boolean;
}

export interface Asking {
  readonly providers: PaymentProviders;
  /** Rejects for an order that does not exist. */
  readonly standingOf: (orderId: string) => Promise<Standing>;
  /** For orders that name no method. */
  readonly defaultMethod: PaymentMethod | null;
}

/** What refunds and disputes say to whoever is about to ask. */
export function toldOf(payment: Pick<Payment, 'refunds' | 'duplicates' | 'disputes'>): Pick<Standing, 'doneRefundIds' | 'failedRefundIds' | 'isDisputed'> {
  return {
    failedRefundIds: [...payment.refunds, ...payment.duplicates].filter(({ failure }) => failure !== undefined).map(({ refundId }) => refundId),
    doneRefundIds: payment.refunds.filter(({ isDone }) => isDone).map(({ refundId }) => refundId),
    isDisputed: isDisputed(payment) || payment.disputes.some((dispute) => unsettled(payment, dispute) > 0n),
  };
}

type Job<Entry> = Pick<EffectJob, 'signal' | 'maybeSent'> & { readonly event: Pick<EffectJob['event'], 'occurredAt'> & { readonly data: DataOf<Entry> } };

/** What became of a refund that was owed. `held`: it was not asked for, for the money is disputed. */
export type RefundAnswer = 'given' | 'held';

/** Asks for the money of an order, under the id of its payment. */
export async function charge({ event: { data, occurredAt }, maybeSent, signal }: Job<typeof PaymentInitiated>, { providers, standingOf, defaultMethod }: Asking): Promise<ChargeAnswer | NotCharged> {
  const { orderId, paymentId: key, currency } = data;
  const { status, orderEnds, method } = await standingOf(orderId);
  const isWanted = isUnanswered({ status }) && !orderEnds && status !== 'withdrawing';
  const how = method ?? defaultMethod;
  if (isWanted && !maybeSent && !providers.has(data.provider)) return { kind: 'failed', reason: { code: 'payment_provider_unknown' } };
  if (isWanted && how !== null) return providerOf(providers, data.provider).charge({ key, amount: minorUnits(data.amount), currency, orderId, method: how, sinceMs: Date.parse(occurredAt) }, signal);
  if (isWanted && !maybeSent) return { kind: 'failed', reason: { code: 'payment_method_required' } };
  const isAnswered = !isUnanswered({ status });
  if (!maybeSent) return { kind: isAnswered ? 'answered' : 'withheld', wasAsked: false };
  const found = await providerOf(providers, data.provider).withdraw({ key, reference: undefined }, signal);
  if (found.kind !== 'absent') return found;
  return { kind: isAnswered ? 'answered' : 'withheld', wasAsked: true };
}

/** The provider may have forgotten the key: the charge is looked for before another one is asked for. */
export async function chargeLate(job: Job<typeof PaymentInitiated>, asking: Asking): Promise<ChargeAnswer | NotCharged> {
  const { paymentId: key, provider } = job.event.data;
  const found = await providerOf(asking.providers, provider).find({ key, reference: undefined }, job.signal);
  return found.kind === 'absent' ? charge(job, asking) : found;
}

/** Asks what became of a charge; one that nobody wants any more is called off. */
export async function find({ event: { data }, signal }: Job<typeof PaymentOverdue>, { providers, standingOf }: Asking): Promise<Looked> {
  const { status, provider: holder, stray, reference } = await standingOf(data.orderId);
  const name = stray ?? holder ?? STANDARD;
  const provider = providerOf(providers, name);
  const known: KnownCharge = { key: data.paymentId, reference: stray === null ? chargeReference({ orderId: data.orderId, reference }) : undefined };
  const isUnwanted = stray !== null || status === 'withdrawing' || status === 'withdrawn';
  return { ...(await (isUnwanted ? provider.withdraw(known, signal) : provider.find(known, signal))), provider: name };
}

/** Gives money back, under the id of the refund, to the provider that holds it by now; nothing when the provider told already that it did, or while it is disputed. */
export async function refund({ event: { data }, maybeSent, signal }: Job<typeof PaymentRefundInitiated>, { providers, standingOf }: Asking): Promise<RefundAnswer> {
  const { doneRefundIds, isDisputed: mustWait, reference, provider: holder } = await standingOf(data.orderId);
  if (doneRefundIds.includes(data.refundId)) return 'given';
  if (mustWait && !maybeSent) return 'held';
  const provider = providerOf(providers, holder ?? data.provider);
  const order = refundOrder(data, chargeReference({ orderId: data.orderId, reference }));
  if (mustWait && await isAbsent(provider, order, signal)) return 'held';
  if (!mustWait) await provider.refund(order, signal);
  return 'given';
}

/** The provider may have forgotten the key: the refund is looked for before it is asked for again. */
export async function refundLate(job: Job<typeof PaymentRefundInitiated>, asking: Asking): Promise<RefundAnswer> {
  const { event: { data }, signal } = job;
  const { doneRefundIds, reference, provider: holder } = await asking.standingOf(data.orderId);
  if (doneRefundIds.includes(data.refundId)) return 'given';
  const order = refundOrder(data, chargeReference({ orderId: data.orderId, reference }));
  return (await isAbsent(providerOf(asking.providers, holder ?? data.provider), order, signal)) ? refund({ ...job, maybeSent: false }, asking) : 'given';
}

/** Gives back what was taken a second time, to the provider that took it. */
export async function refundDuplicate({ event: { data }, signal }: Job<typeof PaymentDuplicated>, { providers }: Asking): Promise<void> {
  await providerOf(providers, data.provider).refund(duplicateOrder(data), signal);
}

/** As `refundLate`. */
export async function refundDuplicateLate(job: Job<typeof PaymentDuplicated>, asking: Asking): Promise<void> {
  const { event: { data }, signal } = job;
  if (await isAbsent(providerOf(asking.providers, data.provider), duplicateOrder(data), signal)) await refundDuplicate(job, asking);
}

/** A refund that failed after it was given is for a person: he pays the customer. Throws `Refused` until the provider tells that it was given anew. */
export async function remitFailed({ event: { data } }: Job<typeof PaymentRefundFailed>, { standingOf }: Asking): Promise<void> {
  const { orderId, refundId, amount, currency, provider, reason: { code, message } } = data;
  const { failedRefundIds } = await standingOf(orderId);
  if (!failedRefundIds.includes(refundId)) return;
  throw new Refused(code, `The refund ${refundId} of ${amount} ${currency} did not reach the customer, says ${provider}${message === undefined ? '' : ` (${message})`}. Pay it by hand, then try this again, or give it up with the reason.`);
}

function duplicateOrder(data: DataOf<typeof PaymentDuplicated>): RefundOrder {
  return refundOrder(data, chargeReference(data));
}

function refundOrder({ orderId, paymentId, refundId: key, amount, currency }: Pick<DataOf<typeof PaymentRefundInitiated>, 'orderId' | 'paymentId' | 'refundId' | 'amount' | 'currency'>, reference: string | undefined): RefundOrder {
  return { key, charge: { key: paymentId, reference }, amount: minorUnits(amount), currency, orderId };
}

/** True when the provider was never asked for the refund, false when the money was given. Throws `RetryLater` while it decides. */
async function isAbsent(provider: PaymentProvider, order: RefundOrder, signal: AbortSignal): Promise<boolean> {
  const became = await provider.findRefund(order, signal);
  if (became === 'pending') throw new RetryLater('the payment provider decides on the refund later');
  return became === 'absent';
}

/** Throws `Refused`: a person has to configure it, and to try again. */
function providerOf(providers: PaymentProviders, name: string): PaymentProvider {
  const provider = providers.get(name);
  if (provider === undefined) throw new Refused('provider_not_configured', `Nothing is configured here to call the payment provider ${name}. Set its variables, and try this again.`);
  return provider;
}
