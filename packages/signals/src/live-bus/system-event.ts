/**
 * An event on the live bus: the envelope, with its webhook name and the user at hand. Those that came out of the log or tell of
 * a run are made only when somebody looks at them, for most are never looked at. It is a frozen copy: what a subscriber does to
 * it changes neither what others see nor what handlers read.
 */
import { toEnvelope } from '@commerce/event-log/event';
import type { StoredEvent } from '@commerce/event-log/event';
import type { EventEnvelope } from '@commerce/events/envelope';
import { frozen, isPlain } from '../frozen.ts';
import { isRunName } from './event-names.ts';
import type { EventNames } from './event-names.ts';

export interface SystemEvent<Data = Readonly<Record<string, unknown>>> extends EventEnvelope<Data> {
  /** `order.created`. */
  readonly name: string;
  readonly userId: string | undefined;
  /** It came from another process and was too large to come whole: of its data only short members stand here. So many bytes it has there. */
  readonly truncated?: { readonly bytes: number };
}

/** What is known of an event beside its data. */
export interface EventContext {
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly source?: string;
  /** Somebody tries what listens: nothing has happened. Its metadata says so. */
  readonly isTest?: boolean;
}

/** Makes an event of a name (`EVENT_TYPES.ORDER_CREATED`). Its data is not checked: it goes to whoever watches, never into the log. Throws `UnknownEventType`. */
export type CreateEvent = <Data extends object>(name: string, data: Data, context?: EventContext) => SystemEvent<Data>;

export function eventCreator(names: EventNames, given: { readonly source: string; readonly nowMs: () => number; readonly uuid: () => string }): CreateEvent {
  return (wanted, data, { correlationId, causationId, userId, sessionId, source = given.source, isTest = false } = {}) => {
    const { name, type, version } = names.eventOf(wanted);
    const eventId = given.uuid();
    return frozen({
      eventId, eventType: type, eventVersion: version, timestamp: new Date(given.nowMs()).toISOString(), source, correlationId: correlationId ?? eventId, causationId: causationId ?? null, data: copyOf(data),
      metadata: { ...(userId !== undefined && { userId }), ...(sessionId !== undefined && { sessionId }), ...(isTest && { test: true }) },
      name, userId,
    });
  };
}

/** A copy of whatever `frozen` would freeze, to the bottom. Anything else (a Date) stays the same. */
function copyOf<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)])) as Value;
}

/** Events that came together. */
export interface LiveBatch {
  readonly count: number;
  /** About what they hold in memory. */
  readonly bytes: number;
  readonly nameOf: (index: number) => string;
  /** Is it one that somebody emitted to try what listens? Left out where none is. */
  readonly isTest?: (index: number) => boolean;
  /** Is it of a run of a handler? Left out where none is. */
  readonly isRun?: (index: number) => boolean;
  /** The same object each time. */
  readonly at: (index: number) => SystemEvent;
}

/** One event that is at hand. */
export function emittedBatch(event: SystemEvent): LiveBatch {
  return { bytes: bytesOf(event), ...batchOf([event]) };
}

/** Events that are at hand. */
export function batchOf(events: readonly SystemEvent[]): Omit<LiveBatch, 'bytes'> {
  const at = (index: number): SystemEvent => events[index] as SystemEvent;
  return { count: events.length, nameOf: (index) => at(index).name, isTest: (index) => isTest(at(index)), isRun: (index) => isRunName(at(index).name), at };
}

/** Of a batch the events at these places. */
export function pickedFrom(batch: LiveBatch, places: readonly number[]): LiveBatch {
  const place = (index: number): number => places[index] as number;
  return { count: places.length, bytes: (batch.bytes * places.length) / batch.count, nameOf: (index) => batch.nameOf(place(index)), at: (index) => batch.at(place(index)) };
}

export function isTest({ metadata }: SystemEvent): boolean {
  return metadata.test === true;
}

/** About what it holds in memory; 0 for what is no JSON. */
function bytesOf(event: SystemEvent): number {
  try {
    return 2 * JSON.stringify(event).length;
  } catch {
    return 0;
  }
}

/** A batch whose events are made when they are asked for. */
export function lazyBatch(count: number, bytes: number, nameOf: (index: number) => string, make: (index: number) => SystemEvent): LiveBatch {
  const made: SystemEvent[] = [];
  return { count, bytes, nameOf, at: (index) => (made[index] ??= make(index)) };
}

/** Events of the log. */
export function storedBatch(names: EventNames, events: readonly StoredEvent[], bytes: number): LiveBatch {
  const event = (index: number): StoredEvent => events[index] as StoredEvent;
  const nameOf = (index: number): string => names.nameOf(event(index).type);
  return lazyBatch(events.length, bytes, nameOf, (index) => {
    const envelope = toEnvelope(event(index)) as EventEnvelope<Readonly<Record<string, unknown>>>;
    return frozen({ ...envelope, data: copyOf(envelope.data), metadata: copyOf(envelope.metadata), name: nameOf(index), userId: envelope.metadata.userId });
  });
}
