/** The comparison of schemas is right: never says "within" of a schema that allows more, judged by a validator and made-up documents. */
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { Schema, SchemaObject } from './documents.ts';
import { documentsOf } from './schema-documents.ts';
import { faultsWithin } from './schema-within.ts';

const ajv = new Ajv2020({ strict: false, logger: false });
addFormats.default(ajv);
const isValid = (schema: Schema, document: unknown): boolean => (typeof schema === 'boolean' ? schema : ajv.validate(schema, document));

const closed = (properties: SchemaObject, required: readonly string[] = Object.keys(properties)): SchemaObject => ({ type: 'object', properties, required, additionalProperties: false });
const open = (properties: SchemaObject, required: readonly string[] = Object.keys(properties)): SchemaObject => ({ type: 'object', properties, required });
const text = { type: 'string' };
const status = (...values: string[]) => ({ type: 'string', enum: values });

const told = (narrow: Schema, wide: Schema): string[] => faultsWithin(narrow, wide).map(({ path, reason }) => `${path} ${reason}`);

describe('a schema is within another', () => {
  test.each<[string, Schema, Schema]>([
    ['that is the same but for its words', { ...text, description: 'a' }, { title: 'B', ...text, 'x-note': 1 }],
    ['that has more values', status('a'), status('a', 'b')],
    ['that allows longer texts', { ...text, maxLength: 10 }, { ...text, maxLength: 20 }],
    ['with a pattern that is gone', { ...text, pattern: '^a' }, text],
    ['of all numbers, being of integers', { type: 'integer', minimum: 1 }, { type: 'number', exclusiveMinimum: 0 }],
    ['that also allows null', text, { anyOf: [text, { type: 'null' }] }],
    ['that also allows null, by its list of types', text, { type: ['string', 'null'] }],
    ['with one alternative less', { anyOf: [text, { type: 'null' }] }, { anyOf: [{ type: 'integer' }, text, { type: 'null' }] }],
    ['with alternatives that have a tag', open({ kind: status('a'), size: text }), { oneOf: [open({ kind: status('b') }), open({ kind: status('a') })] }],
    ['that knows another member, not required', closed({ a: text }), closed({ a: text, b: text }, ['a'])],
    ['open, which had a member less', open({ a: text, b: text }), open({ a: text })],
    ['of arrays of the same, without limits', { type: 'array', items: text, minItems: 1, maxItems: 5 }, { type: 'array', items: text }],
    ['of bags, with fewer rules for names', { type: 'object', propertyNames: { maxLength: 5 }, additionalProperties: {} }, { type: 'object', propertyNames: { maxLength: 9 }, additionalProperties: {} }],
    ['in parts', { allOf: [open({ a: text }), open({ b: text })] }, open({ a: text, b: text })],
    ['of a list of values, being one of them', { const: 'b' }, { enum: ['a', 'b'] }],
    ['of texts, being one', { const: '1' }, { ...text, maxLength: 1 }],
  ])('%s', (_name, narrow, wide) => {
    expect(told(narrow, wide)).toEqual([]);
  });
});

describe('a schema is not within another', () => {
  test.each<[string, Schema, Schema, string]>([
    ['that lacks a value', open({ a: { type: 'array', items: open({ s: status('x', 'y') }) } }), open({ a: { type: 'array', items: open({ s: status('x') }) } }), 'a[].s may be "y"'],
    ['that requires a member', open({ a: text }, []), open({ a: text }), 'a may be absent'],
    ['that is closed, when it has a member more', closed({ a: text, b: text }), closed({ a: text }), 'b is a member that is not known there'],
    ['whose optional member it has lost', open({ a: text }), open({ a: text, b: text }, ['a']), 'b is not described any more, so it may be anything'],
    ['that is closed, when it is open', open({ a: text }), closed({ a: text }), '* may be there'],
    ['of another type', open({ a: { type: 'number' } }), open({ a: text }), 'a may be number'],
    ['of integers, being of numbers', { type: 'number' }, { type: 'integer' }, ' may be number'],
    ['without null', { anyOf: [text, { type: 'null' }] }, text, ' may be null'],
    ['with a longer minimum', text, { ...text, minLength: 1 }, ' may be shorter: minLength is 0 instead of 1'],
    ['with a limit', text, { ...text, maxLength: 9 }, ' may be longer: maxLength is gone instead of 9'],
    ['with another pattern', { ...text, pattern: 'a' }, { ...text, pattern: 'b' }, ' may be of another form: pattern is "a" instead of "b"'],
    ['with a format', text, { ...text, format: 'uuid' }, ' may be of another form: format is gone instead of "uuid"'],
    ['that excludes its minimum', { type: 'number', minimum: 0 }, { type: 'number', exclusiveMinimum: 0 }, ' may be smaller'],
    ['of fewer numbers', { type: 'integer', maximum: 9 }, { type: 'integer', maximum: 8 }, ' may be larger'],
    ['of even numbers', { type: 'integer' }, { type: 'integer', multipleOf: 2 }, ' may be no multiple of 2'],
    ['of unequal items', { type: 'array' }, { type: 'array', uniqueItems: true }, ' may have equal items'],
    ['with a rule that cannot be compared', text, { ...text, not: { const: '' } }, ' cannot be compared: not'],
    ['whose alternatives both fit', open({ kind: text }), { oneOf: [open({}), open({ kind: text })] }, ' may fit more than one alternative'],
    ['by a part that is closed', { allOf: [open({ a: text }), closed({ b: text })] }, closed({ a: text }), '* may be there'],
    ['when its names have a pattern', { type: 'object', patternProperties: { '^x': text }, additionalProperties: false }, closed({}), '* may be there'],
  ])('%s', (_name, narrow, wide, fault) => {
    expect(told(narrow, wide)).toContain(fault);
  });
});

