/**
 * Runs the effect handlers of one extension from memory: bounded, each subject in the order of the log and one at a time, only
 * while this process may act. It touches no database: what a run came to is handed over, and the extension's reader writes it.
 */
import type { Sleep } from './backoff.ts';
import { backoffMs, OVER } from './backoff.ts';
import type { StoredEvent } from './event.ts';
import { Refused, RetryLater } from './extension.ts';
import type { Job } from './job.ts';
import { DEFAULT_KEY_TTL_MS } from './job.ts';
import type { JobSettings } from './job-settings.ts';
import { runTraceparent } from './trace.ts';
import { workError } from './work-error.ts';
import type { WorkError } from './work.pg.ts';

/** How a run ended. */
export type RunEnd =
  | { readonly kind: 'done'; readonly job: Job; readonly result: unknown }
  | { readonly kind: 'refused'; readonly job: Job; readonly refusal: Refused }
  | { readonly kind: 'retry'; readonly job: Job; readonly afterMs: number; readonly dead: boolean; readonly sent: boolean; readonly error: WorkError; readonly cause: unknown };

export interface RunnerOptions {
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly monotonicMs: () => number;
  readonly nowMs: () => number;
  readonly leaseLeftMs: () => number;
  /** A run has begun. */
  readonly onStart: (job: Job) => void;
  readonly onEnd: (end: RunEnd) => void;
  /** Runs are traced: what they call is told so. Default false. */
  readonly traces?: boolean | undefined;
  readonly faults?: { hit(name: string): void | Promise<void> } | undefined;
}

/** A handler that ignores its signal is given up this long after its budget. */
const GRACE_MS = 1_000;
/** While all that run were given up and have not ended, which may last. */
const LONGEST_NAP_MS = 60_000;
const KEY_EXPIRED = 'The other side may have forgotten the key, so nothing is sent blindly: see there what became of it, do there by hand what is missing, then give this up with a reason';

/** Nothing may be sent under a key that the other side may have forgotten. */
export class KeyExpired extends Error {
  override readonly name = 'KeyExpired';
  constructor() {
    super(KEY_EXPIRED);
  }
}

interface Line {
  readonly priority: number;
  jobs: Job[];
}

/** A run that is under way. */
interface Run {
  readonly controller: AbortController;
  /** Aborted at this time; once it is, given up at this time. By the process's steady clock; infinite before it is given its budget, and when it was given up. */
  dueAtMs: number;
  isAborted: boolean;
  readonly giveUp: (error: RetryLater) => void;
}

export class EffectRunner {
  readonly #options: RunnerOptions;
  /** Per handler and subject, the jobs in the order of the log; the first one runs, waits, or is dead and holds the rest. */
  readonly #lanes = new Map<string, Job[]>();
  /** What may run, by pool and priority; each line in the order in which its jobs became due. */
  readonly #lines = new Map<string, Line>();
  readonly #delayed = new Set<Job>();
  readonly #running = new Map<Job, Run>();
  /** The wait of the watch over budgets, and when it ends: one for all runs. */
  #nap: { readonly end: AbortController; readonly untilMs: number } | undefined;
  /** Runs per pool. */
  readonly #runningOf = new Map<string, number>();
  readonly #heldBack = new Set<(slot: number) => boolean>();
  readonly #sizes = new Map<string, number>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Jobs of a handler that run or will run; those that a dead one holds do not count. */
  sizeOf(name: string): number {
    return this.#sizes.get(name) ?? 0;
  }

