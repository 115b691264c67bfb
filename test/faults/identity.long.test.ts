/** Who may call: every route of both services against every kind of wrong token, and an issuer that cannot be reached. */
import { generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { complaints } from '../kit/end-state.ts';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { reSigned, tampered, tokenOf, unsigned } from '../kit/tokens.ts';

const LIMIT_MS = 60_000;
/** The same at both services. */
const DEAD_LETTERS = [
  'GET /dead-letters', 'GET /dead-letters/counts', 'GET /dead-letters/{letterId}', 'GET /dead-letter-runs', 'POST /dead-letter-runs', 'GET /dead-letter-runs/{runId}', 'POST /dead-letter-runs/{runId}/stop',
];
const AUDIT = ['GET /api/audit', 'GET /api/audit/verification', 'POST /api/audit/verification'];
/** Health and problem pages, which nobody describes, are public beside these. */
const ROUTES = {
  cc: {
    public: [
      ...['orders', 'disputes'].flatMap((what) => [`POST /webhooks/payments/${what}`, `POST /webhooks/payments/${what}/{provider}`]),
      'POST /api/webhooks/order-status', 'POST /api/webhooks/worker-status', 'POST /api/webhooks/test',
    ],
    guarded: [
      'POST /internal/updates/orders', 'POST /internal/updates/disputes',
      'POST /orders', 'GET /orders', 'GET /orders/{orderId}', 'GET /orders/{orderId}/timeline', 'GET /reconciliation', 'GET /orders/care', 'GET /orders/care/counts', 'GET /orders/{orderId}/care',
      'GET /api/analytics', 'GET /api/analytics/series', 'GET /customers/{customerId}/export', 'DELETE /customers/{customerId}',
      'GET /panels', 'GET /orders/{orderId}/shipment', 'POST /orders/{orderId}/shipment/deliveries',
      ...['cancel', 'refund', 'retry', 'revoke', 're-request'].map((act) => `POST /orders/{orderId}/${act}`),
      ...DEAD_LETTERS, ...AUDIT,
      'GET /api/catalog', 'GET /api/catalog/{type}', 'GET /api/catalog/{type}/example', 'GET /api/catalog/{type}/versions/{version}/schema', 'POST /api/events',
      'GET /api/events/history', 'GET /api/events/{eventId}', 'GET /api/events/stats', 'GET /api/events/metrics', 'GET /api/flow', 'GET /api/calls', 'GET /api/events/stream', 'POST /api/events/test', 'GET /metrics',
      'GET /archive-replays', 'POST /archive-replays', 'GET /archive-replays/{name}', 'POST /archive-replays/{name}/stop',
      'POST /api/replays', 'GET /api/replays', 'GET /api/replays/targets', 'GET /api/replays/{replayId}', 'GET /api/replays/{replayId}/differences', ...['run', 'stop', 'resume', 'drop-kept'].map((act) => `POST /api/replays/{replayId}/${act}`),
      'POST /api/webhooks/register', 'GET /api/webhooks', 'GET /api/webhooks/stats', 'GET /api/webhooks/figures', 'GET /api/webhooks/dead-deliveries', 'GET /api/webhooks/deliveries', 'POST /api/webhooks/recover',
      ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /api/webhooks/{id}`), ...['rotate', 'test', 'enable', 'disable', 'recover'].map((act) => `POST /api/webhooks/{id}/${act}`),
      'GET /api/webhooks/{id}/deliveries', 'GET /api/webhooks/{id}/deliveries/{deliveryId}', 'POST /api/webhooks/{id}/deliveries/{deliveryId}/retry',
      'POST /inventory/adjustments', 'POST /inventory/adjustments/bulk', 'GET /inventory', 'GET /inventory/{sku}',
      ...['users', 'products'].flatMap((list) => [`POST /${list}`, `GET /${list}`]), ...['GET', 'PATCH'].flatMap((method) => [`${method} /users/{userId}`, `${method} /products/{sku}`]),
      'GET /api/dashboard/sessions', 'POST /api/dashboard/sessions/end',
      'POST /users/{userId}/deactivate', 'POST /products/{sku}/discontinue',
      'POST /carts', 'GET /carts/{cartId}', 'POST /carts/{cartId}/items', 'PATCH /carts/{cartId}/items/{sku}', 'DELETE /carts/{cartId}/items/{sku}', 'POST /carts/{cartId}/checkout',
    ],
  },
  of: {
    public: ['POST /v1/callbacks/lms'],
    guarded: [
      'POST /v1/fulfillments', 'POST /v1/fulfillments/batch', 'GET /v1/capabilities', 'GET /v1/fulfillments', 'GET /v1/fulfillments/{fulfillmentId}',
      'POST /v1/fulfillments/lookup', 'POST /v1/acknowledgements', 'POST /v1/orders/{orderId}/revoke', 'DELETE /v1/orders/{orderId}/personal-data',
      ...['cancel', 'revoke', 'hold', 'release'].map((change) => `POST /v1/fulfillments/{fulfillmentId}/${change}`),
      'GET /metrics',
      'GET /v1/clients', 'POST /v1/clients', ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /v1/clients/{clientId}`),
      'POST /v1/clients/{clientId}/keys', ...['PATCH', 'DELETE'].map((method) => `${method} /v1/clients/{clientId}/keys/{keyid}`),
      ...DEAD_LETTERS, ...AUDIT,
    ],
  },
} as const;
const SERVICES = ['cc', 'of'] as const;
type Service = (typeof SERVICES)[number];
/** A client of each service that may call all of its routes, but those of `ingest` alone. */
const CLIENT = { cc: 'operator', of: 'operator' } as const;

