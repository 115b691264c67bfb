/** What was written about one subject, for its erasure. */
import type { Migration } from '@commerce/service-kit/database';

export const SUBJECTS_MIGRATION: Migration = {
  name: 'webhooks-5',
  sql: `
CREATE INDEX webhook_messages_subject ON webhook_messages (subject);
CREATE INDEX webhook_deliveries_subject ON webhook_deliveries (subject);
`,
};
