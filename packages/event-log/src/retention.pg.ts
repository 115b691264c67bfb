/**
 * Retention: removes the events that are past the time of their topic, in short chunks, and drops the months that are empty.
 *
 * Never removed: what a reader or a replay has still to read, what has a row of `work` or of a table that the caller names, what is not
 * sealed, what is younger than 31 days, what has a topic that nobody knows, and any event by a process that somebody has taken over
 * from: that is asked in each transaction that removes events. Each chunk is one transaction that also writes how far its topics came,
 * so whoever is killed has lost nothing and the next one goes on. With an archive, events are in a file of it, written through to the
 * disk, before they are removed; a kill in between leaves them in two files, never in none.
 *
 * Writers wait for nothing: rows that are removed are touched by nobody else, a month is detached concurrently, and what cannot
 * have its lock within two seconds is left to the next run.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool } from 'pg';
import type { Tx } from './extension.ts';
import type { Archive } from './retention-archive.file.ts';
import { LOW_WATER } from './retention-low-water.pg.ts';
import { readMarks } from './retention-marks.pg.ts';
import type { Retention } from './retention.ts';
import { DAY_MS, endOfRetention, RETENTION } from './retention.ts';
import { dropEmptyMonths } from './retention-months.pg.ts';
import { ensurePartitions } from './schema.pg.ts';
import { timeOf } from './seal.ts';
import { run } from './statement.pg.ts';
import { inTransaction } from './transaction.pg.ts';

/** A table that is derived from events, or says something of them, with a rule of its own. */
export interface Derived {
  readonly table: string;
  /** Its primary key, in about the order of time. */
  readonly key: string;
  /** When a row was last of use. */
  readonly column: string;
  readonly days: number;
}

export interface RetentionOptions {
  readonly pool: Pool;
  /** Unix ms. */
  readonly nowMs: () => number;
  /** Default: the table of topics. */
  readonly retention?: Retention;
  /** Further tables with a column `event_id`, whose events stay. */
  readonly heldBy?: readonly string[];
  /** Beside the ledger. */
  readonly derived?: readonly Derived[];
  /** Takes what is removed; without one it is gone. */
  readonly archive?: Archive | undefined;
  /** Throws when another process does this by now, and otherwise keeps it from beginning until the transaction ends; asked in each transaction that removes events. */
  readonly held?: ((tx: Tx) => Promise<void>) | undefined;
  /** Points where a test may end the run: `retention.archived`, `retention.removed`, and those of the months. */
  readonly faults?: { hit(name: string): void | Promise<void> };
}

/** What one run did. */
export interface Retained {
  readonly removed: number;
  readonly kept: number;
  readonly months: readonly string[];
  /** Something that could go waits for a reader, a replay or the sealer. */
  readonly isWaiting: boolean;
}

/** Ids that are looked at in one statement. */
const CHUNK = 2_000;
/** Chunks that go into one file of the archive. */
const CHUNKS_OF_FILE = 20;
/** Content that is read for the archive at once. */
const CONTENT_BYTES = 8 * 1_048_576;
/** The ledger says why something was ignored: as long as an order may be asked for. */
const LEDGER: Derived = { table: 'ledger', key: 'id', column: 'recorded_at', days: 365 };

/** Topics whose events were removed up to the same time, and may be up to another one. */
interface Walk {
  readonly topics: readonly string[];
  readonly fromMs: number;
  readonly endMs: number;
}

/** Removes all that may go. Throws the reason of the signal between two chunks. */
export async function retain(options: RetentionOptions, signal: AbortSignal): Promise<Retained> {
  const { pool, nowMs } = options;
  await ensurePartitions(pool, nowMs());
  const one = new Run(options, signal);
  await one.again();
  for (const walk of await walksOf(options)) await one.walk(walk);
  await forgetRecords(options);
  for (const derived of [LEDGER, ...(options.derived ?? [])]) await removeDerived(pool, derived, nowMs(), signal);
  const months = await dropEmptyMonths({ pool, beforeMs: nowMs() - 31 * DAY_MS, signal, ...(options.faults !== undefined && { faults: options.faults }) });
  return { removed: one.removed, kept: one.kept, isWaiting: one.isWaiting, months };
}

