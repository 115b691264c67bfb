/**
 * The tail of the log, fetched once per process and shared by all its readers.
 *
 * A row counts only below the snapshot horizon: every transaction that could still commit an earlier one has ended. Rows
 * above the horizon make the tail look again after 1, 2, 4 … 25 ms, for the transaction that held it may end silently.
 * The ring is bounded; a reader that stands before it fetches for itself until it has caught up.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool } from 'pg';
import type { Sleep } from './backoff.ts';
import { Bell } from './backoff.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors } from './event.ts';
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

/** Rows after `from`, below the horizon. The cursor stands in the text as constants, so that the planner walks the index. */
export async function fetchAfter(pool: Pool, epoch: number, from: Cursor, recordedAtMs: number, rows: number, nowMs: number): Promise<Fetched> {
  const horizon = 'pg_snapshot_xmin(pg_current_snapshot())';
  const below = from.epoch < epoch ? `(epoch < ${epoch} OR txid < ${horizon})` : `txid < ${horizon}`;
  // Within one epoch the index has an end as well as a beginning, which matters while the horizon is held.
  const after =
    from.epoch === epoch ? `epoch = ${epoch} AND (txid, position) > ('${from.txid}'::xid8, ${from.position})` : `(epoch, txid, position) > (${from.epoch}, '${from.txid}'::xid8, ${from.position})`;
  // Both bounds are known to the planner, so that it looks at two or three partitions only.
  const prune = `event_id >= '${uuid7Floor(recordedAtMs - PRUNE_MS)}' AND event_id < '${uuid7Floor(nowMs + AHEAD_MS)}'`;
  const result = await pool.query(
    `(SELECT true AS below, ${eventColumns()} FROM events WHERE ${after} AND ${below} AND ${prune} ORDER BY events.epoch, events.txid, events.position LIMIT ${rows})
     UNION ALL
     (SELECT false, event_id${', NULL'.repeat(EVENT_COLUMN_COUNT - 1)} FROM events WHERE epoch = ${epoch} AND txid >= ${horizon} AND ${prune} LIMIT 1)`,
  );
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
