import { describe, expect, test } from '@jest/globals';
import { compilePattern, InvalidEventPattern } from './pattern.ts';

const matches = (pattern: string | object, event: object): boolean => compilePattern(pattern).matches(event);

/** The reason with which a pattern is refused. */
function reasonOf(pattern: string | object): string {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (error instanceof InvalidEventPattern) return error.reason;
    throw error;
  }
  throw new Error('the pattern was accepted');
}

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

  test('the empty name never matches', () => {
    expect(matches({ '': ['x'] }, { '': 'x' })).toBe(false);
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

  test('case folds letter by letter, and only between true pairs', () => {
    const folds = (left: string, right: string): boolean => matches({ a: [{ 'equals-ignore-case': left }] }, { a: right });
    for (const [upper, lower] of [['É', 'é'], ['Ω', 'ω'], ['Σ', 'σ'], ['Я', 'я'], ['𐐀', '𐐨']] as const) {
      expect(folds(upper, lower)).toBe(true);
      expect(folds(lower, upper)).toBe(true);
    }
    for (const [left, right] of [['ß', 'SS'], ['ß', 'ẞ'], ['İ', 'i'], ['ı', 'I'], ['\u212a', 'k'], ['Σ', 'ς']] as const) {
      expect(folds(left, right)).toBe(false);
      expect(folds(right, left)).toBe(false);
      expect(folds(left, left)).toBe(true);
    }
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

  test('set host bits move the beginning of the range', () => {
    expect(inRange('10.0.0.5/24', '10.0.0.5')).toBe(true);
    expect(inRange('10.0.0.5/24', '10.0.0.4')).toBe(false);
    expect(inRange('10.0.0.5/24', '10.0.0.255')).toBe(true);
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

  test.each(['this is no JSON', '', '{"a":[1]', '{"a":[1],}', "{'a':[1]}", '{"a":[01]}', '{"a":["\u0001"]}', '{"a":[1]} x', '{"a":[nul]}'])(
    'text that is not JSON: %s',
    (text) => {
      expect(reasonOf(text)).toMatch(/of the JSON text$/);
    },
  );

  test('the message is the one that EventBridge sends', () => {
    expect(() => compilePattern('{"a":[]}')).toThrow('Event pattern is not valid. Reason: Empty arrays are not allowed');
  });

  test('a pattern is at most 4,096 characters long', () => {
    expect(reasonOf({ a: ['x'.repeat(4_096)] })).toContain('4096');
  });
});
