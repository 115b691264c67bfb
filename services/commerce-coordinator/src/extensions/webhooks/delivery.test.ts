import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { EventEntry } from '@commerce/events/catalogue';
import { runTraceparent } from '@commerce/event-log/trace';
import { inTransaction } from '@commerce/event-log/transaction';
import type { Attempt, Lease } from './delivery/lease.ts';
import { endpointOf } from './delivery/registry.pg.ts';
import { unwellTeller } from './delivery/unwell.ts';
import { webhooks } from './extension.ts';
import { HEARD } from './fan-out-entries.ts';
import { FAN_OUT } from './fan-out.ts';
import { startTestReceiver } from './test-receiver.ts';
import type { Answering, TestReceiver } from './test-receiver.ts';
import { startTestWebhooks, TEST_SECRET } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

let it: TestWebhooks;
let receiver: TestReceiver;
const answers = new Map<string, Answering>();

beforeAll(async () => {
  it = await startTestWebhooks({ nowMs: () => Date.now() + 400_000 });
  receiver = await startTestReceiver((got, response, times) => (answers.get(got.path) ?? ((_got, answer) => void answer.end('ok')))(got, response, times));
});
afterEach(async () => {
  await it.pool.query('UPDATE webhook_registrations SET version = version + 1; TRUNCATE webhook_endpoints, webhook_deliveries, webhook_attempts, webhook_counts, webhook_messages');
  receiver.got.length = 0;
  answers.clear();
});
afterAll(async () => {
  await it.stop();
  await receiver.close();
});

test('S19: an event is delivered once to who wants it, with X-Webhook-Event and X-Webhook-ID, and the library of the standard verifies it', async () => {
  const endpointId = await it.register({ url: `${receiver.url}/a`, events: ['order.created'] });
  await it.register({ url: `${receiver.url}/b`, events: ['order.shipped'] });
  const orderId = await it.order();
  expect(await it.settled()).toEqual({ delivered: 1 });
  const [got] = receiver.got;
  expect(receiver.got).toHaveLength(1);
  const headers = got?.headers as Record<string, string>;
  const body = JSON.parse(got?.body.toString() ?? '');
  expect(body).toMatchObject({ event: 'order.created', data: { orderId, orderNumber: 10248, customerId: 'VINET', status: 'created', total: '200.38', currency: 'USD', metadata: { sequence: 1, eventType: 'OrderCreated' } } });
  expect(headers).toMatchObject({ 'x-webhook-event': 'order.created', 'x-webhook-id': endpointId, 'webhook-id': body.id, 'content-type': 'application/json' });
  expect(headers['x-webhook-signature']).toBe(createHmac('sha256', TEST_SECRET).update(got?.body as Buffer).digest('hex'));
  expect(() => new Webhook(TEST_SECRET).verify(got?.body as Buffer, headers)).not.toThrow();
  expect(() => new Webhook(TEST_SECRET).verify(`${got?.body} `, headers)).toThrow();
});

const one = (path: string, answer: Answering): string => {
  answers.set(path, answer);
  return `${receiver.url}${path}`;
};
const delivery = async (endpointId: string) => (await it.pool.query('SELECT * FROM webhook_deliveries WHERE endpoint_id = $1', [endpointId])).rows[0];
const attempts = async (deliveryId: string) => (await it.pool.query('SELECT * FROM webhook_tries WHERE delivery_id = $1 ORDER BY attempt', [deliveryId])).rows;
const counts = async (endpointId: string) => (await it.pool.query('SELECT delivered::integer, failed::integer, dead::integer FROM webhook_counts WHERE endpoint_id = $1', [endpointId])).rows[0];

test('what is exhausted is kept as dead, and its endpoint stays enabled', async () => {
  const endpointId = await it.register({ url: one('/never', (_got, response) => void response.writeHead(500).end()), retryAttempts: 2 });
  await it.order();
  expect(await it.settled()).toEqual({ dead: 1 });
  expect(await delivery(endpointId)).toMatchObject({ state: 'dead', attempt: 2, last_status: 500 });
  expect(await counts(endpointId)).toEqual({ delivered: 0, failed: 2, dead: 1 });
  expect((await it.pool.query('SELECT status FROM webhook_endpoints')).rows).toEqual([{ status: 'enabled' }]);
});

