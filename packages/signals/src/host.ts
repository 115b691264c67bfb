/**
 * The host: opens the extensions of a service and gives them to the log as the map says.
 *
 * Promise: a handler is called only because the map connects it. What an extension sends goes into the transaction of the
 * decision that sends it. Refuses: decisions that return events beside `sendRobust`, or send and then change nothing.
 */
import type { NewEvent, StoredEvent } from '@commerce/event-log/event';
import { toEnvelope } from '@commerce/event-log/event';
import { effect, stale } from '@commerce/event-log/extension';
import type { DecideContext, EffectHandler, Extension, Outcome, SignalMap as HandlersByType, TimerHandler, TransactionalHandler } from '@commerce/event-log/extension';
import type { CompiledPattern } from '@commerce/events/pattern';
import { compilePattern } from '@commerce/events/pattern';
import type { ExtensionDefinition } from './extension.ts';
import type { Decide } from './handler.ts';
import { insideOf } from './handler.ts';
import type { Job } from './jobs.ts';
import type { Connection, SignalMap } from './map.ts';
import { Outbox } from './signal.ts';
import type { SendContext } from './signal.ts';

/** A decision did something around `sendRobust`. */
export class SentAround extends Error {
  override readonly name = 'SentAround';
}

/** An extension that was opened: what the log needs of it, and what it has for its routes and jobs. */
export interface Opened {
  readonly definition: ExtensionDefinition;
  readonly own: unknown;
  readonly extension: Extension<any>;
}

/** Opens the extensions in the order of the list. `resources` is what their `open` takes. The map was checked before. */
export async function openExtensions(definitions: readonly ExtensionDefinition[], map: SignalMap, resources: unknown): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const definition of definitions) {
    const own: unknown = await definition.open(resources);
    opened.push({ definition, own, extension: logExtension(definition, own, map) });
  }
  return opened;
}

/** The map as the log takes it: signal → names of handlers. */
export function handlersByType(map: SignalMap): HandlersByType {
  return Object.fromEntries(Object.entries(map.connections).map(([type, connections]) => [type, connections.map(({ handler }) => handler)]));
}

/** Handlers that hear what the log has from before, when they are new. */
export function heardFromBeginning(map: SignalMap): string[] {
  return [...new Set(Object.values(map.connections).flat().filter(({ from }) => from === 'beginning').map(({ handler }) => handler))];
}

/** The scheduled jobs of what was opened. */
export function jobsOf(opened: readonly Opened[]): Job[] {
  return opened.flatMap(({ definition, own }) => (definition.jobs ?? []).map(({ name, everyMs, run }): Job => ({ name, everyMs: everyMs(own), run: (signal) => run(own, signal) })));
}

/** Sends outside of a handler, where an extension takes something in: collects what is sent, for one statement with its rows. */
export function collectSent<Result>(
  definition: ExtensionDefinition, context: Omit<DecideContext, 'other'>, decide: (context: SendContext) => Result,
): { result: Result; events: readonly NewEvent[] } {
  const outbox = outboxOf(definition);
  const result = decide({ ...context, other: noOther, outbox });
  return { result, events: outbox.sent };
}

/** A decision outside of a handler (a command, a comparison) as the log takes it: what it sends is appended with what it changes. */
export function inputDecision<State>(
  definition: ExtensionDefinition, decide: (state: State | undefined, context: SendContext) => Outcome<State>,
): (state: State | undefined, context: DecideContext) => Outcome<State> {
  return (state, context) => {
    const outbox = outboxOf(definition);
    const outcome = decide(state, { ...context, outbox });
    return outcome.kind === 'apply' ? { ...outcome, events: outbox.sent } : outcome;
  };
}

function noOther(subject: string): never {
  throw new Error(`The state of ${subject} is not loaded where something is taken in.`);
}

const signalSets = new WeakMap<ExtensionDefinition, ReadonlySet<string>>();

function outboxOf(definition: ExtensionDefinition): Outbox {
  let signals = signalSets.get(definition);
  if (signals === undefined) {
    signals = new Set(definition.signals.map(({ entry }) => entry.type));
    signalSets.set(definition, signals);
  }
  return new Outbox(definition.name, signals);
}

