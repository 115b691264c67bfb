/** Every route that changes something: what an operator does by it is recorded with who, what and why, or it says why it need not be. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestCoordinator } from './test-coordinator.ts';
import type { Answer, TestCoordinator } from './test-coordinator.ts';

const SCOPES = 'orders:read orders:write admin dlq:write replay:write inventory:write users:write catalog:write webhooks:read webhooks:write';
const REASON = { code: 'asked_by_phone', message: 'The customer called.' };

let cc: TestCoordinator;
let keys = 0;

beforeAll(async () => {
  cc = await startTestCoordinator({ PERSONAL_DATA_KEY: Buffer.alloc(32, 7).toString('base64') });
});
afterAll(async () => cc?.stop());

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => (
  cc.call(method, path, { body, scopes: SCOPES, client: 'operator', headers: { 'idempotency-key': `key-${(keys += 1)}`, ...headers } })
);

async function order(change = ''): Promise<string> {
  const { body } = await call('POST', '/orders', { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] });
  if (change !== '') await cc.pool.query(`UPDATE orders SET ${change} WHERE order_id = $1`, [body.orderId]);
  return body.orderId;
}

const DELIVERED = `status = 'completed', delivery = 'delivered', outcomes = '[{"lineId": "1", "sku": "NW-1", "quantity": 1, "provider": "instant", "status": "fulfilled"}]'`;

async function waiting(): Promise<string> {
  const orderId = await order();
  await cc.pool.query("INSERT INTO timers (reader, subject, name, slot, due_at, correlation_id, metadata) VALUES ('payments', $1, 'unanswered', 0, now(), gen_random_uuid(), '{}')", [orderId]);
  return orderId;
}

async function shipped(): Promise<string> {
  const orderId = await order(DELIVERED);
  await cc.pool.query(`INSERT INTO shipments (order_id, fulfillment_id, method, parcels) VALUES ($1, 'f-1', 'parcel', '[{"carrier": "Post", "trackingNumber": "T-1", "lineIds": ["1"]}]')`, [orderId]);
  return orderId;
}

interface Act {
  /** What is recorded. */
  readonly act: string;
  readonly why: string;
  /** Does it, and gives the id of what was changed. */
  readonly run: () => Promise<{ about: string; answer: Answer }>;
}

const onOrder = (name: string, prepared: () => Promise<string>): Act => ({
  act: `order.${name}`, why: REASON.message,
  run: async () => {
    const about = await prepared();
    return { about, answer: await call('POST', `/orders/${about}/${name}`, { reason: REASON }) };
  },
});
const on = (act: string, about: string, run: () => Promise<Answer>, why = REASON.message): Act => ({ act, why, run: async () => ({ about, answer: await run() }) });

/** One at a time. */
async function begun(act: string, kind: string): Promise<{ about: string; answer: Answer }> {
  for (;;) {
    const answer = await call('POST', '/dead-letter-runs', { act, selection: { kinds: [kind] }, reason: REASON });
    if (answer.body.code !== 'dead_letter_run_under_way') return { about: answer.body.runId, answer };
    await delay(20);
  }
}

/** Nobody carries it out: this process does not read the log. */
async function asked(): Promise<{ about: string; answer: Answer }> {
  const answer = await call('POST', '/api/replays', { target: { bus: true }, selection: { all: true }, reason: REASON });
  return { about: answer.body.replayId, answer };
}

async function stopped(): Promise<{ about: string; answer: Answer }> {
  const { about } = await asked();
  const stop = (): Promise<Answer> => call('POST', `/api/replays/${about}/stop`, { reason: REASON });
  const answer = await stop();
  // Once more is no further act.
  expect((await stop()).status).toBe(202);
  return { about, answer };
}

async function webhook(): Promise<string> {
  return (await call('POST', '/api/webhooks/register', { url: 'http://127.0.0.1:9999/hooks', events: ['order.created'] })).body.webhookId;
}

const onWebhook = (act: string, path: string, body: object = {}): Act => ({
  act, why: REASON.message,
  run: async () => {
    const about = await webhook();
    return { about, answer: await call('POST', `/api/webhooks/${about}${path}`, { ...body, reason: REASON }) };
  },
});

const ANY = { 'if-match': '*' };