/** S35 and what else an endpoint does: each is a failure with its reason, and takes no more than its time. */
test('F22: endpoints that hang, drip, redirect, reset, answer no HTTP or with 300 MB of gzip', async () => {
  const redirected = `${receiver.url}/elsewhere`;
  const urls = {
    hang: one('/hang', () => undefined),
    drip: one('/drip', (_got, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    }),
    redirect: one('/redirect', (_got, response) => void response.writeHead(302, { location: redirected }).end()),
    reset: one('/reset', (_got, response) => void response.socket?.destroy()),
    gzip: one('/gzip', (_got, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      let sent = 0;
      const more = (): void => {
        while (sent < 300_000_000 && !response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536, 31))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    }),
    refused: 'http://127.0.0.1:1/x',
    private: 'http://10.255.255.1/x',
  };
  const ids = Object.fromEntries(await Promise.all(Object.entries(urls).map(async ([name, url]) => [name, await it.register({ url, retryAttempts: 1, timeoutMs: 400 })])));
  const before = process.memoryUsage.rss();
  const startMs = performance.now();
  await it.order();
  await it.settled();
  expect(performance.now() - startMs).toBeLessThan(4_000);
  const seen = Object.fromEntries(await Promise.all(Object.entries(ids).map(async ([name, id]) => {
    const { state, last_status: status, last_error: error } = await delivery(id as string);
    return [name, [state, status, error]];
  })));
  expect(seen).toEqual({
    hang: ['dead', null, expect.stringContaining('timeout')],
    drip: ['dead', 200, expect.stringContaining('timeout')],
    redirect: ['dead', 302, null],
    reset: ['dead', null, expect.stringContaining('closed the connection')],
    gzip: ['delivered', 200, null],
    refused: ['dead', null, expect.stringMatching(/ECONNREFUSED|address refused/)],
    private: ['dead', null, expect.stringContaining('address refused')],
  });
  expect(receiver.of('/elsewhere')).toEqual([]);
  const [kept] = await attempts((await delivery(ids['gzip'] as string)).delivery_id);
  expect(Buffer.byteLength(kept.answer)).toBeLessThanOrEqual(4_096 * 3);
  expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000);
});

test('F22: 410 disables the endpoint at once, tells it without the query of its address, and holds what comes after', async () => {
  const endpointId = await it.register({ url: one('/gone?key=of-the-receiver', (_got, response) => void response.writeHead(410).end()), events: ['order.created'] });
  await it.order();
  expect((await it.told(endpointId, 'WebhookEndpointDisabled')).data).toMatchObject({ endpointId, url: `${receiver.url}/gone`, reason: 'gone', lastAnswer: { status: 410, error: null }, event: 'order.created' });
  expect((await it.pool.query('SELECT status, disabled_reason FROM webhook_endpoints')).rows).toEqual([{ status: 'disabled', disabled_reason: 'gone' }]);
  await it.order();
  expect(await held()).toEqual({ dead: 1, held: 1 });
  expect(receiver.of('/gone?key=of-the-receiver')).toHaveLength(1);
  // Another process was told so at the same time.
  const { rows: [row] } = await it.pool.query('SELECT * FROM webhook_endpoints');
  const last = { lease: { eventId: it.own.dispatcher.holder, name: 'order.created' } as Lease, attempt: { status: 410, error: null } as Attempt };
  await unwellTeller(it.log)(endpointOf(row), { act: 'gone' }, last);
  expect((await it.types(endpointId)).filter((type) => type === 'WebhookEndpointDisabled')).toHaveLength(1);
});

async function held(): Promise<Record<string, number>> {
  for (const endMs = performance.now() + 30_000; performance.now() < endMs; ) {
    const states = await it.settled();
    if ((states['held'] ?? 0) > 0) return states;
  }
  throw new Error('Nothing was held.');
}

