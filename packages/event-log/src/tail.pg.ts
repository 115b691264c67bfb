/**
 * The tail of the log, fetched once per process and shared by all its readers.
 *
 * Rows above the horizon make the tail look again after 1, 2, 4 … 25 ms, for the transaction that held it may end silently.
 * What was fetched is kept in a bounded ring; a reader that stands before it fetches for itself until it has caught up. So the tail does
 * not run away from its readers: it waits while the foremost of them has enough to do, longer for one that is slow, and not for one that
 * stands still.
 */
import type { Pool } from 'pg';
import type { Sleep } from './backoff.ts';
import { Bell } from './backoff.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors } from './event.ts';
import type { Fetched, Stretch } from './fetch.pg.ts';
import { FETCH_BYTES, fetchAfter } from './fetch.pg.ts';
import type { PersonalData } from './personal.ts';
import { asErased } from './personal.ts';
import type { RingLimits } from './ring.ts';
import { Ring } from './ring.ts';

const FETCH_ROWS = 1000;
/** Few different ones, for each is a statement of its own. */
const FEWER_ROWS = [100, 10];
const RING: RingLimits = { rows: 10_000, bytes: 64 * 1_048_576 };
/** Under load one fetch serves the commits of this time. */
const COALESCE_MS = 2;
/** The net under the wake-ups. */
const DEFAULT_POLL_MS = 250;
/** A reader that has asked for nothing new so many times in a row stands still. The first time may end by what was asked before it. */
const ASKS_WITHIN_MS = 1_000;
const LEAST_TIMES = 2;
/** One that was only slow is given longer, up to this: a statement of its batch may take 10 s. */
const MOST_TIMES = 12;

export class Tail {
  readonly #pool: Pool;
  readonly #epoch: number;
  readonly #bell: Bell;
  readonly #onAdvance: (events: readonly StoredEvent[], bytes: readonly number[]) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #personal: PersonalData | undefined;
  readonly #sleep: Sleep;
  readonly #nowMs: () => number;
  readonly #ring: Ring;
  readonly #pollMs: number;
  readonly #rows: number;
  readonly #asking: Bell;
  /** What the foremost reader has asked for last; undefined when none has read yet. */
  #asked: Cursor | undefined;
  /** It has asked for nothing new for a while. */
  #standsStill = false;
  /** So many times it is waited for. */
  #patience = LEAST_TIMES;
  #end: Cursor;
  #recordedAtMs: number;
  #heldSinceMs: number | undefined;
  /** Rows of the size of the last ones that one fetch takes. */
  #fitting = Number.POSITIVE_INFINITY;

  constructor(options: {
    pool: Pool; epoch: number; start: Cursor; startRecordedAtMs: number; sleep: Sleep; nowMs: () => number; onFault: (error: unknown) => void;
    /** These are in the ring now. */
    onAdvance: (events: readonly StoredEvent[], bytes: readonly number[]) => void;
    /** Of the log; without it personal data come as they are stored. */
    personal?: PersonalData | undefined;
    /** Default 10,000 events and 64 MiB. */
    ring?: RingLimits;
    /** The net under the wake-ups. Default 250 ms. */
    pollMs?: number;
  }) {
    this.#pool = options.pool;
    this.#epoch = options.epoch;
    this.#personal = options.personal;
    this.#bell = new Bell(options.sleep);
    this.#sleep = options.sleep;
    this.#nowMs = options.nowMs;
    this.#onAdvance = options.onAdvance;
    this.#onFault = options.onFault;
    this.#ring = new Ring(options.start, options.ring ?? RING);
    this.#rows = Math.min(FETCH_ROWS, Math.ceil((options.ring ?? RING).rows / 4));
    this.#asking = new Bell(options.sleep);
    this.#pollMs = options.pollMs ?? DEFAULT_POLL_MS;
    this.#end = options.start;
    this.#recordedAtMs = options.startRecordedAtMs;
  }

  /** Something was committed somewhere. */
  readonly poke = (): void => this.#bell.ring();

  /** What the ring takes now. */
  get size(): RingLimits {
    return this.#ring.size;
  }

  /** What comes after this is in memory; whoever stands before it reads from the database. */
  get start(): Cursor {
    return this.#ring.start;
  }

  /** Since when there are events and none of them can be read: a transaction stays open that may still write earlier ones. Unix milliseconds. */
  get heldSinceMs(): number | undefined {
    return this.#heldSinceMs;
  }

