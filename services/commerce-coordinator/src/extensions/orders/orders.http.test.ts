import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '@commerce/service-kit/config';
import { gapsInDescription } from '@commerce/service-kit/openapi';
import { withoutReferences } from '@commerce/service-kit/openapi-components';
import { CONFIG } from '../../config.ts';
import { problems } from '../../problems.ts';
import { startTestCoordinator } from '../../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../../test-coordinator.ts';

let cc: TestCoordinator;
let keys = 0;

beforeAll(async () => {
  cc = await startTestCoordinator();
});
afterAll(async () => {
  await cc?.stop();
});

const line = { sku: 'NW-11', name: 'Queso Cabrales', quantity: 12, unitPrice: '14.00', discount: '0' };
const form = { customerId: 'VINET', currency: 'USD', lines: [line], freight: '32.38' };

const freshKey = (): string => `key-${(keys += 1)}`;

function place(body: unknown, headers: Record<string, string> = {}, client = 'storefront'): Promise<Answer> {
  return cc.call('POST', '/orders', { body, client, headers: { 'idempotency-key': freshKey(), ...headers } });
}

async function eventsOf(orderId: string): Promise<Record<string, any>[]> {
  const { rows } = await cc.pool.query('SELECT * FROM events WHERE subject = $1 ORDER BY txid, position', [orderId]);
  return rows;
}

async function count(): Promise<number> {
  const { rows } = await cc.pool.query('SELECT count(*)::int AS count FROM orders');
  return rows[0]?.count;
}

describe('placing an order', () => {
  test('answers 202 with id, number, status and total, and says where the order is', async () => {
    const { status, headers, body } = await place(form);
    expect(status).toBe(202);
    expect(body).toEqual({
      orderId: expect.stringMatching(/^[0-9a-f-]{36}$/), orderNumber: expect.any(Number), customerId: 'VINET', status: 'created',
      currency: 'USD', total: '200.38', createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(body.orderNumber).toBeGreaterThanOrEqual(1_000_000);
    expect(headers.get('location')).toBe(`/orders/${body.orderId}`);
    expect(headers.get('idempotency-replayed')).toBeNull();
  });

  test('writes the order with its two first events, the second caused by the first', async () => {
    const correlationId = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const { body } = await place(form, { 'x-correlation-id': correlationId, 'x-session-id': 'session-1', traceparent });
    const [initiated, created, ...more] = await eventsOf(body.orderId);
    expect(more).toEqual([]);
    expect(initiated).toMatchObject({ type: 'OrderCheckoutInitiated', origin: 'own', source: 'order-service', causation_id: null, data: { total: '200.38' } });
    expect(created).toMatchObject({
      type: 'OrderCreated', causation_id: initiated?.['event_id'], sequence: 1,
      data: { orderNumber: body.orderNumber, lines: [{ lineId: '1', total: '168.00' }], freight: '32.38', total: '200.38' },
    });
    for (const event of [initiated, created]) {
      expect(event).toMatchObject({ correlation_id: correlationId, metadata: { userId: 'user of storefront', sessionId: 'session-1', traceparent } });
    }
  });

  test('takes every order of the Northwind sample as it stands there', async () => {
    const file = new URL('../../../../../infra/local/northwind/orders.jsonl', import.meta.url);
    const orders = (await readFile(file, 'utf8')).trim().split('\n').map((text) => JSON.parse(text));
    const answers = await Promise.all(orders.map(({ customerName, placedAt, requiredBy, ...order }) => place({ ...order, metadata: { customerName, placedAt, requiredBy } })));
    expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
    expect(answers.map(({ body }) => body.orderNumber)).toEqual(orders.map(({ orderNumber }) => orderNumber));
    const sums = orders.map(({ lines, freight }) => lines.reduce(
      (sum: number, { quantity, unitPrice, discount }: typeof line) => sum + Math.round(Number((quantity * Number(unitPrice) * (1 - Number(discount)) * 100).toFixed(6))),
      Math.round(Number(freight) * 100),
    ));
    expect(answers.map(({ body }) => Math.round(Number(body.total) * 100))).toEqual(sums);
  });

  test('gives each order its own number', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => place(form)));
    expect(new Set(answers.map(({ body }) => body.orderNumber)).size).toBe(50);
  });

  test('takes the number that is asked for, once', async () => {
    const first = await place({ ...form, orderNumber: 77 });
    expect(first.body.orderNumber).toBe(77);
    const second = await place({ ...form, orderNumber: 77 });
    expect(second).toMatchObject({ status: 409, body: { code: 'order_number_taken' } });
    expect(await eventsOf(first.body.orderId)).toHaveLength(2);
  });

  test('gives another number when the next one was asked for by name before', async () => {
    const { body } = await place(form);
    await Promise.all(Array.from({ length: 5 }, (_, index) => place({ ...form, orderNumber: body.orderNumber + 1 + index })));
    expect(await place(form)).toMatchObject({ status: 202, body: { orderNumber: body.orderNumber + 6 } });
  });
});

