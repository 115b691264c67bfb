/** A customer is exported and erased, over the whole service. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EventLog } from '@commerce/event-log/log';
import { openPersonalData } from '@commerce/event-log/personal-keys';
import { masterKeys } from '@commerce/event-log/personal-master';
import { sealLog } from '@commerce/event-log/seals';
import { verifyLog } from '@commerce/event-log/verify-log';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { randomBytes } from 'node:crypto';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import { catalogueOf } from '../catalogue.ts';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';
import { finishErasure } from './erasures.pg.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const CANARY = 'Canaryson';
const CUSTOMER = 'KEEPS-THIS-ID';
const shipTo = { name: `Ada ${CANARY}`, address: `1 ${CANARY} Street`, city: `${CANARY}ville` };

let cc: TestCoordinator;
let orderId: string;

beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api,readers', PERSONAL_DATA_KEY: KEY });
  const body = { userId: CUSTOMER, email: `ada@${CANARY.toLowerCase()}.example`, name: `Ada ${CANARY}` };
  expect((await cc.call('POST', '/users', { scopes: 'users:write', body })).status).toBe(201);
  const stock = { sku: 'SCARCE', delta: 1, reason: { code: 'delivery' } };
  expect((await cc.call('POST', '/inventory/adjustments', { scopes: 'inventory:write', headers: { 'idempotency-key': 'scarce', 'if-match': '*' }, body: stock })).status).toBe(200);
});
afterAll(() => cc?.stop());

const exported = (query = '', customer = CUSTOMER): Promise<Answer> => cc.call('GET', `/customers/${customer}/export?reason=asked${query}`, { scopes: 'admin' });
const erase = (customer = CUSTOMER, scopes = 'admin'): Promise<Answer> => cc.call('DELETE', `/customers/${customer}?reason=asked`, { scopes });
const order = async (key: string, quantity: number): Promise<Answer> => cc.call('POST', '/orders', {
  headers: { 'idempotency-key': key }, body: { customerId: CUSTOMER, currency: 'USD', shipTo, metadata: { note: `for ${CANARY}` }, lines: [{ sku: 'SCARCE', quantity, unitPrice: '10.00' }] },
});
const statusOf = async (id: string): Promise<string> => (await cc.call('GET', `/orders/${id}`)).body.status;

/** Everything that follows from an order which was cancelled has been written: the last of it is that its customer was told, or could not be, and that this was published. */
async function whenTold(id: string): Promise<void> {
  await eventually('what follows from the order', async () => cc.published.some(({ type, subject }) => type.startsWith('Notification') && subject === id));
  const left = async (): Promise<number> => (await cc.pool.query('SELECT count(*)::int AS count FROM work')).rows[0].count;
  await eventually('no work that is left', async () => (await left()) === 0);
}

/** Every row of every table in which the canary stands, also within bytes. */
async function findCanary(): Promise<string[]> {
  const { rows: tables } = await cc.pool.query("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1");
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await cc.pool.query(`SELECT t::text AS text FROM "${name}" t`);
    const needles = [CANARY.toLowerCase(), Buffer.from(CANARY).toString('hex'), Buffer.from(CANARY.toLowerCase()).toString('hex')];
    if (rows.some(({ text }) => needles.some((needle) => text.toLowerCase().includes(needle)))) found.push(name);
  }
  return found;
}

