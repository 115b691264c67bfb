import { describe, expect, test } from '@jest/globals';
import { BatchSize } from './batch-size.ts';

/** The sizes that were allowed while each transaction was full and took `ms(subjects)`. */
function settle(ms: (subjects: number, turn: number) => number, transactions: number, size = new BatchSize()): number[] {
  return Array.from({ length: transactions }, (_, turn) => {
    const { most } = size;
    size.took(ms(most, turn), most);
    return most;
  });
}

/** Drawn the same each time: from 0 up to 1. */
function draws(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('the size of a batch', () => {
  test('begins at 128 and comes to what size adds 50 ms for', () => {
    expect(settle((subjects) => subjects * 2, 4)).toEqual([128, 25, 25, 25]);
  });

  test('is never below 1, though one subject takes longer', () => {
    expect(settle((subjects) => subjects * 100, 12).at(-1)).toBe(1);
  });

  test('grows again up to 128 when subjects cost less', () => {
    const size = new BatchSize();
    settle((subjects) => subjects * 5, 20, size);
    expect(size.most).toBeLessThan(12);
    expect(settle((subjects) => subjects / 10, 200, size).at(-1)).toBe(128);
  });

  test('stays where every transaction is slow, small ones too', () => {
    expect(settle(() => 80, 200).filter((subjects) => subjects < 64)).toEqual([]);
  });

  test('does not collapse on a machine that is now slow and now not', () => {
    const [noise, sizes] = [draws(7), draws(11)];
    const size = new BatchSize();
    const seen: number[] = [];
    for (let turn = 0; turn < 2_000; turn += 1) {
      // What is there to take is rarely as much as is allowed.
      const subjects = Math.min(size.most, 1 + Math.floor(sizes() * 40));
      size.took(10 + 60 * noise() + 0.2 * subjects, subjects);
      seen.push(size.most);
    }
    expect(seen.toSorted((a, b) => a - b)[Math.floor(seen.length / 20)]).toBeGreaterThan(40);
  });

  test('does not stay at one because the first transaction, over one, was slow, and so is every one', () => {
    const noise = draws(3);
    const size = new BatchSize();
    size.took(900, 1);
    const sizes = settle((count) => 150 + 100 * noise() + 0.2 * count, 60, size);
    expect(sizes.findIndex((count) => count > 64)).toBeGreaterThan(-1);
    expect(sizes.slice(-20).filter((count) => count < 32)).toEqual([]);
  });

  test('is one most of the time where one takes all of it', () => {
    const sizes = settle((count) => 20 + 100 * count, 400);
    expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(8);
    expect(sizes.filter((count) => count > 1).length).toBeLessThan(20);
  });

  test('begins where it is told to, and keeps within its bounds and its limit', () => {
    const bounds = { smallest: 16, largest: 128, first: 16, limitMs: 100 };
    expect(settle(() => 10, 3, new BatchSize(bounds))).toEqual([16, 128, 128]);
    expect(settle((count) => count * 2, 3, new BatchSize(bounds))).toEqual([16, 50, 50]);
    expect(settle((count) => count * 20, 3, new BatchSize(bounds))).toEqual([16, 16, 16]);
  });

  test('knows what a subject costs through such noise', () => {
    const noise = draws(5);
    const sizes = settle((subjects) => 10 + 20 * noise() + 2 * subjects, 2_000).slice(100).toSorted((a, b) => a - b);
    expect(sizes[sizes.length >> 1]).toBeGreaterThan(15);
    expect(sizes[sizes.length >> 1]).toBeLessThan(40);
  });
});
