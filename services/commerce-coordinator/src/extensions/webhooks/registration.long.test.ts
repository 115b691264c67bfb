/** Registrations at 10,000: what stays fast, and where it ends. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { beginRuns, performRuns, performSomeRun, stepRun } from './operating.pg.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';
import { MOST_WEBHOOKS } from './webhooks.http.ts';

const MANY = 10_000;
let cc: TestWebhooks;

beforeAll(async () => {
  cc = await startTestWebhooks({ starts: false });
}, 60_000);
afterAll(() => cc?.stop());

const call = (method: string, path: string, body?: unknown, client = 'crm') => cc.call(method, `/api/webhooks${path}`, {
  ...(body === undefined ? {} : { body }), scopes: 'webhooks:read webhooks:write', client, headers: { 'idempotency-key': `key-${Math.random()}` },
});

/** Rows as registration writes them. */
async function fill(count: number, owner = 'crm'): Promise<void> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const secrets = ids.map((id) => cc.secrets.seal({ secrets: [{ kind: 'hmac', secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}`, createdAt: new Date().toISOString(), expiresAt: null }], headers: {} }, id));
  await cc.pool.query(
    `INSERT INTO webhook_endpoints (endpoint_id, owner, url, events, retry_attempts, retry_delay_ms, timeout_ms, max_in_flight, ordered, secrets, status)
     SELECT id, $2, 'http://127.0.0.1:9999/hooks', '["order.*"]', 3, 5000, 30000, 16, false, secrets, 'enabled' FROM unnest($1::uuid[], $3::bytea[]) AS r(id, secrets)`, [ids, owner, secrets],
  );
  await cc.pool.query('INSERT INTO webhook_requests (endpoint_id, digest) SELECT id, sha256(id::text::bytea) FROM unnest($1::uuid[]) AS id', [ids]);
  await cc.pool.query('ANALYZE webhook_endpoints, webhook_requests');
}

/** The median of the times of some calls, in ms. */
async function medianMs(times: number, perform: (n: number) => Promise<{ status: number }>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    expect((await perform(n)).status).toBeLessThan(300);
    took.push(performance.now() - began);
  }
  return took.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

const form = { url: 'http://127.0.0.1:9999/hooks', events: ['order.created'] };

describe('S39: with 10,000 webhooks', () => {
  test('registering, reading and telling the statistics take about as long as with none', async () => {
    const look = async () => ({
      register: await medianMs(5, () => call('POST', '/register', form)), stats: await medianMs(5, () => call('GET', '/stats')),
      // Half a page is there before, too.
      list: await medianMs(5, () => call('GET', '?limit=25')), deadLetters: await medianMs(5, () => call('GET', '/dead-deliveries')),
    });
    // The first one warms up.
    await call('POST', '/register', form);
    const before = await look();
    await fill(MANY);
    const after = await look();
    expect((await call('GET', '/stats')).body.registeredWebhooks).toBeGreaterThanOrEqual(MANY);
    for (const [name, took] of Object.entries(after)) {
      const bound = (before[name as keyof typeof before] ?? 0) * 5 + 100;
      expect([name, took < bound ? 'fast' : `${took} ms, at most ${bound}`]).toEqual([name, 'fast']);
    }
  }, 120_000);

  test('each is on exactly one page', async () => {
    await fill(1_000, 'pages');
    const ids = new Set<string>();
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages += 1) {
      const { body } = await cc.call('GET', `/api/webhooks?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`, { scopes: 'webhooks:read', client: 'pages' });
      for (const { webhookId } of body.items) ids.add(webhookId);
      cursor = body.nextCursor;
    }
    expect([ids.size, pages]).toEqual([1_000, 5]);
  }, 60_000);

  test('more than a client may have are refused with 429, and others go on', async () => {
    await fill(MOST_WEBHOOKS, 'greedy');
    const refused = await call('POST', '/register', form, 'greedy');
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([429, 'webhook_quota_reached', '60']);
    expect((await call('POST', '/register', form, 'modest')).status).toBe(201);
  }, 60_000);
});

describe('moving many deliveries', () => {
  const count = async (webhookId: string) => Object.fromEntries((await cc.pool.query('SELECT state, count(*)::integer AS n FROM webhook_deliveries WHERE endpoint_id = $1 GROUP BY 1', [webhookId])).rows.map(({ state, n }) => [state, n]));
  async function deliveries(state: string, n: number): Promise<string> {
    const webhookId = await cc.register({ url: 'http://127.0.0.1:9999/hooks' });
    await cc.pool.query(
      `INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, attempt, due_at)
       SELECT id, $1, gen_random_uuid(), 'order.created', 'o', $2, 3, now() FROM unnest($3::uuid[]) AS id`, [webhookId, state, Array.from({ length: n }, () => uuid7(Date.now() - 1_000))],
    );
    return webhookId;
  }

  test('goes on in steps behind what it has moved, and does not move again what has died anew', async () => {
    const webhookId = await deliveries('dead', 2_500);
    await beginRuns(cc.pool, [{ runId: randomUUID(), endpointId: webhookId, from: 'dead', to: 'ready' }]);
    const moved: number[] = [];
    for (let step = await stepRun(cc.pool, webhookId); step !== undefined; step = await stepRun(cc.pool, webhookId)) {
      moved.push(step);
      await cc.pool.query("UPDATE webhook_deliveries SET state = 'dead' WHERE endpoint_id = $1 AND state = 'ready'", [webhookId]);
    }
    expect(moved).toEqual([1_000, 1_000, 500]);
  }, 60_000);

  test('leaves to a job what an answer has no time for, and nothing is left in the end', async () => {
    const webhookId = await deliveries('held', 2_500);
    await beginRuns(cc.pool, [{ runId: randomUUID(), endpointId: webhookId, from: 'held', to: 'discarded' }]);
    expect(await performRuns(cc.pool, webhookId, () => performance.now(), 0)).toEqual({ moved: 1_000, isComplete: false });
    while (await performSomeRun(cc.pool));
    expect(await count(webhookId)).toEqual({ discarded: 2_500 });
  }, 60_000);
});
