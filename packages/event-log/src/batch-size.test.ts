import { describe, expect, test } from '@jest/globals';
import { BatchSize } from './batch-size.ts';

/** What the size comes to when each transaction is full and takes `ms(subjects)`. */
function settle(ms: (subjects: number) => number, transactions: number, size = new BatchSize()): number[] {
  return Array.from({ length: transactions }, () => {
    const { subjects } = size;
    size.took(ms(subjects), subjects);
    return subjects;
  });
}

describe('the size of a batch', () => {
  test('begins at 128 and is halved until its transaction takes less than 50 ms', () => {
    expect(settle((subjects) => subjects * 2, 6)).toEqual([128, 64, 32, 16, 16, 16]);
  });

  test('is never below 1, though one subject takes longer', () => {
    expect(Math.min(...settle((subjects) => subjects * 100, 12))).toBe(1);
  });

  test('grows by an eighth while full transactions take less than half of that, up to 128', () => {
    const size = new BatchSize();
    size.took(60, 40);
    expect(size.subjects).toBe(20);
    expect(settle(() => 10, 4, size)).toEqual([20, 22, 24, 27]);
    expect(settle(() => 10, 40, size).at(-1)).toBe(128);
  });

  test('does not grow by small transactions, which say nothing of larger ones', () => {
    const size = new BatchSize();
    size.took(60, 40);
    for (let index = 0; index < 10; index += 1) size.took(1, 3);
    expect(size.subjects).toBe(20);
  });

  test('is halved from what was there, where that was less than allowed', () => {
    const size = new BatchSize();
    size.took(60, 10);
    expect(size.subjects).toBe(5);
  });

  test('does not collapse where the time is not of its size', () => {
    expect(Math.min(...settle(() => 80, 20))).toBe(64);
  });
});
