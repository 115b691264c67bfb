/**
 * What was done for an order and must be undone when it ends, how it is paid, and how often its time ran out. Orders of before
 * had neither stock nor payment: one that was open goes on as a paid one of which nothing is to be undone.
 */
import type { Migration } from '@commerce/service-kit/database';

export const SAGA_MIGRATION: Migration = {
  name: 'orders-2',
  sql: `
DROP INDEX orders_closed;
ALTER TABLE orders DROP COLUMN closed_as;
ALTER TABLE orders
  ADD COLUMN payment_method jsonb,
  ADD COLUMN held_from text,
  ADD COLUMN stock text NOT NULL DEFAULT 'unknown',
  ADD COLUMN money text NOT NULL DEFAULT 'unknown',
  ADD COLUMN delivery text NOT NULL DEFAULT 'unknown',
  ADD COLUMN refund_lines jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN overdue integer NOT NULL DEFAULT 0,
  ADD COLUMN closed_as text GENERATED ALWAYS AS (CASE WHEN status IN ('completed', 'cancelled', 'refunded') THEN status END) STORED;
UPDATE orders SET stock = 'none', money = 'none', status = CASE status WHEN 'created' THEN 'paid' ELSE status END,
  delivery = CASE WHEN status IN ('fulfilled', 'completed') THEN 'delivered' WHEN status = 'cancelled' THEN 'ended' ELSE 'unknown' END;
CREATE INDEX orders_closed ON orders (closed_as, order_id);
CREATE INDEX orders_overdue ON orders (order_id) WHERE overdue > 0;
`,
};