function logExtension(definition: ExtensionDefinition, own: unknown, map: SignalMap): Extension<any> {
  const handlers: Record<string, TransactionalHandler<any>> = {};
  const effects: Record<string, EffectHandler<any, never>> = {};
  const timers: Record<string, TimerHandler<any>> = {};
  for (const [name, declaration] of Object.entries(definition.handlers)) {
    const inside = insideOf(declaration);
    const connections = connectionsOf(map, name);
    if (inside.kind === 'transactional') {
      const { also } = inside;
      const decide = filtered(connections, (state, event, context) => decideAs(definition, inside.decide, state, event, context, own));
      handlers[name] = { decide, ...(also !== undefined && { also: (event) => also(event) }) };
    }
    if (inside.kind === 'effect') effects[name] = effectOf(definition, inside.parts, connections, own);
  }
  for (const [name, declaration] of Object.entries(definition.timers ?? {})) {
    const inside = insideOf(declaration);
    if (inside.kind === 'timer') timers[name] = { decide: (state, timer, context) => decideAs(definition, inside.decide, state, timer, context, own) };
  }
  return { name: definition.name, source: definition.source, store: definition.store, handlers, effects, timers };
}

function connectionsOf(map: SignalMap, name: string): ReadonlyMap<string, Connection> {
  return new Map(Object.entries(map.connections).flatMap(([type, connections]) => connections.filter(({ handler }) => handler === name).map((one): [string, Connection] => [type, one])));
}

type LogDecide<Input> = (state: unknown, input: Input, context: DecideContext) => Outcome<any>;

/** Ignores what the filter of the map does not let through, and says so. */
function filtered(connections: ReadonlyMap<string, Connection>, decide: LogDecide<StoredEvent>): LogDecide<StoredEvent> {
  const passes = filterOf(connections);
  if (passes === undefined) return decide;
  return (state, event, context) => (passes(event) ? decide(state, event, context) : stale('filtered', { filter: connections.get(event.type)?.filter ?? {} }));
}

/** Undefined when no connection has a filter. */
function filterOf(connections: ReadonlyMap<string, Connection>): ((event: StoredEvent) => boolean) | undefined {
  const patterns = new Map<string, CompiledPattern>();
  for (const [type, { filter }] of connections) if (filter !== undefined) patterns.set(type, compilePattern(filter));
  if (patterns.size === 0) return undefined;
  return (event) => patterns.get(event.type)?.matches({ source: event.source, 'detail-type': event.type, detail: toEnvelope(event) }) ?? true;
}

function decideAs<Input>(definition: ExtensionDefinition, decide: Decide<any, any, Input>, state: unknown, input: Input, context: DecideContext, own: unknown): Outcome<any> {
  const outbox = outboxOf(definition);
  const outcome = decide(state, input, { ...context, outbox }, own);
  if (outcome.kind !== 'apply') {
    if (outbox.sent.length > 0) throw new SentAround(`${definition.name} sent ${outbox.sent[0]?.type ?? ''} in a decision that changes nothing: decide to apply, or do not send.`);
    return outcome;
  }
  if (outcome.events.length > 0) throw new SentAround(`${definition.name} returned the event ${outcome.events[0]?.type ?? ''}: send it with sendRobust.`);
  return { ...outcome, events: outbox.sent };
}

type Parts = Extract<ReturnType<typeof insideOf>, { kind: 'effect' }>['parts'];

/** The map's settings go before the handler's own. */
function effectOf(definition: ExtensionDefinition, parts: Parts, connections: ReadonlyMap<string, Connection>, own: unknown): EffectHandler<any, never> {
  const said = Object.assign({}, ...[...connections.values()].reverse()) as Partial<Connection>;
  const { idempotency, run, settle, refused, ordered, keyTtlMs } = parts;
  const concurrency = said.concurrency ?? parts.concurrency;
  const timeBudgetMs = said.timeBudgetMs ?? parts.timeBudgetMs;
  const retry = { ...parts.retry, ...said.retry };
  const passes = filterOf(connections);
  return effect<any, unknown>({
    idempotency,
    run: (job) => run(job, own),
    settle: (state, result, event, context) => decideAs(definition, (current, _input: StoredEvent, sending) => settle(current, result, event, sending, own), state, event, context, own),
    ...(refused !== undefined && {
      refused: (state, refusal, event, context) => decideAs(definition, (current, _input: StoredEvent, sending) => refused(current, refusal, event, sending, own), state, event, context, own),
    }),
    ...(concurrency !== undefined && { concurrency }),
    ...(timeBudgetMs !== undefined && { timeBudgetMs }),
    ...(ordered !== undefined && { ordered }),
    ...(keyTtlMs !== undefined && { keyTtlMs }),
    ...(said.priority !== undefined && { priority: said.priority }),
    ...(passes !== undefined && { skip: (event) => (passes(event) ? undefined : { rule: 'filtered', evidence: { filter: connections.get(event.type)?.filter ?? {} } }) }),
    retry,
  });
}
