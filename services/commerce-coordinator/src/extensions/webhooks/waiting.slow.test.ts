/** What takes its time: waits, long queues, many endpoints. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Webhook } from 'standardwebhooks';
import { startTestReceiver } from './test-receiver.ts';
import type { Answering, TestReceiver } from './test-receiver.ts';
import { startTestWebhooks, TEST_SECRET } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (() => void) | undefined;

let it: TestWebhooks;
let receiver: TestReceiver;
const answers = new Map<string, Answering>();

beforeAll(async () => {
  it = await startTestWebhooks();
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

const one = (path: string, answer: Answering): string => {
  answers.set(path, answer);
  return `${receiver.url}${path}`;
};
const delivery = async (endpointId: string) => (await it.pool.query('SELECT * FROM webhook_deliveries WHERE endpoint_id = $1', [endpointId])).rows[0];
const attempts = async (deliveryId: string) => (await it.pool.query('SELECT * FROM webhook_tries WHERE delivery_id = $1 ORDER BY attempt', [deliveryId])).rows;
const counts = async (endpointId: string) => (await it.pool.query('SELECT delivered::integer, failed::integer, dead::integer FROM webhook_counts WHERE endpoint_id = $1', [endpointId])).rows[0];

test('a failure is tried again with the same id and bytes, signed anew, and every attempt is kept', async () => {
  const endpointId = await it.register({ url: one('/fails', (_got, response, times) => void response.writeHead(times < 3 ? 500 : 204).end(times < 3 ? `no ${times}` : undefined)), retryAttempts: 3, retryDelayMs: 600 });
  await it.order();
  expect(await it.settled()).toEqual({ delivered: 1 });
  const got = receiver.of('/fails');
  expect(got).toHaveLength(3);
  expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(got.map(({ body }) => body.toString())).size).toBe(1);
  // The time of the attempt is signed with it: the third is at least a second later.
  expect(Number(got[2]?.headers['webhook-timestamp'])).toBeGreaterThan(Number(got[0]?.headers['webhook-timestamp']));
  for (const { headers, body } of got) expect(() => new Webhook(TEST_SECRET).verify(body, headers as Record<string, string>)).not.toThrow();
  // 600 ms, then 1,200 ms, each within 20 %.
  const waits = [1, 2].map((at) => (got[at]?.atMs ?? 0) - (got[at - 1]?.atMs ?? 0));
  expect(waits[0]).toBeGreaterThan(470);
  expect(waits[1]).toBeGreaterThan(950);
  const row = await delivery(endpointId);
  expect(row).toMatchObject({ state: 'delivered', attempt: 3, last_status: 204, last_error: null });
  expect((await attempts(row.delivery_id)).map(({ attempt, status, answer }) => [attempt, status, answer])).toEqual([[1, 500, 'no 1'], [2, 500, 'no 2'], [3, 204, null]]);
  expect(await counts(endpointId)).toEqual({ delivered: 1, failed: 2, dead: 0 });
});

test('an endpoint that is ten thousand behind, and slow, delays nobody else', async () => {
  const behind = await it.register({ url: one('/behind', (_got, response) => void setTimeout(() => response.end(), 200)), events: ['cart.updated'], maxInFlight: 4 });
  await it.pool.query("INSERT INTO webhook_messages (event_id, name, subject, body) SELECT gen_random_uuid(), 'cart.updated', 's', '\\x7b7d' FROM generate_series(1, 10000)");
  await it.pool.query("INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at) SELECT gen_random_uuid(), $1, event_id, name, subject, 'ready', clock_timestamp() FROM webhook_messages", [behind]);
  it.own.dispatcher.due([behind]);
  await it.register({ url: `${receiver.url}/beside`, events: ['order.created'] });
  for (let at = 0; at < 20; at += 1) await it.order();
  for (const endMs = performance.now() + 5_000; (receiver.of('/beside').length < 20 || receiver.of('/behind').length === 0) && performance.now() < endMs; ) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(receiver.of('/beside')).toHaveLength(20);
  expect(receiver.of('/behind').length).toBeGreaterThan(0);
  expect(receiver.of('/behind').length).toBeLessThan(500);
  await it.pool.query('WITH v AS (UPDATE webhook_registrations SET version = version + 1) DELETE FROM webhook_endpoints');
  await it.own.registry.refresh(it.pool);
});

test('a dispatcher that goes in order gives back what it has not begun, and another one goes on', async () => {
  await it.register({ url: one('/handed', (_got, response) => void setTimeout(() => response.end(), 30)), events: ['order.created'], maxInFlight: 2 });
  const other = it.another();
  await other.start();
  for (let at = 0; at < 30; at += 1) await it.order();
  await other.stop();
  expect(await it.settled()).toEqual({ delivered: 30 });
  expect(receiver.of('/handed')).toHaveLength(30);
  expect(new Set(receiver.of('/handed').map(({ headers }) => headers['webhook-id'])).size).toBe(30);
});

test('a thousand endpoints, round after round, take no more memory', async () => {
  const ENDPOINTS = 1_000;
  await Promise.all(Array.from({ length: ENDPOINTS }, (_, at) => it.register({ url: `${receiver.url}/m${at % 10}`, events: ['order.created'], maxInFlight: 4, timeoutMs: 60_000 })));
  const usedAfter: number[] = [];
  for (let round = 1; round <= 5; round += 1) {
    for (let at = 0; at < 2; at += 1) await it.order();
    expect(await it.settled(60_000)).toEqual({ delivered: ENDPOINTS * 2 });
    expect(receiver.got).toHaveLength(ENDPOINTS * 2);
    expect(it.own.dispatcher.counts).toMatchObject({ inFlight: 0, leased: 0, lanes: ENDPOINTS });
    receiver.got.length = 0;
    await it.pool.query('TRUNCATE webhook_deliveries, webhook_attempts, webhook_messages');
    await new Promise((resolve) => setImmediate(resolve));
    collect?.();
    usedAfter.push(process.memoryUsage().heapUsed / 1_048_576);
  }
  // After the first rounds all is there that is kept for an endpoint.
  expect((usedAfter[4] ?? 0) - (usedAfter[2] ?? 0)).toBeLessThan(10);
}, 120_000);

test('more slow endpoints than there are leases for leave room for one that is fast', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, at) => it.register({ url: one(`/slow${at}`, (_got, response) => void setTimeout(() => response.end(), 1_000)), events: ['cart.updated'], maxInFlight: 64, retryAttempts: 1 })));
  const slow = (await it.pool.query('SELECT endpoint_id FROM webhook_endpoints')).rows.map((row) => row.endpoint_id);
  await it.pool.query("INSERT INTO webhook_messages (event_id, name, subject, body) SELECT gen_random_uuid(), 'cart.updated', 's', '\\x7b7d' FROM generate_series(1, 500)");
  await it.pool.query("INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at) SELECT gen_random_uuid(), e, event_id, name, subject, 'ready', clock_timestamp() FROM webhook_messages, unnest($1::uuid[]) e", [slow]);
  it.own.dispatcher.due(slow);
  while (it.own.dispatcher.counts.inFlight < 900) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(it.own.dispatcher.counts.leased).toBeLessThan(16_384);
  await it.register({ url: `${receiver.url}/fast`, events: ['order.created'] });
  for (let at = 0; at < 20; at += 1) await it.order();
  for (const endMs = performance.now() + 5_000; receiver.of('/fast').length < 20 && performance.now() < endMs; ) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(receiver.of('/fast')).toHaveLength(20);
  await it.pool.query('WITH v AS (UPDATE webhook_registrations SET version = version + 1) DELETE FROM webhook_endpoints');
  await it.own.registry.refresh(it.pool);
}, 60_000);
