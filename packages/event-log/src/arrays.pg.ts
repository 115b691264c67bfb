/**
 * Array parameters without the driver's escaping, which costs more than the insert for long texts; and the rows that are made of them.
 */

/** The text of an array as PostgreSQL reads it; the array itself where it holds what only the driver can write. */
export function arrayText(values: readonly unknown[]): string | readonly unknown[] {
  let text = '';
  for (const value of values) {
    const element = elementText(value);
    if (element === undefined) return values;
    text += text === '' ? element : `,${element}`;
  }
  return `{${text}}`;
}

function elementText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.includes('\\') || value.includes('"') ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${value}"`;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'undefined':
      return 'NULL';
    default:
      return value === null ? 'NULL' : Buffer.isBuffer(value) ? `"\\\\x${value.toString('hex')}"` : undefined;
  }
}

/** An array of values that contain nothing PostgreSQL would read as part of the array: numbers, UUIDs, names, hex, ISO times. */
export function plainArray(values: readonly (string | number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** A character that JSON texts never contain unescaped. */
const SEPARATOR = '\u001e';

/** JSON texts, or null, as one text; `jsonElements` takes it apart again. */
export function jsonArray(texts: readonly (string | null)[]): string {
  return texts.map((text) => text ?? '').join(SEPARATOR);
}

/** SQL for the elements of a `jsonArray` parameter, as `jsonb[]`. Inside an `unnest` beside other arrays a missing last one is NULL. */
export function jsonElements(parameter: string): string {
  return `string_to_array(${parameter}::text, chr(30), '')::jsonb[]`;
}

/**
 * SQL of a subquery for FROM that makes rows of array parameters: a column of each type (of one element; `jsonb`: out of a `jsonArray`), from
 * parameter `$first` on; `ordinal` adds the place of each row, from 1. The sets stand side by side in its select list: as tables each is put into a store of its
 * own before a row is made of them, which costs as much again as to read the parameters. Where one array is shorter, its last ones are NULL.
 */
export function unnested(types: readonly string[], first = 1, ordinal = false): string {
  const sets = types.map((type, index) => (type === 'jsonb' ? `unnest(string_to_array($${first + index}::text, chr(30), ''))::jsonb` : `unnest($${first + index}::${type}[])`));
  const place = types.findIndex((type) => type !== 'jsonb');
  return `(SELECT ${[...sets, ...(ordinal ? [`generate_subscripts($${first + place}::${types[place]}[], 1)`] : [])].join(', ')})`;
}
