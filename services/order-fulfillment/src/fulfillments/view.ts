/** What a client sees: a fulfillment, the results of a batch, what is offered. */
import { z } from 'zod';
import { FULFILLMENT_STATUSES, LINE_STATUSES } from './fulfillment.ts';
import type { Fulfillment, Line } from './fulfillment.ts';

const reason = z.strictObject({ code: z.string(), message: z.string().optional() });

export const fulfillmentViewSchema = z.strictObject({
  fulfillmentId: z.uuid(),
  clientId: z.string(),
  orderId: z.string(),
  orderNumber: z.int(),
  status: z.enum(FULFILLMENT_STATUSES),
  /** Sequence of its last event. */
  version: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  notAfter: z.iso.datetime().optional(),
  reason: reason.optional(),
  lines: z.array(
    z.strictObject({
      lineId: z.string(),
      sku: z.string(),
      quantity: z.int(),
      provider: z.string(),
      status: z.enum(LINE_STATUSES),
      reason: reason.optional(),
      reference: z.string().optional(),
      tracking: z.strictObject({ carrier: z.string(), trackingNumber: z.string() }).optional(),
    }),
  ),
});

const problemView = z.object({
  type: z.string(), title: z.string(), status: z.int(), detail: z.string().optional(), instance: z.string(), code: z.string(), requestId: z.string(), retryable: z.boolean(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export const batchViewSchema = z.strictObject({
  results: z.array(z.strictObject({ status: z.int(), replayed: z.boolean().optional(), body: z.union([fulfillmentViewSchema, problemView]) })),
});

export const capabilitiesViewSchema = z.strictObject({
  batch: z.strictObject({ maxItems: z.int() }).nullable().describe('Null when there are no batches.'),
});

export type FulfillmentView = z.infer<typeof fulfillmentViewSchema>;

export function viewOf(fulfillment: Fulfillment): FulfillmentView {
  const { fulfillmentId, clientId, orderId, orderNumber, status, version, createdAtMs, updatedAtMs, notAfterMs, reason } = fulfillment;
  return {
    fulfillmentId, clientId, orderId, orderNumber, status, version,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
    ...(notAfterMs !== null && { notAfter: new Date(notAfterMs).toISOString() }),
    ...(reason && { reason }),
    lines: fulfillment.lines.map(lineView),
  };
}

function lineView({ lineId, sku, quantity, provider, status, reason, reference, tracking }: Line): FulfillmentView['lines'][number] {
  return { lineId, sku, quantity, provider, status, ...(reason && { reason }), ...(reference && { reference }), ...(tracking && { tracking }) };
}
