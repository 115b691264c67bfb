import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import { createTokenVerifier, requireScope } from './auth.ts';
import { Problem } from './problems.ts';

const AUDIENCE = 'http://orders.test';
const MINUTE_MS = 60_000;

interface Key {
  kid: string;
  alg: string;
  secret: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  jwk: JWK;
  pem: string;
}

async function makeKey(kid: string, alg: 'RS256' | 'ES256' = 'RS256'): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, secret: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, pem: await exportSPKI(publicKey) };
}

/** A real issuer over HTTP whose keys, failures and requests the test sees. */
class Issuer {
  keys: JWK[] = [];
  answer: 'keys' | 'failure' | 'garbage' | 'no keys' = 'keys';
  fetches = 0;
  readonly server: Server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      return void response.end(JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/jwks` }));
    }
    this.fetches += 1;
    if (this.answer === 'failure') response.statusCode = 500;
    const listed = this.answer === 'no keys' ? [] : this.keys;
    response.end(this.answer === 'garbage' ? '<html>' : JSON.stringify({ keys: listed }));
  });

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const issuer = new Issuer();
let first: Key;
let second: Key;
let elliptic: Key;

beforeAll(async () => {
  issuer.server.listen(0, '127.0.0.1');
  await once(issuer.server, 'listening');
  [first, second, elliptic] = await Promise.all([makeKey('first'), makeKey('second'), makeKey('elliptic', 'ES256')]);
});

afterAll(() => void issuer.server.close());

beforeEach(() => {
  issuer.keys = [first.jwk, elliptic.jwk];
  issuer.answer = 'keys';
  issuer.fetches = 0;
});

/** A verifier whose time the test moves. */
function setUp() {
  let passedMs = 0;
  const start = Date.now();
  const clock = { now: () => new Date(start + passedMs), monotonicMs: () => passedMs };
  const verifier = createTokenVerifier({ issuer: issuer.url, audience: AUDIENCE, clock });
  return {
    pass: (ms: number) => void (passedMs += ms),
    verify: (token: string) => verifier.verify(`Bearer ${token}`),
    verifyHeader: (header: string | undefined) => verifier.verify(header),
  };
}

function claims(changes: Record<string, unknown> = {}): JWTPayload {
  const nowS = Math.floor(Date.now() / 1000);
  const all = { iss: issuer.url, aud: AUDIENCE, sub: 'ada', client_id: 'storefront', scope: 'orders:read orders:write', jti: 'j-1', iat: nowS, exp: nowS + 3_600 };
  return Object.fromEntries(Object.entries({ ...all, ...changes }).filter(([, value]) => value !== undefined));
}

function sign(key: Key, payload: JWTPayload = claims(), header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header }).sign(key.secret);
}

async function refusal(attempt: Promise<unknown>): Promise<Problem> {
  const error = await attempt.then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof Problem)) throw new Error(`expected a problem, got ${String(error)}`);
  return error;
}

describe('a right token', () => {
  test('tells who is calling, with RS256 and with ES256', async () => {
    const { verify } = setUp();
    const caller = await verify(await sign(first));
    expect(caller).toEqual({ clientId: 'storefront', subject: 'ada', scopes: new Set(['orders:read', 'orders:write']) });
    expect(await verify(await sign(elliptic))).toEqual(caller);
  });

  test('may have the long spelling of its type, several audiences, and 59 s of clock difference', async () => {
    const { verify } = setUp();
    await verify(await sign(first, claims(), { typ: 'application/at+jwt' }));
    await verify(await sign(first, claims({ aud: ['http://other.test', AUDIENCE] })));
    await verify(await sign(first, claims({ exp: Math.floor(Date.now() / 1000) - 58 })));
  });

  test('is verified once, and no longer believed when it has ended', async () => {
    const { verify, pass } = setUp();
    const token = await sign(first, claims({ exp: Math.floor(Date.now() / 1000) + 60 }));
    expect(await verify(token)).toBe(await verify(token));
    pass(3 * MINUTE_MS);
    expect((await refusal(verify(token))).status).toBe(401);
  });

  test('without the scope gets 403 that names it', async () => {
    const caller = await setUp().verify(await sign(first));
    expect(() => requireScope(caller, 'orders:read')).not.toThrow();
    const problem = await refusal(Promise.resolve().then(() => requireScope(caller, 'admin')));
    expect([problem.status, problem.headers['www-authenticate']]).toEqual([403, 'Bearer error="insufficient_scope", scope="admin"']);
  });
});

describe('401 with WWW-Authenticate', () => {
  test.each([undefined, '', 'Basic c2hvcDpodW50ZXIy', 'Bearer', 'Bearer not-a-token', 'Bearer a.b.c.d.e', 'Bearer a.b.c, Bearer a.b.c'])('for the header %j', async (header) => {
    const problem = await refusal(setUp().verifyHeader(header));
    expect([problem.status, problem.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Bearer/)]);
  });

  test.each(['iss', 'aud', 'exp', 'iat', 'sub', 'client_id', 'jti'])('when the claim %s is missing', async (claim) => {
    expect((await refusal(setUp().verify(await sign(first, claims({ [claim]: undefined }))))).status).toBe(401);
  });

  test.each([
    ['another audience', { aud: 'http://other.test' }],
    ['audiences without us', { aud: ['http://other.test', `${AUDIENCE}/`] }],
    ['an issuer with another slash', { iss: 'slash' }],
    ['an end 61 s ago', { exp: Math.floor(Date.now() / 1000) - 62 }],
    ['a beginning in the future', { nbf: Math.floor(Date.now() / 1000) + 3_600 }],
    ['a client id that is no text', { client_id: 7 }],
    ['an empty subject', { sub: '' }],
  ])('for %s', async (_what, changes) => {
    const altered = 'iss' in changes ? { iss: `${issuer.url}/` } : changes;
    expect((await refusal(setUp().verify(await sign(first, claims(altered))))).status).toBe(401);
  });

  test('for tokens without signature, signed with the public key, or of another type', async () => {
    const { verify } = setUp();
    const hmac = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'first', typ: 'at+jwt' });
    const [head, body] = (await sign(first)).split('.');
    const tokens = [
      new UnsecuredJWT(claims()).encode(),
      await hmac.sign(new TextEncoder().encode(first.pem)),
      await sign(first, claims(), { typ: 'JWT' }),
      await sign(first, claims(), { typ: undefined }),
      await sign({ ...second, kid: 'first' }),
      `${head}.${body}.${'A'.repeat(342)}`,
      'x'.repeat(65_536),
    ];
    for (const token of tokens) expect((await refusal(verify(token))).status).toBe(401);
  });

  test('for keys named in the token, which are never fetched', async () => {
    const { verify } = setUp();
    const stranger = await makeKey('stranger');
    const trap = `${issuer.url}/trap`;
    for (const header of [{ jwk: stranger.jwk }, { jku: trap }, { x5u: trap }, { crit: ['exp'], exp: 1 }]) {
      const token = [{ alg: 'RS256', kid: 'stranger', typ: 'at+jwt', ...header }, claims()]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      expect((await refusal(verify(`${token}.c2ln`))).status).toBe(401);
    }
    expect(issuer.fetches).toBe(1);
  });
});

describe('the keys of the issuer', () => {
  test('are fetched at most once in 10 s, however many unknown keys arrive', async () => {
    const { verify, pass } = setUp();
    await verify(await sign(first));
    const token = await sign(second, claims(), { kid: '../../etc/passwd' });
    for (let i = 0; i < 200; i += 1) await refusal(verify(token));
    expect(issuer.fetches).toBe(1);
    pass(10_000);
    await Promise.all(Array.from({ length: 50 }, () => refusal(verify(token))));
    expect(issuer.fetches).toBe(2);
  });

  test('may be rotated: a new one counts at once, a withdrawn one no longer after 10 minutes', async () => {
    const { verify, pass } = setUp();
    const old = await sign(first);
    await verify(old);
    issuer.keys = [second.jwk];
    pass(10_000);
    await verify(await sign(second));
    expect((await refusal(verify(old))).status).toBe(401);
  });

  test('that were withdrawn do not live on in remembered tokens', async () => {
    const { verify, pass } = setUp();
    const old = await sign(first);
    await verify(old);
    issuer.keys = [second.jwk];
    pass(11 * MINUTE_MS);
    expect((await refusal(verify(old))).status).toBe(401);
  });

  test('may share an id during a rotation', async () => {
    issuer.keys = [{ ...second.jwk, kid: 'first' }, first.jwk];
    await setUp().verify(await sign(first));
  });

  test.each(['failure', 'garbage', 'no keys'] as const)('serve for an hour while the issuer answers with %s, then it is 503, not 401', async (answer) => {
    const { verify, pass } = setUp();
    const token = await sign(first, claims({ exp: Math.floor(Date.now() / 1000) + 10_000 }));
    await verify(token);
    issuer.answer = answer;
    pass(59 * MINUTE_MS);
    await verify(token);
    pass(2 * MINUTE_MS);
    const problem = await refusal(verify(token));
    expect([problem.status, problem.headers['retry-after'], problem.retryable]).toEqual([503, '5', true]);
    issuer.answer = 'keys';
    pass(1_000);
    await verify(token);
  });

  test('are refreshed in the background at half age', async () => {
    const { verify, pass } = setUp();
    const token = await sign(first);
    await verify(token);
    pass(6 * MINUTE_MS);
    await verify(token);
    while (issuer.fetches < 2) await once(issuer.server, 'request');
  });

  test('that cannot be had from the start make 503', async () => {
    const nowhere = createTokenVerifier({ issuer: 'http://127.0.0.1:1', audience: AUDIENCE, clock: { now: () => new Date(), monotonicMs: () => 0 } });
    expect((await refusal(nowhere.verify(`Bearer ${await sign(first)}`))).status).toBe(503);
  });
});
