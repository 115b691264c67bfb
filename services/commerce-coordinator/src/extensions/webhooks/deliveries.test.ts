/** The API of deliveries over real HTTP: attempts that were really made, and what is sent again. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { performSomeRun } from './operating.pg.ts';
import { startTestReceiver } from './test-receiver.ts';
import type { TestReceiver } from './test-receiver.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';

let cc: TestWebhooks;
let receiver: TestReceiver;
let isDown = false;

beforeAll(async () => {
  receiver = await startTestReceiver((_got, response) => void response.writeHead(isDown ? 503 : 200).end(isDown ? '<script>down</script>' : 'taken'));
  cc = await startTestWebhooks();
});
afterAll(async () => {
  await cc?.stop();
  await receiver?.close();
});

const call = (method: string, path: string, body?: unknown, client = 'storefront', more = '') => cc.call(method, `/api/webhooks${path}`, { ...(body === undefined ? {} : { body }), scopes: `webhooks:read webhooks:write${more}`, client });
const code = ({ status, body }: { status: number; body: any }): [number, string] => [status, body.code];
const endpoint = (path: string, more: object = {}): Promise<string> => cc.register({ url: `${receiver.url}${path}`, events: ['order.created'], retryAttempts: 2, retryDelayMs: 10, ...more });

async function untilStates(webhookId: string, expected: Record<string, number>): Promise<void> {
  await eventually(`deliveries as ${JSON.stringify(expected)}`, async () => {
    const { rows } = await cc.pool.query('SELECT state, count(*)::integer AS n FROM webhook_deliveries WHERE endpoint_id = $1 GROUP BY 1', [webhookId]);
    return isDeepStrictEqual(Object.fromEntries(rows.map(({ state, n }) => [state, n])), expected);
  });
}

describe('deliveries', () => {
  test('are listed newest first, by their state, in pages', async () => {
    const webhookId = await endpoint('/listed');
    isDown = true;
    await cc.order('o-1');
    await untilStates(webhookId, { dead: 1 });
    isDown = false;
    await cc.order('o-2');
    await untilStates(webhookId, { dead: 1, delivered: 1 });
    const first = (await call('GET', `/${webhookId}/deliveries?limit=1`)).body;
    expect(first.items).toMatchObject([{ subject: 'o-2', state: 'delivered', attempts: 1, lastStatus: 200, event: 'order.created', webhookId, dueAt: null }]);
    const second = (await call('GET', `/${webhookId}/deliveries?limit=1&cursor=${first.nextCursor}`)).body;
    expect([second.items, second.nextCursor]).toEqual([[expect.objectContaining({ subject: 'o-1', state: 'dead', attempts: 2, lastStatus: 503 })], null]);
    for (const state of ['dead', 'delivered']) expect((await call('GET', `/${webhookId}/deliveries?state=${state}`)).body.items).toMatchObject([{ state }]);
    expect([(await call('GET', `/${webhookId}/deliveries?state=held`)).body.items, code(await call('GET', `/${webhookId}/deliveries?state=lost`))]).toEqual([[], [400, 'validation_failed']]);
  });

  test('show each attempt with its request, its answer as text, its latency and its error', async () => {
    const webhookId = await endpoint('/shown');
    isDown = true;
    await cc.order('o-3');
    await untilStates(webhookId, { dead: 1 });
    isDown = false;
    const { deliveryId, eventId } = (await call('GET', `/${webhookId}/deliveries`)).body.items[0];
    const { body } = await call('GET', `/${webhookId}/deliveries/${deliveryId}`);
    const sent = receiver.of('/shown')[0];
    expect(body.request).toEqual({
      method: 'POST', url: `${receiver.url}/shown`, body: sent?.body.toString(), headers: { 'content-type': 'application/json', 'x-webhook-event': 'order.created', 'x-webhook-id': webhookId, 'webhook-id': eventId },
    });
    expect(body.attemptsMade).toEqual([1, 2].map((attempt) => ({ attempt, startedAt: expect.any(String), durationMs: expect.any(Number), status: 503, answer: '<script>down</script>', error: null, url: `${receiver.url}/shown` })));
    expect(code(await call('GET', `/${webhookId}/deliveries/00000000-0000-4000-8000-000000000000`))).toEqual([404, 'webhook_delivery_not_found']);
  });

  test('S36: show little of an answer, and nothing of an address in an error', async () => {
    const webhookId = await endpoint('/large');
    await cc.order('o-4');
    await untilStates(webhookId, { delivered: 1 });
    await cc.pool.query("UPDATE webhook_attempts SET answer = repeat('a', 4096) WHERE delivery_id IN (SELECT delivery_id FROM webhook_deliveries WHERE endpoint_id = $1)", [webhookId]);
    const { deliveryId } = (await call('GET', `/${webhookId}/deliveries`)).body.items[0];
    expect((await call('GET', `/${webhookId}/deliveries/${deliveryId}`)).body.attemptsMade[0].answer).toHaveLength(1_024);
    const gone = await cc.register({ url: 'http://127.0.0.1:9/closed', events: ['order.created'], retryAttempts: 1 });
    await cc.order('o-5');
    await untilStates(gone, { dead: 1 });
    const { lastError } = (await call('GET', `/${gone}/deliveries`)).body.items[0];
    expect([lastError, /\d+\.\d+\.\d+|:9\b/.test(lastError)]).toEqual([expect.any(String), false]);
  });
});

describe('sending again', () => {
  test('sends one more, exhausted or delivered, under the same id and with the same bytes, as often as it is asked', async () => {
    const webhookId = await endpoint('/again');
    await cc.order('o-6');
    await untilStates(webhookId, { delivered: 1 });
    const { deliveryId } = (await call('GET', `/${webhookId}/deliveries`)).body.items[0];
    for (const times of [2, 3]) {
      const answer = await call('POST', `/${webhookId}/deliveries/${deliveryId}/retry`, { reason: { code: 'lost_there' } });
      expect([answer.status, answer.body.deliveryId]).toEqual([202, deliveryId]);
      await eventually('another attempt', async () => receiver.of('/again').length === times);
      await untilStates(webhookId, { delivered: 1 });
    }
    expect((await call('GET', `/${webhookId}`)).body).toMatchObject({ delivered: 1, exhausted: 0 });
    const got = receiver.of('/again');
    expect([new Set(got.map(({ headers }) => headers['webhook-id'])).size, new Set(got.map(({ body }) => body.toString())).size]).toEqual([1, 1]);
    expect((await call('GET', `/${webhookId}/deliveries/${deliveryId}`)).body.attemptsMade.map(({ attempt }: any) => attempt)).toEqual([1, 2, 3]);
    expect((await cc.log.history(webhookId)).filter(({ data }: any) => data.act === 'webhook.retry')).toHaveLength(2);
  });

  test('sends what was given up since a moment, and nothing from before it', async () => {
    const webhookId = await endpoint('/since');
    isDown = true;
    await cc.order('o-7');
    await untilStates(webhookId, { dead: 1 });
    const since = new Date(Date.now() + 1).toISOString();
    await new Promise((resolve) => setTimeout(resolve, 2));
    await Promise.all(['o-8', 'o-9'].map((id) => cc.order(id)));
    await untilStates(webhookId, { dead: 3 });
    isDown = false;
    expect((await call('POST', `/${webhookId}/recover`, { since })).body).toEqual({ moved: 2, isComplete: true });
    await untilStates(webhookId, { dead: 1, delivered: 2 });
    expect((await cc.pool.query('SELECT delivered::integer, dead::integer FROM webhook_counts WHERE endpoint_id = $1', [webhookId])).rows).toEqual([{ delivered: 2, dead: 1 }]);
    expect((await call('POST', `/${webhookId}/recover`, { since: '2026-01-01T00:00:00+02:00' })).body).toEqual({ moved: 1, isComplete: true });
    await untilStates(webhookId, { delivered: 3 });
  });

  test('gives what was given up all its attempts anew, and moves what dies again no second time: a receiver that is down is not asked for ever', async () => {
    const webhookId = await endpoint('/still-down');
    isDown = true;
    await cc.order('o-10');
    await untilStates(webhookId, { dead: 1 });
    expect((await call('POST', `/${webhookId}/recover`, { since: '2026-01-01T00:00:00Z' })).body.moved).toBe(1);
    await eventually('two further attempts', async () => receiver.of('/still-down').length === 4);
    await untilStates(webhookId, { dead: 1 });
    expect([await performSomeRun(cc.pool), receiver.of('/still-down').length]).toEqual([false, 4]);
    isDown = false;
  });

  test('lists what was given up of all webhooks, and sends it again for all that are enabled', async () => {
    const [one, other, off] = await Promise.all([endpoint('/one', { retryAttempts: 1 }), endpoint('/other', { retryAttempts: 1 }), endpoint('/off', { retryAttempts: 1 })]);
    isDown = true;
    await cc.order('o-11');
    for (const webhookId of [one, other, off]) await untilStates(webhookId, { dead: 1 });
    isDown = false;
    await call('POST', `/${off}/disable`);
    const mine = (await call('GET', '/dead-deliveries')).body.items.filter(({ subject }: any) => subject === 'o-11').map(({ webhookId }: any) => webhookId);
    expect([mine, (await call('GET', '/dead-deliveries', undefined, 'another')).body.items]).toEqual([expect.arrayContaining([one, other, off]), []]);
    expect((await call('GET', '/dead-deliveries', undefined, 'boss', ' admin')).body.items.length).toBeGreaterThanOrEqual(3);
    const about = (await call('GET', '/deliveries?subject=o-11')).body.items.filter(({ webhookId }: any) => [one, other, off].includes(webhookId));
    expect(about.map(({ webhookId, url, subject, state, attemptsMade }: any) => [webhookId, new URL(url).pathname, subject, state, attemptsMade])).toEqual(expect.arrayContaining([[one, '/one'], [other, '/other'], [off, '/off']].map(([id, path]) =>
      [id, path, 'o-11', 'dead', [{ attempt: 1, startedAt: expect.stringMatching(/Z$/), durationMs: expect.any(Number), status: 503, error: null, url: expect.stringContaining(path ?? '') }]])));
    const page = (await call('GET', '/deliveries?subject=o-11&limit=1')).body;
    expect((await call('GET', `/deliveries?subject=o-11&limit=1&cursor=${encodeURIComponent(page.nextCursor)}`)).body.items[0].deliveryId < page.items[0].deliveryId).toBe(true);
    expect([(await call('GET', '/deliveries?subject=o-none')).body.items, (await call('GET', '/deliveries?subject=o-11', undefined, 'another')).body.items, (await call('GET', '/deliveries')).status]).toEqual([[], [], 400]);
    expect(code(await call('POST', `/${off}/recover`, { since: '2026-01-01T00:00:00Z' }))).toEqual([409, 'webhook_disabled']);
    const answer = await call('POST', '/recover', { since: '2026-01-01T00:00:00Z' });
    expect([answer.status, answer.body.webhooks]).toEqual([202, expect.any(Number)]);
    while (await performSomeRun(cc.pool).then(async (more) => more || (await cc.pool.query('SELECT 1 FROM webhook_runs WHERE ended_at IS NULL')).rows.length > 0));
    await untilStates(one, { delivered: 1 });
    await untilStates(other, { delivered: 1 });
    await untilStates(off, { dead: 1 });
  });

  test('happens with its record, or not at all', async () => {
    const webhookId = await endpoint('/recorded', { retryAttempts: 1 });
    isDown = true;
    await cc.order('o-12');
    await untilStates(webhookId, { dead: 1 });
    isDown = false;
    const { deliveryId } = (await call('GET', `/${webhookId}/deliveries`)).body.items[0];
    const runs = async () => (await cc.pool.query('SELECT count(*)::integer AS n FROM webhook_runs')).rows[0].n;
    const before = await runs();
    const since = '2026-01-01T00:00:00Z';
    const asks = [[`/${webhookId}/deliveries/${deliveryId}/retry`, {}], [`/${webhookId}/recover`, { since }], ['/recover', { since }]] as const;
    await cc.pool.query("ALTER TABLE events ADD CONSTRAINT refused CHECK (type <> 'AuditRecorded') NOT VALID");
    try {
      for (const [path, body] of asks) expect((await call('POST', path, body)).status).toBe(500);
    } finally {
      await cc.pool.query('ALTER TABLE events DROP CONSTRAINT refused');
    }
    expect([receiver.of('/recorded').length, await runs() - before, (await call('GET', `/${webhookId}`)).body.exhausted]).toEqual([1, 0, 1]);
    expect((await call('POST', '/recover', { since, reason: { code: 'again' } })).body.webhooks).toBeGreaterThanOrEqual(1);
    expect((await cc.log.history('storefront')).at(-1)).toMatchObject({ data: { act: 'webhook.recover_all', why: 'again', details: { since, webhooks: expect.any(Number) } } });
    while (await performSomeRun(cc.pool));
    await untilStates(webhookId, { delivered: 1 });
    expect(code(await call('POST', `/${webhookId}/deliveries/nothing/retry`))).toEqual([404, 'webhook_delivery_not_found']);
  });

  test('refuses for a webhook that is disabled, and for what is being sent at this moment', async () => {
    const webhookId = await endpoint('/busy');
    await cc.pool.query(
      "INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at, lease_holder) VALUES ('0193a6a0-0000-7000-8000-000000000001', $1, gen_random_uuid(), 'order.created', 'o', 'leased', now(), $2)",
      [webhookId, cc.own.dispatcher.holder],
    );
    const retry = `/${webhookId}/deliveries/0193a6a0-0000-7000-8000-000000000001/retry`;
    expect(code(await call('POST', retry))).toEqual([409, 'webhook_delivery_under_way']);
    await call('POST', `/${webhookId}/disable`);
    expect(code(await call('POST', retry))).toEqual([409, 'webhook_disabled']);
    await cc.pool.query("UPDATE webhook_deliveries SET state = 'discarded' WHERE state = 'leased'");
  });
});
