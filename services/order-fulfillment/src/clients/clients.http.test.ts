import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '@commerce/service-kit/test-eventually';
import { createAllowances } from './allowances.pg.ts';
import { requestFor, startTestService } from '../test-service.ts';
import type { Answer, Call, TestService } from '../test-service.ts';
import { ed25519Key, hmacKey, signedHeaders } from '../test-signing.ts';
import type { TestKey, ToSign } from '../test-signing.ts';

const PUBLIC_URL = 'http://127.0.0.1:3001';

let service: TestService;
/** Another instance on the same database, which looks for changes often. */
let other: TestService;

beforeAll(async () => {
  service = await startTestService();
  other = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl }, { sleep: (ms, signal) => wait(Math.min(ms, 20), undefined, { ...(signal && { signal }) }) });
});
afterAll(async () => {
  await other?.stop();
  await service?.stop();
});

const admin = (method: Call['method'], path: string, body?: unknown, at = service): Promise<Answer> =>
  at.call(path, { method: method ?? 'GET', client: 'operator', scopes: 'clients:admin', ...(body !== undefined && { body }) });

/** Calls with a signature of this key. */
function signedCall(key: TestKey, path: string, given: Partial<ToSign> & { text?: string } = {}, at = service): Promise<Answer> {
  const { text, ...sign } = given;
  const method = (given.method ?? (text === undefined ? 'GET' : 'POST')) as 'GET' | 'POST';
  const headers = signedHeaders(key, { ...sign, method, url: `${PUBLIC_URL}${path}`, body: text });
  return at.call(path, { method, client: null, headers, ...(text !== undefined && { text }) });
}

let clients = 0;
/** A client that signs. */
async function addSigner(key: TestKey, more: Record<string, unknown> = {}): Promise<string> {
  const clientId = `signer-${(clients += 1)}`;
  const answer = await admin('POST', '/v1/clients', { clientId, authentication: { type: 'signature', keys: [key.form] }, providers: ['instant', 'warehouse'], ...more });
  expect(answer.status).toBe(201);
  return clientId;
}

