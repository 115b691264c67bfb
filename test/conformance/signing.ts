/**
 * Signs requests as RFC 9421 says, with every part open to be left out or made wrong: the kit's own, so that a fault shared by a
 * service and its library is seen. Pure: clock and nonce are arguments.
 */
import { createHash, createHmac, createPrivateKey, sign } from 'node:crypto';

/** `secret`: base64 of the shared bytes; `privateKey`: PEM. */
export type SigningKey =
  | { readonly keyid: string; readonly alg: 'hmac-sha256'; readonly secret: string }
  | { readonly keyid: string; readonly alg: 'ed25519'; readonly privateKey: string };

export type Component = '@method' | '@target-uri' | '@path' | '@query' | '@authority' | 'idempotency-key' | 'content-type' | 'content-digest';

export interface ToSign {
  readonly method: string;
  /** Absolute, as the service knows itself. */
  readonly url: string;
  readonly contentType?: string | undefined;
  /** Of the header Idempotency-Key; left out when there is none. */
  readonly idempotencyKey?: string | undefined;
  /** The bytes of the body; left out when there is none. */
  readonly body?: string | undefined;
  readonly key: SigningKey;
  /** Unix seconds. */
  readonly createdS: number | undefined;
  readonly expiresS: number | undefined;
  readonly nonce: string | undefined;
  readonly keyid?: string | undefined;
  readonly alg?: string | undefined;
  /** Default: method, target, the key of idempotency if there is one and, with a body, type and digest. */
  readonly components?: readonly Component[];
}

export const WHOLE: readonly Component[] = ['@method', '@target-uri'];
export const OF_KEY: readonly Component[] = ['idempotency-key'];
export const OF_BODY: readonly Component[] = ['content-type', 'content-digest'];

/** The headers that sign the request: `signature-input`, `signature` and, with a body, `content-digest`. */
export function signatureHeaders(request: ToSign): Record<string, string> {
  const digest = request.body === undefined ? undefined : contentDigest(request.body);
  const components = request.components ?? [...WHOLE, ...(request.idempotencyKey === undefined ? [] : OF_KEY), ...(request.body === undefined ? [] : OF_BODY)];
  const params = `(${components.map((name) => `"${name}"`).join(' ')})${parameters(request)}`;
  const base = [...components.map((name) => `"${name}": ${valueOf(name, request, digest)}`), `"@signature-params": ${params}`].join('\n');
  return { 'signature-input': `sig=${params}`, signature: `sig=:${signed(base, request.key)}:`, ...(digest !== undefined && { 'content-digest': digest }) };
}

/** RFC 9530, SHA-256. */
export function contentDigest(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

function parameters({ createdS, expiresS, nonce, key, keyid = key.keyid, alg }: ToSign): string {
  return [
    createdS === undefined ? '' : `;created=${createdS}`,
    expiresS === undefined ? '' : `;expires=${expiresS}`,
    nonce === undefined ? '' : `;nonce="${nonce}"`,
    `;keyid="${keyid}"`,
    alg === undefined ? '' : `;alg="${alg}"`,
  ].join('');
}

function valueOf(name: Component, { method, url, contentType, idempotencyKey }: ToSign, digest: string | undefined): string {
  const { pathname, search, host, href } = new URL(url);
  switch (name) {
    case '@method':
      return method;
    case '@target-uri':
      return href;
    case '@path':
      return pathname;
    case '@query':
      return search === '' ? '?' : search;
    case '@authority':
      return host;
    case 'idempotency-key':
      return idempotencyKey ?? '';
    case 'content-type':
      return contentType ?? '';
    case 'content-digest':
      return digest ?? '';
  }
}

function signed(base: string, key: SigningKey): string {
  if (key.alg === 'hmac-sha256') return createHmac('sha256', Buffer.from(key.secret, 'base64')).update(base).digest('base64');
  return sign(null, Buffer.from(base), createPrivateKey(key.privateKey)).toString('base64');
}
