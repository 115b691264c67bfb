/**
 * PutEvents. The answer has one result per entry, in the order of the request, and is 200 even if every entry failed. An
 * event for a bus that does not exist is accepted and gone, as on AWS; a bus of another region is one of them. A bus of another account lets
 * nobody in: its policy is not here.
 */
import { busName, DEFAULT_BUS } from '../account.ts';
import { AwsError, validationError } from '../aws-error.ts';
import { acceptedEvent, type AcceptedEvent } from './envelope.ts';
import type { EventsContext } from './events-context.ts';
import { hasOversizeInteger, isDeeperThan } from './spelled-json.ts';

const MAX_ENTRIES = 10;
const MAX_TOTAL_BYTES = 1_048_576;
const MAX_DETAIL_TYPE = 128;
const MAX_TRACE_HEADER = 500;
/** An event may be 1,000 levels deep, and its detail is one level down. */
const MAX_NESTING = 999;
/** What a time adds to the size of an entry, whatever it says. */
const TIME_BYTES = 14;
/** An event tells its time with a year of four digits. */
const FIRST_TIME_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

interface Entry {
  readonly Time?: number;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  readonly TraceHeader?: string;
}

type Result = { readonly EventId: string } | EntryError;
interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

export function putEvents(input: Readonly<Record<string, unknown>>, context: EventsContext): object {
  if (input['EndpointId'] !== undefined) throw validationError('EndpointId: the local bus has no global endpoints.');
  const entries = readEntries(input['Entries']);
  if (totalBytes(entries) > MAX_TOTAL_BYTES) throw validationError('Total size of the entries in the request is over the limit.');
  const accepted: AcceptedEvent[] = [];
  const results = entries.map((entry): Result => {
    const outcome = accept(entry, context, accepted.length);
    if ('ErrorCode' in outcome) return outcome;
    accepted.push(outcome);
    return { EventId: outcome.id };
  });
  const failed = entries.length - accepted.length;
  context.counts.accepted += accepted.length;
  context.counts.refused += failed;
  context.deliver(accepted);
  return { FailedEntryCount: failed, Entries: results };
}

function readEntries(value: unknown): readonly Entry[] {
  if (!Array.isArray(value)) throw constraintError('null', 'Member must not be null');
  if (value.length === 0) throw constraintError("'[]'", 'Member must have length greater than or equal to 1');
  if (value.length > MAX_ENTRIES) throw constraintError(`'[${value.map(printed).join(', ')}]'`, `Member must have length less than or equal to ${MAX_ENTRIES}`);
  for (const entry of value) if (!isEntry(entry)) throw new AwsError('SerializationException', 'An entry is not of the form that PutEvents takes.');
  const entries = value as readonly Entry[];
  for (const [index, { TraceHeader }] of entries.entries()) {
    if ((TraceHeader?.length ?? 0) > MAX_TRACE_HEADER) throw constraintError(`'${TraceHeader}'`, `Member must have length less than or equal to ${MAX_TRACE_HEADER}`, `entries.${index + 1}.member.traceHeader`);
  }
  return entries;
}

function constraintError(value: string, constraint: string, member = 'entries'): AwsError {
  return validationError(`1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${constraint}`);
}

/** An entry as EventBridge prints it in its refusals. */
function printed(entry: Entry): string {
  const resources = entry.Resources ? `[${entry.Resources.join(', ')}]` : 'null';
  const text = (value: unknown): string => String(value ?? null);
  return (
    `PutEventsRequestEntry(time=${text(entry.Time)}, source=${text(entry.Source)}, resources=${resources}, detailType=${text(entry.DetailType)}, ` +
    `detail=${text(entry.Detail)}, eventBusName=${text(entry.EventBusName)}, traceHeader=${text(entry.TraceHeader)}, kmsKeyIdentifier=null, internalMetadata=null)`
  );
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { Time, Source, DetailType, Detail, EventBusName, Resources, TraceHeader } = value as Record<string, unknown>;
  return (
    isOptional('string', Source) && isOptional('string', DetailType) && isOptional('string', Detail) && isOptional('string', EventBusName) &&
    isOptional('string', TraceHeader) &&
    (isOptional('number', Time)) &&
    (Resources === undefined || Resources === null || (Array.isArray(Resources) && Resources.every((resource) => typeof resource === 'string')))
  );
}

function isOptional(type: 'string' | 'number', value: unknown): boolean {
  return value === undefined || value === null || typeof value === type;
}

function totalBytes(entries: readonly Entry[]): number {
  let total = 0;
  for (const { Time, Source, DetailType, Detail, Resources } of entries) {
    if (Time !== undefined && Time !== null) total += TIME_BYTES;
    total += Buffer.byteLength(Source ?? '') + Buffer.byteLength(DetailType ?? '') + Buffer.byteLength(Detail ?? '');
    for (const resource of Resources ?? []) total += Buffer.byteLength(resource);
  }
  return total;
}

function accept(entry: Entry, { account, clock, newId, faults, hasRoomFor }: EventsContext, acceptedBefore: number): AcceptedEvent | EntryError {
  const { Source: source, DetailType: detailType, Detail: detailText } = entry;
  if (!source) return required('Source');
  if (!detailType) return required('DetailType');
  if (!detailText) return required('Detail');
  const bus = entry.EventBusName ?? DEFAULT_BUS;
  if (isOfAnotherAccount(bus, account.accountId)) {
    return failure('AccessDeniedException', `Not authorized to perform: events:PutEvents on resource: ${bus} because no resource-based policy allows the events:PutEvents action`);
  }
  if (source.startsWith('aws.')) return failure('NotAuthorizedForSourceException', 'Not authorized for the source.');
  if (detailType.length > MAX_DETAIL_TYPE) {
    return failure('InvalidArgument', `Parameter DetailType is not valid. Reason: DetailType is longer than ${MAX_DETAIL_TYPE} characters.`);
  }
  if (!isDetail(detailText)) return failure('MalformedDetail', 'Detail is malformed.');
  const acceptedAtMs = clock.nowMs();
  const timeMs = typeof entry.Time === 'number' ? Math.trunc(entry.Time * 1_000) : acceptedAtMs;
  if (!(timeMs >= FIRST_TIME_MS && timeMs <= LAST_TIME_MS)) return failure('InvalidArgument', 'Parameter Time is not valid. Reason: Time is out of range.');
  if (!hasRoomFor(acceptedBefore + 1)) return failure('ThrottlingException', 'Rate exceeded');
  if (faults.entryFails()) return failure('InternalFailure', 'A fault switch has failed this entry.');
  return acceptedEvent(account, {
    id: newId(), busName: bus, source, detailType, acceptedAtMs, timeMs, resources: entry.Resources ?? [], detailText,
  });
}

function isOfAnotherAccount(bus: string, accountId: string): boolean {
  return busName(bus) !== bus && bus.split(':')[4] !== accountId;
}

/** True for a JSON object that is not nested too deeply and whose integers have 64 bits. */
function isDetail(text: string): boolean {
  try {
    const detail: unknown = JSON.parse(text);
    if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return false;
    // Of the text, not of the value: rules read what stands under a key that comes again.
    return !isDeeperThan(MAX_NESTING, text) && !hasOversizeInteger(text);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function required(name: string): EntryError {
  return failure('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
}

function failure(ErrorCode: string, ErrorMessage: string): EntryError {
  return { ErrorCode, ErrorMessage };
}
