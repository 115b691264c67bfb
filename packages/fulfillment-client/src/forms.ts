/**
 * The forms of what Order Fulfillment answers, as they are checked when they arrive.
 * Promise: a newer service can be read: members that are not known are dropped, and a status that is not known is passed on.
 * A test holds them against the types of the published API: whatever that may answer has these forms.
 */
import { z } from 'zod';

/** A value of today, or one that a newer service has: whoever branches on it needs a branch for the rest. */
type Open<Known extends string> = Known | (string & Record<never, never>);

export type FulfillmentStatus = Open<
  'scheduled' | 'on_hold' | 'accepted' | 'in_progress' | 'cancelling' | 'completed' | 'partial' | 'failed' | 'cancelled' | 'revoked'
>;
export type LineStatus = Open<'pending' | 'in_progress' | 'fulfilled' | 'failed' | 'cancelled' | 'revoking' | 'revoked'>;

const word = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);
const openWord = <Known extends string>(): z.ZodType<Known> => word as unknown as z.ZodType<Known>;

const MAX_ITEMS = 500;
const id = z.string().min(1).max(200);
const time = z.iso.datetime({ offset: true });
const reasonSchema = z.object({ code: word, message: z.string().max(2_000).optional() });

const lineSchema = z.object({
  lineId: id,
  sku: id,
  quantity: z.int().min(1).max(1_000_000),
  provider: id,
  status: openWord<LineStatus>(),
  reason: reasonSchema.optional(),
  reference: z.string().max(200).optional(),
  tracking: z.object({ carrier: z.string().max(100), trackingNumber: z.string().max(100) }).optional(),
});

export const fulfillmentSchema = z.object({
  fulfillmentId: z.uuid(),
  clientId: id,
  orderId: id,
  orderNumber: z.int().min(1),
  status: openWord<FulfillmentStatus>(),
  /** Sequence of its last event: the higher one is the newer one. */
  version: z.int().min(1),
  /** The version that this client acknowledged last. */
  acknowledgedVersion: z.int().min(0).optional(),
  createdAt: time,
  updatedAt: time,
  /** Nothing is begun before it. */
  startAt: time.optional(),
  notAfter: time.optional(),
  reason: reasonSchema.optional(),
  lines: z.array(lineSchema).min(1).max(MAX_ITEMS),
});

export const pageSchema = z.object({ items: z.array(fulfillmentSchema), nextCursor: z.string().nullable() });

export const batchSchema = z.object({
  results: z.array(z.object({ status: z.int(), replayed: z.boolean().optional(), body: z.unknown() })),
});

export const capabilitiesSchema = z.object({
  /** Null when there are no batches. */
  batch: z.object({ maxItems: z.int().min(1) }).nullish().transform((batch) => batch ?? null),
  /** The calls beside asking and reading: `cancel`, `revoke`, `hold`, `release`, `schedule`, `lookup`, `acknowledge`. */
  lifecycle: z.array(z.string().max(100)).max(100).default([]),
  /** `oauth`, `signature`. */
  authentication: z.array(z.string().max(100)).max(100).default([]),
});

export const revokedOrderSchema = z.object({
  orderId: id,
  /** Null for all lines of the order. */
  lines: z.array(id).max(MAX_ITEMS).nullable(),
  fulfillments: z.array(fulfillmentSchema),
});

export const foundOrdersSchema = z.object({ items: z.array(z.object({ orderId: id, fulfillments: z.array(fulfillmentSchema) })) });

export const acknowledgementsSchema = z.object({
  results: z.array(z.object({ fulfillmentId: id, result: openWord<Open<'acknowledged' | 'unknown' | 'ahead'>>() })),
});

export type Fulfillment = z.infer<typeof fulfillmentSchema>;
export type FulfillmentPage = z.infer<typeof pageSchema>;
export type Capabilities = z.infer<typeof capabilitiesSchema>;
export type RevokedOrder = z.infer<typeof revokedOrderSchema>;
/** Orders that were looked up; one that the service does not know has no fulfillments. */
export type FoundOrders = z.infer<typeof foundOrdersSchema>;
/** `ahead`: the version is above the present one. Fulfillments of other clients are unknown. */
export type Acknowledged = z.infer<typeof acknowledgementsSchema>;

/** The outcome of a fulfillment up to this version has arrived and was dealt with. */
export interface Acknowledgement {
  readonly fulfillmentId: string;
  readonly version: number;
}
