/** What the tests of the inventory share: its map, and orders as rows and events. */
import { uuid7 } from '@commerce/events/uuid7';
import { PAYMENT_ENTRIES } from '@commerce/events/entries/payments';
import { defineSignalMap } from '@commerce/signals/map';
import type { Pool } from 'pg';
import { inventory } from './extension.ts';
import { OWN_INVENTORY_ENTRIES } from './signals.ts';

export const MAP = defineSignalMap([inventory], {
  OrderCreated: ['inventory.reserve'],
  PaymentFailed: ['inventory.release'],
  PaymentRefunded: ['inventory.release'],
  OrderUnfulfilled: ['inventory.release'],
  InventoryReleaseInitiated: ['inventory.put_back'],
  OrderFulfilled: ['inventory.settle'],
  OrderTakenBack: ['inventory.take_back'],
});

/** Entries that it needs beside those of orders and inventory. */
export const ENTRIES_BESIDE = [...PAYMENT_ENTRIES, ...OWN_INVENTORY_ENTRIES];

export interface OrderedLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
}

let orders = 0;

/** Inserts the order's row; gives its id and the data of its OrderCreated. */
export async function insertOrder(pool: Pool, lines: readonly OrderedLine[], status = 'created'): Promise<{ orderId: string; created: object }> {
  const orderId = uuid7(Date.now());
  const orderNumber = (orders += 1);
  const priced = lines.map((line) => ({ ...line, unitPrice: '1.00', discount: '0', total: '1.00' }));
  await pool.query(
    `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at, status)
     VALUES ($1, $2, 'test', $1, '', 'VINET', 'USD', 0, 1, $3, now(), now(), $4)`,
    [orderId, orderNumber, JSON.stringify(priced), status],
  );
  return { orderId, created: { orderId, orderNumber, customerId: 'VINET', currency: 'USD', lines: priced, freight: '0.00', total: '1.00' } };
}

/** What is told of these lines; `parcel` and `digital` are fulfilled. */
export function outcomesOf(lines: readonly OrderedLine[], fates: readonly ('parcel' | 'digital' | 'failed' | 'revoked')[]): object[] {
  return lines.map((line, index) => {
    const fate = fates[index] ?? 'digital';
    return {
      ...line, provider: 'warehouse', status: fate === 'failed' || fate === 'revoked' ? fate : 'fulfilled',
      ...(fate === 'parcel' && { tracking: { carrier: 'Post', trackingNumber: 'NP1' } }),
    };
  });
}
