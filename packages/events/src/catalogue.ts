/**
 * The event catalogue: one entry defines a type once, and everything that speaks of it is derived from the entry.
 * The catalogue is composed at start from the entries of this package and those that extensions bring; two entries that
 * claim one type, constant or webhook name are refused, and so are versions without a step from one to the next.
 *
 * What is published must fit the current version and has no member more. What arrives must fit its version too, but may have
 * members of `data` that this build does not know: they are kept, and nobody looks at them.
 */
import { z } from 'zod';
import type { EventEnvelope } from './envelope.ts';
import { envelopeSchema } from './envelope.ts';
import { fitsOf } from './fits.ts';
import type { Fits } from './fits.ts';
import { faultsOfMarks, personalFieldsOf } from './personal.ts';
import { oddity, tolerantOf } from './tolerant.ts';
import type { TopicName } from './topics.ts';
import { faultsOfVersions, versionNumber, versionsInOrder } from './upcasting.ts';
import type { CurrentSchema, Steps, Upcaster, Versions } from './upcasting.ts';

/** One event type. Keys of `versions` are `v1`, `v2`, …; the last one is current, and `Schema` is its schema. */
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
  /** Somebody outside may be the one who knows it, such as a carrier or an identity provider: then it is also accepted from outside. */
  readonly isExternal?: true;
  /** Schema of `data`, per version. */
  readonly versions: Versions;
  /** The step from a version to the next one, under the version from which it leads. */
  readonly upcasters?: Readonly<Record<string, Upcaster>>;
  /** Optional members of `data` that stay in the log of the service that wrote them: no bus carries them. */
  readonly inside?: readonly (keyof z.infer<Schema> & string)[];
  /** For the types alone. */
  readonly schema?: Schema;
  /** What the event is about: the order id for the whole flow of an order. A service may give its own log another subject. */
  readonly subject: (data: z.infer<Schema>) => string;
  /** Whose data its personal fields are; an entry that marks some must say so, by fields that are not marked themselves. */
  readonly customer?: (data: z.infer<Schema>) => string;
  /** A `data` that fits the current version. */
  readonly example: z.infer<Schema>;
}

/** An entry with versions whose names the compiler knows: it wants a step from each to the next, from the one schema to the other. */
export type Definition<All extends Versions, Type extends string> = Omit<EventEntry<CurrentSchema<All>, Type>, 'versions' | 'upcasters' | 'schema'> & { readonly versions: All } & Steps<All>;

/** Keeps the types of an entry's name and data, which are those of its current version; see `EventEntry`. */
export function defineEvent<All extends Versions, const Type extends string>(entry: Definition<All, Type>): EventEntry<CurrentSchema<All>, Type> {
  return entry as EventEntry<CurrentSchema<All>, Type>;
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
  constructor(what: string, error: Pick<z.ZodError, 'issues'>) {
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
  /** Checks data before it is published in the current version; a member more is refused. Throws `UnknownEventType`, `InvalidEvent`. */
  checkData(type: string, data: unknown): void;
  /**
   * Checks an event that arrived, and gives it as it is: members of `data` that its version does not know stay in it.
   * Throws `InvalidEvent`, `UnknownEventType`, `UnknownEventVersion`.
   */
  checkEnvelope(value: unknown): EventEnvelope;
  /**
   * Data of a version in the form of the current one, by one step after the other; what has that form already is given back
   * itself. Throws `UnknownEventType`, `UnknownEventVersion`, `InvalidEvent` for a step whose result does not fit, and what a step throws.
   */
  toCurrent(type: string, version: string, data: unknown): unknown;
}

interface Known {
  readonly entry: EventEntry;
  readonly current: string;
  readonly versions: readonly string[];
  /** Of each version, for what fits it as almost everything does; made when the first event needs one. */
  readonly fits: Map<string, Fits>;
  /** Schemas that let unknown members through, made when the first event needs one. */
  readonly tolerant: Map<string, z.ZodObject>;
}

/** Composes a catalogue. Throws with every clash at once. */
export function createCatalogue(entries: readonly EventEntry[]): Catalogue {
  refuseClashes(entries);
  const known = new Map<string, Known>();
  for (const entry of entries) {
    const versions = versionsInOrder(entry.versions);
    known.set(entry.type, { entry, versions, current: versions.at(-1) ?? 'v1', fits: new Map(), tolerant: new Map() });
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
      const found = find(type);
      const { entry, current } = found;
      if (isSureToFit(found, current, data)) return;
      const result = entry.versions[current]?.safeParse(data);
      if (result?.success !== true) throw new InvalidEvent(`The data of ${type} ${current}`, result?.error ?? new z.ZodError([]));
    },
    checkEnvelope: (value) => {
      const envelope = envelopeSchema.safeParse(value);
      if (!envelope.success) throw new InvalidEvent('The envelope', envelope.error);
      const event = value as EventEnvelope;
      const found = find(event.eventType);
      const schema = found.entry.versions[event.eventVersion];
      if (schema === undefined) throw new UnknownEventVersion(event.eventType, event.eventVersion, found.versions);
      if (!isSureToFit(found, event.eventVersion, event.data) && !schema.safeParse(event.data).success) checkTolerantly(found, event.eventVersion, event.data);
      return event;
    },
    toCurrent: (type, version, data) => {
      const found = find(type);
      return version === found.current ? data : upcast(found, version, data);
    },
  };
}

