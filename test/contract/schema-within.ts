/**
 * Compares JSON Schemas (2020-12) by their form: is every document that is valid under one also valid under the other?
 *
 * Promise: when there is no fault, it is so. The other way round is not promised: what cannot be told from the form alone, such as
 * whether one pattern allows less than another, is a fault. `format` counts as a constraint.
 *
 * A keyword that is not known here only makes the narrower schema narrower, so there it is passed over; in the wider one it is a
 * fault. Local references must be resolved before; one that is left is equal only to itself.
 */
import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Schema, SchemaObject } from './documents.ts';

/** A place where the narrower schema allows what the wider one does not. */
export interface Fault {
  /** `data.lines[].status`; empty for the document itself. */
  readonly path: string;
  /** Says it of the narrower schema: "may be null". */
  readonly reason: string;
}

/** What says nothing about which documents are valid. */
const ANNOTATIONS = new Set(['$comment', '$id', '$schema', 'contentEncoding', 'contentMediaType', 'default', 'deprecated', 'description', 'example', 'examples', 'externalDocs', 'readOnly', 'title', 'writeOnly']);
const KNOWN = new Set([
  'type', 'enum', 'const', 'allOf', 'anyOf', 'oneOf', 'minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf',
  'items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'properties', 'required', 'additionalProperties', 'propertyNames', 'minProperties', 'maxProperties',
]);
/** Members hold values or names of members, not schemas. */
const VALUES = new Set(['const', 'enum', 'required', 'type']);
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);
const TYPES = ['null', 'boolean', 'string', 'number', 'array', 'object'];

/** The schema without titles, descriptions, examples and the like. */
export function bare(schema: Schema): Schema {
  if (typeof schema === 'boolean') return schema;
  const entries = Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword) && !keyword.startsWith('x-'));
  return Object.fromEntries(entries.map(([keyword, value]) => [keyword, VALUES.has(keyword) ? copied(value) : MAPS.has(keyword) ? bareMap(value as SchemaObject) : bareValue(value)]));
}

/** An array of our own: one that another realm has parsed is not strictly equal to it. */
function copied(value: unknown): unknown {
  return Array.isArray(value) ? [...value] : value;
}

function bareMap(map: SchemaObject): SchemaObject {
  return Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, bare(schema as Schema)]));
}

function bareValue(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value as unknown[], bareValue);
  return typeof value === 'object' && value !== null ? bare(value as SchemaObject) : value;
}

/** Every reason why a document may be valid under `narrow` and not under `wide`; none when there is no such document. */
export function faultsWithin(narrow: Schema, wide: Schema, path = ''): Fault[] {
  return compare(bare(narrow), bare(wide), path);
}

function compare(narrow: Schema, wide: Schema, path: string): Fault[] {
  if (narrow === false || wide === true || isDeepStrictEqual(narrow, wide)) return [];
  if (wide === false) return [{ path, reason: 'may be there' }];
  if (Object.keys(wide).length === 0) return [];
  const narrowed = narrow === true ? {} : narrow;
  const branches = alternatives(narrowed);
  if (branches !== undefined) return distinct(branches.flatMap((branch) => compare(branch, wide, path)));
  const parts = conjuncts(wide);
  if (parts !== undefined) return distinct(parts.flatMap((part) => compare(narrowed, part, path)));
  if ('anyOf' in wide || 'oneOf' in wide) return compareWithChoice(narrowed, wide, path);
  return compareSimple(withoutAllOf(narrowed), wide, path);
}

/** What a schema with `anyOf`, `oneOf` or several types consists of, each without the choice; undefined when there is none. */
function alternatives(schema: SchemaObject): Schema[] | undefined {
  for (const choice of ['anyOf', 'oneOf']) {
    if (!(choice in schema)) continue;
    const { [choice]: branches, ...beside } = schema;
    return (branches as readonly Schema[]).map((branch) => both(beside, branch));
  }
  const { type, ...beside } = schema;
  return Array.isArray(type) ? type.map((one: string) => ({ type: one, ...beside })) : undefined;
}

/** The parts of a schema that must all hold; undefined when it has but one. */
function conjuncts(schema: SchemaObject): Schema[] | undefined {
  const { allOf, anyOf, oneOf, ...beside } = schema;
  const parts = [
    ...(Object.keys(beside).length > 0 ? [beside] : []), ...((allOf as readonly Schema[] | undefined) ?? []),
    ...(anyOf === undefined ? [] : [{ anyOf }]), ...(oneOf === undefined ? [] : [{ oneOf }]),
  ];
  return parts.length > 1 || allOf !== undefined ? parts : undefined;
}

