import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTestReceiver } from './test-receiver.ts';
import { startTestWebhooks, TEST_KEY } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

let it: TestWebhooks;
beforeAll(async () => {
  it = await startTestWebhooks({ starts: false });
});
afterAll(() => it.stop());

async function startDispatcher(): Promise<ChildProcess> {
  const { rows: [{ name }] } = await it.pool.query('SELECT current_database() AS name');
  const url = new URL(process.env['TEST_POSTGRES_URL'] ?? '');
  url.pathname = `/${name}`;
  const child = spawn(process.execPath, [fileURLToPath(new URL('./test-dispatcher-process.ts', import.meta.url))], { env: { DATABASE_URL: url.href, WEBHOOK_SECRETS_KEY: TEST_KEY }, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('a process that is killed while it delivers loses nothing, and only what was under way comes twice, under the same id', async () => {
  const ORDERS = 300;
  const AT_ONCE = 8;
  const receiver = await startTestReceiver((_got, response) => void setTimeout(() => response.end(), 40));
  await it.register({ url: `${receiver.url}/killed`, maxInFlight: AT_ONCE, events: ['order.created'] });
  for (let at = 0; at < ORDERS; at += 1) await it.order();
  const first = await startDispatcher();
  while (receiver.got.length < ORDERS / 4) await delay(5);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const second = await startDispatcher();
  try {
    expect(await it.settled(40_000)).toEqual({ delivered: ORDERS });
  } finally {
    second.kill('SIGKILL');
    await once(second, 'exit');
    await receiver.close();
  }
  const ids = receiver.got.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(ORDERS);
  // Under way, or answered and not written yet: a moment's worth.
  expect(ids.length - ORDERS).toBeLessThanOrEqual(AT_ONCE * 2);
  const { rows } = await it.pool.query("SELECT count(*)::integer AS count FROM webhook_attempts WHERE error = 'interrupted'");
  expect(rows[0].count).toBeGreaterThan(0);
}, 60_000);

test('two processes share what there is to deliver: none comes twice while both live, nor when one of them goes in order', async () => {
  const ORDERS = 400;
  await it.pool.query('UPDATE webhook_registrations SET version = version + 1; TRUNCATE webhook_endpoints, webhook_deliveries, webhook_attempts, webhook_messages, webhook_counts');
  const receiver = await startTestReceiver((_got, response) => void setTimeout(() => response.end(), 20));
  const failing = await startTestReceiver((_got, response, times) => void response.writeHead(times % 3 === 0 ? 500 : 200).end());
  for (const path of ['/a', '/b', '/c']) await it.register({ url: `${receiver.url}${path}`, maxInFlight: 8, events: ['order.created'] });
  const flaky = await it.register({ url: `${failing.url}/d`, maxInFlight: 8, events: ['order.created'], retryAttempts: 20, retryDelayMs: 20 });
  const [first, second] = await Promise.all([startDispatcher(), startDispatcher()]);
  try {
    for (let at = 0; at < ORDERS; at += 1) await it.order();
    while (receiver.got.length < ORDERS) await delay(5);
    first.kill('SIGTERM');
    await once(first, 'exit');
    expect(await it.settled(40_000)).toEqual({ delivered: ORDERS * 4 });
  } finally {
    second.kill('SIGKILL');
    await once(second, 'exit');
    await Promise.all([receiver.close(), failing.close()]);
  }
  const all = receiver.got.map(({ path, headers }) => `${path} ${headers['webhook-id']}`);
  expect([all.length, new Set(all).size]).toEqual([ORDERS * 3, ORDERS * 3]);
  // Of the flaky one each attempt is one that is written.
  const { rows: [{ made }] } = await it.pool.query('SELECT count(*)::integer AS made FROM webhook_tries JOIN webhook_deliveries USING (delivery_id) WHERE endpoint_id = $1', [flaky]);
  expect(failing.got).toHaveLength(made);
}, 60_000);
