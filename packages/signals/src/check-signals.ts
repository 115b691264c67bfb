/**
 * What is declared must be heard, by each handler that declares to hear it; what is not must say why, and what is retired must be
 * gone. A signal that says why nobody hears it is free to be heard: its extension cannot know who comes after it. The map can: what
 * it says of silence must be so.
 */
import type { Checked } from './check.ts';
import { handlersByName } from './check-connections.ts';
import { connectionIn, meant, near, placeIn } from './faults.ts';
import type { Fault } from './faults.ts';
import type { Place } from './place.ts';

export function faultsOfSignals(checked: Checked): Fault[] {
  return [...unheard(checked), ...unconnected(checked), ...faultsOfSilence(checked), ...faultsOfRetired(checked)];
}

function unheard({ extensions, map }: Checked): Fault[] {
  return extensions.flatMap((extension) => extension.signals.flatMap(({ entry: { type }, unheard: reason, declaredAt: place }): Fault[] => {
    const isHeard = (map.connections[type]?.length ?? 0) > 0;
    if (Object.hasOwn(map.unheard, type)) return [];
    if (!isHeard && reason === undefined) return [{ place, text: `The signal ${type} of the extension ${extension.name} is heard by nobody: connect a handler in ${map.file ?? 'the map'}, or say there why nobody hears it, unheard: { ${type}: 'the reason' }.` }];
    if (!isHeard && reason?.trim() === '') return [{ place, text: `The signal ${type} is marked unheard without a reason: say why nobody hears it.` }];
    return [];
  }));
}

/** Each handler, under each of the signals that it declares to hear. Of one that hears nothing at all it is told once. */
function unconnected(checked: Checked): Fault[] {
  const { extensions, map } = checked;
  const file = map.file ?? 'the map';
  const hearing = new Set(Object.values(map.connections).flat().map(({ handler }) => handler));
  const isNamed = (name: string): boolean => Object.hasOwn(map.unconnected, name);
  const deaf = [...handlersByName(extensions)].filter(([name]) => !hearing.has(name) && !isNamed(name)).flatMap(([name, handler]): Fault[] => (handler === undefined ? [] : [{
    place: handler.declaredAt,
    text: `The handler ${name} is declared and connected to nothing: add it to ${file} under ${handler.hears.map((entry) => entry.type).join(' or ')}, or delete it; if who sends that is not loaded, say so there, unconnected: { '${name}': 'the reason' }.`,
  }]));
  const partly = pairsOf(checked).filter(({ pair, name, isConnected }) => hearing.has(name) && !isConnected && !isNamed(pair)).map(({ pair, type, name, place }): Fault => ({
    place, text: `The handler ${name} hears ${type} and is not connected to it: add it to ${file} under ${type}, or take ${type} out of what it hears; if it shall not hear it here, say so there, unconnected: { '${pair}': 'the reason' }.`,
  }));
  return [...deaf, ...partly];
}

const ARROW = ' → ';

interface Pair {
  /** As the map names it: `OrderCancelled → notifications.send`. */
  readonly pair: string;
  readonly type: string;
  readonly name: string;
  readonly isConnected: boolean;
  readonly place: Place | undefined;
}

/** Each handler with each signal that it declares to hear and that somebody sends: a loaded extension, or another service of which the map takes it. */
function pairsOf({ extensions, map }: Checked): Pair[] {
  const sent = new Set([...extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry.type as string)), ...map.foreign.map(({ type }) => type)]);
  return [...handlersByName(extensions)].flatMap(([name, handler]) => (handler?.hears ?? []).filter(({ type }) => sent.has(type)).map(({ type }): Pair => ({
    pair: `${type}${ARROW}${name}`, type, name, isConnected: map.connections[type]?.some((one) => one.handler === name) ?? false, place: handler?.declaredAt,
  })));
}

/** What the map says of silence: of names that are loaded, with a reason, and true. */
function faultsOfSilence(checked: Checked): Fault[] {
  const { extensions, map } = checked;
  const signals = extensions.flatMap((extension) => extension.signals.map(({ entry }) => entry.type));
  const handlers = [...handlersByName(extensions).keys()];
  const pairs = new Map(pairsOf(checked).map((one) => [one.pair, one]));
  const entries = Object.entries(map.unconnected);
  const of = (word: 'unheard' | 'unconnected', kind: string, said: readonly (readonly [string, string])[], known: readonly string[], busyWith: (name: string) => readonly string[]): Fault[] => said.flatMap(([name, reason]): Fault[] => {
    const place = connectionIn(map, word, name);
    const busy = busyWith(name);
    if (!known.includes(name)) return [{ place, text: `The map says that the ${kind} ${name} is ${word}, but no loaded extension declares it: take it out.${near(name, known)}` }];
    if (busy.length > 0) return [{ place, text: `The map says that the ${kind} ${name} is ${word}, but connects it to ${busy.join(', ')}: take one of both out.` }];
    if (reason.trim() === '') return [{ place, text: `The map says that the ${kind} ${name} is ${word} without a reason: say why.` }];
    return [];
  });
  const hears = (name: string): string[] => Object.entries(map.connections).filter(([, connections]) => connections.some(({ handler }) => handler === name)).map(([type]) => type);
  return [
    ...of('unheard', 'signal', Object.entries(map.unheard), signals, (type) => (map.connections[type] ?? []).map(({ handler }) => handler)),
    ...of('unconnected', 'handler', entries.filter(([name]) => !name.includes(ARROW)), handlers, hears),
    ...of('unconnected', 'pair', entries.filter(([name]) => name.includes(ARROW)), [...pairs.keys()], (pair) => (pairs.get(pair)?.isConnected === true ? [pairs.get(pair)?.name ?? ''] : [])),
  ];
}

function faultsOfRetired({ extensions, map }: Checked): Fault[] {
  const handlers = handlersByName(extensions);
  const extensionOf = (name: string): string => name.slice(0, name.indexOf('.'));
  return Object.entries(map.retired).flatMap(([name, heir]): Fault[] => {
    const place = placeIn(map, name);
    if (handlers.has(name) && !Object.hasOwn(map.unconnected, name)) return [{ place, text: `The handler ${name} is retired in the map, but still declared: take one of both away.` }];
    if (heir === 'drop') return [];
    if (!handlers.has(heir)) return [{ place, text: `The work of the retired handler ${name} shall go to ${heir}, which no loaded extension declares.${meant(heir, handlers.keys())}` }];
    if (extensionOf(heir) !== extensionOf(name)) return [{ place, text: `The work of the retired handler ${name} shall go to ${heir} of another extension, which stands elsewhere in the log: let it drain with the build before, or drop it.` }];
    return [];
  });
}
