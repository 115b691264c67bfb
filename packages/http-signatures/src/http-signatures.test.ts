import { constants, createPublicKey, createSecretKey, generateKeyPairSync, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signatureBase, signatureParams } from './base.ts';
import { checkContentDigest, contentDigest } from './digest.ts';
import { SignatureFault } from './fault.ts';
import { ed25519PrivateKey, ed25519PublicKey, secretKey } from './keys.ts';
import type { SigningKey, VerifyingKey } from './keys.ts';
import type { Message } from './message.ts';
import { signBase, signRequest } from './sign.ts';
import { readSignedRequest } from './signed-request.ts';
import { parseSignatures, verifySignature } from './verify.ts';

interface Request { readonly method?: string; readonly url?: string; readonly status?: number; readonly headers: readonly (readonly [string, string])[]; readonly body?: string }

interface Vectors {
  readonly keys: Record<string, JsonWebKey & { k_base64?: string }>;
  readonly vectors: readonly {
    readonly section: string; readonly alg: string; readonly keyid: string; readonly signatureBase: string;
    readonly signatureInput: string; readonly signature: string; readonly deterministic: boolean;
    readonly message: Request;
  }[];
  readonly b4Transformations: {
    readonly signatureInput: string; readonly signature: string;
    readonly cases: readonly { readonly name: string; readonly valid: boolean; readonly message: Request; readonly signatureBase: string }[];
  };
}

const { keys, vectors, b4Transformations } = JSON.parse(readFileSync(join(import.meta.dirname, 'rfc9421-vectors.json'), 'utf8')) as Vectors;
const jwk = (name: string): JsonWebKey => keys[name] as JsonWebKey;
const SECRET = createSecretKey(Buffer.from(keys['test-shared-secret']?.k_base64 ?? '', 'base64'));
const ED25519: SigningKey = { keyid: 'test-key-ed25519', alg: 'ed25519', privateKey: ed25519PrivateKey(jwk('test-key-ed25519').d ?? '') };
const HMAC: SigningKey = { keyid: 'test-shared-secret', alg: 'hmac-sha256', secret: SECRET };
const HMAC_CHECK: VerifyingKey = { alg: 'hmac-sha256', secret: SECRET };
const ED25519_CHECK: VerifyingKey = { alg: 'ed25519', publicKey: ed25519PublicKey(jwk('test-key-ed25519').x ?? '') };

/** The algorithms that are only in the RFC, over the same base as ours. */
function verifyAny(alg: string, keyid: string, base: string, signature: Buffer): boolean {
  if (alg === 'hmac-sha256') return verifySignature(base, signature, HMAC_CHECK);
  if (alg === 'ed25519') return verifySignature(base, signature, ED25519_CHECK);
  const key = createPublicKey({ key: jwk(keyid), format: 'jwk' });
  const how = alg === 'rsa-pss-sha512' ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 } : { key, dsaEncoding: 'ieee-p1363' as const };
  return verify(alg === 'rsa-pss-sha512' ? 'sha512' : 'sha256', Buffer.from(base), how, signature);
}

describe.each(vectors.map((vector) => [vector.section, vector] as const))('The test case %s of RFC 9421', (_section, vector) => {
  const { method, url, status, headers, body } = vector.message;
  const message: Message = { method, url, status, headers: [...headers.flat(), 'Signature-Input', vector.signatureInput, 'Signature', vector.signature] };

  it('has the base, and the signature, that the RFC says', () => {
    const [received] = parseSignatures(message.headers);
    const base = signatureBase(message, received!.components, received!.params);
    expect(base).toBe(vector.signatureBase);
    expect(verifyAny(vector.alg, vector.keyid, base, received!.signature)).toBe(true);
    expect(verifyAny(vector.alg, vector.keyid, `${base} `, received!.signature)).toBe(false);
    if (vector.deterministic) expect(signBase(base, vector.alg === 'ed25519' ? ED25519 : HMAC)).toEqual(received!.signature);
  });

  it('has a digest that is that of its body', () => {
    const digest = headers.find(([name]) => name === 'Content-Digest')?.[1];
    if (digest === undefined) return;
    checkContentDigest(digest, body ?? '');
    expect(contentDigest(body ?? '', 'sha-512')).toBe(digest);
  });
});

