/** The payment stand-in for a test, as the process that it is, with a folder of its own. */
import { startTestProcess } from '@commerce/service-kit/test-process';

export const TEST_PROVIDER = { apiKey: 'key-of-the-payment-stand-in', secret: `whsec_${Buffer.alloc(32, 5).toString('base64')}`, stripeKey: 'sk_test_of_the_payment_stand_in', stripeSecret: 'whsec_of_stripe_at_the_payment_stand_in' };

/** The money of one order there. */
export interface OrderMoney {
  readonly charges: number;
  readonly charged: string;
  readonly refunds: number;
  readonly refunded: string;
  readonly kept: string;
}

export interface TestProvider {
  readonly url: string;
  /** Of its Stripe API. */
  readonly stripeUrl: string;
  /** Calls its Stripe API, as a shop does that lets its customers pay there. */
  stripe(method: 'GET' | 'POST', path: string, form?: Record<string, string>, key?: string): Promise<{ readonly status: number; readonly body: any }>;
  /** Undefined when nothing was taken. */
  money(orderId: string): Promise<OrderMoney | undefined>;
  /** Replaces the faults; see the contract of the stand-in. */
  misbehave(faults: object): Promise<void>;
  stop(): Promise<void>;
}

const ENTRY = new URL('../../../../../infra/local/src/stand-ins/payments/main.ts', import.meta.url);

export async function startTestProvider(webhookUrl: string): Promise<TestProvider> {
  const { url, stop } = await startTestProcess(ENTRY, (directory) => ({
    PAYMENTS_PORT: '0', PAYMENTS_DIR: directory, PAYMENTS_API_KEY: TEST_PROVIDER.apiKey, PAYMENTS_WEBHOOK_SECRET: TEST_PROVIDER.secret, PAYMENTS_WEBHOOK_URL: webhookUrl,
    STRIPE_API_KEY: TEST_PROVIDER.stripeKey, STRIPE_WEBHOOK_SECRET: TEST_PROVIDER.stripeSecret, STRIPE_WEBHOOK_URL: `${webhookUrl}/stripe`,
  }));
  const headers = { authorization: `Bearer ${TEST_PROVIDER.apiKey}`, 'content-type': 'application/json' };
  return {
    url, stop,
    stripeUrl: `${url}/stripe`,
    async stripe(method, path, form, key) {
      const answer = await fetch(`${url}/stripe${path}`, {
        method, headers: { authorization: `Bearer ${TEST_PROVIDER.stripeKey}`, ...(key !== undefined && { 'idempotency-key': key }) }, ...(form !== undefined && { body: new URLSearchParams(form) }),
      });
      return { status: answer.status, body: await answer.json() };
    },
    async money(orderId) {
      const answer = await fetch(`${url}/_stand-in/ledger?orderId=${encodeURIComponent(orderId)}`, { headers });
      return ((await answer.json()) as { orders: OrderMoney[] }).orders[0];
    },
    async misbehave(faults) {
      const answer = await fetch(`${url}/_stand-in/faults`, { method: 'PUT', headers, body: JSON.stringify(faults) });
      if (answer.status !== 200) throw new Error(await answer.text());
    },
  };
}
