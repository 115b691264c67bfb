/**
 * The signals of payments, and the entries of the catalogue that nobody but this extension needs: that it has begun to give money
 * back, that a provider has not answered in time, that money was taken twice and is back, and that a refund failed after it was given.
 */
import { defineEvent } from '@commerce/events/catalogue';
import { DisputeLost, DisputeOpened, DisputeUnderReview, DisputeWon } from '@commerce/events/entries/disputes';
import { PaymentFailed, PaymentInitiated, PaymentProcessed, PaymentRefunded } from '@commerce/events/entries/payments';
import { defineSignal, sendingOf } from '@commerce/signals/signal';
import type { Signal } from '@commerce/signals/signal';
import { z } from 'zod';

const id = z.string().min(1).max(200);
const money = z.string().regex(/^\d{1,15}\.\d{2}$/);
const reason = z.strictObject({ code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), message: z.string().max(2_000).optional() });
const example = { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', paymentId: 'pay_0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' };

export const PaymentRefundInitiated = defineEvent({
  type: 'PaymentRefundInitiated', constant: 'PAYMENT_REFUND_INITIATED', webhook: 'payment.refund_initiated', topic: 'payment-events',
  description: 'Money of an order is owed back; the provider is asked under the refund\'s own id until it is given.',
  versions: {
    v1: z.strictObject({ orderId: id, paymentId: id, amount: money, currency: z.string().regex(/^[A-Z]{3}$/), provider: id, refundId: id, lineIds: z.array(id).max(500).optional(), reason }),
  },
  subject: (data) => data.orderId,
  example: { ...example, amount: '200.38', currency: 'USD', provider: 'standard', refundId: `${example.paymentId}-r1`, reason: { code: 'fulfillment_failed' } },
});

export const PaymentOverdue = defineEvent({
  type: 'PaymentOverdue', constant: 'PAYMENT_OVERDUE', webhook: 'payment.overdue', topic: 'payment-events',
  description: 'The provider has not said what became of a payment; it is asked.',
  versions: { v1: z.strictObject({ orderId: id, paymentId: id, check: z.int().min(1) }) },
  subject: (data) => data.orderId,
  example: { ...example, check: 1 },
});

/** `amount`, `provider`, `reference`: of the charge that took the money once more. `refundId`: under which it is given back. */
const duplicate = { orderId: id, paymentId: id, amount: money, currency: z.string().regex(/^[A-Z]{3}$/), provider: id, reference: id, refundId: id };
const duplicateExample = { ...example, amount: '200.38', currency: 'USD', provider: 'stripe', reference: 'pi_01', refundId: `${example.paymentId}-d1` };

export const PaymentDuplicated = defineEvent({
  type: 'PaymentDuplicated', constant: 'PAYMENT_DUPLICATED', webhook: 'payment.duplicated', topic: 'payment-events',
  description: 'A charge beside the payment has taken money for an order that is paid, or that has ended unpaid. It is given back to the provider that took it, under an id of its own; the payment stays as it is.',
  /** `heldBy`: which provider has the payment, if one has. */
  versions: { v1: z.strictObject({ ...duplicate, heldBy: id.optional() }) },
  subject: (data) => data.orderId,
  example: { ...duplicateExample, heldBy: 'standard' },
});

export const PaymentDuplicateRefunded = defineEvent({
  type: 'PaymentDuplicateRefunded', constant: 'PAYMENT_DUPLICATE_REFUNDED', webhook: 'payment.duplicate_refunded', topic: 'payment-events',
  description: 'What a second charge had taken for an order was given back.',
  versions: { v1: z.strictObject(duplicate) },
  subject: (data) => data.orderId,
  example: duplicateExample,
});

export const PaymentRefundFailed = defineEvent({
  type: 'PaymentRefundFailed', constant: 'PAYMENT_REFUND_FAILED', webhook: 'payment.refund_failed', topic: 'payment-events',
  description: 'Money that was given back did not reach the customer: its provider has it again, and says why. A person has to pay it.',
  versions: {
    v1: z.strictObject({ orderId: id, paymentId: id, amount: money, currency: z.string().regex(/^[A-Z]{3}$/), provider: id, refundId: id, reason }),
  },
  subject: (data) => data.orderId,
  example: { ...example, amount: '200.38', currency: 'USD', provider: 'stripe', refundId: `${example.paymentId}-r1`, reason: { code: 'lost_or_stolen_card' } },
});

/** For the service's catalogue, beside those of the events package. */
export const OWN_PAYMENT_ENTRIES = [PaymentRefundInitiated, PaymentOverdue, PaymentDuplicated, PaymentDuplicateRefunded, PaymentRefundFailed] as const;

export const PAYMENT_SIGNALS: readonly Signal<any>[] = [
  defineSignal(PaymentInitiated), defineSignal(PaymentProcessed), defineSignal(PaymentFailed), defineSignal(PaymentRefunded),
  defineSignal(DisputeOpened), defineSignal(DisputeUnderReview), defineSignal(DisputeWon), defineSignal(DisputeLost),
  defineSignal(PaymentRefundInitiated, { internal: true }), defineSignal(PaymentOverdue, { internal: true }),
  defineSignal(PaymentDuplicated, { internal: true }), defineSignal(PaymentRefundFailed, { internal: true }),
  defineSignal(PaymentDuplicateRefunded, { internal: true, unheard: 'The payment stays as it is: nothing follows from it.' }),
];

/** Sends the events of a decision, in their order; gives the decision without them, as a handler returns it. */
export const send = sendingOf(PAYMENT_SIGNALS);