describe('A client that is added', () => {
  test('is there with its defaults, under its address, and its secret is in no answer and not in the database', async () => {
    const key = hmacKey('acme-2026');
    const body = { clientId: 'acme', authentication: { type: 'signature', keys: [key.form] } };
    const { status, headers, body: made, text } = await admin('POST', '/v1/clients', body);
    expect([status, headers['location']]).toEqual([201, '/v1/clients/acme']);
    expect(made).toEqual({
      clientId: 'acme', authentication: { type: 'signature', keys: [{ keyid: 'acme-2026', alg: 'hmac-sha256', createdAt: expect.any(String) }] },
      scopes: ['fulfillment:read', 'fulfillment:write'], providers: { byKind: {}, bySku: {} }, rateLimit: null, eventFilter: null,
      createdAt: expect.any(String), updatedAt: made.createdAt,
    });
    const read = await admin('GET', '/v1/clients/acme');
    expect(read.body).toEqual(made);
    const secret = Buffer.from('secret' in key.form ? key.form.secret : '', 'base64');
    for (const shown of [text, read.text, (await admin('GET', '/v1/clients')).text]) {
      for (const spelling of ['base64', 'base64url', 'hex'] as const) expect(shown).not.toContain(secret.toString(spelling));
    }
    const { rows } = await service.pool.query('SELECT k.*, c.* FROM client_keys k JOIN clients c USING (client_id) WHERE keyid = $1', ['acme-2026']);
    expect((rows[0].sealed_secret as Buffer).includes(secret)).toBe(false);
  });

  test('may name its providers as a list, and gets a burst when it has none', async () => {
    const { body } = await admin('POST', '/v1/clients', {
      clientId: 'listed', authentication: { type: 'oauth', subject: 'user of listed' }, providers: ['warehouse', 'lms'], rateLimit: { requestsPerSecond: 2.5 },
      eventFilter: { 'detail-type': ['FulfillmentCompleted'] }, scopes: ['fulfillment:read', 'fulfillment:read'],
    });
    expect(body).toMatchObject({
      providers: { default: 'warehouse', byKind: { warehouse: 'warehouse', lms: 'lms' }, bySku: {} }, rateLimit: { requestsPerSecond: 2.5, burst: 3 },
      eventFilter: { 'detail-type': ['FulfillmentCompleted'] }, scopes: ['fulfillment:read'], authentication: { type: 'oauth', subject: 'user of listed' },
    });
  });

  test.each([['hmac-sha256', hmacKey], ['ed25519', ed25519Key]] as const)('signs with %s, sees what is its own, and nothing of others', async (alg, makeKey) => {
    const key = makeKey(`all of ${alg}`.replaceAll(' ', '-'));
    const clientId = await addSigner(key);
    const text = JSON.stringify(requestFor(['instant']));
    const made = await signedCall(key, '/v1/fulfillments', { text, headers: { 'idempotency-key': 'first' } });
    expect([made.status, made.body.clientId]).toEqual([200, clientId]);
    const path = `/v1/fulfillments/${made.body.fulfillmentId}`;
    expect((await signedCall(key, path)).body).toEqual(made.body);
    expect((await signedCall(key, '/v1/fulfillments?limit=2', { components: ['@method', '@path', '@query'] })).body.items).toHaveLength(1);
    expect((await service.call(path)).status).toBe(404);
  });

  test('has its public key as base64, however it was sent', async () => {
    const key = ed25519Key('as-pem');
    const raw = 'publicKey' in key.form ? key.form.publicKey : '';
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(raw, 'base64')]).toString('base64');
    const clientId = await addSigner({ ...key, form: { keyid: 'as-pem', alg: 'ed25519', publicKey: `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n` } });
    expect((await admin('GET', `/v1/clients/${clientId}`)).body.authentication.keys).toEqual([{ keyid: 'as-pem', alg: 'ed25519', publicKey: raw, createdAt: expect.any(String) }]);
    expect((await signedCall(key, '/v1/capabilities')).status).toBe(200);
  });

  const oauth = { type: 'oauth', subject: 'somebody' };
  const refused: [string, Record<string, unknown>, number, string][] = [
    ['an id that is taken', { clientId: 'partner', authentication: oauth }, 409, 'client_exists'],
    ['a subject that another client has', { clientId: 'new', authentication: { type: 'oauth', subject: 'user of partner' } }, 409, 'subject_in_use'],
    ['a provider that is not there', { clientId: 'new', authentication: oauth, providers: { byKind: { course: 'pigeon' } } }, 422, 'unknown_provider'],
    ['an empty id', { clientId: '', authentication: oauth }, 400, 'validation_failed'],
    ['an id that is a way up', { clientId: '..', authentication: oauth }, 400, 'validation_failed'],
    ['an unknown field', { clientId: 'new', authentication: oauth, isAdmin: true }, 400, 'validation_failed'],
    ['no key', { clientId: 'new', authentication: { type: 'signature', keys: [] } }, 400, 'validation_failed'],
    ['a short secret', { clientId: 'new', authentication: { type: 'signature', keys: [{ keyid: 'k', alg: 'hmac-sha256', secret: Buffer.alloc(31, 9).toString('base64') }] } }, 400, 'validation_failed'],
    ['a public key that is none', { clientId: 'new', authentication: { type: 'signature', keys: [{ keyid: 'k', alg: 'ed25519', publicKey: 'AAAA' }] } }, 400, 'validation_failed'],
    ['an algorithm with the key of the other', { clientId: 'new', authentication: { type: 'signature', keys: [{ ...hmacKey('k').form, alg: 'ed25519' }] } }, 400, 'validation_failed'],
    ['a rate of nothing', { clientId: 'new', authentication: oauth, rateLimit: { requestsPerSecond: 0 } }, 400, 'validation_failed'],
    ['a filter that the matcher refuses', { clientId: 'new', authentication: oauth, eventFilter: { source: 'order-fulfillment' } }, 400, 'validation_failed'],
    ['a filter over a field that no event has', { clientId: 'new', authentication: oauth, eventFilter: { type: ['x'] } }, 400, 'validation_failed'],
  ];
  test.each(refused)('is refused for %s, without a word of a secret', async (_name, body, status, code) => {
    const answer = await admin('POST', '/v1/clients', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.text).not.toMatch(/CQkJCQ|AAAA/);
    expect((await admin('GET', '/v1/clients/new')).status).toBe(404);
  });

  test('is refused as a whole when one of its keys has the id of another key, of whomever', async () => {
    const key = hmacKey('taken');
    await addSigner(key);
    const answer = await admin('POST', '/v1/clients', { clientId: 'new', authentication: { type: 'signature', keys: [hmacKey('free').form, { ...hmacKey('taken').form }] } });
    expect([answer.status, answer.body.code]).toEqual([409, 'key_exists']);
    expect((await admin('GET', '/v1/clients/new')).status).toBe(404);
    expect((await signedCall(key, '/v1/capabilities')).status).toBe(200);
  });
});

