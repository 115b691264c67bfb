/** Every connection of the map, judged: names, payloads, settings. */
import type { EventEntry } from '@commerce/events/catalogue';
import { compilePattern } from '@commerce/events/pattern';
import { versionsInOrder } from '@commerce/events/upcasting';
import type { z } from 'zod';
import type { Checked } from './check.ts';
import type { ExtensionDefinition } from './extension.ts';
import { connectionIn, meant, placeIn } from './faults.ts';
import type { Fault } from './faults.ts';
import type { HandlerDeclaration } from './handler.ts';
import { kindOf } from './inside.ts';
import type { Connection, SignalMap } from './map.ts';
import { payloadDifference } from './payload.ts';

/** Handlers by their full names. Of one that was made by hand (another fault) nothing is known. */
export function handlersByName(extensions: readonly ExtensionDefinition[]): Map<string, HandlerDeclaration | undefined> {
  const isMade = (handler: object): boolean => ['transactional', 'effect'].includes(kindOf(handler) ?? '');
  return new Map(extensions.flatMap(({ handlers }) => Object.entries(handlers).map(([name, handler]) => [name, isMade(handler) ? handler : undefined])));
}

export function faultsOfConnections({ extensions, map, foreignEntries }: Checked): Fault[] {
  const handlers = handlersByName(extensions);
  const entries = new Map([...foreignEntries, ...extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry))].map((entry): [string, EventEntry<any>] => [entry.type, entry]));
  const ofSignals = Object.entries(map.connections).flatMap(([type, connections]) => {
    const entry = entries.get(type);
    if (entry === undefined) return [{ place: placeIn(map, type), text: `The map names the signal ${type}, which no loaded extension declares and no other service sends.${meant(type, entries.keys())}` }];
    const faults: Fault[] = connections.length === 0 ? [{ place: placeIn(map, type), text: `The map names the signal ${type} without a handler: name one, or take the line out.` }] : [];
    const seen = new Set<string>();
    for (const connection of connections) {
      const texts: string[] = [];
      const known = handlers.get(connection.handler);
      if (!handlers.has(connection.handler)) texts.push(`The map connects ${type} to ${connection.handler}, which no loaded extension declares.${meant(connection.handler, handlers.keys())}`);
      else if (known !== undefined) texts.push(...faultsOfPayload(entry, connection.handler, known), ...faultsOfSettings(type, connection, known));
      if (seen.has(connection.handler)) texts.push(`The map connects ${type} to ${connection.handler} twice: take one out.`);
      faults.push(...texts.map((text) => ({ place: connectionIn(map, type, connection.handler), text })));
      seen.add(connection.handler);
    }
    return faults;
  });
  const unknown = map.everywhere.filter((name) => !handlers.has(name)).map((name): Fault => ({
    place: placeIn(map, name), text: `The map lets ${name} hear everything, which no loaded extension declares.${meant(name, handlers.keys())}`,
  }));
  return [...ofSignals, ...unknown, ...halfBeginnings(map)];
}

function faultsOfPayload(entry: EventEntry<any>, name: string, { hears }: HandlerDeclaration): string[] {
  const { type } = entry;
  const understood = hears.find((heard) => heard.type === type);
  if (understood === undefined) return [`The map connects ${type} to ${name}, which understands ${hears.map((heard) => heard.type).join(', ')} only: connect it there, or teach it ${type}.`];
  // A handler is given every event in the current version, so it must have been made for that one and no other.
  const [current = 'v1', own = 'v1'] = [entry, understood].map(({ versions }) => versionsInOrder(versions).at(-1));
  if (own !== current) return [`The handler ${name} understands ${type} as ${own}, and is given it as ${current}: make it with the entry that the catalogue has.`];
  const difference = payloadDifference(entry.versions[current] as z.ZodObject, understood.versions[current] as z.ZodObject);
  return difference === undefined ? [] : [`The handler ${name} takes ${type} ${current} for another payload than it is, at ${difference}: make it with the entry that the catalogue has.`];
}

/** For effects alone. */
const OF_EFFECTS = ['priority', 'concurrency', 'retry', 'timeBudgetMs'] as const;
const SETTINGS = new Set<string>(['handler', 'filter', 'from', ...OF_EFFECTS]);
/** Lease of a partition, in ms: two owners of one effect must never overlap. */
const LEASE_MS = 15_000;

function faultsOfSettings(type: string, connection: Connection, { kind }: HandlerDeclaration): string[] {
  const { handler: name, filter, priority, concurrency, retry = {}, timeBudgetMs, from } = connection;
  const unknown = Object.keys(connection).filter((setting) => !SETTINGS.has(setting));
  const misplaced = kind === 'transactional' ? OF_EFFECTS.filter((setting) => connection[setting] !== undefined) : [];
  return [
    ...(unknown.length > 0 ? [`The map says ${unknown.join(', ')} of ${name}, which means nothing: there is ${[...SETTINGS].join(', ')}.`] : []),
    ...(misplaced.length > 0 ? [`The handler ${name} works in the database only, in the order of the log: ${misplaced.join(', ')} ${misplaced.length === 1 ? 'is' : 'are'} for effects, take it out.`] : []),
    ...(priority !== undefined && !Number.isFinite(priority) ? [`The priority of ${name} must be a number.`] : []),
    ...(concurrency !== undefined && !isCount(concurrency) ? [`The concurrency of ${name} must be a whole number of at least 1.`] : []),
    ...(timeBudgetMs !== undefined && !(timeBudgetMs >= 1 && timeBudgetMs < LEASE_MS) ? [`The time budget of ${name} must lie between 1 and ${LEASE_MS - 1} ms: a process that takes over waits no longer.`] : []),
    ...faultsOfRetry(name, retry),
    ...(from !== undefined && from !== 'beginning' ? [`The handler ${name} can hear from: 'beginning', or from now on without it.`] : []),
    ...(filter === undefined ? [] : faultsOfFilter(type, name, filter)),
  ];
}

function faultsOfRetry(name: string, retry: NonNullable<Connection['retry']>): string[] {
  const known = ['baseMs', 'maxMs', 'maxAttempts'];
  const wrong = Object.entries(retry).filter(([setting, value]) => !known.includes(setting) || !isCount(value)).map(([setting]) => setting);
  return wrong.length === 0 ? [] : [`The retry policy of ${name} has a wrong ${wrong.join(', ')}: it takes ${known.join(', ')}, whole numbers of at least 1.`];
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}

function faultsOfFilter(type: string, name: string, filter: object): string[] {
  try {
    compilePattern(filter);
    return [];
  } catch (error) {
    return [`The filter of ${name} for ${type} is refused: ${error instanceof Error ? error.message : 'unknown'}.`];
  }
}

/** Where a handler begins to hear holds for all that it hears, so it is said under each of its signals or under none. */
function halfBeginnings(map: SignalMap): Fault[] {
  const all = Object.entries(map.connections).flatMap(([type, connections]) => connections.map((connection) => ({ type, ...connection })));
  const fromBeginning = new Map(all.filter(({ from }) => from === 'beginning').map(({ handler, type }) => [handler, type]));
  return all.filter(({ handler, from }) => from === undefined && fromBeginning.has(handler)).map(({ handler, type }): Fault => ({
    place: connectionIn(map, type, handler),
    text: `The handler ${handler} hears ${fromBeginning.get(handler) ?? ''} from the beginning, so it hears ${type} from there too: say from: 'beginning' under both, or under none.`,
  }));
}
