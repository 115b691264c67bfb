/**
 * Pure moves of cursors, past events that nobody here hears: they reach the table four times a second at most. A process that
 * dies before only passes the same events again.
 */
import type { Move, Owned } from './cursors.pg.ts';
import { applyMoves, moveCursors } from './cursors.pg.ts';
import type { ReaderOptions } from './reader-options.ts';

const EVERY_MS = 250;

type Given = Pick<ReaderOptions, 'log' | 'monotonicMs'>;

export class LazyMoves {
  readonly #o: Given;
  #dirty = false;
  #flushedAtMs = 0;

  constructor(options: Given) {
    this.#o = options;
  }

  advance(moves: readonly Move[]): void {
    applyMoves(moves);
    this.#dirty = true;
  }

  /** Writes where these stand, if it is time. Throws `StaleFence`. */
  async flush(partitions: () => readonly Owned[]): Promise<void> {
    const now = this.#o.monotonicMs();
    if (!this.#dirty || now - this.#flushedAtMs < EVERY_MS) return;
    await moveCursors(this.#o.log.pool, partitions().map((one) => ({ owned: one, cursor: one.cursor, recordedAtMs: one.recordedAtMs })));
    this.#dirty = false;
    this.#flushedAtMs = now;
  }
}
