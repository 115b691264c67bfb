/**
 * The engine of the model: what the log and its readers promise, in memory and without time.
 *
 * Kept as the real one keeps it: events in one order, each subject handled in its order by each extension, one transaction of an
 * extension at a time (begun: states read and decided; committed: written), what waits is tried when its subject has changed, what
 * failed holds its subject, effects by lane and under one key, timers one per name. Everything that may happen next is a choice
 * of whoever drives it. A process that dies takes its open transaction and its running effects with it.
 */
import type { Input, Settled } from '@commerce/event-log/change';
import type { NewEvent, StoredEvent, Trigger } from '@commerce/event-log/event';
import { triggerOf } from '@commerce/event-log/event';
import { Refused, stale } from '@commerce/event-log/extension';
import type { Extension, Outcome, SignalMap } from '@commerce/event-log/extension';
import { workKey } from '@commerce/event-log/work';
import type { Catalogue } from '@commerce/events/catalogue';
import { modelId } from './ids.ts';
import type { Tables } from './tables.ts';

type AnyInput = Input<any>;

/** A row of work of an effect. */
export interface Job {
  readonly handler: string;
  readonly event: StoredEvent;
  readonly key: string;
  attempt: number;
  maybeSent: boolean;
  isDead: boolean;
  run: { end: RunEnd | undefined } | undefined;
  lastError: string | null;
}

type RunEnd = { readonly kind: 'done'; readonly result: unknown } | { readonly kind: 'refused'; readonly refusal: Refused } | { readonly kind: 'failed'; readonly error: unknown };

/** A row of work of a transactional handler. */
interface Parked {
  readonly input: AnyInput;
  readonly event: StoredEvent;
  state: 'waiting' | 'ready' | 'behind';
}

interface Timer {
  readonly subject: string;
  readonly name: string;
  readonly trigger: Trigger;
}

interface OpenTransaction {
  readonly settled: readonly Settled<any>[];
  readonly commit: () => void;
}

/** What the driver of the model wants to see. */
export interface Watcher {
  /** Called for each event when it is committed. */
  appended(event: StoredEvent): void;
  /** Called when an effect is over. */
  effectEnded(handler: string, event: StoredEvent): void;
  /** Called for each decision that was applied, when it is committed. */
  applied(extension: string, subject: string, before: unknown, after: unknown): void;
}

export interface MemoryLogOptions {
  readonly catalogue: Catalogue;
  readonly map: SignalMap;
  readonly tables: Tables;
  readonly watcher: Watcher;
}

export class MemoryLog {
  readonly events: StoredEvent[] = [];
  readonly readers = new Map<string, MemoryReader>();
  readonly tables: Tables;
  readonly #o: MemoryLogOptions;
  readonly #bySubject = new Map<string, StoredEvent[]>();
  readonly #foreignIds = new Set<string>();
  readonly ledger: { readonly handler: string; readonly subject: string; readonly rule: string }[] = [];

  constructor(options: MemoryLogOptions) {
    this.#o = options;
    this.tables = options.tables;
  }

