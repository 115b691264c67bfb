/** How webhooks fare: what came of their last deliveries, what waits, and how many were given up since a moment. */
import { run } from '@commerce/event-log/statement';
import { plainArray } from '@commerce/event-log/arrays';
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool } from 'pg';

/** So many of the last deliveries are looked at. */
export const LAST_DELIVERIES = 200;
/** Nobody counts further. */
export const MOST_COUNTED = 10_000;

export interface EndpointFigures {
  readonly endpointId: string;
  /** Attempts of the last deliveries. */
  readonly attempts: number;
  /** Of these, those that were answered with 2xx. */
  readonly delivered: number;
  /** Of the attempts; null without any. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly lastAttemptAt: Date | null;
  /** Counted to `MOST_COUNTED`. */
  readonly waiting: number;
  readonly held: number;
  /** Made since then. */
  readonly givenUp: number;
  readonly nextDueAt: Date | null;
}

/** Of those of an owner, or of everybody, among these. What is not there is left out. */
export async function readFigures(pool: Pool, endpointIds: readonly string[], owner: string | undefined, since: Date): Promise<EndpointFigures[]> {
  const { rows } = await run(pool,
    `SELECT e.endpoint_id, a.attempts, a.delivered, a.p50, a.p95, a.last_at, n.due_at,
       (SELECT count(*)::integer FROM (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.queue = 'ready' LIMIT ${MOST_COUNTED}) w) AS waiting,
       (SELECT count(*)::integer FROM (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.queue = 'held' LIMIT ${MOST_COUNTED}) h) AS held,
       (SELECT count(*)::integer FROM (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.queue = 'dead' AND d.delivery_id > $3 LIMIT ${MOST_COUNTED}) g) AS given_up
     FROM webhook_endpoints e
     CROSS JOIN LATERAL (
       SELECT count(*)::integer AS attempts, count(*) FILTER (WHERE t.error IS NULL AND t.status BETWEEN 200 AND 299)::integer AS delivered, max(t.started_at) AS last_at,
         percentile_disc(0.5) WITHIN GROUP (ORDER BY t.duration_ms) AS p50, percentile_disc(0.95) WITHIN GROUP (ORDER BY t.duration_ms) AS p95
       FROM (SELECT delivery_id FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id ORDER BY d.delivery_id DESC LIMIT ${LAST_DELIVERIES}) l JOIN webhook_tries t USING (delivery_id)
     ) a
     LEFT JOIN LATERAL (SELECT due_at FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.queue = 'ready' ORDER BY due_at LIMIT 1) n ON true
     WHERE e.endpoint_id = ANY ($1::uuid[]) AND ($2::text IS NULL OR e.owner = $2) ORDER BY e.endpoint_id`,
    [plainArray(endpointIds), owner ?? null, uuid7Floor(since.getTime())],
  );
  return rows.map((row) => ({
    endpointId: row.endpoint_id, attempts: row.attempts, delivered: row.delivered, p50Ms: row.p50, p95Ms: row.p95, lastAttemptAt: row.last_at,
    waiting: row.waiting, held: row.held, givenUp: row.given_up, nextDueAt: row.due_at,
  }));
}
