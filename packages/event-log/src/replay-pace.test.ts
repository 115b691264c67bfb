/** How fast a replay goes beside readers that are behind. */
import { expect, test } from '@jest/globals';
import { ReplayPace } from './replay-pace.ts';

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
