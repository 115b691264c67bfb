/**
 * Signs a request (RFC 9421).
 * Promise: method, whole target, key of idempotency, type and bytes of the body are covered, unless other components are named.
 * Refuses: to choose time and nonce; they come from the caller, new ones for every attempt.
 */
import { createHmac, sign } from 'node:crypto';
import { contentDigest } from './digest.ts';
import { signatureBase, signatureParams } from './base.ts';
import type { Component } from './base.ts';
import type { SigningKey } from './keys.ts';
import { headerValue } from './message.ts';

export interface RequestToSign {
  readonly method: string;
  /** Absolute, with path and query exactly as they are sent. */
  readonly url: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** The bytes that are sent; null for none. */
  readonly body: string | Uint8Array | null;
  readonly key: SigningKey;
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds. */
  readonly expires: number;
  /** Visible ASCII that was never used with this key. */
  readonly nonce: string;
  /** Names of what is covered. Default: `@method`, `@target-uri`, `idempotency-key` if it is there, and with a body `content-type` and `content-digest`. */
  readonly components?: readonly string[];
}

const LABEL = 'sig1';
const COVERED = ['@method', '@target-uri'];
const KEY = 'idempotency-key';
const COVERED_OF_A_BODY = ['content-type', 'content-digest'];

/** Headers to be added: names in lower case and values in turn. Throws `SignatureFault` when a component is missing. */
export function signRequest(request: RequestToSign): string[] {
  const { method, url, headers, body, key, created, expires, nonce } = request;
  const added = body === null || headerValue(headers, 'content-digest') !== undefined ? [] : ['content-digest', contentDigest(body)];
  const names = request.components ?? [...COVERED, ...(headerValue(headers, KEY) === undefined ? [] : [KEY]), ...(body === null ? [] : COVERED_OF_A_BODY)];
  const components: Component[] = names.map((name) => ({ name }));
  const params = new Map<string, string | number>([['created', created], ['expires', expires], ['nonce', nonce], ['keyid', key.keyid], ['alg', key.alg]]);
  const base = signatureBase({ method, url, headers: [...headers, ...added] }, components, params);
  const signature = signBase(base, key).toString('base64');
  return [...added, 'signature-input', `${LABEL}=${signatureParams(components, params)}`, 'signature', `${LABEL}=:${signature}:`];
}

/** The signature of a base. */
export function signBase(base: string, key: SigningKey): Buffer {
  if (key.alg === 'hmac-sha256') return createHmac('sha256', key.secret).update(base).digest();
  return sign(null, Buffer.from(base), key.privateKey);
}
