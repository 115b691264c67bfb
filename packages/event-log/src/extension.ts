/**
 * What an extension gives to the log: its state, and pure decisions over it.
 *
 * Every change goes one way: load the states of the subjects, decide (synchronous, pure, no I/O), write states, events,
 * timers and ledger together. A handler, the outcome of an effect, a timer that fell due and a command from outside are
 * all inputs of that one way.
 */
import type { ClientBase } from 'pg';
import type { NewEvent, StoredEvent, Trigger } from './event.ts';

/** A connection inside the transaction of a change. Statements only; never BEGIN or COMMIT. */
export type Tx = Pick<ClientBase, 'query'>;

/** What a decision may know beside state and input. */
export interface DecideContext {
  /** Unix milliseconds, for values that are kept; due times are computed by the database's clock from `dueInMs`. */
  readonly nowMs: number;
  readonly trigger: Trigger;
  /** The state of a further subject that the input named beforehand (`also`), as this transaction has it. Throws for any other. */
  readonly other: (subject: string) => unknown;
}

/** Sets a timer of the subject (`dueInMs` from now, replacing one of the same name), or clears it (`null`). */
export interface TimerChange {
  readonly name: string;
  readonly dueInMs: number | null;
}

/** A decision. */
export type Outcome<State> =
  /** Take the new state, and those of further subjects that were named beforehand; append the events in this order, set or clear the timers. */
  | { readonly kind: 'apply'; readonly state: State; readonly events: readonly NewEvent[]; readonly timers: readonly TimerChange[]; readonly others?: ReadonlyMap<string, State> }
  /** The input says nothing new or came too late: nothing changes, the ledger keeps rule and evidence. */
  | { readonly kind: 'stale'; readonly rule: string; readonly evidence: object }
  /** Its time has not come: kept, and tried again each time the subject changes. Never a refusal. */
  | { readonly kind: 'notYet'; readonly reason: string };

export function apply<State>(state: State, events: readonly NewEvent[] = [], timers: readonly TimerChange[] = [], others?: ReadonlyMap<string, State>): Outcome<State> {
  return { kind: 'apply', state, events, timers, ...(others === undefined ? {} : { others }) };
}

/** `rule` is a short constant such as `already_completed`. */
export function stale<State>(rule: string, evidence: object = {}): Outcome<State> {
  return { kind: 'stale', rule, evidence };
}

export function notYet<State>(reason: string): Outcome<State> {
  return { kind: 'notYet', reason };
}

/** The rows that an extension keeps, one per subject. */
export interface StateStore<State> {
  /**
   * One plain select for all subjects; a subject without a row is left out. Subjects are locked already. `inputs`: what is decided, in its
   * order, for a store that reads more for some of it; left out where rows are only looked at.
   */
  load(tx: Tx, subjects: readonly string[], inputs?: readonly StateInput[]): Promise<Map<string, State>>;
  /** One statement for all changed rows, sorted by subject. `before` is undefined for a new row. */
  save(tx: Tx, changes: readonly StateChange<State>[]): Promise<void>;
  /**
   * `save` sends all that it sends before it first waits, waits for several by `Promise.all`, so that one that could not be sent fails it at once, and what must not be
   * committed the server refuses, not a look at its answer (`exactly`). Then COMMIT goes right behind it, in the same round trip: a transaction that is decided holds
   * its locks, and every reader back, no longer than it takes to write. What it throws before its first wait commits nothing.
   */
  readonly isSentAtOnce?: boolean;
  /** Called once what `save` wrote is committed, with the same changes: for what lives in memory beside the rows. Never throws; a process may die before it. */
  saved?(changes: readonly StateChange<State>[]): void;
  /** What `saved` was given keeps this process busy for a while: its reader waits up to 100 ms before it takes a further stretch of the log. Never throws. */
  isFull?(): boolean;
}

export interface StateInput {
  readonly subject: string;
  /** The event that is handled, as it is stored; left out where it is none. */
  readonly event?: StoredEvent;
}

export interface StateChange<State> {
  readonly subject: string;
  readonly before: State | undefined;
  readonly after: State;
}

/** Effect in this database only: exactly once. Throwing parks this event for this handler and holds its subject. */
export interface TransactionalHandler<State> {
  /** Further subjects whose state this event reads or changes, such as the stock of each product: locked, loaded and saved with it. */
  readonly also?: (event: StoredEvent) => readonly string[];
  readonly decide: (state: State | undefined, event: StoredEvent, context: DecideContext) => Outcome<State>;
}

/** One run of an effect. */
export interface EffectJob {
  readonly event: StoredEvent;
  /** The same over all attempts: send it as idempotency key. */
  readonly key: string;
  /** From 1. */
  readonly attempt: number;
  /** True when an earlier attempt may have reached the other side (it timed out, or the process died). */
  readonly maybeSent: boolean;
  /** Aborts at the time budget, and when this process may no longer act for the subject. */
  readonly signal: AbortSignal;
}

