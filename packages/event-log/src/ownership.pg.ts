/**
 * Which process reads which partitions: claimed with a fence, held by a beat, shared out evenly: with P
 * partitions and L live processes each has P / L, and those first by id one more where it does not divide.
 *
 * A process is gone when its beat is older than the lease, or, at once, when the session lock that it holds on its wake-up
 * connection is free. Its partitions are claimed under the next fence, and whatever it still tries to commit under the old one
 * is refused. A process that cannot beat stops on its own before the lease ends.
 */
import type { Pool } from 'pg';
import type { Cursor } from './event.ts';
import { run } from './statement.pg.ts';
import { inTransaction } from './transaction.pg.ts';

/** A partition that this process owns. The cursor moves as its reader moves. */
export interface Owned {
  readonly reader: string;
  readonly partition: number;
  readonly slotFrom: number;
  readonly slotTo: number;
  readonly fence: number;
  cursor: Cursor;
  recordedAtMs: number;
}

/** The fence has moved on: another process owns the partition, and this transaction must not commit. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';
  constructor(what: string) {
    super(`${what} belongs to another process now.`);
  }
}

export interface OwnershipOptions {
  readonly pool: Pool;
  readonly workerId: string;
  /** Second half of the key of the session lock that says this process lives. */
  readonly lockKey: number;
  readonly readers: readonly string[];
  readonly mapVersion: number;
  readonly leaseMs: number;
  readonly monotonicMs: () => number;
}

