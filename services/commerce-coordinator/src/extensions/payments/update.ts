/**
 * What an update of a provider means for a payment. Pure.
 * Promise: what is new and legal is taken; what is known already says nothing; what contradicts what is known changes nothing
 * and is recorded with its rule.
 */
import { apply, stale } from '@commerce/event-log/extension';
import { fail, succeed } from './charge.ts';
import { isUnanswered, paymentIdOf, remaining } from './payment.ts';
import type { Decision, Payment, Reason, Refund } from './payment.ts';
import { settleRefund, takeForeignRefund } from './refunds.ts';
import type { PaymentUpdate } from './webhook.ts';

/** `known`: the same was said before, by an answer or by another message. */
export type Verdict = 'accepted' | 'known' | 'unknown_order' | 'illegal';

export interface Judged {
  readonly verdict: Verdict;
  readonly decision: Decision;
}

const REFUSED: Reason = { code: 'payment_refused' };
const AT_PROVIDER: Reason = { code: 'refunded_at_provider' };

export function takeUpdate(payment: Payment | undefined, update: PaymentUpdate): Judged {
  if (payment === undefined) return { verdict: 'unknown_order', decision: stale('unknown_order', { providerEventId: update.eventId }) };
  const illegal = (rule: string): Judged => ({ verdict: 'illegal', decision: stale(rule, { providerEventId: update.eventId, told: update.status, status: payment.status }) });
  if (update.currency !== payment.currency) return illegal('other_currency');
  if (update.reference !== undefined && payment.reference !== null && update.reference !== payment.reference) return illegal('other_payment');
  if (update.status === 'refunded') return takeRefund(payment, update, illegal);
  if (update.amount !== payment.amount) return illegal('other_amount');
  return update.status === 'succeeded' ? takeSuccess(payment, update, illegal) : takeFailure(payment, update, illegal);
}

type Illegal = (rule: string) => Judged;

function takeSuccess(payment: Payment, { reference }: PaymentUpdate, illegal: Illegal): Judged {
  if (isUnanswered(payment) || payment.status === 'withdrawn') return accepted(succeed(payment, reference ?? payment.reference ?? paymentIdOf(payment.orderId)));
  return wasTaken(payment) ? known(payment) : illegal('illegal_transition');
}

function takeFailure(payment: Payment, { reference, reason = REFUSED }: PaymentUpdate, illegal: Illegal): Judged {
  if (isUnanswered(payment)) return accepted(fail(payment, reason, reference));
  return payment.status === 'failed' || payment.status === 'withdrawn' ? known(payment) : illegal('illegal_transition');
}

function takeRefund(payment: Payment, update: PaymentUpdate, illegal: Illegal): Judged {
  if (!wasTaken(payment)) return illegal('illegal_transition');
  const refund = told(payment, update);
  if (refund === undefined) {
    if (update.amount === 0n || update.amount > remaining(payment)) return illegal('more_than_charged');
    return accepted(takeForeignRefund(payment, { refundId: update.refundId ?? update.eventId, amount: update.amount, reason: update.reason ?? AT_PROVIDER }));
  }
  if (refund.amount !== update.amount) return illegal('other_amount');
  if (!refund.isDone) return accepted(settleRefund(payment, refund.refundId, true));
  if (refund.isTold) return known(payment);
  const refunds = payment.refunds.map((one) => (one === refund ? { ...refund, isTold: true } : one));
  return { verdict: 'known', decision: apply({ ...payment, refunds }) };
}

/**
 * The refund that an update speaks of. A provider that names no key means the first one of this amount of which it has not
 * told: one whose answer had come before one that is still open. That one is asked for again under its key, which does no harm; taken
 * for done by what was told of another, it would never be paid.
 */
function told({ refunds }: Payment, { refundId, amount }: PaymentUpdate): Refund | undefined {
  if (refundId !== undefined) return refunds.find((refund) => refund.refundId === refundId);
  const untold = refunds.filter((refund) => !refund.isTold && refund.amount === amount);
  return untold.find(({ isDone }) => isDone) ?? untold[0];
}

function wasTaken({ status }: Payment): boolean {
  return status === 'processed' || status === 'partly_refunded' || status === 'refunded';
}

function accepted(decision: Decision): Judged {
  return { verdict: 'accepted', decision };
}

function known({ status }: Payment): Judged {
  return { verdict: 'known', decision: stale(`already_${status}`) };
}
