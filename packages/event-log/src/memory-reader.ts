/**
 * The reader of one extension over the log in memory (memory-log.ts): its unread events by subject, its rows of work, its timers, and
 * one transaction at a time, which is decided when it begins and written when it commits. A process that dies takes its open
 * transaction and its running effects with it, and begins again from the rows.
 */
import { itemOf } from './batch-items.ts';
import type { Input, Settled } from './change.pg.ts';
import type { Owned } from './cursors.pg.ts';
import { Decisions } from './decisions.ts';
import { outcomeInput, unsettledEnd } from './effect-outcomes.ts';
import { failedEnd, KeyExpired } from './effect-runner.ts';
import type { RunEnd } from './effect-runner.ts';
import type { StoredEvent, Trigger } from './event.ts';
import { compareCursors, START } from './event.ts';
import { Refused, stale } from './extension.ts';
import { handlerInput } from './handler-input.ts';
import type { Job } from './job.ts';
import { DEFAULT_KEY_TTL_MS, jobsOfRow } from './job.ts';
import type { AnyState, MappedExtension } from './map.ts';
import type { MemoryLog } from './memory-log.ts';
import { parkingOf } from './parking.ts';
import type { WorkError, WorkState } from './work.pg.ts';

type AnyInput = Input<AnyState>;
type Ended = { end: RunEnd | undefined; readonly controller: AbortController };

/** What of a row outlives a process. */
interface Kept {
  state: WorkState;
  attempt: number;
  dueAtMs: number;
  keyExpiresAtMs: number | null;
  error: WorkError | null;
}

/** A row of work of an effect, with the job that its owner has in memory. */
export interface MemoryJob {
  job: Job;
  readonly kept: Kept;
  run: Ended | undefined;
}

/** A row of work of a transactional handler. */
interface ParkedRow {
  readonly handler: string;
  readonly event: StoredEvent;
  state: WorkState;
  attempt: number;
  dueAtMs: number;
}

interface Timer {
  readonly subject: string;
  readonly name: string;
  readonly trigger: Trigger;
  dueAtMs: number;
}

interface OpenTransaction {
  readonly commit: () => void;
}

/** A timer whose decision failed comes again; see due-timers.ts. */
const TIMER_AGAIN_MS = 5_000;
const PARTITION: Owned = { reader: '', partition: 0, slotFrom: 0, slotTo: 255, fence: 0, cursor: START, recordedAtMs: 0 };

export class MemoryReader {
  readonly name: string;
  readonly #log: MemoryLog;
  readonly #mapped: MappedExtension;
  /** By subject, in their order. */
  readonly #unread = new Map<string, StoredEvent[]>();
  readonly parked = new Map<string, ParkedRow[]>();
  jobs: MemoryJob[] = [];
  readonly timers = new Map<string, Timer>();
  open: OpenTransaction | undefined;
  /** Handlers whose next decision throws. */
  readonly throwing = new Set<string>();

  constructor(log: MemoryLog, mapped: MappedExtension) {
    this.#log = log;
    this.#mapped = mapped;
    this.name = mapped.extension.name;
  }

  /** Full names of its transactional handlers. */
  get handlerNames(): readonly string[] {
    return Object.keys(this.#mapped.extension.handlers);
  }

  get #nowMs(): number {
    return this.#log.options.preparer.nowMs();
  }

  get #given() {
    const { preparer, random } = this.#log.options;
    return { log: preparer, mapped: this.#mapped, monotonicMs: preparer.nowMs, nowMs: preparer.nowMs, random };
  }

