/** Replays through the API of the service: what a dry run says is what the run does, and nothing outside is done unless it was allowed. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredEvent } from '@commerce/event-log/event';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';

const REASON = { code: 'handler_mended', message: 'The handler was wrong.' };
let cc: TestCoordinator;
let orderIds: string[] = [];
let keys = 100;
/** What was published again, with what stood beside it. */
const again: { readonly eventId: string; readonly type: string; readonly resource: string | undefined }[] = [];
const published: StoredEvent[] = [];


const call = (method: string, path: string, body?: unknown, scopes = 'replay:read replay:write'): Promise<Answer> => cc.call(method, path, { body, scopes, client: 'operator', headers: { 'idempotency-key': `key-${(keys += 1)}` } });

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let left = 1_000; left > 0; left -= 1, await delay(10)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error('It does not come.');
}

async function ended(answer: Answer): Promise<any> {
  expect([answer.status, answer.body.code, answer.headers.get('location')]).toEqual([202, undefined, `/api/replays/${answer.body.replayId}`]);
  return until(async () => {
    const { body } = await call('GET', `/api/replays/${answer.body.replayId}`);
    return ['done', 'failed'].includes(body.state) ? body : undefined;
  });
}
const replayed = async (wish: object): Promise<any> => ended(await call('POST', '/api/replays', { reason: REASON, ...wish }));
const ranFrom = async (dry: any, given: object = {}): Promise<any> => ended(await call('POST', `/api/replays/${dry.replayId}/run`, { reason: REASON, ...given }));

