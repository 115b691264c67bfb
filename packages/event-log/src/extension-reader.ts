/**
 * The reader of one extension in this process: one loop for all its partitions, so that everything that touches the parked
 * events, timers and outcomes of the extension happens one after another and needs no lock of its own.
 *
 * A turn of the loop: adopt new partitions → write the outcomes of effects → retry parked events → fire due timers → handle
 * the next stretch of the log. Each is one transaction over at most 128 subjects.
 */
import type { Sleep } from './backoff.ts';
import { backoffMs, Bell, DEFAULT_RETRY } from './backoff.ts';
import type { Input, Settled } from './change.pg.ts';
import { MAX_SUBJECTS } from './change.pg.ts';
import type { Job, RunEnd } from './effect-runner.ts';
import { DEFAULT_KEY_TTL_MS, EffectRunner, workError } from './effect-runner.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors, triggerOf } from './event.ts';
import type { RetryPolicy, Tx } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import type { AnyState, MappedExtension } from './map.ts';
import type { Move, Owned, Ownership } from './ownership.pg.ts';
import { moveCursors, StaleFence } from './ownership.pg.ts';
import type { ActiveFrom } from './registry.pg.ts';
import { run } from './statement.pg.ts';
import type { Tail } from './tail.pg.ts';
import type { DueTimer } from './timers.pg.ts';
import { dueTimers, endTimers, holdTimers, putOffTimers, TimersMoved } from './timers.pg.ts';
import { inTransaction, isSystemic } from './transaction.pg.ts';
import type { NewWork, WorkRow, WorkUpdate } from './work.pg.ts';
import { deleteWork, insertWork, insertWorkAndMove, loadWork, parkedSubjects, takeOverWork, updateWork, workKey } from './work.pg.ts';

export interface ReaderLogger {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export interface ReaderOptions {
  readonly log: EventLog;
  readonly mapped: MappedExtension;
  readonly activeFrom: ActiveFrom;
  readonly tail: Tail;
  readonly ownership: Ownership;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly monotonicMs: () => number;
  readonly logger: ReaderLogger;
}

/** One event with what it means to this extension. */
interface Item {
  readonly event: StoredEvent;
  readonly owned: Owned;
  readonly inputs: readonly Input<AnyState>[];
  readonly effects: readonly Job[];
}

/** A run whose outcome is known, and one that must be tried again. */
type KnownEnd = Exclude<RunEnd, { kind: 'retry' }>;
type RetryEnd = Extract<RunEnd, { kind: 'retry' }>;

const STRETCH = 500;
/** Jobs of one handler in memory; what comes beyond stays in the table until there is room. */
const MAX_JOBS = 5_000;
const REFILL = 1_000;
const PARKED_ROWS = 1_000;
const PROBE = 20;
/** An orderly stop waits so long for effects that run. */
const DRAIN_MS = 10_000;
const UNKNOWN_VERSION = 'unknown_version';
const IDLE_MS = 250;
const LINGER_MS = 3;
const FLUSH_EVERY_MS = 250;
const TIMERS_EVERY_MS = 200;
const PARKED_EVERY_MS = 50;
const RECOUNT_EVERY_MS = 1_000;
/** A timer whose decision failed comes again. */
const TIMER_AGAIN_MS = 5_000;
/** Parked events of transactional handlers: a fault that lasts longer than about ten minutes is a dead letter. */
const PARK_RETRY: RetryPolicy = { ...DEFAULT_RETRY, maxAttempts: 20 };
/** More failures than this among the last ones are a fault of the extension, not of its events. */
const SYSTEMIC_SHARE = 0.2;
const SAMPLES = 200;

/** So many events fail that the extension itself is at fault: the batch is not charged to its events. */
export class ReaderPaused extends Error {
  override readonly name = 'ReaderPaused';
}

export class ExtensionReader {
  readonly name: string;
  readonly runner: EffectRunner;
  readonly #o: ReaderOptions;
  readonly #bell: Bell;
  /** Partitions whose parked rows and jobs are in memory. */
  #adopted = new Set<Owned>();
  readonly #releasing = new Set<Owned>();
  #held = new Set<string>();
  #waiting = new Set<string>();
  #ends: RunEnd[] = [];
  /** Per partition and handler, where its rows begin that wait in the table for room in memory. */
  readonly #spilled = new Map<Owned, Map<string, Cursor>>();
  #flushedAtMs = 0;
  #dirty = false;
  #timersAtMs = 0;
  #parkedAtMs = 0;
  #recountAtMs = 0;
  #deadAtMs = 0;
  #recent: boolean[] = [];
  /** Too much failed lately: small batches, and nothing parked is retried. */
  #probing = false;
  #faults = 0;
  /** The last error of the loop while it lasts. */
  fault: Error | undefined;

  constructor(options: ReaderOptions) {
    this.#o = options;
    this.name = options.mapped.extension.name;
    this.#bell = new Bell(options.sleep);
    this.runner = new EffectRunner({
      sleep: options.sleep, random: options.random, monotonicMs: options.monotonicMs, nowMs: options.log.preparer.nowMs,
      leaseLeftMs: () => options.ownership.leaseLeftMs(),
      onEnd: (end) => {
        this.#ends.push(end);
        this.#bell.ring();
      },
    });
  }

  /** Something may be there to do. */
  readonly poke = (): void => this.#bell.ring();

