/** Which changes of the contract break somebody, and which do not. */
import { FulfillmentCompleted } from '@commerce/events/entries';
import type { EventEntry } from '@commerce/events/catalogue';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { breaksOf } from './baseline.ts';
import { apiBreaks, channelBreaks } from './breaks.ts';
import { eventSchemas } from './event-schemas.ts';

describe('A published version of an event', () => {
  const entry = FulfillmentCompleted as unknown as EventEntry;
  const v1 = entry.versions['v1']!;
  const filesOf = (versions: EventEntry['versions']) => Object.fromEntries(eventSchemas([{ ...entry, versions }]).map(({ name, schema }) => [`events/${name}.schema.json`, schema]));
  const after = (versions: EventEntry['versions']): string[] => breaksOf(filesOf({ v1 }), filesOf(versions));

  test('may be described in other words, and have another one beside it', () => {
    expect(breaksOf(filesOf({ v1 }), { ...filesOf({ v1: v1.describe('Other words.'), v2: v1.extend({ more: z.string() }) }) })).toEqual([]);
  });

  test('may gain an optional member, at any depth: who reads it passes over members that he does not know', () => {
    expect(after({ v1: v1.extend({ note: z.strictObject({ text: z.string() }).optional(), lines: z.array(withMore(lineOf(v1))).min(1).max(500) }) })).toEqual([]);
  });

  test('may not gain one that is required: what lies in logs and queues has none', () => {
    expect(after({ v1: v1.extend({ note: z.string() }) })).toEqual([
      'docs/contract/events/FulfillmentCompleted.v1.schema.json: data.note is refused now, and in what was published under v1 it may be absent. ' +
        'Leave v1 of FulfillmentCompleted as it was, add v2 beside it under "versions" of its entry, and the step to it as upcasters.v1.',
    ]);
  });

  test.each<[string, z.ZodObject, string]>([
    ['gain a value', v1.extend({ status: z.enum(['completed', 'partial', 'mostly']) }), 'data.status may be "mostly": a reader'],
    ['lose a value: events with it were written', v1.extend({ status: z.enum(['completed']) }), 'data.status is refused now, and in what was published under v1 it may be "partial"'],
    ['lose an optional member: it could come back as something else', v1.extend({ lines: z.array(lineOf(v1).omit({ tracking: true })) }), 'data.lines[].tracking is not described any more'],
    ['lose a member', v1.omit({ clientId: true }), 'data.clientId may be absent: a reader'],
    ['require what was optional', v1.extend({ lines: z.array(z.strictObject({ lineId: z.string(), reference: z.string() })) }), 'data.lines[].reference is refused now, and in what was published under v1 it may be absent'],
    ['allow null', v1.extend({ clientId: v1.shape['clientId']!.nullable() }), 'data.clientId may be null: a reader'],
    ['get longer', v1.extend({ orderId: z.string().min(1).max(300) }), 'data.orderId may be longer: maxLength is 300 instead of 200: a reader'],
  ])('may not %s', (_name, version, expected) => {
    expect(after({ v1: version })).toContainEqual(expect.stringContaining(expected));
  });

  test('may not go away', () => {
    expect(after({ v2: v1 })).toEqual([expect.stringContaining('FulfillmentCompleted.v1 the version v1 of FulfillmentCompleted is gone')]);
  });
});

function lineOf(version: z.ZodObject): z.ZodObject {
  return (version.shape['lines'] as z.ZodArray<z.ZodObject>).element;
}

function withMore(object: z.ZodObject): z.ZodObject {
  return object.extend({ weightGrams: z.int().optional() });
}

describe('A channel', () => {
  const channels = { channels: { bus: { messages: { 'A.v1': {}, 'B.v1': {} } } } };

  test('may carry more', () => {
    expect(channelBreaks(channels, { channels: { bus: { messages: { 'A.v1': {}, 'B.v1': {}, 'C.v1': {} } }, other: {} } })).toEqual([]);
  });

  test('may not carry less, nor go away', () => {
    expect(channelBreaks(channels, { channels: { bus: { messages: { 'A.v1': {} } } } })).toEqual([expect.objectContaining({ place: 'bus', what: 'does not carry B.v1 any more' })]);
    expect(channelBreaks(channels, { channels: {} })).toEqual([expect.objectContaining({ what: 'the channel is gone' })]);
  });

  test('may not be found elsewhere, nor get what another rule lets through', () => {
    const queue = (address: string, bus: string, source: string) => ({ channels: { queue: { address, messages: {}, 'x-eventbridge': { bus, pattern: { source: [source] } } } } });
    const before = queue('queue', 'bus', 'a');
    const after = (...now: [string, string, string]) => channelBreaks(before, queue(...now)).map(({ what }) => what);
    expect(after('queue', 'bus', 'a')).toEqual([]);
    expect(after('other', 'bus', 'a')).toEqual(['is found at other instead of queue']);
    expect(after('queue', 'other', 'a')).toEqual(['gets what another rule lets through']);
    expect(after('queue', 'bus', 'b')).toEqual(['gets what another rule lets through']);
  });
});

