/**
 * Builds the table of a projection anew from the log, beside the live one, and puts it in its place.
 *
 * Promise: a row of the shadow is what the log tells, folded from nothing: first whole histories, some subjects at a time, then what
 * was told since it began, in the order of the log. The live table is read and written meanwhile; at the swap it is locked for as
 * long as the last few events take. A row that was not made by its events is found, and named, before anything is swapped. A row of
 * which the log tells nothing is no such row: it goes along as it is. (One that somebody puts in by hand between the comparison and the
 * swap stays behind in the old table, which is kept.) Every step can be made again after a kill: it is one transaction with the cursor of
 * whoever calls, or changes nothing, or folds again what was folded, which changes nothing. Refuses: to swap rows that differ unless
 * that was accepted; to hold the live table again and again; see also rebuild-table.pg.ts.
 */
import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { Sleep } from './backoff.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { eventColumns, storedEvent } from './events.pg.ts';
import type { Tx } from './extension.ts';
import { fetchAfter } from './fetch.pg.ts';
import type { EventLog } from './log.pg.ts';
import { Rows } from './rebuild-rows.pg.ts';
import type { Projection } from './rebuild-rows.pg.ts';
import { columnsOf, dropShadow, makeShadow, missingIndexes, NotRebuildable, placeOf, swapTables } from './rebuild-table.pg.ts';
import { restMs } from './replay-pace.ts';
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
  readonly monotonicMs: () => number;
  /** Bounds each statement under the lock, in ms: a plan gone wrong must not hold everybody. Default 2,000. */
  readonly barrierTimeoutMs?: number;
}

/** Everybody who wants the live table waits while the swap waits for it. */
const LOCK_TIMEOUT_MS = 300;
/** Events that the swap folds while nobody may use the table. */
const MAX_LAST = 300;
const BARRIER_TIMEOUT_MS = 2_000;
/** One index of a table that nobody uses yet. */
const INDEX_TIMEOUT_MS = 86_400_000;
/** How often the lock is waited for, and how often it may be held in vain. */
const LOCK_TRIES = 3;
const HELD_IN_VAIN = 3;
const BETWEEN_TRIES_MS = 100;
const CATCH_UP_ROWS = 500;
/** Rows that are compared at once; for the rest of the time the live work has the database for itself. */
const STRETCH_ROWS = 500;
const COMPARE_SHARE = 1 / 3;
/** The log grows while it is followed, and must be outrun. */
const FOLLOW_SHARE = 4 / 5;
const SETTLE_ROWS = 200;
/** How often the swap comes to the end of the log and finds too much there again. */
const MAX_ROUNDS = 20;
/** As if the event at the cursor were as old as time: how old the ids behind it are is not known here, so every partition is looked at. */
const ANY_AGE_MS = 31 * 86_400_000;
const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';

/** What a comparison found. */
interface Found {
  readonly compared: number;
  readonly different: readonly string[];
  readonly differences: readonly RebuildDifference[];
  readonly untold: number;
}

