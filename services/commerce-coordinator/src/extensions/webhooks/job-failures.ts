/**
 * Tells of runs of our own handlers that failed, as `job.failed`: to endpoints that ask for it by name, never for `*`.
 *
 * The log stores each failure with what the run leaves behind, and here they are read behind it, once a second while somebody asks, in the order in which
 * they were stored; so no run waits for it, and nothing is lost with a process. Told is each failed attempt of a handler and an event
 * once, with the transaction that remembers how far it is.
 */
import { inTransaction } from '@commerce/event-log/transaction';
import { run } from '@commerce/event-log/statement';
import type { Tx } from '@commerce/event-log/extension';
import { JobFailed } from '@commerce/events/entries/jobs';
import { uuid7 } from '@commerce/events/uuid7';
import type { WebhookBody, WorkerStatusWebhook } from '@commerce/events/webhook-message';
import type { ScheduledJob } from '@commerce/signals/extension';
import { writeUnleased } from './fan-out.pg.ts';
import type { Planned } from './fan-out.ts';
import type { WebhooksOwn } from './own.ts';

const CHUNK = 500;
/** One that is still being written after so long is not waited for. */
const PATIENCE = '60 seconds';
/** While nobody asks, it is remembered that seldom how far it is; who begins to ask is heard within this time, and told of all since then. */
const IDLE_MS = 30_000;

interface FailedRow {
  readonly handler: string;
  readonly event_id: string;
  readonly subject: string;
  readonly error: { readonly message: string };
  readonly worker_id: string | null;
  readonly took_ms: number | null;
  readonly failed_at: Date;
}

/** One chunk. True when there may be more. */
export async function tellFailures({ db, registry, dispatcher, nowMs }: Pick<WebhooksOwn, 'db' | 'registry' | 'dispatcher' | 'nowMs'>): Promise<boolean> {
  const { told, isFull } = await inTransaction(db, async (tx) => {
    await registry.refresh(tx);
    if (!registry.isWanted(JobFailed.webhook)) {
      await run(tx, 'UPDATE webhook_failures SET told_until = clock_timestamp()', []);
      return { told: [], isFull: false };
    }
    const rows = await nextFailures(tx);
    const planned = rows.flatMap((row): Planned[] => {
      const body = bodyOfFailure(row);
      const to = registry.wanting(JobFailed.webhook, body);
      return to.length === 0 ? [] : [{ eventId: body.id, name: body.event, subject: row.subject, body: JSON.stringify(body), to, isReplay: false, traceparent: null }];
    });
    await writeUnleased(tx, planned, nowMs());
    return { told: planned, isFull: rows.length >= CHUNK };
  });
  dispatcher?.due([...new Set(told.flatMap(({ to }) => to.map(({ endpoint }) => endpoint.endpointId)))]);
  return isFull;
}

/** Those after the last ones, up to what nobody writes before any more; and remembers them as told. */
async function nextFailures(tx: Tx): Promise<FailedRow[]> {
  // A statement of its own: who has written by then and is not seen here has committed, and is seen by the next one.
  const { rows: [until] } = await run(tx,
    `SELECT greatest(least(statement_timestamp(), min(xact_start)), statement_timestamp() - interval '${PATIENCE}')::text AS at
     FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()`, [],
  );
  const { rows } = await run(tx,
    `WITH place AS MATERIALIZED (SELECT told_until FROM webhook_failures FOR UPDATE), found AS MATERIALIZED (
       SELECT handler, event_id, subject, error, worker_id, took_ms, failed_at FROM failed_attempts
       WHERE failed_at > (SELECT told_until FROM place) AND failed_at < $1::timestamptz ORDER BY failed_at FETCH FIRST ${CHUNK} ROWS WITH TIES
     ), moved AS (
       UPDATE webhook_failures SET told_until = (SELECT max(failed_at) FROM found) WHERE EXISTS (SELECT FROM found)
     ) SELECT * FROM found ORDER BY failed_at`, [until?.at],
  );
  return rows;
}

function bodyOfFailure({ handler, event_id: eventId, error, worker_id: workerId, took_ms: tookMs, failed_at: failedAt }: FailedRow): WebhookBody {
  const data: WorkerStatusWebhook = {
    workerId: workerId ?? 'unknown', queueName: handler.split('.', 1)[0] ?? handler, jobId: `${handler}:${eventId}`, jobType: handler, status: 'failed',
    ...(tookMs !== null && { processingTime: tookMs }), error: error.message,
  };
  return { id: uuid7(failedAt.getTime()), event: JobFailed.webhook, created: failedAt.toISOString(), data };
}

export const FAILURE_JOBS: readonly ScheduledJob<WebhooksOwn>[] = [
  { name: 'webhooks.tell_failures', everyMs: ({ registry }) => (registry.isWanted(JobFailed.webhook) ? 1_000 : IDLE_MS), run: (own) => tellFailures(own) },
];
