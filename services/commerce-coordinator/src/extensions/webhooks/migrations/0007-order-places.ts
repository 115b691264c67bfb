/** How far a row of an order has come in the log, so that it need not be kept while nobody wants to know. */
import type { Migration } from '@commerce/service-kit/database';

export const ORDER_PLACES_MIGRATION: Migration = {
  name: 'webhooks-7',
  sql: `
-- The last event that is in it. Rows from before have every event in them, and get their place with the next one.
ALTER TABLE webhook_orders ADD COLUMN epoch integer NOT NULL DEFAULT 0, ADD COLUMN txid xid8 NOT NULL DEFAULT '0', ADD COLUMN position bigint NOT NULL DEFAULT 0;
-- Nobody wanted to know when later events came: they are not in it.
ALTER TABLE webhook_orders ADD COLUMN is_behind boolean NOT NULL DEFAULT false;
`,
};