export function createRebuild({ pool, log, projection, sleep, monotonicMs, barrierTimeoutMs = BARRIER_TIMEOUT_MS }: RebuildOptions): RebuildSteps {
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

  /** Both tables compared; `mend` gets what stands otherwise in the shadow than it should. Rows that move are judged by their own events. */
  async function compareAll(rows: Rows, listed: number, signal: AbortSignal, mend: (settled: Settled) => Promise<void>): Promise<Found> {
    let [compared, untold] = [0, 0];
    const different: string[] = [];
    const differences: RebuildDifference[] = [];
    // What comes later is told by events behind the cursor: whoever swaps looks at these.
    const last = await rows.lastKey(pool);
    for (let after = ''; ; ) {
      signal.throwIfAborted();
      const beganMs = monotonicMs();
      const upTo = await rows.stretchAfter(pool, after, last, STRETCH_ROWS);
      if (upTo === undefined) return { compared, different, differences, untold };
      const { same, others } = await rows.judge(pool, { after, upTo });
      compared += same;
      for (const subjects of chunks(others.map(({ subject }) => subject), SETTLE_ROWS)) {
        signal.throwIfAborted();
        const settled = await settleAtOnce(pool, rows, subjects, listed - differences.length);
        compared += subjects.length - settled.untold.length;
        untold += settled.untold.length;
        different.push(...settled.different);
        differences.push(...settled.differences);
        await mend(settled);
      }
      after = upTo;
      await sleep(restMs(monotonicMs() - beganMs, COMPARE_SHARE), signal);
    }
  }

  return {
    projection: projection.name,
    begunBy: projection.begunBy,

    async prepare(tx) {
      await makeShadow(tx, await placeOf(tx, projection.table));
      known = undefined;
    },

    async fill(tx, subjects) {
      return (await rowsOf(tx)).fill(tx, subjects);
    },

    async finish(signal) {
      const { place } = await rowsOf();
      for (const sql of await missingIndexes(pool, place)) {
        signal.throwIfAborted();
        await inTransaction(pool, async (tx) => {
          await tx.query('SET LOCAL statement_timeout = 0');
          // The pool's own limit is not meant for this one.
          const statement: QueryConfig & { query_timeout: number } = { text: sql, query_timeout: INDEX_TIMEOUT_MS };
          await tx.query(statement);
        });
      }
      await pool.query(`ANALYZE ${place.shadow}`);
    },

    async compare(listed, signal) {
      return comparison(await compareAll(await rowsOf(), listed, signal, async () => undefined));
    },

    async swap({ after, ...given }: SwapRequest): Promise<SwapOutcome> {
      const { accept, listed, signal, takenOver } = given;
      const rows = await rowsOf();
      const types = [...projection.types, ...(projection.erasedBy === undefined ? [] : [projection.erasedBy])];
      let [from, untold, inVain] = [after, 0, 0];
      const mend = ({ told, untold: subjects, gone }: Settled): Promise<void> => inTransaction(pool, async (tx) => {
        await rows.write(tx, [...told.values()]);
        const added = await rows.takeOver(tx, [...subjects, ...gone]);
        if (added > 0) await takenOver(tx, added);
      });
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        ({ upTo: from } = await catchUp({ pool, log, rows, types, from, signal, sleep, monotonicMs }));
        const compared = await compareAll(rows, listed, signal, mend);
        const found = { ...compared, untold: (untold += compared.untold) };
        if (found.different.length > 0 && !accept) return { kind: 'refused', comparison: comparison(found) };
        const outcome = await nearEnd(rows, types, found, { from, ...given }, () => (inVain += 1));
        if (outcome.kind !== 'again') return outcome;
        from = outcome.from;
      }
      throw new SwapBusy(`The log grows faster than the rebuild of ${projection.name} can follow.`);
    },

    async drop(tx) {
      await dropShadow(tx, await placeOf(tx, projection.table));
      known = undefined;
    },
  };

  /** Follows the log while it is short of its end, then swaps under the lock. `again`: what was compared counts no more. */
  async function nearEnd(rows: Rows, types: readonly string[], found: Found, given: Near, heldInVain: () => number): Promise<SwapOutcome | { readonly kind: 'again'; readonly from: Cursor }> {
    let { from } = given;
    let touched: readonly string[] = [];
    for (let [round, waits] = [0, 0]; round < MAX_ROUNDS; round += 1) {
      const caught = await catchUp({ pool, log, rows, types, from, signal: given.signal, sleep, monotonicMs });
      from = caught.upTo;
      if (caught.erased) return { kind: 'again', from };
      // What is the same by now is looked at again only when it is told of again.
      touched = (await rows.judge(pool, { subjects: [...new Set([...touched, ...caught.subjects])] })).others.map(({ subject }) => subject);
      try {
        const outcome = await atBarrier(rows, types, found, touched, { ...given, from });
        if (outcome !== 'far') return outcome;
      } catch (error) {
        const state = sqlState(error);
        if (state === LOCK_NOT_AVAILABLE) {
          if ((waits += 1) === LOCK_TRIES) throw new SwapBusy(`${rows.place.live} was in use for longer than ${LOCK_TIMEOUT_MS} ms, ${LOCK_TRIES} times.`, { cause: error });
        } else if (state === QUERY_CANCELED) {
          if (heldInVain() >= HELD_IN_VAIN) throw new NotRebuildable(`${rows.place.live} was locked ${HELD_IN_VAIN} times, and a statement took longer than ${barrierTimeoutMs} ms under the lock each time. Nothing was swapped.`, { cause: error });
        } else throw error;
        await sleep(BETWEEN_TRIES_MS, given.signal);
      }
    }
    throw new SwapBusy(`The log grows faster than the rebuild of ${projection.name} can follow.`);
  }

  /** `far`: too much was left to be read. */
  async function atBarrier(rows: Rows, types: readonly string[], found: Found, touched: readonly string[], { from, accept, listed, done, takenOver }: Near): Promise<SwapOutcome | 'far' | { readonly kind: 'again'; readonly from: Cursor }> {
    return barrier(pool, rows, barrierTimeoutMs, async (tx) => {
      const { events, upTo } = await lastEvents(tx, from, types);
      if (events.length > MAX_LAST) return 'far';
      if (events.some(({ type }) => type === projection.erasedBy)) return { kind: 'again', from };
      await rows.follow(tx, await log.clear(events, tx));
      // Nobody writes now: what moved last stands still, and a row that is not the same is another.
      const moved = [...new Set([...touched, ...events.map(({ subject }) => subject)])];
      const { others } = await rows.judge(tx, { subjects: moved });
      const settled = await settle(tx, rows, others.map(({ subject }) => subject), listed - found.differences.length);
      const earlier = found.different.filter((subject) => !settled.different.includes(subject));
      const all: Found = {
        ...found, different: [...earlier, ...settled.different],
        differences: [...found.differences.filter(({ subject }) => !settled.different.includes(subject)), ...settled.differences].slice(0, listed),
      };
      if (settled.different.length > 0 && !accept) return { kind: 'refused', comparison: comparison(all) };
      await rows.write(tx, [...settled.told.values()]);
      const added = await rows.takeOver(tx, [...settled.untold, ...settled.gone]);
      if (added > 0) await takenOver(tx, added);
      const kept = await swapTables(tx, projection.table, rows.place);
      const swapped = { kept, comparison: comparison({ ...all, untold: all.untold + added }) };
      await done(tx, upTo, swapped);
      known = undefined;
      return { kind: 'swapped', ...swapped };
    });
  }
}

