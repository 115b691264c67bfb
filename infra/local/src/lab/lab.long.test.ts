// The lab on the real stack: parts are broken by way of Commerce Coordinator, orders are placed meanwhile, and what came of them is
// judged from the services and the books.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createApi } from '../demo/api.http.ts';
import type { Api } from '../demo/api.http.ts';
import { countDeadLetters, readQueue } from '../demo/drops.ts';
import type { WebhooksNow } from '../dev/acts.ts';
import { deliveriesOf, introduceReceiver, readWebhooks } from '../dev/receiver.http.ts';
import { loadSecrets } from '../secrets.file.ts';
import { FREE_PORTS, startStack } from '../stack.ts';
import type { Stack } from '../stack.ts';
import type { FaultsView } from './breaks.ts';
import type { Outcome } from './outcome.ts';

const directory = mkdtempSync(join(tmpdir(), 'lab-test-'));
const asked = new AbortController();
let stack: Stack;
let shop: Api;
let token: string;

beforeAll(async () => {
  stack = await startStack({ dataDirectory: directory, ports: FREE_PORTS, bySku: { A: 'instant', B: 'warehouse', C: 'lms' }, environment: { ...process.env, NODE_ENV: 'development' }, withLab: true });
  const { issuer, cc, clients } = stack.description;
  shop = createApi({ issuer, clientId: 'storefront', secret: clients['storefront']?.secret ?? '', service: cc, signal: asked.signal });
  token = await tokenOf('operator');
}, 120_000);
afterAll(async () => {
  asked.abort();
  await stack.stop();
  rmSync(directory, { recursive: true });
}, 60_000);

