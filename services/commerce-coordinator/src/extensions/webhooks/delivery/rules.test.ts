import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { judge } from './health.ts';
import type { Minute, Verdict } from './health.ts';
import { Lane } from './lane.ts';
import type { Lease } from './lease.ts';
import { Registry } from './registry.ts';
import { isDelivered, isOverloaded, retryAfterOf, waitMs } from './retry.ts';

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

test('one that says it is asked too much, or that nobody reaches, is asked less; one that fails otherwise is not', () => {
  expect([429, 502, 503, 504, 500, 501, 400, 410].map((status) => isOverloaded({ status, error: null }))).toEqual([true, true, true, true, false, false, false, false]);
  expect(isOverloaded({ status: null, error: 'timeout' })).toBe(true);
});

describe('An endpoint is judged by the density of its errors', () => {
  const HOUR_MS = 3_600_000;

  /** Judges after each result, as the rows of all processes tell it; the clock begins in the middle of a minute. Gives the first verdicts, and after how many ms each came. */
  const verdicts = (everyMs: number, untilMs: number, hasFailed: (atMs: number) => boolean, isNoticed = false): Partial<Record<Verdict['act'], number>> => {
    const minutes: { startMs: number; results: number; failed: number }[] = [];
    let [failingSinceMs, failedInRow]: [number | null, number] = [null, 0];
    const first: Partial<Record<Verdict['act'], number>> = {};
    for (let atMs = 0; atMs <= untilMs && first.disable === undefined; atMs += everyMs) {
      const nowMs = 30_500 + atMs;
      const isFailure = hasFailed(atMs);
      const startMs = nowMs - (nowMs % 60_000);
      if (minutes[0]?.startMs !== startMs) minutes.unshift({ startMs, results: 0, failed: 0 });
      const newest = minutes[0] as (typeof minutes)[number];
      newest.results += 1;
      newest.failed += isFailure ? 1 : 0;
      while (nowMs - (minutes.at(-1)?.startMs ?? nowMs) >= HOUR_MS) minutes.pop();
      failingSinceMs = isFailure ? (failingSinceMs ?? nowMs) : null;
      failedInRow = isFailure ? failedInRow + 1 : 0;
      const seen: Minute[] = minutes.map(({ startMs: begun, results, failed }) => ({ ageMs: nowMs - begun, results, failed }));
      const act = judge({ minutes: seen, failingForMs: failingSinceMs === null ? null : nowMs - failingSinceMs, failedInRow }, isNoticed)?.act;
      if (act !== undefined) first[act] ??= atMs;
    }
    return first;
  };
  const always = (): boolean => true;

  test.each([[10, 6_000], [60, 1_000], [600, 100]])('one that fails %d times a minute is disabled after ten minutes, and not before', (_aMinute, everyMs) => {
    const { disable } = verdicts(everyMs, HOUR_MS, always);
    expect(disable).toBeGreaterThanOrEqual(600_000);
    expect(disable).toBeLessThan(720_000);
  });

  test.each([[18, 200_000], [6, 600_000]])('F23: one that fails %d times an hour is disabled after five days', (_anHour, everyMs) => {
    expect(verdicts(everyMs, 5 * 86_400_000 - everyMs, always).disable).toBeUndefined();
    expect(verdicts(everyMs, 6 * 86_400_000, always).disable).toBe(5 * 86_400_000);
    // One success in five days begins anew.
    expect(verdicts(everyMs, 6 * 86_400_000, (atMs) => atMs !== 86_400_000 * 2).disable).toBeUndefined();
  });

  test('a few successes among many failures save nobody, more of them do, and what was before does not count', () => {
    expect(verdicts(1_000, HOUR_MS, (atMs) => atMs % 33_000 !== 0).disable).toBeLessThan(720_000);
    expect(verdicts(1_000, HOUR_MS, (atMs) => atMs % 10_000 !== 0).disable).toBeUndefined();
    const { disable } = verdicts(1_000, 2 * HOUR_MS, (atMs) => atMs > HOUR_MS);
    expect([(disable ?? 0) - HOUR_MS >= 600_000, (disable ?? 0) - HOUR_MS < 800_000]).toEqual([true, true]);
  });

  test('a few failures say nothing, a half of ten is worth a notice, and under a fifth it is taken back', () => {
    expect(verdicts(1, 8, always)).toEqual({});
    expect(verdicts(1, 9, (atMs) => atMs >= 5)).toEqual({ notice: 9 });
    expect(verdicts(1, 9, (atMs) => atMs > 5)).toEqual({});
    expect(verdicts(1, 9, (atMs) => atMs >= 8, true)).toEqual({});
    expect(verdicts(1, 9, (atMs) => atMs >= 9, true)).toEqual({ recovered: 9 });
    expect(verdicts(1, 9, (atMs) => atMs >= 9)).toEqual({});
  });

  test('what is older than an hour is forgotten', () => {
    expect(verdicts(HOUR_MS + 1, 10 * HOUR_MS, always)).toEqual({});
  });
});

