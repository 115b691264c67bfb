/** How endpoints do, for all processes and over their restarts; where each attempt went; whose the counts of removed endpoints are; and which messages came in. */
import type { Migration } from '@commerce/service-kit/database';

export const HEALTH_MIGRATION: Migration = {
  name: 'webhooks-4',
  sql: `
-- Results of attempts by the minute in which they were written; of the last hour or two.
CREATE TABLE webhook_minutes (
  endpoint_id uuid NOT NULL,
  minute timestamptz(0) NOT NULL,
  results integer NOT NULL,
  failed integer NOT NULL,
  PRIMARY KEY (endpoint_id, minute)
) WITH (fillfactor = 70);
-- Since the last success.
ALTER TABLE webhook_counts ADD COLUMN failing_since timestamptz(3), ADD COLUMN failed_in_row bigint NOT NULL DEFAULT 0;
-- Of a removed endpoint.
ALTER TABLE webhook_counts ADD COLUMN owner text COLLATE "C";
CREATE INDEX webhook_counts_removed ON webhook_counts (owner) WHERE owner IS NOT NULL;
ALTER TABLE webhook_attempts ADD COLUMN url text;

-- What came in, by the id that its sender gave it.
CREATE TABLE webhook_received (
  type text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  -- SHA-256 of its bytes.
  digest bytea NOT NULL,
  received_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (type, message_id)
);
CREATE INDEX webhook_received_at ON webhook_received USING brin (received_at);
`,
};
