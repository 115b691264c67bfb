import { describe, expect, test } from '@jest/globals';
import { compilePattern, compileRules, InvalidEvent, InvalidEventPattern } from './pattern.ts';

const matches = (pattern: string | object, event: object): boolean => compilePattern(pattern).matches(event);

/** The refusal of a pattern. */
function refusalOf(pattern: string | object): InvalidEventPattern {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (error instanceof InvalidEventPattern) return error;
    throw error;
  }
  throw new Error('the pattern was accepted');
}

const reasonOf = (pattern: string | object): string => refusalOf(pattern).reason;
const messageOf = (pattern: string): string => refusalOf(pattern).message;

describe('fields and values', () => {
  const event = { source: 'order-fulfillment', detail: { data: { clientId: 'commerce-coordinator', count: 3 } } };

  test('all fields are asked for, any value of a list will do', () => {
    expect(matches({ source: ['other', 'order-fulfillment'], detail: { data: { count: [3] } } }, event)).toBe(true);
    expect(matches({ source: ['order-fulfillment'], detail: { data: { count: [4] } } }, event)).toBe(false);
    expect(matches({ source: ['order-fulfillment'], missing: ['x'] }, event)).toBe(false);
  });

  test('values are compared with their type', () => {
    expect(matches({ a: [1] }, { a: '1' })).toBe(false);
    expect(matches({ a: ['1'] }, { a: 1 })).toBe(false);
    expect(matches({ a: [true] }, { a: 1 })).toBe(false);
    expect(matches({ a: [true] }, { a: true })).toBe(true);
    expect(matches({ a: [null] }, { a: null })).toBe(true);
    expect(matches({ a: [null] }, { a: 0 })).toBe(false);
    expect(matches({ a: [null] }, {})).toBe(false);
    expect(matches({ a: [''] }, { a: '' })).toBe(true);
    expect(matches({ a: [''] }, { a: null })).toBe(false);
  });

  test('a number matches however the pattern spells it, and -0 is 0', () => {
    for (const spelled of ['300', '300.0', '3.0e2', '3E+2']) expect(matches(`{"a":[${spelled}]}`, { a: 300 })).toBe(true);
    expect(matches('{"a":[-0]}', { a: 0 })).toBe(true);
    expect(matches('{"a":[0, 1]}', JSON.parse('{"a":-0}'))).toBe(true);
  });

  test('names joined by dots are the same path, in the pattern and in the event', () => {
    for (const pattern of [{ 'a.b.c': [1] }, { 'a.b': { c: [1] } }, { a: { 'b.c': [1] } }, { a: { b: { c: [1] } } }]) {
      for (const event of [{ 'a.b.c': 1 }, { 'a.b': { c: 1 } }, { a: { 'b.c': 1 } }, { a: { b: { c: 1 } } }, { a: 5, 'a.b.c': [1] }]) {
        expect(matches(pattern, event)).toBe(true);
      }
      expect(matches(pattern, { 'a.b': 1, c: 1 })).toBe(false);
    }
  });

  test('each field may be found under another reading of the dots', () => {
    const pattern = { a: { b: { x: [1], y: [2] } } };
    expect(matches(pattern, { 'a.b': { x: 1 }, a: { 'b.y': 2 } })).toBe(true);
    expect(matches(pattern, { 'a.b': [{ x: 1 }, { y: 2 }], a: { b: { y: 2 } } })).toBe(true);
    expect(matches(pattern, { 'a.b': [{ x: 1 }, { y: 2 }] })).toBe(false);
  });

  test('of two values for one path the last one holds, and two objects under one name are joined', () => {
    expect(matches('{"a":[1],"a":[2]}', { a: 2 })).toBe(true);
    expect(matches('{"a":[1],"a":[2]}', { a: 1 })).toBe(false);
    expect(matches('{"a.b":[1],"a":{"b":[2]}}', { a: { b: 2 } })).toBe(true);
    expect(matches('{"d":{"x":[1]},"d":{"y":[2]}}', { d: { x: 1, y: 2 } })).toBe(true);
    expect(matches('{"d":{"x":[1]},"d":{"y":[2]}}', { d: { y: 2 } })).toBe(false);
  });

  test('an empty name is looked into only where a path has an empty part that is not its last', () => {
    expect(matches({ '': ['x'] }, { '': 'x' })).toBe(true);
    expect(matches({ a: { '': { b: ['x'] } } }, { a: { '': { b: 'x' } } })).toBe(true);
    expect(matches({ a: { '': ['x'] } }, { a: { '': 'x' } })).toBe(false);
    expect(matches({ a: { '': ['x'] } }, { 'a.': 'x' })).toBe(true);
    expect(matches({ '': { b: ['x'] } }, { b: 'x' })).toBe(true);
    expect(matches({ '': { b: ['x'] } }, { '': { b: 'x' } })).toBe(false);
  });

  test('a pattern may name a value and members of the same field', () => {
    const pattern = { a: ['x'], 'a.b': ['y'] };
    expect(matches(pattern, { a: ['x', { b: 'y' }] })).toBe(true);
    expect(matches(pattern, { a: [['x'], { b: 'y' }] })).toBe(false);
    expect(matches(pattern, { a: { b: 'y' } })).toBe(false);
  });

  test.each(['__proto__', 'constructor', 'toString', 'length', 'hasOwnProperty', 'prototype'])('%s is a field name like any other', (name) => {
    const pattern = `{"detail":{"${name}":["x"]}}`;
    expect(matches(pattern, JSON.parse(`{"detail":{"${name}":"x"}}`))).toBe(true);
    expect(matches(pattern, JSON.parse('{"detail":{"other":"x"}}'))).toBe(false);
    expect(matches(`{"detail":{"${name}":[{"exists":true}]}}`, { detail: { other: 'x' } })).toBe(false);
    expect(matches(`{"detail":{"${name}":[{"exists":false}]}}`, { detail: 'text' })).toBe(true);
    expect(matches(`{"${name}":{"${name}":["x"]}}`, JSON.parse(`{"${name}":{"${name}":"x"}}`))).toBe(true);
  });

  test('an undefined member of an event made in code is a missing one', () => {
    expect(matches({ a: [{ exists: false }] }, { a: undefined })).toBe(true);
    expect(matches({ a: [{ 'anything-but': 'x' }] }, { a: undefined })).toBe(false);
  });
});

