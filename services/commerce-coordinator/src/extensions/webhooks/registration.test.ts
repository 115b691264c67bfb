/** The API of registrations over real HTTP: what the seed of webhooks names, each by a test, and what must be refused. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@commerce/events/uuid7';
import { ConfigError, readConfig } from '@commerce/service-kit/config';
import { gapsInDescription } from '@commerce/service-kit/openapi';
import { eventually } from '@commerce/service-kit/test-eventually';
import { CONFIG } from '../../config.ts';
import { startTestReceiver } from './test-receiver.ts';
import type { TestReceiver } from './test-receiver.ts';
import { startTestWebhooks } from './test-webhooks.ts';
import type { TestWebhooks } from './test-webhooks.ts';
import { createSecretsBox } from './secrets.ts';
import { sealAnew } from './upkeep.ts';

const READ = 'webhooks:read';
const BOTH = 'webhooks:read webhooks:write';
const REASON = { code: 'asked_by_phone', message: 'The owner called.' };
let cc: TestWebhooks;
let receiver: TestReceiver;
let keys = 0;

beforeAll(async () => {
  receiver = await startTestReceiver();
  cc = await startTestWebhooks({ settings: { timeoutMs: 30_000, retryDelayMs: 5_000, maxRetries: 5 } });
});
afterAll(async () => {
  await cc?.stop();
  await receiver?.close();
});
beforeEach(async () => {
  await cc.pool.query('DELETE FROM webhook_endpoints');
  await cc.pool.query('UPDATE webhook_registrations SET version = version + 1');
});

interface Given {
  readonly client?: string;
  readonly scopes?: string;
  readonly headers?: Record<string, string>;
}
function call(method: string, path: string, body?: unknown, { client = 'crm', scopes = BOTH, headers = {} }: Given = {}) {
  const key = path.endsWith('/register') ? { 'idempotency-key': `key-${(keys += 1)}` } : {};
  return cc.call(method, `/api/webhooks${path}`, { ...(body === undefined ? {} : { body }), headers: { ...key, ...headers }, scopes, client });
}
const code = ({ status, body }: { status: number; body: any }): [number, string] => [status, body.code];
const form = (more: object = {}) => ({ url: `${receiver.url}/hooks`, events: ['order.created'], ...more });
const register = async (more: object = {}, given: Given = {}) => {
  const answer = await call('POST', '/register', form(more), given);
  expect(code(answer)).toEqual([201, undefined]);
  return answer.body;
};
const secretsOf = async (webhookId: string) => {
  const { rows } = await cc.pool.query('SELECT secrets FROM webhook_endpoints WHERE endpoint_id = $1', [webhookId]);
  return cc.own.secrets.open(rows[0].secrets, webhookId).secrets;
};

describe('POST /api/webhooks/register', () => {
  test('takes url, secret, events, retryAttempts, retryDelay and timeout as they are given', async () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const answer = await call('POST', '/register', { url: `${receiver.url}/webhooks/orders`, secret, events: ['order.created', 'order.payment_completed', 'order.completed'], retryAttempts: 3, retryDelay: 5_000, timeout: 30_000 });
    expect([answer.status, answer.headers.get('location'), answer.body]).toEqual([201, `/api/webhooks/${answer.body.webhookId}`, expect.objectContaining({
      url: `${receiver.url}/webhooks/orders`, events: ['order.created', 'order.payment_completed', 'order.completed'], retryAttempts: 3, retryDelay: 5_000, timeout: 30_000, status: 'enabled', owner: 'crm', secret: null,
    })]);
    expect((await secretsOf(answer.body.webhookId)).map((one) => [one.kind, one.secret])).toEqual([['hmac', secret]]);
  });

  test('gives the defaults: three attempts, and the delay and the timeout of WEBHOOK_RETRY_DELAY and WEBHOOK_TIMEOUT', async () => {
    expect(await register()).toMatchObject({ retryAttempts: 3, retryDelay: 5_000, timeout: 30_000, rateLimit: null, maxInFlight: 16, ordered: false, filter: null, headerNames: [], description: null });
    expect(readConfig(CONFIG, OTHERS)).toMatchObject({ webhookTimeoutMs: 30_000, webhookRetryDelayMs: 5_000, webhookMaxRetries: 5, webhookAllowHttp: false });
    expect(readConfig(CONFIG, { ...OTHERS, WEBHOOK_TIMEOUT: '1000', WEBHOOK_RETRY_DELAY: '20', WEBHOOK_MAX_RETRIES: '7' })).toMatchObject({ webhookTimeoutMs: 1_000, webhookRetryDelayMs: 20, webhookMaxRetries: 7 });
  });

  test('takes wildcards, second names, constants, a filter, a rate, a number of sockets, order, headers and a description', async () => {
    const more = { events: ['*', 'order.*', 'payment.completed', 'ORDER_COMPLETED', 'OrderShipped'], filter: { data: { currency: ['USD'] } }, rateLimit: 10, maxInFlight: 4, ordered: true, description: 'CRM' };
    const made = await register({ ...more, headers: { 'X-Tenant': 'one', Authorization: 'Bearer token-of-the-receiver' } });
    expect(made).toMatchObject({ ...more, headerNames: ['X-Tenant', 'Authorization'] });
    expect(JSON.stringify([made, (await call('GET', `/${made.webhookId}`)).body])).not.toContain('token-of-the-receiver');
  });

  test('keeps the values of headers where nobody reads them, over a change of them and of the secret, and sends them', async () => {
    const headers = { 'X-Tenant': 'one', Authorization: 'Bearer token-of-the-receiver' };
    const { webhookId } = await register({ url: `${receiver.url}/with-headers`, headers });
    const stored = async () => (await cc.pool.query("SELECT row_to_json(e)::text || encode(secrets, 'escape') AS text FROM webhook_endpoints e")).rows[0].text;
    expect(await stored()).not.toContain('of-the-receiver');
    const changed = { ...headers, Authorization: 'Bearer other-of-the-receiver' };
    expect((await call('PATCH', `/${webhookId}`, { headers: changed })).body.headerNames).toEqual(['X-Tenant', 'Authorization']);
    await call('POST', `/${webhookId}/rotate`, {});
    await call('PATCH', `/${webhookId}`, { description: 'the same headers' });
    await call('POST', `/${webhookId}/test`, {});
    expect([await stored(), receiver.of('/with-headers')[0]?.headers]).toEqual([expect.not.stringContaining('of-the-receiver'), expect.objectContaining({ 'x-tenant': 'one', authorization: changed.Authorization })]);
  });

  test('refuses more than WEBHOOK_MAX_RETRIES, and clamps nothing', async () => {
    expect(code(await call('POST', '/register', form({ retryAttempts: 6 })))).toEqual([422, 'webhook_retries_too_many']);
    expect((await register({ retryAttempts: 5 })).retryAttempts).toBe(5);
    const { webhookId } = await register();
    expect(code(await call('PATCH', `/${webhookId}`, { retryAttempts: 6 }))).toEqual([422, 'webhook_retries_too_many']);
  });

  test.each<[string, object, number, string]>([
    ['an event that is none', { events: ['order.exploded'] }, 422, 'webhook_event_unknown'], ['a wildcard of nothing', { events: ['shoes.*'] }, 422, 'webhook_event_unknown'],
    ['a name that cannot be one', { events: ['order created'] }, 400, 'validation_failed'], ['no events', { events: [] }, 400, 'validation_failed'],
    ['a filter that is no pattern', { filter: { data: 'USD' } }, 422, 'webhook_filter_invalid'], ['no attempt', { retryAttempts: 0 }, 400, 'validation_failed'], ['far too many attempts', { retryAttempts: 1_001 }, 422, 'webhook_retries_too_many'], ['the record of who has done what', { events: ['audit.recorded'] }, 422, 'webhook_event_unknown'], ['the same by its type', { events: ['AuditRecorded'] }, 422, 'webhook_event_unknown'], ['a member that nobody knows', { isAdmin: true }, 400, 'validation_failed'],
    ['a header of the delivery', { headers: { 'X-Webhook-ID': '1' } }, 400, 'validation_failed'], ['the header Host', { headers: { host: 'inner' } }, 400, 'validation_failed'], ['a header with a line break', { headers: { 'X-A': 'a\r\nB: c' } }, 400, 'validation_failed'],
    ['a header twice', { headers: { 'X-A': 'a', 'x-a': 'b' } }, 400, 'validation_failed'], ['text that cannot be stored', { description: 'a\u0000b' }, 400, 'malformed_json'],
    ['S31: an inner address', { url: 'https://10.0.0.1/hooks' }, 422, 'webhook_address_refused'], ['S34: credentials', { url: 'https://user:pass@127.0.0.1/' }, 422, 'webhook_address_refused'], ['S34: another scheme', { url: 'ftp://127.0.0.1/' }, 422, 'webhook_address_refused'],
    ['S34: 2,049 characters', { url: `https://127.0.0.1/${'a'.repeat(2_031)}` }, 422, 'webhook_address_refused'], ['S37: a weak secret', { secret: 'webhook-secret-key' }, 422, 'webhook_secret_weak'],
    ['a secret of one\'s own for Ed25519', { signing: 'ed25519', secret: randomBytes(32).toString('base64') }, 422, 'webhook_secret_weak'],
  ])('refuses %s', async (_name, more, status, problem) => {
    const answer = await call('POST', '/register', form(more));
    expect(code(answer)).toEqual([status, problem]);
    expect(JSON.stringify(answer.body)).not.toContain('webhook-secret-key');
  });

  test('registers once for a key, each client for itself, and refuses the key for another form', async () => {
    const headers = { 'idempotency-key': 'the-same' };
    const answers = await Promise.all([1, 2, 3].map(() => call('POST', '/register', form(), { headers })));
    const ids = new Set(answers.map(({ body }) => body.webhookId));
    expect([answers.map(({ status }) => status), ids.size]).toEqual([[201, 201, 201], 1]);
    // The secret stands in one of them, and in none that comes later.
    expect(answers.map(({ body, headers: its }) => [body.secret === null, its.get('idempotency-replayed')]).toSorted()).toEqual([[false, null], [true, 'true'], [true, 'true']]);
    expect((await call('POST', '/register', form(), { headers })).body.secret).toBeNull();
    expect(code(await call('POST', '/register', form({ events: ['*'] }), { headers }))).toEqual([422, 'idempotency_key_reused']);
    const other = await call('POST', '/register', form(), { headers, client: 'another' });
    expect([other.status, ids.has(other.body.webhookId)]).toEqual([201, false]);
    const [id] = ids;
    expect((await call('DELETE', `/${id}`)).status).toBe(200);
    expect(code(await call('POST', '/register', form(), { headers }))).toEqual([422, 'idempotency_key_reused']);
    expect(code(await cc.call('POST', '/api/webhooks/register', { body: form(), scopes: BOTH }))).toEqual([400, 'idempotency_key_required']);
  });

  test('S37: shows a secret that it made once, and never again: not in lists, statistics, events or the record of the act', async () => {
    const { webhookId, secret } = await register({ reason: REASON });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const answers = await Promise.all([call('GET', ''), call('GET', `/${webhookId}`), call('GET', '/stats'), call('PATCH', `/${webhookId}`, { description: 'x' }), call('POST', `/${webhookId}/disable`, {}), call('POST', `/${webhookId}/enable`, {}), call('GET', `/${webhookId}/deliveries`)]);
    const stored = (await cc.pool.query("SELECT coalesce(string_agg(row_to_json(e)::text, ''), '') AS text FROM webhook_endpoints e")).rows[0].text;
    const everything = JSON.stringify([answers.map(({ body }) => body), stored, await cc.log.history(webhookId)]);
    expect([everything.includes(secret), everything.includes(secret.slice(6)), everything.includes(Buffer.from(secret).toString('hex'))]).toEqual([false, false, false]);
  });

  test('records who registered, with the reason', async () => {
    const { webhookId } = await register({ reason: REASON });
    expect(await cc.log.history(webhookId)).toMatchObject([{ type: 'AuditRecorded', data: { act: 'webhook.register', about: webhookId, by: { clientId: 'crm' }, why: REASON.message } }]);
  });

  test('wants the scope webhooks:write', async () => {
    expect(code(await call('POST', '/register', form(), { scopes: READ }))).toEqual([403, 'insufficient_scope']);
  });
});

const OTHERS = {
  OF_CLIENT_SECRET: 's', EVENT_BUS_NAME: 'b', FULFILLMENT_QUEUE_URL: 'http://127.0.0.1:1/q', DATABASE_URL: 'postgres://localhost/cc', PAYMENTS_URL: 'http://127.0.0.1:1', PAYMENTS_API_KEY: 'key-of-the-payment-stand-in',
  PAYMENTS_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 5).toString('base64')}`, WEBHOOK_SECRETS_KEY: randomBytes(32).toString('base64'), PERSONAL_DATA_KEY: Buffer.alloc(32, 1).toString('base64'), OUTBOX_DIR: '/tmp/x',
};

describe('S35: a start in production', () => {
  const faults = (more: object): readonly string[] => {
    try {
      readConfig(CONFIG, { ...OTHERS, NODE_ENV: 'production', ...more });
      return [];
    } catch (error) {
      return (error as ConfigError).faults.filter((fault) => fault.startsWith('WEBHOOK'));
    }
  };

  test('is refused with loopback among the allowed networks, and with what is no network', () => {
    expect(faults({ WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0/8,127.0.0.0/8' })).toEqual([expect.stringContaining('WEBHOOK_ALLOWED_NETWORKS must not hold loopback')]);
    expect(faults({ WEBHOOK_ALLOWED_NETWORKS: '::1' })).toHaveLength(1);
    expect(faults({ WEBHOOK_ALLOWED_NETWORKS: 'everything' })).toEqual([expect.stringContaining('must be networks')]);
    expect(faults({ WEBHOOK_ALLOWED_NETWORKS: '10.20.0.0/16' })).toEqual([]);
  });
});

describe('GET /api/webhooks', () => {
  test('lists those of the caller, in pages; an operator sees all', async () => {
    const mine = new Set((await Promise.all([1, 2, 3].map(() => register()))).map(({ webhookId }) => webhookId));
    await register({}, { client: 'another' });
    const first = (await call('GET', '?limit=2')).body;
    const second = (await call('GET', `?limit=2&cursor=${first.nextCursor}`)).body;
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([2, 1, null]);
    expect(new Set([...first.items, ...second.items].map(({ webhookId }) => webhookId))).toEqual(mine);
    expect((await call('GET', '', undefined, { client: 'boss', scopes: `${READ} admin` })).body.items).toHaveLength(4);
    expect(code(await call('GET', `?limit=2&cursor=${first.nextCursor}`, undefined, { client: 'another' }))).toEqual([400, 'invalid_cursor']);
  });
});

describe('GET /api/webhooks/stats', () => {
  test('tells registeredWebhooks, deliveredWebhooks, failedWebhooks and queuedWebhooks, of the caller', async () => {
    const { webhookId } = await register();
    await register({}, { client: 'another' });
    await cc.pool.query("INSERT INTO webhook_counts (endpoint_id, delivered, failed, dead) VALUES ($1, 892, 12, 3)", [webhookId]);
    await deliveries(webhookId, ['ready', 'held', 'dead', 'delivered']);
    expect((await call('GET', '/stats')).body).toEqual({ registeredWebhooks: 1, deliveredWebhooks: 892, failedWebhooks: 3, queuedWebhooks: 2 });
    expect((await call('GET', '/stats', undefined, { client: 'boss', scopes: `${READ} admin` })).body).toEqual({ registeredWebhooks: 2, deliveredWebhooks: 892, failedWebhooks: 3, queuedWebhooks: 2 });
    expect((await call('GET', '/stats', undefined, { client: 'nobody' })).body).toEqual({ registeredWebhooks: 0, deliveredWebhooks: 0, failedWebhooks: 0, queuedWebhooks: 0 });
  });
});

/** Rows of deliveries that are due in an hour, so that nothing moves by itself. */
async function deliveries(webhookId: string, states: readonly string[]): Promise<void> {
  await cc.pool.query(
    `INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, name, subject, state, due_at)
     SELECT id, $1, gen_random_uuid(), 'order.created', 'o-1', s, now() + interval '1 hour' FROM unnest($2::uuid[], $3::text[]) AS d(id, s)`, [webhookId, states.map(() => uuid7(Date.now() - 1_000)), states],
  );
}

