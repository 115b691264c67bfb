/**
 * Reads the text of a pattern token by token, as EventBridge does: the first fault ends it, whatever comes later, and a
 * refusal names the fault and the place in EventBridge's words. A reader keeps what `JSON.parse` loses and a pattern
 * needs: members that stand twice, their order, and the spelling of numbers. What follows the pattern is not looked at.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';

/** `end` is the end of the text outside any object or list; within one it is a fault. */
export type Token = '{' | '}' | '[' | ']' | 'name' | 'string' | 'number' | 'true' | 'false' | 'null' | 'end';

interface Scope {
  readonly kind: 'Object' | 'Array';
  readonly start: number;
  entries: number;
}

const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const MAX_SHOWN = 500;
const CONTROL = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** What Java counts as a part of a word, controls that it ignores among it. */
const WORD = /[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}\p{Cf}\u0000-\u0008\u000e-\u001b\u007f-\u009f]*/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** A reader of one text. */
export class JsonReader {
  readonly #text: string;
  readonly #scopes: Scope[] = [];
  #at = 0;
  #ahead: Token | undefined;
  #openString = false;
  #value = '';
  #name = '';

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token. After a name its value is read at once, as far as a string's opening quote. */
  next(): Token {
    const ahead = this.#ahead;
    if (ahead !== undefined) {
      this.#ahead = undefined;
      return this.#open(ahead);
    }
    if (this.#openString) this.string();
    this.#skipSpace();
    const scope = this.#scopes.at(-1);
    const char = this.#text[this.#at];
    if (char === undefined) return this.#atEnd(scope);
    if (char === '}' || char === ']') return this.#close(char, scope);
    if (scope !== undefined) this.#skipComma(scope);
    return scope?.kind === 'Object' ? this.#readName() : this.#open(this.#readValue());
  }

  /** The name just met. */
  get name(): string {
    return this.#name;
  }

  /** The value of the string just met. */
  string(): string {
    if (this.#openString) {
      this.#openString = false;
      this.#value = this.#readString('was expecting closing quote for a string value', ': ');
    }
    return this.#value;
  }

  /** The name, the number or the literal just met, as it is spelled; of a bracket, itself. */
  get spelling(): string {
    return this.#openString ? this.string() : this.#value;
  }

  /** Refuses the pattern here. */
  fail(reason: string, at = this.#at): never {
    throw new InvalidEventPattern(reason, `\n at ${this.#source(at)}`);
  }

  /** Refuses the pattern for the next character, which counts as read. */
  #failPast(reason: string): never {
    this.#at += 1;
    return this.fail(reason, this.#at - 1);
  }

  /** Reads a part to whose refusals the place is added, even where it was named before. */
  addingPlace<Part>(read: () => Part): Part {
    try {
      return read();
    } catch (error) {
      if (error instanceof InvalidEventPattern) throw new InvalidEventPattern(error.reason, `${error.place}\n at ${this.#source(this.#at)}`);
      throw error;
    }
  }

  #source(at: number): string {
    const shown = this.#text.slice(0, MAX_SHOWN).replace(/\p{Cs}/gu, '?').replace(CONTROL, (char) => `\\u00${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
    const rest = this.#text.length - MAX_SHOWN;
    const lines = this.#text.slice(0, at).split(/\r\n|\r|\n/);
    const column = (lines.at(-1) ?? '').length + 1;
    return `[Source: (String)"${shown}"${rest > 0 ? `[truncated ${rest} chars]` : ''}; line: ${lines.length}, column: ${column}]`;
  }