describe('arrays', () => {
  test('one element that matches is enough', () => {
    expect(matches({ a: ['x', 'y'] }, { a: ['q', 'y'] })).toBe(true);
    expect(matches({ a: ['x'] }, { a: [] })).toBe(false);
    expect(matches({ a: ['x'] }, { a: [['x']] })).toBe(true);
  });

  test('two fields must match in the same element', () => {
    const pattern = { lines: { sku: ['b'], quantity: [2] } };
    expect(matches(pattern, { lines: [{ sku: 'a', quantity: 1 }, { sku: 'b', quantity: 2 }] })).toBe(true);
    expect(matches(pattern, { lines: [{ sku: 'b', quantity: 1 }, { sku: 'a', quantity: 2 }] })).toBe(false);
  });

  test('an inner array keeps the element of the outer one', () => {
    const pattern = { a: { n: [1], b: { m: [2] } } };
    expect(matches(pattern, { a: [{ n: 1, b: [{ m: 3 }, { m: 2 }] }, { n: 9, b: [{ m: 4 }] }] })).toBe(true);
    expect(matches(pattern, { a: [{ n: 1, b: [{ m: 3 }] }, { n: 9, b: [{ m: 2 }] }] })).toBe(false);
    expect(matches(pattern, { a: [[{ n: 1 }, { b: { m: 2 } }]] })).toBe(false);
    expect(matches(pattern, { a: [[{ n: 0 }, { n: 1, b: { m: 2 } }]] })).toBe(true);
  });

  test('different arrays do not bind each other, even when they are one object in memory', () => {
    const shared = [{ x: 1 }, { y: 2 }];
    expect(matches({ a: { x: [1] }, b: { y: [2] } }, { a: shared, b: shared })).toBe(true);
  });

  test('many elements that each satisfy one field cost no more than reading them', () => {
    const pattern = compilePattern({ a: { p: [1], q: [1], r: [1], s: [1] } });
    const items = Array.from({ length: 40_000 }, (_, index) => ({ [['p', 'q', 'r', 's'][index % 4] ?? 'p']: 1 }));
    expect(pattern.matches({ a: items })).toBe(false);
    expect(pattern.matches({ a: [...items, { p: 1, q: 1, r: 1, s: 1 }] })).toBe(true);
  });
});

describe('arrays beside each other', () => {
  test('cost no more than reading them, however many of their elements match', () => {
    const items = Array.from({ length: 2_000 }, () => ({ x: 1 }));
    const pattern = compilePattern({ a: { x: [1] }, b: { x: [1] }, c: { x: [1] }, d: { p: [1], q: [1] } });
    expect(pattern.matches({ a: items, b: items, c: items, d: [{ p: 1 }, { q: 1 }] })).toBe(false);
    expect(pattern.matches({ a: items, b: items, c: items, d: [{ p: 1 }, { p: 1, q: 1 }] })).toBe(true);
  });
});

describe('exists', () => {
  test('asks about leaves only', () => {
    const present = { a: [{ exists: true }] };
    for (const value of ['', 0, null, false, ['x'], [null]]) expect(matches(present, { a: value })).toBe(true);
    for (const value of [{ b: 1 }, {}, [], [{ b: 1 }]]) expect(matches(present, { a: value })).toBe(false);
    expect(matches(present, {})).toBe(false);
  });

  test('false is true of a missing field, an object and an empty array', () => {
    const absent = { a: [{ exists: false }] };
    for (const event of [{}, { a: {} }, { a: { b: 1 } }, { a: [] }]) expect(matches(absent, event)).toBe(true);
    for (const event of [{ a: null }, { a: '' }, { a: ['x'] }]) expect(matches(absent, event)).toBe(false);
    expect(matches({ a: { b: [{ exists: false }] } }, { a: 'text' })).toBe(true);
    expect(matches({ 'a.b': [{ exists: false }] }, { 'a.b': 1 })).toBe(false);
  });

  test('false fails if any element of an array has the field', () => {
    const pattern = { a: { b: [{ exists: false }], c: [1] } };
    expect(matches(pattern, { a: [{ c: 1 }, { b: 1 }] })).toBe(false);
    expect(matches(pattern, { a: [{ c: 1 }, { d: 1 }] })).toBe(true);
  });

  test('false asks of the element that an earlier field bound, and of all elements where its path comes first', () => {
    expect(matches({ a: { b: [1], c: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 1 }] })).toBe(true);
    expect(matches({ a: { b: [1], c: [{ exists: false }] } }, { a: [{ b: 1, c: 1 }] })).toBe(false);
    expect(matches({ a: { b: [{ exists: false }], c: [1] } }, { a: [{ c: 1 }, { b: 1 }] })).toBe(false);
  });

  test('false beside values: absent, or one of them', () => {
    const pattern = { a: { b: [{ exists: false }, 'x'], c: [1] } };
    expect(matches(pattern, { a: { c: 1 } })).toBe(true);
    expect(matches(pattern, { a: { c: 1, b: 'x' } })).toBe(true);
    expect(matches(pattern, { a: { c: 1, b: 'y' } })).toBe(false);
    expect(matches(pattern, { a: [{ c: 1 }, { b: 'x' }] })).toBe(false);
    expect(matches({ q: [{ exists: false }, 'x'] }, {})).toBe(true);
    expect(matches({ q: [{ exists: false }, { exists: true }] }, { q: 1 })).toBe(true);
  });
});

