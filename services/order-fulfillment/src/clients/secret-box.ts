/**
 * Secrets at rest: AES-256-GCM under one key of the service.
 * Promise: what is stored shows nothing without the key, and opens only for the client and key id for which it was sealed: a row
 * that was copied to another client's is refused. Layout: version 1, 12 bytes of nonce, 16 bytes of tag, then the secret.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

export interface SecretBox {
  /** `owner`: what the secret belongs to. */
  seal(secret: Uint8Array, owner: readonly string[]): Buffer;
  /** Throws when it was sealed under another key, for another owner, or changed. */
  open(sealed: Buffer, owner: readonly string[]): Buffer;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;
const KEY_BYTES = 32;

/** The key out of its base64. Throws on anything else; the message does not repeat the text. */
export function secretsKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new Error(`CLIENT_SECRETS_KEY must be the base64 of ${KEY_BYTES} bytes: openssl rand -base64 ${KEY_BYTES}`);
  }
  return key;
}

/** `randomBytes`: cryptographic, of any length. */
export function createSecretBox(key: Buffer, randomBytes: (length: number) => Uint8Array): SecretBox {
  return {
    seal(secret, owner) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bytesOf(owner));
      const encrypted = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), encrypted]);
    },
    open(sealed, owner) {
      if (sealed[0] !== VERSION || sealed.length < HEAD_BYTES) throw new Error('A sealed secret has a layout that is not known here.');
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(bytesOf(owner));
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]);
    },
  };
}

function bytesOf(owner: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(owner));
}
