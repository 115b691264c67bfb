/**
 * The payment of one order: what is kept of it, and how it moves. Pure.
 *
 * Promise of charge.ts and refunds.ts, which decide with what stands here: money is asked for once, under one key; what the
 * provider says counts once, whether it answers, is asked or tells by itself; a payment that was begun ends in exactly one of
 * PaymentProcessed and PaymentFailed (and in both only when money was taken after all for a cancelled order, which is given
 * back by itself); what was taken minus what was given back is the value of the lines that stand.
 */
import type { NewEvent } from '@commerce/event-log/event';
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { Outcome, TimerChange } from '@commerce/event-log/extension';
import { createMachine } from '@commerce/service-kit/state-table';
import { formatMoney } from '../../money.ts';
import { PAYMENT_STATES } from './payment-states.ts';
import type { DisputeInput } from './dispute-states.ts';
import type { PaymentInput, PaymentStatus } from './payment-states.ts';
import type { Mark, Told } from './told.ts';
import type { Verdict } from './verdict.ts';

/** `code` is a short constant, `message` safe to store and show. */
export interface Reason {
  readonly code: string;
  readonly message?: string | undefined;
}

/** Money that is owed back, or was given back. Minor units. */
export interface Refund {
  /** Also its key at the provider. */
  readonly refundId: string;
  readonly amount: bigint;
  readonly lineIds: readonly string[];
  readonly reason: Reason;
  readonly isDone: boolean;
  /** The provider has told of it by itself. */
  readonly isTold: boolean;
  /** It waits for the end of a dispute: the provider is not asked for it. */
  readonly isHeld: boolean;
  /** When it was given, as the provider told last by itself; left out until it has. */
  readonly given?: Mark;
  /** It was given, and did not reach the customer; left out while it is not known to have failed. */
  readonly failure?: RefundFailure;
}

/** That money which was given back did not reach the customer: the provider has it again. */
export interface RefundFailure {
  readonly reason: Reason;
  /** When it became so at the provider; Unix milliseconds. */
  readonly atMs: number;
}

/** Money that was taken for the order once more, by another charge; all of it is given back. Minor units. */
export interface Duplicate {
  /** Of giving it back: also its key at the provider. */
  readonly refundId: string;
  /** Which provider has taken it. */
  readonly provider: string;
  /** That provider's own id of the charge. */
  readonly reference: string;
  readonly amount: bigint;
  /** That of the order when left out. */
  readonly currency?: string;
  readonly isDone: boolean;
  /** As that of a refund. */
  readonly given?: Mark;
  /** As that of a refund. */
  readonly failure?: RefundFailure;
}

/** A dispute about the money. `amount`: what is disputed, in minor units. */
export interface Dispute {
  readonly disputeId: string;
  readonly status: DisputeInput;
  readonly amount: bigint;
  readonly mark: Mark;
}

/** An update whose time had not come when it came; `verdict`: what was said of it when it had, null until then. */
export interface KeptUpdate {
  readonly told: Told;
  readonly verdict: Verdict | null;
}

/** Amounts in minor units. The members up to `orderEnds` are the order's and never written by payments. */
export interface Payment {
  readonly orderId: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly freight: bigint;
  readonly lines: readonly { readonly lineId: string; readonly total: bigint }[];
  /** The order asks to be cancelled, or is. */
  readonly orderEnds: boolean;
  readonly status: PaymentStatus;
  /** One more with every event. */
  readonly version: number;
  /** Which provider was asked for the money, or holds it; before that the one that the order names, null when it names none. */
  readonly provider: string | null;
  /** The provider's own id of the charge, once it named one. */
  readonly reference: string | null;
  /** A provider that was asked and has not answered, while another charge has taken the money: what it may still take is looked for. */
  readonly stray: string | null;
  /** How often the provider was asked because it had not answered. */
  readonly checks: number;
  readonly refunds: readonly Refund[];
  readonly duplicates: readonly Duplicate[];
  /** Lines for which no money is due: not delivered, taken back, or refunded. */
  readonly goneLines: readonly string[];
  /** Why nothing was taken. */
  readonly reason: Reason | null;
  /** Of the last update of the charge that had its effect; null when nothing was told of it. */
  readonly lastTold: Mark | null;
  readonly disputes: readonly Dispute[];
  readonly kept: readonly KeptUpdate[];
}

export type Decision = Outcome<Payment>;

/** The provider that is asked where nothing else is said. */
export const STANDARD = 'standard';
/** Falls due while the provider has not said what became of a charge. */
export const UNANSWERED_TIMER = 'unanswered';
export const CANCELLED: Reason = { code: 'order_cancelled' };

/** Key of the charge at the provider: of the order alone. */
export function paymentIdOf(orderId: string): string {
  return `pay_${orderId}`;
}

/** What was taken and neither given back nor promised back. */
export function remaining({ amount, refunds }: Payment): bigint {
  return refunds.reduce((rest, refund) => rest - refund.amount, amount);
}

/** What the provider has, and was not asked to give back: a refund that waits for a dispute is still there. */
export function left({ amount, refunds }: Payment): bigint {
  return refunds.reduce((rest, refund) => (refund.isHeld ? rest : rest - refund.amount), amount);
}

