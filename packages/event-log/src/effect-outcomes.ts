/**
 * Outcomes of effects, from the end of a run to its commit: what is known is decided as any other input and ends the job's row
 * in the same transaction; what is not comes again under the same key. Exactly one outcome of a job is ever written.
 */
import { backoffMs } from './backoff.ts';
import { BatchSize } from './batch-size.ts';
import type { Blame } from './blame.ts';
import type { Input, Settled } from './change.pg.ts';
import { noteSent } from './effect-runner.ts';
import type { EffectRunner, RunEnd } from './effect-runner.ts';
import { triggerOf } from './event.ts';
import { DEFAULT_KEY_TTL_MS } from './job.ts';
import type { Job } from './job.ts';
import type { AnyState } from './map.ts';
import { StaleFence } from './cursors.pg.ts';
import type { ParkedEvents } from './parked-events.ts';
import type { InProcess, ReaderOptions } from './reader-options.ts';
import { recordFailures } from './failed-attempts.pg.ts';
import type { FailedRun, Run, RunReports } from './run-reports.ts';
import { failureOf } from './run-reports.ts';
import { inTransaction } from './transaction.pg.ts';
import type { WorkUpdate } from './work.pg.ts';
import { deleteWork, updateWork } from './work.pg.ts';
import { workError } from './work-error.ts';

/** A run whose outcome is known, and one that must be tried again. */
type KnownEnd = Exclude<RunEnd, { kind: 'retry' }>;
type RetryEnd = Extract<RunEnd, { kind: 'retry' }>;

type Given = Pick<ReaderOptions, 'log' | 'random' | 'monotonicMs'> & InProcess;

const MESSAGES = { again: 'the effect did not succeed; it is tried again under the same key', dead: 'the effect failed for the last time: dead letter', level: 'warn' } as const;

export class EffectOutcomes {
  readonly #o: Given;
  readonly #runner: EffectRunner;
  readonly #parked: ParkedEvents;
  readonly #blame: Blame;
  readonly #reports: RunReports;
  readonly #size = new BatchSize();
  /** Runs that ended and are not written yet. */
  #ends: RunEnd[] = [];

  constructor(options: Given, parts: { readonly runner: EffectRunner; readonly parked: ParkedEvents; readonly blame: Blame; readonly reports: RunReports }) {
    this.#o = options;
    this.#runner = parts.runner;
    this.#parked = parts.parked;
    this.#blame = parts.blame;
    this.#reports = parts.reports;
  }

  /** A run has ended. */
  add(end: RunEnd): void {
    this.#ends.push(end);
  }

  /** Runs that are not written yet. */
  get size(): number {
    return this.#ends.length;
  }

  /** The keys of the jobs whose runs are not written yet. */
  keys(): string[] {
    return this.#ends.map((end) => end.job.key);
  }

  /** True when a run of these slots is not written yet. */
  hasIn(inSlots: (slot: number) => boolean): boolean {
    return this.#ends.some((end) => inSlots(end.job.event.slot));
  }

  /** These slots are another process's: it runs their jobs again. */
  forget(inSlots: (slot: number) => boolean): void {
    this.#ends = this.#ends.filter((end) => !inSlots(end.job.event.slot));
  }

