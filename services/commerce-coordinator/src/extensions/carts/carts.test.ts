/** Carts over real HTTP on a real log, beside an intake that a test plays: it keeps its keys as the real one does. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { canonicalJson } from '@commerce/events/canonical';
import { gapsInDescription } from '@commerce/service-kit/openapi';
import { baseProblems, Problem } from '@commerce/service-kit/problems';
import { defineSignalMap } from '@commerce/signals/map';
import { problems } from '../../problems.ts';
import { startTestExtensions } from '../../test-extensions.ts';
import type { TestExtensions } from '../../test-extensions.ts';
import type { KnownProduct } from './cart.ts';
import type { CartOrderForm, PlacedOrder } from './checkout.ts';
import { carts } from './extension.ts';
import { OWN_CART_ENTRIES } from './signals.ts';

const QUIET_MS = 150;
let cc: TestExtensions;
let keys = 0;
const placedOrders = new Map<string, { form: string; order: PlacedOrder }>();
const asked: { key: string; form: CartOrderForm }[] = [];
/** What happens to the next orders instead of being placed. `lost`: placed, and the answer never arrives. */
const fate: (Problem | Error | 'lost')[] = [];
const products = new Map<string, KnownProduct>([
  ['NW-11', { status: 'active', name: 'Queso Cabrales', unitPrice: '21.00', currency: 'USD' }],
  ['NW-42', { status: 'discontinued', name: 'Mee', unitPrice: '14.00', currency: 'USD' }],
  ['NW-50', { status: 'active', name: 'Schokolade', unitPrice: '16.25', currency: 'EUR' }],
]);

async function placeOrder(form: CartOrderForm, key: string): Promise<PlacedOrder> {
  asked.push({ key, form });
  const next = fate.shift();
  if (next instanceof Error) throw next;
  const known = placedOrders.get(key);
  if (known !== undefined && known.form !== canonicalJson(form)) throw new Problem(problems.idempotency_key_reused);
  const order: PlacedOrder = known?.order ?? { orderId: `order-${key}`, orderNumber: 1, customerId: form.customerId, status: 'created', currency: form.currency, total: '42.00', createdAt: '2026-01-01T00:00:00.000Z' };
  placedOrders.set(key, { form: canonicalJson(form), order });
  if (next === 'lost') throw new Error('The answer was lost.');
  return order;
}

const map = defineSignalMap([carts], { CartCheckoutOverdue: [{ handler: 'carts.finish', retry: { baseMs: 5, maxMs: 20 } }] });

beforeAll(async () => {
  cc = await startTestExtensions({
    definitions: [carts], map, entries: OWN_CART_ENTRIES,
    resources: () => ({ carts: { quietMs: QUIET_MS, findProducts: async () => products, placeOrder } }),
  });
});
afterAll(() => cc?.stop());
beforeEach(() => void fate.splice(0));

const freshKey = (): string => `key-${(keys += 1)}`;
function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const key = method === 'POST' ? { 'idempotency-key': freshKey() } : {};
  return cc.call(method, path, { ...(body === undefined ? {} : { body }), headers: { ...key, ...headers }, scopes: 'orders:read orders:write' });
}
const code = ({ status, body }: { status: number; body: any }) => [status, body.code];
const NW_11 = { sku: 'NW-11', quantity: 2 };

async function cartWith(...items: object[]): Promise<string> {
  const { body: { cartId } } = await call('POST', '/carts', { customerId: 'VINET', currency: 'USD' });
  for (const item of items) expect((await call('POST', `/carts/${cartId}/items`, item)).status).toBe(200);
  return cartId;
}

const read = async (cartId: string) => (await call('GET', `/carts/${cartId}`)).body;
const timersOf = async (cartId: string) => (await cc.pool.query('SELECT name FROM timers WHERE subject = $1 ORDER BY name', [cartId])).rows.map(({ name }) => name);

