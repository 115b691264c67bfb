/**
 * Which subjects have parked events: those that hold their subject, and those that wait for it to change. Every transaction of
 * the extension's reader goes through here, so that what waits is tried with it and what is held stays behind.
 */
import type { BatchSize } from './batch-size.ts';
import type { ChangeOptions, Input, Settled } from './change.pg.ts';
import { handlerInput } from './handler-input.ts';
import type { AnyState } from './map.ts';
import type { Owned } from './cursors.pg.ts';
import type { Parking } from './parking.ts';
import { park } from './parking.ts';
import type { InProcess, ReaderOptions } from './reader-options.ts';
import type { Run, RunReports } from './run-reports.ts';
import type { WorkRow } from './work.pg.ts';
import { loadWork, parkedSubjects } from './work.pg.ts';

/** Rows that wait for the subjects of one transaction. */
const WAITING_ROWS = 5_000;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'random' | 'monotonicMs'> & InProcess;
type Rows = ReadonlyMap<Input<AnyState>, WorkRow>;

/** What of a decided batch can be told, but for failures. */
const TOLD = ['enqueued', 'started', 'completed'] as const;

const MESSAGES = { again: 'the handler failed; the event is parked and tried again', dead: 'the handler failed for the last time: dead letter', level: 'error' } as const;

/** Subjects with parked events. */
export interface Subjects {
  readonly held: readonly string[];
  readonly waiting: readonly string[];
}

/** Guards and writes of a transaction (see `ChangeOptions`), and the size that learns from the time it took. */
export type Extra = Pick<ChangeOptions<AnyState>, 'before' | 'judge' | 'after'> & { readonly size?: BatchSize };

export class ParkedEvents {
  readonly #o: Given;
  #held = new Set<string>();
  #waiting = new Set<string>();
  readonly #reports: RunReports;

  constructor(options: Given, reports: RunReports) {
    this.#o = options;
    this.#reports = reports;
  }

  /** Subjects that an earlier event holds. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  /** Subjects for whose change an event waits. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting;
  }

  /** As the table has them. Changes nothing. */
  async load(partitions: readonly Owned[]): Promise<Subjects> {
    const { log, mapped } = this.#o;
    const loaded: Subjects[] = [];
    for (const one of partitions) loaded.push(await parkedSubjects(log.pool, mapped.extension.name, Object.keys(mapped.extension.handlers), one));
    return { held: loaded.flatMap(({ held }) => held), waiting: loaded.flatMap(({ waiting }) => waiting) };
  }

  /** Those of a partition that was taken over. */
  takeIn(subjects: Subjects): void {
    for (const subject of subjects.held) this.#held.add(subject);
    for (const subject of subjects.waiting) this.#waiting.add(subject);
  }

  /** Those of all partitions, counted anew: rows may have been redriven or skipped from outside. */
  replace(subjects: Subjects): void {
    this.#held = new Set(subjects.held);
    this.#waiting = new Set(subjects.waiting);
  }

  /** Decides events of the log, but for those of held subjects, and parks what is not settled. `fences` by event id. */
  async decide(inputs: readonly Input<AnyState>[], fences: ReadonlyMap<string, number>, extra: Extra): Promise<void> {
    const settled = await this.#change(inputs, { held: this.#held, rows: new Map(), fences, extra, parks: () => true, areNew: true });
    this.#remember(settled);
  }

  /** Decides parked rows again. `frees`: they are all of their subject, and free it unless one fails again. */
  async decideAgain(rows: Rows, frees: boolean): Promise<void> {
    const settled = await this.#change([...rows.keys()], { held: new Set(), rows, fences: new Map(), extra: {}, parks: () => true });
    if (frees) for (const { input } of settled) this.#held.delete(input.subject);
    this.#remember(settled);
  }

  /** Decides what is no event of the log (a timer, an outcome): what becomes of it is for `extra.after` to write. */
  async decideOther(inputs: readonly Input<AnyState>[], extra: Extra): Promise<void> {
    const own = new Set(inputs);
    const parks = (input: Input<AnyState>): boolean => !own.has(input);
    const settled = await this.#change(inputs, { rows: new Map(), fences: new Map(), extra, parks });
    this.#remember(settled.filter(({ input }) => parks(input)));
  }

