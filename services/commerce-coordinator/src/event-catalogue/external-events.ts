/**
 * Which events of others are taken, before anything is stored. Pure.
 *
 * Promise: a client speaks in its own name only, of what the catalogue marks as external, and only what fits its schema. All events of
 * a request are judged first, so that nothing of it is taken when one is refused. Reasons never repeat what was sent.
 */
import type { Catalogue } from '@commerce/events/catalogue';
import { fromCloudEvent, isCloudEvent } from '@commerce/events/cloud-events';
import { envelopeSchema } from '@commerce/events/envelope';
import type { EventEnvelope } from '@commerce/events/envelope';
import { Problem } from '@commerce/service-kit/problems';
import type { FieldError } from '@commerce/service-kit/problems';
import type { z } from 'zod';
import { eventCatalogueProblems } from './problems.ts';

const MAX_ERRORS = 20;

/** `clientId`: who sends. Throws a `Problem`. */
export function judgeEvents(catalogue: Catalogue, clientId: string, events: readonly Readonly<Record<string, unknown>>[]): EventEnvelope[] {
  const judged = events.map((event, index) => judgeEvent(catalogue, event, `/body/events/${index}`));
  const errors = judged.flatMap((one) => (Array.isArray(one) ? one : []));
  if (errors.length > 0) throw new Problem(eventCatalogueProblems.event_invalid, { errors: errors.slice(0, MAX_ERRORS) });
  const envelopes = judged as EventEnvelope[];
  const inside = at(envelopes, ({ eventType }) => catalogue.entry(eventType).isExternal !== true);
  if (inside.length > 0) throw new Problem(eventCatalogueProblems.event_not_external, { errors: inside.map((path) => ({ path: `${path}/eventType`, message: 'is not taken from outside' })) });
  const others = at(envelopes, ({ source }) => source !== clientId);
  if (others.length > 0) throw new Problem(eventCatalogueProblems.event_source_not_yours, { errors: others.map((path) => ({ path: `${path}/source`, message: 'must be the id of the client' })) });
  return envelopes;
}

function at(envelopes: readonly EventEnvelope[], isWrong: (envelope: EventEnvelope) => boolean): string[] {
  return envelopes.flatMap((envelope, index) => (isWrong(envelope) ? [`/body/events/${index}`] : [])).slice(0, MAX_ERRORS);
}

/** Stricter than a reader, who lets members through that he does not know: who tells may not invent them. */
function judgeEvent(catalogue: Catalogue, event: Readonly<Record<string, unknown>>, path: string): EventEnvelope | FieldError[] {
  const envelope = isCloudEvent(event) ? fromCloudEvent(event) : event;
  if (envelope === undefined) return [{ path, message: 'is no CloudEvent of version 1.0 with data in JSON' }];
  const shape = envelopeSchema.safeParse(envelope);
  if (!shape.success) return errorsAt(path, shape.error);
  const { eventType, eventVersion, data } = shape.data;
  const entry = catalogue.entries.find(({ type }) => type === eventType);
  if (entry === undefined) return [{ path: `${path}/eventType`, message: 'is no type of this catalogue' }];
  const fit = entry.versions[eventVersion]?.safeParse(data);
  if (fit === undefined) return [{ path: `${path}/eventVersion`, message: 'is no version of this type' }];
  return fit.success ? (envelope as unknown as EventEnvelope) : errorsAt(`${path}/data`, fit.error);
}

function errorsAt(path: string, { issues }: z.ZodError): FieldError[] {
  return issues.map((issue) => ({ path: [path, ...issue.path.map(String)].join('/'), message: issue.message }));
}
