/**
 * What comparing with the fulfilling side needs: when a request without an outcome is asked about, what was acknowledged, and
 * one row for the comparison itself. It takes the place of a timer per order.
 */
import type { Migration } from '@commerce/service-kit/database';

export const RECONCILIATION_MIGRATION: Migration = {
  name: 'fulfillment-2',
  sql: `
ALTER TABLE fulfillment_requests
  ADD COLUMN told_version integer NOT NULL DEFAULT 0,
  ADD COLUMN acknowledged_version integer NOT NULL DEFAULT 0,
  ADD COLUMN check_at timestamptz NOT NULL DEFAULT now(),
  ALTER COLUMN checks SET DEFAULT 0;
CREATE INDEX fulfillment_requests_open ON fulfillment_requests (check_at) WHERE status = 'requested';
CREATE INDEX fulfillment_requests_unacknowledged ON fulfillment_requests (order_id) WHERE told_version > acknowledged_version;

CREATE TABLE reconciliation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- The process that compares now, and until when nobody else does.
  holder uuid,
  held_until timestamptz,
  last_run_at timestamptz,
  last_error text,
  outcome_missed bigint NOT NULL DEFAULT 0,
  request_lost bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO reconciliation DEFAULT VALUES;

DELETE FROM timers WHERE reader = 'fulfillment';
DELETE FROM work WHERE handler = 'fulfillment.check';
`,
};
