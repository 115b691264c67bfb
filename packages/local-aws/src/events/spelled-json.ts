/** JSON in which a number keeps the spelling of its text (1.50, or 20 digits), for values that are taken out of one text and put into another. */

interface SourceText {
  readonly source: string;
}
/** What JSON of the language has since 2025, and the types of TypeScript do not know yet. */
interface SpelledJson {
  parse(text: string, reviver: (key: string, value: unknown, context: SourceText) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}
const json = JSON as unknown as SpelledJson;

/** The value of the text. Numbers that JavaScript would spell differently are opaque: `JSON.stringify` writes them as they were. */
export function parseSpelled(text: string): unknown {
  return json.parse(text, (_, value, { source }) => (typeof value === 'number' && String(value) !== source ? json.rawJSON(source) : value));
}

const MANY_DIGITS = /\d{19}/;
const NUMBERS = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?\d+$/;
const [QUOTE, BACKSLASH] = ['"', '\\'];
const OPEN = new Set('{['.split(''));
const CLOSE = new Set('}]'.split(''));
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** True if the JSON text has an integer, written without fraction or exponent, of more than 64 bits; also under a key that stands twice. */
export function hasOversizeInteger(text: string): boolean {
  if (!MANY_DIGITS.test(text)) return false;
  return (withoutStrings(text).match(NUMBERS) ?? []).some((number) => INTEGER.test(number) && (BigInt(number) > MAX_INT64 || BigInt(number) < MIN_INT64));
}

/** True if objects and arrays of the JSON text stand within each other more than so many levels deep; also under a key that stands twice. */
export function isDeeperThan(levels: number, text: string): boolean {
  // Each level takes two characters.
  if (text.length <= 2 * levels) return false;
  let depth = 0;
  for (const char of withoutStrings(text)) {
    if (OPEN.has(char)) depth += 1;
    else if (CLOSE.has(char)) depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}

/** What stands outside of strings. */
function withoutStrings(text: string): string {
  const parts: string[] = [];
  for (let from = 0; ; ) {
    const open = text.indexOf(QUOTE, from);
    if (open === -1) return parts.join(' ') + text.slice(from);
    parts.push(text.slice(from, open));
    let close = text.indexOf(QUOTE, open + 1);
    while (close !== -1 && isEscaped(text, close)) close = text.indexOf(QUOTE, close + 1);
    if (close === -1) return parts.join(' ');
    from = close + 1;
  }
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

/** True for what is written as one word: text, number, true, false, null. */
export function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || json.isRawJSON(value);
}
