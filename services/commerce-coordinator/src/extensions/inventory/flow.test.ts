/** The inventory over real HTTP, on a real log with its readers. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gapsInDescription } from '@commerce/service-kit/openapi';
import { startTestExtensions } from '../../test-extensions.ts';
import type { TestExtensions } from '../../test-extensions.ts';
import { ORDERS_MIGRATION } from '../orders/migrations/0001-orders.ts';
import { inventory } from './extension.ts';
import { ENTRIES_BESIDE, insertOrder, MAP, outcomesOf } from './test-inventory.ts';
import type { OrderedLine } from './test-inventory.ts';

let cc: TestExtensions;
let keys = 0;

beforeAll(async () => {
  cc = await startTestExtensions({
    definitions: [inventory], map: MAP, entries: ENTRIES_BESIDE, resources: () => ({ inventory: { unknownSku: 'refuse' } }),
  });
  await cc.pool.query(ORDERS_MIGRATION.sql);
});

afterAll(() => cc.stop());

const restock = { code: 'restock' };
const post = (path: string, body: object, key = `key-${(keys += 1)}`, client = 'warehouse') => cc.call('POST', path, { body, scopes: 'inventory:write', headers: { 'idempotency-key': key }, client });
const count = async (sku: string, delta: number) => expect((await post('/inventory/adjustments', { sku, delta, reason: restock })).status).toBe(200);
const read = (path: string) => cc.call('GET', path, { scopes: 'inventory:read' });
const figures = async (sku: string) => {
  const { body: { onHand, reserved, available } } = await read(`/inventory/${sku}`);
  return [onHand, reserved, available];
};
const line = (lineId: string, sku: string, quantity: number): OrderedLine => ({ lineId, sku, quantity });

async function order(lines: readonly OrderedLine[], status?: string): Promise<string> {
  const { orderId, created } = await insertOrder(cc.pool, lines, status);
  await cc.send('OrderCreated', created);
  return orderId;
}
const payment = (orderId: string) => ({ orderId, paymentId: `pay_${orderId}`, amount: '1.00', currency: 'USD', provider: 'standard' });
const about = (orderId: string) => ({ orderId, orderNumber: 1, customerId: 'VINET' });

async function until(probe: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; await delay(10)) if (await probe()) return;
  throw new Error('It did not come in time.');
}

describe('Stock', () => {
  test('is adjusted once per key, answered after it is done, and told', async () => {
    expect(await read('/inventory/NW-1')).toMatchObject({ status: 404, body: { code: 'stock_not_found' } });
    const first = await post('/inventory/adjustments', { sku: 'NW-1', delta: 40, reason: restock }, 'one');
    expect([first.status, first.body]).toEqual([200, { sku: 'NW-1', delta: 40, onHand: 40, reserved: 0, available: 40, version: 1 }]);
    const again = await post('/inventory/adjustments', { sku: 'NW-1', delta: 40, reason: restock }, 'one');
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
    expect((await post('/inventory/adjustments', { sku: 'NW-1', delta: 41, reason: restock }, 'one')).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await post('/inventory/adjustments', { sku: 'NW-1', delta: 2, reason: restock }, 'one', 'other')).body).toMatchObject({ onHand: 42 });
    const events = await cc.log.history('NW-1');
    expect(events.filter(({ type }) => type === 'InventoryAdjusted').map(({ type, sequence, source, data, metadata }) => ({ type, sequence, source, data, userId: metadata.userId }))).toEqual([
      { type: 'InventoryAdjusted', sequence: 1, source: 'inventory-service', userId: 'user of warehouse', data: { sku: 'NW-1', delta: 40, onHand: 40, available: 40, reason: restock } },
      { type: 'InventoryAdjusted', sequence: 2, source: 'inventory-service', userId: 'user of other', data: { sku: 'NW-1', delta: 2, onHand: 42, available: 42, reason: restock } },
    ]);
    expect(events.filter(({ type }) => type === 'AuditRecorded').map(({ data }) => data)).toEqual([[40, 'warehouse'], [2, 'other']].map(([delta, client]) => (
      { act: 'inventory.adjust', about: 'NW-1', by: { subject: `user of ${client}`, clientId: client }, why: restock.code, details: { adjustments: [{ sku: 'NW-1', delta }] } }
    )));
  });

  test('is adjusted by one request under one key, however often that comes at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/inventory/adjustments', { sku: 'NW-2', delta: 5, reason: restock }, 'together')));
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(await figures('NW-2')).toEqual([5, 0, 5]);
  });

  test('of many products is adjusted in one request, all or none', async () => {
    const adjustments = Array.from({ length: 500 }, (_, index) => ({ sku: `BULK-${index}`, delta: index + 1 }));
    const { status, body } = await post('/inventory/adjustments/bulk', { reason: restock, adjustments }, 'bulk');
    expect([status, body.items.length, body.items[499]]).toEqual([200, 500, { sku: 'BULK-499', delta: 500, onHand: 500, reserved: 0, available: 500, version: 1 }]);
    expect((await post('/inventory/adjustments/bulk', { reason: restock, adjustments }, 'bulk')).headers.get('idempotency-replayed')).toBe('true');
    const refused = await post('/inventory/adjustments/bulk', { reason: restock, adjustments: [{ sku: 'BULK-0', delta: 1 }, { sku: 'BULK-1', delta: -3 }] });
    expect(refused.body).toMatchObject({ status: 409, code: 'stock_out_of_range', errors: [{ path: '/body/adjustments/1/delta' }] });
    expect([await figures('BULK-0'), await figures('BULK-1')]).toEqual([[1, 0, 1], [2, 0, 2]]);
  });

  test('is listed page by page, or only where it is low', async () => {
    const first = await read('/inventory?availableAtMost=3&limit=2');
    expect(first.body.items.map(({ sku }: any) => sku)).toEqual(['BULK-0', 'BULK-1']);
    const second = await read(`/inventory?availableAtMost=3&limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toEqual({ items: [{ sku: 'BULK-2', onHand: 3, reserved: 0, available: 3, version: 1 }], nextCursor: null });
    expect((await read(`/inventory?limit=2&cursor=${first.body.nextCursor}`)).body.code).toBe('invalid_cursor');
  });

  test('refuses what cannot be meant, and who may not', async () => {
    const bodies = [
      { sku: 'NW-1', delta: 0, reason: restock }, { sku: 'NW-1', delta: 1.5, reason: restock }, { sku: '', delta: 1, reason: restock }, { sku: 'NW-1', delta: 1 },
      { sku: 'NW-1', delta: 1, reason: { code: 'Not short!' } }, { sku: 'NW-1', delta: 1, reason: restock, onHand: 7 }, { sku: 'NW-1', delta: 500_000_001, reason: restock },
    ];
    expect((await Promise.all(bodies.map((body) => post('/inventory/adjustments', body)))).map(({ status }) => status)).toEqual(bodies.map(() => 400));
    const many = Array.from({ length: 501 }, () => ({ sku: 'NW-1', delta: 1 }));
    expect((await Promise.all([[], many].map((adjustments) => post('/inventory/adjustments/bulk', { reason: restock, adjustments })))).map(({ status }) => status)).toEqual([400, 400]);
    expect((await cc.call('POST', '/inventory/adjustments', { body: { sku: 'NW-1', delta: 1, reason: restock }, scopes: 'inventory:write' })).body.code).toBe('idempotency_key_required');
    expect((await cc.call('POST', '/inventory/adjustments', { body: { sku: 'NW-1', delta: 1, reason: restock }, scopes: 'inventory:read', headers: { 'idempotency-key': 'k' } })).status).toBe(403);
    expect((await cc.call('GET', '/inventory/NW-1', { scopes: 'inventory:write' })).status).toBe(403);
    expect((await read('/inventory?availableAtMost=-1')).status).toBe(400);
  });

  test('is described without a gap', async () => {
    const description = await (await fetch(`${cc.url}/openapi.json`)).json();
    expect(gapsInDescription(description as never)).toEqual([]);
  });
});

describe('An order', () => {
  test('takes its stock, sells it, and gives back what was not delivered and what was revoked', async () => {
    await Promise.all([count('A-1', 10), count('A-2', 10), count('A-3', 10)]);
    const lines = [line('1', 'A-1', 2), line('2', 'A-2', 3), line('3', 'A-3', 4), line('4', 'A-1', 1)];
    const orderId = await order(lines);
    expect((await cc.told(orderId, 'InventoryReserved')).data).toEqual({ orderId, lines: [{ sku: 'A-1', quantity: 3 }, { sku: 'A-2', quantity: 3 }, { sku: 'A-3', quantity: 4 }] });
    expect((await post('/inventory/adjustments', { sku: 'A-1', delta: -8, reason: { code: 'broken' } })).body).toMatchObject({
      status: 409, code: 'stock_out_of_range', errors: [{ path: '/body/delta', message: 'A-1 has 10, of which 3 are set aside: at most 7 can be taken away.' }],
    });
    const fulfilled = { ...about(orderId), lines: outcomesOf(lines, ['parcel', 'digital', 'failed', 'parcel']) };
    await cc.send('OrderFulfilled', fulfilled);
    await cc.send('OrderFulfilled', fulfilled);
    expect((await cc.told(orderId, 'InventoryReleased')).data).toEqual({ orderId, lines: [{ sku: 'A-3', quantity: 4 }], reason: { code: 'not_fulfilled' } });
    const takenBack = { ...about(orderId), reason: { code: 'refunded' }, lines: outcomesOf(lines, ['revoked', 'revoked', 'failed', 'revoked']) };
    await cc.send('OrderTakenBack', takenBack);
    await until(async () => (await cc.types('A-2')).filter((type) => type === 'InventoryAdjusted').length === 2);
    expect(await Promise.all(['A-1', 'A-2', 'A-3'].map(figures))).toEqual([[7, 0, 7], [10, 0, 10], [10, 0, 10]]);
    expect((await cc.log.ignored(orderId)).map(({ handler, rule }) => [handler, rule])).toEqual([['inventory.settle', 'nothing_held']]);
  });

  test('that is not paid or not fulfilled leaves the stock as it was', async () => {
    await count('B-1', 20);
    const ends: [string, (orderId: string) => object][] = [
      ['PaymentFailed', (orderId) => ({ ...payment(orderId), reason: { code: 'card_declined' } })],
      ['OrderUnfulfilled', (orderId) => ({ ...about(orderId), reason: { code: 'unknown_sku' } })],
    ];
    const orderIds = await Promise.all(ends.map(async ([type, data]) => {
      const orderId = await order([line('1', 'B-1', 5)]);
      await cc.told(orderId, 'InventoryReserved');
      await cc.send(type, data(orderId));
      await cc.send(type, data(orderId));
      await cc.told(orderId, 'InventoryReleased');
      return orderId;
    }));
    expect(await figures('B-1')).toEqual([20, 0, 20]);
    const [unpaid = ''] = orderIds;
    expect((await cc.types(unpaid)).filter((type) => type.startsWith('Inventory'))).toEqual(['InventoryReserved', 'InventoryReleaseInitiated', 'InventoryReleased']);
    expect((await cc.told(unpaid, 'InventoryReleased')).data).toMatchObject({ reason: { code: 'card_declined' }, lines: [{ sku: 'B-1', quantity: 5 }] });
  });

  test('for which there is too little gets nothing; one of an unknown product is refused where that is wished', async () => {
    await Promise.all([count('C-1', 3), count('C-2', 1)]);
    const orderId = await order([line('1', 'C-1', 2), line('2', 'C-2', 2), line('3', 'NOBODY', 1)]);
    expect((await cc.told(orderId, 'InventoryReservationFailed')).data).toEqual({ orderId, shortages: [{ sku: 'C-2', wanted: 2, available: 1 }, { sku: 'NOBODY', wanted: 1, available: 0 }] });
    expect(await figures('C-1')).toEqual([3, 0, 3]);
  });

  test('that was cancelled before its turn takes nothing', async () => {
    await count('D-1', 3);
    const orderId = await order([line('1', 'D-1', 2)], 'cancel_pending');
    expect((await cc.told(orderId, 'InventoryReleased')).data).toEqual({ orderId, lines: [], reason: { code: 'order_cancelled' } });
    expect(await figures('D-1')).toEqual([3, 0, 3]);
  });

  test('of which the outcome does not fit waits for a person, and holds no other order', async () => {
    await count('E-1', 9);
    const [wrong, right] = [await order([line('1', 'E-1', 2)]), await order([line('1', 'E-1', 3)])];
    await Promise.all([wrong, right].map((orderId) => cc.told(orderId, 'InventoryReserved')));
    await cc.send('OrderFulfilled', { ...about(wrong), lines: outcomesOf([line('1', 'E-1', 9)], []) });
    await cc.send('OrderFulfilled', { ...about(right), lines: outcomesOf([line('1', 'E-1', 3)], []) });
    await until(async () => (await cc.pool.query("SELECT 1 FROM work WHERE subject = $1 AND handler = 'inventory.settle'", [wrong])).rows.length === 1);
    await until(async () => (await figures('E-1'))[0] === 6);
    expect(await figures('E-1')).toEqual([6, 2, 4]);
  });
});
