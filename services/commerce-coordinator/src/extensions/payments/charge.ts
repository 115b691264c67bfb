/**
 * Taking the money of an order: begun, answered, asked about, withheld when the order is cancelled. Pure.
 */
import { apply, stale } from '@commerce/event-log/extension';
import type { TimerChange } from '@commerce/event-log/extension';
import { formatMoney } from '../../money.ts';
import { CANCELLED, change, chargeReference, decided, draftOf, isItsCharge, isUnanswered, move, paymentIdOf, STANDARD, tell, UNANSWERED_TIMER, wasTaken } from './payment.ts';
import type { Decision, Draft, Payment, Reason } from './payment.ts';
import { openRefund } from './refunds.ts';
import type { Mark } from './told.ts';

/** What is known of a charge after asking. `reference` is the provider's own id of it. */
export type ChargeAnswer =
  | { readonly kind: 'succeeded'; readonly reference: string }
  /** Definite: nothing was taken, and nothing will be. */
  | { readonly kind: 'failed'; readonly reason: Reason; readonly reference?: string }
  /** The provider decides later. */
  | { readonly kind: 'pending'; readonly reference: string };

/** `absent`: the provider knows nothing of the key. */
export type FoundCharge = ChargeAnswer | { readonly kind: 'absent' };

/** What a provider that was asked said of a charge. */
export type Looked = FoundCharge & { readonly provider: string };

/** Money that a provider has taken. */
export interface Capture {
  readonly provider: string;
  /** The provider's own id of the charge; undefined where it tells none. */
  readonly reference: string | undefined;
  /** Minor units; that of the payment when left out. */
  readonly amount?: bigint;
  /** That of the order when left out. */
  readonly currency?: string;
}

/** The provider was not asked. */
export type NotCharged =
  /** The order is cancelled. `wasAsked`: an earlier attempt may still arrive at the provider. */
  | { readonly kind: 'withheld'; readonly wasAsked: boolean }
  /** It has been said already what became of the payment. `wasAsked`: as above. */
  | { readonly kind: 'answered'; readonly wasAsked?: boolean };

const MAX_ASK_AFTER_MS = 600_000;
/** Until a provider is asked of which something was told that does not decide anything. */
const ASK_SOON_MS = 1_000;
/** Until it is asked of a charge that another one was faster than: by then it has answered, most likely. */
const ASK_STRAY_MS = 30_000;
/** Questions about a charge that was withheld though an attempt may still arrive. */
const LATE_CHECKS = 4;
/** Reference of a payment for which nothing is due. */
const NOTHING_DUE = 'nothing_due';
/** What became of the charge is known. */
const SAID: ReadonlySet<Payment['status']> = new Set(['processed', 'partly_refunded', 'refunded', 'failed', 'withdrawn']);
const CLEAR: readonly TimerChange[] = [{ name: UNANSWERED_TIMER, dueInMs: null }];

const askAgain = (dueInMs: number): readonly TimerChange[] => [{ name: UNANSWERED_TIMER, dueInMs }];

