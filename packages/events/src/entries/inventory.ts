/** Stock: what is reserved, released and adjusted. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { EXAMPLE_ORDER_ID, id, reason, stockLine } from './parts.ts';

const count = z.int().min(0).max(2_000_000_000);
/** `isCounted` false: nobody counts this product, so nothing was set aside of it; it is not limited. */
const heldLine = stockLine.extend({ isCounted: z.boolean().optional() });

export const InventoryReserved = defineEvent({
  type: 'InventoryReserved', constant: 'INVENTORY_RESERVED', otherNames: ['INVENTORY_UPDATE'], webhook: 'order.reserved', topic: 'inventory-events',
  description: 'Stock was set aside for every line of an order.',
  versions: { v1: z.strictObject({ orderId: id, lines: z.array(heldLine).min(1).max(500) }) },
  subject: (data) => data.orderId,
  example: { orderId: EXAMPLE_ORDER_ID, lines: [{ sku: 'NW-11', quantity: 12 }] },
});

export const InventoryReservationFailed = defineEvent({
  type: 'InventoryReservationFailed', constant: 'INVENTORY_RESERVATION_FAILED', webhook: 'inventory.reservation_failed', topic: 'inventory-events',
  description: 'There was too little stock for an order: nothing was set aside.',
  versions: { v1: z.strictObject({ orderId: id, shortages: z.array(z.strictObject({ sku: id, wanted: count, available: count })).min(1).max(500) }) },
  subject: (data) => data.orderId,
  example: { orderId: EXAMPLE_ORDER_ID, shortages: [{ sku: 'NW-11', wanted: 12, available: 3 }] },
});

export const InventoryReleased = defineEvent({
  type: 'InventoryReleased', constant: 'INVENTORY_RELEASED', otherNames: ['INVENTORY_UPDATE'], webhook: 'inventory.released', topic: 'inventory-events',
  description: 'Stock that was set aside for an order can be sold again. Without lines: nothing was set aside, for the order had been cancelled before.',
  versions: { v1: z.strictObject({ orderId: id, lines: z.array(heldLine).max(500), reason }) },
  subject: (data) => data.orderId,
  example: { orderId: EXAMPLE_ORDER_ID, lines: [{ sku: 'NW-11', quantity: 12 }], reason: { code: 'payment_refused' } },
});

export const InventoryAdjusted = defineEvent({
  type: 'InventoryAdjusted', constant: 'INVENTORY_ADJUSTED', otherNames: ['INVENTORY_UPDATE'], webhook: 'inventory.adjusted', topic: 'inventory-events',
  description: 'The stock of a product was corrected or filled up.',
  versions: { v1: z.strictObject({ sku: id, delta: z.int().min(-500_000_000).max(500_000_000), onHand: count, available: count, reason }) },
  subject: (data) => data.sku,
  example: { sku: 'NW-11', delta: 40, onHand: 62, available: 50, reason: { code: 'restock' } },
});

export const INVENTORY_ENTRIES = [InventoryReserved, InventoryReservationFailed, InventoryReleased, InventoryAdjusted] as const;
