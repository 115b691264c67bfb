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
  /** Which provider knows the card; the default one when left out. */
  readonly provider?: string | undefined;
}

/** Amounts in minor units. */
export interface Charge {
  /** One charge per key, however often it is sent. */
  readonly key: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly orderId: string;
  readonly method: PaymentMethod;
  /** When the order's money was first to be asked for; Unix milliseconds. No charge under this key is older. */
  readonly sinceMs: number;
}

/** A charge that was asked for, or that the provider has told of. */
export interface KnownCharge {
  readonly key: string;
  /** The provider's own id of it; undefined where it has told none. */
  readonly reference: string | undefined;
}

export interface RefundOrder {
  /** One refund per key, however often it is sent. */
  readonly key: string;
  readonly charge: KnownCharge;
  readonly amount: bigint;
  readonly currency: string;
  readonly orderId: string;
}

export interface PaymentProvider {
  charge(charge: Charge, signal: AbortSignal): Promise<ChargeAnswer>;
  /** Resolves once the money was given back. */
  refund(refund: RefundOrder, signal: AbortSignal): Promise<void>;
  /** What became of a charge. */
  find(charge: KnownCharge, signal: AbortSignal): Promise<FoundCharge>;
  /** As `find`, and calls off what is not decided, where the provider can: nobody wants it any more. */
  withdraw(charge: KnownCharge, signal: AbortSignal): Promise<FoundCharge>;
  /** What became of a refund. `absent`: the provider was never asked for it. */
  findRefund(refund: RefundOrder, signal: AbortSignal): Promise<'given' | 'pending' | 'absent'>;
}

/** Those that can be asked, by name. */
export type PaymentProviders = ReadonlyMap<string, PaymentProvider>;
