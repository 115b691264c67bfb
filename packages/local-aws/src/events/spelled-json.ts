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

/** True for what is written as one word: text, number, true, false, null. */
export function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || json.isRawJSON(value);
}
