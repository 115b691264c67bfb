/** The client signs, and a real server verifies as the service does. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { secretKey } from '@commerce/http-signatures/keys';
import type { VerifyingKey } from '@commerce/http-signatures/keys';
import { readSignedRequest } from '@commerce/http-signatures/signed-request';
import { createFulfillmentClient, signingKey } from './client.ts';
import type { FulfillmentClient, FulfillmentClientOptions, SigningKeyText } from './client.ts';
import { createProver } from './credentials.ts';
import { fulfillmentOf, handClock, json, orderOf, problem } from './test-servers.ts';

const SECRET = randomBytes(32).toString('base64');
const { privateKey } = generateKeyPairSync('ed25519');
const KEYS = { idempotencyKey: 'order-1/fulfillment', correlationId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' };
const HMAC: SigningKeyText = { keyid: 'acme-1', alg: 'hmac-sha256', secret: SECRET };
const KINDS: [string, SigningKeyText, VerifyingKey][] = [
  ['hmac-sha256', HMAC, { alg: 'hmac-sha256', secret: secretKey(SECRET) }],
  ['ed25519', { keyid: 'acme-1', alg: 'ed25519', privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string }, { alg: 'ed25519', publicKey: createPublicKey(privateKey) }],
];

let server: Server;
let url: string;
let key: VerifyingKey | undefined;
let nonces: string[];
let requests: IncomingMessage[];
let failures: number;
let clients: FulfillmentClient[];

/** What the service says: each nonce once, and only what the key has signed. */
function judge(request: IncomingMessage, body: Buffer): boolean {
  requests.push(request);
  const signed = readSignedRequest({ method: request.method ?? '', url: url + request.url, headers: request.rawHeaders, rawBody: body }, { nowS: Date.now() / 1_000 });
  const isNew = !nonces.includes(signed.nonce);
  nonces.push(signed.nonce);
  return isNew && key !== undefined && signed.keyid === 'acme-1' && signed.isBy(key);
}

beforeEach(async () => {
  [nonces, requests, clients, failures] = [[], [], [], 0];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (!judge(request, body)) return problem(response, 401, 'signature_invalid');
      if ((failures -= 1) >= 0) return problem(response, 503, 'unavailable');
      if (request.method === 'GET' && request.url === '/v1/fulfillments?limit=1&cursor=a%2Fb') return json(response, 200, { items: [], nextCursor: null });
      if (request.url === '/v1/acknowledgements') return json(response, 200, { results: [] });
      return json(response, 202, fulfillmentOf(orderOf('order-1')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await Promise.all(clients.map((one) => one.close()));
  await new Promise((resolve) => server.close(resolve));
});

function client(text: SigningKeyText, options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  const made = createFulfillmentClient({ baseUrl: url, credentials: signingKey(text), batch: 'never', random: () => 0.01, ...options });
  clients.push(made);
  return made;
}

describe.each(KINDS)('A client that signs with %s', (_alg, text, check) => {
  it('is accepted, with an order and with a question, and sends no token', async () => {
    key = check;
    await client(text).request(orderOf('order-1'), KEYS);
    await client(text).list({ limit: 1, cursor: 'a/b' });
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(requests[0]?.headers['signature-input']).toMatch(/^sig1=\("@method" "@target-uri" "content-type" "idempotency-key" "content-digest"\);created=\d+;expires=\d+;nonce="[\w-]{24}";keyid="acme-1";alg="[a-z0-9-]+"$/);
    expect(requests[1]?.headers['signature-input']).toMatch(/^sig1=\("@method" "@target-uri"\);/);
  });

  it('signs every attempt anew', async () => {
    [key, failures] = [check, 2];
    await client(text).acknowledge([]);
    expect(new Set(nonces).size).toBe(3);
  });

  it('is not now with a key that the service does not know, and does not try it again', async () => {
    key = { alg: 'hmac-sha256', secret: secretKey(randomBytes(32).toString('base64')) };
    await expect(client(text).acknowledge([])).rejects.toMatchObject({ name: 'NotNow', status: 401, sent: true });
    expect(requests).toHaveLength(1);
  });
});

describe('A signature', () => {
  it('is of the time of its clock, with the nonce that was handed in', async () => {
    const clock = { ...handClock(), now: () => new Date(1_795_000_000_900) };
    const { prove } = createProver(signingKey(HMAC), { origin: 'http://of.example', clock, nonce: () => 'the-nonce-of-this-call' });
    const { headers } = await prove({ method: 'GET', path: '/v1/capabilities', headers: [], body: null }, new AbortController().signal);
    expect(headers[1]).toContain(';created=1795000000;expires=1795000300;nonce="the-nonce-of-this-call";');
  });

  it.each<[string, SigningKeyText]>([
    ['a short secret', { ...HMAC, secret: 'c2hvcnQ=' } as SigningKeyText],
    ['a secret that is no base64', { ...HMAC, secret: `${SECRET}!` } as SigningKeyText],
    ['a key of another kind', { keyid: 'a', alg: 'ed25519', privateKey: generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string }],
    ['a key id that no header can carry', { ...HMAC, keyid: 'é' }],
  ])('cannot be made with %s', (_what, text) => {
    expect(() => signingKey(text)).toThrow();
    expect(() => signingKey(text)).not.toThrow(new RegExp(SECRET.slice(0, 8).replaceAll('+', '\\+')));
  });
});
