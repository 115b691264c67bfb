/**
 * Rows that are parameters of a statement, in the place of a table: few of them as a list of VALUES, many as one array for each column.
 *
 * An array costs PostgreSQL some µs, however short it is: one event took 179 µs as arrays of its 17 columns, and takes 76 as a list. From
 * some fifty rows on both cost the same; and a list is another statement for each number of rows.
 */
import { jsonArray, jsonElements, plainArray, unnested } from './arrays.pg.ts';

/** One column. */
export interface ParameterColumn<Row> {
  readonly name: string;
  /** Of PostgreSQL, for example `uuid`. */
  readonly type: string;
  readonly of: (row: Row) => string | number | Buffer | null;
  /** Its values have nothing that PostgreSQL would read as part of an array: see `plainArray`. JSON goes by `jsonArray` anyway. */
  readonly isPlain?: true;
}

/** Rows as a statement has them. */
export interface ParameterRows {
  /** For FROM, with its alias: `(VALUES …) AS e(event_id, …)`. */
  readonly text: string;
  readonly values: unknown[];
}

export interface ParameterTable<Row> {
  /** These rows, from parameter `$first` on. */
  rows(rows: readonly Row[], first: number): ParameterRows;
  /** SQL for all values of one column, as an array, where `count` rows stand from `$first` on. */
  array(name: string, count: number, first: number): string;
}

/** So many rows are a list at most. Each number of rows is a statement that every connection keeps. */
const FEW = 8;

/** `ordinal`: the name of a further column, with the place of each row, from 1. */
export function parameterTable<Row>(alias: string, columns: readonly ParameterColumn<Row>[], ordinal?: string): ParameterTable<Row> {
  const as = `AS ${alias}(${[...columns.map(({ name }) => name), ...(ordinal === undefined ? [] : [ordinal])].join(', ')})`;
  // Made once: it is looked up by its text.
  const texts = new Map<string, string>();
  const list = (count: number, first: number): string => {
    const row = (place: number): string => columns.map(({ type }, index) => `$${first + place * columns.length + index}::${type}`).join(', ');
    return `(VALUES ${Array.from({ length: count }, (_, place) => `(${row(place)}${ordinal === undefined ? '' : `, ${place + 1}`})`).join(', ')}) ${as}`;
  };
  const arrays = (first: number): string => `${unnested(columns.map(({ type }) => type), first, ordinal !== undefined)} ${as}`;
  return {
    rows(rows, first) {
      const isFew = areFew(rows.length);
      const key = isFew ? `${first} ${rows.length}` : String(first);
      let text = texts.get(key);
      if (text === undefined) {
        text = isFew ? list(rows.length, first) : arrays(first);
        texts.set(key, text);
      }
      return { text, values: isFew ? rows.flatMap((row) => columns.map((column) => column.of(row))) : columns.map((column) => arrayOf(column, rows)) };
    },
    array(name, count, first) {
      const at = columns.findIndex((column) => column.name === name);
      const type = columns[at]?.type ?? '';
      return areFew(count) ? `ARRAY[${Array.from({ length: count }, (_, place) => `$${first + place * columns.length + at}`).join(', ')}]::${type}[]` : elements(type, first + at);
    },
  };
}

/** No rows at all are no list. */
function areFew(count: number): boolean {
  return count > 0 && count <= FEW;
}

function elements(type: string, parameter: number): string {
  return type === 'jsonb' ? jsonElements(`$${parameter}`) : `$${parameter}::${type}[]`;
}

function arrayOf<Row>({ type, of, isPlain }: ParameterColumn<Row>, rows: readonly Row[]): unknown {
  const values = rows.map((row) => of(row));
  if (type === 'jsonb') return jsonArray(values as (string | null)[]);
  if (type === 'bytea') return plainArray((values as (Buffer | null)[]).map((bytes) => (bytes === null ? null : `\\\\x${bytes.toString('hex')}`)));
  return isPlain === true ? plainArray(values as (string | number | null)[]) : values;
}
