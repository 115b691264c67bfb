/**
 * The tables of this service beside those of the event log and the bus.
 *
 * `fulfillments`: the primary key serves reads, lists and changes of one client; the two other indexes serve idempotency and
 * the load by client and order (the log's subject). No index holds a column that changes, so that a change touches no index; what waits
 * for its client's acknowledgement stands in a small table of its own for the same reason.
 * `first_answer` is kept as text, so that a repeated request gets the same bytes again.
 */
import type { Migration } from '@commerce/service-kit/database';

export const FULFILLMENTS_MIGRATION: Migration = {
  name: 'order-fulfillment-1',
  sql: `
CREATE TABLE fulfillments (
  client_id text COLLATE "C" NOT NULL,
  fulfillment_id uuid NOT NULL,
  order_id text COLLATE "C" NOT NULL,
  order_number bigint NOT NULL,
  customer jsonb NOT NULL,
  metadata jsonb,
  start_at timestamptz(3),
  not_after timestamptz(3),
  created_at timestamptz(3) NOT NULL,
  idempotency_key text COLLATE "C" NOT NULL,
  request_hash bytea NOT NULL,
  first_status smallint NOT NULL,
  first_answer text NOT NULL,
  status text NOT NULL CHECK (status IN ('scheduled', 'on_hold', 'accepted', 'in_progress', 'cancelling', 'completed', 'partial', 'failed', 'cancelled', 'revoked')),
  version integer NOT NULL,
  acknowledged_version integer,
  updated_at timestamptz(3) NOT NULL,
  lines jsonb NOT NULL,
  reason jsonb,
  checks integer NOT NULL,
  asking boolean NOT NULL,
  next_check_at timestamptz(3),
  -- Open, or something of it is under way: loaded with its order.
  active boolean NOT NULL,
  PRIMARY KEY (client_id, fulfillment_id),
  UNIQUE (client_id, idempotency_key)
) WITH (fillfactor = 70);
CREATE INDEX fulfillments_order ON fulfillments (order_id, client_id, fulfillment_id);

-- Settled ones whose latest version the client has not acknowledged.
CREATE TABLE unacknowledged (
  client_id text COLLATE "C" NOT NULL,
  fulfillment_id uuid NOT NULL,
  version integer NOT NULL,
  settled_at timestamptz(3) NOT NULL,
  PRIMARY KEY (client_id, fulfillment_id)
) WITH (fillfactor = 90);

-- Which lines of an order are requested or delivered, and by which fulfillment: {"<fulfillmentId>": {"lines": [...], "again": [...], "settled": true}}
-- ("again": asked for once more on purpose; without "settled" it counts as open, until somebody looks); and which may not be requested any more. One row decides over all processes.
CREATE TABLE order_claims (
  client_id text COLLATE "C" NOT NULL,
  order_id text COLLATE "C" NOT NULL,
  claims jsonb NOT NULL,
  revoked boolean NOT NULL DEFAULT false,
  revoked_lines text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (client_id, order_id)
);

-- Effects of the providers that live in this database. Anything but 1 in "effects" is a double fulfillment; "reversals" is what
-- was taken back of them.
CREATE TABLE provider_ledger (
  provider text NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  order_id text COLLATE "C" NOT NULL,
  line_id text COLLATE "C" NOT NULL,
  fulfillment_id uuid NOT NULL,
  quantity integer NOT NULL,
  effects integer NOT NULL,
  reversals integer NOT NULL DEFAULT 0,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (fulfillment_id, line_id, provider)
);

-- What the warehouse was asked to pick, and the parcel in which it left.
CREATE TABLE pick_requests (
  fulfillment_id uuid NOT NULL,
  line_id text COLLATE "C" NOT NULL,
  sku text NOT NULL,
  quantity integer NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  shipped_at timestamptz,
  tracking_number text,
  PRIMARY KEY (fulfillment_id, line_id)
) WITH (fillfactor = 80);

-- Signs the cursors that clients carry; the same for all processes of this service.
CREATE TABLE cursor_key (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  key bytea NOT NULL
);
INSERT INTO cursor_key (key) SELECT sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea);
`,
};

/**
 * Room in each page for as much again as it holds: acknowledgements change all the fulfillments of a page at once, and the new version of a
 * row touches no index as long as it finds room beside the former one.
 */
export const FULFILLMENTS_ROOM_MIGRATION: Migration = {
  name: 'order-fulfillment-2',
  sql: 'ALTER TABLE fulfillments SET (fillfactor = 45);',
};
