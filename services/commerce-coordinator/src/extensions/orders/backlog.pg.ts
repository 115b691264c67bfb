/**
 * How full the service is: open orders, counted now and then. Beyond the limit intake answers "later", so that it never
 * starves fulfilment. While the database does not answer, the last figure holds.
 */
import type { Pool } from 'pg';

export interface Backlog {
  isFull(): boolean;
  stop(): Promise<void>;
}

export interface BacklogOptions {
  readonly pool: Pool;
  /** Open orders beyond which intake is closed. */
  readonly limit: number;
  /** Pause between two counts; longer after one that took long. */
  readonly intervalMs: number;
  readonly monotonicMs: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Of the time, one part in so many is spent with counting at most, for a count looks at every open order up to the limit; but the service is not blind for longer than this. */
const PAUSES_EACH = 50;
const MOST_PAUSE_MS = 5_000;

/** Counts once, then goes on counting until `stop`. Throws when the first count fails. */
export async function watchBacklog({ pool, limit, intervalMs, sleep, monotonicMs }: BacklogOptions): Promise<Backlog> {
  const stopping = new AbortController();

  async function count(): Promise<boolean> {
    const { rows } = await pool.query('SELECT count(*)::int AS open FROM (SELECT 1 FROM orders WHERE closed_as IS NULL LIMIT $1) o', [limit]);
    return rows[0]?.open >= limit;
  }

  let full = await count();

  async function watch(): Promise<void> {
    for (let pauseMs = intervalMs; ; ) {
      await sleep(pauseMs, stopping.signal);
      const startedAtMs = monotonicMs();
      const counted = await count().catch(() => undefined);
      full = counted ?? full;
      // One that failed says nothing of what counting takes.
      pauseMs = counted === undefined ? intervalMs : Math.max(intervalMs, Math.min(MOST_PAUSE_MS, (monotonicMs() - startedAtMs) * PAUSES_EACH));
    }
  }

  const watching = watch().catch(() => undefined);
  return {
    isFull: () => full,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
