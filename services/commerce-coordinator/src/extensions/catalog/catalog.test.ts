/** Users and products over real HTTP on a real log. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gapsInDescription } from '@commerce/service-kit/openapi';
import { defineSignalMap } from '@commerce/signals/map';
import { startTestExtensions } from '../../test-extensions.ts';
import type { TestExtensions } from '../../test-extensions.ts';
import { readProductsBySku } from './catalog.pg.ts';
import { catalog } from './extension.ts';

let cc: TestExtensions;

beforeAll(async () => {
  cc = await startTestExtensions({
    definitions: [catalog], resources: () => ({}),
    map: defineSignalMap([catalog], { InventoryAdjusted: ['catalog.availability'], InventoryReserved: ['catalog.availability'], InventoryReleased: ['catalog.availability'], UserRegistered: ['catalog.follow_user'] }),
  });
});
afterAll(() => cc?.stop());

const SCOPES = 'users:write users:read catalog:write catalog:read';
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => cc.call(method, path, { ...(body === undefined ? {} : { body }), headers, scopes: SCOPES });
/** What is told of a user or product, without the record of who did it. */
const told = async (subject: string) => (await cc.log.history(subject)).filter(({ type }) => type !== 'AuditRecorded');
const types = async (subject: string) => (await told(subject)).map(({ type }) => type);
const records = async (subject: string) => (await cc.log.history(subject)).flatMap(({ type, data }) => (type === 'AuditRecorded' ? [data] : []));
const code = ({ status, body }: { status: number; body: any }) => [status, body.code];

