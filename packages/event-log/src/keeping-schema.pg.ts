/**
 * The tables of what keeps the log: seals, retention, and the place where a reader halts to be divided anew.
 */

/** A migration of the log. */
export const KEEPING_MIGRATION = {
  name: 'event-log-keeping',
  sql: `
-- One row per sealed stretch of the log. The rows stay for ever; the records go with the last event of their stretch.
CREATE TABLE seals (
  seal bigint PRIMARY KEY,
  from_epoch integer NOT NULL,
  from_txid xid8 NOT NULL,
  from_position bigint NOT NULL,
  to_epoch integer NOT NULL,
  to_txid xid8 NOT NULL,
  to_position bigint NOT NULL,
  events integer NOT NULL,
  total bigint NOT NULL,
  topics text[] NOT NULL,
  newest_ms bigint NOT NULL,
  records bytea,
  root bytea NOT NULL,
  chain bytea NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE seals ALTER COLUMN records SET STORAGE EXTERNAL;
CREATE INDEX seals_with_records ON seals (newest_ms) WHERE records IS NOT NULL;

CREATE TABLE seal_heads (
  seal bigint NOT NULL,
  key_id text NOT NULL,
  -- json, not jsonb: what was signed stays as it is.
  head json NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (seal, key_id)
);

-- Per topic: events whose id is older than this were removed, or stand in retention_kept. Unix ms.
CREATE TABLE retention_marks (
  topic text PRIMARY KEY,
  removed_before_ms bigint NOT NULL
);
-- Events past their retention that something still needs. Looked at in every run.
CREATE TABLE retention_kept (
  event_id uuid PRIMARY KEY,
  topic text NOT NULL
);

-- A reader that is to be divided anew comes to one place first: none of its partitions moves beyond it.
ALTER TABLE readers ADD COLUMN halt_epoch integer, ADD COLUMN halt_txid xid8;
`,
} as const;
