import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { triggerOf } from '@commerce/event-log/event';
import type { Extension } from '@commerce/event-log/extension';
import { ANALYTICS_ENTRIES } from '@commerce/events/entries/analytics';
import { PAYMENT_ENTRIES } from '@commerce/events/entries/payments';
import { eventually } from '@commerce/service-kit/test-eventually';
import { defineSignalMap } from '@commerce/signals/map';
import { inputDecision } from '@commerce/signals/sending';
import pg from 'pg';
import { ORDER_ID } from '../../test-events.ts';
import { startTestExtensions } from '../../test-extensions.ts';
import type { TestExtensions } from '../../test-extensions.ts';
import { tellAbsences } from './absences.pg.ts';
import { analytics } from './extension.ts';
import { foldBatches, removeOldWindows } from './folding.pg.ts';
import { PATTERNS } from './patterns.ts';
import { STEPS } from './steps.ts';
import { addTally, tallyOf, WINDOWS } from './tally.ts';
import type { Reading, Tally } from './tally.ts';
import { play, told } from './test-watch.ts';
import type { Told } from './test-watch.ts';
import { createWatch } from './watch.ts';
import type { Watched } from './watch.ts';
import { watchedStore } from './watched.pg.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
// Not what analytics itself tells: the truth of these tests has events of others only.
const HEARD = ['OrderCreated', 'PaymentProcessed', 'PaymentFailed', 'OrderFulfilled', 'OrderCompleted', 'OrderCancelled', 'ProductCreated'] as const;
const MAP = defineSignalMap([analytics] as const, Object.fromEntries(HEARD.map((type) => [type, ['analytics.observe']])));

let at: TestExtensions;
let watch: ReturnType<typeof createWatch>;

beforeAll(async () => {
  at = await startTestExtensions({ definitions: [analytics], map: MAP, entries: [...PAYMENT_ENTRIES, ...ANALYTICS_ENTRIES], resources: () => ({}) });
  watch = createWatch(STEPS, PATTERNS);
});
afterAll(() => at?.stop());
beforeEach(async () => {
  await empty();
});

/** While the reader may work: so no TRUNCATE. */
async function empty(): Promise<void> {
  for (const table of ['batches', 'windows', 'subjects']) await at.pool.query(`DELETE FROM analytics_${table}`);
}

async function foldAll(nowMs = Date.now()): Promise<void> {
  while (await foldBatches(at.pool, nowMs));
}

/** Waits until the statement finds something. */
async function finds(what: string, sql: string, values: unknown[]): Promise<void> {
  await eventually(what, async () => (await at.pool.query(sql, values)).rows.length > 0);
}

/** What stands in the windows of one length. */
async function windows(sizeMs: number): Promise<Record<string, unknown>> {
  const { rows } = await at.pool.query('SELECT extract(epoch FROM starts_at) * 1000 AS start, measure, count, late, sum_ms, buckets FROM analytics_windows WHERE size_ms = $1', [sizeMs]);
  return Object.fromEntries(rows.map((row) => [`${Number(row.start)} ${row.measure}`, { count: Number(row.count), late: Number(row.late), sumMs: Number(row.sum_ms), buckets: row.buckets }]));
}

function expected(readings: readonly Reading[], sizeMs: number): Record<string, unknown> {
  const tally: Tally = new Map();
  addTally(tally, tallyOf(readings), sizeMs);
  return Object.fromEntries([...tally].flatMap(([start, measures]) => [...measures].map(([measure, figures]) => [`${start} ${measure}`, figures])));
}

const isTruth = async (readings: readonly Reading[]): Promise<void> => {
  for (const { sizeMs } of Object.values(WINDOWS)) expect(await windows(sizeMs)).toEqual(expected(readings, sizeMs));
};

class Crash extends Error {}

