/** One row per user, per product, and per stock of a product: what is sold moves no row of a product. */
import type { Migration } from '@commerce/service-kit/database';

export const CATALOG_MIGRATION: Migration = {
  name: 'catalog-1',
  sql: `
CREATE TABLE catalog_users (
  user_id text COLLATE "C" PRIMARY KEY,
  email text,
  name text,
  status text NOT NULL,
  version integer NOT NULL,
  registered_as text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL
);

CREATE TABLE catalog_products (
  sku text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  unit_price numeric(17, 2) NOT NULL,
  currency text NOT NULL,
  status text NOT NULL,
  version integer NOT NULL,
  created_as text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL
);

CREATE TABLE catalog_stocks (
  sku text COLLATE "C" PRIMARY KEY,
  available bigint NOT NULL,
  is_counted boolean NOT NULL
) WITH (fillfactor = 70);
`,
};
