/**
 * Reads JSON text into a tree that keeps what `JSON.parse` throws away and a pattern needs: the order of members, members
 * that stand twice, and the spelling of numbers. Strict as RFC 8259; refuses with `InvalidEventPattern`.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';

export type JsonText =
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: JsonText])[] }
  | { readonly kind: 'array'; readonly items: readonly JsonText[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: boolean | null };

const SPACE = /[ \t\r\n]*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const LITERALS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

interface Cursor {
  readonly text: string;
  at: number;
}

/** The tree of a whole JSON text. */
export function readJsonText(text: string): JsonText {
  const cursor: Cursor = { text, at: 0 };
  const value = readValue(cursor);
  skipSpace(cursor);
  if (cursor.at !== text.length) refuse(cursor);
  return value;
}

function readValue(cursor: Cursor): JsonText {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === '{') return { kind: 'object', members: readMembers(cursor) };
  if (first === '[') return { kind: 'array', items: readItems(cursor) };
  if (first === '"') return { kind: 'string', value: readString(cursor) };
  const literal = take(cursor, LITERAL);
  if (literal !== undefined) return { kind: 'literal', value: LITERALS[literal] ?? null };
  const number = take(cursor, NUMBER);
  return number === undefined ? refuse(cursor) : { kind: 'number', text: number };
}

function readMembers(cursor: Cursor): [string, JsonText][] {
  return readList(cursor, '}', () => {
    skipSpace(cursor);
    const name = readString(cursor);
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== ':') refuse(cursor);
    cursor.at += 1;
    return [name, readValue(cursor)];
  });
}

function readItems(cursor: Cursor): JsonText[] {
  return readList(cursor, ']', () => readValue(cursor));
}

/** Reads from the opening bracket to the closing one. */
function readList<Entry>(cursor: Cursor, close: string, readEntry: () => Entry): Entry[] {
  const entries: Entry[] = [];
  cursor.at += 1;
  skipSpace(cursor);
  if (cursor.text[cursor.at] === close) {
    cursor.at += 1;
    return entries;
  }
  for (;;) {
    entries.push(readEntry());
    skipSpace(cursor);
    const next = cursor.text[cursor.at];
    if (next !== ',' && next !== close) refuse(cursor);
    cursor.at += 1;
    if (next === close) return entries;
  }
}

function readString(cursor: Cursor): string {
  const start = cursor.at;
  const quoted = take(cursor, QUOTED);
  if (quoted === undefined) return refuse(cursor);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    cursor.at = start;
    return refuse(cursor);
  }
}

function skipSpace(cursor: Cursor): void {
  take(cursor, SPACE);
}

function take(cursor: Cursor, token: RegExp): string | undefined {
  token.lastIndex = cursor.at;
  const found = token.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function refuse(cursor: Cursor): never {
  const what = cursor.at < cursor.text.length ? `Unexpected character (${cursor.text[cursor.at]})` : 'Unexpected end-of-input';
  throw new InvalidEventPattern(`${what} at character ${cursor.at + 1} of the JSON text`);
}