  add(extension: Extension<any>): MemoryReader {
    const reader = new MemoryReader(this, extension, this.#o);
    this.readers.set(extension.name, reader);
    return reader;
  }

  reader(name: string): MemoryReader {
    const reader = this.readers.get(name);
    if (reader === undefined) throw new Error(`There is no extension ${name}.`);
    return reader;
  }

  history(subject: string): readonly StoredEvent[] {
    return this.#bySubject.get(subject) ?? [];
  }

  /** Appends own events. */
  append(events: readonly NewEvent[], source: string, trigger: Trigger): StoredEvent[] {
    return events.map((event) => this.#keep(event, { source, origin: 'own', ...trigger }));
  }

  /** Appends an event of another service under its own id; false when it is there already. */
  appendForeign(event: NewEvent, eventId: string, source: string): boolean {
    if (this.#foreignIds.has(eventId)) return false;
    this.#foreignIds.add(eventId);
    this.#keep(event, { source, origin: 'foreign', correlationId: eventId, causationId: null, metadata: {} });
    return true;
  }

  hasForeign(eventId: string): boolean {
    return this.#foreignIds.has(eventId);
  }

  #keep({ type, data, sequence }: NewEvent, given: Pick<StoredEvent, 'source' | 'origin' | 'correlationId' | 'causationId' | 'metadata'>): StoredEvent {
    const { catalogue, watcher } = this.#o;
    const entry = catalogue.entry(type);
    const position = this.events.length + 1;
    const subject = entry.subject(data as never);
    const event: StoredEvent = {
      eventId: modelId('e', position), type, version: catalogue.currentVersion(type), topic: entry.topic, subject, slot: 0, sequence: sequence ?? null,
      occurredAt: '2026-01-01T00:00:00.000Z', recordedAtMs: position, data, cursor: { epoch: 1, txid: position, position }, ...given,
    };
    this.events.push(event);
    const known = this.#bySubject.get(subject);
    if (known === undefined) this.#bySubject.set(subject, [event]);
    else known.push(event);
    for (const reader of this.readers.values()) reader.hear(event);
    watcher.appended(event);
    return event;
  }
}

export class MemoryReader {
  readonly name: string;
  readonly extension: Extension<any>;
  readonly #log: MemoryLog;
  readonly #o: Pick<MemoryLogOptions, 'catalogue' | 'map' | 'tables' | 'watcher'>;
  /** By subject, in their order. */
  readonly #unread = new Map<string, StoredEvent[]>();
  readonly parked = new Map<string, Parked[]>();
  jobs: Job[] = [];
  readonly timers = new Map<string, Timer>();
  open: OpenTransaction | undefined;
  /** Handlers whose next decision throws. */
  readonly throwing = new Set<string>();

  constructor(log: MemoryLog, extension: Extension<any>, options: MemoryLogOptions) {
    this.#log = log;
    this.#o = options;
    this.extension = extension;
    this.name = extension.name;
  }

  /** An event that was appended, if this extension hears it. */
  hear(event: StoredEvent): void {
    if (!this.#names(event).some((name) => name in this.extension.handlers || name in this.extension.effects)) return;
    const unread = this.#unread.get(event.subject);
    if (unread === undefined) this.#unread.set(event.subject, [event]);
    else unread.push(event);
  }

  #names({ type }: StoredEvent): readonly string[] {
    return this.#o.map[type] ?? [];
  }

  /** Subjects with events that were not handled. */
  unread(): IterableIterator<string> {
    return this.#unread.keys();
  }

  /** Subjects with a parked event that comes again. */
  retries(): string[] {
    return [...this.parked].filter(([, rows]) => rows.some(({ state }) => state !== 'waiting')).map(([subject]) => subject);
  }

  /** Handles the next event of a subject: its decisions, and the work for its effects. */
  begin(subject: string): void {
    const [event] = this.#unread.get(subject) ?? [];
    if (event === undefined) return;
    const names = this.#names(event);
    const inputs = names.filter((name) => name in this.extension.handlers).map((name) => this.#inputOf(name, event));
    const held = this.#isHeld(subject) ? new Set([subject]) : new Set<string>();
    this.#begin(inputs, held, new Map(), () => {
      const [, ...left] = this.#unread.get(subject) ?? [];
      if (left.length === 0) this.#unread.delete(subject);
      else this.#unread.set(subject, left);
      for (const handler of names.filter((name) => name in this.extension.effects)) {
        const skipped = this.extension.effects[handler]?.skip?.(event);
        if (skipped === undefined) this.jobs.push({ handler, event, key: workKey(handler, event.eventId), attempt: 0, maybeSent: false, isDead: false, run: undefined, lastError: null });
      }
    });
  }

  /** Tries the parked events of a subject again, in their order. */
  beginRetry(subject: string): void {
    const rows = (this.parked.get(subject) ?? []).filter(({ state }) => state !== 'waiting');
    const inputs = new Map(rows.map((row) => [row.input, row]));
    this.#begin([...inputs.keys()], new Set(), inputs, () => undefined);
  }

  beginTimer(key: string): void {
    const timer = this.timers.get(key);
    if (timer === undefined) return;
    const handler = this.extension.timers[timer.name];
    const input: AnyInput = {
      subject: timer.subject, handler: `timer:${this.name}.${timer.name}`, trigger: timer.trigger,
      decide: (state, context) => (handler === undefined ? stale('unknown_timer') : handler.decide(state, timer, context)),
    };
    const [settled] = this.#begin([input], new Set(), new Map(), () => {
      if (this.timers.get(key) === timer && settled?.outcome.kind !== 'failed' && settled?.outcome.kind !== 'notYet') this.timers.delete(key);
    }, true);
  }

  /** Writes what an effect came to. */
  beginOutcome(job: Job): void {
    const end = job.run?.end;
    const effect = this.extension.effects[job.handler];
    if (end === undefined || effect === undefined) return;
    if (end.kind === 'failed') return this.#again(job, end.error);
    const input: AnyInput = {
      subject: job.event.subject, handler: job.handler, trigger: triggerOf(job.event), event: job.event,
      decide: (state, context) => {
        if (end.kind === 'done') return effect.settle(state, end.result as never, job.event, context);
        if (effect.refused === undefined) throw end.refusal;
        return effect.refused(state, end.refusal, job.event, context);
      },
    };
    const [settled] = this.#begin([input], new Set(), new Map(), () => {
      if (settled?.outcome.kind === 'apply' || settled?.outcome.kind === 'stale') {
        this.jobs = this.jobs.filter((other) => other !== job);
        this.#o.watcher.effectEnded(job.handler, job.event);
        return;
      }
      const error = settled?.outcome.kind === 'failed' ? settled.outcome.error : new Error(settled?.outcome.kind);
      this.#again(job, error);
      job.isDead = end.kind === 'refused' && effect.refused === undefined;
    }, true);
  }

  #again(job: Job, error: unknown): void {
    job.run = undefined;
    job.maybeSent ||= !(typeof error === 'object' && error !== null && 'sent' in error && error.sent === false);
    job.lastError = error instanceof Error ? error.message : String(error);
  }

  /** A command or a comparison: at once, as a transaction of its own. Gives what became of each. */
  change(inputs: readonly AnyInput[]): readonly Settled<any>[] {
    this.commit();
    const settled = this.#begin(inputs, new Set(), new Map(), () => undefined, true);
    this.commit();
    return settled;
  }

  commit(): void {
    const { open } = this;
    this.open = undefined;
    open?.commit();
  }

  /** The process dies. What it had asked may still be on its way. */
  die(): void {
    this.open = undefined;
    for (const job of this.jobs) {
      if (job.run !== undefined) job.maybeSent = true;
      job.run = undefined;
    }
  }

  /** Jobs that may start: the first of each lane. */
  startable(): Job[] {
    const lanes = new Set<string>();
    return this.jobs.filter((job) => {
      const ordered = this.extension.effects[job.handler]?.ordered !== false;
      const lane = `${job.handler} ${job.event.subject}`;
      const isFirst = !ordered || !lanes.has(lane);
      lanes.add(lane);
      return isFirst && !job.isDead && job.run === undefined;
    });
  }

  ended(): Job[] {
    return this.jobs.filter((job) => job.run?.end !== undefined);
  }

  /** Runs the effect; it ends when what it asks is answered. */
  start(job: Job): void {
    const effect = this.extension.effects[job.handler];
    if (effect === undefined) return;
    job.attempt += 1;
    const run: { end: RunEnd | undefined } = { end: undefined };
    job.run = run;
    effect.run({ event: job.event, key: job.key, attempt: job.attempt, maybeSent: job.maybeSent, signal: new AbortController().signal }).then(
      (result) => void (run.end = { kind: 'done', result }),
      (error: unknown) => void (run.end = error instanceof Refused ? { kind: 'refused', refusal: error } : { kind: 'failed', error }),
    );
  }

  /** What waits for an order is tried at once: dead letters too. */
  redrive(subject: string): void {
    for (const job of this.jobs) if (job.event.subject === subject) job.isDead = false;
  }

  #isHeld(subject: string): boolean {
    return (this.parked.get(subject) ?? []).some(({ state }) => state !== 'waiting');
  }

  #inputOf(name: string, event: StoredEvent): AnyInput {
    const handler = this.extension.handlers[name];
    if (handler === undefined) throw new Error(`There is no handler ${name}.`);
    const also = handler.also?.(event);
    return { subject: event.subject, handler: name, trigger: triggerOf(event), event, decide: (state, context) => handler.decide(state, event, context), ...(also && { also }) };
  }

  /** Decides now, writes at `commit`. `isOther`: not an event of the log; what becomes of these inputs is for `after`. */
  #begin(inputs: readonly AnyInput[], held: ReadonlySet<string>, rows: ReadonlyMap<AnyInput, Parked>, after: () => void, isOther = false): readonly Settled<any>[] {
    if (this.open !== undefined) throw new Error(`${this.name} has a transaction open.`);
    const waiting = [...new Set(inputs.map(({ subject }) => subject))].flatMap((subject) => (this.parked.get(subject) ?? []).filter(({ state }) => state === 'waiting'));
    const decisions = new Decisions(this.#o, this.name, [...inputs, ...waiting.map(({ input }) => input)], this.throwing, held, waiting.map(({ input }) => input));
    for (const input of inputs) decisions.take(input);
    const settled = decisions.settled();
    this.open = {
      settled,
      commit: () => {
        decisions.write(this.#log, this.extension.source, this.timers);
        const parkedRows = new Map([...rows, ...waiting.map((row) => [row.input, row] as const)]);
        const own = isOther ? new Set(inputs) : new Set();
        for (const { input, outcome } of settled) {
          if (outcome.kind === 'stale') this.#log.ledger.push({ handler: input.handler, subject: input.subject, rule: outcome.rule });
          if (!own.has(input)) this.#park(input, outcome, parkedRows.get(input));
        }
        after();
      },
    };
    return settled;
  }

  #park(input: AnyInput, outcome: Settled<any>['outcome'], row: Parked | undefined): void {
    const state = ({ notYet: 'waiting', failed: 'ready', behind: 'behind' } as const)[outcome.kind as string];
    const rows = (this.parked.get(input.subject) ?? []).filter((one) => one !== row || state !== undefined);
    if (state !== undefined && row !== undefined) row.state = state;
    else if (state !== undefined && input.event !== undefined) rows.push({ input, event: input.event, state });
    rows.sort((a, b) => a.event.cursor.position - b.event.cursor.position);
    if (rows.length === 0) this.parked.delete(input.subject);
    else this.parked.set(input.subject, rows);
  }
}

