/**
 * What the database knows of the flow: when each type was told last, since when the log keeps events, what waits for each handler, how
 * fast webhooks are answered. Promise: each question is bounded by the number of types, by what is open, or by a limit; none by the size
 * of the log.
 */
import { plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';

export interface Told {
  /** Type → when the last event of it was recorded; a type without an entry does not stand in the log. */
  readonly lastAt: ReadonlyMap<string, Date>;
  /** When the oldest event that the log keeps was recorded; undefined of an empty one. */
  readonly since: Date | undefined;
}

export async function readTold(pool: Pool, types: readonly string[]): Promise<Told> {
  const [last, first] = await Promise.all([
    run(pool,
      `SELECT wanted.type, one.recorded_at FROM unnest($1::text[]) AS wanted(type)
       CROSS JOIN LATERAL (SELECT recorded_at FROM events WHERE events.type COLLATE "C" = wanted.type ORDER BY txid DESC, position DESC LIMIT 1) AS one`, [plainArray(types)]),
    run(pool, 'SELECT recorded_at FROM events ORDER BY epoch, txid, position LIMIT 1', []),
  ]);
  return { lastAt: new Map(last.rows.map((row) => [row['type'] as string, row['recorded_at'] as Date])), since: first.rows[0]?.['recorded_at'] };
}

/** Of one handler. */
export interface Waiting {
  /** Jobs and parked events that are not given up. */
  readonly waiting: number;
  readonly dead: number;
  /** Since when the one that is due longest has been due; 0 when none is. */
  readonly oldestDueSeconds: number;
}

export async function readWaiting(pool: Pool): Promise<ReadonlyMap<string, Waiting>> {
  const { rows } = await run(pool,
    `SELECT handler, count(*) FILTER (WHERE state <> 'dead')::integer AS waiting, count(*) FILTER (WHERE state = 'dead')::integer AS dead,
       greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE state = 'ready')), 0))::float8 AS oldest
     FROM work GROUP BY handler`, []);
  return new Map(rows.map((row) => [row['handler'] as string, { waiting: row['waiting'], dead: row['dead'], oldestDueSeconds: row['oldest'] }]));
}

/** Own events that the bus has refused, up to `most`. */
export async function readRefused(pool: Pool, most: number): Promise<number> {
  const { rows: [row] } = await run(pool, 'SELECT count(*)::integer AS refused FROM (SELECT FROM publish_refusals LIMIT $1) r', [most]);
  return row?.['refused'] ?? 0;
}

/** The time below which 95 of 100 webhooks were answered, in ms, over those that were made and ended within the last minute, at most `most`. Null of none. */
export async function readWebhookTime(pool: Pool, most: number): Promise<number | null> {
  const { rows: [row] } = await run(pool,
    `SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY a.duration_ms)::integer AS p95 FROM
       (SELECT delivery_id, attempt FROM webhook_deliveries WHERE created_at > clock_timestamp() - interval '60 seconds' AND ended_at IS NOT NULL LIMIT $1) d
       JOIN webhook_tries a ON a.delivery_id = d.delivery_id AND a.attempt = d.attempt`, [most]);
  return row?.['p95'] ?? null;
}
