/**
 * The log read forward for a replay: what a selection means, in the order of the log, in bounded pieces.
 *
 * Only what is below the snapshot horizon is read, so that nothing appears behind a place that was passed. `isEnd` is said only when
 * the horizon had passed the bound before the last look.
 */
import { compilePattern } from '@commerce/events/pattern';
import type { Cursor, StoredEvent } from './event.ts';
import { START } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import type { Tx } from './extension.ts';
import { withGenericPlans } from './generic-plans.pg.ts';
import { boundedTexts, highest, lowest, planOf, timeOf } from './history.pg.ts';
import type { HistoryFilter, Plan } from './history.pg.ts';
import { historyItemText } from './history-item.ts';
import type { EventLog } from './log.pg.ts';
import type { ReplaySelection } from './replay.ts';
import { prepared, run } from './statement.pg.ts';

export interface ForwardRead {
  /** Behind this place. */
  readonly after: Cursor;
  /** Before this one: its `position` is not looked at. */
  readonly until: Cursor;
  /** Events that are looked at. */
  readonly size: number;
}

export interface Forward {
  readonly events: readonly StoredEvent[];
  readonly scanned: number;
  /** Everything up to here was looked at. */
  readonly upTo: Cursor;
  /** Nothing follows before `until`, now or later. */
  readonly isEnd: boolean;
}

const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())';

/** Throws `InvalidEventPattern`. */
export function planOfSelection({ types, orderId, correlationId, from, to, filter }: ReplaySelection): Plan {
  const history: HistoryFilter = {
    types, subject: orderId, correlationId, fromMs: from === undefined ? undefined : Date.parse(from), toMs: to === undefined ? undefined : Date.parse(to),
    pattern: filter === undefined ? undefined : compilePattern(filter),
  };
  return planOf(history);
}

/** Where a selection begins: at or before its first event. */
export function beginningOf(tx: Tx, plan: Plan): Promise<Cursor> {
  return lowest(tx, plan.fromMs);
}

/** Where a selection ends: behind its last event; undefined when that may be anywhere. */
export function endOf(tx: Tx, plan: Plan): Promise<Cursor | undefined> {
  return highest(tx, plan.toMs);
}

/** Reads one piece, personal data in clear. */
export async function readForward(log: ReadLog, plan: Plan, read: ForwardRead): Promise<Forward> {
  if (plan.types?.length === 0) return { events: [], scanned: 0, upTo: read.after, isEnd: true };
  return withGenericPlans(log.pool, async (tx) => {
    const isOver = await isPassed(tx, log.epoch, read.until);
    return readPiece(tx, log, plan, read, isOver);
  });
}

type ReadLog = Pick<EventLog, 'pool' | 'epoch' | 'clear'>;

/** Has every transaction ended that began before this place? */
async function isPassed(tx: Tx, epoch: number, until: Cursor): Promise<boolean> {
  if (until.epoch < epoch) return true;
  const { rows } = await run(tx, `SELECT ${HORIZON} >= $1::xid8 AS passed`, [String(until.txid)]);
  return rows[0]?.['passed'] === true;
}

async function readPiece(tx: Tx, log: ReadLog, plan: Plan, { after, until, size }: ForwardRead, isOver: boolean): Promise<Forward> {
  const { epoch } = log;
  const at = after.epoch === 0 ? { ...START, epoch: 1 } : after;
  const result = await tx.query({
    ...prepared(pieceStatement(plan.access, { isOpen: at.epoch === epoch, isLast: at.epoch === until.epoch }, size), [
      at.epoch, String(at.txid), at.position, String(until.txid), plan.types ?? null, plan.topic ?? null, plan.subject ?? null, plan.correlationId ?? null, timeOf(plan.fromMs), timeOf(plan.toMs),
    ]),
    types: { getTypeParser: boundedTexts() },
  });
  // What no longer found room has no data: the next piece begins with it.
  const rows = result.rows.filter(({ data }) => data !== undefined);
  const last = rows.at(-1);
  const isEpochDone = rows.length === result.rows.length && (last === undefined || Number(last.total) < size);
  const stored = rows.filter(({ fits }) => fits).map((row): StoredEvent => ({ ...storedEvent(row), metadata: JSON.parse(row.metadata), data: JSON.parse(row.data) }));
  const events = (await log.clear(stored, tx)).filter((event) => plan.pattern?.matchesText(historyItemText(event, JSON.stringify(event.metadata), JSON.stringify(event.data))) ?? true);
  const scanned = Number(last?.place ?? 0);
  if (isEpochDone && at.epoch < until.epoch) return { events, scanned, upTo: { epoch: at.epoch + 1, txid: 0, position: 0 }, isEnd: false };
  return { events, scanned, upTo: last === undefined ? after : storedEvent(last).cursor, isEnd: isEpochDone && isOver };
}

/** `$1` epoch, `$2` `$3` the place, `$4` the end, then the filter. As the statement of history, the other way. */
function pieceStatement(access: Plan['access'], { isOpen, isLast }: { readonly isOpen: boolean; readonly isLast: boolean }, size: number): string {
  const inEpoch = access === 'order' ? 'events.epoch = $1::integer' : '(events.epoch = $1::integer) IS NOT FALSE';
  const before = isLast ? ' AND events.txid < $4::xid8' : ' AND ($4::xid8 IS NOT NULL)';
  const within = `${inEpoch} AND (events.txid, events.position) > ($2::xid8, $3::bigint)${before}${isOpen ? ` AND events.txid < ${HORIZON}` : ''}`;
  const rows = (condition: string): string => `SELECT ${eventColumns()}, events.txid AS place_txid FROM events WHERE ${condition} AND ${within} ORDER BY events.txid, events.position LIMIT ${size}`;
  const scan = {
    order: rows('true'),
    subject: rows('events.subject = $7::text'),
    correlation: rows('events.correlation_id = $8::uuid'),
    types: `SELECT one.* FROM unnest($5::text[]) AS wanted(type) CROSS JOIN LATERAL (${rows('events.type COLLATE "C" = wanted.type')}) AS one ORDER BY one.place_txid, one.position LIMIT ${size}`,
  }[access];
  return `SELECT * FROM (
    SELECT scan.*, row_number() OVER (ORDER BY scan.place_txid, scan.position) AS place, count(*) OVER () AS total,
      ($5::text[] IS NULL OR scan.type = ANY ($5::text[])) AND ($6::text IS NULL OR scan.topic = $6::text) AND ($7::text IS NULL OR scan.subject = $7::text)
        AND ($8::uuid IS NULL OR scan.correlation_id = $8::uuid)
        AND ($9::timestamptz IS NULL OR scan.recorded_ms >= extract(epoch FROM $9::timestamptz) * 1000) AND ($10::timestamptz IS NULL OR scan.recorded_ms < extract(epoch FROM $10::timestamptz) * 1000) AS fits
    FROM (${scan}) AS scan) AS judged
  WHERE fits OR place = total ORDER BY place`;
}