describe('The administration of clients', () => {
  const routes: [NonNullable<Call['method']>, string, unknown][] = [
    ['GET', '/v1/clients', undefined], ['POST', '/v1/clients', {}], ['GET', '/v1/clients/partner', undefined], ['PATCH', '/v1/clients/partner', {}], ['DELETE', '/v1/clients/partner', undefined],
    ['POST', '/v1/clients/partner/keys', {}], ['PATCH', '/v1/clients/partner/keys/k', { notAfter: null }], ['DELETE', '/v1/clients/partner/keys/k', undefined],
  ];
  test.each(routes)('%s %s wants the scope clients:admin, in the token and in the record', async (method, path, body) => {
    for (const given of [{ client: 'partner', scopes: 'clients:admin fulfillment:write' }, { client: 'operator', scopes: 'fulfillment:write' }, { client: 'stranger', scopes: 'fulfillment:write' }]) {
      const answer = await service.call(path, { method, ...given, ...(body !== undefined && { body }) });
      expect([answer.status, answer.body.code]).toEqual([403, 'insufficient_scope']);
    }
  });

  test('needs no record of whoever has the scope, so that nobody can lock himself out', async () => {
    expect((await service.call('/v1/clients/partner', { client: 'root', scopes: 'clients:admin' })).status).toBe(200);
  });

  test('lists clients by id, page by page', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await admin('GET', `/v1/clients?limit=2${cursor}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ clientId }: { clientId: string }) => clientId));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(seen.toSorted());
    expect(seen).toEqual(expect.arrayContaining(['commerce-coordinator', 'operator', 'partner', 'picky', 'reader']));
    expect((await admin('GET', '/v1/clients?cursor=forged')).body.code).toBe('invalid_cursor');
  });

  test('answers 404 for what is not there', async () => {
    expect((await admin('PATCH', '/v1/clients/nobody', {})).body.code).toBe('client_not_found');
    expect((await admin('DELETE', '/v1/clients/nobody')).body.code).toBe('client_not_found');
    expect((await admin('POST', '/v1/clients/nobody/keys', hmacKey('of-nobody').form)).body.code).toBe('client_not_found');
    const clientId = await addSigner(hmacKey('the-only-one'));
    expect((await admin('PATCH', `/v1/clients/${clientId}/keys/missing`, { notAfter: null })).body.code).toBe('key_not_found');
    expect((await admin('DELETE', `/v1/clients/partner/keys/the-only-one`)).body.code).toBe('key_not_found');
  });

  test('takes ids with every visible character, 200 of them', async () => {
    const clientId = `a/b?c#d%e;f ${'€'.repeat(3)}`.replace(/[ €]/g, '~').padEnd(200, '/');
    const { status, headers } = await admin('POST', '/v1/clients', { clientId, authentication: { type: 'oauth', subject: 'odd' } });
    expect(status).toBe(201);
    expect((await admin('GET', String(headers['location']))).body.clientId).toBe(clientId);
  });
});