describe('text operators', () => {
  test('prefix and suffix see strings only', () => {
    expect(matches({ a: [{ prefix: 'ab' }] }, { a: 'abc' })).toBe(true);
    expect(matches({ a: [{ prefix: 'ab' }] }, { a: 'xab' })).toBe(false);
    expect(matches({ a: [{ suffix: 'bc' }] }, { a: 'abc' })).toBe(true);
    expect(matches({ a: [{ suffix: 'bc' }] }, { a: 'bcd' })).toBe(false);
    expect(matches({ a: [{ prefix: '1' }] }, { a: 12 })).toBe(false);
    expect(matches({ a: [{ suffix: 'l' }] }, { a: null })).toBe(false);
  });

  test('the empty prefix or suffix matches any string and nothing else', () => {
    for (const pattern of [{ a: [{ prefix: '' }] }, { a: [{ suffix: '' }] }]) {
      for (const value of ['', 'x']) expect(matches(pattern, { a: value })).toBe(true);
      for (const value of [0, null, true, {}]) expect(matches(pattern, { a: value })).toBe(false);
    }
  });

  test('ignoring case works on the whole text, its start and its end', () => {
    expect(matches({ a: [{ 'equals-ignore-case': 'ÉcoLe' }] }, { a: 'éCOlE' })).toBe(true);
    expect(matches({ a: [{ 'equals-ignore-case': 'x' }] }, { a: 'xy' })).toBe(false);
    expect(matches({ a: [{ 'equals-ignore-case': '' }] }, { a: '' })).toBe(true);
    expect(matches({ a: [{ prefix: { 'equals-ignore-case': 'EVENT' } }] }, { a: 'eventBridge' })).toBe(true);
    expect(matches({ a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'cat.png' })).toBe(true);
    expect(matches({ a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'png' })).toBe(false);
    expect(matches({ a: [{ suffix: { 'equals-ignore-case': '' } }] }, { a: 'cat' })).toBe(true);
  });

  test('each letter of the pattern stands for its lower and its upper case, and for nothing else', () => {
    const folds = (wanted: string, value: string): boolean => matches({ a: [{ 'equals-ignore-case': wanted }] }, { a: value });
    for (const [upper, lower] of [['É', 'é'], ['Ω', 'ω'], ['Σ', 'σ'], ['Я', 'я']] as const) {
      expect(folds(upper, lower)).toBe(true);
      expect(folds(lower, upper)).toBe(true);
    }
    for (const [wanted, value] of [['ß', 'SS'], ['İ', 'i\u0307'], ['ς', 'Σ'], ['ſ', 'S'], ['\u212a', 'k']] as const) {
      expect(folds(wanted, value)).toBe(true);
      expect(folds(value, wanted)).toBe(false);
    }
    for (const [left, right] of [['ß', 'ẞ'], ['İ', 'i'], ['ß', 'ss']] as const) expect(folds(left, right)).toBe(false);
    expect(folds('ǅ', 'ǆ')).toBe(true);
    expect(folds('ǅ', 'ǅ')).toBe(false);
    for (const astral of ['😀', '𐐀']) expect(folds(astral, astral)).toBe(false);
    expect(matches({ a: [{ prefix: { 'equals-ignore-case': 'straß' } }] }, { a: 'STRASSE' })).toBe(true);
    expect(matches({ a: [{ suffix: { 'equals-ignore-case': 'É!' } }] }, { a: 'café!' })).toBe(true);
  });

  test('a quote at the open end is also the end of the string', () => {
    expect(matches({ a: [{ prefix: 'x"' }] }, { a: 'x' })).toBe(true);
    expect(matches({ a: [{ suffix: '"x' }] }, { a: 'x' })).toBe(true);
    expect(matches({ a: [{ 'anything-but': { prefix: 'x"' } }] }, { a: 'x' })).toBe(false);
  });

  test('a wildcard stands for zero or more characters', () => {
    const wild = (pattern: string, text: string): boolean => matches({ a: [{ wildcard: pattern }] }, { a: text });
    for (const text of ['ab', 'axb', 'a\nx\nb']) expect(wild('a*b', text)).toBe(true);
    for (const text of ['a', 'abc', 'xab']) expect(wild('a*b', text)).toBe(false);
    expect(wild('*', '')).toBe(true);
    expect(wild('', '')).toBe(true);
    expect(wild('', 'x')).toBe(false);
    expect(wild('a*a', 'a')).toBe(false);
    expect(wild('*ab*ab*', 'xabab')).toBe(true);
    expect(wild('*ab*ab*', 'xabb')).toBe(false);
    expect(wild('a*ba*a', 'ababa')).toBe(true);
    expect(wild('a*bc*c', 'abc')).toBe(false);
    expect(wild('a\\*b', 'a*b')).toBe(true);
    expect(wild('a\\*b', 'axb')).toBe(false);
    expect(wild('a\\\\*', 'a\\zz')).toBe(true);
    expect(matches({ a: [{ wildcard: '*' }] }, { a: 5 })).toBe(false);
  });
});

