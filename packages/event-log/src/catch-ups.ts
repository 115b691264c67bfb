/**
 * Handlers that hear the log from its beginning. Until such a handler has come to where its partition's shared cursor stands,
 * it has a cursor of its own, a row of `readers` under the handler's name, and the shared one passes its events by. Where the
 * two meet, the row goes, and from there on the handler hears with the others. So it hears every event once, and each subject
 * in its order; those that heard the past already hear nothing again.
 *
 * Nobody claims these rows: they belong to whoever owns the partition. Every move of one also writes the shared cursor, which
 * holds the partition's fence and makes that the two meet in the table as they meet in memory.
 */
import type { BatchCommits } from './batch-commits.ts';
import { batchOf, isNewTo, itemOf } from './batch-items.ts';
import type { Move, Owned } from './cursors.pg.ts';
import { endCursor, loadCursors, moveCursors } from './cursors.pg.ts';
import type { Cursor } from './event.ts';
import { compareCursors } from './event.ts';
import { LazyMoves } from './lazy-moves.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { Stretch } from './fetch.pg.ts';
import { inTransaction } from './transaction.pg.ts';

const STRETCH = 2_000;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'tail' | 'monotonicMs' | 'logger'>;

export class CatchUps {
  readonly #o: Given;
  readonly #commits: BatchCommits;
  readonly #lazy: LazyMoves;
  /** Per partition, the cursors of its handlers that are behind. */
  readonly #behind = new Map<Owned, readonly Owned[]>();

  constructor(options: Given, commits: BatchCommits) {
    this.#o = options;
    this.#commits = commits;
    this.#lazy = new LazyMoves(options);
  }

  /** The handlers of a partition that are behind, as the table has them. Changes nothing. */
  async load(partition: Owned): Promise<readonly Owned[]> {
    const { handlers, effects } = this.#o.mapped.extension;
    return loadCursors(this.#o.log.pool, [...Object.keys(handlers), ...Object.keys(effects)], partition.partition);
  }

  takeIn(partition: Owned, behind: readonly Owned[]): void {
    if (behind.length > 0) this.#behind.set(partition, behind);
  }

  forget(partition: Owned): void {
    this.#behind.delete(partition);
  }

  /** True while the shared cursor passes by the events of this handler. */
  isBehind(partition: Owned, handler: string): boolean {
    return this.#behind.get(partition)?.some((one) => one.reader === handler) ?? false;
  }

  /** One stretch of the past for each handler that is behind. True when there was one. */
  async step(partitions: readonly Owned[]): Promise<boolean> {
    let busy = false;
    for (const partition of partitions) {
      for (const own of this.#behind.get(partition) ?? []) busy = (await this.#stepOne(partition, own)) || busy;
    }
    if (this.#behind.size > 0) await this.#lazy.flush(() => partitions.flatMap((one) => [one, ...(this.#behind.get(one) ?? [])]));
    return busy;
  }

  async #stepOne(partition: Owned, own: Owned): Promise<boolean> {
    const left = compareCursors(partition.cursor, own.cursor);
    if (left === 0) await this.#join(partition, own);
    if (left <= 0) return left === 0;
    const stretch = upToShared(await this.#o.tail.read(own.cursor, own.recordedAtMs, STRETCH), partition.cursor);
    if (compareCursors(stretch.upTo, own.cursor) <= 0) return false;
    const batch = batchOf(
      stretch, (event) => (isNewTo(own, event) ? itemOf(this.#o, partition, event, (name) => name === own.reader) : undefined), this.#commits.most,
    );
    if (batch.items.length > 0) await this.#commits.handle(batch, (upTo, recordedAtMs) => [moveTo(own, upTo, recordedAtMs), stay(partition)]);
    else this.#lazy.advance([moveTo(own, batch.upTo, batch.recordedAtMs)]);
    return true;
  }

  /** Both stand at the same place, and so does the table after this: the handler hears with the others. */
  async #join(partition: Owned, own: Owned): Promise<void> {
    await inTransaction(this.#o.log.pool, async (tx) => {
      await moveCursors(tx, [stay(partition)]);
      await endCursor(tx, own);
    });
    this.#behind.set(partition, (this.#behind.get(partition) ?? []).filter((one) => one !== own));
    if (this.#behind.get(partition)?.length === 0) this.#behind.delete(partition);
    this.#o.logger.info({ reader: this.#o.mapped.extension.name, handler: own.reader, partition: own.partition }, 'the handler has heard the past and hears with the others from here on');
  }
}

function moveTo(own: Owned, cursor: Cursor, recordedAtMs: number): Move {
  return { owned: own, cursor, recordedAtMs: Math.max(own.recordedAtMs, recordedAtMs) };
}

function stay(partition: Owned): Move {
  return moveTo(partition, partition.cursor, partition.recordedAtMs);
}

/** What comes after the shared cursor is not the past. */
function upToShared(stretch: Stretch, shared: Cursor): Stretch {
  if (compareCursors(stretch.upTo, shared) <= 0) return stretch;
  return { events: stretch.events.filter((event) => compareCursors(event.cursor, shared) <= 0), upTo: shared };
}
