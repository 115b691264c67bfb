/** The table of orders is what the log tells: built anew beside the live one it is the same, and what was changed by hand is found. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { START } from '@commerce/event-log/event';
import type { Cursor } from '@commerce/event-log/event';
import { dropKept, NotRebuildable, SwapBusy } from '@commerce/event-log/rebuild';
import type { Tx } from '@commerce/event-log/extension';
import { inTransaction } from '@commerce/event-log/transaction';
import { startTestCoordinator } from '../../test-coordinator.ts';
import type { TestCoordinator } from '../../test-coordinator.ts';
import { fillAll, fillFrom, hashOf, nextOrders, prepare, rebuildOf } from './test-rebuild.ts';
import type { Rebuild } from './test-rebuild.ts';

const SCOPES = 'orders:read orders:write admin';
const signal = new AbortController().signal;
const FORM = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', name: 'Käse “Cabrales”', quantity: 3, unitPrice: '14.10', discount: '0.05' }], freight: '0.10', shipTo: { name: 'Paul', city: null }, metadata: { a: 1.5, b: [null, 'x'] } };

let cc: TestCoordinator;
let rebuild: Rebuild;
let keys = 0;

beforeAll(async () => {
  cc = await startTestCoordinator({ PERSONAL_DATA_KEY: Buffer.alloc(32, 7).toString('base64') });
});
afterAll(async () => cc?.stop());
beforeEach(() => {
  rebuild = rebuildOf(cc.log);
});

async function place(form: object = FORM): Promise<string> {
  const { status, body } = await cc.call('POST', '/orders', { body: form, headers: { 'idempotency-key': `rebuilt-${(keys += 1)}` } });
  expect(status).toBe(202);
  return body.orderId;
}
async function cancelled(): Promise<string> {
  const orderId = await place();
  expect(await cc.call('POST', `/orders/${orderId}/cancel`, { body: { reason: { code: 'changed_mind' } }, scopes: SCOPES })).toMatchObject({ status: 202 });
  return orderId;
}
const row = async (orderId: string, table = 'orders') => (await cc.pool.query(`SELECT * FROM ${table} WHERE order_id = $1`, [orderId])).rows[0];
let takenOver = 0;
let takenOverLocked = 0;
async function count(tx: Tx, rows: number): Promise<void> {
  const { rows: [lock] } = await tx.query("SELECT count(*)::int AS n FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relation = 'orders'::regclass");
  takenOver += rows;
  if (lock.n > 0) takenOverLocked += rows;
}
const swap = (after: Cursor, accept = false, done: Parameters<Rebuild['swap']>[0]['done'] = async () => undefined) => rebuild.swap({ after, accept, listed: 10, signal, done, takenOver: count });
const indexes = async (): Promise<unknown[]> => (await cc.pool.query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'orders' ORDER BY 1")).rows;

test('is the same byte for byte, whatever was placed and changed', async () => {
  const secret = await place({ ...FORM, payment: { method: { type: 'card', token: 'tok_4242424242424242' } } });
  const ended = await cancelled();
  await place({ customerId: 'TOMSP', currency: 'EUR', lines: [{ sku: 'x', quantity: 1, unitPrice: '999999999999.99' }] });
  const options = async () => (await cc.pool.query("SELECT reloptions FROM pg_class WHERE oid = 'orders'::regclass")).rows;
  const [before, shape, stored] = [await hashOf(cc.pool), await indexes(), await options()];
  expect(stored).toEqual([{ reloptions: [expect.stringMatching(/^fillfactor=/)] }]);
  const after = await fillAll(rebuild, cc.log, { batch: 3 });
  expect(await rebuild.compare(10, signal)).toEqual({ compared: 3, different: 0, differences: [], untold: 0 });
  expect(await hashOf(cc.pool, 'rebuild_orders.orders')).toBe(before);
  // How it is paid stands in no event: it is carried over.
  expect((await row(secret, 'rebuild_orders.orders')).payment_method).toEqual({ type: 'card', token: 'tok_4242424242424242' });
  expect(await row(ended, 'rebuild_orders.orders')).toMatchObject({ status: 'cancel_pending', version: 2, status_since: (await row(ended)).updated_at });

  const done: Cursor[] = [];
  const swapped = await swap(after, false, async (_tx, upTo) => void done.push(upTo));
  expect(swapped).toMatchObject({ kind: 'swapped', comparison: { compared: 3, different: 0 } });
  expect(done).toHaveLength(1);
  expect([await hashOf(cc.pool), await indexes()]).toEqual([before, shape]);
  expect(await options()).toEqual(stored);

  const { kept } = swapped as { readonly kept: string };
  expect(await hashOf(cc.pool, `${kept}.orders`)).toBe(before);
  expect(await Promise.all([dropKept(cc.pool, 'public'), dropKept(cc.pool, 'rebuild_orders')])).toEqual([false, false]);
  expect(await dropKept(cc.pool, kept)).toBe(true);
  expect((await cc.pool.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'orders_before%' OR nspname LIKE 'rebuild%'")).rows).toEqual([]);
  // Whoever had statements prepared on the old table goes on with the new one.
  expect(await cc.call('GET', `/orders/${await cancelled()}`)).toMatchObject({ body: { status: 'cancel_pending' } });
});

describe('a row that was changed by hand', () => {
  test('is named, nothing is swapped unless that is accepted, and then the row is as the log tells it', async () => {
    const [orderId, gone, other] = [await place(), await place(), await place()];
    const before = await hashOf(cc.pool);
    // A value that is equal, and other bytes: 14.10 and 14.1 as numbers.
    await cc.pool.query("UPDATE orders SET metadata = '{\"a\": 1.50, \"b\": [null, \"x\"]}' WHERE order_id = $1", [other]);
    await cc.pool.query("UPDATE orders SET status = 'completed' WHERE order_id = $1", [orderId]);
    await cc.pool.query('DELETE FROM orders WHERE order_id = $1', [gone]);
    const after = await fillAll(rebuild, cc.log);
    const { different, differences } = await rebuild.compare(10, signal);
    expect(different).toBe(3);
    const bySubject = new Map(differences.map((one) => [one.subject, one]));
    expect(bySubject.get(orderId)).toMatchObject({ live: { status: 'completed' }, rebuilt: { status: 'created', customer_id: 'VINET' } });
    expect(bySubject.get(gone)).toMatchObject({ live: null, rebuilt: { status: 'created' } });
    expect(JSON.stringify(differences)).not.toContain('payment_method');
    expect(await rebuild.compare(1, signal)).toMatchObject({ different: 3, differences: { length: 1 } });

    expect(await swap(after)).toMatchObject({ kind: 'refused', comparison: { different: 3 } });
    expect(await row(orderId)).toMatchObject({ status: 'completed' });
    expect(await swap(after, true)).toMatchObject({ kind: 'swapped', comparison: { different: 3 } });
    expect(await hashOf(cc.pool)).toBe(before);
  });

  test('is found when its version was raised too', async () => {
    const raised = await place();
    await cc.pool.query('UPDATE orders SET version = 9 WHERE order_id = $1', [raised]);
    const after = await fillAll(rebuild, cc.log);
    expect((await rebuild.compare(10, signal)).differences).toMatchObject([{ subject: raised, rebuilt: { version: 1 } }]);
    expect(await swap(after, true)).toMatchObject({ kind: 'swapped', comparison: { different: 1 } });
    expect((await row(raised)).version).toBe(1);
  });
});

test('a row of which a change is missing in the log is not made up from the others: it differs from nothing, and goes along as it is', async () => {
  const orderId = await cancelled();
  // As if the changes from 2 to 5 had been told by an event that is past its retention.
  await cc.pool.query("UPDATE events SET data = jsonb_set(data, '{changes,version}', '6') WHERE subject = $1 AND data ? 'changes'", [orderId]);
  await cc.pool.query("UPDATE orders SET version = 6, money = 'charged' WHERE order_id = $1", [orderId]);
  const before = await hashOf(cc.pool);
  const after = await fillAll(rebuild, cc.log);
  expect(await row(orderId, 'rebuild_orders.orders')).toBeUndefined();
  expect(await rebuild.compare(10, signal)).toMatchObject({ different: 0, differences: [], untold: 1 });
  expect(await swap(after)).toMatchObject({ kind: 'swapped', comparison: { different: 0, untold: 1 } });
  expect(await hashOf(cc.pool)).toBe(before);
  await cc.pool.query('DELETE FROM orders WHERE order_id = $1', [orderId]);
  await cc.pool.query('DELETE FROM events WHERE subject = $1', [orderId]);
});

describe('a row that no event tells', () => {
  const UNTOLD = 700;
  const putIn = (): Promise<unknown> => cc.pool.query(
    `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at, payment_method)
     SELECT 'of-before-' || n, n, 'x', 'x' || n, '', 'VINET', 'USD', 0, 10, '[]', now(), now(), '{"type": "card"}' FROM generate_series(1, ${UNTOLD}) n`,
  );
  const takenAway = (): Promise<unknown> => cc.pool.query("DELETE FROM orders WHERE order_id LIKE 'of-before-%'");
  beforeEach(() => {
    [takenOver, takenOverLocked] = [0, 0];
  });

  test('differs from nothing, needs no accept, and goes along as it is; under the lock there is nothing of it left to do', async () => {
    await putIn();
    const before = await hashOf(cc.pool);
    const after = await fillAll(rebuild, cc.log);
    expect(await rebuild.compare(10, signal)).toMatchObject({ different: 0, differences: [], untold: UNTOLD });
    const outcome = await swap(after);
    expect(outcome).toMatchObject({ kind: 'swapped', comparison: { different: 0, untold: UNTOLD } });
    expect([takenOver, takenOverLocked, await hashOf(cc.pool)]).toEqual([UNTOLD, 0, before]);
    await takenAway();
  });

  test('is taken over once, although the swap is asked for again, and as it is by then', async () => {
    await putIn();
    const after = await fillAll(rebuild, cc.log);
    await expect(swap(after, false, async () => Promise.reject(new Error('killed')))).rejects.toThrow('killed');
    expect(takenOver).toBe(UNTOLD);
    await cc.pool.query("UPDATE orders SET status = 'completed', version = 2 WHERE order_id = 'of-before-1'; DELETE FROM orders WHERE order_id = 'of-before-2'");
    const before = await hashOf(cc.pool);
    expect(await swap(after)).toMatchObject({ kind: 'swapped', comparison: { different: 0 } });
    expect([takenOver, await hashOf(cc.pool)]).toEqual([UNTOLD, before]);
    await takenAway();
  });
});

test('a swap that takes too long under its lock is given up after a few tries, and says so', async () => {
  const after = await fillAll(rebuild, cc.log);
  const slow = rebuildOf(cc.log, { barrierTimeoutMs: 50 });
  let held = 0;
  const sleepy = slow.swap({
    after, accept: false, listed: 10, signal, takenOver: async () => undefined,
    done: async (tx) => {
      held += 1;
      await tx.query('SELECT pg_sleep(1)');
    },
  });
  await expect(sleepy).rejects.toThrow(NotRebuildable);
  await expect(sleepy).rejects.toThrow('was locked 3 times, and a statement took longer than 50 ms');
  expect(held).toBe(3);
});

test('wiped, and built anew from nothing, it has the same hash', async () => {
  for (let orders = 0; orders < 5; orders += 1) await cancelled();
  // What a wipe takes for good: how orders are to be paid of which that is not decided.
  await cc.pool.query('UPDATE orders SET payment_method = NULL');
  const before = await hashOf(cc.pool);
  await cc.pool.query('TRUNCATE orders');
  const after = await fillAll(rebuild, cc.log, { batch: 4 });
  expect(await swap(after)).toMatchObject({ kind: 'refused' });
  expect(await swap(after, true)).toMatchObject({ kind: 'swapped' });
  expect(await hashOf(cc.pool)).toBe(before);
});

test('beside live traffic nothing is lost: what is placed and changed meanwhile stands in the new table', async () => {
  const over = new AbortController();
  const placed: string[] = [];
  const traffic = Promise.all([place, cancelled].map(async (act) => {
    while (!over.signal.aborted) placed.push(await act());
  }));
  const swapped = (async () => {
    await delay(50);
    const outcome = await swap(await fillAll(rebuild, cc.log, { batch: 20 }));
    await delay(50);
    return outcome;
  })().finally(() => over.abort());
  const [outcome] = await Promise.all([swapped, traffic]);
  expect(outcome).toMatchObject({ kind: 'swapped', comparison: { different: 0 } });
  const { rows } = await cc.pool.query('SELECT count(*)::int AS n FROM orders WHERE order_id = ANY ($1)', [placed]);
  expect(rows).toEqual([{ n: placed.length }]);
  await fillAll(rebuild, cc.log);
  expect(await rebuild.compare(10, signal)).toMatchObject({ different: 0 });
});

test('whoever is erased after the shadow was filled stands in the new table without what was personal', async () => {
  const orderId = await place({ ...FORM, customerId: 'GONE' });
  const after = await fillAll(rebuild, cc.log);
  expect(await row(orderId, 'rebuild_orders.orders')).toMatchObject({ ship_to: { name: 'Paul' } });
  // An open order would refuse it.
  await cc.pool.query("UPDATE orders SET status = 'cancelled' WHERE order_id = $1", [orderId]);
  expect((await cc.call('DELETE', '/customers/GONE?reason=asked', { scopes: 'admin' })).status).toBeLessThan(300);
  await cc.pool.query("UPDATE orders SET status = 'created' WHERE order_id = $1", [orderId]);
  expect(await swap(after)).toMatchObject({ kind: 'swapped', comparison: { different: 0 } });
  expect(await row(orderId)).toMatchObject({ customer_id: 'GONE', ship_to: null, metadata: null, request_hash: Buffer.alloc(0) });
});

describe('killed', () => {
  test('in the middle of filling, it goes on from the cursor that was committed with the rows, or from before it', async () => {
    const until = await prepare(rebuild, cc.log);
    const first = await nextOrders(cc.log, START, until, 3);
    await inTransaction(cc.log.pool, (tx) => rebuild.fill(tx, first.subjects));
    const killed = inTransaction(cc.log.pool, async (tx) => {
      await rebuild.fill(tx, (await nextOrders(cc.log, first.upTo, until, 3)).subjects);
      throw new Error('killed');
    });
    await expect(killed).rejects.toThrow('killed');
    // Another process, which fills an order a second time.
    const other = rebuildOf(cc.log);
    await fillFrom(other, cc.log, (await nextOrders(cc.log, START, until, 2)).upTo, until, 4);
    expect(await other.compare(10, signal)).toMatchObject({ different: 0 });
    expect(await hashOf(cc.pool, 'rebuild_orders.orders')).toBe(await hashOf(cc.pool));
  });

  test('in the swap, everything is as it was, and it may be asked for again', async () => {
    const after = await fillAll(rebuild, cc.log);
    const before = await cc.pool.query("SELECT 'orders'::regclass::oid AS oid");
    const killed = swap(after, false, async (tx) => void (await tx.query('SELECT pg_terminate_backend(pg_backend_pid())')));
    await expect(killed).rejects.toThrow(/terminat/);
    expect((await cc.pool.query("SELECT 'orders'::regclass::oid AS oid")).rows).toEqual(before.rows);
    expect(await swap(after)).toMatchObject({ kind: 'swapped' });
    expect((await cc.pool.query("SELECT 'orders'::regclass::oid AS oid")).rows).not.toEqual(before.rows);
  });

  test('one who uses the table for long keeps the swap away, not the others', async () => {
    const after = await fillAll(rebuild, cc.log);
    const reader = await cc.pool.connect();
    try {
      await reader.query('BEGIN; SELECT 1 FROM orders LIMIT 1');
      await expect(swap(after)).rejects.toThrow(SwapBusy);
    } finally {
      await reader.query('ROLLBACK');
      reader.release();
    }
    expect(await swap(after)).toMatchObject({ kind: 'swapped' });
  });
});

test('a table on which others hang is not swapped, nor one that got another column or index meanwhile', async () => {
  const after = await fillAll(rebuild, cc.log);
  await cc.pool.query('ALTER TABLE orders ADD COLUMN later text');
  await expect(swap(after)).rejects.toThrow(NotRebuildable);
  await cc.pool.query('ALTER TABLE orders DROP COLUMN later; CREATE INDEX later ON orders (currency)');
  await expect(swap(after)).rejects.toThrow('other indexes');
  await cc.pool.query('DROP INDEX later; CREATE VIEW open_orders AS SELECT order_id FROM orders');
  await expect(fillAll(rebuild, cc.log)).rejects.toThrow('the view open_orders');
  await cc.pool.query('DROP VIEW open_orders');
});
