/** An ending of which nobody knows whether it was written is written again; meanwhile its delivery may be under way once more. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { claim, end } from './deliveries.pg.ts';
import type { Ending } from './deliveries.pg.ts';
import type { Lease } from './delivery/lease.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

let it: TestWebhooks;

beforeAll(async () => {
  it = await startTestWebhooks({ starts: false });
});
afterAll(() => it.stop());

const ended = ({ deliveryId, endpointId, batch, claims, attempt }: Lease, state: Ending['state'], status: number): Ending => (
  { deliveryId, endpointId, batch, claims, state, attempt: attempt + 1, waitMs: 0, made: { status, answer: null, error: null, durationMs: 5, endedAtMs: 0, url: 'http://127.0.0.1/never' } }
);

/** Given back, or held, without an attempt. */
const unmade = ({ deliveryId, endpointId, batch, claims, attempt }: Lease, state: Ending['state']): Ending => ({ deliveryId, endpointId, batch, claims, state, attempt, waitMs: 0, made: null });

async function waiting() {
  const endpointId = await it.register({ url: 'http://127.0.0.1:9/never', events: ['order.created'] });
  await it.order();
  await it.seen();
  const holder = randomUUID();
  return {
    endpointId, holder,
    take: async (): Promise<Lease> => (await claim(it.pool, holder, randomUUID(), [{ endpointId, most: 1 }])).leases[0] as Lease,
    row: async (): Promise<unknown> => (await it.pool.query('SELECT state, attempt FROM webhook_deliveries WHERE endpoint_id = $1', [endpointId])).rows[0],
  };
}

test('An ending that is written again ends no later lease of the same process, so that a delivery under way is not sent beside itself', async () => {
  const { holder, take, row } = await waiting();
  const first = ended(await take(), 'ready', 500);
  await end(it.pool, holder, [first], 10);
  expect(await row()).toEqual({ state: 'ready', attempt: 1 });
  const again = await take();
  await end(it.pool, holder, [first], 20);
  expect(await row()).toEqual({ state: 'leased', attempt: 1 });
  await end(it.pool, holder, [ended(again, 'delivered', 200)], 30);
  expect(await row()).toEqual({ state: 'delivered', attempt: 2 });
});

test('Nor does one without an attempt, such as what was given back because its endpoint had become slow', async () => {
  const { endpointId, holder, take, row } = await waiting();
  const first = unmade(await take(), 'ready');
  await end(it.pool, holder, [first], 10);
  expect(await row()).toEqual({ state: 'ready', attempt: 0 });
  const again = await take();
  await end(it.pool, holder, [first], 20);
  expect(await row()).toEqual({ state: 'leased', attempt: 0 });
  expect((await claim(it.pool, randomUUID(), randomUUID(), [{ endpointId, most: 1 }])).leases).toEqual([]);
  await end(it.pool, holder, [unmade(again, 'held')], 30);
  expect(await row()).toEqual({ state: 'held', attempt: 0 });
});
