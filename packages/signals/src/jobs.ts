/**
 * The scheduled jobs of the extensions.
 *
 * Promise: while any process that has the jobs lives, a run of each begins at most `everyMs` after the one before has ended; one
 * process does a job at a time, and when it dies another one takes over within `HOLD_MS`. A run that fails is logged, kept as
 * the last error, and made again at its next time. A process that stands still for longer than that, and goes on, may find that
 * another one does its job: what may be done by one alone asks for the hold in its own transaction (`held`).
 */
import type { Tx } from '@commerce/event-log/extension';
import { addJob, claim, giveBack, hold, isHeld } from './jobs.pg.ts';

export interface Job {
  readonly name: string;
  /** From the end of one run to the beginning of the next, in ms. */
  readonly everyMs: number;
  /** Resolves with true when more is left. `held` throws when another process has taken the job; otherwise none takes it until the transaction of `tx` has ended. */
  readonly run: (signal: AbortSignal, held: (tx: Tx) => Promise<void>) => Promise<boolean>;
}

export interface JobsOptions {
  readonly jobs: readonly Job[];
  readonly db: Tx;
  /** A UUID: the name of this process. */
  readonly holder: string;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: { warn(fields: object, message: string): void };
}

export interface Jobs {
  /** Ends the runs that are under way, each after its present step. */
  stop(): Promise<void>;
}

/** Renewed three times in this time while a job runs. */
const HOLD_MS = 6_000;
/** Between two looks whether a job is due, at least. */
const MIN_PAUSE_MS = 100;
const MAX_ERROR = 500;

/** Another process has taken the job: this one was away for too long. */
class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

/** Throws when the rows of the jobs cannot be written. */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const stopping = new AbortController();
  for (const { name } of options.jobs) await addJob(options.db, name);
  const running = options.jobs.map((job) => runForever(job, options, stopping.signal).catch(() => undefined));
  return {
    async stop() {
      stopping.abort(new Error('The scheduled jobs are stopped.'));
      await Promise.all(running);
    },
  };
}

async function runForever(job: Job, options: JobsOptions, stopping: AbortSignal): Promise<void> {
  const { sleep, logger } = options;
  for (;;) {
    const waitMs = await attempt(job, options, stopping).catch((error: unknown) => {
      logger.warn({ err: error, reason: job.name }, 'whether a scheduled job is due cannot be read');
      return job.everyMs;
    });
    await sleep(Math.max(MIN_PAUSE_MS, Math.min(waitMs, job.everyMs)), stopping);
  }
}

/** Gives how long to wait, in ms. */
async function attempt(job: Job, options: JobsOptions, stopping: AbortSignal): Promise<number> {
  const { db, holder, logger } = options;
  const waitMs = await claim(db, { name: job.name, holder, everyMs: job.everyMs, holdMs: HOLD_MS });
  if (waitMs > 0) return waitMs;
  const ended = new AbortController();
  const held = keepHold(job, options, ended);
  try {
    const more = await job.run(AbortSignal.any([stopping, ended.signal]), async (tx) => {
      if (!(await isHeld(tx, job.name, holder))) throw new TakenOver(`Another process does ${job.name} now.`);
    });
    await giveBack(db, job.name, holder, !more, null);
  } catch (error) {
    const stopped = stopping.aborted;
    if (!stopped) logger.warn({ err: error, reason: job.name }, 'a scheduled job did not come to its end; it is done again');
    await giveBack(db, job.name, holder, !stopped, stopped ? null : messageOf(error));
  } finally {
    ended.abort();
    await held;
  }
  return 0;
}

/** Until `ended`, which it aborts when another process has taken the job. */
async function keepHold({ name }: Job, { db, holder, sleep }: JobsOptions, ended: AbortController): Promise<void> {
  for (;;) {
    await sleep(HOLD_MS / 3, ended.signal).catch(() => undefined);
    if (ended.signal.aborted) return;
    // When the database does not answer, the job will fail by itself.
    const held = await hold(db, name, holder, HOLD_MS).catch(() => true);
    if (!held) ended.abort(new TakenOver(`Another process does ${name} now.`));
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).toWellFormed().replaceAll('\u0000', '').slice(0, MAX_ERROR);
}
