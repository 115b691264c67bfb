/**
 * Events as a client wants them: in our envelope, or as CloudEvents 1.0 (structured mode, a list as a batch) when its header Accept asks
 * for that. What a client does not ask for it does not get: without a word for CloudEvents it is the envelope.
 */
import { CLOUD_EVENT_MEDIA_TYPE, CLOUD_EVENTS_MEDIA_TYPE, toCloudEvent } from '@commerce/events/cloud-events';
import type { CloudEvent } from '@commerce/events/cloud-events';
import type { EventEnvelope } from '@commerce/events/envelope';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { schemaPath } from './views.ts';

/** True when the header Accept prefers this media type of CloudEvents to plain JSON. */
function wantsMediaType(accept: string | undefined, mediaType: string): boolean {
  const weights = (accept ?? '').split(',').map((part) => {
    const [name = '', ...parameters] = part.trim().toLowerCase().split(/\s*;\s*/);
    const weight = parameters.find((one) => one.startsWith('q='));
    return { name, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
  });
  const of = (name: string): number => Math.max(0, ...weights.filter((one) => one.name === name).map(({ weight }) => weight));
  return of(mediaType) > 0 && of(mediaType) >= of('application/json');
}

export function wantsCloudEvent(accept: string | undefined): boolean {
  return wantsMediaType(accept, CLOUD_EVENT_MEDIA_TYPE);
}

/** For lists. */
export function wantsCloudEvents(accept: string | undefined): boolean {
  return wantsMediaType(accept, CLOUD_EVENTS_MEDIA_TYPE);
}

const cloudEventView = z.record(z.string(), z.unknown()).meta({ title: 'CloudEvent', description: 'An event as CloudEvents 1.0.' });

/** For `schema.response`: the answer in our form, and as CloudEvents. */
export function inEitherForm<Form extends z.ZodType>(form: Form, description: string) {
  return { description, content: { 'application/json': { schema: form }, [CLOUD_EVENT_MEDIA_TYPE]: { schema: cloudEventView } } };
}

export function listInEitherForm<Form extends z.ZodType>(form: Form, description: string) {
  return { description, content: { 'application/json': { schema: form }, [CLOUD_EVENTS_MEDIA_TYPE]: { schema: z.array(cloudEventView) } } };
}

/** `publicUrl`: address of this service, under which the schema of the event is found. */
function cloudEventOf(envelope: EventEnvelope, { publicUrl, subject }: { readonly publicUrl: string; readonly subject?: string }): CloudEvent {
  return toCloudEvent(envelope, { dataSchema: `${publicUrl}${schemaPath(envelope.eventType, envelope.eventVersion)}`, ...(subject !== undefined && { subject }) });
}

interface AboutSomething extends EventEnvelope {
  /** What it is about. */
  readonly subject: string;
}

/** Sends one as a CloudEvent. */
export function sendCloudEvent(reply: FastifyReply, event: AboutSomething, publicUrl: string): FastifyReply {
  return reply.header('vary', 'accept').type(`${CLOUD_EVENT_MEDIA_TYPE}; charset=utf-8`).send(cloudEventOf(event, { publicUrl, subject: event.subject }));
}

/** Sends a page of a list as a batch of CloudEvents. A batch has no room for a cursor, so that the next page is told by the header Link. `url` is that of the request. */
export function sendCloudEvents(reply: FastifyReply, events: readonly AboutSomething[], { publicUrl, url, nextCursor }: { readonly publicUrl: string; readonly url: string; readonly nextCursor: string | null }): FastifyReply {
  if (nextCursor !== null) {
    const next = new URL(url, publicUrl);
    next.searchParams.set('cursor', nextCursor);
    void reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
  }
  return reply.header('vary', 'accept').type(`${CLOUD_EVENTS_MEDIA_TYPE}; charset=utf-8`).send(events.map((event) => cloudEventOf(event, { publicUrl, subject: event.subject })));
}