test('F22: 429 with Retry-After is waited out, and nothing else goes there meanwhile', async () => {
  await it.register({ url: one('/busy', (_got, response, times) => void (times === 1 ? response.writeHead(429, { 'retry-after': '1' }).end() : response.end())), retryDelayMs: 10, events: ['order.created'] });
  await it.order();
  for (const endMs = performance.now() + 30_000; receiver.of('/busy').length === 0 && performance.now() < endMs; ) await new Promise((resolve) => setTimeout(resolve, 5));
  await it.order();
  expect(await it.settled()).toEqual({ delivered: 2 });
  const [first, ...rest] = receiver.of('/busy');
  expect(rest).toHaveLength(2);
  for (const { atMs } of rest) expect(atMs - (first?.atMs ?? 0)).toBeGreaterThan(900);
});

test('half of the results failing is told once; a few failures are not', async () => {
  const endpointId = await it.register({ url: one('/half', (_got, response, times) => void response.writeHead(times > 4 ? 500 : 200).end()), retryAttempts: 1, maxInFlight: 1, events: ['order.created'] });
  for (let at = 0; at < 14; at += 1) await it.order();
  await it.told(endpointId, 'WebhookEndpointFailing');
  await it.settled();
  // Gone is gone, also right behind another word.
  answers.set('/half', (_got, response) => void response.writeHead(410).end());
  await it.order();
  await it.told(endpointId, 'WebhookEndpointDisabled');
  expect((await it.types(endpointId)).filter((type) => type === 'WebhookEndpointFailing')).toHaveLength(1);
  expect((await it.pool.query('SELECT status, noticed_at IS NOT NULL AS noticed FROM webhook_endpoints')).rows).toEqual([{ status: 'disabled', noticed: true }]);
});

test('a filter on the body decides, together with the names', async () => {
  const wants = await it.register({ url: `${receiver.url}/eu`, events: ['order.*'], filter: { data: { currency: ['EUR'] } } });
  const all = await it.register({ url: `${receiver.url}/usd`, events: ['ORDER_CREATED'], filter: { data: { currency: ['USD'] } } });
  await it.order();
  expect(await it.settled()).toEqual({ delivered: 1 });
  expect(await delivery(wants)).toBeUndefined();
  expect(await delivery(all)).toMatchObject({ state: 'delivered' });
});

test('the headers of the owner go along, and stand before none of the delivery', async () => {
  await it.register({ url: `${receiver.url}/headers`, headers: { 'X-Tenant': 'a', 'Webhook-Id': 'forged', 'X-WEBHOOK-SIGNATURE': 'forged', Host: 'forged' } });
  await it.order();
  await it.settled();
  const { headers, body } = receiver.of('/headers')[0] as (typeof receiver.got)[number];
  expect(headers).toMatchObject({ 'x-tenant': 'a', 'webhook-id': JSON.parse(body.toString()).id });
  expect(JSON.stringify(headers)).not.toContain('forged');
});

test('one at a time of an order, in the order of its events, where the endpoint wants it so', async () => {
  await it.register({ url: one('/ordered', (_got, response, times) => void (times === 1 ? response.writeHead(500).end() : setTimeout(() => response.end(), 30))), ordered: true, retryDelayMs: 50 });
  const orderId = await it.order();
  await it.send('InventoryReserved', { orderId, lines: [{ sku: 'NW-11', quantity: 1 }] });
  await it.send('FulfillmentRequested', { orderId, fulfillmentId: 'f1', status: 'accepted' });
  expect(await it.settled()).toEqual({ delivered: 3 });
  // When it is due, though what waits behind it looks due before.
  expect((receiver.of('/ordered')[1]?.atMs ?? 0) - (receiver.of('/ordered')[0]?.atMs ?? 0)).toBeLessThan(700);
  expect(receiver.of('/ordered').map(({ body }) => JSON.parse(body.toString()).event)).toEqual(['order.created', 'order.created', 'order.reserved', 'order.fulfilling']);
  expect(receiver.of('/ordered').map(({ body }) => JSON.parse(body.toString()).data).map(({ status, metadata }) => [status, metadata.sequence])).toEqual([['created', 1], ['created', 1], ['reserved', 2], ['fulfilling', 3]]);
});