/** The decisions of one transaction. */
class Decisions {
  readonly #o: MemoryLogOptions;
  readonly #extension: string;
  readonly #throwing: Set<string>;
  readonly #before: ReadonlyMap<string, unknown>;
  readonly #after = new Map<string, unknown>();
  readonly #outcomes = new Map<AnyInput, Settled<any>['outcome']>();
  readonly #held: Set<string>;
  #waiting: readonly AnyInput[];
  readonly #written: ((log: MemoryLog, source: string, timers: Map<string, Timer>) => void)[] = [];

  constructor(options: MemoryLogOptions, extension: string, inputs: readonly AnyInput[], throwing: Set<string>, held: ReadonlySet<string>, waiting: readonly AnyInput[]) {
    this.#o = options;
    this.#extension = extension;
    this.#throwing = throwing;
    this.#before = options.tables.load(extension, [...new Set(inputs.flatMap(({ subject, also = [] }) => [subject, ...also]))]);
    this.#held = new Set(held);
    this.#waiting = waiting;
  }

  settled(): Settled<any>[] {
    return [...this.#outcomes].map(([input, outcome]) => ({ input, outcome }));
  }

  take(input: AnyInput): void {
    const outcome = this.#held.has(input.subject) ? ({ kind: 'behind' } as const) : this.#decide(input);
    this.#outcomes.set(input, outcome);
    if (outcome.kind === 'failed') this.#held.add(input.subject);
    else if (outcome.kind === 'notYet') this.#waiting = [...this.#waiting, input];
    else if (outcome.kind === 'apply') this.#retryWaiting(input.subject);
  }

  #retryWaiting(subject: string): void {
    for (let changed = true; changed && !this.#held.has(subject); ) {
      changed = false;
      for (const input of this.#waiting.filter((one) => one.subject === subject)) {
        const outcome = this.#decide(input);
        if (outcome.kind === 'notYet') continue;
        this.#outcomes.set(input, outcome);
        this.#waiting = this.#waiting.filter((other) => other !== input);
        if (outcome.kind === 'failed') this.#held.add(subject);
        changed ||= outcome.kind === 'apply';
      }
    }
  }

