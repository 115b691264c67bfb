/**
 * Reads the input of an action. What breaks a constraint is told in the words of AWS. A member that the local bus does not
 * know is refused by name, never passed over.
 */
import type { z } from 'zod';
import { validationError } from '../aws-error.ts';

type Issue = z.core.$ZodIssue;

/** What the schema makes of the input. Throws a ValidationException that names every fault. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: Readonly<Record<string, unknown>>): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => faultText(issue, given));
  throw validationError(`${faults.length} validation error${faults.length === 1 ? '' : 's'} detected: ${faults.join('; ')}`);
}

function faultText(issue: Issue, input: unknown): string {
  const value = issue.path.reduce<unknown>((at, key) => (at as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key], input);
  const constraint = constraintText(issue, value);
  if (constraint === undefined) return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
  return `Value ${valueText(value)} at '${issue.path.map(memberName).join('.')}' failed to satisfy constraint: ${constraint}`;
}

/** The constraint in AWS's words; undefined for a fault that AWS has no words for, because it passes over it. */
function constraintText(issue: Issue, value: unknown): string | undefined {
  if (value === undefined && issue.code !== 'unrecognized_keys') return 'Member must not be null';
  const what = typeof value === 'number' ? 'value' : 'length';
  switch (issue.code) {
    case 'too_big':
      return `Member must have ${what} less than or equal to ${String(issue.maximum)}`;
    case 'too_small':
      return `Member must have ${what} greater than or equal to ${String(issue.minimum)}`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${(issue.pattern ?? '').replaceAll(/^\/\^|\$\/$/g, '')}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.join(', ')}]`;
    default:
      return undefined;
  }
}

function valueText(value: unknown): string {
  if (value === undefined) return 'null';
  return `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
}

/** AWS writes members with a small first letter, and counts those of a list from one. */
function memberName(key: PropertyKey): string {
  if (typeof key === 'number') return `${key + 1}.member`;
  const name = String(key);
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
