/**
 * The check of the map against the extensions, both ways, before anything is accepted. Pure: needs no resource, so that it
 * runs at start and in a build alike.
 *
 * Promise: every fault is found at once, each with its place and the mend.
 */
import type { EventEntry } from '@commerce/events/catalogue';
import { compilePattern } from '@commerce/events/pattern';
import type { ExtensionDefinition } from './extension.ts';
import type { HandlerDeclaration } from './handler.ts';
import { insideOf } from './handler.ts';
import type { Connection, ForeignSignal, SignalMap } from './map.ts';
import { nearest } from './nearest.ts';
import type { Place } from './place.ts';
import { placeOfName } from './place.ts';

export interface Fault {
  readonly place: Place | undefined;
  /** What is wrong, and what to do. */
  readonly text: string;
}

/** The map does not fit the extensions; the message has every fault. */
export class MapRefused extends Error {
  override readonly name = 'MapRefused';
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(`The map of signals is refused, with ${faults.length === 1 ? 'one fault' : `${faults.length} faults`}:\n${faults.map(faultLine).join('\n')}`);
    this.faults = faults;
  }
}

function faultLine({ place, text }: Fault): string {
  return `  - ${place === undefined ? '' : `${place.file}:${place.line} `}${text}`;
}

export interface Checked {
  readonly extensions: readonly ExtensionDefinition[];
  readonly map: SignalMap;
  /** The entries under which foreign signals are known. */
  readonly foreignEntries: readonly EventEntry<any>[];
  /** What the rules on the buses deliver, when that is to be checked too. */
  readonly delivered?: readonly ForeignSignal[];
}

/** Throws `MapRefused` with all faults. */
export function checkMap(checked: Checked): void {
  const faults = [...faultsOfExtensions(checked.extensions), ...faultsOfMap(checked), ...faultsOfSignals(checked), ...faultsOfForeign(checked)];
  if (faults.length > 0) throw new MapRefused(faults);
}

/** What two extensions must not share, and what one needs of another. */
function faultsOfExtensions(extensions: readonly ExtensionDefinition[]): Fault[] {
  const names = new Set(extensions.map(({ name }) => name));
  const claims = (kind: string, of: (one: ExtensionDefinition) => readonly string[]): Fault[] => {
    const owners = new Map<string, ExtensionDefinition>();
    return extensions.flatMap((extension) => of(extension).flatMap((claimed): Fault[] => {
      const owner = owners.get(claimed);
      if (owner === undefined) {
        owners.set(claimed, extension);
        return [];
      }
      return [{ place: extension.definedAt, text: `The ${kind} ${claimed} is claimed by the extensions ${owner.name} and ${extension.name}: give it to one of them.` }];
    }));
  };
  return [
    ...claims('name', ({ name }) => [name]),
    ...claims('signal', ({ signals }) => signals.map(({ entry }) => entry.type)),
    ...claims('route', ({ routes = [] }) => routes),
    ...claims('table', ({ tables = [] }) => tables),
    ...claims('panel', ({ panels = [] }) => panels.map(({ id }) => id)),
    ...claims('job', ({ jobs = [] }) => jobs.map(({ name }) => name)),
    ...claims('variable', ({ configuration = {} }) => Object.values(configuration as Record<string, { readonly name?: string }>).map(({ name }) => name ?? '')),
    ...claims('setting', ({ configuration = {} }) => Object.keys(configuration)),
    ...claims('migration', ({ migrations = [] }) => migrations.map(({ name }) => name)),
    ...claims('source', ({ source }) => [source]),
    ...extensions.flatMap((extension) => (extension.needs ?? []).filter((needed) => !names.has(needed)).map((needed): Fault => ({
      place: extension.definedAt, text: `The extension ${extension.name} needs ${needed}, which is not loaded: add it to the list of extensions, or take ${extension.name} out.`,
    }))),
    ...extensions.flatMap((extension) => Object.entries(extension.handlers).flatMap(([name, handler]) => faultsOfHandler(extension, name, handler))),
  ];
}

