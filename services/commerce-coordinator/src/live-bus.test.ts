/** The live bus in the whole service: the log and the runs of all its processes feed it, whoever started a process watches, no extension gets it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SystemEvent } from '@commerce/signals/system-event';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { eventually } from '@commerce/service-kit/test-eventually';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { shipping } from './extensions/shipping/extension.ts';
import type { TestCoordinator } from './test-coordinator.ts';
import { startTestCoordinator } from './test-coordinator.ts';

let database: TestDatabase;
let cc: TestCoordinator;
/** A process of the same service that handles nothing. */
let door: TestCoordinator;
let given: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  const watching = {
    ...shipping,
    open: (resources: Parameters<typeof shipping.open>[0]) => {
      given = { ...resources };
      return shipping.open(resources);
    },
  };
  const extensions = EXTENSIONS.map((one) => (one.name === 'shipping' ? watching : one)) as unknown as typeof EXTENSIONS;
  database = await createTestDatabase();
  cc = await startTestCoordinator({ DATABASE_URL: database.url, ROLES: 'api,readers', EVENT_HISTORY_SIZE: '12', INVENTORY_UNKNOWN_SKU: 'unlimited' }, { loaded: { extensions, map: MAP } });
  door = await startTestCoordinator({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await Promise.all([cc?.stop(), door?.stop()]);
  await database.drop();
});

test('shows an order on its way, and each run for it, to whoever started the process, and in the other processes', async () => {
  const seen: string[] = [];
  const elsewhere: SystemEvent[] = [];
  door.live.bus.subscribe('*', (event) => void elsewhere.push(event));
  await eventually('the processes know of each other', async () => [cc, door].every((one) => one.live.relayStats()?.connected === true && one.live.relayStats()?.hasOthers === true) && cc.live.relayStats()?.othersHearRuns === true);
  await door.live.upToDate();
  const failed: SystemEvent[] = [];
  cc.live.bus.subscribe('job.failed', (event) => void failed.push(event));
  const nameOf = ({ name, data }: SystemEvent): string => (name.startsWith('job.') ? `${name} ${String(data['jobType'])}` : name);
  cc.live.bus.subscribe('*', (event) => void seen.push(nameOf(event)));
  const placed = await cc.call('POST', '/orders', {
    headers: { 'idempotency-key': 'live' }, body: { customerId: 'VINET', currency: 'USD', freight: '0.00', lines: [{ sku: 'NW-1', name: 'Chai', quantity: 1, unitPrice: '18.00' }] },
  });
  expect(placed.status).toBe(202);
  const all = ['order.checkout_initiated', 'order.created', 'order.reserved', 'job.enqueued inventory.reserve', 'job.started inventory.reserve', 'job.completed inventory.reserve', 'job.failed payments.charge'];
  await eventually('all of it is seen', async () => all.every((name) => seen.includes(name)));
  await eventually('all of it is seen elsewhere', async () => all.every((name) => elsewhere.map(nameOf).includes(name)));
  expect(new Set(elsewhere.map(({ eventId }) => eventId)).size).toBe(elsewhere.length);
  const told: SystemEvent[] = [];
  cc.live.bus.subscribe('order.completed', (event) => void told.push(event));
  await door.live.emitEvent(door.live.createEvent('ORDER_COMPLETED', { orderId: 'told here' }));
  await eventually('what is emitted there is seen here', async () => told.length === 1);
  expect(elsewhere.filter(({ eventId }) => eventId === told[0]?.eventId)).toHaveLength(1);
  // Nobody answers for the payment provider here.
  expect(failed[0]).toMatchObject({ source: 'commerce-coordinator', data: { queueName: 'payments', error: expect.any(String), retryAt: expect.any(String) } });
  expect(cc.live.bus.getStats()).toMatchObject({ subscriptionsByType: { '*': 1, 'job.failed': 1, 'order.completed': 1 }, dropped: 0, failed: 0 });
  for (let n = 0; n < 10; n += 1) await cc.live.emitEvent(cc.live.createEvent('ORDER_CANCELLED', { orderId: String(n) }));
  expect([cc.live.bus.getEventHistory(), cc.live.bus.getRunHistory()].map(({ length }) => length)).toEqual([12, 12]);
});

test('is no door for an extension: nothing that is offered to it can be subscribed to', () => {
  expect(Object.keys(given)).toEqual(expect.arrayContaining(['config', 'log', 'pool', 'heardBy', 'onStop']));
  const hidden = Object.entries(given).filter(([, one]) => holdsBus(one)).map(([name]) => name);
  expect(hidden).toEqual([]);
  expect(holdsBus({ feed: { bus: cc.live.bus } })).toBe(true);
});

/** Whether the bus, or what subscribes to anything, is found in this or in what it holds, four steps deep. */
function holdsBus(value: unknown, depth = 4): boolean {
  if (value === cc.live.bus || value === cc.live) return true;
  if (depth === 0 || typeof value !== 'object' || value === null) return false;
  if (typeof (value as { subscribe?: unknown }).subscribe === 'function') return true;
  return Object.values(value).some((one) => holdsBus(one, depth - 1));
}
