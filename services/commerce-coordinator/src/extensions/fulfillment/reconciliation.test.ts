/** The size of the calls of the comparison, and when a request is looked up, on a real database. What it heals is tested with the whole service. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate } from '@commerce/service-kit/database';
import { systemClock, systemSleep } from '@commerce/service-kit/ports';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { uuid7 } from '@commerce/events/uuid7';
import { NotNow } from '@commerce/fulfillment-client';
import pg from 'pg';
import { MIGRATIONS } from '../../compose.ts';
import { LINES } from '../../test-events.ts';
import type { Fulfiller } from './fulfiller.ts';
import { readStatus, reconciliationStore } from './reconciliation.pg.ts';
import { compare } from './reconciliation.ts';
import type { Comparison } from './reconciliation.ts';


let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 3 });
  await migrate(pool, MIGRATIONS, { clock: systemClock, sleep: systemSleep, log: () => undefined });
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(() => pool.query('TRUNCATE fulfillment_requests'));

describe('one comparison', () => {
  const MANY = 1_100;
  const sizes: Record<'lookup' | 'acknowledge' | 'list', number[]> = { lookup: [], acknowledge: [], list: [] };
  const never = () => Promise.reject(new Error('Nobody is asked for this.'));
  /** Everything is under way there, and nothing is in its list. */
  const fulfiller: Fulfiller = {
    request: never, revoke: never, cancel: never, revokeOrder: never, hold: never, release: never,
    async lookup(orderIds) {
      sizes.lookup.push(orderIds.length);
      return { items: orderIds.map((orderId) => ({ orderId, fulfillments: [underWay(orderId)] })) };
    },
    async acknowledge(items) {
      sizes.acknowledge.push(items.length);
      return { results: items.map(({ fulfillmentId }, index) => ({ fulfillmentId, result: index % 2 === 0 ? 'acknowledged' : 'unknown' })) };
    },
    async list({ limit = 0 }) {
      sizes.list.push(limit);
      return { items: [], nextCursor: sizes.list.length < 3 ? `after ${sizes.list.length}` : null };
    },
  };

  function underWay(orderId: string): Awaited<ReturnType<Fulfiller['lookup']>>['items'][number]['fulfillments'][number] {
    const at = '2026-01-01T00:00:00.000Z';
    return {
      fulfillmentId: `of-${orderId}`, clientId: 'c', orderId, orderNumber: 1, status: 'in_progress', version: 2, createdAt: at, updatedAt: at,
      lines: LINES.map((line) => ({ ...line, provider: 'lms', status: 'pending' })),
    };
  }

  const comparison = (): Comparison => ({
    store: reconciliationStore(pool), fulfiller, clientId: 'c', change: never, keyOf: ({ eventId }) => eventId, nowMs: () => Date.now(), uuid: () => uuid7(Date.now()),
    onUndecided: (orderId) => { throw new Error(orderId); }, patienceMs: 1_000, signal: AbortSignal.timeout(20_000),
  });

  async function insert(status: string, toldVersion: number): Promise<void> {
    await pool.query(
      `INSERT INTO fulfillment_requests (order_id, fulfillment_id, status, version, told_version, check_at)
       SELECT $1 || n, 'of-' || $1 || n, $1, 1, $2, now() - interval '1 hour' FROM generate_series(1, ${MANY}) n`, [status, toldVersion]);
  }

  test('asks and acknowledges by 500 at most, once each, and reads the list to its end', async () => {
    await insert('requested', 0);
    await insert('completed', 4);
    expect(await compare(comparison())).toBe(false);
    expect(sizes).toEqual({ lookup: [500, 500, 100], acknowledge: [500, 500, 100], list: [200, 200, 200] });
    expect(await readStatus(pool)).toMatchObject({ waiting: MANY, unacknowledged: 0 });
    expect(await compare(comparison())).toBe(false);
    expect([sizes.lookup.length, sizes.acknowledge.length]).toEqual([3, 3]);
  });

  test('asks for half when an answer is too large, and makes the other steps when one fails', async () => {
    await insert('requested', 0);
    await insert('failed', 3);
    const tooLarge = () => new NotNow('No answer.', { sent: true, cause: Object.assign(new Error('over 1 MiB'), { name: 'AnswerTooLarge' }) });
    const asked: number[] = [];
    const limits: number[] = [];
    const acknowledged: number[] = [];
    const failing: Fulfiller = {
      ...fulfiller,
      async lookup(orderIds) {
        asked.push(orderIds.length);
        if (orderIds.length > 200) throw tooLarge();
        if (asked.length > 6) throw new NotNow('Later.', { sent: false });
        return fulfiller.lookup(orderIds);
      },
      async acknowledge(items) {
        acknowledged.push(items.length);
        return fulfiller.acknowledge(items);
      },
      async list({ limit = 0 }) {
        limits.push(limit);
        if (limit > 60) throw tooLarge();
        return { items: [], nextCursor: null };
      },
    };
    await expect(compare({ ...comparison(), fulfiller: failing })).rejects.toThrow('Later.');
    expect(asked).toEqual([500, 250, 125, 125, 250, 125, 125]);
    expect(acknowledged).toEqual([500, 500, 100]);
    expect(limits).toEqual([200, 100, 50]);
  });

  test('looks up a request for the first time when its outcome may no longer be on its way', async () => {
    await insert('requested', 0);
    await pool.query("UPDATE fulfillment_requests SET check_at = now() - interval '10 s' WHERE order_id = 'requested7'");
    const due = async (patienceMs: number): Promise<number> => (await reconciliationStore(pool).dueRequests(MANY, patienceMs)).length;
    expect([await due(5_000), await due(60_000)]).toEqual([MANY, MANY - 1]);
  });

  test('looks up all the others when no answer about one order can be used, puts that one off alone, and asks less than ten times in vain in a row', async () => {
    await insert('requested', 0);
    const bad = 'requested77';
    const undecided: string[] = [];
    let inVain = 0;
    const nonsense: Fulfiller = {
      ...fulfiller,
      async lookup(orderIds) {
        if (!orderIds.includes(bad)) return fulfiller.lookup(orderIds);
        inVain += 1;
        throw new NotNow('The answer (200) cannot be used.', { sent: true, status: 200 });
      },
    };
    expect(await compare({ ...comparison(), fulfiller: nonsense, onUndecided: (orderId) => void undecided.push(orderId) })).toBe(false);
    expect(undecided).toEqual([bad]);
    // The client makes three attempts of each, and ten in a row open its circuit.
    expect(inVain * 3).toBeLessThan(10);
    const { rows } = await pool.query('SELECT count(*)::int AS count FROM fulfillment_requests WHERE checks = 1 AND check_at > now()');
    expect(rows[0].count).toBe(MANY);
  });

  test('ends when the list of the other side goes round in a circle', async () => {
    const round: Fulfiller = { ...fulfiller, list: async () => ({ items: [], nextCursor: 'again' }) };
    await expect(compare({ ...comparison(), fulfiller: round })).rejects.toThrow('circle');
  });

  test('puts off what is under way, each time twice as far, up to an hour', async () => {
    await insert('requested', 0);
    const store = reconciliationStore(pool);
    const waitS = async (): Promise<number> => Number((await pool.query(`SELECT extract(epoch FROM check_at - clock_timestamp()) AS s FROM fulfillment_requests WHERE order_id = 'requested7'`)).rows[0]?.s);
    const waits: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      await store.putOff(['requested7'], 100_000, 3_600_000);
      waits.push(Math.round((await waitS()) / 100));
    }
    expect(waits).toEqual([2, 4, 8, 16]);
    for (let count = 0; count < 40; count += 1) await store.putOff(['requested7'], 100_000, 3_600_000);
    expect(Math.round((await waitS()) / 100)).toBe(36);
    expect(await store.dueRequests(MANY, 1_000)).toHaveLength(MANY - 1);
  });
});
