/** An event of Order Fulfillment as it stands in its log, and as EventBridge brings it to a queue: for whoever sends one again, or a forgery. */
import type { Pair } from './pair.ts';

/** The completion of an order, in its envelope. Throws when there is none yet. */
export async function completionOf(pair: Pick<Pair, 'rows'>, orderId: string): Promise<Record<string, unknown>> {
  const [row] = await pair.rows<{ envelope: Record<string, unknown> }>('of',
    `SELECT jsonb_build_object('eventId', event_id, 'eventType', type, 'eventVersion', version,
       'timestamp', to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'source', source, 'correlationId', correlation_id,
       'causationId', causation_id, 'data', data, 'metadata', metadata) AS envelope
     FROM events WHERE subject = 'commerce-coordinator ' || $1 AND type = 'FulfillmentCompleted'`, [orderId]);
  if (row === undefined) throw new Error(`there is no completion of ${orderId}`);
  return row.envelope;
}

/** The event as EventBridge delivers it to a queue. */
export function delivery(detail: Record<string, unknown>, outer: object = {}): string {
  return JSON.stringify({ version: '0', id: crypto.randomUUID(), 'detail-type': detail['eventType'], source: detail['source'], detail, ...outer });
}
