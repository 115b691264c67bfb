/** The headers of an endpoint are sealed with its secrets; and when an endpoint was removed, so that the request for it can be forgotten. */
import type { Migration } from '@commerce/service-kit/database';

export const SEALED_HEADERS_MIGRATION: Migration = {
  name: 'webhooks-8',
  sql: `
ALTER TABLE webhook_endpoints DROP COLUMN headers;
ALTER TABLE webhook_requests ADD COLUMN removed_at timestamptz(3);
UPDATE webhook_requests r SET removed_at = clock_timestamp() WHERE NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.endpoint_id = r.endpoint_id);
CREATE INDEX webhook_requests_removed ON webhook_requests (removed_at) WHERE removed_at IS NOT NULL;
`,
};
