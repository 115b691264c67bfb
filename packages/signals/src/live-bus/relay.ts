/**
 * Tells the live buses of other processes what happens in this one, and this one what happens there: its jobs and what was emitted.
 * Jobs only while another process hears them: who does says so when it begins, and again and again, so that nothing is told for one that
 * has died. The events of the log go no such way: who reads the log has them from there.
 *
 * Promise: nothing here is waited for and nothing fails by it. What cannot be told now waits in a bounded queue, the oldest is dropped
 * and counted, and it goes on by itself. A process does not hear itself, and nothing twice. The log stays the truth: what must not be
 * missed is read there.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { Bell } from '@commerce/event-log/backoff';
import type { EventBus } from './event-bus.ts';
import { eventText, HEAD_BYTES, messageText, parseMessage } from './relay-message.ts';
import { RUN_NAMES } from './event-names.ts';
import type { LiveBatch } from './system-event.ts';
import { batchOf } from './system-event.ts';

/** The way between processes. */
export interface RelayChannel {
  /** A message may have so many bytes. */
  readonly maxBytes: number;
  /** False while it is known that nobody else hears. */
  hasOthers(): boolean;
  isConnected(): boolean;
  /** Resolves when they are on their way; rejects when they may not be. In time. */
  send(messages: readonly string[]): Promise<void>;
  /** Nothing is heard any more. */
  stop(): Promise<void>;
}

export interface ChannelEars {
  /** A message, of this process too. */
  readonly onMessage: (text: string) => void;
  /** Something was told while this process did not hear, and cannot be had any more. */
  readonly onGap: () => void;
  readonly onFault: (error: unknown) => void;
}

/** Connects in its own time, and again whenever the connection is lost. Throws nothing. */
export type OpenChannel = (ears: ChannelEars) => RelayChannel;

export interface RelayOptions {
  readonly open: OpenChannel;
  readonly bus: Pick<EventBus, 'isHeard' | 'onChange' | 'publishAll'>;
  /** UUID of this process. */
  readonly workerId: string;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
  readonly logger: { warn(fields: object, message: string): void };
  /** Events that wait to be told at most. Default 10,000; they may hold 16 MiB. */
  readonly maxWaiting?: number;
}

export interface RelayStatistics {
  readonly connected: boolean;
  /** Somebody else may listen; while nobody does, nothing is told. */
  readonly hasOthers: boolean;
  /** One of them hears runs of handlers; while none does, they are not told. */
  readonly othersHearRuns: boolean;
  /** Events told to others, and heard from others. */
  readonly told: number;
  readonly heard: number;
  /** Events of this process that were not told: too many waited, or they are no JSON. */
  readonly dropped: number;
  /** Times that something of others was missed here. */
  readonly gaps: number;
  readonly waiting: number;
}

export interface Relay {
  /** Takes events of this process, and returns at once. */
  readonly tell: (batch: LiveBatch) => void;
  readonly othersHearRuns: () => boolean;
  stats(): RelayStatistics;
  /** Tells what waits, if that can be done within a second, and ends. */
  stop(): Promise<void>;
}

const MOST_WAITING = 10_000;
const MOST_BYTES = 16 * 1_048_576;
const BATCH_MS = 10;
const MESSAGES_AT_ONCE = 16;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
const LAST_MS = 1_000;
const IDLE_MS = 60_000;
/** Who hears runs says so as often. */
const SAY_HEARING_MS = 5_000;
/** Who has not said so for as long does not hear them any more. So long a new process takes it that somebody does. */
const HEARING_MS = 3 * SAY_HEARING_MS;
/** Of a run, which is made when it is told. */
const JOB_BYTES = 1_000;
/** Processes of which the last message is remembered. */
const SENDERS = 1_000;
const SAY_EVERY_MS = 60_000;

interface Waiting {
  readonly batch: LiveBatch;
  readonly bytes: number;
  /** The next of it to be told. */
  at: number;
}

export function startRelay(options: RelayOptions): Relay {
  return new LiveRelay(options);
}

