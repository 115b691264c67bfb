/**
 * How often each type was told lately, from the log. Promise: bounded work, however large the log is: at most the last 50,000 events of
 * the last 24 hours are counted, by the order of their ids, and not more often than every 5 s in a process.
 */
import { run } from '@commerce/event-log/statement';
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool } from 'pg';

export interface Counts {
  /** Type → how many, and when the last one was recorded (ISO 8601). A type without an entry was not told since then. */
  readonly byType: ReadonlyMap<string, { readonly events: number; readonly lastAt: string }>;
  /** Since when it was counted, ISO 8601. */
  readonly since: string;
}

const SPAN_MS = 24 * 3_600_000;
const MOST = 50_000;
const FRESH_MS = 5_000;

/** Makes the reader. Its answers may be 5 s old. */
export function createCounter(pool: Pool, nowMs: () => number): () => Promise<Counts> {
  let last: { readonly atMs: number; readonly counts: Promise<Counts> } | undefined;
  return () => {
    const atMs = nowMs();
    if (last === undefined || atMs - last.atMs > FRESH_MS || atMs < last.atMs) {
      const counts = readCounts(pool, atMs);
      last = { atMs, counts };
      counts.catch(() => (last = undefined));
    }
    return last.counts;
  };
}

async function readCounts(pool: Pool, atMs: number): Promise<Counts> {
  const { rows } = await run(pool,
    `WITH latest AS (SELECT event_id, type, recorded_at FROM events WHERE event_id >= $1::uuid ORDER BY event_id DESC LIMIT $2)
     SELECT type, count(*)::integer AS events, max(recorded_at) AS last_at, min(recorded_at) AS first_at FROM latest GROUP BY type`,
    [uuid7Floor(atMs - SPAN_MS), MOST],
  );
  const all = rows.reduce((sum, { events }) => sum + Number(events), 0);
  const firstMs = Math.min(...rows.map(({ first_at: at }) => (at as Date).getTime()));
  return {
    byType: new Map(rows.map(({ type, events, last_at: at }) => [type as string, { events: events as number, lastAt: (at as Date).toISOString() }])),
    since: new Date(all < MOST ? atMs - SPAN_MS : firstMs).toISOString(),
  };
}
