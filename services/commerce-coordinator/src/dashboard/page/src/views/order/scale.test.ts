/** The axis of a story: everything can be told apart, whatever was waited for. */
import { describe, expect, test } from '@jest/globals';
import { shortenedScale, sinceText, trueScale } from './scale.ts';

const HOUR = 3_600_000;
/** A burst, two days of waiting, a burst. */
const TIMES = [0, 10, 20, 30, 40, 48 * HOUR, 48 * HOUR + 10, 48 * HOUR + 20, 48 * HOUR + 30];

describe('the shortened axis', () => {
  const scale = shortenedScale(TIMES, 1_000);
  const places = TIMES.map(scale.place);

  test('keeps the order of time, from margin to margin', () => {
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect([places[0], places.at(-1)]).toEqual([16, 984]);
  });

  test('gives what follows at once room beside two days of waiting, and says which wait is shortened', () => {
    for (const index of [1, 2, 3, 4, 6, 7, 8]) expect(places[index]! - places[index - 1]!).toBeGreaterThan(50);
    expect(scale.breaks).toEqual([{ fromPx: places[4], toPx: places[5], ms: 48 * HOUR - 40 }]);
  });

  test('is as long as it needs to be for thousands of events', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => index * 7);
    const { widthPx, place, breaks } = shortenedScale(many, 1_000);
    expect(widthPx).toBeGreaterThan(40_000);
    expect(place(7) - place(0)).toBeGreaterThan(8);
    expect(breaks).toEqual([]);
  });

  test('stands with one moment, and with none', () => {
    expect(shortenedScale([5], 800).place(5)).toBe(16);
    expect(shortenedScale([], 800).ticks).toEqual([]);
  });

  test('labels stand apart', () => {
    const at = scale.ticks.map(({ px }) => px);
    for (const [index, px] of at.entries()) if (index > 0) expect(px - at[index - 1]!).toBeGreaterThanOrEqual(96);
    expect(at.length).toBeGreaterThan(3);
  });
});

test('the true axis is as time is, with round labels', () => {
  const { place, ticks } = trueScale([0, 2_500, 10_000], 1_032);
  expect([place(0), place(2_500), place(10_000)]).toEqual([16, 266, 1_016]);
  expect(ticks.map(({ ms }) => ms)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000]);
  expect(trueScale([0, 2_500, 10_000], 1_032, 4).place(10_000)).toBe(4_016);
});

test.each([
  [0, 5, '0'], [295, 50, '+295 ms'], [15_071, 4_000, '+15 s'], [15_565, 22, '+15.56 s'], [15_587, 5, '+15.587 s'], [125_000, 1_000, '+2 min 5 s'], [125_000, 100_000, '+2 min'],
  [90_000_000, 3_600_000, '+1 d 1 h'], [7_500_000, 600_000, '+2 h 5 min'],
])('%i ms, with the next one %i ms away, reads %s', (ms, apart, text) => expect(sinceText(ms, apart)).toBe(text));
