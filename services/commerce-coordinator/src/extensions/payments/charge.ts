/**
 * Taking the money of an order: begun, answered, asked about, withheld when the order is cancelled. Pure.
 */
import { apply, stale } from '@commerce/event-log/extension';
import type { TimerChange } from '@commerce/event-log/extension';
import { CANCELLED, change, isUnanswered, move, paymentIdOf, tell, UNANSWERED_TIMER } from './payment.ts';
import type { Decision, Payment, Reason } from './payment.ts';
import { openRefund } from './refunds.ts';

/** What is known of a charge after asking. `reference` is the provider's own id of it. */
export type ChargeAnswer =
  | { readonly kind: 'succeeded'; readonly reference: string }
  /** Definite: nothing was taken, and nothing will be. */
  | { readonly kind: 'failed'; readonly reason: Reason; readonly reference?: string }
  /** The provider decides later. */
  | { readonly kind: 'pending'; readonly reference: string };

/** `absent`: the provider knows nothing of the key. */
export type FoundCharge = ChargeAnswer | { readonly kind: 'absent' };

/** The provider was not asked. */
export type NotCharged =
  /** The order is cancelled. `wasAsked`: an earlier attempt may still arrive at the provider. */
  | { readonly kind: 'withheld'; readonly wasAsked: boolean }
  /** It has been said already what became of the charge. */
  | { readonly kind: 'answered' };

const MAX_ASK_AFTER_MS = 600_000;
/** Questions about a charge that was withheld though an attempt may still arrive. */
const LATE_CHECKS = 4;
/** Reference of a payment for which nothing is due. */
const NOTHING_DUE = 'nothing_due';
/** What became of the charge is known. */
const SAID: ReadonlySet<Payment['status']> = new Set(['processed', 'partly_refunded', 'refunded', 'failed', 'withdrawn']);
const CLEAR: readonly TimerChange[] = [{ name: UNANSWERED_TIMER, dueInMs: null }];

const askAgain = (dueInMs: number): readonly TimerChange[] => [{ name: UNANSWERED_TIMER, dueInMs }];

/** The order has its stock: money is asked for, unless the order is not wanted any more. */
export function begin(payment: Payment | undefined): Decision {
  if (payment?.status === 'unwanted' || (payment?.status === 'unasked' && payment.orderEnds)) return withhold(payment, CLEAR);
  return move(payment, 'begin', (draft) => {
    const begun = tell(draft, 'PaymentInitiated', {});
    if (begun.payment.amount > 0n) return begun;
    return tell(change(begun, { status: 'processed', reference: NOTHING_DUE }), 'PaymentProcessed', { reference: NOTHING_DUE });
  });
}

/** The order asks to be cancelled. Money that was taken stays until the fulfilling side has said what it delivers. */
export function cancel(payment: Payment | undefined, askAfterMs: number): Decision {
  // Whatever the provider has said stands: that is the rule, and nothing to be noted.
  if (payment !== undefined && SAID.has(payment.status)) return apply(payment);
  return move(payment, 'cancel', (draft) => {
    const cancelled = change(draft, { checks: 0 });
    // What the provider keeps waiting is asked about soon; what is being asked at this moment is not.
    return draft.payment.reference === null ? cancelled : { ...cancelled, timers: askAgain(askAfterMs) };
  });
}

/** What the provider answered, or why it was not asked. `askAfterMs`: when to ask an undecided provider. */
export function settleCharge(payment: Payment | undefined, answer: ChargeAnswer | NotCharged, askAfterMs: number): Decision {
  if (answer.kind === 'succeeded') return succeed(payment, answer.reference);
  if (answer.kind === 'failed') return fail(payment, answer.reason, answer.reference);
  if (answer.kind === 'withheld') return withhold(payment, answer.wasAsked ? askAgain(askAfterMs) : CLEAR);
  if (payment === undefined) return stale('unknown_order');
  if (answer.kind === 'answered' || !isUnanswered(payment)) return stale(`already_${payment.status}`);
  return apply({ ...payment, reference: answer.reference }, [], askAgain(askAfterMs));
}

/** What asking has shown. The timer, which is set, asks again when it shows nothing. */
export function settleFound(payment: Payment | undefined, found: FoundCharge, askAfterMs: number): Decision {
  if (found.kind === 'succeeded') return succeed(payment, found.reference);
  if (found.kind === 'failed') return fail(payment, found.reason, found.reference);
  if (payment === undefined) return stale('unknown_order');
  if (found.kind === 'absent' && payment.status === 'withdrawing') return withhold(payment, askAgain(askAfterMs));
  return apply(found.kind === 'pending' ? { ...payment, reference: found.reference } : payment);
}

/** The timer fell due: the provider is asked, and the timer set again, each time twice as far. */
export function overdue(payment: Payment | undefined, askAfterMs: number): Decision {
  if (payment === undefined) return stale('unknown_order');
  const mayStillArrive = payment.status === 'withdrawn' && payment.checks < LATE_CHECKS;
  if (!isUnanswered(payment) && !mayStillArrive) return stale(`already_${payment.status}`);
  const { orderId, version } = payment;
  const check = payment.checks + 1;
  const dueInMs = Math.max(askAfterMs, Math.min(askAfterMs * 2 ** check, MAX_ASK_AFTER_MS));
  return apply(
    { ...payment, checks: check, version: version + 1 },
    [{ type: 'PaymentOverdue', data: { orderId, paymentId: paymentIdOf(orderId), check }, sequence: version + 1 }],
    // After the last look for a charge that was withheld nothing is asked any more.
    isUnanswered(payment) || check < LATE_CHECKS ? askAgain(dueInMs) : CLEAR,
  );
}

/** The money was taken. Of an order that is cancelled it is owed back at once. */
export function succeed(payment: Payment | undefined, reference: string): Decision {
  const isUnwanted = payment !== undefined && (payment.orderEnds || payment.status === 'withdrawing' || payment.status === 'withdrawn');
  return move(payment, 'succeed', (draft) => {
    const told = tell(change(draft, { reference }), 'PaymentProcessed', { reference });
    return { ...(isUnwanted ? openRefund(told, 'all', CANCELLED) : told), timers: CLEAR };
  });
}

/** The provider refused for good. */
export function fail(payment: Payment | undefined, reason: Reason, reference?: string): Decision {
  return move(payment, 'fail', (draft) => ({
    ...tell(change(draft, { reason, reference: reference ?? draft.payment.reference }), 'PaymentFailed', { reason }), timers: CLEAR,
  }));
}

/** As far as the provider knows, nothing was taken for a cancelled order. */
function withhold(payment: Payment | undefined, timers: readonly TimerChange[]): Decision {
  return move(payment, 'withhold', (draft) => ({ ...tell(change(draft, { checks: 0, reason: CANCELLED }), 'PaymentFailed', { reason: CANCELLED }), timers }));
}

