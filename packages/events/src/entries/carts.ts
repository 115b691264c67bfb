/** Carts: filled, left alone, turned into orders. */
import { z } from 'zod';
import { defineEvent } from '../catalogue.ts';
import { EXAMPLE_ORDER_ID, currency, id, moneySchema } from './parts.ts';

const item = z.strictObject({ sku: id, name: z.string().max(500).optional(), quantity: z.int().min(1).max(1_000_000), unitPrice: moneySchema });
const items = z.array(item).max(500);
const cart = { cartId: id, customerId: id };
const example = { cartId: '0193a6a0-8000-7abc-9def-0123456789ab', customerId: 'VINET' };
const exampleItems = [{ sku: 'NW-11', name: 'Queso Cabrales', quantity: 2, unitPrice: '21.00' }];

export const CartCreated = defineEvent({
  type: 'CartCreated', constant: 'CART_CREATED', webhook: 'cart.created', topic: 'order-events',
  description: 'A customer has begun a cart.',
  versions: { v1: z.strictObject({ ...cart, currency }) },
  subject: (data) => data.cartId,
  example: { ...example, currency: 'USD' },
});

export const CartUpdated = defineEvent({
  type: 'CartUpdated', constant: 'CART_UPDATED', webhook: 'cart.updated', topic: 'order-events',
  description: 'The items of a cart have changed; they stand here whole.',
  versions: { v1: z.strictObject({ ...cart, items }) },
  subject: (data) => data.cartId,
  example: { ...example, items: exampleItems },
});

export const CartItemAdded = defineEvent({
  type: 'CartItemAdded', constant: 'CART_ITEM_ADDED', webhook: 'cart.item_added', topic: 'order-events',
  description: 'Something was put into a cart: how many more of it, at its present price. CartUpdated tells the items that are in it now.',
  versions: { v1: z.strictObject({ ...cart, item }) },
  subject: (data) => data.cartId,
  example: { ...example, item: { sku: 'NW-11', name: 'Queso Cabrales', quantity: 1, unitPrice: '21.00' } },
});

export const CartAbandoned = defineEvent({
  type: 'CartAbandoned', constant: 'CART_ABANDONED', webhook: 'cart.abandoned', topic: 'order-events',
  description: 'Nobody has touched a cart with items for its quiet time.',
  versions: { v1: z.strictObject({ ...cart, items: items.min(1) }) },
  subject: (data) => data.cartId,
  example: { ...example, items: exampleItems },
});

export const CartCheckedOut = defineEvent({
  type: 'CartCheckedOut', constant: 'CART_CHECKED_OUT', webhook: 'cart.checked_out', topic: 'order-events',
  description: 'A cart became an order.',
  versions: { v1: z.strictObject({ ...cart, orderId: id }) },
  subject: (data) => data.cartId,
  example: { ...example, orderId: EXAMPLE_ORDER_ID },
});

export const CART_ENTRIES = [CartCreated, CartUpdated, CartItemAdded, CartAbandoned, CartCheckedOut] as const;