/** One batch as the reader handles it: in one transaction, which breaks down before its end if `crashes`. */
async function handle(events: readonly Told[], crashes: boolean): Promise<void> {
  const extension: Extension<Watched> = { name: 'analytics', source: 'analytics-service', store: watchedStore, handlers: {}, effects: {}, timers: {} };
  const trigger = { correlationId: at.log.preparer.uuid(), causationId: null, metadata: {} };
  await at.log.change(extension, events.map((event) => ({
    subject: event.subject, trigger, handler: 'analytics.observe', also: watch.also(event), decide: inputDecision<Watched>(analytics, (watched, context) => watch.observe(watched, event, context)),
  })), { after: () => (crashes ? [Promise.reject(new Crash())] : []) });
}

/** Breaks the first connection before (`lost: false`) or after its COMMIT. */
function breaking(pool: pg.Pool, lost: boolean): pg.Pool {
  const connect = async (): Promise<object> => {
    const client = await pool.connect();
    const query = async (...given: unknown[]): Promise<unknown> => {
      if (given[0] !== 'COMMIT') return (client.query as (...all: unknown[]) => unknown)(...given);
      await client.query(lost ? 'COMMIT' : 'ROLLBACK');
      throw new Crash();
    };
    return { query, release: () => client.release() };
  };
  return { connect } as unknown as pg.Pool;
}

/** Holds what one fold writes until the other one has ended, or waits. */
function slow(pool: pg.Pool, until: () => Promise<unknown>): pg.Pool {
  const connect = async (): Promise<object> => {
    const client = await pool.connect();
    let other: Promise<unknown> | undefined;
    const query = async (...given: unknown[]): Promise<unknown> => {
      if (/^(INSERT|DELETE)/.test((given[0] as { text?: string }).text ?? '')) await (other ??= until());
      return (client.query as (...all: unknown[]) => unknown)(...given);
    };
    return { query, release: () => client.release() };
  };
  return { connect } as unknown as pg.Pool;
}

