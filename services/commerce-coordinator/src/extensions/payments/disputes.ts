/**
 * What a dispute means for a payment. Pure.
 *
 * Promise: one that is opened or under review moves no money by itself; one that is lost takes its money away like a refund that was made at the
 * provider, never more than is left. Over more than was charged it is about all of that; its amount may change while it is open. What was told
 * before, or became so before what is known, says nothing. Refunds that waited for it are decided with its end. A dispute about a duplicate is
 * none about the payment: that money is on its way back already.
 */
import { apply, stale } from '@commerce/event-log/extension';
import { createMachine } from '@commerce/service-kit/state-table';
import { formatMoney } from '../../money.ts';
import { DISPUTE_STATES } from './dispute-states.ts';
import type { DisputeInput } from './dispute-states.ts';
import { change, draftOf, isItsCharge, isOpen, left, tell, wasTaken } from './payment.ts';
import type { Dispute, Draft, Payment } from './payment.ts';
import { release, takeLoss } from './refunds.ts';
import { compareMarks } from './told.ts';
import type { DisputeUpdate } from './told.ts';
import { accepted } from './verdict.ts';
import type { Judged } from './verdict.ts';

const machine = createMachine(DISPUTE_STATES);

const EVENTS: Readonly<Record<DisputeInput, string>> = { opened: 'DisputeOpened', under_review: 'DisputeUnderReview', won: 'DisputeWon', lost: 'DisputeLost' };

export function takeDispute(payment: Payment | undefined, update: DisputeUpdate): Judged {
  if (payment === undefined) return { verdict: 'unknown_order', decision: stale('unknown_order', { providerEventId: update.eventId }) };
  const evidence = { providerEventId: update.eventId, disputeId: update.disputeId, told: update.status };
  const refused: Refuse = (verdict, rule, more = {}) => ({ verdict, decision: stale(rule, { ...evidence, ...more }) });
  if (update.currency !== payment.currency) return refused('illegal', 'other_currency');
  if (payment.status === 'failed') return refused('illegal', 'illegal_transition', { status: payment.status });
  if (!wasTaken(payment)) return { verdict: 'early', decision: apply(payment) };
  if (isAboutDuplicate(payment, update)) return refused('known', 'about_duplicate');
  if (update.amount === 0n) return refused('illegal', 'more_than_charged');
  return takeAbout(payment, { ...update, amount: update.amount < payment.amount ? update.amount : payment.amount }, refused);
}

type Refuse = (verdict: 'known' | 'illegal', rule: string, more?: object) => Judged;

function takeAbout(payment: Payment, update: DisputeUpdate, refused: Refuse): Judged {
  const known = payment.disputes.find(({ disputeId }) => disputeId === update.disputeId);
  if (known === undefined) return accepted(moveTo(payment, update));
  const order = compareMarks(update.mark, known.mark);
  const isOther = known.amount !== update.amount;
  if (isOther && order >= 0 && !isOpen(known)) return refused('illegal', 'other_amount');
  if (known.status === update.status && isOther && order > 0) return { verdict: 'accepted', decision: apply(withDispute(payment, update)) };
  if (known.status === update.status) return refused('known', `already_${known.status}`);
  if (order < 0) return refused('known', 'older_than_known', { status: known.status });
  if (machine.step(known.status, update.status).kind === 'move') return accepted(moveTo(payment, update));
  // Of two that became so at the same moment the one that goes further counts.
  return order === 0 ? refused('known', 'older_than_known', { status: known.status }) : refused('illegal', 'illegal_transition', { status: known.status });
}

function moveTo(payment: Payment, update: DisputeUpdate): Draft {
  const { disputeId, status, amount, reason } = update;
  const { disputes } = withDispute(payment, update);
  const there = left(payment);
  const gone = status !== 'lost' ? 0n : amount < there ? amount : there;
  const decided = tell(change(draftOf(payment), { disputes }), EVENTS[status], {
    disputeId, amount: formatMoney(amount), provider: update.provider, occurredAt: update.occurredAt, open: disputes.filter(isOpen).length, left: formatMoney(there - gone), ...(reason !== undefined && { reason }),
  });
  return release(takeLoss(decided, { ...disputeOf(update), reason }));
}

function withDispute(payment: Payment, update: DisputeUpdate): Payment {
  return { ...payment, disputes: [...payment.disputes.filter(({ disputeId }) => disputeId !== update.disputeId), disputeOf(update)] };
}

function disputeOf({ disputeId, status, amount, mark }: DisputeUpdate): Dispute {
  return { disputeId, status, amount, mark };
}

function isAboutDuplicate(payment: Payment, { provider, reference }: DisputeUpdate): boolean {
  return reference !== undefined && !isItsCharge(payment, { provider, reference }) && payment.duplicates.some((one) => one.provider === provider && one.reference === reference);
}
