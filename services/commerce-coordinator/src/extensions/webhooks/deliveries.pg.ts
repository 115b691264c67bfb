/**
 * The rows of deliveries as a dispatcher moves them: claimed in batches, ended in batches, given back when who had them is gone.
 *
 * Promise: only who holds a lease ends it. All times are the database's.
 */
import type { Tx } from '@commerce/event-log/extension';
import { jsonArray, plainArray } from '@commerce/event-log/arrays';
import { run, runOver } from '@commerce/event-log/statement';
import type { Lease, LeaseBatch } from './delivery/lease.ts';

/** Rows that are moved at once, or may be. */
const CHUNK = 1_000;
/** Batches of leases that are given back at once. */
const MOST_BATCHES = 10;

/** How many of an endpoint to take. */
export interface Wish {
  readonly endpointId: string;
  readonly most: number;
}

/** `held`: not sent, for the endpoint is disabled. `ready`: tried again after `waitMs`. `dead`: given up, kept. */
export interface Ending {
  readonly deliveryId: string;
  readonly endpointId: string;
  /** In which it was leased, and by which of its claims. */
  readonly batch: LeaseBatch;
  readonly claims: number;
  readonly state: 'delivered' | 'ready' | 'held' | 'dead' | 'discarded';
  /** Attempts that were made, this one included. */
  readonly attempt: number;
  readonly waitMs: number;
  /** Null when none was made this time. */
  readonly made: { readonly status: number | null; readonly answer: string | null; readonly error: string | null; readonly durationMs: number; /** Monotonic. */ readonly endedAtMs: number; /** Where it went. */ readonly url: string } | null;
}

/** What was leased, and in how many ms the next one of each endpoint that has one is due. */
export interface Claimed {
  readonly leases: readonly Lease[];
  readonly nextInMs: ReadonlyMap<string, number>;
}

const FREE = "SELECT delivery_id FROM webhook_deliveries o WHERE endpoint_id = e.endpoint_id AND queue = 'ready' AND due_at <= statement_timestamp()";
/** Only what nothing of its subject is before. What was written before its endpoint wanted an order has no turn. */
const IN_TURN = `${FREE} AND NOT (ordered AND EXISTS (
  SELECT FROM webhook_deliveries b WHERE b.endpoint_id = o.endpoint_id AND b.subject = o.subject AND b.ordered AND b.queue IN ('ready', 'leased') AND b.place < o.place
))`;

/** Leases what is due, the oldest first, at most so many of each endpoint. `batchId`: a new one. */
export function claim(tx: Tx, holder: string, batchId: string, wishes: readonly Wish[]): Promise<Claimed> {
  return claimFrom(tx, FREE, holder, batchId, wishes);
}

/** The same where one of a subject is under way at a time. */
export function claimInOrder(tx: Tx, holder: string, batchId: string, wishes: readonly Wish[]): Promise<Claimed> {
  return claimFrom(tx, IN_TURN, holder, batchId, wishes);
}

async function claimFrom(tx: Tx, free: string, holder: string, batchId: string, wishes: readonly Wish[]): Promise<Claimed> {
  const { rows } = await runOver(wishes.reduce((sum, { most }) => sum + most, 0), tx,
    `WITH e AS MATERIALIZED (SELECT * FROM unnest($2::uuid[], $3::integer[]) AS e(endpoint_id, most)), picked AS MATERIALIZED (
       SELECT d.delivery_id FROM e CROSS JOIN LATERAL (${free} ORDER BY due_at, delivery_id LIMIT e.most FOR UPDATE SKIP LOCKED) d
     ), leased AS (
       UPDATE webhook_deliveries w SET state = 'leased', lease_holder = $1, claims = w.claims + 1 FROM picked p, webhook_messages m
       WHERE w.delivery_id = p.delivery_id AND m.event_id = w.event_id RETURNING w.delivery_id, w.claims, w.endpoint_id, w.event_id, w.name, w.attempt, w.attempts_before, w.replay_id, m.body, m.traceparent
     ), batch AS (
       INSERT INTO webhook_lease_batches (batch_id, holder, delivery_ids) SELECT $4::uuid, $1, array_agg(delivery_id) FROM leased HAVING count(*) > 0
     )
     SELECT delivery_id, claims, endpoint_id, event_id, name, attempt, attempts_before, replay_id, body, traceparent, NULL::float8 AS next_ms FROM leased
     UNION ALL
     SELECT NULL, NULL, e.endpoint_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, extract(epoch FROM n.due_at - statement_timestamp()) * 1000 FROM e CROSS JOIN LATERAL (
       SELECT due_at FROM webhook_deliveries WHERE endpoint_id = e.endpoint_id AND queue = 'ready' AND due_at > statement_timestamp() ORDER BY due_at LIMIT 1
     ) n`,
    [holder, plainArray(wishes.map(({ endpointId }) => endpointId)), plainArray(wishes.map(({ most }) => most)), batchId],
  );
  const leased = rows.filter((row) => row.delivery_id !== null);
  const batch = { batchId, left: leased.length };
  return {
    leases: leased.map((row) => leaseOf(row, batch)),
    nextInMs: new Map(rows.filter((row) => row.delivery_id === null).map((row) => [row.endpoint_id, Number(row.next_ms)])),
  };
}

