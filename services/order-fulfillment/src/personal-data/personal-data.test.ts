import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { personalFieldsOf } from '@commerce/events/personal';
import { LOG_ENTRIES } from '../fulfillments/events.ts';
import { requestFor, startTestService } from '../test-service.ts';
import type { TestService } from '../test-service.ts';
import { PERSONAL_COLUMNS } from './erase-order.pg.ts';

const CANARY = 'Canaryson';

let of: TestService;
beforeAll(async () => {
  of = await startTestService({ ROLES: 'api' });
});
afterAll(() => of?.stop());

const personal = { customer: { id: 'c-1', email: `ada@${CANARY}.example`, name: `Ada ${CANARY}` }, metadata: { note: CANARY } };
const erase = (orderId: string, client = 'commerce-coordinator') => of.call(`/v1/orders/${encodeURIComponent(orderId)}/personal-data?reason=asked_by_customer`, { method: 'DELETE', client });

async function tablesWithCanary(): Promise<string[]> {
  const { rows } = await of.pool.query("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1");
  const found: string[] = [];
  for (const { name } of rows) {
    const { rows: texts } = await of.pool.query(`SELECT t::text AS text FROM "${name}" t`);
    if (texts.some(({ text }) => text.includes(CANARY) || text.includes(Buffer.from(CANARY).toString('hex')))) found.push(name);
  }
  return found;
}

async function requested(kind: string, client = 'commerce-coordinator'): Promise<any> {
  const body = requestFor([kind], personal) as any;
  body.lines[0].details = { learner: CANARY };
  const { status } = await of.request(body, `key ${kind} ${client}`.replaceAll(' ', '-'), { client });
  expect([200, 202]).toContain(status);
  return body;
}

describe('an order of which something is under way', () => {
  test('is refused, by its fulfillment', async () => {
    const { orderId } = await requested('course');
    expect((await erase(orderId)).body).toMatchObject({ status: 409, code: 'order_under_way', detail: expect.stringMatching(/^Under way: [0-9a-f-]{36}\.$/) });
    await of.pool.query("UPDATE fulfillments SET active = false WHERE order_id = $1", [orderId]);
    expect((await erase(orderId)).status).toBe(200);
  });
});

describe('a settled order', () => {
  test('loses what was sent about a person, in every table, once, and is recorded; its outcome stays', async () => {
    const body = await requested('digital');
    expect(await tablesWithCanary()).toEqual(['fulfillments']);
    expect((await erase(body.orderId)).body).toEqual({ orderId: body.orderId, fulfillments: 1, changed: 1 });
    expect(await tablesWithCanary()).toEqual([]);
    expect((await erase(body.orderId)).body).toEqual({ orderId: body.orderId, fulfillments: 1, changed: 0 });
    const { rows } = await of.pool.query('SELECT customer, metadata, status, lines FROM fulfillments WHERE order_id = $1', [body.orderId]);
    expect(rows).toMatchObject([{ customer: { id: 'c-1' }, metadata: null, status: 'completed', lines: [{ lineId: body.lines[0].lineId, status: 'fulfilled' }] }]);
    const records = (await of.pool.query("SELECT data FROM events WHERE type = 'AuditRecorded' AND data->>'about' = $1", [body.orderId])).rows;
    expect(records).toMatchObject([{ data: { act: 'order.erase_personal_data', why: 'asked_by_customer', by: { clientId: 'commerce-coordinator' } } }]);
    expect((await of.request(body, 'key-digital-commerce-coordinator')).body.code).toBe('idempotency_key_reused');
  });

  test('of another client is unknown', async () => {
    const { orderId } = await requested('digital', 'partner');
    expect((await erase(orderId)).body).toMatchObject({ status: 404, code: 'order_not_found' });
    expect(await tablesWithCanary()).toEqual(['fulfillments']);
    expect((await erase(orderId, 'partner')).status).toBe(200);
    expect((await of.call(`/v1/orders/${orderId}/personal-data`, { method: 'DELETE', client: 'reader', scopes: 'fulfillment:read' })).status).toBe(403);
  });
});

test('no event that this service writes has a personal field, and the columns are there', async () => {
  const written = LOG_ENTRIES.filter(({ type }) => type.startsWith('Fulfillment') || type === 'AuditRecorded');
  expect(written.flatMap(({ versions }) => Object.values(versions).flatMap((schema) => personalFieldsOf(schema)))).toEqual([]);
  const { rows } = await of.pool.query("SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'fulfillments' AND data_type IN ('jsonb', 'json', 'text', 'bytea') ORDER BY 1");
  const others = ['client_id', 'order_id', 'idempotency_key', 'first_answer', 'status', 'reason'].map((name) => `fulfillments.${name}`);
  expect(rows.map(({ name }) => name)).toEqual([...PERSONAL_COLUMNS, ...others].sort());
});
