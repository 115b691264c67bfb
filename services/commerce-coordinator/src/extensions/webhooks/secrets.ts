/**
 * The secrets of endpoints: made, judged, sealed, and which of them sign. What is sent along in headers is sealed with them.
 * Promise: what is stored shows nothing without the key, and opens only for the endpoint for which it was sealed. The first key of
 * the list seals, each opens: so the key is changed by putting a new one in front.
 * Layout: version 2, 4 bytes that name the key, 12 bytes of nonce, 16 bytes of tag, then `Sealable` as JSON;
 * in version 1 there were no headers, and the list stood alone.
 */
import { createCipheriv, createDecipheriv, createPublicKey, hash } from 'node:crypto';
import { ed25519PrivateKey } from '@commerce/events/webhook-signing';
import type { EndpointSecret, Sealable } from './endpoint.ts';

export type SecretKind = EndpointSecret['kind'];

export interface SecretsBox {
  seal(opened: Sealable, endpointId: string): Buffer;
  /** Throws when it was sealed under no key of the list, for another endpoint, or changed. */
  open(sealed: Buffer, endpointId: string): Sealable;
  /** Stands in what the first key has sealed, from its second byte on. */
  readonly newestKeyName: Buffer;
}

/** Cryptographic, of any length. */
export type RandomBytes = (length: number) => Uint8Array;

const VERSION = 2;
const WITHOUT_HEADERS = 1;
const KEY_BYTES = 32;
const KEY_NAME_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_NAME_BYTES + NONCE_BYTES + TAG_BYTES;

/** `keys`: of WEBHOOK_SECRETS_KEY, the newest first, separated by commas. Throws an Error that does not repeat them. */
export function createSecretsBox(keys: string, randomBytes: RandomBytes): SecretsBox {
  const known = new Map(keys.split(',').map((text) => keyOf(text.trim())).map((key) => [nameOf(key), key]));
  const [newest] = [...known];
  if (newest === undefined) throw new Error('There is no key.');
  const [newestName, newestKey] = newest;
  const keyNameOf = (sealed: Buffer): string => sealed.subarray(1, 1 + KEY_NAME_BYTES).toString('hex');
  return {
    seal(opened, endpointId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', newestKey, nonce).setAAD(Buffer.from(endpointId));
      const encrypted = Buffer.concat([cipher.update(JSON.stringify(opened)), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), Buffer.from(newestName, 'hex'), nonce, cipher.getAuthTag(), encrypted]);
    },
    open(sealed, endpointId) {
      const key = known.get(keyNameOf(sealed));
      if (!(sealed[0] === VERSION || sealed[0] === WITHOUT_HEADERS) || sealed.length < HEAD_BYTES || key === undefined) throw new Error('The secrets of a webhook were sealed under a key that is not in WEBHOOK_SECRETS_KEY.');
      const nonceAt = 1 + KEY_NAME_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(nonceAt, nonceAt + NONCE_BYTES)).setAAD(Buffer.from(endpointId));
      decipher.setAuthTag(sealed.subarray(nonceAt + NONCE_BYTES, HEAD_BYTES));
      const opened = JSON.parse(Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]).toString());
      return sealed[0] === WITHOUT_HEADERS ? { secrets: opened, headers: {} } : opened;
    },
    newestKeyName: Buffer.from(newestName, 'hex'),
  };
}

function keyOf(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new Error(`WEBHOOK_SECRETS_KEY must be the base64 of ${KEY_BYTES} bytes, or several separated by commas, the newest first: openssl rand -base64 ${KEY_BYTES}`);
  }
  return key;
}

function nameOf(key: Buffer): string {
  return hash('sha256', key, 'buffer').subarray(0, KEY_NAME_BYTES).toString('hex');
}

const HMAC_BYTES = 32;
const SEED_BYTES = 32;
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** A new secret: `whsec_` and 32 bytes, or `whsk_` with the seed and the public key of Ed25519. */
export function makeSecret(kind: SecretKind, randomBytes: RandomBytes): string {
  if (kind === 'hmac') return `whsec_${Buffer.from(randomBytes(HMAC_BYTES)).toString('base64')}`;
  const seed = Buffer.from(randomBytes(SEED_BYTES));
  const spki = createPublicKey(ed25519PrivateKey(seed)).export({ format: 'der', type: 'spki' });
  return `whsk_${Buffer.concat([seed, spki.subarray(SPKI_HEAD.length)]).toString('base64')}`;
}

/** `whpk_…` of a secret of Ed25519, for those who verify; null for one of HMAC, which both sides keep. */
export function publicKeyOf({ kind, secret }: Pick<EndpointSecret, 'kind' | 'secret'>): string | null {
  return kind === 'hmac' ? null : `whpk_${Buffer.from(secret.slice('whsk_'.length), 'base64').subarray(SEED_BYTES).toString('base64')}`;
}

const MIN_BYTES = 24;
const MAX_BYTES = 64;
const MAX_OWN_LENGTH = 256;
const MIN_DIFFERENT = 10;

/** Why a secret that somebody chose himself is not taken, as a continuation of "secret …"; undefined for one that is. */
export function weaknessOf(secret: string): string | undefined {
  if (secret.startsWith('whsk_')) return 'must not be a key of Ed25519: ask for one with signing';
  const isStandard = secret.startsWith('whsec_');
  const text = secret.slice('whsec_'.length);
  const bytes = isStandard ? Buffer.from(text, 'base64') : Buffer.from(secret);
  if (isStandard && bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) return 'must be whsec_ and base64';
  if (!isStandard && !/^[\x21-\x7e]+$/.test(secret)) return 'must have visible ASCII characters only';
  if (bytes.length < MIN_BYTES) return `must have at least ${MIN_BYTES} bytes: leave it out, and one is made`;
  if (isStandard ? bytes.length > MAX_BYTES : bytes.length > MAX_OWN_LENGTH) return `must have at most ${isStandard ? MAX_BYTES : MAX_OWN_LENGTH} bytes`;
  if (new Set(bytes).size < MIN_DIFFERENT) return 'is too easy to guess: leave it out, and one is made';
  return undefined;
}

/** After a rotation the secret before signs along for so long. */
export const OVERLAP_MS = 86_400_000;
/** More would not be read by those who verify. */
export const MOST_SECRETS = 8;

/** Those that sign now: all but what has ended. */
export function inForce(secrets: readonly EndpointSecret[], nowMs: number): EndpointSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > nowMs);
}

/** The list with a new secret in front; those before it end after the overlap. */
export function rotated(secrets: readonly EndpointSecret[], given: Pick<EndpointSecret, 'kind' | 'secret'>, nowMs: number): EndpointSecret[] {
  const ends = new Date(nowMs + OVERLAP_MS).toISOString();
  const before = inForce(secrets, nowMs).map((one) => ({ ...one, expiresAt: one.expiresAt ?? ends }));
  return [{ ...given, createdAt: new Date(nowMs).toISOString(), expiresAt: null }, ...before];
}
