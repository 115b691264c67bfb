/** Many orders at once while some endpoints are broken: WEBHOOK_ORDERS says how many, 500 when left out; with it the figures are told. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inTransaction } from '@commerce/event-log/transaction';
import { ENTRIES } from '@commerce/events/entries';
import { eventually } from '@commerce/service-kit/test-eventually';
import { webhooks } from './extension.ts';
import { startTestReceiver } from './test-receiver.ts';
import type { TestReceiver } from './test-receiver.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

const ORDERS = Number(process.env['WEBHOOK_ORDERS'] ?? 500);
const WORKING = 17;
const ATTEMPTS = 2;
const LIMIT_MS = 20_000 + ORDERS * 40;

let it: TestWebhooks;
let receiver: TestReceiver;

beforeAll(async () => {
  receiver = await startTestReceiver(({ path }, response) => {
    if (path === '/fails') response.writeHead(500).end();
    else if (path !== '/hangs') response.end();
  });
  it = await startTestWebhooks();
});
afterAll(async () => {
  await it.stop();
  await receiver.close();
});

/** Appends them in few transactions. Gives when each was committed, `performance.now()`. */
async function orderAtOnce(count = ORDERS): Promise<Map<string, number>> {
  const committed = new Map<string, number>();
  const example = ENTRIES.find(({ type }) => type === 'OrderCreated')?.example as object;
  const uuid = it.log.preparer.uuid;
  for (let left = count; left > 0; left -= 500) {
    const events = Array.from({ length: Math.min(500, left) }, () => it.log.prepare({ type: 'OrderCreated', data: { ...example, orderId: uuid() } }, 'test', { correlationId: uuid(), causationId: null, metadata: {} }));
    await inTransaction(it.pool, (tx) => it.log.append(tx, events));
    for (const { eventId } of events) committed.set(eventId, performance.now());
    it.log.wake();
  }
  return committed;
}

const states = async (endpointId: string): Promise<Record<string, number>> =>
  Object.fromEntries((await it.pool.query('SELECT state, count(*)::integer AS count FROM webhook_deliveries WHERE endpoint_id = $1 GROUP BY 1', [endpointId])).rows.map(({ state, count }) => [state, count]));

const registerWorking = async (): Promise<string[]> => {
  const ids: string[] = [];
  for (let at = 0; at < WORKING; at += 1) ids.push(await it.register({ url: `${receiver.url}/w${at}`, events: ['order.created'], timeoutMs: 30_000 }));
  return ids;
};

/** Waits until the working ones have all, each once, and gives their 99th percentile from commit to arrival, in ms. */
async function p99Of(committed: ReadonlyMap<string, number>, ids: readonly string[]): Promise<number> {
  for (const id of ids) await eventually('all that the working endpoints are to get', async () => (await states(id))['delivered'] === committed.size, LIMIT_MS);
  const got = receiver.got.filter(({ path }) => path.startsWith('/w'));
  expect(new Set(got.map(({ path, headers }) => `${path} ${headers['webhook-id']}`)).size).toBe(committed.size * WORKING);
  expect(got).toHaveLength(committed.size * WORKING);
  return got.map(({ headers, atMs }) => atMs - (committed.get(String(headers['webhook-id'])) ?? Number.NaN)).sort((a, b) => a - b)[Math.floor(got.length * 0.99)] ?? Number.NaN;
}

test('F24: of twenty endpoints three are broken: the others get everything, once and in their time, and nothing is lost', async () => {
  // Once for the compiler.
  const warm = await registerWorking();
  await p99Of(await orderAtOnce(50), warm);
  await it.pool.query('TRUNCATE webhook_deliveries, webhook_attempts');
  receiver.got.length = 0;
  const without = await p99Of(await orderAtOnce(), warm);

  await it.pool.query('UPDATE webhook_registrations SET version = version + 1; TRUNCATE webhook_endpoints, webhook_deliveries, webhook_attempts, webhook_counts');
  receiver.got.length = 0;
  const broken = { events: ['order.created'], retryAttempts: ATTEMPTS, timeoutMs: 300 };
  const hangs = await it.register({ ...broken, url: `${receiver.url}/hangs` });
  const fails = await it.register({ ...broken, url: `${receiver.url}/fails` });
  const refuses = await it.register({ ...broken, url: 'http://127.0.0.1:1/nobody' });
  const working = await registerWorking();
  const beside = await p99Of(await orderAtOnce(), working);
  if (process.env['WEBHOOK_ORDERS'] !== undefined) process.stdout.write(`${ORDERS} orders, ${WORKING} endpoints that work: p99 from commit to arrival ${Math.round(without)} ms; beside three that are broken ${Math.round(beside)} ms\n`);
  expect(beside).toBeLessThan(without * 2.5 + 300);

  for (const id of [fails, refuses]) await eventually('all that is given up', async () => (await states(id))['dead'] === ORDERS, LIMIT_MS);
  expect(receiver.of('/fails')).toHaveLength(ORDERS * ATTEMPTS);
  // One that hangs is asked one at a time, until ten minutes of nothing else are the end.
  await it.pool.query("UPDATE webhook_minutes SET minute = minute - interval '12 minutes' WHERE endpoint_id = $1", [hangs]);
  await it.told(hangs, 'WebhookEndpointDisabled');
  await eventually('nothing that waits for the one that hangs', async () => {
    await webhooks.jobs[0]?.run(it.own, new AbortController().signal);
    const { ready = 0, leased = 0 } = await states(hangs);
    return ready + leased === 0;
  }, LIMIT_MS);
  const { held = 0, dead = 0, ...others } = await states(hangs);
  expect([held + dead, others]).toEqual([ORDERS, {}]);
  expect(held).toBeGreaterThan(dead);
  expect((await it.pool.query('SELECT count(*)::integer AS count FROM webhook_deliveries')).rows).toEqual([{ count: ORDERS * (WORKING + 3) }]);
  // Nor are those forgotten that answer at once that they fail.
  await it.pool.query("UPDATE webhook_minutes SET minute = minute - interval '12 minutes' WHERE endpoint_id = ANY ($1::uuid[])", [[fails, refuses]]);
  await orderAtOnce(1);
  for (const id of [fails, refuses]) await it.told(id, 'WebhookEndpointDisabled');
}, LIMIT_MS * 3);
