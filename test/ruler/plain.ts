/**
 * The rule of event patterns as AWS documents it, said as plainly as possible and with nothing of the matcher: every leaf of the event under
 * its path, every field of the pattern against each leaf, one after the other. It is asked where the engine contradicts itself, and knows
 * neither refusals nor the engine's own ways with empty keys.
 */
import type { Case } from './generate.ts';

/** A number as it is spelled. */
class Spelled {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An object with its members in their order, repeated names and all. */
class Members {
  readonly all: readonly (readonly [name: string, value: Plain])[];
  constructor(all: readonly (readonly [name: string, value: Plain])[]) {
    this.all = all;
  }
}

type Plain = null | boolean | string | Spelled | readonly Plain[] | Members;
interface Leaf {
  readonly path: string;
  readonly value: Plain;
  /** The arrays of objects in which it lies, and in which of the objects. */
  readonly at: ReadonlyMap<object, number>;
}

/** Whether the event matches, for a pattern that is accepted. */
export function plainly({ pattern, event }: Case): boolean {
  const leaves = leavesOf(parsed(event), [], new Map());
  return alternativesOf(parsed(pattern), '', [new Map()]).some((fields) => fits([...fields], leaves, new Map()));
}

function parsed(text: string): Plain {
  const tokens = (text.match(/[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/g) ?? []).values();
  const next = (): string => tokens.next().value ?? '';
  const value = (token: string): Plain => {
    if (token === '[' || token === '{') return token === '[' ? itemsOf() : membersOf();
    return /^[-\d]/.test(token) ? new Spelled(token) : (JSON.parse(token) as string | boolean | null);
  };
  const itemsOf = (): Plain[] => {
    const items: Plain[] = [];
    for (let token = next(); token !== ']'; token = next()) if (token !== ',') items.push(value(token));
    return items;
  };
  const membersOf = (): Members => {
    const all: [string, Plain][] = [];
    for (let token = next(); token !== '}'; token = next()) {
      if (token === ',') continue;
      next();
      all.push([JSON.parse(token) as string, value(next())]);
    }
    return new Members(all);
  };
  return value(next());
}

/** `around`: the arrays that begin under the last name. What stands in them itself is tied to no place. */
function leavesOf(value: Plain, names: readonly string[], at: ReadonlyMap<object, number>, around: readonly (readonly [object, number])[] = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item: Plain, index) => leavesOf(item, names, at, [...around, [value, index]]));
  if (value instanceof Members) return value.all.flatMap(([name, member]) => leavesOf(member, [...names, name], new Map([...at, ...around])));
  return [{ path: names.join('.'), value, at }];
}

type Fields = ReadonlyMap<string, readonly Plain[]>;

/** The fields that are asked together, for each choice that `$or` leaves. A field that is asked twice is asked as it was last. */
function alternativesOf(pattern: Plain, under: string, before: readonly Fields[]): readonly Fields[] {
  let found = before;
  for (const [name, value] of (pattern as Members).all) {
    const path = under === '' ? name : `${under}.${name}`;
    if (name === '$or' && isChoice(value)) found = value.flatMap((choice) => alternativesOf(choice, under, found));
    else if (Array.isArray(value)) found = found.map((fields) => new Map([...fields, [path, value as readonly Plain[]]]));
    else found = alternativesOf(value, path, found);
  }
  return found;
}

const OPERATORS = new Set(['prefix', 'suffix', 'equals-ignore-case', 'anything-but', 'numeric', 'cidr', 'wildcard', 'exists', 'exactly']);

function isChoice(value: Plain): value is readonly Plain[] {
  return Array.isArray(value) && value.length > 1 && value.every((one: Plain) => one instanceof Members && one.all.length > 0 && !one.all.some(([name]) => OPERATORS.has(name)));
}

/** Every field finds a leaf, and no two of these lie in different objects of one array. */
function fits([first, ...rest]: readonly (readonly [string, readonly Plain[]])[], leaves: readonly Leaf[], at: ReadonlyMap<object, number>): boolean {
  if (first === undefined) return true;
  const [path, values] = first;
  const there = leaves.filter((leaf) => leaf.path === path);
  if (there.length === 0 && values.some((value) => value instanceof Members && value.all[0]?.[0] === 'exists' && value.all[0][1] === false) && fits(rest, leaves, at)) return true;
  return there.some((leaf) => {
    const isTogether = [...leaf.at].every(([array, index]) => (at.get(array) ?? index) === index);
    return isTogether && values.some((value) => matches(value, leaf.value)) && fits(rest, leaves, new Map([...at, ...leaf.at]));
  });
}

