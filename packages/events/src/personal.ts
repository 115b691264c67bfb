/**
 * Which fields of an event are personal: data about a customer that must be gone when the customer is erased. A field is marked in
 * the schema, once, with `personal(…)`; JSON Schema shows the mark as `x-personal`.
 *
 * A mark stands on a member of an object, at any depth of objects. Refuses (by `faultsOfMarks`, when a catalogue is composed) what
 * nobody would find or could take out again: a mark in a list, a record or a union, and a required member that may not be `ERASED`.
 */
import { z } from 'zod';

/** Keyword of JSON Schema. */
export const PERSONAL = 'x-personal';

/** What a required personal member reads as after the erasure; an optional one is absent. */
export const ERASED = 'erased';

/** Marks a member as personal. The bounds of its values stay as they are. */
export function personal<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), [PERSONAL]: true }) as Schema;
}

/** Where a marked member stands in `data`. */
export interface PersonalField {
  readonly path: readonly string[];
  /** Reads as `ERASED` after the erasure; without this it is left out. */
  readonly isRequired: boolean;
}

/** The marked members of a schema, in the order in which they stand there. */
export function personalFieldsOf(schema: z.ZodType, path: readonly string[] = []): PersonalField[] {
  const bare = unwrapped(schema).inner;
  if (!(bare instanceof z.ZodObject)) return [];
  return Object.entries(bare.shape).flatMap(([name, member]) => {
    const { isMarked, isOptional } = unwrapped(member as z.ZodType);
    return isMarked ? [{ path: [...path, name], isRequired: !isOptional }] : personalFieldsOf(member as z.ZodType, [...path, name]);
  });
}

/** What is wrong with the marks of one version. */
export function faultsOfMarks(what: string, schema: z.ZodType): string[] {
  const fields = personalFieldsOf(schema);
  const faults = fields.filter(({ isRequired, path }) => isRequired && memberAt(schema, path)?.safeParse(ERASED).success !== true)
    .map(({ path }) => `${what} marks ${path.join('.')} as personal, which is required and may not be "${ERASED}"; make it optional`);
  if (marksIn(schema, new Set()) !== fields.length) faults.push(`${what} marks something as personal that is no member of an object; mark the member that holds it`);
  return faults;
}

interface Unwrapped {
  readonly inner: z.ZodType;
  readonly isMarked: boolean;
  readonly isOptional: boolean;
}

/** Without what only says that it may be absent or null. */
function unwrapped(schema: z.ZodType): Unwrapped {
  const isMarked = schema.meta()?.[PERSONAL] === true;
  if (!(schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)) return { inner: schema, isMarked, isOptional: false };
  const within = unwrapped(schema.unwrap() as z.ZodType);
  return { inner: within.inner, isMarked: isMarked || within.isMarked, isOptional: schema instanceof z.ZodOptional || within.isOptional };
}

function memberAt(schema: z.ZodType, path: readonly string[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = schema;
  for (const name of path) at = at === undefined ? undefined : (unwrapped(at).inner as z.ZodObject).shape[name] as z.ZodType | undefined;
  return at;
}

/** All marks, wherever they stand; what is within a marked one does not count. */
function marksIn(part: unknown, within: ReadonlySet<unknown>): number {
  if (typeof part !== 'object' || part === null || within.has(part)) return 0;
  if (part instanceof z.ZodType) return part.meta()?.[PERSONAL] === true ? 1 : marksIn(part.def, new Set([...within, part]));
  if (!Array.isArray(part) && Object.getPrototypeOf(part) !== Object.prototype) return 0;
  return Object.values(part).reduce((sum: number, one) => sum + marksIn(one, within), 0);
}
