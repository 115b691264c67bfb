/**
 * Makes the samples of a version of an event, once: its example, the least that it allows, and the most, with every choice of a list
 * of values or forms taken in turn. The same each time; no randomness.
 */
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import type { EventEntry } from '@commerce/events/catalogue';
import { versionsInOrder } from '@commerce/events/upcasting';
import { z } from 'zod';
import type { Schema, SchemaObject } from '../contract/documents.ts';

export interface Sample {
  /** SHA-256 of the event's canonical JSON: who changes a sample is found out. */
  readonly digest: string;
  readonly event: SchemaObject;
}

export interface Samples {
  readonly type: string;
  readonly version: string;
  readonly samples: readonly Sample[];
}

/** Texts that fit the formats and patterns which are in use; whoever brings another one adds a text. */
const TEXTS = ['VINET', '200.38', '0', 'USD', 'a_reason', '2026-11-21T09:30:00.000Z', '0193a6a0-6100-7def-8123-456789abcdef', 'paul.henriot@vinet.example', 'https://shop.example/a', '2026-11-21', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'];
/** As much as the longest text that is made has of one character. */
const LONGEST = 40;

export function makeSamples(entry: EventEntry, version: string, source: string): Samples {
  const schema = entry.versions[version] as z.ZodObject;
  const json = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) as SchemaObject;
  const isCurrent = versionsInOrder(entry.versions).at(-1) === version;
  const turns = Array.from({ length: choicesOf(json) }, (_, turn) => turn);
  const made = [...(isCurrent ? [entry.example] : []), ...turns.flatMap((turn) => [valueOf(json, { turn, isFull: false }), valueOf(json, { turn, isFull: true })])];
  const distinct = [...new Map(made.map((data) => [canonicalJson(data), data])).values()];
  for (const data of distinct) schema.parse(data);
  return { type: entry.type, version, samples: distinct.map((data, index) => sampleOf(entry.type, version, source, data, index)) };
}

/** The digest of an event as it is sent. */
export function digestOf(event: SchemaObject): string {
  return sha256(canonicalJson(event)).toString('hex');
}

function sampleOf(eventType: string, eventVersion: string, source: string, data: unknown, index: number): Sample {
  const event = {
    eventId: `0193a6a0-61${String(index).padStart(2, '0')}-7def-8123-456789abcdef`, eventType, eventVersion, timestamp: '2026-11-21T09:30:00.000Z', source,
    correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e', causationId: index % 2 === 0 ? null : '0193a6a0-60ff-7aaa-9bbb-ccccddddeeee', data, metadata: index === 0 ? {} : { userId: 'storefront', sequence: index },
  };
  return { digest: digestOf(event), event };
}

/** `turn`: which of several values or forms is taken. `isFull`: optional members are there, texts are long, lists have two items more. */
interface Way {
  readonly turn: number;
  readonly isFull: boolean;
}

/** As many turns as the longest choice within has. */
function choicesOf(value: unknown): number {
  if (Array.isArray(value)) return Math.max(1, ...value.map(choicesOf));
  if (typeof value !== 'object' || value === null) return 1;
  return Math.max(1, ...Object.entries(value).map(([keyword, part]) => (CHOICES.has(keyword) ? Math.max((part as unknown[]).length, choicesOf(part)) : choicesOf(part))));
}

const CHOICES = new Set(['enum', 'anyOf', 'oneOf']);

function valueOf(schema: Schema, way: Way): unknown {
  if (typeof schema === 'boolean') return 'anything';
  if ('const' in schema) return schema['const'];
  const choice = (schema['enum'] ?? schema['anyOf'] ?? schema['oneOf']) as readonly unknown[] | undefined;
  if (choice !== undefined) {
    const one = choice[way.turn % choice.length];
    return 'enum' in schema ? one : valueOf(one as Schema, way);
  }
  const { type } = schema;
  return (MAKERS[String(type)] ?? (() => 'anything'))(schema, way);
}

const MAKERS: Readonly<Record<string, (schema: SchemaObject, way: Way) => unknown>> = {
  null: () => null,
  boolean: (_schema, { turn }) => turn % 2 === 0,
  integer: numberOf,
  number: numberOf,
  string: textOf,
  array: ({ items = true, prefixItems = [], minItems = 0, maxItems = Number.POSITIVE_INFINITY }, way) => {
    const first = (prefixItems as readonly Schema[]).map((item) => valueOf(item, way));
    const count = Math.min(maxItems as number, Math.max(minItems as number, first.length) + (way.isFull ? 2 : 0));
    return [...first, ...Array.from({ length: count - first.length }, (_, index) => valueOf(items as Schema, { ...way, turn: way.turn + index }))];
  },
  object: objectOf,
};

function numberOf({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: SchemaObject, { isFull }: Way): number {
  return isFull ? Math.min(maximum as number, Number.MAX_SAFE_INTEGER) : (minimum as number);
}

function textOf({ minLength = 0, maxLength = LONGEST, pattern, format }: SchemaObject, { isFull }: Way): string {
  if (pattern !== undefined || format !== undefined) {
    const found = TEXTS.find((text) => (pattern === undefined || new RegExp(pattern as string, 'u').test(text)) && (format === undefined || FORMATS[format as string]?.test(text) === true));
    if (found === undefined) throw new Error(`No text fits the pattern ${String(pattern)} or the format ${String(format)}: add one to TEXTS in test/event-samples/make.ts.`);
    return found;
  }
  return isFull ? 'é'.repeat(Math.min(maxLength as number, Math.max(LONGEST, minLength as number))) : 'x'.repeat(minLength as number);
}

/** How a text of each format looks that stands in TEXTS. */
const FORMATS: Readonly<Record<string, RegExp>> = { uuid: /^[0-9a-f-]{36}$/, 'date-time': /T.*Z$/, date: /^\d{4}-\d\d-\d\d$/, email: /^.+@.+$/, uri: /^https:/ };

function objectOf({ properties = {}, required = [], additionalProperties }: SchemaObject, way: Way): object {
  const members = Object.entries(properties as Readonly<Record<string, Schema>>).filter(([name]) => way.isFull || (required as readonly string[]).includes(name));
  const isBag = typeof additionalProperties === 'object' && members.length === 0 && way.isFull;
  return { ...Object.fromEntries(members.map(([name, schema]) => [name, valueOf(schema, way)])), ...(isBag && { key: valueOf(additionalProperties as Schema, way) }) };
}
