/**
 * The intake: requests that arrive together are written together. One statement per batch claims the lines of their orders and
 * keeps the fulfillments, the effects of providers that settle at once, and the events; the answer comes after the commit.
 *
 * Promise: one (client, key) is one fulfillment, however often and however concurrently it is sent; the unique constraint
 * judges, over all processes. A repetition gets the bytes of the first answer. A line of an order is held by one request.
 * No lock outlives the statement: the fulfillment is new, and so are its events. Refuses: a key that another body was sent with,
 * lines that are held, lines that were revoked by order, and one more open fulfillment of an order that has as many as it can.
 */
import { jsonArray, unnested } from '@commerce/event-log/arrays';
import type { EventLog } from '@commerce/event-log/log';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import type { MicroBatcher } from '@commerce/event-log/micro-batcher';
import type { PreparedEvent } from '@commerce/event-log/prepare';
import { isSystemic } from '@commerce/event-log/transaction';
import { run } from '@commerce/event-log/statement';
import { EFFECT_PARAMETERS, insertEffects } from '../providers/ledger.pg.ts';
import { CLAIM_PARAMETERS, explainRefusals, insertClaims, removeClaims } from './claims.pg.ts';
import type { ClaimRefusal } from './claims.pg.ts';
import { isActive, keptAnswers } from './fulfillment.ts';
import type { Fulfillment } from './fulfillment.ts';
import { dateOf } from './rows.pg.ts';

/** One request, decided and ready to be kept. */
export interface IntakeRow {
  readonly fulfillment: Fulfillment;
  /** Lines that are asked for again on purpose. */
  readonly again: readonly string[];
  readonly idempotencyKey: string;
  /** Of the canonical body. */
  readonly requestHash: Buffer;
  /** Length of the canonical body. */
  readonly requestChars: number;
  /** What the client is told: 202, or 200 when all is done. */
  readonly answer: Answered;
  readonly events: readonly PreparedEvent[];
}

export interface Answered {
  readonly fulfillmentId: string;
  readonly status: number;
  /** The JSON text of the body. */
  readonly body: string;
}

export type IntakeResult =
  | { readonly kind: 'kept' | 'replayed'; readonly answer: Answered }
  /** The key was used for another body. */
  | { readonly kind: 'reused' }
  | ClaimRefusal
  /** Another process was writing this key and has not come to an end that could be seen. */
  | { readonly kind: 'running' };

export interface Intake {
  /** Rejects with `Overloaded` when too much waits. */
  keep(row: IntakeRow): Promise<IntakeResult>;
  /** What was answered to this key before, if anything. */
  earlier(clientId: string, idempotencyKey: string, requestHash: Buffer): Promise<IntakeResult | undefined>;
}

/** A request larger than this is written alone, so that no statement grows beyond measure. */
const LARGE_REQUEST_CHARS = 64 * 1024;
const MAX_LARGE_WAITING = 64;

/** `maxWaiting`: requests that may wait to be written. */
export function createIntake(log: EventLog, { maxWaiting }: { readonly maxWaiting: number }): Intake {
  const small = batcher(log, { maxWaiting });
  const large = batcher(log, { maxRows: 1, maxWaiting: Math.min(maxWaiting, MAX_LARGE_WAITING) });
  return {
    keep: (row) => (row.requestChars > LARGE_REQUEST_CHARS ? large : small).submit(row),
    async earlier(clientId, idempotencyKey, requestHash) {
      const known = await readEarlier(log, [{ clientId, idempotencyKey }]);
      return judge(known.get(nameOf(clientId, idempotencyKey)), requestHash);
    },
  };
}

function batcher(log: EventLog, limits: { maxRows?: number; maxWaiting?: number }): MicroBatcher<IntakeRow, IntakeResult> {
  return createMicroBatcher<IntakeRow, IntakeResult>({ ...limits, isSystemic, ownerOf: (row) => row.fulfillment.clientId, run: (rows) => keepRows(log, rows) });
}

async function keepRows(log: EventLog, rows: readonly IntakeRow[]): Promise<IntakeResult[]> {
  const results = await tryRows(log, rows);
  // What stood in the way may have been found to be nothing.
  const free = rows.filter((row) => !results.has(row));
  const second = free.length === 0 ? results : await tryRows(log, free);
  return rows.map((row) => results.get(row) ?? second.get(row) ?? { kind: 'running' });
}

