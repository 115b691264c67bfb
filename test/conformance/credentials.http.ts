/**
 * The ways in which a caller shows who it is: a token of the issuer, a signature, or nothing. Tokens are asked for once per client,
 * audience and scope, and asked for again when four fifths of their life are over.
 */
import { randomBytes } from 'node:crypto';
import { signatureHeaders } from './signing.ts';
import type { SigningKey, ToSign } from './signing.ts';

/** What is to be sent, so far. `url` is absolute, as the service knows itself. */
export interface Unsigned {
  readonly method: string;
  readonly url: string;
  readonly contentType: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly body: string | undefined;
}

export interface Credential {
  /** The client's name at the service. */
  readonly clientId: string;
  /** Headers that are added to the request. */
  readonly headersFor: (request: Unsigned) => Promise<Record<string, string>>;
}

export interface OAuthClient {
  readonly clientId: string;
  readonly secret: string;
  readonly issuer: string;
  /** The service's address, for which tokens are asked. */
  readonly audience: string;
}

export const NOBODY: Credential = { clientId: '', headersFor: async () => ({}) };

const TOKEN_LIMIT_MS = 10_000;
const RENEW_AT = 0.8;
const tokens = new Map<string, { readonly token: Promise<string>; renewAtMs: number }>();

/** Calls with a token; `scope` asks for less than all. */
export function withToken(client: OAuthClient, scope?: string): Credential {
  return { clientId: client.clientId, headersFor: async () => ({ authorization: `Bearer ${await tokenOf(client, scope)}` }) };
}

/** A token of the issuer. Throws with the issuer's words when it gives none. */
export function tokenOf(client: OAuthClient, scope?: string): Promise<string> {
  const name = JSON.stringify([client.issuer, client.clientId, client.audience, scope ?? null]);
  const known = tokens.get(name);
  if (known !== undefined && performance.now() < known.renewAtMs) return known.token;
  const entry = { token: Promise.resolve(''), renewAtMs: Number.POSITIVE_INFINITY };
  const asked = askForToken(client, scope).then(({ token, lifetimeMs }) => {
    entry.renewAtMs = performance.now() + lifetimeMs * RENEW_AT;
    return token;
  });
  asked.catch(() => tokens.delete(name));
  tokens.set(name, Object.assign(entry, { token: asked }));
  return asked;
}

async function askForToken({ clientId, secret, issuer, audience }: OAuthClient, scope: string | undefined): Promise<{ token: string; lifetimeMs: number }> {
  const signal = AbortSignal.timeout(TOKEN_LIMIT_MS);
  const discovery = (await (await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, { signal })).json()) as { token_endpoint: string };
  const answer = await fetch(discovery.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience, ...(scope !== undefined && { scope }) }),
    signal,
  });
  const body = (await answer.json()) as { access_token?: string; expires_in?: number; error?: string; error_description?: string };
  if (body.access_token === undefined) throw new Error(`The issuer gives ${clientId} no token for ${audience}: ${answer.status} ${body.error ?? ''} ${body.error_description ?? ''}`.trim());
  return { token: body.access_token, lifetimeMs: (body.expires_in ?? 60) * 1_000 };
}

export interface Signer {
  readonly clientId: string;
  readonly key: SigningKey;
}

/** What a test makes different from a right signature. */
export type Twist = Partial<Omit<ToSign, 'method' | 'url' | 'body' | 'contentType' | 'idempotencyKey'>>;

const LIFETIME_S = 120;

/** Calls with a signature of this moment, under a nonce of its own. */
export function withSignature({ clientId, key }: Signer, twist: Twist = {}): Credential {
  return {
    clientId,
    headersFor: async ({ method, url, contentType, idempotencyKey, body }) => {
      const nowS = unixSeconds();
      return signatureHeaders({ method, url, contentType, idempotencyKey, body, key, createdS: nowS, expiresS: nowS + LIFETIME_S, nonce: newNonce(), ...twist });
    },
  };
}

export function unixSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

export function newNonce(): string {
  return randomBytes(18).toString('base64url');
}
