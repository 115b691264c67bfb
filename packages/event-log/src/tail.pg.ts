/**
 * The tail of the log, fetched once per process and shared by all its readers.
 *
 * A row counts only below the snapshot horizon: every transaction that could still commit an earlier one has ended. Rows
 * above the horizon make the tail look again after 1, 2, 4 … 25 ms, for the transaction that held it may end silently.
 * The ring is bounded; a reader that stands before it fetches for itself until it has caught up.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import pg from 'pg';
import type { Pool } from 'pg';
import type { Sleep } from './backoff.ts';
import { Bell } from './backoff.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors } from './event.ts';
import { run } from './statement.pg.ts';
import { EVENT_COLUMN_COUNT, eventColumns, storedEvent } from './events.pg.ts';

/** A stretch of the log after some cursor. */
export interface Stretch {
  readonly events: readonly StoredEvent[];
  /** Everything up to here was seen. */
  readonly upTo: Cursor;
}

interface Fetched extends Stretch {
  readonly full: boolean;
  /** Rows stand above the horizon. */
  readonly pending: boolean;
}

const FETCH_ROWS = 1000;
const RING_ROWS = 10_000;
const DAY_MS = 86_400_000;
/** Deduplication reaches 30 days back, so an id is never older than this before the row it belongs to. */
const PRUNE_MS = 31 * DAY_MS;
/** And never younger than a day after now; a day more for clocks that differ. */
const AHEAD_MS = 2 * DAY_MS;
/** Under load one fetch serves the commits of this time. */
const COALESCE_MS = 2;
/** The net under the wake-ups. */
const POLL_MS = 250;

/**
 * The connections of the tail. Its statements are planned once, for any cursor, and only the way along the index is allowed: a
 * plan that was made while the table was small would read all of it later, and planning anew for each cursor costs more than
 * the fetch. Both parts of the statement ask for the order of that index, so that no other one will do.
 */
export function tailPool(databaseUrl: string): Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl, max: 2, application_name: 'event-log tail', connectionTimeoutMillis: 5_000, query_timeout: 10_000, keepAlive: true,
    options: '-c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off -c enable_incremental_sort=off -c plan_cache_mode=force_generic_plan',
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())';
/** Ids outside these bounds are in no partition that the reader needs. */
const PRUNE = 'event_id >= $4::uuid AND event_id < $5::uuid';

/** `$1` epoch of the cursor, `$2` its txid, `$3` its position. Within one epoch the index has an end as well as a beginning. */
function fetchStatement(epoch: number, sameEpoch: boolean, rows: number): string {
  const after = sameEpoch
    ? `epoch = ${epoch} AND epoch = $1::integer AND (txid, position) > ($2::xid8, $3::bigint) AND txid < ${HORIZON}`
    : `(epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND (epoch < ${epoch} OR txid < ${HORIZON})`;
  return `(SELECT true AS below, ${eventColumns()} FROM events WHERE ${after} AND ${PRUNE} ORDER BY events.epoch, events.txid, events.position LIMIT ${rows})
     UNION ALL
     (SELECT false, event_id${', NULL'.repeat(EVENT_COLUMN_COUNT - 1)} FROM events WHERE epoch = ${epoch} AND txid >= ${HORIZON} AND ${PRUNE} ORDER BY events.epoch, events.txid, events.position LIMIT 1)`;
}

/** Rows after `from`, below the horizon, at most `rows` of them. */
export async function fetchAfter(pool: Pool, epoch: number, from: Cursor, recordedAtMs: number, rows: number, nowMs: number): Promise<Fetched> {
  const result = await run(pool, fetchStatement(epoch, from.epoch === epoch, rows), [
    from.epoch, String(from.txid), from.position, uuid7Floor(recordedAtMs - PRUNE_MS), uuid7Floor(nowMs + AHEAD_MS),
  ]);
  const pending = result.rows.at(-1)?.below === false;
  const events = (pending ? result.rows.slice(0, -1) : result.rows).map(storedEvent);
  return { events, upTo: events.at(-1)?.cursor ?? from, full: events.length === rows, pending };
}

