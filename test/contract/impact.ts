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

export interface Surroundings {
  readonly gates: readonly Gate[];
  readonly hearers: readonly Hearer[];
  /** Names of those who get a type by webhook. */
  readonly webhooks: (type: string) => readonly string[];
  /** Stored events by `OrderCreated.v1`; undefined where nobody has counted. */
  readonly stored?: ReadonlyMap<string, number>;
}

export interface Impact {
  readonly gates: readonly string[];
  readonly handlers: readonly string[];
  readonly webhooks: readonly string[];
  /** Events of the type in this version; undefined where nobody has counted. */
  readonly stored: number | undefined;
}

/** Of one version, or of one place in it (`data.lines[].sku`; empty for all of it). */
export function impactOf({ type, version, path }: Pick<EventBreak, 'type' | 'version' | 'path'>, { gates, hearers, webhooks, stored }: Surroundings): Impact {
  const place = path === '' ? [] : path.replaceAll('[]', '').split('.');
  const looks = (pattern: Gate['pattern']): string[] => leaves(pattern).filter((leaf) => leaf[0] === 'detail' && meets(leaf.slice(1), place)).map((leaf) => leaf.join('.'));
  return {
    gates: gates.flatMap(({ name, pattern }) => {
      const at = passesType(pattern, type) ? looks(pattern) : [];
      return at.length === 0 ? [] : [`${name} (looks at ${at.join(', ')})`];
    }),
    handlers: hearers.filter((hearer) => hearer.type === type).map(({ service, handler, filter }) => {
      const at = filter === undefined ? [] : looks(filter);
      return `${handler} of ${service}${at.length === 0 ? '' : ` (its filter looks at ${at.join(', ')})`}`;
    }),
    webhooks: webhooks(type),
    stored: stored === undefined ? undefined : (stored.get(`${type}.${version}`) ?? 0),
  };
}

/** One line for each kind of those who are touched. */
export function impactLines(impact: Impact): string[] {
  return [`rules and archives: ${listed(impact.gates)}`, ...hearerLines(impact)];
}

function hearerLines({ handlers, webhooks, stored }: Impact): string[] {
  return [`handlers: ${listed(handlers)}`, `webhook subscribers: ${listed(webhooks)}`, `stored events: ${stored === undefined ? 'not counted (pnpm impact --database counts them)' : stored}`];
}

/** The breaks of one version: each place with the patterns that look at it, then the mend, and who hears the version. */
export function breakLines(breaks: readonly EventBreak[], surroundings: Surroundings): string[] {
  const places = breaks.map((one) => ({ ...one, gates: impactOf(one, surroundings).gates }));
  const [first] = breaks;
  if (first === undefined) return [];
  return [
    `${first.type} ${first.version}`,
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