function matches(wanted: Plain, value: Plain): boolean {
  if (!(wanted instanceof Members)) return isSame(wanted, value);
  const [operator = '', operand = null] = wanted.all[0] ?? [];
  if (operator === 'exists') return operand === true;
  if (operator === 'numeric') return value instanceof Spelled && isInRange(operand as readonly Plain[], value);
  if (operator === 'anything-but') return !refusedBy(operand).some((refused) => matches(refused, value));
  return typeof value === 'string' && matchesText(operator, operand, value);
}

/** What `anything-but` names, each as a value of its own. */
function refusedBy(operand: Plain): Plain[] {
  if (!(operand instanceof Members)) return [operand].flat() as Plain[];
  return operand.all.flatMap(([operator, texts]) => [texts].flat().map((text) => new Members([[operator, text as Plain]])));
}

function matchesText(operator: string, operand: Plain, text: string): boolean {
  const ignoresCase = operand instanceof Members;
  const wanted = String(ignoresCase ? operand.all[0]?.[1] : operand);
  switch (operator) {
    case 'exactly': return text === wanted;
    case 'prefix': return ignoresCase ? isSameWord(wanted, text.slice(0, wanted.length)) : text.startsWith(wanted);
    case 'suffix': return ignoresCase ? isSameWord(wanted, text.slice(Math.max(0, text.length - wanted.length))) : text.endsWith(wanted);
    case 'equals-ignore-case': return isSameWord(wanted, text);
    case 'wildcard': return new RegExp(`^${wanted.replaceAll(/\\([*\\])|\*|[^]/g, (part, escaped: string | undefined) => (part === '*' ? '[^]*' : (escaped ?? part).replace(/[\\^$.*+?()[\]{}|]/, '\\$&')))}$`).test(text);
    case 'cidr': return isWithin(wanted, text);
    default: throw new Error(`No operator is called ${operator}.`);
  }
}

function isSameWord(wanted: string, text: string): boolean {
  const letters = [...wanted];
  return [...text].length === letters.length && [...text].every((letter, index) => [letters[index], letters[index]?.toLowerCase(), letters[index]?.toUpperCase()].includes(letter));
}

function isSame(wanted: Plain, value: Plain): boolean {
  if (!(wanted instanceof Spelled) || !(value instanceof Spelled)) return wanted === value;
  return wanted.text === value.text || isEqual(wanted, value);
}

function isEqual(left: Spelled, right: Spelled): boolean {
  return isComparable(left) && isComparable(right) && Number(left.text) === Number(right.text);
}

/** A double says the same as the spelling: written out with as many digits as anybody may ask for, they agree. */
function isComparable({ text }: Spelled): boolean {
  return Number.isFinite(Number(text)) && decimal(String(Number(text))) === decimal(text);
}

/** `-12.50e3` as `-125e2`: no zeros at the ends, no point. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e\+?(-?\d+))?$/i.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  return short === '' ? '0' : `${sign}${short}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - short.length)}`;
}

function isInRange(operand: readonly Plain[], value: Spelled): boolean {
  if (!isComparable(value)) return false;
  const number = Number(value.text);
  const holds: Readonly<Record<string, (limit: number) => boolean>> = {
    '=': (limit) => number === limit, '<': (limit) => number < limit, '<=': (limit) => number <= limit, '>': (limit) => number > limit, '>=': (limit) => number >= limit,
  };
  return operand.every((sign, index) => index % 2 === 1 || holds[String(sign)]?.(Number((operand[index + 1] as Spelled).text)) === true);
}

function isWithin(range: string, text: string): boolean {
  const [network = '', mask = ''] = range.split('/');
  const [wanted, given] = [bytesOf(network), bytesOf(text)];
  if (wanted === undefined || given === undefined || wanted.length !== given.length) return false;
  const bits = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('').slice(0, Number(mask));
  return bits(wanted) === bits(given);
}

/** Of an address: 4 or 16; undefined for any other text. An IPv4 address in the dress of IPv6 is one. */
function bytesOf(text: string): number[] | undefined {
  if (/^\d+(\.\d+){3}$/.test(text)) {
    const bytes = text.split('.').map(Number);
    return bytes.every((byte) => byte <= 255) ? bytes : undefined;
  }
  if (!text.includes(':') || !URL.canParse(`http://[${text}]/`)) return undefined;
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined): number[] => (part === undefined || part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [groups(head), groups(tail)];
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  const bytes = all.flatMap((group) => [group >> 8, group & 255]);
  return all.slice(0, 5).every((group) => group === 0) && all[5] === 0xffff ? bytes.slice(12) : bytes;
}