describe('anything-but', () => {
  test('needs a leaf that is none of the values', () => {
    const pattern = { a: [{ 'anything-but': ['x', 'y'] }] };
    for (const value of ['z', 0, null, true, ['x', 'z']]) expect(matches(pattern, { a: value })).toBe(true);
    for (const value of ['x', ['x', 'y'], [], {}]) expect(matches(pattern, { a: value })).toBe(false);
    expect(matches(pattern, {})).toBe(false);
    expect(matches({ a: [{ 'anything-but': 5 }] }, { a: '5' })).toBe(true);
    expect(matches('{"a":[{"anything-but":[5.0]}]}', { a: 5 })).toBe(false);
  });

  test.each([
    [{ prefix: ['pre', 'in'] }, 'init', 'post'],
    [{ suffix: '.txt' }, 'a.txt', 'txt.a'],
    [{ wildcard: ['*/lib/*', 'x'] }, '/usr/lib/z', '/usr/libz'],
    [{ 'equals-ignore-case': ['Init', 'Down'] }, 'INIT', 'up'],
  ])('takes %j', (operand, refused, accepted) => {
    const pattern = { a: [{ 'anything-but': operand }] };
    expect(matches(pattern, { a: refused })).toBe(false);
    for (const value of [accepted, 5, null]) expect(matches(pattern, { a: value })).toBe(true);
    expect(matches(pattern, {})).toBe(false);
  });
});

describe('numeric', () => {
  test('compares numbers, never text', () => {
    const inRange = (range: unknown[], value: unknown): boolean => matches({ a: [{ numeric: range }] }, { a: value });
    expect(inRange(['=', 5], 5)).toBe(true);
    expect(inRange(['=', 0], -0)).toBe(true);
    expect(inRange(['>', 0, '<=', 5], 5)).toBe(true);
    expect(inRange(['>', 0, '<=', 5], 0)).toBe(false);
    expect(inRange(['>=', -1.5, '<', 5], -1.5)).toBe(true);
    expect(inRange(['>=', -1.5, '<', 5], 5)).toBe(false);
    expect(inRange(['<', 10], -1e300)).toBe(true);
    for (const value of ['5', null, true, Infinity, []]) expect(inRange(['>', 0], value)).toBe(false);
  });
});

describe('addresses', () => {
  const inRange = (cidr: string, value: unknown): boolean => matches({ a: [{ cidr }] }, { a: value });

  test('a range holds its first and last address', () => {
    for (const value of ['10.0.0.0', '10.0.0.255', '10.0.0.07']) expect(inRange('10.0.0.0/24', value)).toBe(true);
    for (const value of ['10.0.1.0', '9.255.255.255', '10.0.0.256', 'x', 10, null, '::a00:1']) expect(inRange('10.0.0.0/24', value)).toBe(false);
    expect(inRange('0.0.0.0/0', '255.255.255.255')).toBe(true);
    expect(inRange('2001:db8::/64', '2001:db8:0:0:ffff::1')).toBe(true);
    expect(inRange('2001:db8::/64', '2001:db8:0:1::1')).toBe(false);
  });

  test('bits beyond the mask count for nothing', () => {
    for (const value of ['10.0.0.0', '10.0.0.4', '10.0.0.255']) expect(inRange('10.0.0.5/24', value)).toBe(true);
    expect(inRange('10.0.0.5/24', '10.0.1.5')).toBe(false);
    expect(inRange('2001:db8::ff/127', '2001:db8::fe')).toBe(true);
  });

  test('a number is no address, even where its digits read like one', () => {
    expect(inRange('18.0.0.0/8', 12_345_678)).toBe(false);
  });

  test('exact values that look like addresses are compared as addresses', () => {
    expect(matches({ a: ['10.0.0.1'] }, { a: '10.0.0.01' })).toBe(true);
    expect(matches({ a: ['2001:db8::1'] }, { a: '2001:0DB8:0:0:0:0:0:1' })).toBe(true);
    expect(matches({ a: ['::ffff:a00:1'] }, { a: '10.0.0.1' })).toBe(true);
    expect(matches({ a: ['300.0.0.1'] }, { a: '300.0.0.1' })).toBe(true);
    expect(matches({ a: ['300.0.0.1'] }, { a: '300.0.0.01' })).toBe(false);
    expect(matches({ a: ['12:30'] }, { a: '12:30' })).toBe(true);
    expect(matches({ a: ['12:30'] }, { a: '12:030' })).toBe(false);
    expect(matches({ a: [{ 'anything-but': '10.0.0.1' }] }, { a: '10.0.0.01' })).toBe(true);
  });
});

