import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { availableOf, moveStocks, stocksMoved } from './stock.ts';
import type { Stock } from './stock.ts';

type Event = Parameters<typeof moveStocks>[0];
const adjusted = (sku: string, delta: number): Event => ({ type: 'InventoryAdjusted', data: { sku, delta, onHand: 0, available: 0, reason: { code: 'restock' } } });
const reserved = (...lines: { sku: string; quantity: number; isCounted?: boolean }[]): Event => ({ type: 'InventoryReserved', data: { orderId: 'o', lines } });
const released = (...lines: { sku: string; quantity: number }[]): Event => ({ type: 'InventoryReleased', data: { orderId: 'o', lines, reason: { code: 'cancelled' } } });

function after(events: readonly Event[]): Map<string, Stock> {
  const stocks = new Map<string, Stock>();
  for (const event of events) for (const [subject, stock] of moveStocks(event, (one) => stocks.get(one))) stocks.set(subject, stock);
  return stocks;
}

describe('what can be sold of a product', () => {
  test('is what was delivered, less what is reserved, with what was released', () => {
    const stocks = after([adjusted('A', 10), reserved({ sku: 'A', quantity: 3 }, { sku: 'B', quantity: 1 }, { sku: 'A', quantity: 2 }), released({ sku: 'A', quantity: 2 })]);
    expect(stocks.get('stock:A')).toEqual({ kind: 'stock', sku: 'A', available: 7, isCounted: true });
  });

  test('is not known before somebody has counted', () => {
    const stock = after([reserved({ sku: 'B', quantity: 1 })]).get('stock:B');
    expect(stock).toMatchObject({ available: -1, isCounted: false });
    expect(availableOf(stock!)).toBeNull();
    expect(availableOf({ available: -1, isCounted: true })).toBe(0);
  });

  test('is not moved by what nobody counts: nothing was set aside of it', () => {
    expect(stocksMoved(reserved({ sku: 'A', quantity: 3, isCounted: false }, { sku: 'B', quantity: 1, isCounted: true }))).toEqual(['stock:B']);
  });

  test('names every stock that an event moves, once', () => {
    expect(stocksMoved(reserved({ sku: 'A', quantity: 3 }, { sku: 'B', quantity: 1 }, { sku: 'A', quantity: 2 }))).toEqual(['stock:A', 'stock:B']);
    expect(stocksMoved(adjusted('A', -1))).toEqual(['stock:A']);
  });

  test('is the same in whichever order the events of different orders arrive', () => {
    const event = fc.oneof(
      fc.tuple(fc.constantFrom('A', 'B'), fc.integer({ min: -20, max: 20 })).map(([sku, delta]) => adjusted(sku, delta)),
      fc.tuple(fc.boolean(), fc.array(fc.record({ sku: fc.constantFrom('A', 'B'), quantity: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 3 }))
        .map(([isReserved, lines]) => (isReserved ? reserved(...lines) : released(...lines))),
    );
    const shuffled = fc.array(event, { maxLength: 12 }).chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })));
    fc.assert(fc.property(shuffled, ([events, others]) => expect(after(others)).toEqual(after(events))), { numRuns: 50 });
  });
});