function faultsOfHandler(extension: ExtensionDefinition, name: string, handler: HandlerDeclaration): Fault[] {
  const place = handler.declaredAt ?? extension.definedAt;
  const faults: Fault[] = [];
  if (!name.startsWith(`${extension.name}.`)) faults.push({ place, text: `The handler ${name} of the extension ${extension.name} must be called ${extension.name}.… : rename it.` });
  try {
    insideOf(handler);
  } catch {
    faults.push({ place: extension.definedAt, text: `The handler ${name} was not made by handlersOf(): it would be called around the map. Declare it with transactional() or effect().` });
  }
  return faults;
}

interface KnownHandler {
  readonly extension: ExtensionDefinition;
  readonly handler: HandlerDeclaration;
}

function handlersByName(extensions: readonly ExtensionDefinition[]): Map<string, KnownHandler> {
  return new Map(extensions.flatMap((extension) => Object.entries(extension.handlers).map(([name, handler]): [string, KnownHandler] => [name, { extension, handler }])));
}

/** Every connection of the map, judged. */
function faultsOfMap({ extensions, map, foreignEntries }: Checked): Fault[] {
  const handlers = handlersByName(extensions);
  const entries = new Map([...foreignEntries, ...extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry))].map((entry) => [entry.type, entry]));
  const at = (name: string): Place | undefined => (map.file === undefined ? undefined : placeOfName(map.file, name));
  return Object.entries(map.connections).flatMap(([type, connections]) => {
    const entry = entries.get(type);
    if (entry === undefined) return [{ place: at(type), text: `The map names the signal ${type}, which no loaded extension declares and no other service sends.${meant(type, entries.keys())}` }];
    const faults: Fault[] = connections.length === 0 ? [{ place: at(type), text: `The map names the signal ${type} without a handler: name one, or take the line out.` }] : [];
    const seen = new Set<string>();
    for (const connection of connections) {
      const known = handlers.get(connection.handler);
      if (known === undefined) faults.push({ place: at(connection.handler), text: `The map connects ${type} to ${connection.handler}, which no loaded extension declares.${meant(connection.handler, handlers.keys())}` });
      else faults.push(...faultsOfConnection(type, entry, connection, known).map((text) => ({ place: at(connection.handler), text })));
      if (seen.has(connection.handler)) faults.push({ place: at(connection.handler), text: `The map connects ${type} to ${connection.handler} twice: take one out.` });
      seen.add(connection.handler);
    }
    return faults;
  });
}

function faultsOfConnection(type: string, entry: EventEntry<any>, connection: Connection, { handler }: KnownHandler): string[] {
  const name = connection.handler;
  const understood = handler.hears.find((heard) => heard.type === type);
  const faults: string[] = [];
  if (understood === undefined) {
    faults.push(`The map connects ${type} to ${name}, which understands ${handler.hears.map((heard) => heard.type).join(', ')} only: connect it there, or teach it ${type}.`);
  } else {
    const missing = Object.keys(entry.versions).filter((version) => !(version in understood.versions));
    if (missing.length > 0) faults.push(`The handler ${name} does not understand ${type} ${missing.join(', ')}: make it with the entry that the catalogue has.`);
  }
  const { filter, concurrency, retry, timeBudgetMs } = connection;
  if (handler.kind === 'transactional' && (concurrency !== undefined || timeBudgetMs !== undefined || retry !== undefined)) {
    faults.push(`The handler ${name} works in the database only: concurrency, retry and timeBudgetMs are for effects, take them out.`);
  }
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) faults.push(`The concurrency of ${name} must be a whole number of at least 1.`);
  if (timeBudgetMs !== undefined && !(timeBudgetMs >= 1 && timeBudgetMs < LEASE_MS)) faults.push(`The time budget of ${name} must lie between 1 and ${LEASE_MS - 1} ms: a process that takes over waits no longer.`);
  if (filter !== undefined) {
    try {
      compilePattern(filter);
    } catch (error) {
      faults.push(`The filter of ${name} for ${type} is refused: ${error instanceof Error ? error.message : 'unknown'}.`);
    }
  }
  return faults;
}

