import { describe, expect, test } from '@jest/globals';
import { readTogether } from './read-together.ts';

describe('rows that are asked for one by one', () => {
  test('at the same time are read together, each for whoever asked', async () => {
    const reads: (readonly string[])[] = [];
    const read = readTogether(async (keys) => {
      reads.push(keys);
      return new Map(keys.filter((key) => key !== 'none').map((key) => [key, key.toUpperCase()]));
    });
    expect(await Promise.all(['a', 'none', 'b', 'a'].map(read))).toEqual(['A', undefined, 'B', 'A']);
    expect(reads).toEqual([['a', 'none', 'b', 'a']]);
  });

  test('are never answered from a read that had begun before', async () => {
    const state = new Map([['order', 'paid']]);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let reads = 0;
    const read = readTogether(async (keys) => {
      const seen = new Map(keys.map((key) => [key, state.get(key) ?? '']));
      reads += 1;
      if (reads === 1) await held;
      return seen;
    });
    const before = read('order');
    await new Promise((resolve) => setImmediate(resolve));
    state.set('order', 'cancelled');
    const after = read('order');
    expect(await after).toBe('cancelled');
    release();
    expect(await before).toBe('paid');
  });

  test('fail all together, and are not read one by one', async () => {
    let reads = 0;
    const read = readTogether<string>(async () => {
      reads += 1;
      throw new Error('the database is gone');
    });
    const asked = await Promise.allSettled(['a', 'b'].map(read));
    expect([asked.map(({ status }) => status), reads]).toEqual([['rejected', 'rejected'], 1]);
  });
});