it.each(b4Transformations.cases.map((one) => [one.name, one] as const))('The signed message of section B.4 with %s is judged as the RFC says', (_name, { valid, message, signatureBase: expected }) => {
  const [received] = parseSignatures(['signature-input', b4Transformations.signatureInput, 'signature', b4Transformations.signature]);
  const base = signatureBase({ ...message, headers: message.headers.flat() }, received!.components, received!.params);
  expect(base).toBe(expected);
  expect(verifySignature(base, received!.signature, ED25519_CHECK)).toBe(valid);
});

describe('The base', () => {
  const params = new Map([['created', 1]]);
  const base = (message: Message, ...names: string[]): string => signatureBase(message, names.map((name) => ({ name })), params);
  const valueOf = (url: string, name: string): string | undefined => /^"[^"]*": (.*)$/m.exec(base({ method: 'GET', url, headers: [] }, name))?.[1];

  it.each([
    ['https://Example.com:443/a/../b?x=1', '@target-uri', 'https://example.com/a/../b?x=1'],
    ['https://Example.com:443/a/../b?x=1', '@authority', 'example.com'],
    ['http://example.com:8080', '@authority', 'example.com:8080'],
    ['http://example.com:8080', '@path', '/'],
    ['http://example.com:8080', '@target-uri', 'http://example.com:8080/'],
    ['HTTP://example.com/', '@scheme', 'http'],
    ['https://example.com/p%61th', '@path', '/p%61th'],
    ['https://example.com/path', '@query', '?'],
    ['https://example.com/path?', '@query', '?'],
    ['https://example.com/path?a=%20+b', '@query', '?a=%20+b'],
    ['https://example.com/path?a=b', '@request-target', '/path?a=b'],
  ])('of %s has %s as %s', (url, name, value) => {
    expect(valueOf(url, name)).toBe(value);
  });

  it('has query parameters in their one spelling, and none that stands twice', () => {
    const query = (url: string, queryParam: string): string => signatureBase({ url, headers: [] }, [{ name: '@query-param', queryParam }], params);
    const url = 'https://www.example.com/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&a=1&a=2';
    expect(query(url, 'var')).toContain('"@query-param";name="var": this%20is%20a%20big%0Amultiline%20value\n');
    expect(query(url, 'bar')).toContain('"@query-param";name="bar": with%20plus%20whitespace\n');
    expect(query(url, 'fa%C3%A7ade%22%3A%20')).toContain('"@query-param";name="fa%C3%A7ade%22%3A%20": something\n');
    expect(() => query(url, 'a')).toThrow('The message has no @query-param.');
    expect(() => query(url, 'none')).toThrow(SignatureFault);
  });

  it('joins the lines of a header that stands more than once, and folds none of them away', () => {
    expect(base({ headers: ['Accept', ' a ', 'X', 'y', 'accept', 'b,\tc\t', 'ACCEPT', ''] }, 'accept', 'x')).toMatch(/^"accept": a, b,\tc, \n"x": y\n/);
  });

  it.each<[string, Message, string[]]>([
    ['a component that is not there', { headers: [] }, ['content-type']],
    ['a component twice', { method: 'GET', headers: [] }, ['@method', '@method']],
    ['a name in capitals', { headers: ['Content-Type', 'x'] }, ['Content-Type']],
    ['a derived component nobody knows', { method: 'GET', url: 'http://a/', headers: [] }, ['@constructor']],
    ['its own parameters', { method: 'GET', url: 'http://a/', headers: [] }, ['@signature-params']],
    ['the status of a request', { method: 'GET', url: 'http://a/', headers: [] }, ['@status']],
    ['a line break', { headers: ['a', 'b\n"@method": GET'] }, ['a']],
    ['what is not ASCII', { headers: ['a', 'é'] }, ['a']],
    ['a target with user information', { url: 'http://a@b/', headers: [] }, ['@path']],
    ['a target that is not absolute', { url: '/path', headers: [] }, ['@path']],
  ])('refuses %s', (_what, message, names) => {
    expect(() => base(message, ...names)).toThrow(SignatureFault);
  });
});

describe('A digest', () => {
  it('is about the bytes, with every algorithm that is known', () => {
    const body = Buffer.from([0, 255, 10]);
    checkContentDigest(`${contentDigest(body)}, ${contentDigest(body, 'sha-512')}, unixsum=1`, body);
    expect(() => checkContentDigest(`${contentDigest(body)}, ${contentDigest('x', 'sha-512')}`, body)).toThrow('not that of the body');
    expect(() => checkContentDigest(contentDigest(body), Buffer.from([0, 255, 11]))).toThrow('not that of the body');
  });

  it.each(['', 'md5=:AAAA:', 'sha-256', 'sha-256=:AAAA:', 'sha-256="x"', '§', `sha-256=:${'A'.repeat(3_000)}:`, 'sha-256=:AAAA'])('is refused when it is wrong (%#)', (header) => {
    expect(() => checkContentDigest(header, 'x')).toThrow(SignatureFault);
  });
});

