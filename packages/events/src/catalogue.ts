/**
 * The event catalogue: one entry defines a type once, and everything that speaks of it is derived from the entry.
 * The catalogue is composed at start from the entries of this package and those that extensions bring; two entries that
 * claim one type, constant or webhook name are refused. Checking is strict both ways: what is published and what is consumed
 * must fit its schema.
 */
import { z } from 'zod';
import type { EventEnvelope } from './envelope.ts';
import { envelopeSchema } from './envelope.ts';
import type { TopicName } from './topics.ts';

/** One event type. Keys of `versions` are `v1`, `v2`, …; the last one is current. */
export interface EventEntry<Schema extends z.ZodObject = z.ZodObject, Type extends string = string> {
  /** `OrderCreated`. */
  readonly type: Type;
  /** `ORDER_CREATED`. */
  readonly constant: string;
  /** Second names of the same event, never a second event. One that several entries share stands for all of them. */
  readonly otherNames?: readonly string[];
  /** `order.created`. */
  readonly webhook: string;
  readonly topic: TopicName;
  readonly description: string;
  /** Schema of `data`, per version. */
  readonly versions: Readonly<Record<string, Schema>>;
  /** What the event is about: the order id for the whole flow of an order. A service may give its own log another subject. */
  readonly subject: (data: z.infer<Schema>) => string;
  /** A `data` that fits the current version. */
  readonly example: z.infer<Schema>;
}

/** Keeps the types of an entry's name and data; see `EventEntry`. */
export function defineEvent<Schema extends z.ZodObject, const Type extends string>(entry: EventEntry<Schema, Type>): EventEntry<Schema, Type> {
  return entry;
}

/** What an entry says of its data. */
export type DataOf<Entry> = Entry extends EventEntry<infer Schema> ? z.infer<Schema> : never;

/** No entry has this name. The message says which names are near. */
export class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
  readonly eventType: string;
  constructor(eventType: string) {
    super(`The catalogue has no event type "${eventType}". Add an entry for it, or correct the name.`);
    this.eventType = eventType;
  }
}

/** The type is known, this version of it is not: the event is kept as it is until the catalogue learns it. */
export class UnknownEventVersion extends Error {
  override readonly name = 'UnknownEventVersion';
  readonly eventType: string;
  readonly eventVersion: string;
  constructor(eventType: string, eventVersion: string, known: readonly string[]) {
    super(`The catalogue knows ${eventType} in ${known.join(', ')}, not in ${eventVersion}.`);
    this.eventType = eventType;
    this.eventVersion = eventVersion;
  }
}

/** The envelope or its data does not fit. `issues` are paths and reasons, without the values. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly issues: readonly { readonly path: string; readonly message: string }[];
  constructor(what: string, error: z.ZodError) {
    const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    super(`${what} does not fit its schema: ${issues.map((issue) => `${issue.path || '(root)'}: ${issue.message}`).join('; ')}`);
    this.issues = issues;
  }
}

/** A set of entries, checked against each other. */
export interface Catalogue {
  readonly entries: readonly EventEntry[];
  /** The entry of a type. Throws `UnknownEventType`. */
  entry(type: string): EventEntry;
  /** The version that is written today, for example `v1`. */
  currentVersion(type: string): string;
  /** Checks data before it is published in the current version. Throws `UnknownEventType`, `InvalidEvent`. */
  checkData(type: string, data: unknown): void;
  /** Checks an event that arrived. Throws `InvalidEvent`, `UnknownEventType`, `UnknownEventVersion`. */
  checkEnvelope(value: unknown): EventEnvelope;
}

interface Known {
  readonly entry: EventEntry;
  readonly current: string;
  readonly versions: readonly string[];
}

/** Composes a catalogue. Throws with every clash at once. */
export function createCatalogue(entries: readonly EventEntry[]): Catalogue {
  refuseClashes(entries);
  const known = new Map<string, Known>();
  for (const entry of entries) {
    const versions = Object.keys(entry.versions).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
    known.set(entry.type, { entry, versions, current: versions.at(-1) ?? 'v1' });
  }
  const find = (type: string): Known => {
    const found = known.get(type);
    if (found === undefined) throw new UnknownEventType(type);
    return found;
  };
  return {
    entries,
    entry: (type) => find(type).entry,
    currentVersion: (type) => find(type).current,
    checkData: (type, data) => {
      const { entry, current } = find(type);
      const result = entry.versions[current]?.safeParse(data);
      if (result?.success !== true) throw new InvalidEvent(`The data of ${type} ${current}`, result?.error ?? new z.ZodError([]));
    },
    checkEnvelope: (value) => {
      const envelope = envelopeSchema.safeParse(value);
      if (!envelope.success) throw new InvalidEvent('The envelope', envelope.error);
      const event = value as EventEnvelope;
      const { entry, versions } = find(event.eventType);
      const schema = entry.versions[event.eventVersion];
      if (schema === undefined) throw new UnknownEventVersion(event.eventType, event.eventVersion, versions);
      const data = schema.safeParse(event.data);
      if (!data.success) throw new InvalidEvent(`The data of ${event.eventType} ${event.eventVersion}`, data.error);
      return event;
    },
  };
}

function refuseClashes(entries: readonly EventEntry[]): void {
  const faults: string[] = [];
  const claim = (owners: Map<string, string>, entry: EventEntry, name: string): void => {
    const owner = owners.get(name);
    if (owner !== undefined) faults.push(`"${name}" is claimed by ${owner} and by ${entry.type}`);
    else owners.set(name, entry.type);
  };
  const owners = new Map<string, string>();
  for (const entry of entries) for (const name of [entry.type, entry.constant, entry.webhook]) claim(owners, entry, name);
  for (const entry of entries) {
    // Several entries may share a second name; none may have a first name, or one that it has already.
    const own = new Map(owners);
    for (const name of entry.otherNames ?? []) claim(own, entry, name);
    if (Object.keys(entry.versions).length === 0) faults.push(`${entry.type} has no version`);
    for (const [version, schema] of Object.entries(entry.versions)) {
      if ((schema.def.catchall as z.ZodType | undefined)?.def.type !== 'never') faults.push(`${entry.type} ${version} lets unknown members pass; use z.strictObject`);
    }
  }
  if (faults.length > 0) throw new Error(`The catalogue is refused:\n- ${faults.join('\n- ')}`);
}