describe('A lane', () => {
  const lease = (id: string): Lease => ({ deliveryId: id, batch: { batchId: 'b', left: 1 }, claims: 0, endpointId: 'e', eventId: 'v', name: 'n', attempt: 0, attemptsBefore: 0, replayId: null, body: Buffer.alloc(1), traceparent: null });
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

  test('keeps nothing of what it has handed out, be it empty or not', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const wide = { maxInFlight: 1_000, rateLimit: null };
    const lanes = Array.from({ length: 20 }, (_, at) => full(at < 10 ? 60 : 500));
    const taken = (): WeakRef<Lease>[] => lanes.flatMap((lane, at) => Array.from({ length: at < 10 ? 60 : 400 }, () => new WeakRef(lane.next(wide, 1_000, 1) as Lease)));
    const handed = taken();
    // What a WeakRef was asked for or made of lives to the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    const kept = handed.filter((one) => one.deref() !== undefined).length;
    expect([handed.length, lanes.map(({ queued }) => queued)]).toEqual([4_600, [...Array(10).fill(0), ...Array(10).fill(100)]]);
    // Of one that is not empty less than 64.
    expect(kept).toBeLessThan(10 * 64);
  });

  test('has no more under way than its endpoint wants', () => {
    const lane = full(20);
    expect(begin(lane, limits)).toBe(8);
    lane.succeeded(100);
    expect(begin(lane, limits)).toBe(1);
  });

  test('asks half as much of one that is asked too much, and comes back by one with every fourth success', () => {
    const lane = full(100);
    begin(lane, limits);
    lane.failed(limits, true);
    lane.failed(limits, true);
    lane.failed(limits, true);
    expect(lane.room(limits, 1_000, 1)).toBe(0);
    for (let at = 0; at < 5; at += 1) lane.succeeded(100);
    expect(begin(lane, limits)).toBe(2);
  });

  test('keeps an eighth while an endpoint fails some of the time, and one when it fails always', () => {
    const wide = { maxInFlight: 32, rateLimit: null };
    const lane = full(200);
    begin(lane, wide);
    const fail = (times: number): void => {
      for (let at = 0; at < times; at += 1) lane.failed(wide, true);
    };
    fail(10);
    for (let at = 0; at < 22; at += 1) lane.succeeded(100);
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
    expect([10, 12].map((count) => full(count).room({ ...limits, rateLimit: 12.5 }, 1_000, 1))).toEqual([2, 0]);
    expect([0, 1].map((count) => full(count).room({ ...limits, rateLimit: 0.5 }, 1_000, 1))).toEqual([1, 0]);
    expect(lane.isLow).toBe(false);
    begin(lane, limits);
    expect(lane.isLow).toBe(true);
  });

  test('has room for what its endpoint takes in about a second, within bounds', () => {
    const rooms = [500, 10, 0].map((tookMs) => {
      const lane = full(100);
      for (let at = 0; at < 100; at += 1) {
        lane.next(limits, 1_000, 1);
        lane.succeeded(tookMs);
      }
      return lane.room(limits, 10_000, 1);
    });
    expect(rooms).toEqual([8 * 16, 8 * 99, 8 * 256]);
  });

  test('counts of what it has what its endpoint takes in a fifth of a second, and nothing while that stands still or is to wait', () => {
    const after = (tookMs: number): Lane => {
      const lane = full(500);
      for (let at = 0; at < 200; at += 1) {
        lane.next(limits, 1_000, 1_000);
        lane.succeeded(tookMs);
      }
      begin(lane, limits, 1_000);
      return lane;
    };
    expect([2, 50, 400].map((tookMs) => Math.round(after(tookMs).soon(limits, 1_000)))).toEqual([300, 32, 4]);
    expect(after(2).soon({ ...limits, rateLimit: 100 }, 1_000)).toBe(20);
    expect([1_250, 1_251].map((nowMs) => after(2).soon(limits, nowMs))).toEqual([300, 0]);
    // Of one of which nothing is known, 16 a second for each that may be under way.
    const unknown = full(500);
    expect(unknown.soon(limits, 1_000)).toBeCloseTo(25.6);
    const waiting = full(10);
    for (const leased of waiting.pauseUntil(5_000)) waiting.put(leased);
    expect([4_999, 5_000].map((nowMs) => waiting.soon(limits, nowMs))).toEqual([0, 10]);
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
    lane.succeeded(100);
    expect([begin(lane, limits, 4_999), begin(lane, limits, 5_000)]).toEqual([0, 1]);
  });

  test('takes nothing more while it is to wait, says for how long, and waits no less when it is told less', () => {
    const lane = full(0);
    expect(lane.room(limits, 1_000, 1)).toBe(128);
    lane.pauseUntil(5_000);
    lane.pauseUntil(2_000);
    expect([lane.room(limits, 1_000, 4_999), lane.room(limits, 1_000, 5_000)]).toEqual([0, 128]);
    lane.put(lease('x'));
    expect([lane.waitMs(limits, 1_000), lane.waitMs(limits, 5_000)]).toEqual([4_000, undefined]);
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
