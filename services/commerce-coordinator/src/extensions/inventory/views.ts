/** What clients are shown of the inventory: the forms of the answers. */
import { z } from 'zod';
import { availableOf } from './stock.ts';
import type { Stock } from './stock.ts';

const stock = {
  sku: z.string(),
  onHand: z.int().meta({ description: 'Pieces that are there.' }),
  reserved: z.int().meta({ description: 'Pieces of them that are set aside for orders.' }),
  available: z.int().meta({ description: 'Pieces that can be sold.' }),
  version: z.int().meta({ description: '1 at first, one more with every change.' }),
};

export const stockViewSchema = z.strictObject(stock);
export const stockListView = z.strictObject({ items: z.array(stockViewSchema), nextCursor: z.string().nullable().meta({ description: 'For the next page; null on the last one.' }) });
export const adjustedView = z.strictObject({ ...stock, delta: z.int() });
export const adjustedListView = z.strictObject({ items: z.array(adjustedView).meta({ description: 'The stock after each line, in the order of the request.' }) });

export type StockView = z.infer<typeof stockViewSchema>;

export function stockView({ sku, onHand, reserved, version }: Omit<Stock, 'kind'>): StockView {
  return { sku, onHand, reserved, available: availableOf({ onHand, reserved }), version };
}
