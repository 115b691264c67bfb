// The local issuer as a process, asked over HTTP: who gets which token, and what is kept over a restart.
import { spawnSync } from 'node:child_process';
import { createHmac, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Supervisor } from '../supervisor.ts';

const CC = 'http://127.0.0.1:3000';
const OF = 'http://127.0.0.1:3001';
const BACK = `${CC}/dashboard/sign-in/callback`;
const directory = mkdtempSync(join(tmpdir(), 'issuer-test-'));
const spec = {
  name: 'issuer',
  entry: fileURLToPath(new URL('./main.ts', import.meta.url)),
  environment: { PATH: process.env['PATH'] ?? '', ISSUER_PORT: '0', ISSUER_DIR: join(directory, 'issuer'), ISSUER_AUDIENCES: `${CC},${OF}`, ISSUER_REDIRECT_URIS: BACK },
};
let supervisor: Supervisor;
let url: string;

async function startIssuer(): Promise<void> {
  supervisor = new Supervisor({ logsDirectory: join(directory, 'logs') });
  url = String((await supervisor.start(spec))['url']);
}

beforeAll(startIssuer);
afterAll(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true });
});

function secrets(): Record<string, string> {
  return JSON.parse(readFileSync(join(directory, 'issuer', 'clients.json'), 'utf8')) as Record<string, string>;
}

async function askForToken(clientId: string, parameters: Record<string, string>, secret = secrets()[clientId]) {
  const answer = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

function part(token: string, index: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
}

async function isSigned(token: string): Promise<boolean> {
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const key = keys.find(({ kid }) => kid === part(token, 0)['kid']);
  const [head, claims, signature] = token.split('.');
  return key !== undefined && verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), createPublicKey({ key, format: 'jwk' }), Buffer.from(signature ?? '', 'base64url'));
}

