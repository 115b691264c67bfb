/** The guards at the doors: who is calling, what was signed, what may be asked, and what is said of it. */
import type { Mutant } from '../mutant.ts';
import { unit } from './killers.ts';

const SIGNATURES = 'packages/http-signatures/src';
const KIT = 'packages/service-kit/src';
const CC = 'services/commerce-coordinator/src';
const OF = 'services/order-fulfillment/src';
const SIGNED = 'test/security/signatures.test.ts';

export const DOOR_MUTANTS: readonly Mutant[] = [
  {
    name: 'signature-created', guard: 'a request that was signed minutes ago, or ahead, is refused',
    edits: [{ file: `${SIGNATURES}/signed-request.ts`, from: 'if (Math.abs(nowS - created) > leewayS)', to: 'if (created < 0 && leewayS > 0)' }],
    killers: [unit(SIGNED, 'S13: gets 401 when it was made six minutes ago')],
  },
  {
    name: 'signature-expired', guard: 'a signature that has expired is refused',
    edits: [{ file: `${SIGNATURES}/signed-request.ts`, from: 'if (expires <= nowS)', to: 'if (expires < 0)' }],
    killers: [unit(SIGNED, 'S13: gets 401 when it was made six minutes ago')],
  },
  {
    name: 'signature-covers', guard: 'a signature must cover the body',
    edits: [{ file: `${SIGNATURES}/signed-request.ts`, from: "  demand('content-digest');\n", to: '' }],
    killers: [unit(SIGNED, 'S12: gets 401 when it does not cover all that it must')],
  },
  {
    name: 'signature-digest', guard: 'the digest is held against the bytes that came',
    edits: [{ file: `${OF}/clients/authenticate.ts`, from: 'asProblem(() => digest === undefined || checkContentDigest(digest, rawBody));', to: 'asProblem(() => digest === undefined || rawBody.length >= 0);' }],
    killers: [unit(SIGNED, 'S12: gets 401 when a byte of its body')],
  },
  {
    name: 'signature-hmac', guard: 'an HMAC is compared, not only measured',
    edits: [{ file: `${SIGNATURES}/verify.ts`, from: 'return signature.length === expected.length && timingSafeEqual(signature, expected);', to: 'return signature.length === expected.length || timingSafeEqual(signature, expected);' }],
    killers: [unit(`${SIGNATURES}/http-signatures.test.ts`)],
  },
  {
    name: 'signature-ed25519', guard: 'a signature of Ed25519 is verified with the public key',
    edits: [{ file: `${SIGNATURES}/verify.ts`, from: 'return verify(null, Buffer.from(base), key.publicKey, signature);', to: 'return verify(null, Buffer.from(base), key.publicKey, signature) || signature.length === 64;' }],
    killers: [unit(`${SIGNATURES}/http-signatures.test.ts`)],
  },
  {
    name: 'signature-alg', guard: 'a message that names another algorithm than the key’s is not its own',
    edits: [{ file: `${SIGNATURES}/signed-request.ts`, from: '(alg === undefined || alg === key.alg) && verifySignature', to: 'verifySignature' }],
    killers: [unit(`${SIGNATURES}/http-signatures.test.ts`, 'is not that of a key when it says that it was made with another algorithm')],
  },
  {
    name: 'of-signature', guard: 'Order Fulfillment asks whether the signature is that of the key',
    edits: [{ file: `${OF}/clients/authenticate.ts`, from: 'if (!signed.isBy(found.key.verifying)) throw', to: "if (signed.keyid === '') throw" }],
    killers: [unit(SIGNED, 'S12: gets 401 when a byte of its body')],
  },
  {
    name: 'of-nonce', guard: 'what was signed once does not count twice',
    edits: [{ file: `${OF}/clients/authenticate.ts`, from: 'if (!isFirst) throw', to: 'if (isFirst === undefined) throw' }],
    killers: [unit(SIGNED, 'S14: counts once: the same again gets 401')],
  },
  {
    name: 'of-nonce-shared', guard: 'a nonce that another instance has seen is used',
    edits: [{ file: `${OF}/clients/nonces.pg.ts`, from: 'return claims.map(({ nonceId }) => fresh.delete(nonceId));', to: 'return claims.map(({ nonceId }) => fresh.delete(nonceId) || rows.length === 0);' }],
    killers: [unit(`${OF}/clients/clients.http.test.ts`, 'counts once, on whichever instance, also when both hear it at the same moment')],
  },
  {
    name: 'of-key-end', guard: 'a key counts until its end',
    edits: [{ file: `${OF}/clients/authenticate.ts`, from: ' || hasEnded(found.key, nowMs())', to: '' }],
    killers: [unit(SIGNED, 'S17: while a key is changed both hold')],
  },
  {
    name: 'of-rate', guard: 'a client has its rate and no more',
    edits: [{ file: `${OF}/clients/authenticate.ts`, from: 'if (!judged.allowed) throw', to: 'if (judged.nextInMs < 0) throw' }],
    killers: [unit(`${OF}/clients/clients.http.test.ts`, 'is told in the headers, and refused beyond with the time to come again')],
  },
  {
    name: 'token-audience', guard: 'a token for another service opens nothing here',
    edits: [{ file: `${KIT}/auth.ts`, from: '    audience: options.audience,\n', to: '' }],
    killers: [unit('test/security/tokens.test.ts', 'S5: another audience')],
  },
  {
    name: 'token-type', guard: 'an ID token is no access token',
    edits: [{ file: `${KIT}/auth.ts`, from: "    typ: 'at+jwt',\n", to: '' }],
    killers: [unit(`${KIT}/auth.test.ts`, 'for tokens without signature, signed with the public key, or of another type')],
  },
  {
    name: 'token-claims', guard: 'a token without one of its claims is refused',
    edits: [{ file: `${KIT}/auth.ts`, from: "    requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],\n", to: '' }],
    killers: [unit(`${KIT}/auth.test.ts`, 'when the claim')],
  },
  {
    name: 'token-remembered', guard: 'a token that was seen before is not believed beyond its end',
    edits: [{ file: `${KIT}/auth.ts`, from: ' || entry.endsAtMs <= options.clock.now().getTime()', to: '' }],
    killers: [unit(`${KIT}/auth.test.ts`, 'is verified once, and no longer believed when it has ended')],
  },
  {
    name: 'token-key-withdrawn', guard: 'a token that was seen before is not believed when its key was withdrawn',
    edits: [{ file: `${KIT}/auth.ts`, from: 'entry.keyVersion !== keyVersion || ', to: '' }],
    killers: [unit(`${KIT}/auth.test.ts`, 'that were withdrawn do not live on in remembered tokens')],
  },
  {
    name: 'scope', guard: 'a right token without the scope is not enough',
    edits: [{ file: `${KIT}/auth.ts`, from: 'if (caller.scopes.has(scope)) return;', to: 'if (caller.scopes.size >= 0) return;' }],
    killers: [unit(`${KIT}/http-server.test.ts`, 'answers 401 without a token, 403 without the scope, and passes on who is calling')],
  },
  {
    name: 'deny-by-default', guard: 'a route without a scope ends the start',
    edits: [{ file: `${KIT}/guard.ts`, from: 'if (!route.config?.scope) {', to: "if (route.url === '') {" }],
    killers: [unit(`${KIT}/http-server.test.ts`, 'refuses to register a route without a scope')],
  },
  {
    name: 'unknown-fields', guard: 'a route that takes unknown fields ends the start',
    edits: [{ file: `${KIT}/guard.ts`, from: 'if (isStrict(route.schema?.[part])) continue;', to: "if (isStrict(route.schema?.[part]) || name !== '') continue;" }],
    killers: [unit(`${KIT}/http-server.test.ts`)],
  },
  {
    name: 'token-in-address', guard: 'a token in the address is refused',
    edits: [{ file: `${KIT}/guard.ts`, from: '    refuseTokenInQuery(request);\n', to: '' }],
    killers: [unit(`${KIT}/http-server.test.ts`, 'judges the token before the body, and refuses one in the address')],
  },
  {
    name: 'cursor-mac', guard: 'a cursor that was changed, or is of another list, opens nothing',
    edits: [{ file: `${KIT}/cursors.ts`, from: 'return expected.length === given.length && timingSafeEqual(expected, given) ? place : undefined;', to: 'return expected.length === given.length || timingSafeEqual(expected, given) ? place : undefined;' }],
    killers: [unit(`${KIT}/cursors.test.ts`)],
  },
  {
    name: 'error-detail', guard: 'a client is told nothing of a bug',
    edits: [{ file: `${KIT}/problem-answers.ts`, from: 'new Problem(baseProblems.internal_error, { cause: error });', to: 'new Problem(baseProblems.internal_error, { cause: error, detail: String(error) });' }],
    killers: [unit(`${KIT}/http-server.test.ts`, 'of a bug tell nothing of it')],
  },
  {
    name: 'log-fields', guard: 'a log line has no field that was not allowed by name',
    edits: [{ file: `${KIT}/logging.ts`, from: "else if (name === 'service' || allowed.has(name)) keepPlain", to: "else if (name === 'service' || allowed.size >= 0) keepPlain" }],
    killers: [unit(`${KIT}/logging.test.ts`, 'no canary reaches the output, whichever way it comes in')],
  },
  {
    name: 'log-masks', guard: 'the message of an error is masked before it is written',
    edits: [{ file: `${KIT}/logging.ts`, from: '{ message: mask(clean(thrown.message)) }', to: '{ message: clean(thrown.message) }' }],
    killers: [unit(`${KIT}/logging.test.ts`, 'no canary reaches the output, whichever way it comes in')],
  },
  {
    name: 'inbound-standard', guard: 'a webhook in the standard form is compared with its signature',
    edits: [{ file: `${KIT}/webhook-signature.ts`, from: 'return matches.includes(true);', to: 'return matches.length > 0;' }],
    killers: [unit(`${KIT}/webhook-signature.test.ts`)],
  },
  {
    name: 'inbound-standard-time', guard: 'a webhook in the standard form is refused when it is old, or ahead',
    edits: [{ file: `${KIT}/webhook-signature.ts`, from: 'if (Math.abs(Number(timestamp) - Math.floor(nowMs / 1_000)) > TOLERANCE_S) return false;', to: 'if (TOLERANCE_S < 0 || nowMs < 0) return false;' }],
    killers: [unit(`${KIT}/webhook-signature.test.ts`, 'counts for five minutes before and after, to the second')],
  },
  {
    name: 'inbound-stripe', guard: 'a webhook of Stripe is compared with its signature',
    edits: [{ file: `${CC}/ingest/providers/stripe-signature.ts`, from: 'return matches.includes(true);', to: 'return matches.length > 0;' }],
    killers: [unit(`${CC}/ingest/providers/stripe.test.ts`, 'does not count for a body of which a byte was changed')],
  },
  {
    name: 'inbound-stripe-time', guard: 'a webhook of Stripe is refused when it is old, or ahead',
    edits: [{ file: `${CC}/ingest/providers/stripe-signature.ts`, from: ' || Math.abs(Number(time) - Math.floor(nowMs / 1_000)) > TOLERANCE_S)', to: ' || nowMs < TOLERANCE_S)' }],
    killers: [unit(`${CC}/ingest/providers/stripe.test.ts`, 'counts for five minutes before and after, to the second')],
  },
  {
    name: 'inbound-payments', guard: 'the door of payment providers asks for the signature',
    edits: [{ file: `${CC}/ingest/webhooks.http.ts`, from: 'if (!isOnce || !provider.isSigned(request.headers, bytes, nowMs())) throw', to: 'if (!isOnce) throw' }],
    killers: [unit(`${CC}/ingest/webhooks.test.ts`, 'is refused when a byte of its body was changed')],
  },
  {
    name: 'inbound-doubled', guard: 'a header of a signature that stands there twice says two things',
    edits: [{ file: `${CC}/ingest/webhooks.http.ts`, from: 'if (!isOnce || !provider', to: 'if (!provider' }],
    killers: [unit(`${CC}/ingest/webhooks.test.ts`, 'is refused when a header of its signature comes twice')],
  },
  {
    name: 'inbound-reports', guard: 'the door of reports asks for the signature',
    edits: [{ file: `${CC}/extensions/webhooks/receiving.http.ts`, from: 'if (body === undefined) throw new Problem(webhook_signature_refused);', to: 'if (body === undefined) return request.body as Buffer;' }],
    killers: [unit(`${CC}/extensions/webhooks/receiving.test.ts`, 'refuses a status that is none, and what is not signed')],
  },
  {
    name: 'inbound-lms', guard: 'the door of the LMS asks for the signature',
    edits: [{ file: `${OF}/providers/lms-callback.http.ts`, from: 'const body = signedBody(request, options);', to: 'const body = signedBody(request, options) ?? (request.body as Buffer | undefined);' }],
    killers: [unit(`${OF}/providers/lms-callback.test.ts`)],
  },
  {
    name: 'report-loop', guard: 'two services do not report each other’s reports for ever',
    edits: [{ file: `${CC}/extensions/webhooks/receiving.http.ts`, from: 'if (isReportOfReport(message)) throw', to: 'if (isReportOfReport(message) && messageId.length > 1_000) throw' }],
    killers: [unit(`${CC}/extensions/webhooks/receiving.test.ts`, 'refuses a report of a report')],
  },
  {
    name: 'kafka-records', guard: 'who may write to the topic of updates may not, by that alone, say what was paid',
    edits: [{ file: `${CC}/updates/record-signature.ts`, from: "return fitting.length > 0 ? 'signed'", to: "return fitting.length >= 0 ? 'signed'" }],
    killers: [unit(`${CC}/updates/record-signature.test.ts`)],
  },
  {
    name: 'kafka-records-bound', guard: 'the signature of a record is of its topic, key and flow too',
    edits: [{ file: `${CC}/updates/record-signature.ts`, from: 'for (const part of [Buffer.from(topic), Buffer.from(recordKey), value, Buffer.from(correlationId), Buffer.from(at)]) {', to: 'for (const part of [Buffer.from(topic), value, Buffer.from(correlationId), Buffer.from(at)]) {' }],
    killers: [unit(`${CC}/updates/record-signature.test.ts`)],
  },
  {
    name: 'csrf', guard: 'what changes something by a session needs the token that belongs to it',
    edits: [{ file: `${CC}/dashboard/session-auth.ts`, from: "if (method !== 'GET' && method !== 'HEAD') refuseForged(", to: "if (method === '') refuseForged(" }],
    killers: [unit('test/security/dashboard.test.ts', 'S49: the cookie')],
  },
  {
    name: 'host', guard: 'a session is not taken under a name that was made to lead here',
    edits: [{ file: `${CC}/dashboard/own-address.ts`, from: '    throw new Problem(dashboardProblems.unknown_host);\n', to: '' }],
    killers: [unit(`${CC}/dashboard/own-address.test.ts`)],
  },
  {
    name: 'other-sites', guard: 'a session is not taken for what another site has sent',
    edits: [{ file: `${CC}/dashboard/own-address.ts`, from: 'if (!isOwnSite || !isOwnOrigin) throw', to: "if (!isOwnSite && !isOwnOrigin && host === '') throw" }],
    killers: [unit(`${CC}/dashboard/own-address.test.ts`)],
  },
  {
    name: 'verified-email', guard: 'an address that the issuer has not verified gives no role',
    edits: [{ file: `${CC}/dashboard/roles.ts`, from: "if (path === 'email' && claims['email_verified'] !== true) return [];", to: '' }],
    killers: [unit(`${CC}/dashboard/roles.test.ts`, 'an email counts only when it is verified')],
  },
];
