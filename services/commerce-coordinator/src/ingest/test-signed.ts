/** For tests: webhooks as each provider signs them. Those of Stripe are signed by its own library. */
import { createHmac } from 'node:crypto';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import Stripe from 'stripe';

export interface Signing {
  readonly secret?: string;
  /** Unix seconds. */
  readonly atS?: number;
  readonly id?: string;
}

/** One scheme: its secrets, and the headers for a body. */
export interface Scheme {
  readonly name: 'standard' | 'stripe';
  readonly secret: string;
  readonly secretBefore: string;
  readonly signatureHeader: string;
  headers(body: string, given?: Signing): Record<string, string>;
  /** Bodies about an order. `id`: of the event. */
  captured(orderId: string, given?: { id?: string; amountMinor?: number; atS?: number }): string;
  disputed(orderId: string, given?: { id?: string; amountMinor?: number; atS?: number }): string;
  won(orderId: string, given?: { id?: string; amountMinor?: number; atS?: number }): string;
  unknown(orderId: string, id: string): string;
}

const nowS = (): number => Math.floor(Date.now() / 1_000);
const stripe = new Stripe('sk_test_unused');
const iso = (atS: number): string => new Date(atS * 1_000).toISOString();
const money = (minor: number): string => (minor / 100).toFixed(2);

export const STANDARD: Scheme = {
  name: 'standard',
  secret: `whsec_${Buffer.alloc(32, 5).toString('base64')}`,
  secretBefore: `whsec_${Buffer.alloc(32, 9).toString('base64')}`,
  signatureHeader: 'webhook-signature',
  headers(body, { secret = STANDARD.secret, atS = nowS(), id = 'msg_1' } = {}) {
    const signature = createHmac('sha256', webhookKey(secret)).update(`${id}.${atS}.${body}`).digest('base64');
    return { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(atS), 'webhook-signature': `v1,${signature}` };
  },
  captured: (orderId, given) => JSON.stringify({ ...standardFrame(orderId, given), payment_id: 'ch_1', status: 'succeeded' }),
  disputed: (orderId, given) => JSON.stringify({ ...standardFrame(orderId, given), dispute_id: 'dp_1', status: 'opened' }),
  won: (orderId, given) => JSON.stringify({ ...standardFrame(orderId, given), dispute_id: 'dp_1', status: 'won' }),
  unknown: (orderId, id) => JSON.stringify({ ...standardFrame(orderId, { id }), status: 'expired' }),
};

export const STRIPE: Scheme = {
  name: 'stripe',
  secret: 'whsec_stripe_present_secret_of_the_endpoint',
  secretBefore: 'whsec_stripe_secret_before_of_the_endpoint',
  signatureHeader: 'stripe-signature',
  headers: (payload, { secret = STRIPE.secret, atS = nowS() } = {}) => ({
    'content-type': 'application/json', 'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: atS }),
  }),
  captured: (orderId, given) => stripeEvent('payment_intent.succeeded', { id: 'ch_1', amount_received: given?.amountMinor ?? 1_000 }, orderId, given),
  disputed: (orderId, given) => stripeEvent('charge.dispute.created', { id: 'dp_1', status: 'needs_response' }, orderId, given),
  won: (orderId, given) => stripeEvent('charge.dispute.closed', { id: 'dp_1', status: 'won' }, orderId, given),
  unknown: (orderId, id) => stripeEvent('customer.created', {}, orderId, { id }),
};

function standardFrame(orderId: string, { id = 'evt_1', amountMinor = 1_000, atS = nowS() }: { id?: string; amountMinor?: number; atS?: number } = {}) {
  return { provider_event_id: id, provider: 'standard', order_id: orderId, amount: money(amountMinor), currency: 'USD', occurred_at: iso(atS) };
}

function stripeEvent(type: string, object: object, orderId: string, { id = 'evt_1', amountMinor = 1_000, atS = nowS() }: { id?: string; amountMinor?: number; atS?: number } = {}): string {
  return JSON.stringify({ id, object: 'event', created: atS, type, data: { object: { id: 'x_1', amount: amountMinor, currency: 'usd', metadata: { order_id: orderId }, ...object } } });
}