describe('a user', () => {
  const vinet = { userId: 'VINET', email: 'paul@vinet.example', name: 'Vins et alcools Chevalier' };

  test('is registered once, however often the request comes', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => call('POST', '/users', vinet)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(2);
    expect(answers[0]?.body).toEqual({ ...vinet, status: 'active', version: 1, createdAt: expect.any(String), updatedAt: expect.any(String) });
    expect(answers[0]?.headers.get('location')).toBe('/users/VINET');
    expect(await types('VINET')).toEqual(['UserRegistered']);
    expect(code(await call('POST', '/users', { ...vinet, name: 'Another' }))).toEqual([409, 'user_exists']);
  });

  test('is changed by whoever has seen the present state, and told whole', async () => {
    await call('POST', '/users', { userId: 'TOMSP', email: 'old@tomsp.example', name: 'Toms' });
    expect(code(await call('PATCH', '/users/TOMSP', { email: 'new@tomsp.example' }))).toEqual([428, 'version_required']);
    const both = await Promise.all([call('PATCH', '/users/TOMSP', { email: 'new@tomsp.example' }, { 'if-match': '"1"' }), call('PATCH', '/users/TOMSP', { name: null }, { 'if-match': '"1"' })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(both.find(({ status }) => status === 412)?.body).toMatchObject({ code: 'version_differs', detail: 'The present version is 2.' });
    const { body, headers } = await call('PATCH', '/users/TOMSP', { email: 'new@tomsp.example', name: null }, { 'if-match': '*' });
    expect(headers.get('etag')).toBe(`"${body.version}"`);
    const last = (await told('TOMSP')).at(-1);
    expect(last).toMatchObject({ type: 'UserUpdated', data: { userId: 'TOMSP', email: 'new@tomsp.example' }, sequence: body.version, metadata: { userId: 'user of storefront' } });
    expect(last?.data).not.toHaveProperty('name');
  });

  test('is changed for a reason, which is recorded with who did it and which fields, and not told', async () => {
    await call('POST', '/users', { userId: 'WHY', email: 'old@why.example' });
    await call('PATCH', '/users/WHY', { email: 'new@why.example', reason: { code: 'address_moved', message: 'Called on Monday.' } }, { 'if-match': '"1"' });
    const [, record] = await records('WHY');
    expect(record).toEqual({ act: 'user.update', about: 'WHY', by: { subject: 'user of storefront', clientId: 'storefront' }, why: 'Called on Monday.', details: { fields: ['email'] } });
    expect((await told('WHY')).at(-1)?.data).toEqual({ userId: 'WHY', email: 'new@why.example' });
    expect((await call('POST', '/users', { userId: 'WHY', email: 'old@why.example', reason: { code: 'again' } })).status).toBe(201);
  });

  test('who is not changed by a change is told nothing about', async () => {
    await call('POST', '/users', { userId: 'SAME', name: 'Same' });
    expect((await call('PATCH', '/users/SAME', { name: 'Same' }, { 'if-match': '"1"' })).body.version).toBe(1);
    expect(await types('SAME')).toEqual(['UserRegistered']);
  });

  test('is deactivated for good, and may be so again', async () => {
    await call('POST', '/users', { userId: 'GONE' });
    expect((await call('POST', '/users/GONE/deactivate')).body).toMatchObject({ status: 'deactivated', version: 2 });
    expect((await call('POST', '/users/GONE/deactivate')).body.version).toBe(2);
    expect(await types('GONE')).toEqual(['UserRegistered', 'UserDeactivated']);
    expect(await records('GONE')).toMatchObject([{ act: 'user.register' }, { act: 'user.deactivate', about: 'GONE', by: { subject: 'user of storefront', clientId: 'storefront' }, why: 'No reason was given.' }]);
    expect(code(await call('PATCH', '/users/GONE', { name: 'Back' }, { 'if-match': '*' }))).toEqual([409, 'user_deactivated']);
  });

  test('who does not exist, or whose form is wrong, is refused', async () => {
    expect(code(await call('GET', '/users/NOBODY'))).toEqual([404, 'user_not_found']);
    expect(code(await call('PATCH', '/users/NOBODY', {}, { 'if-match': '*' }))).toEqual([404, 'user_not_found']);
    expect(code(await call('POST', '/users/NOBODY/deactivate'))).toEqual([404, 'user_not_found']);
    expect(code(await call('PATCH', '/users/VINET', {}, { 'if-match': 'W/"1"' }))).toEqual([400, 'version_invalid']);
    for (const form of [{}, { userId: 'a b' }, { userId: '../x' }, { userId: 'A', email: 'no address' }, { userId: 'A', email: 'a@b.example\r\nBcc: c@d.example' }, { userId: 'A', more: 1 }]) {
      expect((await call('POST', '/users', form)).status).toBe(400);
    }
    expect((await cc.call('POST', '/users', { body: { userId: 'A' }, scopes: 'users:read' })).status).toBe(403);
  });

  test('has an address that mail servers take, and the description says the same', async () => {
    const taken = [`${'a'.repeat(64)}@b.example`, `a@${'b'.repeat(63)}.example`, `a@${'b.'.repeat(123)}example`, `o'neil+x_y.z@b-c.example`];
    const refused = [`${'a'.repeat(65)}@b.example`, `a@${'b'.repeat(64)}.example`, `a@${'b.'.repeat(124)}example`, 'a@b-.example', 'a@-b.example', '.a@b.example', 'a..b@c.example', 'a@b@c.example'];
    const { pattern } = (await cc.call('GET', '/openapi.json')).body.paths['/users'].post.requestBody.content['application/json'].schema.properties.email;
    expect([...taken, ...refused].map((email) => new RegExp(pattern).test(email))).toEqual([...taken.map(() => true), ...refused.map(() => false)]);
    const answers = await Promise.all([...taken, ...refused].map((email, n) => call('POST', '/users', { userId: `mail-${n}`, email })));
    expect(answers.map(({ status }) => status)).toEqual([...taken.map(() => 201), ...refused.map(() => 400)]);
    expect((await call('PATCH', '/users/mail-0', { email: refused[0] }, { 'if-match': '*' })).status).toBe(400);
  });

  test('stands in the list, page by page', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, n) => call('POST', '/users', { userId: `list-${n}` })));
    const seen: string[] = [];
    for (let next = ''; ; ) {
      const { body } = await call('GET', `/users?limit=2&status=active${next}`);
      seen.push(...body.items.map(({ userId }: any) => userId));
      if (body.nextCursor === null) break;
      next = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
    expect(seen).toEqual(seen.toSorted());
    expect(seen.filter((id) => id.startsWith('list-'))).toHaveLength(5);
    expect(seen).not.toContain('GONE');
    const { body: { nextCursor } } = await call('GET', '/users?limit=1');
    expect(code(await call('GET', `/users?limit=1&status=active&cursor=${nextCursor}`))).toEqual([400, 'invalid_cursor']);
  });
});

