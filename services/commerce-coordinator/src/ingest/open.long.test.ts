/** The role `ingest`: in one process with the API side, and alone beside it. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '@commerce/service-kit/config';
import { eventually } from '@commerce/service-kit/test-eventually';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { INGEST_ALONE, isIngestAlone } from './alone-configuration.ts';
import { startIngestAlone } from './alone.ts';
import type { AloneOverrides, IngestAlone } from './alone.ts';
import { STANDARD, STRIPE } from './test-signed.ts';
import type { Scheme } from './test-signed.ts';

const PRODUCTION = { NODE_ENV: 'production', PAYMENTS_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}` };

let api: TestCoordinator;
let alone: IngestAlone;

beforeAll(async () => {
  api = await startTestCoordinator({ STRIPE_WEBHOOK_SECRET: STRIPE.secret, PAYMENTS_WEBHOOK_SECRET_BEFORE: STANDARD.secretBefore });
  alone = await startAlone({ API_BASE_URL: api.url, STRIPE_WEBHOOK_SECRET: STRIPE.secret, PAYMENTS_WEBHOOK_PROVIDER: 'stripe' });
});
afterAll(async () => {
  await alone?.stop();
  await api?.stop();
});

/** With no variable that it does not need, but for the free port. */
function startAlone(environment: Record<string, string>, overrides: AloneOverrides = {}): Promise<IngestAlone> {
  const needed = { ROLES: 'ingest', DATABASE_URL: databaseUrlOf(api), PAYMENTS_WEBHOOK_SECRET: STANDARD.secret, CC_PORT: '0', LOG_LEVEL: 'silent' };
  const ingestTokens = { get: async () => 'ingest;updates:write', drop: () => false, close: async () => undefined };
  return startIngestAlone(readConfig(INGEST_ALONE, { ...needed, ...environment }), { auth: namedTokens, ingestTokens, ...overrides });
}

async function post({ url }: { readonly url: string }, scheme: Scheme, body: string, path = `/webhooks/payments/orders/${scheme.name}`, secret = scheme.secret): Promise<unknown[]> {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers: scheme.headers(body, { secret }), body });
  const { status, code } = (await response.json()) as { status: unknown; code?: string };
  return [response.status, code ?? status];
}

/** An order that costs 10.00 and waits for its payment. */
async function order(): Promise<string> {
  const orderId = crypto.randomUUID();
  await api.pool.query(
    `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at)
     VALUES ($1, (SELECT count(*) + 1 FROM orders), 'test', $1, '', 'VINET', 'USD', 0, 10.00, '[{"lineId": "1", "sku": "NW-1", "quantity": 1, "unitPrice": "10.00", "discount": "0", "total": "10.00"}]', now(), now())`, [orderId]);
  await api.pool.query("INSERT INTO payments (order_id, status, version, checks, refunds, gone_lines) VALUES ($1, 'initiated', 1, 0, '[]', '[]')", [orderId]);
  return orderId;
}

const paid = async (orderId: string): Promise<number> => (await api.log.history(orderId)).filter(({ type }) => type === 'PaymentProcessed').length;

