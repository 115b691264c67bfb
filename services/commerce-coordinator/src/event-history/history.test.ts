/** The history over HTTP, of orders that the readers take as far as they come without anybody outside. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';

let cc: TestCoordinator;
/** Of more than there is: cancelled, and its customer could not be told. */
let orderId: string;

beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api,readers' });
  await stock('SCARCE');
  orderId = await cancelledOrder();
});
afterAll(() => cc?.stop());

const get = (path: string, scopes = 'events:read'): Promise<Answer> => cc.call('GET', path, { scopes });
const search = (query: Record<string, string>): Promise<Answer> => get(`/api/events/history?${new URLSearchParams(query)}`);
const typesOf = ({ body }: Answer): string[] => body.items.map(({ eventType }: { eventType: string }) => eventType);

async function stock(sku: string): Promise<void> {
  const { status } = await cc.call('POST', '/inventory/adjustments', { scopes: 'inventory:write', headers: { 'idempotency-key': sku, 'if-match': '*' }, body: { sku, delta: 5, reason: { code: 'delivery' } } });
  expect(status).toBe(200);
}

async function cancelledOrder(): Promise<string> {
  const body = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'SCARCE', quantity: 7, unitPrice: '10.00' }] };
  const placed = await cc.call('POST', '/orders', { body, headers: { 'idempotency-key': 'scarce' } });
  await eventually('a cancelled order', async () => typesOf(await search({ subject: placed.body.orderId })).includes('NotificationFailed'));
  return placed.body.orderId;
}

