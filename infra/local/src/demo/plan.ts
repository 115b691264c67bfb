// What happens to whom in a run: where the stock comes from, who pays with which card, who cancels, what nobody delivers. Chosen by
// the number of the order and the sku alone, so that each run meets the same misfortunes. Pure.
import type { PathName } from './paths.ts';

/** Cards of the payment stand-in, see its CONTRACT.md. */
const DECIDED_LATER = 'tok_4000000000000077';
const REFUSED = ['tok_4000000000000002', 'tok_4000000000000341'] as const;

/** When a customer changes the mind: right after ordering, or when the order is paid and on its way. */
export type CancelTime = 'at_once' | 'under_way';

export type Plan = {
  /** `catalogue`: what the products' file says is there. `enough`: of every product as much as all orders together want. */
  readonly opening: 'catalogue' | 'enough';
  /** How many orders come before the first look at the shelves, and between two looks; undefined: nobody fills up. */
  readonly restock: { readonly first: number; readonly next: number } | undefined;
  /** Products that no provider delivers: Order Fulfillment refuses their orders. */
  readonly withoutProvider: readonly string[];
  /** What the LMS does not know, as its fault settings name it: it refuses these lines. */
  readonly lmsFaults: { readonly unknownCourses?: readonly string[]; readonly unknownUsers?: readonly string[] };
  /** Token of the card; undefined for the default one, which is charged. */
  readonly cardOf: (orderNumber: number) => string | undefined;
  readonly cancelOf: (orderNumber: number) => CancelTime | undefined;
  /** Some customers send back what they got. */
  readonly refunds: boolean;
  /** Ways of compensation that must have been taken at the end. */
  readonly mustOccur: readonly PathName[];
  /** Part of the orders that must be completed at the end, 0 to 1. */
  readonly leastCompleted: number;
};

const UNDISTURBED: Plan = { opening: 'enough', restock: undefined, withoutProvider: [], lmsFaults: {}, cardOf: () => undefined, cancelOf: () => undefined, refunds: false, mustOccur: [], leastCompleted: 0 };

/** The sample, with everything that can happen to an order. About nine in ten of the 400 are completed. */
const SAMPLE: Plan = {
  opening: 'catalogue',
  restock: { first: 15, next: 40 },
  withoutProvider: ['NW-5', 'NW-9'],
  lmsFaults: { unknownCourses: ['NW-27'], unknownUsers: ['LAMAI'] },
  cardOf: (orderNumber) => {
    if (orderNumber % 50 === 28) return REFUSED[Math.floor(orderNumber / 50) % REFUSED.length];
    return orderNumber % 10 === 2 ? DECIDED_LATER : undefined;
  },
  cancelOf: (orderNumber) => {
    if (orderNumber % 60 !== 43) return undefined;
    return Math.floor(orderNumber / 60) % 2 === 0 ? 'at_once' : 'under_way';
  },
  refunds: true,
  mustOccur: ['no_stock', 'card_refused', 'fulfillment_refused', 'fulfillment_failed', 'partial', 'cancelled', 'refunded', 'partly_refunded'],
  leastCompleted: 0.85,
};

/** The sample on the shelves as they are: nothing goes wrong but the stock. */
const RAW_STOCK: Plan = { ...UNDISTURBED, opening: 'catalogue', mustOccur: ['no_stock'] };

/** The plan of a run. Orders of a file of the user's own are disturbed by nothing, and there is enough for all of them. */
export function planOf({ ownFile, rawStock }: { readonly ownFile: boolean; readonly rawStock: boolean }): Plan {
  if (rawStock) return ownFile ? { ...RAW_STOCK, mustOccur: [] } : RAW_STOCK;
  return ownFile ? UNDISTURBED : SAMPLE;
}

/** The orders in the portions between which the shelves are looked at. */
export function wavesOf<T>(orders: readonly T[], restock: Plan['restock']): T[][] {
  if (restock === undefined) return [[...orders]];
  const waves = [orders.slice(0, restock.first)];
  for (let at = restock.first; at < orders.length; at += restock.next) waves.push(orders.slice(at, at + restock.next));
  return waves;
}
