/**
 * Two sets of readers, as two processes have them, on one database: orders that want the same few products are decided at the
 * same time, while others end in every way, events come twice, and stock is adjusted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EventLog } from '@commerce/event-log/log';
import { registerMap, startReaders } from '@commerce/event-log/readers';
import type { Readers } from '@commerce/event-log/readers';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { ENTRIES } from '@commerce/events/entries';
import { INVENTORY_ENTRIES } from '@commerce/events/entries/inventory';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { handlersByType, openExtensions } from '@commerce/signals/host';
import pg from 'pg';
import { ORDERS_MIGRATION } from '../orders/migrations/0001-orders.ts';
import { createAdjusting } from './adjusting.pg.ts';
import { recordingActs } from '../../test-acts.ts';
import { inventory } from './extension.ts';
import { INVENTORY_MIGRATION } from './migrations/0001-inventory.ts';
import { InventoryRefused } from './problems.ts';
import { ENTRIES_BESIDE, insertOrder, MAP, outcomesOf } from './test-inventory.ts';
import type { OrderedLine } from './test-inventory.ts';

interface Process {
  readonly pool: pg.Pool;
  readonly log: EventLog;
  readonly readers: Readers;
}

let database: TestDatabase;
let processes: readonly Process[];

async function startProcess(url: string): Promise<Process> {
  const pool = new pg.Pool({ connectionString: url, max: 6, pipeline: true });
  pool.on('error', () => undefined);
  const catalogue = createCatalogue([...ENTRIES, ...INVENTORY_ENTRIES, ...ENTRIES_BESIDE] as unknown as EventEntry[]);
  const log = await EventLog.open({ pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  const opened = await openExtensions([inventory, recordingActs], MAP, { log, inventory: { unknownSku: 'refuse' } });
  const map = await registerMap({ log, extensions: opened.map(({ extension }) => extension), map: handlersByType(MAP), streams: [] });
  const readers = await startReaders({
    log, databaseUrl: url, map, streams: [], workerId: uuid7(Date.now()), random: Math.random, monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  return { pool, log, readers };
}

beforeAll(async () => {
  database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query([...MIGRATIONS, ORDERS_MIGRATION, INVENTORY_MIGRATION].map(({ sql }) => sql).join('\n'));
  await client.end();
  processes = await Promise.all([startProcess(database.url), startProcess(database.url)]);
});

afterAll(async () => {
  for (const { readers, log, pool } of processes) {
    await readers.stop();
    await log.close();
    await pool.end();
  }
  await database.drop();
});

const SKUS = ['tea', 'cake', 'jam', 'pie'];
const ORDERS = 160;
const FIRST_COUNT = 60;

async function until<Value>(what: string, probe: () => Promise<Value | undefined>): Promise<Value> {
  for (const end = performance.now() + 30_000; performance.now() < end; await delay(20)) {
    const value = await probe();
    if (value !== undefined) return value;
  }
  throw new Error(`${what} did not come in time.`);
}

test('two processes never set more aside than there is, and every piece is accounted for', async () => {
  const [one, two] = processes as [Process, Process];
  const { pool } = one;
  await until('a part of the orders for each', async () => ((await pool.query("SELECT count(DISTINCT owner)::int AS owners FROM readers WHERE name = 'inventory'")).rows[0].owners === 2 ? true : undefined));
  const trigger = { correlationId: uuid7(Date.now()), causationId: null, metadata: {} };
  const say = async ({ log, pool: own }: Process, ...events: { type: string; data: object }[]): Promise<void> => {
    await inTransaction(own, (tx) => log.append(tx, events.map((event) => log.prepare(event, 'test', trigger))));
    log.wake();
  };
  const adjusts = processes.map(({ log }) => createAdjusting(log, inventory));
  const adjust = async (index: number, adjustments: { sku: string; delta: number }[]): Promise<void> => {
    const request = { by: { subject: 'ann', clientId: 'warehouse' }, idempotencyKey: `adjustment ${index}`, form: { reason: { code: 'restock' }, adjustments }, trigger };
    // Both processes are asked, as by a client that has lost the answer.
    await Promise.all(adjusts.map((asked) => asked(request).catch((error: unknown) => {
      if (!(error instanceof InventoryRefused)) throw error;
    })));
  };
  await adjust(0, SKUS.map((sku) => ({ sku, delta: FIRST_COUNT })));

  // More than there is.
  const orders = await Promise.all(Array.from({ length: ORDERS }, async (_, index) => {
    const lines: OrderedLine[] = [0, 1, 2].slice(index % 2).map((nth) => ({ lineId: String(nth), sku: SKUS[(index + nth * (1 + (index % 3))) % SKUS.length] ?? '', quantity: 1 + ((index + nth) % 3) }));
    return { ...(await insertOrder(pool, lines)), lines };
  }));
  const adjusting = (async () => {
    for (let index = 1; index <= 20; index += 1) await adjust(index, [{ sku: SKUS[index % 4] ?? '', delta: index % 3 === 0 ? -9 : 4 }, { sku: SKUS[(index + 1) % 4] ?? '', delta: 1 }]);
  })();
  await Promise.all(orders.map(async ({ orderId, created, lines }, index) => {
    const process = index % 2 === 0 ? one : two;
    const told = { type: 'OrderCreated', data: created };
    await say(process, ...(index % 5 === 0 ? [told, told] : [told]));
    const answered = await until(`the answer for ${orderId}`, async () => (await process.log.history(orderId)).find(({ source }) => source === 'inventory-service')?.type);
    if (answered !== 'InventoryReserved') return;
    const payment = { orderId, paymentId: 'p', amount: '1.00', currency: 'USD', provider: 'standard' };
    const about = { orderId, orderNumber: 1, customerId: 'VINET' };
    const ends = [
      [{ type: 'PaymentFailed', data: { ...payment, reason: { code: 'card_declined' } } }],
      [{ type: 'OrderFulfilled', data: { ...about, lines: outcomesOf(lines, ['parcel', 'parcel', 'parcel']) } }],
      [{ type: 'OrderFulfilled', data: { ...about, lines: outcomesOf(lines, ['digital', 'failed', 'parcel']) } }],
      [
        { type: 'OrderTakenBack', data: { ...about, reason: { code: 'refunded' }, lines: outcomesOf(lines, ['revoked', 'revoked', 'parcel']) } },
        { type: 'OrderFulfilled', data: { ...about, lines: outcomesOf(lines, ['digital', 'digital', 'parcel']) } },
      ],
      [{ type: 'OrderUnfulfilled', data: { ...about, reason: { code: 'unknown_sku' } } }],
      [],
    ][index % 6] ?? [];
    for (const event of ends) await say(index % 4 < 2 ? one : two, event, event);
  }));
  await adjusting;
  await until('the end of all work', async () => {
    const { rows: [{ releasing, waiting }] } = await pool.query(
      `SELECT (SELECT count(*)::int FROM inventory_reservations WHERE lines @? '$[*] ? (@.status == "releasing")') AS releasing, (SELECT count(*)::int FROM work) AS waiting`,
    );
    return releasing === 0 && waiting === 0 ? true : undefined;
  });
  await until('the reading of all events', async () => {
    const { rows } = await pool.query("SELECT 1 FROM events e WHERE e.type IN ('PaymentFailed', 'OrderFulfilled', 'OrderUnfulfilled') AND EXISTS (SELECT 1 FROM inventory_reservations r WHERE r.order_id = e.subject AND r.lines @? '$[*] ? (@.status == \"held\" || @.status == \"releasing\")') LIMIT 1");
    return rows.length === 0 ? true : undefined;
  });

  const { rows } = await pool.query(
    `WITH line AS (SELECT l->>'sku' AS sku, l->>'status' AS status, (l->>'quantity')::int AS quantity FROM inventory_reservations, jsonb_array_elements(lines) AS l)
     SELECT s.sku, s.on_hand, s.reserved,
       (SELECT sum((data->>'delta')::int)::int FROM events WHERE type = 'InventoryAdjusted' AND subject = s.sku) AS adjusted,
       (SELECT coalesce(sum(quantity), 0)::int FROM line WHERE line.sku = s.sku AND status IN ('delivered', 'shipped', 'returned')) AS consumed,
       (SELECT coalesce(sum(quantity), 0)::int FROM line WHERE line.sku = s.sku AND status IN ('held', 'releasing')) AS held
     FROM inventory_stocks s ORDER BY sku`,
  );
  expect(rows.map(({ sku }) => sku)).toEqual(SKUS.toSorted());
  for (const { on_hand: onHand, reserved, adjusted, consumed, held } of rows) {
    expect({ onHand, reserved }).toEqual({ onHand: adjusted - consumed, reserved: held });
    expect(reserved).toBeLessThanOrEqual(onHand);
  }
  const answers = await pool.query("SELECT type, count(*)::int AS events, count(DISTINCT subject)::int AS orders FROM events WHERE type IN ('InventoryReserved', 'InventoryReservationFailed') GROUP BY type ORDER BY type");
  const [failed, reserved] = answers.rows;
  expect(failed.events + reserved.events).toBe(ORDERS);
  expect([failed.orders + reserved.orders, failed.events > 0, reserved.events > 20]).toEqual([ORDERS, true, true]);
  // The orders have ended in every way.
  const { rows: statuses } = await pool.query("SELECT DISTINCT l->>'status' AS status FROM inventory_reservations, jsonb_array_elements(lines) AS l ORDER BY 1");
  expect(statuses.map(({ status }) => status)).toEqual(['delivered', 'held', 'released', 'returned', 'shipped']);
}, 90_000);
