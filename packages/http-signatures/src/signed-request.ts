/**
 * What a request must have signed so that it counts as the client's own.
 * Promise: exactly one signature is judged; it covers the method, the whole target, the key of idempotency where there is one and,
 * with a body, its type and bytes, which are digested anew; it has `created`, `expires`, `nonce` and `keyid`, lives shortly, and is of now.
 * Refuses: to know keys and nonces. The caller finds the key by `keyid`, asks `isBy`, and lets no nonce pass twice.
 */
import { signatureBase } from './base.ts';
import type { Component, SignatureParams } from './base.ts';
import { checkContentDigest } from './digest.ts';
import { SignatureFault } from './fault.ts';
import type { VerifyingKey } from './keys.ts';
import { headerValue } from './message.ts';
import { parseSignatures, verifySignature } from './verify.ts';

export interface RequestToJudge {
  readonly method: string;
  /** The service's own base URL with the path and query of the request line; never made from a forwarded header. */
  readonly url: string;
  /** Names and values in turn: Node's `rawHeaders`. */
  readonly headers: readonly string[];
  /**
   * The bytes as they came; null or none for no body. `to come`: there is one, and the caller shows it to `checkContentDigest`
   * before anything is made of it.
   */
  readonly rawBody: Uint8Array | null | 'to come';
}

export interface SignatureRules {
  /** Unix seconds. */
  readonly nowS: number;
  /** From `created` to `expires`, at most. Default 300. */
  readonly maxLifeS?: number;
  /** How far the clocks may be apart. Default 300. */
  readonly leewayS?: number;
}

/** A signature that keeps the rules; whether it is genuine, `isBy` says. */
export interface SignedRequest {
  readonly keyid: string;
  readonly nonce: string;
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds. After it, with the leeway, nobody accepts the nonce any more. */
  readonly expires: number;
  /** False when the message names another algorithm than the key's, or the signature is not that of the key. */
  isBy(key: VerifyingKey): boolean;
}

/** What `Accept-Signature` asks for. */
export const ACCEPT_SIGNATURE = 'sig1=("@method" "@target-uri" "idempotency-key" "content-type" "content-digest");created;expires;nonce;keyid';

const DEFAULT_SECONDS = 300;
const NONCE = /^[\x21-\x7e]{16,128}$/;
const KEYID = /^[\x20-\x7e]{1,200}$/;

/** Throws `SignatureFault` with the rule that is broken. */
export function readSignedRequest(request: RequestToJudge, rules: SignatureRules): SignedRequest {
  const [received, another] = parseSignatures(request.headers);
  if (received === undefined) throw new SignatureFault('The request has no signature.');
  if (another !== undefined) throw new SignatureFault('The request has more than one signature.');
  const { components, params, signature } = received;
  const read = parametersOf(params);
  checkTimes(read, rules);
  checkCoverage(request, components);
  const base = signatureBase(request, components, params);
  const { keyid, nonce, created, expires, alg } = read;
  return { keyid, nonce, created, expires, isBy: (key) => (alg === undefined || alg === key.alg) && verifySignature(base, signature, key) };
}

interface Parameters {
  readonly keyid: string;
  readonly nonce: string;
  readonly created: number;
  readonly expires: number;
  readonly alg: string | undefined;
}

function parametersOf(params: SignatureParams): Parameters {
  const [keyid, nonce, created, expires, alg] = ['keyid', 'nonce', 'created', 'expires', 'alg'].map((name) => params.get(name));
  if (typeof keyid !== 'string' || !KEYID.test(keyid)) throw new SignatureFault('The signature needs a keyid.');
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) throw new SignatureFault('The signature needs a nonce of 16 to 128 visible ASCII characters.');
  if (!isTime(created) || !isTime(expires)) throw new SignatureFault('The signature needs created and expires, in whole seconds.');
  if (alg !== undefined && typeof alg !== 'string') throw new SignatureFault('The signature has an alg that is no string.');
  return { keyid, nonce, created, expires, alg };
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function checkTimes({ created, expires }: Parameters, { nowS, maxLifeS = DEFAULT_SECONDS, leewayS = DEFAULT_SECONDS }: SignatureRules): void {
  if (expires <= created || expires - created > maxLifeS) throw new SignatureFault(`The signature must expire within ${maxLifeS} s of created.`);
  if (Math.abs(nowS - created) > leewayS) throw new SignatureFault(`The signature's created is more than ${leewayS} s away from now.`);
  if (expires <= nowS) throw new SignatureFault('The signature has expired.');
}

function checkCoverage({ headers, rawBody }: RequestToJudge, components: readonly Component[]): void {
  const names = new Set(components.map(({ name }) => name));
  const demand = (name: string): void => {
    if (!names.has(name)) throw new SignatureFault(`The signature must cover ${name}.`);
  };
  demand('@method');
  if (!names.has('@path') || !names.has('@query')) demand('@target-uri');
  // Under another key the same bytes are another request.
  if (headerValue(headers, 'idempotency-key') !== undefined) demand('idempotency-key');
  const digest = headerValue(headers, 'content-digest');
  if (rawBody === null || rawBody.length === 0) {
    if (digest !== undefined) checkContentDigest(digest, '');
    return;
  }
  demand('content-type');
  demand('content-digest');
  if (rawBody !== 'to come') checkContentDigest(digest ?? '', rawBody);
}
