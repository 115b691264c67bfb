import { describe, expect, test } from '@jest/globals';
import { withComponents, withoutReferences } from './openapi-components.ts';

const tea = { title: 'Tea', type: 'object', properties: { title: { type: 'string' } }, example: { title: 'Sencha' } };
const header = { schema: { type: 'string' } };
const limit = { in: 'query', name: 'limit', schema: { type: 'integer' } };
const refusal = (...codes: string[]) => ({ description: 'no', content: { 'application/problem+json': { schema: { allOf: [{ type: 'object' }, { properties: { code: { enum: codes } } }] } } } });
const answer = (schema: object) => ({ description: 'OK', headers: { 'X-Id': header }, content: { 'application/json': { schema } } });

const document = () => ({
  components: { schemas: { Problem: { type: 'object' } } },
  paths: {
    '/tea': { get: { parameters: [limit], responses: { 200: answer({ type: 'array', items: tea }), 503: refusal('timed_out', 'too_busy') } } },
    '/pot': { get: { parameters: [limit, { ...limit, name: 'size' }], responses: { 200: answer(tea), 503: refusal('timed_out', 'too_busy'), 404: refusal('not_found') } } },
  },
});

describe('what a description says more than once', () => {
  const made: any = withComponents(document());

  test('is a component of its name: titled schemas, parameters, headers and answers', () => {
    expect(Object.entries<object>(made.components).map(([kind, parts]) => [kind, Object.keys(parts)])).toEqual([
      ['schemas', ['Problem', 'Tea']], ['headers', ['X-Id']], ['parameters', ['limit']], ['responses', ['TimedOutOrTooBusy']],
    ]);
    expect(made.paths['/pot'].get.parameters).toEqual([{ $ref: '#/components/parameters/limit' }, { ...limit, name: 'size' }]);
    expect(made.paths['/tea'].get.responses['503']).toEqual({ $ref: '#/components/responses/TimedOutOrTooBusy' });
    expect(made.paths['/tea'].get.responses['200'].content['application/json'].schema.items).toEqual({ $ref: '#/components/schemas/Tea' });
  });

  test('stays where it is when it stands there once, or is called like something else', () => {
    expect(made.paths['/pot'].get.responses['404']).toEqual(refusal('not_found'));
    const { paths } = document();
    paths['/pot'].get.responses[200].headers['X-Id'] = { schema: { type: 'integer' } } as never;
    const twoKinds: any = withComponents({ ...document(), paths: { ...paths, '/more-tea': paths['/tea'], '/more-pots': paths['/pot'] } });
    expect(twoKinds.components.headers).toEqual({ 'X-Id': header });
    expect(twoKinds.components.responses.Tea200.headers).toEqual({ 'X-Id': { schema: { type: 'integer' } } });
  });

  test('is back where it was without references', () => {
    expect((withoutReferences(made) as any).paths).toEqual(document().paths);
  });
});

test('two different schemas under one title are refused', () => {
  const clash = document();
  clash.paths['/pot'].get.responses[200] = answer({ ...tea, type: 'string' });
  expect(() => withComponents(clash)).toThrow('Two different schemas have the title Tea.');
});

test('a reference to nothing is refused, and one within itself is kept', () => {
  expect(() => withoutReferences({ a: { $ref: '#/nowhere' } })).toThrow('The description has nothing at #/nowhere.');
  const list = { properties: { next: { $ref: '#/list' } } };
  expect(withoutReferences({ list, first: { $ref: '#/list' } })).toMatchObject({ first: { properties: { next: { $ref: '#/list' } } } });
});
