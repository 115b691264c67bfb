/**
 * Figures of a log that are the same from whichever process they are asked: what waits, what was given up, how far each reader is, how
 * old the oldest open transaction is, whether the log is sealed and cleared, how many events there are, and how many came lately.
 *
 * Promise: what is asked is bounded by what is open or new, not by the size of the log.
 */
import type { Pool } from 'pg';
import type { Cursor } from './event.ts';
import { START } from './event.ts';
import type { Tx } from './extension.ts';
import { withGenericPlans } from './generic-plans.pg.ts';
import { lowest } from './history.pg.ts';
import { endOfRetention, RETENTION } from './retention.ts';
import { STANDING } from './retention-low-water.pg.ts';
import { readMarks } from './retention-marks.pg.ts';
import { timeOf } from './seal.ts';
import { run } from './statement.pg.ts';

/** Rows of `work` of one reader in one state. */
export interface WorkCount {
  readonly reader: string;
  readonly state: 'ready' | 'waiting' | 'behind' | 'dead';
  readonly rows: number;
  /** Since when the one that is due longest has been due; 0 when none is. Of what is ready. */
  readonly oldestDueSeconds: number;
}

export interface ReaderLag {
  readonly reader: string;
  /** Since the first event that one of its partitions has not passed was recorded; 0 when there is none. */
  readonly lagSeconds: number;
  /** Partitions that no process owns. */
  readonly unowned: number;
  /** Of them, those that a newer map has taken from processes which still live, while no process with that map reads. */
  readonly withoutSuccessor: number;
}

/** Whether a log is kept as it should be. */
export interface Keeping {
  /** Since the first event that no seal holds was recorded; 0 when there is none. */
  readonly unsealedSeconds: number;
  /** Since the first seal of which no signed head speaks was made; 0 when there is none, and where no head was ever signed. */
  readonly unsignedSeconds: number;
  /** By how much what is removed is behind its retention, of the topic where that is most; a run each hour makes it 0. */
  readonly retentionBehindSeconds: number;
  /** Before whom nothing is removed: `sealing`, or the one that stands furthest back, such as `reader orders` or `a replay`. `nobody` while nothing is sealed. */
  readonly retentionWaitsFor: string;
}

export interface LogFigures {
  readonly work: readonly WorkCount[];
  readonly dead: readonly { readonly handler: string; readonly rows: number }[];
  readonly readers: readonly ReaderLag[];
  /** Age of the oldest transaction that has written: readers stop before it. Of other roles only what the database shows this one. */
  readonly horizonAgeSeconds: number;
  readonly keeping: Keeping;
}

const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())';

export async function readLogFigures(pool: Pool): Promise<LogFigures> {
  return withGenericPlans(pool, async (tx) => ({ work: await readWork(tx), dead: await readDead(tx), readers: await readLags(tx), horizonAgeSeconds: await readHorizonAge(tx), keeping: await readKeeping(tx) }));
}

async function readWork(tx: Tx): Promise<WorkCount[]> {
  const { rows } = await run(tx,
    `SELECT reader, state, count(*)::integer AS rows, greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE state = 'ready')), 0))::float8 AS oldest
     FROM work GROUP BY reader, state ORDER BY reader, state`, []);
  return rows.map((row) => ({ reader: row.reader, state: row.state, rows: row.rows, oldestDueSeconds: row.oldest }));
}

async function readDead(tx: Tx): Promise<{ handler: string; rows: number }[]> {
  const { rows } = await run(tx, "SELECT handler, count(*)::integer AS rows FROM work WHERE state = 'dead' GROUP BY handler ORDER BY handler", []);
  return rows.map((row) => ({ handler: row.handler, rows: row.rows }));
}