/** Lease of a partition, in ms: two owners of one effect must never overlap. */
const LEASE_MS = 15_000;

/** What is declared must be heard, and what is heard by nobody must say so. */
function faultsOfSignals({ extensions, map }: Checked): Fault[] {
  const connected = new Set(Object.values(map.connections).flat().map(({ handler }) => handler));
  const handlers = handlersByName(extensions);
  const signals = extensions.flatMap((extension) => extension.signals.flatMap((signal): Fault[] => {
    const { type } = signal.entry;
    const heard = (map.connections[type]?.length ?? 0) > 0;
    if (!heard && signal.unheard === undefined) {
      return [{ place: signal.declaredAt, text: `The signal ${type} of the extension ${extension.name} is heard by nobody: connect a handler in the map, or mark it unheard with the reason.` }];
    }
    if (heard && signal.unheard !== undefined) return [{ place: signal.declaredAt, text: `The signal ${type} is marked unheard, but the map connects it: take the mark away.` }];
    return [];
  }));
  const unconnected = [...handlers].filter(([name]) => !connected.has(name)).map(([name, { handler }]): Fault => ({
    place: handler.declaredAt,
    text: `The handler ${name} is declared and connected to nothing: add it to ${map.file ?? 'the map'} under ${handler.hears.map((entry) => entry.type).join(' or ')}, or delete it.`,
  }));
  const stillThere = Object.keys(map.retired).filter((name) => handlers.has(name)).map((name): Fault => ({
    place: map.file === undefined ? undefined : placeOfName(map.file, name), text: `The handler ${name} is retired in the map, but still declared: take one of both away.`,
  }));
  const heirless = Object.entries(map.retired).filter(([, heir]) => heir !== 'drop' && !handlers.has(heir)).map(([name, heir]): Fault => ({
    place: map.file === undefined ? undefined : placeOfName(map.file, name), text: `The work of the retired handler ${name} shall go to ${heir}, which no loaded extension declares.${meant(heir, handlers.keys())}`,
  }));
  return [...signals, ...unconnected, ...stillThere, ...heirless];
}

/** What comes from other services must be heard, known, and delivered by a rule; a rule must be for something that is heard. */
function faultsOfForeign({ map, foreignEntries, delivered }: Checked): Fault[] {
  const at = (name: string): Place | undefined => (map.file === undefined ? undefined : placeOfName(map.file, name));
  const known = new Set(foreignEntries.map(({ type }) => type));
  const named = ({ source, type }: ForeignSignal): string => `${source} ${type}`;
  const declared = new Set(map.foreign.map(named));
  const faults = map.foreign.flatMap((signal): Fault[] => {
    if (!known.has(signal.type)) return [{ place: at(signal.type), text: `The foreign signal ${signal.type} has no entry in the catalogue.${meant(signal.type, known)}` }];
    if ((map.connections[signal.type]?.length ?? 0) === 0) return [{ place: at(signal.type), text: `The foreign signal ${signal.type} is taken in and heard by nobody: connect a handler, or take it out.` }];
    return [];
  });
  if (delivered === undefined) return faults;
  const arriving = new Set(delivered.map(named));
  return [
    ...faults,
    ...map.foreign.filter((signal) => !arriving.has(named(signal))).map((signal): Fault => ({
      place: at(signal.type), text: `The foreign signal ${signal.type} of ${signal.source} is declared, but no rule delivers it: add it to the rule, or take it out of the map.`,
    })),
    ...delivered.filter((signal) => !declared.has(named(signal))).map((signal): Fault => ({
      place: at('foreign'), text: `A rule delivers ${signal.type} of ${signal.source}, which the map does not declare as foreign: declare it and connect a handler, or take it out of the rule.`,
    })),
  ];
}

function meant(wanted: string, names: Iterable<string>): string {
  const near = nearest(wanted, names);
  return near === undefined ? ' Correct the name, or load the extension.' : ` Did you mean ${near}?`;
}