async function tokenOf(clientId: string): Promise<string> {
  const { issuer, cc, clients } = stack.description;
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clients[clientId]?.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: cc }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function lab(method: string, path: string, body?: object, as = token): Promise<{ status: number; body: any }> {
  const answer = await fetch(`${stack.description.cc}/development/lab${path}`, {
    method, headers: { authorization: `Bearer ${as}`, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const activeOf = ({ dependencies }: FaultsView, name: string) => dependencies.find(({ dependency }) => dependency === name)?.active;

async function place(key: string): Promise<string> {
  const lines = ['A', 'B', 'C'].map((sku, index) => ({ sku, quantity: index + 1, unitPrice: '10.00' }));
  return (await shop.call(z.object({ orderId: z.string() }), 'POST', '/orders', { body: { customerId: 'VINET', currency: 'USD', lines }, idempotencyKey: key })).orderId;
}

async function outcomeWhen(isSo: (outcome: Outcome) => boolean, withinMs: number): Promise<Outcome> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const { status, body } = await lab('GET', '/outcome');
    if (status === 200 && isSo(body)) return body;
    if (performance.now() > deadline) throw new Error(`it did not come to that: ${status} ${JSON.stringify(body)}`);
    await wait(200);
  }
}

test('whoever may not break things is refused, and so is a wish that cannot be', async () => {
  const storefront = await tokenOf('storefront');
  expect((await lab('PUT', '/faults/lms', { kind: 'down', seconds: 1 }, storefront)).status).toBe(403);
  expect((await fetch(`${stack.description.lab?.url}/faults`)).status).toBe(401);
  expect(await lab('PUT', '/faults/issuer', { kind: 'slow', seconds: 1 })).toMatchObject({ status: 422, body: { code: 'lab_fault_refused', detail: expect.stringContaining('only as down') } });
  expect((await lab('PUT', '/faults/moon', { kind: 'down', seconds: 1 })).status).toBe(400);
  expect((await lab('PUT', '/faults/lms', { kind: 'down', seconds: 1, loud: true })).status).toBe(400);
  expect((await lab('GET', '/outcome')).body).toMatchObject({ state: 'never' });
});

test('Order Fulfillment down: orders wait, recover by themselves, and none is lost or doubled', async () => {
  const begun = await lab('PUT', '/faults/order-fulfillment', { kind: 'down', seconds: 6, seed: 7 });
  expect(begun.status).toBe(200);
  expect(activeOf(begun.body, 'order-fulfillment')).toMatchObject({ kind: 'down', seed: 7 });
  const orderIds = await Promise.all([1, 2, 3].map((n) => place(`down-${n}`)));
  const broken = await outcomeWhen(({ orders }) => orders.waited === 3, 10_000);
  expect(broken).toMatchObject({ state: 'broken', unread: ['Order Fulfillment'], orders: { waiting: 3, recovered: 0, lost: 0 } });
  expect(broken.waiting.map(({ orderId }) => orderId).toSorted()).toEqual(orderIds.toSorted());
  const { body } = await lab('GET', '/faults');
  expect(activeOf(body, 'order-fulfillment')).not.toBeNull();
  expect(await outcomeWhen(({ state }) => state === 'settled', 40_000)).toMatchObject({ orders: { touched: 3, waited: 3, recovered: 3, waiting: 0, lost: 0, doubled: 0 }, text: '3 of 3 recovered, 0 lost, 0 doubled', unread: [] });
}, 60_000);

test('the bus brings everything twice, the LMS fails in part and loses answers: nothing is done twice', async () => {
  await lab('PUT', '/faults/bus', { kind: 'duplicate', seconds: 60, share: 1, seed: 1 });
  const begun = await lab('PUT', '/faults/lms', { kind: 'partial', seconds: 60, share: 0.6, seed: 3 });
  expect([activeOf(begun.body, 'bus')?.kind, activeOf(begun.body, 'lms')?.share]).toEqual(['duplicate', 0.6]);
  await Promise.all([1, 2, 3, 4].map((n) => place(`twice-${n}`)));
  await outcomeWhen(({ orders }) => orders.touched === 4 && orders.waiting === 0, 40_000);
  const metrics = (await (await fetch(`${stack.description.aws}/_local/metrics`)).json()) as { duplicated?: number };
  expect(metrics.duplicated).toBeGreaterThanOrEqual(4);
  const { body } = await lab('DELETE', '/faults');
  expect((body as FaultsView).dependencies.every(({ active }) => active === null)).toBe(true);
  expect((await lab('GET', '/outcome')).body).toMatchObject({ state: 'settled', orders: { touched: 4, lost: 0, doubled: 0 } });
}, 60_000);

test('slow, cut off, and without a database: everything goes on afterwards', async () => {
  const { of } = stack.description;
  await lab('PUT', '/faults/order-fulfillment', { kind: 'slow', seconds: 30, latencyMs: 700 });
  const began = performance.now();
  await fetch(`${of}/health/live`);
  expect(performance.now() - began).toBeGreaterThan(690);
  await lab('PUT', '/faults/order-fulfillment', { kind: 'partial', seconds: 30, share: 1, seed: 2 });
  await expect(fetch(`${of}/health/live`)).rejects.toThrow('fetch failed');
  const orderId = await place('through');
  await lab('PUT', '/faults/database', { kind: 'down', seconds: 1 });
  await wait(1_500);
  await stack.lab?.mendAll();
  const outcome = await outcomeWhen(({ state }) => state === 'settled', 40_000);
  expect(outcome).toMatchObject({ orders: { touched: 1, lost: 0, doubled: 0 } });
  expect(outcome.breaks.map(({ dependency, kind }) => `${dependency} ${kind}`)).toEqual(['order-fulfillment slow', 'order-fulfillment partial', 'database down']);
  expect(await shop.call(z.object({ status: z.string() }), 'GET', `/orders/${orderId}`)).toEqual({ status: 'completed' });
}, 60_000);

test('a payment provider that is held stays away, comes back on wish, and its books are named as unread meanwhile', async () => {
  await lab('PUT', '/faults/payments', { kind: 'down', seconds: 60 });
  await expect(fetch(`${stack.description.payments}/health/ready`)).rejects.toThrow('fetch failed');
  await place('unpaid');
  expect(await outcomeWhen(({ orders }) => orders.waiting === 1, 5_000)).toMatchObject({ unread: ['the books of the payment provider'] });
  await lab('DELETE', '/faults/payments');
  expect(await outcomeWhen(({ state }) => state === 'settled', 40_000)).toMatchObject({ orders: { touched: 1, lost: 0, doubled: 0 } });
}, 60_000);

test('in development a webhook with a wrong signature is told which part of it is wrong', async () => {
  const headers = { 'content-type': 'application/json', 'webhook-id': 'm', 'webhook-timestamp': '1000', 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` };
  const answer = await fetch(`${stack.description.cc}/webhooks/payments/orders`, { method: 'POST', headers, body: '{}' });
  expect([answer.status, await answer.json()]).toEqual([401, expect.objectContaining({ code: 'webhook_signature_invalid', detail: expect.stringMatching(/^Timestamp: it is \d+ s old/) })]);
});

test('the receiver gets what is told of orders once it is known, signed; told again, it is known already', async () => {
  const { receiver = '', issuer, cc, clients } = stack.description;
  const operator = createApi({ issuer, clientId: 'operator', secret: clients['operator']?.secret ?? '', service: cc, signal: asked.signal });
  const { receiverSecret } = loadSecrets(directory);
  await introduceReceiver(operator, receiver, receiverSecret);
  await introduceReceiver(operator, receiver, receiverSecret);
  expect((await operator.call(z.object({ items: z.array(z.unknown()) }), 'GET', '/api/webhooks')).items).toHaveLength(1);
  const orderId = await place('told');
  const came = await deliveriesOf(receiver, orderId, 'order.completed', 30_000, asked.signal);
  expect(came[0]).toMatchObject({ event: 'order.completed', signature: 'valid', answer: 204 });
}, 60_000);

test('webhooks that are given up while the receiver is away are counted, and no longer when they were sent after all', async () => {
  const { issuer, cc, clients } = stack.description;
  const operator = createApi({ issuer, clientId: 'operator', secret: clients['operator']?.secret ?? '', service: cc, signal: asked.signal });
  const since = new Date(Date.now() - 1_000).toISOString();
  expect(await webhooksWhen(operator, ({ queued }) => queued === 0)).toMatchObject({ givenUp: 0 });
  await lab('PUT', '/faults/receiver', { kind: 'down', seconds: 120 });
  await place('untold');
  expect((await webhooksWhen(operator, ({ queued, givenUp }) => givenUp > 0 && queued === 0)).givenUp).toBeGreaterThan(3);
  await lab('DELETE', '/faults/receiver');
  await operator.call(z.unknown(), 'POST', '/api/webhooks/recover', { body: { since } });
  await webhooksWhen(operator, ({ queued, givenUp }) => givenUp + queued === 0);
}, 120_000);

async function webhooksWhen(operator: Api, isSo: (now: WebhooksNow) => boolean): Promise<WebhooksNow> {
  for (const deadline = performance.now() + 50_000; ; await wait(200)) {
    const now = await readWebhooks(operator);
    if (isSo(now)) return now;
    if (performance.now() > deadline) throw new Error(`it did not come to that: ${JSON.stringify(now)}`);
  }
}

test('messages that nobody knows become dead letters, and orders go on beside them', async () => {
  expect(await countDeadLetters(stack.description)).toBe(0);
  expect((await lab('PUT', '/faults/queue', { kind: 'unknown', seconds: 1 })).status).toBe(200);
  await place('beside');
  expect(await outcomeWhen(({ state }) => state === 'settled', 40_000)).toMatchObject({ orders: { lost: 0, doubled: 0 } });
  for (const deadline = performance.now() + 90_000; (await countDeadLetters(stack.description)) < 5 && performance.now() < deadline; ) await wait(500);
}, 150_000);

test('drained, both services are gone and what is left in the queue, and in its dead-letter queue, can be counted', async () => {
  await stack.drain();
  expect(await countDeadLetters(stack.description)).toBe(5);
  expect(await readQueue(stack.description)).toEqual({ waiting: 0, inHand: 0 });
  await expect(fetch(`${stack.description.cc}/health/live`)).rejects.toThrow('fetch failed');
}, 60_000);
