import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextAttempt } from './retry.ts';

const policy = { maxRetries: 185, maxAgeMs: 86_400_000 };

describe('the next attempt', () => {
  test('comes later each time, by chance within a factor of two', () => {
    const soonest = (retries: number) => nextAttempt({ ...policy, retries, ageMs: 0 }, () => 0);
    const latest = (retries: number) => nextAttempt({ ...policy, retries, ageMs: 0 }, () => 0.999_999);
    expect([soonest(0), soonest(1), soonest(5)]).toEqual([{ delayMs: 125 }, { delayMs: 250 }, { delayMs: 4_000 }]);
    expect([latest(0), latest(1), latest(5)]).toEqual([{ delayMs: 250 }, { delayMs: 500 }, { delayMs: 8_000 }]);
    expect(latest(184)).toEqual({ delayMs: 480_000 });
  });

  test('is forbidden by the number of retries or by the age, and the limit is told', () => {
    expect(nextAttempt({ ...policy, retries: 185, ageMs: 0 }, () => 0)).toEqual({ exhausted: 'MaximumRetryAttempts' });
    expect(nextAttempt({ ...policy, maxRetries: 0, retries: 0, ageMs: 0 }, () => 0)).toEqual({ exhausted: 'MaximumRetryAttempts' });
    expect(nextAttempt({ ...policy, retries: 3, ageMs: 86_399_900 }, () => 0)).toEqual({ exhausted: 'MaximumEventAgeInSeconds' });
  });

  test('never lies beyond the age limit, and a whole policy ends', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 185 }), fc.integer({ min: 60, max: 86_400 }), fc.array(random, { minLength: 1, maxLength: 20 }), (maxRetries, maxAgeSeconds, draws) => {
        let ageMs = 0;
        for (let retries = 0; ; retries += 1) {
          expect(retries).toBeLessThanOrEqual(maxRetries);
          const next = nextAttempt({ retries, maxRetries, ageMs, maxAgeMs: maxAgeSeconds * 1_000 }, () => draws[retries % draws.length] ?? 0);
          if ('exhausted' in next) return;
          expect(next.delayMs).toBeGreaterThan(0);
          ageMs += next.delayMs;
          expect(ageMs).toBeLessThanOrEqual(maxAgeSeconds * 1_000);
        }
      }),
    );
  });
});