/** The order has its stock: money is asked for, unless the order is not wanted any more. `provider`: of orders that name none. */
export function begin(payment: Payment | undefined, provider: string = STANDARD): Decision {
  if (payment?.status === 'unwanted' || (payment?.status === 'unasked' && payment.orderEnds)) return withhold(payment, CLEAR);
  return move(payment, 'begin', (draft) => {
    const begun = tell(change(draft, { provider: draft.payment.provider ?? provider }), 'PaymentInitiated', {});
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

/** What the provider that was asked answered, or why it was not asked. `askAfterMs`: when to ask an undecided provider. */
export function settleCharge(payment: Payment | undefined, answer: ChargeAnswer | NotCharged, askAfterMs: number, provider: string = STANDARD): Decision {
  if (answer.kind === 'succeeded') return succeed(payment, { provider, reference: answer.reference });
  if (answer.kind === 'failed') return fail(payment, answer.reason, { provider, reference: answer.reference });
  if (answer.kind === 'withheld') return withhold(payment, answer.wasAsked ? askAgain(askAfterMs) : CLEAR);
  if (payment === undefined) return stale('unknown_order');
  if (answer.kind === 'answered' && answer.wasAsked === true && !isUnanswered(payment) && payment.stray === null) return lookFor(payment, provider);
  if (answer.kind === 'answered' || !isUnanswered(payment)) return stale(`already_${payment.status}`);
  return apply({ ...payment, reference: answer.reference }, [], askAgain(askAfterMs));
}

/** The provider may have been asked, and does not know the charge yet: another one may be what the payment was settled by. */
function lookFor(payment: Payment, stray: string): Decision {
  return apply({ ...payment, stray, checks: 0 }, [], askAgain(ASK_STRAY_MS));
}

/** What asking has shown. The timer, which is set, asks again when it shows nothing. */
export function settleFound(payment: Payment | undefined, found: Looked, askAfterMs: number): Decision {
  if (found.kind === 'succeeded') return succeed(payment, found);
  if (payment !== undefined && payment.stray !== null) return settleStray(payment, found);
  if (found.kind === 'failed') return fail(payment, found.reason, { provider: found.provider, reference: found.reference });
  if (payment === undefined) return stale('unknown_order');
  if (found.kind === 'absent' && payment.status === 'withdrawing') return withhold(payment, askAgain(askAfterMs));
  return apply(found.kind === 'pending' && isUnanswered(payment) ? { ...payment, reference: found.reference } : payment);
}

/** Another charge has the money: the one that was asked for takes nothing any more, may still arrive, or is not decided. */
function settleStray(payment: Payment, found: Exclude<Looked, { kind: 'succeeded' }>): Decision {
  const isOver = found.provider === payment.stray && (found.kind === 'failed' || (found.kind === 'absent' && payment.checks >= LATE_CHECKS));
  return isOver ? apply({ ...payment, stray: null }, [], CLEAR) : apply(payment);
}

/** The timer fell due: the provider is asked, and the timer set again, each time twice as far. */
export function overdue(payment: Payment | undefined, askAfterMs: number): Decision {
  if (payment === undefined) return stale('unknown_order');
  const isOpen = isUnanswered(payment) || payment.stray !== null;
  const mayStillArrive = payment.status === 'withdrawn' && payment.checks < LATE_CHECKS;
  if (!isOpen && !mayStillArrive) return stale(`already_${payment.status}`);
  const { orderId, version } = payment;
  const check = payment.checks + 1;
  const dueInMs = Math.max(askAfterMs, Math.min(askAfterMs * 2 ** check, MAX_ASK_AFTER_MS));
  return apply(
    { ...payment, checks: check, version: version + 1 },
    [{ type: 'PaymentOverdue', data: { orderId, paymentId: paymentIdOf(orderId), check }, sequence: version + 1 }],
    // After the last look for a charge that was withheld nothing is asked any more.
    isOpen || check < LATE_CHECKS ? askAgain(dueInMs) : CLEAR,
  );
}

/**
 * The money was taken. Of an order that is cancelled it is owed back at once. What is taken beside the payment is a duplicate; a charge that is
 * one already is on its way back, and is not the payment, whoever tells of it again.
 */
export function succeed(payment: Payment | undefined, capture: Capture): Decision {
  if (payment !== undefined && isDuplicate(payment, capture)) return payment.stray === capture.provider ? apply({ ...payment, stray: null }, [], CLEAR) : stale('already_duplicated');
  if (payment !== undefined && wasTaken(payment)) return takenAgain(payment, capture);
  const isUnwanted = payment !== undefined && (payment.orderEnds || payment.status === 'withdrawing' || payment.status === 'withdrawn' || payment.status === 'failed');
  return move(payment, 'succeed', (draft) => {
    const { provider } = capture;
    const reference = capture.reference ?? chargeReference(draft.payment) ?? paymentIdOf(draft.payment.orderId);
    const stray = strayOf(payment as Payment, capture);
    const told = tell(change(draft, { provider, reference, stray, ...(stray !== null && { checks: 0 }) }), 'PaymentProcessed', { reference });
    return { ...(isUnwanted ? openRefund(told, 'all', CANCELLED) : told), timers: stray === null ? CLEAR : askAgain(ASK_STRAY_MS) };
  });
}

/** The provider that was asked for another charge than the one that has taken the money, and has not said that it takes nothing. */
function strayOf(payment: Payment, capture: Capture): string | null {
  return payment.status === 'failed' || isItsCharge(payment, capture) ? null : payment.provider;
}

/** Asking has shown again the charge that holds the money, or one more. The one that was looked for may be the payment's own: then it was all. */
function takenAgain(payment: Payment, capture: Capture): Decision {
  if (!isItsCharge(payment, capture)) return takenBeside(payment, capture);
  return payment.stray === capture.provider ? apply({ ...payment, stray: null }, [], CLEAR) : stale(`already_${payment.status}`);
}

/** A charge that is not the payment's has taken money for the order: that is told, and given back. */
export function takenBeside(payment: Payment, { provider, reference = paymentIdOf(payment.orderId), amount = payment.amount, currency = payment.currency }: Capture): Decision {
  if (isDuplicate(payment, { provider, reference })) return stale('already_duplicated');
  const refundId = `${paymentIdOf(payment.orderId)}-d${payment.duplicates.length + 1}`;
  const isOther = currency !== payment.currency;
  const known = change(draftOf(payment), { duplicates: [...payment.duplicates, { refundId, provider, reference, amount, ...(isOther && { currency }), isDone: false }] });
  const told = tell(known, 'PaymentDuplicated', { amount: formatMoney(amount), currency, provider, reference, refundId, ...(wasTaken(payment) && { heldBy: payment.provider ?? STANDARD }) });
  // What was asked for was asked for in the currency of the order: it is looked for still.
  return decided(payment.stray === provider && !isOther ? { ...change(told, { stray: null }), timers: CLEAR } : told);
}

function isDuplicate({ orderId, duplicates }: Payment, { provider, reference = paymentIdOf(orderId) }: Pick<Capture, 'provider' | 'reference'>): boolean {
  return duplicates.some((one) => one.provider === provider && one.reference === reference);
}

/** The money of a duplicate was given back; `given`: when, where the provider told so by itself. */
export function settleDuplicate(payment: Payment | undefined, refundId: string, given?: Mark): Decision {
  const duplicate = payment?.duplicates.find((one) => one.refundId === refundId);
  if (payment === undefined || duplicate === undefined) return stale(payment === undefined ? 'unknown_order' : 'unknown_refund', { refundId });
  if (duplicate.isDone) return stale('already_refunded', { refundId });
  const { provider, reference, amount, currency = payment.currency } = duplicate;
  const done: Draft = change(draftOf(payment), { duplicates: payment.duplicates.map((one) => (one === duplicate ? { ...one, isDone: true, ...(given && { given }) } : one)) });
  return decided(tell(done, 'PaymentDuplicateRefunded', { amount: formatMoney(amount), currency, provider, reference, refundId }));
}

/** The provider refused for good. */
export function fail(payment: Payment | undefined, reason: Reason, { provider, reference }: Omit<Capture, 'amount'>): Decision {
  if (payment !== undefined && payment.stray === provider) return apply({ ...payment, stray: null }, [], CLEAR);
  return move(payment, 'fail', (draft) => ({
    ...tell(change(draft, { reason, reference: reference ?? draft.payment.reference }), 'PaymentFailed', { reason }), timers: CLEAR,
  }));
}

/** An attempt of the customer failed, and another one may follow: nothing is decided, and the provider is asked how it stands. */
export function askSoon(payment: Payment): Decision {
  return apply(payment, [], askAgain(ASK_SOON_MS));
}

/** As far as the provider knows, nothing was taken for a cancelled order. */
function withhold(payment: Payment | undefined, timers: readonly TimerChange[]): Decision {
  return move(payment, 'withhold', (draft) => ({ ...tell(change(draft, { checks: 0, reason: CANCELLED }), 'PaymentFailed', { reason: CANCELLED }), timers }));
}

