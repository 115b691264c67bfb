/** A token issuer over HTTP whose keys, failures and tokens the test decides on. */
import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
  /** SPKI, PEM. */
  readonly publicPem: string;
}

export function rsaKey(kid: string): IssuerKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    kid, privateKey: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })), publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
  };
}

export interface TestIssuer {
  readonly url: string;
  /** What it publishes. */
  keys: readonly IssuerKey[];
  isAway: boolean;
  /** How often its keys were asked for. */
  fetches: number;
  /** Addresses that were asked for and that no service has a reason to ask. */
  readonly strange: string[];
  /** A token of this client; `claims` and `header` replace what it would have, undefined takes it out. */
  token(clientId: string, given?: { readonly claims?: Record<string, unknown>; readonly header?: Record<string, unknown>; readonly key?: IssuerKey }): string;
  stop(): Promise<void>;
}

/** `audience`: of its tokens; `nowS`: the clock by which it makes them, Unix seconds. */
export async function startIssuer(audience: string, nowS: () => number): Promise<TestIssuer> {
  const server = createServer((incoming, outgoing) => {
    outgoing.setHeader('content-type', 'application/json');
    if (issuer.isAway) outgoing.statusCode = 500;
    if (incoming.url === '/.well-known/openid-configuration') return void outgoing.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }));
    if (incoming.url === '/jwks') issuer.fetches += 1;
    else issuer.strange.push(incoming.url ?? '');
    outgoing.end(JSON.stringify({ keys: issuer.keys.map(({ jwk }) => jwk) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TestIssuer = {
    url, keys: [rsaKey('first')], isAway: false, fetches: 0, strange: [],
    token(clientId, { claims = {}, header = {}, key = issuer.keys[0] as IssuerKey } = {}) {
      const all = { iss: url, aud: audience, sub: `user of ${clientId}`, client_id: clientId, jti: randomUUID(), iat: nowS(), exp: nowS() + 600, scope: 'fulfillment:read fulfillment:write clients:admin' };
      return signedWith(key.privateKey, { alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...header }, { ...all, ...claims });
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}

/** A JWT, signed with RSA-SHA256 whatever its header says. */
export function signedWith(key: KeyObject, header: object, claims: object): string {
  const text = unsigned(header, claims);
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** A JWT, signed with HMAC-SHA256 under these bytes. */
export function signedWithSecret(secret: string, header: object, claims: object): string {
  const text = unsigned(header, claims);
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Header and claims of a JWT. */
export function unsigned(header: object, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

export function partsOf(token: string): readonly [Record<string, unknown>, Record<string, unknown>] {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());
  return [read(header), read(claims)];
}