describe('Keys', () => {
  const bytes = (length: number, encoding: 'base64' | 'base64url' = 'base64'): string => Buffer.alloc(length, 251).toString(encoding);

  it('come from base64, base64url and PEM', () => {
    expect(secretKey(bytes(32)).symmetricKeySize).toBe(32);
    expect(secretKey(bytes(128, 'base64url')).export()).toEqual(Buffer.alloc(128, 251));
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = (key: KeyObject, half: 'x' | 'd'): string => key.export({ format: 'jwk' })[half] ?? '';
    for (const text of [raw(publicKey, 'x'), publicKey.export({ format: 'pem', type: 'spki' }) as string]) expect(ed25519PublicKey(text).equals(publicKey)).toBe(true);
    for (const text of [raw(privateKey, 'd'), privateKey.export({ format: 'pem', type: 'pkcs8' }) as string]) expect(ed25519PrivateKey(text).equals(privateKey)).toBe(true);
  });

  it('are refused when they are too short, too long, of another kind, or no key at all, and the fault does not show them', () => {
    for (const text of [bytes(31), bytes(129), 'not base64 !', '', `${bytes(32, 'base64url')}+`]) expect(() => secretKey(text)).toThrow(SignatureFault);
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const other = publicKey.export({ format: 'pem', type: 'spki' }) as string;
    for (const text of [bytes(31), bytes(33), other, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'nonsense']) expect(() => ed25519PublicKey(text)).toThrow(/^An Ed25519 public key is base64 of its 32 bytes, or PEM\.$/);
    for (const text of [bytes(31), privateKey.export({ format: 'pem', type: 'pkcs8' }) as string, 'nonsense']) expect(() => ed25519PrivateKey(text)).toThrow(/^An Ed25519 private key is/);
  });

  it('verify only their own kind of signature', () => {
    expect(verifySignature('base', signBase('base', HMAC), HMAC_CHECK)).toBe(true);
    expect(verifySignature('base', signBase('base', HMAC), ED25519_CHECK)).toBe(false);
    expect(verifySignature('base', signBase('base', ED25519), HMAC_CHECK)).toBe(false);
    expect(verifySignature('base', Buffer.alloc(0), HMAC_CHECK)).toBe(false);
  });
});

describe('Reading signature headers', () => {
  const signature = ':AAAA:';

  it('finds none where there is none', () => {
    expect(parseSignatures(['host', 'a'])).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['one header without the other', ['signature', `a=${signature}`]],
    ['the other without the one', ['signature-input', 'a=()']],
    ['other labels', ['signature', `a=${signature}`, 'signature-input', 'b=()']],
    ['a signature too many', ['signature', `a=${signature}, b=${signature}`, 'signature-input', 'a=()']],
    ['what is no dictionary', ['signature', '(', 'signature-input', 'a=()']],
    ['components that are no list', ['signature', `a=${signature}`, 'signature-input', 'a="@method"']],
    ['a component that is no string', ['signature', `a=${signature}`, 'signature-input', 'a=(date)']],
    ['a parameter of a component that is not supported', ['signature', `a=${signature}`, 'signature-input', 'a=("date";sf)']],
    ['a signature that is no bytes', ['signature', 'a="AAAA"', 'signature-input', 'a=()']],
    ['bytes in another spelling', ['signature', 'a=:AB==:', 'signature-input', 'a=()']],
    ['eleven signatures', ['signature', names(11, signature), 'signature-input', names(11, '()')]],
    ['a long header', ['signature', `a=${signature}`, 'signature-input', `a=("${'x'.repeat(8_192)}")`]],
  ])('refuses %s', (_what, headers) => {
    expect(() => parseSignatures(headers)).toThrow(SignatureFault);
  });

  it('takes ten, over several lines', () => {
    const lines = Array.from({ length: 10 }, (_, index) => ['Signature', `s${index}=${signature}`, 'Signature-Input', `s${index}=()`]);
    expect(parseSignatures(lines.flat()).map(({ label }) => label)).toEqual(Array.from({ length: 10 }, (_, index) => `s${index}`));
  });

  it('gives signatures or a fault whatever it is given', () => {
    const part = fc.constantFrom('a=', 'b', '(', ')', '"@method"', ';', ',', ' ', ':AAAA:', ':', '=', '1', '-', '"', '\\', '@1', '?1', '%"%41"', 'created', 'é', '*');
    const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(fc.property(text, text, (input, value) => {
      try {
        parseSignatures(['signature-input', input, 'signature', value]);
      } catch (error) {
        expect(error).toBeInstanceOf(SignatureFault);
      }
    }), { numRuns: 500 });
  });
});

