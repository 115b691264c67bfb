/**
 * What each process of this service knows alone, written where all can read it: its live bus, and the runs of its handlers in the last
 * minute. So that a figure of the whole service is the sum over the processes that live, whichever of them is asked.
 *
 * Promise: written every two seconds; a process that has not written for ten is not counted. The rows are worth nothing after a crash of
 * the database, so they are not written to its log.
 */
import { plainArray } from '@commerce/event-log/arrays';
import type { RunWindow } from '@commerce/event-log/run-figures';
import { run } from '@commerce/event-log/statement';
import type { Logger } from '@commerce/service-kit/logging';
import type { Sleep } from '@commerce/service-kit/ports';
import type { Migration } from '@commerce/signals/extension';
import type { Pool } from 'pg';
import type { HandlerRuns } from './handler-runs.pg.ts';
import { sumOf } from './lately.ts';
import type { EndedByKey } from './lately.ts';

export const MONITORING_MIGRATION: Migration = {
  name: 'monitoring-1',
  sql: `
CREATE UNLOGGED TABLE process_reports (
  worker_id uuid PRIMARY KEY,
  roles text[] NOT NULL,
  report jsonb NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
`,
};

/** Of one process. */
export interface Report {
  readonly bus: { readonly active: boolean; readonly totalEvents: number; readonly subscribers: number; readonly subscriptionsByType: Readonly<Record<string, number>>; readonly dropped: number; readonly failed: number; readonly timedOut: number };
  readonly runs: RunWindow;
  readonly lately?: LatelyEnded;
}

/** What ended in the last minute; a process of an older build does not tell it. */
export interface LatelyEnded {
  /** By handler and type of event, `orders.confirm PaymentProcessed`. */
  readonly runs: EndedByKey;
  /** By route, `GET /orders/:orderId`. */
  readonly requests: EndedByKey;
}

export interface ProcessReport extends Report {
  readonly workerId: string;
  readonly roles: readonly string[];
  readonly ageMs: number;
}

export interface ReportsOptions {
  readonly pool: Pool;
  readonly workerId: string;
  readonly roles: readonly string[];
  readonly report: () => Report;
  /** Written with it. */
  readonly handlerRuns: HandlerRuns;
  readonly sleep: Sleep;
  readonly logger: Pick<Logger, 'warn'>;
}

const EVERY_MS = 2_000;
const COUNTED_MS = 10_000;
const FORGOTTEN_MS = 60_000;

export class Reports {
  readonly #o: ReportsOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: ReportsOptions) {
    this.#o = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { sleep, logger } = this.#o;
    for (let failing = false; !this.#stopping.signal.aborted; ) {
      try {
        await this.#write();
        await this.#o.handlerRuns.write();
        failing = false;
      } catch (error) {
        if (!failing) logger.warn({ err: error }, 'the figures of this process could not be told to the others; tried again');
        failing = true;
      }
      await sleep(EVERY_MS, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #write(): Promise<void> {
    const { pool, workerId, roles, report } = this.#o;
    await run(pool,
      `WITH gone AS (DELETE FROM process_reports WHERE reported_at < clock_timestamp() - ${FORGOTTEN_MS} * interval '1 ms')
       INSERT INTO process_reports (worker_id, roles, report) VALUES ($1::uuid, $2::text[], $3::jsonb)
       ON CONFLICT (worker_id) DO UPDATE SET report = excluded.report, reported_at = excluded.reported_at`,
      [workerId, plainArray(roles), JSON.stringify(report())]);
  }

  /** This process as it is now, and the others as they have told. */
  async all(): Promise<ProcessReport[]> {
    const { pool, workerId, roles, report } = this.#o;
    const { rows } = await run(pool,
      `SELECT worker_id, roles, report, (extract(epoch FROM clock_timestamp() - reported_at) * 1000)::float8 AS age_ms FROM process_reports
       WHERE worker_id <> $1::uuid AND reported_at > clock_timestamp() - ${COUNTED_MS} * interval '1 ms' ORDER BY worker_id`, [workerId]);
    return [{ workerId, roles, ageMs: 0, ...report() }, ...rows.map((row): ProcessReport => ({ workerId: row.worker_id, roles: row.roles, ageMs: Math.max(0, Math.round(row.age_ms)), ...(row.report as Report) }))];
  }

  /** The others know at once that it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#o.handlerRuns.write().catch(() => undefined);
    await this.#o.pool.query('DELETE FROM process_reports WHERE worker_id = $1', [this.#o.workerId]).catch(() => undefined);
  }
}

/** The sums over all processes. */
export function together(reports: readonly ProcessReport[]): { readonly subscribers: number; readonly subscriptionsByType: Record<string, number>; readonly runs: RunWindow } {
  const subscriptionsByType: Record<string, number> = {};
  const runs = { completed: 0, failed: 0, busyMs: 0 };
  let subscribers = 0;
  for (const { bus, runs: own } of reports) {
    subscribers += bus.subscribers;
    for (const [name, count] of Object.entries(bus.subscriptionsByType)) subscriptionsByType[name] = (subscriptionsByType[name] ?? 0) + count;
    runs.completed += own.completed;
    runs.failed += own.failed;
    runs.busyMs += own.busyMs;
  }
  return { subscribers, subscriptionsByType, runs };
}

/** What ended lately in any process. */
export function latelyTogether(reports: readonly ProcessReport[]): LatelyEnded {
  const told = reports.flatMap(({ lately }) => lately ?? []);
  return { runs: sumOf(told.map(({ runs }) => runs)), requests: sumOf(told.map(({ requests }) => requests)) };
}
