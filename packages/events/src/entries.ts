/**
 * The event types of the order's way. Each stands here once: names, topic, subject, schema, example.
 * The subject of all of them is the order id, so that one order's events are handled in their order everywhere.
 */
import { z } from 'zod';
import { createCatalogue, defineEvent } from './catalogue.ts';

const id = z.string().min(1).max(200);
/** Money: a decimal string with two places, never a float. */
export const moneySchema = z.string().regex(/^\d{1,15}\.\d{2}$/);
const currency = z.string().regex(/^[A-Z]{3}$/);
const reason = z.strictObject({ code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), message: z.string().max(2_000).optional() });
const bag = z.record(z.string().max(100), z.unknown());

const orderLine = z.strictObject({
  lineId: id,
  sku: id,
  name: z.string().max(500).optional(),
  quantity: z.int().min(1).max(1_000_000),
  unitPrice: moneySchema,
  /** Fraction of the line, `0` to `1`. */
  discount: z.string().regex(/^(0(\.\d{1,4})?|1(\.0{1,4})?)$/),
  total: moneySchema,
});

const shipTo = z.strictObject({
  name: z.string().max(500).nullish(),
  address: z.string().max(500).nullish(),
  city: z.string().max(200).nullish(),
  region: z.string().max(200).nullish(),
  postalCode: z.string().max(50).nullish(),
  country: z.string().max(100).nullish(),
});

const order = {
  orderId: id,
  orderNumber: z.int().min(1),
  customerId: id,
  currency,
  lines: z.array(orderLine).min(1).max(500),
  freight: moneySchema,
  total: moneySchema,
};

const tracking = z.strictObject({ carrier: z.string().max(100), trackingNumber: z.string().max(100) });

/** What became of one line at the fulfilling side. */
const lineOutcome = z.strictObject({
  lineId: id,
  sku: id,
  quantity: z.int().min(1),
  provider: id,
  status: z.enum(['fulfilled', 'failed']),
  reason: reason.optional(),
  reference: z.string().max(200).optional(),
  tracking: tracking.optional(),
});

/** What is true of one line when its fulfillment was called off or undone. */
const lineEnd = lineOutcome.extend({ status: z.enum(['fulfilled', 'failed', 'cancelled', 'revoked']) });

const fulfillment = { fulfillmentId: id, clientId: id, orderId: id };

const exampleLine = { lineId: '1', sku: 'NW-11', name: 'Queso Cabrales', quantity: 12, unitPrice: '14.00', discount: '0', total: '168.00' };
const exampleOrder = {
  orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', orderNumber: 10248, customerId: 'VINET', currency: 'USD',
  lines: [exampleLine], freight: '32.38', total: '200.38',
};
const exampleFulfillment = { fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', clientId: 'commerce-coordinator', orderId: exampleOrder.orderId };
const exampleOutcome = { lineId: '1', sku: 'NW-11', quantity: 12, provider: 'warehouse', status: 'fulfilled' as const, tracking: { carrier: 'Northwind Post', trackingNumber: 'NP0000012' } };

export const OrderCheckoutInitiated = defineEvent({
  type: 'OrderCheckoutInitiated', constant: 'ORDER_CHECKOUT_INITIATED', webhook: 'order.checkout_initiated', topic: 'order-events',
  description: 'A customer asked for an order; nothing is promised yet.',
  versions: { v1: z.strictObject({ orderId: id, customerId: id, currency, total: moneySchema }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, customerId: 'VINET', currency: 'USD', total: '200.38' },
});

export const OrderCreated = defineEvent({
  type: 'OrderCreated', constant: 'ORDER_CREATED', webhook: 'order.created', topic: 'order-events',
  description: 'An order was accepted and will be seen through.',
  versions: { v1: z.strictObject({ ...order, shipTo: shipTo.optional(), metadata: bag.optional() }) },
  subject: (data) => data.orderId,
  example: exampleOrder,
});

export const OrderCompleted = defineEvent({
  type: 'OrderCompleted', constant: 'ORDER_COMPLETED', webhook: 'order.completed', topic: 'order-events',
  description: 'Everything that the order promised is done.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, lines: z.array(lineOutcome) }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', lines: [exampleOutcome] },
});

export const OrderCancelled = defineEvent({
  type: 'OrderCancelled', constant: 'ORDER_CANCELLED', webhook: 'order.cancelled', topic: 'order-events',
  description: 'The order ended without being fulfilled; the reason says why.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, reason }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', reason: { code: 'fulfillment_refused' } },
});

