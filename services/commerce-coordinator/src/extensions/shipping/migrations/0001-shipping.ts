/** One row per order that ships. */
import type { Migration } from '@commerce/service-kit/database';

export const SHIPPING_MIGRATION: Migration = {
  name: 'shipping-1',
  sql: `
CREATE TABLE shipments (
  order_id text COLLATE "C" PRIMARY KEY,
  fulfillment_id text NOT NULL,
  method text NOT NULL CHECK (method IN ('none', 'parcel')),
  parcels jsonb NOT NULL
);
`,
};
