/** The rows of loyalty: which kind stands under which subject. */
import type { Account, Redemption } from './account.ts';
import type { CountedOrder } from './counted-order.ts';

export type LoyaltyRow = CountedOrder | Account | Redemption;

/** The row under the id of an order. */
export function orderIn(row: LoyaltyRow | undefined): CountedOrder | undefined {
  if (row !== undefined && row.kind !== 'order') throw new TypeError(`A row of an order is a row of the kind ${row.kind}.`);
  return row;
}

/** The row under the subject of an account. */
export function accountIn(row: LoyaltyRow | undefined): Account | undefined {
  if (row !== undefined && row.kind !== 'account') throw new TypeError(`A row of an account is a row of the kind ${row.kind}.`);
  return row;
}

/** The row under the subject of a redemption. */
export function redemptionIn(row: LoyaltyRow | undefined): Redemption | undefined {
  if (row !== undefined && row.kind !== 'redemption') throw new TypeError(`A row of a redemption is a row of the kind ${row.kind}.`);
  return row;
}
