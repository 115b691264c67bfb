/**
 * Carries out replays, in whichever process reads the log: each from where it stands, one at a time, and beside it dry runs of events.
 * When others wait, each has its turn of a few seconds; a dry run has not, for it would have to begin anew: some are open at a time, and
 * one batch of them goes at a time, so that one that waits for its rate keeps nobody waiting.
 *
 * Promise: when the process that carries a replay dies, another one goes on within `holdMs`, and nothing counts twice. A dry run
 * begins anew then: it has changed nothing. A stop undoes the batch that is under way. A fault of the database, or of the way to
 * it, ends nothing: it is kept with the replay, and the batch is made again.
 */
import type { Pool } from 'pg';
import { Bell } from './backoff.ts';
import { BatchSize } from './batch-size.ts';
import type { Sleep } from './backoff.ts';
import { connectionsOf } from './connected.ts';
import type { RegisteredMap } from './connected.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { START } from './event.ts';
import type { Tx } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import { SwapBusy } from './rebuild.pg.ts';
import { NotRebuildable } from './rebuild-table.pg.ts';
import { isRebuild } from './replay.ts';
import type { Replay, ReplayCounts, ReplayDifference } from './replay.ts';
import { Blamed, TooManyRows } from './replay-decisions.pg.ts';
import { beginningOf, endOf, planOfSelection, readForward } from './replay-events.pg.ts';
import { InTurn } from './replay-in-turn.ts';
import { ReplayPace } from './replay-pace.ts';
import { claimReplay, endReplay, fixBounds, giveReplay, heldSubjects, noteStep, othersWait, ReplayOvertaken, ReplayTaken, unprepareOthers } from './replay-rows.pg.ts';
import type { Held, ReplayLane, ReplayStep } from './replay-rows.pg.ts';
import type { RebuildComparison, RebuildSteps } from './replay-steps.ts';
import { targetOf, Unreplayable } from './replay-target.pg.ts';
import type { ReplayPorts } from './replay-target.pg.ts';
import { inTransaction, isSystemic } from './transaction.pg.ts';
import { workError } from './work-error.ts';

export type { ReplayPorts };

