/** What somebody looks for in history, from the address to the call. Pure, but for the zone of the browser. */
import { compilePattern } from '@commerce/events/pattern';

/** As the address has it; empty: any. */
export interface Search {
  readonly type: string;
  readonly topic: string;
  readonly subject: string;
  readonly correlationId: string;
  /** `2026-11-22T10:00` in the zone of the browser, or how long ago: `15m`, `3h`, `2d`. */
  readonly from: string;
  readonly to: string;
  /** An EventBridge pattern. */
  readonly filter: string;
}

export type SearchField = keyof Search;

export const SEARCH_FIELDS: readonly SearchField[] = ['type', 'topic', 'subject', 'correlationId', 'from', 'to', 'filter'];

/** What the service is asked for, beside page and cursor. */
export type SearchQuery = Partial<Record<SearchField, string>>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TYPES = /^[A-Za-z][A-Za-z0-9_.]*(,[A-Za-z][A-Za-z0-9_.]*){0,49}$/;
const AGO = /^(\d{1,4})\s*([smhd])$/;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What is wrong with it, by field; nothing is asked for while something is. */
export function faultsOf(search: Search): Partial<Record<SearchField, string>> {
  const faults: Partial<Record<SearchField, string>> = {};
  if (search.type !== '' && !TYPES.test(compact(search.type))) faults.type = 'Names of types with commas between them, such as order.created,OrderPaid.';
  if (search.correlationId !== '' && !UUID.test(search.correlationId.trim())) faults.correlationId = 'A correlation id is a UUID.';
  for (const field of ['from', 'to'] as const) if (search[field] !== '' && timeOf(search[field], 0) === undefined) faults[field] = 'A time, or how long ago: 15m, 3h, 2d.';
  if (search.filter !== '') {
    const fault = patternFault(search.filter);
    if (fault !== undefined) faults.filter = fault;
  }
  return faults;
}

/** `nowMs`: for times that are told as how long ago. */
export function queryOf(search: Search, nowMs: number): SearchQuery {
  const { type, topic, subject, correlationId, from, to, filter } = search;
  const times = { from: timeOf(from, nowMs), to: timeOf(to, nowMs) };
  const given = { type: compact(type), topic, subject: subject.trim(), correlationId: correlationId.trim(), ...times, filter: filter.trim() };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '' && value !== undefined)) as SearchQuery;
}

/** ISO 8601; undefined for what is no time. */
export function timeOf(text: string, nowMs: number): string | undefined {
  const [, count, unit] = AGO.exec(text.trim()) ?? [];
  if (count !== undefined && unit !== undefined) return new Date(nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]).toISOString();
  const ms = text.trim() === '' ? Number.NaN : Date.parse(text.trim());
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

export function patternFault(text: string): string | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'It is no event pattern.';
  }
}

function compact(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