describe('the counters', () => {
  const type = fc.constantFrom('OrderCreated', 'InventoryReserved', 'PaymentProcessed', 'PaymentFailed', 'OrderFulfilled', 'OrderCompleted', 'OrderCancelled', 'ProductCreated');
  const event = fc.record({ type, subject: fc.integer({ min: 0, max: 7 }), gapMs: fc.integer({ min: 0, max: 20_000 }), behindMs: fc.integer({ min: -5_000, max: 90_000 }) });
  const cut = fc.record({ size: fc.integer({ min: 1, max: 15 }), crashes: fc.boolean(), folds: fc.constantFrom('none', 'one', 'two', 'before', 'after') });

  test('equal the truth, however the events are cut into batches, which of them break down and are repeated, and when they are folded', async () => {
    let run = 0;
    await fc.assert(fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 80 }), fc.array(cut, { minLength: 4, maxLength: 8 }), async (given, cuts) => {
      await empty();
      run += 1;
      let recorded = Date.now() - HOUR;
      const events = given.map((one) => {
        recorded += one.gapMs;
        return told(one.type, `${run}/${one.subject}`, recorded, { occurredMs: recorded - one.behindMs, data: { customerId: 'VINET' } });
      });
      const truth = play(watch);
      for (const one of events) truth.observe(one);
      for (let from = 0, turn = 0; from < events.length; turn += 1) {
        const { size, crashes, folds } = cuts[turn % cuts.length] ?? { size: 10, crashes: false, folds: 'none' };
        const batch = events.slice(from, from + size);
        if (crashes) await expect(handle(batch, true)).rejects.toThrow(Crash);
        // Two partitions at once: subjects of the one and of the other.
        const parts = [0, 1].map((odd) => batch.filter(({ subject }) => Number(subject.at(-1)) % 2 === odd)).filter((part) => part.length > 0);
        await Promise.all(parts.map((part) => handle(part, false)));
        from += size;
        const now = Date.now();
        if (folds === 'one') await foldBatches(at.pool, now);
        if (folds === 'two') await Promise.all([foldBatches(at.pool, now), foldBatches(at.pool, now)]);
        if (folds === 'before' || folds === 'after') await foldBatches(breaking(at.pool, folds === 'after'), now).catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      }
      await foldAll();
      await isTruth(truth.readings);
      const { rows } = await at.pool.query('SELECT count(*)::integer AS left FROM analytics_batches');
      expect(rows).toEqual([{ left: 0 }]);
    }), { numRuns: 6 });
  });

  test('lose nothing when a fold is overtaken by another one', async () => {
    const [first, second] = [told('ProductCreated', 'p', Date.now()), told('ProductCreated', 'q', Date.now())];
    await handle([first], false);
    let other: Promise<unknown> | undefined;
    const isOvertaken = async (): Promise<void> => {
      await handle([second], false);
      other = foldBatches(at.pool, Date.now());
      await Promise.race([other, delay(150)]);
    };
    await foldBatches(slow(at.pool, isOvertaken), Date.now());
    await other;
    await foldAll();
    const truth = play(watch);
    for (const one of [first, second]) truth.observe(one);
    await isTruth(truth.readings);
  });

  test('equal the log, though every connection breaks while it is read', async () => {
    const { rows: [before] } = await at.pool.query('SELECT max(position) AS position FROM events');
    const killer = new pg.Client({ connectionString: (at.pool.options as { connectionString: string }).connectionString });
    await killer.connect();
    try {
      for (let round = 0; round < 4; round += 1) {
        for (let n = 0; n < 20; n += 1) await at.send('ProductCreated', { sku: `NW-${round}-${n}`, name: 'Tofu', unitPrice: '23.25', currency: 'USD' });
        await killer.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
        await eventually('the pool has connections again', () => at.pool.query('SELECT 1').then(() => true, () => false));
      }
      const found = await eventually('all is counted', async () => {
        await foldAll().catch(() => undefined);
        const { rows } = await killer.query('SELECT coalesce(sum(count), 0)::integer AS n FROM analytics_windows WHERE size_ms = 10000');
        return rows[0].n >= 80 ? rows[0].n : undefined;
      }, 60_000);
      const { rows } = await killer.query("SELECT extract(epoch FROM date_bin('10 s', recorded_at, '2000-01-01Z')) * 1000 || ' ' || type AS key, count(*)::integer AS n FROM events WHERE position > $1 GROUP BY 1", [before?.position ?? 0]);
      expect(found).toBe(80);
      expect(Object.fromEntries(Object.entries(await windows(10_000)).map(([key, figures]) => [key, (figures as { count: number }).count]))).toEqual(Object.fromEntries(rows.map(({ key, n }) => [`${Number(key.split(' ')[0])} ${key.split(' ')[1]}`, n])));
    } finally {
      await killer.end();
    }
  }, 90_000);

  test('of a window are removed when its time is over, and not made again by what is older', async () => {
    const now = Date.now();
    await handle([told('ProductCreated', 'p', now - 3 * HOUR), told('ProductCreated', 'p', now - 3 * DAY), told('ProductCreated', 'p', now - 91 * DAY)], false);
    await foldAll(now);
    const counted = async (): Promise<number[]> => Promise.all(Object.values(WINDOWS).map(async ({ sizeMs }) => Object.keys(await windows(sizeMs)).length));
    expect(await counted()).toEqual([0, 1, 2]);
    expect(await removeOldWindows(at.pool, now + 2 * DAY)).toBe(false);
    expect(await counted()).toEqual([0, 0, 2]);
    await removeOldWindows(at.pool, now + 89 * DAY);
    expect(await counted()).toEqual([0, 0, 1]);
  });
});

