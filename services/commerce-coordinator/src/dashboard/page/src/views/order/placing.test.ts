/** Marks stand where they can be told apart, and of thousands only those in sight are drawn. */
import { expect, test } from '@jest/globals';
import { arrowPath, arrowsInSight, MARK_PX, placed, seen } from './placing.ts';
import { shortenedScale } from './scale.ts';
import type { Mark, Story } from './story.ts';

const mark = (id: string, row: string, atMs: number): Mark => ({ id, kind: 'event', row, atMs, tone: 'busy', name: id, text: id });
const story = (marks: readonly Mark[]): Story => ({ rows: [{ key: 'a', lane: 'cc', name: 'a' }, { key: 'b', lane: 'of', name: 'b' }], marks, bars: [], arrows: [] });

test('marks that would lie on one another stand below one another, and their row is as high as they need', () => {
  const { rows, byId, heightPx } = placed(story([mark('1', 'a', 0), mark('2', 'a', 5), mark('3', 'a', 10), mark('4', 'a', 40), mark('5', 'b', 5)]), { place: (ms) => ms }, 20);
  expect([byId.get('1')?.yPx, byId.get('2')?.yPx, byId.get('3')?.yPx, byId.get('4')?.yPx]).toEqual([36, 54, 72, 36]);
  expect(rows.get('a')).toEqual({ key: 'a', topPx: 20, heightPx: 3 * MARK_PX + 14 });
  expect(rows.get('b')).toMatchObject({ topPx: 98, heightPx: MARK_PX + 14 });
  expect(heightPx).toBe(130);
});

test('a row grows no higher than five levels', () => {
  const { rows } = placed(story(Array.from({ length: 40 }, (_, index) => mark(String(index), 'a', 0))), { place: (ms) => ms }, 0);
  expect(rows.get('a')?.heightPx).toBe(5 * MARK_PX + 14);
});

test('of 5,000 events a window shows few', () => {
  const marks = Array.from({ length: 5_000 }, (_, index) => mark(String(index), index % 2 === 0 ? 'a' : 'b', index * 40));
  const scale = shortenedScale(marks.map(({ atMs }) => atMs), 1_000);
  const all = placed(story(marks), scale, 20).marks;
  const inSight = seen(all, ({ xPx }) => [xPx, xPx], 10_000, 11_000);
  expect(inSight.length).toBeGreaterThan(50);
  expect(inSight.length).toBeLessThan(200);
});

test('what begins before a window and ends after it is seen', () => {
  expect(seen([[0, 5], [0, 50], [30, 50], [12, 11]] as const, (span) => span, 10, 20)).toEqual([[0, 50], [12, 11]]);
});

test('an arrow is a line within a row, and bends to another one', () => {
  expect(arrowPath({ xPx: 0, yPx: 10 }, { xPx: 100, yPx: 10 })).toBe('M8 10L90 10');
  expect(arrowPath({ xPx: 0, yPx: 10 }, { xPx: 100, yPx: 60 })).toMatch(/^M2 18C.* 90 60$/);
});

test('of thousands of effects of one cause few arrows are drawn, and those of what was chosen are among them', () => {
  const marks = Array.from({ length: 3_000 }, (_, index) => mark(String(index), 'a', index));
  const arrows = marks.slice(1).map(({ id }) => ({ from: '0', to: id }));
  const { byId } = placed(story(marks), { place: (ms) => ms * 10 }, 0);
  expect(arrowsInSight({ arrows }, byId, '', 10_000, 11_000)).toHaveLength(101);
  expect(arrowsInSight({ arrows }, byId, '', 0, 30_000)).toHaveLength(400);
  expect(arrowsInSight({ arrows }, byId, '2990', 0, 30_000).at(-1)).toMatchObject({ isOfChosen: true, b: { mark: { id: '2990' } } });
});
