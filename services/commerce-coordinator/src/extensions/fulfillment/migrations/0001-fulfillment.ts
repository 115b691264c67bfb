/** One row per request for fulfillment that has an answer. */
import type { Migration } from '@commerce/service-kit/database';

export const FULFILLMENT_MIGRATION: Migration = {
  name: 'fulfillment-1',
  sql: `
CREATE TABLE fulfillment_requests (
  order_id text COLLATE "C" PRIMARY KEY,
  fulfillment_id text,
  status text NOT NULL,
  version integer NOT NULL,
  checks integer NOT NULL
) WITH (fillfactor = 70);
`,
};
