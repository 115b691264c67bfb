/**
 * What an update of a provider means for a payment. Pure.
 * Promise: what is new and legal is taken; what is known already says nothing; what comes too early is said to be early; what
 * contradicts what is known changes nothing and is recorded with its rule. Of two that contradict each other the newer one counts.
 * Money that was taken is the payment, or it goes back: of whichever charge, in whichever currency, and after a refusal too. Refuses,
 * noted for a person: another amount or currency by what may be the very charge that was asked for, while it is not decided.
 */
import { apply, stale } from '@commerce/event-log/extension';
import { askSoon, fail, settleDuplicate, succeed, takenBeside } from './charge.ts';
import { chargeReference, draftOf, isItsCharge, isUnanswered, left, wasTaken } from './payment.ts';
import type { Decision, Duplicate, Payment, Reason, Refund, RefundFailure } from './payment.ts';
import { failRefund, settleRefund, takeAway, withFailure, withoutFailure } from './refunds.ts';
import { compareMarks } from './told.ts';
import type { PaymentUpdate } from './told.ts';
import { accepted } from './verdict.ts';
import type { Judged } from './verdict.ts';

const REFUSED: Reason = { code: 'payment_refused' };
const AT_PROVIDER: Reason = { code: 'refunded_at_provider' };
const REFUND_FAILED: Reason = { code: 'refund_failed' };

export function takeUpdate(payment: Payment | undefined, update: PaymentUpdate): Judged {
  if (payment === undefined) return { verdict: 'unknown_order', decision: stale('unknown_order', { providerEventId: update.eventId }) };
  const illegal = (rule: string): Judged => ({ verdict: 'illegal', decision: stale(rule, { providerEventId: update.eventId, told: update.status, status: payment.status }) });
  if (update.status === 'refund_failed') return takeRefundFailure(payment, update, illegal);
  if (update.currency !== payment.currency) return takeOtherCurrency(payment, update, illegal);
  if (update.status === 'refunded') return takeRefund(payment, update, illegal);
  const isIts = isItsCharge(payment, update);
  if (update.status === 'succeeded' && update.amount > 0n && isBeside(payment, update, isIts)) return takeDuplicate(payment, update);
  // Of an order that ends before money was asked for nothing is ever asked: what was paid elsewhere goes back.
  if (update.status === 'succeeded' && isUnasked(payment) && payment.orderEnds && update.amount > 0n) return takeDuplicate(payment, update);
  if (update.amount !== payment.amount) return illegal('other_amount');
  if (isUnasked(payment)) return early(payment);
  if (update.status === 'succeeded') return takeSuccess(payment, update);
  if (!isIts) return { verdict: 'known', decision: stale('other_charge', { providerEventId: update.eventId, told: update.status, status: payment.status }) };
  if (update.status === 'authorised') return takeAuthorisation(payment, update, illegal);
  return update.status === 'failed' ? takeFailure(payment, update, illegal) : takeAttempt(payment, update);
}

type Illegal = (rule: string) => Judged;

/** Whatever was taken by another charge beside the payment, or over another amount than that where it could not be it: all of it goes back. */
function isBeside(payment: Payment, { amount }: PaymentUpdate, isIts: boolean): boolean {
  if (!isIts && wasTaken(payment)) return true;
  return amount !== payment.amount && (!isIts || payment.status === 'failed' || payment.status === 'withdrawn');
}

/** It is never the payment, which was asked for in the currency of the order: what was taken so goes back as it was taken, where the charge is named. */
function takeOtherCurrency(payment: Payment, update: PaymentUpdate, illegal: Illegal): Judged {
  const { status, amount, provider, reference } = update;
  const duplicate = status === 'refunded' ? toldDuplicate(payment, update) : undefined;
  if (duplicate !== undefined) return takeDuplicateRefund(payment, duplicate, update, illegal);
  // It may be the very charge that was asked for, which is not decided.
  if (mayBeAnother(payment, update)) return illegal('other_currency');
  const isIts = payment.provider === provider && chargeReference(payment) === reference;
  return status === 'succeeded' && amount > 0n && reference !== undefined && !isIts ? takeDuplicate(payment, update) : illegal('other_currency');
}

/** The money is set aside, and not taken yet: from now on it is known which charge it is. */
function takeAuthorisation(payment: Payment, update: PaymentUpdate, illegal: Illegal): Judged {
  if (mayBeAnother(payment, update)) return { verdict: 'accepted', decision: askSoon(payment) };
  if (isUnanswered(payment)) return { verdict: 'accepted', decision: apply(toldOf({ ...payment, reference: update.reference ?? payment.reference }, update)) };
  return payment.status === 'failed' ? contradiction(payment, update, illegal) : known(payment);
}

