import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addBuckets, bucketOf, MAX_MS, percentiles, RELATIVE_ERROR, valueOf } from './histogram.ts';

const SHARES = [0.01, 0.5, 0.95, 0.99, 1];
const duration = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 10_000_000 }), fc.double({ min: 1, max: MAX_MS, noNaN: true }));

function histogramOf(values: readonly number[]): Record<string, number> {
  const buckets: Record<string, number> = {};
  for (const value of values) addBuckets(buckets, { [bucketOf(value)]: 1 });
  return buckets;
}

describe('a histogram', () => {
  test('gives each percentile within the error that it states', () => {
    fc.assert(fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), (values) => {
      const sorted = values.map((value) => (value < 1 ? 0 : value)).sort((a, b) => a - b);
      const found = percentiles(histogramOf(values), SHARES);
      for (const [index, share] of SHARES.entries()) {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
        expect(Math.abs((found[index] ?? Number.NaN) - exact)).toBeLessThanOrEqual(exact * RELATIVE_ERROR * (1 + 1e-6));
      }
    }));
  });

  test('is the same whether its values come at once or in parts', () => {
    fc.assert(fc.property(fc.array(duration), fc.array(duration), (some, others) => {
      const merged = histogramOf(some);
      addBuckets(merged, histogramOf(others));
      expect(merged).toEqual(histogramOf([...some, ...others]));
    }));
  });

  test('has some hundred buckets for 1 ms to 400 days, and takes longer for 400 days', () => {
    expect(bucketOf(MAX_MS)).toBeLessThan(650);
    expect(bucketOf(MAX_MS * 10)).toBe(bucketOf(MAX_MS));
    expect(valueOf(bucketOf(0))).toBe(0);
    expect(bucketOf(Number.NaN)).toBe(0);
  });

  test('of nothing has no percentile', () => {
    expect(percentiles({}, [0.5])).toEqual([undefined]);
  });
});
