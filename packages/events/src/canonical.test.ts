import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, NotStorable, sha256 } from './canonical.ts';

/** The rule of RFC 8785, written down plainly. */
function reference(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(reference).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${reference((value as Record<string, unknown>)[key])}`).join(',')}}`;
}

const wellFormed = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\u0000'));
const document = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, wellFormed, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 5 }),
  object: fc.dictionary(fc.oneof(wellFormed, fc.nat(20).map(String), fc.constantFrom('__proto__', 'constructor', 'a\\u0000', '\\ud800')), tie('value'), { maxKeys: 6 }),
})).value;

describe('canonical JSON', () => {
  test('is what RFC 8785 says, for any document', () => {
    fc.assert(fc.property(document, (value) => expect(canonicalJson(value)).toBe(reference(value))), { numRuns: 1000 });
  });

  test('does not depend on the order in which members were written, and reads back as the same document', () => {
    fc.assert(
      fc.property(document, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('sorts by UTF-16 code units, as the example of the RFC', () => {
    const sample = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew Letter Dalet With Dagesh', '1': 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', '\u00f6': 'Latin Small Letter O With Diaeresis' };
    expect(Object.values(JSON.parse(canonicalJson(sample)) as object)).toEqual(['One', 'Carriage Return', 'Control', 'Latin Small Letter O With Diaeresis', 'Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh']);
    expect(canonicalJson({ '10': 1, '9': 2, a: [undefined], b: undefined })).toBe('{"10":1,"9":2,"a":[null]}');
  });

  test.each([['a\u0000b'], [{ '\u0000': 1 }], ['\ud800'], [{ deep: [{ '\udfff': 1 }] }], [Number.NaN], [{ n: Number.POSITIVE_INFINITY }]])('refuses what cannot be stored: %j', (value) => {
    expect(() => canonicalJson(value)).toThrow(NotStorable);
  });

  test('takes texts that only look like the escapes of what is refused', () => {
    for (const text of ['\\u0000', '\\ud800', 'C:\\users\\ud']) expect(JSON.parse(canonicalJson({ text }))).toEqual({ text });
  });
});

test('the digest of an empty text is the known one', () => {
  expect(sha256('').toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
