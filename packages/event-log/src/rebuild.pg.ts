/**
 * Builds the table of a projection anew from the log, beside the live one, and puts it in its place.
 *
 * Promise: a row of the shadow is what the log tells, folded from nothing. The live table is read and written meanwhile; at the swap
 * it is locked for as long as the last few events take. A row that was not made by its events is found, and named, before anything
 * is swapped. Every step can be made again after a kill: it is one transaction with the cursor of whoever calls, or changes nothing,
 * or folds again what was folded, which changes nothing. The swap loses no row: what only the live table has goes along when
 * differences are accepted. Refuses: to swap rows that differ unless that was accepted; see also rebuild-table.pg.ts.
 */
import type { Pool, PoolClient } from 'pg';
import type { Sleep } from './backoff.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import type { Tx } from './extension.ts';
import { fetchAfter } from './fetch.pg.ts';
import type { EventLog } from './log.pg.ts';
import { Rows } from './rebuild-rows.pg.ts';
import type { Projection } from './rebuild-rows.pg.ts';
import { columnsOf, makeShadow, placeOf, swapTables } from './rebuild-table.pg.ts';
import type { RebuildComparison, RebuildDifference, RebuildSteps, SwapOutcome, SwapRequest } from './replay-steps.ts';
import { inTransaction, sqlState } from './transaction.pg.ts';

export { dropKept, NotRebuildable } from './rebuild-table.pg.ts';
export type { Projection } from './rebuild-rows.pg.ts';

/** The swap could not be made now: the lock was not to be had in time, or the log grew faster than it was read. It may be asked for again. */
export class SwapBusy extends Error {
  override readonly name = 'SwapBusy';
}

export interface RebuildOptions {
  readonly pool: Pool;
  readonly log: Pick<EventLog, 'catalogue' | 'clear' | 'epoch' | 'preparer'>;
  readonly projection: Projection;
  readonly sleep: Sleep;
}

/** Everybody who wants the live table waits while the swap waits for it. */
const LOCK_TIMEOUT_MS = 300;
/** Events that the swap folds while nobody may use the table. */
const MAX_LAST = 300;
/** Bounds a statement under the lock: a plan gone wrong must not hold everybody. */
const BARRIER_TIMEOUT_MS = 2_000;
const CATCH_UP_ROWS = 500;
/** Rows that are compared at once, and the rest after them, in which the live work has the database for itself. */
const STRETCH_ROWS = 500;
const REST_MS = 5;
const SETTLE_ROWS = 200;
/** How often the swap comes to the end of the log and finds too much there again. */
const MAX_ROUNDS = 20;
/** As if the event at the cursor were as old as time: how old the ids behind it are is not known here, so every partition is looked at. */
const ANY_AGE_MS = 31 * 86_400_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** What a comparison found. */
interface Found {
  readonly compared: number;
  readonly different: readonly string[];
  readonly differences: readonly RebuildDifference[];
}

