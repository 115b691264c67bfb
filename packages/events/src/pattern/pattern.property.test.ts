import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern, compileRules, InvalidEvent } from './pattern.ts';

/**
 * The rule written down as plainly as possible: all leaves, all ways to choose one leaf per field in the order of the paths, no
 * index, no tree. A field is missing where none of its leaves fits those already chosen.
 */
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
  const fitting = leaves.filter((leaf) => leaf.path === field.path && [...leaf.elements].every(([array, index]) => (elements.get(array) ?? index) === index));
  if (fitting.length === 0) return field.values.some(isAbsence) && choose(leaves, rest, elements);
  return fitting.some((leaf) => {
    const accepted = field.values.some((value) => isPresence(value) || value === leaf.value);
    return accepted && choose(leaves, rest, new Map([...elements, ...leaf.elements]));
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

/** What the numbers of cases and of hits are measured by. */
const RUNS = process.env['LONG'] === '1' ? 100 : 30;

describe('the matcher', () => {
  test('agrees with the rule on events with arrays, dots in keys and optional fields', () => {
    let matched = 0;
    fc.assert(
      fc.property(events.object as fc.Arbitrary<object>, patterns.object as fc.Arbitrary<object>, (event, pattern) => {
        const fields = [...new Map(fieldsOf(pattern).map((field) => [field.path, field])).values()].sort((left, right) => (left.path < right.path ? -1 : 1));
        const expected = choose(leavesOf(event), fields, new Map());
        matched += expected ? 1 : 0;
        expect(compilePattern(pattern).matches(event)).toBe(expected);
        expect(compilePattern(pattern).matchesText(JSON.stringify(event))).toBe(expected);
      }),
      { numRuns: 20 * RUNS },
    );
    expect(matched).toBeGreaterThan(RUNS);
  });

  test('asks of $or what its choices ask one by one', () => {
    fc.assert(
      fc.property(events.object as fc.Arbitrary<object>, patterns.object as fc.Arbitrary<object>, patterns.object as fc.Arbitrary<object>, (event, left, right) => {
        const either = compilePattern(left).matches(event) || compilePattern(right).matches(event);
        expect(compilePattern({ $or: [left, right] }).matches(event)).toBe(either);
      }),
      { numRuns: 10 * RUNS },
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
      { numRuns: 10 * RUNS },
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
      { numRuns: 30 * RUNS },
    );
  });

  test('finds in a set of patterns those that match one by one', () => {
    const text = fc.constantFrom('', 'a', 'ab', 'abc', 'ABC', 'xabc', 'b', 'é', '10.0.0.1', '10.0.0.01', '10.0.1.0');
    const number = fc.constantFrom(-1, 0, 1, 1.5, 5, 100);
    const affix = fc.constantFrom('prefix', 'suffix');
    const value = fc.oneof(
      scalar, text, number, fc.tuple(affix, text).map(([name, wanted]) => ({ [name]: wanted })), text.map((wanted) => ({ 'equals-ignore-case': wanted })),
      fc.tuple(affix, text).map(([name, wanted]) => ({ [name]: { 'equals-ignore-case': wanted } })), fc.boolean().map((exists) => ({ exists })),
      fc.tuple(text, text).map(([first, second]) => ({ wildcard: `${first}*${second}` })), fc.array(text, { minLength: 1, maxLength: 3 }).map((texts) => ({ 'anything-but': texts })),
      fc.array(number, { minLength: 1, maxLength: 3 }).map((numbers) => ({ 'anything-but': numbers })), text.map((wanted) => ({ 'anything-but': { wildcard: `${wanted}*` } })),
      fc.tuple(affix, text.filter((wanted) => wanted !== '')).map(([name, wanted]) => ({ 'anything-but': { [name]: [wanted] } })),
      fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '='), number).map((range) => ({ numeric: range })),
      fc.tuple(fc.constantFrom('>', '>='), number, fc.constantFrom('<', '<='), number).filter(([, bottom, , top]) => bottom < top).map((range) => ({ numeric: range })),
      fc.constantFrom('10.0.0.0/24', '10.0.0.0/16', '10.0.0.1/31').map((cidr) => ({ cidr })),
    );
    const pattern = fc.dictionary(fc.constantFrom('a', 'b', 'a.b', 'c'), fc.array(value, { minLength: 1, maxLength: 2 }), { minKeys: 1, maxKeys: 3 });
    const either = fc.tuple(pattern, pattern).map(([first, second]) => ({ $or: [first, second] }));
    const leaf = fc.oneof(scalar, text, number);
    const event = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.array(fc.dictionary(fc.constantFrom('a', 'b'), leaf), { maxLength: 3 }), fc.dictionary(fc.constantFrom('b', 'c'), leaf)));
    let found = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: pattern }, { weight: 1, arbitrary: either }), { minLength: 1, maxLength: 40 }), fc.array(event, { minLength: 1, maxLength: 5 }), (some, happened) => {
        const compiled = some.map((each) => compilePattern(each));
        const rules = compileRules(compiled);
        for (const each of happened) {
          const expected = compiled.flatMap(({ matches }, at) => (matches(each) ? [at] : []));
          found += expected.length;
          expect(rules.match(each)).toEqual(expected);
          expect(rules.matchText(JSON.stringify(each))).toEqual(expected);
        }
      }),
      { numRuns: 1.5 * RUNS },
    );
    expect(found).toBeGreaterThan(RUNS);
  });

  test('takes and refuses as event texts what JSON.parse does', () => {
    const character = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'u', '0', '1', '-', '+', '.', 'e', 't', ' ', '\n', '\t', '\u0000', 'é', '😀');
    const pattern = compilePattern({ a: [{ exists: true }], 'a.b': [{ exists: false }] });
    let refused = 0;
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.array(character, { maxLength: 2 }), fc.nat({ max: 2 }), (json, at, inserted, deleted) => {
        const whole = `{"a":${json}}`;
        const place = at % whole.length;
        const text = whole.slice(0, place) + inserted.join('') + whole.slice(place + deleted);
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          parsed = undefined;
        }
        if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
          pattern.matchesText(text);
          return;
        }
        refused += 1;
        expect(() => pattern.matchesText(text)).toThrow(InvalidEvent);
      }),
      { numRuns: 30 * RUNS },
    );
    expect(refused).toBeGreaterThan(2 * RUNS);
  });
});