describe('an order that is stuck', () => {
  const order = (n: number): string => ORDER_ID.replace(/.$/, String(n));
  const paid = (orderId: string) => ({ orderId, paymentId: `pay_${orderId}`, amount: '10.00', currency: 'USD', provider: 'standard', reference: 'ch_1' });
  const stuckEvents = async (orderId: string) => (await at.log.history(orderId)).filter(({ type, data }) => type === 'OrderStuck' && (data as { pattern: string }).pattern === 'paid_not_fulfilled');

  /** A payment two days ago; the row of its wait as it would be. */
  async function paidTwoDaysAgo(orderId: string): Promise<string> {
    const eventId = await at.send('PaymentProcessed', paid(orderId));
    await finds('the payment is seen', 'SELECT 1 FROM analytics_subjects WHERE subject = $1', [orderId]);
    await at.pool.query("UPDATE events SET recorded_at = recorded_at - interval '2 days' WHERE event_id = $1", [eventId]);
    await at.pool.query(
      `UPDATE analytics_subjects SET due_at = due_at - interval '2 days', waits = jsonb_set(waits, '{paid_not_fulfilled}', to_jsonb((waits->>'paid_not_fulfilled')::bigint - ${2 * DAY})) WHERE subject = $1`, [orderId],
    );
    return eventId;
  }

  test('is told once, with what caused it, though the transaction breaks down and two look at once', async () => {
    const orderId = order(1);
    const eventId = await paidTwoDaysAgo(orderId);
    await at.pool.query(`CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.type = 'OrderStuck' THEN RAISE 'no'; END IF; RETURN NEW; END $$;
      CREATE CONSTRAINT TRIGGER break_down AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION break_down()`);
    await expect(tellAbsences(at.log, analytics, watch)).rejects.toThrow('no');
    await at.pool.query('DROP TRIGGER break_down ON events; DROP FUNCTION break_down()');
    expect(await stuckEvents(orderId)).toEqual([]);
    await Promise.all([tellAbsences(at.log, analytics, watch), tellAbsences(at.log, analytics, watch)]);
    await tellAbsences(at.log, analytics, watch);
    const [stuck, ...more] = await stuckEvents(orderId);
    expect(more).toEqual([]);
    expect(stuck).toMatchObject({ source: 'analytics-service', causationId: eventId, topic: 'order-events', data: { orderId, pattern: 'paid_not_fulfilled', after: 'PaymentProcessed' } });
    expect(stuck?.correlationId).toBe((await at.log.history(orderId))[0]?.correlationId);
  });

  test('is none when the log has what it waits for, though the reader has not come to it', async () => {
    const orderId = order(2);
    await paidTwoDaysAgo(orderId);
    await at.stopReaders();
    try {
      const fulfilled = await at.send('OrderFulfilled', { orderId, orderNumber: 1, customerId: 'VINET', lines: [] });
      await at.pool.query("UPDATE events SET recorded_at = recorded_at - interval '30 hours' WHERE event_id = $1", [fulfilled]);
      await tellAbsences(at.log, analytics, watch);
    } finally {
      await at.startReaders();
    }
    await finds('the reader has come to it', "SELECT 1 FROM analytics_subjects WHERE subject = $1 AND times ? 'OrderFulfilled'", [orderId]);
    await tellAbsences(at.log, analytics, watch);
    expect(await stuckEvents(orderId)).toEqual([]);
  });

  test('is looked for by the index, and what is remembered for long enough goes', async () => {
    await handle([told('OrderCompleted', 'old', Date.now() - 40 * DAY), told('PaymentFailed', 'young', Date.now())], false);
    while (await tellAbsences(at.log, analytics, watch));
    expect((await at.pool.query('SELECT subject FROM analytics_subjects')).rows).toEqual([{ subject: 'young' }]);
  });
});

test('payments of a customer that fail again and again are told by the reader, once', async () => {
  const orders = [3, 4, 5, 6].map((n) => ORDER_ID.replace(/.$/, String(n)));
  for (const orderId of orders) {
    await at.send('PaymentFailed', { orderId, paymentId: `pay_${orderId}`, amount: '10.00', currency: 'USD', provider: 'standard', reason: { code: 'card_declined' } });
    await at.send('OrderCancelled', { orderId, orderNumber: 1, customerId: 'CHOPS', reason: { code: 'card_declined' } });
  }
  const repeated = await at.told('CHOPS', 'RepeatedPaymentFailure');
  expect(repeated).toMatchObject({ topic: 'payment-events', data: { customerId: 'CHOPS', times: 3 } });
  expect(triggerOf(repeated).causationId).toBe(repeated.eventId);
  await finds('all are seen', "SELECT 1 FROM analytics_subjects WHERE subject = ANY ($1) AND times ? 'OrderCancelled' HAVING count(*) = 4", [orders]);
  expect(await at.types('CHOPS')).toEqual(['RepeatedPaymentFailure']);
});