  /** Subjects that an earlier event holds, and jobs in memory. */
  get counts(): { held: number; waiting: number; jobs: number } {
    return { held: this.#held.size, waiting: this.#waiting.size, jobs: this.runner.size };
  }

  /** Gives a partition back as soon as nothing of it is under way. */
  release(owned: Owned): void {
    if (this.#releasing.has(owned)) return;
    this.#releasing.add(owned);
    this.runner.holdBack(inSlots(owned));
    this.#bell.ring();
  }

  /** Works until `stop` is aborted; then ends what runs, writes its outcomes, and returns. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      let busy = false;
      try {
        busy = await this.#turn();
        this.#faults = 0;
        this.fault = undefined;
      } catch (error) {
        await this.#afterFault(error, stop);
        continue;
      }
      // A moment for more to come: a small batch costs the database almost as much as a large one.
      if (busy) await this.#o.sleep(LINGER_MS, stop).catch(() => undefined);
      else await this.#bell.wait(Math.max(1, Math.min(IDLE_MS, this.runner.nextDueInMs(), this.#held.size > 0 ? PARKED_EVERY_MS : IDLE_MS)), stop);
    }
    await this.#drain();
  }

  async #turn(): Promise<boolean> {
    await this.#adopt();
    const owned = this.#o.ownership.owned(this.name).filter((one) => this.#adopted.has(one) && !this.#releasing.has(one));
    this.runner.pump();
    let busy = await this.#writeEnds();
    await this.#giveBack();
    if (owned.length === 0) return busy;
    busy = (await this.#retryParked(owned)) || busy;
    busy = (await this.#fireTimers(owned)) || busy;
    busy = (await this.#refill()) || busy;
    busy = (await this.#read(owned)) || busy;
    await this.#flush(owned);
    return busy;
  }

  async #afterFault(error: unknown, stop: AbortSignal): Promise<void> {
    if (error instanceof StaleFence) {
      this.#o.logger.warn({ reader: this.name, err: error }, 'a partition was taken over; everything of this reader is claimed anew');
      this.#o.ownership.drop(this.name);
      return;
    }
    this.#faults += 1;
    this.fault = error instanceof Error ? error : new Error(String(error));
    this.#o.logger.error({ reader: this.name, err: error, faults: this.#faults }, 'the reader waits and tries the same again');
    await this.#o.sleep(backoffMs({ baseMs: 100, maxMs: 5_000 }, this.#faults, this.#o.random) + 10, stop).catch(() => undefined);
  }

  // ── partitions ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes over the rows of new partitions and forgets those of lost ones. */
  async #adopt(): Promise<void> {
    const owned = new Set(this.#o.ownership.owned(this.name));
    for (const lost of this.#adopted) {
      if (owned.has(lost)) continue;
      this.#adopted.delete(lost);
      this.#releasing.delete(lost);
      this.#spilled.delete(lost);
      this.runner.forget(inSlots(lost));
      this.#ends = this.#ends.filter((end) => !inSlots(lost)(end.job.event.slot));
    }
    for (const one of owned) {
      // What still runs of an earlier ownership here must end first: one run per subject at a time.
      if (!this.#adopted.has(one) && !this.runner.runsIn(inSlots(one))) await this.#adoptOne(one);
    }
  }

  async #adoptOne(one: Owned): Promise<void> {
    const { pool } = this.#o.log;
    const { extension } = this.#o.mapped;
    await takeOverWork(pool, this.name, one, one.fence);
    const parked = await parkedSubjects(pool, this.name, Object.keys(extension.handlers), one);
    const loaded = new Map<string, WorkRow[]>();
    for (const name of Object.keys(extension.effects)) {
      loaded.set(name, await loadWork(pool, this.name, 'w.handler = $2 AND w.slot BETWEEN $3 AND $4', [name, one.slotFrom, one.slotTo], MAX_JOBS + 1));
    }
    if (!this.#o.ownership.owned(this.name).includes(one)) return;
    for (const subject of parked.held) this.#held.add(subject);
    for (const subject of parked.waiting) this.#waiting.add(subject);
    for (const [name, rows] of loaded) {
      const beyond = rows[MAX_JOBS];
      // After a take-over nobody knows whether the last attempt was sent.
      this.#keep(one, rows.slice(0, MAX_JOBS).flatMap((row) => this.#jobOfRow(row, true)));
      if (beyond !== undefined && this.#spilled.get(one)?.has(name) !== true) this.#spill(one, name, beyond.event.cursor);
    }
    this.#adopted.add(one);
  }

  async #giveBack(): Promise<void> {
    for (const owned of this.#releasing) {
      if (this.runner.runsIn(inSlots(owned)) || this.#ends.some((end) => inSlots(owned)(end.job.event.slot))) continue;
      this.runner.forget(inSlots(owned));
      this.#releasing.delete(owned);
      this.#spilled.delete(owned);
      this.#adopted.delete(owned);
      await this.#o.ownership.release([owned]);
    }
  }

  async #drain(): Promise<void> {
    const deadlineMs = this.#o.monotonicMs() + DRAIN_MS;
    const all = (): boolean => true;
    this.runner.holdBack(all);
    while ((this.runner.runningCount > 0 || this.#ends.length > 0) && this.#o.monotonicMs() < deadlineMs) {
      try {
        await this.#writeEnds();
      } catch (error) {
        this.#o.logger.error({ reader: this.name, err: error }, 'outcomes could not be written while stopping; the effects run again under their keys');
        break;
      }
      if (this.runner.runningCount > 0) await this.#o.sleep(5).catch(() => undefined);
    }
    this.runner.forget(all);
  }

  // ── the log ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #read(owned: readonly Owned[]): Promise<boolean> {
    const first = owned.reduce((a, b) => (compareCursors(a.cursor, b.cursor) <= 0 ? a : b));
    const stretch = await this.#o.tail.read(first.cursor, first.recordedAtMs, STRETCH);
    if (compareCursors(stretch.upTo, first.cursor) <= 0) return false;
    const { items, upTo, recordedAtMs } = this.#select(owned, stretch.events, stretch.upTo);
    if (items.length > 0) await this.#handle(owned, items, upTo, recordedAtMs);
    else this.#advance(owned, upTo, recordedAtMs);
    return true;
  }

  /** What of the stretch is for this extension: cut before the subject that would be one too many. */
  #select(owned: readonly Owned[], events: readonly StoredEvent[], end: Cursor): { items: Item[]; upTo: Cursor; recordedAtMs: number } {
    const items: Item[] = [];
    const subjects = new Set<string>();
    let upTo = end;
    let recordedAtMs = events.at(-1)?.recordedAtMs ?? 0;
    let previous: StoredEvent | undefined;
    const most = this.#probing ? PROBE : MAX_SUBJECTS;
    for (const event of events) {
      const item = this.#itemOf(owned, event);
      if (item !== undefined) {
        if (item.inputs.length > 0 && (this.#probing ? items.length === PROBE : !subjects.has(event.subject) && subjects.size === most)) {
          upTo = previous?.cursor ?? upTo;
          recordedAtMs = previous?.recordedAtMs ?? recordedAtMs;
          break;
        }
        if (item.inputs.length > 0) subjects.add(event.subject);
        items.push(item);
      }
      previous = event;
    }
    return { items, upTo, recordedAtMs };
  }

  #itemOf(owned: readonly Owned[], event: StoredEvent): Item | undefined {
    const route = this.#o.mapped.routes.get(event.type);
    if (route === undefined) return undefined;
    const partition = owned.find((one) => inSlots(one)(event.slot));
    if (partition === undefined || compareCursors(event.cursor, partition.cursor) <= 0) return undefined;
    const inputs = route.handlers.filter(({ name }) => this.#hears(name, event)).map(({ name }) => this.#inputOf(name, event));
    const effects = route.effects.filter(({ name }) => this.#hears(name, event)).map(({ name }) => this.#newJob(name, event, partition.fence));
    return inputs.length + effects.length > 0 ? { event, owned: partition, inputs, effects } : undefined;
  }

  #hears(name: string, event: StoredEvent): boolean {
    const from = this.#o.activeFrom.get(name);
    return from === undefined || event.cursor.epoch > from.epoch || (event.cursor.epoch === from.epoch && event.cursor.txid >= from.txid);
  }

  #inputOf(name: string, event: StoredEvent): Input<AnyState> {
    const handler = this.#o.mapped.extension.handlers[name];
    const { catalogue } = this.#o.log;
    return {
      subject: event.subject, handler: name, trigger: triggerOf(event), event,
      decide: (state, context) => {
        if (handler === undefined) throw new Error(`The extension has no handler ${name}.`);
        if (!(event.version in catalogue.entry(event.type).versions)) return { kind: 'notYet', reason: `${UNKNOWN_VERSION} ${event.type} ${event.version}` };
        return handler.decide(state, event, context);
      },
    };
  }

  #newJob(name: string, event: StoredEvent, fence: number): Job {
    const effect = this.#o.mapped.extension.effects[name];
    if (effect === undefined) throw new Error(`The extension has no effect ${name}.`);
    const known = event.version in this.#o.log.catalogue.entry(event.type).versions;
    return {
      name, effect, event, fence, key: workKey(name, event.eventId), attempt: 0, maybeSent: false, keyExpiresAtMs: Number.POSITIVE_INFINITY, dueAtMs: 0,
      state: known ? 'ready' : 'waiting',
    };
  }

  #jobOfRow(row: WorkRow, takenOver: boolean): Job[] {
    const effect = this.#o.mapped.extension.effects[row.handler];
    const known = row.event.version in this.#o.log.catalogue.entry(row.event.type).versions;
    if (effect === undefined || (row.state === 'waiting' && !known)) return [];
    return [{
      name: row.handler, effect, event: row.event, fence: row.fence, key: row.key, attempt: row.attempt, maybeSent: takenOver || row.attempt > 0,
      keyExpiresAtMs: this.#keyEnd(row, effect, takenOver),
      dueAtMs: this.#o.monotonicMs() + Math.max(0, row.dueInMs), state: row.state === 'waiting' ? 'ready' : row.state,
    }];
  }