describe('$or', () => {
  test('one of its objects has to match beside the other fields', () => {
    const pattern = { source: ['s'], $or: [{ a: [1], b: [2] }, { detail: { c: [3] } }] };
    expect(matches(pattern, { source: 's', a: 1, b: 2 })).toBe(true);
    expect(matches(pattern, { source: 's', detail: { c: 3 } })).toBe(true);
    expect(matches(pattern, { source: 's', a: 1 })).toBe(false);
    expect(matches(pattern, { source: 't', a: 1, b: 2 })).toBe(false);
  });

  test('it may stand inside objects and inside itself, and keeps arrays consistent', () => {
    const pattern = { detail: { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }], d: [4] }] } };
    expect(matches(pattern, { detail: { c: 3, d: 4 } })).toBe(true);
    expect(matches(pattern, { detail: { c: 3 } })).toBe(false);
    expect(matches(pattern, { detail: [{ c: 3 }, { d: 4 }] })).toBe(false);
  });

  test.each([
    [{ $or: { a: [1] } }, 'It must be an Array followed with $or.'],
    [{ $or: [{ a: [1] }] }, 'There must have at least 2 Objects in $or relationship.'],
    [{ $or: [{ a: [1] }, 5] }, 'Only JSON object is allowed in array of $or relationship.'],
    [{ $or: [{ a: [1] }, { prefix: ['x'] }] }, 'prefix is Ruler reserved fieldName which cannot be used inside $or.'],
    [{ $or: [{ a: [1] }, {}] }, 'Empty objects are not allowed'],
  ])('%j is refused', (pattern, reason) => {
    expect(reasonOf(pattern)).toBe(reason);
  });

  test('names of operators are field names elsewhere', () => {
    expect(matches({ prefix: ['x'] }, { prefix: 'x' })).toBe(true);
  });

  test('lists that multiply beyond all measure are refused', () => {
    const pattern = `{${Array.from({ length: 20 }, (_, at) => `"$or":[{"a${at}":[1]},{"b${at}":[1]}]`).join(',')}}`;
    expect(reasonOf(pattern)).toContain('more than 1000 combinations');
  });
});