export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #owned = new Map<string, Owned[]>();
  /** When this process last knew that it may act, by its own steady clock. */
  #beatAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** The partitions of a reader that this process owns now; none when it may no longer act. */
  owned(reader: string): readonly Owned[] {
    return this.leaseLeftMs() > 0 ? (this.#owned.get(reader) ?? []) : [];
  }

  /** Milliseconds for which this process may still act. */
  leaseLeftMs(): number {
    return this.#beatAtMs + this.#options.leaseMs - this.#options.monotonicMs();
  }

  /** Forgets a reader's partitions, after a fence was found stale. The next beat claims what is free. */
  drop(reader: string): void {
    this.#owned.delete(reader);
  }

  /** Stops acting at once, for example when the connection with the session lock is lost. */
  suspend(): void {
    this.#beatAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Beats, buries the dead and claims what is free, up to the fair share. Returns the partitions that are new here, and those
   * that are above the share and should be given back.
   */
  async beat(): Promise<{ claimed: Owned[]; surplus: Owned[] }> {
    const { pool, workerId, lockKey, readers, leaseMs, monotonicMs } = this.#options;
    const startedAtMs = monotonicMs();
    const { claimed, shares } = await inTransaction(pool, async (client) => {
      await client.query(
        `INSERT INTO workers (worker_id, lock_key, readers, beat_at) VALUES ($1, $2, $3, clock_timestamp())
         ON CONFLICT (worker_id) DO UPDATE SET beat_at = excluded.beat_at`,
        [workerId, lockKey, readers],
      );
      // The holder of the session lock is seen in pg_locks; a fresh worker has a second to take it.
      await client.query(
        `DELETE FROM workers w WHERE w.worker_id <> $1 AND (w.beat_at < clock_timestamp() - $2 * interval '1 ms'
           OR (w.beat_at < clock_timestamp() - interval '1 second' AND NOT EXISTS (
             SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND l.classid = ${LOCK_CLASS} AND l.objid = w.lock_key AND l.objsubid = 2)))`,
        [workerId, leaseMs],
      );
      await this.#disown(client);
      const shares = await this.#shares(client);
      const claims: Owned[] = [];
      for (const reader of readers) claims.push(...(await this.#claim(client, reader, shares.get(reader) ?? 0)));
      return { claimed: claims, shares };
    });
    this.#beatAtMs = startedAtMs;
    for (const owned of claimed) this.#owned.set(owned.reader, [...(this.#owned.get(owned.reader) ?? []), owned]);
    return { claimed, surplus: await this.#surplus(shares) };
  }

  /** Frees what stands under this process's name but was dropped here: it is claimed anew, by whoever's share it is. */
  async #disown(client: Pick<Pool, 'query'>): Promise<void> {
    const held = [...this.#owned.values()].flat();
    await client.query(
      `UPDATE readers r SET owner = NULL WHERE r.owner = $1
         AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::integer[]) AS held(name, partition) WHERE held.name = r.name AND held.partition = r.partition)`,
      [this.#options.workerId, held.map((owned) => owned.reader), held.map((owned) => owned.partition)],
    );
  }

  /** How many partitions of each reader are this process's. */
  async #shares(client: Pick<Pool, 'query'>): Promise<ReadonlyMap<string, number>> {
    const { rows } = await client.query(
      `SELECT r.name, r.partitions / l.live + CASE WHEN l.rank <= r.partitions % l.live THEN 1 ELSE 0 END AS share
       FROM (SELECT name, count(*)::int AS partitions FROM readers GROUP BY name) r
       JOIN (SELECT reader, worker_id, count(*) OVER (PARTITION BY reader)::int AS live, row_number() OVER (PARTITION BY reader ORDER BY worker_id)::int AS rank
             FROM workers, unnest(readers) AS reader) l ON l.reader = r.name
       WHERE l.worker_id = $1`,
      [this.#options.workerId],
    );
    return new Map(rows.map((row) => [row.name, row.share]));
  }

  async #claim(client: Pick<Pool, 'query'>, reader: string, share: number): Promise<Owned[]> {
    const { workerId, mapVersion } = this.#options;
    const mine = (this.#owned.get(reader) ?? []).map((owned) => owned.partition);
    const { rows } = await client.query(
      `UPDATE readers r SET owner = $2, fence = fence + 1
       FROM (SELECT name, partition FROM readers f
             WHERE f.name = $1 AND f.map_version <= $3 AND NOT (f.partition = ANY ($5::integer[]))
               AND (f.owner IS NULL OR NOT EXISTS (SELECT 1 FROM workers w WHERE w.worker_id = f.owner))
             ORDER BY partition
             LIMIT greatest(0, $4::integer - cardinality($5::integer[]))
             FOR UPDATE SKIP LOCKED) free
       WHERE r.name = free.name AND r.partition = free.partition
       RETURNING r.partition, r.slot_from, r.slot_to, r.fence, r.epoch, r.txid::text, r.position, (extract(epoch FROM r.recorded_at) * 1000)::bigint AS recorded_ms`,
      [reader, workerId, mapVersion, share, mine],
    );
    return rows.map((row) => ({
      reader, partition: row.partition, slotFrom: row.slot_from, slotTo: row.slot_to, fence: Number(row.fence),
      cursor: { epoch: row.epoch, txid: Number(row.txid), position: Number(row.position) }, recordedAtMs: Number(row.recorded_ms),
    }));
  }

  /** Partitions above the fair share, and a look at whether the fences still stand. */
  async #surplus(shares: ReadonlyMap<string, number>): Promise<Owned[]> {
    const { rows } = await this.#options.pool.query(
      'SELECT name, array_agg(partition) FILTER (WHERE owner = $2) AS mine FROM readers WHERE name = ANY ($1::text[]) GROUP BY name',
      [this.#options.readers, this.#options.workerId],
    );
    const surplus: Owned[] = [];
    for (const row of rows) {
      const mine = new Set<number>(row.mine ?? []);
      const kept = (this.#owned.get(row.name) ?? []).filter((owned) => mine.has(owned.partition));
      this.#owned.set(row.name, kept);
      surplus.push(...kept.slice(shares.get(row.name) ?? 0));
    }
    return surplus;
  }

  /** Gives partitions back, cursors written, once nothing of them is under way any more. */
  async release(partitions: readonly Owned[]): Promise<void> {
    if (partitions.length === 0) return;
    for (const owned of partitions) {
      this.#owned.set(owned.reader, (this.#owned.get(owned.reader) ?? []).filter((other) => other !== owned));
    }
    await this.#options.pool.query(
      `UPDATE readers r SET owner = NULL, epoch = c.epoch, txid = c.txid, position = c.position, recorded_at = to_timestamp(c.recorded_ms / 1000.0)
       FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::integer[], $5::xid8[], $6::bigint[], $7::float8[]) AS c(name, partition, fence, epoch, txid, position, recorded_ms)
       WHERE r.name = c.name AND r.partition = c.partition AND r.fence = c.fence`,
      cursorColumns(partitions),
    );
  }

  /** Says goodbye: everything back, and no beat any more. */
  async leave(): Promise<void> {
    await this.release([...this.#owned.values()].flat());
    this.suspend();
    await this.#options.pool.query('DELETE FROM workers WHERE worker_id = $1', [this.#options.workerId]);
  }
}

/** First half of the two-part session lock by which a living process is known. */
export const LOCK_CLASS = 1_702_258_030;

function cursorColumns(partitions: readonly Owned[]): unknown[] {
  return [
    partitions.map((p) => p.reader), partitions.map((p) => p.partition), partitions.map((p) => p.fence), partitions.map((p) => p.cursor.epoch),
    partitions.map((p) => String(p.cursor.txid)), partitions.map((p) => p.cursor.position), partitions.map((p) => p.recordedAtMs),
  ];
}

/** Where a batch leaves its partitions. */
export interface Move {
  readonly owned: Owned;
  readonly cursor: Cursor;
  readonly recordedAtMs: number;
}

/** Moves cursors under their fences, in the caller's transaction or alone. Throws `StaleFence` when one does not stand. */
export async function moveCursors(tx: Pick<Pool, 'query'>, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const result = await run(tx, 
    `UPDATE readers r SET epoch = c.epoch, txid = c.txid, position = c.position, recorded_at = to_timestamp(c.recorded_ms / 1000.0)
     FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::integer[], $5::xid8[], $6::bigint[], $7::float8[]) AS c(name, partition, fence, epoch, txid, position, recorded_ms)
     WHERE r.name = c.name AND r.partition = c.partition AND r.fence = c.fence`,
    cursorColumns(moves.map((move) => ({ ...move.owned, cursor: move.cursor, recordedAtMs: move.recordedAtMs }))),
  );
  if (result.rowCount !== moves.length) throw new StaleFence(`A partition of the reader ${moves[0]?.owned.reader ?? ''}`);
}
