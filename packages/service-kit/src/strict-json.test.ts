import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonRefused, parseStrictJson } from './strict-json.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

test('reads any JSON without hostile parts exactly as JSON.parse does', () => {
  const harmless = fc.json({ stringUnit: 'grapheme' }).filter((text) => !/__proto__|constructor/.test(text) && !numbersIn(JSON.parse(text)).some((number) => Math.abs(number) > Number.MAX_SAFE_INTEGER));
  fc.assert(fc.property(harmless, (text) => expect(parse(text)).toEqual(JSON.parse(text))));
  fc.assert(fc.property(harmless, (text) => expect(parse(JSON.stringify(JSON.parse(text), null, 2))).toEqual(JSON.parse(text))));
});

describe('refuses', () => {
  test.each([
    ['a repeated name', '{"a":1,"a":1}'],
    ['a name repeated in another spelling', '{"a":1,"\\u0061":2}'],
    ['a name repeated after a nested object', '{"a":{"a":1},"b":[{"a":1}],"a":2}'],
    ['a name repeated in a large object', `{${Array.from({ length: 30 }, (_, i) => `"k${i}":1`).join()},"k3":1}`],
    ['a name with an escaped quote repeated', '{"a\\"":1,"a\\"":2}'],
    ['__proto__', '{"metadata":{"__proto__":{"admin":true}}}'],
    ['__proto__ with escapes', '{"\\u005f_proto__":1}'],
    ['constructor', '{"constructor":{"prototype":{}}}'],
    ['NUL in a value', '{"a":"x\\u0000y"}'],
    ['NUL in a name', '{"x\\u0000y":1}'],
    ['NUL deep in an array', '[[["\\u0000"]]]'],
    ['a high half', '["\\ud83d"]'],
    ['a low half', '["\\uDE00 and more"]'],
    ['halves in the wrong order', '["\\ude00\\ud83d"]'],
    ['a raw control character', '["a\u0000"]'],
    ['a number beyond all numbers', '{"a":1e400}'],
    ['one below all numbers', '[-1E+400]'],
    ['one that is the whole body', '1e309'],
    ['one with many digits', `{"a":${'9'.repeat(400)}}`],
    ['a whole number that would be rounded', '{"metadata":{"a":[{"id":9007199254740993}]}}'],
    ['the first whole number that cannot be told from the next', '[ 9007199254740992 ]'],
    ['a negative one', '[1,-9007199254740992]'],
    ['one in another spelling', '{"a":9007199254740.993e3}'],
    ['text that is no JSON', '{a:1}'],
    ['two documents', '{}{}'],
    ['nothing', ''],
    ['a byte order mark', '\uFEFF{}'],
  ])('%s', (_what, text) => {
    expect(() => parse(text)).toThrow(JsonRefused);
  });

  test('bytes that are no UTF-8, among them encoded halves', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0x22]))).toThrow('UTF-8');
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('UTF-8');
  });

  test('10,000 levels of nesting, quickly', () => {
    const before = performance.now();
    expect(() => parse('['.repeat(10_000) + ']'.repeat(10_000))).toThrow('levels deep');
    expect(performance.now() - before).toBeLessThan(100);
  });
});

test.each(['{"a":"\\\\u0000"}', '{"a":"\\\\\\\\"}', '["\\ud83d\\ude00", "😀", "\\"a\\":1"]', '{"a":["a:","a"],"b":"a"}', '{"a" : "\\\\" , "b" : ":"}',
  '[9007199254740991,-9007199254740991]', '{"a":1.7976931348623157e-308,"b":0.12345678901234567890}', '{"a":"1e400","9007199254740993":"9007199254740993"}'])(
  'takes %s, which only looks hostile',
  (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  },
);
