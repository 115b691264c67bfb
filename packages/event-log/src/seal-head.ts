/**
 * A signed head: what the whole log was at one time, in 64 bytes that can be kept elsewhere. Ed25519 (RFC 8032) over the RFC 8785
 * text of the statement. A head says by which key it was signed, so that keys can be changed: heads of an old key stay good.
 */
import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '@commerce/events/canonical';
import type { SignedHead } from '@commerce/events/signed-head';

export type Head = SignedHead;

/** What is signed. */
export type HeadStatement = Omit<Head, 'signature'>;

/** Signs heads. */
export interface SealKey {
  readonly keyId: string;
  /** Base64 of the 32 bytes of the public key: what verifiers need. */
  readonly publicKey: string;
  readonly sign: (statement: Omit<HeadStatement, 'keyId'>) => Head;
}

/** RFC 8410: what stands before the 32 bytes of a key. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;

/** A key out of the base64 of its 32 secret bytes. Throws for anything else, without showing it. */
export function sealKey(secret: string): SealKey {
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, bytesOf(secret, 'The key of the seals')]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length);
  const keyId = keyIdOf(publicKey);
  return {
    keyId, publicKey: publicKey.toString('base64'),
    sign: (statement) => {
      const signed = { ...statement, keyId };
      return { ...signed, signature: sign(null, Buffer.from(canonicalJson(signed)), key).toString('base64') };
    },
  };
}

/** What is known of the keys that heads are judged by: id → public key. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Public keys, each the base64 of 32 bytes. */
export function publicKeys(given: Iterable<string>): PublicKeys {
  return new Map([...given].map((text) => {
    const bytes = bytesOf(text, 'A public key of the seals');
    return [keyIdOf(bytes), createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, bytes]), format: 'der', type: 'spki' })];
  }));
}

/** By which heads are judged: the public part of this secret key, and public keys that were before it, with commas between them. Without any there is nothing to judge by. */
export function judgingKeys(secret: string | undefined, before = '', more: readonly string[] = []): PublicKeys {
  return publicKeys([...(secret ? [sealKey(secret).publicKey] : []), ...before.split(',').filter((one) => one !== ''), ...more]);
}

/** Is this head what its key has signed? `unknown_key` when that key is not given. */
export function judgeHead(head: Head, keys: PublicKeys): 'good' | 'forged' | 'unknown_key' {
  const key = keys.get(head.keyId);
  if (key === undefined) return 'unknown_key';
  const { log, seal, total, upTo, chain, at, keyId, signature } = head;
  return verify(null, Buffer.from(canonicalJson({ log, seal, total, upTo, chain, at, keyId })), key, Buffer.from(signature, 'base64')) ? 'good' : 'forged';
}

function keyIdOf(publicKey: Buffer): string {
  return hash('sha256', publicKey, 'hex').slice(0, 16);
}

function bytesOf(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== KEY_BYTES) throw new RangeError(`${what} must be the base64 of ${KEY_BYTES} bytes.`);
  return bytes;
}
