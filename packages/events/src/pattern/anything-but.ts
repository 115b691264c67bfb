/**
 * `anything-but`: a leaf that is there and is none of the values. Leaves of another type (null, a number beside strings)
 * pass. Takes strings, numbers, or one of `prefix`, `suffix`, `wildcard`, `equals-ignore-case` over strings; never a mix.
 */
import { affixKeys } from './affix.ts';
import { wholeIgnoringCase } from './ignore-case.ts';
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import type { JsonReader, Token } from './json-reader.ts';
import type { Key } from './key.ts';
import { comparableNumber } from './leaf.ts';
import { readWildcard, type Wildcard } from './wildcard.ts';

type Nested = 'prefix' | 'suffix' | 'wildcard' | 'equals-ignore-case';

const WORDING: Readonly<Record<Nested, string>> = {
  prefix: 'prefix/suffix match pattern must be a string',
  suffix: 'prefix/suffix match pattern must be a string',
  wildcard: 'wildcard match pattern must be a string',
  'equals-ignore-case': 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
};
const MIXED = 'Inside anything but list, either all values are number or string, mixed type is not supported';
const UNSUPPORTED = 'Inside anything but list, start|null|boolean is not supported.';

/** What is refused of a leaf, and the wildcards among it; read up to the end of the operand. */
export interface Refused {
  readonly keys: readonly Key[];
  readonly wildcards: readonly Wildcard[];
}

/** Reads the operand of `anything-but`. */
export function readAnythingBut(reader: JsonReader): Refused {
  let token = reader.next();
  let nested: Nested | undefined;
  if (token === '{') {
    if (reader.next() !== 'name') reader.fail('Anything-But expression name not found');
    if (!Object.hasOwn(WORDING, reader.name)) reader.fail(`Unsupported anything-but pattern: ${reader.name}`);
    nested = reader.name as Nested;
    token = reader.next();
  }
  if (token !== '[' && token !== 'string' && token !== 'number') {
    reader.fail('Value of anything-but must be an array or single string/number value.');
  }
  const refused = nested === undefined ? readValues(reader, token) : readNested(reader, token, nested);
  if (nested !== undefined && reader.next() !== '}') reader.fail('Too many elements in numeric expression');
  return refused;
}

function readValues(reader: JsonReader, token: Token): Refused {
  if (token !== '[') return { keys: [leafKey(reader, token)], wildcards: [] };
  const keys = listOf(reader, (each) => leafKey(reader, each));
  if (new Set(keys.map(({ leaf }) => typeof leaf)).size !== 1) reader.fail(MIXED);
  return { keys, wildcards: [] };
}

function leafKey(reader: JsonReader, token: Token): Extract<Key, { kind: 'leaf' }> {
  if (token === 'string') return { kind: 'leaf', leaf: reader.string() };
  if (token !== 'number') return reader.fail(UNSUPPORTED);
  const number = comparableNumber(reader.spelling);
  if (number === undefined) throw new InvalidEventPattern(`Cannot compare number : ${reader.spelling}`);
  return { kind: 'leaf', leaf: number };
}

function readNested(reader: JsonReader, token: Token, nested: Nested): Refused {
  const texts = token === '[' ? listOf(reader, (each) => textOf(reader, each, nested)) : [textOf(reader, token, nested)];
  if (nested === 'equals-ignore-case') return { keys: texts.map(wholeIgnoringCase), wildcards: [] };
  if (nested !== 'wildcard') return { keys: texts.flatMap((text) => affixKeys(nested, text)), wildcards: [] };
  const wildcards = texts.map((text) => readWildcard(text, (reason) => reader.fail(reason)));
  return { keys: wildcards.map(({ key }) => key), wildcards };
}

function textOf(reader: JsonReader, token: Token, nested: Nested): string {
  if (token !== 'string') return reader.fail(WORDING[nested]);
  const text = reader.string();
  if (text === '' && (nested === 'prefix' || nested === 'suffix')) reader.fail('Null prefix/suffix not allowed');
  return text;
}

/** The items of a list. EventBridge adds the place to what it says of any of them, even if it named the place before. */
function listOf<Item>(reader: JsonReader, read: (token: Token) => Item): Item[] {
  const items: Item[] = [];
  for (;;) {
    const isEnd = reader.addingPlace(() => {
      const token = reader.next();
      if (token !== ']') items.push(read(token));
      return token === ']';
    });
    if (isEnd) return items;
  }
}
