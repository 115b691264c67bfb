/**
 * Whether data fits a schema, said quickly for the usual case: that it does. The schema stays the one source; what it says is made into plain
 * comparisons once, which take a quarter of the time of a parse.
 *
 * Promise: `true` is what the schema says, too. Refuses to say why something does not fit, and to be sure of everything that does: `false` means
 * that the schema itself must be asked.
 */
import type { z } from 'zod';

/** `false`: ask the schema. */
export type Fits = (value: unknown) => boolean;

type Def = Readonly<Record<string, unknown>> & { readonly type: string; readonly checks?: readonly { readonly _zod: { readonly def: Check } }[] };
type Check = Readonly<Record<string, unknown>> & { readonly check: string };

/** For schemas without transformations: what fits is taken as it is. */
export function fitsOf(schema: z.ZodType): Fits {
  const def = schema.def as unknown as Def;
  const checks = checksOf(def);
  const kind = checks === undefined ? undefined : kindOf(def);
  if (checks === undefined || kind === undefined) return (value) => schema.safeParse(value).success;
  if (checks.length === 0) return kind;
  return (value) => kind(value) && checks.every((check) => check(value));
}

/** What the type alone asks for; undefined for one that is not known here. */
function kindOf(def: Def): Fits | undefined {
  switch (def.type) {
    case 'unknown':
      return () => true;
    case 'string':
      return textFits(def);
    case 'number':
      return def['format'] === 'safeint' ? Number.isSafeInteger : undefined;
    case 'boolean':
      return def['coerce'] === true ? undefined : (value) => typeof value === 'boolean';
    case 'enum': {
      const values: readonly unknown[] = Object.values(def['entries'] as object);
      return values.every((value) => typeof value === 'string') ? within(values) : undefined;
    }
    case 'literal':
      return within(def['values'] as unknown[]);
    case 'optional':
      return orElse(undefined, def);
    case 'nullable':
      return orElse(null, def);
    case 'array': {
      const item = fitsOf(def['element'] as z.ZodType);
      return (value) => Array.isArray(value) && allFit(value, item);
    }
    case 'object':
      return objectFits(def);
    default:
      return undefined;
  }
}

/** Formats that are a pattern and nothing else. */
const PATTERNS: readonly unknown[] = ['uuid', 'datetime'];

function textFits({ format, coerce, pattern }: Def): Fits | undefined {
  if (coerce === true) return undefined;
  if (format === undefined) return (value) => typeof value === 'string';
  return PATTERNS.includes(format) && isPlain(pattern) ? (value) => typeof value === 'string' && pattern.test(value) : undefined;
}

/** It keeps nothing from one text to the next. */
function isPlain(pattern: unknown): pattern is RegExp {
  return pattern instanceof RegExp && !pattern.global && !pattern.sticky;
}

function allFit(items: readonly unknown[], fits: Fits): boolean {
  for (const item of items) if (!fits(item)) return false;
  return true;
}

function within(values: readonly unknown[]): Fits {
  return (value) => values.includes(value);
}

function orElse(nothing: null | undefined, def: Def): Fits {
  const inner = fitsOf(def['innerType'] as z.ZodType);
  return (value) => value === nothing || inner(value);
}

/** Members that are there as undefined, and objects of classes, are left to the schema. */
function objectFits({ shape, catchall }: Def): Fits | undefined {
  const others = (catchall as z.ZodType | undefined)?.def.type;
  if (others !== 'never' && others !== 'unknown') return undefined;
  const isStrict = others === 'never';
  const members = Object.entries(shape as Readonly<Record<string, z.ZodType>>).map(([name, member]) => ({ name, fits: fitsOf(member), isOptional: member.def.type === 'optional' }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
    let count = 0;
    for (const { name, fits, isOptional } of members) {
      const member = (value as Readonly<Record<string, unknown>>)[name];
      if (member === undefined) {
        if (!isOptional || (!isStrict && name in value)) return false;
      } else {
        if (!fits(member)) return false;
        count += 1;
      }
    }
    return !isStrict || Object.keys(value).length === count;
  };
}

/** Undefined when one of them is not known here. */
function checksOf({ checks = [] }: Def): readonly Fits[] | undefined {
  const all = checks.map(({ _zod: { def } }) => checkFits(def));
  return all.includes(undefined) ? undefined : (all as Fits[]);
}

function checkFits(def: Check): Fits | undefined {
  switch (def.check) {
    case 'min_length':
      // The schema counts code points, of which one may be two units here: of a text only what is long enough in any case fits.
      return (value) => (value as string).length >= (def['minimum'] as number) * (typeof value === 'string' && (def['minimum'] as number) > 1 ? 2 : 1);
    case 'max_length':
      return (value) => (value as string).length <= (def['maximum'] as number);
    case 'greater_than':
      return (value) => (value as number) > (def['value'] as number) || (def['inclusive'] === true && value === def['value']);
    case 'less_than':
      return (value) => (value as number) < (def['value'] as number) || (def['inclusive'] === true && value === def['value']);
    case 'string_format': {
      const { pattern } = def;
      return def['format'] === 'regex' && isPlain(pattern) ? (value) => pattern.test(value as string) : undefined;
    }
    default:
      return undefined;
  }
}
