/**
 * Makes an event ready to be stored: checked against the catalogue, with id, digest, slot and JSON texts. What can never be
 * stored or published is refused here, before any transaction.
 */
import { canonicalJson, inOrder, sha256 } from '@commerce/events/canonical';
import type { Catalogue } from '@commerce/events/catalogue';
import type { EventEnvelope, EventMetadata } from '@commerce/events/envelope';
import { uuid7Of, uuid7Time } from '@commerce/events/uuid7';
import type { NewEvent, Trigger } from './event.ts';
import { personalParts, sealedData } from './personal.ts';
import type { FieldKey, Marks, PersonalParts } from './personal.ts';
import { slotOf } from './subject.ts';

/** A row of `events`, but for what the database adds. */
export interface PreparedEvent {
  readonly eventId: string;
  readonly origin: 'own' | 'foreign';
  readonly type: string;
  readonly version: string;
  readonly topic: string;
  readonly subject: string;
  readonly slot: number;
  readonly sequence: number | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly source: string;
  readonly timestamp: string;
  readonly metadataJson: string;
  readonly dataJson: string;
  /** Empty while `personal` is there: it is over what is stored. */
  readonly digest: Buffer;
  readonly handler: string | null;
  readonly attempt: number | null;
  /** It has personal data, in clear still: it is sealed before it is inserted. */
  readonly personal?: PersonalParts & { readonly envelope: EventEnvelope };
  /** By which key its personal data are sealed; that one must not be gone when the event is written. */
  readonly sealedBy?: { readonly customerId: string; readonly generation: number };
}

/** Who appends an event; see `StoredEvent`. */
export interface Author {
  readonly handler: string;
  readonly attempt?: number;
}

/** The event is larger than EventBridge takes. It is refused when it is appended, for it could never be published. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
  constructor(type: string, bytes: number) {
    super(`${type} has ${bytes} bytes as an EventBridge entry; at most ${MAX_ENTRY_BYTES} fit.`);
  }
}

/** Bytes of one EventBridge entry: 1 MiB less what the delivered envelope adds on its way into SQS, whose limit is 1 MiB too. */
export const MAX_ENTRY_BYTES = 1_048_576 - 2_048;

/** Size of an entry by AWS's formula (`Time` set): 14 + UTF-8 bytes of Source, DetailType and Detail. */
export function entryBytes(source: string, detailType: string, detail: string): number {
  return 14 + Buffer.byteLength(source) + Buffer.byteLength(detailType) + Buffer.byteLength(detail);
}

export interface Preparer {
  readonly catalogue: Catalogue;
  readonly nowMs: () => number;
  readonly uuid: () => string;
  /** Throws for an own event that may not be appended as one of this source. */
  readonly admits?: (event: NewEvent, source: string) => void;
  /** What is personal; without it nothing is sealed. */
  readonly marks?: Marks;
}

const NO_DIGEST = Buffer.alloc(0);

/** What the column holds. */
const MAX_ATTEMPT = 32_767;

/** An own event; without `author` one of intake. Throws `InvalidEvent`, `UnknownEventType`, `NotStorable`, `EventTooLarge`, and what `admits` throws. */
export function prepareOwn(to: Preparer, event: NewEvent, source: string, trigger: Trigger, author?: Author): PreparedEvent {
  to.admits?.(event, source);
  to.catalogue.checkData(event.type, event.data);
  const metadata: EventMetadata = event.sequence === undefined ? trigger.metadata : { ...trigger.metadata, sequence: event.sequence };
  return prepare(to, 'own', to.uuid(), {
    eventId: '', eventType: event.type, eventVersion: to.catalogue.currentVersion(event.type), timestamp: new Date(to.nowMs()).toISOString(),
    source, correlationId: trigger.correlationId, causationId: trigger.causationId, data: event.data, metadata,
  }, author);
}

/**
 * An event of another service, under its own id (an id that is no UUIDv7 maps to one made of the event's time and a hash of
 * the id). Its envelope was checked by the caller; it is stored as it came. Throws `NotStorable`, `EventTooLarge`, and what a
 * step to the current version throws.
 */
export function prepareForeign(catalogue: Catalogue, envelope: EventEnvelope, marks?: Marks): PreparedEvent {
  return prepare({ catalogue, ...(marks !== undefined && { marks }) }, 'foreign', foreignId(envelope), envelope);
}

