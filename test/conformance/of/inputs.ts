/**
 * Turns what was given into what the suite of an Order Fulfillment is judged with: discovers what the service offers, makes the
 * clients and the queue that were not given and can be made, and says of everything else why it is missing.
 */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { listen } from '../bus.aws.ts';
import type { AwsPlace, OwnQueue } from '../bus.aws.ts';
import { withSignature, withToken } from '../credentials.http.ts';
import type { Credential, OAuthClient, Signer } from '../credentials.http.ts';
import { Recorder } from '../exchange.http.ts';
import type { Answer } from '../exchange.http.ts';
import type { Given, Product, Products } from './bench.ts';
import { feedOf } from './feed.ts';
import type { Feed } from './feed.ts';

/** What can be given of an Order Fulfillment; the options of the command line, or a stack. */
export interface OfInputs {
  readonly url: string;
  readonly audience: string;
  readonly issuer?: string | undefined;
  readonly client?: ClientSecret | undefined;
  readonly second?: ClientSecret | undefined;
  readonly operator?: ClientSecret | undefined;
  readonly signer?: Signer | undefined;
  readonly otherAudience?: string | undefined;
  readonly aws: AwsPlace;
  /** Makes a queue that gets all events of these clients. */
  readonly subscribe?: ((clientIds: readonly string[]) => Promise<OwnQueue>) | undefined;
  /** Or a queue that gets events of the first client. */
  readonly queueUrl?: string | undefined;
  readonly products: Products;
  readonly patienceMs: number;
}

export interface ClientSecret {
  readonly id: string;
  readonly secret: string;
}

export interface Prepared {
  readonly given: Given;
  /** Why a need of a promise is not met; undefined when it is. */
  readonly missing: (need: string) => string | undefined;
  /** What must not be seen in a report. */
  readonly secrets: readonly string[];
  /** Takes away what was made. */
  close(): Promise<void>;
}

/** The service cannot be judged with what was given. */
export class CannotJudge extends Error {
  override readonly name = 'CannotJudge';
}

/** `SKU` or `SKU:KIND`. */
export function productOf(text: string): Product {
  const colon = text.lastIndexOf(':');
  return colon < 1 ? { sku: text } : { sku: text.slice(0, colon), kind: text.slice(colon + 1) };
}

/** Several, with commas between them. */
export function productsOf(text: string): readonly Product[] {
  return text.split(',').map((one) => productOf(one.trim()));
}

