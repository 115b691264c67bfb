/** The way to the lab: a real server, beside a lab that a test plays. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { byToken } from '@commerce/service-kit/auth';
import { readConfig } from '@commerce/service-kit/config';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { systemPorts } from '@commerce/service-kit/ports';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Act } from '../audit.ts';
import { CONFIG } from '../config.ts';
import { openDevelopment } from './open.ts';
import { labProblems } from './problems.ts';

const TOKEN = 'token-of-the-lab';
const FAULTS = { now: '2026-11-22T10:00:00.000Z', dependencies: [{ dependency: 'lms', title: 'LMS', unavailable: null, kinds: [{ kind: 'down', title: 'It is away.', maxSeconds: 600, latencyMs: null, share: null }], active: null }] };

let lab: Server;
let server: HttpServer;
let url: string;
/** What came to the lab, and what it answers. */
let asked: { method: string | undefined; url: string | undefined; token: string | undefined; body: string }[] = [];
let answer: { status: number; body: unknown };
let recorded: Act[] = [];

beforeAll(async () => {
  lab = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk)).on('end', () => {
      asked.push({ method: request.method, url: request.url, token: request.headers.authorization, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => lab.listen(0, '127.0.0.1', resolve));
  server = await createHttpServer({ name: 'test', version: '0', logger: createLogger({ name: 'test', level: 'silent' }), issuer: 'http://127.0.0.1:1', problems: [labProblems], auth: byToken(namedTokens), ports: systemPorts({ uuid: () => crypto.randomUUID() }) });
  openDevelopment(server.app, { labUrl: `http://127.0.0.1:${(lab.address() as AddressInfo).port}`, labToken: TOKEN }, async (act) => void recorded.push(act));
  ({ url } = await server.listen({ port: 0 }));
});
afterAll(async () => {
  await server?.drain({ graceMs: 500 });
  lab.closeAllConnections();
  lab.close();
});
beforeEach(() => {
  asked = [];
  recorded = [];
  answer = { status: 200, body: FAULTS };
});

async function call(method: string, path: string, { scopes, body }: { scopes: string; body?: object }): Promise<{ status: number; body: any }> {
  const response = await fetch(`${url}/development/lab${path}`, { method, headers: { authorization: `Bearer somebody;${scopes}`, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) });
  return { status: response.status, body: await response.json() };
}

test('a wish is handed on with the token of the lab, and its answer handed back', async () => {
  const wish = { kind: 'down', seconds: 30, seed: 7 };
  expect(await call('PUT', '/faults/lms', { body: wish, scopes: 'admin' })).toMatchObject({ status: 200, body: FAULTS });
  expect(asked).toEqual([{ method: 'PUT', url: '/faults/lms', token: `Bearer ${TOKEN}`, body: JSON.stringify(wish) }]);
  expect(recorded).toMatchObject([{ act: 'lab.break', about: 'lms', why: null, details: wish }]);
  const reason = { code: 'told_in_dashboard', message: 'to see what happens' };
  await call('PUT', '/faults/lms', { body: { ...wish, reason }, scopes: 'admin' });
  expect([asked[1]?.body, recorded[1]?.why]).toEqual([JSON.stringify(wish), reason]);
  for (const [method, path] of [['GET', '/faults'], ['DELETE', '/faults/lms'], ['DELETE', '/faults']] as const) expect((await call(method, path, { scopes: 'admin events:read' })).status).toBe(200);
  expect(asked.slice(2).map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /faults', 'DELETE /faults/lms', 'DELETE /faults']);
});

test('who may read only reads, and what is no wish goes nowhere', async () => {
  expect((await call('GET', '/faults', { scopes: 'events:read' })).status).toBe(200);
  asked = [];
  for (const [method, path] of [['PUT', '/faults/lms'], ['DELETE', '/faults/lms'], ['DELETE', '/faults']] as const) {
    expect((await call(method, path, { scopes: 'events:read', ...(method === 'PUT' && { body: { kind: 'down', seconds: 1 } }) })).status).toBe(403);
  }
  for (const [path, body] of [['/faults/moon', { kind: 'down', seconds: 1 }], ['/faults/lms', { kind: 'loud', seconds: 1 }], ['/faults/lms', { kind: 'down', seconds: 601 }], ['/faults/lms', { kind: 'down', seconds: 1, more: 1 }]] as const) {
    expect(await call('PUT', path, { body, scopes: 'admin' })).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  }
  expect(asked).toEqual([]);
});

test('what the lab refuses is said in its words; one that does not answer as agreed is not available', async () => {
  const wish = { body: { kind: 'down', seconds: 30 }, scopes: 'admin' };
  answer = { status: 422, body: { message: 'LMS may be "down" for at most 5 s.' } };
  expect(await call('PUT', '/faults/lms', wish)).toMatchObject({ status: 422, body: { code: 'lab_fault_refused', detail: 'LMS may be "down" for at most 5 s.' } });
  for (const given of [{ status: 200, body: { ...FAULTS, more: 1 } }, { status: 502, body: { message: 'it is away' } }, { status: 401, body: {} }]) {
    answer = given;
    expect(await call('GET', '/faults', { scopes: 'events:read' })).toMatchObject({ status: 503, body: { code: 'lab_unavailable' } });
  }
});

test('S46: production does not start with a lab, and says why', () => {
  const secret = Buffer.alloc(32, 1).toString('base64');
  const environment = {
    NODE_ENV: 'production', DATABASE_URL: 'postgres://x@127.0.0.1/x', OF_CLIENT_SECRET: secret, EVENT_BUS_NAME: 'bus', FULFILLMENT_QUEUE_URL: 'https://queue', LAB_URL: 'http://127.0.0.1:1', LAB_TOKEN: TOKEN,
  };
  const refusal = (() => {
    try {
      return readConfig(CONFIG, environment);
    } catch (error) {
      return String(error);
    }
  })();
  expect(refusal).toContain('LAB_URL must not be set in production: it lets people break what runs');
  expect(refusal).toContain('LAB_TOKEN must not be set in production');
  expect(refusal).not.toContain(TOKEN);
});

test('a lab without its token stops the start, and without a lab no route is added', () => {
  expect(() => openDevelopment(server.app, { labUrl: 'http://127.0.0.1:1', labToken: undefined }, async () => undefined)).toThrow('LAB_TOKEN is missing');
  openDevelopment({} as never, { labUrl: undefined, labToken: undefined }, async () => undefined);
});
