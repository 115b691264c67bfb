/**
 * The rows. A subject names its kind: `loyalty:VINET` is an account, `redemption:…` a redemption, any other one an order. Whatever is
 * loaded, and whatever is saved, is one statement, however many events are handled together.
 */
import { plainArray } from '@commerce/event-log/arrays';
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { accountSubject, customerOf, redemptionOf, redemptionSubject } from './account.ts';
import type { Account } from './account.ts';
import type { LoyaltyRow } from './rows.ts';

/** Money as text: a number of JSON would lose cents of very large amounts. */
const LOAD = `
SELECT 'order' AS kind, order_id AS id, to_jsonb(o) || jsonb_build_object('charged', charged::text, 'refunded', refunded::text) AS row FROM loyalty_orders o WHERE order_id = ANY ($1::text[])
UNION ALL
SELECT 'account', customer_id, to_jsonb(a) FROM loyalty_accounts a WHERE customer_id = ANY ($2::text[])
UNION ALL
SELECT 'redemption', redemption_id, to_jsonb(r) FROM loyalty_redemptions r WHERE redemption_id = ANY ($3::text[])`;

const SAVE = `
WITH orders AS (
  INSERT INTO loyalty_orders (order_id, customer_id, charged, rate, refunded, is_completed, points)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::bigint[], $6::boolean[], $7::bigint[])
  ON CONFLICT (order_id) DO UPDATE SET customer_id = excluded.customer_id, charged = excluded.charged, rate = excluded.rate,
    refunded = excluded.refunded, is_completed = excluded.is_completed, points = excluded.points
), accounts AS (
  INSERT INTO loyalty_accounts (customer_id, earned, revoked, redeemed, lapsed)
  SELECT * FROM unnest($8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
  ON CONFLICT (customer_id) DO UPDATE SET earned = excluded.earned, revoked = excluded.revoked, redeemed = excluded.redeemed, lapsed = excluded.lapsed
)
INSERT INTO loyalty_redemptions (redemption_id, customer_id, points, why, balance)
SELECT * FROM unnest($13::text[], $14::text[], $15::bigint[], $16::text[], $17::bigint[])`;

export const loyaltyStore: StateStore<LoyaltyRow> = {
  async load(tx, subjects) {
    const customerIds = subjects.map(customerOf).filter((id) => id !== undefined);
    const redemptionIds = subjects.map(redemptionOf).filter((id) => id !== undefined);
    const orderIds = subjects.filter((subject) => customerOf(subject) === undefined && redemptionOf(subject) === undefined);
    const { rows } = await run(tx, LOAD, [orderIds, customerIds, redemptionIds]);
    return new Map(rows.map(rowOf));
  },

  async save(tx, changes) {
    const rows = changes.map(({ after }) => after);
    const orders = rows.filter((row) => row.kind === 'order');
    const accounts = rows.filter((row) => row.kind === 'account');
    const redemptions = rows.filter((row) => row.kind === 'redemption');
    await run(tx, SAVE, [
      orders.map(({ orderId }) => orderId), orders.map(({ customerId }) => customerId), plainArray(orders.map(({ charged }) => charged?.toString() ?? null)),
      plainArray(orders.map(({ rate }) => rate)), plainArray(orders.map(({ refunded }) => refunded.toString())), orders.map(({ isCompleted }) => isCompleted), plainArray(orders.map(({ points }) => points)),
      accounts.map(({ customerId }) => customerId), plainArray(accounts.map(({ earned }) => earned)), plainArray(accounts.map(({ revoked }) => revoked)),
      plainArray(accounts.map(({ redeemed }) => redeemed)), plainArray(accounts.map(({ lapsed }) => lapsed)),
      redemptions.map(({ redemptionId }) => redemptionId), redemptions.map(({ customerId }) => customerId), plainArray(redemptions.map(({ points }) => points)),
      redemptions.map(({ why }) => why), plainArray(redemptions.map(({ balance }) => balance)),
    ]);
  },

  isSentAtOnce: true,
};

/** Undefined when the customer has never earned anything. */
export async function readAccount(db: Tx, customerId: string): Promise<Account | undefined> {
  const { rows } = await run(db, 'SELECT to_jsonb(a) AS row FROM loyalty_accounts a WHERE customer_id = $1', [customerId]);
  return rows.map(({ row }) => accountOf(row))[0];
}

/** At most `limit` accounts after `afterId`, by customer. */
export async function readAccounts(db: Tx, afterId: string | undefined, limit: number): Promise<Account[]> {
  const { rows } = await run(db, 'SELECT to_jsonb(a) AS row FROM loyalty_accounts a WHERE customer_id > $1 ORDER BY customer_id LIMIT $2', [afterId ?? '', limit]);
  return rows.map(({ row }) => accountOf(row));
}

function rowOf({ kind, id, row }: { kind?: string; id?: string; row?: any }): [string, LoyaltyRow] {
  if (kind === 'account') return [accountSubject(String(id)), accountOf(row)];
  if (kind === 'redemption') {
    return [redemptionSubject(String(id)), { kind, redemptionId: row.redemption_id, customerId: row.customer_id, points: row.points, why: row.why, balance: row.balance }];
  }
  return [String(id), {
    kind: 'order', orderId: row.order_id, customerId: row.customer_id, charged: row.charged === null ? null : BigInt(row.charged), rate: row.rate,
    refunded: BigInt(row.refunded), isCompleted: row.is_completed, points: row.points,
  }];
}

function accountOf(row: any): Account {
  return { kind: 'account', customerId: row.customer_id, earned: row.earned, revoked: row.revoked, redeemed: row.redeemed, lapsed: row.lapsed };
}
