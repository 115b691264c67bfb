/**
 * The OpenID issuer at which people sign in: found by discovery, asked by the authorization code flow with PKCE, state and nonce.
 *
 * Promise: what is given back was said by the issuer to this client for this sign-in: state, nonce, issuer, audience, times and the
 * signature of the ID token are judged. Every call ends within 5 s. Discovery is kept for an hour, and longer while it fails;
 * one runs at a time, whoever waits for it, and none for 5 s after one that failed.
 * Refuses: an issuer over http in production.
 */
import { allowInsecureRequests, authorizationCodeGrant, AuthorizationResponseError, buildAuthorizationUrl, calculatePKCECodeChallenge, ClientSecretBasic, ClientSecretPost, discovery, enableNonRepudiationChecks, fetchUserInfo, None, randomNonce, randomPKCECodeVerifier, randomState, ResponseBodyError } from 'openid-client';
import type { ClientAuth, Configuration } from 'openid-client';
import { Problem, retryAfter } from '@commerce/service-kit/problems';
import { dashboardProblems } from './problems.ts';
import { claimValues } from './roles.ts';

export interface SignInIssuerOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly redirectUri: string;
  /** With spaces between them. */
  readonly scopes: string;
  readonly rolesClaim: string;
  readonly allowsHttp: boolean;
  readonly monotonicMs: () => number;
  /** Told why a sign-in did not come to its end, for the log. */
  readonly onFailure: (error: unknown) => void;
}

/** What a browser keeps between the beginning of a sign-in and its end. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface SignedInClaims {
  readonly subject: string;
  readonly name: string;
  /** What the claim with the roles holds. */
  readonly values: readonly string[];
}

export interface SignInIssuer {
  /** Where the browser goes now, and what it keeps. Throws a Problem when the issuer cannot be had. */
  begin(): Promise<{ readonly url: URL; readonly secrets: SignInSecrets }>;
  /** `query`: with which the issuer has sent the browser back. Throws a Problem: refused, or unavailable. */
  end(query: string, secrets: SignInSecrets): Promise<SignedInClaims>;
}

const TIMEOUT_S = 5;
const KEPT_MS = 3_600_000;
const RETRY_AFTER_MS = 5_000;
const MAX_NAME = 200;
const MAX_SUBJECT = 255;

export function signInIssuer(options: SignInIssuerOptions): SignInIssuer {
  let found: { readonly configuration: Configuration; readonly atMs: number } | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  let running: Promise<void> | undefined;

  /** Never rejects. */
  const discoverOnce = async (): Promise<void> => {
    try {
      found = { configuration: await discover(options), atMs: options.monotonicMs() };
      failed = undefined;
    } catch (error) {
      options.onFailure(error);
      failed = { error, atMs: options.monotonicMs() };
    }
  };

  const configurationNow = async (): Promise<Configuration> => {
    const isFresh = found !== undefined && options.monotonicMs() - found.atMs < KEPT_MS;
    const hasJustFailed = failed !== undefined && options.monotonicMs() - failed.atMs < RETRY_AFTER_MS;
    if (!isFresh && !hasJustFailed) await (running ??= discoverOnce().finally(() => (running = undefined)));
    if (found === undefined) throw unavailable(failed?.error);
    return found.configuration;
  };

  return {
    async begin() {
      const configuration = await configurationNow();
      const secrets = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: options.redirectUri, scope: options.scopes, state: secrets.state, nonce: secrets.nonce,
        code_challenge: await calculatePKCECodeChallenge(secrets.verifier), code_challenge_method: 'S256',
      });
      return { url, secrets };
    },
    async end(query, { state, nonce, verifier }) {
      const configuration = await configurationNow();
      const back = new URL(options.redirectUri);
      back.search = query;
      try {
        const tokens = await authorizationCodeGrant(configuration, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
        const claims = { ...tokens.claims() };
        const { sub } = claims;
        if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT) throw new Problem(dashboardProblems.sign_in_refused);
        const all = claimValues(claims, options.rolesClaim).length > 0 || configuration.serverMetadata().userinfo_endpoint === undefined ? claims : { ...claims, ...(await fetchUserInfo(configuration, tokens.access_token, sub)) };
        return { subject: sub.toWellFormed(), name: nameOf(all), values: claimValues(all, options.rolesClaim) };
      } catch (error) {
        if (error instanceof Problem) throw error;
        options.onFailure(error);
        throw isRefusal(error) ? new Problem(dashboardProblems.sign_in_refused, { cause: error }) : unavailable(error);
      }
    },
  };
}

function discover({ issuer, clientId, clientSecret, allowsHttp }: SignInIssuerOptions): Promise<Configuration> {
  return discovery(new URL(issuer), clientId, undefined, authenticationBy(clientSecret), { timeout: TIMEOUT_S, execute: [enableNonRepudiationChecks, ...(allowsHttp ? [allowInsecureRequests] : [])] });
}

/** By the header where the issuer takes that, or says nothing of it; otherwise in the body. */
function authenticationBy(secret: string | undefined): ClientAuth {
  if (secret === undefined) return None();
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const takes = server.token_endpoint_auth_methods_supported;
    return (takes !== undefined && !takes.includes('client_secret_basic') && takes.includes('client_secret_post') ? post : basic)(server, client, body, headers);
  };
}

function nameOf(claims: Readonly<Record<string, unknown>>): string {
  const name = ['name', 'preferred_username', 'email', 'sub'].map((claim) => claims[claim]).find((value) => typeof value === 'string' && value.trim() !== '');
  return String(name).replaceAll('\u0000', '').slice(0, MAX_NAME).toWellFormed();
}

/** Was it this sign-in that must not be taken? Everything else is an issuer that cannot be had, or that does not know this client. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AuthorizationResponseError) return true;
  if (error instanceof ResponseBodyError) return error.error === 'invalid_grant';
  const code = errorCode(error);
  return code !== undefined && REFUSALS.has(code);
}

const REFUSALS: ReadonlySet<string> = new Set(['OAUTH_INVALID_RESPONSE', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED', 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED', 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED', 'OAUTH_KEY_SELECTION_FAILED']);

function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function unavailable(cause: unknown): Problem {
  return new Problem(dashboardProblems.sign_in_unavailable, { detail: 'The issuer cannot be reached, or did not answer as one.', headers: retryAfter(RETRY_AFTER_MS), cause });
}