test('a client gets a signed access token for the service that it names, with all its scopes', async () => {
  const { status, body } = await askForToken('storefront', { resource: CC });
  const token = body['access_token'] ?? '';
  expect(status).toBe(200);
  expect(part(token, 0)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
  expect(part(token, 1)).toMatchObject({ iss: url, aud: CC, sub: 'storefront', client_id: 'storefront', scope: 'orders:read orders:write catalog:read' });
  expect(await isSigned(token)).toBe(true);
});

test('a token carries no more than the scope that was asked for', async () => {
  const { body } = await askForToken('commerce-coordinator', { resource: OF, scope: 'fulfillment:read' });
  expect(part(body['access_token'] ?? '', 1)).toMatchObject({ aud: OF, scope: 'fulfillment:read' });
});

test('a trailing slash does not make another audience', async () => {
  const { body } = await askForToken('partner', { resource: `${OF}/` });
  expect(part(body['access_token'] ?? '', 1)['aud']).toBe(OF);
});

test.each([
  ['no resource', {}, 'invalid_target'],
  ['a foreign resource', { resource: 'https://example.org' }, 'invalid_target'],
  ["another client's scope", { resource: CC, scope: 'fulfillment:write' }, 'invalid_scope'],
])('%s is refused with a reason', async (_case, parameters: Record<string, string>, error) => {
  const { status, body } = await askForToken('storefront', parameters);
  expect(status).toBe(400);
  expect(body['error']).toBe(error);
  if (error === 'invalid_target') expect(body['error_description']).toContain(CC);
});

test('a wrong secret is refused', async () => {
  expect(await askForToken('storefront', { resource: CC }, 'guessed')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
});

describe('a sign-in at the dashboard', () => {
  const RIGHT = { client_id: 'dashboard', response_type: 'code', scope: 'openid profile', redirect_uri: BACK, state: 's', nonce: 'n', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' };
  const begin = (change: Record<string, string>): Promise<Response> => fetch(`${url}/auth?${new URLSearchParams(Object.entries({ ...RIGHT, ...change }).filter(([, value]) => value !== ''))}`, { redirect: 'manual' });

  test('shows a login page without a script, whose form may lead back to the dashboard alone', async () => {
    const begun = await begin({});
    expect([begun.status, begun.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/sign-in\/[\w-]+$/)]);
    const cookie = begun.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    const page = await fetch(`${url}${begun.headers.get('location')}`, { headers: { cookie } });
    expect(page.headers.get('content-security-policy')).toBe(`default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self' ${CC}; frame-ancestors 'none'`);
    const text = await page.text();
    expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
    expect(text).toMatch(/<label for="user">[^]*<input id="user"[^]*<label for="password">[^]*<input id="password"/);
    expect((await fetch(`${url}${begun.headers.get('location')}`)).status).toBe(400);
  });

  test.each([
    ['to another address', { redirect_uri: `${CC}/elsewhere` }],
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }],
    ['with a challenge in clear', { code_challenge_method: 'plain' }],
    ['of a client for programs', { client_id: 'storefront' }],
  ])('%s does not begin', async (_case, change: Record<string, string>) => {
    const begun = await begin(change);
    expect(begun.headers.get('location') ?? '').not.toMatch(/^\/sign-in\//);
    expect(begun.status === 400 || new URL(begun.headers.get('location') ?? '').searchParams.has('error')).toBe(true);
  });

  test('gives the client no token for itself', async () => {
    expect(await askForToken('dashboard', { resource: CC })).toMatchObject({ status: 400, body: { error: 'invalid_request', error_description: 'requested grant type is not allowed for this client' } });
  });

  test('asks for passwords that nobody has chosen, each another one', () => {
    const users = JSON.parse(readFileSync(join(directory, 'issuer', 'users.json'), 'utf8')) as Record<string, string>;
    expect(Object.keys(users).toSorted()).toEqual(['admin', 'operator', 'viewer']);
    expect(new Set(Object.values(users)).size).toBe(3);
    for (const password of Object.values(users)) expect(password).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
  });
});

test('discovery names the token endpoint', async () => {
  const found = (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
  expect(found).toMatchObject({ issuer: url, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks` });
});

test('no client but the ingest may ask for the scope with which payment providers tell what was paid', async () => {
  expect((await askForToken('operator', { resource: CC, scope: 'updates:write' })).body['error']).toBe('invalid_scope');
  expect(part((await askForToken('ingest', { resource: CC })).body['access_token'] ?? '', 1)['scope']).toBe('updates:write');
});

test('cookies are signed with a key that the issuer does not publish, and keeps', async () => {
  const signatures = (key: string, text: string): string[] => ['sha1', 'sha256', 'sha512'].map((algorithm) => createHmac(algorithm, key).update(text).digest('base64url'));
  const begun = await fetch(`${url}/auth?${new URLSearchParams({ client_id: 'dashboard', response_type: 'code', scope: 'openid', redirect_uri: BACK, state: 's', nonce: 'n', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' })}`, { redirect: 'manual' });
  const cookies = new Map(begun.headers.getSetCookie().map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1, line.indexOf(';'))]));
  const [signedName = ''] = [...cookies.keys()].filter((name) => cookies.has(`${name}.sig`));
  const kept = (): string => JSON.parse(readFileSync(join(directory, 'issuer', 'cookie-key.json'), 'utf8')).cookies;
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: { kid: string }[] };
  const text = `${signedName}=${cookies.get(signedName)}`;
  expect(signatures(kept(), text)).toContain(cookies.get(`${signedName}.sig`));
  expect(signatures(keys[0]?.kid ?? '', text)).not.toContain(cookies.get(`${signedName}.sig`));
});

test('in production it does not start', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [spec.entry], { env: { ...spec.environment, NODE_ENV: 'production' }, encoding: 'utf8', timeout: 10_000 });
  expect([status, `${stdout}${stderr}`]).toEqual([1, expect.stringContaining('for development')]);
});

test('secrets and signing key are private files and outlive a restart', async () => {
  const before = secrets();
  const token = (await askForToken('operator', { resource: CC })).body['access_token'] ?? '';
  for (const file of ['clients.json', 'users.json', 'signing-key.json', 'cookie-key.json']) expect(statSync(join(directory, 'issuer', file)).mode & 0o777).toBe(0o600);
  await supervisor.stop();
  await startIssuer();
  expect(secrets()).toEqual(before);
  expect(await isSigned(token)).toBe(true);
});
