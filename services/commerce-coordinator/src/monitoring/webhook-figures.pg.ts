/** Figures of the webhooks, from the tables of their extension; none where it is not loaded. */
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';

export interface WebhookFigures {
  readonly registered: number;
  readonly disabled: number;
  /** Deliveries by what became of them, since the beginning. */
  readonly delivered: number;
  readonly givenUp: number;
  /** Deliveries that are to be sent. */
  readonly queued: number;
  /** Since when the one that is due longest has been due. */
  readonly oldestDueSeconds: number;
  /** Kept for endpoints that are disabled. */
  readonly held: number;
  /** Endpoints that are enabled and behind for 5 minutes, without a rate of their own that would make them so, or that give up most of at least ten deliveries in the last 60 s. */
  readonly unwell: number;
  /** Deliveries that ended in the last 60 s. */
  readonly lately: { readonly delivered: number; readonly givenUp: number };
}

export type ReadWebhooks = () => Promise<WebhookFigures>;

const NONE: WebhookFigures = { registered: 0, disabled: 0, delivered: 0, givenUp: 0, queued: 0, oldestDueSeconds: 0, held: 0, unwell: 0, lately: { delivered: 0, givenUp: 0 } };

/** Of a service without webhooks. */
export const noWebhooks: ReadWebhooks = async () => NONE;

export async function readWebhookFigures(pool: Pick<Pool, 'query'>): Promise<WebhookFigures> {
  const { rows: [row] } = await run(pool,
    `SELECT e.registered, e.disabled, c.delivered, c.dead, q.queued, q.oldest, h.held, u.unwell, l.delivered AS lately_delivered, l.dead AS lately_dead FROM
       (SELECT count(*)::integer AS registered, count(*) FILTER (WHERE status = 'disabled')::integer AS disabled FROM webhook_endpoints) AS e,
       (SELECT coalesce(sum(delivered), 0)::float8 AS delivered, coalesce(sum(dead), 0)::float8 AS dead FROM webhook_counts) AS c,
       (SELECT count(*)::integer AS queued, greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0))::float8 AS oldest FROM (
          SELECT due_at FROM webhook_deliveries WHERE state = 'ready' UNION ALL SELECT due_at FROM webhook_deliveries WHERE state = 'leased') AS waiting) AS q,
       (SELECT count(*)::integer AS held FROM webhook_deliveries WHERE state = 'held') AS h,
       (SELECT count(*)::integer AS unwell FROM webhook_endpoints e WHERE status = 'enabled' AND (
          (rate_limit IS NULL AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.state = 'ready' AND d.due_at < clock_timestamp() - interval '5 minutes'))
          OR endpoint_id IN (SELECT endpoint_id FROM webhook_deliveries WHERE ended_at > clock_timestamp() - interval '60 seconds' GROUP BY endpoint_id
               HAVING count(*) FILTER (WHERE state = 'dead') >= 10 AND count(*) FILTER (WHERE state = 'dead') > count(*) FILTER (WHERE state = 'delivered')))) AS u,
       (SELECT count(*) FILTER (WHERE state = 'delivered')::integer AS delivered, count(*) FILTER (WHERE state = 'dead')::integer AS dead
          FROM webhook_deliveries WHERE ended_at > clock_timestamp() - interval '60 seconds') AS l`, []);
  return {
    registered: row.registered, disabled: row.disabled, delivered: row.delivered, givenUp: row.dead, queued: row.queued, oldestDueSeconds: row.oldest, held: row.held, unwell: row.unwell,
    lately: { delivered: row.lately_delivered, givenUp: row.lately_dead },
  };
}
