/**
 * What a provider tells of a payment, or of a dispute about it, as decisions need it. Pure.
 */
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../../updates/update.ts';
import { minorUnits } from '../../money.ts';
import { safeReason } from './payment.ts';
import type { Reason } from './payment.ts';

/** When it became so at the provider, by which the order of two is known. */
export interface Mark {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** The provider's own count, where it has one. */
  readonly sequence: number | null;
}

/** A payment as its provider tells it. `amount`, in minor units: of the charge, or of this refund. */
export interface PaymentUpdate {
  readonly provider: string;
  /** Of the provider, one per fact that it tells. */
  readonly eventId: string;
  readonly orderId: string;
  readonly status: 'authorised' | 'succeeded' | 'attempt_failed' | 'failed' | 'refunded' | 'refund_failed';
  /** The provider's own id of the charge. */
  readonly reference: string | undefined;
  /** Key of the refund, when it was asked for by key. */
  readonly refundId: string | undefined;
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: Reason | undefined;
  readonly mark: Mark;
}

/** A dispute as the provider tells it. `amount`, in minor units: what is disputed. */
export interface DisputeUpdate {
  readonly provider: string;
  readonly eventId: string;
  readonly orderId: string;
  readonly disputeId: string;
  /** The provider's own id of the charge, where it tells it. */
  readonly reference: string | undefined;
  readonly status: DisputeUpdateRequest['status'];
  readonly amount: bigint;
  readonly currency: string;
  /** RFC 3339. */
  readonly occurredAt: string;
  readonly reason: Reason | undefined;
  readonly mark: Mark;
}

/** An update of which it is known which order it is about. */
export type About<Update> = Update & { readonly orderId: string };

/** As it came. */
export type Told = { readonly about: 'payment'; readonly update: OrderUpdateRequest } | { readonly about: 'dispute'; readonly update: About<DisputeUpdateRequest> };

/** A refund is a refund, whether something is left after it or not: that follows from the sums. */
const STATUS = { authorised: 'authorised', captured: 'succeeded', attempt_failed: 'attempt_failed', failed: 'failed', refunded: 'refunded', partially_refunded: 'refunded', refund_failed: 'refund_failed' } as const satisfies Readonly<Record<OrderUpdateRequest['status'], PaymentUpdate['status']>>;

export function paymentUpdate({ provider, providerEventId: eventId, orderId, status, reference, refundId, amount, currency, reason, ...when }: OrderUpdateRequest): PaymentUpdate {
  return { provider, eventId, orderId, status: STATUS[status], reference, refundId, amount: minorUnits(amount), currency, reason: reason && safeReason(reason.code, reason.message, 'payment_refused'), mark: markOf(when) };
}

export function disputeUpdate({ provider, providerEventId: eventId, orderId, disputeId, reference, status, amount, currency, reason, ...when }: About<DisputeUpdateRequest>): DisputeUpdate {
  return { provider, eventId, orderId, disputeId, reference, status, amount: minorUnits(amount), currency, occurredAt: when.occurredAt, reason: reason && safeReason(reason.code, reason.message, 'disputed'), mark: markOf(when) };
}

function markOf({ occurredAt, sequence = null }: { readonly occurredAt: string; readonly sequence?: number | null | undefined }): Mark {
  return { atMs: Date.parse(occurredAt), sequence };
}

/** Below zero when the first became so before the second: by the provider's count where both have one, else by time. */
export function compareMarks(a: Mark, b: Mark): number {
  return a.sequence !== null && b.sequence !== null ? a.sequence - b.sequence : a.atMs - b.atMs;
}
