/**
 * When each handler ran last, in whichever process, kept over restarts: what has never run is told from what has rested.
 *
 * Promise: nothing is done for it when a handler runs; it is read off the counters that are there, with the report of the process, and
 * written when the time that is written is half a minute old. A process that is killed may take the last two seconds with it.
 */
import { plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import type { Migration } from '@commerce/signals/extension';
import type { Pool } from 'pg';

export const HANDLER_RUNS_MIGRATION: Migration = {
  name: 'monitoring-2',
  sql: `
CREATE TABLE handler_runs (
  handler text PRIMARY KEY,
  last_at timestamptz NOT NULL
) WITH (fillfactor = 50);
`,
};

const STALE_S = 30;

interface Counted {
  readonly handler: string;
  readonly completed: number;
  readonly failed: number;
}

/** Of one process: which handlers have run since it was written last. */
export class HandlerRuns {
  readonly #pool: Pool;
  readonly #counts: () => readonly Counted[];
  #written = new Map<string, number>();

  /** `counts`: since the start of the process, a handler may stand in it more than once. */
  constructor(pool: Pool, counts: () => readonly Counted[]) {
    this.#pool = pool;
    this.#counts = counts;
  }

  async write(): Promise<void> {
    const now = new Map<string, number>();
    for (const { handler, completed, failed } of this.#counts()) now.set(handler, (now.get(handler) ?? 0) + completed + failed);
    const ran = [...now].filter(([handler, runs]) => runs !== this.#written.get(handler)).map(([handler]) => handler).toSorted();
    if (ran.length === 0) return;
    await run(this.#pool,
      `INSERT INTO handler_runs (handler, last_at) SELECT handler, clock_timestamp() FROM unnest($1::text[]) AS ran(handler)
       ON CONFLICT (handler) DO UPDATE SET last_at = excluded.last_at WHERE handler_runs.last_at < excluded.last_at - ${STALE_S} * interval '1 s'`, [plainArray(ran)]);
    this.#written = now;
  }
}

/** When each ran last, up to half a minute too early. One that never ran has no entry. */
export async function readHandlerRuns(pool: Pool): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await run(pool, 'SELECT handler, last_at FROM handler_runs', []);
  return new Map(rows.map((row) => [row['handler'] as string, row['last_at'] as Date]));
}
