/** `GET /api/flow` of the service with its readers: real orders, the real log. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '@commerce/service-kit/test-eventually';
import { readHandlerRuns } from '../monitoring/handler-runs.pg.ts';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';

let cc: TestCoordinator;
beforeAll(async () => {
  cc = await startTestCoordinator({ ROLES: 'api,readers', INVENTORY_UNKNOWN_SKU: 'unlimited' });
});
afterAll(() => cc?.stop());

const read = async (): Promise<any> => (await cc.call('GET', '/api/flow', { scopes: 'events:read' })).body;

test('what happens is seen on the way that it takes, by handler and type, and what did not happen is marked', async () => {
  const placed = await cc.call('POST', '/orders', { headers: { 'idempotency-key': 'flow-1' }, body: { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] } });
  expect(placed.status).toBe(202);
  const flow = await eventually('the reservation is measured', async () => {
    const found = await read();
    return found.handlers.find(({ handler }: any) => handler === 'orders.reserve')?.perSecond > 0 && found;
  });
  const edge = (from: string, to: string, kind: string) => flow.edges.find((one: any) => one.from === from && one.to === to && one.kind === kind);
  expect(edge('extension:orders', 'extension:inventory', 'signal')).toMatchObject({ isUsed: true, errorShare: 0, perSecond: expect.any(Number), p95Ms: expect.any(Number) });
  expect(edge('clients', 'extension:orders', 'request').perSecond).toBeGreaterThan(0);
  expect(flow.signals.find(({ signal }: any) => signal === 'OrderCreated')).toMatchObject({ name: 'order.created', from: ['orders'], heardBy: expect.arrayContaining(['inventory.reserve']), lastAt: expect.any(String) });
  expect(flow.signals.find(({ signal }: any) => signal === 'CartAbandoned').lastAt).toBeNull();
  expect(Date.parse(flow.since)).toBeLessThanOrEqual(Date.now());
  const lastRun = (name: string) => flow.handlers.find(({ handler }: any) => handler === name).lastAt;
  expect([lastRun('orders.reserve'), lastRun('orders.dispute')]).toEqual([expect.any(String), null]);
  // Kept beyond the process, too.
  await eventually('the run is written', async () => (await readHandlerRuns(cc.pool)).has('orders.reserve'));
  // Nobody takes the money here.
  const { nodes } = await eventually('the failed charges are seen', async () => {
    const found = await read();
    return found.nodes.find(({ id }: any) => id === 'provider').state === 'bad' && found;
  });
  expect(nodes.find(({ id }: any) => id === 'extension:payments').depth).toBeGreaterThan(0);
});

test('what somebody else tells is told from outside, and not by the extension that could tell it', async () => {
  const { example } = cc.log.catalogue.entry('UserRegistered');
  const results = await cc.log.appendForeign(Array.from({ length: 3 }, () => ({
    eventId: uuid7(Date.now()), eventType: 'UserRegistered', eventVersion: 'v1', timestamp: new Date().toISOString(), source: 'identity', correlationId: uuid7(Date.now()), causationId: null, metadata: {}, data: example,
  })));
  expect(results.map(({ kind }) => kind)).toEqual(['appended', 'appended', 'appended']);
  const { edges } = await eventually('it is counted', async () => {
    const found = await read();
    return found.signals.find(({ signal }: any) => signal === 'UserRegistered').perSecond === 0.05 && found;
  });
  const rate = (from: string, to: string) => edges.find((one: any) => one.from === from && one.to === to && one.kind === 'signal').perSecond;
  expect([rate('clients', 'extension:notifications'), rate('extension:catalog', 'extension:notifications')]).toEqual([0.05, 0]);
});

test('it needs the scope of events, and takes no query', async () => {
  expect((await cc.call('GET', '/api/flow', { scopes: 'orders:read' })).status).toBe(403);
});
