/**
 * What the inventory tells, and the one entry of the catalogue that nobody else needs: that lines are on their way back into the
 * stock.
 */
import { defineEvent } from '@commerce/events/catalogue';
import { InventoryAdjusted, InventoryReleased, InventoryReservationFailed, InventoryReserved } from '@commerce/events/entries/inventory';
import { defineSignal, sendingOf } from '@commerce/signals/signal';
import type { Signal } from '@commerce/signals/signal';
import { z } from 'zod';

const id = z.string().min(1).max(200);
const reason = z.strictObject({ code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), message: z.string().max(2_000).optional() });

export const InventoryReleaseInitiated = defineEvent({
  type: 'InventoryReleaseInitiated', constant: 'INVENTORY_RELEASE_INITIATED', webhook: 'inventory.release_initiated', topic: 'inventory-events',
  description: 'An order does not need these lines any more; they are put back into the stock.',
  versions: { v1: z.strictObject({ orderId: id, lines: z.array(z.strictObject({ lineId: id, sku: id, quantity: z.int().min(1).max(1_000_000) })).min(1).max(500), reason }) },
  subject: (data) => data.orderId,
  example: { orderId: '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d', lines: [{ lineId: '1', sku: 'NW-11', quantity: 12 }], reason: { code: 'card_declined' } },
});

/** For the service's catalogue, beside those of the events package. */
export const OWN_INVENTORY_ENTRIES = [InventoryReleaseInitiated] as const;

export const INVENTORY_SIGNALS: readonly Signal<any>[] = [
  defineSignal(InventoryReserved), defineSignal(InventoryReservationFailed), defineSignal(InventoryReleased), defineSignal(InventoryAdjusted),
  defineSignal(InventoryReleaseInitiated, { internal: true }),
];

/** Sends the events of a decision; gives the decision without them, as a handler returns it. */
export const send = sendingOf(INVENTORY_SIGNALS);
