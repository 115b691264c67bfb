/**
 * Giving free what an order does not need any more, in two steps. Pure.
 *
 * The first step knows the order and not its products: a payment that failed names none, and only stocks that an event names
 * can be changed with it. So it marks the lines and tells which; the second step hears that, and puts them back.
 *
 * Who ends a reservation: PaymentFailed, for nothing is delivered unpaid, and every reserved order gets it or PaymentProcessed;
 * after PaymentProcessed the order alone, which tells of every paid one what became of it: OrderUnfulfilled here. A cancel itself ends
 * nothing: it may come too late, and whatever it stops is told as one of these. Money that was given back says that lines are
 * not delivered only where it names them; where it does not, somebody gave it back by hand while the goods may be on their way.
 */
import { apply, stale } from '@commerce/event-log/extension';
import type { OrderUnfulfilled } from '@commerce/events/entries';
import type { PaymentFailed, PaymentRefunded } from '@commerce/events/entries/payments';
import type { Heard } from '@commerce/signals/handler';
import { changedLines, decided, stocksAfter, toldLines, withStatuses } from './reservation.ts';
import type { Decision, InventoryRow, Reason, Reservation } from './reservation.ts';
import type { StockOf } from './stock.ts';

export type EndsReservation = Heard<readonly [typeof PaymentFailed, typeof PaymentRefunded, typeof OrderUnfulfilled]>;

/** What the second step is told. */
export interface ReleaseInitiated {
  readonly orderId: string;
  readonly lines: readonly { readonly lineId: string; readonly sku: string; readonly quantity: number }[];
  readonly reason: Reason;
}

/** First step. */
export function release(reservation: Reservation | undefined, { type, data }: Pick<EndsReservation, 'type' | 'data'>): Decision {
  if (reservation === undefined || reservation.status === 'unasked') return stale('not_reserved');
  const { lineIds } = data as { readonly lineIds?: readonly string[] };
  const named = lineIds === undefined ? undefined : new Set(lineIds);
  if (type === 'PaymentRefunded' && named === undefined) return stale('no_lines_named');
  const lines = withStatuses(reservation.lines, ({ lineId, status }) => (status === 'held' && (named?.has(lineId) ?? true) ? 'releasing' : undefined));
  const going = changedLines(reservation.lines, lines);
  // Money that is given back follows what has told of the same lines already: that is the rule, and nothing to be noted.
  if (going.length === 0 && type === 'PaymentRefunded') return apply<InventoryRow>(reservation);
  if (going.length === 0) return stale('nothing_held', { status: reservation.status, version: reservation.version });
  const told: ReleaseInitiated = { orderId: reservation.orderId, lines: going.map(({ lineId, sku, quantity }) => ({ lineId, sku, quantity })), reason: data.reason };
  return decided(reservation, { lines }, [{ type: 'InventoryReleaseInitiated', data: told }]);
}

/** Second step. */
export function putBack(reservation: Reservation | undefined, { lines: named, reason }: ReleaseInitiated, stockOf: StockOf): Decision {
  if (reservation === undefined) return stale('unknown_order');
  const ids = new Set(named.map(({ lineId }) => lineId));
  const lines = withStatuses(reservation.lines, ({ lineId, status }) => (status === 'releasing' && ids.has(lineId) ? 'released' : undefined));
  const going = changedLines(reservation.lines, lines);
  if (going.length === 0) return stale('already_released', { version: reservation.version });
  return decided(
    reservation, { lines }, [{ type: 'InventoryReleased', data: { orderId: reservation.orderId, lines: toldLines(going), reason } }],
    stocksAfter(going, () => ({ onHand: 0, reserved: -1 }), stockOf),
  );
}
