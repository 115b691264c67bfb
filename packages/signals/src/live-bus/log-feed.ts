/**
 * What the live bus is fed with: the events of the log as its tail reads them, and the runs of this process as jobs.
 * Promise: of a customer who is erased its history keeps nothing personal.
 */
import type { JobNote, JobPhase, LogObserver } from '@commerce/event-log/observer';
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
}

const NAMES: Readonly<Record<JobPhase, string>> = { enqueued: 'job.enqueued', started: 'job.started', completed: 'job.completed', failed: 'job.failed' };

/** Of a run, which is made when somebody looks at it. */
const JOB_BYTES = 1_000;

export function feedOf({ bus, names, marks, createEvent, workerId, nowMs, tellOthers }: FeedOptions): LogObserver {
  return {
    onEvents: (events, bytes) => {
      bus.publishAll(storedBatch(names, events, bytes));
      for (const { type, subject: customerId } of events) {
        if (type === CustomerErased.type) bus.changeHistory((event) => withoutPersonal(marks, event, customerId));
      }
    },
    onJobs: (phase, extension, jobs) => {
      const name = NAMES[phase];
      const atMs = nowMs();
      const make = (index: number): SystemEvent => {
        const job = jobs[index] as JobNote;
        return Object.freeze({ ...createEvent(name, jobData(phase, job, extension, workerId), { correlationId: job.correlationId, causationId: job.eventId }), timestamp: new Date(atMs).toISOString() });
      };
      const batch = lazyBatch(jobs.length, jobs.length * JOB_BYTES, () => name, make);
      bus.publishAll(batch);
      tellOthers(batch);
    },
  };
}

function withoutPersonal(marks: Marks, event: SystemEvent, customerId: string): SystemEvent {
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
