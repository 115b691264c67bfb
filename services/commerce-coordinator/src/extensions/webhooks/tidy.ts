/** What nobody needs any more: deliveries a month after their end with their attempts, bytes that no delivery names, orders long over. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { uuid7Floor } from '@commerce/events/uuid7';
import type { ScheduledJob } from '@commerce/signals/extension';
import { holdBack, letGo } from './deliveries.pg.ts';
import { forgetMinutes } from './delivery/health.pg.ts';
import type { WebhooksOwn } from './own.ts';

const KEPT_DAYS = 31;
const ORDERS_KEPT_DAYS = 400;
const CHUNK = 2_000;
const DAY_MS = 86_400_000;

/** One chunk of each. True when more is left. `nowMs`: for the ids of events, which bear their time. */
async function tidy(db: Tx, nowMs: number): Promise<boolean> {
  const { rowCount: deliveries } = await run(db,
    `WITH old AS (
       DELETE FROM webhook_deliveries WHERE delivery_id = ANY (ARRAY(SELECT delivery_id FROM webhook_deliveries WHERE ended_at < clock_timestamp() - interval '${KEPT_DAYS} days' LIMIT ${CHUNK})) RETURNING delivery_id
     ), tried AS (DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT delivery_id FROM old))
     SELECT FROM old`, [],
  );
  const { rowCount: messages } = await run(db,
    `DELETE FROM webhook_messages WHERE event_id = ANY (ARRAY(
       SELECT event_id FROM webhook_messages m WHERE event_id < $1::uuid
         AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = m.event_id AND d.replay_id IS NULL)
         AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = m.event_id AND d.replay_id IS NOT NULL) LIMIT ${CHUNK}))`,
    [uuid7Floor(nowMs - KEPT_DAYS * DAY_MS)],
  );
  const { rowCount: orders } = await run(db,
    `DELETE FROM webhook_orders WHERE order_id = ANY (ARRAY(SELECT order_id FROM webhook_orders WHERE created_at < clock_timestamp() - interval '${ORDERS_KEPT_DAYS} days' LIMIT ${CHUNK}))`, [],
  );
  return (await forgetMinutes(db, CHUNK)) || [deliveries, messages, orders].includes(CHUNK);
}

export const WEBHOOK_JOBS: readonly ScheduledJob<WebhooksOwn>[] = [
  { name: 'webhooks.hold_back', everyMs: () => 5_000, run: async ({ db }) => (await holdBack(db)) || letGo(db) },
  { name: 'webhooks.tidy', everyMs: () => 300_000, run: ({ db, nowMs }) => tidy(db, nowMs()) },
];