const problem = (...codes: string[]) => ({ 'application/problem+json': { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: codes } } }] } } });

function api(): any {
  return {
    openapi: '3.1.0',
    components: { securitySchemes: { oauth: { type: 'openIdConnect', openIdConnectUrl: 'https://here.test' }, signature: { type: 'apiKey', in: 'header', name: 'Signature' } }, schemas: { Problem: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } }, Tea: { type: 'object', required: ['kind'], properties: { kind: { enum: ['green', 'black'] }, cups: { type: 'integer' }, pot: { type: 'string' } } } } },
    paths: {
      '/tea/{id}': {
        post: {
          operationId: 'brewTea',
          parameters: [{ in: 'path', name: 'id', required: true, schema: { type: 'string' } }, { in: 'query', name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 200 } }, { in: 'header', name: 'X-Session-Id', schema: { type: 'string' } }],
          requestBody: { required: false, content: { 'application/json': { schema: { type: 'object', required: ['kind'], properties: { kind: { enum: ['green', 'black'] }, cups: { type: 'integer', maximum: 9 } }, additionalProperties: false } } } },
          responses: {
            200: { headers: { 'X-Request-Id': { schema: { type: 'string', pattern: '^\\w+$' } } }, content: { 'application/json': { schema: { $ref: '#/components/schemas/Tea' } } } },
            409: { content: problem('out_of_tea') },
          },
          security: [{ oauth: ['tea:write'] }, { signature: ['tea:write'] }],
        },
      },
    },
  };
}

const operation = (document: any) => document.paths['/tea/{id}'].post;
const bodyOf = (document: any) => operation(document).requestBody.content['application/json'].schema;
const teaOf = (document: any) => document.components.schemas.Tea;

function breaksAfter(change: (document: any) => void): string[] {
  const now = api();
  change(now);
  return apiBreaks(api(), now).map(({ place, what }) => `${place}: ${what}`);
}

describe('A client is not broken when the API', () => {
  test.each<[string, (document: any) => void]>([
    ['stays as it is', () => undefined],
    ['gains a route', (now) => (now.paths['/coffee'] = { get: { operationId: 'coffee', responses: {} } })],
    ['gains a member of an answer', (now) => (teaOf(now).properties.sugar = { type: 'integer' })],
    ['always has a member that was optional', (now) => teaOf(now).required.push('cups')],
    ['gains a header of an answer', (now) => (operation(now).responses[200].headers['RateLimit'] = {})],
    ['gains an optional member of a body', (now) => (bodyOf(now).properties.milk = { type: 'boolean' })],
    ['gains an optional parameter', (now) => operation(now).parameters.push({ in: 'query', name: 'milk', schema: { type: 'string' } })],
    ['takes more values', (now) => (bodyOf(now).properties.kind.enum.push('white'), (operation(now).parameters[1].schema.maximum = 500))],
    ['refuses for a further reason, also under a further status', (now) => Object.assign(operation(now).responses, { 409: { content: problem('out_of_tea', 'out_of_water') }, 422: { content: problem('too_hot') } })],
    ['has a further way in', (now) => operation(now).security.push({ mtls: [] })],
    ['asks for less', (now) => (operation(now).security = [{ oauth: [] }, { signature: [] }])],
    ['asks for nothing', (now) => (operation(now).security = [])],
    ['stands elsewhere, with another issuer', (now) => (now.components.securitySchemes.oauth.openIdConnectUrl = 'https://there.test')],
    ['says the same in place of a reference', (now) => (operation(now).responses[200].content['application/json'].schema = { ...teaOf(now), description: 'Tea.' })],
  ])('%s', (_name, change) => {
    expect(breaksAfter(change)).toEqual([]);
  });
});

