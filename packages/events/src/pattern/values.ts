/**
 * Reads the list of values of one field (`["a", 5, {"prefix": "x"}]`) into one test of a leaf. The reasons of refusals
 * are EventBridge's own words, oddities included.
 */
import { anythingBut } from './anything-but.ts';
import { foldCase } from './fold-case.ts';
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import { addressRange, canonicalAddress } from './ip-address.ts';
import type { JsonText } from './json-text.ts';
import { numericRange } from './numeric-range.ts';
import { parseWildcard } from './wildcard.ts';

/** A value of an event that is neither object nor array. */
export type Leaf = string | number | boolean | null;
export type LeafTest = (leaf: Leaf) => boolean;

/** What a field may be: a leaf that passes `test` (undefined if no leaf can), or, with `orAbsent`, no leaf at all. */
export interface Values {
  readonly test: LeafTest | undefined;
  readonly orAbsent: boolean;
}

type Operator = (operand: JsonText) => LeafTest;

/** The operators by name, `exists` apart: its `false` asks about no leaf. */
const LEAF_OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['exactly', (operand) => equals(text(operand, 'exact match pattern must be a string'))],
  ['prefix', (operand) => affix('prefix', operand)],
  ['suffix', (operand) => affix('suffix', operand)],
  ['equals-ignore-case', equalsIgnoreCase],
  ['anything-but', anythingBut],
  ['numeric', numericRange],
  ['cidr', cidr],
  ['wildcard', (operand) => ifString(parseWildcard(text(operand, 'wildcard match pattern must be a string')))],
]);

export const OPERATORS: readonly string[] = [...LEAF_OPERATORS.keys(), 'exists'];

/** Two operators whose refusal of a second key EventBridge words as if it came from a number range. */
const COUNTED_AS_NUMERIC: ReadonlySet<string> = new Set(['anything-but', 'numeric']);

/** The test of a field's list of values. */
export function readValues(items: readonly JsonText[]): Values {
  if (items.length === 0) throw new InvalidEventPattern('Empty arrays are not allowed');
  const exact = new Set<Leaf>();
  const tests: LeafTest[] = [];
  let orAbsent = false;
  for (const item of items) {
    if (item.kind === 'array') {
      throw new InvalidEventPattern('Match value must be String, number, true, false, or null');
    }
    if (item.kind !== 'object') readExact(item, exact, tests);
    else if (isAbsence(item.members)) orAbsent = true;
    else tests.push(readOperator(item.members));
  }
  return { test: anyOf(exact, tests), orAbsent };
}

function readExact(item: Exclude<JsonText, { kind: 'object' | 'array' }>, exact: Set<Leaf>, tests: LeafTest[]): void {
  if (item.kind === 'number') {
    exact.add(Number(item.text));
    return;
  }
  const address = item.kind === 'string' ? canonicalAddress(item.value) : undefined;
  if (address === undefined) exact.add(item.value);
  else tests.push(ifString((leaf) => canonicalAddress(leaf) === address));
}

function anyOf(exact: ReadonlySet<Leaf>, tests: readonly LeafTest[]): LeafTest | undefined {
  const all = [...tests];
  if (exact.size === 1) all.unshift(...[...exact].map(equals));
  if (exact.size > 1) all.unshift((leaf) => exact.has(leaf));
  const [first, ...rest] = all;
  if (first === undefined || rest.length === 0) return first;
  return (leaf) => all.some((test) => test(leaf));
}

function isAbsence(members: readonly (readonly [string, JsonText])[]): boolean {
  const [member] = members;
  if (member?.[0] !== 'exists') return false;
  return readExists(members, member[1]) === false;
}

function readExists(members: readonly unknown[], operand: JsonText): boolean {
  if (operand.kind !== 'literal' || operand.value === null) {
    throw new InvalidEventPattern('exists match pattern must be either true or false.');
  }
  onlyOneKey(members, 'Only one key allowed in match expression');
  return operand.value;
}

function readOperator(members: readonly (readonly [string, JsonText])[]): LeafTest {
  const [member] = members;
  if (member === undefined) throw new InvalidEventPattern('Match expression name not found');
  const [name, operand] = member;
  if (name === 'exists') return () => true;
  const operator = LEAF_OPERATORS.get(name);
  if (operator === undefined) throw new InvalidEventPattern(`Unrecognized match type ${name}`);
  const test = operator(operand);
  const reason = COUNTED_AS_NUMERIC.has(name) ? 'Too many elements in numeric expression' : 'Only one key allowed in match expression';
  onlyOneKey(members, reason);
  return test;
}

/** `{"prefix": "x"}`, or `{"prefix": {"equals-ignore-case": "x"}}`; suffix alike. */
function affix(name: 'prefix' | 'suffix', operand: JsonText): LeafTest {
  if (operand.kind !== 'object') {
    const wanted = text(operand, `${name} match pattern must be a string`);
    return ifString(name === 'prefix' ? (leaf) => leaf.startsWith(wanted) : (leaf) => leaf.endsWith(wanted));
  }
  const [inner] = operand.members;
  if (inner === undefined) throw new InvalidEventPattern(`${name === 'prefix' ? 'Prefix' : 'Suffix'} expression name not found`);
  if (inner[0] !== 'equals-ignore-case') throw new InvalidEventPattern(`Unsupported ${name} pattern: ${inner[0]}`);
  const wanted = foldCase(text(inner[1], 'equals-ignore-case match pattern must be a string'));
  onlyOneKey(operand.members, 'Only one key allowed in match expression');
  const length = wanted.length;
  return ifString(
    name === 'prefix'
      ? (leaf) => foldCase(leaf.slice(0, length)) === wanted
      : (leaf) => leaf.length >= length && foldCase(leaf.slice(leaf.length - length)) === wanted,
  );
}

function equalsIgnoreCase(operand: JsonText): LeafTest {
  const wanted = foldCase(text(operand, 'equals-ignore-case match pattern must be a string'));
  return ifString((leaf) => leaf.length === wanted.length && foldCase(leaf) === wanted);
}

function cidr(operand: JsonText): LeafTest {
  const { first, last } = addressRange(text(operand, 'prefix match pattern must be a string'));
  return ifString((leaf) => {
    const address = canonicalAddress(leaf);
    return address !== undefined && address.length === first.length && address >= first && address <= last;
  });
}

function equals(wanted: Leaf): LeafTest {
  return (leaf) => leaf === wanted;
}

function ifString(test: (leaf: string) => boolean): LeafTest {
  return (leaf) => typeof leaf === 'string' && test(leaf);
}

function text(operand: JsonText, reason: string): string {
  if (operand.kind !== 'string') throw new InvalidEventPattern(reason);
  return operand.value;
}

function onlyOneKey(members: readonly unknown[], reason: string): void {
  if (members.length > 1) throw new InvalidEventPattern(reason);
}
