/**
 * The event types of the order's way. Each stands here once: names, topic, subject, schema, example.
 * The subject of all of them is the order id, so that one order's events are handled in their order everywhere.
 */
import { z } from 'zod';
import { createCatalogue, defineEvent } from './catalogue.ts';
import { bag, currency, id, moneySchema, reason, tracking } from './entries/parts.ts';
import { personal } from './personal.ts';

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

/** By which request an order was placed: of whom, under which key, and the SHA-256 of what was sent, by which a repetition is known, and an address could be guessed. */
const orderRequest = z.strictObject({ clientId: id, idempotencyKey: z.string().min(1).max(255), hash: personal(z.string().regex(/^([0-9a-f]{64}|erased)$/)) });

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

/**
 * What a decision changed of an order, told with the last event of that decision: its version and the time always, of the rest
 * what is another than before. From these, and from what it was created with, the row of an order is made again.
 */
export const orderChanges = z.strictObject({
  version: z.int().min(2),
  updatedAt: z.iso.datetime(),
  /** Null: since it was placed. */
  statusSince: z.iso.datetime().nullable().optional(),
  status: z.string().max(50).optional(),
  heldFrom: z.string().max(50).nullable().optional(),
  stock: z.string().max(50).optional(),
  money: z.string().max(50).optional(),
  delivery: z.string().max(50).optional(),
  fulfillmentId: id.nullable().optional(),
  // As they came from the other side: members that this build does not know are kept.
  outcomes: z.array(lineEnd.extend({ reason: reason.loose().optional(), tracking: tracking.loose().optional() }).loose()).nullable().optional(),
  reason: reason.loose().nullable().optional(),
  refundLines: z.array(id).max(500).optional(),
  overdue: z.int().min(0).optional(),
});
const changed = { changes: orderChanges.optional() };

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
  versions: { v1: z.strictObject({ ...order, shipTo: personal(shipTo).optional(), metadata: personal(bag).optional(), request: orderRequest.optional() }) },
  inside: ['request'],
  subject: (data) => data.orderId,
  customer: (data) => data.customerId,
  example: exampleOrder,
});

export const OrderConfirmed = defineEvent({
  type: 'OrderConfirmed', constant: 'ORDER_CONFIRMED', webhook: 'order.confirmed', topic: 'order-events',
  description: 'Stock is set aside and the money is taken: the order will be fulfilled.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, currency, total: moneySchema, ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', currency: 'USD', total: '200.38' },
});

export const OrderFulfilled = defineEvent({
  type: 'OrderFulfilled', constant: 'ORDER_FULFILLED', webhook: 'order.fulfilled', topic: 'order-events',
  description: 'The fulfilling side has answered for every line of the order, and at least one was fulfilled.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, lines: z.array(lineOutcome), ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', lines: [exampleOutcome] },
});

export const OrderUnfulfilled = defineEvent({
  type: 'OrderUnfulfilled', constant: 'ORDER_UNFULFILLED', webhook: 'order.unfulfilled', topic: 'order-events',
  description: 'Nothing of the order will be delivered, for `reason`; what was done for it is undone.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, reason, ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', reason: { code: 'all_lines_failed' } },
});

export const OrderTakenBack = defineEvent({
  type: 'OrderTakenBack', constant: 'ORDER_TAKEN_BACK', webhook: 'order.taken_back', topic: 'order-events',
  description: 'Lines of the order that had been delivered were taken back; each line tells what is true of it now.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, reason, lines: z.array(lineEnd), ...changed }) },
  subject: (data) => data.orderId,
  example: {
    orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', reason: { code: 'refunded' },
    lines: [{ lineId: '1', sku: 'NW-11', quantity: 12, provider: 'lms', status: 'revoked' as const }],
  },
});

