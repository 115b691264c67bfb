/** Documents made up for a JSON Schema, near what it allows: most are valid under it, some just miss. For tests. */
import fc from 'fast-check';
import type { Schema, SchemaObject } from './documents.ts';

const ANYTHING: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(null, true, 0, 1, 2.5, -1, 'x', 'y', '', 'xyz', [], ['x'], {}, { a: 'x' }, { b: 1 }, { d: 1 }, { long: null });
/** Texts that fit the formats and patterns which are in use here. */
const TEXTS = ['', 'x', 'xy', 'yy', 'xyxy', 'z', '2026-11-21', 'x@y.test', '0193a6a0-6100-7def-8123-456789abcdef', '2026-11-21T09:30:00.000Z', '14.00', 'USD', 'a_reason'];

export function documentsOf(schema: Schema): fc.Arbitrary<unknown> {
  if (typeof schema === 'boolean') return ANYTHING;
  const parts = [
    ...('const' in schema ? [fc.constant(schema['const'])] : []),
    ...('enum' in schema ? [fc.constantFrom(...(schema['enum'] as unknown[]))] : []),
    ...['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => ((schema[keyword] as readonly Schema[] | undefined) ?? []).map((branch) => joined(schema, branch))),
    ...[schema['type'] ?? []].flat().flatMap((type) => BY_TYPE[String(type)]?.(schema) ?? []),
  ];
  return parts.length === 0 ? ANYTHING : fc.oneof(...parts);
}

/** Objects of both, one over the other. */
function joined(schema: SchemaObject, branch: Schema): fc.Arbitrary<unknown> {
  if (schema['type'] !== 'object') return documentsOf(branch);
  return fc.tuple(objects(schema), documentsOf(branch)).map(([own, other]) => (typeof other === 'object' && other !== null && !Array.isArray(other) ? { ...own, ...other } : other));
}

const BY_TYPE: Readonly<Record<string, (schema: SchemaObject) => fc.Arbitrary<unknown>>> = {
  null: () => fc.constant(null),
  boolean: () => fc.boolean(),
  string: ({ minLength = 0, maxLength = 6 }) => fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: fc.constantFrom('x', 'y'), minLength: minLength as number, maxLength: Math.max(minLength as number, Math.min(maxLength as number, 6)) })),
  number: (schema) => fc.oneof(numbers(schema), fc.constantFrom(0.5, 1.5, 2.5, 0.25)),
  integer: numbers,
  array: ({ items = true, prefixItems = [], minItems = 0, maxItems = 3 }) =>
    fc.tuple(...(prefixItems as readonly Schema[]).map(documentsOf), fc.array(documentsOf(items as Schema), { minLength: Math.min(minItems as number, 3), maxLength: Math.max(Math.min(maxItems as number, 3), Math.min(minItems as number, 3)) }))
      .map((parts) => [...parts.slice(0, -1), ...(parts.at(-1) as unknown[])].slice(0, maxItems as number)),
  object: objects,
};

function numbers({ minimum = -2, maximum = 5 }: SchemaObject): fc.Arbitrary<number> {
  return fc.integer({ min: Math.ceil(minimum as number), max: Math.max(Math.ceil(minimum as number), Math.min(maximum as number, (minimum as number) + 9)) });
}

function objects(schema: SchemaObject): fc.Arbitrary<object> {
  const { properties = {}, required = [], additionalProperties = true, patternProperties = {} } = schema as { properties?: Record<string, Schema>; required?: readonly string[]; additionalProperties?: Schema; patternProperties?: Record<string, Schema> };
  const rest = additionalProperties === false ? {} : { d: documentsOf(additionalProperties), e: documentsOf(additionalProperties) };
  const matched = Object.fromEntries(Object.values(patternProperties).flatMap((inner) => [['d', documentsOf(inner)], ['bb', documentsOf(inner)]]));
  const lacking = Object.fromEntries(required.filter((name) => !(name in properties)).map((name) => [name, documentsOf(additionalProperties)]));
  const own = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, documentsOf(inner)]));
  const members: Record<string, fc.Arbitrary<unknown>> = { ...rest, ...matched, ...lacking, ...own };
  return fc.record(members, { requiredKeys: [...required], noNullPrototype: true });
}
