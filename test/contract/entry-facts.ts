/**
 * What of an entry of the catalogue no schema says: its names, its topic, what it is about and whose its personal fields are, and which
 * members are personal or stay inside. Others are built on these too: they subscribe by a name, keep an order by the subject, and rely
 * on an erasure. Pure.
 */
import type { EventEntry } from '@commerce/events/catalogue';
import { personalFieldsOf } from '@commerce/events/personal';
import type { EventBreak } from './event-breaks.ts';

/** Of one type, whatever its versions. */
export interface EntryFacts {
  readonly constant: string;
  readonly webhook: string;
  readonly otherNames: readonly string[];
  readonly topic: string;
  /** How the subject is made of the data, with the path of each member that it is made of: `{orderId}`. */
  readonly subject: string;
  /** The same of the customer; null where no field is personal. */
  readonly customer: string | null;
  /** Told by others too. */
  readonly isExternal: boolean;
  /** Members of `data` that no bus carries. */
  readonly inside: readonly string[];
  /** Version → paths in `data` that are personal. */
  readonly personal: Readonly<Record<string, readonly string[]>>;
}

/** By type. */
export type CatalogueFacts = Readonly<Record<string, EntryFacts>>;

/** Below docs/contract. */
export const CATALOGUE_FILE = 'catalogue.json';

export function catalogueFacts(entries: readonly EventEntry[]): CatalogueFacts {
  return Object.fromEntries(entries.map((entry) => [entry.type, factsOf(entry)]));
}

function factsOf({ constant, webhook, otherNames = [], topic, subject, customer, isExternal, inside = [], versions, example }: EventEntry): EntryFacts {
  const named = withPaths(example, '') as typeof example;
  return {
    constant, webhook, otherNames, topic, subject: subject(named), customer: customer?.(named) ?? null, isExternal: isExternal === true, inside,
    personal: Object.fromEntries(Object.entries(versions).map(([version, schema]) => [version, personalFieldsOf(schema).map(({ path }) => path.join('.'))])),
  };
}

/** The example with the path of each text and number in its place: what is made of it names what it is made of, whatever the example says. */
function withPaths(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((one, index) => withPaths(one, `${path}[${index}]`));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withPaths(inner, path === '' ? name : `${path}.${name}`)]));
  return typeof value === 'string' || typeof value === 'number' ? `{${path}}` : value;
}

/** What somebody who was built on the older facts does not find any more. Of a type that is gone its versions say so. */
export function entryBreaks(before: CatalogueFacts, now: CatalogueFacts): EventBreak[] {
  return both(before, now).flatMap(([type, was, is]) => [
    ...SINGLE.flatMap(({ name, reader }) => (was[name] === is[name] || was[name] === null ? [] : [fault(type, '', '', `${name} is ${String(is[name])} instead of ${String(was[name])}: ${reader}`, `Leave the ${name} of ${type} as it was.`)])),
    ...without(was.otherNames, is.otherNames).map((name) => fault(type, '', '', `the name ${name} is gone: who asks by it finds nothing`, `Leave ${name} among the otherNames of ${type}.`)),
    ...(was.isExternal && !is.isExternal ? [fault(type, '', '', 'is not taken from others any more: who tells it is refused', `Leave isExternal with ${type}.`)] : []),
    ...without(was.inside, is.inside).map((member) => fault(type, '', `data.${member}`, 'does not stay inside any more: the bus carries it', `Leave ${member} under "inside" of ${type}.`)),
    ...marks(was, is).map(([version, path]) => fault(type, version, `data.${path}`, 'is not personal any more: it is written in clear, and no erasure reaches it', `Leave the mark of ${path} in ${version} of ${type}.`)),
  ]);
}

/** Marks that came since: they break no reader, but change what he may count on. */
export function entryNotes(before: CatalogueFacts, now: CatalogueFacts): EventBreak[] {
  return both(before, now).flatMap(([type, was, is]) => [
    ...without(is.inside, was.inside).map((member) => fault(type, '', `data.${member}`, 'stays inside now: no bus and no webhook carries it any more', 'Make sure that nobody outside needs it.')),
    ...marks(is, was).map(([version, path]) => fault(type, version, `data.${path}`, 'is personal now: those without users:read see it as erased, and filters of replays and webhooks may not ask for it', 'What was written before stays in clear, and no erasure reaches it.')),
  ]);
}

/** What a type has one of, and what becomes of those who know another one. */
const SINGLE: readonly { readonly name: 'constant' | 'webhook' | 'topic' | 'subject' | 'customer'; readonly reader: string }[] = [
  { name: 'constant', reader: 'who asks by the older name finds nothing' },
  { name: 'webhook', reader: 'endpoints that are registered for the older name hear nothing' },
  { name: 'topic', reader: 'archives, Kafka topics and the retention of what is stored are those of the older one' },
  { name: 'subject', reader: 'what is stored stands under another one, so histories and the order of handling fall apart' },
  { name: 'customer', reader: 'what is stored is sealed under the key of another one' },
];

function both(before: CatalogueFacts, now: CatalogueFacts): (readonly [string, EntryFacts, EntryFacts])[] {
  return Object.entries(before).flatMap(([type, was]) => {
    const is = now[type];
    return is === undefined ? [] : [[type, was, is] as const];
  });
}

/** Marked there and not here, in a version that both have: version and path. */
function marks(there: EntryFacts, here: EntryFacts): (readonly [string, string])[] {
  return Object.entries(there.personal).flatMap(([version, paths]) => {
    const others = here.personal[version];
    return others === undefined ? [] : without(paths, others).map((path) => [version, path] as const);
  });
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((name) => !others.includes(name));
}

function fault(type: string, version: string, path: string, what: string, mend: string): EventBreak {
  return { type, version, path, place: [type, version, path].filter((part) => part !== '').join(' '), what, mend };
}
