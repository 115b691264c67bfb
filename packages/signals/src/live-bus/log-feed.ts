/** What the live bus is fed with: the events of the log as its tail reads them, and the runs of this process as jobs. */
import type { JobNote, JobPhase, LogObserver } from '@commerce/event-log/observer';
import type { EventBus } from './event-bus.ts';
import type { EventNames } from './event-names.ts';
import type { CreateEvent, LiveBatch, SystemEvent } from './system-event.ts';
import { lazyBatch, storedBatch } from './system-event.ts';

export interface FeedOptions {
  readonly bus: EventBus;
  readonly names: EventNames;
  readonly createEvent: CreateEvent;
  /** This process. */
  readonly workerId: string;
  readonly nowMs: () => number;
  /** Tells other processes of the runs of this one. */
  readonly tellOthers: (batch: LiveBatch) => void;
}

const NAMES: Readonly<Record<JobPhase, string>> = { enqueued: 'job.enqueued', started: 'job.started', completed: 'job.completed', failed: 'job.failed' };

export function feedOf({ bus, names, createEvent, workerId, nowMs, tellOthers }: FeedOptions): LogObserver {
  return {
    onEvents: (events, bytes) => bus.publishAll(storedBatch(names, events, bytes)),
    onJobs: (phase, extension, jobs) => {
      const name = NAMES[phase];
      const atMs = nowMs();
      const make = (index: number): SystemEvent => {
        const job = jobs[index] as JobNote;
        return Object.freeze({ ...createEvent(name, jobData(phase, job, extension, workerId), { correlationId: job.correlationId, causationId: job.eventId }), timestamp: new Date(atMs).toISOString() });
      };
      const batch = lazyBatch(jobs.length, 0, () => name, make);
      bus.publishAll(batch);
      tellOthers(batch);
    },
  };
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
