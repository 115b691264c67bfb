/**
 * Which part of a webhook's signature is wrong — secret, timestamp or raw body — in words for whoever writes the sending side. For
 * development alone: in production nobody is told. Pure; it says no secret and no right signature.
 */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { webhookKey } from '@commerce/service-kit/webhook-signature';

/** How a provider signs, as far as a wrong signature can be told from a right one. */
interface Scheme {
  /** What the signature is made over, of a body. */
  readonly signed: (body: Buffer) => Buffer;
  readonly timestamp: string;
  /** Signatures as they came, decoded. */
  readonly given: readonly Buffer[];
  readonly keys: readonly Buffer[];
  /** Keys that somebody makes of the secret by mistake, with the mend. */
  readonly mistakenKeys: readonly (readonly [key: Buffer, mend: string])[];
}

const TOLERANCE_S = 300;

/** Why a webhook of this provider is not let in; undefined for a provider that is not known here. */
export function signatureFault(provider: string, { headers, body, secrets, nowMs }: { readonly headers: IncomingHttpHeaders; readonly body: Buffer; readonly secrets: readonly string[]; readonly nowMs: number }): string | undefined {
  const scheme = provider === 'standard' ? standardScheme(headers, secrets) : provider === 'stripe' ? stripeScheme(headers, secrets) : undefined;
  if (scheme === undefined || typeof scheme === 'string') return scheme;
  return timestampFault(scheme.timestamp, nowMs) ?? bodyFault(scheme, body) ?? secretFault(scheme, body) ?? `Secret or raw body: no secret of this provider gives this signature over these ${body.length} bytes, though the timestamp is good. Sign with the secret of this endpoint, over exactly the bytes that are sent.`;
}

/** The scheme, or what is missing of it. */
function standardScheme(headers: IncomingHttpHeaders, secrets: readonly string[]): Scheme | string {
  const missing = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].filter((name) => typeof headers[name] !== 'string' || headers[name] === '');
  if (missing.length > 0) return `Headers: ${missing.join(', ')} must come, once each.`;
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => String(headers[name])) as [string, string, string];
  const values = signature.split(' ').filter((one) => one.startsWith('v1,')).map((one) => one.slice(3));
  if (values.length === 0) return 'Headers: webhook-signature must be "v1," and the base64 of the HMAC-SHA256.';
  if (values.every((value) => /^[0-9a-f]{64}$/i.test(value))) return 'Headers: webhook-signature is hexadecimal: it must be the base64 of the 32 bytes, after "v1,".';
  return {
    timestamp, given: values.map((value) => Buffer.from(value, 'base64')), keys: secrets.map(webhookKey),
    signed: (body) => Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]),
    mistakenKeys: secrets.flatMap((secret) => [
      [Buffer.from(secret), 'the key is the base64 behind "whsec_", decoded; it was signed with the text of the secret'],
      [Buffer.from(secret.replace(/^whsec_/, '')), 'the key is the base64 behind "whsec_", decoded; it was signed with the base64 itself'],
    ] as const),
  };
}

function stripeScheme(headers: IncomingHttpHeaders, secrets: readonly string[]): Scheme | string {
  const header = headers['stripe-signature'];
  if (typeof header !== 'string' || header === '') return 'Headers: stripe-signature must come, once.';
  const parts = header.split(',').map((part) => part.trim().split('='));
  const of = (wanted: string): string[] => parts.flatMap(([name, value = '']) => (name === wanted ? [value] : []));
  const [timestamp] = of('t');
  if (timestamp === undefined || of('v1').length === 0) return 'Headers: stripe-signature must have t=<unix seconds> and v1=<hexadecimal HMAC-SHA256>, with a comma between them.';
  return {
    timestamp, given: of('v1').map((value) => Buffer.from(value, 'hex')), keys: secrets.map((secret) => Buffer.from(secret)),
    signed: (body) => Buffer.concat([Buffer.from(`${timestamp}.`), body]),
    mistakenKeys: secrets.map((secret) => [Buffer.from(secret.replace(/^whsec_/, ''), 'base64'), 'the key is the text of the secret as it is written; it was signed with its decoded base64'] as const),
  };
}

function timestampFault(timestamp: string, nowMs: number): string | undefined {
  if (!/^\d+$/.test(timestamp)) return 'Timestamp: it must be Unix seconds, digits alone.';
  if (/^\d{13}$/.test(timestamp)) return 'Timestamp: it is in milliseconds: send, and sign, Unix seconds.';
  const ageS = Math.floor(nowMs / 1_000) - Number(timestamp);
  if (Math.abs(ageS) <= TOLERANCE_S) return undefined;
  return `Timestamp: it is ${Math.abs(ageS)} s ${ageS > 0 ? 'old' : 'ahead'} by the clock here, and may be ${TOLERANCE_S} s: sign anew for each attempt, and set the clock of the sender.`;
}

/** The right secret over something else than the bytes that came. */
function bodyFault(scheme: Scheme, body: Buffer): string | undefined {
  const text = body.toString('utf8');
  const forms: readonly (readonly [string, Buffer | undefined])[] = [
    ['the JSON without spaces', reformed(text, 0)], ['the JSON with two spaces of indentation', reformed(text, 2)], ['the JSON with four spaces of indentation', reformed(text, 4)],
    ['the body without the newline at its end', Buffer.from(text.replace(/\r?\n$/, ''))], ['the body with a newline at its end', Buffer.from(`${text}\n`)], ['an empty body', Buffer.alloc(0)],
  ];
  const found = forms.find(([, form]) => form !== undefined && !form.equals(body) && isBy(scheme, scheme.keys, scheme.signed(form)));
  if (found !== undefined) return `Raw body: the secret is right, but ${found[0]} was signed, and other bytes were sent. Make the text once, sign it, and send those very bytes.`;
  return isBy(scheme, scheme.keys, body) ? 'Raw body: the secret is right, but the body alone was signed: the timestamp, and what else the provider has before it, belong in front of it, with points between.' : undefined;
}

function secretFault(scheme: Scheme, body: Buffer): string | undefined {
  const mistaken = scheme.mistakenKeys.find(([key]) => isBy(scheme, [key], scheme.signed(body)));
  return mistaken === undefined ? undefined : `Secret: it is the right one, used wrongly: ${mistaken[1]}.`;
}

function isBy({ given }: Scheme, keys: readonly Buffer[], signed: Buffer): boolean {
  const expected = keys.map((key) => createHmac('sha256', key).update(signed).digest());
  return given.some((one) => expected.some((other) => other.equals(one)));
}

function reformed(text: string, spaces: number): Buffer | undefined {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(text), null, spaces));
  } catch {
    return undefined;
  }
}
