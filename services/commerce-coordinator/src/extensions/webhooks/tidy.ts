/**
 * What an older version has left leased; and what nobody needs any more: deliveries a month after their end with their attempts, what was held for a month, bytes that no delivery
 * names, orders long over, and requests for endpoints that were removed a month ago: their keys may be used anew.
 */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { uuid7Floor } from '@commerce/events/uuid7';
import type { ScheduledJob } from '@commerce/signals/extension';
import { giveBackStrays, holdBack, letGo } from './deliveries.pg.ts';
import { forgetMinutes } from './delivery/health.pg.ts';
import { HELD_DAYS } from './endpoint.ts';
import type { WebhooksOwn } from './own.ts';

const KEPT_DAYS = 31;
const ORDERS_KEPT_DAYS = 400;
const CHUNK = 2_000;
const DAY_MS = 86_400_000;
const LONG_AGO = `clock_timestamp() - interval '${KEPT_DAYS} days'`;

/** One chunk of each. True when more is left. `nowMs`: for the ids of events, which bear their time. */
async function tidy(db: Tx, nowMs: number): Promise<boolean> {
  const { rowCount: deliveries } = await run(db,
    `WITH old AS (
       DELETE FROM webhook_deliveries WHERE delivery_id = ANY (ARRAY(SELECT delivery_id FROM webhook_deliveries WHERE created_at < ${LONG_AGO} AND ended_at < ${LONG_AGO} LIMIT ${CHUNK})) RETURNING delivery_id
     ), tried AS (DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT delivery_id FROM old))
     SELECT FROM old`, [],
  );
  const { rowCount: messages } = await run(db,
    `DELETE FROM webhook_messages WHERE event_id = ANY (ARRAY(
       SELECT event_id FROM webhook_messages m WHERE event_id < $1::uuid
         AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = m.event_id) LIMIT ${CHUNK}))`,
    [uuid7Floor(nowMs - KEPT_DAYS * DAY_MS)],
  );
  const { rowCount: orders } = await run(db,
    `DELETE FROM webhook_orders WHERE order_id = ANY (ARRAY(SELECT order_id FROM webhook_orders WHERE created_at < clock_timestamp() - interval '${ORDERS_KEPT_DAYS} days' LIMIT ${CHUNK}))`, [],
  );
  const { rowCount: held } = await run(db,
    `UPDATE webhook_deliveries d SET state = 'discarded', ended_at = clock_timestamp(), last_error = 'held for ${HELD_DAYS} days' FROM (
       SELECT h.delivery_id FROM webhook_endpoints e CROSS JOIN LATERAL (
         SELECT delivery_id FROM webhook_deliveries WHERE endpoint_id = e.endpoint_id AND queue = 'held' AND delivery_id < $1 ORDER BY delivery_id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED
       ) h WHERE e.status = 'disabled' LIMIT ${CHUNK}
     ) old WHERE d.delivery_id = old.delivery_id`,
    [uuid7Floor(nowMs - HELD_DAYS * DAY_MS)],
  );
  const { rowCount: requests } = await run(db,
    `DELETE FROM webhook_requests WHERE endpoint_id = ANY (ARRAY(SELECT endpoint_id FROM webhook_requests WHERE removed_at < clock_timestamp() - interval '${KEPT_DAYS} days' LIMIT ${CHUNK}))`, [],
  );
  return (await forgetMinutes(db, CHUNK)) || [deliveries, messages, orders, held, requests].includes(CHUNK);
}

export const WEBHOOK_JOBS: readonly ScheduledJob<WebhooksOwn>[] = [
  { name: 'webhooks.hold_back', everyMs: () => 5_000, run: async ({ db }) => (await holdBack(db)) || letGo(db) },
  { name: 'webhooks.tidy', everyMs: () => 300_000, run: async ({ db, nowMs }) => (await giveBackStrays(db)) || tidy(db, nowMs()) },
];