describe('The ingest', () => {
  test.each([STANDARD, STRIPE])('takes a webhook once, whichever process it comes to', async (scheme) => {
    const orderId = await order();
    const body = scheme.captured(orderId, { id: `evt_${orderId}` });
    expect(await post(alone, scheme, body)).toEqual([202, 'accepted']);
    expect(await post(api, scheme, body)).toEqual([200, 'duplicate']);
    expect(await post(alone, scheme, body)).toEqual([200, 'duplicate']);
    expect(await paid(orderId)).toBe(1);
  });

  test('answers as the API side says', async () => {
    const orderId = await order();
    expect(await post(api, STANDARD, STANDARD.captured(crypto.randomUUID(), { id: 'evt_nobody' }))).toEqual([404, 'payment_order_unknown']);
    expect(await post(api, STANDARD, STANDARD.captured(orderId, { id: 'evt_less', amountMinor: 999 }))).toEqual([422, 'payment_transition_illegal']);
    expect(await paid(orderId)).toBe(0);
  });

  test('has a provider for the paths without one, and takes the secret before', async () => {
    const [first, second] = [await order(), await order()];
    const [body, ofStripe] = [STANDARD.captured(first, { id: 'evt_a' }), STRIPE.captured(second, { id: 'evt_b' })];
    expect(await post(api, STANDARD, body, '/webhooks/payments/orders', STANDARD.secretBefore)).toEqual([202, 'accepted']);
    expect(await post(alone, STRIPE, ofStripe, '/webhooks/payments/orders')).toEqual([202, 'accepted']);
    expect(await post(alone, STANDARD, body, '/webhooks/payments/orders')).toEqual([401, 'webhook_signature_invalid']);
  });

  test('notes an event of a type that means nothing once, however often it comes', async () => {
    // All of them wait at the ledger, and go on at the same moment.
    const held = await api.pool.connect();
    await held.query('BEGIN; LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE');
    const posted = Array.from({ length: 10 }, (_, index) => post(index % 2 === 0 ? api : alone, STRIPE, STRIPE.unknown('o', 'evt_strange')));
    await eventually('those who wait', async () => (await held.query('SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())')).rows[0].count === posted.length || undefined);
    await held.query('COMMIT');
    held.release();
    const answers = await Promise.all(posted);
    expect(answers).toEqual(answers.map(() => [200, 'ignored']));
    for (const cc of [api, alone, api]) expect(await post(cc, STRIPE, STRIPE.unknown('o', 'evt_strange'))).toEqual([200, 'ignored']);
    expect(await api.log.ignored('stripe:evt_strange')).toMatchObject([{ handler: 'ingest.stripe', rule: 'unknown_event_type', evidence: { providerEventId: 'evt_strange', type: 'customer.created' } }]);
  });

  test('is not there in a process that has not the role, and has no other routes in one that has no other role', async () => {
    expect((await fetch(`${alone.url}/orders`)).status).toBe(404);
    const { paths } = (await (await fetch(`${alone.url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(paths).filter((path) => path !== '/metrics').toSorted()).toEqual(['/webhooks/payments/disputes', '/webhooks/payments/disputes/{provider}', '/webhooks/payments/orders', '/webhooks/payments/orders/{provider}']);
  });

  test.each<[string, Record<string, string>, string]>([
    ['does not know where the API side is', {}, 'API_BASE_URL is missing'],
    ['has no secret of its default provider', { PAYMENTS_WEBHOOK_PROVIDER: 'stripe' }, 'PAYMENTS_WEBHOOK_PROVIDER is stripe'],
    ['would send in clear over a network in production', { ...PRODUCTION, WEBHOOK_MODE: 'grpc', API_GRPC_ADDRESS: 'api.example:3010' }, 'API_GRPC_TLS=true'],
    ['would write in clear to Kafka in production', { ...PRODUCTION, WEBHOOK_MODE: 'kafka', UPDATES_KEY: randomBytes(32).toString('base64') }, 'KAFKA_TLS=true'],
    ['could not sign what it writes to Kafka', { WEBHOOK_MODE: 'kafka', UPDATES_KEY: '!'.repeat(43) }, 'UPDATES_KEY must be'],
  ])('does not start when it %s', async (_name, environment, fault) => {
    await expect(startAlone(environment)).rejects.toThrow(fault);
  });

  test('asks alone for what it uses, and for nothing else of the service', () => {
    expect(() => readConfig(INGEST_ALONE, { ROLES: 'ingest' })).toThrow(expect.objectContaining({ faults: [expect.stringContaining('DATABASE_URL is missing'), expect.stringContaining('PAYMENTS_WEBHOOK_SECRET is missing')] }));
    expect(() => readConfig(INGEST_ALONE, { ROLES: 'ingest', WEBHOOK_MODE: 'kafka', DATABASE_URL: 'postgres://x/y', PAYMENTS_WEBHOOK_SECRET: STANDARD.secret })).toThrow('UPDATES_KEY is missing');
    expect([{ ROLES: 'ingest' }, { ROLES: ' ingest ' }, { ROLES: 'ingest,api' }, { ROLES: 'api' }, { ROLES: '' }, {}].map(isIngestAlone)).toEqual([true, true, false, false, false, false]);
  });

  test('starts alone and takes webhooks though its database is away, migrates nothing, and tells that it could not record what means nothing', async () => {
    const orderId = await order();
    const without = await startAlone({ API_BASE_URL: api.url, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere' });
    expect(await post(without, STANDARD, STANDARD.captured(orderId, { id: `evt_${orderId}` }))).toEqual([202, 'accepted']);
    expect(await post(without, STANDARD, STANDARD.unknown('o', 'evt_lost'))).toEqual([502, 'updates_unavailable']);
    expect((await fetch(`${without.url}/health/ready`)).status).toBe(200);
    await without.stop();
  });

  test('counts, alone too, what became of webhooks, and how its circuit stands', async () => {
    const away = await startAlone({ API_BASE_URL: 'http://127.0.0.1:1', API_RETRY_ATTEMPTS: '1', API_BREAKER_FAILURES: '2', API_BREAKER_OPEN_TIME: '30s' });
    for (const id of ['a', 'b', 'c']) expect((await post(away, STANDARD, STANDARD.captured('o', { id })))[0]).toBe(502);
    const text = await (await fetch(`${away.url}/metrics`, { headers: { authorization: 'Bearer prometheus;metrics:read' } })).text();
    expect(text).toContain('commerce_ingest_webhooks_total{outcome="unavailable"} 3');
    expect(text).toContain('commerce_ingest_circuit{state="Open"} 1');
    expect(text).toContain('commerce_ingest_circuit{state="Closed"} 0');
    expect(text).toContain('commerce_ingest_circuit_opened_total 1');
    await away.stop();
  });

  test('does not start without its secret at the issuer', async () => {
    await expect(startAlone({ API_BASE_URL: api.url }, { ingestTokens: undefined as never })).rejects.toThrow('INGEST_CLIENT_SECRET is missing');
  });

  test.each([[1, [200, 'duplicate']], [3, [502, 'updates_unavailable']]] as const)('counts a webhook once when the API side is gone after the effect and before %i of its answers', async (lost, expected) => {
    const orderId = await order();
    const body = STANDARD.captured(orderId, { id: `evt_${orderId}` });
    const front = await losingFront(lost);
    const behind = await startAlone({ API_BASE_URL: front.url, API_RETRY_BASE_DELAY: '1ms' });
    expect(await post(behind, STANDARD, body)).toEqual(expected);
    expect(await post(behind, STANDARD, body)).toEqual([200, 'duplicate']);
    expect(await paid(orderId)).toBe(1);
    await behind.stop();
    await front.stop();
  });

  test('tells that nobody is there as 502, and as soon as somebody is, takes the same webhook', async () => {
    const orderId = await order();
    const body = STANDARD.captured(orderId, { id: `evt_${orderId}` });
    const away = await startAlone({ API_BASE_URL: 'http://127.0.0.1:1', API_RETRY_BASE_DELAY: '1ms' });
    expect(await post(away, STANDARD, body)).toEqual([502, 'updates_unavailable']);
    await away.stop();
    expect(await post(alone, STANDARD, body)).toEqual([202, 'accepted']);
  });
});

/** Hands requests on to the API side, and breaks the connection before the answer of the first `lost` of them. */
async function losingFront(lost: number): Promise<{ url: string; stop(): Promise<unknown> }> {
  let left = lost;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => void (async () => {
      const { authorization = '' } = request.headers;
      const answer = await fetch(`${api.url}${request.url}`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: Buffer.concat(chunks) });
      const text = await answer.text();
      if ((left -= 1) >= 0) response.destroy();
      else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    })());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

function databaseUrlOf({ pool }: TestCoordinator): string {
  return (pool as unknown as { options: { connectionString: string } }).options.connectionString;
}
