/**
 * Security checks S47–S54 (docs/security-checks.md): who gets into the dashboard, and what a session may do. The real service over HTTP,
 * and the local issuer with its login page; a browser is played by a client with cookies.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestCoordinator } from '@commerce/commerce-coordinator/test-coordinator';
import type { TestCoordinator } from '@commerce/commerce-coordinator/test-coordinator';
import { issuerHandler } from '@commerce/local-stack/issuer';
import { loadClients, loadCookieKey, loadSigningKey, loadUsers } from '@commerce/local-stack/issuer-identity';
import { listenOnLoopback } from '@commerce/local-stack/listen';
import type { Listening } from '@commerce/local-stack/listen';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from '../kit/browser.http.ts';
import type { Asked, Loaded } from '../kit/browser.http.ts';
import { freePort } from '../kit/front.http.ts';

type User = 'viewer' | 'operator' | 'admin';

const MINUTE_MS = 60_000;
const directory = mkdtempSync(join(tmpdir(), 'dashboard-test-'));
const users = loadUsers(directory);
const REASON = { code: 'tried_out', message: 'Somebody looks what is refused.' };

let passedMs = 0;
let issuer: Listening;
let cc: TestCoordinator;
let url: string;
const signedIn = {} as Record<User, Browser>;

const nowMs = (): number => Date.now() + passedMs;

beforeAll(async () => {
  url = `http://127.0.0.1:${await freePort()}`;
  const clients = loadClients(directory);
  const signingKey = await loadSigningKey(directory);
  const redirectUris = [`${url}/dashboard/sign-in/callback`];
  issuer = await listenOnLoopback(0, (own) => issuerHandler({ url: own, audiences: [url], clients, users, redirectUris, signingKey, cookieKey: loadCookieKey(directory), tokenLifetimeSeconds: 600, nowMs }));
  cc = await startTestCoordinator({
    CC_URL: url, CC_PORT: new URL(url).port, ISSUER_URL: issuer.url, DASHBOARD_CLIENT_ID: 'dashboard', DASHBOARD_CLIENT_SECRET: clients['dashboard']?.secret ?? '', DASHBOARD_IDLE_LIMIT: '1h', DASHBOARD_SESSION_LIMIT: '10h',
  }, { clock: { now: () => new Date(nowMs()), monotonicMs: () => performance.now() } });
  for (const user of ['viewer', 'operator', 'admin'] as const) signedIn[user] = (await signIn(user)).browser;
});
afterAll(async () => {
  await cc?.stop();
  await issuer?.stop();
  rmSync(directory, { recursive: true });
});

async function signIn(user: User, to = '/dashboard/orders?state=stuck', browser = new Browser()): Promise<{ browser: Browser; landed: Loaded }> {
  const form = await browser.open(`${url}/dashboard/sign-in?to=${encodeURIComponent(to)}`);
  return { browser, landed: await browser.submit(form, { user, password: users[user].password }) };
}

const json = ({ text }: Loaded): any => JSON.parse(text);
const FROM_PAGE = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };

/** As the page asks. */
async function call(browser: Browser, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Loaded> {
  const token = method === 'GET' ? {} : { 'x-csrf-token': json(await browser.ask(`${url}/dashboard/session`, { headers: FROM_PAGE })).csrfToken, origin: url };
  const asked: Asked = { method, headers: { ...FROM_PAGE, ...token, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) };
  return browser.ask(`${url}${path}`, asked);
}

const refusal = (loaded: Loaded): string => `${loaded.status} ${json(loaded).code}`;
const records = async (about: string): Promise<any[]> => (await cc.log.history(about)).filter(({ type }) => type === 'AuditRecorded');

describe('a sign-in', () => {
  test('leads over the issuer back to the view that was asked for, and gives a session with the role of the user', async () => {
    const { browser, landed } = await signIn('operator');
    expect(landed.url).toBe(`${url}/dashboard/orders?state=stuck`);
    const session = json(await call(browser, 'GET', '/dashboard/session'));
    expect(session).toEqual({
      user: { name: 'Local operator', subject: 'operator' }, role: 'operator', scopes: expect.arrayContaining(['orders:read', 'orders:write', 'dlq:write', 'webhooks:all']), csrfToken: expect.stringMatching(/^[\w-]{43}$/),
      expiresAt: expect.any(String), development: true, clientName: 'dashboard',
    });
    expect(Date.parse(session.expiresAt) - nowMs()).toBeGreaterThan(59 * MINUTE_MS);
  });

  test('asks the issuer by PKCE, with a state and a nonce, each new', async () => {
    const begun = await Promise.all([1, 2].map(async () => new URL(String((await new Browser().ask(`${url}/dashboard/sign-in`)).headers['location']))));
    for (const { searchParams } of begun) {
      expect(Object.fromEntries(searchParams)).toMatchObject({ response_type: 'code', client_id: 'dashboard', code_challenge_method: 'S256', scope: 'openid profile', redirect_uri: `${url}/dashboard/sign-in/callback` });
      for (const secret of ['state', 'nonce', 'code_challenge']) expect(searchParams.get(secret)?.length).toBeGreaterThanOrEqual(43);
    }
    for (const secret of ['state', 'nonce', 'code_challenge']) expect(begun[0]?.searchParams.get(secret)).not.toBe(begun[1]?.searchParams.get(secret));
  });

  test.each(['https://evil.example/dashboard/', '//evil.example/dashboard/', '/\\evil.example/dashboard/', '/dashboard/../../evil', '/dashboard/\r\nset-cookie: a=b', '/orders', 'javascript:alert(1)', '/dashboard/sign-in/once?token=x'])(
    'leads to no other place than the dashboard: %j', async (to) => {
      const { landed } = await signIn('viewer', to);
      expect(landed.url).toBe(`${url}/dashboard/`);
    },
  );

  test('that was begun in another browser, was ended before, took too long or was forged is refused, and begins no session', async () => {
    const begin = async (browser: Browser): Promise<string> => {
      const form = await browser.open(`${url}/dashboard/sign-in`);
      const steps = [await browser.ask(new URL(/action="([^"]+)"/.exec(form.text)?.[1] ?? '', form.url).href, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ user: 'viewer', password: users.viewer.password }).toString() })];
      steps.push(await browser.ask(String(steps[0]?.headers['location'])));
      return String(steps[1]?.headers['location']);
    };
    const mine = new Browser();
    const callback = await begin(mine);
    expect(callback).toMatch(/\/dashboard\/sign-in\/callback\?code=/);
    expect(refusal(await new Browser().ask(callback))).toBe('400 sign_in_refused');
    const other = new Browser();
    await begin(other);
    expect(refusal(await other.ask(callback))).toBe('400 sign_in_refused');

    expect((await mine.ask(callback)).status).toBe(303);
    expect(refusal(await mine.ask(callback))).toBe('400 sign_in_refused');

    // The issuer is quick: it is the browser that comes too late.
    const late = new Browser();
    const toIssuer = String((await late.ask(`${url}/dashboard/sign-in`)).headers['location']);
    passedMs += 11 * MINUTE_MS;
    const landed = await late.submit(await late.open(toIssuer), { user: 'viewer', password: users.viewer.password });
    expect([landed.status, landed.text.includes('sign_in_refused')]).toEqual([400, true]);
    const forged = new Browser();
    await begin(forged);
    expect(refusal(await forged.ask(`${url}/dashboard/sign-in/callback?code=guessed&state=guessed`))).toBe('400 sign_in_refused');
    for (const browser of [other, late, forged]) expect(browser.cookie(/^dashboard-\d+$/)).toBeUndefined();
  });
});

describe('S47: without a session', () => {
  test('every route that is not public gets 401, whatever it is and whatever the cookie says', async () => {
    const routes = cc.routes.filter(({ scope, method }) => scope !== 'public' && method !== 'HEAD');
    expect(routes.length).toBeGreaterThan(80);
    expect(routes.map(({ path }) => path)).toEqual(expect.arrayContaining(['/dashboard/session', '/dashboard/links', '/dashboard/sign-out']));
    const cookie = `dashboard-${new URL(url).port}=${'A'.repeat(43)}`;
    for (const { method, path } of routes) {
      const at = `${url}${path.replaceAll(/:\w+/g, 'x')}`;
      const answers = await Promise.all([new Browser().ask(at, { method }), new Browser().ask(at, { method, headers: { ...FROM_PAGE, origin: url, cookie } })]);
      expect([method, path, ...answers.map(({ status }) => status)]).toEqual([method, path, 401, 401]);
    }
  });

  test('only what these checks know is public: a new route that nobody guards is one that is not in this list', async () => {
    const found = cc.routes.filter(({ scope, method }) => scope === 'public' && method !== 'HEAD').map(({ method, path }) => `${method} ${path}`);
    expect(found.toSorted()).toEqual([...PUBLIC].toSorted());
  });

  test('a session that was ended by an admin, was not used for its time, or is over, opens nothing', async () => {
    const [ended, idle, over] = await Promise.all([signIn('operator'), signIn('viewer'), signIn('viewer')]);
    const statuses = async (): Promise<number[]> => Promise.all([ended, idle, over].map(async ({ browser }) => (await browser.ask(`${url}/orders`, { headers: FROM_PAGE })).status));
    expect(await statuses()).toEqual([200, 200, 200]);
    expect(json(await call(signedIn.admin, 'GET', '/api/dashboard/sessions')).items).toEqual(expect.arrayContaining([expect.objectContaining({ subject: 'operator', role: 'operator' })]));
    expect(json(await call(signedIn.admin, 'POST', '/api/dashboard/sessions/end', { subject: 'operator', reason: REASON })).ended).toBeGreaterThan(0);
    expect(await statuses()).toEqual([401, 200, 200]);
    // Minute by minute for ten hours: the one that is used lasts to its end, the other one for an hour.
    passedMs += 50 * MINUTE_MS;
    expect((await over.browser.ask(`${url}/orders`, { headers: FROM_PAGE })).status).toBe(200);
    passedMs += 20 * MINUTE_MS;
    expect(await statuses()).toEqual([401, 401, 200]);
    for (let hour = 0; hour < 10; hour += 1) {
      passedMs += 58 * MINUTE_MS;
      await over.browser.ask(`${url}/orders`, { headers: FROM_PAGE });
    }
    expect(await statuses()).toEqual([401, 401, 401]);
    for (const user of ['viewer', 'operator', 'admin'] as const) signedIn[user] = (await signIn(user)).browser;
  });

  test('nothing that stands in the database opens a session', async () => {
    const { rows } = await cc.pool.query('SELECT encode(session_hash, $1) AS hash FROM dashboard_sessions', ['base64']);
    const cookie = signedIn.admin.cookie(/^dashboard-\d+$/) ?? '';
    expect([rows.length > 0, cookie.length]).toEqual([true, 43]);
    for (const { hash } of rows) {
      const asCookie = Buffer.from(hash, 'base64').toString('base64url');
      expect(asCookie).not.toBe(cookie);
      expect((await new Browser().ask(`${url}/orders`, { headers: { ...FROM_PAGE, cookie: `dashboard-${new URL(url).port}=${asCookie}` } })).status).toBe(401);
    }
  });
});

describe('S48: a role', () => {
  const ACTS = [
    'POST /orders/x/cancel', 'POST /orders/x/retry', 'POST /dead-letter-runs', 'POST /api/replays', 'POST /api/webhooks/register', 'POST /api/webhooks/x/test', 'POST /api/webhooks/x/rotate', 'POST /inventory/adjustments', 'POST /products', 'POST /users',
  ];
  const FOR_ADMINS = ['POST /orders/x/refund', 'POST /orders/x/revoke', 'GET /api/audit', 'GET /api/dashboard/sessions', 'POST /api/dashboard/sessions/end', 'POST /dashboard/links', 'DELETE /customers/x'];
  const statusOf = async (user: User, route: string): Promise<number> => {
    const [method = '', path = ''] = route.split(' ');
    return (await call(signedIn[user], method, path, method === 'GET' ? undefined : {})).status;
  };

  test('of a viewer reads everything but what is personal, and does nothing', async () => {
    for (const path of ['/orders', '/orders/care', '/api/events/history', '/api/webhooks', '/dead-letters', '/api/replays', '/inventory', '/api/catalog', '/metrics']) expect([path, (await call(signedIn.viewer, 'GET', path)).status]).toEqual([path, 200]);
    for (const route of [...ACTS, ...FOR_ADMINS, 'GET /users', 'GET /users/x']) expect([route, await statusOf('viewer', route)]).toEqual([route, 403]);
    expect((await call(signedIn.operator, 'GET', '/users')).status).toBe(200);
  });

  test('of an operator acts, but not where money or people go, and not on the sign-in', async () => {
    for (const route of ACTS) expect([route, [400, 404, 422, 428].includes(await statusOf('operator', route))]).toEqual([route, true]);
    for (const route of FOR_ADMINS) expect([route, await statusOf('operator', route)]).toEqual([route, 403]);
  });

  test('of an admin has every scope that there is but that of payment providers', async () => {
    const scopes = new Set(cc.routes.map(({ scope }) => scope).filter((scope) => !['public', 'session'].includes(scope)));
    expect(scopes.delete('updates:write')).toBe(true);
    const { scopes: own } = json(await call(signedIn.admin, 'GET', '/dashboard/session'));
    expect(own).toEqual([...new Set([...scopes, 'webhooks:all'])].toSorted());
    expect(await statusOf('admin', 'POST /internal/updates/orders')).toBe(403);
  });

  test('of an operator sees the webhooks of all owners, and changes them, but not where they go: that is for their owners and admins', async () => {
    const { body } = await cc.call('POST', '/api/webhooks/register', { body: { url: 'http://127.0.0.1:9999/hook', events: ['*'] }, scopes: 'webhooks:write', client: 'somebody', headers: { 'idempotency-key': 's48' } });
    const at = `/api/webhooks/${body.webhookId}`;
    expect([(await call(signedIn.viewer, 'GET', at)).status, (await call(signedIn.operator, 'GET', at)).status]).toEqual([404, 200]);
    expect((await call(signedIn.viewer, 'DELETE', at)).status).toBe(403);
    expect(refusal(await call(signedIn.operator, 'PATCH', at, { url: 'http://127.0.0.1:9998/hook' }))).toBe('403 insufficient_scope');
    expect(refusal(await call(signedIn.operator, 'POST', `${at}/rotate`, {}))).toBe('403 insufficient_scope');
    expect((await call(signedIn.admin, 'PATCH', at, { url: 'http://127.0.0.1:9999/other' })).status).toBe(200);
    expect((await call(signedIn.operator, 'POST', `/api/webhooks/${body.webhookId}/disable`, { reason: REASON })).status).toBe(200);
  });
});

describe('S49: the cookie', () => {
  test('is out of reach for scripts and for other sites, also when they lead here', () => {
    const lines = signedIn.viewer.set.filter((line) => line.startsWith('dashboard-'));
    expect(lines.length).toBeGreaterThan(2);
    // On this machine over http: without Secure, and with the port in its name. What https adds is in cookies.test.ts.
    for (const line of lines) expect(line).toMatch(/^dashboard-(?:sign-in-)?\d+=[^;]*; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:9' }],
    ['nowhere, as a typed address', { 'sec-fetch-site': 'none' }],
    ['a page without an origin', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    ['an old browser that says the origin only', { 'sec-fetch-site': '', origin: 'http://evil.example' }],
    ['somebody who says nothing', { 'sec-fetch-site': '' }],
  ])('changes nothing for %s', async (_who, headers) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    const { csrfToken } = json(await call(signedIn.admin, 'GET', '/dashboard/session'));
    const answer = await signedIn.admin.ask(`${url}/inventory/adjustments`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken, ...given }, body: JSON.stringify({ sku: 'X-1', delta: 1, reason: REASON }) });
    expect(refusal(answer)).toBe('403 session_elsewhere');
    expect((await cc.pool.query("SELECT FROM inventory_stocks WHERE sku = 'X-1'")).rowCount).toBe(0);
  });

  test('shows nothing to another site, and no site may read what comes', async () => {
    for (const site of ['cross-site', 'same-site']) expect(refusal(await signedIn.admin.ask(`${url}/orders`, { headers: { 'sec-fetch-site': site } }))).toBe('403 session_elsewhere');
    const answer = await signedIn.admin.ask(`${url}/orders`, { headers: { ...FROM_PAGE, origin: url } });
    expect([answer.status, answer.headers['access-control-allow-origin'], answer.headers['cache-control']]).toEqual([200, undefined, 'no-store']);
    expect((await signedIn.admin.ask(`${url}/orders`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } })).headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each([['none', ''], ['a guessed one', 'A'.repeat(43)], ['one of another session', 'viewer']])('changes nothing without its token: %s', async (_what, given) => {
    const token = given === 'viewer' ? json(await call(signedIn.viewer, 'GET', '/dashboard/session')).csrfToken : given;
    for (const [method, path] of [['POST', '/inventory/adjustments'], ['POST', '/dashboard/sign-out'], ['DELETE', '/customers/x?reason=no'], ['PATCH', '/products/x']] as const) {
      const answer = await signedIn.admin.ask(`${url}${path}`, { method, headers: { ...FROM_PAGE, origin: url, ...(token !== '' && { 'x-csrf-token': token }) } });
      expect([path, refusal(answer)]).toEqual([path, '403 csrf_token_wrong']);
    }
  });

  test('does not count beside a token, and none is taken from the address', async () => {
    const browser = signedIn.admin;
    expect((await browser.ask(`${url}/orders`, { headers: { authorization: 'Bearer storefront;nothing', 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    expect((await browser.ask(`${url}/orders`, { headers: { authorization: 'Bearer ' } })).status).toBe(401);
    expect((await browser.ask(`${url}/orders?access_token=x`, { headers: FROM_PAGE })).status).toBe(401);
  });

  test('is the one way in for people: a token of the client at which they sign in is refused, whatever scopes it has', async () => {
    const asked = async (client: string): Promise<Loaded> => new Browser().ask(`${url}/orders`, { headers: { authorization: `Bearer ${client};orders:read` } });
    expect([(await asked('storefront')).status, refusal(await asked('dashboard'))]).toEqual([200, '401 unauthenticated']);
  });

  test('is another one after each sign-in, and the old one opens nothing', async () => {
    const { browser } = await signIn('viewer');
    const before = browser.cookie(/^dashboard-\d+$/) ?? '';
    await signIn('viewer', '/dashboard/', browser);
    expect(browser.cookie(/^dashboard-\d+$/)).not.toBe(before);
    expect((await new Browser().ask(`${url}/orders`, { headers: { ...FROM_PAGE, cookie: `dashboard-${new URL(url).port}=${before}` } })).status).toBe(401);
  });

  test('is gone after the sign-out, here and in the browser', async () => {
    const { browser } = await signIn('viewer');
    const before = browser.cookie(/^dashboard-\d+$/) ?? '';
    expect((await call(browser, 'POST', '/dashboard/sign-out', {})).status).toBe(204);
    expect(browser.cookie(/^dashboard-\d+$/)).toBeUndefined();
    expect((await new Browser().ask(`${url}/orders`, { headers: { ...FROM_PAGE, cookie: `dashboard-${new URL(url).port}=${before}` } })).status).toBe(401);
  });

  test('opens the stream of events', async () => {
    const ending = new AbortController();
    const answer = await fetch(`${url}/api/events/stream`, { headers: { ...FROM_PAGE, cookie: `dashboard-${new URL(url).port}=${signedIn.viewer.cookie(/^dashboard-\d+$/)}` }, signal: ending.signal });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/event-stream')]);
    ending.abort();
  });
});

describe('S50: a page', () => {
  test('lets in nothing from elsewhere and no script of its own text, and stands in no frame', async () => {
    const browser = new Browser();
    const form = await browser.open(`${url}/dashboard/sign-in`);
    const html = { accept: 'text/html' };
    const pages = [form, await browser.ask(`${url}/dashboard/`, { headers: html }), await browser.ask(`${url}/dashboard/sign-in/callback`, { headers: html }), await browser.ask(`${url}/dashboard/sign-in/once?token=x`, { headers: html }), await browser.ask(`${url}/docs/guide/`, { headers: html }), await browser.ask(`${url}/problems`, { headers: html }), await browser.ask(`${url}/problems/not_found`, { headers: html })];
    for (const { url: at, headers, text } of pages) {
      const policy = String(headers['content-security-policy']);
      expect([at, policy]).toEqual([at, expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/)]);
      expect(policy).not.toMatch(/unsafe|\*|https:/);
      expect([headers['x-content-type-options'], headers['referrer-policy'], headers['content-type']]).toEqual(['nosniff', 'no-referrer', 'text/html; charset=utf-8']);
      expect(text).not.toMatch(/<script(?![^>]*\ssrc="\/(?!\/))|<style|\sstyle=|\son\w+=|(?:\ssrc="|<link[^>]*\shref=")(?:https?:)?\/\//);
    }
  });

  test('shows what came from outside as text', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'';
    const form = await new Browser().open(`${url}/dashboard/sign-in`);
    const again = await new Browser().ask(form.url);
    expect(again.status).toBe(400);
    const browser = new Browser();
    const wrong = await browser.submit(await browser.open(`${url}/dashboard/sign-in`), { user: evil, password: evil });
    expect([wrong.status, wrong.text.includes('<img')]).toEqual([401, false]);
    const refused = await browser.ask(`${url}/dashboard/sign-in/callback?error=${encodeURIComponent(evil)}&error_description=${encodeURIComponent(evil)}`, { headers: { accept: 'text/html' } });
    expect([refused.status, refused.text.includes('onerror')]).toEqual([400, false]);
  });
});

describe('S51: a name that was made to lead here', () => {
  test.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', 'localhost.evil.example', '169.254.169.254'])('%j gets 421 at every page, and a session is not taken under it', async (host) => {
    for (const path of ['/', '/dashboard/', '/dashboard/assets/x.js', '/dashboard/sign-in', '/dashboard/sign-in/callback', '/dashboard/sign-in/once?token=x', '/docs/guide/']) expect([path, refusal(await new Browser().ask(`${url}${path}`, { headers: { host } }))]).toEqual([path, '421 unknown_host']);
    for (const path of ['/orders', '/dashboard/session']) expect([path, refusal(await signedIn.admin.ask(`${url}${path}`, { headers: { ...FROM_PAGE, host } }))]).toEqual([path, '421 unknown_host']);
  });

  test('names of this machine are taken in development, and a sign-in goes to the one that the issuer knows', async () => {
    const host = `localhost:${new URL(url).port}`;
    const answer = await new Browser().ask(`${url}/dashboard/sign-in?to=/dashboard/orders`, { headers: { host } });
    expect([answer.status, answer.headers['location']]).toEqual([303, `${url}/dashboard/sign-in?to=${encodeURIComponent('/dashboard/orders')}`]);
  });
});

describe('S52: wrong tries', () => {
  test('at the login page are told in the same words whoever it is, and after 20 for a user or 100 in all nobody may try for a while', async () => {
    passedMs += 16 * MINUTE_MS;
    const browser = new Browser();
    const form = await browser.open(`${url}/dashboard/sign-in`);
    const attempt = (user: string, password: string): Promise<Loaded> => browser.submit(form, { user, password });
    const [unknown, known] = [await attempt('nobody', 'wrong'), await attempt('admin', 'wrong')];
    expect([unknown.status, known.status, unknown.text.replace('nobody', 'admin')]).toEqual([401, 401, known.text]);
    for (let count = 1; count < 20; count += 1) expect((await attempt('admin', `guess ${count}`)).status).toBe(401);
    const limited = await attempt('admin', users.admin.password);
    expect([limited.status, Number(limited.headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    expect((await attempt('viewer', 'wrong')).status).toBe(401);
    let statuses: number[] = [];
    for (let count = 0; count < 100 && statuses.at(-1) !== 429; count += 1) statuses = [...statuses, (await attempt('nobody', `guess ${count}`)).status];
    expect([statuses.at(-1), statuses.length]).toEqual([429, 79]);
    passedMs += 16 * MINUTE_MS;
    const later = await signIn('admin');
    expect(later.landed.status).not.toBe(429);
    signedIn.admin = later.browser;
  });

  test('here: callbacks that nobody has begun keep nobody out, and each sign-in has five of its own', async () => {
    await cc.pool.query('DELETE FROM dashboard_refusals');
    const statuses = new Set<number>();
    for (let index = 0; index < 101; index += 1) statuses.add((await new Browser().ask(`${url}/dashboard/sign-in/callback?code=${index}&state=x`, index % 2 === 0 ? {} : { headers: { cookie: `dashboard-sign-in-${new URL(url).port}=made-up` } })).status);
    expect([[...statuses], (await cc.pool.query('SELECT FROM dashboard_refusals')).rowCount]).toEqual([[400], 0]);
    expect((await signIn('viewer')).browser.cookie(/^dashboard-\d+$/)).toBeDefined();

    const begun = new Browser();
    await begun.ask(`${url}/dashboard/sign-in`);
    const cookie = `dashboard-sign-in-${new URL(url).port}=${begun.cookie(/^dashboard-sign-in-/)}`;
    const attempt = (): Promise<Loaded> => new Browser().ask(`${url}/dashboard/sign-in/callback?code=guessed&state=guessed`, { headers: { cookie } });
    for (let count = 0; count < 5; count += 1) expect((await attempt()).status).toBe(400);
    const limited = await attempt();
    expect([refusal(limited), Number(limited.headers['retry-after'])]).toEqual(['429 rate_limited', expect.any(Number)]);
    expect((await signIn('viewer')).browser.cookie(/^dashboard-\d+$/)).toBeDefined();
  });

  test('here: 100 links that open nothing, then 429 for the address, also for what is right', async () => {
    const at = (index: number): string => `${url}/dashboard/sign-in/once?token=guess-${index}`;
    await cc.pool.query('DELETE FROM dashboard_refusals');
    const statuses: number[] = [];
    for (let index = 0; index < 100; index += 1) statuses.push((await new Browser().ask(at(index))).status);
    expect(new Set(statuses)).toEqual(new Set([410]));
    const limited = await new Browser().ask(at(100));
    expect([refusal(limited), Number(limited.headers['retry-after'])]).toEqual(['429 rate_limited', expect.any(Number)]);
    const link = json(await call(signedIn.admin, 'POST', '/dashboard/links')).url;
    expect((await new Browser().ask(link)).status).toBe(429);
    expect((await new Browser().ask(link, { headers: { accept: 'text/html' } })).text).toContain('<h1>');
    passedMs += 16 * MINUTE_MS;
    expect((await new Browser().ask(at(0))).status).toBe(410);
  });

  test('a link signs in as an admin once, and not after a quarter of an hour; what looks ahead does not use it up', async () => {
    const make = async (): Promise<string> => json(await call(signedIn.admin, 'POST', '/dashboard/links')).url;
    const [link, old] = [await make(), await make()];
    expect(link).toMatch(new RegExp(`^${url}/dashboard/sign-in/once\\?token=[\\w-]{43}$`));
    expect((await new Browser().ask(link, { headers: { 'sec-purpose': 'prefetch;prerender' } })).status).toBe(400);
    await new Browser().ask(link, { method: 'HEAD' });
    const browser = new Browser();
    expect((await browser.open(link)).url).toBe(`${url}/dashboard/`);
    expect(json(await call(browser, 'GET', '/dashboard/session'))).toMatchObject({ role: 'admin', user: { subject: 'one-time-link' } });
    expect(refusal(await new Browser().ask(link))).toBe('410 sign_in_link_over');
    passedMs += 16 * MINUTE_MS;
    expect(refusal(await new Browser().ask(old))).toBe('410 sign_in_link_over');
    expect((await cc.pool.query('SELECT FROM dashboard_links WHERE encode(link_hash, $1) = $2', ['escape', new URL(link).searchParams.get('token')])).rowCount).toBe(0);
  });
});

describe('S53: an act', () => {
  test('of a session is recorded with the user, the dashboard and the reason', async () => {
    signedIn.operator = (await signIn('operator')).browser;
    expect((await call(signedIn.operator, 'POST', '/inventory/adjustments', { sku: 'S53', delta: 4, reason: REASON }, { 'idempotency-key': 's53' })).status).toBe(200);
    expect(await records('S53')).toMatchObject([{ data: { act: 'inventory.adjust', by: { subject: 'operator', clientId: 'dashboard' }, why: REASON.message }, metadata: { userId: 'operator' } }]);
  });

  test('each sign-in, sign-out, link and end of sessions is recorded', async () => {
    const { browser } = await signIn('viewer');
    await call(browser, 'POST', '/dashboard/sign-out', {});
    const acts = [...(await records('viewer')), ...(await records('one-time-link')), ...(await records('operator'))].map(({ data }) => `${data.by.subject} ${data.act} ${data.details?.role ?? ''}`.trim());
    expect(acts).toEqual(expect.arrayContaining(['viewer dashboard.sign_in viewer', 'viewer dashboard.sign_out', 'admin dashboard.link', 'one-time-link dashboard.sign_in admin', 'admin dashboard.end_sessions']));
  });
});

describe('S54: to somebody outside', () => {
  test('health tells of nothing inside, and figures are for who may read them', async () => {
    const outside = new Browser();
    for (const path of ['/health/live', '/health/ready']) expect((await outside.ask(`${url}${path}`)).text).not.toMatch(/\d+\.\d+\.\d+|127\.0\.0\.1|localhost|postgres/i);
    expect((await outside.ask(`${url}/metrics`)).status).toBe(401);
  });
});

/** What anybody may ask. It holds nothing of anybody. */
const PUBLIC: readonly string[] = [
  'GET /health/live', 'GET /health/ready', 'GET /health/events', 'GET /openapi.json', 'GET /problems', 'GET /problems/:code', 'GET /docs', 'GET /docs/:name', 'GET /catalog', 'GET /catalog/:type', 'GET /catalog/page.css',
  // Opened by a signature.
  ...['order-status', 'worker-status', 'test'].map((path) => `POST /api/webhooks/${path}`), ...['orders', 'disputes'].flatMap((what) => [`POST /webhooks/payments/${what}`, `POST /webhooks/payments/${what}/:provider`]),
  'GET /', 'GET /dashboard', 'GET /dashboard/*', 'GET /dashboard/sign-in', 'GET /dashboard/sign-in/callback', 'GET /dashboard/sign-in/once', 'GET /dashboard/sign-in/page.css', 'GET /docs/guide', 'GET /docs/guide/*',
];
