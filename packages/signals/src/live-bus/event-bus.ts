/**
 * The live bus of one process: who wants to see what happens, as it happens.
 *
 * Promise: subscribers observe and change nothing: the flow goes on whatever they do. A subscriber that fails, is slow or never
 * settles harms neither the others nor the process (one that blocks the thread blocks it for all; nothing can help that). Each
 * event is given at most once; what is not read in time is dropped, counted and told. What must not be missed is read from the
 * log, not here.
 */
import { compilePattern } from '@commerce/events/pattern';
import type { EventNames } from './event-names.ts';
import { History } from './history.ts';
import type { LiveHandler } from './subscription.ts';
import { Subscription } from './subscription.ts';
import type { LiveBatch, SystemEvent } from './system-event.ts';
import { emittedBatch, pickedFrom } from './system-event.ts';

export interface EventBusOptions {
  readonly names: EventNames;
  /** Events that the history keeps. */
  readonly historySize: number;
  /** How long `publish` waits for subscribers, and what one of them has for one event unless it says otherwise, in ms. */
  readonly emissionTimeoutMs: number;
  /** Events that wait for one subscriber at most. Default 1,000; they may hold 16 MiB. */
  readonly queueSize?: number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly monotonicMs: () => number;
  readonly logger: { warn(fields: object, message: string): void };
}

export interface SubscribeOptions {
  /** EventBridge pattern over `{source, detail-type, detail}`, as in the map. Throws `InvalidEventPattern`. */
  readonly filter?: object | string;
  /** Only what somebody emits to try what listens; see `EventContext.isTest`. */
  readonly onlyTests?: boolean;
  /** Higher is begun first among those that have something to do. Default 0. */
  readonly priority?: number;
  /** Runs at once. Default 1: one event after the other, in their order. */
  readonly concurrency?: number;
  /** Time for one event, in ms. Default: the emission timeout. */
  readonly timeoutMs?: number;
}

export type Unsubscribe = () => void;

export interface EventStatistics {
  /** Since the start. */
  readonly totalEvents: number;
  /** By name (`order.created`) or wildcard (`order.*`). */
  readonly subscriptionsByType: Readonly<Record<string, number>>;
  /** The last ten, the newest at the end. */
  readonly recentEvents: readonly SystemEvent[];
  readonly subscribers: number;
  /** Events that subscribers missed because they were behind. */
  readonly dropped: number;
  /** Runs of subscribers that failed, and that took too long. */
  readonly failed: number;
  readonly timedOut: number;
}

const RECENT = 10;
const QUEUE_SIZE = 1_000;
/** What subscribers may take of the thread at a stretch. */
const SLICE_MS = 5;

export class EventBus {
  readonly #o: EventBusOptions;
  readonly #history: History;
  /** Of its own, for there are ten runs to an event. */
  readonly #runs: History;
  /** Those with the higher priority first. */
  #subscriptions: readonly Subscription[] = [];
  /** Of them, who wants more than what is emitted to try what listens. */
  #listening: readonly Subscription[] = [];
  /** Which of these hear a name; forgotten when somebody comes or goes. */
  readonly #hearers = new Map<string, readonly Subscription[]>();
  readonly #onChange = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #gone = { dropped: 0, failed: 0, timedOut: 0 };
  #total = 0;
  #giving = false;

  constructor(options: EventBusOptions) {
    this.#o = options;
    this.#history = new History(options.historySize);
    this.#runs = new History(options.historySize);
  }

