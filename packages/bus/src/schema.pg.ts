/**
 * The tables of the bus, as one migration: why a message was left to the queue's redrive policy, and which own events the
 * bus refused for good. Neither holds payloads: the message is in the queue or its dead-letter queue, the event in the log.
 */

export const BUS_MIGRATION = {
  name: 'bus-1',
  sql: `
-- One row per message that was not accepted. SQS moves the message unchanged, so the reason stands here.
CREATE TABLE refusals (
  message_id text PRIMARY KEY,
  queue text NOT NULL,
  reason text NOT NULL,
  detail text NOT NULL,
  event_id uuid,
  event_type text,
  receive_count integer NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- A message that was redriven has a new id; its event has not.
CREATE INDEX refusals_event ON refusals (event_id);

-- Own events that the bus refused while others passed. Tried again at due_at until the bus takes them.
CREATE TABLE publish_refusals (
  event_id uuid PRIMARY KEY,
  event_type text NOT NULL,
  source text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_at timestamptz NOT NULL
);
CREATE INDEX publish_refusals_due ON publish_refusals (due_at);
`,
} as const;

/** What the replays of archives have brought. Sums alone cannot say which events were missing, and the log keeps events as they were sent. */
export const REPLAYS_MIGRATION = {
  name: 'bus-2-replays',
  sql: `
CREATE TABLE replay_arrivals (
  replay_name text PRIMARY KEY,
  applied bigint NOT NULL,
  duplicates bigint NOT NULL,
  refused bigint NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Events that had been missing. What a replay brought again stands in the ledger.
CREATE TABLE replayed_events (
  event_id uuid PRIMARY KEY,
  replay_name text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
`,
} as const;

/** Why a message was not accepted is kept longer than a dead-letter queue keeps the message. */
export const REFUSALS_RETENTION = { table: 'refusals', key: 'message_id', column: 'last_seen', days: 31 } as const;