/** A narrower schema with `allOf`, as one; parts that cannot be joined are passed over, which allows more and so is safe here. */
function withoutAllOf(schema: SchemaObject): Schema {
  const { allOf, ...beside } = schema;
  return ((allOf as readonly Schema[] | undefined) ?? []).reduce<Schema>((joined, part) => both(joined, part), beside);
}

/** Both hold. What cannot be said in one schema without `allOf` is said of the first alone, which allows more. */
function both(first: Schema, second: Schema): Schema {
  if (first === false || second === false) return false;
  if (first === true || Object.keys(first).length === 0) return second;
  if (second === true) return first;
  const one = 'allOf' in first ? withoutAllOf(first) : first;
  const other = 'allOf' in second ? withoutAllOf(second) : second;
  if (typeof one === 'boolean' || typeof other === 'boolean') return both(one, other);
  // These look at their neighbours: what the other brings would change what they mean.
  if ([one, other].some((schema) => 'additionalProperties' in schema || Object.keys(schema).some((keyword) => !KNOWN.has(keyword)))) return one;
  const properties = { ...(other['properties'] as SchemaObject | undefined) };
  for (const [name, schema] of Object.entries((one['properties'] as SchemaObject | undefined) ?? {})) properties[name] = name in properties ? both(schema as Schema, properties[name] as Schema) : schema;
  const required = [...new Set([...names(one['required']), ...names(other['required'])])];
  return { ...other, ...one, ...(Object.keys(properties).length > 0 && { properties }), ...(required.length > 0 && { required }) };
}

/** `wide` is one choice alone. Every `narrow` must fit into one branch whole; of `oneOf` it must be out of reach of the others. */
function compareWithChoice(narrow: SchemaObject, wide: SchemaObject, path: string): Fault[] {
  const values = finite(narrow);
  if (values !== undefined) return values.flatMap((value) => (accepts(wide, value) ? [] : [{ path, reason: `may be ${JSON.stringify(value)}` }]));
  const branches = (wide['anyOf'] ?? wide['oneOf']) as readonly Schema[];
  const tried = branches.map((branch) => ({ branch, faults: compare(narrow, branch, path) }));
  const fitting = tried.find(({ faults }) => faults.length === 0);
  if (fitting === undefined) return nearest(narrow, tried, path);
  const others = branches.filter((branch) => branch !== fitting.branch);
  if ('oneOf' in wide && !others.every((other) => areDisjoint(narrow, other))) return [{ path, reason: 'may fit more than one alternative' }];
  return [];
}

/** The faults of the one alternative that has the same type, if there is one: they say more than "fits none". */
function nearest(narrow: SchemaObject, tried: readonly { readonly branch: Schema; readonly faults: readonly Fault[] }[], path: string): Fault[] {
  const near = tried.filter(({ branch }) => !areDisjoint(narrow, branch));
  return near.length === 1 ? [...(near[0]?.faults ?? [])] : [{ path, reason: `may be ${near.length === 0 ? words(narrow) : `something that fits no alternative (${words(narrow)})`}` }];
}

function areDisjoint(one: Schema, other: Schema): boolean {
  if (one === false || other === false) return true;
  if (one === true || other === true) return false;
  const values = finite(one);
  if (values !== undefined) return values.every((value) => !accepts(other, value));
  if (typesOf(one).every((type) => !typesOf(other).some((second) => overlap(type, second)))) return true;
  const [first, second] = [one, other].map((schema) => (schema['properties'] ?? {}) as Record<string, Schema>) as [Record<string, Schema>, Record<string, Schema>];
  const isObject = [one, other].every((schema) => typesOf(schema).every((type) => type === 'object'));
  return isObject && names(one['required']).some((name) => names(other['required']).includes(name) && isChoiceOfValues(first[name]) && isChoiceOfValues(second[name]) && areDisjoint(first[name] as Schema, second[name] as Schema));
}

function isChoiceOfValues(schema: Schema | undefined): boolean {
  return typeof schema === 'object' && ('const' in schema || 'enum' in schema);
}

