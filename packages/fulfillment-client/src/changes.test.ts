import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFulfillmentClient, FulfillmentRefused, NotNow } from './client.ts';
import type { FulfillmentClient, FulfillmentClientOptions } from './client.ts';
import { accept, fixedTokens, fulfillmentOf, json, orderOf, problem, startServer } from './test-servers.ts';
import type { Play, TestServer } from './test-servers.ts';

const FOUND = fulfillmentOf(orderOf('order-1', 2));
const ID = FOUND.fulfillmentId;
const REASON = { code: 'customer_changed_mind', message: 'Ordered twice.' };
const FLOW = { correlationId: randomUUID(), causationId: randomUUID(), traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };

let server: TestServer;
let clients: FulfillmentClient[] = [];

function client(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  const made = createFulfillmentClient({ baseUrl: server.url, credentials: fixedTokens(), timeoutMs: 2_000, random: () => 0.01, ...options });
  clients.push(made);
  return made;
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => { throw new Error('It was accepted.'); }, (error: unknown) => error);

beforeEach(async () => {
  server = await startServer(accept);
});

afterEach(async () => {
  await Promise.all(clients.map((one) => one.close()));
  clients = [];
  await server.close();
});

type Change = (one: FulfillmentClient) => Promise<{ status: string }>;
const CHANGES: [string, string, object, Change][] = [
  ['cancel', `/v1/fulfillments/${ID}/cancel`, { reason: REASON }, (one) => one.cancel(ID, REASON, FLOW)],
  ['revoke', `/v1/fulfillments/${ID}/revoke`, { reason: REASON }, (one) => one.revoke(ID, { reason: REASON }, FLOW)],
  ['revoke of lines', `/v1/fulfillments/${ID}/revoke`, { lines: ['2'], reason: REASON }, (one) => one.revoke(ID, { lines: ['2'], reason: REASON }, FLOW)],
  ['hold', `/v1/fulfillments/${ID}/hold`, { reason: REASON }, (one) => one.hold(ID, REASON, FLOW)],
  ['release', `/v1/fulfillments/${ID}/release`, {}, (one) => one.release(ID, FLOW)],
];
const REPEATED = CHANGES.filter(([name]) => name !== 'release');