describe('the figures', () => {
  const T = Date.parse('2026-11-01T10:00:00.000Z');
  const get = (path: string, scopes = 'events:read') => at.call('GET', path, { scopes });

  beforeEach(async () => {
    const orders = Array.from({ length: 30 }, (_, n) => [told('OrderCreated', `o${n}`, T + n * 1_000), told('PaymentProcessed', `o${n}`, T + n * 1_000 + 100, { occurredMs: T + n * 1_000 + (n + 1) * 100 })]);
    await handle(orders.flat(), false);
    await foldBatches(at.pool, T + HOUR);
  });

  test('are counts, rates and times of steps over whole windows', async () => {
    const { status, body } = await get('/api/analytics?window=1m&from=2026-11-01T10:00:30Z&to=2026-11-01T10:00:31Z');
    expect([status, body.from, body.to, body.pending]).toEqual([200, '2026-11-01T10:00:00.000Z', '2026-11-01T10:01:00.000Z', 0]);
    expect(body.types).toEqual([{ type: 'OrderCreated', count: 30, late: 0, perSecond: 0.5 }, { type: 'PaymentProcessed', count: 30, late: 0, perSecond: 0.5 }]);
    expect(body.steps).toEqual([expect.objectContaining({ step: 'accepted_to_paid', from: 'OrderCreated', to: 'PaymentProcessed', count: 30, meanMs: 1_550 })]);
    const [{ p50Ms, p95Ms, p99Ms }] = body.steps;
    for (const [found, exact] of [[p50Ms, 1_500], [p95Ms, 2_900], [p99Ms, 3_000]]) expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(body.relativeError + 1e-3);
  });

  test('come window by window, page by page', async () => {
    const path = '/api/analytics/series?window=10s&measure=accepted_to_paid&from=2026-11-01T10:00:00Z&to=2026-11-01T11:00:00Z&limit=2';
    const first = (await get(path)).body;
    expect(first.items.map(({ startsAt, count, perSecond }: any) => [startsAt, count, perSecond])).toEqual([['2026-11-01T10:00:00.000Z', 10, 1], ['2026-11-01T10:00:10.000Z', 10, 1]]);
    const rest = (await get(`${path}&cursor=${encodeURIComponent(first.nextCursor)}`)).body;
    expect(rest).toMatchObject({ items: [{ startsAt: '2026-11-01T10:00:20.000Z', count: 10 }], nextCursor: null });
    expect(await get(`${path}&measure=OrderCreated`)).toMatchObject({ status: 400 });
    expect(await get(path.replace('accepted_to_paid', 'OrderCreated').concat(`&cursor=${encodeURIComponent(first.nextCursor)}`))).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  test('of one measure only, when it is named; of the last hour, when no time is', async () => {
    const { body } = await get('/api/analytics?window=1h&from=2026-11-01T10:00:00Z&to=2026-11-01T11:00:00Z&measure=OrderCreated');
    expect([body.types.length, body.steps]).toEqual([1, []]);
    const usual = (await get('/api/analytics')).body;
    expect(Date.parse(usual.to) - Date.parse(usual.from)).toBe(HOUR);
    expect(usual.types).toEqual([]);
  });

  test('of no time, or of more windows than one answer has, are refused', async () => {
    for (const range of ['from=2026-11-01T11:00:00Z&to=2026-11-01T10:00:00Z', 'from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z']) {
      expect(await get(`/api/analytics?${range}`)).toMatchObject({ status: 400, body: { code: 'analytics_range_invalid' } });
    }
    expect(await get('/api/analytics', 'orders:read')).toMatchObject({ status: 403 });
    expect(await get('/api/analytics?window=2m')).toMatchObject({ status: 400 });
  });

  test('are shown as a panel', async () => {
    expect((await get('/panels')).body.items).toContainEqual({ id: 'analytics', title: 'Flow of events', extension: 'analytics', data: '/api/analytics', scope: 'events:read' });
  });
});