/** From where to where each group of topics is walked. */
async function walksOf({ pool, nowMs, retention = RETENTION }: RetentionOptions): Promise<Walk[]> {
  const marks = await readMarks(pool);
  const { rows: [first] } = await pool.query('SELECT event_id FROM events ORDER BY event_id LIMIT 1');
  if (first === undefined) return [];
  const walks = new Map<string, Walk>();
  const now = nowMs();
  for (const topic of Object.keys(retention)) {
    const endMs = endOfRetention(retention, topic, now);
    const fromMs = marks.get(topic) ?? 0;
    if (endMs === undefined || fromMs >= endMs) continue;
    const key = `${fromMs} ${endMs}`;
    walks.set(key, { fromMs, endMs, topics: [...(walks.get(key)?.topics ?? []), topic] });
  }
  return [...walks.values()];
}

/** A stretch of time whose events of some topics go. */
interface Chunk {
  readonly endMs: number;
  /** What goes, and what something needs. */
  readonly ids: readonly string[];
  readonly held: readonly string[];
}

class Run {
  readonly #o: RetentionOptions;
  readonly #signal: AbortSignal;
  removed = 0;
  kept = 0;
  isWaiting = false;

  constructor(options: RetentionOptions, signal: AbortSignal) {
    this.#o = options;
    this.#signal = signal;
  }

  /** Removes the events of a walk, file by file and in each chunk by chunk. Ends where a reader or the sealer has not been. */
  async walk({ topics, fromMs, endMs }: Walk): Promise<void> {
    for (let at = fromMs; at < endMs; ) {
      const chunks: Chunk[] = [];
      for (let next = at; next < endMs && chunks.length < CHUNKS_OF_FILE; ) {
        const chunk = await this.#plan(topics, next, endMs);
        if (chunk === undefined) break;
        chunks.push(chunk);
        next = chunk.endMs;
      }
      const last = chunks.at(-1);
      if (last === undefined) return;
      await this.#archive(chunks.flatMap(({ ids }) => ids), `${topics[0] ?? ''}-${at}-${last.endMs}`);
      for (const chunk of chunks) await this.#remove(topics, chunk);
      at = last.endMs;
    }
  }

