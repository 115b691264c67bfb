/**
 * PutEvents. The answer has one result per entry, in the order of the request, and is 200 even if every entry failed. An
 * event for a bus that does not exist is accepted and gone, as on AWS.
 */
import { DEFAULT_BUS } from '../account.ts';
import { AwsError, validationError } from '../aws-error.ts';
import { eventDocument, type AcceptedEvent } from './envelope.ts';
import type { EventsContext } from './events-context.ts';

const MAX_ENTRIES = 10;
const MAX_TOTAL_BYTES = 1_048_576;
const MAX_DETAIL_TYPE = 128;
const MAX_NESTING = 1_000;
/** What a time adds to the size of an entry, whatever it says. */
const TIME_BYTES = 14;

interface Entry {
  readonly Time?: number;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
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
    if (!('document' in outcome)) return outcome;
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
  if (!Array.isArray(value)) throw lengthError('greater than or equal to 1');
  if (value.length === 0) throw lengthError('greater than or equal to 1');
  if (value.length > MAX_ENTRIES) throw lengthError(`less than or equal to ${MAX_ENTRIES}`);
  for (const entry of value) if (!isEntry(entry)) throw new AwsError('SerializationException', 'An entry is not of the form that PutEvents takes.');
  return value as readonly Entry[];
}

function lengthError(bound: string): AwsError {
  return validationError(
    `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
  );
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { Time, Source, DetailType, Detail, EventBusName, Resources } = value as Record<string, unknown>;
  return (
    isOptional('string', Source) && isOptional('string', DetailType) && isOptional('string', Detail) && isOptional('string', EventBusName) &&
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

function accept(entry: Entry, { account, clock, newId, hasRoomFor }: EventsContext, acceptedBefore: number): AcceptedEvent | EntryError {
  const { Source: source, DetailType: detailType, Detail: detailText } = entry;
  if (!source) return required('Source');
  if (!detailType) return required('DetailType');
  if (!detailText) return required('Detail');
  if (source.startsWith('aws.')) return failure('NotAuthorizedForSourceException', 'Not authorized for the source.');
  if (detailType.length > MAX_DETAIL_TYPE) {
    return failure('InvalidArgument', `Parameter DetailType is not valid. Reason: DetailType is longer than ${MAX_DETAIL_TYPE} characters.`);
  }
  const detail = parseDetail(detailText);
  if (detail === undefined) return failure('MalformedDetail', 'Detail is malformed.');
  const acceptedAtMs = clock.nowMs();
  const timeMs = entry.Time ? Math.trunc(entry.Time * 1_000) : acceptedAtMs;
  if (!Number.isFinite(new Date(timeMs).getTime())) return failure('InvalidArgument', 'Parameter Time is not valid. Reason: Time is out of range.');
  if (!hasRoomFor(acceptedBefore + 1)) return failure('ThrottlingException', 'Rate exceeded');
  const id = newId();
  const document = eventDocument(account, { id, source, detailType, timeMs, resources: entry.Resources ?? [], detail });
  return { id, busName: entry.EventBusName ?? DEFAULT_BUS, acceptedAtMs, document, detailText };
}

/** The detail, or undefined if it is no JSON object or nested too deeply. */
function parseDetail(text: string): object | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return undefined;
    const couldBeTooDeep = text.length > 2 * MAX_NESTING;
    return couldBeTooDeep && isDeeperThan(MAX_NESTING, detail) ? undefined : detail;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}

function required(name: string): EntryError {
  return failure('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
}

function failure(ErrorCode: string, ErrorMessage: string): EntryError {
  return { ErrorCode, ErrorMessage };
}
