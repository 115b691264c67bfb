/**
 * Security checks S1–S11 (docs/security-checks.md): what tokens open at Order Fulfillment, and whose fulfillments. The real service
 * over HTTP, a real issuer, and a clock that the test moves. What the verifier alone can show stands in
 * packages/service-kit/src/auth.test.ts.
 */
import { startTestService, requestFor } from '@commerce/order-fulfillment/test-service';
import type { TestService } from '@commerce/order-fulfillment/test-service';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { partsOf, rsaKey, signedWithSecret, startIssuer, unsigned } from './issuer.http.ts';
import type { IssuerKey, TestIssuer } from './issuer.http.ts';
import { expectProblem, send } from './wire.http.ts';
import type { Answer, Sent } from './wire.http.ts';

const AUDIENCE = 'http://127.0.0.1:3001';
const MINUTE_MS = 60_000;
const CLIENT = 'commerce-coordinator';
const FIRST = rsaKey('first');
const SECOND = rsaKey('second');

let passedMs = 0;
const startedMs = Date.now();
const nowMs = (): number => startedMs + passedMs + performance.now() - startedAtMs;
const startedAtMs = performance.now();
const nowS = (): number => Math.floor(nowMs() / 1_000);
const clock = { now: () => new Date(nowMs()), monotonicMs: () => performance.now() + passedMs };

let issuer: TestIssuer;
let service: TestService;

beforeAll(async () => {
  issuer = await startIssuer(AUDIENCE, nowS);
  issuer.keys = [FIRST];
  service = await startTestService({ ISSUER_URL: issuer.url }, { clock });
  await call(issuer.token(CLIENT));
});
afterAll(async () => {
  await service?.stop();
  await issuer?.stop();
});
beforeEach(() => {
  issuer.isAway = false;
});

function call(token: string | undefined, sent: Partial<Sent> = {}): Promise<Answer> {
  const authorization = token === undefined ? [] : ['authorization', `Bearer ${token}`];
  return send(service.url, { path: '/v1/capabilities', ...sent, headers: [...authorization, ...(sent.headers ?? [])] });
}

/** The token of the client must open nothing. */
async function expectRefused(token: string): Promise<void> {
  expectProblem(await call(token), 401, 'unauthenticated', [token]);
}

const ask = (token: string, key: string, body: unknown): Promise<Answer> =>
  call(token, { method: 'POST', path: '/v1/fulfillments', headers: ['content-type', 'application/json', 'idempotency-key', key], body: JSON.stringify(body) });

test('S1: no token, another scheme, and a token in the address get 401 with WWW-Authenticate: Bearer', async () => {
  const token = issuer.token(CLIENT);
  expect((await call(token)).status).toBe(200);
  const answers = [
    await call(undefined), await call(undefined, { headers: ['authorization', `Basic ${Buffer.from('a:b').toString('base64')}`] }),
    await call(undefined, { path: `/v1/capabilities?access_token=${token}` }), await call(token, { path: `/v1/capabilities?access_token=${token}` }),
  ];
  for (const answer of answers) expectProblem(answer, 401, 'unauthenticated', [token]);
  expect(answers[0]?.headers['www-authenticate']).toBe('Bearer');
});

test('S2: a token without signature, signed with the public key as a secret, or of another algorithm than its key gets 401', async () => {
  const [header, claims] = partsOf(issuer.token(CLIENT));
  const none = unsigned({ ...header, alg: 'none' }, claims);
  await expectRefused(`${none}.`);
  await expectRefused(`${none}.${issuer.token(CLIENT).split('.')[2]}`);
  await expectRefused(signedWithSecret(FIRST.publicPem, { ...header, alg: 'HS256' }, claims));
  await expectRefused(issuer.token(CLIENT, { header: { alg: 'ES256' } }));
  await expectRefused(issuer.token(CLIENT, { header: { alg: 'PS256' } }));
});

test('S3: an ID token gets 401; both spellings of the type of an access token pass', async () => {
  for (const typ of ['JWT', 'id_token+jwt', undefined]) await expectRefused(issuer.token(CLIENT, { header: { typ } }));
  for (const typ of ['at+jwt', 'application/at+jwt']) expect((await call(issuer.token(CLIENT, { header: { typ } }))).status).toBe(200);
});

test.each(['iss', 'aud', 'exp', 'iat', 'sub', 'client_id', 'jti'])('S4: a token without the claim %s gets 401', async (claim) => {
  await expectRefused(issuer.token(CLIENT, { claims: { [claim]: undefined } }));
});

