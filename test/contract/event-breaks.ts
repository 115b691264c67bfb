/**
 * What a change of an event would break: for a reader or a writer of an older build, and for the events that lie in logs, archives
 * and queues. Pure; the schema of one version as it was released, and as it is now.
 *
 * Who publishes writes the members of the schema and no other; who reads passes over members of `data` that he does not know. So a
 * released version may gain an optional member, and nothing else of it may change: what may be written now must be valid for a reader
 * of the older schema, what was written under that must be valid now, and what it describes stays described.
 */
import type { Break } from './breaks.ts';
import type { Schema, SchemaObject } from './documents.ts';
import { faultsWithin } from './schema-within.ts';

/** One place of one version that is not as it was. */
export interface EventBreak extends Break {
  readonly type: string;
  /** `v1`. */
  readonly version: string;
  /** `data.lines[].sku`; empty for the whole version. */
  readonly path: string;
}

/** `name`: `OrderCreated.v1`. `now` is undefined when the version is gone. */
export function eventBreaks(name: string, before: Schema, now: Schema | undefined): EventBreak[] {
  const [type = name, version = ''] = name.split('.');
  const broken = { type, version };
  if (now === undefined) {
    const mend = 'Put it back under "versions" of its entry; other versions stand beside it.';
    return [{ ...broken, path: '', place: name, what: `the version ${version} of ${type} is gone, and events of it lie in logs and queues`, mend }];
  }
  const mend = mendOf(type, version);
  return [
    ...faultsWithin(asRead(now), asRead(before)).map(({ path, reason }) => ({ ...broken, path, place: path, what: `${reason}: a reader of the ${version} that was published refuses it`, mend })),
    ...faultsWithin(asWritten(before), asRead(now)).map(({ path, reason }) => ({ ...broken, path, place: path, what: `is refused now, and in what was published under ${version} it ${reason}`, mend })),
  ];
}

function mendOf(type: string, version: string): string {
  const next = `v${Number(version.slice(1)) + 1}`;
  return `Leave ${version} of ${type} as it was, add ${next} beside it under "versions" of its entry, and the step to it as upcasters.${version}.`;
}

/** As a reader takes it: members of `data` may stand there that it does not know. */
function asRead(schema: Schema): Schema {
  return withData(schema, ({ additionalProperties, ...others }) => (additionalProperties === undefined || additionalProperties === false ? others : { ...others, additionalProperties }));
}

/** As a publisher writes it: no member of `data` that it does not know. */
function asWritten(schema: Schema): Schema {
  return withData(schema, (object) => ('additionalProperties' in object ? object : { ...object, additionalProperties: false }));
}

function withData(schema: Schema, change: (object: SchemaObject) => SchemaObject): Schema {
  if (typeof schema === 'boolean') return schema;
  const { data, ...others } = schema['properties'] as Readonly<Record<string, Schema>>;
  return { ...schema, properties: { ...others, data: withObjects(data ?? true, change) as Schema } };
}

/** The schema with every object of named members in it changed. */
function withObjects(value: unknown, change: (object: SchemaObject) => SchemaObject): unknown {
  if (Array.isArray(value)) return value.map((one) => withObjects(one, change));
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([keyword, part]) => [keyword, keyword === 'properties' ? mapped(part as SchemaObject, change) : withObjects(part, change)]));
  return inner['type'] === 'object' && 'properties' in inner ? change(inner) : inner;
}

function mapped(members: SchemaObject, change: (object: SchemaObject) => SchemaObject): SchemaObject {
  return Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, withObjects(schema, change)]));
}
