/**
 * What a provider tells at the edge, once its own words are read: a webhook about a payment or about a dispute. "Webhook" is the word
 * outside; what is sent on is an update.
 */
import { foreignId } from '../updates/update.ts';
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';

interface Told {
  /** Name of the provider at this ingest. */
  readonly provider: string;
  /** Of the provider, the same when it tells again. */
  readonly provider_event_id: string;
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
  readonly order_id: string;
  readonly status: OrderUpdateRequest['status'];
  /** The provider's id of the charge. */
  readonly payment_id?: string | undefined;
  /** Of a refund: the key under which it was asked for. */
  readonly refund_id?: string | undefined;
}

/** Where the provider does not name the order it names the charge. */
export interface DisputeWebhook extends Told {
  readonly order_id?: string | undefined;
  /** The provider's id of the charge. */
  readonly payment_id?: string | undefined;
  readonly dispute_id: string;
  readonly status: DisputeUpdateRequest['status'];
}

/** What a body is, once it was read. */
export type Read<Webhook> =
  | { readonly kind: 'webhook'; readonly webhook: Webhook }
  /** Signed, and of a type that means nothing here. */
  | { readonly kind: 'unknown'; readonly providerEventId: string; readonly type: string }
  /** `providerEventId`: where at least that can be read. */
  | { readonly kind: 'malformed'; readonly detail: string; readonly providerEventId?: string | undefined };

/** The place and the fault of the first issue, in words. */
export function firstIssue(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [issue] = issues;
  return `${issue?.path.map(String).join('.') || 'body'}: ${issue?.message ?? 'invalid'}`;
}

/** The provider's id of its event, in a body that is otherwise not as it should be. */
export function eventIdIn(body: unknown, member: string): string | undefined {
  const parsed = foreignId.safeParse(typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[member] : undefined);
  return parsed.data;
}
