/**
 * Who is calling: the port through which a server asks, and OAuth access tokens (RFC 9068) from one issuer, made for one audience.
 * Promise: a wrong token gets 401, a right one without the scope 403, and when the issuer's keys cannot be had 503 with
 * Retry-After, never 401. A token that was verified is not verified again while it lives and the keys stay the same.
 * Refuses: any algorithm but RS256 and ES256, any type but at+jwt, a token with a missing claim, keys named in a token,
 * tokens anywhere but in the Authorization header.
 */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { Clock } from './ports.ts';
import type { AuthDescription } from './openapi.ts';
import { Problem, baseProblems, retryAfter } from './problems.ts';
import { KeysUnavailable, createSigningKeys } from './signing-keys.ts';
import type { KeySet } from './signing-keys.ts';

export interface Caller {
  readonly clientId: string;
  /** The claim `sub`: a user, or the client itself. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

/** A request whose head has arrived and whose body was not read yet. */
export interface RequestHead {
  readonly method: string;
  /** Path and query byte by byte as they stand in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, one pair for each line, as they came. */
  readonly rawHeaders: readonly string[];
  /** What the route asks for; it is judged after the authentication. */
  readonly scope: string;
}

export interface Authenticated {
  readonly caller: Caller;
  /** Headers of every answer to this request. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /**
   * The second half of the judgement. Called once, before anything is made of the body, with its bytes as they came, or with none
   * when no body was read. Throws a Problem.
   */
  readonly judgeBody?: (rawBody: Buffer) => Promise<void>;
}

/** How a server finds out who is calling on a route that is not public. */
export interface Authenticator {
  /** Throws a Problem: 401, 429 or 503. */
  authenticate(head: RequestHead): Promise<Authenticated>;
  /** What it adds to the API description beside tokens. */
  readonly description?: AuthDescription;
}

export interface TokenVerifierOptions {
  issuer: string;
  /** This service's own URL, as clients name it in `resource`. */
  audience: string;
  /** Where the issuer's keys are; found through discovery when left out. */
  jwksUrl?: string;
  clock: Clock;
  fetch?: typeof fetch;
  /** Told why the issuer's keys could not be fetched. */
  onKeyFailure?: (error: unknown) => void;
}

export interface TokenVerifier {
  /**
   * Checks the value of the Authorization header (undefined when there is none).
   * Throws a Problem: 401 with WWW-Authenticate, or 503 with Retry-After.
   */
  verify(authorization: string | undefined): Promise<Caller>;
}

/** Tokens are the only way in. */
export function byToken(verifier: TokenVerifier): Authenticator {
  return { authenticate: async ({ headers }) => ({ caller: await verifier.verify(headers.authorization) }) };
}

const MAX_TOKEN_LENGTH = 16_384;
const LEEWAY_S = 60;
const REMEMBERED_TOKENS = 1_000;
const RETRY_AFTER_MS = 5_000;
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const keys = createSigningKeys({ ...options, ...(options.onKeyFailure ? { onFailure: options.onKeyFailure } : {}) });
  const remembered = new Map<string, { caller: Caller; endsAtMs: number; keyVersion: number }>();

  function recall(digest: string, keyVersion: number): Caller | undefined {
    const entry = remembered.get(digest);
    if (entry === undefined) return undefined;
    remembered.delete(digest);
    if (entry.keyVersion !== keyVersion || entry.endsAtMs <= options.clock.now().getTime()) return undefined;
    remembered.set(digest, entry);
    return entry.caller;
  }

  function remember(digest: string, keyVersion: number, caller: Caller, endsAtMs: number): void {
    if (remembered.size >= REMEMBERED_TOKENS) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    }
    remembered.set(digest, { caller, endsAtMs, keyVersion });
  }

  async function verify(authorization: string | undefined): Promise<Caller> {
    const token = tokenFrom(authorization);
    const set = await keys.current();
    const digest = hash('sha256', token, 'base64url');
    const known = recall(digest, set.version);
    if (known !== undefined) return known;
    const { payload, version } = await verifyWithNewestKeys(token, set);
    const caller = callerFrom(payload);
    remember(digest, version, caller, ((payload.exp ?? 0) + LEEWAY_S) * 1_000);
    return caller;
  }

  async function verifyWithNewestKeys(token: string, set: KeySet): Promise<{ payload: JWTPayload; version: number }> {
    try {
      return { payload: await verifySignature(token, set.resolve, options), version: set.version };
    } catch (error) {
      const newer = isUnknownKey(error) ? await keys.newer(set) : undefined;
      if (newer === undefined) throw error;
      return { payload: await verifySignature(token, newer.resolve, options), version: newer.version };
    }
  }

  return { verify: (authorization) => verify(authorization).catch((error: unknown) => Promise.reject(problemFor(error))) };
}

/** Throws 403 when the caller's token lacks the scope. */
export function requireScope(caller: Caller, scope: string): void {
  if (caller.scopes.has(scope)) return;
  throw new Problem(baseProblems.insufficient_scope, {
    detail: `This needs the scope ${scope}.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}

/** The 401 for requests that carry no usable token; RFC 6750 wants no error code when there was none at all. */
export function unauthenticated(detail: string, error?: 'invalid_token' | 'invalid_request', cause?: unknown): Problem {
  return new Problem(baseProblems.unauthenticated, {
    detail,
    headers: { 'www-authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}"` },
    ...(cause === undefined ? {} : { cause }),
  });
}

function tokenFrom(authorization: string | undefined): string {
  if (authorization === undefined) throw unauthenticated('There is no Authorization header.');
  if (authorization.length > MAX_TOKEN_LENGTH) throw unauthenticated('The token is too long.', 'invalid_token');
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated('The Authorization header is not "Bearer <token>" with a signed token.', 'invalid_request');
  return token;
}

async function verifySignature(token: string, resolve: JWTVerifyGetKey, options: TokenVerifierOptions): Promise<JWTPayload> {
  const expected = {
    issuer: options.issuer,
    audience: options.audience,
    algorithms: ['RS256', 'ES256'],
    typ: 'at+jwt',
    requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    clockTolerance: LEEWAY_S,
    currentDate: options.clock.now(),
  };
  try {
    return (await jwtVerify(token, resolve, expected)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return verifyWithAny(token, error, expected);
  }
}

/** Several keys may carry the same id during a rotation: one of them has to fit. */
async function verifyWithAny(
  token: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  expected: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, expected)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function isUnknownKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

function callerFrom(payload: JWTPayload): Caller {
  const { sub, client_id: clientId, scope } = payload;
  if (typeof sub !== 'string' || typeof clientId !== 'string' || sub === '' || clientId === '') {
    throw new errors.JWTInvalid('sub and client_id must be text');
  }
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((item) => item !== '') : [];
  return { clientId, subject: sub, scopes: new Set(scopes) };
}

function problemFor(error: unknown): unknown {
  if (error instanceof KeysUnavailable) {
    return new Problem(baseProblems.dependency_unavailable, {
      detail: 'The keys of the token issuer cannot be had at present.',
      headers: retryAfter(RETRY_AFTER_MS),
      cause: error,
    });
  }
  if (error instanceof errors.JWTExpired) return unauthenticated('The token has expired.', 'invalid_token', error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    return unauthenticated(`The claim ${error.claim} of the token is missing or wrong.`, 'invalid_token', error);
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) return unauthenticated('The token is not valid.', 'invalid_token', error);
  return error;
}
