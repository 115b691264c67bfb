/** Delivers events again to one endpoint, for a replay whose target it is. */
import type { StoredEvent } from '@commerce/event-log/event';
import type { Tx } from '@commerce/event-log/extension';
import { jsonArray, plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import { uuid7 } from '@commerce/events/uuid7';
import { bodyOf } from '@commerce/events/webhook-message';
import { webhookNameOf } from './message-names.ts';

export interface Again {
  readonly endpointId: string;
  readonly replayId: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * Writes deliveries of these events, in their order, in the given transaction, whatever the endpoint has asked to hear; and gives how many. An event
 * is written once for a replay, so the same call again writes nothing. The bytes of the first time are sent again where they are kept;
 * elsewhere the event's own data is sent, for what was known of its order then is known no more. They are sent within a second after the commit.
 */
export async function deliverAgain(tx: Tx, { endpointId, replayId, nowMs }: Again, events: readonly StoredEvent[]): Promise<number> {
  const told = events.flatMap((event) => {
    const name = webhookNameOf(event.type);
    return name === undefined ? [] : [{ event, name }];
  });
  if (told.length === 0) return 0;
  const { rowCount } = await run(tx,
    `WITH m AS MATERIALIZED (
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], string_to_array($4::text, chr(30)), $5::uuid[]) WITH ORDINALITY AS m(event_id, name, subject, body, delivery_id, at)
     ), bytes AS (
       INSERT INTO webhook_messages (event_id, name, subject, body) SELECT event_id, name, subject, convert_to(body, 'UTF8') FROM m ON CONFLICT (event_id) DO NOTHING
     )
     INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, ordered, due_at, replay_id)
     SELECT m.delivery_id, e.endpoint_id, m.event_id, m.name, m.subject, CASE e.status WHEN 'enabled' THEN 'ready' ELSE 'held' END, e.ordered, clock_timestamp(), $7
     FROM m JOIN webhook_endpoints e ON e.endpoint_id = $6 ORDER BY m.at
     ON CONFLICT (event_id, endpoint_id, replay_id) WHERE replay_id IS NOT NULL DO NOTHING`,
    [
      plainArray(told.map(({ event }) => event.eventId)), told.map(({ name }) => name), told.map(({ event }) => event.subject),
      jsonArray(told.map(({ event, name }) => JSON.stringify(bodyOf(name, event, undefined, 0)))), plainArray(told.map(() => uuid7(nowMs))), endpointId, replayId,
    ],
  );
  return rowCount ?? 0;
}