describe('refusals carry the words of EventBridge', () => {
  test.each<[string, string]>([
    ['["a"]', 'Filter is not an object'],
    ['{}', 'Empty objects are not allowed'],
    ['{"a":{}}', 'Empty objects are not allowed'],
    ['{"a":[]}', 'Empty arrays are not allowed'],
    ['{"int":42}', '"int" must be an object or an array'],
    ['{"a":null}', '"a" must be an object or an array'],
    ['{"a":[[1]]}', 'Match value must be String, number, true, false, or null'],
    ['{"a":[{}]}', 'Match expression name not found'],
    ['{"a":[{"EXISTS":true}]}', 'Unrecognized match type EXISTS'],
    ['{"a":[{"__proto__":true}]}', 'Unrecognized match type __proto__'],
    ['{"a":[{"exists":"true"}]}', 'exists match pattern must be either true or false.'],
    ['{"a":[{"exists":null}]}', 'exists match pattern must be either true or false.'],
    ['{"a":[{"exists":true,"prefix":"x"}]}', 'Only one key allowed in match expression'],
    ['{"a":[{"prefix":"x","suffix":"y"}]}', 'Only one key allowed in match expression'],
    ['{"a":[{"prefix":5}]}', 'prefix match pattern must be a string'],
    ['{"a":[{"suffix":["x"]}]}', 'suffix match pattern must be a string'],
    ['{"a":[{"prefix":{}}]}', 'Prefix expression name not found'],
    ['{"a":[{"suffix":{"wildcard":"x"}}]}', 'Unsupported suffix pattern: wildcard'],
    ['{"a":[{"prefix":{"equals-ignore-case":5}}]}', 'equals-ignore-case match pattern must be a string'],
    ['{"a":[{"equals-ignore-case":["x"]}]}', 'equals-ignore-case match pattern must be a string'],
    ['{"a":[{"wildcard":123}]}', 'wildcard match pattern must be a string'],
    ['{"a":[{"wildcard":"a**"}]}', 'Consecutive wildcard characters at pos 2'],
    ['{"a":[{"wildcard":"é**"}]}', 'Consecutive wildcard characters at pos 3'],
    ['{"a":[{"wildcard":"a\\\\b"}]}', 'Invalid escape character at pos 2'],
    ['{"a":[{"wildcard":"a\\\\"}]}', 'Invalid escape character at pos 2'],
    ['{"a":[{"anything-but":null}]}', 'Value of anything-but must be an array or single string/number value.'],
    ['{"a":[{"anything-but":true}]}', 'Value of anything-but must be an array or single string/number value.'],
    ['{"a":[{"anything-but":[]}]}', 'Inside anything but list, either all values are number or string, mixed type is not supported'],
    ['{"a":[{"anything-but":["x",5]}]}', 'Inside anything but list, either all values are number or string, mixed type is not supported'],
    ['{"a":[{"anything-but":["x",null]}]}', 'Inside anything but list, start|null|boolean is not supported.'],
    ['{"a":[{"anything-but":[{"prefix":"x"}]}]}', 'Inside anything but list, start|null|boolean is not supported.'],
    ['{"a":[{"anything-but":{}}]}', 'Anything-But expression name not found'],
    ['{"a":[{"anything-but":{"numeric":["=",5]}}]}', 'Unsupported anything-but pattern: numeric'],
    ['{"a":[{"anything-but":{"constructor":"x"}}]}', 'Unsupported anything-but pattern: constructor'],
    ['{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}', 'Value of anything-but must be an array or single string/number value.'],
    ['{"a":[{"anything-but":{"prefix":""}}]}', 'Null prefix/suffix not allowed'],
    ['{"a":[{"anything-but":{"suffix":[5,"x"]}}]}', 'prefix/suffix match pattern must be a string'],
    ['{"a":[{"anything-but":{"wildcard":5}}]}', 'wildcard match pattern must be a string'],
    ['{"a":[{"anything-but":{"equals-ignore-case":5}}]}', 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.'],
    ['{"a":[{"anything-but":"x","prefix":"y"}]}', 'Too many elements in numeric expression'],
    ['{"a":[{"numeric":5}]}', 'Value of numeric must be an array.'],
    ['{"a":[{"numeric":[]}]}', 'Invalid member in numeric match: ]'],
    ['{"a":[{"numeric":[5]}]}', 'Invalid member in numeric match: 5'],
    ['{"a":[{"numeric":["!",5]}]}', 'Unrecognized numeric range operator: !'],
    ['{"a":[{"numeric":["=","5"]}]}', 'Value of equals must be numeric'],
    ['{"a":[{"numeric":["=",5,6]}]}', 'Too many elements in numeric expression'],
    ['{"a":[{"numeric":["<"]}]}', 'Value of < must be numeric'],
    ['{"a":[{"numeric":[">",0,">",5]}]}', 'Bad numeric range operator: >'],
    ['{"a":[{"numeric":[">",0,5]}]}', 'Bad value in numeric range: 5'],
    ['{"a":[{"numeric":[">",0,"<"]}]}', 'Value of < must be numeric'],
    ['{"a":[{"numeric":[">",0,"<",5,6]}]}', 'Too many terms in numeric range expression'],
    ['{"a":[{"numeric":[">",5,"<",5]}]}', 'Bottom must be less than top'],
    ['{"a":[{"numeric":[">=",6,"<=",5]}]}', 'Bottom must be less than top'],
    ['{"a":[{"cidr":5}]}', 'prefix match pattern must be a string'],
    ['{"a":[{"cidr":"10.0.0.1"}]}', "Malformed CIDR, one '/' required"],
    ['{"a":[{"cidr":"10.0.0.1/x"}]}', 'Malformed CIDR, mask bits must be an integer'],
    ['{"a":[{"cidr":"10.0.0.1/-1"}]}', 'Malformed CIDR, mask bits must not be negative'],
    ['{"a":[{"cidr":"10.0.0.1/32"}]}', 'IPv4 mask bits must be < 32'],
    ['{"a":[{"cidr":"2001:db8::1/128"}]}', 'IPv6 mask bits must be < 128'],
    ['{"a":[{"cidr":"xx/8"}]}', 'Nonstandard IP address: xx'],
    ['{"a":[{"cidr":"::1::/8"}]}', 'Invalid IP address: ::1::'],
  ])('%s', (pattern, reason) => {
    expect(reasonOf(pattern)).toBe(reason);
  });

  test.each([
    ['this is no JSON', `Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`],
    ['', 'Filter is not an object'],
    ['{"a"', 'Unexpected end-of-input within/between Object entries'],
    ['{"a":["x', 'Unexpected end-of-input: was expecting closing quote for a string value'],
    ['{"a":[1],}', `Unexpected character ('}' (code 125)): was expecting double-quote to start field name`],
    ["{'a':[1]}", `Unexpected character (''' (code 39)): was expecting double-quote to start field name`],
    ['{"a":[01]}', 'Invalid numeric value: Leading zeroes not allowed'],
    ['{"a":["\u0001"]}', 'Illegal unquoted character ((CTRL-CHAR, code 1)): has to be escaped using backslash to be included in string value'],
  ])('text that is not JSON: %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  test('what follows the pattern is not looked at', () => {
    expect(matches('{"a":[1]} x', { a: 1 })).toBe(true);
  });

  test.each([
    ['{"int": 42}', '"int" must be an object or an array', 'line: 1, column: 11'],
    ['{"string": "my-value"}', '"string" must be an object or an array', 'line: 1, column: 13'],
    ['{"resources": []}', 'Empty arrays are not allowed', 'line: 1, column: 17'],
    ['{"my_key": [{"EXISTS": true}]}', 'Unrecognized match type EXISTS', 'line: 1, column: 28'],
    ['{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}', 'Bad numeric range operator: >', 'line: 1, column: 49'],
    ['{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', 'Value of < must be numeric', 'line: 1, column: 50'],
    ['{"detail-type": [{"equals-ignore-case": ["ec2 instance state-change notification"]}]}', 'equals-ignore-case match pattern must be a string', 'line: 1, column: 42'],
    ['{"a":\n [{"prefix":\n5}]}', 'prefix match pattern must be a string', 'line: 3, column: 2'],
    ['this is valid json but not a dict', `Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`, 'line: 1, column: 5'],
  ])('the message names the place as EventBridge does: %s', (pattern, reason, place) => {
    expect(messageOf(pattern)).toBe(`Event pattern is not valid. Reason: ${reason}\n at [Source: (String)"${pattern}"; ${place}]`);
  });

  test('the message names the place twice within the lists of anything-but, and not at all for an address', () => {
    const pattern = '{"detail": {"state": [{"anything-but": {"prefix": [123, "test"]}}]}}';
    const place = `\n at [Source: (String)"${pattern}"; line: 1, column: 55]`;
    expect(messageOf(pattern)).toBe(`Event pattern is not valid. Reason: prefix/suffix match pattern must be a string${place}${place}`);
    expect(messageOf('{"a":[{"cidr":"xx.11.xx/8"}]}')).toBe('Event pattern is not valid. Reason: Nonstandard IP address: xx.11.xx');
  });

  test('of a long pattern the message shows the first 500 characters', () => {
    const pattern = `{"a":["${'x'.repeat(600)}"],"b":[]}`;
    expect(messageOf(pattern)).toContain(`(String)"${pattern.slice(0, 500)}"[truncated ${pattern.length - 500} chars]; line: 1, column: ${pattern.length}]`);
  });

  test('a pattern is at most 4,096 characters long', () => {
    expect(reasonOf({ a: ['x'.repeat(4_096)] })).toContain('4096');
  });
});