function leaseOf(row: any, batch: LeaseBatch): Lease {
  return { deliveryId: row.delivery_id, batch, claims: row.claims, endpointId: row.endpoint_id, eventId: row.event_id, name: row.name, attempt: row.attempt, attemptsBefore: row.attempts_before, replayId: row.replay_id, body: row.body, traceparent: row.traceparent };
}

/** When the first of each endpoint is due, in ms from now; below zero for what is due already. One look in the index for each endpoint. */
export async function readDue(tx: Tx): Promise<Map<string, number>> {
  const { rows } = await run(tx,
    `WITH RECURSIVE e AS (
       (SELECT endpoint_id, due_at FROM webhook_deliveries WHERE queue = 'ready' ORDER BY endpoint_id, due_at LIMIT 1)
       UNION ALL
       SELECT n.endpoint_id, n.due_at FROM e CROSS JOIN LATERAL (
         SELECT endpoint_id, due_at FROM webhook_deliveries WHERE queue = 'ready' AND endpoint_id > e.endpoint_id ORDER BY endpoint_id, due_at LIMIT 1
       ) n
     )
     SELECT endpoint_id, extract(epoch FROM due_at - clock_timestamp()) * 1000 AS in_ms FROM e`, [],
  );
  return new Map(rows.map((row) => [row.endpoint_id, Number(row.in_ms)]));
}

/**
 * Ends leases of this holder, with their attempts and counts, and the batches of which nothing is left. What somebody else has by now is
 * left alone, and so is what this holder has claimed anew: an ending whose answer was lost is written again. What is given back without an
 * attempt and without a wait stays due since when it was. A success that was answered with a status alone stands in the row of its
 * delivery, which is written in place: see the migration of the batches. An attempt that is written already is looked for, and not run
 * into: the row of its delivery is locked, so nobody writes it meanwhile, and a look costs less. The state and the holder that
 * are looked for stand among the given rows: else the server takes the leased ones for few, reads them all, and holds each against each that
 * has ended.
 */