/** A dispute about it is not decided. */
export function isDisputed({ disputes }: Pick<Payment, 'disputes'>): boolean {
  return disputes.some(isOpen);
}

export function isOpen({ status }: Pick<Dispute, 'status'>): boolean {
  return status === 'opened' || status === 'under_review';
}

/** What a dispute that was lost has not taken yet, for it was promised to the customer. */
export function unsettled({ refunds }: Pick<Payment, 'refunds'>, { disputeId, status, amount }: Pick<Dispute, 'disputeId' | 'status' | 'amount'>): bigint {
  if (status !== 'lost') return 0n;
  return lossesOf({ refunds }, disputeId).reduce((rest, loss) => rest - loss.amount, amount);
}

/** The id under which the next loss to a dispute stands among the refunds: what it takes at once, and each part that it could only take later. */
export function nextLossId(payment: Pick<Payment, 'refunds'>, disputeId: string): string {
  const { length } = lossesOf(payment, disputeId);
  return `${lossIdOf(disputeId)}${length === 0 ? '' : length === 1 ? '-rest' : `-rest${length}`}`;
}

function lossesOf({ refunds }: Pick<Payment, 'refunds'>, disputeId: string): readonly Refund[] {
  const id = lossIdOf(disputeId);
  return refunds.filter(({ refundId }) => refundId.startsWith(id) && /^(?:-rest\d*)?$/.test(refundId.slice(id.length)));
}

/** Leaves room for the number, within the 200 characters of an id. */
function lossIdOf(disputeId: string): string {
  return `dispute-${disputeId}`.slice(0, 190);
}

/** The provider's id of the charge that holds the money; undefined where it has told none: then the charge is known by our key alone. */
export function chargeReference({ orderId, reference }: Pick<Payment, 'orderId' | 'reference'>): string | undefined {
  return reference === null || reference === paymentIdOf(orderId) ? undefined : reference;
}

/** Whether what a provider tells is about the charge that was asked for, or that holds the money. Unknown is no contradiction. */
export function isItsCharge(payment: Pick<Payment, 'orderId' | 'provider' | 'reference'>, told: { readonly provider: string; readonly reference: string | undefined }): boolean {
  if (payment.provider !== null && payment.provider !== told.provider) return false;
  const known = chargeReference(payment);
  return told.reference === undefined || known === undefined || known === told.reference;
}

/** The provider has not said what became of the charge. */
export function isUnanswered({ status }: Pick<Payment, 'status'>): boolean {
  return status === 'initiated' || status === 'withdrawing';
}

/** Money was taken, whatever became of it. */
export function wasTaken({ status }: Pick<Payment, 'status'>): boolean {
  return status === 'processed' || status === 'partly_refunded' || status === 'refunded';
}

/** A reason as events take it, from words that may have any form. */
export function safeReason(code: unknown, message: unknown, fallback: string): Reason {
  const text = typeof message === 'string' ? message.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200).toWellFormed().trim() : '';
  const safe = typeof code === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : fallback;
  return text === '' ? { code: safe } : { code: safe, message: text };
}

/** A payment with what was decided about it so far. */
export interface Draft {
  readonly payment: Payment;
  readonly events: readonly NewEvent[];
  readonly timers: readonly TimerChange[];
}

export function draftOf(payment: Payment): Draft {
  return { payment, events: [], timers: [] };
}

export function decided({ payment, events, timers }: Draft): Decision {
  return apply(payment, events, timers);
}

export function change(draft: Draft, members: Partial<Payment>): Draft {
  return { ...draft, payment: { ...draft.payment, ...members } };
}

/** Adds an event with what every event of a payment says; `data` goes over it. */
export function tell(draft: Draft, type: string, data: object): Draft {
  const { orderId, amount, currency, version, provider } = draft.payment;
  const common = { orderId, paymentId: paymentIdOf(orderId), amount: formatMoney(amount), currency, provider: provider ?? STANDARD };
  const event = { type, data: { ...common, ...data }, sequence: version + 1 };
  return { ...change(draft, { version: version + 1 }), events: [...draft.events, event] };
}

const machine = createMachine<PaymentStatus, PaymentInput>(PAYMENT_STATES);

/** Asks the table; `then` says what the move means. */
export function move(payment: Payment | undefined, input: PaymentInput, then: (moved: Draft) => Draft): Decision {
  if (payment === undefined) return stale('unknown_order');
  const step = machine.step(payment.status, input);
  if (step.kind === 'early') return notYet(`the payment is ${payment.status}`);
  if (step.kind === 'late') return stale(`already_${payment.status}`);
  return decided(then(draftOf({ ...payment, status: step.to })));
}

/** The move of a payment whose refund is done. Throws when the table has none: nothing was taken. */
export function moved(status: PaymentStatus, input: PaymentInput): PaymentStatus {
  const step = machine.step(status, input);
  if (step.kind !== 'move') throw new Error(`A payment that is ${status} cannot ${input}.`);
  return step.to;
}