  /** One that may have been sent by a process that died before it could say so lives from now. */
  #keyEnd(row: WorkRow, effect: Job['effect'], takenOver: boolean): number {
    const now = this.#o.monotonicMs();
    if (row.keyLeftMs !== null) return now + row.keyLeftMs;
    return takenOver ? now + (effect.keyTtlMs ?? DEFAULT_KEY_TTL_MS) : Number.POSITIVE_INFINITY;
  }

  /** Handles the items in one transaction; when a write of one is refused, by halves, so that only that one is parked. */
  async #handle(owned: readonly Owned[], items: readonly Item[], upTo: Cursor, recordedAtMs: number): Promise<void> {
    try {
      await this.#commit(owned, items, upTo, recordedAtMs);
    } catch (error) {
      const single = items[0];
      if (single === undefined || error instanceof StaleFence || error instanceof ReaderPaused || isSystemic(error)) throw error;
      if (items.length === 1) {
        await this.#commit(owned, [{ ...single, inputs: single.inputs.map((input) => failing(input, error)) }], upTo, recordedAtMs);
        return;
      }
      const half = items.slice(0, Math.ceil(items.length / 2));
      const last = half.at(-1) ?? single;
      await this.#handle(owned, half, last.event.cursor, last.event.recordedAtMs);
      await this.#handle(owned, items.slice(half.length), upTo, recordedAtMs);
    }
  }

  async #commit(owned: readonly Owned[], items: readonly Item[], upTo: Cursor, recordedAtMs: number): Promise<void> {
    const moves = movesOf(owned, upTo, recordedAtMs);
    const jobs = items.flatMap((item) => item.effects);
    const held = new Set(jobs.filter((job) => this.runner.isHeld(job.name, job.event)));
    const work = jobs.map((job): NewWork => ({
      handler: job.name, event: job.event, state: held.has(job) ? 'behind' : job.state, attempt: 0, dueInMs: 0, fence: job.fence, error: null,
    }));
    const inputs = items.flatMap((item) => item.inputs);
    const fences = new Map(items.map((item) => [item.event.eventId, item.owned.fence]));
    if (inputs.length === 0) {
      await insertWorkAndMove(this.#o.log.pool, this.name, work, moves);
    } else {
      await this.#decide(inputs, fences, (tx) => [insertWork(tx, this.name, work), moveCursors(tx, moves)]);
    }
    this.#applyMoves(moves);
    for (const job of held) job.state = 'behind';
    for (const one of owned) this.#keep(one, jobs.filter((job) => job.state !== 'waiting' && inSlots(one)(job.event.slot)));
  }

  /** Into memory, unless the handler is full there: then from its first one on all wait in the table, so that none overtakes. */
  #keep(owned: Owned, jobs: readonly Job[]): void {
    const kept: Job[] = [];
    const counts = new Map<string, number>();
    for (const job of jobs) {
      const count = counts.get(job.name) ?? this.runner.sizeOf(job.name);
      if (count >= MAX_JOBS && this.#spilled.get(owned)?.has(job.name) !== true) this.#spill(owned, job.name, job.event.cursor);
      if (this.#spilled.get(owned)?.has(job.name) === true) continue;
      counts.set(job.name, count + 1);
      kept.push(job);
    }
    this.runner.add(kept);
  }

  #spill(owned: Owned, name: string, from: Cursor): void {
    const names = this.#spilled.get(owned) ?? new Map<string, Cursor>();
    this.#spilled.set(owned, names.set(name, from));
  }

  /** Takes what waits in the table into memory, in its order, when half of the room is free. */
  async #refill(): Promise<boolean> {
    for (const [owned, names] of this.#spilled) {
      for (const [name, from] of names) {
        if (this.runner.sizeOf(name) > MAX_JOBS / 2) continue;
        const rows = await loadWork(
          this.#o.log.pool, this.name, 'w.handler = $2 AND w.slot BETWEEN $3 AND $4 AND (w.epoch, w.txid, w.position) >= ($5, $6::xid8, $7)',
          [name, owned.slotFrom, owned.slotTo, from.epoch, String(from.txid), from.position], REFILL + 1,
        );
        const beyond = rows[REFILL];
        this.runner.add(rows.slice(0, REFILL).flatMap((row) => this.#jobOfRow(row, false)));
        if (beyond === undefined) names.delete(name);
        else names.set(name, beyond.event.cursor);
        return true;
      }
    }
    return false;
  }

  #advance(owned: readonly Owned[], upTo: Cursor, recordedAtMs: number): void {
    this.#applyMoves(movesOf(owned, upTo, recordedAtMs));
    this.#dirty = true;
  }

  #applyMoves(moves: readonly Move[]): void {
    for (const move of moves) {
      move.owned.cursor = move.cursor;
      move.owned.recordedAtMs = move.recordedAtMs;
    }
  }

  /** Pure moves reach the table four times a second at most. */
  async #flush(owned: readonly Owned[]): Promise<void> {
    const now = this.#o.monotonicMs();
    if (!this.#dirty || now - this.#flushedAtMs < FLUSH_EVERY_MS) return;
    await moveCursors(this.#o.log.pool, owned.map((one) => ({ owned: one, cursor: one.cursor, recordedAtMs: one.recordedAtMs })));
    this.#dirty = false;
    this.#flushedAtMs = now;
  }

  // ── decisions ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Decides inputs of the log in one transaction: with those that wait for the same subjects, without those that are held;
   * parks what failed. `retried.rows` are parked rows among the inputs; `frees` says that they are all of their subject.
   */
  async #decide(
    inputs: readonly Input<AnyState>[],
    fences: ReadonlyMap<string, number>,
    after: (tx: Tx) => readonly Promise<unknown>[],
    retried: { readonly rows: ReadonlyMap<Input<AnyState>, WorkRow>; readonly frees: boolean } = { rows: new Map(), frees: false },
  ): Promise<void> {
    const { rows } = retried;
    const waiting = await this.#waitingOf(inputs, rows);
    const parked = new Map([...rows, ...waiting.rows]);
    const settled = await this.#o.log.change(this.#o.mapped.extension, inputs, {
      waiting: waiting.inputs,
      held: rows.size > 0 ? new Set() : this.#held,
      ...(rows.size === 0 && { judge: (all) => this.#judge(all) }),
      after: (tx, all) => [...this.#park(tx, all, fences, parked), ...after(tx)],
    });
    this.#remember(settled, retried.frees);
  }

  async #waitingOf(inputs: readonly Input<AnyState>[], rows: ReadonlyMap<Input<AnyState>, WorkRow>): Promise<{ inputs: Map<string, Input<AnyState>[]>; rows: Map<Input<AnyState>, WorkRow> }> {
    const subjects = [...new Set(inputs.map((input) => input.subject))].filter((subject) => this.#waiting.has(subject));
    const found = { inputs: new Map<string, Input<AnyState>[]>(), rows: new Map<Input<AnyState>, WorkRow>() };
    if (subjects.length === 0) return found;
    const own = new Set([...rows.values()].map((row) => `${row.handler} ${row.event.eventId}`));
    const loaded = await loadWork(this.#o.log.pool, this.name, "w.state = 'waiting' AND w.handler = ANY ($2::text[]) AND w.subject = ANY ($3::text[])", [Object.keys(this.#o.mapped.extension.handlers), subjects], MAX_JOBS);
    for (const row of loaded) {
      if (own.has(`${row.handler} ${row.event.eventId}`)) continue;
      const input = this.#inputOf(row.handler, row.event);
      found.rows.set(input, row);
      found.inputs.set(row.event.subject, [...(found.inputs.get(row.event.subject) ?? []), input]);
    }
    return found;
  }

  /** Throws `ReaderPaused` when the extension itself seems to be at fault. */
  #judge(settled: readonly Settled<AnyState>[]): void {
    const recent = [...this.#recent, ...settled.map(({ outcome }) => outcome.kind === 'failed')].slice(-SAMPLES);
    const failed = recent.filter(Boolean).length;
    if (recent.length === SAMPLES && failed > SAMPLES * SYSTEMIC_SHARE) {
      const cause = settled.find(({ outcome }) => outcome.kind === 'failed')?.outcome;
      // Forgotten bit by bit, and tried in small pieces, so that the reader sees whether it has passed and never stands still.
      this.#recent = recent.slice(PROBE, -settled.length);
      this.#probing = true;
      throw new ReaderPaused(`${failed} of the last ${SAMPLES} events failed in ${this.name}: the extension waits.`, cause?.kind === 'failed' ? { cause: cause.error } : {});
    }
    this.#recent = recent;
    if (failed === 0) this.#probing = false;
  }

  /** Writes what was not settled for good: new parked rows, and changes of old ones. */
  #park(tx: Tx, settled: readonly Settled<AnyState>[], fences: ReadonlyMap<string, number>, parked: ReadonlyMap<Input<AnyState>, WorkRow>): Promise<unknown>[] {
    const added: NewWork[] = [];
    const updated: WorkUpdate[] = [];
    const ended: WorkRow[] = [];
    for (const { input, outcome } of settled) {
      const row = parked.get(input);
      const next = this.#parking(outcome, row);
      if (next === undefined) {
        if (row !== undefined) ended.push(row);
      } else if (row !== undefined) {
        updated.push({ handler: row.handler, eventId: row.event.eventId, fence: row.fence, keyTtlMs: null, ...next });
      } else if (input.event !== undefined) {
        added.push({ handler: input.handler, event: input.event, fence: fences.get(input.event.eventId) ?? 0, ...next });
      }
      if (outcome.kind === 'failed') this.#logFailure(input, outcome.error, next?.attempt ?? 0, next?.state === 'dead');
    }
    return [
      deleteWork(tx, ended.map((row) => ({ handler: row.handler, eventId: row.event.eventId, fence: row.fence }))),
      updateWork(tx, updated),
      insertWork(tx, this.name, added),
    ];
  }

  #parking(outcome: Settled<AnyState>['outcome'], row: WorkRow | undefined): Pick<NewWork, 'state' | 'attempt' | 'dueInMs' | 'error'> | undefined {
    const attempt = row?.attempt ?? 0;
    const atMs = this.#o.log.preparer.nowMs();
    switch (outcome.kind) {
      case 'apply':
      case 'stale':
        return undefined;
      case 'notYet':
        return { state: 'waiting', attempt, dueInMs: 0, error: { code: outcome.reason.startsWith(UNKNOWN_VERSION) ? UNKNOWN_VERSION : 'not_yet', message: outcome.reason, atMs } };
      case 'behind':
        return { state: 'behind', attempt, dueInMs: 0, error: null };
      case 'failed': {
        const dead = attempt + 1 >= PARK_RETRY.maxAttempts;
        return { state: dead ? 'dead' : 'ready', attempt: attempt + 1, dueInMs: backoffMs(PARK_RETRY, attempt + 1, this.#o.random), error: workError(outcome.error, atMs) };
      }
    }
  }

  #logFailure(input: Input<AnyState>, error: unknown, attempt: number, dead: boolean): void {
    this.#o.logger.error(
      { reader: this.name, handler: input.handler, eventId: input.event?.eventId, subject: input.subject, correlationId: input.trigger.correlationId, attempt, dead, err: error },
      dead ? 'the handler failed for the last time: dead letter' : 'the handler failed; the event is parked and tried again',
    );
  }

  /** Which subjects are held and which wait, after a commit. A retry of all rows of a subject frees it, unless one fails again. */
  #remember(settled: readonly Settled<AnyState>[], frees: boolean): void {
    if (frees) for (const { input } of settled) this.#held.delete(input.subject);
    for (const { input, outcome } of settled) {
      if (outcome.kind === 'failed' || outcome.kind === 'behind') this.#held.add(input.subject);
      else if (outcome.kind === 'notYet') this.#waiting.add(input.subject);
    }
  }

  // ── parked events ─────────────────────────────────────────────────────────────────────────────────────────────

  async #retryParked(owned: readonly Owned[]): Promise<boolean> {
    const now = this.#o.monotonicMs();
    if (this.#held.size + this.#waiting.size > 0 && now - this.#recountAtMs >= RECOUNT_EVERY_MS) {
      this.#recountAtMs = now;
      await this.#recount(owned);
    }
    // While the extension itself is at fault nothing is charged to its parked events.
    if (this.#held.size === 0 || this.#probing || now - this.#parkedAtMs < PARKED_EVERY_MS) return false;
    this.#parkedAtMs = now;
    const names = Object.keys(this.#o.mapped.extension.handlers);
    const { pool } = this.#o.log;
    // Those with a row that is due, and those whose rows all stand behind one that is no longer there.
    const due = await run(pool, 
      `SELECT subject FROM work WHERE reader = $1 AND handler = ANY ($2::text[]) AND state <> 'waiting' AND slot = ANY ($3::smallint[])
       GROUP BY subject HAVING bool_or(state = 'ready' AND due_at <= statement_timestamp()) OR bool_and(state = 'behind') LIMIT ${MAX_SUBJECTS}`,
      [this.name, names, ownedSlots(owned)],
    );
    let busy = false;
    for (const { subject } of due.rows) busy = (await this.#retrySubject(subject, names)) || busy;
    return busy;
  }

  /** Decides the parked rows of a subject in their order, up to the first dead one. */
  async #retrySubject(subject: string, names: readonly string[]): Promise<boolean> {
    const all = await loadWork(this.#o.log.pool, this.name, "w.state <> 'waiting' AND w.handler = ANY ($2::text[]) AND w.subject = $3", [names, subject], PARKED_ROWS);
    const firstDead = all.findIndex((row) => row.state === 'dead');
    const rows = firstDead === -1 ? all : all.slice(0, firstDead);
    const first = rows[0];
    if (first === undefined || (first.state === 'ready' && first.dueInMs > 0)) return false;
    const whole = firstDead === -1 && all.length < PARKED_ROWS;
    const retry = (part: readonly WorkRow[], error?: unknown): Promise<void> => {
      const byInput = new Map(part.map((row) => [error === undefined ? this.#inputOf(row.handler, row.event) : failing(this.#inputOf(row.handler, row.event), error), row]));
      return this.#decide([...byInput.keys()], new Map(), () => [], { rows: byInput, frees: whole && part.length === rows.length });
    };
    const refused = (error: unknown): boolean => !(error instanceof StaleFence) && !isSystemic(error);
    try {
      await retry(rows);
    } catch (error) {
      if (!refused(error)) throw error;
      // A write was refused: the first alone, and it is charged only for its own.
      await retry([first]).catch(async (own: unknown) => {
        if (!refused(own)) throw own;
        await retry([first], own);
      });
    }
    return true;
  }

  /** Rows may have been redriven or skipped from outside. */
  async #recount(owned: readonly Owned[]): Promise<void> {
    const held = new Set<string>();
    const waiting = new Set<string>();
    for (const one of owned) {
      const parked = await parkedSubjects(this.#o.log.pool, this.name, Object.keys(this.#o.mapped.extension.handlers), one);
      for (const subject of parked.held) held.add(subject);
      for (const subject of parked.waiting) waiting.add(subject);
    }
    this.#held = held;
    this.#waiting = waiting;
  }

  // ── timers ────────────────────────────────────────────────────────────────────────────────────────────────────

  async #fireTimers(owned: readonly Owned[]): Promise<boolean> {
    const now = this.#o.monotonicMs();
    const { extension } = this.#o.mapped;
    if (Object.keys(extension.timers).length === 0 || now - this.#timersAtMs < TIMERS_EVERY_MS) return false;
    const due = await dueTimers(this.#o.log.pool, this.name, ownedSlots(owned), [...this.#held], MAX_SUBJECTS);
    if (due.length < MAX_SUBJECTS) this.#timersAtMs = now;
    if (due.length === 0) return false;
    await this.#fireByHalves(due);
    return true;
  }

  /** When a write of one timer's decision is refused by the database, only that one is put off. */
  async #fireByHalves(due: readonly DueTimer[], forced?: unknown): Promise<void> {
    try {
      await this.#fire(due, forced);
    } catch (error) {
      if (error instanceof TimersMoved) return;
      if (error instanceof StaleFence || isSystemic(error) || forced !== undefined) throw error;
      if (due.length === 1) {
        await this.#fireByHalves(due, error);
        return;
      }
      const half = Math.ceil(due.length / 2);
      await this.#fireByHalves(due.slice(0, half));
      await this.#fireByHalves(due.slice(half));
    }
  }

  async #fire(due: readonly DueTimer[], forced: unknown): Promise<void> {
    const timerOf = new Map<Input<AnyState>, DueTimer>();
    for (const timer of due) timerOf.set(forced === undefined ? this.#timerInput(timer) : failing(this.#timerInput(timer), forced), timer);
    const inputs = [...timerOf.keys()];
    const { inputs: waiting, rows } = await this.#waitingOf(inputs, new Map());
    await this.#o.log.change(this.#o.mapped.extension, inputs, {
      waiting,
      before: (tx) => holdTimers(tx, this.name, due),
      after: (tx, settled) => {
        const fired = settled.flatMap(({ input, outcome }) => {
          const timer = timerOf.get(input);
          return timer === undefined ? [] : [{ timer, input, outcome }];
        });
        const again = fired.filter(({ outcome }) => outcome.kind === 'failed' || outcome.kind === 'behind' || outcome.kind === 'notYet');
        for (const { input, outcome } of again) if (outcome.kind === 'failed') this.#logFailure(input, outcome.error, 1, false);
        return [
          putOffTimers(tx, this.name, again.map(({ timer }) => timer), TIMER_AGAIN_MS),
          endTimers(tx, this.name, fired.filter((one) => !again.includes(one)).map(({ timer }) => timer)),
          ...this.#park(tx, settled.filter(({ input }) => rows.has(input)), new Map(), rows),
        ];
      },
    });
  }

  #timerInput(timer: DueTimer): Input<AnyState> {
    const { extension } = this.#o.mapped;
    return {
      subject: timer.subject, handler: `timer:${extension.name}.${timer.name}`, trigger: timer.trigger,
      decide: (state, context) => {
        const handler = extension.timers[timer.name];
        if (handler === undefined) return { kind: 'stale', rule: 'unknown_timer', evidence: { timer: timer.name } };
        return handler.decide(state, timer, context);
      },
    };
  }

  // ── outcomes of effects ───────────────────────────────────────────────────────────────────────────────────────

  async #writeEnds(): Promise<boolean> {
    await this.#lookAtDead();
    if (this.#ends.length === 0) return false;
    const open = new Set(this.#takeEnds());
    try {
      await this.#settleEnds(open);
    } catch (error) {
      // What was not written is still known and is written again; what was written is no longer in the set.
      if (!(error instanceof StaleFence)) this.#ends.unshift(...open);
      throw error;
    }
    return true;
  }

  #takeEnds(): RunEnd[] {
    const subjects = new Set<string>();
    let count = 0;
    for (const end of this.#ends) {
      subjects.add(end.job.event.subject);
      if (subjects.size > MAX_SUBJECTS) break;
      count += 1;
    }
    return this.#ends.splice(0, count);
  }

  /** Takes out of the set what is written. */
  async #settleEnds(open: Set<RunEnd>): Promise<void> {
    const batch = [...open];
    const retries = batch.filter((end) => end.kind === 'retry');
    const known = batch.filter((end) => end.kind !== 'retry');
    if (retries.length > 0) {
      await this.#writeRetries(retries);
      for (const end of retries) open.delete(end);
    }
    if (known.length > 0) await this.#writeByHalves(known, open);
  }

  /** When a write of one outcome is refused by the database, only that one is charged: its effect runs again under its key. */
  async #writeByHalves(ends: readonly KnownEnd[], open: Set<RunEnd>): Promise<void> {
    try {
      await this.#writeOutcomes(ends);
      for (const end of ends) open.delete(end);
    } catch (error) {
      const single = ends[0];
      if (single === undefined || error instanceof StaleFence || isSystemic(error)) throw error;
      if (ends.length === 1) {
        await this.#writeRetries([this.#unsettled(single, { kind: 'failed', error })]);
        open.delete(single);
        return;
      }
      const half = Math.ceil(ends.length / 2);
      await this.#writeByHalves(ends.slice(0, half), open);
      await this.#writeByHalves(ends.slice(half), open);
    }
  }

  async #writeRetries(retries: readonly RetryEnd[]): Promise<void> {
    await inTransaction(this.#o.log.pool, async (tx) => {
      await updateWork(tx, retries.map((end) => retryUpdate(end)));
      const behind = retries.filter((end) => end.dead).flatMap((end) => this.runner.followers(end.job));
      await updateWork(tx, behind.map((job) => ({ handler: job.name, eventId: job.event.eventId, fence: job.fence, state: 'behind', attempt: job.attempt, dueInMs: 0, error: null, keyTtlMs: null })));
    });
    for (const end of retries) {
      this.runner.postpone(end.job, end.afterMs, end.dead);
      if (end.dead) for (const job of this.runner.followers(end.job)) job.state = 'behind';
      this.#o.logger.warn(
        { reader: this.name, handler: end.job.name, eventId: end.job.event.eventId, subject: end.job.event.subject, correlationId: end.job.event.correlationId, attempt: end.job.attempt, afterMs: end.afterMs, dead: end.dead, code: end.error.code, reason: end.error.message },
        end.dead ? 'the effect failed for the last time: dead letter' : 'the effect did not succeed; it is tried again under the same key',
      );
    }
  }

  async #writeOutcomes(ends: readonly KnownEnd[]): Promise<void> {
    const endOf = new Map<Input<AnyState>, KnownEnd>();
    const inputs = ends.map((end) => {
      const input = this.#outcomeInput(end);
      endOf.set(input, end);
      return input;
    });
    const waiting = await this.#waitingOf(inputs, new Map());
    const failed: RetryEnd[] = [];
    /** An earlier outcome of the subject failed; these stand, and are written in a transaction of their own. */
    const later: KnownEnd[] = [];
    const settled = await this.#o.log.change(this.#o.mapped.extension, inputs, {
      waiting: waiting.inputs,
      after: (tx, all) => {
        failed.length = 0;
        later.length = 0;
        const done: Job[] = [];
        for (const { input, outcome } of all) {
          const end = endOf.get(input);
          if (end === undefined) continue;
          if (outcome.kind === 'apply' || outcome.kind === 'stale') done.push(end.job);
          else if (outcome.kind === 'behind') later.push(end);
          else failed.push(this.#unsettled(end, outcome));
        }
        return [
          deleteWork(tx, done.map((job) => ({ handler: job.name, eventId: job.event.eventId, fence: job.fence }))),
          updateWork(tx, failed.map((end) => retryUpdate(end))),
          ...this.#park(tx, all.filter(({ input }) => waiting.rows.has(input)), new Map(), waiting.rows),
        ];
      },
    });
    this.#remember(settled.filter(({ input }) => waiting.rows.has(input)), false);
    this.#ends.push(...later);
    const again = new Set([...failed, ...later].map((end) => end.job));
    for (const { job } of ends) if (!again.has(job)) this.runner.finish(job);
    for (const end of failed) this.runner.postpone(end.job, end.afterMs, end.dead);
    this.runner.pump();
  }

  #outcomeInput(end: KnownEnd): Input<AnyState> {
    const { job } = end;
    return {
      subject: job.event.subject, handler: job.name, trigger: triggerOf(job.event), event: job.event,
      decide: (state, context) => {
        if (end.kind === 'done') return job.effect.settle(state, end.result as never, job.event, context);
        if (job.effect.refused === undefined) throw end.refusal;
        return job.effect.refused(state, end.refusal, job.event, context);
      },
    };
  }

  /** An outcome that the state would not take: the effect is run again under its key, for the other side remembers. */
  #unsettled(end: KnownEnd, outcome: Settled<AnyState>['outcome']): RetryEnd {
    const { job } = end;
    const retry = { ...DEFAULT_RETRY, ...job.effect.retry };
    const error = outcome.kind === 'failed' ? outcome.error : new Error(outcome.kind === 'notYet' ? outcome.reason : 'an earlier outcome of the subject failed');
    const refusedForGood = end.kind === 'refused' && job.effect.refused === undefined;
    return {
      kind: 'retry', job, sent: true, dead: refusedForGood || job.attempt >= retry.maxAttempts,
      afterMs: backoffMs(retry, job.attempt, this.#o.random), error: workError(error, this.#o.log.preparer.nowMs()),
    };
  }

  /** A dead job may have been redriven or skipped from outside. */
  async #lookAtDead(): Promise<void> {
    const dead = this.runner.dead();
    const now = this.#o.monotonicMs();
    if (dead.length === 0 || now - this.#deadAtMs < RECOUNT_EVERY_MS) return;
    this.#deadAtMs = now;
    const { rows } = await this.#o.log.pool.query(
      'SELECT k.handler, k.event_id, w.state FROM unnest($1::text[], $2::uuid[]) AS k(handler, event_id) LEFT JOIN work w USING (handler, event_id)',
      [dead.map((job) => job.name), dead.map((job) => job.event.eventId)],
    );
    const states = new Map<string, string | null>(rows.map((row) => [`${row.handler} ${row.event_id}`, row.state]));
    for (const job of dead) {
      const state = states.get(`${job.name} ${job.event.eventId}`);
      if (state === 'dead') continue;
      if (state === 'ready') {
        job.attempt = 0;
        job.keyExpiresAtMs = Number.POSITIVE_INFINITY;
        this.runner.postpone(job, 0, false);
      } else this.runner.finish(job);
    }
    this.runner.pump();
  }
}

