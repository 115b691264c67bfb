/** What a client may ask for, as schemas; unknown fields are refused, nothing is converted. */
import { z } from 'zod';
import { pointInTime } from '../times.ts';

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
  repeat: z.literal(true).optional().describe(
    'This line is asked for once more, on purpose. Without it, a line of an order that is already requested or delivered is refused with line_already_requested, whatever the key.',
  ),
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
  startAt: pointInTime.optional().describe('Nothing is begun before; until then the fulfillment is scheduled. One that has passed counts as none.'),
  notAfter: pointInTime.optional().describe(
    'From then on nothing new is begun, and nothing that is held or scheduled: lines that were not begun, and lines that this service itself has not done, fail with deadline_passed. What another system was asked for by then is left to its outcome.',
  ),
  metadata: bag.optional(),
}).meta({ title: 'FulfillmentRequest' });

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

/** Orders in one lookup, acknowledgements in one call. */
export const MAX_ITEMS = 500;

/** Why something is done: a short constant for programs, a sentence for people. */
export const reasonSchema = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must begin with a letter, followed by letters, digits and _, at most 64, all in lower case'),
  message: z.string().max(2_000).optional(),
});
const lineIds = z.array(id).min(1).max(MAX_LINES).refine((lines) => new Set(lines).size === lines.length, 'each line may stand there once').meta({ uniqueItems: true });

export const cancelSchema = z.strictObject({ reason: reasonSchema });
export const holdSchema = z.strictObject({ reason: reasonSchema });
export const releaseSchema = z.strictObject({}).nullish();
export const revokeSchema = z.strictObject({ lines: lineIds.optional().describe('Left out: all that were delivered.'), reason: reasonSchema });
export const revokeOrderSchema = z.strictObject({ lines: lineIds.optional().describe('Left out: the whole order.'), reason: reasonSchema });
export const orderIdSchema = id;

export const lookupSchema = z.strictObject({ orderIds: z.array(id).min(1).max(MAX_ITEMS) });

export const acknowledgeSchema = z.strictObject({
  items: z.array(z.strictObject({ fulfillmentId: z.uuid(), version: z.int().min(1).max(2_147_483_647) })).min(1).max(MAX_ITEMS),
});
export type Acknowledgement = z.infer<typeof acknowledgeSchema>['items'][number];
