/** The signals of fulfillment, and the event types that only this service hears. */
import { defineEvent } from '@commerce/events/catalogue';
import {
  FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentHealed, FulfillmentRefused, FulfillmentRequested, FulfillmentRevoked, FulfillmentRevokeRequested,
} from '@commerce/events/entries';
import { defineSignal, sendingOf } from '@commerce/signals/signal';
import { z } from 'zod';

const id = z.string().min(1).max(200);

export const FulfillmentUnwanted = defineEvent({
  type: 'FulfillmentUnwanted', constant: 'FULFILLMENT_UNWANTED', webhook: 'order.fulfillment_unwanted', topic: 'fulfillment-events',
  description: 'A completion came for an order that had ended without it; what was delivered is to be taken back. Not published.',
  versions: { v1: z.strictObject({ orderId: id, fulfillmentId: id }) },
  subject: (data) => data.orderId,
  example: { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab' },
});

export const FulfillmentSuspended = defineEvent({
  type: 'FulfillmentSuspended', constant: 'FULFILLMENT_SUSPENDED', webhook: 'order.fulfillment_suspended', topic: 'fulfillment-events',
  description: 'The payment of an order is disputed; what was requested for it and not begun is to wait. Not published.',
  versions: { v1: z.strictObject({ orderId: id, fulfillmentId: id }) },
  subject: (data) => data.orderId,
  example: { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab' },
});

export const FulfillmentResumed = defineEvent({
  type: 'FulfillmentResumed', constant: 'FULFILLMENT_RESUMED', webhook: 'order.fulfillment_resumed', topic: 'fulfillment-events',
  description: 'The dispute about the payment of an order is over and its money stays; what waited goes on. Not published.',
  versions: { v1: z.strictObject({ orderId: id, fulfillmentId: id.optional() }) },
  subject: (data) => data.orderId,
  example: { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab' },
});

const told = { unheard: 'It is told to whoever watches; nothing follows from it here.' };

export const FULFILLMENT_SIGNALS = [
  defineSignal(FulfillmentRequested), defineSignal(FulfillmentRefused), defineSignal(FulfillmentUnwanted, { internal: true }),
  defineSignal(FulfillmentSuspended, { internal: true }), defineSignal(FulfillmentResumed, { internal: true }),
  defineSignal(FulfillmentRevokeRequested, told), defineSignal(FulfillmentHealed, told),
  // Outcomes that no event of the fulfilling side has told, and that comparing has found.
  defineSignal(FulfillmentCompleted), defineSignal(FulfillmentFailed), defineSignal(FulfillmentCancelled), defineSignal(FulfillmentRevoked),
];

/** Sends what a decision of this extension says. */
export const send = sendingOf(FULFILLMENT_SIGNALS);
