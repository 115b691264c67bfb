/**
 * Security checks S12–S18 (docs/security-checks.md): signed requests to Order Fulfillment, on two instances of the real service over
 * HTTP and one database, with a clock that the test moves. The rules of a signature alone stand in packages/http-signatures.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { contentDigest } from '@commerce/http-signatures/digest';
import { secretKey } from '@commerce/http-signatures/keys';
import { TEST_LMS, requestFor, startTestService } from '@commerce/order-fulfillment/test-service';
import type { TestService } from '@commerce/order-fulfillment/test-service';
import { ed25519Key, hmacKey, signedHeaders } from '@commerce/order-fulfillment/test-signing';
import type { TestKey, ToSign } from '@commerce/order-fulfillment/test-signing';
import { eventually } from '@commerce/service-kit/test-eventually';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectProblem, send } from './wire.http.ts';
import type { Answer } from './wire.http.ts';

/** How the service knows itself; it listens elsewhere. */
const PUBLIC_URL = 'http://127.0.0.1:3001';
const PATH = '/v1/fulfillments';
const KEYS = [hmacKey('acme-hmac'), ed25519Key('acme-ed25519')] as const;
const [HMAC, ED25519] = KEYS;

let passedS = 0;
const clock = { now: () => new Date(Date.now() + passedS * 1_000), monotonicMs: () => performance.now() + passedS * 1_000 };
const nowS = (): number => Math.floor(clock.now().getTime() / 1_000);

let service: TestService;
let other: TestService;

beforeAll(async () => {
  service = await startTestService({}, { clock });
  await addClient({ clientId: 'acme', authentication: { type: 'signature', keys: KEYS.map(({ form }) => form) }, providers: ['instant', 'warehouse'] });
  other = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl }, { clock });
});
afterAll(async () => {
  await other?.stop();
  await service?.stop();
});
beforeEach(() => {
  passedS = 0;
});

async function addClient(body: object): Promise<void> {
  expect((await service.call('/v1/clients', { method: 'POST', client: 'operator', scopes: 'clients:admin', body })).status).toBe(201);
}

interface Signed extends Partial<ToSign> {
  readonly path?: string;
}

/** A signed request that is right in everything: what a check changes of it, is what it is about. */
function signed(key: TestKey, { path = PATH, ...given }: Signed = {}) {
  const method = given.method ?? 'POST';
  const body = method === 'POST' ? (given.body ?? JSON.stringify(requestFor(['instant']))) : undefined;
  const headers = signedHeaders(key, { nowS: nowS(), headers: { 'idempotency-key': randomUUID() }, ...given, method, body, url: `${PUBLIC_URL}${path}` });
  return { method, path, headers, body };
}

type Request = ReturnType<typeof signed>;

function call(request: Request, changes: Partial<Omit<Request, 'headers'>> & { headers?: Record<string, string | undefined>; more?: readonly string[] } = {}, at = service): Promise<Answer> {
  const { headers = {}, more = [], ...rest } = changes;
  const all = Object.entries<string | undefined>({ ...request.headers, ...headers }).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return send(at.url, { ...request, ...rest, headers: [...all, ...more] });
}

/** 401 in the form of all refused signatures, without what was sent in confidence. */
function expectRefused(answer: Answer, { headers }: Request, detail?: RegExp): void {
  const secrets = KEYS.map(({ form }) => ('secret' in form ? form.secret : form.publicKey));
  expectProblem(answer, 401, 'signature_invalid', [...secrets, headers['signature'] ?? ''].filter((secret) => secret.length > 16));
  expect(answer.headers['accept-signature']).toMatch(/^sig1=\("@method" "@target-uri" "idempotency-key" "content-type" "content-digest"\);created;expires;nonce;keyid$/);
  if (detail !== undefined) expect(answer.body.detail).toMatch(detail);
}