describe.each(CHANGES)('A %s', (_name, path, body, change) => {
  it('is sent as the API wants it, and gives the fulfillment as it is now', async () => {
    const now = { ...FOUND, status: 'cancelling', version: 4, acknowledgedVersion: 3, startAt: '2027-01-01T00:00:00Z' };
    server.play = (response) => json(response, 202, now);
    expect(await change(client())).toEqual(now);
    expect(server.seen).toMatchObject([{ method: 'POST', path }]);
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual(body);
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1', 'content-type': 'application/json', 'x-correlation-id': FLOW.correlationId, 'x-causation-id': FLOW.causationId, traceparent: FLOW.traceparent,
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it.each([
    [404, 'fulfillment_not_found'], [409, 'already_settled'], [409, 'already_begun'], [409, 'not_settled'], [409, 'not_fulfilled'], [409, 'not_on_hold'], [422, 'unknown_line'], [400, 'validation_failed'],
  ])('is refused with %i %s, once', async (status, code) => {
    server.play = (response) => problem(response, status, code);
    expect(await failure(change(client()))).toMatchObject({ name: 'FulfillmentRefused', status, code });
    expect(server.seen).toHaveLength(1);
  });

  it.each([[403, 'insufficient_scope'], [404, 'not_found'], [409, 'conflict'], [422, 'no_provider'], [401, 'signature_invalid']])('is not now with %i %s, once more at most', async (status, code) => {
    server.play = (response) => problem(response, status, code);
    expect(await failure(change(client()))).toMatchObject({ name: 'NotNow', status, sent: true });
    expect(server.seen).toHaveLength(1);
  });

  it('waits as long as a service says that limits its rate', async () => {
    server.play = (response) => problem(response, 429, 'rate_limited', { 'retry-after': '7', 'ratelimit': '"default";r=0;t=7' });
    const one = client({ breaker: { failures: 1 } });
    expect(await failure(change(one))).toMatchObject({ name: 'NotNow', status: 429, afterMs: 7_000 });
    expect(one.state()).toBe('closed');
    expect(server.seen).toHaveLength(1);
  });

  it('does not take one fulfillment for another', async () => {
    server.play = (response) => json(response, 200, { ...FOUND, fulfillmentId: randomUUID() });
    expect(await failure(change(client()))).toMatchObject({ name: 'NotNow', message: expect.stringContaining('another fulfillment') });
  });
});

describe('A change that is the same when it comes twice', () => {
  it.each(REPEATED)('is repeated while the service is at fault: %s', async (_name, _path, _body, change) => {
    server.play = (response) => (server.seen.length < 3 ? response.req.socket.destroy() : json(response, 200, FOUND));
    expect(await change(client())).toEqual(FOUND);
    expect(server.seen).toHaveLength(3);
  });

  it('was sent when any attempt was, although the last one was not', async () => {
    server.play = (response) => problem(response, 500, 'internal');
    const one = client({ breaker: { failures: 1 } });
    expect(await failure(one.cancel(ID, REASON))).toMatchObject({ name: 'NotNow', sent: true, message: expect.stringContaining('circuit') });
    expect(server.seen).toHaveLength(1);
  });

  it('does not hold for a release', async () => {
    server.play = (response) => problem(response, 500, 'internal');
    expect(await failure(client().release(ID))).toMatchObject({ name: 'NotNow', status: 500 });
    expect(server.seen).toHaveLength(1);
  });
});

describe('The revoke of an order', () => {
  it('needs no fulfillment that is known, and says what became of all of them', async () => {
    const answer = { orderId: 'order/1', lines: null, fulfillments: [fulfillmentOf(orderOf('order/1'))] };
    server.play = (response) => json(response, 200, answer);
    expect(await client().revokeOrder('order/1', { reason: REASON }, FLOW)).toEqual(answer);
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/v1/orders/order%2F1/revoke', headers: { 'x-causation-id': FLOW.causationId } });
    server.play = (response) => json(response, 202, { orderId: 'order/1', lines: ['2'], fulfillments: [] });
    await client().revokeOrder('order/1', { lines: ['2'], reason: REASON });
    expect(server.seen.map((seen) => JSON.parse(seen.body) as unknown)).toEqual([{ reason: REASON }, { lines: ['2'], reason: REASON }]);
  });

  it.each([['order', { orderId: 'order-2', lines: null, fulfillments: [] }], ['fulfillment', { orderId: 'order-1', lines: null, fulfillments: [fulfillmentOf(orderOf('order-2'))] }]])('does not take the answer for another %s', async (_what, answer) => {
    server.play = (response) => json(response, 200, answer);
    expect(await failure(client().revokeOrder('order-1', { reason: REASON }))).toMatchObject({ name: 'NotNow', message: expect.stringContaining('another order') });
  });
});

describe('Comparing with the service in bulk', () => {
  it('looks orders up, in their order, and knows which are unknown', async () => {
    const items = [{ orderId: 'order-1', fulfillments: [FOUND] }, { orderId: 'order-2', fulfillments: [] }];
    server.play = (response) => (server.seen.length < 2 ? problem(response, 503, 'unavailable') : json(response, 200, { items }));
    expect(await client().lookup(['order-1', 'order-2'])).toEqual({ items });
    expect(server.seen[1]).toMatchObject({ method: 'POST', path: '/v1/fulfillments/lookup', body: '{"orderIds":["order-1","order-2"]}' });
  });

  it.each<[string, object[]]>([
    ['one is missing', [{ orderId: 'order-1', fulfillments: [] }]],
    ['they are mixed up', [{ orderId: 'order-2', fulfillments: [] }, { orderId: 'order-1', fulfillments: [] }]],
    ['one has the fulfillments of another', [{ orderId: 'order-1', fulfillments: [] }, { orderId: 'order-2', fulfillments: [FOUND] }]],
  ])('does not believe a lookup in which %s', async (_what, items) => {
    server.play = (response) => json(response, 200, { items });
    expect(await failure(client().lookup(['order-1', 'order-2']))).toMatchObject({ name: 'NotNow', status: 200, sent: true });
  });

  it('acknowledges outcomes, each with its own result', async () => {
    const results = [{ fulfillmentId: ID, result: 'acknowledged' }, { fulfillmentId: randomUUID(), result: 'unknown' }];
    const items = results.map(({ fulfillmentId }, index) => ({ fulfillmentId, version: index + 3 }));
    server.play = (response) => json(response, 200, { results });
    expect(await client().acknowledge(items)).toEqual({ results });
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/v1/acknowledgements', body: JSON.stringify({ items }) });
    server.play = (response) => json(response, 200, { results: results.toReversed() });
    expect(await failure(client().acknowledge(items))).toBeInstanceOf(NotNow);
  });

  it('lists what is settled and was not acknowledged', async () => {
    server.play = (response) => json(response, 200, { items: [], nextCursor: null });
    await client().list({ acknowledged: false, settledBefore: '2026-11-21T10:00:00Z', limit: 500 });
    expect(server.seen[0]?.path).toBe('/v1/fulfillments?acknowledged=false&settledBefore=2026-11-21T10%3A00%3A00Z&limit=500');
  });
});

describe('The capabilities', () => {
  it('are those that the service names, and nothing more', async () => {
    server.play = (response) => json(response, 200, { batch: { maxItems: 100 }, lifecycle: ['cancel', 'teleport'], authentication: ['oauth', 'signature'], more: 1 });
    expect(await client().capabilities()).toEqual({ batch: { maxItems: 100 }, lifecycle: ['cancel', 'teleport'], authentication: ['oauth', 'signature'] });
    server.play = (response) => json(response, 200, {});
    expect(await client().capabilities()).toEqual({ batch: null, lifecycle: [], authentication: [] });
  });
});

describe('A refused order', () => {
  const KEYS = { idempotencyKey: 'key-1', correlationId: FLOW.correlationId };

  it.each([[409, 'line_already_requested'], [422, 'order_revoked'], [422, 'start_after_deadline']])('is refused for good with %i %s, and says of which lines', async (status, code) => {
    const errors = [{ path: '/lines/0', message: `In ${ID} already.` }];
    const refuse: Play = (response) => json(response, status, { status, code, title: code, errors: [...errors, 'nonsense', { path: 1 }, null] });
    server.play = refuse;
    const refused = await failure(client().request({ ...orderOf('order-1'), startAt: '2027-01-01T00:00:00Z' } as never, KEYS));
    expect(refused).toBeInstanceOf(FulfillmentRefused);
    expect(refused).toMatchObject({ code, status, errors });
  });
});
