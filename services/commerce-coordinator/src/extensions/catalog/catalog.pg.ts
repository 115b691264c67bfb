/**
 * The rows of users, products and stocks. A subject names its kind: `user:VINET`, `product:NW-11`, `stock:NW-11`; any other one
 * (an order whose lines move stock) has no row here.
 */
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool, QueryResultRow } from 'pg';
import type { Product } from './products.ts';
import { availableOf } from './stock.ts';
import type { Stock } from './stock.ts';
import type { User } from './users.ts';
import type { ProductView, UserView } from './views.ts';

export type CatalogRow = User | Product | Stock;

export const userSubject = (userId: string): string => `user:${userId}`;
export const productSubject = (sku: string): string => `product:${sku}`;

const USER = 'user_id, email, name, status, version, registered_as, created_at, updated_at';
const PRODUCT = 'sku, name, unit_price, currency, status, version, created_as, created_at, updated_at';

export const catalogStore: StateStore<CatalogRow> = {
  async load(tx, subjects) {
    const [users, products, stocks] = await Promise.all([
      rowsOf(tx, `SELECT ${USER} FROM catalog_users WHERE user_id = ANY ($1::text[])`, idsOf(subjects, 'user:')),
      rowsOf(tx, `SELECT ${PRODUCT} FROM catalog_products WHERE sku = ANY ($1::text[])`, idsOf(subjects, 'product:')),
      rowsOf(tx, 'SELECT sku, available, is_counted FROM catalog_stocks WHERE sku = ANY ($1::text[])', idsOf(subjects, 'stock:')),
    ]);
    return new Map<string, CatalogRow>([
      ...users.map((row): [string, CatalogRow] => [userSubject(row['user_id']), userOf(row)]),
      ...products.map((row): [string, CatalogRow] => [productSubject(row['sku']), productOf(row)]),
      ...stocks.map((row): [string, CatalogRow] => [`stock:${row['sku']}`, { kind: 'stock', sku: row['sku'], available: Number(row['available']), isCounted: row['is_counted'] }]),
    ]);
  },

  async save(tx, changes) {
    const rows = changes.map(({ after }) => after);
    await Promise.all([
      saveUsers(tx, rows.filter((row) => row.kind === 'user')),
      saveProducts(tx, rows.filter((row) => row.kind === 'product')),
      saveStocks(tx, rows.filter((row) => row.kind === 'stock')),
    ]);
  },
};

async function saveUsers(tx: Tx, users: readonly User[]): Promise<void> {
  if (users.length === 0) return;
  await run(tx,
    `INSERT INTO catalog_users (${USER})
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[], $8::timestamptz[])
     ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, name = excluded.name, status = excluded.status, version = excluded.version, updated_at = excluded.updated_at`,
    [
      users.map(({ userId }) => userId), users.map(({ email }) => email), users.map(({ name }) => name), users.map(({ status }) => status), users.map(({ version }) => version),
      users.map(({ registeredAs }) => registeredAs), users.map(({ createdAt }) => createdAt), users.map(({ updatedAt }) => updatedAt),
    ],
  );
}

async function saveProducts(tx: Tx, products: readonly Product[]): Promise<void> {
  if (products.length === 0) return;
  await run(tx,
    `INSERT INTO catalog_products (${PRODUCT})
     SELECT * FROM unnest($1::text[], $2::text[], $3::numeric[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::timestamptz[], $9::timestamptz[])
     ON CONFLICT (sku) DO UPDATE SET name = excluded.name, unit_price = excluded.unit_price, currency = excluded.currency, status = excluded.status,
       version = excluded.version, updated_at = excluded.updated_at`,
    [
      products.map(({ sku }) => sku), products.map(({ name }) => name), products.map(({ unitPrice }) => unitPrice), products.map(({ currency }) => currency),
      products.map(({ status }) => status), products.map(({ version }) => version), products.map(({ createdAs }) => createdAs),
      products.map(({ createdAt }) => createdAt), products.map(({ updatedAt }) => updatedAt),
    ],
  );
}

