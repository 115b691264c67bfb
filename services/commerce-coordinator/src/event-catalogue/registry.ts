/**
 * Every type of event that this pair knows, with who tells it and who hears it. Pure.
 *
 * Promise: names, schemas and examples come from the entries, tellers and hearers from the extensions that are loaded and the map that
 * connects them. What Order Fulfillment hears of its own is made from its map; nothing is written down a second time by hand.
 */
import type { EventEntry } from '@commerce/events/catalogue';
import { FULFILLING_ENTRIES } from '@commerce/events/entries';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { FULFILLING_OWN_ENTRIES } from '@commerce/events/entries/fulfilling';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import { signalLines } from '@commerce/signals/picture';
import type { HearerLine, SignalLine } from '@commerce/signals/picture';
import type { Loaded } from '../catalogue.ts';
import { FULFILLING_READERS, FULFILLING_UNHEARD } from './fulfilling-readers.ts';

/**
 * `published`: goes to the bus of its teller. `internal`: stays in the log of the service that tells it. `live`: told on the live bus of the process
 * alone, stored nowhere.
 */
export type Visibility = 'published' | 'internal' | 'live';

export interface Producer {
  readonly service: string;
  /** The extension that tells it; null where the service has none or they are not known here. */
  readonly extension: string | null;
  /** `source` of the event. */
  readonly source: string;
}

export interface Reader {
  readonly service: string;
  /** `inventory.reserve`. */
  readonly handler: string;
  readonly kind: string;
  /** EventBridge pattern: what does not match is not handled. */
  readonly filter?: object;
}

export interface KnownType {
  readonly entry: EventEntry<any>;
  readonly visibility: Visibility;
  readonly producers: readonly Producer[];
  readonly readers: readonly Reader[];
  /** Why nobody hears it in either service, when that is meant. */
  readonly unheard: string | undefined;
  /** Sources from which the consumer takes it. */
  readonly takenFrom: readonly string[];
}

export interface Registry {
  /** In the order of topics, then of the entries. */
  readonly types: readonly KnownType[];
  /** By its type, its constant, its webhook name, or a second name that is its alone. */
  find(name: string): KnownType | undefined;
}

/** `service`: the name of this one, and the source of what its processes tell live. */
export function createRegistry(loaded: Loaded, service: string): Registry {
  const lines = new Map(signalLines(loaded).map((line) => [line.signal, line]));
  const types = entriesOf(loaded).map((entry) => knownType(entry, lines.get(entry.type), loaded, service));
  const byName = new Map<string, KnownType[]>();
  for (const type of types) for (const name of namesOf(type.entry)) byName.set(name, [...(byName.get(name) ?? []), type]);
  return {
    types,
    find: (name) => {
      const found = byName.get(name) ?? [];
      return found.length === 1 ? found[0] : undefined;
    },
  };
}

/** All names of an event. */
export function namesOf({ type, constant, webhook, otherNames = [] }: EventEntry<any>): string[] {
  return [type, constant, webhook, ...otherNames];
}

/** Those of a topic whose names or description have all words of the text, in any case. */
export function matching(types: readonly KnownType[], { topic, text = '' }: { readonly topic?: string | undefined; readonly text?: string | undefined }): KnownType[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return types.filter(({ entry }) => {
    const said = [...namesOf(entry), entry.description].join('\n').toLowerCase();
    return (topic === undefined || entry.topic === topic) && words.every((word) => said.includes(word));
  });
}

const jobTypes: ReadonlySet<string> = new Set(JOB_ENTRIES.map(({ type }) => type));
const fulfillingOwnTypes: ReadonlySet<string> = new Set(FULFILLING_OWN_ENTRIES.map(({ type }) => type));
const fulfillingTypes: ReadonlySet<string> = new Set([...FULFILLING_ENTRIES, ...FULFILLING_OWN_ENTRIES].map(({ type }) => type));

/** The published ones, those that only an extension or Order Fulfillment has, and the live ones. */
function entriesOf({ extensions }: Loaded): EventEntry<any>[] {
  const own = extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry as EventEntry<any>));
  const all = new Map([...(PUBLISHED_ENTRIES as readonly EventEntry<any>[]), ...own, ...(FULFILLING_OWN_ENTRIES as readonly EventEntry<any>[]), ...(JOB_ENTRIES as readonly EventEntry<any>[])].map((entry) => [entry.type, entry]));
  return [...all.values()];
}

function knownType(entry: EventEntry<any>, line: SignalLine | undefined, { extensions, map }: Loaded, service: string): KnownType {
  const telling = extensions.filter(({ signals }) => signals.some((signal) => signal.entry.type === entry.type));
  const isInternal = fulfillingOwnTypes.has(entry.type) || telling.some(({ signals }) => signals.some((signal) => signal.entry.type === entry.type && signal.internal));
  const readers = [...(line?.handlers ?? []).map((one) => readerOf(one, service)), ...(FULFILLING_READERS[entry.type] ?? []).map((one): Reader => ({ service: FULFILLING_SERVICE, ...one }))];
  return {
    entry,
    visibility: jobTypes.has(entry.type) ? 'live' : isInternal ? 'internal' : 'published',
    producers: [
      ...telling.map(({ name, source }): Producer => ({ service, extension: name, source })),
      ...(fulfillingTypes.has(entry.type) ? [{ service: FULFILLING_SERVICE, extension: null, source: FULFILLING_SERVICE }] : []),
      ...(jobTypes.has(entry.type) ? [{ service, extension: null, source: service }] : []),
    ],
    readers,
    unheard: readers.length === 0 ? (line?.unheard ?? FULFILLING_UNHEARD[entry.type]) : undefined,
    takenFrom: map.foreign.filter(({ type }) => type === entry.type).map(({ source }) => source),
  };
}

const FULFILLING_SERVICE = 'order-fulfillment';

function readerOf({ handler, kind, filter }: HearerLine, service: string): Reader {
  return { service, handler, kind, ...(filter !== undefined && { filter }) };
}
