/**
 * The headers of a signed webhook delivery: our own and those of Standard Webhooks 1.0. Whoever delivers signs here, the service and
 * the tool that forwards to a developer's machine, so that both are verified by the same lines.
 *
 * A secret `whsec_…` is the base64 of its key for `webhook-signature`; one that somebody chose himself is the key as it stands. For
 * `X-Webhook-Signature` the key is always the text of the secret: `createHmac('sha256', secret).update(body)` verifies it. `whsk_…` is
 * the base64 of an Ed25519 seed with its public key behind it.
 */
import { createHmac, createPrivateKey, createSecretKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface WebhookSecret {
  readonly kind: 'hmac' | 'ed25519';
  readonly secret: string;
}

export interface WebhookDelivery {
  /** Of the registration. */
  readonly webhookId: string;
  /** Name under which webhooks know the event: `order.created`. */
  readonly event: string;
  readonly eventId: string;
  /** Unix seconds, of this attempt. */
  readonly timestamp: number;
  /** The exact bytes that are sent. */
  readonly body: Uint8Array;
}

/** Signs deliveries; its keys are made once. */
export type WebhookSigner = (delivery: WebhookDelivery) => Record<string, string>;

/** Before the seed in the PKCS #8 form of an Ed25519 key. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/** Of a text and the body behind it. */
type Signature = (before: string, body: Uint8Array) => string;

/**
 * `secrets`: the newest first; each of them signs, so that both verify while one follows the other. `X-Webhook-Signature` has room for
 * one: the oldest `hmac`, so that who knows no other header is told nothing he cannot verify before the overlap ends; it is left out when there is none. Throws an Error when a secret of kind `ed25519` is no `whsk_…`.
 */
export function webhookSigner(secrets: readonly WebhookSecret[]): WebhookSigner {
  const oldest = secrets.findLast(({ kind }) => kind === 'hmac');
  const bodyKey = oldest === undefined ? undefined : createSecretKey(Buffer.from(oldest.secret));
  const signatures = secrets.map(signatureOf);
  return ({ webhookId, event, eventId, timestamp, body }) => {
    const before = `${eventId}.${timestamp}.`;
    return {
      ...(bodyKey !== undefined && { 'X-Webhook-Signature': createHmac('sha256', bodyKey).update(body).digest('hex') }),
      'X-Webhook-Event': event,
      'X-Webhook-ID': webhookId,
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures.map((signature) => signature(before, body)).join(' '),
    };
  };
}

function signatureOf({ kind, secret }: WebhookSecret): Signature {
  if (kind === 'ed25519') {
    const key = ed25519Key(secret);
    return (before, body) => `v1a,${sign(null, Buffer.concat([Buffer.from(before), body]), key).toString('base64')}`;
  }
  const key = createSecretKey(secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret));
  return (before, body) => `v1,${createHmac('sha256', key).update(before).update(body).digest('base64')}`;
}

function ed25519Key(secret: string): KeyObject {
  const bytes = secret.startsWith('whsk_') ? Buffer.from(secret.slice('whsk_'.length), 'base64') : Buffer.alloc(0);
  if (bytes.length !== 2 * SEED_BYTES) throw new Error('An Ed25519 secret is whsk_ and the base64 of a seed of 32 bytes and its public key.');
  return ed25519PrivateKey(bytes.subarray(0, SEED_BYTES));
}

/** The private key of Ed25519 of a seed of 32 bytes. */
export function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
}
