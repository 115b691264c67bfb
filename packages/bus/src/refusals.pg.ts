/** Why a message was not accepted, one row per message: what SQS moves to the dead-letter queue says nothing itself. */
import type { Pool } from 'pg';
import type { Refusal } from './message.ts';
import { safeText } from './safe-text.ts';

export interface RefusedMessage {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly refusal: Refusal;
}

/** Stores or renews the reasons in one statement. `queue` is the queue's name. */
export async function storeRefusals(pool: Pool, queue: string, messages: readonly RefusedMessage[]): Promise<void> {
  // A statement may not touch a row twice, and two statements must take rows in one order.
  const latest = new Map(messages.map((message) => [message.messageId, message]));
  const rows = [...latest.values()].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
  await pool.query(
    `INSERT INTO refusals (message_id, queue, reason, detail, event_id, event_type, receive_count)
     SELECT r.message_id, $1, r.reason, r.detail, r.event_id, r.event_type, r.receive_count
     FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::integer[]) AS r(message_id, reason, detail, event_id, event_type, receive_count)
     ON CONFLICT (message_id) DO UPDATE SET reason = EXCLUDED.reason, detail = EXCLUDED.detail, event_id = EXCLUDED.event_id,
       event_type = EXCLUDED.event_type, receive_count = greatest(refusals.receive_count, EXCLUDED.receive_count), last_seen = clock_timestamp()`,
    [
      queue, rows.map(({ messageId }) => safeText(messageId)), rows.map(({ refusal }) => refusal.reason), rows.map(({ refusal }) => safeText(refusal.detail)),
      rows.map(({ refusal }) => refusal.eventId), rows.map(({ refusal }) => refusal.eventType && safeText(refusal.eventType)),
      rows.map(({ receiveCount }) => receiveCount),
    ],
  );
}
