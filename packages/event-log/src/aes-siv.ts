/**
 * AES-SIV (RFC 5297), composed of the AES of `node:crypto`, which has no such mode itself. Pure.
 *
 * Promise: the same key, associated data and text give the same bytes; they are a tag of 16 bytes with the ciphertext behind it. What
 * was changed, or is opened with another key or other associated data, is refused. Names as in the RFC: S2V makes the tag out of the
 * associated data and the text by CMAC (RFC 4493) under the first half of the key; the tag begins the counter of CTR under the second.
 */
import { createCipheriv, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Cipheriv, KeyObject } from 'node:crypto';

const BLOCK = 16;
const ZERO = Buffer.alloc(BLOCK);
/** Bytes of a text for which the cipher that is there is quicker than one that is made for it. */
const SHORT = 1_024;
/** Names of which the CMAC is kept. */
const MAX_NAMES = 100;

/** The bytes are not what this key has made of this associated data. */
export class NotAuthentic extends Error {
  override readonly name = 'NotAuthentic';
}

/** S2V over some strings of associated data: all that the tag needs to know of them. */
export type Associated = Readonly<Uint8Array> & { readonly __brand: 'associated' };

/** One key, with what depends on it alone. */
export class AesSiv {
  // As key objects: with plain bytes a cipher costs several times as much to make.
  readonly #macKey: KeyObject;
  readonly #textKey: KeyObject;
  readonly #bits: number;
  /** The CBC that goes on from message to message, for to make one costs several times what it encrypts; and the last block that it gave. */
  #cbc: { readonly cipher: Cipheriv; readonly last: Uint8Array } | undefined;
  /** CMAC adds the one to a last block that is full, the other to one that was padded. */
  readonly #subkeys: { readonly full: Uint8Array; readonly padded: Uint8Array };
  /** The AES of the second half for short texts, for the same reason: block by block, it keeps nothing from text to text. */
  #ecb: Cipheriv | undefined;
  readonly #names = new Map<string, Uint8Array>();
  /** No associated data. */
  readonly none: Associated;

