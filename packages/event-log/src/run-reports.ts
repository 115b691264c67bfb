/**
 * What is said of the runs of one extension's handlers once it is committed: to the observer, and of failures to the log file,
 * once each, with who failed, on what, because of what, and what becomes of it.
 */
import type { StoredEvent } from './event.ts';
import { Refused, RetryLater } from './extension.ts';
import type { Failure } from './failed-attempts.pg.ts';
import type { JobNote, JobPhase } from './observer.ts';
import { wantsJobs } from './observer.ts';
import type { ReaderOptions } from './reader-options.ts';
import { originOf } from './trace.ts';
import type { WorkError } from './work.pg.ts';
import { workKey } from './work.pg.ts';

/** One run. */
export interface Run {
  readonly handler: string;
  readonly event: StoredEvent;
  /** From 1. */
  readonly attempt: number;
  /** Unix milliseconds. */
  readonly startedAtMs?: number;
  readonly tookMs?: number;
}

/** A run that failed; `cause` is what was thrown. */
export interface FailedRun extends Run {
  readonly cause: unknown;
  readonly error: WorkError;
  readonly afterMs: number;
  readonly dead: boolean;
}

type Given = Pick<ReaderOptions, 'mapped' | 'logger' | 'observer' | 'log'>;

export class RunReports {
  readonly #o: Given;
  #failures = 0;

  constructor(options: Given) {
    this.#o = options;
  }

  /** Runs that failed since the start. */
  get failures(): number {
    return this.#failures;
  }

  /** Somebody wants to know of runs in this phase now: only then are they worth collecting. */
  wants(phase: JobPhase): boolean {
    return this.#o.observer !== undefined && wantsJobs(this.#o.observer, phase);
  }

  tell(phase: Exclude<JobPhase, 'failed'>, runs: readonly Run[]): void {
    if (runs.length > 0 && this.wants(phase)) this.#o.observer?.onJobs?.(phase, this.#o.mapped.extension.name, runs.map((run) => noteOf(run)));
  }

  failed(runs: readonly FailedRun[], messages: { readonly again: string; readonly dead: string; readonly level: 'warn' | 'error' }): void {
    if (runs.length === 0) return;
    this.#failures += runs.length;
    const { mapped, logger, log } = this.#o;
    for (const { handler, event, attempt, afterMs, dead, error, cause } of runs) {
      const { eventId, type: eventType, subject, correlationId } = event;
      // What was expected says its reason; anything else is a fault, with where it came from.
      const isFault = !(cause instanceof RetryLater || cause instanceof Refused);
      logger[messages.level](
        { reader: mapped.extension.name, handler, eventId, eventType, subject, correlationId, attempt, afterMs, dead, code: error.code, reason: error.message, ...(isFault && { err: cause }) },
        dead ? messages.dead : messages.again,
      );
    }
    if (!this.wants('failed')) return;
    const nowMs = log.preparer.nowMs();
    this.#o.observer?.onJobs?.('failed', mapped.extension.name, runs.map((run) => noteOf(run, run.error, run.dead ? null : nowMs + run.afterMs)));
  }
}

/** As it is stored. */
export function failureOf({ handler, event, attempt, error, afterMs, dead, tookMs }: FailedRun, workerId: string): Failure {
  return { handler, eventId: event.eventId, subject: event.subject, attempt, error, retryInMs: dead ? null : afterMs, workerId, tookMs: tookMs ?? null };
}

function noteOf({ handler, event, attempt, startedAtMs = null, tookMs = null }: Omit<Run, 'startedAtMs' | 'tookMs'> & { startedAtMs?: number | null; tookMs?: number | null }, error: WorkError | null = null, retryAtMs: number | null = null): JobNote {
  return {
    jobId: workKey(handler, event.eventId), handler, eventId: event.eventId, eventType: event.type, subject: event.subject, correlationId: event.correlationId,
    attempt, startedAtMs, processingMs: tookMs, error, retryAtMs, trace: originOf(event),
  };
}
