/** An erasure beside other processes, and beside what happens at the same moment or comes later. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { see } from '@commerce/dead-letters/messages';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';
import { finishErasure } from './erasures.pg.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const CANARY = 'Canaryson';
const shipTo = { name: `Ada ${CANARY}`, city: `${CANARY}ville` };
jest.setTimeout(90_000);
let database: TestDatabase;
let here: TestCoordinator;
let there: TestCoordinator;

beforeAll(async () => {
  database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, PERSONAL_DATA_KEY: KEY };
  here = await startTestCoordinator({ ...env, ROLES: 'api,readers' });
  for (const [sku, delta] of [['SCARCE', 1], ['PLENTY', 1_000]] as const) {
    await here.call('POST', '/inventory/adjustments', { scopes: 'inventory:write', headers: { 'idempotency-key': sku, 'if-match': '*' }, body: { sku, delta, reason: { code: 'delivery' } } });
  }
  there = await startTestCoordinator({ ...env, ROLES: 'api' });
}, 120_000);
afterAll(async () => {
  await there?.stop();
  await here?.stop();
  await database?.drop();
});

const user = (userId: string): Promise<Answer> => here.call('POST', '/users', { scopes: 'users:write', body: { userId, email: 'ada@canaryson.example', name: `Ada ${CANARY}` } });
const order = (at: TestCoordinator, key: string, customerId: string, sku = 'SCARCE'): Promise<Answer> => at.call('POST', '/orders', {
  headers: { 'idempotency-key': key }, body: { customerId, currency: 'USD', shipTo, lines: [{ sku, quantity: 2, unitPrice: '10.00' }] },
});
const erase = (customerId: string): Promise<Answer> => here.call('DELETE', `/customers/${customerId}?reason=asked`, { scopes: 'admin' });
const closed = (orderId: string) => eventually('closed', async () => (await here.call('GET', `/orders/${orderId}`)).body.status === 'cancelled');
const finish = (customerId: string) => eventually('all have passed', async () => {
  while (await finishErasure(here.pool, Date.now(), 0));
  return (await here.pool.query('SELECT FROM customer_erasures WHERE customer_id = $1 AND finished_at IS NOT NULL', [customerId])).rowCount === 1;
});

/** An order that has come to its end, for there is too little. */
async function past(customerId: string): Promise<string> {
  const { body } = await order(there, `past-${customerId}`, customerId);
  await closed(body.orderId);
  return body.orderId;
}

test('another process takes orders of the customer and of others right after it, and reads nothing in clear any more', async () => {
  await user('FRESH');
  const orderId = await past('FRESH');
  const read = async (): Promise<string> => JSON.stringify((await there.call('GET', `/api/events/history?subject=${orderId}&type=OrderCreated`, { scopes: 'events:read admin' })).body);
  expect(await read()).toContain(CANARY);
  const { status } = await erase('FRESH');
  const placed = await Promise.all(Array.from({ length: 4 }, (_, n) => [order(there, `own-${n}`, 'FRESH'), order(there, `others-${n}`, `OTHER-${n}`)]).flat());
  expect([status, [...new Set(placed.map((one) => one.status))]]).toEqual([202, [202]]);
  await eventually('forgotten', async () => !(await read()).includes(CANARY));
});

