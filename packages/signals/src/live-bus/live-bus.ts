/** The live bus of a process with all that goes with it. */
import type { LogObserver } from '@commerce/event-log/observer';
import type { EventEntry } from '@commerce/events/catalogue';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import type { EventBusOptions } from './event-bus.ts';
import { EventBus } from './event-bus.ts';
import { EventNames } from './event-names.ts';
import { feedOf } from './log-feed.ts';
import type { CreateEvent, SystemEvent } from './system-event.ts';
import { eventCreator } from './system-event.ts';

export interface LiveBusOptions extends Omit<EventBusOptions, 'names'> {
  /** Every type that stands in the log of this service. */
  readonly entries: readonly EventEntry<any>[];
  /** Name of the service, `source` of events that say no other. */
  readonly source: string;
  /** UUID of this process. */
  readonly workerId: string;
  readonly nowMs: () => number;
  readonly uuid: () => string;
}

/** For whoever started the process, to watch and to tell whoever watches. Extensions do not get it: they hear what the map connects. */
export interface Live {
  readonly bus: EventBus;
  readonly createEvent: CreateEvent;
  /** Gives the event to whoever watches in this process; the log and the handlers know nothing of it. */
  readonly emitEvent: (event: SystemEvent) => Promise<void>;
}

export interface LiveBus extends Live {
  /** What the readers of the log tell it. */
  readonly observer: LogObserver;
}

export function createLiveBus({ entries, source, workerId, nowMs, uuid, ...options }: LiveBusOptions): LiveBus {
  const names = new EventNames([...entries, ...JOB_ENTRIES]);
  const bus = new EventBus({ ...options, names });
  const createEvent = eventCreator(names, { source, nowMs, uuid });
  return { bus, createEvent, emitEvent: (event) => bus.publish(event), observer: feedOf({ bus, names, createEvent, workerId, nowMs }) };
}