/** Both without choices; `narrow` has at most one type. */
function compareSimple(narrow: Schema, wide: SchemaObject, path: string): Fault[] {
  if (narrow === false) return [];
  const allowed = narrow === true ? {} : narrow;
  const values = finite(allowed);
  if (values !== undefined) return values.flatMap((value) => (accepts(wide, value) ? [] : [{ path, reason: `may be ${JSON.stringify(value)}` }]));
  const unknown = Object.keys(wide).filter((keyword) => !KNOWN.has(keyword));
  if (unknown.length > 0) return [{ path, reason: `cannot be compared: ${unknown.join(', ')}` }];
  if ('const' in wide || 'enum' in wide) return [{ path, reason: 'may be other than the values that are listed' }];
  const foreign = typesOf(allowed).filter((type) => !typesOf(wide).some((other) => other === type || (other === 'number' && type === 'integer')));
  if (foreign.length > 0) return [{ path, reason: `may be ${allowed['type'] === undefined ? 'anything' : foreign.join(' or ')}` }];
  return typesOf(allowed).flatMap((type) => COMPARISONS[type]?.(allowed, wide, path) ?? []);
}

type Comparison = (narrow: SchemaObject, wide: SchemaObject, path: string) => Fault[];

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  string: (narrow, wide, path) => [
    ...atLeast(narrow, wide, 'minLength', path), ...atMost(narrow, wide, 'maxLength', path),
    ...sameOrAbsent(narrow, wide, 'pattern', path), ...sameOrAbsent(narrow, wide, 'format', path),
  ],
  number: compareNumbers,
  integer: compareNumbers,
  array: compareArrays,
  object: compareObjects,
};

function compareNumbers(narrow: SchemaObject, wide: SchemaObject, path: string): Fault[] {
  const step = wide['multipleOf'] as number | undefined;
  const ownStep = (narrow['multipleOf'] as number | undefined) ?? (narrow['type'] === 'integer' ? 1 : undefined);
  const isFiner = step !== undefined && (ownStep === undefined || !Number.isInteger(ownStep / step));
  return [
    ...(isBeyond(bound(narrow, 'minimum', 'exclusiveMinimum', 1), bound(wide, 'minimum', 'exclusiveMinimum', 1)) ? [{ path, reason: 'may be smaller' }] : []),
    ...(isBeyond(bound(narrow, 'maximum', 'exclusiveMaximum', -1), bound(wide, 'maximum', 'exclusiveMaximum', -1)) ? [{ path, reason: 'may be larger' }] : []),
    ...(isFiner ? [{ path, reason: `may be no multiple of ${step}` }] : []),
  ];
}

/** A lower bound; an upper one with the sign turned. */
interface Bound {
  readonly value: number;
  readonly excluded: boolean;
}

function bound(schema: SchemaObject, inclusive: string, exclusive: string, sign: 1 | -1): Bound {
  const including = { value: sign * ((schema[inclusive] as number | undefined) ?? -sign * Infinity), excluded: false };
  const excluding = { value: sign * ((schema[exclusive] as number | undefined) ?? -sign * Infinity), excluded: true };
  return excluding.value >= including.value && excluding.value !== -Infinity ? excluding : including;
}

function isBeyond(own: Bound, limit: Bound): boolean {
  return own.value < limit.value || (own.value === limit.value && limit.excluded && !own.excluded);
}

function compareArrays(narrow: SchemaObject, wide: SchemaObject, path: string): Fault[] {
  const maximum = (narrow['maxItems'] as number | undefined) ?? Infinity;
  const starts = Math.max(...[narrow, wide].map((schema) => ((schema['prefixItems'] as readonly Schema[] | undefined) ?? []).length));
  const itemAt = (schema: SchemaObject, index: number): Schema => (schema['prefixItems'] as readonly Schema[] | undefined)?.[index] ?? (schema['items'] as Schema | undefined) ?? true;
  const places = Array.from({ length: Math.min(starts + 1, maximum) }, (_, index) => index);
  return [
    ...atLeast(narrow, wide, 'minItems', path), ...atMost(narrow, wide, 'maxItems', path),
    ...(wide['uniqueItems'] === true && narrow['uniqueItems'] !== true ? [{ path, reason: 'may have equal items' }] : []),
    ...places.flatMap((index) => compare(itemAt(narrow, index), itemAt(wide, index), `${path}[${index < starts ? index : ''}]`)),
  ];
}

