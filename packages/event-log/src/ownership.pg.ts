/**
 * Which process reads which partitions: claimed with a fence, held by a beat, shared out evenly: with P
 * partitions and L live processes each has P / L, and those first by id one more where it does not divide.
 *
 * A process is gone when its beat is older than the lease, or, at once, when the session lock that it holds on its wake-up
 * connection is free. Its partitions are claimed under the next fence, and whatever it still tries to commit under the old one
 * is refused. A process that cannot beat stops on its own before the lease ends.
 */
import type { Pool } from 'pg';
import { refuseClock } from './clock.ts';
import type { Owned } from './cursors.pg.ts';
import { cursorColumns, haltOf, ownedOf } from './cursors.pg.ts';
import { LOCK_CLASSES } from './lock-classes.ts';
import { inTransaction } from './transaction.pg.ts';

export interface OwnershipOptions {
  readonly pool: Pool;
  readonly workerId: string;
  /** Second half of the key of the session lock that says this process lives. */
  readonly lockKey: number;
  readonly readers: readonly string[];
  readonly mapVersion: number;
  readonly leaseMs: number;
  readonly monotonicMs: () => number;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Something was dropped: a beat would claim it anew. */
  readonly onDropped: () => void;
}

interface Beat {
  /** New here. */
  readonly claimed: readonly Owned[];
  /** Above the share: to be given back. */
  readonly surplus: readonly Owned[];
  /** No other process reads. */
  readonly alone: boolean;
  /** Partitions that a newer map has taken from here, while no process with that map reads. */
  readonly abandoned: number;
}

const NO_BEAT: Beat = { claimed: [], surplus: [], alone: false, abandoned: 0 };

export class Ownership {
  readonly #options: OwnershipOptions;
  #owned = new Map<string, Owned[]>();
  #holdsLock = true;
  /** When this process last knew that it may act, by its own steady clock. */
  #beatAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** UUID of this process. */
  get workerId(): string {
    return this.#options.workerId;
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
    this.#options.onDropped();
  }

  /** Stops acting at once, because the connection with the session lock is lost. Beats count again after `lockHeld`. */
  suspend(): void {
    this.#holdsLock = false;
    this.#beatAtMs = Number.NEGATIVE_INFINITY;
  }

  /** The session lock is held (again). */
  lockHeld(): void {
    this.#holdsLock = true;
  }