async function readLags(tx: Tx): Promise<ReaderLag[]> {
  const { rows } = await run(tx,
    `SELECT r.name, coalesce(max(extract(epoch FROM clock_timestamp() - n.recorded_at)), 0)::float8 AS lag, count(*) FILTER (WHERE r.owner IS NULL)::integer AS unowned,
       count(*) FILTER (WHERE r.owner IS NULL AND r.map_version > w.newest)::integer AS without_successor
     FROM readers r LEFT JOIN LATERAL (
       SELECT e.recorded_at FROM events e WHERE (e.epoch, e.txid, e.position) > (r.epoch, r.txid, r.position) ORDER BY e.epoch, e.txid, e.position LIMIT 1) n ON true
     CROSS JOIN (SELECT max(map_version) AS newest FROM workers) w
     GROUP BY r.name ORDER BY r.name`, []);
  return rows.map((row) => ({ reader: row.name, lagSeconds: Math.max(0, row.lag), unowned: row.unowned, withoutSuccessor: row.without_successor }));
}

async function readHorizonAge(tx: Tx): Promise<number> {
  const { rows: [row] } = await run(tx,
    `SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(began)), 0))::float8 AS age FROM (
       SELECT xact_start AS began FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
       UNION ALL SELECT prepared FROM pg_prepared_xacts) AS open`, []);
  return row.age;
}

async function readKeeping(tx: Tx): Promise<Keeping> {
  const { rows: [row] } = await run(tx,
    `WITH sealed AS (SELECT coalesce(s.epoch, 0) AS epoch, coalesce(s.txid, '0') AS txid, coalesce(s.position, 0) AS position FROM (SELECT) one
       LEFT JOIN (SELECT to_epoch AS epoch, to_txid AS txid, to_position AS position FROM seals ORDER BY seal DESC LIMIT 1) s ON true)
     , seconds AS (SELECT
         (SELECT clock_timestamp() - e.recorded_at FROM events e, sealed s WHERE (e.epoch, e.txid, e.position) > (s.epoch, s.txid, s.position) ORDER BY e.epoch, e.txid, e.position LIMIT 1) AS unsealed,
         (SELECT clock_timestamp() - s.sealed_at FROM seals s WHERE s.seal > (SELECT max(h.seal) FROM seal_heads h) ORDER BY s.seal LIMIT 1) AS unsigned)
     SELECT greatest(0, coalesce(extract(epoch FROM unsealed), 0))::float8 AS unsealed, greatest(0, coalesce(extract(epoch FROM unsigned), 0))::float8 AS unsigned, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
       (SELECT event_id FROM events ORDER BY event_id LIMIT 1) AS first_id, (SELECT p.what FROM (${STANDING}) p WHERE EXISTS (SELECT 1 FROM seals) ORDER BY p.epoch, p.txid, p.position LIMIT 1) AS waits_for
     FROM seconds`, []);
  const marks = await readMarks(tx);
  const firstMs = row.first_id === null ? row.now_ms : timeOf(row.first_id);
  const behind = Object.keys(RETENTION).map((topic) => (endOfRetention(RETENTION, topic, row.now_ms) ?? 0) - Math.max(marks.get(topic) ?? 0, firstMs));
  return { unsealedSeconds: row.unsealed, unsignedSeconds: row.unsigned, retentionBehindSeconds: Math.max(0, ...behind) / 1_000, retentionWaitsFor: row.waits_for ?? 'nobody' };
}

/** Every event that was ever appended, those that are past their retention too: what was sealed, and what came since. */
export async function countEvents(pool: Pool): Promise<number> {
  return withGenericPlans(pool, async (tx) => {
    const { rows: [sealed] } = await run(tx, 'SELECT total, to_epoch, to_txid::text, to_position FROM seals ORDER BY seal DESC LIMIT 1', []);
    const from: Cursor = sealed === undefined ? START : { epoch: sealed.to_epoch, txid: Number(sealed.to_txid), position: Number(sealed.to_position) };
    const { rows: [since] } = await run(tx, 'SELECT count(*) AS events FROM events WHERE (epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint)', placeOf(from));
    return Number(sealed?.total ?? 0) + Number(since.events);
  });
}

