/**
 * The registry of events over HTTP: what types there are, what each is, the JSON Schema of each version, an example in either form.
 */
import { TOPICS } from '@commerce/events/topics';
import type { TopicName } from '@commerce/events/topics';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import type { Counts } from './counts.pg.ts';
import { inEitherForm, sendCloudEvent, wantsCloudEvent } from './event-forms.http.ts';
import { exampleOf, schemaOf } from './examples.ts';
import { eventCatalogueProblems } from './problems.ts';
import { matching } from './registry.ts';
import type { KnownType, Registry } from './registry.ts';
import { typeListView, typeView, viewOf } from './views.ts';

export interface CatalogueApi {
  readonly registry: Registry;
  readonly counts: () => Promise<Counts>;
  /** Address under which clients know this service. */
  readonly publicUrl: string;
}

const topicNames = Object.keys(TOPICS) as [TopicName, ...TopicName[]];
const listQuery = z.strictObject({
  topic: z.enum(topicNames).optional(),
  text: z.string().max(200).optional().meta({ description: 'Words that names or description must have, in any case.' }),
});
const pathType = z.strictObject({ type: z.string().min(1).max(128).meta({ description: 'OrderCreated, ORDER_CREATED or order.created.' }) });
const pathVersion = z.strictObject({ ...pathType.shape, version: z.string().regex(/^v[1-9][0-9]{0,3}$/).meta({ example: 'v1' }) });
const envelopeView = z.strictObject({
  eventId: z.string(), eventType: z.string(), eventVersion: z.string(), timestamp: z.string(), source: z.string(), correlationId: z.string(), causationId: z.string().nullable(),
  data: z.record(z.string(), z.unknown()), metadata: z.record(z.string(), z.unknown()),
}).meta({ title: 'EventEnvelope' });
const { event_type_not_found, event_version_not_found } = eventCatalogueProblems;

/** Adds the routes that read the registry. */
export function addCatalogueRoutes(app: HttpApp, { registry, counts, publicUrl }: CatalogueApi): void {
  app.get('/api/catalog', {
    config: { scope: 'events:read' },
    schema: { operationId: 'listEventTypes', summary: 'List the types of events with all their names', tags: ['event catalogue'], querystring: listQuery, response: { 200: typeListView } },
  }, async ({ query }) => {
    const counted = await counts();
    return { items: matching(registry.types, query).map((type) => viewOf(type, counted)) };
  });

  app.get('/api/catalog/:type', {
    config: { scope: 'events:read', problems: [event_type_not_found] },
    schema: { operationId: 'readEventType', summary: 'Read a type of event', tags: ['event catalogue'], params: pathType, response: { 200: typeView } },
  }, async ({ params }) => viewOf(known(registry, params.type), await counts()));

  app.get('/api/catalog/:type/example', {
    config: { scope: 'events:read', problems: [event_type_not_found] },
    schema: {
      operationId: 'readEventExample', summary: 'Read an example of an event', description: 'In our envelope; as CloudEvents 1.0 when Accept asks for application/cloudevents+json.',
      tags: ['event catalogue'], params: pathType,
      response: { 200: inEitherForm(envelopeView, 'The example.') },
    },
  }, async ({ params, headers }, reply) => {
    const { envelope, subject } = exampleOf(known(registry, params.type));
    if (wantsCloudEvent(headers.accept)) return sendCloudEvent(reply, { ...envelope, subject }, publicUrl);
    return reply.header('vary', 'accept').send(envelope as z.infer<typeof envelopeView>);
  });

  app.get('/api/catalog/:type/versions/:version/schema', {
    config: { scope: 'events:read', problems: [event_type_not_found, event_version_not_found] },
    schema: {
      operationId: 'readEventSchema', summary: 'Read the JSON Schema of a type of event in one version', description: 'Of the whole envelope, JSON Schema 2020-12.', tags: ['event catalogue'], params: pathVersion,
      response: { 200: { description: 'The schema.', content: { 'application/schema+json': { schema: z.record(z.string(), z.unknown()) } } } },
    },
  }, async ({ params: { type, version } }, reply) => {
    const found = known(registry, type);
    if (!Object.hasOwn(found.entry.versions, version)) throw new Problem(event_version_not_found);
    return reply.type('application/schema+json; charset=utf-8').send(schemaOf(found, version));
  });
}

function known(registry: Registry, name: string): KnownType {
  const found = registry.find(name);
  if (found === undefined) throw new Problem(event_type_not_found);
  return found;
}
