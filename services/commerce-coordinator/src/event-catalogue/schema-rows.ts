/** The members that a JSON Schema of an object allows, one row for each, in depth. Pure; it reads what is made of the entries and no more. */
import type { JsonSchema } from '@commerce/events/json-schema';

export interface SchemaRow {
  /** `lines[].sku`. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly rules: string;
}

export function rowsOf(schema: JsonSchema, prefix = ''): SchemaRow[] {
  const { properties = {}, required = [] } = schema as { readonly properties?: Readonly<Record<string, JsonSchema>>; readonly required?: readonly string[] };
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    return [{ path, type: typeOf(inner), isRequired: required.includes(name), rules: rulesOf(inner) }, ...below(inner, path)];
  });
}

function below(schema: JsonSchema, path: string): SchemaRow[] {
  const items = schema['items'];
  if (isSchema(items)) return [...rowsOf(items, `${path}[].`), ...(items['type'] === 'array' ? below(items, `${path}[]`) : [])];
  return [...rowsOf(schema, `${path}.`), ...alternatives(schema).flatMap((branch) => rowsOf(branch, `${path}.`))];
}

function typeOf(schema: JsonSchema): string {
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' or ');
  const branches = alternatives(schema);
  if (branches.length > 0) return [...new Set(branches.map(typeOf))].join(' or ');
  const items = schema['items'];
  if (schema['type'] === 'array') return isSchema(items) ? `list of ${typeOf(items)}` : 'list';
  return typeof schema['type'] === 'string' ? schema['type'] : 'anything';
}

const RULES: Readonly<Record<string, (value: unknown) => string>> = {
  format: String,
  pattern: (value) => `/${String(value)}/`,
  minLength: (value) => `at least ${counted(value, 'character')}`,
  maxLength: (value) => `at most ${counted(value, 'character')}`,
  minimum: (value) => `at least ${String(value)}`,
  maximum: (value) => `at most ${String(value)}`,
  minItems: (value) => `at least ${counted(value, 'item')}`,
  maxItems: (value) => `at most ${counted(value, 'item')}`,
};

function counted(value: unknown, one: string): string {
  return `${String(value)} ${value === 1 ? one : `${one}s`}`;
}

/** What every whole number in JSON is limited to says nothing. */
function isNews(keyword: string, schema: JsonSchema): boolean {
  if (!(keyword in schema)) return false;
  return keyword === 'pattern' ? !('format' in schema) : Math.abs(Number(schema[keyword])) !== Number.MAX_SAFE_INTEGER;
}

function rulesOf(schema: JsonSchema): string {
  const own = Object.entries(RULES).flatMap(([keyword, words]) => (isNews(keyword, schema) ? [words(schema[keyword])] : []));
  const description = typeof schema['description'] === 'string' ? [schema['description']] : [];
  return [...own, ...description].join(', ');
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return [schema['anyOf'], schema['oneOf']].flatMap((branches) => (Array.isArray(branches) ? branches.filter(isSchema) : []));
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
