/**
 * What a provider tells by itself: read from its body, whatever brought it here. Pure.
 */
import { z } from 'zod';
import { minorUnits } from '../../money.ts';
import { PROVIDER, safeReason } from './payment.ts';
import type { Reason } from './payment.ts';

/** A payment as its provider tells it. `amount`, in minor units: of the charge, or of this refund. */
export interface PaymentUpdate {
  readonly provider: string;
  /** Of the provider, one per fact that it tells. */
  readonly eventId: string;
  readonly orderId: string;
  readonly status: 'succeeded' | 'failed' | 'refunded';
  /** The provider's own id of the charge. */
  readonly reference: string | undefined;
  /** Key of the refund, when it was asked for by key. */
  readonly refundId: string | undefined;
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: Reason | undefined;
}

const storable = (max: number) => z.string().min(1).max(max).refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text that can be stored');

export const webhookForm = z.strictObject({
  provider_event_id: storable(200).describe('Of the provider, the same when it tells again.'),
  provider: z.literal(PROVIDER),
  order_id: storable(200),
  payment_id: storable(200).optional().describe('The provider\'s id of the charge.'),
  refund_id: storable(200).optional().describe('Of a refund: the key under which it was asked for.'),
  status: z.enum(['succeeded', 'failed', 'refunded']),
  amount: z.string().regex(/^\d{1,15}(\.\d{1,2})?$/).describe('Decimal string: of the charge, or of this refund.'),
  currency: z.string().regex(/^[A-Z]{3}$/),
  occurred_at: z.iso.datetime({ offset: true }),
  reason: z.strictObject({ code: z.string().max(200), message: z.string().max(2_000).optional() }).optional(),
});

/** The update that a body tells, or the place and the fault that make it none. */
export function parseUpdate(body: Buffer): PaymentUpdate | { readonly malformed: string } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { malformed: 'the body is not JSON in UTF-8' };
  }
  const parsed = webhookForm.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { malformed: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}` };
  }
  const { provider, provider_event_id: eventId, order_id: orderId, status, payment_id: reference, refund_id: refundId, amount, currency, reason } = parsed.data;
  return {
    provider, eventId, orderId, status, reference, refundId, amount: minorUnits(amount), currency,
    reason: reason === undefined ? undefined : safeReason(reason.code, reason.message, 'payment_refused'),
  };
}
