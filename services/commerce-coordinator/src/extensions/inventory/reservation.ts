/**
 * What is set aside for an order, line by line. Pure.
 *
 * Promise of reserve.ts, release.ts and settle.ts, which decide with what stands here: an order gets all of its lines or none;
 * each line ends once: delivered, or released; what an event repeats changes nothing.
 *
 *   held → delivered → returned        a digital line, and one that was taken back
 *   held → shipped                     a parcel: what comes back of it is counted when it is there
 *   held → released                    not delivered, as the completion of the order says
 *   held → releasing → released        the whole order ends without its goods
 *
 * A product that nobody counts is not limited: its lines are held like the others, but move no stock, even when somebody
 * counts it meanwhile.
 */
import type { NewEvent } from '@commerce/event-log/event';
import { apply } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import type { Adjustment } from './adjust.ts';
import { moveAll, sumBySku } from './stock.ts';
import type { Movement, Stock, StockOf } from './stock.ts';

export type LineStatus = 'held' | 'releasing' | 'released' | 'delivered' | 'shipped' | 'returned';
/** `unasked`: the order is known, nothing was decided. `refused`: too little stock. `withheld`: the order was cancelled before. */
export type ReservationStatus = 'unasked' | 'reserved' | 'refused' | 'withheld';

export interface ReservedLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly status: LineStatus;
  /** The line moves stock. */
  readonly isCounted: boolean;
}

export interface Reservation {
  readonly kind: 'reservation';
  readonly orderId: string;
  readonly status: ReservationStatus;
  /** One more with every change. */
  readonly version: number;
  readonly lines: readonly ReservedLine[];
  /** The order is being cancelled, or is. The order's own, never written here. */
  readonly orderEnds: boolean;
}

/** `code` is a short constant, `message` safe to store and show. */
export interface Reason {
  readonly code: string;
  readonly message?: string | undefined;
}

export type InventoryRow = Reservation | Stock | Adjustment;
export type Decision = Outcome<InventoryRow>;

/** What an event tells of lines: by product, with the mark of those that are not counted. */
export interface ToldLine {
  readonly sku: string;
  readonly quantity: number;
  readonly isCounted?: false;
}

/** The sums that an event tells. All lines of an order with one product are counted, or none. */
export function toldLines(lines: readonly ReservedLine[]): ToldLine[] {
  const uncounted = new Set(lines.filter(({ isCounted }) => !isCounted).map(({ sku }) => sku));
  return [...sumBySku(lines)].map(([sku, quantity]) => ({ sku, quantity, ...(uncounted.has(sku) && { isCounted: false as const }) }));
}

/** The lines in a new status, where `next` gives one. */
export function withStatuses(lines: readonly ReservedLine[], next: (line: ReservedLine) => LineStatus | undefined): ReservedLine[] {
  return lines.map((line) => {
    const status = next(line);
    return status === undefined ? line : { ...line, status };
  });
}

/** Lines that differ from what they were before. */
export function changedLines(before: readonly ReservedLine[], after: readonly ReservedLine[]): ReservedLine[] {
  return after.filter((line, index) => line !== before[index]);
}

/** The stocks after each of these lines has moved its own by as many pieces as it has, in the given directions. */
export function stocksAfter(lines: readonly ReservedLine[], direction: (line: ReservedLine) => Movement, stockOf: StockOf): Map<string, Stock> {
  const movements = new Map<string, Movement>();
  for (const line of lines.filter(({ isCounted }) => isCounted)) {
    const { onHand, reserved } = direction(line);
    const sum = movements.get(line.sku) ?? { onHand: 0, reserved: 0 };
    movements.set(line.sku, { onHand: sum.onHand + onHand * line.quantity, reserved: sum.reserved + reserved * line.quantity });
  }
  return moveAll(movements, stockOf);
}

/** Takes the change as the reservation's next version. Events get their sequence here, but for those that have one. */
export function decided(reservation: Reservation, change: Partial<Reservation>, events: readonly NewEvent[], stocks?: ReadonlyMap<string, Stock>): Decision {
  const version = reservation.version + 1;
  return apply<InventoryRow>({ ...reservation, ...change, version }, events.map((event) => ({ sequence: version, ...event })), [], stocks);
}
