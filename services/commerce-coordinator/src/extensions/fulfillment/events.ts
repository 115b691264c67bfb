/** The one event type that only this service hears. */
import { defineEvent } from '@commerce/events/catalogue';
import { z } from 'zod';

const id = z.string().min(1).max(200);

export const FulfillmentUnwanted = defineEvent({
  type: 'FulfillmentUnwanted', constant: 'FULFILLMENT_UNWANTED', webhook: 'order.fulfillment_unwanted', topic: 'fulfillment-events',
  description: 'A completion came for an order that had ended without it; what was delivered is to be taken back. Not published.',
  versions: { v1: z.strictObject({ orderId: id, fulfillmentId: id }) },
  subject: (data) => data.orderId,
  example: { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab' },
});

/** Types that stay in this service's log. */
export const UNPUBLISHED_TYPES: ReadonlySet<string> = new Set([FulfillmentUnwanted.type]);
