/**
 * The last events of the live bus, bounded by their number and by what they hold in memory. Events that came together go
 * together, so a few more than asked for may be held.
 */
import type { LiveBatch, SystemEvent } from './system-event.ts';
import { lazyBatch } from './system-event.ts';

const MAX_BYTES = 16 * 1_048_576;

export class History {
  readonly #size: number;
  #batches: LiveBatch[] = [];
  #count = 0;
  #bytes = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(batch: LiveBatch): void {
    if (batch.count === 0) return;
    this.#batches.push(batch);
    this.#count += batch.count;
    this.#bytes += batch.bytes;
    let gone = 0;
    for (const oldest of this.#batches) {
      const isSpare = this.#count - oldest.count >= this.#size || this.#bytes > MAX_BYTES;
      if (!isSpare || oldest === batch) break;
      this.#count -= oldest.count;
      this.#bytes -= oldest.bytes;
      gone += 1;
    }
    if (gone > 0) this.#batches.splice(0, gone);
  }

  /** Puts in the place of each event what `change` makes of it. */
  change(change: (event: SystemEvent) => SystemEvent): void {
    this.#batches = this.#batches.map((batch) => {
      const events = Array.from({ length: batch.count }, (_, index) => change(batch.at(index)));
      return lazyBatch(batch.count, batch.bytes, batch.nameOf, (index) => events[index] as SystemEvent);
    });
  }

  /** The last ones, the newest at the end. */
  last(limit: number): SystemEvent[] {
    const wanted = Math.max(0, Math.min(limit, this.#size));
    const events: SystemEvent[] = [];
    for (let at = this.#batches.length - 1; at >= 0 && events.length < wanted; at -= 1) {
      const batch = this.#batches[at] as LiveBatch;
      for (let index = batch.count - 1; index >= 0 && events.length < wanted; index -= 1) events.push(batch.at(index));
    }
    return events.toReversed();
  }
}
