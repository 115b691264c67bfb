/**
 * The job that every consumer of this row does: an event that was not seen before makes its order fulfilled. The inbox of the peers is a
 * table of ids, as their documentation advises; ours is the log.
 */
export const TABLES = `
CREATE TABLE bench_orders (order_id text PRIMARY KEY, status text NOT NULL, version integer NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 70);
CREATE TABLE inbox (event_id uuid PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now())`;

/** A transaction for each message: two statements. */
export const RECEIVE = 'INSERT INTO inbox (event_id) VALUES ($1) ON CONFLICT DO NOTHING';
export const FULFILL = "UPDATE bench_orders SET status = 'fulfilled', version = version + 1, updated_at = now() WHERE order_id = $1";

/** The same for many at once, in one statement: rows of the inbox and orders in the order of their keys, so that two batches do not wait for each other crosswise. */
export const FULFILL_ALL = `
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS g(event_id, order_id)),
  fresh AS (INSERT INTO inbox (event_id) SELECT event_id FROM given ORDER BY event_id ON CONFLICT DO NOTHING RETURNING event_id),
  locked AS (SELECT o.order_id FROM bench_orders o JOIN given g ON g.order_id = o.order_id JOIN fresh f ON f.event_id = g.event_id ORDER BY o.order_id FOR UPDATE OF o)
UPDATE bench_orders o SET status = 'fulfilled', version = version + 1, updated_at = now() FROM locked l WHERE o.order_id = l.order_id`;
