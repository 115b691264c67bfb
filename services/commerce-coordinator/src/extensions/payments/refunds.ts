/**
 * Giving money back: what is owed, and what was given. Pure.
 *
 * The rule: due is the value of the lines that stand, and the freight while one of them stands. What was taken beyond that
 * is owed back, each time as a refund with an id of its own, which is its key at the provider for ever. While a dispute is open no
 * refund goes out: it waits, goes out when the money stays, and is not owed any more as far as the dispute takes the money.
 */
import { notYet, stale } from '@commerce/event-log/extension';
import { formatMoney } from '../../money.ts';
import { change, decided, draftOf, isDisputed, isUnanswered, left, moved, nextLossId, paymentIdOf, remaining, tell, unsettled } from './payment.ts';
import type { Decision, Dispute, Draft, Duplicate, Payment, Reason, Refund, RefundFailure } from './payment.ts';
import type { Mark } from './told.ts';

/** No money is due for these lines any more (`all`: for none of the order). */
export function oweBack(payment: Payment | undefined, lineIds: readonly string[] | 'all', reason: Reason): Decision {
  if (payment === undefined) return stale('unknown_order');
  if (payment.status === 'unasked' || isUnanswered(payment)) return notYet('the payment has no answer yet');
  if (payment.status === 'refunded') return stale('already_refunded');
  if (payment.status !== 'processed' && payment.status !== 'partly_refunded') return stale('nothing_charged', { status: payment.status });
  const owing = openRefund(draftOf(payment), lineIds, reason);
  return owing.payment === payment ? stale('nothing_owed') : decided(owing);
}

/** Adds the refund that is owed when these lines do not stand any more; the same draft when they were gone before. */
export function openRefund(draft: Draft, lineIds: readonly string[] | 'all', reason: Reason): Draft {
  const { payment } = draft;
  const going = payment.lines.map(({ lineId }) => lineId).filter((lineId) => (lineIds === 'all' || lineIds.includes(lineId)) && !payment.goneLines.includes(lineId));
  if (going.length === 0) return draft;
  const without = change(draft, { goneLines: [...payment.goneLines, ...going] });
  const owed = remaining(payment) - due(without.payment);
  const isNothing = payment.amount === 0n && without.payment.goneLines.length === payment.lines.length;
  if (owed <= 0n && !isNothing) return without;
  const refundId = `${paymentIdOf(payment.orderId)}-r${payment.refunds.length + 1}`;
  const refund: Refund = { refundId, amount: owed, lineIds: going, reason, isDone: false, isTold: false, isHeld: !isNothing && isDisputed(payment) };
  const opened = change(without, { refunds: [...payment.refunds, refund] });
  // Of an order that cost nothing, nothing is asked of the provider; that all is given back is told all the same.
  if (isNothing) return giveBack(opened, refund);
  return refund.isHeld ? opened : tellInitiated(opened, refund);
}

/** The provider was not asked for this refund, for the money is disputed: it waits for the end of the dispute, or meets it. */
export function holdRefund(payment: Payment | undefined, refundId: string): Decision {
  if (payment === undefined) return stale('unknown_order');
  const refund = payment.refunds.find((one) => one.refundId === refundId);
  if (refund === undefined || refund.isDone) return stale(refund === undefined ? 'unknown_refund' : 'already_refunded', { refundId });
  const held = change(draftOf(payment), { refunds: payment.refunds.map((one) => (one === refund ? { ...refund, isHeld: true } : one)) });
  return decided(release(payment.disputes.reduce(takeLoss, held)));
}

/** What a dispute that is lost takes: never more than the provider has and was not asked to give back. */
export function takeLoss(draft: Draft, dispute: Dispute & { readonly reason?: Reason | undefined }): Draft {
  const { payment } = draft;
  const [missing, there] = [unsettled(payment, dispute), left(payment)];
  const amount = missing < there ? missing : there;
  if (amount <= 0n) return draft;
  const refundId = nextLossId(payment, dispute.disputeId);
  return takeAway(draft, { refundId, amount, reason: { code: 'dispute_lost', ...(dispute.reason?.message !== undefined && { message: dispute.reason.message }) } });
}

