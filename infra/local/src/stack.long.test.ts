// The whole stack: started, described, used for one order through every provider, killed in parts, ended.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readLedgers, readOutcomes, readStory } from './demo/accounts.ts';
import { createApi } from './demo/api.http.ts';
import type { Api } from './demo/api.http.ts';
import { audit } from './demo/audit.ts';
import { readAllOrders } from './demo/orders-run.ts';
import { choosePorts } from './ports.ts';
import { stackDescriptionSchema } from './stack-description.ts';
import { FREE_PORTS, startStack } from './stack.ts';
import type { Stack, StackOptions } from './stack.ts';

const directory = mkdtempSync(join(tmpdir(), 'stack-test-'));
const options: StackOptions = { dataDirectory: directory, ports: FREE_PORTS, bySku: { A: 'instant', B: 'warehouse', C: 'lms' }, environment: process.env };
const asked = new AbortController();
let stack: Stack;
let cc: Api;
let of: Api;

beforeAll(async () => {
  stack = await startStack(options);
  const apiOf = (clientId: string, service: string): Api =>
    createApi({ issuer: stack.description.issuer, clientId, secret: stack.description.clients[clientId]?.secret ?? '', service, signal: asked.signal });
  cc = apiOf('storefront', stack.description.cc);
  of = apiOf('commerce-coordinator', stack.description.of);
}, 60_000);
afterAll(async () => {
  asked.abort();
  await stack.stop();
  rmSync(directory, { recursive: true });
}, 60_000);

const placedSchema = z.object({ orderId: z.string() });

async function place(key: string): Promise<string> {
  const lines = ['A', 'B', 'C'].map((sku, index) => ({ sku, quantity: index + 2, unitPrice: '10.00' }));
  return (await cc.call(placedSchema, 'POST', '/orders', { body: { customerId: 'VINET', currency: 'USD', lines }, idempotencyKey: key })).orderId;
}

async function completed(orderId: string): Promise<void> {
  const deadline = performance.now() + 45_000;
  for (;;) {
    const { status } = await cc.call(z.object({ status: z.string() }), 'GET', `/orders/${orderId}`);
    if (status === 'completed') return;
    if (performance.now() > deadline) throw new Error(`the order is still ${status}`);
    await wait(50);
  }
}

test('the description is a private file that says where everything is', () => {
  const path = join(directory, 'stack.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(stackDescriptionSchema.parse(JSON.parse(readFileSync(path, 'utf8')))).toEqual(stack.description);
  expect(Object.keys(stack.description.clients)).toEqual(['storefront', 'commerce-coordinator', 'ingest', 'operator', 'partner', 'dashboard']);
  expect(stack.description.ingest).toEqual({ url: stack.description.cc, secrets: { standard: expect.stringMatching(/^whsec_/), stripe: expect.stringMatching(/^whsec_/) } });
});

test('a second start on the same directory is told who holds it and where it answers, and changes nothing', async () => {
  const refusal = await startStack(options).catch((error: unknown) => String(error));
  expect(refusal).toContain(`already open by pid ${process.pid}`);
  expect(refusal).toContain(stack.description.cc);
  expect(stack.supervisor.statuses().every(({ isReady }) => isReady)).toBe(true);
});

test('an order goes through all three providers and back, and its story is told with causes', async () => {
  const orderId = await place('first');
  await completed(orderId);
  const story = await readStory(cc, stack.description, orderId);
  expect(story.map(({ eventType }) => eventType)).toEqual(expect.arrayContaining(['OrderCreated', 'FulfillmentRequested', 'FulfillmentCompleted', 'OrderCompleted']));
}, 60_000);

test('Commerce Coordinator and Order Fulfillment are killed with orders under way: each order is delivered once', async () => {
  const orderIds = await Promise.all(Array.from({ length: 8 }, (_, n) => place(`before-${n}`)));
  for (const name of ['commerce-coordinator', 'order-fulfillment']) {
    stack.supervisor.process(name).signal('SIGKILL');
    orderIds.push(await place(`during-${name}`));
  }
  for (const orderId of orderIds) await completed(orderId);
  const outcomes = await readOutcomes(of);
  const orders = (await readAllOrders(cc)).map(({ orderId, orderNumber, status, lines }) => ({ orderId, orderNumber, status, sold: lines, outcome: outcomes.get(orderId) ?? [] }));
  expect(audit(orders, await readLedgers(stack.description))).toMatchObject({ lines: 33, sound: 33, linesPerEnd: { fulfilled: 33 }, deliveredTwice: 0, complaints: [] });
  expect(stack.supervisor.statuses().filter(({ restarts }) => restarts > 0).map(({ name }) => name).toSorted()).toEqual(['commerce-coordinator', 'order-fulfillment']);
}, 120_000);

test('once ended, it leaves its ports and its directory free, and a new start finds everything again but no address that has gone', async () => {
  const before = stack.description;
  await stack.stop();
  expect([existsSync(join(directory, 'stack.json')), existsSync(join(directory, 'stack.lock'))]).toEqual([false, false]);
  const port = Number(new URL(before.cc).port);
  expect(await choosePorts({ CC_PORT: port })).toEqual({ CC_PORT: port });

  writeFileSync(join(directory, 'stack.json'), JSON.stringify(before));
  const starting = startStack(options);
  while (!existsSync(join(directory, 'stack.lock'))) await wait(1);
  await wait(20);
  expect(existsSync(join(directory, 'stack.json'))).toBe(false);
  stack = await starting;
  expect(stack.description.clients).toEqual(before.clients);
  // What makes it quick.
  expect(existsSync(process.env['NODE_COMPILE_CACHE'] ?? join(directory, 'compile-cache'))).toBe(true);
}, 60_000);
