/** Held equal to RFC 5297, and to a library that was written by others, whatever goes in. */
import { describe, expect, test } from '@jest/globals';
import { aessiv } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { AesSiv, NotAuthentic } from './aes-siv.ts';
import type { Associated } from './aes-siv.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const over = (siv: AesSiv, strings: readonly Uint8Array[]): Associated => strings.reduce<Associated>((before, string) => siv.and(before, string), siv.none);

describe('the vectors of RFC 5297', () => {
  test.each([
    ['A.1', 'fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0 f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', ['101112131415161718191a1b1c1d1e1f2021222324252627'], '112233445566778899aabbccddee', '85632d07c6e8f37f950acd320a2ecc93 40c02b9690c4dc04daef7f6afe5c'],
    ['A.2', '7f7e7d7c7b7a79787776757473727170 404142434445464748494a4b4c4d4e4f', ['00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100', '102030405060708090a0', '09f911029d74e35bd84156c5635688c0'],
      '7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553', '7bdb6e3b432667eb06f4d14bff2fbd0f cb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d'],
  ])('%s', (_name, key, strings, clear, sealed) => {
    const siv = new AesSiv(hex(key));
    const associated = over(siv, strings.map(hex));
    expect(siv.encrypt(associated, hex(clear))).toEqual(hex(sealed));
    expect(siv.decrypt(associated, hex(sealed))).toEqual(hex(clear));
  });
});

const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength, maxLength, size: 'max' });
const key = fc.constantFrom(32, 48, 64).chain((length) => bytes(length, length));
const strings = fc.array(bytes(0, 50), { maxLength: 4 });

function sameAsTheLibrary(keyBytes: Uint8Array, associated: readonly Uint8Array[], text: Uint8Array): Uint8Array {
  const [ours, theirs] = [new AesSiv(keyBytes), aessiv(keyBytes, ...associated)];
  const sealed = ours.encrypt(over(ours, associated), text);
  expect(sealed.equals(theirs.encrypt(text))).toBe(true);
  expect(Buffer.from(theirs.decrypt(sealed)).equals(text)).toBe(true);
  expect(ours.decrypt(over(ours, associated), sealed).equals(text)).toBe(true);
  return sealed;
}

describe('beside the library', () => {
  test('any key, any associated data and any text give the same bytes, both ways', () => {
    fc.assert(fc.property(key, strings, bytes(0, 300), (...given) => void sameAsTheLibrary(...given)), { numRuns: 100 });
  });

  test('so does every length up to 300 bytes, and some long ones', () => {
    for (const length of [...Array.from({ length: 301 }, (_, index) => index), 4_095, 4_096, 65_537, 1_000_000]) {
      sameAsTheLibrary(Buffer.alloc(64, `key ${length}`), [Buffer.from('event'), Buffer.from('path')], Buffer.alloc(length, `${length},`));
    }
  });

  test('so do several texts under one key, however long the one before was', () => {
    fc.assert(fc.property(bytes(64, 64), fc.array(fc.tuple(bytes(0, 40), bytes(0, 70)), { minLength: 2, maxLength: 6 }), (keyBytes, messages) => {
      const siv = new AesSiv(keyBytes);
      for (const [string, text] of messages) {
        const sealed = siv.encrypt(over(siv, [string]), text);
        expect(sealed.equals(aessiv(keyBytes, string).encrypt(text))).toBe(true);
        expect(() => siv.decrypt(siv.none, sealed)).toThrow(NotAuthentic);
      }
    }), { numRuns: 25 });
  });

  test('a byte that was changed is refused by both: of the tag, the text, the associated data or the key of the tag', () => {
    fc.assert(fc.property(key, fc.array(bytes(1, 50), { minLength: 1, maxLength: 3 }), bytes(0, 60), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.constantFrom('sealed', 'associated', 'key'), (keyBytes, associated, text, place, by, what) => {
      const sealed = sameAsTheLibrary(keyBytes, associated, text);
      const changed = { sealed: Buffer.from(sealed), associated: associated.map((string) => Buffer.from(string)), key: Buffer.from(keyBytes) };
      const target = { sealed: changed.sealed, associated: changed.associated[place % associated.length] as Buffer, key: changed.key.subarray(0, keyBytes.length / 2) }[what];
      target[place % target.length] = (target[place % target.length] as number) ^ by;
      const siv = new AesSiv(changed.key);
      expect(() => siv.decrypt(over(siv, changed.associated), changed.sealed)).toThrow(NotAuthentic);
      expect(() => aessiv(changed.key, ...changed.associated).decrypt(changed.sealed)).toThrow();
    }), { numRuns: 60 });
  });

  test('what is cut short, longer, or bound to the same strings in another order is refused', () => {
    const siv = new AesSiv(Buffer.alloc(64, 'key'));
    const [event, path] = [Buffer.from('event'), Buffer.from('path')];
    const sealed = siv.encrypt(over(siv, [event, path]), Buffer.from('text'));
    for (const wrong of [...Array.from(sealed, (_, length) => sealed.subarray(0, length)), Buffer.concat([sealed, Buffer.alloc(1)])]) expect(() => siv.decrypt(over(siv, [event, path]), wrong)).toThrow(NotAuthentic);
    for (const strings of [[path, event], [event], [Buffer.concat([event, path])], [event, path, Buffer.alloc(0)]]) expect(() => siv.decrypt(over(siv, strings), sealed)).toThrow(NotAuthentic);
  });
});

test('a name binds as the string of its bytes does, the first time and after that', () => {
  const siv = new AesSiv(Buffer.alloc(64, 'key'));
  const event = siv.and(siv.none, Buffer.from('event'));
  for (const name of ['shipTo', 'request.hash', 'shipTo', 'ü', ...Array.from({ length: 200 }, (_, index) => `name ${index}`), 'name 199']) expect(siv.named(event, name)).toEqual(siv.and(event, Buffer.from(name)));
});

test.each([0, 16, 31, 33, 65, 128])('%d bytes are no key', (length) => {
  expect(() => new AesSiv(Buffer.alloc(length))).toThrow(RangeError);
});
