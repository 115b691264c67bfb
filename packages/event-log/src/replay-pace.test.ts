/** How fast a replay goes beside readers that are behind. */
import { expect, test } from '@jest/globals';
import { ReplayPace } from './replay-pace.ts';

const signal = new AbortController().signal;

/** Milliseconds of rest after a batch that took so long. */
async function rested(tookMs: number, lagMs: () => number, given: { readonly rate?: number; readonly share?: number; readonly events?: number } = {}): Promise<number> {
  let nowMs = 0;
  const pace = new ReplayPace({ rate: given.rate ?? null, ...(given.share !== undefined && { share: given.share }), lagMs, monotonicMs: () => nowMs, sleep: async (ms) => void (nowMs += ms) });
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

test('one that works for a third of the time rests twice as long, and after a batch that took too long no longer than after one of 200 ms', async () => {
  let lag = 0;
  expect(await rested(20, () => 0, { share: 1 / 3 })).toBeCloseTo(40);
  expect(await rested(20, () => (lag += 200), { share: 1 / 3 })).toBeCloseTo(60);
  expect(await rested(500, () => (lag += 200), { share: 1 / 3 })).toBeCloseTo(400);
});

test('readers that were as far behind before it began do not hold it', async () => {
  expect(await rested(20, () => 5_000)).toBe(20);
});

test('it keeps to its rate', async () => {
  expect(await rested(20, () => 0, { rate: 100, events: 50 })).toBe(500);
});
