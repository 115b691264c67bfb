/**
 * Security checks S42 and S43 (docs/security-checks.md): what is personal or secret is sent to every route of both services as they
 * run, also where it makes them fail, and others throw it back at them in their answers. Then it is looked for in logs, figures,
 * traces, answers to errors, dead letters, records of failures and public pages.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { requestFor } from '@commerce/order-fulfillment/test-service';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';
import { tokenOf } from '../kit/tokens.ts';
import { describedRoutes } from './services.http.ts';
import { send } from './wire.http.ts';
import type { Answer, Sent } from './wire.http.ts';

const SERVICES = ['cc', 'of'] as const;
type ServiceName = (typeof SERVICES)[number];

const MARK = randomBytes(4).toString('hex');
/** Passes the check of card numbers, and belongs to nobody. */
const CARD = '4242424242424242';
const CANARIES = {
  email: `canary.person.${MARK}@leak.example`,
  name: `Canaryson-${MARK}`,
  card: CARD,
  cardToken: `tok_canary_${MARK}`,
  webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
  clientSecret: randomBytes(32).toString('base64'),
  paymentsKey: `canary-key-of-payments-${MARK}`,
  lmsKey: `canary-key-of-the-lms-${MARK}`,
  password: `canary-password-${MARK}`,
};
const ATTACK = `\r\n{"level":"error","msg":"INJECTED-${MARK}"}\u001b[31m\u009b2J\u202e\u2028`;
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

let outside: Server;
let pair: Pair;
const seen: string[] = [];
const tokens = {} as Record<ServiceName, string>;
const traces: string[] = [];

/** A collector of traces; to everybody else somebody who fails, and repeats all that he was told. */
function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const parts: Buffer[] = [];
  incoming.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
    const body = Buffer.concat(parts).toString();
    if (incoming.url === '/v1/traces') {
      traces.push(body);
      return void outgoing.setHeader('content-type', 'application/json').end('{}');
    }
    seen.push(`${incoming.url} ${body}`);
    outgoing.statusCode = 500;
    outgoing.setHeader('content-type', 'application/json');
    outgoing.end(JSON.stringify({ error: { message: `failed for ${body} with ${JSON.stringify(incoming.headers)}${ATTACK}` }, message: body, code: body.slice(0, 100) }));
  });
}

beforeAll(async () => {
  outside = createServer(answer);
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
  const both = { LOG_LEVEL: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: url };
  pair = await startPair({ environment: { cc: { ...both, PAYMENTS_URL: url, PAYMENTS_API_KEY: CANARIES.paymentsKey }, of: { ...both, LMS_URL: url, LMS_API_KEY: CANARIES.lmsKey } } });
  for (const service of SERVICES) tokens[service] = await tokenOf(pair.stack.description, 'operator', pair.stack.description[service]);
}, 90_000);
afterAll(async () => {
  await pair?.stop();
  outside?.closeAllConnections();
  outside?.close();
}, 60_000);

function call(service: ServiceName, sent: Sent, token = tokens[service]): Promise<Answer> {
  return send(pair.stack.description[service], { ...sent, headers: ['authorization', `Bearer ${token}`, ...(sent.headers ?? [])] });
}

const json = (method: string, path: string, body: unknown, key: string = crypto.randomUUID()): Sent => ({ method, path, headers: ['content-type', 'application/json', 'idempotency-key', key], body: JSON.stringify(body) });

/** All that must not be found. */
function secrets(): string[] {
  const { inside, clients, users } = pair.stack.description;
  return [...Object.values(CANARIES), ...Object.values(tokens), inside.ccDatabaseUrl, inside.ofDatabaseUrl, ...Object.values(clients).map(({ secret }) => secret), ...Object.values(users).map(({ password }) => password)];
}

function expectNone(where: string, text: string): void {
  const spellings = (secret: string): string[] => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
  const found = secrets().filter((secret) => spellings(secret).some((spelling) => text.includes(spelling)));
  expect([where, found.map((secret) => Object.entries(CANARIES).find(([, value]) => value === secret)?.[0] ?? `${secret.slice(0, 6)}…`)]).toEqual([where, []]);
}

const refusals: { readonly route: string; readonly text: string }[] = [];

/** Every route, with the canaries where they do not belong: in fields, headers, the address, in JSON that is none. */
async function provoke(service: ServiceName): Promise<number> {
  const { password, webhookSecret, clientSecret, cardToken, ...personal } = CANARIES;
  const carrier = { ...personal, customerId: personal.email, reason: { code: personal.email, message: ATTACK }, payment: { method: { type: 'card', token: CARD } }, authentication: { secret: clientSecret }, url: `https://user:${password}@leak.example/${ATTACK}`, secret: webhookSecret, lines: [{ sku: cardToken }], [`x${ATTACK}`]: personal.name };
  const routes = (await describedRoutes({ url: pair.stack.description[service] })).filter(({ isStream }) => !isStream);
  for (const { method, path, query } of routes) {
    const at = path.replaceAll(/\{\w+\}/g, encodeURIComponent(`${personal.email}${ATTACK}`));
    const asked = query.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(query.map(({ name }) => [name, personal.email])))}`;
    const headers = ['content-type', 'application/json', 'idempotency-key', personal.email, 'user-agent', personal.name, 'x-request-id', personal.email, 'x-correlation-id', personal.email, 'traceparent', personal.email, 'referer', `https://leak.example/${personal.email}`, 'cookie', `dashboard=${password}`, 'if-match', personal.email];
    const bodies = method === 'GET' ? [undefined] : [JSON.stringify(carrier), `{"email":"${personal.email}","card":"${CARD}`];
    const answers = [
      ...await Promise.all(bodies.map((body) => call(service, { method, path: `${at}${asked}`, headers, body }))),
      await call(service, { method, path: `${at}${asked}`, headers, body: bodies[0] }, `${tokens[service]}x`),
    ];
    for (const { status, text, headers: given } of answers) if (status >= 400) refusals.push({ route: `${method} ${path} ${status}`, text: `${text} ${JSON.stringify(given)}` });
  }
  return routes.length;
}

