/** What the acts on orders must know beside the orders: what waits for them, and what their requests for fulfillment came to. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { ActFacts } from './order-acts.ts';

/** The effects that ask for the fulfillment of an order. */
export const REQUEST_HANDLERS = ['fulfillment.request', 'fulfillment.request_again'];

/** The facts of each order, in one statement. An id of no order has the facts of one for which nothing is known. */
export async function readFacts(db: Tx, orderIds: readonly string[]): Promise<Map<string, ActFacts>> {
  const { rows } = await run(db,
    `SELECT k.order_id, f.status = 'unwanted' AS unwanted,
       EXISTS (SELECT 1 FROM work w WHERE w.subject = k.order_id) OR EXISTS (SELECT 1 FROM timers t WHERE t.subject = k.order_id) AS waits,
       EXISTS (SELECT 1 FROM work w WHERE w.subject = k.order_id AND w.handler = ANY ($2::text[]) AND w.state <> 'dead') AS is_being_requested
     FROM unnest($1::text[]) AS k(order_id) LEFT JOIN fulfillment_requests f USING (order_id)`,
    [orderIds, REQUEST_HANDLERS],
  );
  return new Map(rows.map((row): [string, ActFacts] => [row.order_id, { waits: row.waits, isBeingRequested: row.is_being_requested, deliveredAfterEnd: row.unwanted === true }]));
}
