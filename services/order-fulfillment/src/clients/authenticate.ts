/**
 * Who is calling, by the way that its record names: a token of the issuer, or a signed request (RFC 9421).
 *
 * Promise: exactly one of the two ways counts. The key's record says the algorithm, the record of the client what it may do and how
 * often. A signature is judged before the body is read, the digest over its raw bytes before anything is made of it, and what was
 * signed once does not count twice. A token costs no query, a signed request one.
 * Refuses: a token of a client that signs; a token whose client has no record, but for what operators do.
 */
import { Overloaded } from '@commerce/event-log/micro-batcher';
import { checkContentDigest } from '@commerce/http-signatures/digest';
import { SignatureFault } from '@commerce/http-signatures/fault';
import { headerValue } from '@commerce/http-signatures/message';
import { ACCEPT_SIGNATURE, readSignedRequest } from '@commerce/http-signatures/signed-request';
import type { SignedRequest } from '@commerce/http-signatures/signed-request';
import { unauthenticated } from '@commerce/service-kit/auth';
import type { Authenticated, Authenticator, Caller, RequestHead, TokenVerifier } from '@commerce/service-kit/auth';
import type { HeaderDescription } from '@commerce/service-kit/openapi';
import { Problem, baseProblems, retryAfter } from '@commerce/service-kit/problems';
import { problems } from '../problems.ts';
import { METRICS_SCOPE } from '@commerce/service-kit/metrics';
import type { Client, ClientKey, RateLimit } from './clients.ts';
import type { Directory } from './directory.ts';
import type { Nonces } from './nonces.pg.ts';
import type { RateJudgement, RateLimiter } from './rate-limit.ts';

export const CLIENTS_ADMIN = 'clients:admin';
/** Of the administration of clients, of dead letters, of acts and seals (admin), and of figures: whoever operates the service needs no record for these. */
const OPERATORS: ReadonlySet<string> = new Set([CLIENTS_ADMIN, 'dlq:read', 'dlq:write', 'admin', METRICS_SCOPE]);

export interface AuthenticateOptions {
  readonly tokens: TokenVerifier;
  readonly directory: Pick<Directory, 'find' | 'bySubject' | 'byKeyid'>;
  readonly nonces: Pick<Nonces, 'claim'>;
  readonly limit: RateLimiter;
  /** Of clients whose record has none; undefined for no limit. */
  readonly defaultRateLimit: RateLimit | undefined;
  /** The address of this service as clients know it; without a slash at its end. */
  readonly publicUrl: string;
  readonly nowMs: () => number;
}

/** How far two clocks may be apart. */
const LEEWAY_S = 300;

export function createAuthenticator(options: AuthenticateOptions): Authenticator {
  return {
    description: DESCRIPTION,
    async authenticate(head) {
      const isSigned = head.headers['signature'] !== undefined || head.headers['signature-input'] !== undefined;
      if (!isSigned) return byToken(head, options);
      if (head.headers.authorization !== undefined) throw signatureInvalid('A request has a token or a signature, not both.');
      return bySignature(head, options);
    },
  };
}

async function byToken({ headers, scope }: RequestHead, { tokens, directory, ...rest }: AuthenticateOptions): Promise<Authenticated> {
  const caller = await tokens.verify(headers.authorization);
  const client = directory.bySubject(caller.subject);
  if (client === undefined) return { caller: withoutRecord(caller, scope, directory) };
  const scopes = new Set(client.scopes.filter((one) => caller.scopes.has(one)));
  return withinRate(client, { clientId: client.clientId, subject: caller.subject, scopes }, rest);
}

/** Somebody with a right token of whom nothing is known here. It must not pass for a client that proves itself in another way. */
function withoutRecord(caller: Caller, scope: string, directory: Pick<Directory, 'find'>): Caller {
  if (directory.find(caller.clientId) !== undefined) throw unauthenticated('This client does not authenticate with a token of this subject.', 'invalid_token');
  if (!OPERATORS.has(scope) && caller.scopes.has(scope)) throw new Problem(problems.unknown_client);
  return caller;
}

async function bySignature(head: RequestHead, options: AuthenticateOptions): Promise<Authenticated> {
  const { directory, publicUrl, nowMs } = options;
  refuseRepeated(head.rawHeaders);
  const signed = asProblem(() => readSignedRequest(
    { method: head.method, url: `${publicUrl}${head.target}`, headers: head.rawHeaders, rawBody: hasBody(head) ? 'to come' : null },
    { nowS: nowMs() / 1_000, leewayS: LEEWAY_S },
  ));
  const found = directory.byKeyid(signed.keyid);
  if (found === undefined || hasEnded(found.key, nowMs())) throw signatureInvalid('The keyid names no key that holds now.');
  if (!signed.isBy(found.key.verifying)) throw signatureInvalid('The signature is not that of its key, or its alg is not the key\'s.');
  const { clientId, scopes } = found.client;
  const authenticated = await withinRate(found.client, { clientId, subject: clientId, scopes: new Set(scopes) }, options);
  return { ...authenticated, judgeBody: (rawBody) => judgeBody(head, signed, rawBody, options) };
}

