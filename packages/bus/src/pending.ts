/**
 * An event on its way to a bus, whichever it is: what is sent of it, and what it means when the bus did not take it. Pure.
 */
import { entryBytes } from '@commerce/event-log/prepare';
import type { StoredEvent } from '@commerce/event-log/event';
import { toEnvelope } from '@commerce/event-log/event';
import { CLOUD_EVENT_MEDIA_TYPE, toCloudEvent } from '@commerce/events/cloud-events';
import { outside } from '@commerce/events/inside';
import type { Inside } from '@commerce/events/inside';

/** What an event is on the bus: the envelope as it is, or its CloudEvents 1.0 form, which is up to some hundred bytes longer. */
export type WireFormat = 'envelope' | 'cloudevents';

export const MEDIA_TYPES: Readonly<Record<WireFormat, string>> = { envelope: 'application/json', cloudevents: CLOUD_EVENT_MEDIA_TYPE };

/** One event on its way to the bus. */
export interface Pending {
  readonly event: StoredEvent;
  readonly detail: string;
  /** By the formula of EventBridge, which is about right for Kafka too. */
  readonly bytes: number;
  /** Stands beside the event: why it is sent once more. */
  readonly resource?: string | undefined;
  /** Answers that refused this event alone; a call that failed as a whole is not charged to its events. */
  tries: number;
}

export function pendingOf(event: StoredEvent, format: WireFormat = 'envelope', resource?: string, inside?: Inside): Pending {
  const envelope = toEnvelope(inside === undefined ? event : outside(inside, event));
  const detail = JSON.stringify(format === 'envelope' ? envelope : toCloudEvent(envelope, { subject: event.subject }));
  return { event, detail, bytes: entryBytes(event.source, event.type, detail) + Buffer.byteLength(resource ?? ''), resource, tries: 0 };
}

/**
 * What a failure says.
 * - `refused`: this event will be refused again until somebody changes something.
 * - `later`: this event was not taken now (throttled, a fault inside the bus, a code that we do not know).
 * - `unreached`: the call failed as a whole; it says nothing about its events.
 */
export type FailureKind = 'refused' | 'later' | 'unreached';

export interface Failure {
  readonly pending: Pending;
  readonly kind: FailureKind;
  /** The bus's or the network's code. */
  readonly code: string;
  /** The bus's text for an event, cut short; a sentence of ours for a call. */
  readonly message: string;
}
