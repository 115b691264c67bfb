/**
 * Secrets at rest: AES-256-GCM under keys of the service.
 * Promise: what is stored shows nothing without its key, and opens only for the client and key id for which it was sealed: a row
 * that was copied to another client's is refused. The first key of the list seals, each opens: so the key is changed by putting a
 * new one in front. Layout: version 2, 4 bytes that name the key, 12 bytes of nonce, 16 bytes of tag, then the secret. In version 1 no key
 * is named, and each is tried: builds from before there was a list read that alone, so it is what is written while there is one key.
 */
import { createCipheriv, createDecipheriv, hash } from 'node:crypto';

export interface SecretBox {
  /** `owner`: what the secret belongs to. */
  seal(secret: Uint8Array, owner: readonly string[]): Buffer;
  /** Throws when it was sealed under no key of the list, for another owner, or changed. */
  open(sealed: Buffer, owner: readonly string[]): Buffer;
  /** Of a list, what its first key has sealed begins with these bytes: the version, and the name of the key. Undefined with one key alone, which need not be named. */
  readonly newest: Buffer | undefined;
}

type Keys = readonly [Buffer, ...Buffer[]];

const VERSION = 2;
const WITHOUT_NAME = 1;
const KEY_NAME_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The keys out of their base64, the newest first, with commas between them. Throws on anything else; the message does not repeat the text. */
export function secretsKeys(list: string): Keys {
  const [newest, ...before] = list.split(',').map((text) => keyOf(text.trim()));
  if (newest === undefined || new Set([newest, ...before].map(String)).size <= before.length) throw new Error('CLIENT_SECRETS_KEY names a key twice.');
  return [newest, ...before];
}

function keyOf(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new Error(`CLIENT_SECRETS_KEY must be the base64 of ${KEY_BYTES} bytes, or several with commas between them, the newest first: openssl rand -base64 ${KEY_BYTES}`);
  }
  return key;
}

/** `randomBytes`: cryptographic, of any length. */
export function createSecretBox(keys: Keys, randomBytes: (length: number) => Uint8Array): SecretBox {
  const [newest] = keys;
  const byName = new Map(keys.map((key) => [nameOf(key).toString('hex'), key]));
  const head = keys.length === 1 ? Buffer.of(WITHOUT_NAME) : Buffer.concat([Buffer.of(VERSION), nameOf(newest)]);
  return {
    newest: keys.length === 1 ? undefined : head,
    seal(secret, owner) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', newest, nonce).setAAD(bytesOf(owner));
      const encrypted = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), encrypted]);
    },
    open(sealed, owner) {
      if (sealed[0] === WITHOUT_NAME) return openByAny(keys, sealed.subarray(1), owner);
      const key = byName.get(sealed.subarray(1, 1 + KEY_NAME_BYTES).toString('hex'));
      if (sealed[0] !== VERSION || key === undefined) throw new Error('A secret was sealed under a key that is not in the list, or in a layout that is not known here.');
      return openBy(key, sealed.subarray(1 + KEY_NAME_BYTES), owner);
    },
  };
}

function openByAny(keys: Keys, rest: Buffer, owner: readonly string[]): Buffer {
  let refused: unknown;
  for (const key of keys) {
    try {
      return openBy(key, rest, owner);
    } catch (error) {
      refused = error;
    }
  }
  throw refused;
}

/** `rest`: nonce, tag, secret. */
function openBy(key: Buffer, rest: Buffer, owner: readonly string[]): Buffer {
  const textAt = NONCE_BYTES + TAG_BYTES;
  if (rest.length < textAt) throw new Error('A sealed secret is too short.');
  const decipher = createDecipheriv('aes-256-gcm', key, rest.subarray(0, NONCE_BYTES)).setAAD(bytesOf(owner));
  decipher.setAuthTag(rest.subarray(NONCE_BYTES, textAt));
  return Buffer.concat([decipher.update(rest.subarray(textAt)), decipher.final()]);
}

function nameOf(key: Buffer): Buffer {
  return hash('sha256', key, 'buffer').subarray(0, KEY_NAME_BYTES);
}

function bytesOf(owner: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(owner));
}