describe('A client that is changed', () => {
  test('has the new providers, scopes, limit and filter at once, and keeps what was not named', async () => {
    const key = hmacKey('changing');
    const clientId = await addSigner(key);
    const ask = (name: string) => signedCall(key, '/v1/fulfillments', { text: JSON.stringify(requestFor(['course'])), headers: { 'idempotency-key': name } });
    expect((await ask('before')).body.lines[0].provider).toBe('instant');
    const changed = await admin('PATCH', `/v1/clients/${clientId}`, { providers: { byKind: { course: 'warehouse' } } });
    expect(changed.body).toMatchObject({ providers: { byKind: { course: 'warehouse' }, bySku: {} }, scopes: ['fulfillment:read', 'fulfillment:write'] });
    expect(changed.body.providers).not.toHaveProperty('default');
    expect((await ask('after')).body.lines[0].provider).toBe('warehouse');
    await admin('PATCH', `/v1/clients/${clientId}`, { scopes: ['fulfillment:read'] });
    expect((await ask('read-only')).body.code).toBe('insufficient_scope');
    expect((await admin('PATCH', `/v1/clients/${clientId}`, {})).body).toMatchObject({ scopes: ['fulfillment:read'], providers: { byKind: { course: 'warehouse' } } });
  });

  test('to tokens no longer signs', async () => {
    const key = hmacKey('to-be-gone');
    const clientId = await addSigner(key);
    const { body } = await admin('PATCH', `/v1/clients/${clientId}`, { authentication: { type: 'oauth', subject: 'user of converted' } });
    expect(body.authentication).toEqual({ type: 'oauth', subject: 'user of converted' });
    expect((await signedCall(key, '/v1/capabilities')).status).toBe(401);
    const { body: seen } = await service.request(requestFor(['digital']), 'converted', { client: 'converted' });
    expect(seen.clientId).toBe(clientId);
    expect((await admin('POST', `/v1/clients/${clientId}/keys`, hmacKey('again').form)).body.code).toBe('client_does_not_sign');
  });

  test('is refused the subject of another', async () => {
    const answer = await admin('PATCH', '/v1/clients/picky', { authentication: { type: 'oauth', subject: 'user of partner' }, scopes: [] });
    expect([answer.status, answer.body.code]).toEqual([409, 'subject_in_use']);
    expect((await admin('GET', '/v1/clients/picky')).body.scopes).not.toEqual([]);
  });
});

describe('A client that is removed', () => {
  test('can no longer call, here at once and on the other instance soon, neither with a signature nor with a token', async () => {
    const key = hmacKey('removed');
    const clientId = await addSigner(key);
    await admin('POST', '/v1/clients', { clientId: 'leaving', authentication: { type: 'oauth', subject: 'user of leaving' } });
    await eventually('both may call the other instance', async () => (await signedCall(key, '/v1/capabilities', {}, other)).status === 200 && (await other.call('/v1/capabilities', { client: 'leaving' })).status === 200);
    for (const id of [clientId, 'leaving']) expect((await admin('DELETE', `/v1/clients/${id}`)).status).toBe(204);
    expect((await signedCall(key, '/v1/capabilities')).status).toBe(401);
    for (const path of ['/v1/capabilities', '/v1/fulfillments']) expect((await service.call(path, { client: 'leaving' })).body.code).toBe('unknown_client');
    await eventually('the other instance knows', async () => (await signedCall(key, '/v1/capabilities', {}, other)).status === 401 && (await other.call('/v1/capabilities', { client: 'leaving' })).status === 403);
  });

  test('does not come back with the file of first clients, but when it is added anew', async () => {
    await admin('DELETE', '/v1/clients/reader');
    const restarted = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl });
    try {
      expect((await admin('GET', '/v1/clients/reader', undefined, restarted)).status).toBe(404);
      expect((await admin('GET', '/v1/clients/picky', undefined, restarted)).status).toBe(200);
    } finally {
      await restarted.stop();
    }
    expect((await admin('POST', '/v1/clients', { clientId: 'reader', authentication: { type: 'oauth', subject: 'user of reader' } })).status).toBe(201);
  });
});

