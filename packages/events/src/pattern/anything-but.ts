/**
 * `anything-but`: a leaf that is there and is none of the values. Leaves of another type (null, a number beside strings)
 * pass. Takes strings, numbers, or one of `prefix`, `suffix`, `wildcard`, `equals-ignore-case` over strings; never a mix.
 */
import { foldCase } from './fold-case.ts';
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import type { JsonText } from './json-text.ts';
import type { LeafTest } from './values.ts';
import { parseWildcard } from './wildcard.ts';

type StringTest = (leaf: string) => boolean;
type Nested = 'prefix' | 'suffix' | 'wildcard' | 'equals-ignore-case';

const WORDING: Readonly<Record<Nested, string>> = {
  prefix: 'prefix/suffix match pattern must be a string',
  suffix: 'prefix/suffix match pattern must be a string',
  wildcard: 'wildcard match pattern must be a string',
  'equals-ignore-case': 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
};
const MIXED = 'Inside anything but list, either all values are number or string, mixed type is not supported';

/** The test of an `anything-but` operand. */
export function anythingBut(operand: JsonText): LeafTest {
  if (operand.kind === 'object') return nested(operand.members);
  const values = listOf(operand).map((item) => {
    if (item.kind === 'string') return item.value;
    if (item.kind === 'number') return Number(item.text);
    throw new InvalidEventPattern('Inside anything but list, start|null|boolean is not supported.');
  });
  if (new Set(values.map((value) => typeof value)).size !== 1) throw new InvalidEventPattern(MIXED);
  const refused: ReadonlySet<unknown> = new Set(values);
  return (leaf) => !refused.has(leaf);
}

function nested(members: readonly (readonly [string, JsonText])[]): LeafTest {
  const [member] = members;
  if (member === undefined) throw new InvalidEventPattern('Anything-But expression name not found');
  const [name, operand] = member;
  if (!isNested(name)) throw new InvalidEventPattern(`Unsupported anything-but pattern: ${name}`);
  const values = listOf(operand).map((item) => {
    if (item.kind !== 'string') throw new InvalidEventPattern(WORDING[name]);
    return item.value;
  });
  if (values.length === 0) throw new InvalidEventPattern(MIXED);
  if (members.length > 1) throw new InvalidEventPattern('Too many elements in numeric expression');
  const tests = stringTests(name, values);
  return (leaf) => typeof leaf !== 'string' || !tests.some((test) => test(leaf));
}

function isNested(name: string): name is Nested {
  return Object.hasOwn(WORDING, name);
}

function stringTests(name: Nested, values: readonly string[]): StringTest[] {
  if (name === 'wildcard') return values.map(parseWildcard);
  if (name === 'equals-ignore-case') {
    const folded = new Set(values.map(foldCase));
    return [(leaf) => folded.has(foldCase(leaf))];
  }
  if (values.includes('')) throw new InvalidEventPattern('Null prefix/suffix not allowed');
  return values.map((value) => (name === 'prefix' ? (leaf) => leaf.startsWith(value) : (leaf) => leaf.endsWith(value)));
}

function listOf(operand: JsonText): readonly JsonText[] {
  if (operand.kind === 'array') return operand.items;
  if (operand.kind === 'string' || operand.kind === 'number') return [operand];
  throw new InvalidEventPattern('Value of anything-but must be an array or single string/number value.');
}
