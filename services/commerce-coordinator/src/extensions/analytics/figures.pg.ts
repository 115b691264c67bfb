/** Reads the counters of windows: summed over a range by measure, or one measure window by window. */
import { run } from '@commerce/event-log/statement';
import type { Pool, QueryResultRow } from 'pg';
import type { Counted, Range } from './figures.ts';
import { WINDOWS } from './tally.ts';

const IN_RANGE = 'size_ms = $1 AND starts_at >= to_timestamp($2::float8 / 1000) AND starts_at < to_timestamp($3::float8 / 1000)';

/** By measure. `measure`: only this one. */
export async function readSums(pool: Pool, range: Range, measure: string | undefined): Promise<Map<string, Counted>> {
  const { rows } = await run(pool,
    `WITH w AS MATERIALIZED (SELECT measure, count, late, sum_ms, buckets FROM analytics_windows WHERE ${IN_RANGE} AND ($4::text IS NULL OR measure = $4)),
       b AS (SELECT w.measure, e.key, sum(e.value::bigint) AS number FROM w, jsonb_each_text(w.buckets) e GROUP BY w.measure, e.key),
       h AS (SELECT measure, jsonb_object_agg(key, number) AS buckets FROM b GROUP BY measure)
     SELECT w.measure, sum(w.count) AS count, sum(w.late) AS late, sum(w.sum_ms) AS sum_ms, coalesce(h.buckets, '{}') AS buckets FROM w LEFT JOIN h USING (measure) GROUP BY w.measure, h.buckets ORDER BY w.measure`,
    [...valuesOf(range), measure ?? null],
  );
  return new Map(rows.map((row) => [row['measure'], countedOf(row)]));
}

export interface Point extends Counted {
  readonly startMs: number;
}

/** The windows in which the measure was counted, in the order of time, at most `limit`. */
export async function readPoints(pool: Pool, range: Range, measure: string, limit: number): Promise<Point[]> {
  const { rows } = await run(pool,
    `SELECT extract(epoch FROM starts_at) * 1000 AS start_ms, count, late, sum_ms, buckets FROM analytics_windows WHERE ${IN_RANGE} AND measure = $4 ORDER BY starts_at LIMIT $5`,
    [...valuesOf(range), measure, limit],
  );
  return rows.map((row) => ({ startMs: Number(row['start_ms']), ...countedOf(row) }));
}

/** Batches that are counted and stand in no window yet, up to `most`. */
export async function readPending(pool: Pool, most: number): Promise<number> {
  const { rows: [row] } = await run(pool, 'SELECT count(*)::integer AS pending FROM (SELECT FROM analytics_batches LIMIT $1) p', [most]);
  return row?.pending ?? 0;
}

function valuesOf({ window, fromMs, toMs }: Range): unknown[] {
  return [WINDOWS[window].sizeMs, fromMs, toMs];
}

function countedOf(row: QueryResultRow): Counted {
  return { count: Number(row['count']), late: Number(row['late']), sumMs: Number(row['sum_ms']), buckets: row['buckets'] };
}