export const OrderShipped = defineEvent({
  type: 'OrderShipped', constant: 'ORDER_SHIPPED', webhook: 'order.shipped', topic: 'order-events',
  description: 'What was ordered is on its way to the customer; digital lines have the method none.',
  versions: {
    v1: z.strictObject({
      orderId: id, orderNumber: z.int().min(1), customerId: id, method: z.enum(['none', 'parcel']),
      parcels: z.array(z.strictObject({ carrier: z.string().max(100), trackingNumber: z.string().max(100), lineIds: z.array(id) })),
      ...changed,
    }),
  },
  subject: (data) => data.orderId,
  example: {
    orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', method: 'parcel',
    parcels: [{ carrier: 'Northwind Post', trackingNumber: 'NP0000012', lineIds: ['1'] }],
  },
});

export const OrderCompleted = defineEvent({
  type: 'OrderCompleted', constant: 'ORDER_COMPLETED', webhook: 'order.completed', topic: 'order-events',
  description: 'Everything that the order promised is done.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, lines: z.array(lineOutcome), ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', lines: [exampleOutcome] },
});

export const OrderCancelled = defineEvent({
  type: 'OrderCancelled', constant: 'ORDER_CANCELLED', webhook: 'order.cancelled', topic: 'order-events',
  description: 'The order ended without being fulfilled; the reason says why.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, reason, ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', reason: { code: 'fulfillment_refused' } },
});

