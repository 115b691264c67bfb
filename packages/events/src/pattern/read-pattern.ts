/**
 * Turns the text of a pattern into branches: the pattern matches when one of its branches does. A pattern without `$or`
 * has one branch; each `$or` multiplies them. Names are joined by dots, so `{"a.b": ...}` and `{"a": {"b": ...}}` say the
 * same; of two values for one path the later one holds.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import { JsonReader } from './json-reader.ts';
import { OPERATORS, readValues, type Values } from './read-values.ts';

/** What one branch asks for, by dotted path, in the order of the paths. */
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
export function readPattern(text: string): readonly Branch[] {
  const reader = new JsonReader(text);
  if (reader.next() !== '{') reader.fail('Filter is not an object');
  return readObject(reader, [], [new Map()], false).map((branch) => new Map([...branch].sort(([left], [right]) => (left < right ? -1 : 1))));
}

function readObject(reader: JsonReader, above: readonly string[], start: Building, insideOr: boolean): Building {
  let branches = start;
  let count = 0;
  for (let token = reader.next(); token !== '}'; token = reader.next()) {
    count += 1;
    const { name } = reader;
    if (name === OR) {
      branches = readOr(reader, above, branches);
      continue;
    }
    if (insideOr && RESERVED_INSIDE_OR.has(name)) reader.fail(`${name} is Ruler reserved fieldName which cannot be used inside ${OR}.`);
    branches = readMember(reader, name, above, branches, insideOr);
  }
  if (count === 0) reader.fail('Empty objects are not allowed');
  return branches;
}

function readMember(reader: JsonReader, name: string, above: readonly string[], branches: Building, insideOr: boolean): Building {
  const token = reader.next();
  if (token === '{') return readObject(reader, [...above, name], branches, insideOr);
  if (token !== '[') reader.fail(`"${name}" must be an object or an array`);
  const prefix = above.join('.');
  const values = readValues(reader);
  for (const branch of branches) branch.set(prefix === '' ? name : `${prefix}.${name}`, values);
  return branches;
}

function readOr(reader: JsonReader, above: readonly string[], before: Building): Building {
  if (reader.next() !== '[') reader.fail(`It must be an Array followed with ${OR}.`);
  const after: Building = [];
  let count = 0;
  for (let token = reader.next(); token !== ']'; token = reader.next()) {
    count += 1;
    if (token !== '{') reader.fail(`Only JSON object is allowed in array of ${OR} relationship.`);
    after.push(...readObject(reader, above, before.map((branch) => new Map(branch)), true));
    if (after.length > MAX_BRANCHES) throw new InvalidEventPattern(`${OR} makes more than ${MAX_BRANCHES} combinations`);
  }
  if (count < 2) reader.fail(`There must have at least 2 Objects in ${OR} relationship.`);
  return after;
}
