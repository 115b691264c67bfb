/**
 * The statements of the comparison: what there is to compare, and what came of it. Each is one statement
 * for a whole batch, and none is held open while the fulfilling side is asked.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { eventColumns, storedEvent } from '@commerce/event-log/events';
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { readJobStatus } from '@commerce/signals/job-status';
import type { JobStatus } from '@commerce/signals/job-status';
import { readOrders } from './requests.pg.ts';
import type { Difference, OpenRequest, Outstanding, ReconciliationStore } from './reconciliation.ts';

/** The scheduled job that compares. */
export const RECONCILE_JOB = 'fulfillment.reconcile';

/** How the comparison stands. */
export interface ReconciliationStatus extends JobStatus {
  readonly healed: Readonly<Record<Difference, number>>;
  /** Requests whose outcome is not known. */
  readonly waiting: number;
  /** Outcomes that are known here and of which the fulfilling side has not been told so. */
  readonly unacknowledged: number;
}

export async function readStatus(db: Tx): Promise<ReconciliationStatus> {
  const { rows } = await run(db,
    `SELECT r.outcome_missed, r.request_lost, (SELECT count(*) FROM fulfillment_requests WHERE status = 'requested') AS waiting,
       (SELECT count(*) FROM fulfillment_requests WHERE told_version > acknowledged_version) AS unacknowledged FROM reconciliation r`,
    [],
  );
  const row = rows[0];
  return {
    ...await readJobStatus(db, RECONCILE_JOB), healed: { outcome_missed: Number(row.outcome_missed), request_lost: Number(row.request_lost) },
    waiting: Number(row.waiting), unacknowledged: Number(row.unacknowledged),
  };
}

/** Counts what was healed, in the transaction of the events that tell it. */
export async function countHealed(tx: Tx, healed: Readonly<Record<Difference, number>>): Promise<void> {
  await run(tx, 'UPDATE reconciliation SET outcome_missed = outcome_missed + $1, request_lost = request_lost + $2', [healed.outcome_missed, healed.request_lost]);
}

/** What a run reads and writes outside of the changes of state. */
export function reconciliationStore(db: Tx): ReconciliationStore {
  return {
    async dueRequests(limit, patienceMs) {
      const { rows } = await run(db,
        `SELECT order_id, fulfillment_id FROM fulfillment_requests
         WHERE status = 'requested' AND check_at <= clock_timestamp() AND (checks > 0 OR check_at <= clock_timestamp() - $2 * interval '1 ms') ORDER BY check_at LIMIT $1`,
        [limit, patienceMs],
      );
      return rows.map((row): OpenRequest => ({ orderId: row.order_id, fulfillmentId: row.fulfillment_id }));
    },

    async putOff(orderIds, firstMs, maxMs) {
      await run(db,
        `UPDATE fulfillment_requests SET checks = checks + 1,
           check_at = clock_timestamp() + greatest($2, least($2::float8 * 2 ^ least(checks + 1, 30), $3)) * interval '1 ms'
         WHERE order_id = ANY ($1::text[]) AND status = 'requested'`,
        [orderIds, firstMs, maxMs],
      );
    },

    async unacknowledged(limit) {
      const { rows } = await run(db,
        'SELECT order_id, fulfillment_id, told_version FROM fulfillment_requests WHERE told_version > acknowledged_version ORDER BY order_id LIMIT $1',
        [limit],
      );
      return rows.map((row): Outstanding => ({ orderId: row.order_id, fulfillmentId: row.fulfillment_id, version: row.told_version }));
    },

    async acknowledged(items) {
      await run(db,
        `UPDATE fulfillment_requests f SET acknowledged_version = greatest(f.acknowledged_version, a.version)
         FROM unnest($1::text[], $2::text[], $3::integer[]) AS a(order_id, fulfillment_id, version)
         WHERE f.order_id = a.order_id AND f.fulfillment_id = a.fulfillment_id AND f.acknowledged_version < a.version`,
        [items.map((item) => item.orderId), items.map((item) => item.fulfillmentId), items.map((item) => item.version)],
      );
    },

    async known(orderIds) {
      const { rows } = await run(db, 'SELECT order_id, fulfillment_id, told_version FROM fulfillment_requests WHERE order_id = ANY ($1::text[]) AND fulfillment_id IS NOT NULL', [orderIds]);
      return new Map(rows.map((row): [string, Outstanding] => [row.order_id, { orderId: row.order_id, fulfillmentId: row.fulfillment_id, version: row.told_version }]));
    },

    async causes(orderIds) {
      // An order of before payments was requested because it was created.
      const { rows } = await run(db,
        `SELECT DISTINCT ON (subject) ${eventColumns()} FROM events WHERE subject = ANY ($1::text[]) AND type IN ('PaymentProcessed', 'OrderCreated') ORDER BY subject, type DESC`, [orderIds],
      );
      return new Map(rows.map((row): [string, StoredEvent] => [row.subject, storedEvent(row)]));
    },

    orders: (orderIds) => readOrders(db, orderIds),
  };
}
