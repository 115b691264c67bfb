/**
 * `POST /api/events`: events of which somebody outside knows first, such as a carrier or an identity provider.
 *
 * Promise: an event is taken once, however often it is sent: its id is its identity. The answer comes after the commit. What is wrong
 * with any event of a request refuses all of it: nothing of it is stored.
 */
import type { EventLog, ForeignResult } from '@commerce/event-log/log';
import { foreignId } from '@commerce/event-log/prepare';
import type { EventEnvelope } from '@commerce/events/envelope';
import { CLOUD_EVENT_MEDIA_TYPE, CLOUD_EVENTS_MEDIA_TYPE } from '@commerce/events/cloud-events';
import { takeJson } from '@commerce/service-kit/http-server';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { FieldError } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { customerIdCheck } from '../customer-ids.ts';
import { problems } from '../problems.ts';
import { judgeEvents } from './external-events.ts';
import { eventCatalogueProblems } from './problems.ts';

/** Events in one request. */
const MOST = 100;

const eventForm = z.record(z.string().max(200), z.unknown()).meta({ title: 'ExternalEvent', description: 'An event in our envelope, or as CloudEvents 1.0; GET /api/catalog/{type}/versions/{version}/schema is what it must fit.' });
const events = z.array(eventForm).min(1).max(MOST);
/** One CloudEvent, a batch of them, or a list in either form. */
const bodyForm = z.union([z.strictObject({ events }), events, eventForm.refine((event) => !('events' in event), { message: `must be 1 to ${MOST} events` })]);
const takenView = z.strictObject({
  items: z.array(z.strictObject({
    eventId: z.string(),
    storedAs: z.uuid().meta({ description: 'The id under which it is found in the history: its own, or, where that is no UUIDv7, one made of it and of the time of the event.' }),
    result: z.enum(['appended', 'duplicate']).meta({ description: 'Taken now, or the same event was there already.' }),
  })),
}).meta({ title: 'TakenEvents' });
const { event_not_external, event_source_not_yours, event_invalid, event_conflict, event_not_taken } = eventCatalogueProblems;

/** Adds the route. */
export async function addExternalEventRoutes(app: HttpApp, { log }: { readonly log: EventLog }): Promise<void> {
  await app.register(async (scope) => {
    takeJson(scope, CLOUD_EVENT_MEDIA_TYPE);
    takeJson(scope, CLOUD_EVENTS_MEDIA_TYPE);
    (scope as unknown as HttpApp).post('/api/events', {
      config: { scope: 'events:write', problems: [event_not_external, event_source_not_yours, event_invalid, event_conflict, event_not_taken, problems.customer_id_personal] },
      schema: {
        operationId: 'tellEvents', summary: 'Tell events of which somebody outside knows first',
        description: `Only types that the catalogue marks isExternal, in the name of the client of the token (source), at most ${MOST}. May be repeated: the id of an event is its identity.`,
        tags: ['event catalogue'], consumes: ['application/json', CLOUD_EVENT_MEDIA_TYPE, CLOUD_EVENTS_MEDIA_TYPE], body: bodyForm, response: { 202: takenView },
      },
    }, async (request, reply) => {
      const envelopes = judgeEvents(log.catalogue, request.caller.clientId, listOf(request.body));
      refuseCustomers(log, envelopes);
      const results = await log.appendForeignTogether(envelopes);
      refuseFailed(results);
      return reply.code(202).send({ items: envelopes.map((envelope, index) => ({ eventId: envelope.eventId, storedAs: foreignId(envelope), result: results[index]?.kind as 'appended' | 'duplicate' })) });
    });
  });
}

type EventForm = z.infer<typeof eventForm>;

function listOf(body: z.infer<typeof bodyForm>): readonly EventForm[] {
  if (Array.isArray(body)) return body;
  return 'events' in body ? (body['events'] as readonly EventForm[]) : [body];
}

/** Whoever is the customer of an event may have his id. Throws `customer_id_personal`. */
function refuseCustomers(log: EventLog, envelopes: readonly EventEnvelope[]): void {
  const check = customerIdCheck(log);
  for (const { eventType, eventVersion, data } of envelopes) {
    const { customer } = log.catalogue.entry(eventType);
    if (customer !== undefined) check(customer(log.catalogue.toCurrent(eventType, eventVersion, data) as never));
  }
}

function refuseFailed(results: readonly ForeignResult[]): void {
  const conflicts = errorsOf(results, (result) => (result.kind === 'conflict' ? 'is there with another content' : undefined));
  if (conflicts.length > 0) throw new Problem(event_conflict, { errors: conflicts });
  const failed = errorsOf(results, (result) => (result.kind === 'outside_window' ? 'has an id whose time is not in the last 30 days' : result.kind === 'refused' ? result.reason : undefined));
  if (failed.length > 0) throw new Problem(event_not_taken, { errors: failed });
}

function errorsOf(results: readonly ForeignResult[], faultOf: (result: ForeignResult) => string | undefined): FieldError[] {
  return results.flatMap((result, index) => {
    const message = faultOf(result);
    return message === undefined ? [] : [{ path: `/body/events/${index}`, message }];
  });
}
