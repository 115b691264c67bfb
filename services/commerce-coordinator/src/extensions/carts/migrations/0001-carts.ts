/** One row per cart, whole. */
import type { Migration } from '@commerce/service-kit/database';

export const CARTS_MIGRATION: Migration = {
  name: 'carts-1',
  sql: `
CREATE TABLE carts (
  cart_id text COLLATE "C" PRIMARY KEY,
  customer_id text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  status text NOT NULL,
  version integer NOT NULL,
  items jsonb NOT NULL,
  additions jsonb NOT NULL,
  checkout jsonb,
  placed_order jsonb,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL
) WITH (fillfactor = 70);
`,
};