describe('The keys of a client', () => {
  test('are changed with an overlap: both hold, then the old one ends', async () => {
    const [old, young] = [hmacKey('rotation-1'), ed25519Key('rotation-2')];
    const clientId = await addSigner(old);
    expect((await admin('POST', `/v1/clients/${clientId}/keys`, young.form)).status).toBe(201);
    const statuses = async () => [(await signedCall(old, '/v1/capabilities')).status, (await signedCall(young, '/v1/capabilities')).status];
    expect(await statuses()).toEqual([200, 200]);
    const later = await admin('PATCH', `/v1/clients/${clientId}/keys/rotation-1`, { notAfter: new Date(Date.now() + 60_000).toISOString() });
    expect(later.body.authentication.keys).toMatchObject([{ keyid: 'rotation-1', notAfter: expect.any(String) }, { keyid: 'rotation-2' }]);
    expect(await statuses()).toEqual([200, 200]);
    await admin('PATCH', `/v1/clients/${clientId}/keys/rotation-1`, { notAfter: new Date(Date.now() - 1).toISOString() });
    expect(await statuses()).toEqual([401, 200]);
    await admin('PATCH', `/v1/clients/${clientId}/keys/rotation-1`, { notAfter: null });
    expect(await statuses()).toEqual([200, 200]);
    expect((await admin('DELETE', `/v1/clients/${clientId}/keys/rotation-1`)).status).toBe(204);
    expect(await statuses()).toEqual([401, 200]);
  });

  test('are at most twenty', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => hmacKey(`many-${index}`).form);
    const clientId = 'of-many-keys';
    expect((await admin('POST', '/v1/clients', { clientId, authentication: { type: 'signature', keys } })).status).toBe(201);
    expect((await admin('POST', `/v1/clients/${clientId}/keys`, hmacKey('many-20').form)).body.code).toBe('too_many_keys');
  });

  test('stop the start when they were stored under another CLIENT_SECRETS_KEY', async () => {
    await addSigner(hmacKey('locked'));
    const start = startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl, CLIENT_SECRETS_KEY: Buffer.alloc(32, 6).toString('base64') });
    await expect(start).rejects.toThrow('is CLIENT_SECRETS_KEY the one');
  });

  test('of one client that cannot be opened any more do not keep the changes of others from being read', async () => {
    const [broken, whole] = [hmacKey('broken'), hmacKey('whole')];
    await addSigner(broken);
    expect((await signedCall(broken, '/v1/capabilities')).status).toBe(200);
    const saved = await service.pool.query("UPDATE client_keys SET sealed_secret = '\\x0102' WHERE keyid = 'broken' RETURNING client_id");
    expect(saved.rowCount).toBe(1);
    await addSigner(whole);
    expect([(await signedCall(broken, '/v1/capabilities')).status, (await signedCall(whole, '/v1/capabilities')).status]).toEqual([401, 200]);
    await service.pool.query("DELETE FROM client_keys WHERE keyid = 'broken'");
  });
});