export function createRebuild({ pool, log, projection, sleep }: RebuildOptions): RebuildSteps {
  let known: Promise<Rows> | undefined;
  /** The columns are those of now: a shadow that was made for other ones is refused when it is swapped. */
  async function open(tx: Tx): Promise<Rows> {
    const place = await placeOf(tx, projection.table);
    return new Rows(projection, place, await columnsOf(tx, place.live), log.catalogue, (events, on) => log.clear(events, on));
  }
  function rowsOf(tx: Tx = pool): Promise<Rows> {
    known ??= open(tx).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  }

  /** Both tables compared; `stale` gets what was told otherwise when it was filled in. Rows that move are judged by their own events. */
  async function compareAll(rows: Rows, listed: number, signal: AbortSignal, stale: (told: readonly object[]) => Promise<void>): Promise<Found> {
    let compared = 0;
    const different: string[] = [];
    const differences: RebuildDifference[] = [];
    // What comes later is told by events behind the cursor: whoever swaps looks at these.
    const last = await rows.lastKey(pool);
    for (let after = ''; ; ) {
      signal.throwIfAborted();
      const upTo = await rows.stretchAfter(pool, after, last, STRETCH_ROWS);
      if (upTo === undefined) return { compared, different, differences };
      const { same, others } = await rows.judge(pool, { after, upTo });
      compared += same;
      for (const subjects of chunks(others.map(({ subject }) => subject), SETTLE_ROWS)) {
        signal.throwIfAborted();
        const settled = await settleAtOnce(pool, rows, subjects, listed - differences.length);
        compared += subjects.length;
        different.push(...settled.different);
        differences.push(...settled.differences);
        await stale(subjects.flatMap((subject) => settled.told.get(subject) ?? []));
      }
      after = upTo;
      await sleep(REST_MS, signal);
    }
  }

  return {
    projection: projection.name,
    types: projection.types,

    async prepare(tx) {
      await makeShadow(tx, await placeOf(tx, projection.table));
      known = undefined;
    },

    async fill(tx, events) {
      return (await rowsOf(tx)).fill(tx, events);
    },

    async compare(listed, signal) {
      return comparison(await compareAll(await rowsOf(), listed, signal, async () => undefined));
    },

    async swap({ after, accept, listed, done, signal }: SwapRequest): Promise<SwapOutcome> {
      const rows = await rowsOf();
      const types = [...projection.types, ...(projection.erasedBy === undefined ? [] : [projection.erasedBy])];
      let from = after;
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        ({ upTo: from } = await catchUp({ pool, log, rows, types, from, signal }));
        const found = await compareAll(rows, listed, signal, (told) => inTransaction(pool, (tx) => rows.write(tx, told)));
        if (found.different.length > 0 && !accept) return { kind: 'refused', comparison: comparison(found) };
        await pool.query(`ANALYZE ${rows.place.shadow}`);
        const outcome = await nearEnd(rows, types, found, { from, accept, listed, done, signal });
        if (outcome.kind !== 'again') return outcome;
        from = outcome.from;
      }
      throw new SwapBusy(`The log grows faster than the rebuild of ${projection.name} can follow.`);
    },
  };

  /** Follows the log while it is short of its end, then swaps under the lock. `again`: what was compared counts no more. */
  async function nearEnd(rows: Rows, types: readonly string[], found: Found, given: Omit<SwapRequest, 'after'> & { readonly from: Cursor }): Promise<SwapOutcome | { readonly kind: 'again'; readonly from: Cursor }> {
    let { from } = given;
    const touched = new Set<string>();
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const caught = await catchUp({ pool, log, rows, types, from, signal: given.signal });
      from = caught.upTo;
      if (caught.erased) return { kind: 'again', from };
      for (const subject of caught.subjects) touched.add(subject);
      const outcome = await atBarrier(rows, types, found, touched, { ...given, from });
      if (outcome !== 'far') return outcome;
    }
    throw new SwapBusy(`The log grows faster than the rebuild of ${projection.name} can follow.`);
  }

  /** `far`: too much was left to be read. */
  async function atBarrier(
    rows: Rows, types: readonly string[], found: Found, touched: ReadonlySet<string>, { from, accept, listed, done }: Omit<SwapRequest, 'after'> & { readonly from: Cursor },
  ): Promise<SwapOutcome | 'far' | { readonly kind: 'again'; readonly from: Cursor }> {
    return barrier(pool, rows, async (tx) => {
      const { events, upTo } = await lastEvents(tx, from, types);
      if (events.length > MAX_LAST) return 'far';
      if (events.some(({ type }) => type === projection.erasedBy)) return { kind: 'again', from };
      await rows.fill(tx, await log.clear(events, tx));
      // Nobody writes now: what moved last stands still, and a row that is not the same is another.
      const moved = [...new Set([...touched, ...events.map(({ subject }) => subject)])];
      const { others } = await rows.judge(tx, { subjects: moved });
      const settled = await settle(tx, rows, others.map(({ subject }) => subject), listed - found.differences.length);
      const earlier = found.different.filter((subject) => !settled.different.includes(subject));
      const all: Found = {
        compared: found.compared, different: [...earlier, ...settled.different],
        differences: [...found.differences.filter(({ subject }) => !settled.different.includes(subject)), ...settled.differences].slice(0, listed),
      };
      if (settled.different.length > 0 && !accept) return { kind: 'refused', comparison: comparison(all) };
      if (all.different.length > 0) await rows.keepUntold(tx);
      const kept = await swapTables(tx, projection.table, rows.place);
      const swapped = { kept, comparison: comparison(all) };
      await done(tx, upTo, swapped);
      known = undefined;
      return { kind: 'swapped', ...swapped };
    });
  }
}

