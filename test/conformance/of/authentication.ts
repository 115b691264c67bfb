/** Promises of who may call: a token or a signature, and nothing else. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Answer } from '../exchange.http.ts';
import { NOBODY, newNonce, tokenOf, unixSeconds, withSignature, withToken } from '../credentials.http.ts';
import type { Credential, OAuthClient, Signer, Twist } from '../credentials.http.ts';
import { NotJudged, must } from '../promise.ts';
import type { Promised } from '../promise.ts';
import { contentDigest, signatureHeaders } from '../signing.ts';
import type { SigningKey } from '../signing.ts';
import { said, shown } from './bench.ts';
import type { OfBench } from './bench.ts';

const LIST = '/v1/fulfillments?limit=1';
const MINUTE_S = 60;

function oauthOf({ given: { oauth } }: OfBench): OAuthClient {
  must(oauth !== undefined, 'No client with a token was given.');
  return oauth;
}

function signerOf({ given: { signer } }: OfBench): Signer {
  must(signer !== undefined, 'No client with a signature was given.');
  return signer;
}

/** Sends a request with exactly these headers of authentication. */
function raw(headers: Record<string, string>): Credential {
  return { clientId: '', headersFor: async () => headers };
}

/** A request that should begin something is refused with 401 and begins nothing that `owner` can see. */
async function refusedAndNothingBegun(of: OfBench, as: Credential, owner: Credential): Promise<Answer> {
  const body = of.order(['instant']);
  const answer = await of.ask(body, { as });
  of.refused(answer, 401);
  must((await of.ofOrder(body.orderId, owner)).length === 0, 'A request that was refused began a fulfillment.', shown(answer));
  return answer;
}

async function twistRefused(of: OfBench, what: string, twist: Twist, path = LIST): Promise<void> {
  const answer = await of.call('GET', path, { as: withSignature(signerOf(of), twist) });
  must(answer.status === 401, `${what}: it should be refused with 401, and the answer is ${said(answer)}.`, shown(answer));
}

const OAUTH: readonly Promised<OfBench>[] = [
  {
    id: 'authentication.required',
    sentence: 'A request with neither a token nor a signature is refused with 401, says how to authenticate, and begins nothing.',
    async check(of) {
      const answer = await refusedAndNothingBegun(of, NOBODY, of.given.first);
      must(answer.headers.has('www-authenticate'), 'The refusal does not say how to authenticate (WWW-Authenticate).', shown(answer));
      of.refused(await of.call('GET', LIST, { as: NOBODY }), 401);
    },
  },
  {
    id: 'authentication.one-way',
    sentence: 'A request with both a token and a signature is refused.',
    needs: ['oauth', 'signature'],
    async check(of) {
      const both: Credential = {
        clientId: '',
        headersFor: async (request) => ({ ...(await withToken(oauthOf(of)).headersFor(request)), ...(await withSignature(signerOf(of)).headersFor(request)) }),
      };
      of.refused(await of.call('GET', LIST, { as: both }), 401);
    },
  },
  {
    id: 'token.accepted',
    sentence: 'A token of the issuer for this service is accepted.',
    needs: ['oauth'],
    async check(of) {
      of.fulfillment(await of.ask(of.order(['instant']), { as: withToken(oauthOf(of)) }), [200, 202]);
    },
  },
  {
    id: 'token.forged',
    sentence: 'A token that was changed, that needs no signature, or that is none is refused with 401.',
    needs: ['oauth'],
    async check(of) {
      const token = await tokenOf(oauthOf(of));
      const [header = '', payload = '', signature = ''] = token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
      const forgeries = [
        `${header}.${encoded({ ...claims, scope: 'clients:admin' })}.${signature}`,
        `${encoded({ ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg: 'none' })}.${payload}.`,
        'no-token',
      ];
      for (const forged of forgeries) of.refused(await of.call('GET', LIST, { as: raw({ authorization: `Bearer ${forged}` }) }), 401);
    },
  },
  {
    id: 'token.audience',
    sentence: 'A token for another service is refused with 401.',
    needs: ['oauth', 'other-audience'],
    async check(of) {
      const other = { ...oauthOf(of), audience: of.given.otherAudience ?? '' };
      of.refused(await of.call('GET', LIST, { as: withToken(other) }), 401);
    },
  },
  {
    id: 'token.scope',
    sentence: 'A token that may only read is refused with 403 when it asks for a fulfillment, and begins nothing.',
    needs: ['oauth'],
    async check(of) {
      const reader = withToken(oauthOf(of), 'fulfillment:read');
      await tokenOf(oauthOf(of), 'fulfillment:read').catch((error: unknown) => {
        throw new NotJudged(`the issuer gives no token with less scope: ${(error as Error).message}`);
      });
      must((await of.call('GET', LIST, { as: reader })).status === 200, 'A token that may read is not let to read.');
      const body = of.order(['instant']);
      of.refused(await of.ask(body, { as: reader }), 403);
      must((await of.ofOrder(body.orderId, reader)).length === 0, 'The request without the scope began a fulfillment.');
    },
  },
];