describe('a webhook', () => {
  test('is read, changed and removed', async () => {
    const { webhookId } = await register();
    const patch = await call('PATCH', `/${webhookId}`, { url: `${receiver.url}/other`, events: ['payment.*'], retryDelay: 100, timeout: 200, rateLimit: 5, filter: { event: [{ prefix: 'payment' }] }, reason: REASON });
    expect([patch.status, patch.body]).toEqual([200, expect.objectContaining({ url: `${receiver.url}/other`, events: ['payment.*'], retryDelay: 100, timeout: 200, rateLimit: 5, retryAttempts: 3 })]);
    expect((await call('PATCH', `/${webhookId}`, { filter: null, rateLimit: null })).body).toMatchObject({ filter: null, rateLimit: null, timeout: 200 });
    expect((await call('GET', `/${webhookId.toUpperCase()}`)).body.url).toBe(`${receiver.url}/other`);
    expect((await call('DELETE', `/${webhookId}`)).body).toEqual({ webhookId, removed: true });
    expect([code(await call('GET', `/${webhookId}`)), code(await call('DELETE', `/${webhookId}`))]).toEqual([[404, 'webhook_not_found'], [404, 'webhook_not_found']]);
    expect((await cc.log.history(webhookId)).map(({ data }: any) => data.act)).toEqual(['webhook.register', 'webhook.change', 'webhook.change', 'webhook.remove']);
  });

  test('keeps what a change does not name, also when the configuration has other limits by now', async () => {
    const { webhookId } = await register();
    await cc.pool.query('UPDATE webhook_endpoints SET retry_attempts = 9 WHERE endpoint_id = $1', [webhookId]);
    expect((await call('PATCH', `/${webhookId}`, { description: 'still' })).body).toMatchObject({ retryAttempts: 9, description: 'still' });
  });

  test('moves the version that dispatchers look at with each change, and not for what changes nothing', async () => {
    const version = async () => Number((await cc.pool.query('SELECT version FROM webhook_registrations')).rows[0].version);
    const { webhookId } = await register();
    const before = await version();
    await call('PATCH', `/${webhookId}`, { description: 'a' });
    const after = await version();
    await call('PATCH', `/${webhookId}`, { description: 'a' });
    await call('POST', `/${webhookId}/enable`, {});
    await call('PATCH', `/${webhookId}`, { headers: {} });
    expect([after - before, (await version()) - after]).toEqual([1, 0]);
  });

  test('discards what was held, though a run before would have delivered it', async () => {
    const { webhookId } = await register();
    await call('POST', `/${webhookId}/disable`, {});
    await cc.pool.query("INSERT INTO webhook_runs (run_id, endpoint_id, from_state, to_state, after_id, until_id) VALUES (gen_random_uuid(), $1, 'held', 'ready', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff')", [webhookId]);
    await deliveries(webhookId, ['held', 'held', 'ready']);
    expect((await call('POST', `/${webhookId}/enable`, { held: 'discard' })).body.held).toEqual({ moved: 3, isComplete: true });
    expect((await cc.pool.query('SELECT DISTINCT state FROM webhook_deliveries WHERE endpoint_id = $1', [webhookId])).rows).toEqual([{ state: 'discarded' }]);
  });

  test('keeps what was counted in the sums when it is removed, and is told anew of another address', async () => {
    const { webhookId } = await register({}, { client: 'leaving' });
    await cc.pool.query('INSERT INTO webhook_counts (endpoint_id, delivered, failed, dead) VALUES ($1, 7, 1, 1)', [webhookId]);
    await cc.pool.query('UPDATE webhook_endpoints SET noticed_at = now() WHERE endpoint_id = $1', [webhookId]);
    const noticed = async () => (await cc.pool.query('SELECT noticed_at IS NOT NULL AS noticed FROM webhook_endpoints WHERE endpoint_id = $1', [webhookId])).rows[0].noticed;
    await call('PATCH', `/${webhookId}`, { description: 'same' }, { client: 'leaving' });
    expect(await noticed()).toBe(true);
    await call('PATCH', `/${webhookId}`, { url: `${receiver.url}/new` }, { client: 'leaving' });
    expect(await noticed()).toBe(false);
    await call('DELETE', `/${webhookId}`, undefined, { client: 'leaving' });
    expect((await call('GET', '/stats', undefined, { client: 'leaving' })).body).toEqual({ registeredWebhooks: 0, deliveredWebhooks: 7, failedWebhooks: 1, queuedWebhooks: 0 });
  });

  test('has what waits for it discarded when it is removed', async () => {
    const { webhookId } = await register();
    await deliveries(webhookId, ['ready', 'ready', 'held', 'delivered', 'dead']);
    await call('DELETE', `/${webhookId}`);
    expect((await cc.pool.query('SELECT state, count(*)::integer AS n FROM webhook_deliveries WHERE endpoint_id = $1 GROUP BY 1 ORDER BY 1', [webhookId])).rows).toEqual([{ state: 'dead', n: 1 }, { state: 'delivered', n: 1 }, { state: 'discarded', n: 3 }]);
  });

  test('S38: sends its headers to the origin for which they were given, and to no other one', async () => {
    const headers = { 'X-Tenant': 'one', Authorization: 'Bearer token-of-the-receiver' };
    const { webhookId } = await register({ url: `${receiver.url}/first`, headers });
    const elsewhere = await startTestReceiver();
    try {
      expect((await call('PATCH', `/${webhookId}`, { url: `${receiver.url}/second` })).body).toMatchObject({ headerNames: Object.keys(headers), droppedHeaders: [] });
      expect((await call('PATCH', `/${webhookId}`, { url: `${elsewhere.url}/third` })).body).toMatchObject({ headerNames: [], droppedHeaders: Object.keys(headers) });
      await call('POST', `/${webhookId}/test`, {});
      expect(JSON.stringify(elsewhere.of('/third')[0]?.headers)).not.toContain('of-the-receiver');
      expect(elsewhere.of('/third')).toHaveLength(1);
      // Also when it goes back: they are gone.
      expect((await call('PATCH', `/${webhookId}`, { url: `${receiver.url}/first` })).body).toMatchObject({ headerNames: [], droppedHeaders: [] });
      expect((await call('PATCH', `/${webhookId}`, { url: `${elsewhere.url}/third`, headers: { 'X-Tenant': 'two' } })).body).toMatchObject({ headerNames: ['X-Tenant'], droppedHeaders: [] });
      await call('POST', `/${webhookId}/test`, {});
      expect(elsewhere.of('/third')[1]?.headers).toMatchObject({ 'x-tenant': 'two' });
    } finally {
      await elsewhere.close();
    }
  });

  test('S38: of somebody else goes elsewhere, is signed and is sent with something else by an admin alone', async () => {
    const { webhookId } = await register({ headers: { Authorization: 'Bearer token-of-the-receiver' } });
    const operator = { client: 'operator', scopes: `${BOTH} webhooks:all` };
    const before = await secretsOf(webhookId);
    for (const [method, path, body] of [['PATCH', '', { url: `${receiver.url}/mine` }], ['PATCH', '', { headers: {} }], ['PATCH', '', { url: `${receiver.url}/mine`, headers: {} }], ['POST', '/rotate', {}], ['POST', '/rotate', { secret: randomBytes(32).toString('base64') }]] as const) {
      expect([method, path, ...code(await call(method, `/${webhookId}${path}`, body, operator))]).toEqual([method, path, 403, 'insufficient_scope']);
    }
    expect([await secretsOf(webhookId), (await call('GET', `/${webhookId}`)).body]).toEqual([before, expect.objectContaining({ url: `${receiver.url}/hooks`, headerNames: ['Authorization'] })]);
    // What does not say where it goes may be changed, and the same url says nothing new.
    expect((await call('PATCH', `/${webhookId}`, { url: `${receiver.url}/hooks`, rateLimit: 5 }, operator)).body).toMatchObject({ rateLimit: 5, headerNames: ['Authorization'] });
    const admin = { client: 'boss', scopes: `${BOTH} admin` };
    expect((await call('PATCH', `/${webhookId}`, { url: `${receiver.url}/other`, headers: {} }, admin)).body).toMatchObject({ url: `${receiver.url}/other`, headerNames: [] });
    expect((await call('POST', `/${webhookId}/rotate`, {}, admin)).status).toBe(200);
  });

  test('S38: of somebody else is answered as one that is not there, on every route', async () => {
    const { webhookId } = await register();
    await deliveries(webhookId, ['dead']);
    const deliveryId = (await call('GET', `/${webhookId}/deliveries`)).body.items[0].deliveryId;
    const routes: [string, string, object?][] = [
      ['GET', ''], ['PATCH', '', { description: 'mine' }], ['DELETE', ''], ['POST', '/rotate', {}], ['POST', '/test', {}], ['POST', '/enable', {}], ['POST', '/disable', {}], ['POST', '/recover', { since: '2026-01-01T00:00:00Z' }],
      ['GET', '/deliveries'], ['GET', `/deliveries/${deliveryId}`], ['POST', `/deliveries/${deliveryId}/retry`, {}],
    ];
    const before = receiver.got.length;
    const plain = ({ status, body }: any) => [status, { ...body, instance: '', requestId: '' }];
    for (const [method, path, body] of routes) {
      const foreign = await call(method, `/${webhookId}${path}`, body, { client: 'thief' });
      const unknown = await call(method, `/00000000-0000-4000-8000-000000000000${path}`, body, { client: 'thief' });
      const senseless = await call(method, `/nothing${path}`, body, { client: 'thief' });
      expect([foreign.body.code, plain(foreign), plain(senseless)]).toEqual(['webhook_not_found', plain(unknown), plain(unknown)]);
    }
    expect([receiver.got.length - before, (await call('GET', `/${webhookId}`)).body.description]).toEqual([0, null]);
    expect((await call('GET', `/${webhookId}`, undefined, { client: 'boss', scopes: `${READ} admin` })).status).toBe(200);
  });
});

