/**
 * An OpenID issuer's token endpoint: found through its discovery document, asked with client credentials (RFC 6749) for one
 * audience (RFC 8707).
 * Promise: only a bearer token with a life time comes out; what goes wrong is an error that names no secret.
 * Refuses: redirects, a discovery document of another issuer, a token endpoint less protected than the issuer.
 */
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { IssuedToken, TokenEndpoint } from './tokens.ts';

export interface ClientCredentials {
  /** As it stands in the discovery document's `issuer`. */
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The audience: the service's base URL. */
  readonly resource: string;
  /** Scopes, separated by spaces. Default: all that the issuer gives this client. */
  readonly scope?: string;
}

const MAX_BODY_BYTES = 65_536;
/** For a token whose issuer does not say how long it lives. */
const DEFAULT_LIFE_S = 60;

const discoverySchema = z.object({ issuer: z.string(), token_endpoint: z.url() });
const tokenSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().max(31_536_000).default(DEFAULT_LIFE_S),
});

export function createTokenEndpoint(credentials: ClientCredentials): TokenEndpoint {
  const { clientId, clientSecret, resource, scope } = credentials;
  const issuerUrl = credentials.issuerUrl.replace(/\/$/, '');
  const agent = new Agent({ connections: 2, maxResponseSize: MAX_BODY_BYTES, headersTimeout: 0, bodyTimeout: 0 });
  const authorization = `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64')}`;
  const form = new URLSearchParams({ grant_type: 'client_credentials', resource, ...(scope === undefined ? {} : { scope }) }).toString();
  let endpoint: string | undefined;

  async function call(what: string, url: string, signal: AbortSignal, post?: { headers: Record<string, string>; body: string }): Promise<unknown> {
    const { headers = {}, body } = post ?? {};
    const options = { method: post ? 'POST' as const : 'GET' as const, headers: { ...headers, accept: 'application/json' }, dispatcher: agent, signal };
    const answer = await request(url, body === undefined ? options : { ...options, body });
    const text = await answer.body.text();
    const parsed = parse(text);
    if (answer.statusCode !== 200) throw new Error(`the ${what} answered ${answer.statusCode}${oauthError(parsed)}`);
    if (parsed === undefined) throw new Error(`the ${what} answered something else than JSON`);
    return parsed;
  }

  async function discover(signal: AbortSignal): Promise<string> {
    const found = discoverySchema.safeParse(await call('discovery document', `${issuerUrl}/.well-known/openid-configuration`, signal));
    if (!found.success) throw new Error('the discovery document is not as agreed');
    if (found.data.issuer.replace(/\/$/, '') !== issuerUrl) throw new Error('the discovery document is of another issuer');
    if (issuerUrl.startsWith('https:') && !found.data.token_endpoint.startsWith('https:')) throw new Error('the token endpoint is not https');
    return found.data.token_endpoint;
  }

  async function issue(signal: AbortSignal): Promise<IssuedToken> {
    try {
      endpoint ??= await discover(signal);
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
      const token = tokenSchema.safeParse(await call('token endpoint', endpoint, signal, { headers, body: form }));
      if (!token.success) throw new Error('the token endpoint gave no usable bearer token');
      return { value: token.data.access_token, expiresInMs: token.data.expires_in * 1_000 };
    } catch (error) {
      endpoint = undefined;
      throw error;
    }
  }

  return { issue, close: () => agent.destroy() };
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function oauthError(body: unknown): string {
  const error = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['error'] : undefined;
  return typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? ` (${error})` : '';
}