export interface ReplayRunnerOptions {
  readonly log: EventLog;
  readonly map: RegisteredMap;
  readonly ports: ReplayPorts;
  /** By the name of the projection. */
  readonly rebuilds?: ReadonlyMap<string, RebuildSteps>;
  /** A UUID: names this process. */
  readonly holder: string;
  /** A process that has not told of a replay for so long is gone, in ms. Default 15,000. */
  readonly holdMs?: number;
  /** For so long one replay goes on while others wait, in ms. Default 5,000. */
  readonly turnMs?: number;
  /** Milliseconds by which the live readers of this process are behind. */
  readonly lagMs: () => number;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
  /** Points where a test may end the process: `replay.batch`, after each batch. */
  readonly faults?: { hit(name: string): void | Promise<void> };
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

export interface ReplayRunner {
  /** Looks for a replay at once. */
  wake(): void;
  /** Ends after the present batch; the replay goes on elsewhere, or after the next start. */
  stop(): Promise<void>;
}

const POLL_MS = 1_000;
const HOLD_MS = 15_000;
/** Whether it was stopped is looked at at least so often. */
const LOOK_MS = 1_000;
/** After a fault. */
const AGAIN_MS = 1_000;
const TURN_MS = 5_000;
/** Faults in a row, in one process, after which one that is not of the database ends a replay. */
const MOST_FAULTS = 30;
/** And how often a swap may find the table in use: each time everybody waits for it. */
const MOST_BUSY = 10;
/** Dry runs that are open at once, in one process: each has in memory what it would change. */
const MOST_DRY = 8;
/** Events that are read at once. */
const PIECE = 256;
/**
 * Events that a rebuild folds at once, and rows at most; of how many events a row is made shows in the batch before. It works for a part of
 * the time only: nobody waits for a rebuild, while an order waits for what else is done in each of its dozen steps. Smaller batches would
 * cost more than they leave: on a busy machine a statement takes its time whatever it brings.
 */
const FOLDED = { smallest: 256, largest: 1_024, first: 256, limitMs: 50 };
const REBUILD_SHARE = 1 / 3;
const MOST_ROWS = 512;
const EVENTS_OF_A_ROW = 16;
/** Until transactions end that began before the replay. */
const HORIZON_MS = 20;
/** Differences of a rebuild that are kept. */
const LISTED = 1_000;

export function startReplayRunner(options: ReplayRunnerOptions): ReplayRunner {
  const stopping = new AbortController();
  const bells = { dry: new Bell(options.sleep), turns: new Bell(options.sleep) };
  const faults = new Map<string, number>();
  const dryRuns = new InTurn();
  const running = Promise.all((['dry', 'turns'] as const).map(async (lane) => {
    const open = new Set<Promise<unknown>>();
    const most = lane === 'dry' ? MOST_DRY : 1;
    while (!stopping.signal.aborted) {
      const replay = open.size < most ? await claimed(options, lane, stopping.signal) : undefined;
      if (replay !== undefined) {
        const carried: Promise<unknown> = carryOn(options, replay, { faults, inTurn: lane === 'dry' ? dryRuns : undefined, stopping: stopping.signal })
          .catch((error: unknown) => {
            if (!stopping.signal.aborted) options.logger.warn({ err: error }, CANNOT);
          }).finally(() => open.delete(carried));
        open.add(carried);
      } else if (open.size < most) await bells[lane].wait(POLL_MS, stopping.signal);
      if (open.size >= most) await Promise.race(open);
    }
    await Promise.all(open);
  }));
  return {
    wake: () => Object.values(bells).forEach((bell) => bell.ring()),
    async stop() {
      stopping.abort(new Error('The service stops.'));
      await running;
    },
  };
}

/** One to carry on, if there is one. */
async function claimed({ log: { pool }, holder, holdMs = HOLD_MS, logger }: ReplayRunnerOptions, lane: ReplayLane, stopping: AbortSignal): Promise<Replay | undefined> {
  return claimReplay(pool, holder, holdMs, lane).catch((error: unknown) => {
    if (!stopping.aborted) logger.warn({ err: error }, CANNOT);
    return undefined;
  });
}

const CANNOT = 'a replay cannot be carried on; it is tried again';

/** Others wait, and this one has had its turn. */
class TurnOver extends Error {
  override readonly name = 'TurnOver';
}

interface Around {
  /** By replay, those in a row. */
  readonly faults: Map<string, number>;
  /** Of those that share their time batch by batch. */
  readonly inTurn: InTurn | undefined;
  readonly stopping: AbortSignal;
}

async function carryOn(options: ReplayRunnerOptions, replay: Replay, { faults, inTurn, stopping }: Around): Promise<void> {
  const { log: { pool }, holder, sleep, logger, holdMs = HOLD_MS } = options;
  const held: Held = { replayId: replay.replayId, holder, holdMs };
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const holding = holdOn(() => noteStep(pool, held, {}), { everyMs: Math.min(LOOK_MS, holdMs / 3), sleep }, ended);
  const carrying = new Carrying(options, held, signal, inTurn);
  try {
    await (isRebuild(replay.target) ? carrying.rebuild(replay, replay.target.projection) : carrying.replay(replay));
    faults.delete(replay.replayId);
    logger.info({ replay: replay.replayId }, 'a replay has ended');
  } catch (error) {
    if (stopping.aborted || error instanceof TurnOver) return await giveReplay(pool, held, 0, null);
    if (error instanceof ReplayTaken || signal.aborted) return;
    const text = workError(error, 0).message;
    const count = (faults.get(replay.replayId) ?? 0) + 1;
    faults.set(replay.replayId, count);
    if (!isForGood(error) && (isSystemic(error) || count < (error instanceof SwapBusy ? MOST_BUSY : MOST_FAULTS))) {
      await giveReplay(pool, held, AGAIN_MS, text);
      throw error;
    }
    logger.warn({ replay: replay.replayId, err: error }, 'a replay has failed');
    await endReplay(pool, held, { state: 'failed', error: text });
  } finally {
    ended.abort(new Error('The replay has ended.'));
    await holding;
  }
}

/** A fault that stays when it is tried again. What cannot be reached may be reached later. */
function isForGood(error: unknown): boolean {
  return error instanceof Unreplayable || error instanceof ReplayOvertaken || error instanceof TooManyRows || error instanceof NotRebuildable || (error instanceof Error && 'code' in error && !isSystemic(error) && /^[0-9A-Z]{5}$/.test(String(error.code)));
}

/** Holds the replay until `ended`, which it aborts when it was stopped or another process has taken it. */
async function holdOn(note: () => Promise<void>, { everyMs, sleep }: { readonly everyMs: number; readonly sleep: Sleep }, ended: AbortController): Promise<void> {
  for (;;) {
    await sleep(everyMs, ended.signal).catch(() => undefined);
    if (ended.signal.aborted) return;
    await note().catch((error: unknown) => {
      // When the database does not answer, the batch will fail by itself.
      if (error instanceof ReplayTaken) ended.abort(error);
    });
  }
}

class Carrying {
  readonly #o: ReplayRunnerOptions;
  readonly #pool: Pool;
  readonly #held: Held;
  readonly #signal: AbortSignal;
  readonly #inTurn: InTurn | undefined;
  #turnEndsMs: number;

