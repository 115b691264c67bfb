/** How fast a replay goes beside readers that are behind, and how many at once. */
import { expect, test } from '@jest/globals';
import { BatchSize, ReplayPace } from './replay-pace.ts';

const signal = new AbortController().signal;

/** Milliseconds of rest after a batch that took so long. */
async function rested(tookMs: number, lagMs: () => number, given: { readonly rate?: number; readonly events?: number } = {}): Promise<number> {
  let nowMs = 0;
  const pace = new ReplayPace({ rate: given.rate ?? null, lagMs, monotonicMs: () => nowMs, sleep: async (ms) => void (nowMs += ms) });
  await pace.rest(given.events ?? 100, tookMs, signal);
  await pace.keepRate(signal);
  return nowMs;
}

test('it rests as long as the batch took, and for three times that while the readers fall behind', async () => {
  let lag = 0;
  const falling = (): number => (lag += 200);
  expect(await rested(20, () => 0)).toBe(20);
  expect(await rested(20, falling)).toBe(60);
  expect(await rested(500, falling)).toBe(200);
});

test('readers that were as far behind before it began do not hold it', async () => {
  expect(await rested(20, () => 5_000)).toBe(20);
});

test('it keeps to its rate', async () => {
  expect(await rested(20, () => 0, { rate: 100, events: 50 })).toBe(500);
});

test('a batch gets larger while it is short, and smaller only when that takes less time', () => {
  const took = (size: BatchSize, times: readonly ((size: number) => number)[]): number[] => times.map((time) => {
    size.took(time(size.size));
    return size.size;
  });
  const short = (): number => 10;
  const perItem = (size: number): number => size * 2;
  const busy = (): number => 150;
  expect(took(new BatchSize({ smallest: 16, largest: 128 }), [short, short, short, short])).toEqual([32, 64, 128, 128]);
  expect(took(new BatchSize({ smallest: 16, largest: 128 }), [short, short, short, perItem, perItem, perItem])).toEqual([32, 64, 128, 64, 32, 32]);
  // On a busy machine each takes as long, however small: it stays as large as it was.
  expect(took(new BatchSize({ smallest: 16, largest: 128 }), [short, short, short, busy, busy, busy, busy])).toEqual([32, 64, 128, 64, 128, 128, 128]);
});
