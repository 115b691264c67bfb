/** Reads the input of an action. A member that the local bus does not know is refused by name, never passed over. */
import type { z } from 'zod';
import { validationError } from '../aws-error.ts';

/** What the schema makes of the input. Throws a ValidationException that names every fault. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: Readonly<Record<string, unknown>>): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw validationError(`${faults.length} validation error${faults.length === 1 ? '' : 's'} detected: ${faults.join('; ')}`);
}
