/**
 * What a provider tells at the edge, once its own words are read: a webhook about a payment or about a dispute. "Webhook" is the word
 * outside; what is sent on is an update.
 */
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';

interface Told {
  /** Name of the provider at this ingest. */
  readonly provider: string;
  /** Of the provider, the same when it tells again. */
  readonly provider_event_id: string;
  readonly order_id: string;
  /** Decimal string with two places: what is charged or disputed; of a refund, what it gives back. */
  readonly amount: string;
  readonly currency: string;
  /** RFC 3339. */
  readonly occurred_at: string;
  /** The provider's own count of what it tells, where it has one. */
  readonly sequence?: number | undefined;
  readonly reason?: { readonly code: string; readonly message?: string | undefined } | undefined;
}

export interface PaymentWebhook extends Told {
  readonly status: OrderUpdateRequest['status'];
  /** The provider's id of the charge. */
  readonly payment_id?: string | undefined;
  /** Of a refund: the key under which it was asked for. */
  readonly refund_id?: string | undefined;
}

export interface DisputeWebhook extends Told {
  readonly dispute_id: string;
  readonly status: DisputeUpdateRequest['status'];
}

/** What a body is, once it was read. */
export type Read<Webhook> =
  | { readonly kind: 'webhook'; readonly webhook: Webhook }
  /** Signed, and of a type that means nothing here. */
  | { readonly kind: 'unknown'; readonly providerEventId: string; readonly type: string }
  | { readonly kind: 'malformed'; readonly detail: string };

/** The place and the fault of the first issue, in words. */
export function firstIssue(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [issue] = issues;
  return `${issue?.path.map(String).join('.') || 'body'}: ${issue?.message ?? 'invalid'}`;
}