export class Tail {
  readonly #pool: Pool;
  readonly #epoch: number;
  readonly #bell: Bell;
  readonly #onAdvance: () => void;
  readonly #onFault: (error: unknown) => void;
  readonly #sleep: Sleep;
  readonly #nowMs: () => number;
  /** Everything after `#start` up to `#end`. */
  #ring: StoredEvent[] = [];
  #start: Cursor;
  #end: Cursor;
  #recordedAtMs: number;

  constructor(options: {
    pool: Pool; epoch: number; start: Cursor; startRecordedAtMs: number; sleep: Sleep; nowMs: () => number; onAdvance: () => void; onFault: (error: unknown) => void;
  }) {
    this.#pool = options.pool;
    this.#epoch = options.epoch;
    this.#bell = new Bell(options.sleep);
    this.#sleep = options.sleep;
    this.#nowMs = options.nowMs;
    this.#onAdvance = options.onAdvance;
    this.#onFault = options.onFault;
    this.#start = options.start;
    this.#end = options.start;
    this.#recordedAtMs = options.startRecordedAtMs;
  }

  /** Something was committed somewhere. */
  readonly poke = (): void => this.#bell.ring();

  /** The end of what is known. */
  get end(): Cursor {
    return this.#end;
  }

  /** Reads ahead until the signal ends it. */
  async run(signal: AbortSignal): Promise<void> {
    let waitMs = POLL_MS;
    while (!signal.aborted) {
      try {
        const fetched = await fetchAfter(this.#pool, this.#epoch, this.#end, this.#recordedAtMs, FETCH_ROWS, this.#nowMs());
        if (fetched.events.length > 0) this.#take(fetched);
        if (fetched.full) continue;
        if (fetched.events.length > 0) await this.#sleep(COALESCE_MS, signal).catch(() => undefined);
        if (!fetched.pending) waitMs = POLL_MS;
        else waitMs = fetched.events.length > 0 || waitMs === POLL_MS ? 1 : Math.min(waitMs * 2, 25);
      } catch (error) {
        this.#onFault(error);
        waitMs = POLL_MS;
      }
      await this.#bell.wait(waitMs, signal);
    }
  }

  #take(fetched: Fetched): void {
    this.#ring.push(...fetched.events);
    this.#end = fetched.upTo;
    this.#recordedAtMs = fetched.events.at(-1)?.recordedAtMs ?? this.#recordedAtMs;
    // Dropped in halves, so that the copying is paid rarely.
    if (this.#ring.length > RING_ROWS) {
      const dropped = this.#ring.splice(0, this.#ring.length - RING_ROWS / 2);
      this.#start = dropped.at(-1)?.cursor ?? this.#start;
    }
    this.#onAdvance();
  }

  /** The next events after `from`: out of the ring, or by a fetch of its own for a reader that is behind it. */
  async read(from: Cursor, recordedAtMs: number, rows: number): Promise<Stretch> {
    if (compareCursors(from, this.#start) >= 0) return this.#fromRing(from, rows);
    const start = this.#start;
    const fetched = await fetchAfter(this.#pool, this.#epoch, from, recordedAtMs, rows, this.#nowMs());
    // A fetch that was not full has seen all there is, so it reaches at least to where the ring begins.
    if (fetched.full || compareCursors(fetched.upTo, start) >= 0) return fetched;
    return { events: fetched.events, upTo: start };
  }

  #fromRing(from: Cursor, rows: number): Stretch {
    let low = 0;
    let high = this.#ring.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const event = this.#ring[middle];
      if (event !== undefined && compareCursors(event.cursor, from) <= 0) low = middle + 1;
      else high = middle;
    }
    const events = this.#ring.slice(low, low + rows);
    return { events, upTo: events.at(-1)?.cursor ?? from };
  }
}
