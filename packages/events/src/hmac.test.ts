import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hmacSha256 } from './hmac.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

test('is what the crypto library makes of any key, any text and any bytes behind it', () => {
  fc.assert(
    fc.property(bytes(200), fc.string({ unit: 'grapheme', maxLength: 60 }), bytes(2_000), fc.constantFrom('hex' as const, 'base64' as const), (key, before, body, encoding) => {
      expect(hmacSha256(key)(before, body, encoding)).toBe(createHmac('sha256', key).update(before).update(body).digest(encoding));
    }),
    { numRuns: 500 },
  );
});

test.each([0, 1, 63, 64, 65, 128])('holds for a key of %i bytes, at the edge of the block', (length) => {
  const key = Buffer.alloc(length, 0xa5);
  expect(hmacSha256(key)('text', Buffer.from('body'), 'hex')).toBe(createHmac('sha256', key).update('textbody').digest('hex'));
});

test('a body larger than what is kept for it is signed as well, and signatures by turns do not mix', () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const [small, large] = [Buffer.from('small'), Buffer.alloc(300_000, 7)];
  const [ofOne, ofOther] = [hmacSha256(one), hmacSha256(other)];
  for (const body of [small, large, small]) {
    expect(ofOne('a.', body, 'hex')).toBe(createHmac('sha256', one).update('a.').update(body).digest('hex'));
    expect(ofOther('b.', body, 'hex')).toBe(createHmac('sha256', other).update('b.').update(body).digest('hex'));
  }
});