async function differences(replay: any, query = ''): Promise<any[]> {
  const found: any[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await call('GET', `/api/replays/${replay.replayId}/differences?limit=3${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    found.push(...body.items);
    cursor = body.nextCursor;
  }
  return found;
}

const rows = async (sql: string): Promise<any[]> => (await cc.pool.query(sql)).rows;
const ORDERS = 'SELECT order_id, status, version, stock, money, delivery FROM orders ORDER BY order_id';
const PAYMENTS = 'SELECT order_id, status, version FROM payments ORDER BY order_id';
const STOCK = 'SELECT sku, on_hand, reserved, version FROM inventory_stocks ORDER BY sku';
const RESERVED = 'SELECT order_id, status, version FROM inventory_reservations ORDER BY order_id';
const all = async (): Promise<any> => ({ orders: await rows(ORDERS), payments: await rows(PAYMENTS), stock: await rows(STOCK), reservations: await rows(RESERVED) });

beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api,readers' }, {
    publisher: {
      name: 'publisher', wants: (event) => event.origin === 'own', handle: async (events) => void published.push(...events),
      republish: async (events, _signal, resource) => {
        again.push(...events.map(({ eventId, type }) => ({ eventId, type, resource })));
        return [];
      },
    },
  });
  await call('POST', '/inventory/adjustments', { sku: 'TEA', delta: 100, reason: REASON }, 'inventory:write');
  for (let n = 0; n < 4; n += 1) {
    const { body } = await cc.call('POST', '/orders', { body: { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'TEA', quantity: n + 1, unitPrice: '10.00' }] }, headers: { 'idempotency-key': `key-${n}` } });
    orderIds.push(body.orderId);
  }
  orderIds = orderIds.toSorted();
  await until(async () => ((await rows(PAYMENTS)).length === 4 && (await rows(ORDERS)).every(({ stock }) => stock === 'held') ? true : undefined));
}, 60_000);
afterAll(() => cc?.stop());

/** What the handlers have made of their events is lost, as if they had been wrong. */
const LOST = {
  'orders.reserve': "UPDATE orders SET status = 'created', stock = 'unknown', version = 1",
  'payments.process': 'DELETE FROM payments',
  // And with that all that follows: the order is set going once more, and its payment.
  'inventory.reserve': "DELETE FROM inventory_reservations; UPDATE inventory_stocks SET reserved = 0, version = 1; UPDATE orders SET status = 'created', stock = 'unknown', version = 1; DELETE FROM payments",
};
const ROWS = { 'orders.reserve': ['orders'], 'payments.process': ['payments'], 'inventory.reserve': ['catalog', 'inventory', 'orders', 'payments'] };

/** When it was decided is not the same for both. */
const timeless = (found: readonly any[]): any[] => JSON.parse(JSON.stringify(found, (key, value: unknown) => (key === 'updatedAt' || key === 'statusSince' ? 'then' : value)));

/** What follows is found behind what was done, however the batches fell. */
const inOrder = (found: readonly any[]): any[] => found.toSorted((a, b) => (JSON.stringify([a.kind, a.name, a.subject, a]) < JSON.stringify([b.kind, b.name, b.subject, b]) ? -1 : 1));

test('what may be aimed at is told: handlers with what they hear, extensions, projections; not the fan-out of webhooks', async () => {
  const { status, body } = await call('GET', '/api/replays/targets');
  expect(status).toBe(200);
  expect(body.handlers).toContainEqual({ handler: 'orders.cancel', types: expect.arrayContaining(['InventoryReservationFailed']) });
  expect([body.extensions.includes('orders'), body.projections.includes('orders')]).toEqual([true, true]);
  expect(JSON.stringify(body)).not.toContain('webhooks');
});

describe('A dry run', () => {
  test.each(Object.entries(LOST))('of %s says of each row what the run makes of it, and changes nothing', async (handler, lose) => {
    await cc.pool.query(lose);
    const before = await all();
    const events = (await rows('SELECT count(*)::int AS n FROM events'))[0].n;
    const dry = await replayed({ target: { handler }, selection: { all: true } });
    expect(dry).toMatchObject({ state: 'done', mode: 'dry', effects: 'suppressed', applied: 4, failed: 0, progress: 1 });
    expect(await all()).toEqual(before);
    // The record of who asked.
    expect((await rows('SELECT count(*)::int AS n FROM events'))[0].n).toBe(events + 1);

    const run = await ranFrom(dry);
    expect(run).toMatchObject({ state: 'done', mode: 'run', dryRunId: dry.replayId, applied: dry.applied, ignored: dry.ignored, skipped: dry.skipped, appended: dry.appended, outside: dry.outside, changed: dry.changed, matched: dry.matched });
    const told = await differences(dry);
    expect([...new Set(told.filter(({ kind }) => kind === 'row').map(({ name }) => name))].toSorted()).toEqual(ROWS[handler as keyof typeof ROWS]);
    expect(inOrder(timeless(await differences(run)))).toEqual(inOrder(timeless(told)));
    for (const { kind, name, subject, after } of told) if (kind === 'row' && name !== 'catalog') expect(after).toMatchObject(await rowOf(name, subject));
    // What was mended needs nothing more.
    expect(await replayed({ target: { handler }, selection: { all: true } })).toMatchObject({ applied: 0, changed: 0 });
  });

  async function rowOf(name: string, subject: string): Promise<object> {
    if (name === 'inventory' && subject.startsWith('sku:')) {
      const [row] = (await rows(STOCK)).filter(({ sku }) => `sku:${sku}` === subject);
      return { onHand: row.on_hand, reserved: row.reserved, version: row.version };
    }
    const table = { orders: ORDERS, payments: PAYMENTS, inventory: RESERVED }[name] ?? '';
    const [row] = (await rows(table)).filter(({ order_id }) => order_id === subject);
    return { status: row.status, version: row.version };
  }
});

describe('Without effects', () => {
  let run: any;
  beforeAll(async () => {
    await cc.pool.query(LOST['payments.process']);
    run = await replayed({ target: { extension: 'payments' }, selection: { types: ['INVENTORY_RESERVED'], orderId: orderIds[0] }, mode: 'run' });
  });
  const initiated = async (): Promise<any[]> => rows(`SELECT * FROM events WHERE type = 'PaymentInitiated' AND metadata->'replay'->>'id' = '${run.replayId}'`);

  test('only what was selected is given, and what comes of it is marked', async () => {
    expect(run).toMatchObject({ state: 'done', applied: 1, appended: 1, outside: 1, changed: 1 });
    expect(run.matched).toBe((await rows(`SELECT count(*)::int AS n FROM events WHERE type = 'InventoryReserved' AND subject = '${orderIds[0]}'`))[0].n);
    expect((await initiated()).map(({ subject, metadata }) => [subject, metadata.replay])).toEqual([[orderIds[0], { id: run.replayId, effects: 'suppressed' }]]);
    expect(await differences(run, '&kind=effect')).toMatchObject([{ name: 'payments.charge', subject: orderIds[0], after: { signal: 'PaymentInitiated' } }]);
  });

  test('no effect runs and nothing is published of it, and the ledger says why', async () => {
    const [event] = await initiated();
    const ledger = await until(async () => {
      const found = await rows(`SELECT handler, rule, evidence FROM ledger WHERE event_id = '${event.event_id}'`);
      return found.length > 0 ? found : undefined;
    });
    expect(ledger).toContainEqual({ handler: 'payments.charge', rule: 'replay_suppressed', evidence: { replay: run.replayId } });
    await until(async () => ((await rows(`SELECT 1 FROM readers r, events e WHERE r.name = 'publisher' AND e.event_id = '${event.event_id}' AND (r.txid, r.position) >= (e.txid, e.position)`)).length > 0 ? true : undefined));
    expect(published.map(({ eventId }) => eventId)).not.toContain(event.event_id);
    expect(await rows(`SELECT 1 FROM work WHERE event_id = '${event.event_id}'`)).toEqual([]);
  });

  test('it can be done afterwards, under its own key, when that is allowed', async () => {
    const [event] = await initiated();
    const target = { handler: 'payments.charge' };
    const selection = { filter: JSON.stringify({ eventId: [event.event_id] }) };
    expect(await replayed({ target, selection, mode: 'run' })).toMatchObject({ state: 'done', matched: 1, outside: 1 });
    expect(await rows(`SELECT 1 FROM work WHERE event_id = '${event.event_id}'`)).toEqual([]);
    const allowed = await replayed({ target, selection, mode: 'run', effects: 'allowed' });
    expect(await differences(allowed)).toMatchObject([{ kind: 'effect', name: 'payments.charge', eventId: event.event_id, after: { done: true } }]);
    // It stands behind the first charge of the order, which is tried until the provider is back.
    const [row] = await until(async () => {
      const found = await rows(`SELECT key, replay_id FROM work WHERE event_id = '${event.event_id}' AND NOT handed_in`);
      return found.length > 0 ? found : undefined;
    });
    expect(row).toMatchObject({ key: `payments.charge:${event.event_id}`, replay_id: allowed.replayId });
    expect(await replayed({ target, selection, mode: 'run', effects: 'allowed' })).toMatchObject({ outside: 0, ignored: 1 });
  });
});

describe('With webhooks', () => {
  let endpoint: string;
  const receiver = createServer((_request, response) => void response.end('ok'));
  afterAll(() => void receiver.close());
  beforeAll(async () => {
    await new Promise<void>((listening) => void receiver.listen(0, '127.0.0.1', listening));
    const { status, body } = await call('POST', '/api/webhooks/register', { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, events: ['*'] }, 'webhooks:manage webhooks:write webhooks:read');
    expect(status).toBe(201);
    endpoint = (await rows('SELECT endpoint_id FROM webhook_endpoints'))[0].endpoint_id;
    expect(JSON.stringify(body)).toContain(endpoint);
  });

  test('what a replay without effects causes is delivered to nobody, and told; and so are the orders that it leaves waiting', async () => {
    await cc.pool.query(LOST['inventory.reserve']);
    const dry = await replayed({ target: { handler: 'inventory.reserve' }, selection: { orderId: orderIds[0] } });
    const run = await ranFrom(dry);
    const marked = await rows(`SELECT event_id, type FROM events WHERE metadata->'replay'->>'id' = '${run.replayId}' ORDER BY position`);
    expect(marked.map(({ type }) => type)).toEqual(expect.arrayContaining(['InventoryReserved', 'PaymentInitiated']));
    await until(async () => ((await rows(`SELECT 1 FROM readers r, events e WHERE r.name = 'webhooks' AND e.subject = '${orderIds[0]}' AND e.slot BETWEEN r.slot_from AND r.slot_to
      AND (r.epoch, r.txid, r.position) >= (e.epoch, e.txid, e.position) AND e.event_id = '${marked.at(-1).event_id}'`)).length > 0 ? true : undefined));
    expect(await rows(`SELECT 1 FROM webhook_deliveries d JOIN events e USING (event_id) WHERE e.metadata->'replay'->>'id' = '${run.replayId}'`)).toEqual([]);
    for (const one of [dry, run]) {
      const effects = await differences(one, '&kind=effect');
      expect(effects.filter(({ name }) => name === `endpoint:${endpoint}`).map(({ after }) => after.signal)).toEqual(expect.arrayContaining(['PaymentInitiated']));
      expect(effects).toHaveLength(one.outside);
      expect(await differences(one, '&kind=waiting')).toMatchObject([{ name: 'payments.charge', subject: orderIds[0], after: { signal: 'PaymentInitiated' } }]);
    }
  });

  test('a dry run to an endpoint says which events the run delivers; one that was made is not made again', async () => {
    const target = { endpoint };
    const dry = await replayed({ target, selection: { orderId: orderIds[0] } });
    const count = async (): Promise<number> => (await rows('SELECT 1 FROM webhook_deliveries WHERE replay_id IS NOT NULL')).length;
    expect([dry.state, dry.outside > 0, dry.outside < dry.matched, await count()]).toEqual(['done', true, true, 0]);
    const run = await ranFrom(dry, { effects: 'allowed' });
    expect([run.outside, run.ignored, await count()]).toEqual([dry.outside, dry.ignored, dry.outside]);
    const [told, done] = [await differences(dry), await differences(run)];
    expect(done.map(({ eventId }) => eventId)).toEqual(told.map(({ eventId }) => eventId));
    expect([new Set(told.map(({ after }) => after.done)), new Set(done.map(({ after }) => after.done))]).toEqual([new Set([false]), new Set([true])]);
  });
});

describe('A rebuild', () => {
  const target = { projection: 'orders' };
  const whole = async (): Promise<string> => (await rows("SELECT md5(string_agg(o::text, ',' ORDER BY order_id)) AS hash FROM orders o"))[0].hash;

  test('names the rows that somebody has changed by hand, and mends them when that is accepted', async () => {
    // The rows are of before what the other tests have lost and found again: the log is right.
    await replayed({ target, selection: {}, mode: 'run', accept: true });
    const before = await whole();
    expect(await replayed({ target, selection: {} })).toMatchObject({ state: 'done', changed: 0, failed: 0 });
    await cc.pool.query("UPDATE orders SET total = '1.00' WHERE order_id = $1", [orderIds[0]]);
    const refused = await replayed({ target, selection: {}, mode: 'run' });
    expect([refused.state, refused.error]).toEqual(['failed', expect.stringContaining('1 rows differ')]);
    expect(await differences(refused)).toMatchObject([{ kind: 'row', name: 'orders', subject: orderIds[0], before: { total: '1.00' } }]);
    const mended = await replayed({ target, selection: {}, mode: 'run', accept: true });
    expect(mended).toMatchObject({ state: 'done', kept: expect.any(String) });
    expect(await whole()).toBe(before);
  });
});

describe('To the bus', () => {
  test('nothing goes without being allowed; then each event goes once more, with the replay beside it', async () => {
    const selection = { types: ['OrderCreated', 'AuditRecorded'], from: '2020-01-01T00:00:00Z' };
    const dry = await replayed({ target: { bus: true }, selection });
    expect([dry.outside > 3, again]).toEqual([true, []]);
    expect([(await ranFrom(dry)).outside, again]).toEqual([dry.outside, []]);
    const run = await ranFrom(dry, { effects: 'allowed' });
    expect(again.filter(({ type }) => type === 'OrderCreated')).toHaveLength(4);
    expect([again.length, new Set(again.map(({ resource }) => resource))]).toEqual([run.outside, new Set([`replay:${run.replayId}`])]);
  });
});

describe('A replay', () => {
  test('keeps to its rate, is stopped where it stands, and goes on from there without counting twice', async () => {
    const { body } = await call('POST', '/api/replays', { target: { handler: 'orders.reserve' }, selection: { types: ['InventoryReserved'] }, mode: 'run', rate: 1, reason: REASON });
    const first = await until(async () => {
      const now = (await call('GET', `/api/replays/${body.replayId}`)).body;
      return now.matched > 0 ? now : undefined;
    });
    expect(first).toMatchObject({ state: 'running', matched: 1 });
    const stopped = await call('POST', `/api/replays/${body.replayId}/stop`, { reason: REASON });
    expect([stopped.status, stopped.body.state]).toEqual([202, 'stopped']);
    expect((await call('POST', `/api/replays/${body.replayId}/run`, { reason: REASON })).body.code).toBe('replay_state_wrong');
    // Nobody wants to wait for the rest.
    await cc.pool.query('UPDATE replays SET rate = NULL WHERE replay_id = $1', [body.replayId]);
    expect((await call('POST', `/api/replays/${body.replayId}/resume`, { reason: REASON })).status).toBe(202);
    const done = await until(async () => {
      const now = (await call('GET', `/api/replays/${body.replayId}`)).body;
      return now.state === 'done' ? now : undefined;
    });
    const stored = (await rows("SELECT count(*)::int AS n FROM events WHERE type = 'InventoryReserved'"))[0].n;
    expect([done.matched, done.applied + done.ignored]).toEqual([stored, stored]);
    expect(await call('POST', `/api/replays/${body.replayId}/stop`, { reason: REASON })).toMatchObject({ status: 409, body: { code: 'replay_state_wrong' } });
    const acts = await rows(`SELECT data->>'act' AS act, data->>'why' AS why FROM events WHERE type = 'AuditRecorded' AND data->>'about' = '${body.replayId}' ORDER BY position`);
    expect(acts).toEqual(['start', 'stop', 'resume'].map((act) => ({ act: `replays.${act}`, why: REASON.message })));
  });

  test('of what nobody knows, or nobody said clearly, is refused', async () => {
    const code = async (wish: object): Promise<string> => (await call('POST', '/api/replays', { selection: { all: true }, reason: REASON, ...wish })).body.code;
    expect(await Promise.all([
      code({ target: { handler: 'orders.confrim' } }), code({ target: { extension: 'order' } }), code({ target: { projection: 'payments' } }),
      code({ target: { bus: true }, selection: {} }), code({ target: { bus: true }, selection: { all: true, orderId: 'x' } }), code({ target: { bus: true }, selection: { filter: '{' } }),
      code({ target: { endpoint: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' } }), code({ target: { handler: 'webhooks.fan_out' } }), code({ target: { extension: 'webhooks' } }),
    ])).toEqual(['replay_target_unknown', 'replay_target_unknown', 'replay_target_unknown', 'replay_selection_unclear', 'replay_selection_unclear', 'invalid_event_filter', 'replay_target_unknown', 'replay_target_needs_endpoint', 'replay_target_needs_endpoint']);
    expect((await call('GET', '/api/replays/0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d')).body.code).toBe('event_replay_not_found');
    expect((await call('POST', '/api/replays', { target: { bus: true }, selection: { all: true }, reason: REASON }, 'replay:read')).status).toBe(403);
    const { body } = await call('GET', '/api/replays?limit=2');
    expect([body.items.length, body.nextCursor]).toEqual([2, expect.any(String)]);
  });
});
