/**
 * The tables of the log, as migrations, and the monthly partitions of `events`.
 * Ids and bounds of partitions are made in Node. There is no default partition: a missing one is a fault to be seen.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool } from 'pg';
import { FOREIGN_APPEND_MIGRATION } from './foreign-append-schema.pg.ts';
import { KEEPING_MIGRATION } from './keeping-schema.pg.ts';
import { REPLAY_HELD_MIGRATION, REPLAY_MIGRATION, REPLAY_OVERTAKEN_MIGRATION } from './replay-schema.pg.ts';
import { KEY_DESTROYED_MIGRATION, PERSONAL_MIGRATION } from './personal-schema.pg.ts';
import { inTransaction } from './transaction.pg.ts';

const TABLES_MIGRATION = {
  name: 'event-log-1',
  sql: `
CREATE TABLE log_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch integer NOT NULL,
  system_identifier text NOT NULL,
  timeline integer NOT NULL,
  map_version bigint NOT NULL DEFAULT 0,
  map_digest text NOT NULL DEFAULT ''
);
INSERT INTO log_state (epoch, system_identifier, timeline)
  SELECT 1, s.system_identifier::text, c.timeline_id FROM pg_control_system() s, pg_control_checkpoint() c;

CREATE TABLE events (
  event_id uuid NOT NULL,
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  position bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
  epoch integer NOT NULL,
  origin text NOT NULL CHECK (origin IN ('own', 'foreign')),
  type text NOT NULL,
  version text NOT NULL,
  topic text NOT NULL,
  subject text NOT NULL,
  slot smallint NOT NULL,
  sequence integer,
  correlation_id uuid NOT NULL,
  causation_id uuid,
  source text NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  recorded_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  metadata jsonb NOT NULL,
  data jsonb NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (event_id)
) PARTITION BY RANGE (event_id);
CREATE INDEX events_order ON events (epoch, txid, position);
CREATE INDEX events_subject ON events (subject, txid, position);
CREATE INDEX events_correlation ON events (correlation_id);

-- Where each reader stands, per partition: a range of slots. Moves often, so no index on the moving columns.
CREATE TABLE readers (
  name text NOT NULL,
  partition integer NOT NULL,
  slot_from smallint NOT NULL,
  slot_to smallint NOT NULL,
  epoch integer NOT NULL,
  txid xid8 NOT NULL,
  position bigint NOT NULL,
  recorded_at timestamptz(3) NOT NULL,
  owner uuid,
  fence bigint NOT NULL DEFAULT 0,
  map_version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (name, partition)
) WITH (fillfactor = 50);

-- Processes that may own partitions. A partition whose owner has not beaten for a lease is free.
CREATE TABLE workers (
  worker_id uuid PRIMARY KEY,
  lock_key integer NOT NULL,
  readers text[] NOT NULL,
  map_version bigint NOT NULL,
  beat_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Jobs of effect handlers, parked events and dead letters.
-- ready: runs at due_at. waiting: its time has not come, tried when its subject changes. behind: held by a dead row of its
-- subject. dead: ends here until it is redriven or skipped.
CREATE TABLE work (
  handler text NOT NULL,
  event_id uuid NOT NULL,
  reader text NOT NULL,
  slot smallint NOT NULL,
  subject text NOT NULL,
  epoch integer NOT NULL,
  txid xid8 NOT NULL,
  position bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('ready', 'waiting', 'behind', 'dead')),
  attempt integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  fence bigint NOT NULL,
  key text NOT NULL,
  key_expires_at timestamptz,
  first_sent_at timestamptz,
  last_error jsonb,
  PRIMARY KEY (handler, event_id)
) WITH (fillfactor = 70);
CREATE INDEX work_of_reader ON work (reader, slot, state, due_at);
CREATE INDEX work_of_subject ON work (reader, subject);

CREATE TABLE timers (
  reader text NOT NULL,
  subject text NOT NULL,
  name text NOT NULL,
  slot smallint NOT NULL,
  due_at timestamptz NOT NULL,
  correlation_id uuid NOT NULL,
  causation_id uuid,
  metadata jsonb NOT NULL,
  PRIMARY KEY (reader, subject, name)
);
CREATE INDEX timers_due ON timers (reader, due_at);

CREATE TABLE handlers (
  reader text NOT NULL,
  name text NOT NULL,
  active_from_epoch integer NOT NULL,
  active_from_txid xid8 NOT NULL,
  retired_at timestamptz,
  PRIMARY KEY (reader, name)
);

-- Everything that was ignored, and why.
CREATE TABLE ledger (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  handler text NOT NULL,
  event_id uuid,
  subject text NOT NULL,
  rule text NOT NULL,
  evidence jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ledger_subject ON ledger (subject);
`,
} as const;

/** For callers that order their builds (see `registerMap`): the newest build that has registered its map. */
const MAP_BUILD_MIGRATION = {
  name: 'event-log-2-map-build',
  sql: 'ALTER TABLE log_state ADD COLUMN map_build jsonb;',
} as const;

