/**
 * The map of signals, resolved against the extensions: who hears what. Pure; every fault is reported at once.
 */
import type { Catalogue } from '@commerce/events/catalogue';
import { readingCurrentForms } from './current-form.ts';
import { MOST_SUBJECTS } from './extension.ts';
import type { EffectHandler, Extension, SignalMap, TransactionalHandler } from './extension.ts';

/** The state of any extension: the engine never looks into one, each extension's own type is checked where it is made. */
export type AnyState = any;
export type AnyExtension = Extension<AnyState>;

/** The handlers of one extension for one event type. */
export interface Route {
  readonly handlers: readonly { readonly name: string; readonly handler: TransactionalHandler<AnyState> }[];
  readonly effects: readonly { readonly name: string; readonly effect: EffectHandler<AnyState, never> }[];
}

/** One extension with its part of the map, by event type. */
export interface MappedExtension {
  readonly extension: AnyExtension;
  readonly routes: ReadonlyMap<string, Route>;
}

/** The map does not fit the extensions. `faults` has all of them. */
export class MapRefused extends Error {
  override readonly name = 'MapRefused';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The signal map is refused:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** Resolves the map; the handlers in what it gives read every event in its current form. Throws `MapRefused`. */
export function resolveMap(catalogue: Catalogue, extensions: readonly AnyExtension[], map: SignalMap): MappedExtension[] {
  const faults: string[] = [];
  const owners = ownersOf(extensions, faults);
  const known = new Set(catalogue.entries.map((entry) => entry.type));
  const mapped = new Set<string>();
  for (const [type, names] of Object.entries(map)) {
    if (!known.has(type)) faults.push(`"${type}" is mapped, but the catalogue has no such event type`);
    if (names.length === 0) faults.push(`"${type}" is mapped to no handler; leave it out or name one`);
    for (const name of names) {
      if (!owners.has(name)) faults.push(`"${type}" is mapped to "${name}", but no extension declares that handler`);
      mapped.add(name);
    }
  }
  for (const [name, extension] of owners) {
    if (!mapped.has(name)) faults.push(`"${name}" is declared by the extension ${extension.name}, but the map connects it to nothing`);
  }
  if (faults.length > 0) throw new MapRefused(faults);
  return extensions.map((extension) => readingCurrentForms(catalogue, extension)).map((extension) => ({ extension, routes: routesOf(extension, map) }));
}

/** Checks what the map says of handlers that are gone, and of those that hear the past. Throws `MapRefused`. */
export function refuseUnknown(extensions: readonly AnyExtension[], retired: Readonly<Record<string, string>>, fromBeginning: readonly string[]): void {
  const faults: string[] = [];
  const owners = ownersOf(extensions, faults);
  for (const [name, heir] of Object.entries(retired)) {
    if (owners.has(name)) faults.push(`"${name}" is named as retired, but an extension declares it`);
    const extension = owners.get(heir);
    if (heir !== 'drop' && extension === undefined) faults.push(`"${name}" is retired in favour of "${heir}", but no extension declares that handler`);
    if (extension !== undefined && !name.startsWith(`${extension.name}.`)) faults.push(`"${name}" is retired in favour of "${heir}" of another extension, which stands elsewhere in the log; let it drain, or drop it`);
  }
  for (const name of fromBeginning) if (!owners.has(name)) faults.push(`"${name}" is to hear from the beginning, but no extension declares that handler`);
  if (faults.length > 0) throw new MapRefused(faults);
}

function ownersOf(extensions: readonly AnyExtension[], faults: string[]): Map<string, AnyExtension> {
  const owners = new Map<string, AnyExtension>();
  const names = new Set<string>();
  for (const extension of extensions) {
    if (names.has(extension.name)) faults.push(`two extensions are called "${extension.name}"`);
    names.add(extension.name);
    const { mostSubjects = 1 } = extension;
    if (!Number.isInteger(mostSubjects) || mostSubjects < 1 || mostSubjects > MOST_SUBJECTS) faults.push(`the extension ${extension.name} asks for ${mostSubjects} subjects in a transaction: 1 to ${MOST_SUBJECTS} are allowed`);
    for (const name of [...Object.keys(extension.handlers), ...Object.keys(extension.effects)]) {
      if (!name.startsWith(`${extension.name}.`)) faults.push(`the handler "${name}" of ${extension.name} must be called "${extension.name}.…"`);
      if (owners.has(name)) faults.push(`two handlers are called "${name}"`);
      if (!isHandler(extension, name)) faults.push(`"${name}" of ${extension.name} is no handler: it has neither "decide" nor "run" and "settle"`);
      owners.set(name, extension);
    }
  }
  return owners;
}

function isHandler({ handlers, effects }: AnyExtension, name: string): boolean {
  const effect = effects[name];
  return typeof handlers[name]?.decide === 'function' || (typeof effect?.run === 'function' && typeof effect.settle === 'function');
}

function routesOf(extension: AnyExtension, map: SignalMap): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const [type, names] of Object.entries(map)) {
    const handlers = names.flatMap((name) => {
      const handler = extension.handlers[name];
      return handler === undefined ? [] : [{ name, handler }];
    });
    const effects = names.flatMap((name) => {
      const effect = extension.effects[name];
      return effect === undefined ? [] : [{ name, effect }];
    });
    if (handlers.length + effects.length > 0) routes.set(type, { handlers, effects });
  }
  return routes;
}