let pair: Pair;
const right = {} as Record<Service, string>;

beforeAll(async () => {
  pair = await startPair({ restartDelayMs: 100 });
  for (const service of SERVICES) right[service] = await tokenOf(pair.stack.description, CLIENT[service], pair.stack.description[service]);
}, 90_000);
afterAll(() => pair?.stop(), 60_000);

async function call(service: Service, route: string, token?: string): Promise<Response> {
  const [method = '', path = ''] = route.split(' ');
  const hasBody = method === 'POST' || method === 'PATCH';
  const body = hasBody ? { body: '{}' } : {};
  return fetch(`${pair.stack.description[service]}${path.replaceAll(/\{\w+\}/g, crypto.randomUUID())}`, {
    method, ...body, headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(hasBody ? { 'content-type': 'application/json' } : {}) },
  });
}

interface Description {
  readonly paths: Record<string, Record<string, { readonly security: readonly unknown[] }>>;
}

/** What the service says of itself: every route, and whether it wants a token. */
async function routesOf(service: Service): Promise<{ route: string; guarded: boolean }[]> {
  const { paths } = (await (await fetch(`${pair.stack.description[service]}/openapi.json`)).json()) as Description;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([method]) => method !== 'head').map(([method, { security }]) => ({ route: `${method.toUpperCase()} ${path}`, guarded: security.length > 0 })));
}

function issuersKey(): JsonWebKey {
  return JSON.parse(readFileSync(join(dirname(pair.stack.description.inside.logs), 'issuer', 'signing-key.json'), 'utf8')) as JsonWebKey;
}

const nowS = (): number => Math.floor(Date.now() / 1_000);

/** Tokens that must not open anything, by name. */
async function wrongTokens(service: Service): Promise<Record<string, string | undefined>> {
  const [another] = SERVICES.filter((name) => name !== service);
  const token = right[service];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [bare, withSignature] = unsigned(token);
  return {
    'no token': undefined,
    'no token, but a word': 'admin',
    'made for the other service': await tokenOf(pair.stack.description, 'operator', pair.stack.description[another!]),
    'expired': reSigned(token, issuersKey(), { iat: nowS() - 7_200, exp: nowS() - 3_600 }),
    'not valid yet': reSigned(token, issuersKey(), { nbf: nowS() + 3_600 }),
    'of another issuer': reSigned(token, issuersKey(), { iss: 'http://127.0.0.1:1' }),
    'signed with another key': reSigned(token, privateKey.export({ format: 'jwk' }), {}),
    'changed after it was signed': tampered(token, { client_id: 'partner', sub: 'partner' }),
    'alg none, without a signature': bare,
    'alg none, with a signature': withSignature,
  };
}