/** Without a result for rows in whose way nothing stands, or nothing any more. */
async function tryRows(log: EventLog, rows: readonly IntakeRow[]): Promise<Map<IntakeRow, IntakeResult>> {
  const kept = new Set<string>();
  // Two requests for one order need one statement each: the second sees what the first has claimed.
  for (const round of roundsOf(rows)) for (const id of await insertRows(log, round)) kept.add(id);
  if (kept.size > 0) log.wake();
  const results = await explain(log, rows.filter((row) => !kept.has(row.fulfillment.fulfillmentId)));
  for (const row of rows) if (kept.has(row.fulfillment.fulfillmentId)) results.set(row, { kind: 'kept', answer: row.answer });
  return results;
}

function roundsOf(rows: readonly IntakeRow[]): IntakeRow[][] {
  const counts = new Map<string, number>();
  const rounds: IntakeRow[][] = [];
  for (const row of rows) {
    const order = nameOf(row.fulfillment.clientId, row.fulfillment.orderId);
    const round = counts.get(order) ?? 0;
    counts.set(order, round + 1);
    (rounds[round] ??= []).push(row);
  }
  return rounds;
}

/** A repetition is one whatever has become of its lines; only a new key can be refused for them. */
async function explain(log: EventLog, rows: readonly IntakeRow[]): Promise<Map<IntakeRow, IntakeResult>> {
  const results = new Map<IntakeRow, IntakeResult>();
  const earlier = await readEarlier(log, rows.map((row) => ({ clientId: row.fulfillment.clientId, idempotencyKey: row.idempotencyKey })));
  for (const row of rows) {
    const result = judge(earlier.get(nameOf(row.fulfillment.clientId, row.idempotencyKey)), row.requestHash);
    if (result !== undefined) results.set(row, result);
  }
  const unexplained = rows.filter((row) => !results.has(row));
  const refusals = unexplained.length === 0 ? [] : await explainRefusals(log.pool, unexplained);
  unexplained.forEach((row, index) => {
    const refusal = refusals[index];
    if (refusal !== undefined) results.set(row, refusal);
  });
  return results;
}

/** Returns the ids that are new. */
async function insertRows(log: EventLog, rows: readonly IntakeRow[]): Promise<string[]> {
  // The claims are sorted by order, and what is kept by key: two batches wait for each other in one direction only.
  const byOrder = rows.toSorted((a, b) => compare(a.fulfillment.clientId, b.fulfillment.clientId) || compare(a.fulfillment.orderId, b.fulfillment.orderId));
  const claims = insertClaims(byOrder, 1);
  const fulfillments = insertFulfillments(rows, CLAIM_PARAMETERS + 1);
  const before = claims.values.length + fulfillments.values.length;
  const done = rows.flatMap(({ fulfillment }) => keptAnswers(undefined, fulfillment).filter(({ step }) => step === 'fulfilled'));
  const effects = insertEffects(done, before + 1, 'WHERE l.fulfillment_id IN (SELECT fulfillment_id FROM kept)');
  const events = log.insert(
    rows.flatMap((row) => row.events), before + EFFECT_PARAMETERS + 1,
    `WHERE e.data->>'fulfillmentId' IN (SELECT fulfillment_id::text FROM kept)`,
  );
  const { rows: found } = await run(log.pool,
    `WITH claimed AS (${claims.text}), kept AS (${fulfillments.text}), effects AS (${effects.text}), appended AS (${events.text}),
     told AS (INSERT INTO unacknowledged (client_id, fulfillment_id, version, settled_at) SELECT client_id, fulfillment_id, version, updated_at FROM kept WHERE NOT active)
     SELECT c.client_id, c.order_id, k.fulfillment_id FROM claimed c LEFT JOIN kept k USING (client_id, order_id)`,
    [...claims.values, ...fulfillments.values, ...effects.values, ...events.values],
  );
  await removeIdleClaims(log, rows, found);
  return found.flatMap((row) => row.fulfillment_id ?? []);
}

