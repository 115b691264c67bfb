/**
 * PutEvents without its client: the entry of an event, calls that AWS can take, and what a failure means. Pure.
 */
import { MAX_ENTRY_BYTES } from '@commerce/event-log/prepare';
import type { Failure, Pending } from './pending.ts';

/** Entries in one call at most. */
export const MAX_ENTRIES = 10;

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

/** Cuts events into calls of at most ten entries, or as many as are said, and the size limit, in their order. One that is too large goes alone. */
export function packCalls(pending: readonly Pending[], most: number = MAX_ENTRIES): Pending[][] {
  const calls: Pending[][] = [];
  let call: Pending[] = [];
  let bytes = 0;
  for (const one of pending) {
    if (call.length === most || (call.length > 0 && bytes + one.bytes > MAX_ENTRY_BYTES)) {
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
