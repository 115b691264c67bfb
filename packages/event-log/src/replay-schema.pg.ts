/**
 * The tables of replays: what was asked for, how far it is, and what it changed or would change.
 */

/** A migration of the log. */
export const REPLAY_MIGRATION = {
  name: 'event-log-replays',
  sql: `
-- until: only what is older; unknown before it starts. epoch, txid, position: everything up to here was replayed.
CREATE TABLE replays (
  replay_id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('events', 'rebuild')),
  target jsonb NOT NULL,
  selection jsonb NOT NULL,
  mode text NOT NULL CHECK (mode IN ('dry', 'run')),
  effects text NOT NULL CHECK (effects IN ('suppressed', 'allowed')),
  accept boolean NOT NULL DEFAULT false,
  dry_run_id uuid,
  rate integer,
  requested_by jsonb NOT NULL,
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'stopped', 'done', 'failed')),
  until_epoch integer,
  until_txid xid8,
  is_prepared boolean NOT NULL DEFAULT false,
  epoch integer NOT NULL DEFAULT 0,
  txid xid8 NOT NULL DEFAULT '0',
  position bigint NOT NULL DEFAULT 0,
  first_position bigint,
  last_position bigint,
  scanned bigint NOT NULL DEFAULT 0,
  matched bigint NOT NULL DEFAULT 0,
  applied bigint NOT NULL DEFAULT 0,
  ignored bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  appended bigint NOT NULL DEFAULT 0,
  outside bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0,
  kept text,
  error text,
  holder uuid,
  held_until timestamptz NOT NULL DEFAULT '-infinity',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz
) WITH (fillfactor = 50);
CREATE INDEX replays_open ON replays (created_at) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX replays_rebuild ON replays ((target->>'projection')) WHERE kind = 'rebuild' AND state IN ('waiting', 'running');

-- The first of what a replay changes or would change; how many there are in all stands in its row. json: as it was written.
CREATE TABLE replay_differences (
  replay_id uuid NOT NULL,
  key text NOT NULL,
  place bigint GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL CHECK (kind IN ('row', 'event', 'effect', 'fault')),
  name text NOT NULL,
  subject text NOT NULL,
  event_id uuid,
  before json,
  after json,
  PRIMARY KEY (replay_id, key)
);
CREATE INDEX replay_differences_place ON replay_differences (replay_id, place);

-- Of a job: the replay that has brought it; handed_in until its owner has taken it into memory.
ALTER TABLE work ADD COLUMN replay_id uuid, ADD COLUMN handed_in boolean NOT NULL DEFAULT false;
CREATE INDEX work_handed_in ON work (reader, slot) WHERE handed_in;
`,
} as const;

/** A migration of the log. */
export const REPLAY_HELD_MIGRATION = {
  name: 'event-log-replay-held',
  sql: `
-- Subjects of which an event has failed in a replay: what comes later of them is passed over, however many there are.
CREATE TABLE replay_held (
  replay_id uuid NOT NULL,
  subject text NOT NULL,
  PRIMARY KEY (replay_id, subject)
);
ALTER TABLE replay_differences DROP CONSTRAINT replay_differences_kind_check,
  ADD CONSTRAINT replay_differences_kind_check CHECK (kind IN ('row', 'event', 'effect', 'waiting', 'fault'));
`,
} as const;

/** A migration of the log. */
export const REPLAY_OVERTAKEN_MIGRATION = {
  name: 'event-log-replay-overtaken',
  sql: `
-- Retention has removed an event to which the replay had still to come.
ALTER TABLE replays ADD COLUMN is_overtaken boolean NOT NULL DEFAULT false;
`,
} as const;
