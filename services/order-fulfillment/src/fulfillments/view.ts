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
  /** The latest version that the client has acknowledged. */
  acknowledgedVersion: z.int().optional(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  startAt: z.iso.datetime().optional(),
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
}).meta({ title: 'Fulfillment' });

const problemView = z.object({
  type: z.string(), title: z.string(), status: z.int(), detail: z.string().optional(), instance: z.string(), code: z.string(), requestId: z.string(), retryable: z.boolean(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export const batchViewSchema = z.strictObject({
  results: z.array(z.strictObject({ status: z.int(), replayed: z.boolean().optional(), body: z.union([fulfillmentViewSchema, problemView]) })),
}).meta({ title: 'BatchResults' });

export const capabilitiesViewSchema = z.strictObject({
  batch: z.strictObject({ maxItems: z.int() }).nullable().describe('Null when there are no batches.'),
  lifecycle: z.array(z.string()).describe('What can be done with a fulfillment after it was accepted.'),
  authentication: z.array(z.string()).describe('Ways for a client to prove who it is.'),
}).meta({ title: 'Capabilities' });

export const orderRevokedViewSchema = z.strictObject({
  orderId: z.string(),
  lines: z.array(z.string()).nullable().describe('The lines that were named; null for the whole order.'),
  fulfillments: z.array(fulfillmentViewSchema),
});

export const lookupViewSchema = z.strictObject({
  items: z.array(z.strictObject({ orderId: z.string(), fulfillments: z.array(fulfillmentViewSchema).describe('Empty when none is known.') })),
});

export const acknowledgementsViewSchema = z.strictObject({
  results: z.array(z.strictObject({ fulfillmentId: z.uuid(), result: z.enum(['acknowledged', 'unknown', 'ahead']) })),
});

export type FulfillmentView = z.infer<typeof fulfillmentViewSchema>;

export function viewOf(fulfillment: Fulfillment): FulfillmentView {
  const { fulfillmentId, clientId, orderId, orderNumber, status, version, acknowledgedVersion, createdAtMs, updatedAtMs, startAtMs, notAfterMs, reason } = fulfillment;
  return {
    fulfillmentId, clientId, orderId, orderNumber, status, version,
    ...(acknowledgedVersion !== null && { acknowledgedVersion }),
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
    ...(startAtMs !== null && { startAt: new Date(startAtMs).toISOString() }),
    ...(notAfterMs !== null && { notAfter: new Date(notAfterMs).toISOString() }),
    ...(reason && { reason }),
    lines: fulfillment.lines.map(lineView),
  };
}

function lineView({ lineId, sku, quantity, provider, status, reason, reference, tracking }: Line): FulfillmentView['lines'][number] {
  return { lineId, sku, quantity, provider, status, ...(reason && { reason }), ...(reference && { reference }), ...(tracking && { tracking }) };
}
