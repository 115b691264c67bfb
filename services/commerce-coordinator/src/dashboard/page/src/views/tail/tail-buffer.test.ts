/** Pausing the tail loses nothing, and its memory is bounded. */
import { expect, test } from '@jest/globals';
import { TailBuffer } from './tail-buffer.ts';

const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => ({ eventId: String(from + index) }));
const ids = (buffer: TailBuffer<{ eventId: string }>): number[] => buffer.rows.map(({ eventId }) => Number(eventId));
const range = (from: number, to: number): number[] => events(from, to).map(({ eventId }) => Number(eventId));

test('the newest stay, and what was let go is counted', () => {
  const buffer = new TailBuffer<{ eventId: string }>(5);
  buffer.take(events(1, 4));
  buffer.take(events(5, 8));
  expect(ids(buffer)).toEqual([4, 5, 6, 7, 8]);
  expect([buffer.letGo, buffer.seen, buffer.waiting]).toEqual([3, 8, 0]);
});

test('what comes in a pause waits, is counted, and follows in order', () => {
  const buffer = new TailBuffer<{ eventId: string }>(10);
  buffer.take(events(1, 2));
  buffer.pause();
  buffer.take(events(3, 5));
  expect([ids(buffer), buffer.waiting]).toEqual([[1, 2], 3]);
  expect(buffer.resume()).toBeUndefined();
  buffer.take(events(6, 6));
  expect([ids(buffer), buffer.waiting, buffer.letGo]).toEqual([range(1, 6), 0, 0]);
});

test('what does not find room in a pause is read from history, without a gap and nothing twice', () => {
  const buffer = new TailBuffer<{ eventId: string }>(4);
  buffer.pause();
  buffer.take(events(1, 3));
  buffer.take(events(4, 6));
  expect(buffer.waiting).toBe(6);
  expect(buffer.resume()).toBe('4');
  expect([buffer.mode, ids(buffer)]).toEqual(['filling', [1, 2, 3, 4]]);
  // Committed while history was read, and found there too.
  buffer.take(events(7, 7));
  expect(ids(buffer)).toEqual([1, 2, 3, 4]);
  buffer.fillGap(events(5, 7), true);
  expect([buffer.mode, ids(buffer), buffer.waiting, buffer.letGo]).toEqual(['live', [4, 5, 6, 7], 0, 3]);
});

test('the place to read on from is the last one shown when nothing found room', () => {
  const buffer = new TailBuffer<{ eventId: string }>(2);
  buffer.take(events(1, 2));
  buffer.pause();
  buffer.take(events(3, 5));
  expect(buffer.resume()).toBe('4');
});

test('what history did not reach back to is counted as let go', () => {
  const buffer = new TailBuffer<{ eventId: string }>(3);
  buffer.pause();
  buffer.take(events(1, 10));
  expect(buffer.resume()).toBe('3');
  buffer.fillGap(events(8, 10), false);
  // 1 to 3 made room, 4 to 7 were never read.
  expect([ids(buffer), buffer.letGo]).toEqual([[8, 9, 10], 7]);
});

test('while the gap is read no more waits than is shown', () => {
  const buffer = new TailBuffer<{ eventId: string }>(3);
  buffer.pause();
  buffer.take(events(1, 5));
  buffer.resume();
  buffer.take(events(6, 10));
  expect([buffer.waiting, buffer.letGo]).toEqual([5, 2]);
  buffer.fillGap(events(4, 8), true);
  expect(ids(buffer)).toEqual([8, 9, 10]);
});

test('older ones of a new filter stand in front of what came meanwhile', () => {
  const buffer = new TailBuffer<{ eventId: string }>(10);
  buffer.take(events(1, 3));
  buffer.clear();
  buffer.take(events(4, 5));
  buffer.begin(events(1, 4));
  expect([ids(buffer), buffer.letGo]).toEqual([[1, 2, 3, 4, 5], 0]);
});
