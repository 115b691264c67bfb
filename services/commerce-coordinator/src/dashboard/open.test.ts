/** Where the dashboard opens at all, and what of it is there in production. */
import { afterAll, describe, expect, test } from '@jest/globals';
import type { EventLog } from '@commerce/event-log/log';
import { randomBytes } from 'node:crypto';
import { readConfig } from '@commerce/service-kit/config';
import { createCursors } from '@commerce/service-kit/cursors';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpServer } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { systemClock, systemPorts } from '@commerce/service-kit/ports';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import type { Pool } from 'pg';
import { CONFIG } from '../config.ts';
import { dashboardProblems } from './problems.ts';
import { openDashboard } from './open.ts';
import type { Dashboard } from './open.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
const SECRET = randomBytes(32).toString('base64');
const PRODUCTION = { NODE_ENV: 'production', CC_URL: 'https://orders.example.com', DASHBOARD_CLIENT_ID: 'dashboard' };
const servers: HttpServer[] = [];
afterAll(() => Promise.all(servers.map(({ app }) => app.close())));

function open(environment: Record<string, string>): Dashboard {
  const config = readConfig(CONFIG, {
    DATABASE_URL: 'postgres://127.0.0.1:1/none', OF_CLIENT_SECRET: SECRET, EVENT_BUS_NAME: 'unused', FULFILLMENT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/q', PAYMENTS_URL: 'https://pay.example.com', PAYMENTS_API_KEY: SECRET,
    PAYMENTS_WEBHOOK_SECRET: `whsec_${SECRET}`, WEBHOOK_SECRETS_KEY: SECRET, UPDATES_KEY: SECRET, SMTP_URL: 'smtp://mail.example.com', ...environment,
  });
  // Nothing is asked of the database here.
  return openDashboard({ config, pool: undefined as unknown as Pool, tokens: namedTokens, logger, ports: { clock: systemClock }, nowMs: Date.now });
}

async function serve(environment: Record<string, string>): Promise<HttpServer> {
  const dashboard = open(environment);
  const server = await createHttpServer({ name: 'Test', version: '1', logger, auth: dashboard.auth, issuer: 'https://id.example.com', ports: systemPorts({ uuid: () => crypto.randomUUID() }), problems: [dashboardProblems] });
  servers.push(server);
  await dashboard.addRoutes(server, { log: undefined as unknown as EventLog, cursors: createCursors(Buffer.alloc(32, 1)) });
  return server;
}

describe('in production', () => {
  test('there is no link that opens by itself, and no route that makes one', async () => {
    const paths = async (environment: Record<string, string>): Promise<string[]> => (await serve(environment)).routes.map(({ path }) => path);
    const links = ['/dashboard/links', '/dashboard/sign-in/once'];
    expect((await paths(PRODUCTION)).filter((path) => links.includes(path))).toEqual([]);
    expect([...new Set((await paths({ NODE_ENV: 'development' })).filter((path) => links.includes(path)))]).toEqual(links);
  });

  test('a name of this machine is none of ours', async () => {
    const { app } = await serve(PRODUCTION);
    const statuses = await Promise.all(['orders.example.com', '127.0.0.1:3000', 'localhost'].map(async (host) => (await app.inject({ url: '/dashboard', headers: { host } })).statusCode));
    expect(statuses).toEqual([302, 421, 421]);
  });

  test.each([
    ['people would sign in over http', { CC_URL: 'http://orders.example.com' }, /CC_URL must begin with https/],
    ['people would sign in over http on this machine', { CC_URL: 'http://127.0.0.1:3000' }, /CC_URL must begin with https/],
    ['everybody would be an admin', { DASHBOARD_ROLES: '{"admin":["*"]}' }, /DASHBOARD_ROLES must not make everybody/],
    ['everybody would be an operator', { DASHBOARD_ROLES: '{"operator":["*"]}' }, /DASHBOARD_ROLES must not make everybody/],
    ['people would sign in as this service', { DASHBOARD_CLIENT_ID: 'commerce-coordinator' }, /DASHBOARD_CLIENT_ID must not be OF_CLIENT_ID/],
    ['people would sign in as the ingest', { DASHBOARD_CLIENT_ID: 'hooks', INGEST_CLIENT_ID: 'hooks' }, /DASHBOARD_CLIENT_ID must not be INGEST_CLIENT_ID/],
    ['keys would come from an issuer over http', { ISSUER_URL: 'http://id.example.com' }, /ISSUER_URL must begin with https/],
    ['people would go to an issuer over http', { DASHBOARD_ISSUER_URL: 'http://127.0.0.1.example.com' }, /DASHBOARD_ISSUER_URL must begin with https/],
    ['payments would be told over http', { API_BASE_URL: 'http://10.0.0.1:3000' }, /API_BASE_URL must begin with https/],
    ['roles cannot be read', { DASHBOARD_ROLES: 'admin' }, /DASHBOARD_ROLES must be JSON/],
  ])('nothing starts where %s', (_what, change, message) => {
    expect(() => open({ ...PRODUCTION, ...change })).toThrow(message);
  });

  test('an address of this machine needs no https', () => {
    for (const here of ['http://127.0.0.1:3002', 'http://127.0.0.9', 'http://[::1]:1', 'http://localhost:3002']) expect(() => open({ ...PRODUCTION, ISSUER_URL: here, API_BASE_URL: here })).not.toThrow();
    expect(() => open({ ...PRODUCTION, DASHBOARD_ROLES: '{"viewer":["*"]}', ISSUER_URL: 'https://id.example.com', API_BASE_URL: 'https://api.example.com' })).not.toThrow();
  });

  test('a cookie opens nothing where nobody signs in: the database is not even asked', async () => {
    const { DASHBOARD_CLIENT_ID: _none, ...rest } = PRODUCTION;
    const { app } = await serve(rest);
    expect((await app.inject({ url: '/dashboard/session', headers: { host: 'orders.example.com', cookie: `__Host-dashboard=${'A'.repeat(43)}` } })).statusCode).toBe(401);
  });

  test('where nobody signs in, http does', () => {
    const { DASHBOARD_CLIENT_ID: _none, ...rest } = PRODUCTION;
    expect(() => open({ ...rest, CC_URL: 'http://orders.example.com' })).not.toThrow();
  });
});

test('outside production, another machine over http holds no sessions, and roles must be readable', () => {
  expect(() => open({ CC_URL: 'http://orders.example.com', DASHBOARD_CLIENT_ID: 'dashboard' })).toThrow(/CC_URL must begin with https/);
  expect(() => open({ DASHBOARD_ROLES: '{"boss":["a"]}' })).toThrow(/DASHBOARD_ROLES must name the roles/);
});

test('without an issuer a sign-in says so, as a page to people and as a problem to programs', async () => {
  const { app } = await serve({});
  const ask = (accept: string) => app.inject({ url: '/dashboard/sign-in', headers: { host: '127.0.0.1:3000', accept } });
  const [page, problem] = [await ask('text/html'), await ask('application/json')];
  expect([page.statusCode, page.headers['content-type'], problem.statusCode, problem.json().code]).toEqual([503, 'text/html; charset=utf-8', 503, 'sign_in_unavailable']);
  expect(page.body).toContain('DASHBOARD_CLIENT_ID');
});