interface Settled {
  readonly different: readonly string[];
  readonly differences: readonly RebuildDifference[];
  readonly told: ReadonlyMap<string, object>;
}

/** Rows beside what their own events tell, as of one moment. */
function settleAtOnce(pool: Pool, rows: Rows, subjects: readonly string[], listed: number): Promise<Settled> {
  return inTransaction(pool, (tx) => settle(tx, rows, subjects, listed), (tx) => tx.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'));
}

async function settle(tx: Tx, rows: Rows, subjects: readonly string[], listed: number): Promise<Settled> {
  if (subjects.length === 0) return { different: [], differences: [], told: new Map() };
  const { different, told } = await rows.settle(tx, subjects);
  const named = different.slice(0, Math.max(0, listed));
  const live = named.length === 0 ? new Map<string, object>() : await rows.shown(tx, named);
  return { different, told, differences: named.map((subject) => ({ subject, live: live.get(subject) ?? null, rebuilt: told.get(subject) ?? null })) };
}

interface CatchUp {
  readonly pool: Pool;
  readonly log: RebuildOptions['log'];
  readonly rows: Rows;
  readonly types: readonly string[];
  readonly from: Cursor;
  readonly signal: AbortSignal;
}

/** Folds what was committed meanwhile, as far as the horizon. */
async function catchUp({ pool, log, rows, types, from, signal }: CatchUp): Promise<{ readonly upTo: Cursor; readonly subjects: ReadonlySet<string>; readonly erased: boolean }> {
  const subjects = new Set<string>();
  let erased = false;
  for (let upTo = from; ; ) {
    signal.throwIfAborted();
    const fetched = await fetchAfter(pool, log.epoch, upTo, ANY_AGE_MS, { rows: CATCH_UP_ROWS }, log.preparer.nowMs());
    const events = await log.clear(fetched.events.filter(({ type }) => types.includes(type)));
    if (events.length > 0) await inTransaction(pool, (tx) => rows.fill(tx, events));
    for (const { subject, type } of events) {
      subjects.add(subject);
      erased ||= type === rows.projection.erasedBy;
    }
    upTo = fetched.upTo;
    if (!fetched.full) return { upTo, subjects, erased };
  }
}

/** Runs `work` while nobody else can use the live table: whoever wrote to it has committed, events and rows. Throws `SwapBusy`. */
async function barrier<Result>(pool: Pool, rows: Rows, work: (tx: PoolClient) => Promise<Result>): Promise<Result> {
  try {
    return await inTransaction(pool, async (tx) => {
      await tx.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = ${BARRIER_TIMEOUT_MS}; LOCK TABLE ${rows.place.live} IN ACCESS EXCLUSIVE MODE`);
      return work(tx);
    });
  } catch (error) {
    if (sqlState(error) === LOCK_NOT_AVAILABLE) throw new SwapBusy(`${rows.place.live} was in use for longer than ${LOCK_TIMEOUT_MS} ms.`, { cause: error });
    throw error;
  }
}

/** What stands behind the cursor, one event more than may be folded under the lock. Whatever tells of the rows is committed, so the horizon does not matter. */
async function lastEvents(tx: Tx, from: Cursor, types: readonly string[]): Promise<{ readonly events: readonly StoredEvent[]; readonly upTo: Cursor }> {
  const { rows } = await tx.query(
    `SELECT ${eventColumns()} FROM events WHERE (epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND type = ANY ($4::text[]) ORDER BY events.epoch, events.txid, events.position LIMIT ${MAX_LAST + 1}`,
    [from.epoch, String(from.txid), from.position, types],
  );
  const events = rows.map(storedEvent);
  return { events, upTo: events.at(-1)?.cursor ?? from };
}

function comparison({ compared, different, differences }: Found): RebuildComparison {
  return { compared, different: different.length, differences };
}

function chunks<Item>(all: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}