describe('A nonce', () => {
  test('counts once, on whichever instance, also when both hear it at the same moment', async () => {
    const key = hmacKey('nonces');
    await addSigner(key);
    await eventually('the other instance knows the key', async () => (await signedCall(key, '/v1/capabilities', {}, other)).status === 200);
    const nonce = 'a-nonce-that-is-used-twice';
    expect((await signedCall(key, '/v1/capabilities', { nonce })).status).toBe(200);
    for (const at of [service, other]) {
      const again = await signedCall(key, '/v1/capabilities', { nonce }, at);
      expect([again.status, again.body.code, again.body.detail]).toEqual([401, 'signature_invalid', 'The nonce was used before.']);
    }
    const atOnce = await Promise.all(Array.from({ length: 20 }, (_, index) => signedCall(key, '/v1/capabilities', { nonce: 'sent-many-times-at-once' }, index % 2 === 0 ? service : other)));
    expect(atOnce.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('belongs to its key: another client may have the same', async () => {
    const [one, two] = [hmacKey('nonce-of-one'), hmacKey('nonce-of-two')];
    await Promise.all([addSigner(one), addSigner(two)]);
    for (const key of [one, two]) expect((await signedCall(key, '/v1/capabilities', { nonce: 'the-same-for-both-of-them' })).status).toBe(200);
  });

  test('is not used up by a request that was refused, and forgotten when nobody would accept it any more', async () => {
    const key = hmacKey('nonce-kept');
    await addSigner(key);
    const nonce = 'not-used-up-by-a-wrong-body';
    const path = '/v1/fulfillments';
    const text = JSON.stringify(requestFor(['instant']));
    const headers = signedHeaders(key, { method: 'POST', url: `${PUBLIC_URL}${path}`, body: text, nonce, headers: { 'idempotency-key': 'k' } });
    const changed = await service.call(path, { method: 'POST', client: null, headers, text: text.replace('"lines"', '"lInes"') });
    expect([changed.status, changed.body.detail]).toEqual([401, 'The content-digest is not that of the body.']);
    expect((await service.call(path, { method: 'POST', client: null, headers, text })).status).toBe(200);

    const { rows } = await service.pool.query('SELECT count(*)::int AS n, min(forget_at) > now() + interval \'5 minutes\' AS kept FROM used_nonces');
    expect(rows[0]).toEqual({ n: expect.any(Number), kept: true });
    // Neither by a process whose clock falls behind, nor by one whose clock runs ahead.
    let shift = 0;
    const shifted = (byMs: number) => startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl }, {
      clock: { now: () => new Date(Date.now() + byMs * shift), monotonicMs: () => performance.now() }, sleep: (ms, signal) => wait(Math.min(ms, 20), undefined, { ...(signal && { signal }) }),
    });
    const [behind, ahead] = await Promise.all([shifted(-3_600_000), shifted(3_600_000)]);
    shift = 1;
    try {
      const late = await signedCall(key, '/v1/capabilities', { nowS: Math.floor(Date.now() / 1_000) - 3_600, nonce: 'of-a-clock-that-is-behind' }, behind);
      expect(late.status).toBe(200);
      await wait(100);
      const again = await signedCall(key, '/v1/capabilities', { nowS: Math.floor(Date.now() / 1_000) - 3_600, nonce: 'of-a-clock-that-is-behind' }, behind);
      expect([again.status, again.body.detail]).toEqual([401, 'The nonce was used before.']);
      expect((await signedCall(key, '/v1/capabilities', { nonce })).status).toBe(401);
    } finally {
      await Promise.all([behind.stop(), ahead.stop()]);
    }
    await service.pool.query("UPDATE used_nonces SET forget_at = now() - interval '1 second'");
    await eventually('they are forgotten', async () => (await service.pool.query('SELECT 1 FROM used_nonces')).rowCount === 0);
  });
});

describe('The rate of a client', () => {
  test('is told in the headers, and refused beyond with the time to come again, whatever the instance', async () => {
    const key = hmacKey('limited');
    const clientId = await addSigner(key, { rateLimit: { requestsPerSecond: 0.01, burst: 4 } });
    const first = await eventually('the other instance knows the key', async () => {
      const answer = await signedCall(key, '/v1/capabilities', {}, other);
      return answer.status !== 401 && answer;
    });
    expect([first.status, first.headers['ratelimit-policy'], first.headers['ratelimit']]).toEqual([200, '"default";q=4;w=400', '"default";r=3;t=100']);
    const rest = [await signedCall(key, '/v1/capabilities'), await signedCall(key, '/v1/capabilities', {}, other), await signedCall(key, '/v1/capabilities')];
    expect(rest.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const at of [service, other]) {
      const refused = await signedCall(key, '/v1/capabilities', {}, at);
      expect([refused.status, refused.body.code, refused.body.retryable]).toEqual([429, 'rate_limited', true]);
      expect(refused.headers).toMatchObject({ 'ratelimit-policy': '"default";q=4;w=400', ratelimit: expect.stringMatching(/^"default";r=0;t=\d+$/) });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(90);
    }
    await admin('PATCH', `/v1/clients/${clientId}`, { rateLimit: null });
    const free = await signedCall(key, '/v1/capabilities');
    expect([free.status, free.headers['ratelimit']]).toEqual([200, undefined]);
  });

  test('comes back with time, up to the burst, and a clock that goes back gives nothing away', async () => {
    const take = createAllowances(service.pool);
    const ask = (wanted: number) => take({ clientId: 'bucket', requestsPerSecond: 1, burst: 5, wanted });
    const shift = (interval: string) => service.pool.query("UPDATE client_allowances SET refilled_at = refilled_at - $1::interval WHERE client_id = 'bucket'", [interval]);
    expect(await ask(4)).toEqual({ granted: 4, left: 1 });
    await shift('2.2 s');
    const given = await ask(9);
    expect(given.granted).toBe(3);
    expect(given.left).toBeCloseTo(0.2, 0);
    await shift('1 hour');
    expect(await ask(9)).toEqual({ granted: 5, left: 0 });
    await shift('-1 hour');
    expect(await ask(9)).toEqual({ granted: 0, left: 0 });
    const many = await Promise.all([createAllowances(service.pool), createAllowances(other.pool)].flatMap((one) => Array.from({ length: 8 }, (_, index) =>
      one({ clientId: `bucket-${index}`, requestsPerSecond: 0.001, burst: 5, wanted: 3 }))));
    expect(many.reduce((sum, { granted }) => sum + granted, 0)).toBe(40);
  });

  test('is that of the service when its record says nothing', async () => {
    const limited = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl, DEFAULT_RATE_LIMIT: '7' });
    try {
      expect((await limited.call('/v1/capabilities')).headers['ratelimit-policy']).toBe('"default";q=7;w=1');
      expect((await limited.call('/v1/capabilities', { client: null })).headers['ratelimit-policy']).toBeUndefined();
    } finally {
      await limited.stop();
    }
  });
});

