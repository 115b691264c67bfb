/**
 * The matcher of EventBridge event patterns: the local bus, filters in a service's map, history, webhooks and the live
 * tail all decide through this one.
 *
 * Promise: a pattern is validated and compiled once; an event is then judged by the paths that patterns name, and 300
 * patterns together cost an event about a fifth more than one does, read from text, and a few nanoseconds for each that it meets. Fields are joined by AND, values of a list by OR, and two fields never match
 * out of different elements of one array.
 * Refused: everything that EventBridge refuses, in its words (`InvalidEventPattern`), patterns of more than 4,096
 * characters, and patterns whose `$or` lists multiply to more than 1,000 combinations.
 * An event as JSON text is judged by the spelling of its numbers (1e400, or 20 digits); a parsed one has lost it.
 */
import { isTooComplex } from './complexity.ts';
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import { readPattern, type Branch } from './read-pattern.ts';
import { Rules } from './rules.ts';

export { InvalidEvent } from './invalid-event.ts';
export { InvalidEventPattern } from './invalid-event-pattern.ts';

const MAX_CHARACTERS = 4_096;
const TOO_COMPLEX = 'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';

/** A pattern that is ready to judge events. */
export interface CompiledPattern {
  /** True if the event, a parsed JSON object, has what the pattern asks for. Never throws for a JSON value. */
  matches(event: object): boolean;
  /** The same of the event's JSON text, which is not parsed into objects. Throws `InvalidEvent` if it is no JSON object. */
  matchesText(json: string): boolean;
  /** What the pattern asks for, for `compileRules`. */
  readonly branches: readonly Branch[];
}

/** Patterns that judge events together. An event's answer is the places, in the list given, of the patterns that it matches. */
export interface CompiledRules {
  /** Judges a parsed JSON object. */
  match(event: object): number[];
  /** Judges a JSON text. Throws `InvalidEvent` if it is no JSON object. */
  matchText(json: string): number[];
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
  const branches = readPattern(text);
  if (isTooComplex(branches)) throw new InvalidEventPattern(TOO_COMPLEX);
  const rules = new Rules([branches]);
  return {
    matches: (event) => rules.matchObject(event).length > 0,
    matchesText: (json) => rules.matchText(json).length > 0,
    branches,
  };
}

/** Joins compiled patterns to one set. Making it costs time as all its patterns are long: make it when a rule changes, not per event. */
export function compileRules(patterns: readonly CompiledPattern[]): CompiledRules {
  const rules = new Rules(patterns.map(({ branches }) => branches));
  return { match: (event) => rules.matchObject(event), matchText: (json) => rules.matchText(json) };
}
