/** What counts as a known difference of numbers, without the engine: its verdicts are those of a JDK before 19. */
import { expect, test } from '@jest/globals';
import { agreement, judge } from './judged.ts';
import type { Verdict } from './engine.ts';

const matched = (matches: boolean): Verdict => ({ matches, legacy: matches, separately: matches, complexity: 0 });
const kindOf = (pattern: string, event: string, verdict: Verdict): string => agreement({ pattern, event }, judge({ pattern, event }), verdict).kind;
const REFUSED = '{"a":[{"numeric":[">",90007199254740992]}]}';
const ACCEPTED = '{"a":[{"numeric":["=",2e23]}]}';
const CANNOT: Verdict = { error: 'Cannot compare number : 2E23' };

test('whether a number can be compared may differ where the JDK misspells one, and nowhere else', () => {
  expect(kindOf(REFUSED, '{"a":1}', { ...matched(false), misspelled: true })).toBe('number that this JDK misspells');
  expect(kindOf(ACCEPTED, '{"a":2e23}', { ...CANNOT, misspelled: true })).toBe('number that this JDK misspells');
  expect(kindOf(ACCEPTED, '{"a":2e23}', { ...matched(false), misspelled: true })).toBe('number that this JDK misspells');
  expect([kindOf(REFUSED, '{"a":1}', matched(false)), kindOf(ACCEPTED, '{"a":2e23}', CANNOT), kindOf(ACCEPTED, '{"a":2e23}', matched(false))]).toEqual(['different', 'different', 'different']);
});

test('another refusal differs whatever numbers there are, and so does a verdict that the plain rule does not give', () => {
  expect(kindOf('{"a":[{"numeric":["<"]}]}', '{"a":2e23}', { ...matched(false), misspelled: true })).toBe('different');
  expect(kindOf(ACCEPTED, '{"a":2e23}', { error: 'Value of equals must be numeric', misspelled: true })).toBe('different');
  expect(agreement({ pattern: ACCEPTED, event: '{"a":2e23}' }, false, { ...matched(true), misspelled: true }).kind).toBe('different');
});
