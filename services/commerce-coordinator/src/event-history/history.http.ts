/**
 * The history of events over HTTP: a list that is searched, and one event with its story.
 * Promise: pages are stable while events are appended, a request looks at a bounded number of events, and a short page says where
 * the search goes on.
 */
import { readEventStory } from '@commerce/event-log/event-story';
import type { SignalMap } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { readHistory } from '@commerce/event-log/history';
import { historyItem } from '@commerce/event-log/history-item';
import { compilePattern, InvalidEventPattern } from '@commerce/events/pattern';
import type { CompiledPattern } from '@commerce/events/pattern';
import { TOPICS } from '@commerce/events/topics';
import type { TopicName } from '@commerce/events/topics';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { inEitherForm, listInEitherForm, sendCloudEvent, sendCloudEvents, wantsCloudEvent, wantsCloudEvents } from '../event-catalogue/event-forms.http.ts';
import { problems } from '../problems.ts';
import { cursor, pageProblems } from '../requests.http.ts';
import { eventSights, SIGHT_TEXT } from './event-sight.ts';
import { historyProblems } from './history-problems.ts';
import { historyView, itemOf, storyOf, storyView } from './history-views.ts';

export interface EventHistoryApi {
  readonly log: EventLog;
  readonly cursors: Cursors;
  /** Which handlers hear what. */
  readonly heardBy: SignalMap;
  /** Address under which clients know this service. */
  readonly config: { readonly publicUrl: string };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const historyQuery = z.strictObject({
  type: z.string().max(4_000).regex(/^[A-Za-z][A-Za-z0-9_.]*(,[A-Za-z][A-Za-z0-9_.]*){0,49}$/, 'must be up to 50 names of types with commas between them').optional()
    .meta({ description: 'Only these types: OrderCreated, ORDER_CREATED or order.created, up to 50 with commas between them.', example: 'OrderCreated,OrderCancelled' }),
  topic: z.enum(Object.keys(TOPICS) as [TopicName, ...TopicName[]]).optional(),
  subject: z.string().min(1).max(200).optional().meta({ description: 'Only of this subject, such as an order id.' }),
  correlationId: z.string().regex(UUID, 'must be a UUID').optional(),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'Only what was recorded then or later.' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Only what was recorded before.' }),
  filter: z.string().min(1).max(4_096).optional().meta({ description: 'An EventBridge event pattern as JSON text; it judges each event as it is listed.', example: '{"data":{"reason":{"code":[{"prefix":"card_"}]}}}' }),
  limit: pageLimit, cursor,
});

export function addEventHistoryRoutes(app: HttpApp, { log, cursors, heardBy, config: { publicUrl } }: EventHistoryApi): void {
  const sightOf = eventSights(log);
  app.get('/api/events/history', {
    config: { scope: 'events:read', problems: [historyProblems.invalid_event_filter, pageProblems.invalid_cursor] },
    schema: {
      operationId: 'searchEventHistory', summary: 'Search the history of events, newest first', tags: ['events'], querystring: historyQuery, response: { 200: listInEitherForm(historyView, 'A page of it.') },
      description: `All conditions must hold. Types, subject, correlation id and times are found by an index; the rest is judged event by event, some 20,000 for one request, after which nextCursor goes on. As a batch of CloudEvents 1.0 when Accept asks for application/cloudevents-batch+json; the header Link has the next page then. ${SIGHT_TEXT}`,
    },
  }, async ({ query, signal, headers, url, caller }, reply) => {
    const { personal, withoutTopic } = sightOf(caller);
    const { limit, cursor: given, ...filter } = query;
    const list = JSON.stringify(['events/history', filter]);
    const page = await readHistory(log.pool, log.epoch, {
      types: filter.type === undefined ? undefined : typesNamed(log, filter.type.split(',')),
      topic: filter.topic, withoutTopic, subject: filter.subject, correlationId: filter.correlationId,
      fromMs: filter.from === undefined ? undefined : Date.parse(filter.from), toMs: filter.to === undefined ? undefined : Date.parse(filter.to),
      pattern: filter.filter === undefined ? undefined : patternOf(filter.filter),
    }, { limit, signal, personal, ...(given !== undefined && { before: placeOf(cursors.open(list, given)) }) });
    const items = page.events.map((event) => itemOf(historyItem(event)));
    const nextCursor = page.next === undefined ? null : cursors.seal(list, `${page.next.epoch}.${page.next.txid}.${page.next.position}`);
    if (wantsCloudEvents(headers.accept)) return sendCloudEvents(reply, items, { publicUrl, url, nextCursor });
    return reply.header('vary', 'accept').send({ items, scanned: page.scanned, pending: page.pending, nextCursor });
  });

  app.get('/api/events/:eventId', {
    config: { scope: 'events:read', problems: [historyProblems.event_not_found] },
    schema: {
      operationId: 'readEvent', summary: 'Read an event with what led to it and what came of it', description: `The event alone, as CloudEvents 1.0, when Accept asks for application/cloudevents+json. ${SIGHT_TEXT}`, tags: ['events'], params: z.strictObject({ eventId: z.string().min(1).max(200) }), response: { 200: inEitherForm(storyView, 'The event.') },
    },
  }, async ({ params: { eventId }, headers, caller }, reply) => {
    const { sees, personal } = sightOf(caller);
    const story = UUID.test(eventId) ? await readEventStory(log.pool, eventId, heardBy, personal) : undefined;
    if (story === undefined || !sees(story.event.topic)) throw new Problem(historyProblems.event_not_found);
    if (wantsCloudEvent(headers.accept)) return sendCloudEvent(reply, historyItem(story.event), publicUrl);
    return reply.header('vary', 'accept').send(storyOf(story, (type) => heardBy[type] ?? [], sees));
  });
}

/** Every type with one of these names. A name that nothing has is taken for a type: of an extension that was loaded once. */
export function typesNamed({ catalogue }: EventLog, names: readonly string[]): string[] {
  const named = (name: string): string[] => {
    const types = catalogue.entries.filter(({ type, constant, webhook, otherNames = [] }) => [type, constant, webhook, ...otherNames].includes(name)).map(({ type }) => type);
    return types.length === 0 ? [name] : types;
  };
  return [...new Set(names.flatMap(named))];
}

/** Throws a problem for what is no event pattern. */
export function patternOf(text: string): CompiledPattern {
  try {
    return compilePattern(text);
  } catch (error) {
    if (error instanceof InvalidEventPattern) throw new Problem(historyProblems.invalid_event_filter, { detail: error.message });
    throw error;
  }
}

function placeOf(text: string | undefined): { epoch: number; txid: number; position: number } {
  const [epoch, txid, position] = (text ?? '').split('.').map(Number);
  if (epoch === undefined || txid === undefined || position === undefined) throw new Problem(problems.invalid_cursor);
  return { epoch, txid, position };
}
