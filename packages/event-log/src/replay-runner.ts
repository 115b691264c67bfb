/**
 * Carries out replays, in whichever process reads the log: one at a time, each from where it stands.
 *
 * Promise: when the process that carries a replay dies, another one goes on within `holdMs`, and nothing counts twice. A dry run
 * begins anew then: it has changed nothing. A stop undoes the batch that is under way. A fault of the database, or of the way to
 * it, ends nothing: it is kept with the replay, and the batch is made again.
 */
import type { Pool } from 'pg';
import type { Sleep } from './backoff.ts';
import { connectionsOf } from './connected.ts';
import type { RegisteredMap } from './connected.ts';
import type { StoredEvent } from './event.ts';
import { compareCursors, START } from './event.ts';
import type { Tx } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import { NotRebuildable } from './rebuild-table.pg.ts';
import { isRebuild } from './replay.ts';
import type { Replay, ReplayCounts, ReplayDifference } from './replay.ts';
import { Blamed, TooManyRows } from './replay-decisions.pg.ts';
import { beginningOf, planOfSelection, readForward } from './replay-events.pg.ts';
import { ReplayPace } from './replay-pace.ts';
import { claimReplay, endReplay, faultSubjects, fixBounds, forgetOldDifferences, giveReplay, noteStep, ReplayTaken } from './replay-rows.pg.ts';
import type { Held, ReplayStep } from './replay-rows.pg.ts';
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
/** Faults in a row, in one process, after which one that is not of the database ends a replay. */
const MOST_FAULTS = 30;
/** Events that are read at once; a rebuild takes between so few and so many, as long as a batch stays short. */
const PIECE = 256;
const SMALLEST_PIECE = 32;
const LARGEST_PIECE = 1_024;
const LONG_MS = 50;
/** Until transactions end that began before the replay. */
const HORIZON_MS = 20;
/** Differences of a rebuild that are kept. */
const LISTED = 1_000;
/** Differences are kept for so long after the end: they show rows as they were. */
const KEPT_DAYS = 7;

export function startReplayRunner(options: ReplayRunnerOptions): ReplayRunner {
  const stopping = new AbortController();
  let pause = new AbortController();
  const faults = new Map<string, number>();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      pause = new AbortController();
      const wasBusy = await next(options, faults, stopping.signal);
      if (!wasBusy) await options.sleep(POLL_MS, AbortSignal.any([stopping.signal, pause.signal])).catch(() => undefined);
    }
  })();
  return {
    wake: () => pause.abort(),
    async stop() {
      stopping.abort(new Error('The service stops.'));
      await running;
    },
  };
}

/** True when there was a replay to carry on. */
async function next(options: ReplayRunnerOptions, faults: Map<string, number>, stopping: AbortSignal): Promise<boolean> {
  const { log: { pool }, holder, logger, holdMs = HOLD_MS } = options;
  try {
    const replay = await claimReplay(pool, holder, holdMs);
    if (replay === undefined) return false;
    await carryOn(options, replay, faults, stopping);
    return true;
  } catch (error) {
    if (!stopping.aborted) logger.warn({ err: error }, 'a replay cannot be carried on; it is tried again');
    return false;
  }
}