  /** The next chunk; undefined where the log cannot be removed any further now. */
  async #plan(topics: readonly string[], fromMs: number, endMs: number): Promise<Chunk | undefined> {
    this.#signal.throwIfAborted();
    const seen = await run(this.#o.pool, 'SELECT event_id FROM events WHERE event_id >= $1 AND event_id < $2 ORDER BY event_id LIMIT $3', [uuid7Floor(fromMs), uuid7Floor(endMs), CHUNK]);
    const lastMs = seen.rows.length < CHUNK ? endMs : timeOf(seen.rows.at(-1)?.event_id);
    // Whole milliseconds only: that is what a mark can say.
    const untilMs = Math.max(lastMs, fromMs + 1);
    const { rows } = await run(this.#o.pool,
      `SELECT e.event_id, ${this.#isHeld()} AS held, (e.epoch, e.txid, e.position) <= (l.epoch, l.txid, l.position) AS passed
       FROM (${LOW_WATER}) l, events e WHERE e.event_id >= $1 AND e.event_id < $2 AND e.topic = ANY ($3::text[]) ORDER BY e.event_id`,
      [uuid7Floor(fromMs), uuid7Floor(untilMs), topics],
    );
    if (rows.length === 0 && !(await this.#isSealed())) return undefined;
    const stop = rows.find(({ passed }) => !passed);
    if (stop !== undefined) this.isWaiting = true;
    const stopMs = stop === undefined ? untilMs : timeOf(stop.event_id);
    if (stopMs <= fromMs) return undefined;
    const going = rows.filter(({ event_id }) => timeOf(event_id) < stopMs);
    return {
      endMs: stopMs,
      ids: going.filter(({ held }) => !held).map(({ event_id }) => event_id), held: going.filter(({ held }) => held).map(({ event_id }) => event_id),
    };
  }

  async #isSealed(): Promise<boolean> {
    return (await run(this.#o.pool, LOW_WATER, [])).rows.length > 0;
  }

  #isHeld(): string {
    return ['work', ...(this.#o.heldBy ?? [])].map((table) => `EXISTS (SELECT 1 FROM ${table} h WHERE h.event_id = e.event_id)`).join(' OR ');
  }

  /** What is needed is looked at again under the lock that a change of the map takes; what is needed by now stays, and is noted. */
  async #remove(topics: readonly string[], { ids, held, endMs }: Chunk): Promise<void> {
    this.#signal.throwIfAborted();
    await inTransaction(this.#o.pool, async (tx) => {
      await tx.query("SET LOCAL lock_timeout = '2s'");
      await this.#o.held?.(tx);
      await tx.query('SELECT 1 FROM log_state FOR KEY SHARE');
      const gone = await this.#delete(tx, ids);
      const kept = [...held, ...ids.filter((id) => !gone.has(id))];
      if (kept.length > 0) {
        await run(tx, `INSERT INTO retention_kept (event_id, topic) SELECT event_id, topic FROM events WHERE event_id = ANY ($1::uuid[]) ON CONFLICT DO NOTHING`, [kept]);
      }
      await run(tx,
        `INSERT INTO retention_marks AS m (topic, removed_before_ms) SELECT unnest($1::text[]), $2
         ON CONFLICT (topic) DO UPDATE SET removed_before_ms = greatest(m.removed_before_ms, excluded.removed_before_ms)`, [topics.toSorted(), endMs],
      );
      this.removed += gone.size;
      this.kept += kept.length;
    });
    await this.#o.faults?.hit('retention.removed');
  }

  /**
   * Deletes those that nothing needs. A replay that does not run and would still have given one of them is marked: it cannot go on. Of the
   * events that its selection excludes by type, subject, correlation id or time none marks it; whether a pattern means an event is not judged here.
   */
  async #delete(tx: Pick<Pool, 'query'>, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const { rows } = await run(tx,
      `WITH gone AS (
         DELETE FROM events e USING (${LOW_WATER}) l
         WHERE e.event_id = ANY ($1::uuid[]) AND (e.epoch, e.txid, e.position) <= (l.epoch, l.txid, l.position) AND NOT (${this.#isHeld()})
         RETURNING e.event_id, e.epoch, e.txid, e.position, e.type, e.subject, e.correlation_id, (date_part('epoch', e.recorded_at) * 1000)::bigint AS recorded_ms)
       , overtaken AS (
         UPDATE replays r SET is_overtaken = true WHERE r.kind = 'events' AND r.state <> 'done' AND r.started_at IS NOT NULL AND NOT r.is_overtaken AND EXISTS (
           SELECT 1 FROM gone g WHERE (g.epoch, g.txid, g.position) > (r.epoch, r.txid, r.position) AND (r.until_txid IS NULL OR (g.epoch, g.txid) < (r.until_epoch, r.until_txid))
             AND coalesce(r.selection->'types' ? g.type, true) AND coalesce(r.selection->>'orderId' = g.subject, true)
             AND coalesce(lower(r.selection->>'correlationId') = g.correlation_id::text, true)
             AND coalesce(g.recorded_ms >= floor(extract(epoch FROM (r.selection->>'from')::timestamptz) * 1000), true)
             AND coalesce(g.recorded_ms < floor(extract(epoch FROM (r.selection->>'to')::timestamptz) * 1000), true)))
       SELECT event_id FROM gone`, [ids],
    );
    return new Set(rows.map(({ event_id }) => event_id));
  }

