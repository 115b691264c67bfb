/**
 * Brings what batches have counted into the windows, and removes windows whose time is over.
 *
 * Promise: each batch is in the windows once: it is taken out in the transaction that adds it. Two processes that fold at once wait
 * for each other. What is older than a window is kept is not added to one of its length.
 */
import { run } from '@commerce/event-log/statement';
import { inTransaction, together } from '@commerce/event-log/transaction';
import type { Pool, PoolClient } from 'pg';
import type { Figures, Tally } from './tally.ts';
import { addFigures, addTally, tallyFromJson, WINDOWS } from './tally.ts';

/** Batches in one transaction: it holds back every reader while it writes. */
const BATCHES = 100;
/** Windows removed by one statement. */
const REMOVED = 2_000;

/** One fold. True when there may be more. */
export function foldBatches(pool: Pool, nowMs: number): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    await run(tx, "SELECT pg_advisory_xact_lock(hashtextextended('analytics.fold', 0))", []);
    const { rows } = await run(tx, 'SELECT id, tally FROM analytics_batches ORDER BY id LIMIT $1', [BATCHES]);
    if (rows.length === 0) return false;
    const counted: Tally = new Map();
    for (const { tally } of rows) addTally(counted, tallyFromJson(tally), WINDOWS['10s'].sizeMs);
    const windows = windowsOf(counted, nowMs);
    await addKnown(tx, windows);
    await together([writeWindows(tx, windows), run(tx, 'DELETE FROM analytics_batches WHERE id = ANY ($1::bigint[])', [rows.map(({ id }) => id)])]);
    return rows.length === BATCHES;
  });
}

/** Removes windows that were kept long enough. True when there may be more. */
export async function removeOldWindows(pool: Pool, nowMs: number): Promise<boolean> {
  let more = false;
  for (const { sizeMs, keptMs } of Object.values(WINDOWS)) {
    const { rowCount } = await run(pool,
      `DELETE FROM analytics_windows w USING (SELECT size_ms, starts_at, measure FROM analytics_windows WHERE size_ms = $1 AND starts_at <= $2 ORDER BY starts_at LIMIT $3) o
       WHERE w.size_ms = o.size_ms AND w.starts_at = o.starts_at AND w.measure = o.measure`,
      [sizeMs, new Date(nowMs - keptMs - sizeMs), REMOVED],
    );
    more ||= rowCount === REMOVED;
  }
  return more;
}

interface Window {
  readonly sizeMs: number;
  readonly startMs: number;
  readonly measure: string;
  readonly figures: Figures;
}

/** In the order of the primary key. */
function windowsOf(counted: Tally, nowMs: number): Window[] {
  return Object.values(WINDOWS).flatMap(({ sizeMs, keptMs }) => {
    const tally: Tally = new Map();
    addTally(tally, counted, sizeMs);
    return [...tally].filter(([startMs]) => startMs + sizeMs > nowMs - keptMs).sort(([a], [b]) => a - b)
      .flatMap(([startMs, measures]) => [...measures].map(([measure, figures]) => ({ sizeMs, startMs, measure, figures })).sort((a, b) => (a.measure < b.measure ? -1 : 1)));
  });
}

/** Adds what the windows have already. */
async function addKnown(tx: PoolClient, windows: readonly Window[]): Promise<void> {
  const { rows } = await run(tx,
    `SELECT k.ordinality, w.count, w.late, w.sum_ms, w.buckets FROM unnest($1::integer[], $2::float8[], $3::text[]) WITH ORDINALITY AS k(size_ms, start_ms, measure, ordinality)
     JOIN analytics_windows w ON w.size_ms = k.size_ms AND w.starts_at = to_timestamp(k.start_ms / 1000.0) AND w.measure = k.measure`,
    keysOf(windows),
  );
  for (const { ordinality, count, late, sum_ms, buckets } of rows) {
    const window = windows[Number(ordinality) - 1];
    if (window !== undefined) addFigures(window.figures, { count: Number(count), late: Number(late), sumMs: Number(sum_ms), buckets });
  }
}

function writeWindows(tx: PoolClient, windows: readonly Window[]): Promise<unknown> {
  const figures = windows.map((window) => window.figures);
  return run(tx,
    `INSERT INTO analytics_windows (size_ms, starts_at, measure, count, late, sum_ms, buckets)
     SELECT n.size_ms, to_timestamp(n.start_ms / 1000.0), n.measure, n.count, n.late, n.sum_ms, n.buckets
     FROM unnest($1::integer[], $2::float8[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::jsonb[]) AS n(size_ms, start_ms, measure, count, late, sum_ms, buckets)
     ON CONFLICT (size_ms, starts_at, measure) DO UPDATE SET count = excluded.count, late = excluded.late, sum_ms = excluded.sum_ms, buckets = excluded.buckets`,
    [...keysOf(windows), figures.map(({ count }) => count), figures.map(({ late }) => late), figures.map(({ sumMs }) => sumMs), figures.map(({ buckets }) => JSON.stringify(buckets))],
  );
}

function keysOf(windows: readonly Window[]): unknown[] {
  return [windows.map(({ sizeMs }) => sizeMs), windows.map(({ startMs }) => startMs), windows.map(({ measure }) => measure)];
}