describe('before', () => {
  test('an open order refuses the erasure, by its id', async () => {
    orderId = (await order('open', 3)).body.orderId;
    await eventually('no stock', async () => (await statusOf(orderId)) === 'cancelled');
    // As one that came in and was not heard of yet.
    await cc.pool.query("UPDATE orders SET status = 'created' WHERE order_id = $1", [orderId]);
    expect((await erase()).body).toMatchObject({ status: 409, code: 'customer_has_open_orders', detail: `Open: ${orderId}.` });
    await cc.pool.query("UPDATE orders SET status = 'cancelled' WHERE order_id = $1", [orderId]);
  });

  test('the log has nothing in clear; handlers, publisher and history do', async () => {
    await whenTold(orderId);
    await eventually('who keeps something of its customer has heard of him', async () => (await findCanary()).length >= 4);
    expect(await findCanary()).toEqual(['catalog_users', 'notification_contacts', 'order_customers', 'orders']);
    expect(cc.published.find(({ type }) => type === 'OrderCreated')?.data).toMatchObject({ shipTo });
    const { body } = await cc.call('GET', `/api/events/history?${new URLSearchParams({ subject: orderId, filter: JSON.stringify({ data: { shipTo: { city: [shipTo.city] } } }) })}`, { scopes: 'events:read users:read' });
    expect(body.items.map(({ eventType, data }: any) => [eventType, data.shipTo])).toEqual([['OrderCreated', shipTo]]);
  });

  test('the export has everything, in pages, and is recorded', async () => {
    const all = (await exported('&limit=200')).body;
    const kinds = all.items.map(({ kind, data }: any) => (kind === 'event' ? data.eventType : kind));
    expect(kinds.slice(0, 5)).toEqual(['user', 'customer', 'contact', 'order', 'notification']);
    expect(kinds).toEqual(expect.arrayContaining(['UserRegistered', 'OrderCheckoutInitiated', 'OrderCreated', 'OrderCancelled']));
    expect(JSON.stringify(all).match(new RegExp(CANARY, 'gi'))?.length).toBeGreaterThanOrEqual(12);
    expect(JSON.stringify(all)).not.toContain('request_hash');
    const paged: unknown[] = [];
    for (let next = ''; ;) {
      const { body } = await exported(`&limit=2${next}`);
      paged.push(...body.items.filter(({ data }: any) => data.eventType !== 'AuditRecorded'));
      if (body.nextCursor === null) break;
      next = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
    expect(paged).toEqual(all.items.filter(({ data }: any) => data.eventType !== 'AuditRecorded'));
    const { body: acts } = await cc.call('GET', `/api/audit?subject=${CUSTOMER}`, { scopes: 'admin' });
    expect(acts.items.filter(({ act }: any) => act === 'customer.export')).toMatchObject([{ why: 'asked' }, { why: 'asked' }]);
  });

  test('neither is for everybody, and nobody is a customer of whom nothing is known', async () => {
    expect([(await erase(CUSTOMER, 'users:write')).status, (await cc.call('GET', `/customers/${CUSTOMER}/export?reason=x`, { scopes: 'users:read' })).status]).toEqual([403, 403]);
    expect([(await erase('nobody')).body.code, (await exported('', 'nobody')).body.code]).toEqual(['customer_not_found', 'customer_not_found']);
    expect((await exported('&cursor=x')).body.code).toBe('invalid_cursor');
  });
});

describe('S44: an erasure', () => {
  test('that is killed before its commit has erased nothing', async () => {
    await cc.pool.query("CREATE FUNCTION killed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; CREATE TRIGGER killed BEFORE INSERT ON customer_erasures EXECUTE FUNCTION killed()");
    expect((await erase()).status).toBeGreaterThanOrEqual(500);
    await cc.pool.query('DROP TRIGGER killed ON customer_erasures');
    expect(await findCanary()).toEqual(['catalog_users', 'notification_contacts', 'order_customers', 'orders']);
    expect(JSON.stringify((await cc.call('GET', `/api/events/history?subject=${orderId}`, { scopes: 'events:read users:read' })).body)).toContain(CANARY);
  });

  test('is preceded by an export that has the copies too, and nobody else’s', async () => {
    await leaveTraces();
    const all: any[] = [];
    for (let next = ''; ;) {
      const { body } = await exported(`&limit=3${next}`);
      all.push(...body.items);
      if (body.nextCursor === null) break;
      next = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
    const of = (kind: string): any[] => all.filter((item) => item.kind === kind).map(({ data }) => data);
    expect(of('webhook').map(({ name, body }) => [name, body.data])).toEqual([['user.updated', { userId: CUSTOMER, name: CANARY }]]);
    expect(of('webhook_answer')).toMatchObject([{ answer: CANARY }]);
    expect(of('dead_letter').map(({ body }) => JSON.parse(body).detail.data)).toEqual([{ userId: CUSTOMER, name: CANARY }]);
    expect(of('replay_difference').map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(new Set(all.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(all.length);
  });

  test('leaves nothing in any table, and says what it did', async () => {
    expect(await findCanary()).toEqual(['catalog_users', 'dead_messages', 'notification_contacts', 'order_customers', 'orders', 'replay_differences', 'webhook_attempts', 'webhook_messages']);
    const { status, body } = await erase();
    expect([status, body]).toEqual([202, {
      customerId: CUSTOMER, status: 'erasing', erasedAt: expect.any(String), finishedAt: null, eventsInClear: 0,
      rows: { orders: 1, order_customers: 1, catalog_users: 1, notification_contacts: 1, dead_messages: 2, replay_differences: 3, webhook_attempts: 1, webhook_messages: 2 },
    }]);
    expect(await findCanary()).toEqual([]);
    expect((await cc.pool.query('SELECT key, before, after FROM replay_differences ORDER BY key')).rows).toEqual([
      ...['a', 'b', 'c'].map((key) => ({ key, before: null, after: null })), { key: 'd', before: { customerId: 'ANOTHER' }, after: null },
    ]);
    const bodies = (await cc.pool.query("SELECT convert_from(body, 'UTF8')::jsonb AS body FROM webhook_messages ORDER BY name")).rows.map((row) => row.body);
    expect(bodies).toEqual([
      { id: '1', event: 'order.created', data: { orderId } }, { id: '2', event: 'order.shipped', data: { orderId, metadata: { sequence: 2 } } }, { id: '3', event: 'user.updated', data: { userId: CUSTOMER } },
    ]);
    expect((await erase()).body).toEqual(body);
  });

  test('takes away once more what a handler wrote that had it in its memory, when every reader has passed; then it is done', async () => {
    await cc.pool.query("CREATE SCHEMA kept; CREATE TABLE kept.orders AS SELECT * FROM orders; UPDATE kept.orders SET ship_to = '{}'");
    // As of a table that was kept before a migration brought the column.
    await cc.pool.query('ALTER TABLE kept.orders DROP COLUMN payment_method');
    await cc.pool.query("UPDATE notification_contacts SET name = $1 WHERE customer_id = $2", [CANARY, CUSTOMER]);
    expect(await finishErasure(cc.pool, Date.now())).toBe(false);
    await eventually('all have passed', () => finishErasure(cc.pool, Date.now(), 0));
    expect(await findCanary()).toEqual([]);
    expect((await cc.pool.query('SELECT DISTINCT ship_to FROM kept.orders')).rows).toEqual([{ ship_to: null }]);
    const again = await erase();
    expect([again.status, again.body]).toMatchObject([200, { status: 'erased', rows: { notification_contacts: 2, orders: 2 } }]);
    const acts = (await cc.call('GET', `/api/audit?subject=${CUSTOMER}`, { scopes: 'admin' })).body.items.filter(({ act }: any) => act === 'customer.erase');
    expect(acts).toHaveLength(1);
    expect(cc.published.filter(({ type }) => type === 'CustomerErased').map(({ data }) => data)).toEqual([{ customerId: CUSTOMER, erasedAt: expect.any(String) }]);
  });

  test('leaves history, orders and rows that the events as they read now would give', async () => {
    const { body } = await cc.call('GET', `/api/events/history?subject=${orderId}&type=OrderCreated`, { scopes: 'events:read admin' });
    expect(body.items[0].data).toMatchObject({ orderId, customerId: CUSTOMER, total: '30.00' });
    expect(Object.keys(body.items[0].data)).not.toEqual(expect.arrayContaining(['shipTo']));
    expect(body.items[0].data.request.hash).toBe('erased');
    for (const item of (await exported('&limit=200')).body.items) {
      if (item.kind === 'event' && cc.log.catalogue.entries.some(({ type }) => type === item.data.eventType)) cc.log.catalogue.checkData(item.data.eventType, item.data.data);
    }
    expect((await cc.pool.query('SELECT ship_to, metadata, status, total FROM orders WHERE order_id = $1', [orderId])).rows).toEqual([{ ship_to: null, metadata: null, status: 'cancelled', total: '30.00' }]);
    expect((await cc.pool.query('SELECT customer_name, is_active, profile_version FROM order_customers')).rows).toEqual([{ customer_name: null, is_active: true, profile_version: 1 }]);
    expect((await cc.call('GET', `/orders/${orderId}`)).status).toBe(200);
  });

  test('leaves the seals valid', async () => {
    const { signal } = new AbortController();
    await sealLog({ pool: cc.pool, log: 'test', nowMs: Date.now, monotonicMs: () => 0, sleep: async () => undefined }, signal);
    const findings: unknown[] = [];
    const { events } = await verifyLog({ pool: cc.pool, nowMs: Date.now, keys: new Map(), onFinding: (finding) => findings.push(finding), signal });
    expect([events > 5, findings]).toEqual([true, []]);
  });

  test('of an event of before, which comes again, nothing is kept', async () => {
    const eventId = uuid7(Date.now());
    const event = {
      eventId, eventType: 'UserUpdated', eventVersion: 'v1', timestamp: new Date(Date.now() - 3_600_000).toISOString(), source: 'identity', correlationId: eventId, causationId: null,
      data: { userId: CUSTOMER, name: CANARY }, metadata: {},
    };
    expect((await cc.log.appendForeign([event, event])).map(({ kind }) => kind)).toEqual(['appended', 'duplicate']);
    await eventually('heard', async () => (await cc.log.history(CUSTOMER)).some(({ origin }) => origin === 'foreign'));
    expect(await findCanary()).toEqual([]);
  });

  test('ends nothing for good: who orders again is a customer again, and may be erased again', async () => {
    const { body } = await order('back', 2);
    await eventually('no stock', async () => (await statusOf(body.orderId)) === 'cancelled');
    expect(await findCanary()).toEqual(['orders']);
    expect((await erase()).status).toBe(202);
    expect(await findCanary()).toEqual([]);
  });
});

/** What tools and webhooks keep of an event, as they write it. */
async function leaveTraces(): Promise<void> {
  const { pool } = cc;
  const [delivery, ...ids] = Array.from({ length: 8 }, () => uuid7(Date.now()));
  const told = ids.at(-3);
  const message = (name: string, subject: string, body: object) => pool.query('INSERT INTO webhook_messages (event_id, name, subject, body) VALUES ($1, $2, $3, $4)', [ids.pop(), name, subject, Buffer.from(JSON.stringify(body))]);
  await message('order.created', orderId, { id: '1', event: 'order.created', data: { orderId, shipTo, metadata: { note: CANARY } } });
  await message('order.shipped', orderId, { id: '2', event: 'order.shipped', data: { orderId, metadata: { sequence: 2 } } });
  await message('user.updated', CUSTOMER, { id: '3', event: 'user.updated', data: { userId: CUSTOMER, name: CANARY } });
  await pool.query("INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at) VALUES ($1, $1, $3, 'user.updated', $2, 'delivered', now())", [delivery, CUSTOMER, told]);
  await pool.query('INSERT INTO webhook_attempts (delivery_id, attempt, started_at, duration_ms, answer) VALUES ($1, 1, now(), 1, $2)', [delivery, CANARY]);
  await pool.query("INSERT INTO dead_messages (message_id, queue, body, attributes, reason, detail, sent_at) VALUES ('m', 'dead', $1, '{}', 'r', 'd', now())", [JSON.stringify({ detail: { data: { userId: CUSTOMER, name: CANARY } } })]);
  await pool.query("INSERT INTO dead_messages (message_id, queue, body, attributes, reason, detail, sent_at) VALUES ('n', 'dead', $1, '{}', 'r', 'd', now())", [JSON.stringify({ detail: { data: { userId: 'ANOTHER', note: CUSTOMER } } })]);
  const difference = (key: string, subject: string, before: object) => pool.query("INSERT INTO replay_differences (replay_id, key, kind, name, subject, before) VALUES ($1, $2, 'row', 'orders', $3, $4)", [delivery, key, subject, JSON.stringify(before)]);
  await difference('a', orderId, { name: CANARY });
  await difference('b', `contact:${CUSTOMER}`, { name: CANARY });
  await difference('c', 'a cart', { customerId: CUSTOMER, checkout: { form: shipTo } });
  await difference('d', 'another cart', { customerId: 'ANOTHER' });
}

test('without a key nobody can be erased, and a log with sealed data does not open', async () => {
  const catalogue = catalogueOf({ extensions: EXTENSIONS, map: MAP });
  await order('sealed', 2);
  await expect(openPersonalData({ pool: cc.pool, catalogue, keys: undefined, randomBytes, nowMs: Date.now })).rejects.toThrow('PERSONAL_DATA_KEY has none');
  await expect(openPersonalData({ pool: cc.pool, catalogue, keys: masterKeys(Buffer.alloc(32, 8).toString('base64')), randomBytes, nowMs: Date.now })).rejects.toThrow('Put the missing key back');
  const open = await EventLog.open({ pool: cc.pool, catalogue, nowMs: Date.now, uuid: () => uuid7(Date.now()) });
  expect(open.personal).toBe(undefined);
  await open.close();
});
