/**
 * Personal data in events: what is stored of it, and how it reads. Pure, but for the keys, which come as arguments.
 *
 * Promise: a marked field is stored as a ciphertext under the key of its customer, by AES-SIV (RFC 5297), bound to the id of the
 * event and to its path: the same event gives the same bytes again, and no ciphertext fits at another place. Everything else of the
 * event, and whose it is, can be read without a key. Once the key is destroyed the field reads as absent, or as `erased` where the
 * schema wants it. Refuses: to read what was changed; such an event is `isUnreadable`, and no handler is called with it.
 */
import { canonicalJson } from '@commerce/events/canonical';
import type { Catalogue, EventEntry } from '@commerce/events/catalogue';
import { ERASED, personalFieldsOf } from '@commerce/events/personal';
import type { PersonalField } from '@commerce/events/personal';
import type { AesSiv, Associated } from './aes-siv.ts';
import type { StoredEvent } from './event.ts';
import { joined, shapeOf, shapeRead, split } from './personal-shape.ts';
import type { Shape, Split } from './personal-shape.ts';
import type { Tx } from './extension.ts';
import type { PreparedEvent } from './prepare.ts';

/** Reads events. */
export interface PersonalReader {
  readonly marks: Marks;
  /** The events in clear, in their order; those without personal data as they are. */
  open(db: Tx, events: readonly StoredEvent[]): Promise<readonly StoredEvent[]>;
}

/** The port that a log is opened with: without one, events are stored as they come. */
export interface PersonalData extends PersonalReader {
  /** The events as they are stored, in their order; those without personal data as they are. Before any of them is inserted. */
  seal(db: Tx, events: readonly PreparedEvent[]): Promise<readonly PreparedEvent[]>;
  /** Was this data, as it is stored, sealed by a key that is destroyed? */
  isErased(db: Tx, event: Pick<StoredEvent, 'type' | 'version' | 'data'>): Promise<boolean>;
  /** Forgets the key of a customer in this process, or all keys; the others are told by the commit of an erasure (see `followErasures`), and forget it within five seconds if that is lost. */
  forget(customerId?: string): void;
  /** Ids of the master keys that this process has. */
  readonly masterIds: readonly string[];
  /**
   * Seals keys by the newest master key that an older one has sealed, some at a time. Resolves with true when more are left. Once
   * nothing is left the older ones may go from the configuration. While a live process does not have the newest, nothing is sealed by it.
   */
  reseal(): Promise<boolean>;
}

/** Bytes of a customer's key: AES-256-SIV takes two keys of 32. */
export const CUSTOMER_KEY_BYTES = 64;

/** The one member of what stands in the place of a personal value: `<generation>.<base64url>`, or `0` for what was erased before it came. */
const SEALED = '$personal';
const NEVER_KEPT = '0';
/** Members that this build does not know, at any depth, stand together under this one: nobody here can say whether they are personal. */
const REST: PersonalField = { path: [SEALED], isRequired: false };

