/**
 * The intake: requests that arrive together are written together. One statement per batch keeps the fulfillments, the effects
 * of providers that settle at once, and the events; the answer comes after the commit.
 *
 * Promise: one (client, key) is one fulfillment, however often and however concurrently it is sent; the unique constraint
 * judges, over all processes. A repetition gets the bytes of the first answer.
 * No lock is taken: the fulfillment is new, and so are its events. Refuses: a key that another body was sent with.
 */
import { jsonArray, jsonElements } from '@commerce/event-log/arrays';
import type { EventLog } from '@commerce/event-log/log';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import type { MicroBatcher } from '@commerce/event-log/micro-batcher';
import type { PreparedEvent } from '@commerce/event-log/prepare';
import { isSystemic } from '@commerce/event-log/transaction';
import { run } from '@commerce/event-log/statement';
import { EFFECT_PARAMETERS, insertEffects } from '../providers/ledger.pg.ts';
import { keptAnswers } from './fulfillment.ts';
import type { Fulfillment } from './fulfillment.ts';
import { dateOf } from './rows.pg.ts';

/** One request, decided and ready to be kept. */
export interface IntakeRow {
  readonly fulfillment: Fulfillment;
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
  return createMicroBatcher<IntakeRow, IntakeResult>({ ...limits, isSystemic, run: (rows) => keepRows(log, rows) });
}

async function keepRows(log: EventLog, rows: readonly IntakeRow[]): Promise<IntakeResult[]> {
  const kept = await insertRows(log, rows);
  if (kept.size > 0) log.wake();
  const others = rows.filter((row) => !kept.has(row.fulfillment.fulfillmentId));
  const earlier = await readEarlier(log, others.map((row) => ({ clientId: row.fulfillment.clientId, idempotencyKey: row.idempotencyKey })));
  return rows.map((row): IntakeResult => {
    if (kept.has(row.fulfillment.fulfillmentId)) return { kind: 'kept', answer: row.answer };
    return judge(earlier.get(nameOf(row.fulfillment.clientId, row.idempotencyKey)), row.requestHash) ?? { kind: 'running' };
  });
}

/** Returns the ids that are new. */
async function insertRows(log: EventLog, rows: readonly IntakeRow[]): Promise<Set<string>> {
  // Sorted by the key that repetitions have in common, so that two batches wait for each other in one direction only.
  const sorted = rows.toSorted((a, b) => compare(a.fulfillment.clientId, b.fulfillment.clientId) || compare(a.idempotencyKey, b.idempotencyKey));
  const fulfillments = insertFulfillments(sorted);
  const done = sorted.flatMap(({ fulfillment }) => keptAnswers(undefined, fulfillment).filter(({ step }) => step === 'fulfilled'));
  const effects = insertEffects(done, fulfillments.values.length + 1, 'WHERE l.fulfillment_id IN (SELECT fulfillment_id FROM kept)');
  const events = log.insert(
    sorted.flatMap((row) => row.events), fulfillments.values.length + EFFECT_PARAMETERS + 1,
    `WHERE e.data->>'fulfillmentId' IN (SELECT fulfillment_id::text FROM kept)`,
  );
  const { rows: kept } = await run(log.pool, 
    `WITH kept AS (${fulfillments.text}), effects AS (${effects.text}), appended AS (${events.text}) SELECT fulfillment_id FROM kept`,
    [...fulfillments.values, ...effects.values, ...events.values],
  );
  return new Set(kept.map((row) => row.fulfillment_id));
}

function insertFulfillments(rows: readonly IntakeRow[]): { text: string; values: unknown[] } {
  const all = rows.map((row) => row.fulfillment);
  return {
    text: `INSERT INTO fulfillments (client_id, fulfillment_id, order_id, order_number, customer, metadata, not_after, created_at, idempotency_key, request_hash,
  first_status, first_answer, status, version, updated_at, lines, reason, checks)
SELECT *, 0 FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], ${jsonElements('$5')}, ${jsonElements('$6')}, $7::timestamptz[], $8::timestamptz[], $9::text[], $10::bytea[],
  $11::smallint[], $12::text[], $13::text[], $14::integer[], $15::timestamptz[], ${jsonElements('$16')}, ${jsonElements('$17')})
ON CONFLICT (client_id, idempotency_key) DO NOTHING RETURNING fulfillment_id`,
    values: [
      all.map((one) => one.clientId), all.map((one) => one.fulfillmentId), all.map((one) => one.orderId), all.map((one) => one.orderNumber),
      jsonArray(all.map((one) => JSON.stringify(one.customer))), jsonArray(all.map((one) => jsonOrNull(one.metadata))), all.map((one) => dateOf(one.notAfterMs)),
      all.map((one) => dateOf(one.createdAtMs)), rows.map((row) => row.idempotencyKey), rows.map((row) => row.requestHash),
      rows.map((row) => row.answer.status), rows.map((row) => row.answer.body), all.map((one) => one.status), all.map((one) => one.version),
      all.map((one) => dateOf(one.updatedAtMs)), jsonArray(all.map((one) => JSON.stringify(one.lines))), jsonArray(all.map((one) => jsonOrNull(one.reason))),
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
