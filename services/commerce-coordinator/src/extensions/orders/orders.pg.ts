/**
 * The rows of orders as decisions need them: one select, one update, by order id.
 */
import { jsonArray, unnested } from '@commerce/event-log/arrays';
import type { StateStore } from '@commerce/event-log/extension';
import { exactly, mustBe, run, runOver } from '@commerce/event-log/statement';
import type { Order } from './order.ts';

export const ordersStore: StateStore<Order> = {
  async load(tx, subjects) {
    const { rows } = await run(tx,
      `SELECT order_id, order_number, customer_id, currency, total, lines, status, held_from, version, stock, money, delivery, fulfillment_id, outcomes, reason, refund_lines, overdue, updated_at, status_since
       FROM orders WHERE order_id = ANY ($1::text[])`,
      [subjects],
    );
    return new Map(rows.map((row): [string, Order] => [row.order_id, {
      orderId: row.order_id, orderNumber: Number(row.order_number), customerId: row.customer_id, currency: row.currency, total: row.total, lines: row.lines,
      status: row.status, heldFrom: row.held_from, version: row.version, stock: row.stock, money: row.money, delivery: row.delivery,
      fulfillmentId: row.fulfillment_id, outcomes: row.outcomes, reason: row.reason, refundLines: row.refund_lines, overdue: row.overdue,
      updatedAt: row.updated_at.toISOString(), statusSince: row.status_since?.toISOString() ?? null,
    }]));
  },

  async save(tx, changes) {
    const orders = changes.map(({ after }) => after);
    await exactly(runOver(orders.length, tx,
      `WITH changed AS (
       UPDATE orders o SET status = c.status, held_from = c.held_from, version = c.version, stock = c.stock, money = c.money, delivery = c.delivery,
         fulfillment_id = c.fulfillment_id, outcomes = c.outcomes, reason = c.reason, refund_lines = c.refund_lines, overdue = c.overdue,
         updated_at = c.updated_at, status_since = c.status_since,
         -- How it is paid is of no use once it is known whether it was.
         payment_method = CASE WHEN c.money = 'unknown' AND c.status NOT IN ('cancelled', 'refunded', 'completed') THEN o.payment_method END
       FROM ${unnested(['text', 'text', 'text', 'integer', 'text', 'text', 'text', 'text', 'jsonb', 'jsonb', 'jsonb', 'integer', 'timestamptz', 'timestamptz'])}
         AS c(order_id, status, held_from, version, stock, money, delivery, fulfillment_id, outcomes, reason, refund_lines, overdue, updated_at, status_since)
       WHERE o.order_id = c.order_id AND o.version < c.version RETURNING 1) ${mustBe(15, 'changed')}`,
      [
        orders.map((order) => order.orderId), orders.map((order) => order.status), orders.map((order) => order.heldFrom), orders.map((order) => order.version),
        orders.map((order) => order.stock), orders.map((order) => order.money), orders.map((order) => order.delivery), orders.map((order) => order.fulfillmentId),
        jsonArray(orders.map((order) => json(order.outcomes))), jsonArray(orders.map((order) => json(order.reason))), jsonArray(orders.map((order) => JSON.stringify(order.refundLines))),
        orders.map((order) => order.overdue), orders.map((order) => order.updatedAt), orders.map((order) => order.statusSince),
        orders.length,
      ],
    ), () => new Error(`${orders.length} orders were to be changed, and not all of them could be: one is newer than it was read, or gone.`));
  },
  isSentAtOnce: true,
};

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
