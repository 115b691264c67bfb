/**
 * The signature of Standard Webhooks, judged over the raw bytes. Pure.
 * Promise: a message counts only when it was signed with one of the secrets and is not older or newer than the tolerance.
 * Two secrets may hold at the same time, so that they can be changed without a gap.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedMessage {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  /** One or more `v1,<base64>`, separated by a space. */
  readonly signature: string | undefined;
  readonly body: Buffer;
}

/** A message may be this old, and this far ahead. */
const TOLERANCE_S = 300;
const MAX_SIGNATURES = 8;
/** Of 32 bytes, in the one way in which base64 writes them. */
const SIGNATURE = /^v1,[A-Za-z0-9+/]{43}=$/;
const MIN_KEY_BYTES = 16;

/** The key of a secret: base64, with or without `whsec_` in front. Throws on anything else. */
export function webhookKey(secret: string): Buffer {
  const text = secret.replace(/^whsec_/, '');
  const key = Buffer.from(text, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || key.length < MIN_KEY_BYTES) throw new Error(`A webhook secret is whsec_ followed by at least ${MIN_KEY_BYTES} bytes in base64.`);
  return key;
}

/** True when the message was signed with one of the keys within the tolerance around `nowMs`. */
export function isSigned({ id, timestamp, signature, body }: SignedMessage, keys: readonly Buffer[], nowMs: number): boolean {
  if (!id || timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Number(timestamp) - Math.floor(nowMs / 1_000)) > TOLERANCE_S) return false;
  const given = signature.split(' ').slice(0, MAX_SIGNATURES).filter((one) => SIGNATURE.test(one)).map((one) => Buffer.from(one.slice(3), 'base64'));
  const expected = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest());
  // Every pair is compared, so that time tells nothing.
  const matches = given.flatMap((one) => expected.map((other) => one.length === other.length && timingSafeEqual(one, other)));
  return matches.includes(true);
}