export async function end(tx: Tx, holder: string, endings: readonly Ending[], monotonicMs: number): Promise<void> {
  const made = endings.map((ending) => ending.made);
  await runOver(endings.length, tx,
    `WITH r AS MATERIALIZED (
       SELECT *, state = 'delivered' AND answer IS NULL AND age_ms IS NOT NULL AS is_plain, $1::uuid AS holder, 'leased' AS leased
       FROM (SELECT unnest($2::uuid[]), unnest($3::text[]), unnest($4::integer[]), unnest($5::float8[]), unnest($6::integer[]), unnest($7::text[]), unnest($8::text[]), unnest($9::float8[]), unnest($10::integer[]),
           unnest(string_to_array($11::text, chr(30), '')), unnest($13::integer[]))
         AS r(delivery_id, state, attempt, wait_ms, status, answer, error, age_ms, duration_ms, url, claims)
     ), ended AS (
       UPDATE webhook_deliveries d SET
         state = r.state, attempt = r.attempt, lease_holder = NULL, due_at = CASE WHEN r.state = 'ready' AND (r.age_ms IS NOT NULL OR r.wait_ms > 0) THEN clock_timestamp() + r.wait_ms * interval '1 ms' ELSE d.due_at END,
         ended_at = CASE WHEN r.state IN ('delivered', 'dead', 'discarded') THEN clock_timestamp() END,
         last_status = CASE WHEN r.age_ms IS NULL THEN d.last_status ELSE r.status END, last_error = CASE WHEN r.age_ms IS NULL THEN coalesce(r.error, d.last_error) ELSE r.error END,
         started_at = CASE WHEN r.is_plain THEN clock_timestamp() - r.age_ms * interval '1 ms' END, took_ms = CASE WHEN r.is_plain THEN r.duration_ms END, url = CASE WHEN r.is_plain THEN r.url END
       FROM r WHERE d.delivery_id = r.delivery_id AND d.claims = r.claims AND d.state = r.leased AND d.lease_holder = r.holder
       RETURNING d.delivery_id, d.endpoint_id, r.state, r.attempt, r.status, r.answer, r.error, r.age_ms, r.duration_ms, r.url, r.is_plain, r.age_ms IS NOT NULL AND r.error IS DISTINCT FROM 'interrupted' AS is_result
     ), over AS (
       DELETE FROM webhook_lease_batches WHERE batch_id = ANY ($12::uuid[]) AND holder = $1
     ), tried AS (
       INSERT INTO webhook_attempts (delivery_id, attempt, started_at, duration_ms, status, answer, error, url)
       SELECT delivery_id, attempt, clock_timestamp() - age_ms * interval '1 ms', duration_ms, status, answer, error, url FROM ended e
       WHERE age_ms IS NOT NULL AND NOT is_plain AND (SELECT true FROM webhook_attempts t WHERE t.delivery_id = e.delivery_id AND t.attempt = e.attempt) IS NULL
     ), seen AS (
       INSERT INTO webhook_minutes AS s (endpoint_id, minute, results, failed, dead)
       SELECT endpoint_id, date_trunc('minute', statement_timestamp()), count(*), count(*) FILTER (WHERE state <> 'delivered'), count(*) FILTER (WHERE state = 'dead')
       FROM ended WHERE is_result GROUP BY endpoint_id ORDER BY endpoint_id
       ON CONFLICT (endpoint_id, minute) DO UPDATE SET results = s.results + excluded.results, failed = s.failed + excluded.failed, dead = s.dead + excluded.dead
     )
     INSERT INTO webhook_counts AS c (endpoint_id, delivered, failed, dead, failing_since, failed_in_row)
     SELECT endpoint_id, delivered, failed, dead, CASE WHEN delivered = 0 AND of_results > 0 THEN statement_timestamp() END, CASE WHEN delivered = 0 THEN of_results ELSE 0 END FROM (
       SELECT endpoint_id, count(*) FILTER (WHERE state = 'delivered') AS delivered, count(*) FILTER (WHERE state <> 'delivered' AND age_ms IS NOT NULL) AS failed,
         count(*) FILTER (WHERE state = 'dead') AS dead, count(*) FILTER (WHERE is_result AND state <> 'delivered') AS of_results
       FROM ended GROUP BY endpoint_id ORDER BY endpoint_id
     ) e
     ON CONFLICT (endpoint_id) DO UPDATE SET delivered = c.delivered + excluded.delivered, failed = c.failed + excluded.failed, dead = c.dead + excluded.dead,
       failing_since = CASE WHEN excluded.delivered = 0 THEN coalesce(c.failing_since, excluded.failing_since) END,
       failed_in_row = CASE WHEN excluded.delivered = 0 THEN c.failed_in_row + excluded.failed_in_row ELSE 0 END`,
    [
      holder, plainArray(endings.map(({ deliveryId }) => deliveryId)), plainArray(endings.map(({ state }) => state)), plainArray(endings.map(({ attempt }) => attempt)),
      plainArray(endings.map(({ waitMs }) => waitMs)), plainArray(made.map((one) => one?.status ?? null)), made.map((one) => one?.answer ?? null),
      endings.map((ending) => ending.made?.error ?? (ending.state === 'discarded' ? 'the endpoint was deleted' : null)),
      plainArray(made.map((one) => (one === null ? null : monotonicMs - one.endedAtMs + one.durationMs))), plainArray(made.map((one) => one?.durationMs ?? null)),
      jsonArray(made.map((one) => one?.url ?? null)), plainArray(endedBatches(endings)), plainArray(endings.map(({ claims }) => claims)),
    ],
  );
}

/** The batches of which nothing is left with these endings. */
function endedBatches(endings: readonly Ending[]): string[] {
  const counts = new Map<LeaseBatch, number>();
  for (const { batch } of endings) counts.set(batch, (counts.get(batch) ?? 0) + 1);
  return [...counts].filter(([batch, count]) => count >= batch.left).map(([{ batchId }]) => batchId);
}

/** What the database says to a dispatcher that shows that it lives. */
export interface Alive {
  /** False: it was taken for dead, and what it had is given back. */
  readonly isKnown: boolean;
  /** Dispatchers that live, this one included. */
  readonly dispatchers: number;
  /** Unix milliseconds of the database's clock. */
  readonly nowMs: number;
}

