/**
 * Registrations: what was asked under a key, also of endpoints that are gone, and changes of many deliveries that were asked for.
 */
import type { Migration } from '@commerce/service-kit/database';

export const REGISTRATION_MIGRATION: Migration = {
  name: 'webhooks-2',
  sql: `
CREATE TABLE webhook_requests (
  endpoint_id uuid PRIMARY KEY,
  -- SHA-256 of the request that registered it.
  digest bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- Deliveries of an endpoint that change their state together, in the order of their ids and in small steps.
CREATE TABLE webhook_runs (
  run_id uuid PRIMARY KEY,
  -- In the order in which they were asked for.
  place bigint GENERATED ALWAYS AS IDENTITY,
  endpoint_id uuid NOT NULL,
  from_state text COLLATE "C" NOT NULL CHECK (from_state IN ('ready', 'held', 'dead')),
  to_state text COLLATE "C" NOT NULL CHECK (to_state IN ('ready', 'discarded')),
  -- The last one that was looked at.
  after_id uuid NOT NULL,
  until_id uuid NOT NULL,
  moved integer NOT NULL DEFAULT 0,
  looked_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  asked_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz(3)
);
-- Attempts that were made before it was sent again on request: then it has all its attempts anew.
ALTER TABLE webhook_deliveries ADD COLUMN attempts_before integer NOT NULL DEFAULT 0;
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (delivery_id) WHERE state = 'dead';
CREATE INDEX webhook_runs_open ON webhook_runs (endpoint_id, place) WHERE ended_at IS NULL;
`,
};