  /** The end of what is known. */
  get end(): Cursor {
    return this.#end;
  }

  /** Has the foremost reader much in memory that it has not asked for? One that stands still does not count. */
  get isBehind(): boolean {
    return this.#asked !== undefined && !this.#standsStill && this.#ring.isAhead(this.#asked);
  }

  /** The first events after `from` that are in memory; undefined when some before them are not. */
  known(from: Cursor, rows: number): readonly StoredEvent[] | undefined {
    return compareCursors(from, this.#ring.start) < 0 ? undefined : this.#ring.after(from, rows).events;
  }

  /** Reads ahead until the signal ends it. */
  async run(signal: AbortSignal): Promise<void> {
    let waitMs = this.#pollMs;
    while (!signal.aborted) {
      await this.#letRead(signal);
      try {
        const fetched = await this.#fetch(this.#end, this.#recordedAtMs, this.#rows);
        if (fetched.events.length > 0) this.#take(fetched);
        this.#heldSinceMs = fetched.pending && fetched.events.length === 0 ? (this.#heldSinceMs ?? this.#nowMs()) : undefined;
        if (fetched.full) continue;
        if (fetched.events.length > 0) await this.#sleep(COALESCE_MS, signal).catch(() => undefined);
        if (!fetched.pending) waitMs = this.#pollMs;
        else waitMs = fetched.events.length > 0 || waitMs === this.#pollMs ? 1 : Math.min(waitMs * 2, 25);
      } catch (error) {
        this.#onFault(error);
        waitMs = this.#pollMs;
      }
      await this.#bell.wait(waitMs, signal);
    }
  }

  /** Waits while the foremost reader has much in memory that it has not asked for. */
  async #letRead(signal: AbortSignal): Promise<void> {
    for (let still = 0; this.isBehind && !signal.aborted; ) {
      const asked = this.#asked;
      await this.#asking.wait(ASKS_WITHIN_MS, signal);
      if (this.#asked !== asked && 2 * still < this.#patience) this.#patience = Math.max(LEAST_TIMES, this.#patience - 1);
      still = this.#asked === asked ? still + 1 : 0;
      this.#standsStill = still >= this.#patience;
    }
  }

  /** A customer was erased by the event at this place: what is in memory of him from before reads as the database would give it now. */
  forget(customerId: string, at: Cursor): void {
    const personal = this.#personal;
    if (personal === undefined) return;
    personal.forget(customerId);
    this.#ring.change((event) => (compareCursors(event.cursor, at) <= 0 ? asErased(personal.marks, event, customerId) : event));
  }

  /** As many rows as fit by what the last ones took: what is beyond the bound of bytes would be sent for nothing. */
  async #fetch(from: Cursor, recordedAtMs: number, wanted: number): Promise<Fetched> {
    const rows = [wanted, ...FEWER_ROWS].find((count) => count <= this.#fitting) ?? 1;
    const fetched = await fetchAfter(this.#pool, this.#epoch, from, recordedAtMs, { rows, personal: this.#personal }, this.#nowMs());
    if (fetched.bytes.length > 0) this.#fitting = (FETCH_BYTES * fetched.bytes.length) / fetched.bytes.reduce((sum, bytes) => sum + bytes, 0);
    return fetched;
  }

  #take(fetched: Fetched): void {
    this.#ring.take(fetched.events, fetched.bytes);
    this.#end = fetched.upTo;
    this.#recordedAtMs = fetched.events.at(-1)?.recordedAtMs ?? this.#recordedAtMs;
    this.#onAdvance(fetched.events, fetched.bytes);
  }

  /** The next events after `from`: out of the ring, or by a fetch of its own for a reader that is behind it. */
  async read(from: Cursor, recordedAtMs: number, rows: number): Promise<Stretch> {
    const { start } = this.#ring;
    if (this.#asked === undefined || compareCursors(from, this.#asked) > 0) {
      this.#asked = from;
      if (this.#standsStill) this.#patience = Math.min(2 * this.#patience, MOST_TIMES);
      this.#standsStill = false;
      this.#asking.ring();
    }
    if (compareCursors(from, start) >= 0) return this.#ring.after(from, rows);
    const fetched = await this.#fetch(from, recordedAtMs, rows);
    // A fetch that was not full has seen all there is, so it reaches at least to where the ring begins.
    if (fetched.full || compareCursors(fetched.upTo, start) >= 0) return fetched;
    return { events: fetched.events, upTo: start };
  }
}
