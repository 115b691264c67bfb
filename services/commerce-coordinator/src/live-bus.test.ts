/** The live bus in the whole service: extensions are handed it, the log and the runs of the process feed it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Live } from '@commerce/signals/live-bus';
import type { SystemEvent } from '@commerce/signals/system-event';
import { eventually } from '@commerce/service-kit/test-eventually';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { shipping } from './extensions/shipping/extension.ts';
import type { TestCoordinator } from './test-coordinator.ts';
import { startTestCoordinator } from './test-coordinator.ts';

let cc: TestCoordinator;
let live: Live | undefined;

beforeAll(async () => {
  const watching = {
    ...shipping,
    open: (resources: Parameters<typeof shipping.open>[0] & { readonly live?: Live }) => {
      live = resources.live;
      return shipping.open(resources);
    },
  };
  const extensions = EXTENSIONS.map((one) => (one.name === 'shipping' ? watching : one)) as unknown as typeof EXTENSIONS;
  cc = await startTestCoordinator({ ROLES: 'api,readers', EVENT_HISTORY_SIZE: '12', INVENTORY_UNKNOWN_SKU: 'unlimited' }, { loaded: { extensions, map: MAP } });
});
afterAll(() => cc?.stop());

test('shows an order on its way, and each run for it, to an extension that looks on', async () => {
  const seen: string[] = [];
  const failed: SystemEvent[] = [];
  live?.bus.subscribe('job.failed', (event) => void failed.push(event));
  live?.bus.subscribe('*', ({ name, data }) => void seen.push(name.startsWith('job.') ? `${name} ${String(data['jobType'])}` : name));
  const placed = await cc.call('POST', '/orders', {
    headers: { 'idempotency-key': 'live' }, body: { customerId: 'VINET', currency: 'USD', freight: '0.00', lines: [{ sku: 'NW-1', name: 'Chai', quantity: 1, unitPrice: '18.00' }] },
  });
  expect(placed.status).toBe(202);
  const all = ['order.checkout_initiated', 'order.created', 'order.reserved', 'job.enqueued inventory.reserve', 'job.started inventory.reserve', 'job.completed inventory.reserve', 'job.failed payments.charge'];
  await eventually('all of it is seen', async () => all.every((name) => seen.includes(name)));
  // Nobody answers for the payment provider here.
  expect(failed[0]).toMatchObject({ source: 'commerce-coordinator', data: { queueName: 'payments', error: expect.any(String), retryAt: expect.any(String) } });
  expect(live?.bus.getStats()).toMatchObject({ subscriptionsByType: { '*': 1, 'job.failed': 1 }, dropped: 0, failed: 0 });
  expect(live?.bus.getEventHistory()).toHaveLength(12);
});
