/**
 * The rows of orders as decisions need them: one select, one update, by order id.
 */
import type { StateStore } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Order } from './order.ts';

export const ordersStore: StateStore<Order> = {
  async load(tx, subjects) {
    const { rows } = await run(tx, 
      `SELECT order_id, order_number, customer_id, lines, status, version, fulfillment_id, outcomes, reason
       FROM orders WHERE order_id = ANY ($1::text[])`,
      [subjects],
    );
    return new Map(rows.map((row): [string, Order] => [row.order_id, {
      orderId: row.order_id, orderNumber: Number(row.order_number), customerId: row.customer_id, lines: row.lines, status: row.status,
      version: row.version, fulfillmentId: row.fulfillment_id, outcomes: row.outcomes, reason: row.reason,
    }]));
  },

  async save(tx, changes) {
    const orders = changes.map(({ after }) => after);
    const { rowCount } = await run(tx, 
      `UPDATE orders o SET status = c.status, version = c.version, fulfillment_id = c.fulfillment_id, outcomes = c.outcomes,
         reason = c.reason, updated_at = clock_timestamp()
       FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::jsonb[], $6::jsonb[])
         AS c(order_id, status, version, fulfillment_id, outcomes, reason)
       WHERE o.order_id = c.order_id AND o.version < c.version`,
      [
        orders.map((order) => order.orderId), orders.map((order) => order.status), orders.map((order) => order.version),
        orders.map((order) => order.fulfillmentId), orders.map((order) => json(order.outcomes)), orders.map((order) => json(order.reason)),
      ],
    );
    if (rowCount !== orders.length) throw new Error(`${orders.length} orders were to be changed, ${rowCount} were.`);
  },
};

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
