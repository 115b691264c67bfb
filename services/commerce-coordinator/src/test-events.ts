/** Events of one order for tests: complete, valid by the catalogue, with the members that a test wants to be different. */
import type { StoredEvent } from '@commerce/event-log/event';
import { uuid7 } from '@commerce/events/uuid7';
import { EXTENSIONS } from '../extensions.config.ts';
import { MAP } from '../signals.config.ts';
import { catalogueOf } from './catalogue.ts';

const catalogue = catalogueOf({ extensions: EXTENSIONS, map: MAP });

export const CLIENT_ID = 'commerce-coordinator';
export const ORDER_ID = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';
export const FULFILLMENT_ID = '0193a6a0-6000-7abc-9def-0123456789ab';

const about = { orderId: ORDER_ID, fulfillmentId: FULFILLMENT_ID };
export const LINES = [{ lineId: '1', sku: 'NW-11', quantity: 12 }, { lineId: '2', sku: 'NW-42', quantity: 1 }];
export const FULFILLED = LINES.map((line) => ({ ...line, provider: 'instant', status: 'fulfilled' as const }));
export const FAILED = LINES.map((line) => ({ ...line, provider: 'lms', status: 'failed' as const, reason: { code: 'course_closed' } }));
export const CANCELLED = LINES.map((line) => ({ ...line, provider: 'warehouse', status: 'cancelled' as const }));
export const REVOKED = LINES.map((line) => ({ ...line, provider: 'instant', status: 'revoked' as const }));

const payment = { orderId: ORDER_ID, paymentId: `pay_${ORDER_ID}`, amount: '200.38', currency: 'USD', provider: 'standard' };
const STOCK = LINES.map(({ sku, quantity }) => ({ sku, quantity }));

const DATA: Readonly<Record<string, object>> = {
  InventoryReserved: { orderId: ORDER_ID, lines: STOCK },
  InventoryReservationFailed: { orderId: ORDER_ID, shortages: [{ sku: 'NW-11', wanted: 12, available: 3 }] },
  InventoryReleased: { orderId: ORDER_ID, lines: STOCK, reason: { code: 'card_declined' } },
  PaymentProcessed: { ...payment, reference: 'ch_1' },
  PaymentFailed: { ...payment, reason: { code: 'card_declined' } },
  PaymentRefunded: { ...payment, refundId: 'r1', refunded: '200.38', charged: '200.38', reason: { code: 'not_fulfilled' } },
  OrderShipped: { orderId: ORDER_ID, orderNumber: 10248, customerId: 'VINET', method: 'none', parcels: [] },
  FulfillmentRequested: { ...about, status: 'accepted' },
  FulfillmentRefused: { orderId: ORDER_ID, reason: { code: 'no_provider' } },
  FulfillmentUnwanted: about,
  FulfillmentRevokeRequested: { ...about, status: 'revoked', reason: { code: 'order_cancelled' } },
  FulfillmentHealed: { ...about, difference: 'outcome_missed', found: 'completed' },
  FulfillmentCompleted: { ...about, clientId: CLIENT_ID, status: 'completed', lines: FULFILLED },
  FulfillmentFailed: { ...about, clientId: CLIENT_ID, reason: { code: 'all_lines_failed' }, lines: FAILED },
  FulfillmentCancelled: { ...about, clientId: CLIENT_ID, reason: { code: 'out_of_season' }, lines: CANCELLED },
  FulfillmentRevoked: { ...about, clientId: CLIENT_ID, reason: { code: 'refunded' }, lines: REVOKED },
  DisputeOpened: { ...payment, disputeId: 'dp_1', occurredAt: '2026-01-01T00:00:00.000Z', open: 1, left: '200.38' },
  FulfillmentSuspended: about,
  FulfillmentResumed: about,
  ShippingCreated: { ...about, method: 'none', parcels: [] },
};

let position = 0;

/** The event as the log would hold it. Throws when its data does not fit the catalogue. */
export function event(type: string, data: object = {}, given: Partial<StoredEvent> = {}): StoredEvent {
  position += 1;
  const whole = { ...DATA[type], ...data };
  catalogue.checkData(type, whole);
  const entry = catalogue.entry(type);
  return {
    eventId: uuid7(1_700_000_000_000 + position), type, version: catalogue.currentVersion(type), topic: entry.topic,
    subject: entry.subject(whole), slot: 0, origin: 'own', sequence: 1, correlationId: uuid7(1), causationId: null, source: 'fulfillment-service',
    occurredAt: '2026-01-01T00:00:00.000Z', recordedAtMs: position, metadata: {}, data: whole, cursor: { epoch: 1, txid: position, position },
    ...given,
  };
}

/** The same from the fulfilling side, over the bus. */
export function foreign(type: string, data: object = {}, given: Partial<StoredEvent> = {}): StoredEvent {
  return event(type, data, { origin: 'foreign', source: 'order-fulfillment', sequence: 4, ...given });
}
