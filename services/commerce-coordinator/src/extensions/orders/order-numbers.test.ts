import { expect, test } from '@jest/globals';
import { BLOCK_SIZE, createOrderNumbers } from './order-numbers.ts';

test('many at once share one block, then the next, and no number comes twice', async () => {
  let blocks = 0;
  const numbers = createOrderNumbers(async () => 1_000_000 + BLOCK_SIZE * blocks++);
  const drawn = await Promise.all(Array.from({ length: BLOCK_SIZE + 10 }, () => numbers.next()));
  expect(blocks).toBe(2);
  expect(drawn.toSorted((a, b) => a - b)).toEqual(Array.from({ length: BLOCK_SIZE + 10 }, (_, index) => 1_000_000 + index));
});

test('a block that could not be fetched is fetched again by the next who asks', async () => {
  let calls = 0;
  const numbers = createOrderNumbers(async () => {
    calls += 1;
    if (calls === 1) throw new Error('the database is away');
    return 5_000;
  });
  await expect(numbers.next()).rejects.toThrow('the database is away');
  expect(await numbers.next()).toBe(5_000);
});

test('the rest of a block in which many numbers are taken is left out once, however many have met it', async () => {
  let blocks = 0;
  const numbers = createOrderNumbers(async () => 1_000_000 + BLOCK_SIZE * blocks++);
  const [first, second] = [await numbers.next(), await numbers.next()];
  expect(await Promise.all([numbers.next(first), numbers.next(second), numbers.next()])).toEqual([1_001_000, 1_001_001, 1_001_002]);
  expect(blocks).toBe(2);
});
