/** The live bus of a process with all that goes with it. */
import type { StoredEvent } from '@commerce/event-log/event';
import type { LogObserver } from '@commerce/event-log/observer';
import { marksOf } from '@commerce/event-log/personal';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import type { EventBusOptions } from './event-bus.ts';
import { EventBus } from './event-bus.ts';
import { EventNames } from './event-names.ts';
import { earlierFeedOf, feedOf, forgetCustomer } from './log-feed.ts';
import type { OpenChannel, Relay, RelayOptions, RelayStatistics } from './relay.ts';
import { startRelay } from './relay.ts';
import type { CreateEvent, SystemEvent } from './system-event.ts';
import { emittedBatch, eventCreator } from './system-event.ts';
import { followWhileHeard } from './while-heard.ts';
import type { Following, LogToFollow } from './while-heard.ts';

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
  /**
   * Resolves when the history has what is in the log now, and when whoever has subscribed is shown what comes from now on. For a process
   * without readers, which looks at the log only while somebody listens; rejects when it cannot be read. With readers there is nothing to wait for.
   */
  readonly upToDate: () => Promise<void>;
}

export interface LiveBus extends Live {
  /** What the readers of the log tell it. */
  readonly observer: LogObserver;
  /** What a process without readers tells it: of events that were committed before the look began, so many at most. */
  readonly onEarlier: (events: readonly StoredEvent[]) => void;
  readonly earlier: number;
  /** For a process without readers: looks at the log while somebody listens. To be stopped before the bus is closed. */
  readonly followWhileHeard: (log: LogToFollow) => Following;
  /** This customer was erased, whichever process did it; without an id, one that is not known was. The history keeps nothing personal of him. */
  readonly forget: (customerId?: string) => void;
  /** From now on runs and emitted events of this process reach others, and theirs this one. To be stopped before the bus is closed. */
  readonly startRelay: (open: OpenChannel, limits?: Pick<RelayOptions, 'maxWaiting'>) => Relay;
}

export function createLiveBus({ entries, source, workerId, nowMs, uuid, ...options }: LiveBusOptions): LiveBus {
  const names = new EventNames([...entries, ...JOB_ENTRIES]);
  const bus = new EventBus({ ...options, names });
  const createEvent = eventCreator(names, { source, nowMs, uuid });
  const { sleep, monotonicMs, logger } = options;
  const marks = marksOf(createCatalogue([...entries, ...JOB_ENTRIES]));
  let relay: Relay | undefined;
  let following: Following | undefined;
  return {
    bus, createEvent,
    emitEvent(event) {
      const batch = emittedBatch(event);
      relay?.tell(batch);
      return bus.publish(event, batch);
    },
    relayStats: () => relay?.stats(),
    upToDate: async () => following?.upToDate(),
    observer: feedOf({ bus, names, marks, createEvent, workerId, nowMs, tellOthers: (batch) => relay?.tell(batch), othersHearRuns: () => relay?.othersHearRuns() === true }),
    onEarlier: earlierFeedOf({ bus, names, marks }), earlier: options.historySize,
    followWhileHeard: (log) => (following = followWhileHeard({ bus, log, sleep: (ms, signal = new AbortController().signal) => sleep(ms, signal), logger })),
    forget: (customerId) => forgetCustomer(bus, marks, customerId),
    startRelay: (open, limits = {}) => (relay = startRelay({ ...limits, open, bus, workerId, monotonicMs, logger, sleep: (ms, signal = new AbortController().signal) => sleep(ms, signal) })),
  };
}