/** No dispute is open any more: refunds that waited go out as far as they are still owed. What is not owed any more is done, with nothing. */
export function release(draft: Draft): Draft {
  const held = draft.payment.refunds.filter(({ isHeld }) => isHeld);
  if (held.length === 0 || isDisputed(draft.payment)) return draft;
  const free = left(draft.payment) - due(draft.payment);
  let owed = free > 0n ? free : 0n;
  return held.reduce((before, refund) => {
    const amount = refund.amount < owed ? refund.amount : owed;
    owed -= amount;
    const going: Refund = { ...refund, amount, isHeld: false, isDone: amount === 0n };
    const after = change(before, { refunds: before.payment.refunds.map((one) => (one === refund ? going : one)) });
    return going.isDone ? after : tellInitiated(after, going);
  }, draft);
}

function tellInitiated(draft: Draft, { amount, refundId, lineIds, reason }: Refund): Draft {
  return tell(draft, 'PaymentRefundInitiated', { amount: formatMoney(amount), refundId, lineIds, reason });
}

/** The provider gave the money of a refund back; `given`: when, where it told so by itself. */
export function settleRefund(payment: Payment | undefined, refundId: string, given?: Mark): Decision {
  if (payment === undefined) return stale('unknown_order');
  const refund = payment.refunds.find((one) => one.refundId === refundId);
  if (refund === undefined || refund.isDone) return stale(refund === undefined ? 'unknown_refund' : 'already_refunded', { refundId });
  return decided(giveBack(draftOf(payment), { ...refund, ...(given && { isTold: true, given }) }));
}

/** Money was given back at the provider without us. It counts, so that no more is given back than was taken. Throws for an id that is used already. */
export function takeAway(draft: Draft, refund: Pick<Refund, 'refundId' | 'amount' | 'reason' | 'given'>): Draft {
  if (draft.payment.refunds.some(({ refundId }) => refundId === refund.refundId)) throw new Error(`There is a refund ${refund.refundId} already.`);
  const whole: Refund = { ...refund, lineIds: [], isDone: false, isTold: true, isHeld: false };
  return giveBack(change(draft, { refunds: [...draft.payment.refunds, whole] }), whole);
}

/**
 * A refund, or that of a duplicate, was given and did not reach the customer. It is promised to him still and counts as given, so that nothing gives
 * it a second time: how he gets his money a person decides.
 */
export function failRefund(draft: Draft, { refundId, amount }: Refund | Duplicate, failure: RefundFailure, data: { readonly currency: string; readonly provider?: string }): Draft {
  return tell({ ...draft, payment: withFailure(draft.payment, { refundId }, failure) }, 'PaymentRefundFailed', { amount: formatMoney(amount), refundId, reason: failure.reason, ...data });
}

/** With what is known of how this refund, or that of a duplicate, failed last. */
export function withFailure(payment: Payment, { refundId }: Pick<Refund | Duplicate, 'refundId'>, failure: RefundFailure): Payment {
  const failed = <One extends Refund | Duplicate>(one: One): One => (one.refundId === refundId ? { ...one, failure } : one);
  return { ...payment, refunds: payment.refunds.map(failed), duplicates: payment.duplicates.map(failed) };
}

/** The provider has told of it by itself, or has given anew what had failed. */
export function withoutFailure<One extends Refund | Duplicate>({ failure: _failure, ...one }: One): Omit<One, 'failure'> {
  return one;
}

/** What the lines that stand are worth. */
function due({ lines, goneLines, freight }: Payment): bigint {
  const standing = lines.filter(({ lineId }) => !goneLines.includes(lineId));
  return standing.length === 0 ? 0n : standing.reduce((sum, { total }) => sum + total, freight);
}

function giveBack(draft: Draft, refund: Refund): Draft {
  const { payment } = draft;
  const refunds = payment.refunds.map((one) => (one.refundId === refund.refundId ? { ...refund, isDone: true, isHeld: false } : one));
  const refunded = refunds.reduce((sum, { isDone, amount }) => (isDone ? sum + amount : sum), 0n);
  const status = moved(payment.status, refunded === payment.amount ? 'refund_all' : 'refund_part');
  const { refundId, amount, lineIds, reason } = refund;
  return tell(change(draft, { status, refunds }), 'PaymentRefunded', {
    amount: formatMoney(amount), refundId, refunded: formatMoney(refunded), charged: formatMoney(payment.amount),
    ...(lineIds.length > 0 && { lineIds }), reason,
  });
}
