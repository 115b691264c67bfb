/**
 * Keys of signatures out of the texts in which people hand them over.
 * Promise: a key is held as a `KeyObject`, which no log or message shows.
 * Refuses: secrets under 32 or over 128 bytes, and keys of another kind.
 */
import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignatureFault } from './fault.ts';

export type Algorithm = 'hmac-sha256' | 'ed25519';

/** What signs. */
export type SigningKey =
  | { readonly keyid: string; readonly alg: 'hmac-sha256'; readonly secret: KeyObject }
  | { readonly keyid: string; readonly alg: 'ed25519'; readonly privateKey: KeyObject };

/** What a signature is verified with. */
export type VerifyingKey =
  | { readonly alg: 'hmac-sha256'; readonly secret: KeyObject }
  | { readonly alg: 'ed25519'; readonly publicKey: KeyObject };

const MIN_SECRET_BYTES = 32;
const MAX_SECRET_BYTES = 128;
const ED25519_BYTES = 32;
/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A shared secret from base64 or base64url. Throws `SignatureFault`. */
export function secretKey(text: string): KeyObject {
  const bytes = bytesOf(text);
  if (bytes === undefined || bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    throw new SignatureFault(`A secret is base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes.`);
  }
  return createSecretKey(bytes);
}

/** An Ed25519 public key from base64 of its 32 bytes, or from SPKI PEM. Throws `SignatureFault`. */
export function ed25519PublicKey(text: string): KeyObject {
  return ed25519('public', () =>
    text.includes('-----BEGIN PUBLIC KEY-----')
      ? createPublicKey(text)
      : createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: rawBytes(text).toString('base64url') }, format: 'jwk' }));
}

/** An Ed25519 private key from base64 of its 32 bytes, or from PKCS #8 PEM. Throws `SignatureFault`. */
export function ed25519PrivateKey(text: string): KeyObject {
  return ed25519('private', () =>
    text.includes('-----BEGIN PRIVATE KEY-----')
      ? createPrivateKey(text)
      : createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, rawBytes(text)]), format: 'der', type: 'pkcs8' }));
}

function ed25519(half: 'public' | 'private', read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = read();
  } catch {
    // The reason of the crypto library may hold parts of the text.
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw new SignatureFault(`An Ed25519 ${half} key is base64 of its ${ED25519_BYTES} bytes, or PEM.`);
  return key;
}

function rawBytes(text: string): Buffer {
  const bytes = bytesOf(text);
  if (bytes?.length !== ED25519_BYTES) throw new SignatureFault(`not ${ED25519_BYTES} bytes`);
  return bytes;
}

/** Base64 or base64url, padded or not, of nothing else. */
function bytesOf(text: string): Buffer | undefined {
  const bare = text.replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$|^[A-Za-z0-9_-]*$/.test(bare) || bare.length % 4 === 1) return undefined;
  return Buffer.from(bare, 'base64');
}
