/**
 * PutEvents without its client: the entry of an event, calls that AWS can take, and what a failure means. Pure.
 */
import { MAX_ENTRY_BYTES, entryBytes } from '@commerce/event-log/prepare';
import type { StoredEvent } from '@commerce/event-log/event';
import { toEnvelope } from '@commerce/event-log/event';
import { toCloudEvent } from '@commerce/events/cloud-events';

/** What stands in `Detail`: the envelope as it is, or its CloudEvents 1.0 form, which is up to some hundred bytes longer. */
export type WireFormat = 'envelope' | 'cloudevents';

/** Entries in one call at most. */
export const MAX_ENTRIES = 10;

/** One event on its way to the bus. */
export interface Pending {
  readonly event: StoredEvent;
  readonly detail: string;
  /** By AWS's formula. */
  readonly bytes: number;
  /** Stands beside the event in `resources`: why it is sent once more. */
  readonly resource?: string | undefined;
  /** Answers that refused this entry alone; a call that failed as a whole is not charged to its entries. */
  tries: number;
}

export function pendingOf(event: StoredEvent, format: WireFormat = 'envelope', resource?: string): Pending {
  const envelope = toEnvelope(event);
  const detail = JSON.stringify(format === 'envelope' ? envelope : toCloudEvent(envelope, { subject: event.subject }));
  return { event, detail, bytes: entryBytes(event.source, event.type, detail) + Buffer.byteLength(resource ?? ''), resource, tries: 0 };
}

/** An entry of PutEvents. */
export interface PutEntry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  /** Unix seconds. */
  readonly Time: number;
  readonly Resources?: string[];
}

export function entryOf({ event, detail, resource }: Pending, busName: string): PutEntry {
  return { EventBusName: busName, Source: event.source, DetailType: event.type, Detail: detail, Time: Date.parse(event.occurredAt) / 1_000, ...(resource !== undefined && { Resources: [resource] }) };
}

/** What AWS says of one entry. */
export interface PutAnswer {
  readonly EventId?: string | undefined;
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

/** Cuts events into calls of at most ten entries and the size limit, in their order. One that is too large goes alone. */
export function packCalls(pending: readonly Pending[]): Pending[][] {
  const calls: Pending[][] = [];
  let call: Pending[] = [];
  let bytes = 0;
  for (const one of pending) {
    if (call.length === MAX_ENTRIES || (call.length > 0 && bytes + one.bytes > MAX_ENTRY_BYTES)) {
      calls.push(call);
      call = [];
      bytes = 0;
    }
    call.push(one);
    bytes += one.bytes;
  }
  if (call.length > 0) calls.push(call);
  return calls;
}

/**
 * What a failure says.
 * - `refused`: this entry will be refused again until somebody changes something.
 * - `later`: this entry was not taken now (throttled, a fault inside AWS, a code that we do not know).
 * - `unreached`: the call failed as a whole; it says nothing about its entries.
 */
export type FailureKind = 'refused' | 'later' | 'unreached';

export interface Failure {
  readonly pending: Pending;
  readonly kind: FailureKind;
  /** AWS's or the network's code. */
  readonly code: string;
  /** AWS's text for an entry, cut short; a sentence of ours for a call. */
  readonly message: string;
}

const REFUSED_CODES = new Set([
  'AccessDeniedException', 'InvalidAccountIdException', 'InvalidArgument', 'MalformedDetail', 'RedactionFailure',
  'NotAuthorizedForSourceException', 'NotAuthorizedForDetailTypeException',
]);

/** What AWS said of one entry. An entry without an answer was perhaps taken: it is sent again, receivers know duplicates. */
export function entryFailure(pending: Pending, answer: PutAnswer | undefined): Failure | undefined {
  if (answer?.EventId !== undefined && answer.ErrorCode === undefined) return undefined;
  const code = answer?.ErrorCode ?? 'NoAnswer';
  return { pending, code, kind: REFUSED_CODES.has(code) ? 'refused' : 'later', message: (answer?.ErrorMessage ?? 'The bus gave no reason.').slice(0, 500) };
}

const REQUEST_FAULTS = new Set([
  'ValidationException', 'SerializationException', 'RequestEntityTooLarge', 'RequestEntityTooLargeException', 'InvalidParameterValue', 'InvalidArgument',
]);

/** True when AWS refused the request because of what stands in it: one of its entries is the reason. */
export function isRequestFault(code: string, httpStatus: number | undefined): boolean {
  return REQUEST_FAULTS.has(code) || httpStatus === 413;
}
