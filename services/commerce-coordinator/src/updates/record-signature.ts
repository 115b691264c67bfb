/**
 * The proof that a record of updates was written by the ingest: who may write to the topic may not, by that alone, say what was paid.
 *
 * Promise: a signature is over all that is acted on, that is topic, key, value, flow and time, so that none of them can be another's;
 * comparing takes the same time whatever is wrong. A record that is sent again as it is, out of the dead letters or by somebody who has
 * read it, is signed still: it is the same update, which counts once.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The keys of a configuration: the first signs, each of them opens. */
export type RecordKeys = readonly [Buffer, ...Buffer[]];

/** What is signed. */
export interface SignedRecord {
  /** With its prefix: a record of one deployment is none of another. */
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly correlationId: string;
}

export const SIGNATURE_HEADER = 'update-signature';
/** Unix time in ms. */
export const SIGNED_AT_HEADER = 'update-signed-at';

const LEAST_KEY_BYTES = 32;
const SCHEME = 'v1,';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const TIME = /^\d{1,15}$/;

/** Keys as they stand in the configuration, base64, the present one first. Throws when one is no key, or the present one is missing. */
export function recordKeys(present: string | undefined, before: string | undefined): RecordKeys {
  if (present === undefined) throw new Error('UPDATES_KEY is missing: with WEBHOOK_MODE=kafka it signs what the ingest writes, the same on both sides.');
  const first = keyOf('UPDATES_KEY', present);
  return before === undefined ? [first] : [first, keyOf('UPDATES_KEY_BEFORE', before)];
}

/** The headers that prove a record. */
export function signatureHeaders([key]: RecordKeys, record: SignedRecord, nowMs: number): Readonly<Record<string, string>> {
  const at = String(nowMs);
  return { [SIGNED_AT_HEADER]: at, [SIGNATURE_HEADER]: `${SCHEME}${digestOf(key, record, at).toString('base64')}` };
}

/** `unsigned`: it has no signature of this form. `wrong_signature`: none of the keys has made it for this record. */
export function judgeSignature(keys: RecordKeys, record: SignedRecord, headers: ReadonlyMap<string, string>): 'signed' | 'unsigned' | 'wrong_signature' {
  const [signature, at] = [headers.get(SIGNATURE_HEADER), headers.get(SIGNED_AT_HEADER)];
  if (signature === undefined || at === undefined || !signature.startsWith(SCHEME) || !TIME.test(at)) return 'unsigned';
  const given = Buffer.from(signature.slice(SCHEME.length), 'base64');
  // All keys are tried, so that the time tells nothing of which.
  const fitting = keys.filter((key) => {
    const digest = digestOf(key, record, at);
    return given.length === digest.length && timingSafeEqual(given, digest);
  });
  return fitting.length > 0 ? 'signed' : 'wrong_signature';
}

/** Each part with its length before it: no part can lend bytes to its neighbour. */
function digestOf(key: Buffer, { topic, key: recordKey, value, correlationId }: SignedRecord, at: string): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of [Buffer.from(topic), Buffer.from(recordKey), value, Buffer.from(correlationId), Buffer.from(at)]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    hmac.update(length).update(part);
  }
  return hmac.digest();
}

function keyOf(name: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (!BASE64.test(text) || bytes.length < LEAST_KEY_BYTES) throw new Error(`${name} must be the base64 of at least ${LEAST_KEY_BYTES} bytes.`);
  return bytes;
}