/** What holds for the runs of an effect handler. */
export interface RunSettings {
  /** Runs at once in one process. Default 16. Minimum 1. */
  readonly concurrency?: number;
  /** Time for one run, in ms. Default 10,000; less than the lease (15,000), so that two owners never overlap. */
  readonly timeBudgetMs?: number;
  /** Among what is due, higher goes first; a hint for the order of starts, nothing else. Default 0. */
  readonly priority?: number;
  readonly retry?: Partial<RetryPolicy>;
}

/**
 * Effect outside: at least once under one key, exactly one recorded outcome.
 * `run` may resolve (the outcome is known), throw `RetryLater` (known or unknown, same key again), throw `Refused`
 * (definite, `refused` decides what follows), or throw anything else (retried as unknown).
 *
 * Where like things go together: jobs are written with the cursor, at most 128 subjects in one transaction unless an extension asks for more, and so are their
 * outcomes; each call outside is one run, for the other sides take one order, one charge, one message at a time.
 */
export interface EffectHandler<State, Result = unknown> extends RunSettings {
  /** One sentence: what makes a second run harmless at the other side. */
  readonly idempotency: string;
  readonly run: (job: EffectJob) => Promise<Result>;
  /** What the result means for the extension's state. */
  readonly settle: (state: State | undefined, result: Result, event: StoredEvent, context: DecideContext) => Outcome<State>;
  /** What a definite refusal means. Without it a refusal is a dead letter. */
  readonly refused?: (state: State | undefined, refusal: Refused, event: StoredEvent, context: DecideContext) => Outcome<State>;
  /** What holds for one type of event instead. With a `concurrency` its runs are counted by themselves, beside those of the other types. */
  readonly ofType?: Readonly<Record<string, RunSettings>>;
  /** At most one run per subject at a time, in the order of the log. Default true. */
  readonly ordered?: boolean;
  /** False when the event itself says that this handler has nothing to do for it: then it is done, without a run, and leaves no trace. */
  readonly isNeeded?: (event: StoredEvent) => boolean;
  /** Why an event is not for this handler; undefined when it is. What is skipped stands in the ledger. */
  readonly skip?: (event: StoredEvent) => { readonly rule: string; readonly evidence: object } | undefined;
  /** How long the other side remembers the key, in ms. After that nothing is sent blindly: see `afterKey`. Default 7 days. */
  readonly keyTtlMs?: number;
  /**
   * Run in the place of `run` once the other side may have forgotten the key: it looks up what became of the earlier attempts
   * before it does anything, or does what is harmless without a key. Without it the job is a dead letter, and stays one.
   */
  readonly afterKey?: (job: EffectJob) => Promise<Result>;
}

/** Exponential backoff with full jitter: a random wait up to `baseMs` × 2^(attempt − 1), at most `maxMs`. */
export interface RetryPolicy {
  /** Default 200. */
  readonly baseMs: number;
  /** Default 60,000. */
  readonly maxMs: number;
  /** All attempts, the first included; then the row is dead. Default 50. */
  readonly maxAttempts: number;
}

/** The other side refused for good. `code` is a short constant, `message` safe to store and show. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Not now: try again after `afterMs` (or by the policy). `sent: false` says that nothing reached the other side. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly afterMs: number | undefined;
  readonly sent: boolean;
  constructor(message: string, options: { afterMs?: number | undefined; sent?: boolean } = {}) {
    super(message);
    this.afterMs = options.afterMs;
    this.sent = options.sent ?? true;
  }
}

/** A timer that fell due. It is gone; the decision may set it again. */
export interface TimerHandler<State> {
  readonly decide: (state: State | undefined, timer: { readonly subject: string; readonly name: string }, context: DecideContext) => Outcome<State>;
}

/** Subjects that an extension may ask for; see `mostSubjects`. */
export const MOST_SUBJECTS = 512;

/** A part of a service with its own rows, handlers and readers. */
export interface Extension<State> {
  /** Name of its reader, for example `orders`. */
  readonly name: string;
  /** `source` of the events that it appends, for example `order-service`. */
  readonly source: string;
  readonly store: StateStore<State>;
  /** By full name, `orders.fulfill`. */
  readonly handlers: Readonly<Record<string, TransactionalHandler<State>>>;
  /** By full name, `fulfillment.request`. */
  // The result's type stays inside each handler.
  readonly effects: Readonly<Record<string, EffectHandler<State, never>>>;
  readonly timers: Readonly<Record<string, TimerHandler<State>>>;
  /**
   * Subjects of the log that its reader takes in one transaction at most; default 128. Each is a lock on the server while the transaction
   * lasts, so more is for an extension that only keeps what the log tells of each subject. At most 512; a stretch of the log has 500 events.
   */
  readonly mostSubjects?: number | undefined;
}

/** Keeps the type of an effect's result between `run` and `settle`; see `EffectHandler`. */
export function effect<State, Result>(handler: EffectHandler<State, Result>): EffectHandler<State, never> {
  return handler as unknown as EffectHandler<State, never>;
}

/** The map: event type → full names of the handlers that hear it. */
export type SignalMap = Readonly<Record<string, readonly string[]>>;
