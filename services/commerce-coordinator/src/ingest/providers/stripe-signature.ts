/**
 * The signature of Stripe, judged over the raw bytes: `Stripe-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256 over {t}.{body}>`. Pure.
 * Promise: two secrets may hold at once, so that they can be changed without a gap. Refuses: a message that is older or newer than the
 * tolerance, more than one time, and more signatures than anybody needs.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_S = 300;
const MAX_SIGNATURES = 10;
const MAX_HEADER = 2_048;
const DIGEST_BYTES = 32;

/** `secrets` are used as they are written, `whsec_` included. */
export function isSignedByStripe(header: string | undefined, body: Buffer, secrets: readonly string[], nowMs: number): boolean {
  if (header === undefined || header.length > MAX_HEADER) return false;
  const parts = header.split(',').map((part) => part.split('='));
  const times = parts.filter(([name]) => name === 't').map(([, value = '']) => value);
  const [time = ''] = times;
  if (times.length !== 1 || !/^\d{1,12}$/.test(time) || Math.abs(Number(time) - Math.floor(nowMs / 1_000)) > TOLERANCE_S) return false;
  const signatures = parts.filter(([name, value = '']) => name === 'v1' && /^[0-9a-f]{64}$/.test(value)).map(([, value = '']) => Buffer.from(value, 'hex'));
  if (signatures.length > MAX_SIGNATURES) return false;
  const expected = secrets.map((secret) => createHmac('sha256', secret).update(`${time}.`).update(body).digest());
  // Every pair is compared, so that time tells nothing.
  const matches = signatures.flatMap((given) => expected.map((other) => given.length === DIGEST_BYTES && timingSafeEqual(given, other)));
  return matches.includes(true);
}
