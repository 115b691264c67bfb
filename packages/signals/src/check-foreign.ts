/** What comes from other services must be declared, known, heard, and delivered by a rule; a rule must be for something that is heard. */
import type { Checked } from './check.ts';
import { connectionIn, meant, placeIn } from './faults.ts';
import type { Fault } from './faults.ts';
import type { ForeignSignal } from './map.ts';
import { payloadDifference } from './payload.ts';

const named = ({ source, type }: ForeignSignal): string => `${source} ${type}`;

export function faultsOfForeign(checked: Checked): Fault[] {
  return [...faultsOfDeclared(checked), ...faultsOfForgotten(checked), ...faultsOfRules(checked)];
}

function faultsOfDeclared({ extensions, map, foreignEntries, foreignSources }: Checked): Fault[] {
  const known = new Map(foreignEntries.map((entry) => [entry.type, entry]));
  const own = new Map(extensions.flatMap(({ signals }) => signals.map(({ entry }) => [entry.type, entry])));
  const seen = new Set<string>();
  return map.foreign.flatMap((signal): Fault[] => {
    const { source, type } = signal;
    const place = connectionIn(map, 'foreign', type);
    const isRepeated = seen.has(named(signal));
    seen.add(named(signal));
    if (isRepeated) return [{ place, text: `The foreign signal ${type} of ${source} is declared twice: take one out.` }];
    if (!foreignSources.includes(source)) return [{ place: connectionIn(map, 'foreign', source), text: `The foreign signal ${type} is said to come from ${source}, which is no service that is heard here.${meant(source, foreignSources)}` }];
    const entry = known.get(type);
    if (entry === undefined) return [{ place, text: `The foreign signal ${type} has no entry in the catalogue.${meant(type, known.keys())}` }];
    const ours = own.get(type);
    const isOther = ours !== undefined && Object.entries(ours.versions).some(([version, schema]) => version in entry.versions && payloadDifference(schema as never, entry.versions[version] as never) !== undefined);
    if (isOther) return [{ place, text: `The foreign signal ${type} has another payload than the signal of that name that is sent here: make both of one entry.` }];
    if ((map.connections[type]?.length ?? 0) === 0) return [{ place, text: `The foreign signal ${type} is taken in and heard by nobody: connect a handler, or take it out.` }];
    return [];
  });
}

/** What is heard and what another service sends is taken in from there, also when an extension sends some of it. */
function faultsOfForgotten({ map, sentByOthers }: Checked): Fault[] {
  const declared = new Set(map.foreign.map(named));
  return sentByOthers.filter((signal) => (map.connections[signal.type]?.length ?? 0) > 0 && !declared.has(named(signal))).map(({ source, type }): Fault => ({
    place: placeIn(map, type), text: `The map connects ${type}, which ${source} sends, and does not declare it as foreign: add { source: '${source}', type: '${type}' } to foreign.`,
  }));
}

function faultsOfRules({ map, delivered }: Checked): Fault[] {
  if (delivered === undefined) return [];
  const arriving = new Set(delivered.map(named));
  const declared = new Set(map.foreign.map(named));
  return [
    ...map.foreign.filter((signal) => !arriving.has(named(signal))).map(({ source, type }): Fault => ({
      place: connectionIn(map, 'foreign', type), text: `The foreign signal ${type} of ${source} is declared, but no rule delivers it: add it to the rule, or take it out of the map.`,
    })),
    ...delivered.filter((signal) => !declared.has(named(signal))).map(({ source, type, rule }): Fault => ({
      place: placeIn(map, 'foreign'), text: `The rule ${rule} delivers ${type} of ${source}, which the map does not declare as foreign: declare it and connect a handler, or take it out of the rule.`,
    })),
  ];
}
