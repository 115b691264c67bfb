/**
 * What was seen of the messages in dead-letter queues, and what this tool did with them. A message is ended once, in the transaction
 * that counts it; what stays in the queue after that only waits to be deleted.
 */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool } from 'pg';
import type { Refused } from './dead-queue.ts';
import { kindOf } from './selection.ts';
import type { MessageFacts, QueueName } from './selection.ts';

type Db = Pick<Pool, 'query'>;

/** A message as it is seen, with what stands in it. */
export interface SeenMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAtMs: number;
  /** Why it lies there, as far as the message itself says so. */
  readonly reason: string;
  readonly detail: string;
  readonly eventId: string | null;
  readonly eventType: string | null;
}

/** The same as it is kept. `isEnded`: this tool is done with it. */
export interface KeptMessage extends MessageFacts {
  readonly isEnded: boolean;
}

/** Some text of the body is the id of a customer who is erased, and has not come back, or only since it was sent. */
const NAMES_ERASED = String.raw`EXISTS (
         SELECT FROM regexp_matches(m.body, '"([^"\\]+)"', 'g') AS t(parts) JOIN customer_keys k ON k.customer_id = t.parts[1]
         WHERE k.erased_at IS NOT NULL AND (k.sealed IS NULL OR to_timestamp(m.sent_ms / 1000) <= k.erased_at))`;

/** Keeps what was seen, of erased customers without what stands in it; resolves with it, each with the reason that the consumer has recorded where there is one. */
export async function see(db: Db, queue: QueueName, messages: readonly SeenMessage[]): Promise<Map<string, KeptMessage>> {
  const rows = [...new Map(messages.map((one) => [one.messageId, one])).values()].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
  const { rows: kept } = await run(db,
    `WITH seen AS (
       INSERT INTO dead_messages AS m (message_id, queue, body, attributes, reason, detail, event_id, event_type, sent_at)
       SELECT n.message_id, $1, CASE WHEN n.is_erased THEN '{"erased":true}' ELSE n.body END, CASE WHEN n.is_erased THEN '{}' ELSE n.attributes END, n.reason, n.detail, n.event_id, n.event_type, to_timestamp(n.sent_ms / 1000)
       FROM (SELECT *, ${NAMES_ERASED} AS is_erased
             FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::float8[]) AS m(message_id, body, attributes, reason, detail, event_id, event_type, sent_ms)) AS n
       ON CONFLICT (message_id) DO UPDATE SET seen_at = clock_timestamp(), reason = CASE WHEN m.refused_in IS NULL THEN excluded.reason ELSE m.reason END,
         detail = CASE WHEN m.refused_in IS NULL THEN excluded.detail ELSE m.detail END, event_id = excluded.event_id, event_type = excluded.event_type
       RETURNING m.message_id, m.reason, m.event_type, (extract(epoch FROM m.sent_at) * 1000)::float8 AS sent_ms, m.ended)
     SELECT s.message_id, coalesce(r.reason, s.reason) AS reason, coalesce(r.event_type, s.event_type) AS event_type, s.sent_ms, s.ended FROM seen s LEFT JOIN refusals r USING (message_id)`,
    [
      queue, rows.map((one) => one.messageId), rows.map((one) => storable(one.body)), rows.map((one) => JSON.stringify(one.attributes)), rows.map((one) => one.reason), rows.map((one) => one.detail),
      rows.map((one) => one.eventId), rows.map((one) => one.eventType), rows.map((one) => one.sentAtMs),
    ],
  );
  return new Map(kept.map((row) => [row.message_id, { messageId: row.message_id, reason: row.reason, eventType: row.event_type, sentAtMs: Math.round(row.sent_ms), isEnded: row.ended !== null }]));
}

