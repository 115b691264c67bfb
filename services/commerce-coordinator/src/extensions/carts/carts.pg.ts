/** The rows of carts: one select, one statement for all that changed. */
import type { StateStore } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool, QueryResultRow } from 'pg';
import type { Cart } from './cart.ts';

const COLUMNS = 'cart_id, customer_id, currency, status, version, items, additions, checkout, placed_order, created_at, updated_at';

export const cartsStore: StateStore<Cart> = {
  async load(tx, subjects) {
    const { rows } = await run(tx, `SELECT ${COLUMNS} FROM carts WHERE cart_id = ANY ($1::text[])`, [subjects]);
    return new Map(rows.map((row): [string, Cart] => [row['cart_id'], cartOf(row)]));
  },

  async save(tx, changes) {
    const carts = changes.map(({ after }) => after);
    await run(tx,
      `INSERT INTO carts (${COLUMNS})
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::jsonb[], $7::jsonb[], $8::jsonb[], $9::jsonb[], $10::timestamptz[], $11::timestamptz[])
       ON CONFLICT (cart_id) DO UPDATE SET status = excluded.status, version = excluded.version, items = excluded.items, additions = excluded.additions,
         checkout = excluded.checkout, placed_order = excluded.placed_order, updated_at = excluded.updated_at`,
      [
        carts.map(({ cartId }) => cartId), carts.map(({ customerId }) => customerId), carts.map(({ currency }) => currency), carts.map(({ status }) => status),
        carts.map(({ version }) => version), carts.map(({ items }) => JSON.stringify(items)), carts.map(({ additions }) => JSON.stringify(additions)),
        carts.map(({ checkout }) => json(checkout)), carts.map(({ order }) => json(order)), carts.map(({ createdAt }) => createdAt), carts.map(({ updatedAt }) => updatedAt),
      ],
    );
  },
};

/** Undefined when there is no such cart. */
export async function readCart(pool: Pool, cartId: string): Promise<Cart | undefined> {
  const { rows } = await run(pool, `SELECT ${COLUMNS} FROM carts WHERE cart_id = $1`, [cartId]);
  return rows.map(cartOf)[0];
}

function cartOf(row: QueryResultRow): Cart {
  return {
    cartId: row['cart_id'], customerId: row['customer_id'], currency: row['currency'], status: row['status'], version: row['version'], items: row['items'],
    additions: row['additions'], checkout: row['checkout'], order: row['placed_order'], createdAt: row['created_at'].toISOString(), updatedAt: row['updated_at'].toISOString(),
  };
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
