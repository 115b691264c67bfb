/** Which of its leases an ending ends: one that is written again, for its answer was lost, must not end a later one of the same dispatcher. */
import type { Migration } from '@commerce/service-kit/database';

export const CLAIMS_MIGRATION: Migration = {
  name: 'webhooks-10',
  sql: `
-- Times that it was claimed. What is leased as it is written was never claimed.
ALTER TABLE webhook_deliveries ADD COLUMN claims integer NOT NULL DEFAULT 0;
`,
};
