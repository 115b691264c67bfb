/** Calls to other services as they are stored: one statement for all that are written at once, a week of them. */
import { plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import type { Migration } from '@commerce/signals/extension';
import type { Pool } from 'pg';
import type { KeptCall } from './call-notes.ts';

export const CALLS_MIGRATION: Migration = {
  name: 'calls-1',
  sql: `
-- Of requests and answers only named fields and headers are kept: no secret, and nothing of a person.
CREATE TABLE service_calls (
  call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject text NOT NULL,
  event_id uuid NOT NULL,
  handler text NOT NULL,
  attempt integer NOT NULL,
  service text NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  status integer,
  error text,
  took_ms float8 NOT NULL,
  called_at timestamptz(3) NOT NULL,
  request_headers jsonb NOT NULL,
  request_body text,
  answer_headers jsonb NOT NULL,
  answer_body text
);
CREATE INDEX service_calls_subject ON service_calls (subject, call_id);
CREATE INDEX service_calls_called ON service_calls (called_at);
`,
};

/** They are kept so long. */
export const KEPT_DAYS = 7;
const CHUNK = 1_000;

export async function insertCalls(pool: Pool, calls: readonly KeptCall[]): Promise<void> {
  if (calls.length === 0) return;
  await run(pool,
    `INSERT INTO service_calls (subject, event_id, handler, attempt, service, method, path, status, error, took_ms, called_at, request_headers, request_body, answer_headers, answer_body)
     SELECT subject, event_id, handler, attempt, service, method, path, status, error, took_ms, to_timestamp(at_ms / 1000), request_headers, request_body, answer_headers, answer_body
     FROM unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::text[], $10::float8[], $11::float8[], $12::jsonb[], $13::text[], $14::jsonb[], $15::text[])
       AS made(subject, event_id, handler, attempt, service, method, path, status, error, took_ms, at_ms, request_headers, request_body, answer_headers, answer_body)`,
    [
      calls.map((call) => call.subject), plainArray(calls.map((call) => call.eventId)), calls.map((call) => call.handler), calls.map((call) => call.attempt), calls.map((call) => call.service),
      calls.map((call) => call.method), calls.map((call) => call.path), calls.map((call) => call.status), calls.map((call) => call.error), calls.map((call) => call.tookMs), calls.map((call) => call.calledAtMs),
      calls.map((call) => JSON.stringify(call.requestHeaders)), calls.map((call) => call.requestBody), calls.map((call) => JSON.stringify(call.answerHeaders)), calls.map((call) => call.answerBody),
    ]);
}

export interface StoredCall extends Omit<KeptCall, 'calledAtMs'> {
  readonly callId: string;
  readonly calledAt: string;
}

/** About a subject, the oldest first, behind a place. */
export async function readCalls(pool: Pool, subject: string, afterId: string, limit: number): Promise<StoredCall[]> {
  const { rows } = await run(pool, 'SELECT * FROM service_calls WHERE subject = $1 AND call_id > $2::bigint ORDER BY call_id LIMIT $3', [subject, afterId, limit]);
  return rows.map((row) => ({
    callId: String(row['call_id']), subject: row['subject'], eventId: row['event_id'], handler: row['handler'], attempt: row['attempt'], service: row['service'], method: row['method'], path: row['path'], status: row['status'],
    error: row['error'], tookMs: row['took_ms'], calledAt: row['called_at'].toISOString(), requestHeaders: row['request_headers'], requestBody: row['request_body'], answerHeaders: row['answer_headers'], answerBody: row['answer_body'],
  }));
}

/** Removes what is kept no longer. True when there is more. */
export async function removeOldCalls(pool: Pool): Promise<boolean> {
  const { rowCount } = await run(pool, `DELETE FROM service_calls WHERE call_id = ANY (ARRAY(SELECT call_id FROM service_calls WHERE called_at < clock_timestamp() - interval '${KEPT_DAYS} days' LIMIT ${CHUNK}))`, []);
  return rowCount === CHUNK;
}
