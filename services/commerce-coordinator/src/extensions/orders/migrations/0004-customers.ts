/** One row per customer of whom the catalogue has told. */
import type { Migration } from '@commerce/service-kit/database';

export const CUSTOMERS_MIGRATION: Migration = {
  name: 'orders-4',
  sql: `
CREATE TABLE order_customers (
  customer_id text COLLATE "C" PRIMARY KEY,
  customer_name text,
  is_active boolean NOT NULL,
  profile_version integer NOT NULL
);
`,
};