test('1,500 numbers in a row that were asked for by name do not stop an order without a number', async () => {
  const { body } = await place(form);
  await cc.pool.query(
    `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at)
     SELECT 'taken-' || n, order_number + n, client_id, 'taken-' || n, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at
     FROM orders, generate_series(1, 1500) AS n WHERE order_id = $1`,
    [body.orderId],
  );
  const answers = await Promise.all(Array.from({ length: 20 }, () => place(form)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  // Blocks are left out once for all: the numbers are from the first block that is free.
  expect(Math.max(...answers.map((answer) => answer.body.orderNumber))).toBeLessThan(body.orderNumber + 4_000);
});

describe('the same request again', () => {
  test('gets the first answer again and says so', async () => {
    const headers = { 'idempotency-key': freshKey() };
    const first = await place(form, headers);
    const before = await count();
    // The order of members is no difference.
    const again = await place(Object.fromEntries(Object.entries(form).reverse()), headers);
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(await count()).toBe(before);
  });

  test('is refused with another body', async () => {
    const headers = { 'idempotency-key': freshKey() };
    await place(form, headers);
    expect(await place({ ...form, freight: '32.39' }, headers)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  test('with a number of its own is the same order, not a taken number', async () => {
    const headers = { 'idempotency-key': freshKey() };
    const first = await place({ ...form, orderNumber: 78 }, headers);
    expect(await place({ ...form, orderNumber: 78 }, headers)).toMatchObject({ status: 202, body: first.body });
  });

  test('of another client is another order', async () => {
    const headers = { 'idempotency-key': freshKey() };
    const first = await place(form, headers);
    const other = await place(form, headers, 'ingest');
    expect(other.status).toBe(202);
    expect(other.body.orderId).not.toBe(first.body.orderId);
  });

  test('fifty times at once is one order and one answer', async () => {
    const headers = { 'idempotency-key': freshKey() };
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 50 }, () => place(form, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await count()).toBe(before + 1);
    expect(await eventsOf(answers[0]?.body.orderId)).toHaveLength(2);
  });

  test('fifty times at once with fifty bodies is one order, and the others are told so', async () => {
    const headers = { 'idempotency-key': freshKey() };
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => place({ ...form, freight: `${index}` }, headers)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 422 && body.code === 'idempotency_key_reused')).toHaveLength(49);
  });

  test('fifty orders at once that ask for one number: one has it', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => place({ ...form, orderNumber: 79 })));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'order_number_taken')).toHaveLength(49);
  });
});

