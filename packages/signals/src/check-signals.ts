/**
 * What is declared must be heard, what is heard by nobody must say why, and what is retired must be gone. A signal that says why is
 * free to be heard: its extension cannot know who comes after it. The map can: what it says of silence must be so.
 */
import type { Checked } from './check.ts';
import { handlersByName } from './check-connections.ts';
import { connectionIn, meant, near, placeIn } from './faults.ts';
import type { Fault } from './faults.ts';

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

function unconnected({ extensions, map }: Checked): Fault[] {
  const connected = new Set(Object.values(map.connections).flat().map(({ handler }) => handler));
  return [...handlersByName(extensions)].filter(([name]) => !connected.has(name) && !Object.hasOwn(map.unconnected, name)).flatMap(([name, handler]): Fault[] => (handler === undefined ? [] : [{
    place: handler.declaredAt,
    text: `The handler ${name} is declared and connected to nothing: add it to ${map.file ?? 'the map'} under ${handler.hears.map((entry) => entry.type).join(' or ')}, or delete it; if who sends that is not loaded, say so there, unconnected: { '${name}': 'the reason' }.`,
  }]));
}

/** What the map says of silence: of names that are loaded, with a reason, and true. */
function faultsOfSilence({ extensions, map }: Checked): Fault[] {
  const signals = extensions.flatMap((extension) => extension.signals.map(({ entry }) => entry.type));
  const handlers = [...handlersByName(extensions).keys()];
  const of = (word: 'unheard' | 'unconnected', kind: string, known: readonly string[], busyWith: (name: string) => readonly string[]): Fault[] => Object.entries(map[word]).flatMap(([name, reason]): Fault[] => {
    const place = connectionIn(map, word, name);
    const busy = busyWith(name);
    if (!known.includes(name)) return [{ place, text: `The map says that the ${kind} ${name} is ${word}, but no loaded extension declares it: take it out.${near(name, known)}` }];
    if (busy.length > 0) return [{ place, text: `The map says that the ${kind} ${name} is ${word}, but connects it to ${busy.join(', ')}: take one of both out.` }];
    if (reason.trim() === '') return [{ place, text: `The map says that the ${kind} ${name} is ${word} without a reason: say why.` }];
    return [];
  });
  return [
    ...of('unheard', 'signal', signals, (type) => (map.connections[type] ?? []).map(({ handler }) => handler)),
    ...of('unconnected', 'handler', handlers, (name) => Object.entries(map.connections).filter(([, connections]) => connections.some(({ handler }) => handler === name)).map(([type]) => type)),
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