const NAMES = ['a', 'b', 'c'];
const leaf: fc.Arbitrary<SchemaObject> = fc.oneof(
  fc.record({ type: fc.constant('string'), minLength: fc.nat(2), maxLength: fc.integer({ min: 2, max: 4 }), pattern: fc.constantFrom('^[xy]*$', '^x'), format: fc.constantFrom('date', 'email') }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constantFrom('integer', 'number'), minimum: fc.nat(2), maximum: fc.integer({ min: 2, max: 4 }), exclusiveMinimum: fc.nat(2), exclusiveMaximum: fc.nat(4), multipleOf: fc.constantFrom(1, 2, 0.5) }, { requiredKeys: ['type'] }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom<unknown>('x', 'y', 1, 2, null, true), { minLength: 1, maxLength: 4 }) }),
  fc.record({ const: fc.constantFrom('x', 1) }),
  fc.record({ type: fc.constantFrom<unknown>('null', 'boolean', ['string', 'null'], ['integer', 'string']) }),
  fc.constant({}),
);
const { schema: anySchema } = fc.letrec<{ schema: SchemaObject; object: SchemaObject }>((tie) => ({
  object: fc.record({
    type: fc.constant('object'), properties: fc.dictionary(fc.constantFrom(...NAMES), tie('schema'), { maxKeys: 3 }), required: fc.subarray(NAMES),
    additionalProperties: fc.oneof(fc.constant(false), tie('schema')), propertyNames: fc.constant({ maxLength: 1 }), patternProperties: fc.record({ '^[bd]': tie('schema') }), maxProperties: fc.nat(3),
  }, { requiredKeys: ['type'] }),
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf, tie('object'),
    fc.record({ type: fc.constant('array'), items: tie('schema'), prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), minItems: fc.nat(2), maxItems: fc.integer({ min: 1, max: 3 }), uniqueItems: fc.boolean() }, { requiredKeys: ['type'] }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.tuple(tie('object'), fc.array(tie('object'), { minLength: 1, maxLength: 2 })).map(([first, allOf]) => ({ ...first, allOf })),
    fc.tuple(tie('object'), fc.array(tie('object'), { minLength: 1, maxLength: 2 })).map(([first, anyOf]) => ({ ...first, anyOf })),
  ),
}));

/** The schema with one thing changed, somewhere: a keyword taken away, or taken from another schema. */
function changed(schema: SchemaObject, other: SchemaObject, where: readonly number[]): SchemaObject {
  const [place = 0, ...deeper] = where;
  const keywords = Object.keys(schema);
  const keyword = keywords[place % Math.max(1, keywords.length)];
  const value = keyword === undefined ? undefined : schema[keyword];
  if (keyword === 'properties' && deeper.length > 0) {
    const [name, inner] = Object.entries(value as Record<string, SchemaObject>)[0] ?? [];
    return name === undefined || inner === undefined ? schema : { ...schema, properties: { ...(value as object), [name]: changed(inner, other, deeper) } };
  }
  if (keyword !== undefined && ['items', 'additionalProperties'].includes(keyword) && typeof value === 'object' && deeper.length > 0) return { ...schema, [keyword]: changed(value as SchemaObject, other, deeper) };
  if (place % 3 === 0 && keyword !== undefined) return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
  return place % 3 === 1 ? { ...schema, ...other } : { anyOf: [schema, other] };
}

const RUNS = process.env['LONG'] === '1' ? 200 : 70;

test('what is called within is within, for every document that can be made', () => {
  const seen = { within: 0, documents: 0 };
  const pair = fc.tuple(anySchema, anySchema, fc.array(fc.nat(11), { minLength: 1, maxLength: 3 }), fc.boolean()).map(([schema, other, where, turned]) => {
    const second = changed(schema, other, where);
    return turned ? [second, schema] as const : [schema, second] as const;
  });
  fc.assert(fc.property(pair.chain(([narrow, wide]) => fc.tuple(fc.constant(narrow), fc.constant(wide), fc.array(documentsOf(narrow), { minLength: 12, maxLength: 12 }))), ([narrow, wide, documents]) => {
    if (faultsWithin(narrow, wide).length > 0) return;
    const valid = documents.filter((document) => isValid(narrow, document));
    seen.within += 1;
    seen.documents += valid.length;
    expect(valid.filter((document) => !isValid(wide, document))).toEqual([]);
  }), { numRuns: RUNS });
  expect(seen.within).toBeGreaterThan(RUNS / 10);
  expect(seen.documents).toBeGreaterThan((RUNS * 3) / 10);
});
