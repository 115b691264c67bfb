/**
 * Which lines an event makes worth nothing: for them no money is due. Pure.
 */
import { apply, stale } from '@commerce/event-log/extension';
import type { FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentRefused, FulfillmentRevoked, OrderRefundRequested } from '@commerce/events/entries';
import type { Heard } from '@commerce/signals/handler';
import type { Decision, Payment, Reason } from './payment.ts';
import { oweBack } from './refunds.ts';

export type EndsLines = Heard<readonly [
  typeof FulfillmentFailed, typeof FulfillmentRefused, typeof FulfillmentCancelled, typeof FulfillmentCompleted, typeof FulfillmentRevoked, typeof OrderRefundRequested,
]>;

const NOT_FULFILLED: Reason = { code: 'not_fulfilled' };

/** `clientId`: this service's own name at the fulfilling side; what is told to another client means nothing here. */
export function oweFor(payment: Payment | undefined, { type, data }: Pick<EndsLines, 'type' | 'data'>, clientId: string): Decision {
  if ('clientId' in data && data.clientId !== clientId) return stale('other_client');
  const reason = 'reason' in data ? data.reason : NOT_FULFILLED;
  // A completion or a revocation says what is true line by line; every other end is the end of all.
  if ((type === 'FulfillmentCompleted' || type === 'FulfillmentRevoked') && 'lines' in data) {
    const gone = data.lines.filter(({ status }) => status !== 'fulfilled').map(({ lineId }) => lineId);
    // Every line stands: that is the rule, and nothing to be noted.
    return gone.length === 0 && payment !== undefined ? apply(payment) : oweBack(payment, gone, reason);
  }
  const { lineIds = 'all' } = data as { readonly lineIds?: readonly string[] };
  return oweBack(payment, lineIds, reason);
}
