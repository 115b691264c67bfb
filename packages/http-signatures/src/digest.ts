/**
 * `Content-Digest` (RFC 9530): which bytes a message carries.
 * Promise: at least one digest that is known was computed anew from the bytes, and none that is known differs.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import { types } from 'node:util';
import { parseDictionary } from 'structured-headers';
import type { Dictionary } from 'structured-headers';
import { SignatureFault } from './fault.ts';

export type DigestAlgorithm = 'sha-256' | 'sha-512';

const HASHES: Readonly<Record<DigestAlgorithm, string>> = { 'sha-256': 'sha256', 'sha-512': 'sha512' };
const MAX_HEADER_CHARACTERS = 2_048;

/** Value of the header for these bytes. A text counts as UTF-8. */
export function contentDigest(body: string | Uint8Array, algorithm: DigestAlgorithm = 'sha-256'): string {
  return `${algorithm}=:${hash(HASHES[algorithm], body, 'base64')}:`;
}

/** Throws `SignatureFault` unless the header is about these bytes. */
export function checkContentDigest(header: string, rawBody: string | Uint8Array): void {
  if (header.length > MAX_HEADER_CHARACTERS) throw new SignatureFault('The content-digest is too long.');
  const given = digestsOf(header);
  const known = (['sha-256', 'sha-512'] as const).filter((algorithm) => given.has(algorithm));
  if (known.length === 0) throw new SignatureFault('The content-digest has neither sha-256 nor sha-512.');
  for (const algorithm of known) {
    const value = given.get(algorithm)?.[0];
    const actual = hash(HASHES[algorithm], rawBody, 'buffer');
    const claimed = types.isArrayBuffer(value) ? Buffer.from(value) : Buffer.alloc(0);
    if (claimed.length !== actual.length || !timingSafeEqual(claimed, actual)) throw new SignatureFault('The content-digest is not that of the body.');
  }
}

function digestsOf(header: string): Dictionary {
  try {
    return parseDictionary(header);
  } catch (cause) {
    throw new SignatureFault('The content-digest cannot be read.', { cause });
  }
}