export async function prepare(inputs: OfInputs, signal: AbortSignal): Promise<Prepared> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end().catch(() => undefined);
  };
  try {
    const oauth = inputs.client && tokenClient(inputs, inputs.client);
    const made = inputs.signer === undefined && inputs.operator !== undefined ? await makeSigners(inputs, inputs.operator, oauth?.clientId, closing, signal) : undefined;
    const signer = inputs.signer ?? made?.hmac;
    const ed25519 = made?.ed25519 ?? (inputs.signer?.key.alg === 'ed25519' ? inputs.signer : undefined);
    const first = oauth !== undefined ? withToken(oauth) : signer !== undefined ? withSignature(signer) : undefined;
    if (first === undefined) throw new CannotJudge('No client was given, and none could be made.');
    const second = secondOf(inputs, oauth, signer);
    const offered = await offeredBy(inputs, first, signal);
    const feed = await openFeed(inputs, [...new Set([first, ...(second ? [second] : []), ...(signer ? [withSignature(signer)] : [])].map(({ clientId }) => clientId))], closing);
    const given: Given = {
      url: inputs.url, audience: inputs.audience, first, second, oauth, signer, ed25519, feed, products: inputs.products, patienceMs: inputs.patienceMs,
      otherAudience: inputs.otherAudience, lifecycle: offered.lifecycle, batchMaxItems: offered.batchMaxItems,
    };
    const secrets = [inputs.client?.secret, inputs.second?.secret, inputs.operator?.secret, signer && secretOf(signer), ed25519 && secretOf(ed25519)];
    return { given, missing: (need) => missing(given, inputs, need), secrets: secrets.filter((secret) => secret !== undefined), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function tokenClient({ issuer = '', audience }: OfInputs, { id, secret }: ClientSecret): OAuthClient {
  return { clientId: id, secret, issuer, audience };
}

function secondOf(inputs: OfInputs, oauth: OAuthClient | undefined, signer: Signer | undefined): Credential | undefined {
  if (inputs.second !== undefined) return withToken(tokenClient(inputs, inputs.second));
  return oauth !== undefined && signer !== undefined && signer.clientId !== oauth.clientId ? withSignature(signer) : undefined;
}

function secretOf({ key }: Signer): string {
  return key.alg === 'hmac-sha256' ? key.secret : key.privateKey;
}

const WHY: Readonly<Record<string, string>> = {
  second: 'no second client was given (--second, --signer, or --operator to make one)',
  oauth: 'no client with tokens was given (--client)',
  signature: 'no client with signatures was given (--signer, or --operator to make one)',
  ed25519: 'no client with an Ed25519 key was given (--signer with a PEM key, or --operator to make one)',
  failing: 'no product was given that fails (--sku-failing)',
  events: 'no events can be received (--aws and --bus, or --queue)',
  'other-audience': 'no other audience was given (--other-audience)',
  batch: 'the service offers no batches',
};

function missing(given: Given, { otherAudience }: OfInputs, need: string): string | undefined {
  const met: Readonly<Record<string, boolean>> = {
    second: given.second !== undefined, oauth: given.oauth !== undefined, signature: given.signer !== undefined, ed25519: given.ed25519 !== undefined,
    failing: given.products.failing !== undefined, events: given.feed !== undefined, 'other-audience': otherAudience !== undefined, batch: given.batchMaxItems !== undefined,
  };
  if (met[need] ?? given.lifecycle.has(need)) return undefined;
  return WHY[need] ?? `the service does not say that it offers ${need}`;
}

async function offeredBy(inputs: OfInputs, as: Credential, signal: AbortSignal): Promise<{ lifecycle: ReadonlySet<string>; batchMaxItems: number | undefined }> {
  const answer = await callAs(inputs, as, 'GET', '/v1/capabilities', undefined, signal);
  if (answer.status !== 200) throw new CannotJudge(`GET ${inputs.url}/v1/capabilities was answered with ${answer.status === 0 ? answer.text : `${answer.status} ${answer.json?.code ?? ''}`.trim()}.`);
  const { lifecycle, batch } = answer.json ?? {};
  return { lifecycle: new Set<string>(Array.isArray(lifecycle) ? lifecycle : []), batchMaxItems: typeof batch?.maxItems === 'number' ? batch.maxItems : undefined };
}

async function callAs({ url, audience }: OfInputs, as: Credential, method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const contentType = text === undefined ? undefined : 'application/json';
  const shown = await as.headersFor({ method, url: `${audience}${path}`, contentType, idempotencyKey: undefined, body: text }).catch((error: unknown) => {
    throw new CannotJudge((error as Error).message);
  });
  return new Recorder(signal).send({ method, url: `${url}${path}`, headers: { ...(contentType !== undefined && { 'content-type': contentType }), ...shown }, body: text });
}

/** A client with two keys, made by an operator, with the providers of the first client. It is removed in the end. */
async function makeSigners(inputs: OfInputs, operator: ClientSecret, likeClientId: string | undefined, closing: (() => Promise<unknown>)[], signal: AbortSignal): Promise<{ hmac: Signer; ed25519: Signer } | undefined> {
  const as = withToken(tokenClient(inputs, operator));
  const clientId = `conformance-${randomUUID()}`;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hmac: Signer = { clientId, key: { keyid: `${clientId}-hmac`, alg: 'hmac-sha256', secret: randomBytes(32).toString('base64') } };
  const ed25519: Signer = { clientId, key: { keyid: `${clientId}-ed25519`, alg: 'ed25519', privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() } };
  const like = likeClientId === undefined ? undefined : await callAs(inputs, as, 'GET', `/v1/clients/${encodeURIComponent(likeClientId)}`, undefined, signal);
  const keys = [
    { keyid: hmac.key.keyid, alg: 'hmac-sha256', secret: secretOf(hmac) },
    { keyid: ed25519.key.keyid, alg: 'ed25519', publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
  ];
  const answer = await callAs(inputs, as, 'POST', '/v1/clients', { clientId, authentication: { type: 'signature', keys }, providers: like?.json?.providers ?? {} }, signal);
  if (answer.status === 404) return undefined;
  if (answer.status !== 201) throw new CannotJudge(`The operator could not make a client: ${answer.status} ${answer.text.slice(0, 500)}`);
  closing.push(() => callAs(inputs, as, 'DELETE', `/v1/clients/${clientId}`, undefined, AbortSignal.timeout(5_000)));
  return { hmac, ed25519 };
}

async function openFeed({ aws, subscribe, queueUrl }: OfInputs, clientIds: readonly string[], closing: (() => Promise<unknown>)[]): Promise<Feed | undefined> {
  if (queueUrl !== undefined) {
    const listening = listen(aws, queueUrl);
    closing.push(() => listening.stop());
    return feedOf(listening, { isWhole: false, clientIds: clientIds.slice(0, 1) });
  }
  if (subscribe === undefined) return undefined;
  const queue = await subscribe(clientIds);
  closing.push(() => queue.remove());
  const listening = listen(aws, queue.queueUrl);
  closing.push(() => listening.stop());
  return feedOf(listening, { isWhole: true, clientIds });
}