const SIGNATURE: readonly Promised<OfBench>[] = [
  {
    id: 'signature.accepted',
    sentence: 'A request signed over method, target, type and digest is accepted.',
    needs: ['signature'],
    async check(of) {
      const as = withSignature(signerOf(of));
      const { fulfillmentId } = of.fulfillment(await of.ask(of.order(['instant']), { as }), [200, 202]);
      await of.read(fulfillmentId, as);
    },
  },
  {
    id: 'signature.path-and-query',
    sentence: 'Path and query together may stand for the target, and the query counts.',
    needs: ['signature'],
    async check(of) {
      const as = withSignature(signerOf(of), { components: ['@method', '@path', '@query'] });
      const answer = await of.call('GET', LIST, { as });
      must(answer.status === 200, `A signature over path and query is not accepted: ${said(answer)}.`, shown(answer));
      await twistRefused(of, 'A signature over the path alone', { components: ['@method', '@path'] });
    },
  },
  {
    id: 'signature.ed25519',
    sentence: 'A request signed with Ed25519 is accepted, and one that was changed afterwards is refused.',
    needs: ['ed25519'],
    async check(of) {
      const signer = of.given.ed25519;
      must(signer !== undefined, 'No Ed25519 key was given.');
      of.fulfillment(await of.ask(of.order(['instant']), { as: withSignature(signer) }), [200, 202]);
      const answer = await of.call('GET', LIST, { as: changed(withSignature(signer), (url) => `${url}0`) });
      of.refused(answer, 401);
    },
  },
  {
    id: 'signature.tampered-body',
    sentence: 'A body that was changed after signing is refused and begins nothing, also with a digest that fits it.',
    needs: ['signature'],
    async check(of) {
      const signer = withSignature(signerOf(of));
      const body = of.order(['instant']);
      const original = JSON.stringify({ ...body, orderNumber: body.orderNumber + 1 });
      const oldDigest: Credential = { ...signer, headersFor: (request) => signer.headersFor({ ...request, body: original }) };
      const newDigest: Credential = { ...signer, headersFor: async (request) => ({ ...(await oldDigest.headersFor(request)), 'content-digest': contentDigest(request.body ?? '') }) };
      await Promise.all([oldDigest, newDigest].map(async (as) => of.refused(await of.ask(body, { as }), 401)));
      must((await of.ofOrder(body.orderId, signer)).length === 0, 'The changed body began a fulfillment.');
    },
  },
  {
    id: 'signature.tampered-target',
    sentence: 'A signature holds for its method and target alone.',
    needs: ['signature'],
    async check(of) {
      const signer = withSignature(signerOf(of));
      of.refused(await of.call('GET', LIST, { as: changed(signer, (url) => `${url}0`) }), 401);
      of.refused(await of.call('GET', LIST, { as: changed(signer, (url) => url.replace('limit', 'LIMIT')) }), 401);
      of.refused(await of.call('GET', LIST, { as: { ...signer, headersFor: (request) => signer.headersFor({ ...request, method: 'POST' }) } }), 401);
    },
  },
  {
    id: 'signature.uncovered',
    sentence: 'A signature that leaves out the method, the target, the key of idempotency, the type or the digest of the body is refused.',
    needs: ['signature'],
    async check(of) {
      await twistRefused(of, 'A signature without the method', { components: ['@target-uri'] });
      await twistRefused(of, 'A signature without the target', { components: ['@method'] });
      const whole = ['@method', '@target-uri', 'idempotency-key', 'content-type', 'content-digest'] as const;
      for (const left of ['idempotency-key', 'content-type', 'content-digest']) {
        const components = whole.filter((name) => name !== left);
        await refusedAndNothingBegun(of, withSignature(signerOf(of), { components }), withSignature(signerOf(of)));
      }
    },
  },
  {
    id: 'signature.parameters',
    sentence: 'A signature without created, expires, nonce or the key of its client is refused.',
    needs: ['signature'],
    async check(of) {
      await twistRefused(of, 'A signature without created', { createdS: undefined });
      await twistRefused(of, 'A signature without expires', { expiresS: undefined });
      await twistRefused(of, 'A signature without a nonce', { nonce: undefined });
      await twistRefused(of, 'A signature under an unknown key', { keyid: `unknown-${randomUUID()}` });
      await twistRefused(of, 'A signature that names another algorithm than its key', { alg: 'rsa-v1_5-sha256' });
    },
  },
  {
    id: 'signature.wrong-key',
    sentence: 'A signature made with another secret than that of its key is refused.',
    needs: ['signature'],
    async check(of) {
      const { keyid } = signerOf(of).key;
      const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const wrong: Readonly<Record<string, SigningKey>> = {
        'another secret': { keyid, alg: 'hmac-sha256', secret: Buffer.from(randomUUID() + randomUUID()).toString('base64') },
        'an empty secret': { keyid, alg: 'hmac-sha256', secret: '' },
        'another private key': { keyid, alg: 'ed25519', privateKey },
      };
      for (const [what, key] of Object.entries(wrong)) await twistRefused(of, `A signature with ${what}`, { key });
    },
  },
  {
    id: 'signature.expired',
    sentence: 'A signature that has expired, was made too long ago or in the future, or is to hold for too long is refused.',
    needs: ['signature'],
    async check(of) {
      const nowS = unixSeconds();
      await twistRefused(of, 'An expired signature', { createdS: nowS - 2 * MINUTE_S, expiresS: nowS - MINUTE_S });
      await twistRefused(of, 'A signature of ten minutes ago', { createdS: nowS - 10 * MINUTE_S, expiresS: nowS - 9 * MINUTE_S });
      await twistRefused(of, 'A signature of the future', { createdS: nowS + 10 * MINUTE_S, expiresS: nowS + 11 * MINUTE_S });
      await twistRefused(of, 'A signature that is to hold for a day', { createdS: nowS, expiresS: nowS + 24 * 60 * MINUTE_S });
    },
  },
  {
    id: 'signature.replayed',
    sentence: 'A signed request is accepted once: sent again, or with its nonce under a new signature, it is refused.',
    needs: ['signature'],
    async check(of) {
      const signer = signerOf(of);
      const nonce = newNonce();
      const nowS = unixSeconds();
      const headers = await withSignature(signer, { nonce, createdS: nowS, expiresS: nowS + MINUTE_S }).headersFor({ method: 'GET', url: `${of.given.audience}${LIST}`, contentType: undefined, idempotencyKey: undefined, body: undefined });
      const first = await of.call('GET', LIST, { as: raw(headers) });
      must(first.status === 200, `The signed request was not accepted the first time: ${said(first)}.`, shown(first));
      const again = await of.call('GET', LIST, { as: raw(headers) });
      must(again.status === 401, `The same signed request was accepted again: ${said(again)}.`, shown(first, again));
      const path = '/v1/fulfillments?limit=2';
      const renewed = await of.call('GET', path, { as: withSignature(signer, { nonce }) });
      must(renewed.status === 401, `A nonce was accepted twice: ${said(renewed)}.`, shown(first, renewed));
    },
  },
  {
    id: 'signature.many',
    sentence: 'A request with more than ten signatures is refused.',
    needs: ['signature'],
    async check(of) {
      const signer = signerOf(of);
      const nowS = unixSeconds();
      const one = (): Record<string, string> =>
        signatureHeaders({ method: 'GET', url: `${of.given.audience}${LIST}`, key: signer.key, createdS: nowS, expiresS: nowS + MINUTE_S, nonce: newNonce() });
      const all = Array.from({ length: 11 }, one);
      const join = (name: 'signature' | 'signature-input'): string => all.map((headers, index) => (headers[name] ?? '').replace(/^sig=/, `sig${index}=`)).join(', ');
      of.refused(await of.call('GET', LIST, { as: raw({ 'signature-input': join('signature-input'), signature: join('signature') }) }), 401);
    },
  },
  {
    id: 'signature.says-what-to-cover',
    sentence: 'The refusal of a signature says which rule was broken and what must be covered, and repeats no secret.',
    needs: ['signature'],
    async check(of) {
      const signer = signerOf(of);
      const answer = await of.call('GET', LIST, { as: withSignature(signer, { nonce: undefined }) });
      of.refused(answer, 401, 'signature_invalid');
      must(answer.headers.has('accept-signature'), 'The refusal does not say what must be covered (Accept-Signature).', shown(answer));
      must(typeof answer.json?.detail === 'string', 'The refusal does not say which rule was broken (detail).', shown(answer));
      const secret = signer.key.alg === 'hmac-sha256' ? signer.key.secret : signer.key.privateKey;
      must(!answer.text.includes(secret), 'The refusal repeats the secret.', shown(answer));
    },
  },
];

/** Signs another address than the one that is called. */
function changed(signer: Credential, url: (url: string) => string): Credential {
  return { ...signer, headersFor: (request) => signer.headersFor({ ...request, url: url(request.url) }) };
}

export const AUTHENTICATION: readonly Promised<OfBench>[] = [...OAUTH, ...SIGNATURE];
