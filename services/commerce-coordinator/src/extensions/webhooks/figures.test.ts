/** How webhooks fare, over real HTTP: attempts that were really made, counts that recover would move. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { startTestReceiver } from './test-receiver.ts';
import type { TestReceiver } from './test-receiver.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

let cc: TestWebhooks;
let receiver: TestReceiver;
let isDown = false;

beforeAll(async () => {
  receiver = await startTestReceiver((_got, response) => void response.writeHead(isDown ? 503 : 200).end());
  cc = await startTestWebhooks();
});
afterAll(async () => {
  await cc?.stop();
  await receiver?.close();
});

const figures = (query: string, client = 'storefront', scopes = 'webhooks:read') => cc.call('GET', `/api/webhooks/figures?${query}`, { scopes, client });

test('tell of attempts, of what was given up since a moment, and of what waits', async () => {
  const [webhookId, quiet] = [await cc.register({ url: `${receiver.url}/a`, events: ['order.created'], retryAttempts: 2, retryDelayMs: 10 }), await cc.register({ url: `${receiver.url}/b`, events: ['job.failed'] })];
  await cc.order();
  await cc.settled();
  isDown = true;
  const since = new Date().toISOString();
  await cc.order();
  await cc.settled();
  isDown = false;
  const { status, body } = await figures(`ids=${webhookId},${quiet.toUpperCase()}`);
  expect(status).toBe(200);
  const byId = new Map(body.items.map((item: { webhookId: string }) => [item.webhookId, item]));
  expect(byId.get(webhookId)).toEqual({ webhookId, attempts: 3, delivered: 1, p50Ms: expect.any(Number), p95Ms: expect.any(Number), lastAttemptAt: expect.any(String), waiting: 0, held: 0, givenUp: 1, nextDueAt: null });
  expect(byId.get(quiet)).toEqual({ webhookId: quiet, attempts: 0, delivered: 0, p50Ms: null, p95Ms: null, lastAttemptAt: null, waiting: 0, held: 0, givenUp: 0, nextDueAt: null });
  expect([(await figures(`ids=${webhookId}&since=${since}`)).body.items[0].givenUp, (await figures(`ids=${webhookId}&since=${new Date(Date.now() + 60_000).toISOString()}`)).body.items[0].givenUp]).toEqual([1, 0]);
  await cc.pool.query("UPDATE webhook_deliveries SET state = 'ready', due_at = now() + interval '1 hour' WHERE endpoint_id = $1 AND state = 'dead'", [webhookId]);
  expect((await figures(`ids=${webhookId}`)).body.items[0]).toMatchObject({ waiting: 1, givenUp: 0, nextDueAt: expect.any(String) });
});

test('are told to the owner, and to whoever may see all', async () => {
  const webhookId = await cc.register({ url: `${receiver.url}/own`, events: ['job.failed'], owner: 'storefront' });
  expect((await figures(`ids=${webhookId}`, 'somebody')).body).toEqual({ items: [] });
  expect((await figures(`ids=${webhookId}`, 'somebody', 'webhooks:read admin')).body.items).toMatchObject([{ webhookId }]);
  expect((await figures(`ids=${uuid7(0)}`)).body).toEqual({ items: [] });
});

test.each(['', 'ids=one', 'ids=', `ids=${uuid7(0)},`, `ids=${uuid7(0)}&since=yesterday`])('%s is refused', async (query) => {
  expect((await figures(query)).body).toMatchObject({ status: 400, code: 'validation_failed' });
});