describe.each(SERVICES)('%s', (service) => {
  test('describes exactly the routes that these tests know, and which of them want a token', async () => {
    const routes = await routesOf(service);
    expect(routes.filter(({ guarded }) => guarded).map(({ route }) => route).toSorted()).toEqual([...ROUTES[service].guarded].sort());
    expect(routes.filter(({ guarded }) => !guarded).map(({ route }) => route).toSorted()).toEqual([...ROUTES[service].public].sort());
  });

  test('answers 401 on every guarded route to every wrong token', async () => {
    for (const [name, token] of Object.entries(await wrongTokens(service))) {
      for (const route of ROUTES[service].guarded) {
        const answer = await call(service, route, token);
        expect(`${route} with a token ${name}: ${answer.status}`).toBe(`${route} with a token ${name}: 401`);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
        expect(await answer.json()).toMatchObject({ status: 401, code: 'unauthenticated' });
      }
    }
  });

  test('answers 403 on every guarded route to a right token without the scope', async () => {
    const [others, ofUsers] = await Promise.all(['dlq:read', 'users:read'].map((scope) => tokenOf(pair.stack.description, 'operator', pair.stack.description[service], scope)));
    for (const route of ROUTES[service].guarded) {
      const answer = await call(service, route, / \/dead-letter/.test(route) ? ofUsers : others);
      expect(`${route}: ${answer.status}`).toBe(`${route}: 403`);
      expect(answer.headers.get('www-authenticate')).toMatch(/insufficient_scope/);
    }
  });

  test('lets a right token through on every guarded route', async () => {
    for (const route of ROUTES[service].guarded) {
      const token = route.includes(' /internal/updates/') ? await tokenOf(pair.stack.description, 'ingest', pair.stack.description.cc) : right[service];
      const { status } = await call(service, route, token);
      // 422: what is asked for cannot be; 428: what is changed must have been read before.
      expect([200, 202, 400, 404, 422, 428]).toContain(status);
    }
  });
});

test('a callback of the LMS without its signature changes nothing', async () => {
  const { status } = await call('of', 'POST /v1/callbacks/lms');
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
});

describe('an issuer that cannot be reached', () => {
  const issuer = () => pair.stack.supervisor.process('issuer');

  test('is not missed by services that have its keys: tokens are checked and orders are completed', async () => {
    expect(await complaints(pair, await pair.settled([await pair.place('A')]))).toEqual([]);
    const seenForTheFirstTime = await tokenOf(pair.stack.description, 'storefront', pair.stack.description.cc, 'orders:read');
    await issuer().stop();
    expect((await call('cc', 'GET /orders', seenForTheFirstTime)).status).toBe(200);
    expect((await call('cc', 'GET /orders', tampered(right.cc, { sub: 'partner' }))).status).toBe(401);
    expect((await call('of', 'GET /v1/fulfillments', right.of)).status).toBe(200);
    const orders = await pair.settled([await pair.place('ABC')]);
    expect(await complaints(pair, orders)).toEqual([]);
  }, LIMIT_MS);

  test('makes services without its keys answer 503 with Retry-After, not 401; when it is back, they go on', async () => {
    for (const service of SERVICES) {
      pair.process(service).signal('SIGKILL');
      await eventually('its end', () => (pair.process(service).isReady ? undefined : true));
    }
    await Promise.all(SERVICES.map((service) => pair.process(service).whenReady(AbortSignal.timeout(LIMIT_MS))));
    for (const service of SERVICES) {
      for (const route of ROUTES[service].guarded) {
        const answer = await call(service, route, right[service]);
        expect(`${route}: ${answer.status}`).toBe(`${route}: 503`);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(await answer.json()).toMatchObject({ code: 'dependency_unavailable', retryable: true });
      }
      expect((await call(service, 'GET /health/live')).status).toBe(200);
    }

    await pair.stack.supervisor.start(issuer().spec);
    const orders = await pair.settled([await pair.place('ABC')]);
    expect(await complaints(pair, orders)).toEqual([]);
  }, LIMIT_MS);
});