class LiveRelay implements Relay {
  readonly #o: RelayOptions;
  readonly #channel: RelayChannel;
  readonly #bell: Bell;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #queue: Waiting[] = [];
  #waiting = 0;
  #bytes = 0;
  /** Messages that are made and not taken yet. */
  #made: { readonly texts: readonly string[]; readonly events: number } | undefined;
  #n = 0;
  #droppedUntold = 0;
  readonly #lastOf = new Map<string, number>();
  /** Until when another process hears runs; the empty name is for those that are not known yet. */
  readonly #hearingUntilMs = new Map<string, number>();
  /** What was said last of the runs that are heard here. */
  #said = { hearsRuns: false, atMs: 0 };
  readonly #offChange: () => void;
  readonly #counts = { told: 0, heard: 0, dropped: 0, gaps: 0 };
  readonly #saidAtMs = new Map<string, number>();

  constructor(options: RelayOptions) {
    this.#o = options;
    this.#bell = new Bell(options.sleep);
    this.#hearingUntilMs.set('', options.monotonicMs() + HEARING_MS);
    this.#offChange = options.bus.onChange(this.#bell.ring);
    this.#channel = options.open({
      onMessage: (text) => this.#hear(text),
      onGap: () => this.#missed('the connection was lost for too long'),
      onFault: (error) => this.#say('fault', { err: error }, 'live events do not reach other processes now; it goes on by itself'),
    });
    this.#running = this.#run(this.#stopping.signal);
  }

  readonly tell = (batch: LiveBatch): void => {
    if (batch.count === 0 || this.#stopping.signal.aborted || !this.#channel.hasOthers()) return;
    const bytes = Math.max(batch.bytes, batch.count * JOB_BYTES);
    this.#queue.push({ batch, bytes, at: 0 });
    this.#waiting += batch.count;
    this.#bytes += bytes;
    this.#keepBounds();
    this.#bell.ring();
  };

  readonly othersHearRuns = (): boolean => {
    if (this.#hearingUntilMs.size === 0 || !this.#channel.hasOthers()) return false;
    const nowMs = this.#o.monotonicMs();
    for (const [from, untilMs] of this.#hearingUntilMs) {
      if (untilMs > nowMs) return true;
      this.#hearingUntilMs.delete(from);
    }
    return false;
  };

  /** Must it be said whether runs are heard here? */
  #mustSay(hearsRuns: boolean): boolean {
    if (!this.#channel.isConnected() || !this.#channel.hasOthers()) return false;
    return hearsRuns !== this.#said.hearsRuns || (hearsRuns && this.#o.monotonicMs() - this.#said.atMs >= SAY_HEARING_MS);
  }

  get #hearsRuns(): boolean {
    return RUN_NAMES.some((name) => this.#o.bus.isHeard(name));
  }

  #keepBounds(): void {
    const { maxWaiting = MOST_WAITING } = this.#o;
    let gone = 0;
    while (this.#waiting > maxWaiting || this.#bytes > MOST_BYTES) {
      const oldest = this.#queue[gone];
      if (oldest === undefined) break;
      gone += 1;
      this.#leave(oldest);
      this.#drop(oldest.batch.count - oldest.at);
    }
    if (gone > 0) this.#queue = this.#queue.slice(gone);
  }

  /** It does not wait any more. */
  #leave({ batch, bytes, at }: Waiting): void {
    this.#waiting -= batch.count - at;
    this.#bytes -= bytes;
  }

  #drop(count: number): void {
    this.#counts.dropped += count;
    this.#droppedUntold += count;
    this.#say('dropped', { count: this.#counts.dropped }, 'live events are not told to other processes: too many wait, or they are no JSON');
  }

  async #run(signal: AbortSignal): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (!signal.aborted) {
      const hearsRuns = this.#hearsRuns;
      if (this.#waiting === 0 && this.#made === undefined && !this.#mustSay(hearsRuns)) {
        const isSoon = hearsRuns !== this.#said.hearsRuns && !this.#channel.isConnected();
        await this.#bell.wait(isSoon ? FIRST_WAIT_MS : hearsRuns ? SAY_HEARING_MS : IDLE_MS, signal);
        // What comes together goes together.
        await this.#o.sleep(BATCH_MS, signal).catch(() => undefined);
        continue;
      }
      try {
        await this.#flush();
        waitMs = FIRST_WAIT_MS;
        await this.#o.sleep(BATCH_MS, signal).catch(() => undefined);
      } catch (error) {
        this.#say('fault', { err: error }, 'live events do not reach other processes now; it goes on by itself');
        await this.#o.sleep(waitMs, signal).catch(() => undefined);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      }
    }
  }

  /** Sends some messages; the same ones again when it was not known whether they went. */
  async #flush(): Promise<void> {
    this.#made ??= this.#make();
    await this.#channel.send(this.#made.texts);
    this.#counts.told += this.#made.events;
    this.#made = undefined;
  }

  #make(): { texts: string[]; events: number } {
    const texts: string[] = [];
    const room = this.#channel.maxBytes - HEAD_BYTES;
    const [from, hearsRuns] = [this.#o.workerId, this.#hearsRuns];
    let events: string[] = [];
    let [bytes, count] = [0, 0];
    const close = (): void => {
      if (events.length === 0) return;
      texts.push(messageText({ from, n: (this.#n += 1), dropped: this.#droppedUntold, hearsRuns }, events));
      this.#droppedUntold = 0;
      count += events.length;
      [events, bytes] = [[], 0];
    };
    while (texts.length < MESSAGES_AT_ONCE) {
      const text = this.#next(room);
      if (text === undefined) break;
      const size = Buffer.byteLength(text) + 1;
      if (bytes + size > room) close();
      events.push(text);
      bytes += size;
    }
    close();
    if (texts.length === 0 && this.#mustSay(hearsRuns)) texts.push(messageText({ from, n: this.#n, dropped: 0, hearsRuns }, []));
    if (texts.length > 0) this.#said = { hearsRuns, atMs: this.#o.monotonicMs() };
    return { texts, events: count };
  }

  /** The next event that waits, in at most so many bytes with its comma. */
  #next(room: number): string | undefined {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const text = eventText(first.batch.at(first.at), room - 1);
      first.at += 1;
      this.#waiting -= 1;
      if (first.at === first.batch.count) {
        this.#queue.shift();
        this.#bytes -= first.bytes;
      }
      if (text !== undefined) return text;
      this.#drop(1);
    }
    return undefined;
  }

  #hear(text: string): void {
    const message = parseMessage(text);
    if (message === undefined) return this.#say('foreign', {}, 'a message that is none of ours came over the way of the live bus; is it used for something else?');
    const { from, n, dropped, hearsRuns, events } = message;
    if (from === this.#o.workerId) return;
    // The one that is over first stands first.
    this.#hearingUntilMs.delete(from);
    if (hearsRuns) this.#hearingUntilMs.set(from, this.#o.monotonicMs() + HEARING_MS);
    if (events.length === 0) return;
    const last = this.#lastOf.get(from);
    if (last !== undefined && n <= last) return;
    if (dropped > 0 || (last !== undefined && n > last + 1)) this.#missed('another process told more than could be brought');
    this.#lastOf.delete(from);
    this.#lastOf.set(from, n);
    if (this.#lastOf.size > SENDERS) this.#lastOf.delete(this.#lastOf.keys().next().value ?? '');
    this.#counts.heard += events.length;
    this.#o.bus.publishAll({ bytes: 2 * text.length, ...batchOf(events) });
  }

  #missed(reason: string): void {
    this.#counts.gaps += 1;
    this.#say('gap', { reason, count: this.#counts.gaps }, 'live events of other processes were missed here; the log has what must not be missed');
  }

  /** Once a minute for each kind of trouble. */
  #say(kind: string, fields: object, message: string): void {
    const nowMs = this.#o.monotonicMs();
    if (nowMs - (this.#saidAtMs.get(kind) ?? Number.NEGATIVE_INFINITY) < SAY_EVERY_MS) return;
    this.#saidAtMs.set(kind, nowMs);
    this.#o.logger.warn(fields, message);
  }

  stats(): RelayStatistics {
    return { connected: this.#channel.isConnected(), hasOthers: this.#channel.hasOthers(), othersHearRuns: this.othersHearRuns(), ...this.#counts, waiting: this.#waiting + (this.#made?.events ?? 0) };
  }

  async stop(): Promise<void> {
    this.#offChange();
    this.#stopping.abort();
    await this.#running;
    const over = new AbortController();
    const last = (async () => {
      while (!over.signal.aborted && (this.#waiting > 0 || this.#made !== undefined)) await this.#flush();
    })().catch(() => undefined);
    await Promise.race([last, this.#o.sleep(LAST_MS, over.signal).catch(() => undefined)]);
    over.abort();
    await this.#channel.stop();
  }
}
