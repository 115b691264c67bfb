/**
 * One subscriber of the live bus: what it is to be given, in a bounded queue, and its runs.
 *
 * Promise: it gets the events in their order, begun at most `concurrency` at a time. One that throws, rejects or takes longer
 * than its time is counted and told of in the log file, and the next event follows. What does not fit into the queue is dropped,
 * the oldest first; the subscriber is told how many with the next event it gets. One that never settles is left to itself; when
 * a hundred runs hang so, it gets nothing more until one of them settles.
 */
import type { SystemEvent } from './system-event.ts';
import type { Heard } from './event-names.ts';

export interface HandlerContext {
  /** Aborted at the end of its time, and when nobody is to be given anything any more. */
  readonly signal: AbortSignal;
  /** Events that were dropped since the last one it got, because it was behind. */
  readonly dropped: number;
}

export type LiveHandler = (event: SystemEvent, context: HandlerContext) => unknown;

export interface SubscriptionOptions {
  readonly handler: LiveHandler;
  readonly heard: Heard;
  readonly matches: ((event: SystemEvent) => boolean) | undefined;
  readonly onlyTests: boolean;
  readonly priority: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly queueSize: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly monotonicMs: () => number;
  readonly warn: (fields: object, message: string) => void;
  /** There may be something to begin. */
  readonly onRoom: () => void;
}

/** An event in the queue; `onEnd` is called once, when it was handled, failed, or was dropped. */
interface Queued {
  readonly event: SystemEvent;
  readonly bytes: number;
  readonly onEnd: (() => void) | undefined;
}

/** What ends a run: `signal` for the handler, `watch` for the wait that goes with it. */
interface Run {
  readonly signal: AbortController;
  readonly watch: AbortController;
}

const MOST_HANGING = 100;
/** What waits for one subscriber may hold in memory, beside the newest. */
const MOST_BYTES = 16 * 1_048_576;
/** Between two lines about the same trouble of one subscriber. */
const SAY_EVERY_MS = 60_000;

export class Subscription {
  readonly #o: SubscriptionOptions;
  /** Begins at `#first`: an array from which the oldest is taken is copied each time. */
  #queue: Queued[] = [];
  #first = 0;
  #bytes = 0;
  readonly #running = new Set<Run>();
  #hanging = 0;
  #droppedUnsaid = 0;
  #closed = false;
  readonly #saidAtMs = new Map<string, number>();
  readonly counts = { dropped: 0, failed: 0, timedOut: 0 };

  constructor(options: SubscriptionOptions) {
    this.#o = options;
  }

  get onlyTests(): boolean {
    return this.#o.onlyTests;
  }

  get priority(): number {
    return this.#o.priority;
  }

  get countedAs(): readonly string[] {
    return this.#o.heard.countedAs;
  }

  hears(name: string): boolean {
    return this.#o.heard.hears(name);
  }

  /** Takes the event, if it is for this subscriber. `bytes`: about what it holds in memory. `onEnd` is called in any case. */
  offer(event: SystemEvent, bytes: number, onEnd?: () => void): void {
    if (this.#closed || this.#o.matches?.(event) === false) {
      onEnd?.();
      return;
    }
    this.#queue.push({ event, bytes, onEnd });
    this.#bytes += bytes;
    while (this.#waiting > this.#o.queueSize || (this.#waiting > 1 && this.#bytes > MOST_BYTES)) this.#drop();
  }

  get #waiting(): number {
    return this.#queue.length - this.#first;
  }

  #drop(): void {
    this.#next()?.onEnd?.();
    this.counts.dropped += 1;
    this.#droppedUnsaid += 1;
    this.#say('dropped', { count: this.counts.dropped, size: this.#o.queueSize }, 'a subscriber of the live bus is behind: events are dropped for it');
  }

  #next(): Queued | undefined {
    const next = this.#queue[this.#first];
    if (next === undefined) return undefined;
    this.#first += 1;
    this.#bytes -= next.bytes;
    if (this.#first >= 1_024 || this.#first === this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    return next;
  }

  /** Begins the next run. False when there is nothing to begin, or no room. */
  begin(): boolean {
    if (this.#running.size >= this.#o.concurrency || this.#hanging >= MOST_HANGING) return false;
    const next = this.#next();
    if (next === undefined) return false;
    const run: Run = { signal: new AbortController(), watch: new AbortController() };
    this.#running.add(run);
    const dropped = this.#droppedUnsaid;
    this.#droppedUnsaid = 0;
    try {
      const result = this.#o.handler(next.event, { signal: run.signal.signal, dropped });
      if (isThenable(result)) void this.#wait(Promise.resolve(result), run, next);
      else this.#end(run, next);
    } catch (error) {
      this.#failed(next, error);
      this.#end(run, next);
    }
    return true;
  }

  async #wait(result: Promise<unknown>, run: Run, queued: Queued): Promise<void> {
    const late = this.#o.sleep(this.#o.timeoutMs, run.watch.signal).then(() => true, () => false);
    let hangs = false;
    const settled = result.then(
      () => false,
      (error: unknown) => {
        // What comes after its time was counted already.
        if (!hangs && !this.#closed) this.#failed(queued, error);
        return false;
      },
    );
    hangs = await Promise.race([settled, late]);
    run.watch.abort();
    if (hangs) {
      this.#hanging += 1;
      void settled.then(() => {
        this.#hanging -= 1;
        this.#o.onRoom();
      });
      this.counts.timedOut += 1;
      run.signal.abort(new Error(`The subscriber took longer than ${this.#o.timeoutMs} ms.`));
      this.#say('timed out', { ...about(queued.event), count: this.counts.timedOut }, 'a subscriber of the live bus took too long; it is given the next event');
    }
    this.#end(run, queued);
  }

  #end(run: Run, { onEnd }: Queued): void {
    this.#running.delete(run);
    onEnd?.();
    this.#o.onRoom();
  }

  #failed({ event }: Queued, error: unknown): void {
    this.counts.failed += 1;
    this.#say('failed', { ...about(event), count: this.counts.failed, err: error }, 'a subscriber of the live bus failed; it is given the next event');
  }

  /** Once a minute for each kind of trouble; `count` in the line says how often it was. */
  #say(kind: string, fields: object, message: string): void {
    const nowMs = this.#o.monotonicMs();
    if (nowMs - (this.#saidAtMs.get(kind) ?? Number.NEGATIVE_INFINITY) < SAY_EVERY_MS) return;
    this.#saidAtMs.set(kind, nowMs);
    this.#o.warn({ signal: this.countedAs.join(' '), ...fields }, message);
  }

  /** Nothing more is begun, and what runs is told to end. */
  close(): void {
    this.#closed = true;
    const left = this.#queue.slice(this.#first);
    this.#queue = [];
    this.#first = 0;
    this.#bytes = 0;
    for (const { onEnd } of left) onEnd?.();
    for (const { signal, watch } of this.#running) {
      signal.abort(new Error('The subscription has ended.'));
      watch.abort();
    }
  }
}

function about({ eventId, eventType, correlationId }: SystemEvent): object {
  return { eventId, eventType, correlationId };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
