/**
 * Who watches the log in one process: its events as they come in sight, and every run of a handler, which is a job.
 *
 * Promise: it is told of what is committed, never of what was undone; what it does, throws or rejects changes nothing, and where
 * nobody watches nothing is made for it. It is called in the turn of the reader, so it returns at once.
 */
import type { StoredEvent } from './event.ts';
import type { Origin } from './trace.ts';
import type { ReaderLogger } from './reader-options.ts';
import type { WorkError } from './work.pg.ts';

/**
 * enqueued: it will run. started: it runs, or has run: a transactional handler is told of after its commit. completed: its outcome
 * is written. failed: it runs again at `retryAtMs`, or was given up. An event whose time has not come stays enqueued.
 */
export type JobPhase = 'enqueued' | 'started' | 'completed' | 'failed';

/** One event for one handler. */
export interface JobNote {
  /** The same over all attempts. */
  readonly jobId: string;
  readonly handler: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly subject: string;
  readonly correlationId: string;
  /** From 1. */
  readonly attempt: number;
  /** Unix milliseconds; null before the start. */
  readonly startedAtMs: number | null;
  /** Of a transactional handler the time of its whole batch, which is handled together; null before the end. */
  readonly processingMs: number | null;
  readonly error: WorkError | null;
  /** Unix milliseconds; null when it is not tried again. */
  readonly retryAtMs: number | null;
  /** Undefined for an event without a trace. */
  readonly trace: Origin | undefined;
}

export interface LogObserver {
  /** The next events of the log, in its order, of every process that writes; from where the furthest reader stood at the start. `bytes`: about what they take in memory. */
  readonly onEvents?: (events: readonly StoredEvent[], bytes: number) => void;
  /** Runs of this process, of one extension, in a phase that `wantsJobs` names. */
  readonly onJobs?: (phase: JobPhase, extension: string, jobs: readonly JobNote[]) => void;
  /** Does it want to be told of runs in this phase now? Asked each time, before anything is made for it. Left out: of all. */
  readonly wantsJobs?: (phase: JobPhase) => boolean;
}

/** Completed or failed. */
export function hasEnded(phase: JobPhase): phase is 'completed' | 'failed' {
  return phase === 'completed' || phase === 'failed';
}

export function wantsJobs(observer: LogObserver, phase: JobPhase): boolean {
  return observer.onJobs !== undefined && (observer.wantsJobs?.(phase) ?? true);
}

/** Tells several. A fault of one does not keep the others from being told; the first one is thrown on. */
export function observers(all: readonly LogObserver[]): LogObserver {
  const each = (tell: (one: LogObserver) => void): void => {
    const faults = all.flatMap((one) => {
      try {
        tell(one);
        return [];
      } catch (error) {
        return [error];
      }
    });
    if (faults.length > 0) throw faults[0];
  };
  return {
    onEvents: (events, bytes) => each((one) => one.onEvents?.(events, bytes)),
    wantsJobs: (phase) => all.some((one) => wantsJobs(one, phase)),
    onJobs: (phase, extension, jobs) => each((one) => {
      if (wantsJobs(one, phase)) one.onJobs?.(phase, extension, jobs);
    }),
  };
}

/** The same observer, which harms nobody: its first fault in a row is logged. */
export function harmless(observer: LogObserver, logger: ReaderLogger): LogObserver {
  let faulty = false;
  const fault = (error: unknown): void => {
    if (!faulty) logger.warn({ err: error }, 'the observer of the log failed; it misses what it was told of');
    faulty = true;
  };
  const guard = <Told extends readonly unknown[]>(tell: (...told: Told) => unknown) => (...told: Told): void => {
    try {
      const result = tell(...told);
      if (result instanceof Promise) result.catch(fault);
      else faulty = false;
    } catch (error) {
      fault(error);
    }
  };
  const wants = (phase: JobPhase): boolean => {
    try {
      return wantsJobs(observer, phase);
    } catch (error) {
      fault(error);
      return false;
    }
  };
  return { ...(observer.onEvents !== undefined && { onEvents: guard(observer.onEvents) }), ...(observer.onJobs !== undefined && { onJobs: guard(observer.onJobs), wantsJobs: wants }) };
}
