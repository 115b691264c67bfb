/** What clients are shown of carts. Money is a decimal string with two places, times are ISO 8601. */
import { z } from 'zod';
import { formatMoney, lineTotal, minorUnits } from '../../money.ts';
import { itemsTotal } from './cart.ts';
import type { Cart } from './cart.ts';
import { CART_STATUSES } from './cart-states.ts';

const money = z.string().meta({ example: '42.00' });
const time = z.iso.datetime();

export const cartView = z.strictObject({
  cartId: z.string(), customerId: z.string(), currency: z.string(), status: z.enum(CART_STATUSES),
  version: z.int().meta({ description: '1 at first, one more with every change; also the ETag.' }),
  items: z.array(z.strictObject({ sku: z.string(), name: z.string().optional(), quantity: z.int(), unitPrice: money, total: money })),
  total: money.meta({ description: 'Of the items, without freight.' }),
  orderId: z.string().nullable().meta({ description: 'The order that it has become.' }),
  createdAt: time, updatedAt: time,
});

export const checkedOutView = z.strictObject({
  cartId: z.string(), orderId: z.string(), orderNumber: z.int(), customerId: z.string(), status: z.literal('created'), currency: z.string(), total: money, createdAt: time,
});

export type CartView = z.infer<typeof cartView>;

export function viewOf({ cartId, customerId, currency, status, version, items, order, createdAt, updatedAt }: Cart): CartView {
  return {
    cartId, customerId, currency, status, version,
    items: items.map((item) => ({ ...item, total: formatMoney(lineTotal(minorUnits(item.unitPrice), item.quantity, '0')) })),
    total: formatMoney(itemsTotal(items)), orderId: order?.orderId ?? null, createdAt, updatedAt,
  };
}
