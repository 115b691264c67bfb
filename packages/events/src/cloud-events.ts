/**
 * The CloudEvents 1.0 form of an event (JSON format, structured mode), and the way back.
 *
 * Promise: an envelope that goes there and back is the same to the byte of its canonical text, so that its digest stays and a
 * repetition in the other form is known as one. Attributes that CloudEvents does not have are extension attributes:
 * `eventversion`, `correlationid`, `causationid`, `userid`, `sessionid`, `traceparent`, `sequence`; what else stands in the metadata is one JSON text,
 * `eventmetadata`. Refuses nothing: what comes back is judged by the catalogue like every other envelope.
 */
import type { EventEnvelope, EventMetadata } from './envelope.ts';

/** Media types of one event, and of a list of events. */
export const CLOUD_EVENT_MEDIA_TYPE = 'application/cloudevents+json';
export const CLOUD_EVENTS_MEDIA_TYPE = 'application/cloudevents-batch+json';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** The event's source, percent-encoded where a URI reference wants it. */
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: unknown;
  readonly subject?: string;
  readonly dataschema?: string;
  /** Extension attributes: text. */
  readonly [attribute: string]: unknown;
}

/** What an envelope does not say of itself. */
export interface CloudEventContext {
  /** What the event is about. */
  readonly subject?: string;
  /** Absolute URI of the schema of its data. */
  readonly dataSchema?: string;
}

/** Extension attribute → member of the metadata. */
const CARRIED = { userid: 'userId', sessionid: 'sessionId', traceparent: 'traceparent', sequence: 'sequence' } as const;
const CARRIED_MEMBERS: ReadonlySet<string> = new Set(Object.values(CARRIED));
/** Attributes that become no metadata. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  'specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'data', 'subject', 'dataschema', 'eventversion', 'correlationid', 'causationid', 'eventmetadata', ...Object.keys(CARRIED),
]);

export function toCloudEvent({ eventId, eventType, eventVersion, timestamp, source, correlationId, causationId, data, metadata }: EventEnvelope, { subject, dataSchema }: CloudEventContext = {}): CloudEvent {
  const rest = Object.fromEntries(Object.entries(metadata).filter(([name, value]) => !CARRIED_MEMBERS.has(name) && value !== undefined));
  return {
    specversion: '1.0', id: eventId, source: encodeURI(source), type: eventType, time: timestamp, datacontenttype: 'application/json',
    ...(subject !== undefined && { subject }),
    ...(dataSchema !== undefined && { dataschema: dataSchema }),
    eventversion: eventVersion, correlationid: correlationId,
    ...(causationId !== null && { causationid: causationId }),
    ...Object.fromEntries(Object.entries(CARRIED).flatMap(([attribute, member]) => (metadata[member] === undefined ? [] : [[attribute, String(metadata[member])]]))),
    ...(Object.keys(rest).length > 0 && { eventmetadata: JSON.stringify(rest) }),
    data,
  };
}

/** True for what says that it is a CloudEvent, whatever else is wrong with it. */
export function isCloudEvent(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && typeof (value as { specversion?: unknown }).specversion === 'string';
}

/**
 * The envelope of a CloudEvent, unjudged: give it to `checkEnvelope`. One that another program made may lack what only we have: its
 * flow begins with itself then; a time with an offset is told in UTC; attributes that we do not know become metadata. Undefined when
 * it is of another version of CloudEvents, or its data are not JSON.
 */
export function fromCloudEvent(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const { specversion, id, source, type, time, datacontenttype = 'application/json', data, eventversion, correlationid = id, causationid = null } = event;
  if (specversion !== '1.0' || !isJson(datacontenttype) || 'data_base64' in event) return undefined;
  const metadata = metadataOf(event);
  if (metadata === undefined) return undefined;
  return {
    eventId: id, eventType: type, eventVersion: eventversion, timestamp: inUtc(time), source: decoded(source),
    correlationId: correlationid, causationId: causationid, data, metadata,
  };
}

function metadataOf(event: Readonly<Record<string, unknown>>): EventMetadata | undefined {
  const rest = jsonObject(event['eventmetadata']);
  if (rest === undefined) return undefined;
  const unknown = Object.entries(event).filter(([name]) => !ATTRIBUTES.has(name));
  const carried = Object.entries(CARRIED).flatMap(([attribute, member]) => (event[attribute] === undefined ? [] : [[member, carriedValue(member, event[attribute])] as const]));
  return Object.fromEntries([...Object.entries(rest), ...unknown, ...carried]);
}

/** CloudEvents writes the sequence as text. */
function carriedValue(member: string, value: unknown): unknown {
  return member === 'sequence' && typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : value;
}

function jsonObject(text: unknown): object | undefined {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJson(mediaType: unknown): boolean {
  return typeof mediaType === 'string' && /^application\/(?:[\w.-]+\+)?json\s*(?:;.*)?$/i.test(mediaType);
}

function inUtc(time: unknown): unknown {
  if (typeof time !== 'string' || time.endsWith('Z') || !/[+-]\d\d:\d\d$/.test(time)) return time;
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? time : at.toISOString();
}

function decoded(source: unknown): unknown {
  if (typeof source !== 'string') return source;
  try {
    return decodeURI(source);
  } catch {
    return source;
  }
}