test('an order that is placed in the same moment, by a customer without a key, is found open and keeps its address', async () => {
  expect((await here.call('POST', '/carts', { scopes: 'orders:write', headers: { 'idempotency-key': 'c1' }, body: { customerId: 'RACE', currency: 'USD' } })).status).toBe(201);
  await here.pool.query(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.sealed IS NULL THEN PERFORM pg_sleep(1); END IF; RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE INSERT ON customer_keys FOR EACH ROW EXECUTE FUNCTION slow()`);
  const erasing = erase('RACE');
  await eventually('it stands at the row of the key', async () => (await here.pool.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rowCount === 1);
  const placed = await order(there, 'race', 'RACE', 'PLENTY');
  const erased = await erasing;
  await here.pool.query('DROP TRIGGER slow ON customer_keys');
  expect([placed.status, erased.body.code]).toEqual([202, 'customer_has_open_orders']);
  expect((await here.pool.query("SELECT ship_to FROM orders WHERE customer_id = 'RACE'")).rows).toEqual([{ ship_to: shipTo }]);
});

test('what a handler still writes is taken away also of one who is back, and what is new stays', async () => {
  await user('BACK');
  const orderId = await past('BACK');
  expect((await erase('BACK')).status).toBe(202);
  const again = (await order(there, 'back', 'BACK')).body.orderId;
  await here.pool.query("UPDATE notification_contacts SET name = $1 WHERE customer_id = 'BACK'", [CANARY]);
  await here.pool.query('UPDATE orders SET ship_to = $2 WHERE order_id = $1', [orderId, JSON.stringify(shipTo)]);
  await finish('BACK');
  expect((await here.pool.query("SELECT name FROM notification_contacts WHERE customer_id = 'BACK'")).rows).toEqual([{ name: null }]);
  expect((await here.pool.query("SELECT order_id, ship_to FROM orders WHERE customer_id = 'BACK' ORDER BY created_at")).rows).toEqual([{ order_id: orderId, ship_to: null }, { order_id: again, ship_to: shipTo }]);
});

test('is not done while a message from before is being delivered, whose answer is not written yet', async () => {
  await user('LEASED');
  expect((await erase('LEASED')).status).toBe(202);
  const before = uuid7(Date.now() - 60_000);
  await here.pool.query("INSERT INTO webhook_messages (event_id, name, subject, body) VALUES ($1, 'user.registered', 'LEASED', '{}')", [before]);
  await here.pool.query("INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at, lease_holder) VALUES ($1, $1, $1, 'user.registered', 'LEASED', 'leased', now(), $1)", [before]);
  await here.pool.query("WITH batch AS (INSERT INTO webhook_lease_batches (batch_id, holder, delivery_ids) VALUES ($1, $1, ARRAY[$1::uuid])) INSERT INTO webhook_dispatchers (holder, alive_until) VALUES ($1, now() + interval '1 hour')", [before]);
  const isDone = async (): Promise<boolean> => (await here.pool.query("SELECT FROM customer_erasures WHERE customer_id = 'LEASED' AND finished_at IS NOT NULL")).rowCount === 1;
  await user('NEXT');
  await erase('NEXT');
  await finish('NEXT');
  expect(await isDone()).toBe(false);
  await here.pool.query("UPDATE webhook_deliveries SET state = 'delivered' WHERE delivery_id = $1", [before]);
  await here.pool.query("INSERT INTO webhook_attempts (delivery_id, attempt, started_at, duration_ms, answer) VALUES ($1, 1, now(), 1, $2)", [before, CANARY]);
  await finish('LEASED');
  expect((await here.pool.query('SELECT answer FROM webhook_attempts WHERE delivery_id = $1', [before])).rows).toEqual([{ answer: null }]);
});

test('a dead letter that is seen later is kept without what it says, and a repeated request takes away whatever is there', async () => {
  await user('LATE');
  await eventually('told', async () => (await here.pool.query("SELECT FROM notification_contacts WHERE customer_id = 'LATE'")).rowCount === 1);
  expect((await erase('LATE')).status).toBe(202);
  await finish('LATE');
  const letter = (messageId: string, userId: string) => ({ messageId, body: JSON.stringify({ detail: { data: { userId, name: CANARY } } }), attributes: { a: CANARY }, sentAtMs: Date.now(), reason: 'r', detail: 'd', eventId: null, eventType: null });
  await see(here.pool, 'dead', [letter('late', 'LATE'), letter('other', 'SOMEBODY')]);
  expect((await here.pool.query('SELECT message_id, body, attributes FROM dead_messages ORDER BY message_id')).rows).toMatchObject([
    { message_id: 'late', body: '{"erased":true}', attributes: {} }, { message_id: 'other', body: expect.stringContaining(CANARY) },
  ]);
  await here.pool.query("UPDATE notification_contacts SET name = $1 WHERE customer_id = 'LATE'", [CANARY]);
  expect([(await erase('LATE')).status, (await here.pool.query("SELECT name FROM notification_contacts WHERE customer_id = 'LATE'")).rows]).toEqual([200, [{ name: null }]]);
});

test('what would outlast an erasure is refused: an address as an id, and one in a filter that is kept', async () => {
  const refused = (answer: Answer): unknown[] => [answer.status, answer.body.code];
  expect([refused(await user('ada@canaryson.example')), refused(await order(here, 'address', 'ada@canaryson.example'))]).toEqual([[422, 'customer_id_personal'], [422, 'customer_id_personal']]);
  const replay = (types: string[], filter: object): Promise<Answer> => here.call('POST', '/api/replays', {
    scopes: 'replay:write admin', body: { target: { handler: 'notifications.contact' }, selection: { types, filter: JSON.stringify(filter) }, reason: { code: 'support' } },
  });
  const named = { data: { name: [CANARY] } };
  expect(refused(await replay(['UserRegistered'], named))).toEqual([422, 'replay_filter_personal']);
  expect((await replay(['ProductCreated'], named)).status).toBe(202);
  const hook = (events: string[], filter: object): Promise<Answer> => here.call('POST', '/api/webhooks/register', { scopes: 'webhooks:write', headers: { 'idempotency-key': JSON.stringify(filter).length + events.join() }, body: { url: 'https://example.com/h', events, filter } });
  expect(refused(await hook(['order.*'], { data: { shipTo: { city: ['Paris'] } } }))).toEqual([422, 'webhook_filter_personal']);
  expect(refused(await hook(['*'], named))).toEqual([422, 'webhook_filter_personal']);
  expect(refused(await hook(['product.created'], named))[1]).not.toBe('webhook_filter_personal');
});
