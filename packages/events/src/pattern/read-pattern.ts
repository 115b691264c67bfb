/**
 * Turns the tree of a pattern into branches: the pattern matches when one of its branches does. A pattern without `$or`
 * has one branch; each `$or` multiplies them. Names are joined by dots, so `{"a.b": ...}` and `{"a": {"b": ...}}` say the
 * same; of two values for one path the later one holds.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import type { JsonText } from './json-text.ts';
import { OPERATORS, readValues, type Values } from './values.ts';

/** What one branch asks for, by dotted path. */
export type Branch = ReadonlyMap<string, Values>;

const OR = '$or';
const MAX_BRANCHES = 1_000;

/** Names that are kept for operators, today's and tomorrow's, and so are no field names inside `$or`. */
const RESERVED_INSIDE_OR: ReadonlySet<string> = new Set([
  ...OPERATORS, '=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case', 'date-after',
  'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range', 'ip-address-in-range', 'ip-address-not-in-range',
]);

type Building = Map<string, Values>[];

/** The branches of a pattern. */
export function readPattern(pattern: JsonText): readonly Branch[] {
  if (pattern.kind !== 'object') throw new InvalidEventPattern('Filter is not an object');
  return readObject(pattern.members, '', [new Map()], false);
}

function readObject(members: readonly (readonly [string, JsonText])[], prefix: string, start: Building, insideOr: boolean): Building {
  if (members.length === 0) throw new InvalidEventPattern('Empty objects are not allowed');
  let branches = start;
  for (const [name, value] of members) {
    if (name === OR) {
      branches = readOr(value, prefix, branches);
      continue;
    }
    if (insideOr && RESERVED_INSIDE_OR.has(name)) {
      throw new InvalidEventPattern(`${name} is Ruler reserved fieldName which cannot be used inside ${OR}.`);
    }
    branches = readMember(name, value, prefix, branches, insideOr);
  }
  return branches;
}

function readMember(name: string, value: JsonText, prefix: string, branches: Building, insideOr: boolean): Building {
  const path = prefix + name;
  if (value.kind === 'object') return readObject(value.members, `${path}.`, branches, insideOr);
  if (value.kind !== 'array') throw new InvalidEventPattern(`"${name}" must be an object or an array`);
  const values = readValues(value.items);
  for (const branch of branches) branch.set(path, values);
  return branches;
}

function readOr(value: JsonText, prefix: string, before: Building): Building {
  if (value.kind !== 'array') throw new InvalidEventPattern(`It must be an Array followed with ${OR}.`);
  const after: Building = [];
  for (const choice of value.items) {
    if (choice.kind !== 'object') {
      throw new InvalidEventPattern(`Only JSON object is allowed in array of ${OR} relationship.`);
    }
    after.push(...readObject(choice.members, prefix, before.map((branch) => new Map(branch)), true));
    if (after.length > MAX_BRANCHES) throw new InvalidEventPattern(`${OR} makes more than ${MAX_BRANCHES} combinations`);
  }
  if (value.items.length < 2) throw new InvalidEventPattern(`There must have at least 2 Objects in ${OR} relationship.`);
  return after;
}