async function saveStocks(tx: Tx, stocks: readonly Stock[]): Promise<void> {
  if (stocks.length === 0) return;
  await run(tx,
    `INSERT INTO catalog_stocks (sku, available, is_counted) SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[])
     ON CONFLICT (sku) DO UPDATE SET available = excluded.available, is_counted = excluded.is_counted`,
    [stocks.map(({ sku }) => sku), stocks.map(({ available }) => available), stocks.map(({ isCounted }) => isCounted)],
  );
}

/** Undefined when there is no such user. */
export async function readUser(pool: Pool, userId: string): Promise<UserView | undefined> {
  const { rows } = await run(pool, `SELECT ${USER} FROM catalog_users WHERE user_id = $1`, [userId]);
  return rows.map((row) => userView(userOf(row)))[0];
}

/** At most `limit` users after `afterId`, by id. */
export async function readUsers(pool: Pool, filter: { readonly status?: string | undefined; readonly afterId: string | undefined; readonly limit: number }): Promise<UserView[]> {
  const { rows } = await run(pool,
    `SELECT ${USER} FROM catalog_users WHERE ($1::text IS NULL OR status = $1) AND user_id > $2 ORDER BY user_id LIMIT $3`,
    [filter.status ?? null, filter.afterId ?? '', filter.limit],
  );
  return rows.map((row) => userView(userOf(row)));
}

const PRODUCT_WITH_STOCK = `SELECT ${PRODUCT}, coalesce(available, 0) AS available, coalesce(is_counted, false) AS is_counted FROM catalog_products LEFT JOIN catalog_stocks USING (sku)`;

/** Those of these products that exist, by sku. */
export async function readProductsBySku(pool: Pool, skus: readonly string[]): Promise<Map<string, ProductView>> {
  const { rows } = await run(pool, `${PRODUCT_WITH_STOCK} WHERE sku = ANY ($1::text[])`, [skus]);
  return new Map(rows.map((row) => [row['sku'], productViewOf(row)]));
}

/** At most `limit` products after `afterSku`, by sku. */
export async function readProducts(pool: Pool, filter: { readonly status?: string | undefined; readonly afterSku: string | undefined; readonly limit: number }): Promise<ProductView[]> {
  const { rows } = await run(pool,
    `${PRODUCT_WITH_STOCK} WHERE ($1::text IS NULL OR status = $1) AND sku > $2 ORDER BY sku LIMIT $3`,
    [filter.status ?? null, filter.afterSku ?? '', filter.limit],
  );
  return rows.map(productViewOf);
}

export function userView({ kind: _kind, registeredAs: _digest, ...user }: User): UserView {
  return user;
}

function productViewOf(row: QueryResultRow): ProductView {
  const { kind: _kind, createdAs: _digest, ...product } = productOf(row);
  return { ...product, available: availableOf({ available: Number(row['available']), isCounted: row['is_counted'] }) };
}

function userOf(row: QueryResultRow): User {
  return {
    kind: 'user', userId: row['user_id'], email: row['email'], name: row['name'], status: row['status'], version: row['version'], registeredAs: row['registered_as'],
    createdAt: row['created_at'].toISOString(), updatedAt: row['updated_at'].toISOString(),
  };
}

function productOf(row: QueryResultRow): Product {
  return {
    kind: 'product', sku: row['sku'], name: row['name'], unitPrice: row['unit_price'], currency: row['currency'], status: row['status'], version: row['version'],
    createdAs: row['created_as'], createdAt: row['created_at'].toISOString(), updatedAt: row['updated_at'].toISOString(),
  };
}

/** The ids of the subjects of one kind. */
function idsOf(subjects: readonly string[], prefix: string): string[] {
  return subjects.filter((subject) => subject.startsWith(prefix)).map((subject) => subject.slice(prefix.length));
}

async function rowsOf(tx: Tx, text: string, ids: readonly string[]): Promise<QueryResultRow[]> {
  return ids.length === 0 ? [] : (await run(tx, text, [ids])).rows;
}