  /** Writes what is there, as much as fits in one transaction. True when there was something. */
  async write(): Promise<boolean> {
    if (this.#ends.length === 0) return false;
    const open = new Set(this.#take());
    try {
      await this.#settle(open);
    } catch (error) {
      // What was not written is still known and is written again; what was written is no longer in the set.
      if (!(error instanceof StaleFence)) this.#ends.unshift(...open);
      throw error;
    }
    return true;
  }

  #take(): RunEnd[] {
    const subjects = new Set<string>();
    let count = 0;
    for (const end of this.#ends) {
      subjects.add(end.job.event.subject);
      if (subjects.size > this.#size.most) break;
      count += 1;
    }
    return this.#ends.splice(0, count);
  }

  /** Takes out of the set what is written. */
  async #settle(open: Set<RunEnd>): Promise<void> {
    const batch = [...open];
    const retries = batch.filter((end) => end.kind === 'retry');
    const known = batch.filter((end) => end.kind !== 'retry');
    if (retries.length > 0) {
      await this.#writeRetries(retries);
      for (const end of retries) open.delete(end);
    }
    if (known.length === 0) return;
    // One whose write the database refuses is charged alone: its effect runs again under its key.
    await this.#blame.byHalves(known, (end) => end.job.key, async (part, error) => {
      if (error === undefined) await this.#writeOutcomes(part);
      else await this.#writeRetries(part.map((end) => this.#unsettled(end, { kind: 'failed', error })));
      for (const end of part) open.delete(end);
    });
  }

  async #writeRetries(retries: readonly RetryEnd[]): Promise<void> {
    await inTransaction(this.#o.log.pool, async (tx) => {
      await updateWork(tx, [...retries.map(retryUpdate), ...this.#held(retries).map(behindUpdate)]);
      await recordFailures(tx, retries.map((end) => failureOf(failedRun(end), this.#o.ownership.workerId)));
    });
    for (const end of retries) this.#runner.postpone(end.job, end.afterMs, end.dead);
    for (const follower of this.#held(retries)) follower.state = 'behind';
    this.#reports.failed(retries.map(failedRun), MESSAGES);
  }

  /** What stands behind those that are dead now. */
  #held(ends: readonly RetryEnd[]): Job[] {
    return ends.filter(({ dead }) => dead).flatMap(({ job }) => this.#runner.followers(job));
  }

  #unsettled(end: KnownEnd, outcome: Settled<AnyState>['outcome']): RetryEnd {
    return unsettledEnd(end, outcome, { random: this.#o.random, nowMs: this.#o.log.preparer.nowMs, monotonicMs: this.#o.monotonicMs });
  }

  async #writeOutcomes(ends: readonly KnownEnd[]): Promise<void> {
    const endOf = new Map(ends.map((end) => [outcomeInput(end), end] as const));
    const failed: RetryEnd[] = [];
    const done: Job[] = [];
    /** An earlier outcome of the subject failed; these stand, and are written in a transaction of their own. */
    const later: KnownEnd[] = [];
    await this.#parked.decideOther([...endOf.keys()], {
      size: this.#size,
      after: (tx, all) => {
        failed.length = 0;
        later.length = 0;
        done.length = 0;
        for (const { input, outcome } of all) {
          const end = endOf.get(input);
          if (end === undefined) continue;
          if (outcome.kind === 'apply' || outcome.kind === 'stale') done.push(end.job);
          else if (outcome.kind === 'behind') later.push(end);
          else failed.push(this.#unsettled(end, outcome));
        }
        return [
          deleteWork(tx, done.map((job) => ({ handler: job.name, eventId: job.event.eventId, fence: job.fence }))),
          updateWork(tx, [...failed.map(retryUpdate), ...this.#held(failed).map(behindUpdate)]),
          recordFailures(tx, failed.map((end) => failureOf(failedRun(end), this.#o.ownership.workerId))),
        ];
      },
    });
    if (this.#reports.wants('completed')) this.#reports.tell('completed', done.map(runOf));
    this.#reports.failed(failed.map(failedRun), MESSAGES);
    this.#ends.push(...later);
    const again = new Set([...failed, ...later].map((end) => end.job));
    for (const { job } of ends) if (!again.has(job)) this.#runner.finish(job);
    for (const end of failed) this.#runner.postpone(end.job, end.afterMs, end.dead);
    for (const follower of this.#held(failed)) follower.state = 'behind';
    this.#runner.pump();
  }
}

/** What an outcome comes to that the state would not take: the effect is run again under its key, for the other side remembers. */
export function unsettledEnd(end: KnownEnd, outcome: Settled<AnyState>['outcome'], { random, nowMs, monotonicMs }: { readonly random: () => number; readonly nowMs: () => number; readonly monotonicMs: () => number }): RetryEnd {
  const { job } = end;
  const { retry } = job.settings;
  const error = outcome.kind === 'failed' ? outcome.error : new Error(outcome.kind === 'notYet' ? outcome.reason : 'an earlier outcome of the subject failed');
  const refusedForGood = end.kind === 'refused' && job.effect.refused === undefined;
  noteSent(job, monotonicMs());
  return {
    kind: 'retry', job, sent: true, dead: refusedForGood || job.attempt >= retry.maxAttempts,
    afterMs: backoffMs(retry, job.attempt, random), error: workError(error, nowMs()), cause: error,
  };
}

/** The outcome of a run as an input: what it means is decided as anything else is. */
export function outcomeInput(end: KnownEnd): Input<AnyState> {
  const { job } = end;
  return {
    subject: job.event.subject, handler: job.name, attempt: job.attempt, trigger: triggerOf(job.event), event: job.event,
    decide: (state, context) => {
      if (end.kind === 'done') return job.effect.settle(state, end.result as never, job.event, context);
      if (job.effect.refused === undefined) throw end.refusal;
      return job.effect.refused(state, end.refusal, job.event, context);
    },
  };
}

function runOf(job: Job): Run {
  return { handler: job.name, event: job.event, attempt: job.attempt, startedAtMs: job.startedAtMs, tookMs: job.tookMs };
}

function failedRun({ job, cause, error, afterMs, dead }: RetryEnd): FailedRun {
  return { ...runOf(job), cause, error, afterMs, dead };
}

function retryUpdate(end: RetryEnd): WorkUpdate {
  const { job } = end;
  return {
    handler: job.name, eventId: job.event.eventId, fence: job.fence, state: end.dead ? 'dead' : 'ready', attempt: job.attempt,
    dueInMs: end.afterMs, error: end.error, keyTtlMs: end.sent ? (job.effect.keyTtlMs ?? DEFAULT_KEY_TTL_MS) : null,
  };
}

function behindUpdate(job: Job): WorkUpdate {
  return { handler: job.name, eventId: job.event.eventId, fence: job.fence, state: 'behind', attempt: job.attempt, dueInMs: 0, error: null, keyTtlMs: null };
}
