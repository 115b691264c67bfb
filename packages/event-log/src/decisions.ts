/**
 * The decisions of one transaction: pure, whoever loads the states before and writes afterwards what was decided.
 *
 * Promise: each input is decided once, in its order, on the state that those before it have left; what waits for a subject is tried
 * whenever that changes; behind one that failed nothing else of its subject is decided. Refuses: a subject that an input did not name.
 */
import type { ChangeOptions, Decided, Input, Settled } from './change.pg.ts';
import type { Trigger } from './event.ts';
import type { Extension, StateChange, TimerChange, Tx } from './extension.ts';
import type { PersonalData } from './personal.ts';
import type { PreparedEvent, Preparer } from './prepare.ts';
import { prepareOwn } from './prepare.ts';
import { suppressedBy } from './replay-mark.ts';

/** A timer to be set or cleared, and what has brought that about. */
export interface DecidedTimer {
  readonly subject: string;
  readonly change: TimerChange;
  readonly trigger: Trigger;
}

/** Collects the decisions of one transaction. */
export class Decisions<State> {
  readonly #preparer: Preparer;
  readonly #source: string;
  readonly #before: ReadonlyMap<string, State>;
  readonly #after = new Map<string, State>();
  #changes: readonly StateChange<State>[] | undefined;
  #events: PreparedEvent[] = [];
  readonly #timers = new Map<string, DecidedTimer>();
  readonly #outcomes = new Map<Input<State>, Decided<State>>();
  readonly #held: Set<string>;
  /** Held subjects with the event that failed here: what else hears that one is decided all the same. */
  readonly #failedAt = new Map<string, string>();
  /** Per subject, what waits for it to change: from before, and from this transaction. */
  readonly #waiting: Map<string, Input<State>[]>;

  /** `before`: the states of the subjects that have one. */
  constructor(preparer: Preparer, { source }: Pick<Extension<State>, 'source'>, before: ReadonlyMap<string, State>, options: Pick<ChangeOptions<State>, 'held' | 'waiting'>) {
    this.#preparer = preparer;
    this.#source = source;
    this.#before = before;
    this.#held = new Set(options.held);
    this.#waiting = new Map([...(options.waiting ?? [])].map(([subject, inputs]) => [subject, [...inputs]]));
  }

  /** What became of each input, in the order in which they were first decided. */
  settled(): Settled<State>[] {
    return [...this.#outcomes].map(([input, outcome]) => ({ input, outcome }));
  }

  take(input: Input<State>): void {
    const outcome = this.#isBehind(input) ? ({ kind: 'behind' } as const) : this.#decide(input);
    this.#outcomes.set(input, outcome);
    if (outcome.kind === 'failed') this.#hold(input);
    else if (outcome.kind === 'notYet') this.#waiting.set(input.subject, [...(this.#waiting.get(input.subject) ?? []), input]);
    else if (outcome.kind === 'apply') this.#retryWaiting(input.subject);
  }

  #isBehind({ subject, event }: Input<State>): boolean {
    return this.#held.has(subject) && (event === undefined || this.#failedAt.get(subject) !== event.eventId);
  }

  #hold({ subject, event }: Input<State>): void {
    if (!this.#held.has(subject) && event !== undefined) this.#failedAt.set(subject, event.eventId);
    this.#held.add(subject);
  }

  /** The subject has changed: whatever waited for it is tried, again and again while one of them changes it further. */
  #retryWaiting(subject: string): void {
    for (let changed = true; changed && !this.#held.has(subject); ) {
      changed = false;
      for (const input of this.#waiting.get(subject) ?? []) {
        const outcome = this.#decide(input);
        if (outcome.kind === 'notYet') continue;
        this.#outcomes.set(input, outcome);
        this.#waiting.set(subject, (this.#waiting.get(subject) ?? []).filter((other) => other !== input));
        if (outcome.kind === 'failed') this.#held.add(subject);
        changed ||= outcome.kind === 'apply';
      }
    }
  }

  #decide(input: Input<State>): Decided<State> {
    const { subject, trigger } = input;
    try {
      const state = this.#stateOf(subject);
      const other = (wanted: string): State | undefined => this.#stateOf(named(input, wanted));
      const outcome = input.decide(state, { nowMs: this.#preparer.nowMs(), trigger, other });
      if (outcome.kind === 'stale' || outcome.kind === 'notYet') return outcome;
      if (outcome.kind !== 'apply') throw new TypeError(`${input.handler} decided nothing that is known: a decision is synchronous, and made by apply, stale or notYet.`);
      // Prepared before anything is kept, so that a refused event leaves no half decision behind.
      const events = outcome.events.map((event) => prepareOwn(this.#preparer, event, this.#source, trigger, input));
      const others = [...(outcome.others ?? [])].map(([wanted, after]) => [named(input, wanted), after] as const);
      this.#events.push(...events);
      for (const [wanted, after] of others) this.#after.set(wanted, after);
      if (outcome.state !== state) this.#after.set(subject, outcome.state);
      // A replay without effects leaves the clock to what really happened: its timers would act later, and those that are there are real.
      if (suppressedBy(trigger) === undefined) for (const change of outcome.timers) this.#timers.set(`${subject}\n${change.name}`, { subject, change, trigger });
      return outcome;
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  #stateOf(subject: string): State | undefined {
    return this.#after.get(subject) ?? this.#before.get(subject);
  }

  /** The rows that change, sorted by subject, once all is decided. */
  get changes(): readonly StateChange<State>[] {
    return this.#changes ??= [...this.#after]
      .map(([subject, after]) => ({ subject, before: this.#before.get(subject), after }))
      .sort((a, b) => (a.subject < b.subject ? -1 : 1));
  }

  /** Seals the personal data of the events: a statement only for customers whose key is not at hand. */
  async seal(tx: Tx, personal: PersonalData): Promise<void> {
    if (this.#events.some((event) => event.personal !== undefined)) this.#events = [...(await personal.seal(tx, this.#events))];
  }

  /** To be appended, in this order. */
  get events(): readonly PreparedEvent[] {
    return this.#events;
  }

  /** To be set or cleared, sorted by subject. */
  get timers(): readonly DecidedTimer[] {
    return [...this.#timers.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1));
  }

  /** What says nothing new, for the ledger. */
  get ignored(): readonly { readonly input: Input<State>; readonly rule: string; readonly evidence: object }[] {
    return this.settled().flatMap(({ input, outcome }) => (outcome.kind === 'stale' ? [{ input, rule: outcome.rule, evidence: outcome.evidence }] : []));
  }
}

/** The subject, if the input may touch it: another one is neither locked nor loaded. */
function named<State>({ handler, subject, also = [] }: Input<State>, wanted: string): string {
  if (wanted !== subject && !also.includes(wanted)) throw new Error(`${handler} touches ${wanted}, which it did not name beforehand.`);
  return wanted;
}
