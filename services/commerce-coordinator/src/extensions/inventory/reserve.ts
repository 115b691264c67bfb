/**
 * Setting aside what an order needs: all of its lines, or none. Pure.
 *
 * Promise: an order is answered once, with InventoryReserved, InventoryReservationFailed, or InventoryReleased without lines.
 * The last one is for an order that was cancelled before it was its turn: there may be stock enough, so a shortage would be no
 * true answer, but whoever waits for its goods to be free must be told that nothing is held.
 */
import { stale } from '@commerce/event-log/extension';
import type { OrderCreated } from '@commerce/events/entries';
import type { DataOf } from '@commerce/events/catalogue';
import { decided, stocksAfter, toldLines } from './reservation.ts';
import type { Decision, Reservation, ReservedLine } from './reservation.ts';
import { availableOf, sumBySku } from './stock.ts';
import type { StockOf } from './stock.ts';

/** What an order of a product that nobody has counted gets. */
export type UnknownSku = 'refuse' | 'unlimited';

const CANCELLED = { code: 'order_cancelled' };

export function reserve(reservation: Reservation | undefined, order: Pick<DataOf<typeof OrderCreated>, 'lines'>, stockOf: StockOf, unknownSku: UnknownSku): Decision {
  if (reservation === undefined) return stale('unknown_order');
  const { orderId, status, orderEnds } = reservation;
  if (status !== 'unasked') return stale(`already_${status}`, { version: reservation.version });
  if (orderEnds) return decided(reservation, { status: 'withheld' }, [{ type: 'InventoryReleased', data: { orderId, lines: [], reason: CANCELLED } }]);
  const shortages = shortagesOf(order.lines, stockOf, unknownSku);
  if (shortages.length > 0) return decided(reservation, { status: 'refused' }, [{ type: 'InventoryReservationFailed', data: { orderId, shortages } }]);
  const lines = order.lines.map(({ lineId, sku, quantity }): ReservedLine => ({ lineId, sku, quantity, status: 'held', isCounted: stockOf(sku) !== undefined }));
  return decided(
    reservation, { status: 'reserved', lines }, [{ type: 'InventoryReserved', data: { orderId, lines: toldLines(lines) } }],
    stocksAfter(lines, () => ({ onHand: 0, reserved: 1 }), stockOf),
  );
}

interface Shortage {
  readonly sku: string;
  readonly wanted: number;
  readonly available: number;
}

function shortagesOf(lines: readonly { readonly sku: string; readonly quantity: number }[], stockOf: StockOf, unknownSku: UnknownSku): Shortage[] {
  return [...sumBySku(lines)].flatMap(([sku, wanted]) => {
    const stock = stockOf(sku);
    if (stock === undefined && unknownSku === 'unlimited') return [];
    const available = stock === undefined ? 0 : availableOf(stock);
    return wanted > available ? [{ sku, wanted, available }] : [];
  });
}