/** What no column takes cannot stand in a message either; a lone surrogate is shown as what it is read as. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '');
}

/** Ends messages; resolves with how many were open until now. */
export async function end(tx: Tx, how: 'redriven' | 'discarded', messageIds: readonly string[]): Promise<number> {
  const { rowCount } = await run(tx, 'UPDATE dead_messages SET ended = $1, ended_at = clock_timestamp() WHERE message_id = ANY ($2::text[]) AND ended IS NULL', [how, messageIds]);
  return rowCount ?? 0;
}

/** Marks messages as refused in this run, with the new reason where there is one; resolves with how many of them it had not refused before. */
export async function refuse(tx: Tx, runId: string, refused: readonly Refused[]): Promise<number> {
  if (refused.length === 0) return 0;
  const { rowCount } = await run(tx,
    `UPDATE dead_messages m SET refused_in = $1, reason = coalesce(n.reason, m.reason), detail = coalesce(n.detail, m.detail)
     FROM unnest($2::text[], $3::text[], $4::text[]) AS n(message_id, reason, detail) WHERE m.message_id = n.message_id AND m.refused_in IS DISTINCT FROM $1`,
    [runId, refused.map(({ messageId }) => messageId), refused.map(({ reason }) => reason ?? null), refused.map(({ detail }) => (detail === undefined ? null : storable(detail)))],
  );
  return rowCount ?? 0;
}

/** Ends messages as discarded, with who and why in the ledger. */
export async function discard(tx: Tx, queue: QueueName, messageIds: readonly string[], act: { readonly by: string; readonly reason: string }): Promise<number> {
  const { rowCount } = await run(tx,
    `WITH gone AS (
       UPDATE dead_messages m SET ended = 'discarded', ended_at = clock_timestamp() WHERE message_id = ANY ($1::text[]) AND ended IS NULL RETURNING m.*)
     INSERT INTO ledger (handler, event_id, subject, rule, evidence)
     SELECT $4, g.event_id, g.message_id, 'discarded', jsonb_build_object('by', $2::text, 'reason', $3::text,
       'error', jsonb_build_object('code', coalesce(r.reason, g.reason), 'message', coalesce(r.detail, g.detail)), 'sha256', encode(sha256(convert_to(g.body, 'UTF8')), 'hex'))
     FROM gone g LEFT JOIN refusals r USING (message_id)`,
    [messageIds, act.by, act.reason, `dead-letters.${kindOf(queue)}`],
  );
  return rowCount ?? 0;
}

/** Forgets what was not seen since then: it is no longer in its queue. What was ended is kept for 31 days from its end, and from when it was last seen there. */
export async function forgetUnseen(db: Db, queue: QueueName, sinceMs: number): Promise<void> {
  await run(db, 'DELETE FROM dead_messages WHERE queue = $1 AND ended IS NULL AND seen_at < to_timestamp($2::float8 / 1000)', [queue, sinceMs]);
  await run(db, `DELETE FROM dead_messages WHERE queue = $1 AND ended_at < clock_timestamp() - interval '31 days' AND seen_at < clock_timestamp() - interval '31 days'`, [queue]);
}

/** Forgets what was seen of a queue and not ended: it was moved. */
export async function forgetAll(db: Db, queue: QueueName): Promise<void> {
  await run(db, 'DELETE FROM dead_messages WHERE queue = $1 AND ended IS NULL', [queue]);
}

/** How many of these places were ended one by one: from an offset on, of the records whose ids begin with `place`. */
export async function countEnded(db: Db, queue: QueueName, from: readonly { readonly place: string; readonly offset: bigint }[]): Promise<number> {
  const { rows } = await run(db,
    `SELECT count(*)::integer AS count FROM dead_messages m JOIN unnest($2::text[], $3::bigint[]) AS f(place, first) ON m.message_id LIKE f.place || '-%'
     WHERE m.queue = $1 AND m.ended IS NOT NULL AND CASE WHEN m.queue = $1 THEN split_part(m.message_id, '-', 3)::bigint >= f.first ELSE false END`,
    [queue, from.map(({ place }) => place), from.map(({ offset }) => String(offset))],
  );
  return rows[0].count;
}
