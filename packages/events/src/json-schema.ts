/**
 * The JSON Schema (2020-12) of an event in one version, and an example of it: the whole envelope, as it stands in the `detail` of
 * EventBridge. What is valid under it is what a reader of this catalogue takes: in `data` members may stand that it does not know,
 * at every depth, for a writer may be newer and add an optional one. Who publishes writes none that stands not here.
 */
import { z } from 'zod';
import type { EventEntry } from './catalogue.ts';
import { envelopeSchema } from './envelope.ts';
import { versionsInOrder } from './upcasting.ts';

export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * `source`: who tells it, when that can be only one. An example stands in the schema of the version of which the entry has one: the current one.
 * Throws when the entry has no such version.
 */
export function eventJsonSchema(entry: EventEntry<any>, version: string, source?: string): JsonSchema {
  const data = entry.versions[version] as z.ZodObject | undefined;
  if (data === undefined) throw new Error(`${entry.type} has no version ${version}.`);
  const envelope = envelopeSchema.extend({ eventType: z.literal(entry.type), eventVersion: z.literal(version), ...(source !== undefined && { source: z.literal(source) }), data });
  const { $schema, ...keywords } = z.toJSONSchema(envelope, {
    target: 'draft-2020-12', io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== envelope && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  const example = source !== undefined && version === currentVersionOf(entry) ? eventExample(entry, source) : undefined;
  return { $schema, title: `${entry.type}.${version}`, description: entry.description, ...keywords, ...(example && { examples: [example] }) };
}

/** An event of the current version, whole. */
export function eventExample(entry: EventEntry<any>, source: string) {
  return {
    eventId: '0193a6a0-6100-7def-8123-456789abcdef',
    eventType: entry.type,
    eventVersion: currentVersionOf(entry),
    timestamp: '2026-11-21T09:30:00.000Z',
    source,
    correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e',
    causationId: '0193a6a0-60ff-7aaa-9bbb-ccccddddeeee',
    data: entry.example as unknown,
    metadata: { userId: 'storefront', sequence: 1 },
  };
}

function currentVersionOf(entry: EventEntry<any>): string {
  return versionsInOrder(entry.versions).at(-1) ?? 'v1';
}
