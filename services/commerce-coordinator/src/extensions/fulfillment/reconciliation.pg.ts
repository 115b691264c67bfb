/**
 * The statements of the comparison: who may compare now, what there is to compare, and what came of it. Each is one statement
 * for a whole batch, and none is held open while the fulfilling side is asked.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { eventColumns, storedEvent } from '@commerce/event-log/events';
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Difference, OpenRequest, Outstanding, ReconciliationStore } from './reconciliation.ts';

/** How the comparison stands. */
export interface ReconciliationStatus {
  readonly lastRunAt: Date | null;
  readonly lastError: string | null;
  readonly healed: Readonly<Record<Difference, number>>;
  /** Requests whose outcome is not known. */
  readonly waiting: number;
  /** Outcomes that are known here and of which the fulfilling side has not been told so. */
  readonly unacknowledged: number;
}

/**
 * Takes the comparison for `holdMs` when it is due (`everyMs` after the last one ended) and nobody else has it. Gives 0, or how
 * long to wait before trying again. An end that lies in the future is no reason to wait: the clock was set back since.
 */
export async function claim(db: Tx, holder: string, everyMs: number, holdMs: number): Promise<number> {
  const { rowCount } = await run(db,
    `UPDATE reconciliation SET holder = $1, held_until = clock_timestamp() + $3 * interval '1 ms'
     WHERE (last_run_at IS NULL OR NOT clock_timestamp() BETWEEN last_run_at AND last_run_at + $2 * interval '1 ms') AND (held_until IS NULL OR held_until <= clock_timestamp())`,
    [holder, everyMs, holdMs],
  );
  if (rowCount === 1) return 0;
  const { rows } = await run(db,
    `SELECT extract(epoch FROM greatest(last_run_at + $1 * interval '1 ms', held_until) - clock_timestamp()) * 1000 AS wait_ms FROM reconciliation`,
    [everyMs],
  );
  return Math.max(1, Math.ceil(Number(rows[0]?.wait_ms ?? everyMs)));
}

/** Keeps it for another `holdMs`. False when another process has taken it meanwhile. */
export async function hold(db: Tx, holder: string, holdMs: number): Promise<boolean> {
  const { rowCount } = await run(db, `UPDATE reconciliation SET held_until = clock_timestamp() + $2 * interval '1 ms' WHERE holder = $1`, [holder, holdMs]);
  return rowCount === 1;
}

/** Gives it back. `ended`: the run came to its end, well or with an error; else it is due at once. */
export async function giveBack(db: Tx, holder: string, ended: boolean, error: string | null): Promise<void> {
  await run(db,
    `UPDATE reconciliation SET holder = NULL, held_until = NULL, last_error = $3, last_run_at = CASE WHEN $2 THEN clock_timestamp() ELSE last_run_at END WHERE holder = $1`,
    [holder, ended, error],
  );
}

export async function readStatus(db: Tx): Promise<ReconciliationStatus> {
  const { rows } = await run(db,
    `SELECT r.*, (SELECT count(*) FROM fulfillment_requests WHERE status = 'requested') AS waiting,
       (SELECT count(*) FROM fulfillment_requests WHERE told_version > acknowledged_version) AS unacknowledged FROM reconciliation r`,
    [],
  );
  const row = rows[0];
  return {
    lastRunAt: row.last_run_at, lastError: row.last_error, healed: { outcome_missed: Number(row.outcome_missed), request_lost: Number(row.request_lost) },
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
    async dueRequests(limit) {
      const { rows } = await run(db,
        `SELECT order_id, fulfillment_id FROM fulfillment_requests WHERE status = 'requested' AND check_at <= clock_timestamp() ORDER BY check_at LIMIT $1`,
        [limit],
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

    async ordersCreated(orderIds) {
      const { rows } = await run(db, `SELECT ${eventColumns()} FROM events WHERE subject = ANY ($1::text[]) AND type = 'OrderCreated'`, [orderIds]);
      return new Map(rows.map((row): [string, StoredEvent] => [row.subject, storedEvent(row)]));
    },
  };
}