describe('a search', () => {
  test('lists the events of an order newest first, with who made them, in pages', async () => {
    const all = await search({ subject: orderId });
    expect(all.status).toBe(200);
    expect(typesOf(all)).toEqual(['NotificationFailed', 'OrderCancelled', 'InventoryReservationFailed', 'OrderCreated', 'OrderCheckoutInitiated']);
    expect(all.body.items[2]).toMatchObject({ subject: orderId, topic: 'inventory-events', origin: 'own', handler: 'inventory.reserve', eventVersion: 'v1', data: { orderId } });
    expect(all.body.nextCursor).toBe(null);

    const first = await search({ subject: orderId, limit: '2' });
    const second = await search({ subject: orderId, limit: '3', cursor: first.body.nextCursor });
    expect([...first.body.items, ...second.body.items]).toEqual(all.body.items);
    expect(second.body.nextCursor).toBe(null);
  });

  test('finds by every name of a type, topic, correlation id, time and pattern', async () => {
    const [{ correlationId }] = (await search({ subject: orderId })).body.items;
    for (const type of ['OrderCancelled', 'ORDER_CANCELLED', 'order.cancelled']) expect(typesOf(await search({ subject: orderId, type }))).toEqual(['OrderCancelled']);
    expect(typesOf(await search({ correlationId, type: 'OrderCreated,InventoryReservationFailed' }))).toEqual(['InventoryReservationFailed', 'OrderCreated']);
    expect(typesOf(await search({ correlationId, topic: 'notification-events' }))).toEqual(['NotificationFailed']);
    expect(typesOf(await search({ filter: JSON.stringify({ subject: [orderId], eventType: [{ suffix: 'Created' }], data: { lines: { quantity: [7] } } }) }))).toEqual(['OrderCreated']);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect([typesOf(await search({ subject: orderId, from: later })), typesOf(await search({ subject: orderId, to: later })).length]).toEqual([[], 5]);
  });

  test.each([
    [{ filter: '{"data":{"total":100}}' }, 'invalid_event_filter'],
    [{ filter: 'no json' }, 'invalid_event_filter'],
    [{ cursor: 'MS4xLjE.AAAAAAAAAAAAAAAAAAAAAA' }, 'invalid_cursor'],
    [{ type: 'Order Created' }, 'validation_failed'],
    [{ correlationId: 'one' }, 'validation_failed'],
    [{ from: 'yesterday' }, 'validation_failed'],
    [{ topic: 'other-events' }, 'validation_failed'],
    [{ colour: 'red' }, 'validation_failed'],
  ])('%j is refused as %s', async (query, code) => {
    expect((await search(query as Record<string, string>)).body).toMatchObject({ status: 400, code });
  });

  test('a cursor belongs to the filters that it was made for', async () => {
    const { nextCursor } = (await search({ subject: orderId, limit: '1' })).body;
    expect((await search({ type: 'OrderCreated', limit: '1', cursor: nextCursor })).body.code).toBe('invalid_cursor');
  });

  test('shows what an event keeps inside to whoever has admin, wherever it stands, and finds by it for nobody else', async () => {
    const byKey = { subject: orderId, filter: JSON.stringify({ data: { request: { idempotencyKey: ['scarce'] } } }) };
    const [{ eventId }] = (await search({ subject: orderId, type: 'OrderCreated' })).body.items;
    const looks = async (scopes: string): Promise<boolean[]> => {
      const answers = await Promise.all([`/api/events/history?${new URLSearchParams({ subject: orderId })}`, `/api/events/${eventId}`, '/api/events/stats', `/api/events/history?${new URLSearchParams(byKey)}`].map((path) => get(path, scopes)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      return [...answers.slice(0, 3).map(({ body }) => JSON.stringify(body).includes('"idempotencyKey":"scarce"')), typesOf(answers[3] as Answer).length === 1];
    };
    expect(await Promise.all(['events:read admin', 'events:read users:read', 'events:read'].map(looks))).toEqual([[true, true, true, true], [false, false, false, false], [false, false, false, false]]);
    expect(JSON.stringify((await get(`/orders/${orderId}/timeline`, 'orders:read admin')).body)).not.toContain('"idempotencyKey"');
  });

  test('needs events:read', async () => {
    for (const path of ['/api/events/history', `/api/events/${uuid7(Date.now())}`]) expect((await get(path, 'orders:read orders:write admin')).body.code).toBe('insufficient_scope');
  });
});

describe('an event', () => {
  test('is shown with what led to it and what came of it', async () => {
    const { items } = (await search({ subject: orderId })).body;
    const [told, cancelled, failed, created, checkout] = items;
    const { status, body } = await get(`/api/events/${failed.eventId}`);
    expect(status).toBe(200);
    expect(body.event).toMatchObject({ ...failed, handlers: expect.arrayContaining(['orders.cancel']) });
    expect(body.causes.map(({ eventId }: { eventId: string }) => eventId)).toEqual([checkout.eventId, created.eventId]);
    expect(body.following.map(({ depth, eventId, handler }: { depth: number; eventId: string; handler: string }) => [depth, eventId, handler])).toEqual([
      [1, cancelled.eventId, 'orders.cancel'], [2, told.eventId, 'notifications.send'],
    ]);
    expect([body.missingCause, body.isCut]).toEqual([null, false]);
    const last = (await get(`/api/events/${told.eventId}`)).body;
    expect([last.causes.length, last.following, last.event.attempt]).toEqual([4, [], 1]);
  });

  test('shows the attempts that failed and what is open', async () => {
    await stock('PLENTY');
    const placed = await cc.call('POST', '/orders', { body: { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'PLENTY', quantity: 1, unitPrice: '10.00' }] }, headers: { 'idempotency-key': 'unpaid' } });
    // Nobody answers at the address of the payment provider.
    const charge = await eventually('a failed charge', async () => {
      const [reserved] = (await search({ subject: placed.body.orderId, type: 'PaymentInitiated' })).body.items;
      const runs = reserved === undefined ? [] : (await get(`/api/events/${reserved.eventId}`)).body.event.runs;
      return runs.some(({ state }: { state: string }) => state === 'failed') && runs;
    });
    expect(charge[0]).toMatchObject({ handler: 'payments.charge', state: 'failed', attempt: 1, rule: null, error: { code: expect.any(String) } });
    expect(charge.at(-1)).toMatchObject({ handler: 'payments.charge', state: 'ready', retryAt: expect.any(String) });
  });

  test.each([uuid7(Date.now()), 'no-id'])('%s is not found', async (id) => {
    expect((await get(`/api/events/${id}`)).body).toMatchObject({ status: 404, code: 'event_not_found' });
  });

  test('names a cause that the log does not have, and is not misled by a circle', async () => {
    const correlationId = uuid7(Date.now());
    const [a, b, elsewhere] = [uuid7(Date.now()), uuid7(Date.now()), uuid7(Date.now())];
    const foreign = (eventId: string, causationId: string) => ({
      eventId, eventType: 'ShippingDispatched', eventVersion: 'v1', timestamp: new Date().toISOString(), source: 'carrier', correlationId, causationId, data: {}, metadata: {},
    });
    const rows = [foreign(a, b), foreign(b, a)];
    for (const { eventId, eventType, causationId } of [...rows, { ...foreign(elsewhere, uuid7(Date.now())) }]) {
      await cc.pool.query(
        `INSERT INTO events (event_id, epoch, origin, type, version, topic, subject, slot, correlation_id, causation_id, source, occurred_at, metadata, data, digest)
         VALUES ($1, 1, 'foreign', $2, 'v9', 'shipping-events', 'circle', 0, $3, $4, 'carrier', now(), '{}', '{}', '')`,
        [eventId, eventType, correlationId, causationId],
      );
    }
    const circle = (await get(`/api/events/${a}`)).body;
    expect([circle.causes.length, circle.following.length, circle.isCut]).toEqual([1, 1, true]);
    const lost = (await get(`/api/events/${elsewhere}`)).body;
    expect([lost.causes, lost.missingCause, lost.isCut]).toEqual([[], lost.event.causationId, false]);
  });
});