  #decide(input: AnyInput): Settled<any>['outcome'] {
    const { subject, trigger, also = [] } = input;
    try {
      if (this.#throwing.delete(input.handler)) throw new Error('A fault that passes.');
      const state = this.#stateOf(subject);
      const other = (wanted: string): unknown => {
        if (wanted !== subject && !also.includes(wanted)) throw new Error(`${input.handler} touches ${wanted}, which it did not name beforehand.`);
        return this.#stateOf(wanted);
      };
      const context = { nowMs: 0, trigger, other };
      const outcome: Outcome<any> = input.decide(state, context);
      if (outcome.kind !== 'apply') return outcome;
      for (const event of outcome.events) this.#o.catalogue.checkData(event.type, event.data);
      if (outcome.state !== state) this.#after.set(subject, outcome.state);
      for (const [wanted, after] of outcome.others ?? []) this.#after.set(wanted, after);
      this.#written.push((log, source, timers) => {
        log.append(outcome.events, source, trigger);
        if (outcome.state !== state) this.#o.watcher.applied(this.#extension, subject, state, outcome.state);
        for (const { name, dueInMs } of outcome.timers) {
          if (dueInMs === null) timers.delete(`${subject} ${name}`);
          else timers.set(`${subject} ${name}`, { subject, name, trigger });
        }
      });
      return outcome;
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  #stateOf(subject: string): unknown {
    return this.#after.get(subject) ?? this.#before.get(subject);
  }

  write(log: MemoryLog, source: string, timers: Map<string, Timer>): void {
    this.#o.tables.save(this.#extension, this.#after, this.#before);
    for (const write of this.#written) write(log, source, timers);
  }
}
