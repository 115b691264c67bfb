/**
 * What a change of the APIs and channels would break for those who were built against the baseline. Pure; a pair of documents, old
 * and new. Of events: event-breaks.ts.
 *
 * Requests. What an older client may send is still taken: no route, parameter, body or way in goes away or asks for more.
 *
 * Answers. What an older client may get fits what it was told: members stay as they are, and no value is new. New members, new
 * headers, and new refusals (a status from 400 on, a code of a problem) are no break: clients pass over what they do not know, and
 * judge a refusal by its status.
 */
import { isDeepStrictEqual } from 'node:util';
import { withoutReferences } from '@commerce/service-kit/openapi-components';
import type { Answer, Content, OpenApiDocument, Operation, Parameter, Schema, SchemaObject } from './documents.ts';
import { faultsWithin } from './schema-within.ts';
import type { Fault } from './schema-within.ts';

/** One thing that breaks somebody. */
export interface Break {
  /** Where in the document: `post /orders › body › lines[].sku`. */
  readonly place: string;
  readonly what: string;
  readonly mend: string;
}

/** Channels and the messages that they carry; their schemas are compared by event-breaks.ts. */
export function channelBreaks(before: SchemaObject, now: SchemaObject): Break[] {
  const [old, current] = [before, now].map((document) => document['channels'] ?? {}) as [Channels, Channels];
  return Object.entries(old).flatMap(([name, { messages = {}, address, 'x-eventbridge': { bus, pattern } = {} }]) => {
    const channel = current[name];
    if (channel === undefined) return [{ place: name, what: 'the channel is gone', mend: 'Keep the bus or queue under its name until nobody uses it any more.' }];
    if (channel.address !== address) return [{ place: name, what: `is found at ${channel.address} instead of ${address}`, mend: 'Keep its name until nobody uses it any more.' }];
    const from = channel['x-eventbridge'] ?? {};
    if (from.bus !== bus || !isDeepStrictEqual(from.pattern, pattern)) return [{ place: name, what: 'gets what another rule lets through', mend: 'Leave the rule as it was, or let it pass more by a second one beside it.' }];
    const gone = Object.keys(messages).filter((message) => !Object.hasOwn(channel.messages ?? {}, message));
    return gone.map((message) => ({ place: name, what: `does not carry ${message} any more`, mend: 'Keep publishing it, and let the rule of the queue pass it.' }));
  });
}

type Channels = Readonly<Record<string, { readonly messages?: object; readonly address?: string; readonly 'x-eventbridge'?: { readonly bus?: string; readonly pattern?: object } }>>;

export function apiBreaks(before: OpenApiDocument, now: OpenApiDocument): Break[] {
  const [old, current] = [withoutReferences(before), withoutReferences(now)];
  return [...schemeBreaks(old, current), ...Object.entries(old.paths).flatMap(([path, methods]) => Object.entries(methods).flatMap(([method, operation]) => {
    const name = `${method} ${path}`;
    const same = Object.hasOwn(current.paths, path) ? current.paths[path]?.[method] : undefined;
    if (same === undefined) return [{ place: name, what: 'the route is gone', mend: 'Keep it; what replaces it stands beside it, under a new version of the path.' }];
    return operationBreaks(secured(operation, old), secured(same, current)).map((one) => ({ ...one, place: one.place === '' ? name : `${name} › ${one.place}` }));
  }))];
}

/** What a way in consists of. Where the issuer is found is told by each deployment for itself. */
function schemeBreaks(before: OpenApiDocument, now: OpenApiDocument): Break[] {
  return Object.entries(before.components.securitySchemes ?? {}).flatMap(([name, scheme]) => {
    const same = now.components.securitySchemes?.[name];
    const changed = ['type', 'scheme', 'in', 'name'].some((member) => scheme[member] !== same?.[member]);
    return changed ? [{ place: `security scheme ${name}`, what: same === undefined ? 'is gone' : 'is another one now', mend: FOR_REQUESTS }] : [];
  });
}

function secured(operation: Operation, { security = [] }: OpenApiDocument): Operation {
  return { security, ...operation };
}

const FOR_REQUESTS = 'Take what was taken before: make what is new optional, or offer a route under a new version of the path beside this one.';
const FOR_ANSWERS = 'Answer as before: put what is new into a new optional member, or offer a route under a new version of the path beside this one.';

function operationBreaks(before: Operation, now: Operation): Break[] {
  const renamed = before.operationId !== now.operationId;
  return [
    ...(renamed ? [{ place: '', what: `the operation is called ${now.operationId} instead of ${before.operationId}: generated clients lose their function`, mend: 'Keep the operationId.' }] : []),
    ...securityBreaks(before, now), ...parameterBreaks(before.parameters ?? [], now.parameters ?? []), ...bodyBreaks(before, now), ...answerBreaks(before, now),
  ];
}

