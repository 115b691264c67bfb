/**
 * What becomes of the goods of an order that was fulfilled, and of those that were taken back. Pure. What the fulfilling side
 * tells is judged by the orders; what is heard here is what they accepted.
 *
 * Delivered lines leave the stock, the others are free again. What is taken back returns to the stock when it never left it as a
 * parcel: access that ends can be sold again at once. A parcel is with a carrier or a customer: it is counted when it has come
 * back and was looked at, by an adjustment.
 */
import { apply, notYet, stale } from '@commerce/event-log/extension';
import type { NewEvent } from '@commerce/event-log/event';
import type { DataOf } from '@commerce/events/catalogue';
import type { OrderFulfilled, OrderTakenBack } from '@commerce/events/entries';
import { changedLines, decided, stocksAfter, toldLines, withStatuses } from './reservation.ts';
import type { Decision, InventoryRow, Reason, Reservation, ReservedLine } from './reservation.ts';
import { availableOf, stockSubject, sumBySku } from './stock.ts';
import type { Stock, StockOf } from './stock.ts';

type Fulfilled = Pick<DataOf<typeof OrderFulfilled>, 'lines'>;
type TakenBack = Pick<DataOf<typeof OrderTakenBack>, 'reason' | 'lines'>;
type Outcome = Fulfilled['lines'][number];

/** The outcomes do not answer for what was set aside. A person must look at it. */
export class OutcomesDoNotFit extends Error {
  override readonly name = 'OutcomesDoNotFit';
}

const NOT_FULFILLED: Reason = { code: 'not_fulfilled' };

/** The order was fulfilled. Throws `OutcomesDoNotFit`. */
export function settle(reservation: Reservation | undefined, fulfilled: Fulfilled, stockOf: StockOf): Decision {
  if (reservation?.status !== 'reserved') return stale('not_reserved', { status: reservation?.status ?? null });
  const outcomes = fitting(reservation, fulfilled.lines);
  const lines = withStatuses(reservation.lines, ({ lineId, status }) => (status === 'held' ? statusAfter(outcomes.get(lineId)) : undefined));
  const ended = changedLines(reservation.lines, lines);
  if (ended.length === 0) return stale('nothing_held', { statuses: [...new Set(lines.map(({ status }) => status))], version: reservation.version });
  const freed = ended.filter(({ status }) => status === 'released');
  const told: NewEvent = { type: 'InventoryReleased', data: { orderId: reservation.orderId, lines: toldLines(freed), reason: NOT_FULFILLED } };
  return decided(reservation, { lines }, freed.length > 0 ? [told] : [], stocksAfter(ended, ({ status }) => ({ onHand: status === 'released' ? 0 : -1, reserved: -1 }), stockOf));
}

/** Lines were taken back after they had been delivered. */
export function takeBack(reservation: Reservation | undefined, { reason, lines: outcomes }: TakenBack, stockOf: StockOf): Decision {
  if (reservation?.status !== 'reserved') return stale('not_reserved', { status: reservation?.status ?? null });
  const revoked = new Set(outcomes.filter(({ status }) => status === 'revoked').map(({ lineId }) => lineId));
  if (reservation.lines.some(({ lineId, status }) => revoked.has(lineId) && (status === 'held' || status === 'releasing'))) return notYet('it is not known yet whether the lines were delivered');
  const lines = withStatuses(reservation.lines, ({ lineId, status }) => (status === 'delivered' && revoked.has(lineId) ? 'returned' : undefined));
  const returned = changedLines(reservation.lines, lines);
  // The providers keep all of it, or a parcel is counted when it has come back: that is the rule, and nothing to be noted.
  if (revoked.size === 0) return apply<InventoryRow>(reservation);
  const awaited = reservation.lines.filter(({ lineId }) => revoked.has(lineId));
  if (returned.length === 0 && awaited.length > 0 && awaited.every(({ status }) => status === 'shipped')) return apply<InventoryRow>(reservation);
  if (returned.length === 0) return stale('nothing_returns', { statuses: [...new Set(reservation.lines.map(({ status }) => status))], version: reservation.version });
  const stocks = stocksAfter(returned, () => ({ onHand: 1, reserved: 0 }), stockOf);
  return decided(reservation, { lines }, returnedEvents(returned, stocks, reason), stocks);
}

function statusAfter(outcome: Outcome | undefined): 'released' | 'shipped' | 'delivered' {
  if (outcome?.status !== 'fulfilled') return 'released';
  return outcome.tracking === undefined ? 'delivered' : 'shipped';
}

/** The outcomes by line, if they answer for every line in its quantity. */
function fitting({ orderId, lines }: Reservation, outcomes: readonly Outcome[]): ReadonlyMap<string, Outcome> {
  const byLine = new Map(outcomes.map((outcome) => [outcome.lineId, outcome]));
  const fits = lines.every(({ lineId, sku, quantity }) => {
    const outcome = byLine.get(lineId);
    return outcome?.sku === sku && outcome.quantity === quantity;
  });
  if (!fits) throw new OutcomesDoNotFit(`The outcomes do not answer line by line for what is set aside for order ${orderId}.`);
  return byLine;
}

/** What returns to the stock is an adjustment of it, told under the version of the stock. */
function returnedEvents(lines: readonly ReservedLine[], stocks: ReadonlyMap<string, Stock>, reason: Reason): NewEvent[] {
  return [...sumBySku(lines)].flatMap(([sku, delta]) => {
    const stock = stocks.get(stockSubject(sku));
    return stock === undefined ? [] : [{ type: 'InventoryAdjusted', data: { sku, delta, onHand: stock.onHand, available: availableOf(stock), reason }, sequence: stock.version }];
  });
}