/** What is taken, and fails on its way: the payment and the course are asked of somebody who repeats what he was told. */
async function work(): Promise<{ orderId: string; webhookId: string }> {
  const user = await call('cc', json('POST', '/users', { userId: `u-${MARK}`, email: CANARIES.email, name: CANARIES.name }));
  expect(user.status).toBe(201);
  const hook = await call('cc', json('POST', '/api/webhooks/register', { url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}/hook`, events: ['*'], secret: CANARIES.webhookSecret, headers: { 'X-Tenant': CANARIES.password } }));
  expect(hook.status).toBe(201);
  const order = await call('cc', json('POST', '/orders', {
    customerId: `u-${MARK}`, currency: 'USD', lines: [{ sku: 'A', quantity: 1, unitPrice: '10.00' }], payment: { method: { type: 'card', token: CANARIES.cardToken } },
    shipTo: { name: CANARIES.name, address: `1 ${CANARIES.name} Street` }, metadata: { note: `for ${CANARIES.email}${ATTACK}` },
  }));
  expect(order.status).toBe(202);
  const client = { clientId: `canary-${MARK}`, authentication: { type: 'signature', keys: [{ keyid: `canary-${MARK}`, alg: 'hmac-sha256', secret: CANARIES.clientSecret }] } };
  expect((await call('of', json('POST', '/v1/clients', client))).status).toBe(201);
  const course = { ...requestFor(['course'], { customer: { id: `u-${MARK}`, email: CANARIES.email, name: CANARIES.name } }) };
  const storefront = await tokenOf(pair.stack.description, 'commerce-coordinator', pair.stack.description.of);
  expect((await call('of', json('POST', '/v1/fulfillments', course), storefront)).status).toBe(202);
  return { orderId: order.body.orderId, webhookId: hook.body.webhookId };
}

const logs = (): { file: string; text: string }[] => {
  const folder = pair.stack.description.inside.logs;
  return readdirSync(folder).filter((name) => /^(commerce-coordinator|order-fulfillment).*\.log/.test(name)).map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
};

test('S42: nothing secret or personal is in logs, figures, traces, answers to errors, records of failures, dead letters or public pages', async () => {
  const { orderId, webhookId } = await work();
  for (const service of SERVICES) expect(await provoke(service)).toBeGreaterThan(20);
  for (const path of ['/v1/charges', '/hook', '/api/enrollment']) await eventually(`somebody outside hears ${path}`, async () => (seen.some((text) => text.includes(path)) ? true : undefined));
  await eventually('the failure of the payment is recorded', async () => {
    const [recorded] = await pair.rows<{ count: number }>('cc', 'SELECT (SELECT count(*) FROM failed_attempts)::int + (SELECT count(*) FROM work WHERE last_error IS NOT NULL)::int AS count');
    return (recorded?.count ?? 0) > 0 ? true : undefined;
  });
  await eventually('traces come', async () => (traces.join('').includes('payments.charge') ? true : undefined));

  expect(refusals.length).toBeGreaterThan(250);
  for (const { route, text } of refusals) expectNone(route, text);
  for (const { file, text } of logs()) {
    expect(text).toContain('request finished');
    expectNone(file, text);
  }
  expectNone('traces', traces.join('\n'));
  for (const service of SERVICES) {
    expectNone(`figures of ${service}`, (await call(service, { path: '/metrics' })).text);
    expectNone(`dead letters of ${service}`, (await call(service, { path: '/dead-letters' })).text);
    for (const table of ['failed_attempts', 'work']) expectNone(`${table} of ${service}`, JSON.stringify(await pair.rows(service, `SELECT ${table === 'work' ? 'last_error' : 'error'} FROM ${table}`)));
    for (const path of ['/openapi.json', '/docs', '/problems', '/health/live', '/health/ready', ...(service === 'cc' ? ['/dashboard/', '/catalog', '/health/events'] : [])]) expectNone(`${service} ${path}`, (await send(pair.stack.description[service], { path })).text);
  }
  const calls = await eventually('the calls to the provider are kept', async () => {
    const kept = await call('cc', { path: `/api/calls?subject=${orderId}` });
    return kept.body.items.length > 0 ? kept : undefined;
  });
  expectNone('the calls to the provider', calls.text);
  const hook = await call('cc', { path: `/api/webhooks/${webhookId}` });
  expect(hook.status).toBe(200);
  expectNone('the webhook', hook.text);
  expectNone('who watches events and may not see customers', (await call('cc', { path: '/api/events/history?limit=200' }, await tokenOf(pair.stack.description, 'operator', pair.stack.description.cc, 'events:read'))).text);
}, 120_000);

test('S43: whatever was sent, each line of a log is one object of JSON, without a letter that could steer a terminal', () => {
  for (const { file, text } of logs()) {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) {
      expect([file, typeof JSON.parse(line), CONTROL.test(line)]).toEqual([file, 'object', false]);
      expect(String(JSON.parse(line).msg)).not.toMatch(/^INJECTED/);
    }
    expect(text).not.toMatch(/\\u00(?:0[0-9a-f]|1[0-9a-f]|7f|8|9)|\\[rn]\{|\\u20(?:2[89a-e]|6[6-9])/i);
  }
});