  /**
   * Beats, buries the dead and claims what is free, up to the fair share. Returns the partitions that are new here, and those
   * that are above the share and should be given back, whether no other process reads, and how many partitions a newer map has taken from here that nobody has. What is owned, and that it may be acted upon, is taken over in one step
   * after the transaction has read it.
   */
  async beat(): Promise<Beat> {
    if (!this.#holdsLock) return NO_BEAT;
    const { pool, readers, mapVersion, monotonicMs } = this.#options;
    const startedAtMs = monotonicMs();
    const { rows, shares, alone, abandoned } = await inTransaction(pool, async (client) => {
      await this.#sayAlive(client);
      await this.#disown(client);
      const fair = await this.#shares(client);
      for (const reader of readers) await this.#claim(client, reader, fair.get(reader) ?? 0);
      const state = await client.query(
        `SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms, (SELECT count(*)::int FROM workers) AS workers,
           (SELECT count(*)::int FROM readers r WHERE r.owner IS NULL AND r.map_version > $1 AND NOT EXISTS (SELECT FROM workers w WHERE w.map_version >= r.map_version)) AS abandoned FROM log_state`,
        [mapVersion],
      );
      refuseClock(this.#options.nowMs(), Number(state.rows[0].now_ms));
      const mine = await client.query(
        `SELECT name, partition, slot_from, slot_to, fence, epoch, txid::text AS txid_text, position, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_ms, halt_epoch, halt_txid::text
         FROM readers WHERE owner = $1 ORDER BY name, partition`,
        [this.#options.workerId],
      );
      return { rows: mine.rows, shares: fair, alone: state.rows[0].workers === 1, abandoned: state.rows[0].abandoned as number };
    });
    if (!this.#holdsLock) return NO_BEAT;
    const claimed: Owned[] = [];
    const owned = new Map<string, Owned[]>();
    for (const row of rows) {
      const known = this.#owned.get(row.name)?.find((one) => one.partition === row.partition && one.fence === Number(row.fence));
      const one = known ?? ownedOf(row);
      one.halt = haltOf(row);
      if (known === undefined) claimed.push(one);
      owned.set(row.name, [...(owned.get(row.name) ?? []), one]);
    }
    this.#owned = owned;
    this.#beatAtMs = startedAtMs;
    return { claimed, alone, abandoned, surplus: [...owned].flatMap(([reader, partitions]) => partitions.slice(shares.get(reader) ?? 0)) };
  }

  async #sayAlive(client: Pick<Pool, 'query'>): Promise<void> {
    const { workerId, lockKey, readers, mapVersion, leaseMs } = this.#options;
    await client.query(
      `INSERT INTO workers (worker_id, lock_key, readers, map_version, beat_at) VALUES ($1, $2, $3, $4, clock_timestamp())
       ON CONFLICT (worker_id) DO UPDATE SET beat_at = excluded.beat_at`,
      [workerId, lockKey, readers, mapVersion],
    );
    // The holder of the session lock is seen in pg_locks; a fresh worker has a second to take it.
    await client.query(
      `DELETE FROM workers w WHERE w.worker_id <> $1 AND (w.beat_at < clock_timestamp() - $2 * interval '1 ms'
         OR (w.beat_at < clock_timestamp() - interval '1 second' AND NOT EXISTS (
           SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND l.classid = ${LOCK_CLASSES.workers} AND l.objid = w.lock_key AND l.objsubid = 2)))`,
      [workerId, leaseMs],
    );
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

  /** How many partitions of each reader are this process's; none while its map is not the newest. */
  async #shares(client: Pick<Pool, 'query'>): Promise<ReadonlyMap<string, number>> {
    const { rows } = await client.query(
      `SELECT r.name, r.partitions / l.live + CASE WHEN l.rank <= r.partitions % l.live THEN 1 ELSE 0 END AS share
       FROM (SELECT name, count(*)::int AS partitions FROM readers GROUP BY name) r
       JOIN (SELECT reader, worker_id, count(*) OVER (PARTITION BY reader)::int AS live, row_number() OVER (PARTITION BY reader ORDER BY worker_id)::int AS rank
             FROM workers, unnest(readers) AS reader WHERE map_version = (SELECT map_version FROM log_state)) l ON l.reader = r.name
       WHERE l.worker_id = $1`,
      [this.#options.workerId],
    );
    return new Map(rows.map((row) => [row.name, row.share]));
  }

  async #claim(client: Pick<Pool, 'query'>, reader: string, share: number): Promise<void> {
    const { workerId, mapVersion } = this.#options;
    await client.query(
      `UPDATE readers r SET owner = $2, fence = fence + 1
       FROM (SELECT name, partition FROM readers f
             WHERE f.name = $1 AND f.map_version <= $3 AND f.owner IS DISTINCT FROM $2
               AND (f.owner IS NULL OR NOT EXISTS (SELECT 1 FROM workers w WHERE w.worker_id = f.owner))
             ORDER BY partition
             LIMIT greatest(0, $4::integer - (SELECT count(*) FROM readers WHERE name = $1 AND owner = $2))
             FOR UPDATE SKIP LOCKED) free
       WHERE r.name = free.name AND r.partition = free.partition`,
      [reader, workerId, mapVersion, share],
    );
  }

  /** Gives partitions back, cursors written, once nothing of them is under way any more. */
  async release(partitions: readonly Owned[]): Promise<void> {
    if (partitions.length === 0) return;
    for (const owned of partitions) {
      this.#owned.set(owned.reader, (this.#owned.get(owned.reader) ?? []).filter((other) => other !== owned));
    }
    // The table may be further than the memory: a commit whose answer was lost. It never moves back.
    await this.#options.pool.query(
      `UPDATE readers r SET owner = NULL,
         epoch = CASE WHEN c.further THEN c.epoch ELSE r.epoch END, txid = CASE WHEN c.further THEN c.txid ELSE r.txid END,
         position = CASE WHEN c.further THEN c.position ELSE r.position END, recorded_at = CASE WHEN c.further THEN to_timestamp(c.recorded_ms / 1000.0) ELSE r.recorded_at END
       FROM (SELECT m.*, (m.epoch, m.txid, m.position) > (o.epoch, o.txid, o.position) AS further
             FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::integer[], $5::xid8[], $6::bigint[], $7::float8[]) AS m(name, partition, fence, epoch, txid, position, recorded_ms)
             JOIN readers o ON o.name = m.name AND o.partition = m.partition AND o.fence = m.fence) c
       WHERE r.name = c.name AND r.partition = c.partition AND r.fence = c.fence`,
      cursorColumns(partitions),
    );
  }

  /** Says goodbye: everything back, and no beat any more. */
  async leave(): Promise<void> {
    await this.release([...this.#owned.values()].flat());
    this.#beatAtMs = Number.NEGATIVE_INFINITY;
    await this.#options.pool.query('DELETE FROM workers WHERE worker_id = $1', [this.#options.workerId]);
  }
}