  /** Gives the event to all who want it. Resolves when they have handled it, or missed it, or at the emission timeout; never rejects. `batch`: of the event alone. */
  async publish(event: SystemEvent, batch: LiveBatch = emittedBatch(event)): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#keep(batch);
    const ends = this.#hearersIn(batch, 0).map((one) => new Promise<void>((resolve) => one.offer(event, batch.bytes, resolve)));
    if (ends.length === 0) return;
    this.#give();
    const over = new AbortController();
    const timeout = this.#o.sleep(this.#o.emissionTimeoutMs, AbortSignal.any([over.signal, this.#closing.signal])).catch(() => undefined);
    await Promise.race([Promise.all(ends), timeout]);
    over.abort();
  }

  /** Gives events that came together, and waits for nobody. Where nobody hears them none of them is made. */
  publishAll(batch: LiveBatch): void {
    if (this.#closing.signal.aborted) return;
    this.#keep(batch);
    const wantTests = batch.isTest !== undefined && this.#subscriptions.length > this.#listening.length;
    if (this.#listening.length === 0 && !wantTests) return;
    for (let index = 0; index < batch.count; index += 1) {
      for (const one of this.#hearersIn(batch, index)) one.offer(batch.at(index), batch.bytes / batch.count);
    }
    this.#give();
  }

  /** Puts in the place of each event that the history has, runs aside, what `change` makes of it. */
  changeHistory(change: (event: SystemEvent) => SystemEvent): void {
    this.#history.change(change);
  }

  /** Puts events of the log that were not given to anybody into the history. */
  fillHistory(batch: LiveBatch): void {
    this.#history.add(batch);
  }

  #keep(batch: LiveBatch): void {
    this.#total += batch.count;
    if (batch.isRun === undefined) return this.#history.add(batch);
    const [runs, events]: [number[], number[]] = [[], []];
    for (let index = 0; index < batch.count; index += 1) (batch.isRun(index) ? runs : events).push(index);
    for (const [history, places] of [[this.#runs, runs], [this.#history, events]] as const) if (places.length > 0) history.add(places.length === batch.count ? batch : pickedFrom(batch, places));
  }

  #hearersIn(batch: LiveBatch, index: number): readonly Subscription[] {
    const name = batch.nameOf(index);
    return batch.isTest?.(index) === true ? this.#subscriptions.filter((one) => one.hears(name)) : this.#hearersOf(name);
  }

  #hearersOf(name: string): readonly Subscription[] {
    let hearers = this.#hearers.get(name);
    if (hearers === undefined) this.#hearers.set(name, (hearers = this.#listening.filter((one) => one.hears(name))));
    return hearers;
  }

  /** Does somebody hear what happens under this name? Who hears tests alone does not count. */
  isHeard(name: string): boolean {
    return this.#hearersOf(name).length > 0;
  }

  /** Does somebody hear anything that happens? */
  get isListenedTo(): boolean {
    return this.#listening.length > 0;
  }

  /** Calls `listener` whenever somebody has come or gone. Returns the way to stop. */
  onChange(listener: () => void): Unsubscribe {
    this.#onChange.add(listener);
    return () => void this.#onChange.delete(listener);
  }

  /** `wanted`: a name (`EVENT_TYPES.ORDER_CREATED`, `order.created`, `OrderCreated`), `order.*`, or `*`. Throws `UnknownEventType`, `InvalidEventPattern`, `RangeError`. */
  subscribe(wanted: string, handler: LiveHandler, { filter, onlyTests = false, priority = 0, concurrency = 1, timeoutMs = this.#o.emissionTimeoutMs }: SubscribeOptions = {}): Unsubscribe {
    if (!(Number.isInteger(concurrency) && concurrency >= 1)) throw new RangeError('The concurrency of a subscriber is a whole number of at least 1.');
    if (!(timeoutMs >= 1)) throw new RangeError('A subscriber has at least 1 ms for an event.');
    const pattern = filter === undefined ? undefined : compilePattern(filter);
    const { sleep, monotonicMs, logger, names, queueSize = QUEUE_SIZE } = this.#o;
    const subscription = new Subscription({
      handler, onlyTests, priority, concurrency, timeoutMs, queueSize, sleep, monotonicMs,
      heard: names.resolve(wanted),
      matches: pattern && ((event) => pattern.matches({ source: event.source, 'detail-type': event.eventType, detail: event })),
      warn: (fields, message) => logger.warn(fields, message),
      onRoom: () => this.#give(),
    });
    this.#change([...this.#subscriptions, subscription].sort((a, b) => b.priority - a.priority));
    return () => this.#remove(subscription);
  }

  #remove(subscription: Subscription): void {
    if (!this.#subscriptions.includes(subscription)) return;
    this.#change(this.#subscriptions.filter((one) => one !== subscription));
    subscription.close();
    for (const kind of ['dropped', 'failed', 'timedOut'] as const) this.#gone[kind] += subscription.counts[kind];
  }

  #change(subscriptions: readonly Subscription[]): void {
    this.#subscriptions = subscriptions;
    this.#listening = subscriptions.filter((one) => !one.onlyTests);
    this.#hearers.clear();
    for (const listener of this.#onChange) listener();
  }

  #give(): void {
    if (this.#giving) return;
    this.#giving = true;
    void this.#giveAll();
  }

  /** Begins what can be begun, in pieces, and never in the turn of whoever publishes. */
  async #giveAll(): Promise<void> {
    const { sleep, monotonicMs } = this.#o;
    const pause = (): Promise<void> => sleep(0, this.#closing.signal).catch(() => undefined);
    await pause();
    let endMs = monotonicMs() + SLICE_MS;
    while (this.#subscriptions.some((one) => one.begin())) {
      if (monotonicMs() < endMs) continue;
      await pause();
      endMs = monotonicMs() + SLICE_MS;
    }
    this.#giving = false;
  }

  getStats(): EventStatistics {
    const subscriptionsByType: Record<string, number> = {};
    const counts = { ...this.#gone };
    for (const one of this.#subscriptions) {
      for (const name of one.countedAs) subscriptionsByType[name] = (subscriptionsByType[name] ?? 0) + 1;
      for (const kind of ['dropped', 'failed', 'timedOut'] as const) counts[kind] += one.counts[kind];
    }
    const history = this.#history;
    return {
      totalEvents: this.#total, subscriptionsByType, subscribers: this.#subscriptions.length, ...counts,
      // Made when somebody looks at them.
      get recentEvents() {
        return history.last(RECENT);
      },
    };
  }

  /** The last events but for runs of handlers, the newest at the end; at most as many as the history keeps. */
  getEventHistory(limit = Number.POSITIVE_INFINITY): SystemEvent[] {
    return this.#history.last(limit);
  }

  /** The same of the runs of handlers that the bus was given. */
  getRunHistory(limit = Number.POSITIVE_INFINITY): SystemEvent[] {
    return this.#runs.last(limit);
  }

  /** Nobody is given anything any more, and what runs is told to end. */
  close(): void {
    this.#closing.abort(new Error('The live bus is closed.'));
    for (const one of this.#subscriptions) this.#remove(one);
  }
}