describe('a product', () => {
  const cabrales = { sku: 'NW-11', name: 'Queso Cabrales', unitPrice: '21', currency: 'USD' };

  test('is created once, its price with two places', async () => {
    const [first, again] = [await call('POST', '/products', cabrales), await call('POST', '/products', cabrales)];
    expect(first).toMatchObject({ status: 201, body: { ...cabrales, unitPrice: '21.00', status: 'active', available: null, version: 1 } });
    expect(again.body).toEqual(first.body);
    expect((await told('NW-11')).map(({ type, data }) => [type, data])).toEqual([['ProductCreated', { ...cabrales, unitPrice: '21.00' }]]);
    expect(code(await call('POST', '/products', { ...cabrales, unitPrice: '22' }))).toEqual([409, 'product_exists']);
    expect(code(await call('POST', '/products', { ...cabrales, sku: 'YEN', currency: 'JPY' }))).toEqual([422, 'product_currency_not_supported']);
  });

  test('is changed and discontinued', async () => {
    await call('POST', '/products', { ...cabrales, sku: 'NW-12' });
    expect((await call('PATCH', '/products/NW-12', { unitPrice: '21.0' }, { 'if-match': '"1"' })).body.version).toBe(1);
    expect((await call('PATCH', '/products/NW-12', { unitPrice: '22.5' }, { 'if-match': '"1"' })).body).toMatchObject({ unitPrice: '22.50', version: 2 });
    expect(code(await call('PATCH', '/products/NW-12', { unitPrice: '23' }, { 'if-match': '"1"' }))).toEqual([412, 'version_differs']);
    expect((await call('POST', '/products/NW-12/discontinue')).body).toMatchObject({ status: 'discontinued', version: 3 });
    expect((await call('POST', '/products/NW-12/discontinue')).body.version).toBe(3);
    expect(await types('NW-12')).toEqual(['ProductCreated', 'ProductUpdated', 'ProductDiscontinued']);
    expect(code(await call('PATCH', '/products/NW-12', { name: 'x' }, { 'if-match': '*' }))).toEqual([409, 'product_discontinued']);
    expect((await call('GET', '/products?status=discontinued')).body.items.map(({ sku }: any) => sku)).toEqual(['NW-12']);
    expect(code(await call('GET', '/products/NW-99'))).toEqual([404, 'product_not_found']);
  });

  test('shows what the inventory tells of its stock, and is not changed by it', async () => {
    await Promise.all(['NW-13', 'NW-14'].map((sku) => call('POST', '/products', { ...cabrales, sku })));
    const reason = { code: 'restock' };
    const orders = Array.from({ length: 8 }, (_, n) => ({ orderId: `order-${n}`, lines: [{ sku: 'NW-13', quantity: 2 }, { sku: 'NW-14', quantity: 1 }, { sku: 'NW-13', quantity: 1 }] }));
    await Promise.all([
      cc.send('InventoryAdjusted', { sku: 'NW-13', delta: 40, onHand: 40, available: 40, reason }),
      cc.send('InventoryAdjusted', { sku: 'NW-14', delta: 9, onHand: 9, available: 9, reason }),
      ...orders.map((order) => cc.send('InventoryReserved', order)),
      cc.send('InventoryReleased', { orderId: 'order-3', lines: [{ sku: 'NW-13', quantity: 3 }], reason }),
    ]);
    const shown = async () => (await call('GET', '/products?limit=200')).body.items.filter(({ sku }: any) => /NW-1[34]/.test(sku)).map(({ available, version }: any) => [available, version]);
    for (let tries = 0; tries < 500 && JSON.stringify(await shown()) !== '[[19,1],[1,1]]'; tries += 1) await delay(10);
    expect(await shown()).toEqual([[19, 1], [1, 1]]);
    expect((await call('GET', '/products/NW-13')).body).toMatchObject({ available: 19, version: 1 });
    expect([...(await readProductsBySku(cc.pool, ['NW-13', 'NW-99'])).keys()]).toEqual(['NW-13']);
  });
});

test('the description of the API has no gaps, and every route is declared', async () => {
  const { body } = await cc.call('GET', '/openapi.json');
  expect(gapsInDescription(body)).toEqual([]);
  const described = Object.entries<object>(body.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`));
  expect(described.filter((route) => /users|products/.test(route)).sort()).toEqual([...catalog.routes].sort());
});
