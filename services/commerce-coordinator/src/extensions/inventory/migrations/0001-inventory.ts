/**
 * One row per product that was counted, per order that was answered, per request that adjusted. The constraints are the last
 * judge: whatever decides, more is never set aside than there is.
 */
import type { Migration } from '@commerce/service-kit/database';

export const INVENTORY_MIGRATION: Migration = {
  name: 'inventory-1',
  sql: `
CREATE TABLE inventory_stocks (
  sku text COLLATE "C" PRIMARY KEY,
  on_hand integer NOT NULL,
  reserved integer NOT NULL CHECK (reserved >= 0),
  version integer NOT NULL,
  CHECK (reserved <= on_hand)
) WITH (fillfactor = 50);

CREATE TABLE inventory_reservations (
  order_id text COLLATE "C" PRIMARY KEY,
  status text NOT NULL,
  version integer NOT NULL,
  lines jsonb NOT NULL
) WITH (fillfactor = 70);

-- Under the digest of the client and its key; kept, so that a key is never used for a second change.
CREATE TABLE inventory_adjustments (
  key text COLLATE "C" PRIMARY KEY,
  digest text NOT NULL,
  lines jsonb NOT NULL,
  adjusted_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
`,
};
