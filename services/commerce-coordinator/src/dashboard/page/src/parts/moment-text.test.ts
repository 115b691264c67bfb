/** Spans as people say them. */
import { expect, test } from '@jest/globals';
import { agoText, exactText, spanText } from './moment-text.ts';

test.each([
  [0, '0 ms'], [850, '850 ms'], [1_500, '1.5 s'], [59_999, '59 s'], [60_000, '1 min'], [7_500_000, '2 h 5 min'], [3_600_000, '1 h'], [350_000_000, '4 d'],
])('%i ms is %s', (ms, text) => expect(spanText(ms)).toBe(text));

test('what is to come is said as such', () => {
  expect(agoText(-90_000)).toBe('in 1 min');
  expect(agoText(20)).toBe('now');
});

test('the exact time is UTC, to the millisecond', () => expect(exactText('2026-11-21T10:00:00+02:00')).toBe('2026-11-21T08:00:00.000Z (UTC)'));