describe('POST /api/webhooks/:id/rotate', () => {
  test('shows the new secret once, and lets the one before sign along for 24 hours', async () => {
    const { webhookId, secret: first } = await register();
    const rotated = (await call('POST', `/${webhookId}/rotate`, { reason: REASON })).body;
    expect(rotated.secrets).toEqual([
      { signing: 'hmac', createdAt: expect.any(String), expiresAt: null, publicKey: null }, { signing: 'hmac', createdAt: expect.any(String), expiresAt: expect.any(String), publicKey: null },
    ]);
    expect(Date.parse(rotated.secrets[1].expiresAt) - Date.parse(rotated.secrets[0].createdAt)).toBe(86_400_000);
    expect((await secretsOf(webhookId)).map((one) => one.secret)).toEqual([rotated.secret, first]);
    expect((await call('GET', `/${webhookId}`)).body.secrets).toEqual(rotated.secrets);
  });

  test('takes a strong secret of the owner, refuses a weak one, and makes keys of Ed25519 on request', async () => {
    const { webhookId } = await register();
    const own = randomBytes(32).toString('base64');
    expect((await call('POST', `/${webhookId}/rotate`, { secret: own })).body.secret).toBeNull();
    expect(code(await call('POST', `/${webhookId}/rotate`, { secret: 'webhook-secret-key' }))).toEqual([422, 'webhook_secret_weak']);
    const { secret, secrets } = (await call('POST', `/${webhookId}/rotate`, { signing: 'ed25519' })).body;
    expect([secret, secrets[0]]).toEqual([expect.stringMatching(/^whsk_/), expect.objectContaining({ signing: 'ed25519', publicKey: expect.stringMatching(/^whpk_/) })]);
    for (let n = 0; n < 5; n += 1) expect((await call('POST', `/${webhookId}/rotate`)).status).toBe(200);
    expect(code(await call('POST', `/${webhookId}/rotate`))).toEqual([409, 'webhook_secrets_too_many']);
  });
});