export async function register(tx: Tx, holder: string, aliveMs: number): Promise<void> {
  await run(tx, "INSERT INTO webhook_dispatchers (holder, alive_until) VALUES ($1, clock_timestamp() + $2 * interval '1 ms')", [holder, aliveMs]);
}

export async function beat(tx: Tx, holder: string, aliveMs: number): Promise<Alive> {
  const { rows } = await run(tx,
    `WITH me AS (UPDATE webhook_dispatchers SET alive_until = clock_timestamp() + $2 * interval '1 ms' WHERE holder = $1 AND alive_until > clock_timestamp() RETURNING 1)
     SELECT (SELECT count(*) FROM me)::integer AS known, (SELECT count(*) FROM webhook_dispatchers WHERE alive_until > clock_timestamp())::integer AS dispatchers, extract(epoch FROM clock_timestamp()) * 1000 AS now_ms`,
    [holder, aliveMs],
  );
  return { isKnown: rows[0]?.known === 1, dispatchers: Math.max(1, rows[0]?.dispatchers ?? 1), nowMs: Number(rows[0]?.now_ms) };
}

/** Gives back what dispatchers have that are gone: an attempt may have been made, so it counts as one. True when there may be more. */
export async function reap(tx: Tx): Promise<boolean> {
  const { rows } = await runOver(CHUNK, tx,
    `WITH gone AS MATERIALIZED (
       SELECT batch_id, holder, delivery_ids, 'leased' AS leased FROM webhook_lease_batches b
       WHERE NOT EXISTS (SELECT FROM webhook_dispatchers w WHERE w.holder = b.holder AND w.alive_until > clock_timestamp()) LIMIT ${MOST_BATCHES} FOR UPDATE SKIP LOCKED
     ), over AS (
       DELETE FROM webhook_lease_batches WHERE batch_id IN (SELECT batch_id FROM gone)
     ), given AS (
       UPDATE webhook_deliveries d SET state = 'ready', lease_holder = NULL, attempt = d.attempt + 1, due_at = clock_timestamp(), last_error = 'interrupted'
       FROM gone CROSS JOIN LATERAL unnest(gone.delivery_ids) AS l(delivery_id)
       WHERE d.delivery_id = l.delivery_id AND d.state = gone.leased AND d.lease_holder = gone.holder RETURNING d.delivery_id, d.attempt
     ), tried AS (
       INSERT INTO webhook_attempts (delivery_id, attempt, started_at, duration_ms, error) SELECT delivery_id, attempt, clock_timestamp(), 0, 'interrupted' FROM given ON CONFLICT DO NOTHING
     )
     SELECT count(*)::integer AS batches FROM gone`, [],
  );
  await run(tx, "DELETE FROM webhook_dispatchers WHERE alive_until < clock_timestamp() - interval '1 minute'", []);
  return rows[0].batches === MOST_BATCHES;
}

/** How far back strays are looked for: an older version has run beside this one for less. */
const STRAY_DAYS = 2;

/**
 * Gives back what is leased to a dispatcher that is gone and stands in no batch: leased by a version that knew none, which ran beside this
 * one while it was rolled out. True when there may be more.
 */
export async function giveBackStrays(tx: Tx): Promise<boolean> {
  const { rowCount } = await runOver(CHUNK, tx,
    `WITH given AS (
       UPDATE webhook_deliveries d SET state = 'ready', lease_holder = NULL, attempt = d.attempt + 1, due_at = clock_timestamp(), last_error = 'interrupted'
       FROM (
         SELECT delivery_id FROM webhook_deliveries s
         WHERE created_at > clock_timestamp() - interval '${STRAY_DAYS} days' AND state = 'leased'
           AND NOT EXISTS (SELECT FROM webhook_dispatchers w WHERE w.holder = s.lease_holder AND w.alive_until > clock_timestamp())
           AND delivery_id NOT IN (SELECT unnest(delivery_ids) FROM webhook_lease_batches)
         LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED
       ) stray WHERE d.delivery_id = stray.delivery_id RETURNING d.delivery_id, d.attempt
     ), tried AS (
       INSERT INTO webhook_attempts (delivery_id, attempt, started_at, duration_ms, error) SELECT delivery_id, attempt, clock_timestamp(), 0, 'interrupted' FROM given ON CONFLICT DO NOTHING
     )
     SELECT FROM given`, [],
  );
  return rowCount === CHUNK;
}

/** The batches of what this holder has. */
export async function readBatches(tx: Tx, holder: string): Promise<string[]> {
  const { rows } = await run(tx, 'SELECT batch_id FROM webhook_lease_batches WHERE holder = $1', [holder]);
  return rows.map((row) => row.batch_id);
}