  /** An event that was appended, if this extension hears it. */
  hear(event: StoredEvent): void {
    if (!this.#mapped.routes.has(event.type)) return;
    const unread = this.#unread.get(event.subject);
    if (unread === undefined) this.#unread.set(event.subject, [event]);
    else unread.push(event);
  }

  /** Subjects with events that were not handled. */
  unread(): IterableIterator<string> {
    return this.#unread.keys();
  }

  hasUnread(subject: string): boolean {
    return this.#unread.has(subject);
  }

  /** The next event of a subject that was not handled. */
  nextUnread(subject: string): StoredEvent | undefined {
    return this.#unread.get(subject)?.[0];
  }

  /** It has nothing to do, now or later, until something is appended. */
  get isIdle(): boolean {
    return this.#unread.size === 0 && this.jobs.length === 0 && this.parked.size === 0 && this.timers.size === 0;
  }

  /** Subjects with parked events that come again, and when the first of them is due. One that a dead row holds waits for a person. */
  retries(): { readonly subject: string; readonly dueAtMs: number }[] {
    return [...this.parked].flatMap(([subject, rows]) => {
      const [first] = rows.filter(({ state }) => state !== 'waiting');
      return first === undefined || first.state === 'dead' ? [] : [{ subject, dueAtMs: first.state === 'ready' ? first.dueAtMs : 0 }];
    });
  }

  /** Handles the next event of each of these subjects: its decisions, and the rows for its effects. */
  begin(subjects: readonly string[]): void {
    const items = subjects.flatMap((subject) => {
      const [event] = this.#unread.get(subject) ?? [];
      return event === undefined ? [] : [{ event, item: itemOf(this.#given, PARTITION, event, () => true) }];
    });
    const held = new Set(subjects.filter((subject) => this.#isHeld(subject)));
    this.#begin(items.flatMap(({ item }) => item?.inputs ?? []), held, new Map(), () => {
      for (const { event, item } of items) {
        const [, ...left] = this.#unread.get(event.subject) ?? [];
        if (left.length === 0) this.#unread.delete(event.subject);
        else this.#unread.set(event.subject, left);
        for (const job of item?.effects ?? []) this.#addJob(job);
      }
    });
  }

  #addJob(job: Job): void {
    if (job.state === 'ready' && this.#laneOf(job)[0]?.job.state === 'dead') job.state = 'behind';
    this.jobs.push({ job, run: undefined, kept: { state: job.state, attempt: 0, dueAtMs: this.#nowMs, keyExpiresAtMs: null, error: null } });
  }

  #laneOf({ name, effect, event }: Job): MemoryJob[] {
    return this.jobs.filter(({ job }) => job.name === name && job.event.subject === event.subject && (effect.ordered !== false || job.event.eventId === event.eventId));
  }

  /** Tries the parked events of a subject again, in their order, up to the first dead one. */
  beginRetry(subject: string): void {
    const all = (this.parked.get(subject) ?? []).filter(({ state }) => state !== 'waiting');
    const dead = all.findIndex(({ state }) => state === 'dead');
    const rows = dead === -1 ? all : all.slice(0, dead);
    const inputs = new Map(rows.map((row) => [handlerInput(this.#given, row.handler, row.event, row.attempt + 1), row]));
    this.#begin([...inputs.keys()], new Set(), inputs, () => undefined);
  }

  beginTimer(key: string): void {
    const timer = this.timers.get(key);
    if (timer === undefined) return;
    const handler = this.#mapped.extension.timers[timer.name];
    const input: AnyInput = {
      subject: timer.subject, handler: `timer:${this.name}.${timer.name}`, trigger: timer.trigger,
      decide: (state, context) => (handler === undefined ? stale('unknown_timer') : handler.decide(state, timer, context)),
    };
    this.#begin([input], new Set(), new Map(), ([settled]) => {
      if (this.timers.get(key) !== timer) return;
      if (settled?.outcome.kind === 'apply' || settled?.outcome.kind === 'stale') this.timers.delete(key);
      else timer.dueAtMs = this.#nowMs + TIMER_AGAIN_MS;
    }, true);
  }

  /** Timers that are due by now, but for those of held subjects, oldest first. */
  dueTimers(): { readonly key: string; readonly dueAtMs: number }[] {
    return [...this.timers].filter(([, { subject }]) => !this.#isHeld(subject)).map(([key, { dueAtMs }]) => ({ key, dueAtMs })).sort((a, b) => a.dueAtMs - b.dueAtMs);
  }

  /** Writes what a run came to. */
  beginOutcome(one: MemoryJob): void {
    const end = one.run?.end;
    if (end === undefined) return;
    if (end.kind === 'retry') return this.#begin([], new Set(), new Map(), () => this.#again(one, end));
    this.#begin([outcomeInput(end)], new Set(), new Map(), ([settled]) => {
      if (settled?.outcome.kind === 'apply' || settled?.outcome.kind === 'stale') this.#finish(one);
      else if (settled !== undefined) this.#again(one, unsettledEnd(end, settled.outcome, this.#given));
    }, true);
  }

  #finish(one: MemoryJob): void {
    this.jobs = this.jobs.filter((other) => other !== one);
    this.#log.options.watcher.effectEnded(one.job.name, one.job.event);
  }

  #again(one: MemoryJob, { dead, afterMs, sent, error }: Extract<RunEnd, { kind: 'retry' }>): void {
    const { job, kept } = one;
    one.run = undefined;
    Object.assign(kept, { state: dead ? 'dead' : 'ready', attempt: job.attempt, dueAtMs: this.#nowMs + afterMs, error });
    if (sent) kept.keyExpiresAtMs ??= this.#nowMs + (job.effect.keyTtlMs ?? DEFAULT_KEY_TTL_MS);
    Object.assign(job, { state: kept.state, dueAtMs: kept.dueAtMs });
    if (dead) for (const follower of this.#laneOf(job).slice(1)) follower.job.state = follower.kept.state = 'behind';
  }

  /** A command or a comparison: at once, as a transaction of its own. Gives what became of each. */
  change(inputs: readonly AnyInput[]): readonly Settled<AnyState>[] {
    this.commit();
    let result: readonly Settled<AnyState>[] = [];
    this.#begin(inputs, new Set(), new Map(), (settled) => (result = settled), true);
    this.commit();
    return result;
  }

  /** Writes the open transaction. Throws what the tables refuse: then nothing of it is kept. */
  commit(): void {
    const { open } = this;
    this.open = undefined;
    open?.commit();
  }

  /** The process dies, or has lost what it owned. What it had asked may still be on its way. */
  die(): void {
    this.open = undefined;
    for (const one of this.jobs) {
      one.run?.controller.abort(new Error('The process is dead.'));
      one.run = undefined;
      const { kept, job } = one;
      const row = {
        handler: job.name, event: job.event, state: kept.state, attempt: kept.attempt, dueInMs: kept.dueAtMs - this.#nowMs, fence: 0, key: job.key,
        keyLeftMs: kept.keyExpiresAtMs === null ? null : kept.keyExpiresAtMs - this.#nowMs, error: kept.error,
      };
      one.job = jobsOfRow(this.#given, row, true)[0] ?? job;
    }
  }

  /** Jobs that may run: the first of each lane. When is for the caller: `job.dueAtMs`. */
  startable(): MemoryJob[] {
    const lanes = new Set<string>();
    return this.jobs.filter(({ job, run }) => {
      if (job.state === 'waiting') return false;
      const lane = `${job.name} ${job.event.subject}${job.effect.ordered === false ? ` ${job.event.eventId}` : ''}`;
      const isFirst = !lanes.has(lane);
      lanes.add(lane);
      // One that stood behind another is the first now.
      if (isFirst && job.state === 'behind') job.state = 'ready';
      return isFirst && job.state === 'ready' && run === undefined;
    });
  }

  ended(): MemoryJob[] {
    return this.jobs.filter(({ run }) => run?.end !== undefined);
  }

  /** Runs the effect; its end stands in `ended` when what it asks is answered. `giveUp` of what it returns ends it from outside. */
  start(one: MemoryJob): { readonly budgetMs: number; readonly abort: (reason: Error) => void; readonly giveUp: (reason: Error) => void } {
    const { job } = one;
    job.attempt += 1;
    const controller = new AbortController();
    const run: Ended = { end: undefined, controller };
    one.run = run;
    const isSafe = job.keyExpiresAtMs > this.#nowMs;
    const effect = isSafe ? job.effect.run : job.effect.afterKey;
    const given = this.#given;
    const end = (ended: RunEnd): void => void (run.end ??= ended);
    const fail = (error: unknown, final = false): void => end(run.end ?? failedEnd(job, error, final, given));
    if (effect === undefined) fail(new KeyExpired(), true);
    else {
      effect({ event: job.event, key: job.key, attempt: job.attempt, maybeSent: job.maybeSent, signal: controller.signal }).then(
        (result) => end({ kind: 'done', job, result }),
        (error: unknown) => (error instanceof Refused ? end({ kind: 'refused', job, refusal: error }) : fail(error)),
      );
    }
    return { budgetMs: job.settings.timeBudgetMs, abort: (reason) => controller.abort(reason), giveUp: (reason) => fail(reason) };
  }

  /** All that waits for a subject is due now, dead rows from their first attempt. `dead`: these too. */
  pullIn(subject: string, dead = true): void {
    const now = this.#nowMs;
    const pull = (row: { state: WorkState; attempt: number; dueAtMs: number }): void => {
      if (row.state === 'waiting' || (row.state !== 'ready' && !dead)) return;
      if (row.state === 'dead') row.attempt = 0;
      row.state = 'ready';
      row.dueAtMs = now;
    };
    for (const row of this.parked.get(subject) ?? []) pull(row);
    for (const { job, kept } of this.jobs) {
      if (job.event.subject !== subject || kept.state === 'waiting') continue;
      pull(kept);
      pull(job);
    }
    for (const timer of this.timers.values()) if (timer.subject === subject) timer.dueAtMs = now;
  }

  #isHeld(subject: string): boolean {
    return (this.parked.get(subject) ?? []).some(({ state }) => state !== 'waiting');
  }

  /** Decides now, writes at `commit`. `isOther`: no events of the log; what becomes of these inputs is for `after`. */
  #begin(inputs: readonly AnyInput[], held: ReadonlySet<string>, rows: ReadonlyMap<AnyInput, ParkedRow>, after: (settled: readonly Settled<AnyState>[]) => void, isOther = false): void {
    if (this.open !== undefined) throw new Error(`${this.name} has a transaction open.`);
    const { tables, preparer } = this.#log.options;
    const waiting = this.#waitingOf(inputs);
    const moved = new Map<AnyInput, readonly [subject: string, before: unknown, after: unknown]>();
    const seen = (input: AnyInput): AnyInput => this.#seen(input, moved);
    const own = new Map(inputs.map((input) => [input, seen(input)] as const));
    const others = new Map([...waiting].map(([input, row]) => [seen(input), row] as const));
    const subjects = [...new Set([...own.values(), ...others.keys()].flatMap(({ subject, also = [] }) => [subject, ...also]))];
    const before = tables.load(this.name, subjects);
    const decisions = new Decisions<AnyState>(preparer, this.#mapped.extension, before, { held, waiting: Map.groupBy(others.keys(), ({ subject }) => subject) });
    for (const input of own.values()) decisions.take(input);
    const settled = decisions.settled();
    const parkedRows = new Map([...rows].map(([input, row]) => [own.get(input) ?? input, row] as const).concat([...others]));
    const ownInputs = new Set(own.values());
    this.open = {
      commit: () => {
        tables.save(this.name, new Map(decisions.changes.map(({ subject, after: row }) => [subject, row])), before);
        for (const { input, outcome } of settled) {
          const move = outcome.kind === 'apply' ? moved.get(input) : undefined;
          if (move !== undefined) this.#log.options.watcher.applied(this.name, ...move);
        }
        this.#log.append(decisions.events);
        this.#writeTimers(decisions);
        for (const { input, rule } of decisions.ignored) this.#log.ledger.push({ handler: input.handler, eventId: input.event?.eventId ?? null, subject: input.subject, rule });
        for (const { input, outcome } of settled) if (!isOther || !ownInputs.has(input)) this.#park(input, outcome, parkedRows.get(input));
        after(isOther ? settled.filter(({ input }) => ownInputs.has(input)) : settled);
      },
    };
  }

  /** The input, with a note of the move that it decides; it throws where a test has asked for that. */
  #seen(input: AnyInput, moved: Map<AnyInput, readonly [string, unknown, unknown]>): AnyInput {
    const seen: AnyInput = {
      ...input,
      decide: (state, context) => {
        if (this.throwing.delete(input.handler)) throw new Error('A fault that passes.');
        const outcome = input.decide(state, context);
        if (outcome.kind === 'apply' && outcome.state !== state) moved.set(seen, [input.subject, state, outcome.state]);
        return outcome;
      },
    };
    return seen;
  }

  /** What waits for the subjects of these inputs, with their rows. */
  #waitingOf(inputs: readonly AnyInput[]): Map<AnyInput, ParkedRow> {
    const subjects = new Set(inputs.map(({ subject }) => subject));
    const rows = [...subjects].flatMap((subject) => (this.parked.get(subject) ?? []).filter(({ state }) => state === 'waiting'));
    return new Map(rows.map((row) => [handlerInput(this.#given, row.handler, row.event, row.attempt + 1), row]));
  }

  #writeTimers({ timers }: Decisions<AnyState>): void {
    for (const { subject, change: { name, dueInMs }, trigger } of timers) {
      const key = `${subject} ${name}`;
      if (dueInMs === null) this.timers.delete(key);
      else this.timers.set(key, { subject, name, trigger, dueAtMs: this.#nowMs + dueInMs });
    }
  }

  #park({ subject, handler, event }: AnyInput, outcome: Settled<AnyState>['outcome'], row: ParkedRow | undefined): void {
    const { preparer, random } = this.#log.options;
    const next = parkingOf({ log: { preparer }, random }, outcome, row);
    const rows = (this.parked.get(subject) ?? []).filter((one) => one !== row || next !== undefined);
    if (next !== undefined) {
      const changed = { state: next.state, attempt: next.attempt, dueAtMs: this.#nowMs + next.dueInMs };
      if (row !== undefined) Object.assign(row, changed);
      else if (event !== undefined) rows.push({ handler, event, ...changed });
    }
    rows.sort((a, b) => compareCursors(a.event.cursor, b.event.cursor));
    if (rows.length === 0) this.parked.delete(subject);
    else this.parked.set(subject, rows);
  }
}

