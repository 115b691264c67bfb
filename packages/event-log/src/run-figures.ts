/**
 * Counts the runs of handlers in this process: by handler and type since the start, and of all together in the last minute. Pure.
 *
 * A run is one attempt of one handler at one event that has ended. The time of a transactional handler is that of its whole batch: so
 * long it took from the beginning until the event was handled.
 */
import type { JobNote, LogObserver } from './observer.ts';
import { hasEnded } from './observer.ts';

/** What is counted of the runs of one handler for one type. */
export interface RunCount {
  readonly handler: string;
  readonly type: string;
  completed: number;
  failed: number;
  /** Failed for the last time. */
  givenUp: number;
}

/** Runs that ended within the window. */
export interface RunWindow {
  readonly completed: number;
  readonly failed: number;
  readonly busyMs: number;
}

export interface RunFiguresOptions {
  readonly monotonicMs: () => number;
  /** Is told of each run: how long it took. */
  readonly onRun: (handler: string, type: string, seconds: number) => void;
  readonly windowMs?: number;
}

const WINDOW_MS = 60_000;
const BUCKET_MS = 100;

interface Bucket {
  readonly at: number;
  completed: number;
  failed: number;
  busyMs: number;
}

export class RunFigures {
  readonly #o: RunFiguresOptions;
  readonly #counts = new Map<string, RunCount>();
  /** The oldest first. */
  #buckets: Bucket[] = [];

  constructor(options: RunFiguresOptions) {
    this.#o = options;
  }

  readonly observer: LogObserver = {
    wantsJobs: hasEnded,
    onJobs: (phase, _extension, jobs) => {
      if (hasEnded(phase)) this.#ended(phase, jobs);
    },
  };

  #ended(phase: 'completed' | 'failed', jobs: readonly JobNote[]): void {
    const bucket = this.#bucket();
    for (const { handler, eventType, processingMs, retryAtMs } of jobs) {
      const count = this.#count(handler, eventType);
      count[phase] += 1;
      if (phase === 'failed' && retryAtMs === null) count.givenUp += 1;
      bucket[phase] += 1;
      bucket.busyMs += processingMs ?? 0;
      this.#o.onRun(handler, eventType, (processingMs ?? 0) / 1_000);
    }
  }

  #count(handler: string, type: string): RunCount {
    const key = `${handler} ${type}`;
    let count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, (count = { handler, type, completed: 0, failed: 0, givenUp: 0 }));
    return count;
  }

  #bucket(): Bucket {
    const at = Math.floor(this.#o.monotonicMs() / BUCKET_MS);
    const last = this.#buckets.at(-1);
    if (last?.at === at) return last;
    const made = { at, completed: 0, failed: 0, busyMs: 0 };
    this.#buckets.push(made);
    this.#forget(at);
    return made;
  }

  #forget(at: number): void {
    const oldest = at - (this.#o.windowMs ?? WINDOW_MS) / BUCKET_MS;
    const keep = this.#buckets.findIndex((bucket) => bucket.at > oldest);
    if (keep !== 0) this.#buckets = keep === -1 ? [] : this.#buckets.slice(keep);
  }

  /** Since the start. */
  counts(): readonly RunCount[] {
    return [...this.#counts.values()];
  }

  /** Of the last minute. */
  window(): RunWindow {
    this.#forget(Math.floor(this.#o.monotonicMs() / BUCKET_MS));
    const sum = { completed: 0, failed: 0, busyMs: 0 };
    for (const { completed, failed, busyMs } of this.#buckets) {
      sum.completed += completed;
      sum.failed += failed;
      sum.busyMs += busyMs;
    }
    return sum;
  }
}