export const OrderCancelRequested = defineEvent({
  type: 'OrderCancelRequested', constant: 'ORDER_CANCEL_REQUESTED', webhook: 'order.cancel_requested', topic: 'order-events',
  description: 'An order is to be cancelled: what was not begun is not begun, and what was done is undone. `status`: where the order stood.',
  versions: { v1: z.strictObject({ orderId: id, reason, status: z.string().max(50), ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, reason: { code: 'customer_changed_mind' }, status: 'reserved' },
});

export const OrderCancelRefused = defineEvent({
  type: 'OrderCancelRefused', constant: 'ORDER_CANCEL_REFUSED', webhook: 'order.cancel_refused', topic: 'order-events',
  description: 'The order was to be cancelled for `reason`, but had been delivered by then: it goes on, and may be refunded.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, reason, ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', reason: { code: 'customer_changed_mind' } },
});

export const OrderRefundRequested = defineEvent({
  type: 'OrderRefundRequested', constant: 'ORDER_REFUND_REQUESTED', webhook: 'order.refund_requested', topic: 'order-events',
  description: 'A delivered order, or some of its lines, is taken back, and its money is to be given back.',
  versions: { v1: z.strictObject({ orderId: id, reason, lineIds: z.array(id).min(1).max(500).optional(), ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, reason: { code: 'customer_changed_mind' } },
});

export const OrderRevokeRequested = defineEvent({
  type: 'OrderRevokeRequested', constant: 'ORDER_REVOKE_REQUESTED', webhook: 'order.revoke_requested', topic: 'order-events',
  description: 'What was delivered for an order, or for some of its lines, is to be taken back; money follows for what came back.',
  versions: { v1: z.strictObject({ orderId: id, reason, lineIds: z.array(id).min(1).max(500).optional(), ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, reason: { code: 'delivered_by_mistake' } },
});

export const OrderReRequested = defineEvent({
  type: 'OrderReRequested', constant: 'ORDER_RE_REQUESTED', webhook: 'order.re_requested', topic: 'order-events',
  description: 'The fulfilling side is to be asked again for a paid order, by a new request under a new key; what it has of the order already is taken over.',
  versions: { v1: z.strictObject({ orderId: id, reason, ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, reason: { code: 'request_lost' } },
});

export const OrderOverdue = defineEvent({
  type: 'OrderOverdue', constant: 'ORDER_OVERDUE', webhook: 'order.overdue', topic: 'order-events',
  description: 'An order has stood in `status` for longer than was promised. `act`: what follows, tried once more, cancelled, or put on hold for a person.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), status: z.string().max(50), times: z.int().min(1), act: z.enum(['retry', 'cancel', 'escalate']), ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, status: 'reserved', times: 1, act: 'retry' as const },
});

export const AuditRecorded = defineEvent({
  type: 'AuditRecorded', constant: 'AUDIT_RECORDED', webhook: 'audit.recorded', topic: 'audit-events',
  description: 'Somebody changed something by hand: what, who, and why.',
  versions: { v1: z.strictObject({ act: z.string().min(1).max(100), about: id, by: z.strictObject({ subject: z.string().max(200), clientId: id }), why: z.string().max(2_000), details: bag.optional() }) },
  subject: (data) => data.about,
  example: { act: 'order.cancel', about: exampleOrder.orderId, by: { subject: 'anna', clientId: 'operator' }, why: 'customer_changed_mind' },
});

export const OrderRefunded = defineEvent({
  type: 'OrderRefunded', constant: 'ORDER_REFUNDED', webhook: 'order.refunded', topic: 'order-events',
  description: 'The order was taken back after it had been fulfilled, and its money was given back.',
  versions: { v1: z.strictObject({ orderId: id, orderNumber: z.int().min(1), customerId: id, amount: moneySchema, currency, reason, ...changed }) },
  subject: (data) => data.orderId,
  example: { orderId: exampleOrder.orderId, orderNumber: 10248, customerId: 'VINET', amount: '200.38', currency: 'USD', reason: { code: 'customer_changed_mind' } },
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
  type: 'FulfillmentCompleted', constant: 'FULFILLMENT_COMPLETED', webhook: 'fulfillment.completed', topic: 'fulfillment-events',
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

const shipment = { orderId: id, fulfillmentId: id, carrier: z.string().max(100), trackingNumber: z.string().max(100), lineIds: z.array(id).min(1).max(500) };
const exampleParcel = { orderId: exampleOrder.orderId, fulfillmentId: exampleFulfillment.fulfillmentId, carrier: 'Northwind Post', trackingNumber: 'NP0000012', lineIds: ['1'] };

export const ShippingDispatched = defineEvent({
  type: 'ShippingDispatched', constant: 'SHIPPING_DISPATCHED', webhook: 'shipping.dispatched', topic: 'shipping-events',
  description: 'A parcel was handed over to its carrier, who follows it under the tracking number.', isExternal: true,
  versions: { v1: z.strictObject(shipment) },
  subject: (data) => data.orderId,
  example: exampleParcel,
});

export const ShippingDelivered = defineEvent({
  type: 'ShippingDelivered', constant: 'SHIPPING_DELIVERED', webhook: 'shipping.delivered', topic: 'shipping-events',
  description: 'The carrier said that a parcel has arrived.', isExternal: true,
  versions: { v1: z.strictObject({ ...shipment, deliveredAt: z.iso.datetime() }) },
  subject: (data) => data.orderId,
  example: { ...exampleParcel, deliveredAt: '2026-01-05T10:15:00.000Z' },
});

/** What Order Fulfillment publishes. */
export const FULFILLING_ENTRIES = [
  FulfillmentAccepted, FulfillmentLineSettled, FulfillmentCompleted, FulfillmentFailed, FulfillmentHeld, FulfillmentReleased, FulfillmentCancelled, FulfillmentRevoked,
] as const;

/** Every entry of this package. */
export const ENTRIES = [
  OrderCheckoutInitiated, OrderCreated, OrderConfirmed, OrderFulfilled, OrderUnfulfilled, OrderTakenBack, OrderShipped, OrderCompleted, OrderCancelled, OrderRefunded,
  OrderCancelRequested, OrderCancelRefused, OrderRefundRequested, OrderRevokeRequested, OrderReRequested, OrderOverdue, AuditRecorded,
  FulfillmentRequested, FulfillmentRefused, FulfillmentHealed, FulfillmentRevokeRequested,
  FulfillmentAccepted, FulfillmentLineSettled, FulfillmentCompleted, FulfillmentFailed,
  FulfillmentHeld, FulfillmentReleased, FulfillmentCancelled, FulfillmentRevoked,
  ShippingCreated, ShippingDispatched, ShippingDelivered,
] as const;

/** The catalogue of this package's entries; a service adds those of its extensions with `createCatalogue`. */
export const catalogue = createCatalogue(ENTRIES as unknown as Parameters<typeof createCatalogue>[0]);
