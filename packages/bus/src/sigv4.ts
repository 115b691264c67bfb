/**
 * AWS Signature Version 4 for a POST to `/` without a query: all that JSON services need. Pure but for a cache of signing
 * keys, which are valid for a day.
 */
import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, hash } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface ToSign {
  /** Lower-case names, sorted; `host` is one of them. Date, token and signature are added here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly region: string;
  readonly service: string;
  readonly credentials: Credentials;
  /** Unix milliseconds. */
  readonly timeMs: number;
}

/** All headers of the signed request, `authorization` among them. */
export function signedHeaders({ headers, body, region, service, credentials, timeMs }: ToSign): Record<string, string> {
  const date = amzDate(timeMs);
  const token = credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken };
  const all: Record<string, string> = { ...headers, 'x-amz-date': date, ...token };
  const names = Object.keys(all).sort();
  const list = names.join(';');
  const canonical = `POST\n/\n\n${names.map((name) => `${name}:${all[name]}\n`).join('')}\n${list}\n${hash('sha256', body, 'hex')}`;
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signature = hmac(signingKey(credentials.secretAccessKey, date.slice(0, 8), region, service), `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical, 'hex')}`).toString('hex');
  all['authorization'] = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`;
  return all;
}

/** `20150830T123600Z`. */
function amzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d+/g, '');
}

let cached: { readonly secret: string; readonly scope: string; readonly key: KeyObject } | undefined;

function signingKey(secret: string, day: string, region: string, service: string): KeyObject {
  const scope = `${day}/${region}/${service}`;
  if (cached?.scope !== scope || cached.secret !== secret) {
    cached = { secret, scope, key: createSecretKey(hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request')) };
  }
  return cached.key;
}

function hmac(key: string | Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
