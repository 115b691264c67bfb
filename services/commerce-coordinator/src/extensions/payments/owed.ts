/**
 * Which lines an event of the order makes worth nothing: for them no money is due. Pure.
 */
import { apply } from '@commerce/event-log/extension';
import type { OrderFulfilled, OrderRefundRequested, OrderTakenBack, OrderUnfulfilled } from '@commerce/events/entries';
import type { Heard } from '@commerce/signals/handler';
import type { Decision, Payment, Reason } from './payment.ts';
import { oweBack } from './refunds.ts';

export type EndsLines = Heard<readonly [typeof OrderFulfilled, typeof OrderUnfulfilled, typeof OrderTakenBack, typeof OrderRefundRequested]>;

const NOT_FULFILLED: Reason = { code: 'not_fulfilled' };

/** What is owed back after an event of the order. */
export function oweFor(payment: Payment | undefined, { type, data }: Pick<EndsLines, 'type' | 'data'>): Decision {
  const reason = 'reason' in data ? data.reason : NOT_FULFILLED;
  // What was fulfilled or taken back is told line by line; every other end is the end of all, or of the lines that it names.
  if ('lines' in data) {
    const gone = data.lines.filter(({ status }) => status !== 'fulfilled').map(({ lineId }) => lineId);
    // Every line stands, or what came back was refunded before: that is the rule, and nothing to be noted.
    const isSettled = type === 'OrderTakenBack' ? gone.every((lineId) => payment?.goneLines.includes(lineId)) : gone.length === 0;
    return isSettled && payment !== undefined ? apply(payment) : oweBack(payment, gone, reason);
  }
  const { lineIds = 'all' } = data as { readonly lineIds?: readonly string[] };
  return oweBack(payment, lineIds, reason);
}
