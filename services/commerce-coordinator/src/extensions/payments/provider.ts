/**
 * The port of a payment provider.
 *
 * Promise: a call resolves only with what the provider has said for good (or that it decides later). An outcome that is not
 * known throws `RetryLater`: the same key is sent again. What the provider will never do throws `Refused`.
 */
import type { ChargeAnswer, FoundCharge } from './charge.ts';

/** How a customer pays. The token stands for the card at the provider; it is no secret of ours, but it is never logged or published. */
export interface PaymentMethod {
  readonly type: 'card';
  readonly token: string;
}

/** Amounts in minor units. */
export interface Charge {
  /** One charge per key, however often it is sent. */
  readonly key: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly orderId: string;
  readonly method: PaymentMethod;
}

export interface RefundOrder {
  /** One refund per key, however often it is sent. */
  readonly key: string;
  readonly chargeKey: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly orderId: string;
}

export interface PaymentProvider {
  charge(charge: Charge, signal: AbortSignal): Promise<ChargeAnswer>;
  /** Resolves once the money was given back. */
  refund(refund: RefundOrder, signal: AbortSignal): Promise<void>;
  /** What became of the charge with this key. */
  find(key: string, signal: AbortSignal): Promise<FoundCharge>;
}
