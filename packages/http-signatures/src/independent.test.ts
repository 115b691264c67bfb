/** Somebody else's implementation of RFC 9421 signs, and ours verifies; and the other way round. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createSigner, createVerifier, httpbis } from 'http-message-signatures';
import { SignatureFault } from './fault.ts';
import { secretKey } from './keys.ts';
import type { SigningKey, VerifyingKey } from './keys.ts';
import { signRequest } from './sign.ts';
import { readSignedRequest } from './signed-request.ts';

const NOW_S = 1_795_000_000;
const BASE = 'http://of.example:3001';
const SECRET = randomBytes(32);
const { privateKey } = generateKeyPairSync('ed25519');

interface Kind {
  readonly alg: 'hmac-sha256' | 'ed25519';
  readonly raw: Buffer | KeyObject;
  readonly sign: SigningKey;
  readonly verify: VerifyingKey;
}

const secret = secretKey(SECRET.toString('base64'));
const KINDS: Kind[] = [
  { alg: 'hmac-sha256', raw: SECRET, sign: { keyid: 'acme-1', alg: 'hmac-sha256', secret }, verify: { alg: 'hmac-sha256', secret } },
  { alg: 'ed25519', raw: privateKey, sign: { keyid: 'acme-1', alg: 'ed25519', privateKey }, verify: { alg: 'ed25519', publicKey: createPublicKey(privateKey) } },
];

/** A request as it is on the wire: parts that can be changed one by one. */
interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BODY = '{"orderId":"order-1","lines":[{"lineId":"1"}]}';
const HEADERS = {
  'content-type': 'application/json', 'content-digest': `sha-512=:${createHash('sha512').update(BODY).digest('base64')}:`, 'idempotency-key': 'order-1/fulfillment',
};
const FIELDS = [['@method', '@target-uri'], ['@method', '@path', '@query', '@authority']].map((fields) => [...fields, 'content-type', 'content-digest', 'idempotency-key']);

async function signedByOther({ alg, raw }: Kind, fields: string[]): Promise<Sent> {
  const target = '/v1/fulfillments?dry=1&note=a%20b';
  const { headers } = await httpbis.signMessage({
    key: createSigner(raw, alg, 'acme-1'), name: 'other', fields, params: ['keyid', 'alg', 'created', 'expires', 'nonce'],
    paramValues: { created: new Date(NOW_S * 1_000), expires: new Date((NOW_S + 120) * 1_000), nonce: 'b3k2pp5k7z-50gnwp.yemd' },
  }, { method: 'POST', url: BASE + target, headers: HEADERS });
  return { method: 'POST', target, headers: headers as Record<string, string>, body: BODY };
}

/** What a service does with it: false, or a fault, for what is not the client's. */
function accepts({ method, target, headers, body }: Sent, key: VerifyingKey): boolean {
  const request = { method, url: BASE + target, headers: Object.entries(headers).flat(), rawBody: Buffer.from(body, 'latin1') };
  try {
    return readSignedRequest(request, { nowS: NOW_S }).isBy(key);
  } catch (error) {
    if (error instanceof SignatureFault) return false;
    throw error;
  }
}

/** Every text that differs from this one in a single character: the next one, a letter of the other case, a space. */
function* changes(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    const next = String.fromCharCode(char === '~' ? 0x21 : char.charCodeAt(0) + 1);
    const otherCase = char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase();
    for (const other of new Set([next, otherCase, ' '])) if (other !== char) yield text.slice(0, at) + other + text.slice(at + 1);
  }
}

/** Every request that differs from this one in a single character. */
function* changed(sent: Sent): Generator<Sent> {
  for (const part of ['method', 'target', 'body'] as const) for (const text of changes(sent[part])) yield { ...sent, [part]: text };
  for (const [name, value] of Object.entries(sent.headers)) for (const text of changes(value)) yield { ...sent, headers: { ...sent.headers, [name]: text } };
}

describe.each(KINDS.map((kind) => [kind.alg, kind] as const))('A request that another implementation signed with %s', (_alg, kind) => {
  it.each([['the whole target', FIELDS[0]], ['path, query and more', FIELDS[1]]] as const)('covering %s is accepted, and refused after any change of one byte', async (_what, fields) => {
    const sent = await signedByOther(kind, fields as string[]);
    expect(accepts(sent, kind.verify)).toBe(true);
    let count = 0;
    for (const other of changed(sent)) {
      count += 1;
      if (accepts(other, kind.verify)) throw new Error(`Accepted: ${JSON.stringify(other)}`);
    }
    expect(count).toBeGreaterThan(1_000);
  });

  it('is refused with a header, a byte of the body or a character of the target more or less', async () => {
    const sent = await signedByOther(kind, FIELDS[0] as string[]);
    for (const other of [{ body: `${BODY} ` }, { body: BODY.slice(1) }, { body: '' }, { target: `${sent.target}&` }, { target: '/v1/fulfillments' }]) expect(accepts({ ...sent, ...other }, kind.verify)).toBe(false);
    for (const name of Object.keys(sent.headers)) {
      expect(accepts({ ...sent, headers: { ...sent.headers, [name]: `${sent.headers[name]}, x` } }, kind.verify)).toBe(false);
      const { [name]: _gone, ...rest } = sent.headers;
      expect(accepts({ ...sent, headers: rest }, kind.verify)).toBe(false);
    }
  });

  it('is one that the other accepts when we sign it', async () => {
    const headers = Object.entries(HEADERS).flat();
    const added = signRequest({
      method: 'POST', url: `${BASE}/v1/fulfillments?dry=1`, headers, body: BODY, key: kind.sign, created: Math.floor(Date.now() / 1_000), expires: Math.floor(Date.now() / 1_000) + 60, nonce: 'n'.repeat(16),
      components: ['@method', '@target-uri', '@authority', '@path', '@query', 'content-type', 'content-digest', 'idempotency-key'],
    });
    const all = [...headers, ...added];
    const message = { method: 'POST', url: `${BASE}/v1/fulfillments?dry=1`, headers: Object.fromEntries(all.flatMap((name, index) => (index % 2 === 0 ? [[name, all[index + 1] as string]] : []))) };
    const raw = kind.raw instanceof Buffer ? kind.raw : createPublicKey(kind.raw);
    const keyLookup = async (): Promise<{ id: string; verify: ReturnType<typeof createVerifier> }> => ({ id: 'acme-1', verify: createVerifier(raw, kind.alg) });
    await expect(httpbis.verifyMessage({ keyLookup }, message)).resolves.toBe(true);
    await expect(httpbis.verifyMessage({ keyLookup }, { ...message, method: 'PUT' })).resolves.toBe(false);
  });
});