describe('a cart', () => {
  test('is begun once per key, by each client for itself', async () => {
    const form = { customerId: 'VINET', currency: 'USD' };
    const headers = { 'idempotency-key': freshKey() };
    const answers = await Promise.all([1, 2, 3].map(() => call('POST', '/carts', form, headers)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const [{ cartId }] = answers.map(({ body }) => body);
    expect(new Set(answers.map(({ body }) => body.cartId)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(2);
    expect(await cc.types(cartId)).toEqual(['CartCreated']);
    expect(code(await call('POST', '/carts', { ...form, currency: 'EUR' }, headers))).toEqual([422, 'idempotency_key_reused']);
    const other = await cc.call('POST', '/carts', { body: form, headers, scopes: 'orders:write', client: 'another' });
    expect(other.body.cartId).not.toBe(cartId);
    expect(code(await call('POST', '/carts', { ...form, currency: 'JPY' }))).toEqual([400, 'currency_not_supported']);
  });

  test('takes the price from the catalogue, and from the client what the catalogue does not have', async () => {
    const cartId = await cartWith({ ...NW_11, unitPrice: '1.00' }, { sku: 'odd/one', quantity: 1, unitPrice: '2.5', name: 'Odd' });
    expect(await read(cartId)).toMatchObject({
      status: 'open', version: 3, total: '44.50',
      items: [{ sku: 'NW-11', name: 'Queso Cabrales', quantity: 2, unitPrice: '21.00', total: '42.00' }, { sku: 'odd/one', name: 'Odd', unitPrice: '2.50' }],
    });
    expect((await cc.log.history(cartId)).slice(-2)).toMatchObject([
      { type: 'CartUpdated', sequence: 3, data: { items: [{ sku: 'NW-11' }, { sku: 'odd/one' }] } }, { type: 'CartItemAdded', sequence: null, data: { customerId: 'VINET', item: { sku: 'odd/one', name: 'Odd', quantity: 1, unitPrice: '2.50' } } },
    ]);
    expect((await call('PATCH', `/carts/${cartId}/items/odd%2Fone`, { quantity: 4 })).body.items[1]).toMatchObject({ quantity: 4 });
    expect((await call('DELETE', `/carts/${cartId}/items/odd%2Fone`)).body.items).toHaveLength(1);
    expect(code(await call('DELETE', `/carts/${cartId}/items/odd%2Fone`))).toEqual([404, 'cart_item_not_found']);
    // Another quantity and a removal are no additions; what is put in again tells how many more.
    await call('POST', `/carts/${cartId}/items`, NW_11);
    expect((await cc.log.history(cartId)).filter(({ type }) => type === 'CartItemAdded').map(({ data }) => (data as any).item)).toMatchObject([{ sku: 'NW-11', quantity: 2 }, { sku: 'odd/one' }, { sku: 'NW-11', quantity: 2 }]);
  });

  test('refuses what cannot be sold', async () => {
    const cartId = await cartWith();
    const add = async (item: object) => code(await call('POST', `/carts/${cartId}/items`, item));
    expect(await add({ sku: 'NW-42', quantity: 1 })).toEqual([422, 'cart_product_discontinued']);
    expect(await add({ sku: 'NW-99', quantity: 1 })).toEqual([422, 'cart_price_unknown']);
    expect(await add({ sku: 'NW-50', quantity: 1 })).toEqual([422, 'cart_currency_differs']);
    expect(await add({ sku: 'gold', quantity: 1_000_000, unitPrice: '999999999999' })).toEqual([400, 'amount_too_large']);
    expect(await add({ sku: 'NW-11', quantity: 0 })).toEqual([400, 'validation_failed']);
    await call('POST', `/carts/${cartId}/items`, { sku: 'many', quantity: 1_000_000, unitPrice: '1' });
    expect(await add({ sku: 'many', quantity: 1, unitPrice: '1' })).toEqual([422, 'cart_full']);
    expect(code(await call('GET', '/carts/none'))).toEqual([404, 'cart_not_found']);
    expect(code(await call('POST', '/carts/none/items', NW_11))).toEqual([404, 'cart_not_found']);
    expect(await cc.types(cartId)).toEqual(['CartCreated', 'CartUpdated', 'CartItemAdded']);
  });

  test('counts an addition once per key, and different ones of one moment all', async () => {
    const cartId = await cartWith();
    const headers = { 'idempotency-key': freshKey() };
    const path = `/carts/${cartId}/items`;
    await Promise.all([...[1, 2, 3].map(() => call('POST', path, NW_11, headers)), call('POST', path, NW_11), call('POST', path, NW_11)]);
    expect((await read(cartId)).items[0].quantity).toBe(6);
    const again = await call('POST', path, NW_11, headers);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
    expect(code(await call('POST', path, { ...NW_11, quantity: 3 }, headers))).toEqual([422, 'idempotency_key_reused']);
    expect(code(await cc.call('POST', path, { body: NW_11, scopes: 'orders:write' }))).toEqual([400, 'idempotency_key_required']);
  });

  test('is changed only as it was seen, when the client says what it saw', async () => {
    const cartId = await cartWith(NW_11);
    expect(code(await call('PATCH', `/carts/${cartId}/items/NW-11`, { quantity: 5 }, { 'if-match': '"1"' }))).toEqual([412, 'version_differs']);
    expect((await call('PATCH', `/carts/${cartId}/items/NW-11`, { quantity: 5 }, { 'if-match': '"2"' })).body.version).toBe(3);
    expect(code(await call('DELETE', `/carts/${cartId}/items/NW-11`, undefined, { 'if-match': '"2"' }))).toEqual([412, 'version_differs']);
    expect(code(await call('POST', `/carts/${cartId}/checkout`, {}, { 'if-match': '"2"' }))).toEqual([412, 'version_differs']);
  });
});

describe('a cart that is left alone', () => {
  test('is abandoned once, and once more after the next change', async () => {
    const cartId = await cartWith(NW_11);
    const abandoned = await cc.told(cartId, 'CartAbandoned');
    expect(abandoned).toMatchObject({ sequence: 3, data: { customerId: 'VINET', items: [{ sku: 'NW-11', quantity: 2 }] } });
    const updated = (await cc.log.history(cartId)).find(({ type }) => type === 'CartUpdated');
    expect(abandoned.recordedAtMs - updated!.recordedAtMs).toBeGreaterThanOrEqual(QUIET_MS);
    expect([abandoned.correlationId, (await read(cartId)).status]).toEqual([updated!.correlationId, 'abandoned']);
    expect(await timersOf(cartId)).toEqual([]);
    await call('PATCH', `/carts/${cartId}/items/NW-11`, { quantity: 3 });
    expect((await read(cartId)).status).toBe('open');
    await delay(QUIET_MS * 2);
    for (let tries = 0; tries < 200 && (await read(cartId)).status !== 'abandoned'; tries += 1) await delay(10);
    expect(await cc.types(cartId)).toEqual(['CartCreated', 'CartUpdated', 'CartItemAdded', 'CartAbandoned', 'CartUpdated', 'CartAbandoned']);
  });

  test('is never abandoned while it is empty, or when it has become an order', async () => {
    const empty = await cartWith(NW_11);
    await call('DELETE', `/carts/${empty}/items/NW-11`);
    const ordered = await cartWith(NW_11);
    await call('POST', `/carts/${ordered}/checkout`, {});
    expect([await timersOf(empty), await timersOf(ordered)]).toEqual([[], []]);
  });
});

describe('checking out', () => {
  const shipTo = { name: 'Vins', city: 'Reims' };

  test('places one order by the intake, however often the request comes', async () => {
    const cartId = await cartWith(NW_11);
    const headers = { 'idempotency-key': freshKey() };
    const body = { shipTo, freight: '3.00', payment: { method: { type: 'card', token: 'tok' } }, metadata: { gift: true } };
    const answers = await Promise.all([1, 2, 3].map(() => call('POST', `/carts/${cartId}/checkout`, body, headers)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const orderId = `order-${headers['idempotency-key']}`;
    expect(answers[0]).toMatchObject({ body: { cartId, orderId, status: 'created', total: '42.00' } });
    expect(answers[0]?.headers.get('location')).toBe(`/orders/${orderId}`);
    expect(asked.filter(({ key }) => key === headers['idempotency-key'])[0]?.form).toEqual({ ...body, customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-11', name: 'Queso Cabrales', quantity: 2, unitPrice: '21.00' }] });
    expect(await cc.types(cartId)).toEqual(['CartCreated', 'CartUpdated', 'CartItemAdded', 'CartCheckedOut']);
    expect(await read(cartId)).toMatchObject({ status: 'checked_out', orderId });
    // How it was paid stands with the order, and nowhere else.
    expect((await cc.pool.query('SELECT checkout::text AS kept FROM carts WHERE cart_id = $1', [cartId])).rows[0].kept).not.toContain('tok');

    const again = await call('POST', `/carts/${cartId}/checkout`, body, headers);
    expect([again.status, again.headers.get('idempotency-replayed'), again.body.orderId]).toEqual([202, 'true', orderId]);
    expect(code(await call('POST', `/carts/${cartId}/checkout`, {}, headers))).toEqual([422, 'idempotency_key_reused']);
    expect(code(await call('POST', `/carts/${cartId}/checkout`, body))).toEqual([409, 'cart_checked_out']);
    expect(code(await call('POST', `/carts/${cartId}/items`, NW_11))).toEqual([409, 'cart_checked_out']);
  });

  test('is refused without products, or with one that is not sold any more', async () => {
    expect(code(await call('POST', `/carts/${await cartWith()}/checkout`, {}))).toEqual([422, 'cart_empty']);
    expect(code(await call('POST', '/carts/none/checkout', {}))).toEqual([404, 'cart_not_found']);
    const cartId = await cartWith(NW_11);
    products.set('NW-11', { ...products.get('NW-11')!, status: 'discontinued' });
    const answer = await call('POST', `/carts/${cartId}/checkout`, {});
    products.set('NW-11', { ...products.get('NW-11')!, status: 'active' });
    expect([code(answer), answer.body.detail]).toEqual([[422, 'cart_product_discontinued'], 'Not sold any more: NW-11.']);
    expect(asked.map(({ form }) => form.lines.length)).not.toContain(0);
  });

  test('that the intake refuses leaves the cart open, with its quiet time', async () => {
    const cartId = await cartWith(NW_11);
    fate.push(new Problem(baseProblems.overloaded));
    expect(code(await call('POST', `/carts/${cartId}/checkout`, {}))).toEqual([429, 'overloaded']);
    expect((await read(cartId)).status).toBe('open');
    expect(await timersOf(cartId)).toEqual(['quiet']);
    expect((await call('POST', `/carts/${cartId}/checkout`, {})).status).toBe(202);
  });

  test('whose answer is lost fixes the cart, and the same request finishes it', async () => {
    const cartId = await cartWith(NW_11);
    const headers = { 'idempotency-key': freshKey() };
    fate.push('lost');
    expect((await call('POST', `/carts/${cartId}/checkout`, {}, headers)).status).toBe(500);
    expect([(await read(cartId)).status, await timersOf(cartId)]).toEqual(['checking_out', ['checkout']]);
    expect(code(await call('POST', `/carts/${cartId}/items`, NW_11))).toEqual([409, 'cart_checkout_under_way']);
    expect(code(await call('POST', `/carts/${cartId}/checkout`, {}))).toEqual([409, 'cart_checkout_under_way']);
    fate.push(new Problem(baseProblems.timed_out));
    expect(code(await call('POST', `/carts/${cartId}/checkout`, {}, headers))).toEqual([503, 'timed_out']);
    expect((await read(cartId)).status).toBe('checking_out');
    expect((await call('POST', `/carts/${cartId}/checkout`, {}, headers)).body.orderId).toBe(`order-${headers['idempotency-key']}`);
    expect(await timersOf(cartId)).toEqual([]);
  });

  const overdue = (cartId: string) => cc.pool.query("UPDATE timers SET due_at = clock_timestamp() WHERE subject = $1 AND name = 'checkout'", [cartId]);

  test('whose client has died is finished by the timer, under the same key, with one order', async () => {
    const cartId = await cartWith(NW_11);
    const headers = { 'idempotency-key': freshKey() };
    const orders = placedOrders.size;
    fate.push('lost');
    await call('POST', `/carts/${cartId}/checkout`, { shipTo }, headers);
    // The effect runs twice: its first answer is lost too.
    fate.push('lost');
    await overdue(cartId);
    expect(await cc.told(cartId, 'CartCheckedOut')).toMatchObject({ data: { orderId: `order-${headers['idempotency-key']}` } });
    expect(asked.filter(({ key }) => key === headers['idempotency-key']).map(({ form }) => form.shipTo)).toEqual([shipTo, shipTo, shipTo]);
    expect(placedOrders.size).toBe(orders + 1);
  });

  test('that the intake refuses to its timer leaves the cart open', async () => {
    const cartId = await cartWith(NW_11);
    fate.push('lost', new Problem(problems.order_too_large));
    await call('POST', `/carts/${cartId}/checkout`, {});
    await overdue(cartId);
    await cc.told(cartId, 'CartCheckoutOverdue');
    for (let tries = 0; tries < 300 && (await read(cartId)).status === 'checking_out'; tries += 1) await delay(10);
    expect(await cc.types(cartId)).not.toContain('CartCheckedOut');
    expect(['open', 'abandoned']).toContain((await read(cartId)).status);
  });
});

test('the description of the API has no gaps, and every route is declared', async () => {
  const { body } = await cc.call('GET', '/openapi.json');
  expect(gapsInDescription(body)).toEqual([]);
  const described = Object.entries<object>(body.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`));
  expect(described.filter((route) => route.includes('carts')).sort()).toEqual([...carts.routes].sort());
});