describe('what is refused, without a trace', () => {
  const bad = (change: object): object => ({ ...form, ...change });
  const badLine = (change: object): object => bad({ lines: [{ ...line, ...change }] });

  test.each<[string, object]>([
    ['no body', []],
    ['an unknown field', bad({ priority: 'high' })],
    ['an unknown field of a line', badLine({ weight: 3 })],
    ['an unknown field of the address', bad({ shipTo: { planet: 'Mars' } })],
    ['a missing customer', bad({ customerId: undefined })],
    ['an empty customer', bad({ customerId: '' })],
    ['no lines', bad({ lines: [] })],
    ['more than 500 lines', bad({ lines: Array.from({ length: 501 }, () => line) })],
    ['a negative price', badLine({ unitPrice: '-14.00' })],
    ['a price as a float', badLine({ unitPrice: 14 })],
    ['a price with an exponent', badLine({ unitPrice: '1e3' })],
    ['a price with three decimals', badLine({ unitPrice: '14.005' })],
    ['a price of thirteen digits', badLine({ unitPrice: '1000000000000' })],
    ['a discount above one', badLine({ discount: '1.01' })],
    ['a discount as a float', badLine({ discount: 0.15 })],
    ['a negative discount', badLine({ discount: '-0.15' })],
    ['a negative freight', bad({ freight: '-1' })],
    ['a quantity of none', badLine({ quantity: 0 })],
    ['a negative quantity', badLine({ quantity: -1 })],
    ['a quantity that is no whole number', badLine({ quantity: 1.5 })],
    ['a quantity as a text', badLine({ quantity: '12' })],
    ['a quantity above a million', badLine({ quantity: 1_000_001 })],
    ['an order number below one', bad({ orderNumber: 0 })],
    ['an order number as a text', bad({ orderNumber: '77' })],
    ['a currency that is no code', bad({ currency: 'dollars' })],
    ['a name that is too long', badLine({ name: 'x'.repeat(501) })],
    ['null for a line', bad({ lines: [null] })],
    ['null for the freight', bad({ freight: null })],
  ])('%s: 400 with the place of the fault', async (_, body) => {
    const before = await count();
    const answer = await place(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: expect.arrayContaining([{ path: expect.stringMatching(/^\/body/), message: expect.any(String) }]) } });
    expect(await count()).toBe(before);
  });

  test.each([
    ['a currency without decimals', bad({ currency: 'JPY' }), 'currency_not_supported'],
    ['a currency that does not exist', bad({ currency: 'ZZZ' }), 'currency_not_supported'],
    ['a line whose total is too large', badLine({ unitPrice: '999999999999.99', quantity: 1_000_000 }), 'amount_too_large'],
    ['lines that are too large together', bad({ lines: Array.from({ length: 2 }, () => ({ ...line, unitPrice: '999999999999.99', quantity: 999 })) }), 'amount_too_large'],
  ])('%s: 400 with its own code', async (_, body, code) => {
    expect(await place(body)).toMatchObject({ status: 400, body: { code, errors: [{ path: expect.stringMatching(/^\/body/) }] } });
  });

  test.each([
    ['NUL in a text', '{"customerId":"A\\u0000B","currency":"USD","lines":[]}'],
    ['half of a surrogate pair', '{"customerId":"\\ud83d","currency":"USD","lines":[]}'],
    ['an order number beyond all numbers', '{"customerId":"A","orderNumber":1e400,"currency":"USD","lines":[]}'],
    ['an order number that would be rounded', `{"customerId":"A","orderNumber":${2 ** 53},"currency":"USD","lines":[]}`],
    ['metadata with a number beyond all numbers', '{"customerId":"A","currency":"USD","lines":[{"sku":"A","quantity":1,"unitPrice":"1"}],"metadata":{"n":1e400}}'],
    ['metadata with a number that would be rounded', '{"customerId":"A","currency":"USD","lines":[{"sku":"A","quantity":1,"unitPrice":"1"}],"metadata":{"n":[9007199254740993]}}'],
    ['a name twice in one object', '{"customerId":"A","customerId":"B","currency":"USD","lines":[]}'],
    ['half a document', '{"customerId":"A"'],
    ['nothing', ''],
  ])('%s: 400 as malformed JSON', async (_, text) => {
    const answer = await cc.call('POST', '/orders', { text, headers: { 'idempotency-key': freshKey(), 'content-type': 'application/json' } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
  });

  test('no Idempotency-Key: 400 that says so', async () => {
    expect(await cc.call('POST', '/orders', { body: form })).toMatchObject({ status: 400, body: { code: 'idempotency_key_required' } });
    expect(await place(form, { 'idempotency-key': '' })).toMatchObject({ status: 400, body: { code: 'idempotency_key_required' } });
  });

  test.each(['two words', 'ключ'.normalize(), 'x'.repeat(256), 'tab\tinside'])('the Idempotency-Key %j: 400 that says so', async (key) => {
    const encoded = Buffer.from(key).toString('latin1');
    expect(await place(form, { 'idempotency-key': encoded })).toMatchObject({ status: 400, body: { code: 'idempotency_key_invalid' } });
  });

  test('metadata that makes the order too large for an event: 413', async () => {
    const metadata = { note: 'x'.repeat(1_048_000) };
    const { status, body } = await place({ ...form, metadata });
    expect({ status, code: body.code }).toEqual({ status: 413, code: expect.stringMatching(/^(order_too_large|body_too_large)$/) });
  });

  test('a body above the limit: 413', async () => {
    expect(await place({ ...form, metadata: { note: 'x'.repeat(1_100_000) } })).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  test('a caller without token: 401; without the scope: 403', async () => {
    expect(await cc.call('POST', '/orders', { body: form, headers: { authorization: '' } })).toMatchObject({ status: 401 });
    expect(await cc.call('POST', '/orders', { body: form, scopes: 'orders:read' })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(await cc.call('GET', '/orders', { scopes: 'orders:write' })).toMatchObject({ status: 403 });
  });
});

describe('reading orders', () => {
  test('one order shows everything that is known of it', async () => {
    const shipTo = { name: 'Vins et alcools Chevalier', region: null };
    const { body: placed } = await place({ ...form, shipTo, metadata: { gift: true } });
    const { status, body } = await cc.call('GET', `/orders/${placed.orderId}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...placed, version: 1, reason: null, fulfillmentId: null, freight: '32.38', shipTo, metadata: { gift: true }, updatedAt: placed.createdAt,
      lines: [{ lineId: '1', sku: 'NW-11', name: 'Queso Cabrales', quantity: 12, unitPrice: '14.00', discount: '0', total: '168.00', outcome: null }],
    });
  });

  test('address, note and name of the customer are for the client that placed the order, and for who may see personal data', async () => {
    await cc.pool.query("INSERT INTO order_customers (customer_id, customer_name, is_active, profile_version) VALUES ('SEEN', 'Zoe Quentel', true, 1)");
    const { body: { orderId } } = await place({ ...form, customerId: 'SEEN', shipTo: { name: 'Zoe Quentel', city: 'Tangleford' }, metadata: { note: 'Tangleford' } });
    const seen = async (path: string, client: string, scopes: string): Promise<boolean> => {
      const { status, body } = await cc.call('GET', path, { client, scopes });
      expect([status, JSON.stringify(body).includes(orderId)]).toEqual([200, true]);
      return /Tangleford|Quentel/.test(JSON.stringify(body));
    };
    for (const path of [`/orders/${orderId}`, '/orders?customer=SEEN', '/orders?search=SEEN', `/orders/${orderId}/timeline`]) {
      const shown = [await seen(path, 'storefront', 'orders:read'), await seen(path, 'other', 'orders:read'), await seen(path, 'other', 'orders:read users:read'), await seen(path, 'other', 'orders:read admin')];
      expect([path, ...shown]).toEqual([path, true, false, true, true]);
    }
    expect([await seen(`/orders/${orderId}/care`, 'other', 'orders:read'), await seen(`/orders/${orderId}/care`, 'other', 'orders:read users:read')]).toEqual([false, true]);
  });

  test.each(['no-such-order', '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', '%F0%9F%92%A3'])('an order that is not there (%s) is a 404, and so is its timeline', async (id) => {
    expect(await cc.call('GET', `/orders/${id}`)).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
    expect(await cc.call('GET', `/orders/${id}/timeline`)).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
  });

  test('pages show each order of a customer once, newest first', async () => {
    const placed = [];
    for (let index = 0; index < 7; index += 1) placed.push((await place({ ...form, customerId: 'PAGED' })).body.orderId);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { status, body } = await cc.call('GET', `/orders?customer=PAGED&status=created&limit=3${cursor}`);
      expect(status).toBe(200);
      seen.push(...body.items.map((order: { orderId: string }) => order.orderId));
      cursor = body.nextCursor === null ? '' : `&cursor=${encodeURIComponent(body.nextCursor)}`;
    } while (cursor !== '');
    // Ids rise with time; those of one millisecond have an order of their own.
    expect(seen).toEqual(placed.toSorted().toReversed());
    expect((await cc.call('GET', '/orders?customer=PAGED&status=completed')).body).toEqual({ items: [], nextCursor: null });
  });

  test('orders are found by their id, their number, their customer, and words of the name of the customer as they begin', async () => {
    await cc.pool.query("INSERT INTO order_customers (customer_id, customer_name, is_active, profile_version) VALUES ('FOUND-1', 'Ana Trujillo', true, 1), ('FOUND-2', 'Anabela O''Domingues', true, 1)");
    const [ana, again, anabela] = [await place({ ...form, customerId: 'FOUND-1' }), await place({ ...form, customerId: 'FOUND-1' }), await place({ ...form, customerId: 'FOUND-2' })].map(({ body }) => body);
    // Ids rise with time; those of one millisecond have an order of their own.
    const newest = (...orders: { orderId: string }[]) => orders.map(({ orderId }) => orderId).toSorted().toReversed();
    const found = async (query: Record<string, string>) => (await cc.call('GET', `/orders?${new URLSearchParams(query).toString()}`)).body.items.map(({ orderId }: { orderId: string }) => orderId);
    expect(await Promise.all([{ search: ana.orderId.toUpperCase() }, { search: String(again.orderNumber) }, { search: `#${again.orderNumber}` }, { search: 'FOUND-2' }].map(found))).toEqual([[ana.orderId], [again.orderId], [again.orderId], [anabela.orderId]]);
    expect(await Promise.all([{ search: 'ana' }, { search: 'tru ANA' }, { search: "o'dom" }, { search: 'jillo' }, { search: "') & !'" }, { search: 'ana', status: 'completed' }].map(found)))
      .toEqual([newest(ana, again, anabela), newest(ana, again), [anabela.orderId], [], [], []]);
    const first = (await cc.call('GET', '/orders?search=ana&limit=2')).body;
    const second = (await cc.call('GET', `/orders?search=ana&limit=2&cursor=${encodeURIComponent(first.nextCursor)}`)).body;
    expect([...first.items, ...second.items].map(({ orderId }: { orderId: string }) => orderId)).toEqual(newest(ana, again, anabela));
  });

  test('by the name of a customer an order is found by whoever sees the name, and by its id by all', async () => {
    await cc.pool.query("INSERT INTO order_customers (customer_id, customer_name, is_active, profile_version) VALUES ('NAMED', 'Ulrike Vandersloot', true, 1)");
    const [own, others] = [(await place({ ...form, customerId: 'NAMED' })).body.orderId, (await place({ ...form, customerId: 'NAMED' }, {}, 'ingest')).body.orderId];
    const both = [own, others].toSorted().toReversed();
    const found = async (search: string, client: string, scopes: string) => {
      const { status, body } = await cc.call('GET', `/orders?search=${search}`, { client, scopes });
      return [status, body.items.map(({ orderId }: { orderId: string }) => orderId)];
    };
    for (const name of ['Vandersloot', 'vanders', 'ulr%20van']) {
      const by = [await found(name, 'other', 'orders:read'), await found(name, 'storefront', 'orders:read'), await found(name, 'ingest', 'orders:read')];
      expect([name, ...by]).toEqual([name, [200, []], [200, [own]], [200, [others]]]);
      expect([await found(name, 'other', 'orders:read users:read'), await found(name, 'other', 'orders:read admin')]).toEqual([[200, both], [200, both]]);
    }
    expect([await found('NAMED', 'other', 'orders:read'), await found(own, 'other', 'orders:read')]).toEqual([[200, both], [200, [own]]]);
  });

  test('a client finds its own order by the name of its customer, also where more other customers have that name than are followed', async () => {
    await cc.pool.query("INSERT INTO order_customers (customer_id, customer_name, is_active, profile_version) SELECT 'CROWD-' || n, 'Wenzeslaus', true, 1 FROM generate_series(100, 400) AS n");
    const { body: { orderId } } = await place({ ...form, customerId: 'CROWD-400' });
    const { body } = await cc.call('GET', '/orders?search=wenzes');
    expect(body.items.map((one: { orderId: string }) => one.orderId)).toEqual([orderId]);
  });

  test('orders are found by when they were placed, to the millisecond', async () => {
    const { body: { orderId, createdAt } } = await place({ ...form, customerId: 'TIMED' });
    const found = async (from: number, to: number) => (await cc.call('GET', `/orders?customer=TIMED&from=${new Date(Date.parse(createdAt) + from).toISOString()}&to=${new Date(Date.parse(createdAt) + to).toISOString()}`)).body.items.map((one: { orderId: string }) => one.orderId);
    expect([await found(0, 1), await found(-60_000, 0), await found(1, 60_000)]).toEqual([[orderId], [], []]);
  });

  test('a cursor that was changed, or belongs to another list, is refused', async () => {
    const { body } = await cc.call('GET', '/orders?limit=1');
    const swapped = body.nextCursor.replace(/^./, (first: string) => (first === 'A' ? 'B' : 'A'));
    for (const query of [`limit=1&cursor=${swapped}`, `limit=1&status=created&cursor=${body.nextCursor}`, 'cursor=x']) {
      expect(await cc.call('GET', `/orders?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    }
  });

  test.each(['limit=0', 'limit=201', 'limit=1.5', 'limit=x', 'status=lost', 'colour=red', 'limit=1&limit=2'])('the query %s is refused', async (query) => {
    expect(await cc.call('GET', `/orders?${query}`)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });
});

describe('the timeline of an order', () => {
  test('shows every event in order with cause, offset and hearers, page by page', async () => {
    const { body: placed } = await place(form);
    const first = (await cc.call('GET', `/orders/${placed.orderId}/timeline?limit=1`)).body;
    const second = (await cc.call('GET', `/orders/${placed.orderId}/timeline?limit=1&cursor=${encodeURIComponent(first.nextCursor)}`)).body;
    expect(first).toMatchObject({ orderId: placed.orderId, status: 'created', items: [{ eventType: 'OrderCheckoutInitiated', causationId: null, offsetMs: 0, handlers: ['analytics.observe', 'webhooks.fan_out'], ignored: [] }] });
    expect(second).toMatchObject({ items: [{ eventType: 'OrderCreated', causationId: first.items[0].eventId, handlers: ['inventory.reserve', 'analytics.observe', 'webhooks.fan_out'] }], nextCursor: null });
    expect(second.items[0].offsetMs).toBeGreaterThanOrEqual(0);
    const other = (await place(form)).body.orderId;
    expect(await cc.call('GET', `/orders/${other}/timeline?cursor=${encodeURIComponent(first.nextCursor)}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });
});

describe('the service', () => {
  test('describes its API', async () => {
    const answered = await cc.call('GET', '/openapi.json');
    expect(answered.status).toBe(200);
    const body = withoutReferences(answered.body);
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/orders', '/orders/{orderId}', '/orders/{orderId}/timeline']));
    const answer = body.paths['/orders/{orderId}'].get.responses['200'].content['application/json'].schema;
    expect(answer.properties.status.enum).toEqual(['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'shipped', 'completed', 'cancel_pending', 'refund_pending', 'cancelled', 'refunded', 'on_hold']);
    expect(body.paths['/orders'].post.requestBody.content['application/json'].schema.required).toEqual(['customerId', 'currency', 'lines']);
  });

  test('describes every operation, its headers, and every problem of its own', async () => {
    const body = withoutReferences((await cc.call('GET', '/openapi.json')).body);
    expect(gapsInDescription(body)).toEqual([]);
    expect(body.servers).toEqual([{ url: 'http://127.0.0.1:3000' }]);
    const { parameters, responses } = body.paths['/orders'].post;
    expect(parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'Idempotency-Key', required: true }));
    expect(Object.keys(responses['202'].headers)).toEqual(expect.arrayContaining(['Location', 'Idempotency-Replayed']));
    for (const code of Object.keys(problems)) expect(JSON.stringify(body)).toContain(`"${code}"`);
  });

  test('takes no order beyond its backlog, says when to come back, and takes them again when the backlog is gone', async () => {
    const full = await startTestCoordinator({ ORDERS_BACKLOG_LIMIT: '1' });
    try {
      const post = () => full.call('POST', '/orders', { body: form, headers: { 'idempotency-key': freshKey() } });
      expect((await post()).status).toBe(202);
      const refused = await untilAnswered(post, 429);
      expect(refused).toMatchObject({ body: { code: 'overloaded', retryable: true } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      await full.pool.query("UPDATE orders SET status = 'cancelled'");
      expect((await untilAnswered(post, 202)).status).toBe(202);
    } finally {
      await full.stop();
    }
  });
});

async function untilAnswered(post: () => Promise<Answer>, status: number): Promise<Answer> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await post();
    if (answer.status === status) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Never answered with ${status}.`);
}

describe('how an order is paid', () => {
  const paidBy = (token: string) => ({ ...form, payment: { method: { type: 'card', token } } });

  test('is told by a token, and never by the number of a card', async () => {
    const { status, body } = await place(paidBy('4242 4242 4242 4242'));
    expect([status, body.code, body.errors]).toEqual([400, 'validation_failed', [expect.objectContaining({ path: '/body/payment/method/token', message: expect.stringMatching(/not the number of the card/) })]]);
    expect(JSON.stringify(body)).not.toContain('4242 4242');
    expect((await place(paidBy('tok_1')).then(({ status: taken }) => taken))).toBe(202);
  });

  test('must be said where the service has no default, unless it costs nothing; a card of the stand-in is no default in production', async () => {
    const strict = await startTestCoordinator({ PAYMENTS_DEFAULT_TOKEN: '' });
    try {
      const placed = async (body: object): Promise<unknown[]> => {
        const answer = await strict.call('POST', '/orders', { body, headers: { 'idempotency-key': freshKey() } });
        return [answer.status, answer.body.code];
      };
      expect([await placed(form), await placed(paidBy('tok_1')), await placed({ ...form, freight: '0', lines: [{ ...line, unitPrice: '0' }] })]).toEqual([[422, 'payment_method_required'], [202, undefined], [202, undefined]]);
    } finally {
      await strict.stop();
    }
    expect(() => readConfig(CONFIG, { NODE_ENV: 'production', PAYMENTS_DEFAULT_TOKEN: 'tok_4242424242424242' })).toThrow(/PAYMENTS_DEFAULT_TOKEN must not be a card of the payment stand-in/);
    expect(CONFIG.variables.paymentsDefaultToken.defaultText).toBeUndefined();
  });
});