/** The digest over what really came, and the nonce: only a request that is whole uses it up. */
async function judgeBody({ rawHeaders }: RequestHead, { keyid, nonce, expires }: SignedRequest, rawBody: Buffer, { nonces, nowMs }: AuthenticateOptions): Promise<void> {
  const digest = headerValue(rawHeaders, 'content-digest');
  asProblem(() => digest === undefined || checkContentDigest(digest, rawBody));
  const isFirst = await nonces.claim(keyid, nonce, (expires + LEEWAY_S) * 1_000 - nowMs()).catch((error: unknown) => {
    throw error instanceof Overloaded ? new Problem(baseProblems.overloaded, { headers: retryAfter(error.retryAfterMs) }) : error;
  });
  if (!isFirst) throw signatureInvalid('The nonce was used before.');
}

async function withinRate(client: Client, caller: Caller, { limit, defaultRateLimit }: Pick<AuthenticateOptions, 'limit' | 'defaultRateLimit'>): Promise<Authenticated> {
  const rate = client.rateLimit ?? defaultRateLimit;
  if (rate === undefined) return { caller };
  const judged = await limit(client.clientId, rate);
  const answerHeaders = rateHeaders(rate, judged);
  if (!judged.allowed) throw new Problem(baseProblems.rate_limited, { headers: { ...answerHeaders, ...retryAfter(judged.nextInMs) } });
  return { caller, answerHeaders };
}

/** draft-ietf-httpapi-ratelimit-headers: the burst and the time in which it comes back, what is left of it and when it is whole. */
function rateHeaders({ requestsPerSecond, burst }: RateLimit, { left, fullInMs }: RateJudgement): Record<string, string> {
  return {
    'ratelimit-policy': `"default";q=${burst};w=${Math.max(1, Math.ceil(burst / requestsPerSecond))}`,
    ratelimit: `"default";r=${left};t=${Math.max(0, Math.ceil(fullInMs / 1_000))}`,
  };
}

/** Node joins the lines of a header: what of them was signed would be a matter of opinion. */
function refuseRepeated(rawHeaders: readonly string[]): void {
  const names = rawHeaders.filter((_name, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const repeated = SIGNATURE_HEADERS.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (repeated !== undefined) throw signatureInvalid(`The header ${repeated} is there more than once.`);
}

const SIGNATURE_HEADERS = ['signature', 'signature-input', 'content-digest', 'content-type', 'idempotency-key'];

function hasBody({ headers }: RequestHead): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function hasEnded({ notAfterMs }: ClientKey, nowMs: number): boolean {
  return notAfterMs !== null && notAfterMs <= nowMs;
}

function asProblem<Result>(judge: () => Result): Result {
  try {
    return judge();
  } catch (error) {
    if (error instanceof SignatureFault) throw signatureInvalid(error.message, error);
    throw error;
  }
}

function signatureInvalid(detail: string, cause?: unknown): Problem {
  return new Problem(problems.signature_invalid, {
    detail, headers: { 'www-authenticate': 'Bearer', 'accept-signature': ACCEPT_SIGNATURE }, ...(cause === undefined ? {} : { cause }),
  });
}

const RATE_LIMIT_HEADERS: readonly HeaderDescription[] = [
  { name: 'RateLimit-Policy', schema: { type: 'string' }, description: 'Only for clients with a rate limit: requests at once (q), and the seconds in which they come back (w).' },
  { name: 'RateLimit', schema: { type: 'string' }, description: 'Only for clients with a rate limit: requests that may follow at once (r), and the seconds until all are back (t).' },
];

const DESCRIPTION: NonNullable<Authenticator['description']> = {
  schemes: {
    signature: {
      type: 'apiKey', in: 'header', name: 'Signature',
      description: `HTTP Message Signature (RFC 9421) in the headers Signature-Input and Signature, as ${ACCEPT_SIGNATURE}: HMAC-SHA256 or Ed25519, as the key says. `
        + '"@path" and "@query" do in the place of "@target-uri"; "idempotency-key" is needed when the request has that header, "content-type" and "content-digest" (RFC 9530) are needed when there is a body. '
        + 'created lies within 300 s of now, expires at most 300 s after it; the nonce has 16 to 128 visible ASCII characters and is new for each request.',
    },
  },
  problems: [problems.signature_invalid, baseProblems.rate_limited, problems.unknown_client],
  answerHeaders: RATE_LIMIT_HEADERS,
};