/** The id under which an event of somebody else stands in the log: its own where that is a UUIDv7, else one of its time and its own, always the same. */
export function foreignId({ eventId, timestamp }: Pick<EventEnvelope, 'eventId' | 'timestamp'>): string {
  return uuid7Time(eventId) === undefined ? uuid7Of(Date.parse(timestamp), eventId) : eventId.toLowerCase();
}

/** The event as it is stored, with its digest over what is stored. `key` undefined: the personal data are not kept. */
export function withSealedData(event: PreparedEvent, key: FieldKey | undefined): PreparedEvent {
  const { personal, ...rest } = event;
  if (personal === undefined) return event;
  const { envelope, customerId } = personal;
  const dataJson = canonicalJson(sealedData(personal, event.eventId, envelope.data, key));
  const text = digestText(event.origin === 'own' ? event.eventId : envelope.eventId, envelope, event.metadataJson, dataJson);
  return { ...rest, dataJson, digest: sha256(text), ...(key !== undefined && { sealedBy: { customerId, generation: key.generation } }) };
}

function prepare({ catalogue, marks }: Pick<Preparer, 'catalogue' | 'marks'>, origin: 'own' | 'foreign', eventId: string, given: EventEnvelope, author?: Author): PreparedEvent {
  const personal = marks === undefined ? undefined : personalParts(marks, given.eventType, given.eventVersion, given.data);
  // What is sealed is written twice: in clear, for its size, and sealed.
  const envelope = personal === undefined ? given : { ...given, data: inOrder(given.data) };
  const entry = catalogue.entry(envelope.eventType);
  const subject = subjectOf(catalogue, envelope);
  const dataJson = canonicalJson(envelope.data);
  const metadataJson = canonicalJson(envelope.metadata);
  const text = digestText(origin === 'own' ? eventId : envelope.eventId, envelope, metadataJson, dataJson);
  const bytes = entryBytes(envelope.source, envelope.eventType, text);
  if (bytes > MAX_ENTRY_BYTES) throw new EventTooLarge(envelope.eventType, bytes);
  return {
    eventId, origin, type: envelope.eventType, version: envelope.eventVersion, topic: entry.topic, subject, slot: slotOf(subject),
    sequence: envelope.metadata.sequence ?? null, correlationId: envelope.correlationId, causationId: envelope.causationId,
    source: envelope.source, timestamp: envelope.timestamp, metadataJson, dataJson, digest: personal === undefined ? sha256(text) : NO_DIGEST,
    handler: author?.handler ?? null, attempt: author?.attempt === undefined ? null : Math.min(author.attempt, MAX_ATTEMPT),
    ...(personal !== undefined && { personal: { ...personal, envelope } }),
  };
}

/** The RFC 8785 text of an event, whose SHA-256 is its digest. Metadata and data are given as such texts. */
export function digestText(eventId: string, envelope: Omit<EventEnvelope, 'eventId' | 'metadata' | 'data'>, metadataJson: string, dataJson: string): string {
  // The members in the order of RFC 8785, so that the text is canonical without sorting anew.
  return `{"causationId":${JSON.stringify(envelope.causationId)},"correlationId":${JSON.stringify(envelope.correlationId)},"data":${dataJson}` +
    `,"eventId":${JSON.stringify(eventId)},"eventType":${JSON.stringify(envelope.eventType)}` +
    `,"eventVersion":${JSON.stringify(envelope.eventVersion)},"metadata":${metadataJson},"source":${canonicalJson(envelope.source)}` +
    `,"timestamp":${JSON.stringify(envelope.timestamp)}}`;
}

/** The subject of an event. One in a version that the catalogue does not know yet may have no order id: it stands for itself. */
function subjectOf(catalogue: Catalogue, envelope: EventEnvelope): string {
  const entry = catalogue.entry(envelope.eventType);
  if (envelope.eventVersion in entry.versions) return entry.subject(catalogue.toCurrent(envelope.eventType, envelope.eventVersion, envelope.data) as never);
  const { orderId } = envelope.data as { readonly orderId?: unknown };
  return typeof orderId === 'string' && orderId.length > 0 ? orderId : envelope.eventId;
}