  /** Removes what was kept in earlier runs and is not needed any more. */
  async again(): Promise<void> {
    for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
      this.#signal.throwIfAborted();
      const { rows } = await run(this.#o.pool,
        `SELECT k.event_id, (e.event_id IS NULL) AS gone, (${this.#isHeld()}) AS held FROM retention_kept k LEFT JOIN events e USING (event_id) WHERE k.event_id > $1 ORDER BY k.event_id LIMIT ${CHUNK}`, [after],
      );
      const free = rows.filter(({ gone, held }) => !gone && !held).map(({ event_id }) => event_id as string);
      await this.#archive(free, `kept-${this.#o.nowMs()}`);
      await inTransaction(this.#o.pool, async (tx) => {
        await this.#o.held?.(tx);
        await tx.query('SELECT 1 FROM log_state FOR KEY SHARE');
        const deleted = await this.#delete(tx, free);
        this.removed += deleted.size;
        await run(tx, 'DELETE FROM retention_kept WHERE event_id = ANY ($1::uuid[])', [[...deleted, ...rows.filter(({ gone }) => gone).map(({ event_id }) => event_id)]]);
      });
      if (rows.length < CHUNK) return;
      after = rows.at(-1)?.event_id;
    }
  }

  /** Writes these events to a file of the archive, a few megabytes at a time. */
  async #archive(ids: readonly string[], name: string): Promise<void> {
    const { archive, pool, faults } = this.#o;
    if (archive === undefined || ids.length === 0) return;
    await archive.write(name, this.#lines(pool, ids));
    await faults?.hit('retention.archived');
  }

  async *#lines(pool: Pool, ids: readonly string[]): AsyncGenerator<string> {
    for (let index = 0; index < ids.length; index += CHUNK) {
      const part = ids.slice(index, index + CHUNK);
      const sizes = await run(pool, 'SELECT event_id, octet_length(data::text) AS bytes FROM events WHERE event_id = ANY ($1::uuid[]) ORDER BY event_id', [part]);
      for (const group of bySize(sizes.rows)) {
        this.#signal.throwIfAborted();
        const { rows } = await run(pool, 'SELECT row_to_json(e)::text AS line FROM events e WHERE event_id = ANY ($1::uuid[]) ORDER BY event_id', [group]);
        yield rows.map(({ line }) => `${line}\n`).join('');
      }
    }
  }
}

/** Ids in groups of about 8 MiB of content. */
function bySize(rows: readonly { readonly event_id: string; readonly bytes: number }[]): string[][] {
  const groups: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (bytes + row.bytes > CONTENT_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(row.event_id);
    bytes += row.bytes;
  }
  return groups;
}

/** A seal of which no event is left, and none may come back, keeps what its chain needs, and not the records. */
async function forgetRecords({ pool, retention = RETENTION }: RetentionOptions): Promise<void> {
  const marks = await readMarks(pool);
  const earliest = Math.min(...Object.keys(retention).map((topic) => marks.get(topic) ?? 0));
  for (let cleared = FORGOTTEN_AT_ONCE; cleared === FORGOTTEN_AT_ONCE; ) {
    const { rowCount } = await run(pool,
      `UPDATE seals SET records = NULL WHERE seal IN (
         SELECT s.seal FROM seals s WHERE s.records IS NOT NULL AND s.newest_ms < $1 AND NOT EXISTS (
           SELECT 1 FROM events e WHERE (e.epoch, e.txid, e.position) > (s.from_epoch, s.from_txid, s.from_position) AND (e.epoch, e.txid, e.position) <= (s.to_epoch, s.to_txid, s.to_position))
         LIMIT ${FORGOTTEN_AT_ONCE})`, [earliest],
    );
    cleared = rowCount ?? 0;
  }
}

const FORGOTTEN_AT_ONCE = 200;
const DERIVED_AT_ONCE = 1_000;

async function removeDerived(pool: Pool, { table, key, column, days }: Derived, nowMs: number, signal: AbortSignal): Promise<void> {
  for (let removed = DERIVED_AT_ONCE; removed === DERIVED_AT_ONCE; ) {
    signal.throwIfAborted();
    const { rowCount } = await run(pool,
      `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${column} < to_timestamp($1 / 1000.0) ORDER BY ${key} LIMIT ${DERIVED_AT_ONCE})`, [nowMs - days * DAY_MS],
    );
    removed = rowCount ?? 0;
  }
}
