/** What a schema knows of data: everything else is taken out, and put back as it was. */
import { describe, expect, test } from '@jest/globals';
import { personal } from '@commerce/events/personal';
import fc from 'fast-check';
import { z } from 'zod';
import { joined, shapeOf, shapeRead, split } from './personal-shape.ts';

const shape = shapeOf(z.strictObject({
  id: z.string(), whole: personal(z.object({ a: z.string() })).optional(), anything: z.unknown(), bag: z.record(z.string(), z.object({ a: z.string() })).optional(),
  lines: z.array(z.object({ sku: z.string(), size: z.looseObject({ cm: z.number() }).nullable() })), one: z.union([z.object({ a: z.string() }), z.object({ b: z.object({ c: z.string() }) })]).default({ a: '' }), text: z.union([z.string(), z.null()]).readonly(),
}));

describe('unknown is', () => {
  test.each([
    ['a member of the whole', { id: '1', x: 1 }, { x: 1 }],
    ['a member of an object in a list, by its place', { lines: [{ sku: 'a' }, { sku: 'b', x: 1, size: { cm: 1, inches: 2 } }] }, { lines: { 1: { x: 1, size: { inches: 2 } } } }],
    ['a member of an object in a record', { bag: { k: { a: '', x: 1 } } }, { bag: { k: { x: 1 } } }],
    ['what no form of several knows', { one: { a: '', b: { c: '', d: 1 } } }, { one: { b: { d: 1 } } }],
    ['a member by the name of something else', JSON.parse('{"id":"1","__proto__":{"x":1},"lines":[{"toString":1}]}'), { ['__proto__']: { x: 1 }, lines: { 0: { toString: 1 } } }],
  ])('%s', (_, data, rest) => {
    const parts = split(shape, data);
    expect(parts.rest).toEqual(rest);
    expect(split(shape, parts.known)).toEqual({ known: parts.known, rest: undefined });
    expect(joined(parts.known, parts.rest)).toEqual(data);
  });

  test('nothing of what is sealed as a whole, and nothing where the schema says that it may be anything', () => {
    const data = { id: '1', whole: { a: '', x: 1 }, anything: { x: [{ y: 1 }] }, lines: [], one: { a: '' }, text: null };
    expect(split(shape, data)).toEqual({ known: data, rest: undefined });
    expect(split(shape, data).known).toBe(data);
  });
});

test('of a version that is not known, all is unknown but what says whose it is', () => {
  const data = { who: { id: 'g', name: 'Ada' }, at: 'x', more: { z: 1 } };
  const read = shapeRead(data, (given) => (given as typeof data).who.id);
  expect(split(read, data)).toEqual({ known: { who: { id: 'g' } }, rest: { who: { name: 'Ada' }, at: 'x', more: { z: 1 } } });
});

test('whatever stands in data, what is taken out is put back where it was', () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, fc.constant(null), fc.integer(), fc.string(), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('id', 'lines', 'sku', 'bag', 'one', 'a', 'b', 'x', '0', '__proto__'), tie('tree'), { maxKeys: 4 })),
  }));
  fc.assert(fc.property(tree, (data) => {
    const plain = JSON.parse(JSON.stringify(data)) as unknown;
    const { known, rest } = split(shape, plain);
    expect(JSON.parse(JSON.stringify(rest === undefined ? known : joined(known, JSON.parse(JSON.stringify(rest)))))).toEqual(plain);
  }), { numRuns: 300 });
});
