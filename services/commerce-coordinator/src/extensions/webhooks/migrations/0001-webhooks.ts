/**
 * Webhooks: who wants to hear what, what is to be sent to whom, and what became of it.
 *
 * The bytes of a message are stored once for an event; a delivery is a narrow row that moves in place, found by partial indexes.
 * Times are the database's.
 */
import type { Migration } from '@commerce/service-kit/database';

export const WEBHOOKS_MIGRATION: Migration = {
  name: 'webhooks-1',
  sql: `
CREATE TABLE webhook_endpoints (
  endpoint_id uuid PRIMARY KEY,
  -- Client id of the token that registered it.
  owner text COLLATE "C" NOT NULL,
  url text NOT NULL,
  -- Names as they were given: order.created, order.*, *.
  events jsonb NOT NULL,
  -- An EventBridge pattern on the body.
  filter jsonb,
  retry_attempts integer NOT NULL,
  retry_delay_ms integer NOT NULL,
  timeout_ms integer NOT NULL,
  -- Deliveries a second.
  rate_limit integer,
  max_in_flight integer NOT NULL,
  ordered boolean NOT NULL,
  headers jsonb NOT NULL,
  description text,
  -- Sealed: a list, newest first.
  secrets bytea NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('enabled', 'disabled')),
  disabled_reason text,
  disabled_at timestamptz(3),
  -- When its owner was told that half of its deliveries fail.
  noticed_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhook_endpoints_owner ON webhook_endpoints (owner, endpoint_id);

-- Moves with every change of an endpoint: who keeps them in memory looks here.
CREATE TABLE webhook_registrations (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version bigint NOT NULL
);
INSERT INTO webhook_registrations (version) VALUES (1);

-- What payloads need of an order, as its events have told.
CREATE TABLE webhook_orders (
  order_id text COLLATE "C" PRIMARY KEY,
  sequence integer NOT NULL,
  state jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);
CREATE INDEX webhook_orders_created ON webhook_orders USING brin (created_at);

-- The exact bytes, once for an event; only for events that somebody wants.
CREATE TABLE webhook_messages (
  event_id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  body bytea NOT NULL
);

CREATE TABLE webhook_deliveries (
  delivery_id uuid PRIMARY KEY,
  -- In the order in which they were made: that of the events, for one subject.
  place bigint GENERATED ALWAYS AS IDENTITY,
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('ready', 'leased', 'held', 'delivered', 'dead', 'discarded')),
  -- One of a subject at a time.
  ordered boolean NOT NULL DEFAULT false,
  -- Attempts that were made.
  attempt integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL,
  -- The dispatcher that has it in memory; see webhook_dispatchers.
  lease_holder uuid,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz(3),
  last_status integer,
  last_error text,
  replay_id uuid
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (event_id, endpoint_id) WHERE replay_id IS NULL;
CREATE UNIQUE INDEX webhook_deliveries_replayed ON webhook_deliveries (event_id, endpoint_id, replay_id) WHERE replay_id IS NOT NULL;
CREATE INDEX webhook_deliveries_ready ON webhook_deliveries (endpoint_id, due_at, delivery_id) WHERE state = 'ready';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (lease_holder) WHERE state = 'leased';
CREATE INDEX webhook_deliveries_kept ON webhook_deliveries (endpoint_id, state, delivery_id) WHERE state IN ('held', 'dead');
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (endpoint_id, delivery_id);
-- What is before one that has to wait its turn.
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (endpoint_id, subject, place) WHERE ordered AND state IN ('ready', 'leased');
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries USING brin (ended_at);

-- A dispatcher has its deliveries as long as it lives: one row to renew, however many they are.
CREATE TABLE webhook_dispatchers (
  holder uuid PRIMARY KEY,
  alive_until timestamptz(3) NOT NULL
);

CREATE TABLE webhook_attempts (
  delivery_id uuid NOT NULL,
  attempt integer NOT NULL,
  started_at timestamptz(3) NOT NULL,
  duration_ms integer NOT NULL,
  status integer,
  -- At most 4 KiB.
  answer text,
  error text,
  PRIMARY KEY (delivery_id, attempt)
);

CREATE TABLE webhook_counts (
  endpoint_id uuid PRIMARY KEY,
  delivered bigint NOT NULL DEFAULT 0,
  -- Attempts that failed, and deliveries that were given up.
  failed bigint NOT NULL DEFAULT 0,
  dead bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
`,
};
