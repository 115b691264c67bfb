/** Since when an order is in its status, which tells how long it is past its promise; null: since it was placed. */
import type { Migration } from '@commerce/service-kit/database';

export const CARE_MIGRATION: Migration = {
  name: 'orders-3',
  sql: `
ALTER TABLE orders ADD COLUMN status_since timestamptz(3);
UPDATE orders SET status_since = updated_at WHERE version > 1;
`,
};