/** `false`: its schema must be asked. */
function isSureToFit({ entry, fits }: Known, version: string, data: unknown): boolean {
  let judge = fits.get(version);
  if (judge === undefined) {
    const schema = entry.versions[version];
    judge = schema === undefined ? () => false : fitsOf(schema);
    fits.set(version, judge);
  }
  return judge(data);
}

/** Refuses what does not fit but for members that the version does not know. */
function checkTolerantly(known: Known, version: string, data: unknown): void {
  const { entry, tolerant } = known;
  let schema = tolerant.get(version);
  if (schema === undefined) {
    schema = tolerantOf(entry.versions[version] as z.ZodObject);
    tolerant.set(version, schema);
  }
  const what = `The data of ${entry.type} ${version}`;
  const odd = oddity(data);
  if (odd !== undefined) throw new InvalidEvent(what, { issues: [{ code: 'custom', path: [], message: odd, input: undefined }] });
  const result = schema.safeParse(data);
  if (!result.success) throw new InvalidEvent(what, result.error);
}

function upcast(known: Known, version: string, data: unknown): unknown {
  const { entry, versions, current } = known;
  if (!(version in entry.versions)) throw new UnknownEventVersion(entry.type, version, versions);
  let form = data;
  for (let at = version; at !== current; ) {
    const step = entry.upcasters?.[at];
    if (step === undefined) throw new Error(`${entry.type} has no step from ${at}.`);
    form = step(form);
    at = `v${versionNumber(at) + 1}`;
    checkTolerantly(known, at, form);
  }
  return form;
}

/** What a bus does not carry, whoever reads the event there must be able to do without. */
function faultsOfInside({ type, inside = [], versions }: EventEntry): string[] {
  return inside.flatMap((member) => Object.entries(versions).flatMap(([version, schema]) => {
    const field: z.ZodType | undefined = schema.shape[member];
    return field !== undefined && !field.safeParse(undefined).success ? [`${type} ${version} must have "${member}", which is kept inside; make it optional`] : [];
  }));
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
    faults.push(...faultsOfVersions(entry.type, entry.versions, entry.upcasters), ...faultsOfInside(entry));
    for (const [version, schema] of Object.entries(entry.versions)) {
      faults.push(...faultsOfMarks(`${entry.type} ${version}`, schema));
      if (entry.customer === undefined && personalFieldsOf(schema).length > 0) faults.push(`${entry.type} ${version} marks fields as personal and does not say whose they are; give it \`customer\``);
      if ((schema.def.catchall as z.ZodType | undefined)?.def.type !== 'never') faults.push(`${entry.type} ${version} lets unknown members pass; use z.strictObject`);
    }
  }
  if (faults.length > 0) throw new Error(`The catalogue is refused:\n- ${faults.join('\n- ')}`);
}