describe.each([['HMAC-SHA256', HMAC], ['Ed25519', ED25519]] as const)('A request signed with %s', (_name, key) => {
  test('passes, with the whole target or with path and query, with a body or without', async () => {
    expect((await call(signed(key))).status).toBe(200);
    expect((await call(signed(key, { components: ['@method', '@path', '@query', 'content-type', 'content-digest', 'idempotency-key'] }))).status).toBe(200);
    expect((await call(signed(key, { method: 'GET', path: `${PATH}?limit=3&orderId=a%20b` }))).status).toBe(200);
    expect((await call(signed(key, { method: 'GET', components: ['@method', '@path', '@query', 'idempotency-key'] }))).status).toBe(200);
  });

  test('S12: gets 401 when a byte of its body, its method, path, query, type or a covered header is another one', async () => {
    const right = signed(key, { path: `${PATH}?` , components: ['@method', '@target-uri', 'content-type', 'content-digest', 'idempotency-key'] });
    const changedBody = (right.body ?? '').replace('"quantity":1', '"quantity":2');
    const changes: Parameters<typeof call>[1][] = [
      { body: changedBody }, { body: `${right.body} ` }, { body: '' }, { body: 'no JSON' },
      { headers: { 'content-digest': contentDigest(changedBody) }, body: changedBody },
      { method: 'PUT' }, { path: `${PATH}/batch?` }, { path: PATH }, { path: `${PATH}?limit=1` }, { path: `${PATH}%3F` },
      { headers: { 'content-type': 'application/json; charset=utf-8' } }, { headers: { 'idempotency-key': 'another' } }, { headers: { 'idempotency-key': undefined } },
      { headers: { 'content-digest': undefined } }, { headers: { signature: undefined } }, { headers: { 'signature-input': undefined } },
    ];
    for (const change of changes) {
      const answer = await call(right, change);
      // What no route answers to, is not there for anybody.
      if (change?.method === 'PUT' || change?.path === `${PATH}%3F`) expect([404, 405]).toContain(answer.status);
      else expectRefused(answer, right);
    }
    expect((await call(right)).status).not.toBe(401);
  });

  test('S12: gets 401 when it does not cover all that it must, though digest and signature are right', async () => {
    const lists = [
      ['@target-uri', 'content-type', 'content-digest'], ['@method', 'content-type', 'content-digest'], ['@method', '@path', 'content-type', 'content-digest'],
      ['@method', '@query', 'content-type', 'content-digest'], ['@method', '@target-uri', 'content-digest'], ['@method', '@target-uri', 'content-type'],
    ].map((list) => [...list, 'idempotency-key']);
    for (const components of [...lists, ['@method', '@target-uri', 'content-type', 'content-digest']]) {
      const request = signed(key, { components, headers: { 'idempotency-key': 'k', 'content-digest': contentDigest('{}') }, body: '{}' });
      expectRefused(await call(request), request, /must cover/);
    }
  });

  test('S12: gets 401 when a header is there twice', async () => {
    const request = signed(key);
    for (const name of ['signature', 'signature-input', 'content-digest', 'content-type']) {
      expectRefused(await call(request, { more: [name, request.headers[name] ?? ''] }), request);
    }
  });

  test('S13: gets 401 when it was made six minutes ago or is made in six minutes, has expired, or lives too long; four minutes are a matter of clocks', async () => {
    for (const given of [{ createdIn: -360, lifeS: 300 }, { createdIn: 360, lifeS: 300 }, { createdIn: -120, lifeS: 60 }, { lifeS: 301 }, { lifeS: 0 }, { lifeS: -5 }]) {
      const request = signed(key, given);
      expectRefused(await call(request), request, /created|expire/);
    }
    for (const given of [{ createdIn: -240, lifeS: 300 }, { createdIn: 240, lifeS: 300 }]) expect((await call(signed(key, given))).status).toBe(200);
    const kept = signed(key, { lifeS: 300 });
    passedS = 301;
    expectRefused(await call(kept), kept);
  });

  test('S13: gets 401 without created, expires, nonce or keyid, or with a nonce that is too short or too long', async () => {
    const request = signed(key);
    for (const name of ['created', 'expires', 'nonce', 'keyid']) {
      const input = (request.headers['signature-input'] ?? '').replace(new RegExp(`;${name}=(?:"[^"]*"|\\d+)`), '');
      expect(input).not.toBe(request.headers['signature-input']);
      expectRefused(await call(request, { headers: { 'signature-input': input } }), request);
    }
    for (const nonce of ['fifteen-letters', 'x'.repeat(129), `a blank in it ${randomUUID()}`]) {
      const odd = signed(key, { nonce });
      expectRefused(await call(odd), odd, /nonce/);
    }
  });

  test('S14: counts once: the same again gets 401, here and on the other instance, signed anew too', async () => {
    const request = signed(key, { lifeS: 300 });
    expect((await call(request)).status).toBe(200);
    for (const at of [service, other]) expectRefused(await call(request, {}, at), request, /nonce was used/);
    const { nonce } = /;nonce="(?<nonce>[^"]+)"/.exec(request.headers['signature-input'] ?? '')?.groups ?? {};
    passedS = 200;
    const signedAnew = signed(key, { nonce: nonce ?? '' });
    expectRefused(await call(signedAnew, {}, other), signedAnew, /nonce was used/);
    const elsewhere = signed(key);
    const both = await Promise.all([service, other].map((at) => call(elsewhere, {}, at)));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  test('S18: gets 401 for a body that says the same in other bytes', async () => {
    const body = JSON.stringify(requestFor(['instant']));
    const request = signed(key, { body });
    const parsed = JSON.parse(body) as Record<string, unknown>;
    for (const other of [JSON.stringify(parsed, null, 1), JSON.stringify(Object.fromEntries(Object.entries(parsed).reverse())), body.replace('"quantity":1', '"quantity":1.0'), body.replace('{', '{"orderId":"a",')]) {
      expect(other).not.toBe(body);
      expectRefused(await call(request, { body: other }), request, /digest/);
    }
    expect((await call(request)).status).toBe(200);
  });
});