type Near = Omit<SwapRequest, 'after'> & { readonly from: Cursor };

interface Settled {
  readonly different: readonly string[];
  readonly differences: readonly RebuildDifference[];
  readonly untold: readonly string[];
  /** Those that are neither live nor told of, such as one that was taken over and has been deleted since. */
  readonly gone: readonly string[];
  readonly told: ReadonlyMap<string, object>;
}

/** Rows beside what their own events tell, as of one moment. */
function settleAtOnce(pool: Pool, rows: Rows, subjects: readonly string[], listed: number): Promise<Settled> {
  return inTransaction(pool, (tx) => settle(tx, rows, subjects, listed), (tx) => tx.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'));
}

async function settle(tx: Tx, rows: Rows, subjects: readonly string[], listed: number): Promise<Settled> {
  if (subjects.length === 0) return { different: [], differences: [], untold: [], gone: [], told: new Map() };
  const { different, untold, told } = await rows.settle(tx, subjects);
  const named = different.slice(0, Math.max(0, listed));
  const live = named.length === 0 ? new Map<string, object>() : await rows.shown(tx, named);
  const known = new Set([...untold, ...told.keys()]);
  return { different, untold, gone: subjects.filter((subject) => !known.has(subject)), told, differences: named.map((subject) => ({ subject, live: live.get(subject) ?? null, rebuilt: told.get(subject) ?? null })) };
}

interface CatchUp {
  readonly pool: Pool;
  readonly log: RebuildOptions['log'];
  readonly rows: Rows;
  readonly types: readonly string[];
  readonly from: Cursor;
  readonly signal: AbortSignal;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
}

/** Folds what was committed meanwhile, as far as the horizon. */
async function catchUp({ pool, log, rows, types, from, signal, sleep, monotonicMs }: CatchUp): Promise<{ readonly upTo: Cursor; readonly subjects: ReadonlySet<string>; readonly erased: boolean }> {
  const subjects = new Set<string>();
  let erased = false;
  for (let upTo = from; ; ) {
    signal.throwIfAborted();
    const beganMs = monotonicMs();
    const fetched = await fetchAfter(pool, log.epoch, upTo, ANY_AGE_MS, { rows: CATCH_UP_ROWS }, log.preparer.nowMs());
    const events = await log.clear(fetched.events.filter(({ type }) => types.includes(type)));
    if (events.length > 0) await inTransaction(pool, (tx) => rows.follow(tx, events));
    for (const { subject, type } of events) {
      subjects.add(subject);
      erased ||= type === rows.projection.erasedBy;
    }
    upTo = fetched.upTo;
    if (!fetched.full) return { upTo, subjects, erased };
    await sleep(restMs(monotonicMs() - beganMs, FOLLOW_SHARE), signal);
  }
}

/** Runs `work` while nobody else can use the live table: whoever wrote to it has committed, events and rows. */
function barrier<Result>(pool: Pool, rows: Rows, timeoutMs: number, work: (tx: PoolClient) => Promise<Result>): Promise<Result> {
  return inTransaction(pool, async (tx) => {
    await tx.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = ${timeoutMs}; LOCK TABLE ${rows.place.live} IN ACCESS EXCLUSIVE MODE`);
    return work(tx);
  });
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

function comparison({ compared, different, differences, untold }: Found): RebuildComparison {
  return { compared, different: different.length, differences, untold };
}

function chunks<Item>(all: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}
