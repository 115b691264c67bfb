/**
 * The tables of the tool for dead letters. What lies in queues stays there: `dead_messages` is what was seen of it, so that it can
 * be listed, and what became of it by this tool.
 */
const TABLES = {
  name: 'dead-letters-1',
  sql: `
-- A message of a dead-letter queue as it was seen last. ended: by this tool; the row is kept for 31 days, so that a message is
-- counted once however often the tool is killed between the queue and this row.
CREATE TABLE dead_messages (
  message_id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('queue', 'rule-target')),
  body text NOT NULL,
  attributes jsonb NOT NULL,
  reason text NOT NULL,
  detail text NOT NULL,
  event_id uuid,
  event_type text,
  sent_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended text CHECK (ended IN ('redriven', 'discarded')),
  ended_at timestamptz
);
CREATE INDEX dead_messages_open ON dead_messages (kind, sent_at, message_id) WHERE ended IS NULL;
CREATE INDEX dead_messages_ended ON dead_messages (ended_at) WHERE ended IS NOT NULL;

-- One process at a time looks into a queue: what it holds in its hand, another one would not see.
CREATE TABLE dead_letter_queues (
  kind text PRIMARY KEY,
  holder uuid,
  held_until timestamptz NOT NULL DEFAULT '-infinity',
  looked_at timestamptz,
  is_complete boolean NOT NULL DEFAULT false,
  fault text
);
INSERT INTO dead_letter_queues (kind) VALUES ('queue'), ('rule-target');

-- What somebody has asked for: one thing after the other. Whoever holds it carries it on from where it stands.
CREATE TABLE dead_letter_runs (
  run_id uuid PRIMARY KEY,
  act text NOT NULL CHECK (act IN ('redrive', 'discard')),
  selection jsonb NOT NULL,
  rate integer NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'stopping', 'done', 'stopped')),
  asked_by jsonb NOT NULL,
  why text NOT NULL,
  to_do integer,
  done_kinds text[] NOT NULL DEFAULT '{}',
  place text,
  moved integer NOT NULL DEFAULT 0,
  redriven integer NOT NULL DEFAULT 0,
  known integer NOT NULL DEFAULT 0,
  refused integer NOT NULL DEFAULT 0,
  discarded integer NOT NULL DEFAULT 0,
  last_error text,
  holder uuid,
  held_until timestamptz NOT NULL DEFAULT '-infinity',
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz
);
CREATE UNIQUE INDEX dead_letter_runs_one ON dead_letter_runs ((true)) WHERE state IN ('running', 'stopping');
`,
} as const;

const REFUSED = {
  name: 'dead-letters-2',
  sql: `
-- The run that refused a message last: it counts it once, however often a kill or a fault shows it the message again.
ALTER TABLE dead_messages ADD COLUMN refused_in uuid;
`,
} as const;

const QUEUES = {
  name: 'dead-letters-3',
  sql: `
-- There are more queues than kinds: those of the service's own bus stand beside those of its subscription. The kind follows from the queue.
ALTER TABLE dead_messages DROP CONSTRAINT dead_messages_kind_check;
ALTER TABLE dead_messages RENAME COLUMN kind TO queue;
UPDATE dead_messages SET queue = CASE queue WHEN 'queue' THEN 'dead' ELSE 'undelivered' END;
ALTER TABLE dead_messages ADD CHECK (queue IN ('dead', 'undelivered', 'uncopied', 'undecrypted', 'replica-undecrypted'));
ALTER TABLE dead_letter_queues RENAME COLUMN kind TO queue;
UPDATE dead_letter_queues SET queue = CASE queue WHEN 'queue' THEN 'dead' ELSE 'undelivered' END;
INSERT INTO dead_letter_queues (queue) VALUES ('uncopied'), ('undecrypted'), ('replica-undecrypted');
-- A run has parts: work, publish, and each queue.
ALTER TABLE dead_letter_runs RENAME COLUMN done_kinds TO done_parts;
UPDATE dead_letter_runs SET done_parts = array_replace(array_replace(done_parts, 'queue', 'dead'), 'rule-target', 'undelivered');
`,
} as const;

const TOPICS = {
  name: 'dead-letters-4',
  sql: `
-- The dead-letter topics of Kafka stand beside the queues of SQS.
ALTER TABLE dead_messages DROP CONSTRAINT dead_messages_queue_check;
ALTER TABLE dead_messages ADD CONSTRAINT dead_messages_queue_check
  CHECK (queue IN ('dead', 'undelivered', 'uncopied', 'undecrypted', 'replica-undecrypted', 'order-updates', 'dispute-updates', 'fulfillment-events'));
INSERT INTO dead_letter_queues (queue) VALUES ('order-updates'), ('dispute-updates'), ('fulfillment-events');
`,
} as const;

export const DEAD_LETTERS_MIGRATIONS = [TABLES, REFUSED, QUEUES, TOPICS] as const;
