/** Up to which moment failed runs of handlers are told. */
import type { Migration } from '@commerce/service-kit/database';

export const FAILURES_MIGRATION: Migration = {
  name: 'webhooks-3',
  sql: `
CREATE TABLE webhook_failures (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  told_until timestamptz NOT NULL
);
INSERT INTO webhook_failures (told_until) VALUES (clock_timestamp());
`,
};
