/**
 * What can be sold of a product, as the events of the inventory tell it. Pure.
 *
 * Promise: the figure is the sum of what was told, so that it does not matter in which order events of different orders and
 * products arrive. Refuses nothing: a sku that the catalogue does not know is counted too, its product may come later.
 */
import type { Heard } from '@commerce/signals/handler';
import type { InventoryAdjusted, InventoryReleased, InventoryReserved } from '@commerce/events/entries/inventory';

export interface Stock {
  readonly kind: 'stock';
  readonly sku: string;
  /** Sum of all movements; below zero while a reservation has arrived before the delivery that it was made from. */
  readonly available: number;
  /** The inventory has counted this product; before that nothing can be said. */
  readonly isCounted: boolean;
}

type Moving = Pick<Heard<readonly [typeof InventoryAdjusted, typeof InventoryReserved, typeof InventoryReleased]>, 'type' | 'data'>;

/** Subject of the stock of a product. */
export function stockSubject(sku: string): string {
  return `stock:${sku}`;
}

/** The stocks that an event moves. */
export function stocksMoved(event: Moving): string[] {
  return [...movements(event).keys()].map(stockSubject);
}

/** The stocks after the event, by subject. */
export function moveStocks(event: Moving, stockOf: (subject: string) => Stock | undefined): Map<string, Stock> {
  const counts = event.type === 'InventoryAdjusted';
  return new Map([...movements(event)].map(([sku, delta]): [string, Stock] => {
    const before = stockOf(stockSubject(sku));
    return [stockSubject(sku), { kind: 'stock', sku, available: (before?.available ?? 0) + delta, isCounted: counts || before?.isCounted === true }];
  }));
}

/** What clients are shown; null when nobody has counted. */
export function availableOf(stock: Pick<Stock, 'available' | 'isCounted'>): number | null {
  return stock.isCounted ? Math.max(0, stock.available) : null;
}

/** sku → change. A sku may stand in several lines of an order; of one that nobody counts nothing was set aside. */
function movements({ type, data }: Moving): Map<string, number> {
  if ('delta' in data) return new Map([[data.sku, data.delta]]);
  const sign = type === 'InventoryReserved' ? -1 : 1;
  const sums = new Map<string, number>();
  for (const { sku, quantity, isCounted } of data.lines) if (isCounted !== false) sums.set(sku, (sums.get(sku) ?? 0) + sign * quantity);
  return sums;
}
