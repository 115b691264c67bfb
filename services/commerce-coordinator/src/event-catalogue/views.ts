/** What the API shows of types of events. */
import { TOPICS } from '@commerce/events/topics';
import type { TopicName } from '@commerce/events/topics';
import { versionsInOrder } from '@commerce/events/upcasting';
import { z } from 'zod';
import type { Counts } from './counts.pg.ts';
import type { KnownType } from './registry.ts';

const countsView = z.strictObject({
  events: z.int().meta({ description: 'How many stand in the log since then.' }),
  lastAt: z.iso.datetime().nullable().meta({ description: 'When the last of them was recorded.' }),
  since: z.iso.datetime().meta({ description: 'The begin of the count: 24 hours ago, or later when very many events were told.' }),
}).meta({ title: 'EventCounts' });

export const typeView = z.strictObject({
  type: z.string(),
  constant: z.string(),
  webhook: z.string().meta({ description: 'The name under which webhooks and the live bus know it.' }),
  otherNames: z.array(z.string()).meta({ description: 'Second names of the same event; one may stand for several types.' }),
  description: z.string(),
  topic: z.strictObject({ name: z.string(), partitions: z.int(), retentionDays: z.int(), description: z.string() }),
  visibility: z.enum(['published', 'internal', 'live']).meta({ description: 'Published on the bus of its producer, kept in the log of this service, or told live and stored nowhere.' }),
  isExternal: z.boolean().meta({ description: 'Taken from outside too: POST /api/events.' }),
  currentVersion: z.string().meta({ description: 'The one that is written today.' }),
  versions: z.array(z.strictObject({ version: z.string(), schema: z.string().meta({ description: 'Path of its JSON Schema.' }) })),
  producers: z.array(z.strictObject({ service: z.string(), extension: z.string().nullable(), source: z.string() })),
  readers: z.array(z.strictObject({ service: z.string(), handler: z.string(), kind: z.string(), filter: z.record(z.string(), z.unknown()).optional() })),
  unheard: z.string().nullable().meta({ description: 'Why nobody reads it here, when that is meant.' }),
  takenFrom: z.array(z.string()).meta({ description: 'Other services from whose bus it is taken, by source.' }),
  counts: countsView.nullable().meta({ description: 'Null for what is not stored.' }),
}).meta({ title: 'EventType' });

export type TypeView = z.infer<typeof typeView>;

export const typeListView = z.strictObject({ items: z.array(typeView) });

export function viewOf({ entry, visibility, producers, readers, unheard, takenFrom }: KnownType, counts: Counts): TypeView {
  const { type, constant, webhook, otherNames = [], description, topic, isExternal = false } = entry;
  const versions = versionsInOrder(entry.versions);
  const counted = counts.byType.get(type);
  const { partitions, retentionDays, description: about } = TOPICS[topic as TopicName];
  return {
    type, constant, webhook, otherNames: [...otherNames], description, isExternal, visibility,
    topic: { name: topic, partitions, retentionDays, description: about },
    currentVersion: versions.at(-1) ?? 'v1',
    versions: versions.map((version) => ({ version, schema: schemaPath(type, version) })),
    producers: producers.map((one) => ({ ...one })),
    readers: readers.map(({ filter, ...one }) => ({ ...one, ...(filter !== undefined && { filter: filter as Record<string, unknown> }) })),
    unheard: unheard ?? null, takenFrom: [...takenFrom],
    counts: visibility === 'live' ? null : { events: counted?.events ?? 0, lastAt: counted?.lastAt ?? null, since: counts.since },
  };
}

export function schemaPath(type: string, version: string): string {
  return `/api/catalog/${type}/versions/${version}/schema`;
}
