import { describe, expect, test } from '@jest/globals';
import { Health } from './health.ts';
import { Lane } from './lane.ts';
import type { Lease } from './lease.ts';
import { Registry } from './registry.ts';
import { isDelivered, retryAfterOf, waitMs } from './retry.ts';

describe('The wait before the next attempt', () => {
  test('doubles from the base of the endpoint, within 20 %', () => {
    expect([1, 2, 3].map((attempt) => waitMs(5_000, attempt, null, () => 0.5))).toEqual([5_000, 10_000, 20_000]);
    expect([0, 1].map((random) => waitMs(5_000, 1, null, () => random))).toEqual([4_000, 6_000]);
    expect(waitMs(3_600_000, 40, null, () => 0.5)).toBe(86_400_000);
  });

  test('is at least what the endpoint asks for, up to an hour', () => {
    const nowMs = Date.parse('2026-11-21T18:00:00Z');
    expect(['120', 'Sat, 21 Nov 2026 18:02:00 GMT', '999999', '-5', 'soon', undefined, 'Sat, 21 Nov 2020 18:02:00 GMT'].map((header) => retryAfterOf(header, nowMs))).toEqual([120_000, 120_000, 3_600_000, 0, null, null, 0]);
    expect(waitMs(5_000, 1, 120_000, () => 0.5)).toBe(120_000);
    expect(waitMs(5_000, 1, 10, () => 0.5)).toBe(5_000);
  });
});

test('only an answer of the 200s that came to its end is a delivery', () => {
  expect([200, 204, 299, 199, 301, 308, 410, 500].map((status) => isDelivered({ status, error: null }))).toEqual([true, true, true, false, false, false, false, false]);
  expect(isDelivered({ status: 200, error: 'timeout' })).toBe(false);
});

describe('An endpoint is judged by the density of its errors', () => {
  const after = (results: string, everyMs: number): (string | undefined)[] => {
    const health = new Health();
    return [...results].map((result, at) => health.record(result === 'x', 1_000 + at * everyMs)?.act);
  };

  test('a few failures say nothing, and a half of ten is worth a notice', () => {
    expect(after('xxxxxxxxx', 1)).not.toContain('notice');
    expect(after('xxxxx.....', 1).at(-1)).toBeUndefined();
    expect(after('.....xxxxx', 1).at(-1)).toBe('notice');
    expect(after('......xxxxx', 1).at(-1)).toBeUndefined();
  });

  test('nearly all of twenty over ten minutes is the end, and not before', () => {
    expect(after('x'.repeat(30), 1_000)).not.toContain('disable');
    expect(after('x'.repeat(19), 60_000)).not.toContain('disable');
    expect(after('x'.repeat(20), 60_000).at(-1)).toBe('disable');
    expect(after(`..${'x'.repeat(20)}`, 60_000).at(-1)).toBe('notice');
  });

  test('what is older than an hour is forgotten', () => {
    expect(after('xxxxxxxxxx', 3_600_001)).toEqual(Array(10).fill(undefined));
  });
});

describe('A lane', () => {
  const lease = (id: string): Lease => ({ deliveryId: id, endpointId: 'e', eventId: 'v', name: 'n', attempt: 0, attemptsBefore: 0, body: Buffer.alloc(1) });
  const full = (count: number): Lane => {
    const lane = new Lane('e');
    for (let at = 0; at < count; at += 1) lane.put(lease(`${at}`));
    return lane;
  };
  const begin = (lane: Lane, limits: { maxInFlight: number; rateLimit: number | null }, nowMs = 1): number => {
    let begun = 0;
    while (lane.next(limits, 1_000, nowMs) !== undefined) begun += 1;
    return begun;
  };
  const limits = { maxInFlight: 8, rateLimit: null };

  test('has no more under way than its endpoint wants', () => {
    const lane = full(20);
    expect(begin(lane, limits)).toBe(8);
    lane.succeeded();
    expect(begin(lane, limits)).toBe(1);
  });

  test('asks half as much of one that is asked too much, and comes back by one with every fourth success', () => {
    const lane = full(100);
    begin(lane, limits);
    lane.failed(limits, true);
    lane.failed(limits, true);
    lane.failed(limits, true);
    expect(lane.room(limits, 1_000, 1)).toBe(0);
    for (let at = 0; at < 5; at += 1) lane.succeeded();
    expect(begin(lane, limits)).toBe(2);
  });

  test('keeps an eighth while an endpoint fails some of the time, and one when it fails always', () => {
    const wide = { maxInFlight: 32, rateLimit: null };
    const lane = full(200);
    begin(lane, wide);
    const fail = (times: number): void => {
      for (let at = 0; at < times; at += 1) {
        lane.failed(wide, true);
        lane.health.record(true, 1 + at);
      }
    };
    fail(10);
    for (let at = 0; at < 22; at += 1) lane.succeeded();
    expect(begin(lane, wide)).toBe(4 + 5);
    fail(9);
    for (const _ of [1, 2, 3]) {
      begin(lane, wide);
      fail(lane.inFlight);
    }
    expect(begin(lane, wide)).toBe(1);
  });

  test('has no more queued than is its part, and is filled up again before it is empty', () => {
    const lane = full(10);
    expect([lane.room(limits, 1_000, 1), lane.room(limits, 20, 1), lane.room(limits, 5, 1), lane.room({ ...limits, rateLimit: 15 }, 1_000, 1)]).toEqual([118, 10, 0, 5]);
    expect(lane.isLow).toBe(false);
    begin(lane, limits);
    expect(lane.isLow).toBe(true);
  });

  test('keeps a pace, with a tenth of a second at once', () => {
    const lane = full(100);
    const paced = { maxInFlight: 50, rateLimit: 20 };
    expect(begin(lane, paced, 1_000)).toBe(2);
    expect(lane.waitMs(paced, 1_000)).toBeCloseTo(50);
    expect(begin(lane, paced, 1_051)).toBe(1);
  });

  test('gives back what is queued when it is to wait', () => {
    const lane = full(10);
    begin(lane, limits, 1);
    expect(lane.pauseUntil(5_000)).toHaveLength(2);
    lane.put(lease('x'));
    lane.succeeded();
    expect([begin(lane, limits, 4_999), begin(lane, limits, 5_000)]).toEqual([0, 1]);
  });
});

test('ten thousand registrations do not cost an event ten thousand looks', async () => {
  const rows = Array.from({ length: 10_000 }, (_, at) => ({
    endpoint_id: `${at}`, events: ['order.*'], filter: { data: { customerId: [`C${at}`] } }, updated_at: new Date(0), status: 'enabled', secrets: Buffer.alloc(0), row_version: '1',
  }));
  const registry = new Registry();
  await registry.refresh({ query: (statement: { text: string }) => Promise.resolve({ rows: statement.text.includes('webhook_registrations') ? [{ version: 2 }] : rows }) } as unknown as Parameters<Registry['refresh']>[0]);
  const body = (customerId: string) => ({ id: 'i', event: 'order.created', created: '', data: { customerId } });
  registry.wanting('order.created', body('C1'));
  const startMs = performance.now();
  for (let at = 0; at < 1_000; at += 1) expect(registry.wanting('order.created', body(`C${at * 7}`)).map(({ endpoint }) => endpoint.endpointId)).toEqual([`${at * 7}`]);
  // A look at each would be ten million.
  expect(performance.now() - startMs).toBeLessThan(2_000);
  expect(registry.wanting('cart.updated', body('C1'))).toEqual([]);
});
