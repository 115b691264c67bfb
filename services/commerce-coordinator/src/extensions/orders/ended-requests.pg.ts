/**
 * What becomes of requests for fulfillment that were given up, when an order is requested again. For the end of a transaction that
 * has the lock of the order; the readers notice within a second.
 */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { whyText } from '../../audit.ts';
import type { Act, GivenReason } from '../../audit.ts';
import { REQUEST_HANDLERS } from './act-facts.pg.ts';

/** Requests for fulfillment that were given up are gone, for a new one takes their place; the ledger keeps each with who decided so. */
export async function endRequests(tx: Tx, orderId: string, by: Act['by'], why: GivenReason): Promise<void> {
  await run(tx,
    `WITH ended AS (DELETE FROM work WHERE subject = $1 AND handler = ANY ($2::text[]) AND state = 'dead' RETURNING handler, event_id, subject, last_error)
     INSERT INTO ledger (handler, event_id, subject, rule, evidence)
     SELECT handler, event_id, subject, 'requested_again', jsonb_build_object('by', $3::text, 'reason', $4::text, 'error', last_error) FROM ended`,
    [orderId, REQUEST_HANDLERS, by.subject, whyText(why)],
  );
}
