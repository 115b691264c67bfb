/**
 * A delivery that succeeds is written in place: no index knows a column that changes with it, so its row is the only thing that is written
 * (a heap-only update). What is leased is found by the batches in which it was leased.
 */
import type { Migration } from '@commerce/service-kit/database';

const queueOf = (row: string): string => `CASE WHEN ${row}.state IN ('ready', 'held', 'dead') OR (${row}.state = 'leased' AND ${row}.ordered) THEN ${row}.state END`;

export const LEASE_BATCHES_MIGRATION: Migration = {
  name: 'webhooks-9',
  sql: `
ALTER TABLE webhook_deliveries
  -- The state, as far as somebody looks for it: the indexes know this column alone, and it does not change from leased to delivered. Where the order counts, what is leased is in the way.
  -- A generated column would have the whole table written anew under a lock; as it is, what has ended is not touched.
  ADD COLUMN queue text COLLATE "C",
  -- Of the attempt that succeeded, when nothing was answered but a status: it has no row of its own.
  ADD COLUMN started_at timestamptz(3), ADD COLUMN took_ms integer, ADD COLUMN url text,
  -- Each row is written twice.
  SET (fillfactor = 50);
-- Without an index that knows the column these would be heap-only updates, and the indexes below not used before every older transaction of the server has ended.
CREATE INDEX webhook_deliveries_queued ON webhook_deliveries (delivery_id) WHERE queue IS NOT NULL;
UPDATE webhook_deliveries SET queue = state WHERE state = 'ready';
UPDATE webhook_deliveries SET queue = state WHERE state IN ('held', 'dead');
UPDATE webhook_deliveries SET queue = state WHERE state = 'leased' AND ordered;
-- What a dispatcher was given at once. A batch goes with the last of its deliveries that ends.
CREATE TABLE webhook_lease_batches (
  batch_id uuid PRIMARY KEY,
  holder uuid NOT NULL,
  delivery_ids uuid[] NOT NULL
);
INSERT INTO webhook_lease_batches (batch_id, holder, delivery_ids)
  SELECT gen_random_uuid(), lease_holder, array_agg(delivery_id) FROM webhook_deliveries WHERE state = 'leased' AND lease_holder IS NOT NULL GROUP BY lease_holder;

DROP INDEX webhook_deliveries_queued, webhook_deliveries_ready, webhook_deliveries_leased, webhook_deliveries_kept, webhook_deliveries_in_order, webhook_deliveries_ended, webhook_deliveries_dead,
  webhook_deliveries_once, webhook_deliveries_replayed, webhook_deliveries_subject;
CREATE FUNCTION webhook_deliveries_queue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.queue := ${queueOf('NEW')}; RETURN NEW; END $$;
-- Called for what changes its place alone: not for what is leased at once and delivered.
CREATE TRIGGER webhook_deliveries_queue BEFORE INSERT OR UPDATE ON webhook_deliveries FOR EACH ROW
  WHEN (NEW.queue IS DISTINCT FROM ${queueOf('NEW')}) EXECUTE FUNCTION webhook_deliveries_queue();
-- Also by the event alone: what was written of a subject is found by its messages.
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (event_id, endpoint_id, replay_id) NULLS NOT DISTINCT;
CREATE INDEX webhook_deliveries_ready ON webhook_deliveries (endpoint_id, due_at, delivery_id) WHERE queue = 'ready';
CREATE INDEX webhook_deliveries_kept ON webhook_deliveries (endpoint_id, queue, delivery_id) WHERE queue IN ('held', 'dead');
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (delivery_id) WHERE queue = 'dead';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (endpoint_id, subject, place) WHERE ordered AND queue IN ('ready', 'leased');
CREATE INDEX webhook_deliveries_made ON webhook_deliveries USING brin (created_at);

-- What failed and was claimed anew by the same dispatcher stands in two batches.
CREATE VIEW webhook_leased AS
  SELECT delivery_id, endpoint_id, event_id, subject, name, due_at FROM webhook_deliveries
  WHERE state = 'leased' AND delivery_id IN (SELECT unnest(delivery_ids) FROM webhook_lease_batches);

-- Attempts, whichever way they are kept.
CREATE VIEW webhook_tries AS
  SELECT delivery_id, attempt, started_at, duration_ms, status, answer, error, url FROM webhook_attempts
  UNION ALL
  SELECT delivery_id, attempt, started_at, took_ms, last_status, NULL, NULL, url FROM webhook_deliveries WHERE took_ms IS NOT NULL;

-- Of the results, the deliveries that were given up.
ALTER TABLE webhook_minutes ADD COLUMN dead integer NOT NULL DEFAULT 0;
CREATE INDEX webhook_minutes_minute ON webhook_minutes (minute);
`,
};