test('S5: another audience, an issuer with a slash, an end 61 s ago and a beginning in the future get 401; a clock that is 59 s off passes', async () => {
  const wrong = [
    { aud: 'http://127.0.0.1:3000' }, { aud: ['http://127.0.0.1:3000', `${AUDIENCE}/`] }, { iss: `${issuer.url}/` }, { exp: nowS() - 62 }, { nbf: nowS() + 120 },
  ];
  for (const claims of wrong) await expectRefused(issuer.token(CLIENT, { claims }));
  for (const claims of [{ exp: nowS() - 57 }, { nbf: nowS() + 59, iat: nowS() + 59 }, { aud: ['http://127.0.0.1:3000', AUDIENCE] }]) {
    expect((await call(issuer.token(CLIENT, { claims }))).status).toBe(200);
  }
});

test('S6: unknown key ids of every kind get 401 and cost one fetch of the keys in 10 s; what a header points to is never fetched', async () => {
  passedMs += 10_000;
  const before = issuer.fetches;
  const strangers = ['unknown', '../../x', "' OR 1=1 --", 'x'.repeat(5_000)].map((kid) => ({ ...SECOND, kid }));
  await Promise.all(Array.from({ length: 200 }, (_, index) => call(issuer.token(CLIENT, { key: strangers[index % strangers.length] as IssuerKey })).then(({ status }) => expect(status).toBe(401))));
  expect(issuer.fetches - before).toBe(1);
  const trap = `${issuer.url}/trap`;
  for (const header of [{ jwk: SECOND.jwk }, { jku: trap }, { x5u: trap }, { crit: ['exp'], exp: 1 }]) {
    await expectRefused(issuer.token(CLIENT, { key: SECOND, header }));
    await expectRefused(issuer.token(CLIENT, { key: SECOND, header: { ...header, kid: FIRST.kid } }));
  }
  expect(issuer.strange).toEqual([]);
});

test('S7: a token of 64 kB, of five parts, that is no base64, or encrypted is refused before anything is done with it', async () => {
  const token = issuer.token(CLIENT);
  expectProblem(await call('x'.repeat(15_900)), 401, 'unauthenticated');
  expect((await call('x'.repeat(65_536))).status).toBe(431);
  const encrypted = [{ alg: 'RSA-OAEP', enc: 'A256GCM' }, 'key', 'iv', 'text', 'tag'].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  for (const wrong of [encrypted, `${token}.a.b`, 'a.b.c', '....', `${token.slice(0, 20)}?${token.slice(21)}`, 'ä.ö.ü']) await expectRefused(encodeURI(wrong));
});

test('S8: a right token without the scope gets 403 that names it', async () => {
  const token = issuer.token(CLIENT, { claims: { scope: 'fulfillment:read' } });
  const answer = await ask(token, 's8', requestFor(['digital']));
  expectProblem(answer, 403, 'insufficient_scope', [token]);
  expect(answer.headers['www-authenticate']).toContain('scope="fulfillment:write"');
});

describe('S9: without the keys of the issuer', () => {
  test('a service that never had them answers 503 with Retry-After, not 401', async () => {
    const nowhere = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl, ISSUER_URL: 'http://127.0.0.1:1' });
    try {
      const answer = await send(nowhere.url, { path: '/v1/capabilities', headers: ['authorization', `Bearer ${issuer.token(CLIENT)}`] });
      expectProblem(answer, 503, 'dependency_unavailable');
    } finally {
      await nowhere.stop();
    }
  });

  test('a service that has them goes on for an hour, also with tokens that it has not seen, then answers 503 until the issuer is back', async () => {
    passedMs += 11_000;
    expect((await call(issuer.token(CLIENT))).status).toBe(200);
    passedMs += 11 * MINUTE_MS;
    expect((await call(issuer.token(CLIENT))).status).toBe(200);
    issuer.isAway = true;
    passedMs += 59 * MINUTE_MS;
    expect((await call(issuer.token(CLIENT))).status).toBe(200);
    await expectRefused(issuer.token(CLIENT, { key: { ...SECOND, kid: FIRST.kid } }));
    passedMs += 2 * MINUTE_MS;
    expectProblem(await call(issuer.token(CLIENT)), 503, 'dependency_unavailable');
    issuer.isAway = false;
    passedMs += 1_000;
    expect((await call(issuer.token(CLIENT))).status).toBe(200);
  });
});

