/**
 * Array parameters without the driver's escaping, which costs more than the insert for long texts.
 */

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