export const FulfillmentRequested = defineEvent({
  type: 'FulfillmentRequested', constant: 'FULFILLMENT_REQUESTED', webhook: 'order.fulfilling', topic: 'fulfillment-events',
  description: 'The fulfilling side acknowledged the request for this order.',
  versions: { v1: z.strictObject({ orderId: id, fulfillmentId: id, status: z.string().max(50) }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, fulfillmentId: exampleFulfillment.fulfillmentId, status: 'accepted' },
});

export const FulfillmentRefused = defineEvent({
  type: 'FulfillmentRefused', constant: 'FULFILLMENT_REFUSED', webhook: 'order.fulfillment_refused', topic: 'fulfillment-events',
  description: 'The fulfilling side refused the request for good; it will not be asked again.',
  versions: { v1: z.strictObject({ orderId: id, reason }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, reason: { code: 'unknown_sku', message: 'No provider for NW-99.' } },
});

export const FulfillmentAccepted = defineEvent({
  type: 'FulfillmentAccepted', constant: 'FULFILLMENT_ACCEPTED', webhook: 'fulfillment.accepted', topic: 'fulfillment-events',
  description: 'A fulfillment was taken on for a client; each line has its provider.',
  versions: {
    v1: z.strictObject({
      ...fulfillment, orderNumber: z.int().min(1),
      lines: z.array(z.strictObject({ lineId: id, sku: id, quantity: z.int().min(1), provider: id })).min(1).max(500),
    }),
  },
  subject: (data) => data.orderId,
  example: { ...exampleFulfillment, orderNumber: 10248, lines: [{ lineId: '1', sku: 'NW-11', quantity: 12, provider: 'warehouse' }] },
});

export const FulfillmentLineSettled = defineEvent({
  type: 'FulfillmentLineSettled', constant: 'FULFILLMENT_LINE_SETTLED', webhook: 'fulfillment.line_settled', topic: 'fulfillment-events',
  description: 'A provider finished one line, for good or ill.',
  versions: { v1: z.strictObject({ ...fulfillment, line: lineOutcome }) },
  subject: (data) => data.orderId,
  example: { ...exampleFulfillment, line: exampleOutcome },
});

export const FulfillmentCompleted = defineEvent({
  type: 'FulfillmentCompleted', constant: 'FULFILLMENT_COMPLETED', webhook: 'order.fulfilled', topic: 'fulfillment-events',
  description: 'Every line has its outcome and at least one was fulfilled.',
  versions: { v1: z.strictObject({ ...fulfillment, status: z.enum(['completed', 'partial']), lines: z.array(lineOutcome).min(1).max(500) }) },
  subject: (data) => data.orderId,
  example: { ...exampleFulfillment, status: 'completed', lines: [exampleOutcome] },
});

export const FulfillmentFailed = defineEvent({
  type: 'FulfillmentFailed', constant: 'FULFILLMENT_FAILED', webhook: 'order.fulfillment_failed', topic: 'fulfillment-events',
  description: 'Every line has its outcome and none was fulfilled.',
  versions: { v1: z.strictObject({ ...fulfillment, reason, lines: z.array(lineOutcome).min(1).max(500) }) },
  subject: (data) => data.orderId,
  example: {
    ...exampleFulfillment, reason: { code: 'all_lines_failed' },
    lines: [{ lineId: '1', sku: 'NW-11', quantity: 12, provider: 'lms', status: 'failed' as const, reason: { code: 'course_closed' } }],
  },
});

export const FulfillmentHeld = defineEvent({
  type: 'FulfillmentHeld', constant: 'FULFILLMENT_HELD', webhook: 'fulfillment.held', topic: 'fulfillment-events',
  description: 'The client asked to wait with a fulfillment that nobody had begun; nothing is begun until it is released.',
  versions: { v1: z.strictObject({ ...fulfillment, reason }) },
  subject: (data) => data.orderId,
  example: { ...exampleFulfillment, reason: { code: 'address_in_doubt' } },
});

export const FulfillmentReleased = defineEvent({
  type: 'FulfillmentReleased', constant: 'FULFILLMENT_RELEASED', webhook: 'fulfillment.released', topic: 'fulfillment-events',
  description: 'A fulfillment that was held, or scheduled for later, goes on.',
  versions: { v1: z.strictObject({ ...fulfillment, from: z.enum(['on_hold', 'scheduled']) }) },
  subject: (data) => data.orderId,
  example: { ...exampleFulfillment, from: 'on_hold' as const },
});

export const FulfillmentCancelled = defineEvent({
  type: 'FulfillmentCancelled', constant: 'FULFILLMENT_CANCELLED', webhook: 'fulfillment.cancelled', topic: 'fulfillment-events',
  description: 'A fulfillment was called off before it was complete: no line of it is delivered.',
  versions: { v1: z.strictObject({ ...fulfillment, reason, lines: z.array(lineEnd).min(1).max(500) }) },
  subject: (data) => data.orderId,
  example: { ...exampleFulfillment, reason: { code: 'customer_changed_mind' }, lines: [{ lineId: '1', sku: 'NW-11', quantity: 12, provider: 'warehouse', status: 'cancelled' as const }] },
});

export const FulfillmentRevoked = defineEvent({
  type: 'FulfillmentRevoked', constant: 'FULFILLMENT_REVOKED', webhook: 'fulfillment.revoked', topic: 'fulfillment-events',
  description: 'Lines that had been delivered were taken back; each line tells what is true of it now. One whose provider refused stays fulfilled and has the reason.',
  versions: { v1: z.strictObject({ ...fulfillment, reason, lines: z.array(lineEnd).min(1).max(500) }) },
  subject: (data) => data.orderId,
  example: { ...exampleFulfillment, reason: { code: 'refunded' }, lines: [{ lineId: '1', sku: 'NW-11', quantity: 12, provider: 'lms', status: 'revoked' as const }] },
});

export const FulfillmentHealed = defineEvent({
  type: 'FulfillmentHealed', constant: 'FULFILLMENT_HEALED', webhook: 'order.fulfillment_healed', topic: 'fulfillment-events',
  description: 'Both sides were compared and differed: an outcome had not arrived, or a request had been lost. The difference is mended.',
  versions: { v1: z.strictObject({ orderId: id, fulfillmentId: id.optional(), difference: z.enum(['outcome_missed', 'request_lost']), found: z.string().max(50) }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, fulfillmentId: exampleFulfillment.fulfillmentId, difference: 'outcome_missed' as const, found: 'completed' },
});

export const FulfillmentRevokeRequested = defineEvent({
  type: 'FulfillmentRevokeRequested', constant: 'FULFILLMENT_REVOKE_REQUESTED', webhook: 'order.fulfillment_revoke_requested', topic: 'fulfillment-events',
  description: 'The fulfilling side was asked to take back what it delivered for an order that had ended without it, and agreed to.',
  versions: { v1: z.strictObject({ orderId: id, fulfillmentId: id, status: z.string().max(50), reason }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, fulfillmentId: exampleFulfillment.fulfillmentId, status: 'revoked', reason: { code: 'order_cancelled' } },
});

export const ShippingCreated = defineEvent({
  type: 'ShippingCreated', constant: 'SHIPPING_CREATED', webhook: 'shipping.created', topic: 'shipping-events',
  description: 'What was fulfilled is on its way; digital lines have the method none.',
  versions: {
    v1: z.strictObject({
      orderId: id, fulfillmentId: id, method: z.enum(['none', 'parcel']),
      parcels: z.array(z.strictObject({ carrier: z.string().max(100), trackingNumber: z.string().max(100), lineIds: z.array(id) })),
    }),
  },
  subject: (data) => data.orderId,
  example: {
    orderId: exampleOrder.orderId, fulfillmentId: exampleFulfillment.fulfillmentId, method: 'parcel',
    parcels: [{ carrier: 'Northwind Post', trackingNumber: 'NP0000012', lineIds: ['1'] }],
  },
});

/** Every entry of this package. */
export const ENTRIES = [
  OrderCheckoutInitiated, OrderCreated, OrderCompleted, OrderCancelled,
  FulfillmentRequested, FulfillmentRefused, FulfillmentHealed, FulfillmentRevokeRequested,
  FulfillmentAccepted, FulfillmentLineSettled, FulfillmentCompleted, FulfillmentFailed,
  FulfillmentHeld, FulfillmentReleased, FulfillmentCancelled, FulfillmentRevoked,
  ShippingCreated,
] as const;

/** The catalogue of this package's entries; a service adds those of its extensions with `createCatalogue`. */
export const catalogue = createCatalogue(ENTRIES as unknown as Parameters<typeof createCatalogue>[0]);
