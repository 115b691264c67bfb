/**
 * The host: opens the extensions of a service and gives them to the log as the map says. For the place where a service is put
 * together, and nobody else.
 *
 * Promise: a handler is called only because the map connects it, and nothing can be connected once the map is registered. What
 * an extension sends goes into the transaction of the decision that sends it. Refuses: decisions that return events beside
 * `sendRobust`, or send and then change nothing.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import { toEnvelope } from '@commerce/event-log/event';
import { effect, stale } from '@commerce/event-log/extension';
import type { DecideContext, EffectHandler, Extension, Outcome, RunSettings, SignalMap as HandlersByType, TimerHandler, TransactionalHandler } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { registerMap } from '@commerce/event-log/readers';
import type { MapOptions, RegisteredMap } from '@commerce/event-log/readers';
import { WorkLeft } from '@commerce/event-log/retirement';
import type { CompiledPattern } from '@commerce/events/pattern';
import { compilePattern } from '@commerce/events/pattern';
import type { ExtensionDefinition } from './extension.ts';
import { MapRefused, placeIn } from './faults.ts';
import { frozen } from './frozen.ts';
import type { Decide } from './handler.ts';
import { insideOf } from './inside.ts';
import type { Inside } from './inside.ts';
import type { Job } from './jobs.ts';
import type { Connection, SignalMap } from './map.ts';
import { SentAround, share, withOutbox } from './outbox.ts';

export { admitSent } from './outbox.ts';

/** An extension that was opened: what the log needs of it, and what it has for its routes and jobs. */
export interface Opened {
  readonly definition: ExtensionDefinition;
  readonly own: unknown;
  readonly extension: Extension<any>;
}

/** Lets the extensions open what they provide, in the order of the list. Gives that, each under its name, with what the service offers. */
export async function provideResources(definitions: readonly ExtensionDefinition[], offered: object): Promise<object> {
  const resources: Record<string, unknown> = { ...offered };
  for (const { name, provide } of definitions) {
    if (provide === undefined) continue;
    if (name in resources) throw new Error(`The extension ${name} provides something, and the service offers ${name} already: rename the extension.`);
    resources[name] = await provide(resources);
  }
  return resources;
}

/** Opens the extensions in the order of the list. `resources` is what their `open` takes. The map was checked before. */
export async function openExtensions(definitions: readonly ExtensionDefinition[], map: SignalMap, resources: unknown): Promise<readonly Opened[]> {
  frozen(definitions);
  frozen(map);
  share(definitions.flatMap(({ signals }) => signals));
  const opened: Opened[] = [];
  for (const definition of definitions) {
    const own: unknown = await definition.open(resources);
    opened.push(Object.freeze({ definition, own, extension: frozen(logExtension(definition, own, map)) }));
  }
  return Object.freeze(opened);
}

export interface RegisterOptions extends Pick<MapOptions, 'streams' | 'build'> {
  readonly log: EventLog;
  readonly opened: readonly Opened[];
  readonly map: SignalMap;
}

/** Registers the map, once in a process: nothing else is connected after it. Throws `MapRefused`, also for handlers that are gone with work left. */
export async function registerSignals({ log, opened, map, streams, build }: RegisterOptions): Promise<RegisteredMap> {
  try {
    return await registerMap({
      log, streams, extensions: opened.map(({ extension }) => extension), map: handlersByType(map), retired: map.retired, fromBeginning: heardFromBeginning(map), only: true,
      ...(build !== undefined && { build }),
    });
  } catch (error) {
    if (!(error instanceof WorkLeft)) throw error;
    throw new MapRefused(error.left.map(({ handler, rows, states }) => ({
      place: placeIn(map, 'retired'),
      text: `The handler ${handler} is gone with ${rows} ${rows === 1 ? 'row' : 'rows'} of work left (${states}): say in the map what becomes of it, retired: { '${handler}': 'drop' } or the name of the handler that takes it over, or start the build before until it is done.`,
    })));
  }
}

/** The map as the log takes it: signal → names of handlers. */
export function handlersByType(map: SignalMap): HandlersByType {
  return Object.fromEntries(Object.entries(map.connections).map(([type, connections]) => [type, connections.map(({ handler }) => handler)]));
}

/** Handlers that hear what the log has from before, when they are new. */
function heardFromBeginning(map: SignalMap): string[] {
  return [...new Set(Object.values(map.connections).flat().filter(({ from }) => from === 'beginning').map(({ handler }) => handler))];
}

/** The scheduled jobs of what was opened. */
export function jobsOf(opened: readonly Opened[]): Job[] {
  return opened.flatMap(({ definition, own }) => (definition.jobs ?? []).map(({ name, everyMs, run }): Job => ({
    name, run: (signal) => run(own, signal),
    // Asked anew each time: it may hang on what is wanted at present.
    get everyMs() {
      return everyMs(own);
    },
  })));
}

function logExtension(definition: ExtensionDefinition, own: unknown, map: SignalMap): Extension<any> {
  const handlers: Record<string, TransactionalHandler<any>> = {};
  const effects: Record<string, EffectHandler<any, never>> = {};
  const timers: Record<string, TimerHandler<any>> = {};
  for (const [name, declaration] of Object.entries(definition.handlers)) {
    if (Object.hasOwn(map.unconnected, name)) continue;
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
  return { name: definition.name, source: definition.source, store: definition.openStore?.(own) ?? definition.store, handlers, effects, timers, mostSubjects: definition.mostSubjects };
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
  const { result: outcome, events } = withOutbox(definition, (outbox) => decide(state, input, { ...context, outbox }, own));
  if (outcome.kind !== 'apply') {
    if (events.length > 0) throw new SentAround(`${definition.name} sent ${events[0]?.type ?? ''} in a decision that changes nothing: decide to apply, or do not send.`);
    return outcome;
  }
  if (outcome.events.length > 0) throw new SentAround(`${definition.name} returned the event ${outcome.events[0]?.type ?? ''}: send it with sendRobust.`);
  return { ...outcome, events };
}

type Parts = Extract<Inside, { kind: 'effect' }>['parts'];

/** The map's settings go before the handler's own. */
function effectOf(definition: ExtensionDefinition, parts: Parts, connections: ReadonlyMap<string, Connection>, own: unknown): EffectHandler<any, never> {
  const { idempotency, run, settle, refused, ordered, keyTtlMs, afterKey, concurrency, timeBudgetMs, retry } = parts;
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
    ...(afterKey !== undefined && { afterKey: (job) => afterKey(job, own) }),
    ...(passes !== undefined && { skip: (event) => (passes(event) ? undefined : { rule: 'filtered', evidence: { filter: connections.get(event.type)?.filter ?? {} } }) }),
    ...(retry !== undefined && { retry }),
    ofType: Object.fromEntries([...connections].map(([type, connection]) => [type, runSettings(connection)])),
  });
}

/** What a connection says of the runs for its signal. */
function runSettings({ concurrency, timeBudgetMs, priority, retry }: Connection): RunSettings {
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(timeBudgetMs !== undefined && { timeBudgetMs }),
    ...(priority !== undefined && { priority }),
    ...(retry !== undefined && { retry }),
  };
}
