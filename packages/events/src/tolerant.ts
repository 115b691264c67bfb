/**
 * Schemas as a reader takes them: members of `data` that a schema does not know are let through, at every depth, so that a
 * writer who is newer may add an optional one. What the schema does know is checked as strictly as before.
 *
 * Refuses in unknown members what nobody may write into a document at all: `__proto__`, and depth without end.
 */
import { z } from 'zod';

/** Deeper than this no event goes. */
const MAX_DEPTH = 64;

type Def = Readonly<Record<string, unknown>> & { readonly type: string };

/** The same schema, open: its objects, and those within, keep members that they do not know. */
export function tolerantOf(schema: z.ZodObject): z.ZodObject {
  return opened(schema, new Map()) as z.ZodObject;
}

function opened(schema: z.ZodType, seen: Map<z.ZodType, z.ZodType>): z.ZodType {
  const known = seen.get(schema);
  if (known !== undefined) return known;
  const def = schema.def as unknown as Def;
  const parts = Object.entries(def).flatMap(([name, part]) => {
    const other = openedPart(part, seen);
    return other === part ? [] : [[name, other] as const];
  });
  const changed = Object.fromEntries(def.type === 'object' && isNever(def['catchall']) ? [...parts, ['catchall', z.unknown()] as const] : parts);
  const result = Object.keys(changed).length === 0 ? schema : schema.clone({ ...def, ...changed } as never);
  seen.set(schema, result);
  return result;
}

/** A schema, a list or a record of schemas within another; anything else as it is. */
function openedPart(part: unknown, seen: Map<z.ZodType, z.ZodType>): unknown {
  if (part instanceof z.ZodType) return opened(part, seen);
  if (Array.isArray(part)) return allOpened(part, part.map((one: unknown) => (one instanceof z.ZodType ? opened(one, seen) : one)));
  if (!isRecordOfSchemas(part)) return part;
  const entries = Object.entries(part);
  const other = entries.map(([, one]) => opened(one, seen));
  return other.every((one, index) => one === entries[index]?.[1]) ? part : Object.fromEntries(entries.map(([name], index) => [name, other[index]]));
}

function allOpened(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((one, index) => one === before[index]) ? before : after;
}

function isRecordOfSchemas(part: unknown): part is Readonly<Record<string, z.ZodType>> {
  if (typeof part !== 'object' || part === null || Object.getPrototypeOf(part) !== Object.prototype) return false;
  const values = Object.values(part);
  return values.length > 0 && values.every((one) => one instanceof z.ZodType);
}

function isNever(catchall: unknown): boolean {
  return catchall instanceof z.ZodType && catchall.def.type === 'never';
}

/** Why a document may not be taken though it fits; undefined when it may. For JSON that was parsed. */
export function oddity(value: unknown, depth = 0): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `lies deeper than ${MAX_DEPTH} levels`;
  if (Object.hasOwn(value, '__proto__')) return 'has a member __proto__';
  for (const inner of Object.values(value)) {
    const found = oddity(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
