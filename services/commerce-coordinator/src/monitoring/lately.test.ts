/** What ended lately, out of counters that only grow. */
import { expect, test } from '@jest/globals';
import { Distributions } from '@commerce/service-kit/metrics';
import { endedOf, Lately, percentileMs, sumOf } from './lately.ts';
import type { EndedByKey } from './lately.ts';

const one = (ended: number, failed = 0): EndedByKey => ({ a: { ended, failed, buckets: [ended - failed, failed] } });

test('only what ended in the last minute counts, however often it is looked at', () => {
  let [atMs, counted] = [0, one(5)];
  const lately = new Lately(() => atMs, () => counted);
  expect(lately.look()).toEqual({});
  [atMs, counted] = [2_000, one(15, 1)];
  expect(lately.look()).toEqual({ a: { ended: 10, failed: 1, buckets: [9, 1] } });
  [atMs, counted] = [2_300, one(16, 1)];
  expect([lately.look()['a']?.ended, lately.look()['a']?.ended]).toEqual([11, 11]);
  atMs = 61_000;
  expect(lately.look()['a']?.ended).toBe(11);
  [atMs, counted] = [62_500, one(20, 1)];
  expect(lately.look()['a']?.ended).toBe(4);
});

test('processes are added key by key, also those that know fewer buckets', () => {
  expect(sumOf([one(3), { a: { ended: 1, failed: 1, buckets: [0, 0, 1] }, b: { ended: 1, failed: 0, buckets: [1] } }])).toEqual({
    a: { ended: 4, failed: 1, buckets: [3, 0, 1] }, b: { ended: 1, failed: 0, buckets: [1] },
  });
});

test('a histogram is read by its labels, and its percentile lies within the bucket', () => {
  const times = new Distributions();
  for (let n = 0; n < 100; n += 1) times.add(n < 90 ? 'ok' : 'bad', () => ({ status: n < 90 ? '200' : '500' }), n < 90 ? 0.004 : 0.2);
  const all = endedOf(times.figure('x', 'y'), () => 'GET /', ({ status }, count) => (status === '500' ? count : 0));
  expect(all['GET /']).toMatchObject({ ended: 100, failed: 10 });
  const p95 = percentileMs(all['GET /'] ?? { ended: 0, failed: 0, buckets: [] }, 0.95);
  expect(p95).toBeGreaterThan(100);
  expect(p95).toBeLessThanOrEqual(250);
  expect(percentileMs(all['GET /'] ?? { ended: 0, failed: 0, buckets: [] }, 0.5)).toBeLessThanOrEqual(5);
});

test('what takes longer than every bound counts as the last bound, and nothing has no percentile', () => {
  const times = new Distributions();
  times.add('slow', () => ({}), 60);
  expect(percentileMs(endedOf(times.figure('x', 'y'), () => 'k', () => 0)['k'] ?? { ended: 0, failed: 0, buckets: [] }, 0.95)).toBe(10_000);
  expect(percentileMs({ ended: 0, failed: 0, buckets: [] }, 0.95)).toBeNull();
});