const ACTS: Readonly<Record<string, Act>> = {
  'POST /orders/{orderId}/cancel': onOrder('cancel', order),
  'POST /orders/{orderId}/refund': onOrder('refund', () => order(DELIVERED)),
  'POST /orders/{orderId}/revoke': onOrder('revoke', () => order(DELIVERED)),
  'POST /orders/{orderId}/re-request': onOrder('re-request', () => order("status = 'paid'")),
  'POST /orders/{orderId}/retry': onOrder('retry', waiting),
  'POST /orders/{orderId}/shipment/deliveries': {
    act: 'shipping.deliver', why: REASON.message,
    run: async () => {
      const about = await shipped();
      const tell = () => call('POST', `/orders/${about}/shipment/deliveries`, { carrier: 'Post', trackingNumber: 'T-1', reason: REASON });
      const first = await tell();
      // The first word counts.
      expect([(await tell()).body, (await call('GET', `/orders/${about}/shipment`)).body]).toEqual([first.body, first.body]);
      expect(await call('POST', `/orders/${about}/shipment/deliveries`, { carrier: 'Post', trackingNumber: 'T-2' })).toMatchObject({ status: 404, body: { code: 'parcel_not_found' } });
      return { about, answer: first };
    },
  },
  'POST /inventory/adjustments': on('inventory.adjust', 'NW-1', () => call('POST', '/inventory/adjustments', { sku: 'NW-1', delta: 4, reason: REASON })),
  'POST /inventory/adjustments/bulk': on('inventory.adjust', 'NW-2', () => call('POST', '/inventory/adjustments/bulk', { adjustments: [{ sku: 'NW-2', delta: 4 }], reason: REASON })),
  'POST /dead-letter-runs': { act: 'dead-letters.discard', why: REASON.message, run: () => begun('discard', 'work') },
  'POST /dead-letter-runs/{runId}/stop': {
    act: 'dead-letters.stop', why: REASON.message,
    run: async () => {
      // There is no such queue, so it has not ended when it is stopped.
      const { about } = await begun('redrive', 'queue');
      return { about, answer: await call('POST', `/dead-letter-runs/${about}/stop`, { reason: REASON }) };
    },
  },
  'POST /api/replays': { act: 'replays.start', why: REASON.message, run: () => asked() },
  'POST /api/replays/{replayId}/run': {
    act: 'replays.start', why: REASON.message,
    run: async () => {
      const { about } = await asked();
      await cc.pool.query("UPDATE replays SET state = 'done' WHERE replay_id = $1", [about]);
      const answer = await call('POST', `/api/replays/${about}/run`, { reason: REASON });
      return { about: answer.body.replayId, answer };
    },
  },
  'POST /api/replays/{replayId}/stop': { act: 'replays.stop', why: REASON.message, run: () => stopped() },
  'POST /api/replays/{replayId}/resume': {
    act: 'replays.resume', why: REASON.message,
    run: async () => {
      const { about } = await stopped();
      return { about, answer: await call('POST', `/api/replays/${about}/resume`, { reason: REASON }) };
    },
  },
  'POST /api/replays/{replayId}/drop-kept': {
    act: 'replays.drop_kept', why: REASON.message,
    run: async () => {
      const answer = await call('POST', '/api/replays', { target: { projection: 'orders' }, mode: 'run', reason: REASON });
      const about = answer.body.replayId;
      const drop = (): Promise<Answer> => call('POST', `/api/replays/${about}/drop-kept`, { reason: REASON });
      expect(await drop()).toMatchObject({ status: 409, body: { code: 'replay_state_wrong' } });
      await cc.pool.query("UPDATE replays SET state = 'done', ended_at = '2026-01-01', kept = 'orders_before_test' WHERE replay_id = $1", [about]);
      await cc.pool.query("CREATE SCHEMA orders_before_test; COMMENT ON SCHEMA orders_before_test IS 'The table from before it was rebuilt. Nothing reads it.'");
      expect(await drop()).toMatchObject({ status: 200, body: { kept: null, state: 'done', endedAt: expect.stringMatching(/^202[56]-/) } });
      expect((await cc.pool.query("SELECT FROM pg_namespace WHERE nspname = 'orders_before_test'")).rowCount).toBe(0);
      // Once more is no further act.
      return { about, answer: await drop() };
    },
  },
  'POST /api/webhooks/register': {
    act: 'webhook.register', why: REASON.message,
    run: async () => {
      const answer = await call('POST', '/api/webhooks/register', { url: 'http://127.0.0.1:9999/hooks', events: ['*'], reason: REASON });
      return { about: answer.body.webhookId, answer };
    },
  },
  'PATCH /api/webhooks/{id}': {
    act: 'webhook.change', why: REASON.message,
    run: async () => {
      const about = await webhook();
      return { about, answer: await call('PATCH', `/api/webhooks/${about}`, { description: 'CRM', reason: REASON }) };
    },
  },
  'DELETE /api/webhooks/{id}': {
    act: 'webhook.remove', why: 'No reason was given.',
    run: async () => {
      const about = await webhook();
      return { about, answer: await call('DELETE', `/api/webhooks/${about}`) };
    },
  },
  'POST /api/webhooks/{id}/rotate': onWebhook('webhook.rotate', '/rotate'),
  'POST /api/webhooks/{id}/test': onWebhook('webhook.test', '/test'),
  'POST /api/webhooks/{id}/disable': onWebhook('webhook.disable', '/disable'),
  'POST /api/webhooks/{id}/enable': {
    act: 'webhook.enable', why: REASON.message,
    run: async () => {
      const about = await webhook();
      await call('POST', `/api/webhooks/${about}/disable`);
      return { about, answer: await call('POST', `/api/webhooks/${about}/enable`, { reason: REASON }) };
    },
  },
  'POST /api/webhooks/{id}/recover': onWebhook('webhook.recover', '/recover', { since: '2026-01-01T00:00:00Z' }),
  'POST /api/webhooks/recover': on('webhook.recover_all', 'operator', () => call('POST', '/api/webhooks/recover', { since: '2026-01-01T00:00:00Z', reason: REASON })),
  'POST /api/webhooks/{id}/deliveries/{deliveryId}/retry': {
    act: 'webhook.retry', why: REASON.message,
    run: async () => {
      const about = await webhook();
      const { rows } = await cc.pool.query(
        "INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at) VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'order.created', 'o', 'dead', now()) RETURNING delivery_id", [about],
      );
      return { about, answer: await call('POST', `/api/webhooks/${about}/deliveries/${rows[0].delivery_id}/retry`, { reason: REASON }) };
    },
  },
  'DELETE /customers/{customerId}': {
    act: 'customer.erase', why: 'they asked',
    run: async () => {
      await call('POST', '/users', { userId: 'GONE', reason: REASON });
      return { about: 'GONE', answer: await call('DELETE', '/customers/GONE?reason=they%20asked') };
    },
  },
  'POST /api/dashboard/sessions/end': on('dashboard.end_sessions', 'somebody', () => call('POST', '/api/dashboard/sessions/end', { subject: 'somebody', reason: REASON })),
  'POST /users': on('user.register', 'VINET', () => call('POST', '/users', { userId: 'VINET', reason: REASON })),
  'PATCH /users/{userId}': on('user.update', 'VINET', () => call('PATCH', '/users/VINET', { name: 'Vins', reason: REASON }, ANY)),
  'POST /users/{userId}/deactivate': on('user.deactivate', 'VINET', () => call('POST', '/users/VINET/deactivate', { reason: REASON })),
  'POST /products': on('product.create', 'P-1', () => call('POST', '/products', { sku: 'P-1', name: 'Tea', unitPrice: '1', currency: 'USD', reason: REASON })),
  'PATCH /products/{sku}': on('product.update', 'P-1', () => call('PATCH', '/products/P-1', { name: 'Green tea', reason: REASON }, ANY)),
  'POST /products/{sku}/discontinue': on('product.discontinue', 'P-1', () => call('POST', '/products/P-1/discontinue', { reason: REASON })),
};