describe('The events of a client', () => {
  test('are published as its filter says, and all events of the others', async () => {
    const key = hmacKey('filtering');
    const clientId = await addSigner(key, { eventFilter: { source: ['order-fulfillment'], 'detail-type': [{ prefix: 'FulfillmentC' }], detail: { data: { status: [{ 'anything-but': 'partial' }] } } } });
    const body = requestFor(['instant']);
    await signedCall(key, '/v1/fulfillments', { text: JSON.stringify(body), headers: { 'idempotency-key': 'filtered' } });
    const theirs = requestFor(['digital']);
    await service.request(theirs, 'unfiltered');
    const typesOf = (orderId: string) => service.published.filter(({ data }) => (data as { orderId: string }).orderId === orderId).map(({ type }) => type);
    await eventually('the later order is published', async () => typesOf(theirs.orderId).length === 2);
    expect(typesOf(body.orderId)).toEqual(['FulfillmentCompleted']);
    expect((await service.history(body.orderId, clientId)).map(({ type }) => type)).toEqual(['FulfillmentAccepted', 'FulfillmentCompleted']);
  });
});

describe('Tokens and records', () => {
  test('of a client that signs do not go together: its token opens nothing', async () => {
    const clientId = await addSigner(hmacKey('signs-only'));
    const answer = await service.call('/v1/fulfillments', { client: clientId });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
  });

  test('and a signature together are refused', async () => {
    const key = hmacKey('both');
    await addSigner(key);
    const headers = signedHeaders(key, { url: `${PUBLIC_URL}/v1/capabilities` });
    const answer = await service.call('/v1/capabilities', { headers });
    expect([answer.status, answer.body.code]).toEqual([401, 'signature_invalid']);
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'accept-signature': expect.stringContaining('"@method" "@target-uri"') });
  });
});

test('The description of the API names both ways in, for every route that is guarded, and the headers of the rate', async () => {
  const { body } = await service.call('/openapi.json', { client: null });
  expect(Object.keys(body.components.securitySchemes)).toEqual(['oauth', 'signature']);
  expect(body.paths['/v1/clients/{clientId}/keys'].post.security).toEqual([{ oauth: ['clients:admin'] }, { signature: ['clients:admin'] }]);
  expect(body.paths['/v1/callbacks/lms'].post.security).toEqual([]);
  expect(Object.keys(body.paths).filter((path) => path.startsWith('/v1/clients'))).toHaveLength(4);
  expect(JSON.stringify(body.paths['/v1/clients'].get)).toMatch(/RateLimit-Policy/);
});
