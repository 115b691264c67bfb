/**
 * History: events of the log, newest first, in pages.
 *
 * Promise: pages are stable. Only events below the snapshot horizon are listed (every transaction that could still commit an
 * earlier one has ended), so nothing ever appears below a place once it was read: going on from it skips no event and lists
 * none twice, whatever is appended meanwhile. Subject, correlation id and types are found by their index, a range of time by its
 * first and last place; what is left of the filter is judged in a scan that looks at 20,000 events for one page at most and then says
 * where it goes on. Events of one correlation id are those of one request and what came of it: they are gathered whole.
 * Refuses nothing: who may ask, and for what, is the caller's business.
 */
import type { CompiledPattern } from '@commerce/events/pattern';
import { uuid7Floor } from '@commerce/events/uuid7';
import pg from 'pg';
import type { Pool } from 'pg';
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors, START } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import type { Tx } from './extension.ts';
import { withGenericPlans } from './generic-plans.pg.ts';
import { exactTexts, historyItemText } from './history-item.ts';
import type { PersonalReader } from './personal.ts';
import { prepared, run } from './statement.pg.ts';

/** Which events. All that is given must hold. */
export interface HistoryFilter {
  readonly types?: readonly string[] | undefined;
  readonly topic?: string | undefined;
  /** What is of this topic is left out. */
  readonly withoutTopic?: string | undefined;
  readonly subject?: string | undefined;
  /** UUID. */
  readonly correlationId?: string | undefined;
  /** Recorded then or later; Unix milliseconds by the clock of the database. */
  readonly fromMs?: number | undefined;
  /** Recorded before. */
  readonly toMs?: number | undefined;
  /** Judges each event in the form of `HistoryItem`. */
  readonly pattern?: CompiledPattern | undefined;
}

export interface HistoryRead {
  /** Where the page before ended; without it from the newest event on. */
  readonly before?: Cursor | undefined;
  readonly limit: number;
  /** Events that are looked at for this page, about; default 20,000. */
  readonly scanLimit?: number;
  readonly signal?: AbortSignal;
  /** Of the log: reads personal data, also before the pattern judges. Without it they come as they are stored. */
  readonly personal?: PersonalReader | undefined;
}

export interface HistoryPage {
  /** Newest first; fewer than asked for when the scan or the bytes reached their bound. */
  readonly events: readonly StoredEvent[];
  /** Events that were looked at. */
  readonly scanned: number;
  /** Where to go on; undefined when there is nothing older. */
  readonly next: Cursor | undefined;
  /** Said on the first page: events stand above the horizon, and are listed as soon as the transactions that are open now have ended. */
  readonly pending: boolean;
}

/** No transaction that appends lasts this long: a statement may take 10 s, and an idle one is ended after 5. */
const LONGEST_APPEND_MS = 30_000;
const SCAN_LIMIT = 20_000;
/** Rows of one statement; three sizes, for each is a plan of its own. */
const CHUNKS = [64, 256, 2_000] as const;
const LARGEST_CHUNK = 2_000;
/** JSON that one statement brings into memory, about. */
const CHUNK_BYTES = 16 * 1_048_576;
const JSONB = pg.types.builtins.JSONB;
const LAST: Pick<Cursor, 'txid' | 'position'> = { txid: Number.MAX_SAFE_INTEGER, position: Number.MAX_SAFE_INTEGER };
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())';

type Access = 'order' | 'subject' | 'correlation' | 'types';

/** The filter with what its pattern says of fields that the database knows. */
export interface Plan extends HistoryFilter {
  readonly access: Access;
}

/** Reads one page. `epoch`: of the log. */
export async function readHistory(pool: Pool, epoch: number, filter: HistoryFilter, read: HistoryRead): Promise<HistoryPage> {
  const plan = planOf(filter);
  if (plan.types?.length === 0) return { events: [], scanned: 0, next: undefined, pending: false };
  return withGenericPlans(pool, (tx) => readPage(tx, epoch, plan, read));
}

async function readPage(tx: Tx, epoch: number, plan: Plan, read: HistoryRead): Promise<HistoryPage> {
  const { limit, scanLimit = SCAN_LIMIT, signal } = read;
  const end = await lowest(tx, plan.fromMs);
  const start = read.before ?? (await highest(tx, plan.toMs)) ?? { epoch, ...LAST };
  const pending = read.before === undefined && compareCursors(start, { epoch, ...LAST }) === 0 && (await isPending(tx, epoch));
  const events: StoredEvent[] = [];
  let [at, scanned, bytes] = [start, 0, 0];
  for (let size = chunkOver(limit); ; size = chunkOver(size)) {
    signal?.throwIfAborted();
    const chunk = await readChunk(tx, epoch, plan, { at, end, size }, read.personal);
    scanned += chunk.scanned;
    for (const found of chunk.found) {
      const isFull = events.length === limit || (events.length > 0 && bytes + found.bytes > CHUNK_BYTES);
      if (isFull) return { events, scanned, next: events.at(-1)?.cursor, pending };
      bytes += found.bytes;
      events.push({ ...found.event, metadata: JSON.parse(found.metadataJson), data: JSON.parse(found.dataJson) });
    }
    const next = chunk.end ?? (at.epoch > Math.max(1, end.epoch) ? { epoch: at.epoch - 1, ...LAST } : undefined);
    if (next === undefined || scanned >= scanLimit) return { events, scanned, next, pending };
    at = next;
  }
}