/** Every way in is still one, and asks for no more. */
function securityBreaks(before: Operation, now: Operation): Break[] {
  const ways = now.security ?? [];
  if (ways.length === 0) return [];
  const lost = (before.security?.length ? before.security : [{}]).filter((way) => !ways.some((other) => Object.entries(other).every(([scheme, scopes]) => Object.hasOwn(way, scheme) && scopes.every((scope) => way[scheme]?.includes(scope)))));
  return lost.map((way) => ({ place: 'security', what: `${Object.keys(way).length === 0 ? 'it was open to everybody' : `${JSON.stringify(way)} was enough`}, and is not now`, mend: FOR_REQUESTS }));
}

function parameterBreaks(before: readonly Parameter[], now: readonly Parameter[]): Break[] {
  const nameOf = ({ in: place, name }: Parameter): string => `${place} parameter ${place === 'header' ? name.toLowerCase() : name}`;
  const find = (list: readonly Parameter[], wanted: Parameter): Parameter | undefined => list.find((parameter) => nameOf(parameter) === nameOf(wanted));
  const demanded = now.filter((parameter) => parameter.required === true && find(before, parameter)?.required !== true);
  return [
    ...demanded.map((parameter) => ({ place: nameOf(parameter), what: 'is required now', mend: FOR_REQUESTS })),
    ...before.flatMap((parameter) => {
      const same = find(now, parameter);
      if (same === undefined) return [{ place: nameOf(parameter), what: 'is gone', mend: FOR_REQUESTS }];
      if (same.style !== parameter.style || same.explode !== parameter.explode) return [{ place: nameOf(parameter), what: 'is written in another way now', mend: FOR_REQUESTS }];
      return faultsWithin(parameter.schema ?? true, same.schema ?? true).map((fault) => refused(nameOf(parameter), fault));
    }),
  ];
}

function bodyBreaks(before: Operation, now: Operation): Break[] {
  const [old, current] = [before.requestBody, now.requestBody];
  const demanded = current?.required === true && old?.required !== true ? [{ place: 'body', what: 'is required now', mend: FOR_REQUESTS }] : [];
  const lost = Object.entries(old?.content ?? {}).flatMap(([type, { schema = true }]) => {
    const same = current?.content[type];
    if (same === undefined) return [{ place: 'body', what: `is not taken as ${type} any more`, mend: FOR_REQUESTS }];
    return faultsWithin(schema, same.schema ?? true).map((fault) => refused('body', fault));
  });
  return [...demanded, ...lost];
}

function refused(place: string, { path, reason }: Fault): Break {
  return { place: path === '' ? place : `${place} › ${path}`, what: `is refused now where it ${reason}`, mend: FOR_REQUESTS };
}

function answerBreaks(before: Operation, now: Operation): Break[] {
  const added = Object.keys(now.responses).filter((status) => isSuccess(status) && !Object.hasOwn(before.responses, status));
  const succeeds = ({ responses }: Operation): boolean => Object.keys(responses).some(isSuccess);
  return [
    ...(succeeds(before) && !succeeds(now) ? [{ place: 'answers', what: 'no success is left', mend: FOR_ANSWERS }] : []),
    ...added.map((status) => ({ place: `answer ${status}`, what: 'is a success that older clients do not know', mend: FOR_ANSWERS })),
    ...Object.entries(before.responses).flatMap(([status, answer]) => {
      const same = now.responses[status];
      return same === undefined ? [] : oneAnswerBreaks(status, answer, same);
    }),
  ];
}

function oneAnswerBreaks(status: string, before: Answer, now: Answer): Break[] {
  const place = `answer ${status}`;
  const headers = Object.entries(before.headers ?? {}).flatMap(([name, { schema = true }]) => {
    const same = now.headers?.[name];
    if (same === undefined) return [{ place: `${place} › header ${name}`, what: 'is gone', mend: FOR_ANSWERS }];
    return faultsWithin(same.schema ?? true, schema).map((fault) => unknown(`${place} › header ${name}`, fault));
  });
  return [...headers, ...contentBreaks(place, before.content ?? {}, now.content ?? {}, isSuccess(status) ? (schema) => schema : withoutCodes)];
}

/** What is answered now is of a type that was known, and fits what was told of it. */
function contentBreaks(place: string, before: Content, now: Content, view: (schema: Schema) => Schema): Break[] {
  if (Object.keys(before).length > 0 && Object.keys(now).length === 0) return [{ place, what: 'has no content any more', mend: FOR_ANSWERS }];
  return Object.entries(now).flatMap(([type, { schema = true }]) => {
    const told = before[type];
    if (told === undefined) return [{ place, what: `may be of the type ${type}`, mend: FOR_ANSWERS }];
    return faultsWithin(view(schema), view(told.schema ?? true)).map((fault) => unknown(place, fault));
  });
}

/** A problem, whatever its code: the codes are listed in the second part, see `refusals` in openapi.ts of the service-kit. */
function withoutCodes(schema: Schema): Schema {
  const [form] = (typeof schema === 'object' ? (schema['allOf'] as readonly Schema[] | undefined) : undefined) ?? [];
  return form ?? schema;
}

function unknown(place: string, { path, reason }: Fault): Break {
  return { place: path === '' ? place : `${place} › ${path}`, what: `${reason}, which older clients do not expect`, mend: FOR_ANSWERS };
}

function isSuccess(status: string): boolean {
  return Number(status) < 400;
}
