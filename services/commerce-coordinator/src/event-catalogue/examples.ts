/** The schema and an example of a type, as its entry gives them. Pure. */
import type { EventEnvelope } from '@commerce/events/envelope';
import { eventExample, eventJsonSchema } from '@commerce/events/json-schema';
import type { JsonSchema } from '@commerce/events/json-schema';
import type { KnownType } from './registry.ts';

const schemas = new WeakMap<KnownType, Map<string, JsonSchema>>();

/** Of one of its versions; made once. Its source is fixed only where nobody else can tell it. */
export function schemaOf(type: KnownType, version: string): JsonSchema {
  const made = schemas.get(type) ?? new Map<string, JsonSchema>();
  schemas.set(type, made);
  const { entry, producers } = type;
  const schema = made.get(version) ?? eventJsonSchema(entry, version, producers.length === 1 && entry.isExternal !== true ? producers[0]?.source : undefined);
  made.set(version, schema);
  return schema;
}

/** An event of the type, whole, and what it is about. One that both services tell is as its owner tells it. */
export function exampleOf({ entry, producers }: KnownType): { readonly envelope: EventEnvelope; readonly subject: string } {
  return { envelope: eventExample(entry, producers.at(-1)?.source ?? 'somebody'), subject: entry.subject(entry.example) };
}
