/**
 * Reads the leaves of an event from its JSON text, without making the objects: what no pattern names is checked and passed
 * over. Keeps the spelling of numbers and keys that stand twice. Refused, with `InvalidEvent`: text that is not JSON (RFC
 * 8259), that is no object, or nested deeper than 1,000 levels.
 */
import { InvalidEvent } from './invalid-event.ts';
import { numberLeaf, type Leaf } from './leaf.ts';
import type { Leaves, Membership } from './leaves.ts';
import type { PathNode } from './path-tree.ts';

const MAX_DEPTH = 1_000;
/** Above this many keys to look for, a key is looked up rather than compared with each. */
const MANY_KEYS = 8;
/** Whole numbers of up to so many characters are exact and quick to read. */
const MAX_SHORT = 15;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const DOT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;
const NINE = 0x39;
const SMALL_E = 0x65;
const SMALL_U = 0x75;
const SPACE = 0x20;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const encoder = new TextEncoder();
const ESCAPES: ReadonlySet<number> = new Set(encoder.encode('"\\/bfnrt'));
const LITERALS: readonly (readonly [Uint8Array, boolean | null])[] = [[encoder.encode('true'), true], [encoder.encode('false'), false], [encoder.encode('null'), null]];

/** 1 for the bytes that stand for themselves within a string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte < SPACE || byte === QUOTE || byte === BACKSLASH ? 0 : 1));
const USUAL_SIZE = 65_536;
/** Made with the first text: a browser, which judges parsed events alone, has no Buffer. */
let usual: Buffer | undefined;

/** Adds the leaves of the event that the tree names. */
export function readEventText(text: string, tree: PathNode, leaves: Leaves): void {
  new EventReader(text, leaves).readEvent(tree);
}

class EventReader {
  readonly #text: string;
  /** The text in UTF-8, and a zero behind it, which no text may hold. */
  readonly #bytes: Buffer;
  readonly #length: number;
  readonly #leaves: Leaves;
  #at = 0;
  #depth = 0;
  /** The last string read has an escape in it. */
  #hasEscape = false;

  constructor(text: string, leaves: Leaves) {
    this.#text = text;
    this.#leaves = leaves;
    this.#bytes = text.length * 3 < USUAL_SIZE ? (usual ??= Buffer.alloc(USUAL_SIZE)) : Buffer.alloc(text.length * 3 + 1);
    this.#length = encoder.encodeInto(text, this.#bytes).written;
    this.#bytes[this.#length] = 0;
  }

  readEvent(tree: PathNode): void {
    if (this.#skipSpace() !== OPEN_OBJECT) this.#refuse();
    this.#readObject(tree, undefined);
    this.#skipSpace();
    if (this.#at < this.#length) this.#refuse();
  }

  #readObject(node: PathNode | undefined, membership: Membership | undefined): void {
    this.#enter();
    if (this.#skipSpace() === CLOSE_OBJECT) return this.#leave();
    for (;;) {
      if (this.#skipSpace() !== QUOTE) this.#refuse();
      const below = this.#readKey(node);
      if (this.#skipSpace() !== COLON) this.#refuse();
      this.#at += 1;
      this.#readValue(this.#skipSpace(), below, membership);
      const next = this.#skipSpace();
      if (next === CLOSE_OBJECT) return this.#leave();
      if (next !== COMMA) this.#refuse();
      this.#at += 1;
    }
  }

  #readArray(node: PathNode | undefined, outer: Membership | undefined): void {
    this.#enter();
    const array = this.#leaves.arrays;
    this.#leaves.arrays += 1;
    if (this.#skipSpace() === CLOSE_ARRAY) return this.#leave();
    for (let index = 0; ; index += 1) {
      const first = this.#skipSpace();
      const isNested = node !== undefined && (first === OPEN_OBJECT || first === OPEN_ARRAY);
      this.#readValue(first, node, isNested ? { array, index, outer } : outer);
      const next = this.#skipSpace();
      if (next === CLOSE_ARRAY) return this.#leave();
      if (next !== COMMA) this.#refuse();
      this.#at += 1;
    }
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#refuse();
  }

  #leave(): void {
    this.#at += 1;
    this.#depth -= 1;
  }

  #readValue(first: number, node: PathNode | undefined, membership: Membership | undefined): void {
    if (first === OPEN_OBJECT) this.#readObject(node, membership);
    else if (first === OPEN_ARRAY) this.#readArray(node, membership);
    else if (node === undefined || node.path < 0) this.#skipScalar(first);
    else this.#leaves.add(node.path, this.#readScalar(first), membership);
  }

  #skipScalar(first: number): void {
    if (first === QUOTE) this.#skipString();
    else if (first === MINUS || isDigit(first)) this.#skipNumber(first);
    else this.#readLiteral();
  }

  #readScalar(first: number): Leaf {
    const start = this.#at;
    if (first === QUOTE) {
      this.#skipString();
      return this.#stringFrom(start);
    }
    if (first !== MINUS && !isDigit(first)) return this.#readLiteral();
    const isWhole = this.#skipNumber(first);
    const spelling = this.#slice(start, this.#at);
    return isWhole && spelling.length <= MAX_SHORT ? Number(spelling) + 0 : numberLeaf(spelling);
  }