describe('POST /api/webhooks/:id/test', () => {
  test('sends one signed message, and tells what was answered', async () => {
    const { webhookId } = await register({ url: `${receiver.url}/tested`, headers: { 'X-Tenant': 'one' } });
    const { body } = await call('POST', `/${webhookId}/test`, {});
    expect(body).toEqual({ delivered: true, eventId: expect.any(String), event: 'webhook.test', status: 200, durationMs: expect.any(Number), answer: 'ok', error: null });
    const [got] = receiver.of('/tested');
    expect(got?.headers).toMatchObject({ 'x-webhook-event': 'webhook.test', 'x-webhook-id': webhookId, 'webhook-id': body.eventId, 'x-tenant': 'one', 'webhook-signature': expect.stringMatching(/^v1,/), 'x-webhook-signature': expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await cc.pool.query('SELECT count(*)::integer AS n FROM webhook_deliveries WHERE endpoint_id = $1', [webhookId])).rows).toEqual([{ n: 0 }]);
  });

  test('S31: goes through the same guard: an address that is not allowed any more gets nothing, and S36: the reason names no address', async () => {
    const { webhookId } = await register();
    await cc.pool.query("UPDATE webhook_endpoints SET url = 'https://10.1.2.3/inner' WHERE endpoint_id = $1", [webhookId]);
    const { body } = await call('POST', `/${webhookId}/test`, {});
    expect([body.delivered, body.status, body.error]).toEqual([false, null, expect.stringContaining('address refused')]);
    expect(body.error).not.toContain('10.1.2.3');
  });
});

