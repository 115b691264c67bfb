/** What Order Fulfillment tells itself alone: it stays in the log of that service. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';

const id = z.string().min(1).max(200);

export const FulfillmentCheckDue = defineEvent({
  type: 'FulfillmentCheckDue', constant: 'FULFILLMENT_CHECK_DUE', webhook: 'fulfillment.check_due', topic: 'fulfillment-events',
  description: 'The remote providers are asked: for lines whose outcome they have not told, or to take lines back. Not published.',
  versions: { v1: z.strictObject({ fulfillmentId: id, clientId: id, orderId: id, check: z.int().min(1) }) },
  subject: (data) => data.orderId,
  example: { fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', clientId: 'commerce-coordinator', orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', check: 1 },
});

export const FULFILLING_OWN_ENTRIES = [FulfillmentCheckDue] as const;