  async #change(
    inputs: readonly Input<AnyState>[],
    how: { held?: ReadonlySet<string>; rows: Rows; fences: ReadonlyMap<string, number>; extra: Extra; parks: (input: Input<AnyState>) => boolean; areNew?: boolean },
  ): Promise<Settled<AnyState>[]> {
    const { log, mapped, monotonicMs } = this.#o;
    const { extra, rows, fences } = how;
    const waiting = await this.#waitingOf(inputs, rows);
    const parked = new Map([...rows, ...waiting.rows]);
    const startedAtMs = log.preparer.nowMs();
    const beganMs = monotonicMs();
    let firstWriteMs = 0;
    let parking: Parking | undefined;
    const settled = await log.change(mapped.extension, inputs, {
      waiting: waiting.inputs,
      ...(how.held !== undefined && { held: how.held }),
      ...(extra.before !== undefined && { before: extra.before }),
      judge: (all) => {
        extra.judge?.(all);
        firstWriteMs = monotonicMs();
      },
      after: (tx, all) => {
        parking = park(this.#o, tx, all.filter(({ input }) => how.parks(input)), fences, parked);
        return [...parking.statements, ...(extra.after?.(tx, all) ?? [])];
      },
      isSentAtOnce: true,
    });
    const times = { startedAtMs, tookMs: monotonicMs() - beganMs };
    if (TOLD.some((phase) => this.#reports.wants(phase))) this.#tell(settled.filter(({ input }) => how.parks(input)), (input) => how.areNew === true && !parked.has(input), times);
    this.#reports.failed((parking?.failed ?? []).map((run) => ({ ...run, ...times })), MESSAGES);
    extra.size?.took(monotonicMs() - firstWriteMs, new Set(inputs.map((input) => input.subject)).size);
    return settled;
  }

  /** The runs of a transaction: of what was decided, each has started, and ended if nothing of it is left. */
  #tell(settled: readonly Settled<AnyState>[], isNew: (input: Input<AnyState>) => boolean, times: { readonly startedAtMs: number; readonly tookMs: number }): void {
    const [enqueued, started, completed]: [Run[], Run[], Run[]] = [[], [], []];
    const [isNewWanted, isStartWanted] = [this.#reports.wants('enqueued'), this.#reports.wants('started')];
    for (const { input, outcome } of settled) {
      const { handler, event, attempt = 1 } = input;
      if (event === undefined) continue;
      if (isNewWanted && isNew(input)) enqueued.push({ handler, event, attempt });
      if (outcome.kind === 'behind' || outcome.kind === 'notYet') continue;
      if (isStartWanted) started.push({ handler, event, attempt, startedAtMs: times.startedAtMs });
      if (outcome.kind !== 'failed') completed.push({ handler, event, attempt, ...times });
    }
    this.#reports.tell('enqueued', enqueued);
    this.#reports.tell('started', started);
    this.#reports.tell('completed', completed);
  }

  async #waitingOf(inputs: readonly Input<AnyState>[], rows: Rows): Promise<{ inputs: Map<string, Input<AnyState>[]>; rows: Map<Input<AnyState>, WorkRow> }> {
    const { log, mapped } = this.#o;
    const subjects = [...new Set(inputs.map((input) => input.subject))].filter((subject) => this.#waiting.has(subject));
    const found = { inputs: new Map<string, Input<AnyState>[]>(), rows: new Map<Input<AnyState>, WorkRow>() };
    if (subjects.length === 0) return found;
    const own = new Set([...rows.values()].map((row) => `${row.handler} ${row.event.eventId}`));
    const loaded = await loadWork(log, mapped.extension.name, "w.state = 'waiting' AND w.handler = ANY ($2::text[]) AND w.subject = ANY ($3::text[])", [Object.keys(mapped.extension.handlers), subjects], WAITING_ROWS);
    for (const row of loaded) {
      if (own.has(`${row.handler} ${row.event.eventId}`)) continue;
      const input = handlerInput(this.#o, row.handler, row.event, row.attempt + 1);
      found.rows.set(input, row);
      found.inputs.set(row.event.subject, [...(found.inputs.get(row.event.subject) ?? []), input]);
    }
    return found;
  }

  /** Which subjects are held and which wait, after a commit. */
  #remember(settled: readonly Settled<AnyState>[]): void {
    for (const { input, outcome } of settled) {
      if (outcome.kind === 'failed' || outcome.kind === 'behind') this.#held.add(input.subject);
      else if (outcome.kind === 'notYet') this.#waiting.add(input.subject);
    }
  }
}
