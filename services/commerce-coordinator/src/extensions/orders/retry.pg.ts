/**
 * Tries at once what waits for orders: jobs and parked events that are due later, dead letters, timers. What holds an order back
 * in the extensions does not matter: all of it is found by the order's id. Their readers notice within a second.
 */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';

/** For the end of a transaction that has the locks of these orders. */
export async function pullIn(tx: Tx, orderIds: readonly string[]): Promise<void> {
  await Promise.all([
    run(tx,
      `WITH pulled AS (
         UPDATE work SET state = 'ready', due_at = clock_timestamp(), attempt = CASE WHEN state = 'dead' THEN 0 ELSE attempt END,
           key_expires_at = CASE WHEN state = 'dead' THEN NULL ELSE key_expires_at END
         WHERE subject = ANY ($1::text[]) AND state IN ('ready', 'dead') RETURNING handler, subject)
       UPDATE work w SET state = 'ready', due_at = clock_timestamp() FROM pulled p WHERE w.handler = p.handler AND w.subject = p.subject AND w.state = 'behind'`,
      [orderIds],
    ),
    run(tx, 'UPDATE timers SET due_at = clock_timestamp() WHERE subject = ANY ($1::text[])', [orderIds]),
  ]);
}
