/**
 * Reads a JSON body the careful way.
 * Promise: what it returns has every name once per object, no text that PostgreSQL cannot store (NUL, half surrogate
 * pairs), no number that another one would be read as, no name that reaches a prototype, and bounded depth. Plain bodies cost one pass beside JSON.parse.
 * Refuses: everything else, with a sentence that says what; the body itself is never repeated.
 */
import { isUtf8 } from 'node:buffer';

export class JsonRefused extends Error {
  override readonly name = 'JsonRefused';
}

const MAX_DEPTH = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const LOWER_E = 0x65;
const UPPER_E = 0x45;
/** Digits of the least whole number that a double cannot tell from its neighbour. */
const UNSAFE_DIGITS = 16;

/** Parses the bytes of a body. Throws JsonRefused. */
export function parseStrictJson(bytes: Buffer, maxDepth: number = MAX_DEPTH): unknown {
  if (!isUtf8(bytes)) throw new JsonRefused('The body is not UTF-8.');
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonRefused(text.trim() === '' ? 'The body is empty.' : 'The body is not JSON.');
  }
  checkStructure(text, maxDepth);
  return value;
}

/** One pass over text that is known to be JSON, jumping from quote to quote. */
function checkStructure(text: string, maxDepth: number): void {
  // One entry per open bracket: the names seen so far in an object, undefined for an array.
  const open: (Names | undefined)[] = [];
  const hasEscapes = text.includes('\\');
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      const end = closingQuote(text, i);
      if (hasEscapes) refuseUnstorable(decoded(text, i, end));
      if (nextIsColon(text, end + 1)) noteName(open.at(-1), decoded(text, i, end));
      i = end;
    } else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      if (open.length >= maxDepth) throw new JsonRefused(`The body is nested more than ${maxDepth} levels deep.`);
      open.push(char === OPEN_OBJECT ? new Names() : undefined);
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) {
      open.pop();
    } else if (char === MINUS || (char >= DIGIT_0 && char <= DIGIT_9)) {
      i = endOfNumber(text, i) - 1;
    }
  }
}

/** The place behind a number. Beyond 2^53 − 1 it would be rounded to a neighbour without a word, far beyond to infinity. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  let hasExponent = false;
  for (; end < text.length; end += 1) {
    const char = text.charCodeAt(end);
    if (char === LOWER_E || char === UPPER_E) hasExponent = true;
    // The sign and the point lie directly before the digits; a comma, a bracket or a blank ends the number.
    else if (char < PLUS || char > DIGIT_9 || char === COMMA) break;
  }
  if ((hasExponent || end - start >= UNSAFE_DIGITS) && !(Math.abs(Number(text.slice(start, end))) <= Number.MAX_SAFE_INTEGER)) {
    throw new JsonRefused('The body contains a number beyond 9007199254740991, which would be rounded: send it as text.');
  }
  return end;
}

function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (text.charCodeAt(end - 1) === BACKSLASH && backslashesBefore(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
  return end;
}

function backslashesBefore(text: string, index: number): number {
  let count = 0;
  while (text.charCodeAt(index - 1 - count) === BACKSLASH) count += 1;
  return count;
}

/** The text between two quotes. */
function decoded(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw;
}

/** Only an escape can bring these in: raw control characters are no JSON, raw halves no UTF-8. */
function refuseUnstorable(content: string): void {
  if (content.includes('\0')) throw new JsonRefused('The body contains a NUL character.');
  if (!content.isWellFormed()) throw new JsonRefused('The body contains half of a surrogate pair.');
}

function nextIsColon(text: string, from: number): boolean {
  for (let i = from; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === COLON) return true;
    if (char > 0x20) return false;
  }
  return false;
}

/** The names of one object; a list while it is short, a set when it grows. */
class Names {
  #few: string[] = [];
  #many: Set<string> | undefined;

  /** False when the name was there already. */
  add(name: string): boolean {
    if (this.#many !== undefined) {
      const before = this.#many.size;
      return this.#many.add(name).size > before;
    }
    if (this.#few.includes(name)) return false;
    this.#few.push(name);
    if (this.#few.length > 16) this.#many = new Set(this.#few);
    return true;
  }
}

function noteName(names: Names | undefined, name: string): void {
  if (name === '__proto__' || name === 'constructor') throw new JsonRefused(`The body contains the name ${name}.`);
  if (names?.add(name) === false) throw new JsonRefused('The body contains a name twice in one object.');
}
