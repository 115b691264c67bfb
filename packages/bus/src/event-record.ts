/**
 * An event as a record of Kafka, and back. Pure.
 *
 * The topic is that of the event's type, the key its subject, so that what concerns one subject stands in one partition in its
 * order; the value is the envelope or the CloudEvent, as on EventBridge. Source and type stand in the headers, too: a reader passes
 * over what is not for it without parsing it.
 */
import type { KafkaRecord } from './kafka-records.ts';
import type { Delivery } from './message.ts';
import { isObject } from './message.ts';
import type { Pending, WireFormat } from './pending.ts';
import { MEDIA_TYPES } from './pending.ts';

/** What is sent of an event. */
export interface EventRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is read of a record. */
type Read = Pick<KafkaRecord, 'value' | 'headers'>;

const SOURCE = 'source';
const TYPE = 'event-type';

export function recordOf({ event, detail, resource }: Pending, format: WireFormat = 'envelope'): EventRecord {
  return {
    topic: event.topic, key: event.subject, value: detail,
    headers: { 'content-type': MEDIA_TYPES[format], [SOURCE]: event.source, [TYPE]: event.type, 'event-id': event.eventId, ...(resource !== undefined && { resource }) },
  };
}

/** Source and type under which a record came; undefined when it does not say both. */
export function namedBy({ headers }: Pick<Read, 'headers'>): { readonly source: string; readonly type: string } | undefined {
  const [source, type] = [headers.get(SOURCE), headers.get(TYPE)];
  return source === undefined || type === undefined ? undefined : { source, type };
}

/** What a record brings; undefined when it is no event with its source and type in the headers. */
export function deliveryOf(record: Read): Delivery | undefined {
  const named = namedBy(record);
  const detail = record.value === undefined ? undefined : jsonObject(record.value);
  return named === undefined || detail === undefined ? undefined : { source: named.source, 'detail-type': named.type, detail };
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function jsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(UTF_8.decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
