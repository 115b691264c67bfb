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
  /** Deliveries that ended in the last 60 s: counted by the minute, so it is as if those of a minute had ended evenly over it. */
  readonly lately: { readonly delivered: number; readonly givenUp: number };
}

export type ReadWebhooks = () => Promise<WebhookFigures>;

const NONE: WebhookFigures = { registered: 0, disabled: 0, delivered: 0, givenUp: 0, queued: 0, oldestDueSeconds: 0, held: 0, unwell: 0, lately: { delivered: 0, givenUp: 0 } };

/** Of a service without webhooks. */
export const noWebhooks: ReadWebhooks = async () => NONE;

export async function readWebhookFigures(pool: Pick<Pool, 'query'>): Promise<WebhookFigures> {
  const { rows: [row] } = await run(pool,
    `WITH lately AS MATERIALIZED (
       -- Of the minute before this one the part that lies within the last 60 s.
       SELECT endpoint_id, (results - failed) * part AS delivered, dead * part AS dead
       FROM webhook_minutes CROSS JOIN LATERAL (SELECT least(1, 2 - extract(epoch FROM clock_timestamp() - minute) / 60) AS part) p WHERE minute > clock_timestamp() - interval '2 minutes'
     )
     SELECT e.registered, e.disabled, c.delivered, c.dead, q.queued, q.oldest, h.held, u.unwell, l.delivered AS lately_delivered, l.dead AS lately_dead FROM
       (SELECT count(*)::integer AS registered, count(*) FILTER (WHERE status = 'disabled')::integer AS disabled FROM webhook_endpoints) AS e,
       (SELECT coalesce(sum(delivered), 0)::float8 AS delivered, coalesce(sum(dead), 0)::float8 AS dead FROM webhook_counts) AS c,
       (SELECT count(*)::integer AS queued, greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0))::float8 AS oldest FROM (
          SELECT due_at FROM webhook_deliveries WHERE queue = 'ready' UNION ALL SELECT due_at FROM webhook_leased) AS waiting) AS q,
       (SELECT count(*)::integer AS held FROM webhook_deliveries WHERE queue = 'held') AS h,
       (SELECT count(*)::integer AS unwell FROM webhook_endpoints e WHERE status = 'enabled' AND (
          (rate_limit IS NULL AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.queue = 'ready' AND d.due_at < clock_timestamp() - interval '5 minutes'))
          OR endpoint_id IN (SELECT endpoint_id FROM lately GROUP BY endpoint_id HAVING sum(dead) >= 10 AND sum(dead) > sum(delivered)))) AS u,
       (SELECT coalesce(round(sum(delivered)), 0)::integer AS delivered, coalesce(round(sum(dead)), 0)::integer AS dead FROM lately) AS l`, []);
  return {
    registered: row.registered, disabled: row.disabled, delivered: row.delivered, givenUp: row.dead, queued: row.queued, oldestDueSeconds: row.oldest, held: row.held, unwell: row.unwell,
    lately: { delivered: row.lately_delivered, givenUp: row.lately_dead },
  };
}