function retryUpdate(end: RetryEnd): WorkUpdate {
  const { job } = end;
  return {
    handler: job.name, eventId: job.event.eventId, fence: job.fence, state: end.dead ? 'dead' : 'ready', attempt: job.attempt,
    dueInMs: end.afterMs, error: end.error, keyTtlMs: end.sent ? (job.effect.keyTtlMs ?? DEFAULT_KEY_TTL_MS) : null,
  };
}

function failing(input: Input<AnyState>, error: unknown): Input<AnyState> {
  return {
    ...input,
    decide: () => {
      throw error;
    },
  };
}

const predicates = new WeakMap<Owned, (slot: number) => boolean>();

/** Is a slot in this partition? The same function for the same partition, so that it can be taken back. */
function inSlots(owned: Owned): (slot: number) => boolean {
  let predicate = predicates.get(owned);
  if (predicate === undefined) {
    predicate = (slot) => slot >= owned.slotFrom && slot <= owned.slotTo;
    predicates.set(owned, predicate);
  }
  return predicate;
}

function ownedSlots(owned: readonly Owned[]): number[] {
  return owned.flatMap((one) => Array.from({ length: one.slotTo - one.slotFrom + 1 }, (_, index) => one.slotFrom + index));
}

function movesOf(owned: readonly Owned[], upTo: Cursor, recordedAtMs: number): Move[] {
  return owned
    .filter((one) => compareCursors(one.cursor, upTo) < 0)
    .map((one) => ({ owned: one, cursor: upTo, recordedAtMs: Math.max(one.recordedAtMs, recordedAtMs) }));
}