interface MarksOfType {
  readonly entry: EventEntry<any>;
  /** Version → what it knows. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly byVersion: ReadonlyMap<string, readonly PersonalField[]>;
  readonly current: readonly PersonalField[];
}

/** The marked fields of a catalogue. Types without any are not in it. */
export type Marks = ReadonlyMap<string, MarksOfType>;

export function marksOf(catalogue: Catalogue): Marks {
  const marked = catalogue.entries.flatMap((entry): [string, MarksOfType][] => {
    const byVersion = new Map(Object.entries(entry.versions).map(([version, schema]) => [version, personalFieldsOf(schema)]));
    if ([...byVersion.values()].every((fields) => fields.length === 0)) return [];
    const shapes = new Map(Object.entries(entry.versions).map(([version, schema]) => [version, shapeOf(schema)]));
    return [[entry.type, { entry, shapes, byVersion, current: byVersion.get(catalogue.currentVersion(entry.type)) ?? [] }]];
  });
  return new Map(marked);
}

/** Whose data the personal fields of an event are, and where. */
export interface PersonalParts {
  readonly customerId: string;
  readonly fields: readonly PersonalField[];
  /** Of an event in clear that has members that are not known: these are sealed together. Of a version that is not known, all but those that say whose they are. */
  readonly split?: Split;
}

/** Undefined when nothing of the event is personal. Throws when it does not say whose data it has. */
export function personalParts(marks: Marks, type: string, version: string, data: unknown): PersonalParts | undefined {
  const marked = marks.get(type);
  if (marked === undefined) return undefined;
  const known = (marked.byVersion.get(version) ?? []).filter(({ path }) => valueAt(data, path) !== undefined);
  const parts = splitOf(marked, version, data);
  if (known.length === 0 && parts.rest === undefined) return undefined;
  const customerId = customerOf(marked, version, data);
  return parts.rest === undefined ? { customerId, fields: known } : { customerId, fields: [...known, REST], split: parts };
}

/** The same of data as they are stored: undefined when nothing in them is sealed. What was stored of an unknown version before has the fields of the current one sealed. */
export function sealedParts(marks: Marks, type: string, version: string, data: unknown): PersonalParts | undefined {
  const marked = marks.get(type);
  if (marked === undefined) return undefined;
  const fields = [...(marked.byVersion.get(version) ?? marked.current), REST].filter(({ path }) => tokenOf(valueAt(data, path)) !== undefined);
  return fields.length === 0 ? undefined : { customerId: customerOf(marked, version, data), fields };
}

function customerOf({ entry }: MarksOfType, version: string, data: unknown): string {
  const customerId: unknown = entry.customer?.(data);
  if (typeof customerId !== 'string' || customerId === '') throw new Error(`${entry.type} ${version} has personal data and does not say of which customer.`);
  return customerId;
}

function splitOf({ entry, shapes }: MarksOfType, version: string, data: unknown): Split {
  if (typeof data !== 'object' || data === null) return { known: data, rest: undefined };
  return split(shapes.get(version) ?? shapeRead(data, (given) => entry.customer?.(given)), data);
}

/** A customer's key of one generation. */
export interface FieldKey {
  readonly generation: number;
  readonly siv: AesSiv;
}

/** The data with its personal fields sealed; `key` undefined: they are not kept at all. */
export function sealedData(parts: PersonalParts, eventId: string, data: unknown, key: FieldKey | undefined): unknown {
  const gathered = parts.split === undefined ? data : { ...(parts.split.known as object), [SEALED]: parts.split.rest };
  if (key === undefined) return replaced(gathered, parts.fields, () => ({ [SEALED]: NEVER_KEPT }));
  const { generation, siv } = key;
  const event = ofEvent(siv, eventId);
  return replaced(gathered, parts.fields, (value, { path }) => {
    const sealed = siv.encrypt(ofField(siv, event, path), Buffer.from(canonicalJson(value)));
    return { [SEALED]: `${generation}.${sealed.toString('base64url')}` };
  });
}

/** Does data hold sealed fields at these places, and of which generations of the key? */
export function generationsIn(fields: readonly PersonalField[], data: unknown): number[] {
  return fields.flatMap(({ path }) => {
    const token = tokenOf(valueAt(data, path));
    return token === undefined ? [] : [Number(token.split('.', 1)[0])];
  });
}

/** The event in clear. `key`: the one that the customer has now, if any; what an older one has sealed is erased. */
export function openedEvent(parts: PersonalParts, event: StoredEvent, key: FieldKey | undefined): StoredEvent {
  const here = key === undefined ? undefined : ofEvent(key.siv, event.eventId);
  let isUnreadable = false as boolean;
  const data = replaced(event.data, parts.fields, (value, { path, isRequired }) => {
    const token = tokenOf(value);
    if (token === undefined) return value;
    const [generation = '', text = ''] = token.split('.');
    if (key === undefined || here === undefined || token === NEVER_KEPT || Number(generation) !== key.generation) return isRequired ? ERASED : undefined;
    try {
      return JSON.parse(key.siv.decrypt(ofField(key.siv, here, path), Buffer.from(text, 'base64url')).toString());
    } catch {
      isUnreadable = true;
      return value;
    }
  });
  if (isUnreadable) return { ...event, data, isUnreadable };
  if (!parts.fields.includes(REST)) return { ...event, data };
  const rest = valueAt(data, REST.path);
  const known = withValue(data as Record<string, unknown>, REST.path, undefined);
  return { ...event, data: rest === undefined ? known : joined(known, rest) };
}

/** The event with its personal fields as they read when no key opens them; the same one when it has none. `customerId`: only where they are this customer's. */
export function asErased<Event extends Pick<StoredEvent, 'type' | 'version' | 'data'>>(marks: Marks, event: Event, customerId?: string): Event {
  const marked = marks.get(event.type);
  if (marked === undefined || (customerId !== undefined && marked.entry.customer?.(event.data) !== customerId)) return event;
  const data = replaced(splitOf(marked, event.version, event.data).known, marked.byVersion.get(event.version) ?? marked.current, (_value, { isRequired }) => (isRequired ? ERASED : undefined));
  return data === event.data ? event : { ...event, data };
}

/** Reads all personal data as erased, whoever's they are: for whoever may not see them. */
export function withoutPersonalData(marks: Marks): PersonalReader {
  return { marks, open: async (_db, events) => events.map((event) => asErased(marks, event)) };
}

/** The stored personal data of an event were changed: whoever needs it fails. */
export class PersonalDataChanged extends Error {
  override readonly name = 'PersonalDataChanged';
  constructor({ eventId, type }: Pick<StoredEvent, 'eventId' | 'type'>) {
    super(`The personal data of ${type} ${eventId} were changed in the database, or belong to another event: run \`pnpm audit:verify\`, and restore the row.`);
  }
}

/** What all fields of an event are bound to: made once for them. */
function ofEvent(siv: AesSiv, eventId: string): Associated {
  return siv.and(siv.none, Buffer.from(eventId));
}

function ofField(siv: AesSiv, event: Associated, path: readonly string[]): Associated {
  return siv.named(event, path.join('.'));
}

function tokenOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !(SEALED in value)) return undefined;
  const token = value[SEALED];
  return typeof token === 'string' && Object.keys(value).length === 1 ? token : undefined;
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  let at = data;
  for (const name of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return at;
}

/** The data with each of these fields as `change` makes it, and gone when that is undefined; a copy as far as anything changes. */
function replaced(data: unknown, fields: readonly PersonalField[], change: (value: unknown, field: PersonalField) => unknown): unknown {
  let result = data;
  for (const field of fields) {
    const value = valueAt(result, field.path);
    if (value === undefined) continue;
    const changed = change(value, field);
    if (changed !== value) result = withValue(result as Record<string, unknown>, field.path, changed);
  }
  return result;
}

function withValue(data: Readonly<Record<string, unknown>>, [name = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const inner = rest.length === 0 ? value : withValue(data[name] as Record<string, unknown>, rest, value);
  if (inner !== undefined) return { ...data, [name]: inner };
  const { [name]: _gone, ...others } = data;
  return others;
}