/** Gives back what is leased in these batches of this holder, as it was; in all of them when none are named. Gives the endpoints. */
export async function giveBack(tx: Tx, holder: string, batchIds?: readonly string[]): Promise<string[]> {
  const { rows } = await runOver(CHUNK, tx,
    `WITH over AS (
       DELETE FROM webhook_lease_batches WHERE holder = $1 AND ($2::uuid[] IS NULL OR batch_id = ANY ($2)) RETURNING delivery_ids, holder, 'leased' AS leased
     ), given AS (
       UPDATE webhook_deliveries d SET state = 'ready', lease_holder = NULL FROM over CROSS JOIN LATERAL unnest(over.delivery_ids) AS l(delivery_id)
       WHERE d.delivery_id = l.delivery_id AND d.state = over.leased AND d.lease_holder = over.holder RETURNING d.endpoint_id
     ) SELECT DISTINCT endpoint_id FROM given`, [holder, batchIds === undefined ? null : plainArray(batchIds)],
  );
  return rows.map((row) => row.endpoint_id);
}

/** Gives back what was not begun, as it was; and the dispatcher is gone. */
export async function leave(tx: Tx, holder: string): Promise<void> {
  await giveBack(tx, holder);
  await run(tx, 'DELETE FROM webhook_dispatchers WHERE holder = $1', [holder]);
}

/** What is ready for endpoints that are disabled is held; what is ready for none is discarded. True when there may be more. */
export async function holdBack(tx: Tx): Promise<boolean> {
  const { rowCount } = await runOver(CHUNK, tx,
    `UPDATE webhook_deliveries d SET state = CASE WHEN e.endpoint_id IS NULL THEN 'discarded' ELSE 'held' END, ended_at = CASE WHEN e.endpoint_id IS NULL THEN clock_timestamp() END
     FROM (
       SELECT r.delivery_id FROM (
         WITH RECURSIVE known AS (
           (SELECT endpoint_id FROM webhook_deliveries WHERE queue = 'ready' ORDER BY endpoint_id LIMIT 1)
           UNION ALL
           SELECT n.endpoint_id FROM known CROSS JOIN LATERAL (SELECT endpoint_id FROM webhook_deliveries WHERE queue = 'ready' AND endpoint_id > known.endpoint_id ORDER BY endpoint_id LIMIT 1) n
         ) SELECT endpoint_id FROM known WHERE NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.endpoint_id = known.endpoint_id AND e.status = 'enabled')
       ) k CROSS JOIN LATERAL (SELECT delivery_id FROM webhook_deliveries WHERE endpoint_id = k.endpoint_id AND queue = 'ready' LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED) r LIMIT ${CHUNK}
     ) picked, webhook_deliveries me LEFT JOIN webhook_endpoints e ON e.endpoint_id = me.endpoint_id
     WHERE d.delivery_id = picked.delivery_id AND me.delivery_id = d.delivery_id`, [],
  );
  return rowCount === CHUNK;
}

/** What is held for endpoints that are enabled is made ready, unless a run says what becomes of it; for removed ones it is discarded. True when there may be more. */
export async function letGo(tx: Tx): Promise<boolean> {
  const { rowCount } = await runOver(CHUNK, tx,
    `WITH strays AS MATERIALIZED (
       SELECT e.endpoint_id, 'ready' AS state FROM webhook_endpoints e
       WHERE e.status = 'enabled' AND NOT EXISTS (SELECT FROM webhook_runs r WHERE r.endpoint_id = e.endpoint_id AND r.ended_at IS NULL)
       UNION ALL
       SELECT DISTINCT r.endpoint_id, 'discarded' FROM webhook_runs r
       WHERE r.asked_at > clock_timestamp() - interval '1 hour' AND r.to_state = 'discarded' AND NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.endpoint_id = r.endpoint_id)
     ), picked AS MATERIALIZED (
       SELECT d.delivery_id, s.state FROM strays s CROSS JOIN LATERAL (
         SELECT delivery_id FROM webhook_deliveries WHERE endpoint_id = s.endpoint_id AND queue = 'held' ORDER BY delivery_id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED
       ) d LIMIT ${CHUNK}
     )
     UPDATE webhook_deliveries d SET state = p.state, due_at = clock_timestamp(), ended_at = CASE p.state WHEN 'discarded' THEN clock_timestamp() END
     FROM picked p WHERE d.delivery_id = p.delivery_id`, [],
  );
  return rowCount === CHUNK;
}