/** Another charge than that of the payment has taken money for the order. */
function takeDuplicate(payment: Payment, { provider, reference, amount, currency }: PaymentUpdate): Judged {
  const decision = takenBeside(payment, { provider, reference, amount, currency });
  return { verdict: decision.kind === 'stale' ? 'known' : 'accepted', decision };
}

/** It may be about another charge than the one that was asked for, of which nothing is known yet: the provider says what became of that, and which it is. */
function mayBeAnother(payment: Payment, { reference }: PaymentUpdate): boolean {
  return isUnanswered(payment) && reference !== undefined && chargeReference(payment) === undefined;
}

/** A refusal may be followed by a success: the customer has tried again. */
function takeSuccess(payment: Payment, update: PaymentUpdate): Judged {
  if (wasTaken(payment)) return known(payment);
  return taken(succeed(payment, { provider: update.provider, reference: update.reference }), update);
}

function takeFailure(payment: Payment, update: PaymentUpdate, illegal: Illegal): Judged {
  const { provider, reference, reason = REFUSED } = update;
  if (mayBeAnother(payment, update)) return { verdict: 'accepted', decision: askSoon(payment) };
  if (isUnanswered(payment)) return taken(fail(payment, reason, { provider, reference }), update);
  return payment.status === 'failed' || payment.status === 'withdrawn' ? known(payment) : contradiction(payment, update, illegal);
}

/** The customer may try again: the payment stays open, and the provider is asked. */
function takeAttempt(payment: Payment, update: PaymentUpdate): Judged {
  if (mayBeAnother(payment, update)) return { verdict: 'accepted', decision: askSoon(payment) };
  return isUnanswered(payment) ? taken(askSoon({ ...payment, reference: update.reference ?? payment.reference }), update) : known(payment);
}

function takeRefund(payment: Payment, update: PaymentUpdate, illegal: Illegal): Judged {
  if (!wasTaken(payment)) return payment.status === 'failed' ? illegal('illegal_transition') : early(payment);
  const duplicate = toldDuplicate(payment, update);
  if (duplicate !== undefined) return takeDuplicateRefund(payment, duplicate, update, illegal);
  if (!isItsCharge(payment, update)) return illegal('other_payment');
  const refund = told(payment, update);
  if (refund === 'undecided') return early(payment);
  if (refund === undefined) {
    const refundId = update.refundId ?? update.eventId;
    if (payment.refunds.some((one) => one.refundId === refundId)) return illegal('other_refund');
    if (update.amount === 0n || update.amount > left(payment)) return illegal('more_than_charged');
    return accepted(takeAway(draftOf(payment), { refundId, amount: update.amount, reason: update.reason ?? AT_PROVIDER, given: update.mark }));
  }
  if (refund.amount !== update.amount) return illegal('other_amount');
  if (!refund.isDone) return { verdict: 'accepted', decision: settleRefund(payment, refund.refundId, update.mark) };
  if (refund.isTold && !isLater(refund, update)) return known(payment);
  const refunds = payment.refunds.map((one) => (one === refund ? { ...givenAt(refund, update), isTold: true } : one));
  return { verdict: 'known', decision: apply({ ...payment, refunds }) };
}

/** Money that was given back did not reach the customer. What is not known to be given yet is given first. One that failed again is for the same person: what was paid before that does not count for it. */
function takeRefundFailure(payment: Payment, update: PaymentUpdate, illegal: Illegal): Judged {
  const duplicate = toldDuplicate(payment, update);
  const refund = duplicate ?? failedOne(payment, update);
  const currency = duplicate?.currency ?? payment.currency;
  if (refund === undefined) return illegal('other_refund');
  if (update.currency !== currency) return illegal('other_currency');
  if (update.amount !== refund.amount) return illegal('other_amount');
  if (!refund.isDone) return early(payment);
  const failure: RefundFailure = { reason: update.reason ?? REFUND_FAILED, atMs: update.mark.atMs };
  if (refund.failure !== undefined) return { verdict: 'known', decision: refund.failure.atMs < failure.atMs ? apply(withFailure(payment, refund, failure)) : stale('refund_already_failed', { providerEventId: update.eventId }) };
  if (isBeforeGiven(refund, update)) return { verdict: 'known', decision: stale('older_than_known', { providerEventId: update.eventId, status: payment.status }) };
  return accepted(failRefund(draftOf(payment), refund, failure, { currency, ...(duplicate && { provider: duplicate.provider }) }));
}

