/**
 * Reads the list of values of one field (`["a", 5, {"prefix": "x"}]`). The reasons of refusals are EventBridge's own
 * words, oddities included.
 */
import { readAffix } from './affix.ts';
import { readAnythingBut } from './anything-but.ts';
import { wholeIgnoringCase } from './ignore-case.ts';
import { addressBits, rangeBits } from './ip-address.ts';
import type { JsonReader } from './json-reader.ts';
import type { Key, Predicate } from './key.ts';
import { numberLeaf } from './leaf.ts';
import { readNumeric } from './numeric.ts';
import { readWildcard, type Wildcard } from './wildcard.ts';

/** What a field may be: a leaf that passes one of the predicates, or, with `orAbsent`, no leaf at all. */
export interface Values {
  readonly predicates: readonly Predicate[];
  readonly orAbsent: boolean;
  /** The wildcards among them, whose number and likeness EventBridge limits. */
  readonly wildcards: readonly Wildcard[];
}

/** The names of the operators. */
export const OPERATORS: readonly string[] = ['exactly', 'prefix', 'suffix', 'equals-ignore-case', 'anything-but', 'numeric', 'cidr', 'wildcard', 'exists'];

interface Growing {
  readonly predicates: Predicate[];
  readonly wildcards: Wildcard[];
  orAbsent: boolean;
}

/** The values of a list whose opening bracket was read. */
export function readValues(reader: JsonReader): Values {
  const values: Growing = { predicates: [], wildcards: [], orAbsent: false };
  let count = 0;
  for (let token = reader.next(); token !== ']'; token = reader.next()) {
    count += 1;
    switch (token) {
      case '{': readExpression(reader, values); break;
      case 'string': addKeys(values, [exactText(reader.string())]); break;
      case 'number': addKeys(values, [{ kind: 'leaf', leaf: numberLeaf(reader.spelling) }]); break;
      case 'null': addKeys(values, [{ kind: 'leaf', leaf: null }]); break;
      case 'true':
      case 'false': addKeys(values, [{ kind: 'leaf', leaf: token === 'true' }]); break;
      default: reader.fail('Match value must be String, number, true, false, or null');
    }
  }
  if (count === 0) reader.fail('Empty arrays are not allowed');
  return values;
}

function addKeys(values: Growing, keys: readonly Key[]): void {
  values.predicates.push({ keys, unless: false });
}

/** Strings that are IP addresses are compared as addresses. */
function exactText(text: string): Key {
  const bits = addressBits(text);
  return bits === undefined ? { kind: 'leaf', leaf: text } : { kind: 'address', bits };
}

function readExpression(reader: JsonReader, values: Growing): void {
  if (reader.next() !== 'name') reader.fail('Match expression name not found');
  const operator = reader.name;
  switch (operator) {
    case 'exactly': addKeys(values, [{ kind: 'leaf', leaf: textOf(reader, 'exact') }]); break;
    case 'prefix':
    case 'suffix': addKeys(values, readAffix(operator, reader)); break;
    case 'equals-ignore-case': addKeys(values, [wholeIgnoringCase(textOf(reader, operator))]); break;
    case 'cidr': addKeys(values, [{ kind: 'address', bits: rangeBits(textOf(reader, 'prefix')) }]); break;
    case 'numeric': addKeys(values, [readNumeric(reader)]); break;
    case 'exists': readExists(reader, values); break;
    case 'wildcard': {
      const wildcard = readWildcard(textOf(reader, operator), (reason) => reader.fail(reason));
      values.wildcards.push(wildcard);
      addKeys(values, [wildcard.key]);
      break;
    }
    case 'anything-but': {
      const refused = readAnythingBut(reader);
      values.wildcards.push(...refused.wildcards);
      values.predicates.push({ keys: refused.keys, unless: true });
      break;
    }
    default: reader.fail(`Unrecognized match type ${operator}`);
  }
  if (reader.next() === '}') return;
  // EventBridge words these two as if a number range were too long.
  const isCounted = operator === 'anything-but' || operator === 'numeric';
  reader.fail(isCounted ? 'Too many elements in numeric expression' : 'Only one key allowed in match expression');
}

function readExists(reader: JsonReader, values: Growing): void {
  const token = reader.next();
  if (token === 'true') addKeys(values, [{ kind: 'any' }]);
  else if (token === 'false') values.orAbsent = true;
  else reader.fail('exists match pattern must be either true or false.');
}

function textOf(reader: JsonReader, what: string): string {
  if (reader.next() !== 'string') reader.fail(`${what} match pattern must be a string`);
  return reader.string();
}
