/**
 * The rows of requests for fulfillment. An order without a row is `unasked`; a subject that is no order of this service has
 * no state at all, so that nothing waits for ever on a foreign event about an order that does not exist.
 *
 * The other columns belong to reconciliation.pg.ts: a saved state never touches them once the row is there.
 */
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { readTogether } from '../../read-together.ts';
import type { RequestedOrder } from './fulfiller.ts';
import type { FulfillmentRequest } from './request.ts';

/** Reads an order as its request tells of it. Throws when there is none. */
export function orderReader(db: Tx): (orderId: string) => Promise<RequestedOrder> {
  const read = readTogether((orderIds) => readOrders(db, orderIds));
  return async (orderId) => {
    const order = await read(orderId);
    if (order === undefined) throw new Error(`There is no order ${orderId}.`);
    return order;
  };
}

export async function readOrders(db: Tx, orderIds: readonly string[]): Promise<Map<string, RequestedOrder>> {
  const { rows } = await run(db,
    `SELECT o.order_id, o.order_number, o.customer_id, o.lines, o.status IN ('cancel_pending', 'cancelled') AS is_ending, coalesce(f.is_held, false) AS is_held
     FROM orders o LEFT JOIN fulfillment_requests f USING (order_id) WHERE o.order_id = ANY ($1::text[])`, [orderIds],
  );
  return new Map(rows.map((row): [string, RequestedOrder] => [row.order_id, {
    orderId: row.order_id, orderNumber: Number(row.order_number), customerId: row.customer_id, lines: row.lines, isEnding: row.is_ending, isHeld: row.is_held,
  }]));
}

/** Throws when there is no such order. */
export async function readRequest(db: Tx, orderId: string): Promise<FulfillmentRequest> {
  const request = (await requestsStore.load(db, [orderId])).get(orderId);
  if (request === undefined) throw new Error(`There is no order ${orderId}.`);
  return request;
}

export const requestsStore: StateStore<FulfillmentRequest> = {
  async load(tx, subjects) {
    const { rows } = await run(tx,
      `SELECT o.order_id, f.fulfillment_id, coalesce(f.status, 'unasked') AS status, coalesce(f.version, 0) AS version, coalesce(f.told_version, 0) AS told_version,
         coalesce(f.is_held, false) AS is_held
       FROM orders o LEFT JOIN fulfillment_requests f USING (order_id) WHERE o.order_id = ANY ($1::text[])`,
      [subjects],
    );
    return new Map(rows.map((row): [string, FulfillmentRequest] => [row.order_id, {
      orderId: row.order_id, fulfillmentId: row.fulfillment_id, status: row.status, version: row.version, toldVersion: row.told_version, isHeld: row.is_held,
    }]));
  },

  async save(tx, changes) {
    const requests = changes.map(({ after }) => after);
    await run(tx,
      `INSERT INTO fulfillment_requests (order_id, fulfillment_id, status, version, told_version, is_held, check_at)
       SELECT r.*, clock_timestamp() FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::boolean[]) AS r
       ON CONFLICT (order_id) DO UPDATE SET fulfillment_id = excluded.fulfillment_id, status = excluded.status, version = excluded.version,
         told_version = excluded.told_version, is_held = excluded.is_held`,
      [
        requests.map((request) => request.orderId), requests.map((request) => request.fulfillmentId), requests.map((request) => request.status),
        requests.map((request) => request.version), requests.map((request) => request.toldVersion), requests.map((request) => request.isHeld),
      ],
    );
  },
  isSentAtOnce: true,
};
