/**
 * Handlers, as an extension declares them.
 *
 * Promise: a declaration cannot be called. Its function is kept where only the host finds it, so that the map is the only way
 * in: a reader, a subscriber of the live bus, an emitter or an import gets an object that does nothing.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { stale as staleOutcome, notYet as notYetOutcome } from '@commerce/event-log/extension';
import type { EffectJob, Outcome, Refused, RetryPolicy, TimerChange } from '@commerce/event-log/extension';
import type { EventEntry } from '@commerce/events/catalogue';
import type { z } from 'zod';
import { keep } from './inside.ts';
import type { Place } from './place.ts';
import { placeOfCaller } from './place.ts';
import type { SendContext } from './signal.ts';

/**
 * Takes the new state (undefined: the subject has none of its own) and sets the timers. Events are sent by `sendRobust`, not returned. `others`: new states of further
 * subjects that the handler names with `also`.
 */
export function apply<State>(state: State | undefined, timers: readonly TimerChange[] = [], others?: ReadonlyMap<string, State>): Outcome<State> {
  return { kind: 'apply', state: state as State, events: [], timers, ...(others === undefined ? {} : { others }) };
}
export const stale: typeof staleOutcome = staleOutcome;
export const notYet: typeof notYetOutcome = notYetOutcome;

/** An event of one of these entries. */
export type Heard<Entries extends readonly EventEntry<any>[]> = Entries[number] extends EventEntry<infer Schema>
  ? Omit<StoredEvent, 'data'> & { readonly data: Schema extends z.ZodObject ? z.infer<Schema> : never }
  : never;

/** A handler that the map may connect. `Types`: names of the signals that it understands. */
export interface HandlerDeclaration<Types extends string = string> {
  readonly kind: 'transactional' | 'effect';
  /** Names of the signals that it understands, each with the versions. */
  readonly hears: readonly EventEntry<any>[];
  /** Effects: what makes a second run harmless at the other side. */
  readonly idempotency?: string;
  readonly declaredAt: Place | undefined;
  /** For the type of the map alone. */
  readonly types?: readonly Types[];
}

/** The decision of a timer that fell due. */
export interface TimerDeclaration {
  readonly kind: 'timer';
}

export type Decide<State, Own, Event> = (state: State | undefined, event: Event, context: SendContext, own: Own) => Outcome<State>;

export interface TransactionalOptions<Event> {
  /** Further subjects whose state the decision reads (`context.other`) or changes (`others` of `apply`): locked, loaded and saved with its own. */
  readonly also?: (event: Event) => readonly string[];
}

export interface EffectParts<State, Own, Result, Event> {
  /** One sentence: what makes a second run harmless at the other side. */
  readonly idempotency: string;
  readonly run: (job: Omit<EffectJob, 'event'> & { readonly event: Event }, own: Own) => Promise<Result>;
  readonly settle: (state: State | undefined, result: Result, event: Event, context: SendContext, own: Own) => Outcome<State>;
  /** What a definite refusal means. Without it a refusal is a dead letter. */
  readonly refused?: (state: State | undefined, refusal: Refused, event: Event, context: SendContext, own: Own) => Outcome<State>;
  /** At most one run per subject at a time, in the order of the log. Default true. */
  readonly ordered?: boolean;
  /** How long the other side remembers the key, in ms. Default 7 days. */
  readonly keyTtlMs?: number;
  /** Run in the place of `run` once the key may be forgotten: looks up before it does anything. Without it: a dead letter. */
  readonly afterKey?: (job: Omit<EffectJob, 'event'> & { readonly event: Event }, own: Own) => Promise<Result>;
  /** What the map may change. */
  readonly retry?: Partial<RetryPolicy>;
  readonly concurrency?: number;
  readonly timeBudgetMs?: number;
}

/** The makers of handlers for an extension with this state and these own things (what its `open` returned). */
export interface HandlerMakers<State, Own> {
  /** Effect in this service's database only: exactly once. */
  transactional<const Entries extends readonly EventEntry<any>[]>(hears: Entries, decide: Decide<State, Own, Heard<Entries>>, options?: TransactionalOptions<Heard<Entries>>): HandlerDeclaration<Entries[number]['type']>;
  /** Effect outside: at least once under one key, exactly one recorded outcome. */
  effect<const Entries extends readonly EventEntry<any>[], Result>(hears: Entries, parts: EffectParts<State, Own, Result, Heard<Entries>>): HandlerDeclaration<Entries[number]['type']>;
  timer(decide: Decide<State, Own, { readonly subject: string; readonly name: string }>): TimerDeclaration;
}

export function handlersOf<State, Own = void>(): HandlerMakers<State, Own> {
  const makers: HandlerMakers<State, Own> = {
    transactional(hears, decide, { also } = {}) {
      return keep({ kind: 'transactional', hears, declaredAt: placeOfCaller(makers.transactional) }, { kind: 'transactional', decide, also });
    },
    effect(hears, parts) {
      return keep({ kind: 'effect', hears, idempotency: parts.idempotency, declaredAt: placeOfCaller(makers.effect) }, { kind: 'effect', parts });
    },
    timer: (decide) => keep({ kind: 'timer' }, { kind: 'timer', decide }),
  };
  return makers;
}
