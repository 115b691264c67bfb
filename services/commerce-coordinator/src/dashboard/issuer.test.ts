/** What an issuer may say at a sign-in, and what is refused: a real client over HTTP against an issuer that says what the test wants. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Problem } from '@commerce/service-kit/problems';
import { signInIssuer } from './issuer.http.ts';
import type { SignedInClaims, SignInIssuer, SignInIssuerOptions, SignInSecrets } from './issuer.http.ts';

const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
const REDIRECT = 'https://orders.example.com/dashboard/sign-in/callback';

interface Said {
  claims: Record<string, unknown>;
  header: Record<string, unknown>;
  key: KeyObject | string;
  userinfo: Record<string, unknown>;
  /** Status and body of the token endpoint in the place of tokens. */
  refusal: readonly [number, object] | undefined;
  isAway: boolean;
}

let server: Server;
let url: string;
let said: Said;
let asked: URLSearchParams;
let discoveries = 0;
let nonce: string;
const failures: unknown[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
    const answer = (status: number, content: object): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    if (isDiscovery) discoveries += 1;
    if (said.isAway) return answer(500, {});
    if (isDiscovery) return answer(200, { issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks`, userinfo_endpoint: `${url}/me`, response_types_supported: ['code'], id_token_signing_alg_values_supported: ['RS256'] });
    if (request.url === '/jwks') return answer(200, { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'first', alg: 'RS256', use: 'sig' }] });
    if (request.url === '/me') return answer(200, said.userinfo);
    asked = new URLSearchParams(body);
    if (said.refusal !== undefined) return answer(...said.refusal);
    return answer(200, { access_token: 'access', token_type: 'bearer', expires_in: 60, id_token: idToken() });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  said = { claims: {}, header: {}, key: own.privateKey, userinfo: {}, refusal: undefined, isAway: false };
  failures.length = 0;
});

function idToken(): string {
  const nowS = Math.floor(Date.now() / 1_000);
  const parts = [{ alg: 'RS256', kid: 'first', ...said.header }, { iss: url, aud: 'dashboard', sub: 'u-1', iat: nowS, exp: nowS + 60, nonce, name: 'Ada', roles: ['support'], ...said.claims }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  if (said.key === '') return `${text}.`;
  const signature = typeof said.key === 'string' ? createHmac('sha256', said.key).update(text).digest() : sign('sha256', Buffer.from(text), said.key);
  return `${text}.${signature.toString('base64url')}`;
}

function open(change: Partial<SignInIssuerOptions> = {}): SignInIssuer {
  return signInIssuer({
    issuer: url, clientId: 'dashboard', clientSecret: 'secret of the dashboard', redirectUri: REDIRECT, scopes: 'openid profile', rolesClaim: 'roles', allowsHttp: true, monotonicMs: () => performance.now(), onFailure: (error) => void failures.push(error), ...change,
  });
}

async function begun(issuer: SignInIssuer): Promise<{ readonly url: URL; readonly secrets: SignInSecrets }> {
  const begin = await issuer.begin();
  ({ nonce } = begin.secrets);
  return begin;
}

async function signIn(issuer = open(), query?: (state: string) => string): Promise<SignedInClaims> {
  const { secrets } = await begun(issuer);
  return issuer.end(query?.(secrets.state) ?? `?code=c&state=${secrets.state}`, secrets);
}

async function refusal(signingIn: Promise<unknown>): Promise<string> {
  const error = await signingIn.then(() => 'signed in', (thrown: unknown) => thrown);
  return error instanceof Problem ? `${error.status} ${error.code}` : String(error);
}

describe('a sign-in', () => {
  test('gives who it is and the values of the claim, and proves by PKCE who began it', async () => {
    const issuer = open();
    const begin = await begun(issuer);
    expect(await issuer.end(`?code=c&state=${begin.secrets.state}`, begin.secrets)).toEqual({ subject: 'u-1', name: 'Ada', values: ['support'] });
    expect(Object.fromEntries(asked)).toMatchObject({ grant_type: 'authorization_code', code: 'c', redirect_uri: REDIRECT, code_verifier: begin.secrets.verifier });
    expect(begin.url.searchParams.get('code_challenge')).not.toBe(begin.secrets.verifier);
  });

  test.each([
    ['another nonce', { claims: { nonce: 'another' } }], ['no nonce', { claims: { nonce: undefined } }], ['another audience', { claims: { aud: 'someone-else' } }], ['another issuer', { claims: { iss: 'http://127.0.0.1:1' } }],
    ['an end that is past', { claims: { exp: 1_700_000_000, iat: 1_699_999_000 } }], ['no end', { claims: { exp: undefined } }], ['no subject', { claims: { sub: undefined } }], ['an endless subject', { claims: { sub: 'x'.repeat(256) } }],
    ['the key of somebody else', { key: foreign.privateKey }], ['a key that is not published', { header: { kid: 'second' }, key: foreign.privateKey }],
    ['no signature', { header: { alg: 'none' }, key: '' }], ['the secret of the client as its key', { header: { alg: 'HS256' }, key: 'secret of the dashboard' }],
  ] as [string, Partial<Said>][])('is refused with %s in the ID token', async (_what, change) => {
    Object.assign(said, change);
    expect(await refusal(signIn())).toBe('400 sign_in_refused');
    expect(failures.length).toBeLessThanOrEqual(1);
  });

  test.each([
    ['another state', () => '?code=c&state=another'], ['no state', () => '?code=c'], ['no code', (state: string) => `?state=${state}`], ['two states', (state: string) => `?code=c&state=${state}&state=x`],
    ['an answer of another issuer', (state: string) => `?code=c&state=${state}&iss=https%3A%2F%2Fevil.example`], ['a refusal of the user', (state: string) => `?error=access_denied&state=${state}`],
  ])('is refused with %s in the address', async (_what, query) => {
    expect(await refusal(signIn(open(), query))).toMatch(/^400 sign_in_refused$/);
  });

  test('is refused when the code is not taken, and cannot be had when the dashboard is not known or the issuer is away', async () => {
    said.refusal = [400, { error: 'invalid_grant' }];
    expect(await refusal(signIn())).toBe('400 sign_in_refused');
    said.refusal = [401, { error: 'invalid_client' }];
    expect(await refusal(signIn())).toBe('503 sign_in_unavailable');
    said.refusal = [500, {}];
    expect(await refusal(signIn())).toBe('503 sign_in_unavailable');
    said.isAway = true;
    expect(await refusal(signIn())).toBe('503 sign_in_unavailable');
    expect(await refusal(signIn(open({ issuer: 'http://127.0.0.1:1' })))).toBe('503 sign_in_unavailable');
  });

  test('goes on with what was discovered while the issuer is away, and begins when it is back', async () => {
    let passedMs = 0;
    const issuer = open({ monotonicMs: () => passedMs });
    said.isAway = true;
    expect(await refusal(issuer.begin())).toBe('503 sign_in_unavailable');
    said.isAway = false;
    passedMs += 5_000;
    await issuer.begin();
    said.isAway = true;
    passedMs += 7_200_000;
    expect((await issuer.begin()).url.origin).toBe(url);
  });

  test('asks the issuer for its addresses once, whoever waits for it, and not again within 5 s when that failed', async () => {
    let passedMs = 0;
    const issuer = open({ monotonicMs: () => passedMs });
    const asks = async (): Promise<readonly [string, number]> => {
      discoveries = 0;
      const said = new Set(await Promise.all(Array.from({ length: 20 }, () => refusal(issuer.begin()))));
      return [[...said].join(), discoveries];
    };
    said.isAway = true;
    expect(await asks()).toEqual(['503 sign_in_unavailable', 1]);
    said.isAway = false;
    passedMs += 4_999;
    expect(await asks()).toEqual(['503 sign_in_unavailable', 0]);
    passedMs += 1;
    expect(await asks()).toEqual(['signed in', 1]);
    expect(await asks()).toEqual(['signed in', 0]);
  });

  test('takes a role by an email that the issuer has verified alone', async () => {
    const byEmail = open({ rolesClaim: 'email' });
    said.claims = { email: 'ada@example.com' };
    said.userinfo = { sub: 'u-1', email: 'ada@example.com', email_verified: false };
    expect((await signIn(byEmail)).values).toEqual([]);
    said.claims = { email: 'ada@example.com', email_verified: true };
    expect((await signIn(byEmail)).values).toEqual(['ada@example.com']);
  });

  test('asks the userinfo for roles that the ID token does not tell, of the same user alone', async () => {
    said.claims = { roles: undefined, name: undefined };
    said.userinfo = { sub: 'u-1', preferred_username: 'ada', roles: ['boss'] };
    expect(await signIn()).toEqual({ subject: 'u-1', name: 'ada', values: ['boss'] });
    said.userinfo = { sub: 'u-2', roles: ['boss'] };
    expect(await refusal(signIn())).toBe('400 sign_in_refused');
    said.userinfo = { sub: 'u-1' };
    expect(await signIn()).toEqual({ subject: 'u-1', name: 'u-1', values: [] });
  });

  test('does not go to an issuer over http where that is not allowed', async () => {
    expect(await refusal(signIn(open({ allowsHttp: false })))).toBe('503 sign_in_unavailable');
  });
});