/** The smallest size above so many rows, or the largest. */
function chunkOver(rows: number): number {
  return CHUNKS.find((size) => size > rows) ?? LARGEST_CHUNK;
}

/** The filter, and by which index it is found. */
export function planOf(filter: HistoryFilter): Plan {
  const said = (path: string): readonly string[] | undefined => (filter.pattern === undefined ? undefined : exactTexts(filter.pattern, path));
  const one = (given: string | undefined, path: string, fits: (text: string) => boolean = () => true): string | undefined => {
    const [text, ...more] = said(path) ?? [];
    return given ?? (text !== undefined && more.length === 0 && fits(text) ? text : undefined);
  };
  const types = said('eventType');
  const plan = {
    ...filter,
    types: filter.types === undefined ? types : filter.types.filter((type) => types?.includes(type) ?? true),
    topic: one(filter.topic, 'topic'), subject: one(filter.subject, 'subject'), correlationId: one(filter.correlationId, 'correlationId', (text) => UUID.test(text)),
  };
  return { ...plan, access: plan.correlationId !== undefined ? 'correlation' : plan.subject !== undefined ? 'subject' : plan.types !== undefined ? 'types' : 'order' };
}

interface Stretch {
  /** Rows below this place, */
  readonly at: Cursor;
  /** and not below that one, as far as it is of the same epoch. */
  readonly end: Cursor;
  readonly size: number;
}

/** An event whose metadata and data are JSON texts still. */
interface Found {
  readonly event: StoredEvent;
  readonly metadataJson: string;
  readonly dataJson: string;
  readonly bytes: number;
}

interface Chunk {
  readonly found: readonly Found[];
  readonly scanned: number;
  /** The last place looked at; undefined when there is nothing older in this epoch. */
  readonly end: Cursor | undefined;
}

async function readChunk(tx: Tx, epoch: number, plan: Plan, { at, end, size }: Stretch, personal: PersonalReader | undefined): Promise<Chunk> {
  const low = end.epoch === at.epoch ? end : START;
  const result = await tx.query({
    ...prepared(chunkStatement(plan.access, at.epoch === epoch, size), [
      at.epoch, String(at.txid), at.position, String(low.txid), low.position,
      plan.types ?? null, plan.topic ?? null, plan.subject ?? null, plan.correlationId ?? null, timeOf(plan.fromMs), timeOf(plan.toMs),
    ]),
    types: { getTypeParser: boundedTexts() },
  });
  // What no longer found room has no data: the next chunk begins with it.
  const rows = result.rows.filter(({ data }) => data !== undefined);
  const last = rows.at(-1);
  const isDone = rows.length === result.rows.length && (last === undefined || Number(last.total) < size);
  const stored = rows.filter(({ fits }) => fits).map((row): Found => ({ event: storedEvent(row), metadataJson: row.metadata, dataJson: row.data, bytes: row.metadata.length + row.data.length }));
  const fitting = personal === undefined ? stored : await inClear(tx, stored, personal);
  return {
    scanned: Number(last?.place ?? 0),
    end: isDone ? undefined : storedEvent(last).cursor,
    found: fitting.filter(({ event, metadataJson, dataJson }) => event.topic !== plan.withoutTopic && (plan.pattern?.matchesText(historyItemText(event, metadataJson, dataJson)) ?? true)),
  };
}

/** With the personal data of those that have some. */
async function inClear(tx: Tx, found: readonly Found[], personal: PersonalReader): Promise<readonly Found[]> {
  const marked = found.filter(({ event }) => personal.marks.has(event.type));
  if (marked.length === 0) return found;
  const opened = await personal.open(tx, marked.map(({ event, dataJson }) => ({ ...event, data: JSON.parse(dataJson) })));
  const clear = new Map(marked.map((one, index) => [one, JSON.stringify(opened[index]?.data)]));
  return found.map((one) => ({ ...one, dataJson: clear.get(one) ?? one.dataJson }));
}

