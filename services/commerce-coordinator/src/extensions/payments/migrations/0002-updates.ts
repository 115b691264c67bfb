/**
 * Disputes, when the provider's last word became so, and the updates that wait: of those the body stands with their webhook until
 * they were judged.
 */
import type { Migration } from '@commerce/service-kit/database';

export const UPDATES_MIGRATION: Migration = {
  name: 'payments-2',
  sql: `
ALTER TABLE payments ADD COLUMN last_told jsonb, ADD COLUMN disputes jsonb NOT NULL DEFAULT '[]';
ALTER TABLE payment_webhooks ADD COLUMN told jsonb;
CREATE INDEX payment_webhooks_kept ON payment_webhooks (order_id, received_at) WHERE verdict = 'kept';
`,
};
