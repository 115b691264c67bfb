/**
 * The JSON Schema (2020-12) of every published event, one for each version: the whole envelope, as it stands in the `detail` of
 * EventBridge. What is valid under it is what a reader of this catalogue takes; members of `data` that it does not know among it.
 * And that of every event that is not published, because those lie in a log as well, and are read by later builds.
 */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import type { ExtensionDefinition } from '@commerce/commerce-coordinator/extensions';
import type { EventEntry } from '@commerce/events/catalogue';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { FULFILLING_OWN_ENTRIES } from '@commerce/events/entries/fulfilling';
import { eventExample, eventJsonSchema } from '@commerce/events/json-schema';
import type { SchemaObject } from './documents.ts';
import { sourceOf } from './speakers.ts';

export interface EventSchema {
  readonly entry: EventEntry;
  /** `v1`. */
  readonly version: string;
  /** `FulfillmentCompleted.v1`. */
  readonly name: string;
  readonly schema: SchemaObject;
  /** An envelope that is valid under `schema`; only the current version has one. */
  readonly example: SchemaObject | undefined;
}

const types = new Set(PUBLISHED_ENTRIES.map(({ type }) => type));

/** What either service publishes: the entries of the events package, then those that an extension brings with it. */
export const PUBLISHED: readonly EventEntry[] = [
  ...PUBLISHED_ENTRIES, ...(EXTENSIONS as readonly ExtensionDefinition[]).flatMap(({ signals }) => signals.filter(({ entry, internal }) => !internal && !types.has(entry.type)).map(({ entry }) => entry)),
];

/** What stays in the log of its service. */
export const INTERNAL: readonly EventEntry[] = [
  ...(EXTENSIONS as readonly ExtensionDefinition[]).flatMap(({ signals }) => signals.filter(({ entry, internal }) => internal && !types.has(entry.type)).map(({ entry }) => entry)),
  ...(FULFILLING_OWN_ENTRIES as unknown as readonly EventEntry[]),
];

/** One for each version, in the order of the catalogue. */
export function internalSchemas(entries: readonly EventEntry[] = INTERNAL): Pick<EventSchema, 'name' | 'schema'>[] {
  return entries.flatMap((entry) => Object.keys(entry.versions).map((version) => ({ name: `${entry.type}.${version}`, schema: eventJsonSchema(entry, version) })));
}

/** In the order of the catalogue. */
export function eventSchemas(entries: readonly EventEntry[] = PUBLISHED): EventSchema[] {
  return entries.flatMap((entry) => {
    const source = sourceOf(entry.type);
    return Object.keys(entry.versions).map((version, index, all) => ({
      entry, version, name: `${entry.type}.${version}`, schema: eventJsonSchema(entry, version, source), example: index === all.length - 1 ? eventExample(entry, source) : undefined,
    }));
  });
}
