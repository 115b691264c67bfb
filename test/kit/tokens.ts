/** Tokens of all kinds: from the real issuer, and forgeries. */
import { createPrivateKey, sign } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { StackDescription } from '@commerce/local-stack/stack';

/** A real token of this client for `resource`, with these scopes (all that the client may have when left out). */
export async function tokenOf({ issuer, clients }: StackDescription, clientId: string, resource: string, scope?: string): Promise<string> {
  const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as { token_endpoint: string };
  const answer = await fetch(discovery.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clients[clientId]?.secret ?? ''}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, ...(scope === undefined ? {} : { scope }) }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`The issuer gave no token: ${answer.status}`);
  return token;
}

type Part = Record<string, unknown>;

/** The token with other claims, signed with this key, which may be the issuer's own. */
export function reSigned(token: string, key: JsonWebKey, claims: Part): string {
  const [header, payload] = partsOf(token);
  return signed(header, { ...payload, ...claims }, key);
}

/** The token with other claims and its old signature. */
export function tampered(token: string, claims: Part): string {
  const [header, payload] = partsOf(token);
  return `${encoded(header)}.${encoded({ ...payload, ...claims })}.${token.split('.')[2]}`;
}

/** The token as one that says of itself that it needs no signature. */
export function unsigned(token: string): string[] {
  const [header, payload] = partsOf(token);
  const text = `${encoded({ ...header, alg: 'none' })}.${encoded(payload)}`;
  return [`${text}.`, `${text}.${token.split('.')[2]}`];
}

function signed(header: Part, payload: Part, key: JsonWebKey): string {
  const text = `${encoded(header)}.${encoded(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), createPrivateKey({ key, format: 'jwk' })).toString('base64url')}`;
}

function partsOf(token: string): [Part, Part] {
  const [header = '', payload = ''] = token.split('.');
  const read = (part: string): Part => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part;
  return [read(header), read(payload)];
}

function encoded(part: Part): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