/** Who appended an event, at which attempt; and every run of a handler that failed, as long as it may be asked for. */
const RUNS_MIGRATION = {
  name: 'event-log-3-runs',
  sql: `
ALTER TABLE events ADD COLUMN handler text, ADD COLUMN attempt smallint;

-- retry_at: null when it was given up. Each attempt takes the place of the one 20 before it, and by the place in the key there
-- are never more of one event for one handler.
CREATE TABLE failed_attempts (
  handler text NOT NULL,
  event_id uuid NOT NULL,
  subject text NOT NULL,
  attempt integer NOT NULL,
  error jsonb NOT NULL,
  retry_at timestamptz,
  failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  place smallint NOT NULL GENERATED ALWAYS AS (attempt % 20) STORED,
  PRIMARY KEY (subject, handler, event_id, place)
) WITH (fillfactor = 70);
`,
} as const;

/** Jobs that somebody wants tried at once, and dead rows by their subject: each in an index that holds nothing else. */
const PULLED_IN_MIGRATION = {
  name: 'event-log-4-pulled-in',
  sql: `
-- pulled_in: an attempt is asked for that begins now. Whoever owns the job takes it back when it heeds it.
ALTER TABLE work ADD COLUMN pulled_in boolean NOT NULL DEFAULT false;
CREATE INDEX work_pulled_in ON work (reader, slot) WHERE pulled_in;
CREATE INDEX work_dead ON work (subject) WHERE state = 'dead';
`,
} as const;

/** What happened of one type, newest first, for whoever asks the history. */
const TYPES_MIGRATION = {
  name: 'event-log-types',
  sql: 'CREATE INDEX events_type ON events (type COLLATE "C", txid, position);',
} as const;

/** Who ran what failed, and what failed since a moment: for whoever tells of failures. */
const FAILURES_MIGRATION = {
  name: 'event-log-failures',
  sql: `
ALTER TABLE failed_attempts ADD COLUMN worker_id uuid, ADD COLUMN took_ms float8;
CREATE INDEX failed_attempts_failed ON failed_attempts (failed_at);
`,
} as const;

/** All migrations of the log, in their order: the first ones of each service. */
export const MIGRATIONS = [TABLES_MIGRATION, MAP_BUILD_MIGRATION, RUNS_MIGRATION, PULLED_IN_MIGRATION, TYPES_MIGRATION, KEEPING_MIGRATION, REPLAY_MIGRATION, PERSONAL_MIGRATION, FOREIGN_APPEND_MIGRATION, FAILURES_MIGRATION, KEY_DESTROYED_MIGRATION, REPLAY_HELD_MIGRATION, REPLAY_OVERTAKEN_MIGRATION] as const;

const DAY_MS = 86_400_000;

/** An id's time may lie this far before now. Bounds deduplication and retention. */
export const WINDOW_BEFORE_MS = 30 * DAY_MS;
/** And this far after. */
export const WINDOW_AFTER_MS = DAY_MS;

/** Start of the month of a time, moved by whole months; Unix milliseconds. */
function monthStart(timeMs: number, months = 0): number {
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}

/**
 * Makes the partitions from the month of now − 31 days to three months ahead. Running it again changes nothing and locks nothing;
 * what is missing is made beside the table and then attached, which no writer has to wait for.
 */
export async function ensurePartitions(pool: Pool, nowMs: number): Promise<void> {
  const wanted: { readonly name: string; readonly from: number }[] = [];
  for (let from = monthStart(nowMs - 31 * DAY_MS); from <= monthStart(nowMs, 3); from = monthStart(from, 1)) {
    wanted.push({ name: `events_${new Date(from).toISOString().slice(0, 7).replace('-', '_')}`, from });
  }
  const missing = async (db: Pick<Pool, 'query'>): Promise<typeof wanted> => {
    const { rows } = await db.query("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass");
    const there = new Set(rows.map(({ relname }) => relname));
    return wanted.filter(({ name }) => !there.has(name));
  };
  if ((await missing(pool)).length === 0) return;
  await inTransaction(pool, async (client) => {
    // Two processes that start together would otherwise make the same table at the same time.
    await client.query("SET LOCAL lock_timeout = '2s'");
    await client.query("SELECT pg_advisory_xact_lock(hashtext('events partitions'))");
    for (const { name, from } of await missing(client)) {
      await client.query(`CREATE TABLE ${name} (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
        ALTER TABLE events ATTACH PARTITION ${name} FOR VALUES FROM ('${uuid7Floor(from)}') TO ('${uuid7Floor(monthStart(from, 1))}')`);
    }
  });
}