  #readLiteral(): boolean | null {
    for (const [word, value] of LITERALS) {
      if (!this.#isAt(this.#at, word)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#refuse();
  }

  /** The node that the key leads to. */
  #readKey(node: PathNode | undefined): PathNode | undefined {
    const start = this.#at;
    this.#skipString();
    if (node === undefined) return undefined;
    const { bytes: keys, nodes } = node;
    if (this.#hasEscape || keys.length > MANY_KEYS) return node.byKey.get(this.#stringFrom(start));
    const length = this.#at - start - 2;
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at];
      if (key?.length === length && this.#isAt(start + 1, key)) return nodes[at];
    }
    return undefined;
  }

  #isAt(start: number, word: Uint8Array): boolean {
    const bytes = this.#bytes;
    for (let at = 0; at < word.length; at += 1) if (bytes[start + at] !== word[at]) return false;
    return true;
  }

  /** The string between the quotes from `start` to here. */
  #stringFrom(start: number): string {
    return this.#hasEscape ? (JSON.parse(this.#slice(start, this.#at)) as string) : this.#slice(start + 1, this.#at - 1);
  }

  /** A part of the text. Where all is ASCII, places in the text and in its bytes are the same. */
  #slice(start: number, end: number): string {
    return this.#length === this.#text.length ? this.#text.slice(start, end) : this.#bytes.toString('utf8', start, end);
  }

  #skipString(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    this.#hasEscape = false;
    for (;;) {
      while (PLAIN[bytes[at] ?? 0] === 1) at += 1;
      if (bytes[at] === QUOTE) break;
      if (bytes[at] !== BACKSLASH) this.#refuse(at);
      this.#hasEscape = true;
      at = this.#escapeEnd(at + 1);
    }
    this.#at = at + 1;
  }

  #escapeEnd(at: number): number {
    const bytes = this.#bytes;
    if (ESCAPES.has(bytes[at] ?? 0)) return at + 1;
    if (bytes[at] !== SMALL_U) this.#refuse(at);
    for (let digit = at + 1; digit < at + 5; digit += 1) if (!isHexDigit(bytes[digit] ?? 0)) this.#refuse(digit);
    return at + 5;
  }

  /** True if the number is whole, without fraction and exponent. */
  #skipNumber(first: number): boolean {
    const bytes = this.#bytes;
    let at = first === MINUS ? this.#at + 1 : this.#at;
    at = bytes[at] === ZERO ? at + 1 : this.#digitsEnd(at);
    const wholeEnd = at;
    if (bytes[at] === DOT) at = this.#digitsEnd(at + 1);
    if (((bytes[at] ?? 0) | SPACE) === SMALL_E) {
      const sign = bytes[at + 1];
      at = this.#digitsEnd(at + (sign === PLUS || sign === MINUS ? 2 : 1));
    }
    this.#at = at;
    return at === wholeEnd;
  }

  /** Behind the digits that have to stand here. */
  #digitsEnd(start: number): number {
    let at = start;
    while (isDigit(this.#bytes[at] ?? 0)) at += 1;
    return at > start ? at : this.#refuse(at);
  }

  /** The next byte that is no space, which is where the reader then stands; 0 at the end. */
  #skipSpace(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at] ?? 0;
    while (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      at += 1;
      byte = bytes[at] ?? 0;
    }
    this.#at = at;
    return byte;
  }

  #refuse(at = this.#at): never {
    throw new InvalidEvent(at);
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | SPACE) >= 0x61 && (byte | SPACE) <= 0x66);
}
