/**
 * What an order is worth in points: so many for each whole unit of the money that was kept, once it is completed. Pure.
 *
 * Promise: the worth follows from what was heard, not from the order in which it was heard. Money is whole minor units.
 */
import { MAX_POINTS } from './account.ts';

export interface CountedOrder {
  readonly kind: 'order';
  readonly orderId: string;
  readonly customerId: string | null;
  /** Undecided until the order is confirmed. */
  readonly charged: bigint | null;
  /** Points for each whole unit, as it was when the order was confirmed. */
  readonly rate: number | null;
  /** In all. */
  readonly refunded: bigint;
  readonly isCompleted: boolean;
  /** What it is worth now. */
  readonly points: number;
}

/** What one event says of an order. */
export type Heard = Partial<Pick<CountedOrder, 'customerId' | 'charged' | 'rate' | 'refunded' | 'isCompleted'>>;

const MINOR_PER_UNIT = 100n;

/** The order with what was heard; the same object when that is nothing new. */
export function count(order: CountedOrder | undefined, orderId: string, heard: Heard): CountedOrder {
  const before = order ?? { kind: 'order', orderId, customerId: null, charged: null, rate: null, refunded: 0n, isCompleted: false, points: 0 };
  // A sum in all only grows: an older event says nothing new.
  const refunded = heard.refunded !== undefined && heard.refunded > before.refunded ? heard.refunded : before.refunded;
  const known = { ...before, ...heard, refunded };
  const after = { ...known, points: worthOf(known) };
  return order !== undefined && isSame(order, after) ? order : after;
}

function worthOf({ charged, rate, refunded, isCompleted }: CountedOrder): number {
  if (charged === null || rate === null || !isCompleted || refunded >= charged) return 0;
  const points = ((charged - refunded) * BigInt(rate)) / MINOR_PER_UNIT;
  return points > BigInt(MAX_POINTS) ? MAX_POINTS : Number(points);
}

function isSame(one: CountedOrder, other: CountedOrder): boolean {
  return one.customerId === other.customerId && one.charged === other.charged && one.rate === other.rate && one.refunded === other.refunded && one.isCompleted === other.isCompleted;
}
