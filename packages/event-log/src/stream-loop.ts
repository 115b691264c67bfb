/**
 * Runs a stream reader over the partitions that this process owns: read, hand on, move the cursor. The cursor reaches the
 * table at most twenty times a second, so after a crash the last moment is handed on again.
 */
import { backoffMs, Bell } from './backoff.ts';
import { compareCursors } from './event.ts';
import type { Owned } from './cursors.pg.ts';
import { moveCursors, StaleFence, upToHalt } from './cursors.pg.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { StreamReader } from './stream.ts';

/** What every reader is given, and the stream. */
export interface StreamOptions extends Omit<ReaderOptions, 'mapped' | 'activeFrom' | 'observer'> {
  readonly stream: StreamReader;
}

const DEFAULT_BATCH = 500;
const IDLE_MS = 250;
const FLUSH_EVERY_MS = 50;

export class StreamLoop {
  readonly name: string;
  readonly #o: StreamOptions;
  readonly #bell: Bell;
  readonly #releasing = new Set<Owned>();
  #dirty = false;
  #flushedAtMs = 0;
  #faults = 0;
  fault: Error | undefined;

  constructor(options: StreamOptions) {
    this.#o = options;
    this.name = options.stream.name;
    this.#bell = new Bell(options.sleep);
  }

  readonly poke = (): void => this.#bell.ring();

  release(owned: Owned): void {
    this.#releasing.add(owned);
    this.#bell.ring();
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        for (const owned of this.#releasing) await this.#o.ownership.release([owned]);
        this.#releasing.clear();
        const busy = await this.#turn(stop);
        this.#faults = 0;
        this.fault = undefined;
        if (!busy) await this.#bell.wait(this.#dirty ? FLUSH_EVERY_MS : IDLE_MS, stop);
      } catch (error) {
        if (stop.aborted) break;
        if (error instanceof StaleFence) {
          this.#o.ownership.drop(this.name);
          continue;
        }
        this.#faults += 1;
        this.fault = error instanceof Error ? error : new Error(String(error));
        this.#o.logger.error({ reader: this.name, err: error, faults: this.#faults }, 'the stream waits and hands the same events on again');
        await this.#o.sleep(backoffMs({ baseMs: 100, maxMs: 5_000 }, this.#faults, this.#o.random) + 10, stop).catch(() => undefined);
      }
    }
  }

  async #turn(stop: AbortSignal): Promise<boolean> {
    const owned = this.#o.ownership.owned(this.name);
    if (owned.length === 0) return false;
    const first = owned.reduce((a, b) => (compareCursors(a.cursor, b.cursor) <= 0 ? a : b));
    const stretch = upToHalt(await this.#o.tail.read(first.cursor, first.recordedAtMs, this.#o.stream.batch ?? DEFAULT_BATCH), owned);
    if (compareCursors(stretch.upTo, first.cursor) <= 0) {
      await this.#flush(owned);
      return false;
    }
    const events = stretch.events.filter((event) => {
      const partition = owned.find((one) => event.slot >= one.slotFrom && event.slot <= one.slotTo);
      return partition !== undefined && compareCursors(event.cursor, partition.cursor) > 0 && this.#o.stream.wants(event);
    });
    if (events.length > 0) await this.#o.stream.handle(events, stop);
    const recordedAtMs = stretch.events.at(-1)?.recordedAtMs ?? 0;
    for (const one of owned) {
      if (compareCursors(one.cursor, stretch.upTo) >= 0) continue;
      one.cursor = stretch.upTo;
      one.recordedAtMs = Math.max(one.recordedAtMs, recordedAtMs);
      this.#dirty = true;
    }
    await this.#flush(owned);
    return true;
  }

  async #flush(owned: readonly Owned[]): Promise<void> {
    const now = this.#o.monotonicMs();
    if (!this.#dirty || now - this.#flushedAtMs < FLUSH_EVERY_MS) return;
    await moveCursors(this.#o.log.pool, owned.map((one) => ({ owned: one, cursor: one.cursor, recordedAtMs: one.recordedAtMs })));
    this.#dirty = false;
    this.#flushedAtMs = now;
  }
}
