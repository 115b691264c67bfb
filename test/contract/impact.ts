/**
 * Whom a change of an event touches: patterns of rules and archives that look at what changes, handlers that hear the type, webhook
 * subscribers, and events that are stored. Pure; who there is comes as an argument.
 */
import type { EventBreak } from './event-breaks.ts';

/** A pattern that lets events through: of a rule, or of an archive. */
export interface Gate {
  /** `rule fulfillment-events on order-fulfillment`. */
  readonly name: string;
  readonly pattern: Readonly<Record<string, unknown>>;
}

/** A handler that a map connects to a type. */
export interface Hearer {
  readonly type: string;
  readonly service: string;
  readonly handler: string;
  /** What the map lets through to it, as an EventBridge pattern. */
  readonly filter?: Readonly<Record<string, unknown>>;
}

/** Who gets a type by webhook. */
export interface Subscriber {
  /** `acme (0193a6a0-…)`: who owns the endpoint, and its id. */
  readonly name: string;
  /** What is sent to it, as an EventBridge pattern on the body of a webhook. */
  readonly filter?: Readonly<Record<string, unknown>>;
}

export interface Surroundings {
  readonly gates: readonly Gate[];
  readonly hearers: readonly Hearer[];
  /** Who gets a type by webhook; undefined where nobody has looked. */
  readonly webhooks?: (type: string) => readonly Subscriber[];
  /** Stored events by `OrderCreated.v1`; undefined where nobody has counted. */
  readonly stored?: ReadonlyMap<string, number>;
}

export interface Impact {
  readonly gates: readonly string[];
  readonly handlers: readonly string[];
  /** Undefined where nobody has looked. */
  readonly webhooks: readonly string[] | undefined;
  /** Events of the type in this version; undefined where nobody has counted. */
  readonly stored: number | undefined;
}

/** Of one version, or of one place in it (`data.lines[].sku`; empty for all of it). */
export function impactOf({ type, version, path }: Pick<EventBreak, 'type' | 'version' | 'path'>, { gates, hearers, webhooks, stored }: Surroundings): Impact {
  const place = path === '' ? [] : path.replaceAll('[]', '').split('.');
  const looksIn = (pattern: Gate['pattern'], around: readonly string[]): string[] =>
    leaves(pattern).filter((leaf) => around.every((name, index) => leaf[index] === name) && meets(leaf.slice(around.length), place)).map((leaf) => leaf.join('.'));
  const looks = (pattern: Gate['pattern']): string[] => looksIn(pattern, ['detail']);
  const withFilter = (name: string, at: readonly string[]): string => `${name}${at.length === 0 ? '' : ` (its filter looks at ${at.join(', ')})`}`;
  return {
    gates: gates.flatMap(({ name, pattern }) => {
      const at = passesType(pattern, type) ? looks(pattern) : [];
      return at.length === 0 ? [] : [`${name} (looks at ${at.join(', ')})`];
    }),
    handlers: hearers.filter((hearer) => hearer.type === type).map(({ service, handler, filter }) => withFilter(`${handler} of ${service}`, filter === undefined ? [] : looks(filter))),
    webhooks: webhooks?.(type).map(({ name, filter }) => withFilter(name, filter === undefined ? [] : looksIn(filter, []))),
    stored: stored === undefined ? undefined : countOf(stored, type, version),
  };
}

/** Of one version; of all that the type has where none is named. */
function countOf(stored: ReadonlyMap<string, number>, type: string, version: string): number {
  if (version !== '') return stored.get(`${type}.${version}`) ?? 0;
  return [...stored].reduce((sum, [name, count]) => (name.startsWith(`${type}.`) ? sum + count : sum), 0);
}

/** One line for each kind of those who are touched. */
export function impactLines(impact: Impact): string[] {
  return [`rules and archives: ${listed(impact.gates)}`, ...hearerLines(impact)];
}

function hearerLines({ handlers, webhooks, stored }: Impact): string[] {
  return [
    `handlers: ${listed(handlers)}`,
    `webhook subscribers: ${webhooks === undefined ? 'not looked at (pnpm impact --database looks, in that of Commerce Coordinator)' : listed(webhooks)}`,
    `stored events: ${stored === undefined ? 'not counted (pnpm impact --database counts them)' : stored}`,
  ];
}

/** The breaks of one version: each place with the patterns that look at it, then the mend, and who hears the version. */
export function breakLines(breaks: readonly EventBreak[], surroundings: Surroundings): string[] {
  const places = breaks.map((one) => ({ ...one, gates: impactOf(one, surroundings).gates }));
  const [first] = breaks;
  if (first === undefined) return [];
  return [
    [first.type, first.version].join(' ').trimEnd(),
    ...places.map(({ path, what, gates }) => `  - ${path === '' ? '' : `${path} `}${what}${gates.length === 0 ? '' : `; touches ${gates.join(', ')}`}`),
    ...[`mend: ${first.mend}`, ...hearerLines(impactOf({ ...first, path: '' }, surroundings))].map((line) => `    ${line}`),
  ];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

/** May the pattern let this type through? A condition on the type that is no plain list may. */
function passesType(pattern: Gate['pattern'], type: string): boolean {
  const types = pattern['detail-type'];
  if (!Array.isArray(types)) return true;
  return types.includes(type) || types.some((one) => typeof one !== 'string');
}

/** The members that a pattern has a condition on, each as its path. */
function leaves(pattern: unknown, path: readonly string[] = []): string[][] {
  if (Array.isArray(pattern)) return path.at(-1) === '$or' ? pattern.flatMap((one) => leaves(one, path.slice(0, -1))) : [[...path]];
  if (typeof pattern !== 'object' || pattern === null) return [];
  return Object.entries(pattern).flatMap(([name, inner]) => leaves(inner, [...path, ...name.split('.')]));
}

/** Is one of both the other, or within it? `*` stands for a member of any name. */
function meets(leaf: readonly string[], place: readonly string[]): boolean {
  return place.slice(0, leaf.length).every((name, index) => name === '*' || name === '(name)' || name === leaf[index]);
}