describe('POST /api/webhooks/:id/disable and /enable', () => {
  test('hold what comes, and deliver or discard it', async () => {
    const { webhookId } = await register({ url: `${receiver.url}/held` });
    expect((await call('POST', `/${webhookId}/disable`, { reason: REASON })).body).toMatchObject({ status: 'disabled', disabledReason: 'asked_by_phone', disabledAt: expect.any(String) });
    await deliveries(webhookId, ['held', 'held']);
    expect((await call('POST', `/${webhookId}/enable`, { held: 'discard' })).body).toMatchObject({ status: 'enabled', disabledReason: null, disabledAt: null, held: { moved: 2, isComplete: true } });
    expect(await states(webhookId)).toEqual({ discarded: 2 });
    await call('POST', `/${webhookId}/disable`);
    await cc.order();
    await untilStates(webhookId, { discarded: 2, held: 1 });
    expect((await call('POST', `/${webhookId}/enable`)).body.held).toEqual({ moved: 1, isComplete: true });
    await untilStates(webhookId, { discarded: 2, delivered: 1 });
    expect(receiver.of('/held')).toHaveLength(1);
  });

  test('keep the first reason, and refuse an address that is not allowed any more', async () => {
    const { webhookId } = await register();
    await call('POST', `/${webhookId}/disable`, { reason: REASON });
    expect((await call('POST', `/${webhookId}/disable`, { reason: { code: 'again' } })).body.disabledReason).toBe('asked_by_phone');
    await cc.pool.query("UPDATE webhook_endpoints SET url = 'https://10.1.2.3/inner' WHERE endpoint_id = $1", [webhookId]);
    expect(code(await call('POST', `/${webhookId}/enable`))).toEqual([422, 'webhook_address_refused']);
  });
});