/** The last event below the horizon. */
export async function lastPlace(tx: Pick<Pool, 'query'>, epoch: number): Promise<{ readonly cursor: Cursor; readonly recordedAtMs: number }> {
  const { rows: [row] } = await run(tx,
    `SELECT epoch, txid::text, position, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_ms FROM events
     WHERE epoch < $1::integer OR txid < ${HORIZON} ORDER BY events.epoch DESC, events.txid DESC, events.position DESC LIMIT 1`, [epoch]);
  if (row === undefined) return { cursor: START, recordedAtMs: 0 };
  return { cursor: { epoch: row.epoch, txid: Number(row.txid), position: Number(row.position) }, recordedAtMs: Number(row.recorded_ms) };
}

const WINDOW_MS = 60_000;
const BUCKET_MS = 100;
/** Processes judge by the clock of the database, and a row is a little older than its commit. */
const KEPT_MS = 2 * WINDOW_MS;

/** Of one type: those of this service, and those of others. */
export interface TypeCount {
  own: number;
  foreign: number;
}

/** Counts the events of the last minute, whoever has appended them. Each is counted once: the next look goes on where the last one ended, or a minute before now. */
export class EventWindow {
  readonly #pool: Pool;
  readonly #epoch: number;
  #from: { readonly cursor: Cursor; readonly atMs: number } | undefined;
  /** Events by the tenth of a second in which they were recorded, and by type. */
  readonly #buckets = new Map<number, Map<string, TypeCount>>();
  #looking: Promise<ReadonlyMap<string, TypeCount>> | undefined;

  constructor(pool: Pool, epoch: number) {
    this.#pool = pool;
    this.#epoch = epoch;
  }

  /** Events that were recorded in the last 60 s and are below the horizon. */
  async count(): Promise<number> {
    let events = 0;
    for (const { own, foreign } of (await this.byType()).values()) events += own + foreign;
    return events;
  }

  /** The same by type; one that was not told is left out. Whoever asks meanwhile gets the same look. */
  byType(): Promise<ReadonlyMap<string, TypeCount>> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
  }

  async #look(): Promise<ReadonlyMap<string, TypeCount>> {
    const nowMs = await withGenericPlans(this.#pool, async (tx) => {
      const { rows: [clock] } = await run(tx, 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms', []);
      const before = this.#from !== undefined && clock.now_ms - this.#from.atMs < WINDOW_MS ? this.#from.cursor : undefined;
      if (before === undefined) this.#buckets.clear();
      const from = before ?? (await lowest(tx, clock.now_ms - WINDOW_MS));
      const { cursor: upTo } = await lastPlace(tx, this.#epoch);
      const { rows } = await run(tx,
        `SELECT floor(extract(epoch FROM recorded_at) * ${1_000 / BUCKET_MS})::bigint AS at, type, count(*) FILTER (WHERE origin = 'own')::integer AS own, count(*) FILTER (WHERE origin = 'foreign')::integer AS others FROM events
         WHERE (epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND (epoch, txid, position) <= ($4::integer, $5::xid8, $6::bigint) GROUP BY 1, 2`,
        [...placeOf(from), ...placeOf(upTo)]);
      for (const row of rows) {
        const at = Number(row.at);
        let types = this.#buckets.get(at);
        if (types === undefined) this.#buckets.set(at, (types = new Map()));
        addCount(types, row.type, { own: row.own, foreign: row.others });
      }
      this.#from = { cursor: upTo, atMs: clock.now_ms };
      return clock.now_ms as number;
    });
    const [oldest, first] = [(nowMs - KEPT_MS) / BUCKET_MS, (nowMs - WINDOW_MS) / BUCKET_MS];
    const counts = new Map<string, TypeCount>();
    for (const [at, types] of this.#buckets) {
      if (at < oldest) this.#buckets.delete(at);
      if (at >= first) for (const [type, count] of types) addCount(counts, type, count);
    }
    return counts;
  }
}

function addCount(counts: Map<string, TypeCount>, type: string, { own, foreign }: TypeCount): void {
  const count = counts.get(type);
  if (count === undefined) counts.set(type, { own, foreign });
  else [count.own, count.foreign] = [count.own + own, count.foreign + foreign];
}

function placeOf({ epoch, txid, position }: Cursor): [number, string, number] {
  return [epoch, String(txid), position];
}
