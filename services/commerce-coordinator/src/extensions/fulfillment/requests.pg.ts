/**
 * The rows of requests for fulfillment. An order without a row is `unasked`; a subject that is no order of this service has
 * no state at all, so that nothing waits for ever on a foreign event about an order that does not exist.
 *
 * The other columns belong to reconciliation.pg.ts: a saved state never touches them once the row is there.
 */
import type { StateStore } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { FulfillmentRequest } from './request.ts';

/** `checkAfterMs`: time from the acknowledgement to the first comparison. */
export function requestsStore(checkAfterMs: number): StateStore<FulfillmentRequest> {
  return {
    async load(tx, subjects) {
      const { rows } = await run(tx,
        `SELECT o.order_id, f.fulfillment_id, coalesce(f.status, 'unasked') AS status, coalesce(f.version, 0) AS version, coalesce(f.told_version, 0) AS told_version
         FROM orders o LEFT JOIN fulfillment_requests f USING (order_id) WHERE o.order_id = ANY ($1::text[])`,
        [subjects],
      );
      return new Map(rows.map((row): [string, FulfillmentRequest] => [row.order_id, {
        orderId: row.order_id, fulfillmentId: row.fulfillment_id, status: row.status, version: row.version, toldVersion: row.told_version,
      }]));
    },

    async save(tx, changes) {
      const requests = changes.map(({ after }) => after);
      await run(tx,
        `INSERT INTO fulfillment_requests (order_id, fulfillment_id, status, version, told_version, check_at)
         SELECT r.*, clock_timestamp() + $6 * interval '1 ms' FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[]) AS r
         ON CONFLICT (order_id) DO UPDATE SET fulfillment_id = excluded.fulfillment_id, status = excluded.status, version = excluded.version,
           told_version = excluded.told_version`,
        [
          requests.map((request) => request.orderId), requests.map((request) => request.fulfillmentId), requests.map((request) => request.status),
          requests.map((request) => request.version), requests.map((request) => request.toldVersion), checkAfterMs,
        ],
      );
    },
  };
}
