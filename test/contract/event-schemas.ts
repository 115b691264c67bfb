/**
 * The JSON Schema (2020-12) of every published event, one for each version: the whole envelope, as it stands in the `detail` of
 * EventBridge. What is valid under it is what a reader of this catalogue takes; unknown members are refused.
 */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import type { ExtensionDefinition } from '@commerce/commerce-coordinator/extensions';
import type { EventEntry } from '@commerce/events/catalogue';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { envelopeSchema } from '@commerce/events/envelope';
import { z } from 'zod';
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

/** In the order of the catalogue. */
export function eventSchemas(entries: readonly EventEntry[] = PUBLISHED): EventSchema[] {
  return entries.flatMap((entry) => Object.entries(entry.versions).map(([version, data], index, all) => {
    const example = index === all.length - 1 ? exampleOf(entry, version) : undefined;
    const envelope = envelopeSchema.extend({ eventType: z.literal(entry.type), eventVersion: z.literal(version), source: z.literal(sourceOf(entry.type)), data });
    const { $schema, ...keywords } = z.toJSONSchema(envelope, { target: 'draft-2020-12', io: 'input' });
    const name = `${entry.type}.${version}`;
    return { entry, version, name, example, schema: { $schema, title: name, description: entry.description, ...keywords, ...(example && { examples: [example] }) } };
  }));
}

function exampleOf(entry: EventEntry, version: string): SchemaObject {
  return {
    eventId: '0193a6a0-6100-7def-8123-456789abcdef',
    eventType: entry.type,
    eventVersion: version,
    timestamp: '2026-11-21T09:30:00.000Z',
    source: sourceOf(entry.type),
    correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e',
    causationId: '0193a6a0-60ff-7aaa-9bbb-ccccddddeeee',
    data: entry.example,
    metadata: { userId: 'storefront', sequence: 1 },
  };
}
