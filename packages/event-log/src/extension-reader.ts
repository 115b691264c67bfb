/**
 * The reader of one extension in this process: one loop for all its partitions, so that everything that touches the parked
 * events, timers and outcomes of the extension happens one after another and needs no lock of its own.
 *
 * A turn of the loop: partitions (reader-partitions.ts) → jobs that were changed (touched-jobs.ts) or handed in (handed-in.ts) from outside → outcomes of
 * effects (effect-outcomes.ts) → parked events that come again (parked-retries.ts) → timers (due-timers.ts) → jobs that wait for
 * room (job-room.ts) → handlers that hear the past (catch-ups.ts) → the next stretch of the log (log-batches.ts). Each is one
 * transaction over at most 128 subjects, or as many as the extension asks for.
 */
import { backoffMs, Bell } from './backoff.ts';
import { BatchCommits } from './batch-commits.ts';
import { Blame } from './blame.ts';
import { CatchUps } from './catch-ups.ts';
import type { Owned } from './cursors.pg.ts';
import { StaleFence } from './cursors.pg.ts';
import { DueTimers } from './due-timers.ts';
import { EffectOutcomes } from './effect-outcomes.ts';
import { EffectRunner } from './effect-runner.ts';
import { FailureShare } from './failure-share.ts';
import { HandedIn } from './handed-in.ts';
import { JobRoom } from './job-room.ts';
import { LogBatches } from './log-batches.ts';
import { ParkedEvents } from './parked-events.ts';
import { PARKED_EVERY_MS, ParkedRetries } from './parked-retries.ts';
import { ReaderPartitions } from './reader-partitions.ts';
import type { ReaderOptions } from './reader-options.ts';
import { RunReports } from './run-reports.ts';
import { TouchedJobs } from './touched-jobs.ts';
import { answers } from './transaction.pg.ts';

/** An orderly stop waits so long for effects that run. */
const DRAIN_MS = 10_000;
const IDLE_MS = 250;
const LINGER_MS = 3;
/** Until an extension that is full is asked again, and how long a stretch waits for it at most: so it reads ten stretches a second whatever it says. */
const FULL_MS = 10;
const MOST_FULL_MS = 100;

export class ExtensionReader {
  readonly name: string;
  readonly #o: ReaderOptions;
  readonly #bell: Bell;
  readonly #runner: EffectRunner;
  readonly #parked: ParkedEvents;
  readonly #outcomes: EffectOutcomes;
  readonly #partitions: ReaderPartitions;
  readonly #touched: TouchedJobs;
  readonly #handedIn: HandedIn;
  readonly #retries: ParkedRetries;
  readonly #timers: DueTimers;
  readonly #jobs: JobRoom;
  readonly #catchUps: CatchUps;
  readonly #batches: LogBatches;
  readonly #reports: RunReports;
  #faults = 0;
  /** Monotonic; undefined while it is not full. */
  #fullSinceMs: number | undefined;
  /** The last error of the loop while it lasts. */
  fault: Error | undefined;

  constructor(options: ReaderOptions) {
    this.#o = options;
    this.name = options.mapped.extension.name;
    this.#bell = new Bell(options.sleep);
    const reports = new RunReports(options);
    const runner = new EffectRunner({
      sleep: options.sleep, random: options.random, monotonicMs: options.monotonicMs, nowMs: options.log.preparer.nowMs,
      leaseLeftMs: () => options.ownership.leaseLeftMs(), traces: options.traces, faults: options.faults,
      onStart: (job) => {
        if (reports.wants('started')) reports.tell('started', [{ handler: job.name, event: job.event, attempt: job.attempt, startedAtMs: job.startedAtMs }]);
      },
      onEnd: (end) => {
        this.#outcomes.add(end);
        this.#bell.ring();
      },
    });
    const share = new FailureShare(this.name);
    const blame = new Blame(() => answers(options.log.pool));
    const parked = new ParkedEvents(options, reports);
    const jobs = new JobRoom(options, runner);
    const commits = new BatchCommits(options, { parked, jobs, share, blame, reports });
    this.#runner = runner;
    this.#reports = reports;
    this.#parked = parked;
    this.#jobs = jobs;
    this.#outcomes = new EffectOutcomes(options, { runner, parked, blame, reports });
    this.#touched = new TouchedJobs(options, { runner, outcomes: this.#outcomes });
    this.#handedIn = new HandedIn(options, runner);
    this.#retries = new ParkedRetries(options, { parked, share, blame });
    this.#timers = new DueTimers(options, { parked, blame });
    this.#catchUps = new CatchUps(options, commits);
    this.#batches = new LogBatches(options, { commits, catchUps: this.#catchUps });
    this.#partitions = new ReaderPartitions(options, { runner, jobs, parked, outcomes: this.#outcomes, catchUps: this.#catchUps });
  }

