/**
 * The baseline: the contract that others were built against, in docs/contract/baseline. It holds what can break somebody and no
 * words. Only `--accept-contract` writes it.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { apiBreaks, channelBreaks } from './breaks.ts';
import type { Break } from './breaks.ts';
import type { OpenApiDocument, Schema, SchemaObject } from './documents.ts';
import { CATALOGUE_FILE, entryBreaks, entryNotes } from './entry-facts.ts';
import type { CatalogueFacts } from './entry-facts.ts';
import { eventBreaks } from './event-breaks.ts';
import type { EventBreak } from './event-breaks.ts';
import { textOf } from './files.ts';
import type { ContractFiles } from './files.ts';
import { bare } from './schema-within.ts';

const CONTRACT = resolve(import.meta.dirname, '../../docs/contract');
const BASELINE = join(CONTRACT, 'baseline');

/** The files of the contract as they stand in docs/contract, path → text; those of the baseline are none of them. */
export function committedContract(): Readonly<Record<string, string>> {
  return Object.fromEntries(jsonBelow(CONTRACT).filter((path) => !path.startsWith('baseline/')).map((path) => [path, readFileSync(join(CONTRACT, path), 'utf8')]));
}

/** Writes docs/contract: what is not among the files goes away. */
export function writeContract(files: ContractFiles): void {
  write(CONTRACT, files, Object.keys(committedContract()));
}

export function writeBaseline(files: ContractFiles): void {
  write(BASELINE, Object.fromEntries(Object.entries(files).map(([path, document]) => [path, bareDocument(path, document as SchemaObject)])), jsonBelow(BASELINE));
}

export function readBaseline(): ContractFiles {
  return Object.fromEntries(jsonBelow(BASELINE).map((path) => [path, JSON.parse(readFileSync(join(BASELINE, path), 'utf8')) as object]));
}

/** One sentence for each thing that would break somebody who was built against the baseline. */
export function breaksOf(baseline: ContractFiles, files: ContractFiles): string[] {
  return Object.entries(baseline).flatMap(([path, before]) =>
    breaksOfFile(path, before, files[path]).map(({ place, what, mend }) => `docs/contract/${path}: ${place === '' ? 'the event' : place} ${what}. ${mend}`));
}

/** What of the events would break, place by place; of all that stand in the log, published or not. */
export function eventBreaksOf(baseline: ContractFiles, files: ContractFiles): EventBreak[] {
  return Object.entries(baseline).flatMap(([path, before]) => eventBreaksOfFile(path, before, files[path]) ?? []);
}

/** What of the events was marked since; it breaks nobody. */
export function eventNotesOf(baseline: ContractFiles, files: ContractFiles): EventBreak[] {
  const [before, now] = [baseline, files].map((from) => (from[CATALOGUE_FILE] ?? {}) as CatalogueFacts) as [CatalogueFacts, CatalogueFacts];
  return entryNotes(before, now);
}

/** `OrderCreated.v1` of the file that holds its schema; undefined of any other file. */
export function eventNameOf(path: string): string | undefined {
  return /^(?:events|internal-events)\/(.+)\.schema\.json$/.exec(path)?.[1];
}

/** Undefined for a file that tells of no events. */
function eventBreaksOfFile(path: string, before: object, now: object | undefined): EventBreak[] | undefined {
  const event = eventNameOf(path);
  if (event !== undefined) return eventBreaks(event, before as SchemaObject, now as SchemaObject | undefined);
  return path === CATALOGUE_FILE && now !== undefined ? entryBreaks(before as CatalogueFacts, now as CatalogueFacts) : undefined;
}

function breaksOfFile(path: string, before: object, now: object | undefined): readonly Break[] {
  const ofEvents = eventBreaksOfFile(path, before, now);
  if (ofEvents !== undefined) return ofEvents;
  if (now === undefined) return [{ place: path, what: 'is gone', mend: 'Keep it.' }];
  return path.endsWith('.openapi.json') ? apiBreaks(before as OpenApiDocument, now as OpenApiDocument) : channelBreaks(before as SchemaObject, now as SchemaObject);
}

function bareDocument(path: string, document: SchemaObject): object {
  if (path === CATALOGUE_FILE) return document;
  if (eventNameOf(path) !== undefined) return bare(document) as object;
  const { openapi, asyncapi, channels, paths, components } = document;
  if (asyncapi !== undefined) return { asyncapi, channels: withoutWords(channels) };
  const { schemas = {}, ...others } = components as SchemaObject;
  const bared = Object.fromEntries(Object.entries(schemas as Readonly<Record<string, Schema>>).map(([name, schema]) => [name, bare(schema)]));
  return { openapi, paths: withoutWords(paths), components: { ...(withoutWords(others) as object), schemas: bared } };
}

/** What stands around the schemas, without its words; the schemas themselves are bared. */
function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, inner]) => (WORDS.has(name) ? [] : [[name, name === 'schema' ? bare(inner as Schema) : withoutWords(inner)]])));
}

const WORDS = new Set(['description', 'summary', 'title', 'example', 'examples', 'tags']);

function write(folder: string, files: ContractFiles, present: readonly string[]): void {
  for (const path of present) if (!Object.hasOwn(files, path)) rmSync(join(folder, path));
  for (const [path, document] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), textOf(document));
  }
}

function jsonBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() && entry.name.endsWith('.json') ? [relative(folder, join(entry.parentPath, entry.name))] : [])).toSorted();
}
