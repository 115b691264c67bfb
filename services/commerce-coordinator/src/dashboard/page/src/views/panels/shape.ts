/**
 * What a panel is drawn as, by the form of its answer: single values as figures, lists of objects as tables, lists of objects with
 * `startsAt` as series over time. Pure. Promise: whatever the answer is, something is shown of it, and what is shown is bounded.
 */

export type Scalar = string | number | boolean | null;

export interface Figures {
  readonly kind: 'figures';
  readonly title: string | undefined;
  readonly values: readonly { readonly name: string; readonly key: string; readonly value: Scalar }[];
}

export interface Table {
  readonly kind: 'table';
  readonly title: string;
  readonly columns: readonly { readonly name: string; readonly key: string; readonly isNumber: boolean }[];
  readonly rows: readonly Readonly<Record<string, Scalar>>[];
}

export interface Series {
  readonly kind: 'series';
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

export type Part = Figures | Table | Series;

export interface Shape {
  readonly parts: readonly Part[];
  /** The answer says that there is more on further pages. */
  readonly hasMore: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Names that say when a row begins. */
const TIME = 'startsAt';
const NEXT = 'nextCursor';
const MOST_PARTS = 20;
const MOST_COLUMNS = 9;
const MOST_LINES = 4;
const LONGEST = 200;

export function shapeOf(answer: unknown): Shape {
  if (Array.isArray(answer)) return { parts: listParts('items', answer), hasMore: false };
  if (!isFields(answer)) return { parts: [{ kind: 'figures', title: undefined, values: [{ name: 'Value', key: 'value', value: scalarOf(answer) }] }], hasMore: false };
  const members = Object.entries(answer).filter(([key]) => key !== NEXT);
  const figures = figuresOf(undefined, members.filter(([, value]) => isScalar(value)));
  const others = members.flatMap(([key, value]): Part[] => (Array.isArray(value) ? listParts(key, value) : isFields(value) ? objectParts(key, value) : []));
  return { parts: [...figures, ...others].slice(0, MOST_PARTS), hasMore: typeof answer[NEXT] === 'string' };
}

/** `pastPromiseMs` → `Past promise`; the unit is said by the value. */
export function nameOf(key: string): string {
  const words = key.replace(/(?:Ms|Seconds|At)$/, '').replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_-]/g, ' ').toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function listParts(key: string, list: readonly unknown[]): Part[] {
  const title = key === 'items' ? '' : nameOf(key);
  const rows = list.filter(isFields);
  if (rows.length < list.length) return list.length === 0 ? [] : [{ kind: 'figures', title: undefined, values: [{ name: nameOf(key), key, value: list.map((one) => text(one)).join(', ').slice(0, LONGEST) }] }];
  if (rows.length === 0) return [{ kind: 'table', title, columns: [], rows: [] }];
  return rows.every((row) => typeof row[TIME] === 'string' && !Number.isNaN(Date.parse(row[TIME]))) ? [seriesOf(title, rows)] : [tableOf(title, rows)];
}

/** An object of objects is a table whose first column is the name of each. */
function objectParts(key: string, value: Fields): Part[] {
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([, one]) => isFields(one))) return [tableOf(nameOf(key), entries.map(([name, one]) => ({ name, ...(one as Fields) })))];
  return figuresOf(nameOf(key), entries);
}

function figuresOf(title: string | undefined, members: readonly (readonly [string, unknown])[]): Figures[] {
  return members.length === 0 ? [] : [{ kind: 'figures', title, values: members.map(([key, value]) => ({ name: nameOf(key), key, value: scalarOf(value) })) }];
}

function tableOf(title: string, rows: readonly Fields[]): Table {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, MOST_COLUMNS);
  return {
    kind: 'table', title,
    columns: keys.map((key) => ({ key, name: nameOf(key), isNumber: rows.every((row) => row[key] === undefined || row[key] === null || typeof row[key] === 'number') })),
    rows: rows.map((row) => Object.fromEntries(keys.map((key) => [key, scalarOf(row[key] ?? null)]))),
  };
}

function seriesOf(title: string, rows: readonly Fields[]): Series {
  const sorted = rows.toSorted((one, other) => Date.parse(String(one[TIME])) - Date.parse(String(other[TIME])));
  const keys = Object.keys(sorted[0] ?? {}).filter((key) => sorted.some((row) => typeof row[key] === 'number')).slice(0, MOST_LINES);
  return {
    kind: 'series', title, times: sorted.map((row) => Date.parse(String(row[TIME])) / 1_000),
    lines: keys.map((key) => ({ name: nameOf(key), values: sorted.map((row) => (typeof row[key] === 'number' ? row[key] : null)) })),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function scalarOf(value: unknown): Scalar {
  if (!isScalar(value)) return text(value);
  return typeof value === 'string' && value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
}

function text(value: unknown): string {
  const all = typeof value === 'string' ? value : Array.isArray(value) && value.every(isScalar) ? value.join(', ') : JSON.stringify(value) ?? '';
  return all.length > LONGEST ? `${all.slice(0, LONGEST)}…` : all;
}
