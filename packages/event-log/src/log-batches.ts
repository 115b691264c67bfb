/**
 * The next events of the log for the partitions that this process owns: read, handled in one transaction, cursors moved to the
 * last one that was seen, whether it was for this extension or not.
 */
import type { BatchCommits } from './batch-commits.ts';
import type { Item } from './batch-items.ts';
import { batchOf, isNewTo, itemOf } from './batch-items.ts';
import type { CatchUps } from './catch-ups.ts';
import type { Move, Owned } from './cursors.pg.ts';
import { upToHalt } from './cursors.pg.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors } from './event.ts';
import { LazyMoves } from './lazy-moves.ts';
import type { ReaderOptions } from './reader-options.ts';

const STRETCH = 500;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'activeFrom' | 'tail' | 'monotonicMs'>;

export class LogBatches {
  readonly #o: Given;
  readonly #commits: BatchCommits;
  readonly #catchUps: CatchUps;
  readonly #lazy: LazyMoves;
  /** The last batch left something of what was read, or more may follow at once. */
  hasMore = false;

  constructor(options: Given, parts: { readonly commits: BatchCommits; readonly catchUps: CatchUps }) {
    this.#o = options;
    this.#commits = parts.commits;
    this.#catchUps = parts.catchUps;
    this.#lazy = new LazyMoves(options);
  }

  /** Handles the next stretch. True when there was one. */
  async next(owned: readonly Owned[]): Promise<boolean> {
    this.hasMore = false;
    const first = owned.reduce((a, b) => (compareCursors(a.cursor, b.cursor) <= 0 ? a : b));
    const stretch = upToHalt(await this.#o.tail.read(first.cursor, first.recordedAtMs, STRETCH), owned);
    if (compareCursors(stretch.upTo, first.cursor) <= 0) return false;
    const batch = batchOf(stretch, (event) => this.#itemOf(owned, event), this.#commits.most);
    const moves = (upTo: Cursor, recordedAtMs: number): Move[] => movesOf(owned, upTo, recordedAtMs);
    if (batch.items.length > 0) await this.#commits.handle(batch, moves);
    else this.#lazy.advance(moves(batch.upTo, batch.recordedAtMs));
    this.hasMore = compareCursors(batch.upTo, stretch.upTo) < 0 || stretch.events.length >= STRETCH || stretch.full === true;
    return true;
  }

  /** Writes cursors that moved past events without an effect. */
  async flush(owned: readonly Owned[]): Promise<void> {
    await this.#lazy.flush(() => owned);
  }

  #itemOf(owned: readonly Owned[], event: StoredEvent): Item | undefined {
    const partition = owned.find((one) => isNewTo(one, event));
    return partition === undefined ? undefined : itemOf(this.#o, partition, event, this.#hears);
  }

  readonly #hears = (name: string, event: StoredEvent, partition: Owned): boolean => {
    const from = this.#o.activeFrom.get(name);
    const active = from === undefined || event.cursor.epoch > from.epoch || (event.cursor.epoch === from.epoch && event.cursor.txid >= from.txid);
    return active && !this.#catchUps.isBehind(partition, name);
  };
}

function movesOf(owned: readonly Owned[], upTo: Cursor, recordedAtMs: number): Move[] {
  return owned
    .filter((one) => compareCursors(one.cursor, upTo) < 0)
    .map((one) => ({ owned: one, cursor: upTo, recordedAtMs: Math.max(one.recordedAtMs, recordedAtMs) }));
}