  /** Jobs that run or will run. */
  get size(): number {
    let size = 0;
    for (const count of this.#sizes.values()) size += count;
    return size;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Jobs whose next attempt waits for its time. */
  get delayedCount(): number {
    return this.#delayed.size;
  }

  /** The keys of the jobs that run. */
  runningKeys(): string[] {
    return [...this.#running.keys()].map((job) => job.key);
  }

  /** True when a dead job holds this subject in this handler. */
  isHeld(name: string, event: StoredEvent): boolean {
    return this.#lanes.get(`${name}\n${event.subject}`)?.[0]?.state === 'dead';
  }

  /** The dead jobs that hold others. */
  dead(): Job[] {
    return [...this.#lanes.values()].flatMap((lane) => (lane[0]?.state === 'dead' ? [lane[0]] : []));
  }

  /** It has this job, whatever becomes of it just now. */
  holds(job: Job): boolean {
    return this.#lanes.get(laneKey(job))?.some(({ key }) => key === job.key) ?? false;
  }

  add(jobs: readonly Job[]): void {
    for (const job of jobs) {
      const key = laneKey(job);
      const lane = this.#lanes.get(key);
      if (lane === undefined) {
        this.#lanes.set(key, [job]);
        this.#schedule(job);
      } else lane.push(job);
      if ((lane?.[0] ?? job).state !== 'dead') this.#count(job.name, 1);
    }
    this.pump();
  }

  /** Starts what is due and fits. Call it when time has passed or a lease was renewed. */
  pump(): void {
    const now = this.#options.monotonicMs();
    for (const job of this.#delayed) {
      if (job.dueAtMs > now) continue;
      this.#delayed.delete(job);
      this.#lineUp(job);
    }
    for (const { jobs } of this.#byPriority()) {
      while (jobs.length > 0) {
        const job = jobs[0];
        if (job === undefined || !this.#fits(job.settings)) break;
        jobs.shift();
        void this.#run(job);
      }
    }
  }

  /** Milliseconds until the next delayed job is due. */
  nextDueInMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const job of this.#delayed) next = Math.min(next, job.dueAtMs);
    return next - this.#options.monotonicMs();
  }

  /** The job is over (its row is gone): the next of its subject may run. */
  finish(job: Job): void {
    const lane = this.#lanes.get(laneKey(job));
    if (lane?.[0] !== job) return;
    lane.shift();
    this.#count(job.name, job.state === 'dead' ? lane.length : -1);
    const next = lane[0];
    if (next === undefined) this.#lanes.delete(laneKey(job));
    else {
      if (next.state === 'behind') next.state = 'ready';
      this.#schedule(next);
    }
  }

  /** The job stays first of its subject, to run again later or to hold it. */
  postpone(job: Job, afterMs: number, dead: boolean): void {
    const lane = this.#lanes.get(laneKey(job));
    if (lane?.[0] !== job) return;
    if (dead !== (job.state === 'dead')) this.#count(job.name, dead ? -lane.length : lane.length);
    job.state = dead ? 'dead' : 'ready';
    job.dueAtMs = this.#options.monotonicMs() + afterMs;
    if (!dead) this.#schedule(job);
  }

  /** Delayed jobs with these keys are due now. */
  bringForward(keys: ReadonlySet<string>): void {
    const now = this.#options.monotonicMs();
    for (const job of this.#delayed) if (keys.has(job.key)) job.dueAtMs = now;
    this.pump();
  }

  /** Those behind the first one of a lane. */
  followers(job: Job): readonly Job[] {
    return this.#lanes.get(laneKey(job))?.slice(1) ?? [];
  }

  /** Forgets the jobs of these slots (or all), ending those that run: they belong to another process now. */
  forget(inSlots: (slot: number) => boolean = () => true): void {
    this.#heldBack.delete(inSlots);
    for (const [key, lane] of this.#lanes) {
      const first = lane[0];
      if (first === undefined || !inSlots(first.event.slot)) continue;
      this.#running.get(first)?.controller.abort(new Error('The partition belongs to another process.'));
      this.#delayed.delete(first);
      if (first.state !== 'dead') this.#count(first.name, -lane.length);
      this.#lanes.delete(key);
    }
    this.#clearLines(inSlots);
  }

  /** True while something of these slots runs. */
  runsIn(inSlots: (slot: number) => boolean): boolean {
    for (const job of this.#running.keys()) if (inSlots(job.event.slot)) return true;
    return false;
  }

  /** Ends nothing that runs, starts nothing more of these slots until `forget` is called with the same predicate. */
  holdBack(inSlots: (slot: number) => boolean): void {
    this.#heldBack.add(inSlots);
    this.#clearLines(inSlots);
    for (const job of this.#delayed) if (inSlots(job.event.slot)) this.#delayed.delete(job);
  }

  #count(name: string, change: number): void {
    this.#sizes.set(name, this.sizeOf(name) + change);
  }

  #schedule(job: Job): void {
    if (job.state === 'dead') return;
    for (const inSlots of this.#heldBack) if (inSlots(job.event.slot)) return;
    if (job.dueAtMs <= this.#options.monotonicMs()) this.#lineUp(job);
    else this.#delayed.add(job);
  }

  /** The lines in which something waits, those with the higher priority first. */
  #byPriority(): Line[] {
    const waiting = [...this.#lines.values()].filter(({ jobs }) => jobs.length > 0);
    return waiting.length < 2 ? waiting : waiting.sort((a, b) => b.priority - a.priority);
  }

  #lineUp(job: Job): void {
    const { pool, priority } = job.settings;
    const key = `${pool}\n${priority}`;
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = { priority, jobs: [] }));
    line.jobs.push(job);
  }

  #clearLines(inSlots: (slot: number) => boolean): void {
    for (const line of this.#lines.values()) line.jobs = line.jobs.filter((job) => !inSlots(job.event.slot));
  }

  /** Room in the pool, and a lease that lasts longer than the run may. */
  #fits({ pool, concurrency, timeBudgetMs }: JobSettings): boolean {
    return this.#runsIn(pool) < concurrency && this.#options.leaseLeftMs() > timeBudgetMs;
  }

  #runsIn(pool: string): number {
    return this.#runningOf.get(pool) ?? 0;
  }

  async #run(job: Job): Promise<void> {
    if (this.#running.has(job)) return;
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const run: Run = { controller: new AbortController(), dueAtMs: Number.POSITIVE_INFINITY, isAborted: false, giveUp };
    this.#running.set(job, run);
    const { pool } = job.settings;
    this.#runningOf.set(pool, this.#runsIn(pool) + 1);
    job.startedAtMs = this.#options.nowMs();
    const beganMs = this.#options.monotonicMs();
    const end = await this.#attempt(job, run, givenUp);
    job.tookMs = this.#options.monotonicMs() - beganMs;
    this.#running.delete(job);
    if (this.#running.size === 0) this.#nap?.end.abort(OVER);
    this.#runningOf.set(pool, this.#runsIn(pool) - 1);
    // One that was forgotten meanwhile is the new owner's: what it came to here does not count.
    if (this.#lanes.get(laneKey(job))?.[0] === job) this.#options.onEnd(end);
    this.pump();
  }

  async #attempt(job: Job, run: Run, givenUp: Promise<never>): Promise<RunEnd> {
    job.attempt += 1;
    const work = job.keyExpiresAtMs > this.#options.monotonicMs() ? job.effect.run : job.effect.afterKey;
    if (work === undefined) return failedEnd(job, new KeyExpired(), true, this.#options);
    this.#options.onStart(job);
    void this.#options.faults?.hit('effect.begun');
    try {
      this.#watchBudget(job, run);
      const running = work({ event: this.#shown(job), key: job.key, attempt: job.attempt, maybeSent: job.maybeSent, signal: run.controller.signal });
      // A handler that rejects after it was given up must not end the process.
      (running as Promise<unknown>).catch(() => undefined);
      return { kind: 'done', job, result: await Promise.race([running, givenUp]) };
    } catch (error) {
      if (error instanceof Refused) return { kind: 'refused', job, refusal: error };
      return failedEnd(job, error, false, this.#options);
    }
  }

  /** The event as the run sees it: with the trace of the run itself, where runs are traced, for what it calls. */
  #shown({ name, event }: Job): StoredEvent {
    const traceparent = this.#options.traces === true ? runTraceparent(name, event) : undefined;
    return traceparent === undefined ? event : { ...event, metadata: { ...event.metadata, traceparent } };
  }

  /** The run is aborted at its budget, and given up for a handler that does not listen. */
  #watchBudget({ settings: { timeBudgetMs } }: Job, run: Run): void {
    run.dueAtMs = this.#options.monotonicMs() + timeBudgetMs;
    if (this.#nap === undefined) void this.#watch();
    else if (run.dueAtMs < this.#nap.untilMs) this.#nap.end.abort(OVER);
  }

  /** Waits for the run that is due next, as long as there are any. */
  async #watch(): Promise<void> {
    const { sleep, monotonicMs } = this.#options;
    while (this.#running.size > 0) {
      let untilMs = Number.POSITIVE_INFINITY;
      for (const [job, run] of this.#running) {
        this.#judge(job, run);
        untilMs = Math.min(untilMs, run.dueAtMs);
      }
      const leftMs = Math.min(untilMs - monotonicMs(), LONGEST_NAP_MS);
      this.#nap = { end: new AbortController(), untilMs };
      await sleep(Math.max(1, leftMs), this.#nap.end.signal).catch(() => undefined);
    }
    this.#nap = undefined;
  }

  #judge({ settings: { timeBudgetMs } }: Job, run: Run): void {
    if (run.dueAtMs > this.#options.monotonicMs()) return;
    const late = `No answer within ${timeBudgetMs} ms`;
    if (run.isAborted) {
      run.dueAtMs = Number.POSITIVE_INFINITY;
      run.giveUp(new RetryLater(`${late}, and the handler ignored its signal.`));
    } else {
      run.isAborted = true;
      // From now, not from the end of the budget: a process that stood still notices late.
      run.dueAtMs = this.#options.monotonicMs() + GRACE_MS;
      run.controller.abort(new RetryLater(`${late}.`));
    }
  }
}

/** A run of it may have reached the other side: the next one is told so, and from the first on the key has its time. */
export function noteSent(job: Job, nowMs: number): void {
  job.maybeSent = true;
  if (job.keyExpiresAtMs === Number.POSITIVE_INFINITY) job.keyExpiresAtMs = nowMs + (job.effect.keyTtlMs ?? DEFAULT_KEY_TTL_MS);
}

/** How a run that did not succeed ended: whether it comes again, and when. Changes what the job knows of its key. `final`: it does not. */
export function failedEnd(job: Job, error: unknown, final: boolean, { random, monotonicMs, nowMs }: Pick<RunnerOptions, 'random' | 'monotonicMs' | 'nowMs'>): Extract<RunEnd, { kind: 'retry' }> {
  const { retry } = job.settings;
  const later = error instanceof RetryLater ? error : undefined;
  const sent = later?.sent ?? true;
  if (sent) noteSent(job, monotonicMs());
  return {
    kind: 'retry', job, sent,
    dead: final || job.attempt >= retry.maxAttempts,
    afterMs: later?.afterMs ?? backoffMs(retry, job.attempt, random),
    error: workError(error, nowMs()),
    cause: error,
  };
}

function laneKey(job: Job): string {
  return job.effect.ordered === false ? `${job.name}\n${job.event.subject}\n${job.event.eventId}` : `${job.name}\n${job.event.subject}`;
}