describe('S10: a client', () => {
  /** What a route needs beside the id, so that it comes to the question whose it is. */
  const reason = { code: 'customer_request' };
  const BODIES: Readonly<Record<string, unknown>> = { cancel: { reason }, revoke: { reason }, hold: { reason }, release: {} };

  test('gets for a fulfillment of another client what it gets for one that is not there, on every route that takes an id', async () => {
    const theirs = await ask(issuer.token('partner'), 's10', requestFor(['physical']));
    expect(theirs.status).toBe(202);
    const { paths } = (await call(undefined, { path: '/openapi.json' })).body as { paths: Record<string, Record<string, unknown>> };
    const routes = Object.entries(paths).filter(([path]) => path.includes('{fulfillmentId}')).flatMap(([path, methods]) => Object.keys(methods).filter((method) => method !== 'head').map((method) => ({ path, method: method.toUpperCase() })));
    expect(routes.length).toBeGreaterThan(0);
    const token = issuer.token(CLIENT);
    for (const { path, method } of routes) {
      const body = method === 'GET' ? {} : { body: JSON.stringify(BODIES[path.split('/').at(-1) ?? '']) };
      const answers = await Promise.all([theirs.body.fulfillmentId, '0193a6a0-6000-7abc-9def-0123456789ab', 'nonsense'].map((id) =>
        call(token, { path: path.replace('{fulfillmentId}', id), method, ...body, headers: ['x-request-id', 's10', ...(method === 'GET' ? [] : ['content-type', 'application/json'])] })));
      for (const answer of answers) {
        expect(`${method} ${path}: ${answer.status}`).toBe(`${method} ${path}: 404`);
        expectProblem(answer, 404, 'fulfillment_not_found');
      }
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    }
    const after = await call(issuer.token('partner'), { path: `/v1/fulfillments/${theirs.body.fulfillmentId}` });
    expect(['accepted', 'in_progress', 'completed']).toContain(after.body.status);
  });

  test('that sends the key of another client makes a fulfillment of its own, and lists only its own', async () => {
    const body = requestFor(['digital']);
    const [mine, theirs] = [await ask(issuer.token(CLIENT), 's10-shared', body), await ask(issuer.token('partner'), 's10-shared', body)];
    expect([mine.status, theirs.status]).toEqual([200, 200]);
    expect(theirs.headers['idempotency-replayed']).toBeUndefined();
    const { items } = (await call(issuer.token(CLIENT), { path: `/v1/fulfillments?orderId=${body.orderId}` })).body as { items: { fulfillmentId: string }[] };
    expect(items.map(({ fulfillmentId }) => fulfillmentId)).toEqual([mine.body.fulfillmentId]);
  });
});

describe('S11: what is taken back', () => {
  test('a client whose record is removed is refused at once, its tokens notwithstanding', async () => {
    const operator = issuer.token('operator');
    const added = await call(operator, {
      method: 'POST', path: '/v1/clients', headers: ['content-type', 'application/json'],
      body: JSON.stringify({ clientId: 'leaving', authentication: { type: 'oauth', subject: 'user of leaving' }, providers: ['instant'] }),
    });
    expect(added.status).toBe(201);
    const token = issuer.token('leaving');
    expect((await ask(token, 's11', requestFor(['digital']))).status).toBe(200);
    expect((await call(operator, { method: 'DELETE', path: '/v1/clients/leaving' })).status).toBe(204);
    expectProblem(await call(token, { path: '/v1/fulfillments' }), 403, 'unknown_client', [token]);
    expectProblem(await ask(token, 's11', requestFor(['digital'])), 403, 'unknown_client', [token]);
  });

  test('a key that the issuer has withdrawn is refused within ten minutes, a token that was seen before included', async () => {
    passedMs += 11 * MINUTE_MS;
    const token = issuer.token(CLIENT, { claims: { exp: nowS() + 7_200 } });
    expect((await call(token)).status).toBe(200);
    issuer.keys = [SECOND];
    passedMs += 10 * MINUTE_MS + 1_000;
    await expectRefused(token);
    expect((await call(issuer.token(CLIENT))).status).toBe(200);
  });
});

test('A new key of the issuer counts at once, beside the old one', async () => {
  issuer.keys = [SECOND];
  passedMs += 11 * MINUTE_MS;
  const old = issuer.token(CLIENT);
  expect((await call(old)).status).toBe(200);
  const third = rsaKey('third');
  issuer.keys = [third, SECOND];
  passedMs += 10_000;
  expect((await call(issuer.token(CLIENT, { key: third }))).status).toBe(200);
  expect((await call(old)).status).toBe(200);
});

test.each([[-59, 200], [59, 200], [-62, 401], [3_600, 401]])('A clock of the issuer that is %i s off makes fresh tokens of one minute answer %i', async (offS, status) => {
  const claims = { iat: nowS() + offS, nbf: nowS() + offS, exp: nowS() + offS + 1 };
  expect((await call(issuer.token(CLIENT, { claims }))).status).toBe(status);
});