test('each attempt is a span of its own in the trace of the event, below the run that planned it, and the receiver is told which', async () => {
  let tries = 0;
  const endpointId = await it.register({ url: one('/traced', ({ headers }, response) => void response.writeHead(headers['traceparent'] !== undefined && ++tries === 1 ? 503 : 200).end()), events: ['order.confirmed'] });
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const confirmed = HEARD.find(({ type }) => type === 'OrderConfirmed') as EventEntry<any>;
  const [traced, plain] = [{ traceparent }, {}].map((metadata) => it.log.prepare({ type: 'OrderConfirmed', data: { ...confirmed.example, orderId: 'o-traced' } }, 'test', { correlationId: it.own.dispatcher.holder, causationId: null, metadata }));
  await inTransaction(it.pool, (tx) => it.log.append(tx, [traced, plain] as NonNullable<typeof traced>[]));
  it.log.wake();
  expect(await it.settled()).toEqual({ delivered: 2 });
  const event = (await it.log.history('o-traced')).find(({ metadata }) => metadata.traceparent !== undefined);
  const spans = it.spans.filter(({ attributes }) => attributes['commerce.webhook_id'] === endpointId);
  const about = { name: 'deliver order.confirmed', kind: 'client', parent: runTraceparent(FAN_OUT, event as NonNullable<typeof event>) };
  expect(spans).toMatchObject([
    { ...about, error: '503', attributes: { 'commerce.attempt': 1, 'http.response.status_code': 503, 'commerce.event_id': event?.eventId } },
    { ...about, error: undefined, attributes: { 'commerce.attempt': 2, 'http.response.status_code': 200 } },
  ]);
  const got = (id: string | undefined) => receiver.of('/traced').filter(({ headers }) => headers['webhook-id'] === id).map(({ headers }) => headers['traceparent']);
  expect(got(event?.eventId)).toEqual(spans.map(({ spanId }) => `00-${'a'.repeat(32)}-${spanId}-01`));
  expect(new Set([...spans.map(({ spanId }) => spanId), 'b'.repeat(16)]).size).toBe(3);
  expect(got(plain?.eventId)).toEqual([undefined]);
});

test('the pace of an endpoint is kept', async () => {
  await it.register({ url: `${receiver.url}/paced`, rateLimit: 20, events: ['order.created'] });
  for (let at = 0; at < 12; at += 1) await it.order();
  expect(await it.settled()).toEqual({ delivered: 12 });
  const got = receiver.of('/paced');
  expect((got.at(-1)?.atMs ?? 0) - (got[0]?.atMs ?? 0)).toBeGreaterThan(400);
});

test('an endpoint that was deleted while something waited for it gets nothing more', async () => {
  const endpointId = await it.register({ url: one('/deleted', (_got, response) => void response.writeHead(500).end()), retryAttempts: 3, retryDelayMs: 300 });
  await it.order();
  for (const endMs = performance.now() + 30_000; receiver.of('/deleted').length === 0 && performance.now() < endMs; ) await new Promise((resolve) => setTimeout(resolve, 5));
  await it.pool.query('WITH v AS (UPDATE webhook_registrations SET version = version + 1) DELETE FROM webhook_endpoints WHERE endpoint_id = $1', [endpointId]);
  await it.own.registry.refresh(it.pool);
  await webhooks.jobs[0]?.run(it.own, new AbortController().signal);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(receiver.of('/deleted')).toHaveLength(1);
  await webhooks.jobs[0]?.run(it.own, new AbortController().signal);
  expect(await it.settled()).toEqual({ discarded: 1 });
});

test('a process whose clock is five minutes off signs the time of the database', async () => {
  expect(Math.abs(it.own.nowMs() - Date.now())).toBeGreaterThan(300_000);
  await it.register({ url: `${receiver.url}/clock` });
  await it.order();
  await it.settled();
  expect(Math.abs(Number(receiver.of('/clock')[0]?.headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(30);
});
