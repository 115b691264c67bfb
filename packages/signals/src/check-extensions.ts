/** What two extensions must not share, what one needs of another, and whether all they bring was made as it must be. */
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import type { Checked } from './check.ts';
import type { ExtensionDefinition } from './extension.ts';
import type { Fault } from './faults.ts';
import { kindOf } from './inside.ts';
import type { Place } from './place.ts';
import { placeOfName } from './place.ts';
import { faultsOfPanels } from './routes.ts';

export function faultsOfExtensions(checked: Checked): Fault[] {
  const { extensions } = checked;
  const names = new Set(extensions.map(({ name }) => name));
  return [
    ...faultsOfClaims(checked),
    ...extensions.flatMap((extension) => (extension.needs ?? []).filter((needed) => !names.has(needed)).map((needed): Fault => ({
      place: extension.definedAt, text: `The extension ${extension.name} needs ${needed}, which is not loaded: add it to the list of extensions, or take ${extension.name} out.`,
    }))),
    ...extensions.flatMap((extension) => tablesMade(extension).filter((table) => !(extension.tables ?? []).includes(table)).map((table): Fault => ({
      place: extension.definedAt, text: `A migration of the extension ${extension.name} makes the table ${table}, which it does not claim: name it under tables.`,
    }))),
    ...extensions.flatMap(faultsOfPanels),
    ...faultsOfDeclarations(extensions),
    ...faultsOfEntries(checked),
  ];
}

/** Each thing belongs to one extension; the service's own tables and the names of other services to none. */
function faultsOfClaims({ extensions, migrations, foreignSources }: Checked): Fault[] {
  const claims = (kind: string, of: (one: ExtensionDefinition) => readonly string[], taken: readonly string[] = []): Fault[] => {
    const owners = new Map<string, string>(taken.map((name) => [name, '']));
    return extensions.flatMap((extension) => of(extension).flatMap((claimed): Fault[] => {
      const owner = owners.get(claimed);
      if (owner === undefined) {
        owners.set(claimed, extension.name);
        return [];
      }
      const text = owner === '' ? `The ${kind} ${claimed} of the extension ${extension.name} is not its own to have: give it another one.` : `The ${kind} ${claimed} is claimed by the extensions ${owner} and ${extension.name}: give it to one of them.`;
      return [{ place: extension.definedAt, text }];
    }));
  };
  return [
    ...claims('name', ({ name }) => [name]),
    ...claims('signal', ({ signals }) => signals.map(({ entry }) => entry.type)),
    // The names of parameters do not tell two routes apart.
    ...claims('route', ({ routes = [] }) => routes.map((route) => route.replaceAll(/:[^/]+/g, ':…'))),
    ...claims('table', ({ tables = [] }) => tables, migrations.flatMap(({ sql }) => tablesIn(sql))),
    ...claims('panel', ({ panels = [] }) => panels.map(({ id }) => id)),
    ...claims('problem', ({ problems = {} }) => Object.keys(problems)),
    ...claims('job', ({ jobs = [] }) => jobs.map(({ name }) => name)),
    ...claims('variable', ({ configuration = {} }) => Object.values(configuration as Record<string, { readonly name?: string }>).map(({ name }) => name ?? '')),
    ...claims('setting', ({ configuration = {} }) => Object.keys(configuration)),
    ...claims('migration', ({ migrations: own = [] }) => own.map(({ name }) => name), migrations.map(({ name }) => name)),
    ...claims('source', ({ source }) => [source], foreignSources),
  ];
}

function tablesMade({ migrations = [] }: ExtensionDefinition): string[] {
  return [...new Set(migrations.flatMap(({ sql }) => tablesIn(sql)))];
}

function tablesIn(sql: string): string[] {
  return [...sql.matchAll(/^\s*CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)"?(?! PARTITION OF)/gim)].map(([, table]) => table ?? '');
}

/** Handlers and timers are made by the makers, under names of their extension, each for one of them. */
function faultsOfDeclarations(extensions: readonly ExtensionDefinition[]): Fault[] {
  const owners = new Map<object, string>();
  return extensions.flatMap((extension) => [
    ...Object.entries(extension.handlers).flatMap(([name, handler]) => {
      const place = handler.declaredAt ?? placeOf(extension, name);
      const faults: Fault[] = [];
      if (!name.startsWith(`${extension.name}.`)) faults.push({ place, text: `The handler ${name} of the extension ${extension.name} must be called ${extension.name}.… : rename it.` });
      const kind = kindOf(handler);
      if (kind === undefined) faults.push({ place: placeOf(extension, name), text: `The handler ${name} was not made by handlersOf(): it would be called around the map. Declare it with transactional() or effect().` });
      else if (kind === 'timer') faults.push({ place: placeOf(extension, name), text: `The handler ${name} is a timer: timers stand under timers.` });
      const owner = owners.get(handler);
      if (owner !== undefined) faults.push({ place: placeOf(extension, name), text: `The handler ${name} is the same declaration as ${owner}: let ${extension.name} declare one of its own.` });
      owners.set(handler, name);
      return faults;
    }),
    ...Object.entries(extension.timers ?? {}).filter(([, timer]) => kindOf(timer) !== 'timer').map(([name]): Fault => ({
      place: placeOf(extension, name), text: `The timer ${name} of the extension ${extension.name} was not made by handlersOf(): declare it with timer().`,
    })),
  ]);
}

/** Where the extension names this. */
function placeOf({ definedAt }: ExtensionDefinition, name: string): Place | undefined {
  if (definedAt === undefined) return undefined;
  const found = placeOfName(definedAt.file, name);
  return found.line === 1 ? definedAt : found;
}

/** Names and schemas of the signals that the catalogue would refuse. */
function faultsOfEntries({ extensions, foreignEntries }: Checked): Fault[] {
  const byType = new Map<string, EventEntry<any>>();
  for (const entry of [...extensions.flatMap(({ signals }) => signals.map((signal) => signal.entry)), ...foreignEntries]) if (!byType.has(entry.type)) byType.set(entry.type, entry);
  try {
    createCatalogue([...byType.values()]);
    return [];
  } catch (error) {
    const [, ...faults] = (error instanceof Error ? error.message : String(error)).split('\n- ');
    return faults.map((fault) => ({ place: signalPlace(extensions, fault), text: `The catalogue is refused: ${fault}. Give the event other names, or mend its schema.` }));
  }
}

/** Where the last signal that the fault names is declared. */
function signalPlace(extensions: readonly ExtensionDefinition[], fault: string): Place | undefined {
  return extensions.flatMap(({ signals }) => signals).findLast(({ entry }) => new RegExp(`\\b${entry.type}\\b`).test(fault))?.declaredAt;
}