  /** Something may be there to do. */
  readonly poke = (): void => this.#bell.ring();

  /** Somebody has changed rows of its jobs from outside. */
  workTouched(): void {
    this.#touched.tell();
    this.#handedIn.tell();
    this.#bell.ring();
  }

  /** Subjects that an earlier event holds, subjects for whose change one waits, jobs in memory, and runs that failed since the start. */
  get counts(): { held: number; waiting: number; jobs: number; failures: number } {
    return { held: this.#parked.held.size, waiting: this.#parked.waiting.size, jobs: this.#runner.size, failures: this.#reports.failures };
  }

  /** Gives a partition back as soon as nothing of it is under way. */
  release(owned: Owned): void {
    this.#partitions.release(owned);
    this.#bell.ring();
  }

  /** Works until `stop` is aborted; then ends what runs, writes its outcomes, and returns. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      let busy = false;
      try {
        busy = await this.#turn();
        this.#faults = 0;
        this.fault = undefined;
      } catch (error) {
        await this.#afterFault(error, stop);
        continue;
      }
      if (this.#fullSinceMs !== undefined) {
        await this.#o.sleep(FULL_MS, stop).catch(() => undefined);
        continue;
      }
      // A moment for more to come, unless it is there already: a small batch costs the database almost as much as a large one.
      if (busy && this.#batches.hasMore) continue;
      if (busy) await this.#o.sleep(LINGER_MS, stop).catch(() => undefined);
      else await this.#bell.wait(Math.max(1, Math.min(IDLE_MS, this.#runner.nextDueInMs(), this.#parked.held.size > 0 ? PARKED_EVERY_MS : IDLE_MS)), stop);
    }
    await this.#drain();
  }

  async #turn(): Promise<boolean> {
    await this.#partitions.adopt();
    const owned = this.#partitions.ready;
    this.#runner.pump();
    await this.#touched.look(owned);
    let busy = await this.#outcomes.write();
    await this.#partitions.giveBack();
    if (owned.length === 0) {
      this.#fullSinceMs = undefined;
      return busy;
    }
    busy = (await this.#handedIn.take(owned)) || busy;
    busy = (await this.#retries.retry(owned)) || busy;
    busy = (await this.#timers.fire(owned)) || busy;
    busy = (await this.#jobs.refill()) || busy;
    if (!this.#waitsForRoom()) {
      busy = (await this.#catchUps.step(owned)) || busy;
      busy = (await this.#batches.next(owned)) || busy;
    }
    await this.#batches.flush(owned);
    return busy;
  }

  #waitsForRoom(): boolean {
    const now = this.#o.monotonicMs();
    const sinceMs = this.#fullSinceMs ?? now;
    this.#fullSinceMs = now - sinceMs < MOST_FULL_MS && this.#o.mapped.extension.store.isFull?.() === true ? sinceMs : undefined;
    return this.#fullSinceMs !== undefined;
  }

  async #afterFault(error: unknown, stop: AbortSignal): Promise<void> {
    if (error instanceof StaleFence) {
      this.#o.logger.warn({ reader: this.name, err: error }, 'a partition was taken over; everything of this reader is claimed anew');
      this.#o.ownership.drop(this.name);
      return;
    }
    this.#faults += 1;
    this.fault = error instanceof Error ? error : new Error(String(error));
    this.#o.logger.error({ reader: this.name, err: error, faults: this.#faults }, 'the reader waits and tries the same again');
    await this.#o.sleep(backoffMs({ baseMs: 100, maxMs: 5_000 }, this.#faults, this.#o.random) + 10, stop).catch(() => undefined);
  }

  async #drain(): Promise<void> {
    const deadlineMs = this.#o.monotonicMs() + DRAIN_MS;
    const all = (): boolean => true;
    this.#runner.holdBack(all);
    while ((this.#runner.runningCount > 0 || this.#outcomes.size > 0) && this.#o.monotonicMs() < deadlineMs) {
      try {
        await this.#outcomes.write();
      } catch (error) {
        this.#o.logger.error({ reader: this.name, err: error }, 'outcomes could not be written while stopping; the effects run again under their keys');
        break;
      }
      if (this.#runner.runningCount > 0) await this.#o.sleep(5).catch(() => undefined);
    }
    this.#runner.forget(all);
  }
}
