/** The live bus of a process with all that goes with it. */
import type { LogObserver } from '@commerce/event-log/observer';
import { marksOf } from '@commerce/event-log/personal';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import type { EventBusOptions } from './event-bus.ts';
import { EventBus } from './event-bus.ts';
import { EventNames } from './event-names.ts';
import { feedOf } from './log-feed.ts';
import type { OpenChannel, Relay, RelayOptions, RelayStatistics } from './relay.ts';
import { startRelay } from './relay.ts';
import type { CreateEvent, LiveBatch, SystemEvent } from './system-event.ts';
import { emittedBatch, eventCreator } from './system-event.ts';

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
  /** Gives the event to whoever watches, in the other processes too, for which it does not wait; the log and the handlers know nothing of it. */
  readonly emitEvent: (event: SystemEvent) => Promise<void>;
  /** How the way to the other processes fares; undefined when there is none. */
  readonly relayStats: () => RelayStatistics | undefined;
}

export interface LiveBus extends Live {
  /** What the readers of the log tell it. */
  readonly observer: LogObserver;
  /** From now on runs and emitted events of this process reach others, and theirs this one. To be stopped before the bus is closed. */
  readonly startRelay: (open: OpenChannel, limits?: Pick<RelayOptions, 'maxWaiting'>) => Relay;
}

export function createLiveBus({ entries, source, workerId, nowMs, uuid, ...options }: LiveBusOptions): LiveBus {
  const names = new EventNames([...entries, ...JOB_ENTRIES]);
  const bus = new EventBus({ ...options, names });
  const createEvent = eventCreator(names, { source, nowMs, uuid });
  const { sleep, monotonicMs, logger } = options;
  let relay: Relay | undefined;
  const tellOthers = (batch: LiveBatch): void => relay?.tell(batch);
  return {
    bus, createEvent,
    emitEvent(event) {
      if (relay !== undefined) tellOthers(emittedBatch(event));
      return bus.publish(event);
    },
    relayStats: () => relay?.stats(),
    observer: feedOf({ bus, names, marks: marksOf(createCatalogue([...entries, ...JOB_ENTRIES])), createEvent, workerId, nowMs, tellOthers }),
    startRelay: (open, limits = {}) => (relay = startRelay({ ...limits, open, bus, workerId, monotonicMs, logger, sleep: (ms, signal = new AbortController().signal) => sleep(ms, signal) })),
  };
}