describe('wildcards that are too complex', () => {
  const tooComplex = 'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';

  test.each(['*:*:*:*:*:event-bus/*', '*a*a*a*a*a*', `*${'ab*'.repeat(600)}`])('%s is refused', (wildcard) => {
    expect(reasonOf({ a: [{ wildcard }] })).toBe(tooComplex);
    expect(reasonOf({ a: [{ 'anything-but': { wildcard } }] })).toBe(tooComplex);
  });

  test('those of one list add up, those of different fields do not', () => {
    const stacks = ['A', 'B', 'C', 'D'].map((name) => ({ wildcard: `*:stack/${name}/*` }));
    expect(matches({ a: stacks.slice(0, 3) }, { a: 'arn:aws:cloudformation:x:1:stack/B/2' })).toBe(true);
    expect(reasonOf({ a: stacks })).toBe(tooComplex);
    expect(matches({ a: stacks.slice(0, 2), b: stacks.slice(2) }, { a: ':stack/A/', b: ':stack/D/' })).toBe(true);
  });

  test('those that choices of $or ask of one field add up, where they ask the same before it', () => {
    const choices = ['A', 'B', 'C', 'D'].map((name) => ({ b: [{ wildcard: `*:stack/${name}/*` }] }));
    expect(reasonOf({ $or: choices })).toBe(tooComplex);
    expect(reasonOf({ a: ['x'], $or: choices })).toBe(tooComplex);
    expect(matches({ $or: choices.map((choice, at) => ({ a: [at], ...choice })) }, { a: 2, b: ':stack/C/' })).toBe(true);
  });
});

describe('an event as JSON text', () => {
  const matchesText = (pattern: string, event: string): boolean => compilePattern(pattern).matchesText(event);

  test('is judged by the spelling of its numbers', () => {
    for (const spelled of ['300', '300.0', '3.0e2', '3E+2']) expect(matchesText('{"a":[300]}', `{"a":${spelled}}`)).toBe(true);
    expect(matchesText('{"a":[9007199254740993]}', '{"a":9007199254740993}')).toBe(true);
    expect(matchesText('{"a":[9007199254740993]}', '{"a":9007199254740992}')).toBe(false);
    expect(matchesText('{"a":[9007199254740992]}', '{"a":9007199254740993}')).toBe(false);
    expect(matchesText('{"a":[{"numeric":[">",0]}]}', '{"a":9007199254740993}')).toBe(false);
    expect(matchesText('{"a":[{"numeric":[">",0]}]}', '{"a":1e400}')).toBe(false);
    expect(matchesText('{"a":[1e400]}', '{"a":1e400}')).toBe(true);
    expect(matchesText('{"a":[1e400]}', '{"a":1E400}')).toBe(false);
    expect(matchesText('{"a":[{"numeric":["=",1]}]}', '{"a":1.00000000000000000000}')).toBe(true);
    expect(matchesText('{"a":[{"numeric":["=",1]}]}', '{"a":1.0000000000000000000001}')).toBe(false);
    expect(matchesText('{"a":[0]}', '{"a":-0.0e5}')).toBe(true);
    expect(matchesText('{"a":[{"anything-but":5}]}', '{"a":1e400}')).toBe(true);
    expect(reasonOf('{"a":[{"numeric":["=",9007199254740993]}]}')).toBe('Cannot compare number : 9007199254740993');
    expect(reasonOf('{"a":[{"anything-but":[1e400]}]}')).toBe('Cannot compare number : 1e400');
  });

  test('may hold a key twice: either value will do', () => {
    expect(matchesText('{"a":[1]}', '{"a":1,"a":2}')).toBe(true);
    expect(matchesText('{"a":[2]}', '{"a":1,"a":2}')).toBe(true);
    expect(matchesText('{"a":{"b":[1],"c":[2]}}', '{"a":{"b":1},"a":{"c":2}}')).toBe(true);
  });

  test('is read with all its escapes and letters', () => {
    expect(matchesText('{"a\\u0062":["x\\n\\"é"]}', '{"\\u0061b":"\\u0078\\n\\"é"}')).toBe(true);
    expect(matchesText('{"é":{"😀":["ü"]}}', '{ "x":"😀" , "é" : { "😀" :\t["u", "ü"] } }')).toBe(true);
    expect(matchesText('{"a":["ü"]}', `{"pad":"${'é'.repeat(100_000)}","a":"ü"}`)).toBe(true);
  });

  test.each(['', '5', '"x"', '[]', '{"a":1', '{"a":1} x', '{"a":01}', '{"a":tru}', '{"a":"x}', '{"a":1,}', '{"a":"\u0001"}', '{"a":"\\x"}', '{"a":"\\u12g4"}', '{a:1}', '{"b":-}', '{"b":1.}', '{"b":1e}'])(
    'is refused if it is no JSON object: %s',
    (text) => {
      expect(() => matchesText('{"a":[1]}', text)).toThrow('Parameter Event is not valid.');
    },
  );

  test('is refused if it is nested deeper than 1,000 levels', () => {
    const nested = (levels: number): string => `{"b":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},"a":1}`;
    expect(matchesText('{"a":[1]}', nested(1_000))).toBe(true);
    expect(() => matchesText('{"a":[1]}', nested(1_001))).toThrow(InvalidEvent);
  });
});

