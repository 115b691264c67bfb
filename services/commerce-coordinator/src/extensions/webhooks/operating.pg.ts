/**
 * What an owner does with deliveries: look at them, try one again, move many.
 *
 * Promise: many are moved in small transactions, whatever their number, and what is left when the answer is due is moved by a job.
 * One that is being sent is never touched.
 */
import type { Tx } from '@commerce/event-log/extension';
import { run, runOver } from '@commerce/event-log/statement';
import { inTransaction } from '@commerce/event-log/transaction';
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool } from 'pg';
import { WebhookRefused } from './problems.ts';

export const DELIVERY_STATES = ['ready', 'leased', 'held', 'delivered', 'dead', 'discarded'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Delivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly name: string;
  readonly subject: string;
  readonly state: DeliveryState;
  /** Attempts that were made. */
  readonly attempt: number;
  readonly dueAt: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly replayId: string | null;
}

export interface DeliveryAttempt {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly answer: string | null;
  readonly error: string | null;
  /** Where it went; null for one of which nobody knows whether it was made. */
  readonly url: string | null;
}

const COLUMNS = 'd.delivery_id, d.endpoint_id, d.event_id, d.name, d.subject, d.state, d.attempt, d.due_at, d.created_at, d.ended_at, d.last_status, d.last_error, d.replay_id';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface Page {
  readonly beforeId: string | undefined;
  readonly limit: number;
}

/** Of one endpoint, newest first. */
export async function readDeliveries(pool: Pool, endpointId: string, { state, beforeId, limit }: Page & { readonly state: DeliveryState | undefined }): Promise<Delivery[]> {
  // In the text, so that the partial indexes of the few states are found.
  const { rows } = await run(pool,
    `SELECT ${COLUMNS} FROM webhook_deliveries d WHERE d.endpoint_id = $1 AND d.delivery_id < $2${state === undefined ? '' : ` AND ${inState(state)}`} ORDER BY d.delivery_id DESC LIMIT $3`,
    [endpointId, beforeId ?? LAST_ID, limit],
  );
  return rows.map(deliveryOf);
}

/** SQL: which ones of `d` are in this state, by what an index knows of it. */
function inState(state: DeliveryState): string {
  if (state === 'leased') return 'd.delivery_id IN (SELECT delivery_id FROM webhook_leased)';
  return state === 'delivered' || state === 'discarded' ? `d.state = '${state}'` : `d.queue = '${state}'`;
}

/** Exhausted ones of all endpoints of an owner, or of everybody, newest first. */
export async function readDeadDeliveries(pool: Pool, owner: string | undefined, { beforeId, limit }: Page): Promise<Delivery[]> {
  const { rows } = await run(pool,
    `SELECT ${COLUMNS} FROM webhook_deliveries d JOIN webhook_endpoints e USING (endpoint_id)
     WHERE d.queue = 'dead' AND d.delivery_id < $1 AND ($2::text IS NULL OR e.owner = $2) ORDER BY d.delivery_id DESC LIMIT $3`,
    [beforeId ?? LAST_ID, owner ?? null, limit],
  );
  return rows.map(deliveryOf);
}

/** A delivery with where it goes and its latest attempts, without what was answered. */
export interface DeliveryAbout {
  readonly delivery: Delivery;
  readonly url: string;
  readonly attempts: readonly Omit<DeliveryAttempt, 'answer'>[];
}

const MOST_ATTEMPTS = 50;

/** About one subject, to all endpoints of an owner, or of everybody, newest first. */
export async function readDeliveriesAbout(pool: Pool, owner: string | undefined, { subject, beforeId, limit }: Page & { readonly subject: string }): Promise<DeliveryAbout[]> {
  const { rows } = await run(pool,
    `SELECT ${COLUMNS}, e.url, (
       SELECT coalesce(json_agg(json_build_object('attempt', a.attempt, 'startedAt', a.started_at, 'durationMs', a.duration_ms, 'status', a.status, 'error', a.error, 'url', a.url) ORDER BY a.attempt), '[]')
       FROM (SELECT * FROM webhook_tries WHERE delivery_id = d.delivery_id ORDER BY attempt DESC LIMIT ${MOST_ATTEMPTS}) a
     ) AS attempts
     FROM webhook_messages m JOIN webhook_deliveries d USING (event_id) JOIN webhook_endpoints e USING (endpoint_id)
     WHERE m.subject = $1 AND d.delivery_id < $2 AND ($3::text IS NULL OR e.owner = $3) ORDER BY d.delivery_id DESC LIMIT $4`,
    [subject, beforeId ?? LAST_ID, owner ?? null, limit],
  );
  return rows.map((row) => ({
    delivery: deliveryOf(row), url: row.url, attempts: row.attempts.map((one: { startedAt: string }) => ({ ...one, startedAt: new Date(one.startedAt) })),
  }));
}