/**
 * The next rows below a place, with whether each fits; those that do, and the last one. `$1` epoch, `$2` `$3` the place, `$4` `$5` the
 * lowest one, then the filter. Partitions are not left out by bounds of ids: a look into an index that has nothing costs 20 µs, while the
 * bounds make PostgreSQL take the primary key and sort.
 */
function chunkStatement(access: Access, sameEpoch: boolean, size: number): string {
  // In this form the index over the order of the log cannot be taken instead of the one that is meant, and the estimate of rows stays right.
  const inEpoch = access === 'order' ? 'events.epoch = $1::integer' : '(events.epoch = $1::integer) IS NOT FALSE';
  const within = `${inEpoch} AND (events.txid, events.position) < ($2::xid8, $3::bigint) AND (events.txid, events.position) >= ($4::xid8, $5::bigint)${sameEpoch ? ` AND events.txid < ${HORIZON}` : ''}`;
  const rows = (condition: string): string => `SELECT ${eventColumns()}, events.txid AS place_txid FROM events WHERE ${condition} AND ${within} ORDER BY events.txid DESC, events.position DESC LIMIT ${size}`;
  const scan = {
    order: rows('true'),
    subject: rows('events.subject = $8::text'),
    correlation: rows('events.correlation_id = $9::uuid'),
    types: `SELECT one.* FROM unnest($6::text[]) AS wanted(type) CROSS JOIN LATERAL (${rows('events.type COLLATE "C" = wanted.type')}) AS one ORDER BY one.place_txid DESC, one.position DESC LIMIT ${size}`,
  }[access];
  return `SELECT * FROM (
    SELECT scan.*, row_number() OVER (ORDER BY scan.place_txid DESC, scan.position DESC) AS place, count(*) OVER () AS total,
      ($6::text[] IS NULL OR scan.type = ANY ($6::text[])) AND ($7::text IS NULL OR scan.topic = $7::text) AND ($8::text IS NULL OR scan.subject = $8::text)
        AND ($9::uuid IS NULL OR scan.correlation_id = $9::uuid)
        AND ($10::timestamptz IS NULL OR scan.recorded_ms >= extract(epoch FROM $10::timestamptz) * 1000) AND ($11::timestamptz IS NULL OR scan.recorded_ms < extract(epoch FROM $11::timestamptz) * 1000) AS fits
    FROM (${scan}) AS scan) AS judged
  WHERE fits OR place = total ORDER BY place`;
}

/** Reads the two JSON columns of each row as texts, and drops those of the rows for which there is no more room as they arrive. The first row always stands. */
export function boundedTexts(): typeof pg.types.getTypeParser {
  let [values, bytes, isFull] = [0, 0, false];
  const read = (text: string): string | undefined => {
    isFull ||= values % 2 === 0 && bytes >= CHUNK_BYTES;
    if (isFull) return undefined;
    values += 1;
    bytes += text.length;
    return text;
  };
  return ((type: number, format?: 'text' | 'binary') => (type === JSONB ? read : pg.types.getTypeParser(type, format as 'text'))) as typeof pg.types.getTypeParser;
}

/** A place above every event recorded before `toMs`; undefined when nothing was recorded clearly later. Found by the id, which is about as old as its row. */
export async function highest(tx: Tx, toMs: number | undefined): Promise<Cursor | undefined> {
  if (toMs === undefined) return undefined;
  const afterMs = toMs + LONGEST_APPEND_MS;
  return placeOf(tx, 'event_id >= $1::uuid AND recorded_at >= $2::timestamptz ORDER BY event_id', afterMs);
}

/** A place below every event recorded at `fromMs` or later. */
export async function lowest(tx: Tx, fromMs: number | undefined): Promise<Cursor> {
  if (fromMs === undefined) return START;
  return (await placeOf(tx, 'event_id < $1::uuid AND recorded_at < $2::timestamptz ORDER BY event_id DESC', fromMs - LONGEST_APPEND_MS)) ?? START;
}

async function placeOf(tx: Tx, which: string, timeMs: number): Promise<Cursor | undefined> {
  const { rows } = await run(tx, `SELECT epoch, txid::text, position FROM events WHERE ${which} LIMIT 1`, [uuid7Floor(timeMs), timeOf(timeMs)]);
  return rows[0] === undefined ? undefined : { epoch: rows[0].epoch, txid: Number(rows[0].txid), position: Number(rows[0].position) };
}

/** Do events stand above the horizon? */
async function isPending(tx: Tx, epoch: number): Promise<boolean> {
  const { rows } = await run(tx, `SELECT EXISTS (SELECT FROM events WHERE epoch = $1::integer AND txid >= ${HORIZON}) AS pending`, [epoch]);
  return rows[0]?.pending === true;
}

/** As the database takes it. */
export function timeOf(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(Math.max(0, timeMs)).toISOString();
}
