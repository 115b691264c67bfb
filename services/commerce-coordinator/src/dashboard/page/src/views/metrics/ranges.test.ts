/** Series over a stretch of time. */
import { expect, test } from '@jest/globals';
import { askedOf, isEmpty, perMinute, RANGES, timesOf, valuesOf } from './ranges.ts';
import type { Point, RangeName } from './ranges.ts';

const NOW = Date.parse('2026-03-01T10:03:27Z');
const point = (startsAt: string, count: number, p95Ms: number | null = null): Point => ({ startsAt, count, p50Ms: null, p95Ms });

test('windows are whole: they begin at the minute, and the one that runs is left out', () => {
  expect(askedOf('1h', NOW)).toEqual({ window: '1m', from: '2026-03-01T09:04:00.000Z' });
  const times = timesOf('1h', NOW);
  expect([times.length, times[0], times.at(-1)]).toEqual([59, Date.parse('2026-03-01T09:04:00Z') / 1_000, Date.parse('2026-03-01T10:02:00Z') / 1_000]);
});

test.each(Object.keys(RANGES) as RangeName[])('%s asks for no more windows than one answer has', (range) => {
  expect(timesOf(range, NOW).length).toBeLessThanOrEqual(2_000);
  expect(timesOf(range, NOW).length).toBeGreaterThan(30);
});

test('every window has a value: of counts zero, of times none', () => {
  const times = timesOf('10m', NOW).slice(0, 3);
  const at = new Date((times[1] ?? 0) * 1_000).toISOString();
  expect(valuesOf([point(at, 4, 20)], times, perMinute('10m'), 0)).toEqual([0, 24, 0]);
  expect(valuesOf([point(at, 4, 20)], times, ({ p95Ms }) => p95Ms, null)).toEqual([null, 20, null]);
});

test('lines of nothing and zero are empty', () => {
  expect(isEmpty([[null, 0], [0]])).toBe(true);
  expect(isEmpty([[null, 0], [0, 0.1]])).toBe(false);
});