const A_CUSTOMER = 'A customer acts for themselves: it stands in the events of the order or the cart, with who it was.';
const AN_ARCHIVE = 'It needs an archive, which archive-replays.long.test.ts has: recorded before it is done, and again when it could not be done.';
const EXEMPT: Readonly<Record<string, string>> = {
  'POST /api/audit/verification': 'It reads: its body holds heads that were kept elsewhere.',
  'POST /api/events/test': 'Nothing changes: it tells those who watch something that has not happened, and says so.',
  'POST /api/events': 'The event says itself who tells it: its source is the client.',
  'POST /orders': A_CUSTOMER,
  'POST /carts': A_CUSTOMER,
  'POST /carts/{cartId}/items': A_CUSTOMER,
  'PATCH /carts/{cartId}/items/{sku}': A_CUSTOMER,
  'DELETE /carts/{cartId}/items/{sku}': A_CUSTOMER,
  'POST /carts/{cartId}/checkout': A_CUSTOMER,
  'POST /archive-replays': AN_ARCHIVE,
  'POST /archive-replays/{name}/stop': AN_ARCHIVE,
  ...Object.fromEntries(['order-status', 'worker-status', 'test'].map((path) => [`POST /api/webhooks/${path}`, 'No person acts: a system outside tells, and each message is kept as an event.'])),
  ...Object.fromEntries(['orders', 'disputes'].flatMap((what) => [`POST /webhooks/payments/${what}`, `POST /webhooks/payments/${what}/{provider}`, `POST /internal/updates/${what}`])
    .map((route) => [route, 'No person acts: a provider tells what it did, and each message is kept with its verdict.'])),
};

const records = async (about: string): Promise<any[]> => (await cc.log.history(about)).filter(({ type }) => type === 'AuditRecorded');

describe('what changes something on behalf of an operator is recorded', () => {
  test('and every other route that changes something says why it is not', async () => {
    const { paths } = (await cc.call('GET', '/openapi.json')).body as { paths: Record<string, Record<string, unknown>> };
    const changing = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).filter((method) => ['post', 'put', 'patch', 'delete'].includes(method)).map((method) => `${method.toUpperCase()} ${path}`));
    expect([...Object.keys(ACTS), ...Object.keys(EXEMPT)].toSorted()).toEqual(changing.toSorted());
  });

  test.each(Object.keys(ACTS))('%s: once, with who, what and why', async (route) => {
    const { act, why, run } = ACTS[route] as Act;
    const { about, answer } = await run();
    expect([answer.status < 300, answer.body]).toEqual([true, expect.anything()]);
    const recorded = (await records(about)).filter(({ data }) => data.act === act);
    expect(recorded).toMatchObject([{ topic: 'audit-events', data: { act, about, by: { subject: 'user of operator', clientId: 'operator' }, why }, metadata: { userId: 'user of operator' } }]);
  });

  test('of what changes nothing there is no record', async () => {
    const before = (await records('VINET')).length;
    expect((await call('POST', '/users/VINET/deactivate')).status).toBe(200);
    expect(await records('VINET')).toHaveLength(before);
  });
});
