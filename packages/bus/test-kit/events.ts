/** Events of the fulfilling side, and the delivery that EventBridge makes of them. */
import type { StoredEvent } from '@commerce/event-log/event';
import { FulfillmentCompleted } from '@commerce/events/entries';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { SOURCE } from './aws.ts';

/** A completion for a new order. */
export function completion(given: Partial<EventEnvelope> = {}): EventEnvelope {
  const now = Date.now();
  const eventId = uuid7(now);
  return {
    eventId, eventType: 'FulfillmentCompleted', eventVersion: 'v1', timestamp: new Date(now).toISOString(), source: SOURCE,
    correlationId: uuid7(now), causationId: null, data: { ...FulfillmentCompleted.example, orderId: `order-${eventId}` }, metadata: { sequence: 3 }, ...given,
  };
}

export function completions(count: number): EventEnvelope[] {
  return Array.from({ length: count }, () => completion());
}

/** The body of the message that EventBridge puts into a queue. */
export function delivery(envelope: EventEnvelope, given: object = {}): string {
  return JSON.stringify({
    version: '0', id: uuid7(Date.now()), 'detail-type': envelope.eventType, source: envelope.source, account: '000000000000',
    time: envelope.timestamp, region: 'eu-central-1', resources: [], detail: envelope, ...given,
  });
}

let position = 0;

/** An event as a reader gets it from the log. */
export function stored(given: Partial<StoredEvent> = {}): StoredEvent {
  const envelope = completion();
  position += 1;
  return {
    eventId: envelope.eventId, type: envelope.eventType, version: envelope.eventVersion, topic: 'fulfillment-events', subject: 'order', slot: 1, origin: 'own',
    sequence: 3, correlationId: envelope.correlationId, causationId: null, source: SOURCE, occurredAt: envelope.timestamp, recordedAtMs: Date.now(),
    metadata: envelope.metadata, data: envelope.data, cursor: { epoch: 1, txid: 1, position }, ...given,
  };
}
