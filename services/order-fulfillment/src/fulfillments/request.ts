/** What a client may ask for, as schemas; unknown fields are refused, nothing is converted. */
import { z } from 'zod';

const id = z.string().min(1).max(200);
const bag = z.record(z.string().max(100), z.unknown());

/** More of them in one fulfillment would not fit into one event. */
export const MAX_LINES = 500;
/** Items in one call of the batch. */
export const MAX_BATCH_ITEMS = 100;

const requestLine = z.strictObject({
  lineId: id,
  sku: id,
  quantity: z.int().min(1).max(1_000_000),
  kind: id.optional(),
  details: bag.optional(),
});

export const fulfillmentRequestSchema = z.strictObject({
  orderId: id,
  orderNumber: z.int().min(1),
  customer: z.strictObject({ id, email: z.string().min(1).max(320).optional(), name: z.string().min(1).max(500).optional() }),
  lines: z
    .array(requestLine)
    .min(1)
    .max(MAX_LINES)
    .refine((lines) => new Set(lines.map((line) => line.lineId)).size === lines.length, 'each lineId may stand there once'),
  notAfter: z.iso.datetime({ offset: true }).optional().describe(
    'From then on nothing new is begun: lines that were not begun, and lines that this service itself has not done, fail with deadline_passed. What another system was asked for by then is left to its outcome.',
  ),
  metadata: bag.optional(),
});

export type FulfillmentRequest = z.infer<typeof fulfillmentRequestSchema>;

/** 1 to 255 visible ASCII characters. */
export const idempotencyKeySchema = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

export const batchSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        idempotencyKey: idempotencyKeySchema,
        correlationId: z.uuid().optional(),
        causationId: z.uuid().optional(),
        traceparent: z.string().regex(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/).optional(),
        request: fulfillmentRequestSchema,
      }),
    )
    .min(1)
    .max(MAX_BATCH_ITEMS),
});
