/**
 * One fetch of the log after a cursor: below the snapshot horizon, in the order of the log, bounded by rows and by bytes.
 *
 * A row counts only below the horizon: every transaction that could still commit an earlier one has ended. An event may have a
 * megabyte, so what is beyond the bound of bytes is dropped as it arrives, before it is parsed; the first row always stands.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import pg from 'pg';
import type { Pool } from 'pg';
import type { Cursor, StoredEvent } from './event.ts';
import { EVENT_COLUMN_COUNT, eventColumns, storedValues } from './events.pg.ts';
import type { PersonalData } from './personal.ts';
import { prepared } from './statement.pg.ts';

/** A stretch of the log after some cursor. */
export interface Stretch {
  readonly events: readonly StoredEvent[];
  /** Everything up to here was seen. */
  readonly upTo: Cursor;
  /** More may follow at once. */
  readonly full?: boolean;
}

export interface Fetched extends Stretch {
  /** About how much memory each event takes. */
  readonly bytes: readonly number[];
  readonly full: boolean;
  /** Rows stand above the horizon. */
  readonly pending: boolean;
}

const DAY_MS = 86_400_000;
/** Deduplication reaches 30 days back, so an id is never older than this before the row it belongs to. */
const PRUNE_MS = 31 * DAY_MS;
/** And never younger than a day after now; a day more for clocks that differ. */
const AHEAD_MS = 2 * DAY_MS;
/** What one fetch takes into memory. */
export const FETCH_BYTES = 16 * 1_048_576;
/** What an event takes beside its JSON. */
const ROW_BYTES = 500;
const { JSONB, TIMESTAMPTZ } = pg.types.builtins;

const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())';
/** Ids outside these bounds are in no partition that the reader needs. */
const PRUNE = 'event_id >= $4::uuid AND event_id < $5::uuid';

/** `$1` epoch of the cursor, `$2` its txid, `$3` its position. Within one epoch the index has an end as well as a beginning. */
function fetchStatement(epoch: number, sameEpoch: boolean, rows: number): string {
  const after = sameEpoch
    ? `epoch = ${epoch} AND epoch = $1::integer AND (txid, position) > ($2::xid8, $3::bigint) AND txid < ${HORIZON}`
    : `(epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND (epoch < ${epoch} OR txid < ${HORIZON})`;
  return `(SELECT ${eventColumns()}, true AS below FROM events WHERE ${after} AND ${PRUNE} ORDER BY events.epoch, events.txid, events.position LIMIT ${rows})
     UNION ALL
     (SELECT event_id${', NULL'.repeat(EVENT_COLUMN_COUNT - 1)}, false FROM events WHERE epoch = ${epoch} AND txid >= ${HORIZON} AND ${PRUNE} ORDER BY events.epoch, events.txid, events.position LIMIT 1)`;
}

export interface FetchLimits {
  readonly rows: number;
  /** Default 16 MiB. */
  readonly bytes?: number;
  /** Reads personal data; without it they come as they are stored. */
  readonly personal?: PersonalData | undefined;
}

/** Rows after `from`, below the horizon, within the limits. */
export async function fetchAfter(pool: Pool, epoch: number, from: Cursor, recordedAtMs: number, limits: FetchLimits, nowMs: number): Promise<Fetched> {
  const json = new BoundedJson(limits.bytes ?? FETCH_BYTES);
  const result = await pool.query({
    ...prepared(fetchStatement(epoch, from.epoch === epoch, limits.rows), [
      from.epoch, String(from.txid), from.position, uuid7Floor(recordedAtMs - PRUNE_MS), uuid7Floor(nowMs + AHEAD_MS),
    ]),
    rowMode: 'array',
    types: { getTypeParser: (type: number, format?: 'text' | 'binary') => (type === JSONB ? json.parse : type === TIMESTAMPTZ ? isoTime : pg.types.getTypeParser(type, format as 'text')) },
  });
  const pending = result.rows.at(-1)?.at(-1) === false;
  const below = pending ? result.rows.slice(0, -1) : result.rows;
  const bytes = json.bytesOfRows();
  const stored: StoredEvent[] = below.slice(0, bytes.length).map(storedValues);
  const events = limits.personal === undefined ? stored : await limits.personal.open(pool, stored);
  return { events, bytes, upTo: events.at(-1)?.cursor ?? from, full: below.length === limits.rows || events.length < below.length, pending };
}

/** What a time lacks of milliseconds, by its length: PostgreSQL leaves zeros at the end out. */
const LACKING = new Map([['00:00:00'.length, '.000'], ['00:00:00.0'.length, '00'], ['00:00:00.00'.length, '0'], ['00:00:00.000'.length, '']]);

/** A moment as PostgreSQL writes it, in ISO 8601. One of a server in UTC is only spelled otherwise, which costs a fifth of reading it as a date. */
function isoTime(text: string): string {
  const lacking = text[10] === ' ' && text.endsWith('+00') ? LACKING.get(text.length - 14) : undefined;
  if (lacking === undefined) return (pg.types.getTypeParser(TIMESTAMPTZ, 'text')(text) as Date).toISOString();
  return `${text.slice(0, 10)}T${text.slice(11, -3)}${lacking}Z`;
}

/** Parses the two JSON columns of each row, and only counts once there is enough. */
class BoundedJson {
  readonly #limit: number;
  #total = 0;
  #full = false;
  /** Characters of each value that was parsed: two of every row that is kept. */
  readonly #lengths: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  readonly parse = (text: string): unknown => {
    if (this.#lengths.length % 2 === 0 && this.#total >= this.#limit) this.#full = true;
    if (this.#full) return undefined;
    this.#lengths.push(text.length);
    this.#total += text.length + ROW_BYTES / 2;
    return JSON.parse(text);
  };

  bytesOfRows(): number[] {
    const rows: number[] = [];
    for (let index = 0; index + 1 < this.#lengths.length; index += 2) rows.push((this.#lengths[index] ?? 0) + (this.#lengths[index + 1] ?? 0) + ROW_BYTES);
    return rows;
  }
}