async function carryOn(options: ReplayRunnerOptions, replay: Replay, faults: Map<string, number>, stopping: AbortSignal): Promise<void> {
  const { log: { pool }, holder, sleep, logger, holdMs = HOLD_MS } = options;
  const held: Held = { replayId: replay.replayId, holder, holdMs };
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const holding = holdOn(() => noteStep(pool, held, {}), { everyMs: Math.min(LOOK_MS, holdMs / 3), sleep }, ended);
  const carrying = new Carrying(options, held, signal);
  try {
    await forgetOldDifferences(pool, KEPT_DAYS);
    await (isRebuild(replay.target) ? carrying.rebuild(replay, replay.target.projection) : carrying.replay(replay));
    faults.delete(replay.replayId);
    logger.info({ replay: replay.replayId }, 'a replay has ended');
  } catch (error) {
    if (stopping.aborted) return await giveReplay(pool, held, 0, null);
    if (error instanceof ReplayTaken || signal.aborted) return;
    const text = workError(error, 0).message;
    const count = (faults.get(replay.replayId) ?? 0) + 1;
    faults.set(replay.replayId, count);
    if (!isForGood(error) && (isSystemic(error) || count < MOST_FAULTS)) {
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
  return error instanceof Unreplayable || error instanceof TooManyRows || error instanceof NotRebuildable || (error instanceof Error && 'code' in error && !isSystemic(error) && /^[0-9A-Z]{5}$/.test(String(error.code)));
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

  constructor(options: ReplayRunnerOptions, held: Held, signal: AbortSignal) {
    this.#o = options;
    this.#pool = options.log.pool;
    this.#held = held;
    this.#signal = signal;
  }

  async replay(asked: Replay): Promise<void> {
    const { log, map, ports, monotonicMs } = this.#o;
    const plan = planOfSelection(asked.selection);
    const isDry = asked.mode === 'dry';
    if (isDry && asked.until !== null) await this.#write((tx) => noteStep(tx, this.#held, { isAnew: true, cursor: START }));
    const isNew = asked.until === null || isDry || (asked.cursor.epoch === 0 && asked.cursor.txid === 0);
    const replay = isNew ? await inTransaction(this.#pool, async (tx) => fixBounds(tx, this.#held, log.epoch, await beginningOf(tx, plan))) : asked;
    const { until } = replay;
    if (until === null) throw new TypeError('A replay that has begun has an end.');
    const target = targetOf(replay, {
      log, ports, monotonicMs, all: connectionsOf(map).mapped, held: isNew ? [] : await faultSubjects(this.#pool, replay.replayId), inTransaction: (work) => this.#write(work),
    });
    const pace = new ReplayPace({ ...this.#o, rate: replay.rate });
    for (let after = replay.cursor; ; ) {
      const piece = await readForward(log, plan, { after, until, size: PIECE });
      let [given, looked] = [0, 0];
      for (let left = piece.events; left.length > 0; ) {
        let batch = left.slice(0, Math.min(target.take(left), pace.most));
        const beganMs = monotonicMs();
        // Of the ones that were looked at in vain, those before this batch count with it.
        const noting = (events: readonly StoredEvent[]) => {
          const isLast = events.length === left.length;
          const cursor = isLast ? piece.upTo : (events.at(-1)?.cursor ?? after);
          const scanned = isLast ? piece.scanned - looked : events.length;
          return (tx: Tx | undefined, { counts, differences }: { counts: Partial<ReplayCounts>; differences: readonly ReplayDifference[] }): Promise<void> => this.#note(tx, { cursor, differences, counts: { ...counts, scanned } });
        };
        await target.give(batch, noting(batch), this.#signal).catch((error: unknown) => {
          if (!(error instanceof Blamed)) throw error;
          batch = batch.slice(0, 1);
          return target.give(batch, noting(batch), this.#signal);
        });
        given += batch.length;
        looked += batch.length;
        left = piece.events.slice(given);
        await this.#o.faults?.hit('replay.batch');
        await pace.rest(batch.length, monotonicMs() - beganMs, this.#signal);
      }
      if (piece.events.length === 0) {
        await this.#note(undefined, { cursor: piece.upTo, counts: { scanned: piece.scanned } });
        if (!piece.isEnd) await this.#o.sleep(piece.scanned === 0 ? HORIZON_MS : 1, this.#signal);
      }
      after = piece.upTo;
      if (piece.isEnd) return endReplay(this.#pool, this.#held, { state: 'done' });
    }
  }

  async rebuild(replay: Replay, projection: string): Promise<void> {
    const { log, rebuilds, monotonicMs } = this.#o;
    const steps = rebuilds?.get(projection);
    if (steps === undefined) throw new Unreplayable(`Nobody here rebuilds the projection ${projection}.`);
    let after = replay.cursor;
    if (!replay.isPrepared) {
      await inTransaction(this.#pool, async (tx) => {
        await fixBounds(tx, this.#held, log.epoch, START);
        await steps.prepare(tx);
        await noteStep(tx, this.#held, { isAnew: true, isPrepared: true });
      });
      after = START;
    }
    const plan = planOfSelection({ types: steps.types });
    const pace = new ReplayPace({ ...this.#o, rate: replay.rate });
    const until = { epoch: log.epoch, txid: Number.MAX_SAFE_INTEGER, position: 0 };
    for (let [isEnd, size] = [false, PIECE]; !isEnd; ) {
      const piece = await readForward(log, plan, { after, until, size: pieceWithin(size, pace.most) });
      const beganMs = monotonicMs();
      await this.#write(async (tx) => {
        const counts = piece.events.length === 0 ? {} : await steps.fill(tx, piece.events);
        await noteStep(tx, this.#held, { cursor: piece.upTo, counts: { ...counts, scanned: piece.scanned, matched: piece.events.length } });
      });
      const tookMs = monotonicMs() - beganMs;
      size = tookMs > LONG_MS ? Math.max(SMALLEST_PIECE, size / 2) : tookMs < LONG_MS / 3 ? Math.min(LARGEST_PIECE, size * 2) : size;
      // There is always more to come: what was there when it was looked is enough, and the swap reads the rest.
      isEnd = piece.scanned === 0 && compareCursors(piece.upTo, after) === 0;
      after = piece.upTo;
      await this.#o.faults?.hit('replay.batch');
      if (!isEnd) await pace.rest(piece.events.length, tookMs, this.#signal);
    }
    if (replay.mode === 'dry') {
      const comparison = await steps.compare(LISTED, this.#signal);
      return this.#write(async (tx) => {
        await this.#keep(tx, projection, comparison);
        await endReplay(tx, this.#held, { state: 'done' });
      });
    }
    const outcome = await steps.swap({
      after, accept: replay.accept, listed: LISTED, signal: this.#signal,
      done: async (tx, upTo, { kept, comparison }) => {
        await noteStep(tx, this.#held, { cursor: upTo, differences: differencesOf(projection, comparison) });
        await endReplay(tx, this.#held, { state: 'done', kept });
      },
    });
    if (outcome.kind === 'swapped') return;
    await this.#write(async (tx) => {
      await this.#keep(tx, projection, outcome.comparison);
      await endReplay(tx, this.#held, { state: 'failed', error: `${outcome.comparison.different} rows differ from what the log says, so nothing was put in their place: read the differences, then accept them or find out who changed the rows.` });
    });
  }

  #keep(tx: Tx, projection: string, comparison: RebuildComparison): Promise<void> {
    return noteStep(tx, this.#held, { differences: differencesOf(projection, comparison) });
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

/** A power of two, for each size is a statement of its own. */
function pieceWithin(size: number, most: number): number {
  return Math.min(size, 2 ** Math.floor(Math.log2(Math.min(most, LARGEST_PIECE))));
}