function names(count: number, value: string): string {
  return Array.from({ length: count }, (_, index) => `s${index}=${value}`).join(', ');
}

describe('A signed request', () => {
  const NOW_S = 1_795_000_000;
  const url = 'http://127.0.0.1:3001/v1/fulfillments?dry=1';
  const body = '{"orderId":"order-1"}';
  const given = { method: 'POST', url, headers: ['content-type', 'application/json', 'idempotency-key', 'key-1'], body, created: NOW_S, expires: NOW_S + 300, nonce: 'n'.repeat(16) };

  const putIn = ['idempotency-key', 'key-1', ...signRequest({ ...given, method: 'GET', headers: [], body: null, key: HMAC })];

  interface Changes { readonly sign?: object; readonly send?: object; readonly drop?: string; readonly nowS?: number }

  function read({ sign = {}, send = {}, drop, nowS = NOW_S }: Changes = {}, key: SigningKey = HMAC): ReturnType<typeof readSignedRequest> {
    const toSign = { ...given, key, ...sign } as Parameters<typeof signRequest>[0];
    const headers = [...toSign.headers, ...signRequest(toSign)];
    const at = drop === undefined ? -1 : headers.indexOf(drop);
    if (at >= 0) headers.splice(at, 2);
    const rawBody = toSign.body === null ? null : Buffer.from(toSign.body);
    return readSignedRequest({ method: toSign.method, url: toSign.url, headers, rawBody, ...send }, { nowS });
  }

  it.each([['hmac-sha256', HMAC, HMAC_CHECK, ED25519_CHECK], ['ed25519', ED25519, ED25519_CHECK, HMAC_CHECK]] as const)(
    'with %s is that of its key, and of no other', (_alg, key, check, other) => {
      const signed = read({}, key);
      expect(signed).toMatchObject({ keyid: key.keyid, nonce: given.nonce, created: NOW_S, expires: NOW_S + 300 });
      expect(signed.isBy(check)).toBe(true);
      expect(signed.isBy(other)).toBe(false);
      expect(signed.isBy(check.alg === 'ed25519' ? { alg: 'ed25519', publicKey: generateKeyPairSync('ed25519').publicKey } : { alg: 'hmac-sha256', secret: secretKey(Buffer.alloc(32).toString('base64')) })).toBe(false);
    });

  it('may do without a body, and may cover path and query instead of the target, and more', () => {
    expect(read({ sign: { method: 'GET', headers: [], body: null } }).isBy(HMAC_CHECK)).toBe(true);
    expect(read({ sign: { components: ['@method', '@path', '@query', 'content-type', 'content-digest', 'idempotency-key'] } }).isBy(HMAC_CHECK)).toBe(true);
    expect(read({ sign: { headers: [...given.headers, 'content-digest', contentDigest(body, 'sha-512')] } }).isBy(HMAC_CHECK)).toBe(true);
  });

  it.each<[string, Changes, string]>([
    ['no signature', { send: { headers: [] } }, 'has no signature'],
    ['no method', { sign: { components: ['@target-uri', 'content-type', 'content-digest'] } }, 'cover @method'],
    ['no target', { sign: { components: ['@method', 'content-type', 'content-digest'] } }, 'cover @target-uri'],
    ['a path without its query', { sign: { components: ['@method', '@path', 'content-type', 'content-digest'] } }, 'cover @target-uri'],
    ['no type', { sign: { components: ['@method', '@target-uri', 'content-digest', 'idempotency-key'] } }, 'cover content-type'],
    ['no digest', { sign: { components: ['@method', '@target-uri', 'content-type', 'idempotency-key'] } }, 'cover content-digest'],
    ['no key of idempotency, though there is one', { sign: { components: ['@method', '@target-uri', 'content-type', 'content-digest'] } }, 'cover idempotency-key'],
    ['a key of idempotency that was put in afterwards', { sign: { method: 'GET', headers: [], body: null }, send: { headers: putIn } }, 'cover idempotency-key'],
    ['a body that nobody signed', { sign: { method: 'GET', headers: [], body: null }, send: { rawBody: Buffer.from('x') } }, 'cover content-type'],
    ['another body', { send: { rawBody: Buffer.from(body.replace('1', '2')) } }, 'not that of the body'],
    ['the body taken out', { send: { rawBody: null } }, 'not that of the body'],
    ['a covered header taken out', { drop: 'content-type' }, 'has no content-type'],
    ['created too long ago', { nowS: NOW_S + 301 }, 'away from now'],
    ['created in the future', { nowS: NOW_S - 301 }, 'away from now'],
    ['a life that is over', { sign: { expires: NOW_S + 60 }, nowS: NOW_S + 60 }, 'expired'],
    ['a long life', { sign: { expires: NOW_S + 301 } }, 'expire within 300 s'],
    ['an end before its beginning', { sign: { expires: NOW_S } }, 'expire within'],
    ['half seconds', { sign: { created: NOW_S + 0.5 } }, 'whole seconds'],
    ['a short nonce', { sign: { nonce: 'n'.repeat(15) } }, 'nonce'],
    ['a long nonce', { sign: { nonce: 'n'.repeat(129) } }, 'nonce'],
    ['a nonce with a space', { sign: { nonce: `${'n'.repeat(16)} n` } }, 'nonce'],
  ])('is refused with %s', (_what, changes, message) => {
    expect(() => read(changes)).toThrow(message);
    expect(() => read(changes)).toThrow(SignatureFault);
  });

  it('may be judged before its body has come, which must be covered all the same', () => {
    expect(read({ send: { rawBody: 'to come' } }).isBy(HMAC_CHECK)).toBe(true);
    expect(() => read({ sign: { components: ['@method', '@target-uri', 'content-type', 'idempotency-key'] }, send: { rawBody: 'to come' } })).toThrow('cover content-digest');
    expect(() => read({ sign: { components: ['@method', '@target-uri', 'content-digest', 'idempotency-key'] }, send: { rawBody: 'to come' } })).toThrow('cover content-type');
  });

  it('is not that of a key when it says that it was made with another algorithm', () => {
    const components = ['@method', '@target-uri'].map((name) => ({ name }));
    const isBy = (alg: string): boolean => {
      const params = new Map<string, string | number>([['created', NOW_S], ['expires', NOW_S + 60], ['nonce', given.nonce], ['keyid', 'a'], ['alg', alg]]);
      const signature = signBase(signatureBase({ method: 'GET', url, headers: [] }, components, params), HMAC).toString('base64');
      const headers = ['signature-input', `a=${signatureParams(components, params)}`, 'signature', `a=:${signature}:`];
      return readSignedRequest({ method: 'GET', url, headers, rawBody: null }, { nowS: NOW_S }).isBy(HMAC_CHECK);
    };
    expect([isBy('hmac-sha256'), isBy('ed25519'), isBy('none')]).toEqual([true, false, false]);
  });

  it('is refused with two signatures', () => {
    const once = signRequest({ ...given, key: HMAC });
    const again = once.map((text) => text.replace(/^sig1=/, 'sig2='));
    expect(() => read({ send: { headers: [...given.headers, ...once, ...again.slice(2)] } })).toThrow('more than one');
  });

  it('is not genuine when method, target or a covered header was changed, or its alg is another', () => {
    const headers = [...given.headers, ...signRequest({ ...given, key: HMAC, components: ['@method', '@target-uri', 'content-type', 'content-digest', 'idempotency-key'] })];
    const isBy = (send: object): boolean => readSignedRequest({ method: 'POST', url, headers, rawBody: Buffer.from(body), ...send }, { nowS: NOW_S }).isBy(HMAC_CHECK);
    expect(isBy({})).toBe(true);
    expect(isBy({ method: 'PUT' })).toBe(false);
    expect(isBy({ url: url.replace('dry=1', 'dry=0') })).toBe(false);
    expect(isBy({ url: url.replace('3001', '3002') })).toBe(false);
    expect(isBy({ headers: headers.map((text) => (text === 'key-1' ? 'key-2' : text)) })).toBe(false);
    expect(isBy({ headers: headers.map((text) => text.replace(`expires=${NOW_S + 300}`, `expires=${NOW_S + 299}`)) })).toBe(false);
    expect(isBy({ headers: headers.map((text) => text.replace('alg="hmac-sha256"', 'alg="ed25519"')) })).toBe(false);
  });
});