test('S14: a callback of the LMS that comes twice is taken twice and has its effect once', async () => {
  const order = requestFor(['course']);
  const { fulfillmentId } = (await service.request(order, randomUUID())).body;
  const body = JSON.stringify({ type: 'enrollment.activated', data: { reference: `${fulfillmentId}:1`, order_id: order.orderId, is_active: true } });
  const [id, at] = [randomUUID(), String(nowS())];
  const signature = createHmac('sha256', Buffer.from(TEST_LMS.secret.slice(6), 'base64')).update(`${id}.${at}.${body}`).digest('base64');
  const callback = (given: string) => send(service.url, { method: 'POST', path: '/v1/callbacks/lms', body, headers: ['content-type', 'application/json', 'webhook-id', id, 'webhook-timestamp', at, 'webhook-signature', given] });
  expectProblem(await callback('v1,AAAA'), 401, 'callback_signature_invalid', [TEST_LMS.secret]);
  expect((await callback(`v1,${signature}`)).status).toBe(204);
  const told = await service.history(order.orderId);
  expect((await callback(`v1,${signature}`)).status).toBe(204);
  expect(await service.history(order.orderId)).toHaveLength(told.length);
  expect(told.filter(({ type }) => type === 'FulfillmentCompleted')).toHaveLength(1);
});

