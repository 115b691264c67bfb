/**
 * The matcher of EventBridge event patterns: the local bus, filters in a service's map, history, webhooks and the live
 * tail all decide through this one.
 *
 * Promise: a pattern is validated and compiled once; `matches` then reads only the paths that the pattern names. Fields
 * are joined by AND, values of a list by OR, and two fields never match out of different elements of one array.
 * Refused: everything that EventBridge refuses, with its reason where that is known (`InvalidEventPattern`), patterns of
 * more than 4,096 characters, and patterns whose `$or` lists multiply to more than 1,000 combinations.
 * Not judged: how a number is spelled in an event (1e400, or 20 digits). Events are parsed values here, and a number
 * is its IEEE double. Wildcard patterns that AWS finds too complex are accepted.
 */
import { compileBranch } from './branch.ts';
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import { readJsonText } from './json-text.ts';
import { readPattern } from './read-pattern.ts';

export { InvalidEventPattern } from './invalid-event-pattern.ts';

const MAX_CHARACTERS = 4_096;

/** A pattern that is ready to judge events. */
export interface CompiledPattern {
  /** True if the event, a parsed JSON object, has what the pattern asks for. Never throws for a JSON value. */
  matches(event: object): boolean;
}

/**
 * Compiles a pattern given as JSON text or as the object it describes. Text keeps what an object has lost: the order of
 * integer-like keys and members that stand twice.
 *
 * @throws InvalidEventPattern with AWS's reason.
 */
export function compilePattern(json: string | object): CompiledPattern {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  if (text.length > MAX_CHARACTERS) throw new InvalidEventPattern(`A pattern has at most ${MAX_CHARACTERS} characters`);
  const branches = readPattern(readJsonText(text)).map(compileBranch);
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return { matches: only };
  return { matches: (event) => branches.some((branch) => branch(event)) };
}
