/**
 * What goes into the log and what comes out of it.
 */
import type { EventEnvelope, EventMetadata } from '@commerce/events/envelope';

/** What a flow carries from step to step: taken from a request, or from the event that triggered the step. */
export interface Trigger {
  /** UUID of the request that began the flow. */
  readonly correlationId: string;
  /** Id of the event that triggered this step; null when a request did. */
  readonly causationId: string | null;
  readonly metadata: EventMetadata;
}

/** An event to be appended. The catalogue gives topic, version and subject. */
export interface NewEvent {
  readonly type: string;
  readonly data: object;
  /** Version of the aggregate after this event, from 1; leaves the service as `metadata.sequence`. */
  readonly sequence?: number;
}

/** Place of an event in the log: compared by epoch, then txid, then position. Whole numbers; 2^53 lasts for centuries. */
export interface Cursor {
  readonly epoch: number;
  readonly txid: number;
  readonly position: number;
}

/** Before every event of the log. */
export const START: Cursor = { epoch: 0, txid: 0, position: 0 };

/** Negative when `a` stands before `b`. */
export function compareCursors(a: Cursor, b: Cursor): number {
  return a.epoch - b.epoch || a.txid - b.txid || a.position - b.position;
}

/** An event as the log holds it. */
export interface StoredEvent {
  readonly eventId: string;
  readonly type: string;
  readonly version: string;
  readonly topic: string;
  readonly subject: string;
  /** 0–255, from the subject. */
  readonly slot: number;
  readonly origin: 'own' | 'foreign';
  readonly sequence: number | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly source: string;
  /** ISO 8601, the clock of whoever wrote it. Orders nothing. */
  readonly occurredAt: string;
  /** Unix milliseconds of the database's clock. */
  readonly recordedAtMs: number;
  readonly metadata: EventMetadata;
  readonly data: unknown;
  readonly cursor: Cursor;
  /** Who appended it: a handler (`payments.charge`), `command:…`, `job:…`, `timer:…`; null at intake and from outside. It stays in the log. */
  readonly handler?: string | null;
  /** At which attempt of that handler, from 1; null where nothing is attempted. It stays in the log. */
  readonly attempt?: number | null;
  /** Its stored personal data were changed, and stand here as they are stored. No handler is called with it. */
  readonly isUnreadable?: true;
}

/** The envelope under which the event travels. */
export function toEnvelope(event: StoredEvent): EventEnvelope {
  return {
    eventId: event.eventId, eventType: event.type, eventVersion: event.version, timestamp: event.occurredAt, source: event.source,
    correlationId: event.correlationId, causationId: event.causationId, data: event.data, metadata: event.metadata,
  };
}

/** The trigger that an event is for the steps it causes. */
export function triggerOf(event: StoredEvent): Trigger {
  const { sequence: _own, ...metadata } = event.metadata;
  return { correlationId: event.correlationId, causationId: event.eventId, metadata };
}