async function states(webhookId: string): Promise<Record<string, number>> {
  const { rows } = await cc.pool.query('SELECT state, count(*)::integer AS n FROM webhook_deliveries WHERE endpoint_id = $1 GROUP BY 1', [webhookId]);
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

async function untilStates(webhookId: string, expected: Record<string, number>): Promise<void> {
  await eventually(`deliveries as ${JSON.stringify(expected)}`, async () => isDeepStrictEqual(await states(webhookId), expected));
}

describe('the secrets of endpoints', () => {
  test('S41: are sealed anew under the newest key with the headers, and none is lost', async () => {
    const { webhookId, secret } = await register({ headers: { 'X-Tenant': 'one' } });
    const old = Buffer.alloc(32, 6).toString('base64');
    const newest = Buffer.alloc(32, 7).toString('base64');
    await sealAnew({ db: cc.pool, secrets: createSecretsBox(`${newest},${old}`, randomBytes) });
    const { rows } = await cc.pool.query('SELECT endpoint_id, secrets FROM webhook_endpoints');
    expect(rows.map((row) => createSecretsBox(newest, randomBytes).open(row.secrets, row.endpoint_id))).toMatchObject([{ secrets: [{ secret }], headers: { 'X-Tenant': 'one' } }]);
    expect(webhookId).toBe(rows[0].endpoint_id);
  });

  test('S41: that open under no key of the list are not touched and told of, and the others are sealed anew', async () => {
    const [old, newest, lost] = [6, 8, 9].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string, string];
    for (let at = 0; at < 3; at += 1) await register({});
    const read = async (): Promise<{ endpoint_id: string; secrets: Buffer }[]> => (await cc.pool.query('SELECT endpoint_id, secrets FROM webhook_endpoints ORDER BY endpoint_id')).rows;
    const [bad] = await read();
    await cc.pool.query('UPDATE webhook_endpoints SET secrets = $2 WHERE endpoint_id = $1', [bad?.endpoint_id, createSecretsBox(lost, randomBytes).seal({ secrets: [], headers: {} }, bad?.endpoint_id ?? '')]);
    const before = await read();
    const box = createSecretsBox(`${newest},${old}`, randomBytes);
    await expect(sealAnew({ db: cc.pool, secrets: box })).rejects.toThrow(new RegExp(`^Of 1 webhooks the secret opens under no key of WEBHOOK_SECRETS_KEY, and stays as it is: ${bad?.endpoint_id}$`));
    const after = await read();
    expect([after.length, after[0]]).toEqual([3, before[0]]);
    expect(after.slice(1).map(({ secrets }) => secrets.subarray(1, 5).equals(box.newestKeyName))).toEqual([true, true]);
  });
});

test('every route is described without a gap', async () => {
  expect(gapsInDescription((await cc.call('GET', '/openapi.json')).body)).toEqual([]);
});