test('S15: an unknown keyid, an alg that is not that of the key, and a public key used as a secret get 401', async () => {
  const unknown = signed(hmacKey('nobody'));
  expectRefused(await call(unknown), unknown, /no key/);
  const borrowed = signed({ ...hmacKey('x'), signing: { ...hmacKey('x').signing, keyid: HMAC.signing.keyid } as TestKey['signing'] });
  expectRefused(await call(borrowed), borrowed, /not that of its key/);
  const publicBytes = 'publicKey' in ED25519.form ? ED25519.form.publicKey : '';
  const confused = signed({ ...ED25519, signing: { keyid: ED25519.signing.keyid, alg: 'hmac-sha256', secret: secretKey(publicBytes) } });
  expectRefused(await call(confused), confused, /not that of its key/);
  for (const key of KEYS) {
    const request = signed(key);
    const input = request.headers['signature-input'] ?? '';
    for (const alg of ['hmac-sha256', 'ed25519', 'rsa-v1_5-sha256', 'none'].filter((one) => one !== key.signing.alg)) {
      expectRefused(await call(request, { headers: { 'signature-input': input.replace(/alg="[^"]*"/, `alg="${alg}"`) } }), request);
    }
  }
});

test('S16: a signature of another length, an empty one, one in another spelling, two of them and a thousand get 401', async () => {
  for (const key of KEYS) {
    const request = signed(key);
    const { signature = '', 'signature-input': input = '' } = request.headers;
    const bytes = Buffer.from(signature.slice(6, -1), 'base64');
    const changed = Buffer.from(bytes);
    changed[0] = (changed[0] ?? 0) ^ 1;
    const values = [
      'sig1=::', '', 'sig1', 'sig1=""', `sig1=:${bytes.subarray(1).toString('base64')}:`, `sig1=:${Buffer.concat([bytes, bytes]).toString('base64')}:`,
      `sig1=:${changed.toString('base64')}:`, signature.replace('sig1', 'sig2'), signature.replace('=:', '=: '),
    ];
    for (const value of values) expectRefused(await call(request, { headers: { signature: value } }), request);
    for (const count of [2, 11, 60]) {
      const labels = Array.from({ length: count }, (_, index) => `sig${index + 1}`);
      const many = { signature: labels.map((label) => signature.replace('sig1', label)).join(', ').slice(0, 6_000), 'signature-input': labels.map((label) => input.replace('sig1', label)).join(', ').slice(0, 6_000) };
      expectRefused(await call(request, { headers: many }), request);
    }
    const thousand = await call(request, { headers: { signature: Array.from({ length: 1_000 }, (_, index) => `s${index}=:AA==:`).join(',') } });
    expectRefused(thousand, request);
    expect((await call(request)).status).toBe(200);
  }
});

test('S17: while a key is changed both hold, and the old one gets 401 from its end on', async () => {
  const [old, young] = [hmacKey('changing-1'), ed25519Key('changing-2')];
  await addClient({ clientId: 'changing', authentication: { type: 'signature', keys: [old.form] } });
  const admin = (method: 'POST' | 'PATCH', path: string, body: object) => service.call(`/v1/clients/changing/keys${path}`, { method, client: 'operator', scopes: 'clients:admin', body });
  expect((await admin('POST', '', young.form)).status).toBe(201);
  expect((await admin('PATCH', '/changing-1', { notAfter: new Date((nowS() + 100) * 1_000).toISOString() })).status).toBe(200);
  const statuses = async () => [(await call(signed(old, { method: 'GET' }))).status, (await call(signed(young, { method: 'GET' }))).status];
  expect(await statuses()).toEqual([200, 200]);
  passedS = 101;
  expect(await statuses()).toEqual([401, 200]);
});

test('S18: a signed body with a name twice is 400: who signs it says two things', async () => {
  const body = JSON.stringify(requestFor(['instant'])).replace('{', '{"orderId":"another",');
  const request = signed(HMAC, { body });
  expectProblem(await call(request), 400, 'malformed_json', [HMAC.signing.keyid]);
});

test('A signed request whose address comes by a forwarded header is judged by the address of the service alone', async () => {
  const request = signed(HMAC, { method: 'GET' });
  const forged = ['x-forwarded-host', 'evil.test', 'x-forwarded-proto', 'https', 'forwarded', 'host=evil.test;proto=https'];
  expect((await call(request, { more: forged })).status).toBe(200);
  const toOthers = { ...request, headers: signedHeaders(HMAC, { method: 'GET', url: `https://evil.test${PATH}`, nowS: nowS() }) };
  expectRefused(await call(toOthers, { more: forged }), toOthers);
});

test('A client that signs is seen by the other instance within five seconds of being added', async () => {
  const key = hmacKey('seen-soon');
  await addClient({ clientId: 'soon', authentication: { type: 'signature', keys: [key.form] } });
  await eventually('the other instance knows it', async () => (await call(signed(key, { method: 'GET' }), {}, other)).status === 200, 5_000);
});