/** The refund that is said to have failed: by its key, or, where none is named, the first one of this amount that was given by this charge, before it failed if there is one. */
function failedOne(payment: Payment, update: PaymentUpdate): Refund | undefined {
  const { refundId, amount } = update;
  if (refundId !== undefined) return payment.refunds.find((one) => one.refundId === refundId);
  if (!isItsCharge(payment, update)) return undefined;
  const given = payment.refunds.filter((one) => one.isDone && one.failure === undefined && one.amount === amount);
  return given.find((one) => !isBeforeGiven(one, update)) ?? given[0];
}

/** It became so before the provider gave the money, as far as it has told when: what failed was given anew since. */
function isBeforeGiven({ given }: Refund | Duplicate, { mark }: PaymentUpdate): boolean {
  return given !== undefined && compareMarks(mark, given) < 0;
}

/** It says more of when the money was given than is known. */
function isLater({ given }: Refund | Duplicate, { mark }: PaymentUpdate): boolean {
  return given === undefined || compareMarks(given, mark) < 0;
}

/** What was given, with what an update says of when. */
function givenAt<One extends Refund | Duplicate>(one: One, update: PaymentUpdate): One | Omit<One, 'failure'> {
  const whole = isAnew(one, update) ? withoutFailure(one) : one;
  return isLater(one, update) ? { ...whole, given: update.mark } : whole;
}

/** It had failed, and was given after that. */
function isAnew({ failure }: Refund | Duplicate, { mark }: PaymentUpdate): boolean {
  return failure !== undefined && failure.atMs < mark.atMs;
}

/** The duplicate of which an update says that its money was given back: by the key, or by the charge. */
function toldDuplicate(payment: Payment, { provider, reference, refundId }: PaymentUpdate): Duplicate | undefined {
  return payment.duplicates.find((one) => one.refundId === refundId || (one.provider === provider && one.reference === reference));
}

function takeDuplicateRefund(payment: Payment, duplicate: Duplicate, update: PaymentUpdate, illegal: Illegal): Judged {
  const { refundId, amount, currency = payment.currency, isDone } = duplicate;
  if (update.currency !== currency) return illegal('other_currency');
  if (update.amount !== amount) return illegal('other_amount');
  if (!isDone) return { verdict: 'accepted', decision: settleDuplicate(payment, refundId, update.mark) };
  if (!isLater(duplicate, update)) return known(payment);
  return { verdict: 'known', decision: apply({ ...payment, duplicates: payment.duplicates.map((one) => (one === duplicate ? givenAt(duplicate, update) : one)) }) };
}

/**
 * The refund that an update speaks of. A provider that names no key means the first one of this amount of which it has not
 * told: one whose answer had come before one that is still open. That one is asked for again under its key, which does no harm; taken
 * for done by what was told of another, it would never be paid. Between them stands one that had failed, and was given by hand after that:
 * while both it and one that is asked for may be meant, it is not decided which; once the answer of the open one has come it is that one.
 */
function told({ refunds }: Payment, update: PaymentUpdate): Refund | 'undecided' | undefined {
  const { refundId, amount } = update;
  if (refundId !== undefined) return refunds.find((refund) => refund.refundId === refundId);
  const same = refunds.filter((refund) => refund.amount === amount);
  const untold = same.filter(({ isTold }) => !isTold);
  const done = untold.find((refund) => refund.isDone && !isAnew(refund, update));
  if (done !== undefined) return done;
  const anew = same.find((refund) => isAnew(refund, update));
  return anew !== undefined && untold.some(({ isDone, isHeld }) => !isDone && !isHeld) ? 'undecided' : (anew ?? untold[0]);
}

/** Nothing was asked for yet, and may be. */
function isUnasked({ status }: Payment): boolean {
  return status === 'unasked' || status === 'unwanted';
}

/** What had become so before what is known now is of no account; anything else is impossible. */
function contradiction(payment: Payment, { eventId, mark }: PaymentUpdate, illegal: Illegal): Judged {
  const isOlder = payment.lastTold !== null && compareMarks(mark, payment.lastTold) < 0;
  return isOlder ? { verdict: 'known', decision: stale('older_than_known', { providerEventId: eventId, status: payment.status }) } : illegal('illegal_transition');
}

function taken(decision: Decision, update: PaymentUpdate): Judged {
  return { verdict: decision.kind === 'stale' ? 'known' : 'accepted', decision: decision.kind === 'apply' ? { ...decision, state: toldOf(decision.state, update) } : decision };
}

function toldOf(payment: Payment, { mark }: PaymentUpdate): Payment {
  return { ...payment, lastTold: payment.lastTold !== null && compareMarks(mark, payment.lastTold) < 0 ? payment.lastTold : mark };
}

function early(payment: Payment): Judged {
  return { verdict: 'early', decision: apply(payment) };
}

function known({ status }: Payment): Judged {
  return { verdict: 'known', decision: stale(`already_${status}`) };
}