describe('A client is broken when the API', () => {
  const post = 'post /tea/{id}';
  test.each<[string, (document: any) => void, string]>([
    ['loses a route', (now) => (now.paths = {}), `${post}: the route is gone`],
    ['loses a method', (now) => (now.paths['/tea/{id}'] = { get: {} }), `${post}: the route is gone`],
    ['calls an operation otherwise', (now) => (operation(now).operationId = 'makeTea'), `${post}: the operation is called makeTea instead of brewTea: generated clients lose their function`],
    ['loses a member of an answer', (now) => delete teaOf(now).properties.pot, `${post} › answer 200 › pot: is not described any more, so it may be anything, which older clients do not expect`],
    ['has a member no more at all times', (now) => (teaOf(now).required = []), `${post} › answer 200 › kind: may be absent, which older clients do not expect`],
    ['answers with another type', (now) => (teaOf(now).properties.cups.type = 'number'), `${post} › answer 200 › cups: may be number, which older clients do not expect`],
    ['answers with a further value', (now) => teaOf(now).properties.kind.enum.push('white'), `${post} › answer 200 › kind: may be "white", which older clients do not expect`],
    ['succeeds under a further status', (now) => (operation(now).responses[202] = {}), `${post} › answer 202: is a success that older clients do not know`],
    ['answers without content', (now) => delete operation(now).responses[200].content, `${post} › answer 200: has no content any more`],
    ['answers with other content', (now) => (operation(now).responses[200].content['text/plain'] = {}), `${post} › answer 200: may be of the type text/plain`],
    ['loses a header', (now) => (operation(now).responses[200].headers = {}), `${post} › answer 200 › header X-Request-Id: is gone`],
    ['changes a header', (now) => (operation(now).responses[200].headers['X-Request-Id'].schema = {}), `${post} › answer 200 › header X-Request-Id: may be anything, which older clients do not expect`],
    ['changes the form of problems', (now) => delete now.components.schemas.Problem.properties.code, `${post} › answer 409 › code: is not described any more, so it may be anything, which older clients do not expect`],
    ['demands a member', (now) => bodyOf(now).required.push('cups'), `${post} › body › cups: is refused now where it may be absent`],
    ['demands the body', (now) => (operation(now).requestBody.required = true), `${post} › body: is required now`],
    ['refuses a member', (now) => delete bodyOf(now).properties.cups, `${post} › body › cups: is refused now where it is a member that is not known there`],
    ['refuses a value', (now) => bodyOf(now).properties.kind.enum.pop(), `${post} › body › kind: is refused now where it may be "black"`],
    ['takes less', (now) => (bodyOf(now).properties.cups.maximum = 8), `${post} › body › cups: is refused now where it may be larger`],
    ['takes another type of body', (now) => (operation(now).requestBody.content = { 'text/plain': {} }), `${post} › body: is not taken as application/json any more`],
    ['demands a parameter', (now) => (operation(now).parameters[1].required = true), `${post} › query parameter limit: is required now`],
    ['demands a new parameter', (now) => operation(now).parameters.push({ in: 'header', name: 'Idempotency-Key', required: true }), `${post} › header parameter idempotency-key: is required now`],
    ['loses a parameter', (now) => operation(now).parameters.splice(1, 1), `${post} › query parameter limit: is gone`],
    ['narrows a parameter', (now) => (operation(now).parameters[1].schema.maximum = 100), `${post} › query parameter limit: is refused now where it may be larger`],
    ['writes a list of a parameter in another way', (now) => (operation(now).parameters[1].explode = false), `${post} › query parameter limit: is written in another way now`],
    ['succeeds no more', (now) => delete operation(now).responses[200], `${post} › answers: no success is left`],
    ['loses what a way in is', (now) => delete now.components.securitySchemes.signature, 'security scheme signature: is gone'],
    ['changes what a way in is', (now) => (now.components.securitySchemes.signature.name = 'X-Signature'), 'security scheme signature: is another one now'],
    ['loses a way in', (now) => operation(now).security.pop(), `${post} › security: {"signature":["tea:write"]} was enough, and is not now`],
    ['asks for a further scope', (now) => operation(now).security[0].oauth.push('admin'), `${post} › security: {"oauth":["tea:write"]} was enough, and is not now`],
  ])('%s', (_name, change, expected) => {
    expect(breaksAfter(change)).toContain(expected);
  });

  test('asks for a token where everybody was let in', () => {
    const before = api();
    operation(before).security = [];
    expect(apiBreaks(before, api()).map(({ what }) => what)).toEqual(['it was open to everybody, and is not now']);
    const [open, closed] = [api(), api()];
    for (const document of [open, closed]) delete operation(document).security;
    expect(apiBreaks(open, { ...closed, security: [{ oauth: [] }] }).map(({ what }) => what)).toEqual(['it was open to everybody, and is not now']);
  });
});