  constructor(options: ReplayRunnerOptions, held: Held, signal: AbortSignal, inTurn: InTurn | undefined) {
    this.#inTurn = inTurn;
    this.#o = options;
    this.#pool = options.log.pool;
    this.#held = held;
    this.#signal = signal;
    this.#turnEndsMs = options.monotonicMs() + (options.turnMs ?? TURN_MS);
  }

  async replay(asked: Replay): Promise<void> {
    const { log, map, ports, monotonicMs } = this.#o;
    const plan = planOfSelection(asked.selection);
    const isDry = asked.mode === 'dry';
    if (isDry && asked.until !== null) await this.#write((tx) => noteStep(tx, this.#held, { isAnew: true, cursor: START }));
    const isNew = asked.until === null || isDry || (asked.cursor.epoch === 0 && asked.cursor.txid === 0);
    // What was taken away from under it shows before anything goes outside.
    if (!isNew) await noteStep(this.#pool, this.#held, {});
    const target = targetOf(asked, {
      log, ports, monotonicMs, all: connectionsOf(map).mapped, held: isNew ? [] : await heldSubjects(this.#pool, asked.replayId), inTransaction: (work) => this.#write(work), sleep: this.#o.sleep,
    });
    const replay = isNew ? await inTransaction(this.#pool, async (tx) => {
      const bounded = await fixBounds(tx, this.#held, log.epoch, await beginningOf(tx, plan), await endOf(tx, plan));
      const step = await target.beginning?.(tx);
      if (step !== undefined) await noteStep(tx, this.#held, step);
      return bounded;
    }) : asked;
    const { until } = replay;
    if (until === null) throw new TypeError('A replay that has begun has an end.');
    const pace = new ReplayPace({ ...this.#o, rate: replay.rate });
    for (let after = replay.cursor; ; ) {
      const piece = await readForward(log, plan, { after, until, size: PIECE });
      let [given, looked] = [0, 0];
      for (let left = piece.events; left.length > 0; ) {
        let batch = left.slice(0, Math.min(target.take(left), pace.most));
        // Of the ones that were looked at in vain, those before this batch count with it.
        const noting = (events: readonly StoredEvent[]) => {
          const isLast = events.length === left.length;
          const cursor = isLast ? piece.upTo : (events.at(-1)?.cursor ?? after);
          const scanned = isLast ? piece.scanned - looked : events.length;
          return (tx: Tx | undefined, { counts, differences }: { counts: Partial<ReplayCounts>; differences: readonly ReplayDifference[] }): Promise<void> => this.#note(tx, { cursor, differences, counts: { ...counts, scanned } });
        };
        await this.#alone(async () => {
          const beganMs = monotonicMs();
          // Who is to blame is searched for by halves.
          for (let isGiven = false; !isGiven; ) {
            isGiven = await target.give(batch, noting(batch), this.#signal).then(() => true, (error: unknown) => {
              if (!(error instanceof Blamed)) throw error;
              return false;
            });
            if (!isGiven) batch = batch.slice(0, Math.ceil(batch.length / 2));
          }
          await this.#o.faults?.hit('replay.batch');
          await pace.rest(batch.length, monotonicMs() - beganMs, this.#signal);
        });
        given += batch.length;
        looked += batch.length;
        left = piece.events.slice(given);
        await pace.keepRate(this.#signal);
        if (!isDry) await this.#endTurn();
      }
      if (piece.events.length === 0) {
        await this.#note(undefined, { cursor: piece.upTo, counts: { scanned: piece.scanned } });
        if (!piece.isEnd) await this.#o.sleep(piece.scanned === 0 ? HORIZON_MS : 1, this.#signal);
      }
      after = piece.upTo;
      if (piece.isEnd) return this.#end(await target.ending?.(replay, this.#signal));
    }
  }

  /** Of those that share their time, one at a time. */
  #alone(work: () => Promise<void>): Promise<void> {
    return this.#inTurn === undefined ? work() : this.#inTurn.run(this.#signal, work);
  }

  #end({ note = null, ...step }: ReplayStep & { readonly note?: string | null } = {}): Promise<void> {
    return this.#write(async (tx) => {
      await noteStep(tx, this.#held, step);
      await endReplay(tx, this.#held, { state: 'done', error: note });
    });
  }

  async rebuild(asked: Replay, projection: string): Promise<void> {
    const { log, rebuilds } = this.#o;
    const steps = rebuilds?.get(projection);
    if (steps === undefined) throw new Unreplayable(`Nobody here rebuilds the projection ${projection}.`);
    const replay = asked.isPrepared ? asked : await inTransaction(this.#pool, async (tx) => {
      const bounded = await fixBounds(tx, this.#held, log.epoch, START);
      await steps.prepare(tx);
      await unprepareOthers(tx, projection, this.#held.replayId);
      await noteStep(tx, this.#held, { isAnew: true, isPrepared: true });
      return bounded;
    });
    const { until } = replay;
    if (until === null) throw new TypeError('A rebuild that is prepared has an end.');
    await this.#fill(steps, replay, until);
    await steps.finish(this.#signal);
    if (replay.mode === 'dry') {
      const comparison = await steps.compare(LISTED, this.#signal);
      return this.#write(async (tx) => {
        await noteStep(tx, this.#held, { differences: differencesOf(projection, comparison), counts: { skipped: comparison.untold } });
        await endReplay(tx, this.#held, { state: 'done' });
        await steps.drop(tx);
      });
    }
    const outcome = await steps.swap({
      after: until, accept: replay.accept, listed: LISTED, signal: this.#signal,
      takenOver: (tx, skipped) => noteStep(tx, this.#held, { counts: { skipped } }),
      done: async (tx, upTo, { kept, comparison }) => {
        await noteStep(tx, this.#held, { cursor: upTo, differences: differencesOf(projection, comparison) });
        await endReplay(tx, this.#held, { state: 'done', kept });
      },
    });
    if (outcome.kind === 'swapped') return;
    await this.#write(async (tx) => {
      await noteStep(tx, this.#held, { differences: differencesOf(projection, outcome.comparison) });
      await endReplay(tx, this.#held, { state: 'failed', error: `${outcome.comparison.different} rows differ from what the log says, so nothing was put in their place: read the differences, then accept them or find out who changed the rows.` });
    });
  }

  /** Whole histories, in the order in which the rows began, as far as rows had begun when the rebuild did. */
  async #fill(steps: RebuildSteps, replay: Replay, until: Cursor): Promise<void> {
    const { log, monotonicMs } = this.#o;
    const plan = planOfSelection({ types: [steps.begunBy] });
    const pace = new ReplayPace({ ...this.#o, rate: replay.rate, share: REBUILD_SHARE });
    const batch = new BatchSize(FOLDED);
    let ofARow = EVENTS_OF_A_ROW;
    // What begins a row is read for its subject alone.
    const sealed = { pool: log.pool, epoch: log.epoch, clear: async (events: readonly StoredEvent[]) => events };
    for (let [after, isEnd] = [replay.cursor, false]; !isEnd; ) {
      // A power of two, for each size is a statement of its own.
      const size = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(batch.most / ofARow, pace.most / ofARow, MOST_ROWS))));
      const beganMs = monotonicMs();
      const piece = await readForward(sealed, plan, { after, until, size });
      let events = 0;
      await this.#write(async (tx) => {
        const filled = await steps.fill(tx, [...new Set(piece.events.map(({ subject }) => subject))]);
        ({ events } = filled);
        await noteStep(tx, this.#held, { cursor: piece.upTo, counts: { scanned: events, matched: events, applied: filled.applied, ignored: filled.ignored } });
      });
      const tookMs = monotonicMs() - beganMs;
      if (piece.events.length === size) batch.took(tookMs, events);
      if (events > 0) ofARow = events / piece.events.length;
      ({ upTo: after, isEnd } = piece);
      await this.#o.faults?.hit('replay.batch');
      if (isEnd) return;
      await pace.rest(events, tookMs, this.#signal);
      await pace.keepRate(this.#signal);
      await this.#endTurn();
    }
  }

  /** Throws `TurnOver`. */
  async #endTurn(): Promise<void> {
    const { monotonicMs, turnMs = TURN_MS } = this.#o;
    if (monotonicMs() < this.#turnEndsMs) return;
    if (await othersWait(this.#pool)) throw new TurnOver('Others wait.');
    this.#turnEndsMs = monotonicMs() + turnMs;
  }

  #note(tx: Tx | undefined, step: ReplayStep): Promise<void> {
    return tx === undefined ? this.#write((own) => noteStep(own, this.#held, step)) : noteStep(tx, this.#held, step);
  }

  #write(work: (tx: Tx) => Promise<void>): Promise<void> {
    return inTransaction(this.#pool, work);
  }
}

function differencesOf(projection: string, { differences }: RebuildComparison): ReplayDifference[] {
  return differences.map(({ subject, live, rebuilt }) => ({
    key: `row:${projection}:${subject}`, kind: 'row', name: projection, subject, eventId: null, before: live === null ? null : JSON.stringify(live), after: rebuilt === null ? null : JSON.stringify(rebuilt),
  }));
}
