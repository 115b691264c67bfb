/** Held equal to the schemas of all events: what it says to fit, fits; and it says so of what the events are like. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { ENTRIES } from './entries.ts';
import { fitsOf } from './fits.ts';

const schemas = ENTRIES.flatMap(({ type, versions, example }) => Object.entries(versions).map(([version, schema]) => ({ name: `${type} ${version}`, schema, example: example as object })));

/** What a member may be instead: of another type, at a bound, or gone. */
const other = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 0, 1, -1, 1.5, Number.NaN, 2 ** 53, true, {}, [], [''], 'x'.repeat(201), 'x'.repeat(501), '14.00', '14.000', 'fulfilled', 'USD', 'usd', '2026-01-05T09:30:00.000Z', [null], { a: undefined }),
  fc.string(), fc.integer(), fc.jsonValue(),
);

/** One change at a random place: a member or an item is another, gone or new. */
function changed(value: unknown, steps: readonly number[], by: unknown, how: 'replace' | 'remove' | 'add'): unknown {
  if (typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const [step = 0, ...rest] = steps;
  const key = keys[step % Math.max(keys.length, 1)];
  const copy: any = Array.isArray(value) ? [...value] : { ...value };
  if (how === 'add' && (rest.length === 0 || key === undefined)) return Array.isArray(copy) ? [...copy, by] : { ...copy, [`new${step}`]: by };
  if (key === undefined) return by;
  if (rest.length > 0) copy[key] = changed(copy[key], rest, by, how);
  else if (how === 'remove') delete copy[key];
  else copy[key] = by;
  return copy;
}

describe('of every event', () => {
  test.each(schemas)('$name: the example fits, and whatever is changed in it, nothing is said to fit that does not', ({ schema, example }) => {
    const fits = fitsOf(schema);
    if (schema.safeParse(example).success) expect(fits(example)).toBe(true);
    fc.assert(fc.property(fc.array(fc.nat(12), { maxLength: 4 }), other, fc.constantFrom('replace', 'remove', 'add'), (steps, by, how) => {
      const value = changed(example, steps, by, how as 'add');
      if (fits(value)) expect(schema.safeParse(value).success).toBe(true);
    }), { numRuns: 60 });
  });
});

test('what arrives as JSON is judged as the schema judges it, where all of the schema is known', () => {
  const schema = z.strictObject({
    id: z.string().min(1).max(3), kind: z.enum(['a', 'b']), one: z.literal(1).optional(), count: z.int().min(1).max(9), code: z.string().regex(/^[a-z]+$/).nullable(),
    lines: z.array(z.strictObject({ yes: z.boolean() })).min(1).max(2), open: z.looseObject({ a: z.string() }).optional(), any: z.unknown().optional(),
  });
  const example = { id: 'abc', kind: 'a', one: 1, count: 1, code: 'x', lines: [{ yes: true }], open: { a: '', more: 1 }, any: [1] };
  const fits = fitsOf(schema);
  expect(fits(example)).toBe(true);
  fc.assert(fc.property(fc.array(fc.nat(12), { maxLength: 3 }), other, fc.constantFrom('replace', 'remove', 'add'), (steps, by, how) => {
    const value: unknown = JSON.parse(JSON.stringify(changed(example, steps, by, how as 'add')) ?? 'null');
    expect(fits(value)).toBe(schema.safeParse(value).success);
  }), { numRuns: 2_000 });
});

test.each([
  ['an object of a class', Object.assign(new (class Data { readonly id = 'a'; })()), z.strictObject({ id: z.string() })],
  ['a member that is inherited', Object.create({ id: 'a' }, { other: { value: 1, enumerable: true } }), z.strictObject({ id: z.string() })],
  ['a rule that is not known here and not kept', 'b', z.string().refine((text) => text === 'a')],
  ['a text of one code point in two units', '😀', z.string().min(2)],
  ['a format that is not kept', 'no time', z.iso.datetime()],
])('%s is left to the schema', (_what, value, schema) => {
  if (fitsOf(schema)(value)) expect(schema.safeParse(value).success).toBe(true);
  else expect(fitsOf(schema)(value)).toBe(false);
});
