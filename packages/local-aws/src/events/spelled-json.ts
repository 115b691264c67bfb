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
const INTEGER = /^-?\d+$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** True if the JSON text has an integer, written without fraction or exponent, of more than 64 bits. */
export function hasOversizeInteger(text: string): boolean {
  if (!MANY_DIGITS.test(text)) return false;
  let found = false;
  json.parse(text, (_, value, { source }) => {
    if (typeof value === 'number' && INTEGER.test(source)) found ||= BigInt(source) > MAX_INT64 || BigInt(source) < MIN_INT64;
    return value;
  });
  return found;
}

/** True for what is written as one word: text, number, true, false, null. */
export function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || json.isRawJSON(value);
}
