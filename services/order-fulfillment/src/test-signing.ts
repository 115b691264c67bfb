/** Signs requests as a client does, for tests. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { ed25519PrivateKey, secretKey } from '@commerce/http-signatures/keys';
import type { SigningKey } from '@commerce/http-signatures/keys';
import { signRequest } from '@commerce/http-signatures/sign';

export interface TestKey {
  /** As it is sent to the API of clients. */
  readonly form: { readonly keyid: string; readonly alg: 'hmac-sha256'; readonly secret: string } | { readonly keyid: string; readonly alg: 'ed25519'; readonly publicKey: string };
  readonly signing: SigningKey;
}

export function hmacKey(keyid: string): TestKey {
  const secret = randomBytes(32).toString('base64');
  return { form: { keyid, alg: 'hmac-sha256', secret }, signing: { keyid, alg: 'hmac-sha256', secret: secretKey(secret) } };
}

export function ed25519Key(keyid: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    form: { keyid, alg: 'ed25519', publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64') },
    signing: { keyid, alg: 'ed25519', privateKey: ed25519PrivateKey(pem) },
  };
}

export interface ToSign {
  readonly method?: string;
  /** Absolute, as the service knows itself. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Default: the present time. */
  readonly nowS?: number;
  /** Seconds that `created` lies after `nowS`; default 0. */
  readonly createdIn?: number;
  /** Seconds from `created` to `expires`; default 60. */
  readonly lifeS?: number;
  readonly nonce?: string;
  readonly components?: readonly string[];
}

/** The headers of the signed request, those that were given included. */
export function signedHeaders({ signing }: TestKey, given: ToSign): Record<string, string> {
  const { method = 'GET', url, headers = {}, body, nowS = Math.floor(Date.now() / 1_000), createdIn = 0, lifeS = 60, nonce = randomUUID(), components } = given;
  const all = { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers };
  const created = nowS + createdIn;
  const added = signRequest({
    method, url, headers: Object.entries(all).flat(), body: body ?? null, key: signing, created, expires: created + lifeS, nonce, ...(components && { components }),
  });
  return { ...all, ...Object.fromEntries(added.flatMap((name, index) => (index % 2 === 0 ? [[name, added[index + 1] ?? '']] : []))) };
}
