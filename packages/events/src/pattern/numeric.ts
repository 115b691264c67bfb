/**
 * `numeric`: `["=", 5]`, `[">", 0, "<=", 10]` and their parts, over JSON numbers alone: a numeric string never matches, and
 * neither does a number that no double spells exactly.
 */
import type { JsonReader } from './json-reader.ts';
import type { Key } from './key.ts';
import { comparableNumber } from './leaf.ts';

/** The key of a `numeric` operand, read up to the end of its list. */
export function readNumeric(reader: JsonReader): Key {
  if (reader.next() !== '[') reader.fail('Value of numeric must be an array.');
  if (reader.next() !== 'string') reader.fail(`Invalid member in numeric match: ${reader.spelling}`);
  const sign = reader.string();
  const token = reader.next();
  switch (sign) {
    case '=': {
      if (token !== 'number') reader.fail('Value of equals must be numeric');
      const value = reader.spelling;
      endOfList(reader);
      return { kind: 'leaf', leaf: comparable(reader, value) };
    }
    case '<':
    case '<=': {
      if (token !== 'number') reader.fail(`Value of ${sign} must be numeric`);
      const top = reader.spelling;
      endOfList(reader);
      return { kind: 'range', bottom: -Infinity, withBottom: false, top: comparable(reader, top), withTop: sign === '<=' };
    }
    case '>':
    case '>=':
      if (token !== 'number') reader.fail(`Value of ${sign} must be numeric`);
      return readFrom(reader, reader.spelling, sign === '>=');
    default:
      return reader.fail(`Unrecognized numeric range operator: ${sign}`);
  }
}

function readFrom(reader: JsonReader, spelling: string, withBottom: boolean): Key {
  const token = reader.next();
  if (token === ']') return { kind: 'range', bottom: comparable(reader, spelling), withBottom, top: Infinity, withTop: false };
  if (token !== 'string') reader.fail(`Bad value in numeric range: ${reader.spelling}`);
  const sign = reader.string();
  if (sign !== '<' && sign !== '<=') reader.fail(`Bad numeric range operator: ${sign}`);
  if (reader.next() !== 'number') reader.fail(`Value of ${sign} must be numeric`);
  const topSpelling = reader.spelling;
  if (reader.next() !== ']') reader.fail('Too many terms in numeric range expression');
  const bottom = comparable(reader, spelling);
  const top = comparable(reader, topSpelling);
  if (bottom >= top) reader.fail('Bottom must be less than top');
  return { kind: 'range', bottom, withBottom, top, withTop: sign === '<=' };
}

function endOfList(reader: JsonReader): void {
  if (reader.next() !== ']') reader.fail('Too many elements in numeric expression');
}

function comparable(reader: JsonReader, spelling: string): number {
  return comparableNumber(spelling) ?? reader.fail(`Cannot compare number : ${spelling}`);
}