describe('rules together', () => {
  test('answer with the places of the patterns that match, each once', () => {
    const patterns = [{ a: ['x'] }, { $or: [{ a: ['x'] }, { b: [1] }] }, { a: ['y'] }, { b: [{ exists: false }] }];
    const rules = compileRules(patterns.map((pattern) => compilePattern(pattern)));
    expect(rules.match({ a: 'x', b: 1 })).toEqual([0, 1]);
    expect(rules.matchText('{"a":"y"}')).toEqual([2, 3]);
    expect(rules.match({ b: 2 })).toEqual([]);
    expect(compileRules([]).match({ a: 1 })).toEqual([]);
  });

  test('find one of many hundreds, by every kind of key', () => {
    const kinds: ((at: number) => unknown)[] = [
      (at) => `v${at}.`, (at) => ({ prefix: `v${at}.` }), (at) => ({ suffix: `v${at}.` }), (at) => ({ 'equals-ignore-case': `V${at}.` }), (at) => ({ prefix: { 'equals-ignore-case': `V${at}.` } }),
      (at) => ({ suffix: { 'equals-ignore-case': `V${at}.` } }), (at) => ({ wildcard: `*v${at}.*` }), (at) => ({ 'equals-ignore-case': `V${at}.é` }),
    ];
    for (const kind of kinds) {
      const rules = compileRules(Array.from({ length: 500 }, (_, at) => compilePattern({ a: [kind(at)] })));
      const value = JSON.stringify(kind(123)).includes('é') ? 'v123.É' : 'v123.';
      expect(rules.match({ a: value })).toEqual([123]);
      expect(rules.match({ a: `w${value.slice(1)}` })).toEqual([]);
    }
  });

  test('find all beginnings and ends of a text, whatever else is sorted between them', () => {
    const texts = ['a', 'ab', 'abb', 'abbz', 'b', ''];
    const prefixes = compileRules(texts.map((prefix) => compilePattern({ a: [{ prefix }] })));
    const suffixes = compileRules(texts.map((text) => compilePattern({ a: [{ suffix: [...text].reverse().join('') }] })));
    for (const [text, found] of [['abc', [0, 1, 5]], ['abbc', [0, 1, 2, 5]], ['', [5]], ['abbz', [0, 1, 2, 3, 5]]] as const) {
      expect(prefixes.match({ a: text })).toEqual(found);
      expect(suffixes.match({ a: [...text].reverse().join('') })).toEqual(found);
    }
  });

  test('find wildcards whose pieces lie within each other', () => {
    const rules = compileRules(['*xabcy*', '*abc*', 'x*bc*', '*c'].map((wildcard) => compilePattern({ a: [{ wildcard }] })));
    expect(rules.match({ a: 'xabcz' })).toEqual([1, 2]);
    expect(rules.match({ a: 'xabcyabc' })).toEqual([0, 1, 2, 3]);
  });

  test('find number ranges at and between their ends', () => {
    const ranges = compileRules(Array.from({ length: 500 }, (_, at) => compilePattern({ a: [{ numeric: ['>=', at, '<', at + 1] }] })));
    for (const [value, found] of [[0, [0]], [123, [123]], [123.5, [123]], [499.99, [499]], [500, []], [-0.5, []]] as const) expect(ranges.match({ a: value })).toEqual(found);
    const open = compileRules([['<', -1e300], ['>', 1e300], ['<=', 0], ['>', 0], ['=', 5]].map((numeric) => compilePattern({ a: [{ numeric }] })));
    for (const [value, found] of [[-1.5e308, [0, 2]], [1.7e308, [1, 3]], [0, [2]], [5, [3, 4]], [5e-324, [3]]] as const) expect(open.match({ a: value })).toEqual(found);
  });

  test('find all but those that refuse the value', () => {
    const others = compileRules(Array.from({ length: 500 }, (_, at) => compilePattern({ a: [{ 'anything-but': [`v${at}`] }] })));
    expect(others.match({ a: 'v123' })).toEqual(Array.from({ length: 500 }, (_, at) => at).filter((at) => at !== 123));
    expect(others.match({ b: 1 })).toEqual([]);
  });

  test('keep nothing of one event for the next', () => {
    const rules = compileRules([compilePattern({ a: { b: [1], c: [2] } }), compilePattern({ d: [{ exists: false }] })]);
    expect(rules.match({ a: [{ b: 1 }, { c: 2 }], d: 1 })).toEqual([]);
    expect(rules.match({ a: { b: 1, c: 2 } })).toEqual([0, 1]);
    expect(() => rules.matchText('{"a":{"b":1,"c":2},')).toThrow(InvalidEvent);
    expect(rules.match({ a: { b: 1 }, d: 1 })).toEqual([]);
  });
});