function compareObjects(narrow: SchemaObject, wide: SchemaObject, path: string): Fault[] {
  const known = [...new Set([narrow, wide].flatMap((schema) => Object.keys((schema['properties'] as object | undefined) ?? {})))];
  const lacking = names(wide['required']).filter((name) => !names(narrow['required']).includes(name));
  const rest = (schema: SchemaObject): Schema => ('patternProperties' in schema ? true : ((schema['additionalProperties'] as Schema | undefined) ?? true));
  const member = (schema: SchemaObject, name: string): Schema => {
    if (!accepts((schema['propertyNames'] as Schema | undefined) ?? true, name)) return false;
    const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
    return Object.hasOwn(properties, name) ? (properties[name] as Schema) : rest(schema);
  };
  const join = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return [
    ...lacking.map((name) => ({ path: join(name), reason: 'may be absent' })),
    ...atLeast(narrow, wide, 'minProperties', path), ...atMost(narrow, wide, 'maxProperties', path),
    ...known.flatMap((name) => named(compare(member(narrow, name), member(wide, name), join(name)), narrow, wide, name, join(name))),
    ...(rest(narrow) === false ? [] : [
      ...compare(rest(narrow), rest(wide), join('*')),
      ...compare((narrow['propertyNames'] as Schema | undefined) ?? true, (wide['propertyNames'] as Schema | undefined) ?? true, join('(name)')),
    ]),
  ];
}

/** Says of a member that is described on one side only just that. */
function named(faults: readonly Fault[], narrow: SchemaObject, wide: SchemaObject, name: string, path: string): readonly Fault[] {
  if (faults.length === 0) return faults;
  const [here, there] = [narrow, wide].map((schema) => Object.hasOwn((schema['properties'] as object | undefined) ?? {}, name));
  if (here === there) return faults;
  return [{ path, reason: here ? 'is a member that is not known there' : 'is not described any more, so it may be anything' }];
}

function atLeast(narrow: SchemaObject, wide: SchemaObject, keyword: string, path: string): Fault[] {
  const [own = 0, limit = 0] = [narrow[keyword], wide[keyword]] as [number?, number?];
  return own < limit ? [{ path, reason: `may be shorter: ${keyword} is ${own} instead of ${limit}` }] : [];
}

function atMost(narrow: SchemaObject, wide: SchemaObject, keyword: string, path: string): Fault[] {
  const [own = Infinity, limit = Infinity] = [narrow[keyword], wide[keyword]] as [number?, number?];
  return own > limit ? [{ path, reason: `may be longer: ${keyword} is ${own === Infinity ? 'gone' : own} instead of ${limit}` }] : [];
}

function sameOrAbsent(narrow: SchemaObject, wide: SchemaObject, keyword: string, path: string): Fault[] {
  const [own, limit] = [narrow[keyword], wide[keyword]];
  return limit === undefined || own === limit ? [] : [{ path, reason: `may be of another form: ${keyword} is ${JSON.stringify(own) ?? 'gone'} instead of ${JSON.stringify(limit)}` }];
}

/** The values that a schema allows, or more than those, when they can be listed. */
function finite(schema: SchemaObject): readonly unknown[] | undefined {
  const listed = 'const' in schema ? [schema['const']] : (schema['enum'] as readonly unknown[] | undefined);
  if (listed !== undefined) return listed.filter((value) => accepts(schema, value));
  if (schema['type'] === 'null') return [null];
  return schema['type'] === 'boolean' ? [true, false] : undefined;
}

function typesOf({ type }: SchemaObject): readonly string[] {
  return type === undefined ? TYPES : [type].flat() as string[];
}

function overlap(one: string, other: string): boolean {
  return one === other || [one, other].toSorted().join() === 'integer,number';
}

const ajv = new Ajv2020({ strict: false, logger: false });
addFormats.default(ajv);

function accepts(schema: Schema, value: unknown): boolean {
  return typeof schema === 'boolean' ? schema : ajv.validate(schema, value);
}

function names(required: unknown): readonly string[] {
  return (required as readonly string[] | undefined) ?? [];
}

function words(schema: SchemaObject): string {
  return typesOf(schema).length === TYPES.length ? 'anything' : typesOf(schema).join(' or ');
}

function distinct(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [`${fault.path}\0${fault.reason}`, fault])).values()];
}