/** What was claimed by a key that is known already was claimed for nothing. */
async function removeIdleClaims(log: EventLog, rows: readonly IntakeRow[], found: readonly { client_id: string; order_id: string; fulfillment_id: string | null }[]): Promise<void> {
  const idle = new Set(found.flatMap((row) => (row.fulfillment_id === null ? [nameOf(row.client_id, row.order_id)] : [])));
  if (idle.size > 0) await removeClaims(log.pool, rows.map(({ fulfillment }) => fulfillment).filter(({ clientId, orderId }) => idle.has(nameOf(clientId, orderId))));
}

const TYPES = [
  'text', 'uuid', 'text', 'bigint', 'jsonb', 'jsonb', 'timestamptz', 'timestamptz', 'timestamptz', 'text', 'bytea', 'smallint', 'text', 'text', 'integer', 'timestamptz', 'jsonb', 'jsonb', 'boolean', 'boolean',
];

function insertFulfillments(rows: readonly IntakeRow[], first: number): { text: string; values: unknown[] } {
  const all = rows.map((row) => row.fulfillment);
  return {
    text: `INSERT INTO fulfillments (client_id, fulfillment_id, order_id, order_number, customer, metadata, start_at, not_after, created_at, idempotency_key, request_hash,
  first_status, first_answer, status, version, updated_at, lines, reason, asking, active, checks)
SELECT f.*, 0 FROM ${unnested(TYPES, first)} AS f(client_id, fulfillment_id, order_id, order_number, customer, metadata, start_at, not_after, created_at,
  idempotency_key, request_hash, first_status, first_answer, status, version, updated_at, lines, reason, asking, active)
WHERE (f.client_id, f.order_id) IN (SELECT client_id, order_id FROM claimed) ORDER BY f.client_id COLLATE "C", f.idempotency_key COLLATE "C"
ON CONFLICT (client_id, idempotency_key) DO NOTHING RETURNING client_id, order_id, fulfillment_id, version, updated_at, active`,
    values: [
      all.map((one) => one.clientId), all.map((one) => one.fulfillmentId), all.map((one) => one.orderId), all.map((one) => one.orderNumber),
      jsonArray(all.map((one) => JSON.stringify(one.customer))), jsonArray(all.map((one) => jsonOrNull(one.metadata))), all.map((one) => dateOf(one.startAtMs)), all.map((one) => dateOf(one.notAfterMs)),
      all.map((one) => dateOf(one.createdAtMs)), rows.map((row) => row.idempotencyKey), rows.map((row) => row.requestHash),
      rows.map((row) => row.answer.status), rows.map((row) => row.answer.body), all.map((one) => one.status), all.map((one) => one.version),
      all.map((one) => dateOf(one.updatedAtMs)), jsonArray(all.map((one) => JSON.stringify(one.lines))), jsonArray(all.map((one) => jsonOrNull(one.reason))),
      all.map((one) => one.asking), all.map(isActive),
    ],
  };
}

interface Earlier {
  readonly requestHash: Buffer;
  readonly answer: Answered;
}

async function readEarlier(log: EventLog, keys: readonly { clientId: string; idempotencyKey: string }[]): Promise<Map<string, Earlier>> {
  if (keys.length === 0) return new Map();
  const { rows } = await log.pool.query(
    `SELECT f.client_id, f.idempotency_key, f.request_hash, f.fulfillment_id, f.first_status, f.first_answer
     FROM fulfillments f JOIN unnest($1::text[], $2::text[]) AS k(client_id, idempotency_key) USING (client_id, idempotency_key)`,
    [keys.map((key) => key.clientId), keys.map((key) => key.idempotencyKey)],
  );
  return new Map(rows.map((row) => [nameOf(row.client_id, row.idempotency_key), {
    requestHash: row.request_hash,
    answer: { fulfillmentId: row.fulfillment_id, status: row.first_status, body: row.first_answer },
  }]));
}

function judge(earlier: Earlier | undefined, requestHash: Buffer): IntakeResult | undefined {
  if (earlier === undefined) return undefined;
  return earlier.requestHash.equals(requestHash) ? { kind: 'replayed', answer: earlier.answer } : { kind: 'reused' };
}

function nameOf(clientId: string, idempotencyKey: string): string {
  return `${clientId}\n${idempotencyKey}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function jsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
