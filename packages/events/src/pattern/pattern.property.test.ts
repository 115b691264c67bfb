import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern } from './pattern.ts';

/** The rule written down as plainly as possible: all leaves, all ways to choose one leaf per field, no index, no tree. */
interface Leaf {
  readonly path: string;
  readonly value: unknown;
  readonly elements: ReadonlyMap<number, number>;
}
interface Field {
  readonly path: string;
  readonly values: readonly unknown[];
}

function leavesOf(event: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  let arrays = 0;
  const visit = (value: unknown, path: string, elements: ReadonlyMap<number, number>): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      value.forEach((item, index) => {
        const inside = typeof item === 'object' && item !== null;
        visit(item, path, inside ? new Map([...elements, [array, index]]) : elements);
      });
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) visit(member, path === '' ? key : `${path}.${key}`, elements);
    } else {
      leaves.push({ path, value, elements });
    }
  };
  visit(event, '', new Map());
  return leaves;
}

const isAbsence = (value: unknown): boolean => JSON.stringify(value) === '{"exists":false}';
const isPresence = (value: unknown): boolean => JSON.stringify(value) === '{"exists":true}';

function choose(leaves: readonly Leaf[], fields: readonly Field[], elements: ReadonlyMap<number, number>): boolean {
  const [field, ...rest] = fields;
  if (field === undefined) return true;
  const here = leaves.filter((leaf) => leaf.path === field.path);
  if (here.length === 0) return field.values.some(isAbsence) && choose(leaves, rest, elements);
  return here.some((leaf) => {
    const accepted = field.values.some((value) => isPresence(value) || value === leaf.value);
    const consistent = [...leaf.elements].every(([array, index]) => (elements.get(array) ?? index) === index);
    return accepted && consistent && choose(leaves, rest, new Map([...elements, ...leaf.elements]));
  });
}

function fieldsOf(pattern: object, prefix = ''): Field[] {
  return Object.entries(pattern).flatMap(([key, value]) =>
    Array.isArray(value) ? [{ path: prefix + key, values: value }] : fieldsOf(value as object, `${prefix}${key}.`),
  );
}

const key = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', '__proto__');
const scalar = fc.constantFrom<unknown>(0, 1, 'x', null, true);
const ownKeys = (entries: [string, unknown][]): object => Object.defineProperties({}, Object.fromEntries(
  entries.map(([name, value]) => [name, { value, enumerable: true, configurable: true, writable: true }]),
)) as object;
const events = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' }, scalar, tie('object'), fc.array(tie('value'), { maxLength: 3 })),
  object: fc.uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name, maxLength: 4 }).map(ownKeys),
}));
const values = fc.array(fc.oneof(scalar, fc.constant({ exists: true }), fc.constant({ exists: false })), { minLength: 1, maxLength: 3 });
const patterns = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, values, tie('object')),
  object: fc.uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name, minLength: 1, maxLength: 3 }).map(ownKeys),
}));

describe('the matcher', () => {
  test('agrees with the rule on events with arrays, dots in keys and optional fields', () => {
    let matched = 0;
    fc.assert(
      fc.property(events.object as fc.Arbitrary<object>, patterns.object as fc.Arbitrary<object>, (event, pattern) => {
        const fields = [...new Map(fieldsOf(pattern).map((field) => [field.path, field])).values()];
        const expected = choose(leavesOf(event), fields, new Map());
        matched += expected ? 1 : 0;
        expect(compilePattern(pattern).matches(event)).toBe(expected);
      }),
      { numRuns: 4_000 },
    );
    expect(matched).toBeGreaterThan(100);
  });

  test('asks of $or what its choices ask one by one', () => {
    fc.assert(
      fc.property(events.object as fc.Arbitrary<object>, patterns.object as fc.Arbitrary<object>, patterns.object as fc.Arbitrary<object>, (event, left, right) => {
        const either = compilePattern(left).matches(event) || compilePattern(right).matches(event);
        expect(compilePattern({ $or: [left, right] }).matches(event)).toBe(either);
      }),
      { numRuns: 1_000 },
    );
  });

  test('never changes its mind about an event, and an event always matches the pattern made of its own leaves', () => {
    fc.assert(
      fc.property(events.object as fc.Arbitrary<object>, (event) => {
        const leaves = leavesOf(event).filter((leaf) => leaf.elements.size === 0);
        fc.pre(leaves.length > 0);
        const pattern = compilePattern(ownKeys([...new Map(leaves.map((leaf) => [leaf.path, [leaf.value]]))]));
        expect(pattern.matches(event)).toBe(true);
        expect(pattern.matches(event)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('reads wildcards as the plain recursive definition does', () => {
    const plain = (pattern: string, text: string): boolean => {
      if (pattern === '') return text === '';
      if (pattern[0] === '*') return plain(pattern.slice(1), text) || (text !== '' && plain(pattern, text.slice(1)));
      return text !== '' && pattern[0] === text[0] && plain(pattern.slice(1), text.slice(1));
    };
    const word = fc.array(fc.constantFrom('a', 'b', '\n'), { maxLength: 8 }).map((letters) => letters.join(''));
    const wild = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 7 }).map((letters) => letters.join('').replaceAll(/\*+/g, '*'));
    fc.assert(
      fc.property(wild, word, (pattern, text) => {
        expect(compilePattern({ a: [{ wildcard: pattern }] }).matches({ a: text })).toBe(plain(pattern, text));
      }),
      { numRuns: 3_000 },
    );
  });
});