  #open(token: Token): Token {
    if (token === '{' || token === '[') {
      this.#scopes.push({ kind: token === '{' ? 'Object' : 'Array', start: this.#at - 1, entries: 0 });
    }
    return token;
  }

  #close(char: '}' | ']', scope: Scope | undefined): Token {
    if (scope === undefined) return this.#failPast(`Unexpected close marker '${char}': no open ${char === '}' ? 'Object' : 'Array'} to close`);
    const expected = scope.kind === 'Object' ? '}' : ']';
    if (char !== expected) {
      this.#failPast(`Unexpected close marker '${char}': expected '${expected}' (for ${scope.kind} starting at ${this.#source(scope.start)})`);
    }
    this.#at += 1;
    this.#value = char;
    this.#scopes.pop();
    return char;
  }

  #atEnd(scope: Scope | undefined): Token {
    if (scope === undefined) return 'end';
    return this.fail(`Unexpected end-of-input: expected close marker for ${scope.kind} (start marker at ${this.#source(scope.start)})`);
  }

  #skipComma(scope: Scope): void {
    scope.entries += 1;
    if (scope.entries === 1) return;
    if (this.#text[this.#at] !== ',') this.#unexpected(`was expecting comma to separate ${scope.kind} entries`);
    this.#at += 1;
    this.#skipSpaceBetween(scope.kind);
  }

  #readName(): Token {
    if (this.#text[this.#at] !== '"') this.#unexpected('was expecting double-quote to start field name');
    this.#at += 1;
    const name = this.#readString('in field name', ' ');
    this.#skipSpaceBetween('Object');
    if (this.#text[this.#at] !== ':') this.#unexpected('was expecting a colon to separate field name and value');
    this.#at += 1;
    this.#skipSpaceBetween('Object');
    this.#ahead = this.#readValue();
    this.#name = name;
    return 'name';
  }

  #readValue(): Token {
    const char = this.#text[this.#at] ?? '';
    if (char === '{' || char === '[') {
      this.#at += 1;
      this.#value = char;
      return char;
    }
    if (char === '"') {
      this.#at += 1;
      this.#openString = true;
      return 'string';
    }
    if (char === '-' || (char >= '0' && char <= '9')) return this.#readNumber();
    return this.#readWord(char);
  }

  #readNumber(): Token {
    const number = this.#take(NUMBER);
    const next = this.#text[this.#at];
    if (number === '') {
      this.#at += 1;
      if (this.#text[this.#at] === '.') this.#oddValue('.');
      this.#unexpected('expected digit (0-9) to follow minus sign, for valid numeric value', ' in numeric value');
    }
    if (/^-?0$/.test(number) && /\d/.test(next ?? '')) this.fail('Invalid numeric value: Leading zeroes not allowed');
    if (next === '.' && !/[.eE]/.test(number)) this.#digitMissing('Decimal point', 1);
    if ((next === 'e' || next === 'E') && !/[eE]/.test(number)) this.#digitMissing('Exponent indicator', /[+-]/.test(this.#text[this.#at + 1] ?? '') ? 2 : 1);
    if (this.#scopes.length === 0 && next !== undefined && !/[ \t\r\n]/.test(next)) this.#unexpected('Expected space separating root-level values');
    this.#value = number;
    return 'number';
  }

  /** The place named is that of the point or the `e`. */
  #digitMissing(what: string, length: number): never {
    const char = this.#text[this.#at + length];
    return this.fail(`Unexpected ${char === undefined ? 'end-of-input' : `character (${named(char)})`} in numeric value: ${what} not followed by a digit`);
  }

  #readWord(char: string): Token {
    const start = this.#at;
    const word = this.#take(WORD);
    if (word === 'true' || word === 'false' || word === 'null') {
      this.#value = word;
      return word;
    }
    if (word === '' || /^\d/.test(word)) return this.#oddValue(char, start);
    return this.fail(`Unrecognized token '${word}': was expecting ${VALUES}`);
  }

  #oddValue(char: string, at = this.#at): never {
    this.#at = at;
    return this.#unexpected(char === '}' ? 'expected a value' : `expected a valid value ${VALUES}`);
  }

  /** The rest of a string, from behind its opening quote to behind its closing one. */
  #readString(where: string, between: string): string {
    let value = '';
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) return this.fail(`Unexpected end-of-input${between}${where}`);
      if (char < ' ') {
        const what = where === 'in field name' ? 'name' : 'string value';
        return this.#failPast(`Illegal unquoted character (${named(char)}): has to be escaped using backslash to be included in ${what}`);
      }
      this.#at += 1;
      if (char === '"') return value;
      value += char === '\\' ? this.#readEscape() : char;
    }
  }

  #readEscape(): string {
    const char = this.#text[this.#at];
    if (char === undefined) return this.fail('Unexpected end-of-input in character escape sequence');
    const simple = ESCAPES[char];
    if (simple === undefined && char !== 'u') return this.#failPast(`Unrecognized character escape ${named(char)}`);
    this.#at += 1;
    if (simple !== undefined) return simple;
    const end = this.#at + 4;
    for (; this.#at < end; this.#at += 1) {
      const digit = this.#text[this.#at];
      if (digit === undefined) this.fail('Unexpected end-of-input in character escape sequence');
      if (!/[0-9a-fA-F]/.test(digit)) this.#unexpected('expected a hex-digit for character escape sequence');
    }
    return String.fromCharCode(Number.parseInt(this.#text.slice(end - 4, end), 16));
  }

  #skipSpaceBetween(kind: Scope['kind']): void {
    this.#skipSpace();
    if (this.#at >= this.#text.length) this.fail(`Unexpected end-of-input within/between ${kind} entries`);
  }

  #skipSpace(): void {
    this.#take(SPACE);
    if (this.#text[this.#at] !== '/') return;
    this.#unexpected("maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)");
  }

  #unexpected(expected: string, where = ''): never {
    const char = this.#text[this.#at];
    if (char === undefined) return this.fail(`Unexpected end-of-input${where}: ${expected}`);
    return this.#failPast(`Unexpected character (${named(char)})${where}: ${expected}`);
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

/** A character as EventBridge names it. */
function named(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 32) return `(CTRL-CHAR, code ${code})`;
  const shown = code >= 0xd800 && code <= 0xdfff ? '?' : char;
  return `'${shown}' (code ${code}${code > 255 ? ` / 0x${code.toString(16)}` : ''})`;
}
