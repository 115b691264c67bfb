/**
 * One row per order. `closed_as` is computed, so that the two moves of an open order touch no index, and one index serves
 * both the count of open orders and lists by status.
 */
import type { Migration } from '@commerce/service-kit/database';

export const ORDERS_MIGRATION: Migration = {
  name: 'orders-1',
  sql: `
CREATE SEQUENCE order_number_blocks AS bigint START 1000000 INCREMENT 1000;

CREATE TABLE orders (
  order_id text COLLATE "C" PRIMARY KEY,
  order_number bigint NOT NULL UNIQUE,
  client_id text COLLATE "C" NOT NULL,
  idempotency_key text COLLATE "C" NOT NULL,
  request_hash bytea NOT NULL,
  customer_id text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  freight numeric(17, 2) NOT NULL,
  total numeric(17, 2) NOT NULL,
  lines jsonb NOT NULL,
  ship_to jsonb,
  metadata jsonb,
  created_at timestamptz(3) NOT NULL,
  status text NOT NULL DEFAULT 'created',
  version integer NOT NULL DEFAULT 1,
  fulfillment_id text,
  outcomes jsonb,
  reason jsonb,
  updated_at timestamptz(3) NOT NULL,
  closed_as text GENERATED ALWAYS AS (CASE WHEN status IN ('completed', 'cancelled') THEN status END) STORED,
  UNIQUE (client_id, idempotency_key)
) WITH (fillfactor = 70);
CREATE INDEX orders_closed ON orders (closed_as, order_id);
CREATE INDEX orders_customer ON orders (customer_id, order_id);

-- Signs the cursors that clients carry; the same for all processes of this service.
CREATE TABLE cursor_key (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  key bytea NOT NULL
);
INSERT INTO cursor_key (key) SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
`,
};