export interface WholeDelivery {
  readonly delivery: Delivery;
  /** The exact bytes; null when they are no longer kept. */
  readonly body: Buffer | null;
  readonly attempts: readonly DeliveryAttempt[];
}

/** Undefined when the endpoint has no such delivery. */
export async function readDelivery(pool: Pool, endpointId: string, deliveryId: string): Promise<WholeDelivery | undefined> {
  const { rows } = await run(pool,
    `SELECT ${COLUMNS}, m.body FROM webhook_deliveries d LEFT JOIN webhook_messages m ON m.event_id = d.event_id WHERE d.endpoint_id = $1 AND d.delivery_id = $2`, [endpointId, deliveryId],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { rows: attempts } = await run(pool,
    'SELECT attempt, started_at, duration_ms, status, answer, error, url FROM webhook_tries WHERE delivery_id = $1 ORDER BY attempt DESC LIMIT 200', [deliveryId],
  );
  return {
    delivery: deliveryOf(row), body: row.body,
    attempts: attempts.map((one) => ({ attempt: one.attempt, startedAt: one.started_at, durationMs: one.duration_ms, status: one.status, answer: one.answer, error: one.error, url: one.url })).toReversed(),
  };
}

/** Lets one be sent once more at once, whatever became of it. Throws `WebhookRefused` when there is none, or it is being sent. */
export async function retryDelivery(tx: Tx, endpointId: string, deliveryId: string): Promise<void> {
  const { rowCount } = await run(tx,
    `WITH before AS MATERIALIZED (
       SELECT delivery_id, state, attempt, started_at, took_ms, last_status, url FROM webhook_deliveries WHERE endpoint_id = $1 AND delivery_id = $2 AND state <> 'leased' FOR UPDATE
     ), tried AS (
       INSERT INTO webhook_attempts (delivery_id, attempt, started_at, duration_ms, status, url) SELECT delivery_id, attempt, started_at, took_ms, last_status, url FROM before WHERE took_ms IS NOT NULL
     ), counted AS (
       UPDATE webhook_counts SET dead = dead - (b.state = 'dead')::integer, delivered = delivered - (b.state = 'delivered')::integer FROM before b WHERE endpoint_id = $1 AND b.state IN ('dead', 'delivered')
     )
     UPDATE webhook_deliveries d SET state = 'ready', due_at = clock_timestamp(), ended_at = NULL, started_at = NULL, took_ms = NULL, url = NULL, attempts_before = CASE d.state WHEN 'ready' THEN d.attempts_before ELSE d.attempt END
     FROM before b WHERE d.delivery_id = b.delivery_id`,
    [endpointId, deliveryId],
  );
  if (rowCount === 1) return;
  const { rows: there } = await run(tx, 'SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1 AND delivery_id = $2', [endpointId, deliveryId]);
  throw new WebhookRefused(there.length === 0 ? 'webhook_delivery_not_found' : 'webhook_delivery_under_way');
}

/** Deliveries of an endpoint that change their state together. */
export interface Run {
  readonly runId: string;
  readonly endpointId: string;
  readonly from: 'ready' | 'held' | 'dead';
  readonly to: 'ready' | 'discarded';
  /** Those that were made from this moment on; all when left out. */
  readonly since?: Date;
  /** Those that were made before this moment; all when left out. */
  readonly before?: Date;
}

/** Those of one endpoint are performed one after the other. */
export async function beginRuns(tx: Tx, runs: readonly Run[]): Promise<void> {
  for (const { runId, endpointId, from, to, since, before } of runs) {
    await run(tx,
      'INSERT INTO webhook_runs (run_id, endpoint_id, from_state, to_state, after_id, until_id) VALUES ($1, $2, $3, $4, $5, $6)',
      [runId, endpointId, from, to, since === undefined ? FIRST_ID : uuid7Floor(since.getTime()), before === undefined ? LAST_ID : uuid7Floor(before.getTime())],
    );
  }
}

/** Nothing more is made ready by what was asked for before. */
export async function endRuns(tx: Tx, endpointId: string): Promise<void> {
  await run(tx, "UPDATE webhook_runs SET ended_at = clock_timestamp() WHERE endpoint_id = $1 AND ended_at IS NULL AND to_state = 'ready'", [endpointId]);
}

/** One for each endpoint of an owner, or of everybody, that has exhausted deliveries made since then. Gives how many. */
export async function beginRecovery(tx: Tx, owner: string | undefined, since: Date): Promise<number> {
  const { rowCount } = await run(tx,
    `INSERT INTO webhook_runs (run_id, endpoint_id, from_state, to_state, after_id, until_id)
     SELECT gen_random_uuid(), endpoint_id, 'dead', 'ready', $2, '${LAST_ID}' FROM webhook_endpoints e
     WHERE ($1::text IS NULL OR owner = $1) AND status = 'enabled'
       AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.queue = 'dead' AND d.delivery_id >= $2)`,
    [owner ?? null, uuid7Floor(since.getTime())],
  );
  return rowCount ?? 0;
}

const STEP = 1_000;

/** One step of the first run that nobody else performs, of this endpoint or of any. Gives how many it moved; undefined when there is none. */
export function stepRun(pool: Pool, endpointId?: string): Promise<number | undefined> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await run(tx,
      `SELECT run_id, endpoint_id, from_state, to_state, after_id, until_id FROM webhook_runs r
       WHERE ended_at IS NULL AND ($1::uuid IS NULL OR endpoint_id = $1)
         AND NOT EXISTS (SELECT FROM webhook_runs b WHERE b.ended_at IS NULL AND b.endpoint_id = r.endpoint_id AND b.place < r.place)
       ORDER BY looked_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
      [endpointId ?? null],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const { moved, lastId } = await moveStep(tx, row);
    // What has died anew since it was moved is not moved once more by the same run.
    await run(tx,
      `UPDATE webhook_runs SET moved = moved + $2, looked_at = clock_timestamp(), after_id = coalesce($3, after_id), ended_at = CASE WHEN $4 THEN clock_timestamp() END WHERE run_id = $1`,
      [row.run_id, moved, row.from_state === 'dead' ? lastId : null, moved < STEP],
    );
    return moved;
  });
}

interface RunRow {
  readonly endpoint_id: string;
  readonly from_state: Run['from'];
  readonly to_state: Run['to'];
  readonly after_id: string;
  readonly until_id: string;
}

async function moveStep(tx: Tx, row: RunRow): Promise<{ moved: number; lastId: string | null }> {
  const { rows } = await runOver(STEP, tx,
    `WITH chosen AS MATERIALIZED (
       SELECT delivery_id FROM webhook_deliveries WHERE endpoint_id = $1 AND queue = '${row.from_state}' AND delivery_id > $2 AND delivery_id < $3 ORDER BY delivery_id LIMIT ${STEP} FOR UPDATE
     ), moved AS (
       UPDATE webhook_deliveries d SET state = '${row.to_state}', due_at = clock_timestamp(), ended_at = ${row.to_state === 'discarded' ? 'clock_timestamp()' : 'NULL'}${row.from_state === 'dead' ? ', attempts_before = attempt' : ''}
       FROM chosen WHERE d.delivery_id = chosen.delivery_id
     )${row.from_state === 'dead' ? `, counted AS (UPDATE webhook_counts SET dead = dead - (SELECT count(*) FROM chosen) WHERE endpoint_id = $1)` : ''}
     SELECT count(*)::integer AS moved, max(delivery_id::text COLLATE "C") AS last_id FROM chosen`,
    [row.endpoint_id, row.after_id, row.until_id],
  );
  return { moved: rows[0].moved, lastId: rows[0].last_id };
}

/** What came of runs so far. */
export interface Performed {
  readonly moved: number;
  /** False: a job goes on with the rest. */
  readonly isComplete: boolean;
}

/** Performs the runs of an endpoint until nothing is left for now, or the time is over. */
export async function performRuns(pool: Pool, endpointId: string, monotonicMs: () => number, limitMs: number): Promise<Performed> {
  const endMs = monotonicMs() + limitMs;
  let moved = 0;
  for (;;) {
    const step = await stepRun(pool, endpointId);
    moved += step ?? 0;
    // None that is free: all are ended, or somebody else performs one.
    if (step === undefined) return { moved, isComplete: !(await isRunOpen(pool, endpointId)) };
    if (monotonicMs() >= endMs) return { moved, isComplete: false };
  }
}

async function isRunOpen(pool: Pool, endpointId: string): Promise<boolean> {
  const { rows } = await run(pool, 'SELECT 1 FROM webhook_runs WHERE endpoint_id = $1 AND ended_at IS NULL LIMIT 1', [endpointId]);
  return rows.length > 0;
}

/** For a job: one step of whatever waits. True when there may be more: of this run, or of others. */
export async function performSomeRun(pool: Pool): Promise<boolean> {
  return (await stepRun(pool)) !== undefined;
}

const RUNS_KEPT_DAYS = 31;

/** For a job: forgets runs that ended long ago. */
export async function forgetOldRuns(pool: Pool): Promise<boolean> {
  await run(pool, `DELETE FROM webhook_runs WHERE ended_at < clock_timestamp() - interval '${RUNS_KEPT_DAYS} days'`, []);
  return false;
}

function deliveryOf(row: any): Delivery {
  return {
    deliveryId: row.delivery_id, endpointId: row.endpoint_id, eventId: row.event_id, name: row.name, subject: row.subject, state: row.state, attempt: row.attempt, dueAt: row.due_at,
    createdAt: row.created_at, endedAt: row.ended_at, lastStatus: row.last_status, lastError: row.last_error, replayId: row.replay_id,
  };
}
