/** Where an event does not fit the catalogue: the paths, without the values that stand there. */
import type { Catalogue, EventEntry } from '@commerce/events/catalogue';
import { fromCloudEvent, isCloudEvent } from '@commerce/events/cloud-events';
import { envelopeSchema } from '@commerce/events/envelope';
import type { z } from 'zod';

export interface Difference {
  /** `data.lines.0.quantity`; empty for the whole. */
  readonly path: string;
  /** `missing`: the schema wants it; `unknown`: the schema does not have it; `invalid`: it has another form. */
  readonly problem: 'missing' | 'unknown' | 'invalid';
  readonly message: string;
}

export interface Diff {
  readonly eventType: string | null;
  /** In which version it came. */
  readonly version: string | null;
  /** The version that the catalogue has now; null for a type that it does not have. */
  readonly currentVersion: string | null;
  /** Against the current version. Empty: it fits. */
  readonly differences: readonly Difference[];
}

/** `text`: a message of the queue, or an event. */
export function diffOf(catalogue: Pick<Catalogue, 'entries' | 'currentVersion' | 'toCurrent'>, text: string): Diff {
  const value = parsed(text);
  if (value === undefined) return { eventType: null, version: null, currentVersion: null, differences: [{ path: '', problem: 'invalid', message: 'It is not a JSON object.' }] };
  const inside = isObject(value['detail']) && typeof value['detail-type'] === 'string' ? value['detail'] : value;
  const event = (isCloudEvent(inside) ? fromCloudEvent(inside) : undefined) ?? inside;
  const [eventType, version] = [textIn(event, 'eventType') ?? textIn(value, 'detail-type'), textIn(event, 'eventVersion')];
  const entry = catalogue.entries.find(({ type }) => type === eventType);
  const envelope = differencesOf(envelopeSchema, event, '');
  if (entry === undefined) return { eventType, version, currentVersion: null, differences: [...envelope, { path: 'eventType', problem: 'unknown', message: 'The catalogue has no such type.' }] };
  const currentVersion = catalogue.currentVersion(entry.type);
  return { eventType, version, currentVersion, differences: [...envelope, ...ofData(catalogue, entry, version ?? currentVersion, event['data'])] };
}

/** What came in an older version is compared in the form that readers see, where it has one. */
function ofData(catalogue: Pick<Catalogue, 'currentVersion' | 'toCurrent'>, { type, versions }: EventEntry, version: string, data: unknown): Difference[] {
  const current = catalogue.currentVersion(type);
  const schema = versions[current] as z.ZodType;
  const own = Object.hasOwn(versions, version) ? versions[version] : undefined;
  if (own === undefined) return [{ path: 'eventVersion', problem: 'invalid', message: `The catalogue has ${Object.keys(versions).join(', ')}.` }, ...differencesOf(schema, data, 'data')];
  if (version === current || !own.safeParse(data).success) return differencesOf(own, data, 'data');
  try {
    return differencesOf(schema, catalogue.toCurrent(type, version, data), 'data');
  } catch {
    return [{ path: 'data', problem: 'invalid', message: `It cannot be brought from ${version} to ${current}.` }, ...differencesOf(schema, data, 'data')];
  }
}

const MOST = 200;

function differencesOf(schema: z.ZodType, value: unknown, under: string): Difference[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.flatMap((issue) => ofIssue(issue, value, under)).slice(0, MOST);
}

function ofIssue(issue: z.core.$ZodIssue, value: unknown, under: string): Difference[] {
  const at = (path: readonly PropertyKey[]): string => [under, ...path.map(String)].filter((part) => part !== '').join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: at([...issue.path, key]), problem: 'unknown', message: 'The schema does not have it.' }));
  const isMissing = valueAt(value, issue.path) === undefined;
  return [{ path: at(issue.path), problem: isMissing ? 'missing' : 'invalid', message: issue.message }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) found = typeof found === 'object' && found !== null && Object.hasOwn(found, key) ? (found as Record<PropertyKey, unknown>)[key] : undefined;
  return found;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textIn(value: Readonly<Record<string, unknown>>, name: string): string | null {
  const found = value[name];
  return typeof found === 'string' ? found : null;
}
