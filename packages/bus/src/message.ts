/**
 * What stands in a message of the queue: an event that is accepted, or the reason why not. Pure; one JSON.parse a message.
 *
 * Accepted are only the pairs of source and type that the map declares foreign, and only when the envelope that EventBridge
 * made says the same as the event inside: a rule and a policy judged the outer one, so nobody forges an event in another's
 * name. Reasons never repeat values of the payload. The event inside may wear the envelope or be a CloudEvent: both are one event.
 */
import type { Catalogue } from '@commerce/events/catalogue';
import { InvalidEvent, UnknownEventVersion } from '@commerce/events/catalogue';
import { fromCloudEvent, isCloudEvent } from '@commerce/events/cloud-events';
import type { EventEnvelope } from '@commerce/events/envelope';

/** An event that this service takes from others. */
export interface AcceptedEvent {
  readonly source: string;
  readonly type: string;
}

export type RefusalReason =
  /** Not JSON, or not what EventBridge delivers. */
  | 'malformed'
  /** The catalogue has no such type. */
  | 'unknown_type'
  /** The type is known, but not from this source. */
  | 'not_accepted'
  /** EventBridge's source or detail-type differs from the event's. */
  | 'mismatch'
  /** The event does not fit its schema. */
  | 'invalid'
  /** The id is in the log with another content. */
  | 'conflict'
  /** The id's time lies outside the window in which duplicates are recognised. */
  | 'outside_window'
  /** The log can never store it. */
  | 'not_storable';

/** Why a message was not accepted. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** Safe to store and show. */
  readonly detail: string;
  /** Only when it is a UUID. */
  readonly eventId: string | null;
  readonly eventType: string | null;
}

/** `replayName`: the replay of an archive that has sent the message; what EventBridge delivers as it happens has none. */
export type Decoded = ({ readonly kind: 'event'; readonly envelope: EventEnvelope } | ({ readonly kind: 'refused' } & Refusal)) & { readonly replayName?: string };

/** Judges what a bus has delivered: the event, and beside it the source and the type under which it was delivered. */
export type Judge = (delivery: Delivery) => Decoded;

/** Makes the judge. Throws with all faults when `accepts` names types that the catalogue does not have. */
export function createJudge(catalogue: Catalogue, accepts: readonly AcceptedEvent[]): Judge {
  const known = new Set(catalogue.entries.map((entry) => entry.type));
  const unknown = accepts.filter(({ type }) => !known.has(type));
  if (unknown.length > 0) throw new Error(`The consumer accepts event types that the catalogue does not have: ${unknown.map(({ type }) => type).join(', ')}.`);
  const accepted = new Set(accepts.map(({ source, type }) => pairOf(source, type)));

  return ({ source, 'detail-type': type, detail }) => {
    if (!accepted.has(pairOf(source, type))) {
      if (!known.has(type)) return refused('unknown_type', `The catalogue has no event type "${type.slice(0, 128)}".`, detail);
      return refused('not_accepted', `${type} is not accepted from "${source.slice(0, 256)}".`, detail);
    }
    const event = isCloudEvent(detail) ? fromCloudEvent(detail) : detail;
    if (event === undefined) return refused('invalid', 'The CloudEvent is not of version 1.0 with data in JSON.', detail);
    if (event['source'] !== source || event['eventType'] !== type) return refused('mismatch', 'Source or type of the event differ from those of the delivery.', event);
    return check(catalogue, event);
  };
}

/** Makes the decoder of what EventBridge puts into a queue. Throws with all faults when `accepts` names types that the catalogue does not have. */
export function createDecoder(catalogue: Catalogue, accepts: readonly AcceptedEvent[]): (body: string) => Decoded {
  const judge = createJudge(catalogue, accepts);
  return (body) => {
    const outer = parse(body);
    if (outer === undefined) return refused('malformed', 'The body is not what EventBridge delivers: source, detail-type and an object as detail.', {});
    const decoded = judge(outer);
    const replayName = replayNameOf(outer);
    return replayName === undefined ? decoded : { ...decoded, replayName };
  };
}

/** An event as a bus brings it. */
export interface Delivery {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly 'replay-name'?: unknown;
}

const REPLAY_NAME = /^[.\-_A-Za-z0-9]{1,64}$/;

/** The name as EventBridge writes it; anything else is no name and changes nothing. */
function replayNameOf({ 'replay-name': name }: Delivery): string | undefined {
  return typeof name === 'string' && REPLAY_NAME.test(name) ? name : undefined;
}

function parse(body: string): Delivery | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value['source'] !== 'string' || typeof value['detail-type'] !== 'string' || !isObject(value['detail'])) return undefined;
  return value as unknown as Delivery;
}

function check(catalogue: Catalogue, detail: Readonly<Record<string, unknown>>): Decoded {
  try {
    const envelope = catalogue.checkEnvelope(detail);
    // One of an older version must take the form of the current one: who hears it gets that. It is kept as it came.
    catalogue.toCurrent(envelope.eventType, envelope.eventVersion, envelope.data);
    return { kind: 'event', envelope };
  } catch (error) {
    // Its envelope was checked; the data are kept as they are until the catalogue learns the version.
    if (error instanceof UnknownEventVersion) return { kind: 'event', envelope: detail as unknown as EventEnvelope };
    if (error instanceof InvalidEvent) return refused('invalid', error.message, detail);
    return refused('invalid', `The check itself failed (${error instanceof Error ? error.name : typeof error}).`, detail);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The reason, with the event's id and type where they can be told. */
export function refused(reason: RefusalReason, detail: string, event: { readonly eventId?: unknown; readonly eventType?: unknown }): { kind: 'refused' } & Refusal {
  const { eventId, eventType } = event;
  return {
    kind: 'refused', reason, detail,
    eventId: typeof eventId === 'string' && UUID.test(eventId) ? eventId.toLowerCase() : null,
    eventType: typeof eventType === 'string' ? eventType.slice(0, 128) : null,
  };
}

function pairOf(source: string, type: string): string {
  return `${type}\n${source}`;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