  /** 32, 48 or 64 bytes: two AES keys of one length. */
  constructor(key: Uint8Array) {
    if (![32, 48, 64].includes(key.length)) throw new RangeError('A key of AES-SIV has 32, 48 or 64 bytes.');
    const half = key.length / 2;
    this.#macKey = createSecretKey(key.subarray(0, half));
    this.#textKey = createSecretKey(key.subarray(half));
    this.#bits = half * 8;
    const full = doubled(this.#lastOfCbc(Buffer.alloc(BLOCK)));
    this.#subkeys = { full, padded: doubled(full) };
    this.none = this.#cmac(ZERO) as Associated;
  }

  /** With one more string. What several texts have in common is made once, and extended for each. */
  and(before: Associated, string: Uint8Array): Associated {
    const sum = doubled(before);
    addTo(sum, 0, this.#cmac(string));
    return sum as Associated;
  }

  /** With a name in the place of the string. There are few of them, so what it takes of each is kept. */
  named(before: Associated, name: string): Associated {
    let code = this.#names.get(name);
    if (code === undefined) {
      code = this.#cmac(Buffer.from(name));
      if (this.#names.size < MAX_NAMES) this.#names.set(name, code);
    }
    const sum = doubled(before);
    addTo(sum, 0, code);
    return sum as Associated;
  }

  /** Tag and ciphertext. */
  encrypt(associated: Associated, text: Uint8Array): Buffer {
    const tag = this.#tag(associated, text);
    return Buffer.concat([tag, this.#withStream(tag, text)]);
  }

  /** The text. Throws `NotAuthentic`. */
  decrypt(associated: Associated, sealed: Uint8Array): Buffer {
    if (sealed.length < BLOCK) throw new NotAuthentic('There is no tag.');
    const tag = sealed.subarray(0, BLOCK);
    const text = this.#withStream(tag, sealed.subarray(BLOCK));
    if (!timingSafeEqual(tag, this.#tag(associated, text))) throw new NotAuthentic('The tag is another one.');
    return text;
  }

  /** The last step of S2V: a text of a block or more takes the sum up into its end, a shorter one is padded. */
  #tag(associated: Associated, text: Uint8Array): Uint8Array {
    if (text.length >= BLOCK) return this.#cmac(text, associated);
    const last = doubled(associated);
    addTo(last, 0, text);
    last[text.length] = (last[text.length] as number) ^ 0x80;
    return this.#cmac(last);
  }

  /** `end`: added to the last 16 bytes of the text before. */
  #cmac(text: Uint8Array, end?: Uint8Array): Uint8Array {
    const isFull = text.length > 0 && text.length % BLOCK === 0;
    const blocks = Buffer.alloc(isFull ? text.length : text.length + BLOCK - (text.length % BLOCK));
    blocks.set(text);
    if (end !== undefined) addTo(blocks, text.length - BLOCK, end);
    if (!isFull) blocks[text.length] = 0x80;
    addTo(blocks, blocks.length - BLOCK, isFull ? this.#subkeys.full : this.#subkeys.padded);
    return this.#lastOfCbc(blocks);
  }

  /** The last block of CBC from a zero IV; the blocks given are changed. */
  #lastOfCbc(blocks: Buffer): Uint8Array {
    const { cipher, last } = this.#cbc ?? { cipher: createCipheriv(`aes-${this.#bits}-cbc`, this.#macKey, ZERO), last: ZERO };
    // If it throws, nobody knows how far it is: the next message has a new one.
    this.#cbc = undefined;
    // It adds the block that it gave last to the first one of these. Added here too, the two cancel: that is a zero IV.
    addTo(blocks, 0, last);
    const end = new Uint8Array(cipher.update(blocks).subarray(-BLOCK));
    this.#cbc = { cipher, last: end };
    return end;
  }

  /** Encrypts and decrypts: CTR from the tag on, with the two bits cleared that keep counters of 32 and 64 bits from running over. */
  #withStream(tag: Uint8Array, text: Uint8Array): Buffer {
    const counter = Buffer.from(tag);
    counter[8] = (counter[8] as number) & 0x7f;
    counter[12] = (counter[12] as number) & 0x7f;
    if (text.length > SHORT) return createCipheriv(`aes-${this.#bits}-ctr`, this.#textKey, counter).update(text);
    this.#ecb ??= createCipheriv(`aes-${this.#bits}-ecb`, this.#textKey, null).setAutoPadding(false);
    const first = counter.readUInt32BE(BLOCK - 4);
    const counters = Buffer.alloc(Math.ceil(text.length / BLOCK) * BLOCK);
    for (let at = 0; at < counters.length; at += BLOCK) {
      counter.copy(counters, at);
      counters.writeUInt32BE(first + at / BLOCK, at + BLOCK - 4);
    }
    const stream = this.#ecb.update(counters).subarray(0, text.length);
    addTo(stream, 0, text);
    return stream;
  }
}

/** Twice a block in GF(2^128): a shift to the left, and what falls out of it comes back as 0x87. */
function doubled(block: Uint8Array): Uint8Array {
  const twice = new Uint8Array(BLOCK);
  for (let at = 0; at < BLOCK; at += 1) twice[at] = ((block[at] as number) << 1) | ((block[at + 1] ?? 0) >> 7);
  // Without a branch on a secret bit.
  twice[BLOCK - 1] = (twice[BLOCK - 1] as number) ^ (0x87 & -((block[0] as number) >> 7));
  return twice;
}

/** Adds (XOR) a string to the bytes from here on. */
function addTo(bytes: Uint8Array, from: number, string: Uint8Array): void {
  for (let at = 0; at < string.length; at += 1) bytes[from + at] = (bytes[from + at] as number) ^ (string[at] as number);
}
