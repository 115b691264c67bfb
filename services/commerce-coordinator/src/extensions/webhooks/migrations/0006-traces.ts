/** The trace of what a message tells, for its attempts and for whoever gets it. */
import type { Migration } from '@commerce/service-kit/database';

export const TRACES_MIGRATION: Migration = {
  name: 'webhooks-6',
  sql: `
-- Of what has brought the event about; none for one that is not traced.
ALTER TABLE webhook_messages ADD COLUMN traceparent text COLLATE "C";
`,
};
