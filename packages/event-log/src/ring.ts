/**
 * The last events of the log in memory, without a gap, bounded by rows and by bytes. What it has dropped it does not know: a
 * reader that stands before its start must fetch for itself.
 */
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors } from './event.ts';
import type { Stretch } from './fetch.pg.ts';

export interface RingLimits {
  readonly rows: number;
  readonly bytes: number;
}

export class Ring {
  readonly #limits: RingLimits;
  /** Everything after `#start`. */
  #events: StoredEvent[] = [];
  #sizes: number[] = [];
  #bytes = 0;
  #start: Cursor;

  constructor(start: Cursor, limits: RingLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** What comes after this is known. */
  get start(): Cursor {
    return this.#start;
  }

  /** What it takes now. */
  get size(): RingLimits {
    return { rows: this.#events.length, bytes: this.#bytes };
  }

  /** Adds what follows. When a limit is passed the oldest go, down to half of it, so that the copying is paid rarely. */
  take(events: readonly StoredEvent[], sizes: readonly number[]): void {
    for (const event of events) this.#events.push(event);
    for (const size of sizes) {
      this.#sizes.push(size);
      this.#bytes += size;
    }
    const { rows, bytes } = this.#limits;
    if (this.#events.length > rows || this.#bytes > bytes) this.#drop({ rows: rows / 2, bytes: bytes / 2 });
  }

  #drop(limits: RingLimits): void {
    let count = 0;
    while (this.#events.length - count > limits.rows || this.#bytes > limits.bytes) {
      this.#bytes -= this.#sizes[count] ?? 0;
      count += 1;
    }
    this.#start = this.#events[count - 1]?.cursor ?? this.#start;
    this.#events = this.#events.slice(count);
    this.#sizes = this.#sizes.slice(count);
  }

  /** Puts in the place of each event what `change` makes of it; an array that was handed out stays as it is. */
  change(change: (event: StoredEvent) => StoredEvent): void {
    this.#events = this.#events.map(change);
  }

  /** Does what comes after `from` fill a quarter of it? More than half is not kept when it is full. */
  isAhead(from: Cursor): boolean {
    const { rows, bytes } = this.#limits;
    const left = this.#events.length - this.#indexAfter(from);
    return left >= rows / 4 || this.#bytes * (left / Math.max(1, this.#events.length)) >= bytes / 4;
  }

  /** At most `rows` events after `from`, which is not before the start. */
  after(from: Cursor, rows: number): Stretch {
    const first = this.#indexAfter(from);
    const events = this.#events.slice(first, first + rows);
    return { events, upTo: events.at(-1)?.cursor ?? from };
  }

  #indexAfter(from: Cursor): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const event = this.#events[middle];
      if (event !== undefined && compareCursors(event.cursor, from) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
