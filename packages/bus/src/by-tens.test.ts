import { describe, expect, test } from '@jest/globals';
import { systemSleep } from '@commerce/service-kit/ports';
import { ByTens } from './by-tens.ts';

interface Lab {
  readonly tens: ByTens<number>;
  readonly calls: number[][];
  readonly settled: { taken: number; givenUp: number; fault: unknown }[];
  readonly most: () => number;
}

function lab(send: (items: readonly number[], call: number) => Promise<readonly number[]>, options: { lingerMs?: number; inFlight?: number } = {}): Lab {
  const calls: number[][] = [];
  const settled: Lab['settled'] = [];
  let now = 0;
  let most = 0;
  const tens = new ByTens<number>({
    sleep: systemSleep, lingerMs: 10_000, inFlight: 2, ...options,
    settled: (taken, givenUp, fault) => void settled.push({ taken, givenUp, fault }),
    send: async (items) => {
      calls.push([...items]);
      now += 1;
      most = Math.max(most, now);
      await systemSleep(2);
      now -= 1;
      return send(items, calls.length);
    },
  });
  return { tens, calls, settled, most: () => most };
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe('calls of ten', () => {
  test('full tens go at once, the rest waits for company', async () => {
    const { tens, calls } = lab(async () => []);
    tens.add(numbers(0, 13));
    expect(calls).toEqual([numbers(0, 10)]);
    tens.add(numbers(13, 20));
    expect(calls).toEqual([numbers(0, 10), numbers(10, 20)]);
    await tens.flush();
    expect(tens.size).toBe(0);
  });

  test('what stays alone goes after a moment', async () => {
    const { tens, calls } = lab(async () => [], { lingerMs: 5 });
    tens.add([1]);
    expect(calls).toEqual([]);
    while (tens.size > 0) await systemSleep(1);
    expect(calls).toEqual([[1]]);
  });

  test('a flush sends everything, never more calls at once than allowed', async () => {
    const { tens, calls, settled, most } = lab(async () => []);
    tens.add(numbers(0, 95));
    await tens.flush();
    expect(calls.flat().toSorted((a, b) => a - b)).toEqual(numbers(0, 95));
    expect(settled.reduce((sum, { taken }) => sum + taken, 0)).toBe(95);
    expect(most()).toBe(2);
  });

  test('items that were not taken are sent once more, alone', async () => {
    const { tens, calls, settled } = lab(async (_items, call) => (call === 1 ? [3, 7] : []));
    tens.add(numbers(0, 10));
    await tens.flush();
    expect(calls).toEqual([numbers(0, 10), [3, 7]]);
    expect(settled).toEqual([{ taken: 10, givenUp: 0, fault: undefined }]);
  });

  test('after the second failure they are given up', async () => {
    const fault = new Error('away');
    const { tens, calls, settled } = lab(async () => Promise.reject(fault));
    tens.add(numbers(0, 10));
    await tens.flush();
    expect(calls).toHaveLength(2);
    expect(settled).toEqual([{ taken: 0, givenUp: 10, fault }]);
    expect(tens.size).toBe(0);
  });
});
