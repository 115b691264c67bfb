/** Whether two schemas mean the same payload. */
import { z } from 'zod';

/** The first place in which the two differ, for example `properties.kind.type`; undefined when they mean the same. */
export function payloadDifference(one: z.ZodType, other: z.ZodType): string | undefined {
  return one === other ? undefined : differenceOf(jsonOf(one), jsonOf(other), []);
}

function jsonOf(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
}

function differenceOf(one: unknown, other: unknown, path: readonly string[]): string | undefined {
  if (!isTree(one) || !isTree(other)) return one === other ? undefined : path.join('.');
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = differenceOf(one[key], other[key], [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
