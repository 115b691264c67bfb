/**
 * What the live bus is fed with: the events of the log as its tail reads them, and the runs of this process as jobs.
 * Promise: of a customer who is erased its history keeps nothing personal. Of runs that begin nothing is made while nobody hears them, here
 * or in another process; those that have ended, which are noted anyway for the figures, go into the history of runs as they are.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { JobNote, JobPhase, LogObserver } from '@commerce/event-log/observer';
import { hasEnded } from '@commerce/event-log/observer';
import { asErased } from '@commerce/event-log/personal';
import type { Marks } from '@commerce/event-log/personal';
import { CustomerErased } from '@commerce/events/entries/customers';
import type { EventBus } from './event-bus.ts';
import type { EventNames } from './event-names.ts';
import type { CreateEvent, LiveBatch, SystemEvent } from './system-event.ts';
import { lazyBatch, storedBatch } from './system-event.ts';

export interface FeedOptions {
  readonly bus: EventBus;
  readonly names: EventNames;
  /** Whose the personal data of an event are. */
  readonly marks: Marks;
  readonly createEvent: CreateEvent;
  /** This process. */
  readonly workerId: string;
  readonly nowMs: () => number;
  /** Tells other processes of the runs of this one. */
  readonly tellOthers: (batch: LiveBatch) => void;
  /** Does another process hear runs? */
  readonly othersHearRuns: () => boolean;
}

const NAMES: Readonly<Record<JobPhase, string>> = { enqueued: 'job.enqueued', started: 'job.started', completed: 'job.completed', failed: 'job.failed' };

/** Of a run, which is made when somebody looks at it. */
const JOB_BYTES = 1_000;
const PIECE = 50;

export function feedOf({ bus, names, marks, createEvent, workerId, nowMs, tellOthers, othersHearRuns }: FeedOptions): LogObserver {
  return {
    onEvents: (events, bytes) => {
      bus.publishAll(storedBatch(names, events, bytes));
      forgetErased(bus, marks, events);
    },
    wantsJobs: (phase) => hasEnded(phase) || bus.isHeard(NAMES[phase]) || othersHearRuns(),
    onJobs: (phase, extension, jobs) => {
      const name = NAMES[phase];
      const atMs = nowMs();
      const make = (index: number): SystemEvent => {
        const job = jobs[index] as JobNote;
        return Object.freeze({ ...createEvent(name, jobData(phase, job, extension, workerId), { correlationId: job.correlationId, causationId: job.eventId }), timestamp: new Date(atMs).toISOString() });
      };
      const batch = { ...lazyBatch(jobs.length, jobs.length * JOB_BYTES, () => name, make), isRun: () => true };
      bus.publishAll(batch);
      if (othersHearRuns()) tellOthers(batch);
    },
  };
}

/** Events of the log that were committed before it was looked at: into the history alone, in pieces, for what came together goes together. */
export function earlierFeedOf({ bus, names, marks }: Pick<FeedOptions, 'bus' | 'names' | 'marks'>): (events: readonly StoredEvent[]) => void {
  return (events) => {
    for (let from = 0; from < events.length; from += PIECE) {
      const piece = events.slice(from, from + PIECE);
      bus.fillHistory(storedBatch(names, piece, piece.reduce((sum, { data, metadata }) => sum + 2 * JSON.stringify([data, metadata]).length, 0)));
    }
    forgetErased(bus, marks, events);
  };
}

function forgetErased(bus: EventBus, marks: Marks, events: readonly StoredEvent[]): void {
  for (const { type, subject: customerId } of events) if (type === CustomerErased.type) forgetCustomer(bus, marks, customerId);
}

/** What is personal of this customer, or of all, goes out of the history. */
export function forgetCustomer(bus: EventBus, marks: Marks, customerId?: string): void {
  bus.changeHistory((event) => withoutPersonal(marks, event, customerId));
}

function withoutPersonal(marks: Marks, event: SystemEvent, customerId: string | undefined): SystemEvent {
  const { data } = asErased(marks, { type: event.eventType, version: event.eventVersion, data: event.data }, customerId);
  return data === event.data ? event : Object.freeze({ ...event, data });
}

function jobData(phase: JobPhase, job: JobNote, extension: string, workerId: string): Readonly<Record<string, unknown>> {
  const { jobId, handler, eventId, eventType, subject, attempt, startedAtMs, processingMs, error, retryAtMs } = job;
  return {
    jobId, jobType: handler, queueName: extension, workerId, eventId, eventType, subject, attempt,
    ...(phase !== 'enqueued' && { startedAt: new Date(startedAtMs ?? 0).toISOString() }),
    ...((phase === 'completed' || phase === 'failed') && { processingTime: processingMs ?? 0 }),
    ...(phase === 'failed' && { error: error?.message ?? '', code: error?.code ?? '', retryAt: retryAtMs === null ? null : new Date(retryAtMs).toISOString() }),
  };
}
