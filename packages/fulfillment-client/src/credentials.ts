/**
 * How the client proves who it is: with a token, or by signing each request (RFC 9421).
 * Promise: every attempt has a signature of its own; a token that is turned down is replaced once.
 * Refuses: to send both, and to show a secret in any error.
 */
import { ed25519PrivateKey, secretKey } from '@commerce/http-signatures/keys';
import type { SigningKey } from '@commerce/http-signatures/keys';
import { signRequest } from '@commerce/http-signatures/sign';
import type { Clock } from './calls.ts';
import type { Tokens } from './tokens.ts';

export type Credentials = Tokens | SigningKey;

/** A key as it was agreed with the service. Secrets and keys are base64, of 32 to 128 bytes; a private key may be PEM. */
export type SigningKeyText =
  | { readonly keyid: string; readonly alg: 'hmac-sha256'; readonly secret: string }
  | { readonly keyid: string; readonly alg: 'ed25519'; readonly privateKey: string };

/** A request to be proven; headers are names in lower case and values in turn. */
interface Unproven {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: string | null;
}

export interface Proof {
  /** To be added to the request. */
  readonly headers: readonly string[];
  /** The service turned it down. True: another proof may do better. */
  turnedDown(): boolean;
}

export interface Prover {
  /** Rejects when there is no token; then the error may have an `afterMs`. */
  prove(request: Unproven, signal: AbortSignal): Promise<Proof>;
  close(): Promise<void>;
}

/** A signature is good for as long as the clocks may be apart; its nonce keeps it from being used twice. */
const LIFE_S = 300;
const COVERED = ['@method', '@target-uri'];
const COVERED_HEADERS = new Set(['content-type', 'idempotency-key']);

/** Reads a key. Throws a `TypeError` or a `SignatureFault`, neither of which shows it. */
export function readSigningKey(given: SigningKeyText): SigningKey {
  const { keyid, alg } = given;
  if (!/^[\x20-\x7e]{1,200}$/.test(keyid)) throw new TypeError('keyid: 1 to 200 ASCII characters.');
  return alg === 'hmac-sha256' ? { keyid, alg, secret: secretKey(given.secret) } : { keyid, alg, privateKey: ed25519PrivateKey(given.privateKey) };
}

/** `origin`: of the service. `nonce`: visible ASCII, another one for each call. */
export function createProver(credentials: Credentials, { origin, clock, nonce }: { origin: string; clock: Clock; nonce: () => string }): Prover {
  if ('get' in credentials) return withTokens(credentials);
  return {
    async prove({ method, path, headers, body }) {
      const named = headers.filter((name, index) => index % 2 === 0 && COVERED_HEADERS.has(name));
      const components = [...COVERED, ...named, ...(body === null ? [] : ['content-digest'])];
      const created = Math.floor(clock.now().getTime() / 1_000);
      const signed = { method, url: origin + path, headers, body, key: credentials, created, expires: created + LIFE_S, nonce: nonce(), components };
      return { headers: signRequest(signed), turnedDown: () => false };
    },
    close: async () => undefined,
  };
}

function withTokens(tokens: Tokens): Prover {
  return {
    async prove(_request, signal) {
      const token = await tokens.get(signal);
      return { headers: ['authorization', `Bearer ${token}`], turnedDown: () => tokens.drop(token) };
    },
    close: () => tokens.close(),
  };
}
