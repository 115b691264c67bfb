/** The payment provider `standard` over HTTP: JSON, one charge and one refund per Idempotency-Key. */
import { createCalls } from './calls.http.ts';
import type { CallOptions } from './calls.http.ts';
import type { PaymentProvider } from './provider.ts';
import { chargeBody, chargeMeaning, findMeaning, foundRefundMeaning, refundBody, refundMeaning } from './standard.ts';

export interface StandardOptions extends CallOptions {
  readonly nowMs: () => number;
}

export interface StandardProvider extends PaymentProvider {
  close(): Promise<void>;
}

export function createStandardProvider({ nowMs, ...options }: StandardOptions): StandardProvider {
  const { call, close } = createCalls(options);
  const json = (key: string, body: object) => ({ key, contentType: 'application/json', body: JSON.stringify(body) });
  const find: PaymentProvider['find'] = async ({ key }, signal) => findMeaning(await call('GET', `/v1/charges/${encodeURIComponent(key)}`, signal), nowMs());
  return {
    charge: async (charge, signal) => chargeMeaning(await call('POST', '/v1/charges', signal, json(charge.key, chargeBody(charge))), charge, nowMs()),
    refund: async (refund, signal) => refundMeaning(await call('POST', '/v1/refunds', signal, json(refund.key, refundBody(refund))), nowMs()),
    find,
    // It decides by itself, and calls nothing off.
    withdraw: find,
    findRefund: async ({ key }, signal) => foundRefundMeaning(await call('GET', `/v1/refunds/${encodeURIComponent(key)}`, signal), nowMs()),
    close,
  };
}
