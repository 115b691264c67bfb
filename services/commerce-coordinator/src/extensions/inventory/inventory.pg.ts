/**
 * The rows of stocks, reservations and adjustments. A subject names its kind: `sku:NW-11`, `adjustment:…`; any other one is an
 * order. Whatever is loaded, and whatever is saved, is one statement.
 */
import { jsonArray, jsonElements, plainArray } from '@commerce/event-log/arrays';
import type { StateStore } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Pool, QueryResultRow } from 'pg';
import { adjustmentKeyOf, adjustmentSubject } from './adjust.ts';
import type { InventoryRow } from './reservation.ts';
import { skuOf, stockSubject } from './stock.ts';
import { stockView } from './views.ts';
import type { StockView } from './views.ts';

/** An order that has not been decided about is read from the orders, with whether it is still wanted. */
const LOAD = `
SELECT 'stock' AS kind, sku AS id, on_hand, reserved, version, NULL AS status, NULL::jsonb AS lines, NULL::boolean AS order_ends, NULL AS digest
FROM inventory_stocks WHERE sku = ANY ($1::text[])
UNION ALL
SELECT 'reservation', o.order_id, NULL, NULL, coalesce(r.version, 0), coalesce(r.status, 'unasked'), coalesce(r.lines, '[]'), o.status IN ('cancel_pending', 'cancelled'), NULL
FROM orders o LEFT JOIN inventory_reservations r USING (order_id) WHERE o.order_id = ANY ($2::text[])
UNION ALL
SELECT 'adjustment', key, NULL, NULL, NULL, NULL, lines, NULL, digest FROM inventory_adjustments WHERE key = ANY ($3::text[])`;

const SAVE = `
WITH stocks AS (
  INSERT INTO inventory_stocks (sku, on_hand, reserved, version) SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[], $4::integer[])
  ON CONFLICT (sku) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved, version = excluded.version
), reservations AS (
  INSERT INTO inventory_reservations (order_id, status, version, lines) SELECT * FROM unnest($5::text[], $6::text[], $7::integer[], ${jsonElements('$8')})
  ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, version = excluded.version, lines = excluded.lines
)
INSERT INTO inventory_adjustments (key, digest, lines) SELECT * FROM unnest($9::text[], $10::text[], ${jsonElements('$11')})`;

export const inventoryStore: StateStore<InventoryRow> = {
  async load(tx, subjects) {
    const skus = subjects.map(skuOf).filter((sku) => sku !== undefined);
    const keys = subjects.map(adjustmentKeyOf).filter((key) => key !== undefined);
    const orderIds = subjects.filter((subject) => skuOf(subject) === undefined && adjustmentKeyOf(subject) === undefined);
    const { rows } = await run(tx, LOAD, [skus, orderIds, keys]);
    return new Map(rows.map(rowOf));
  },

  async save(tx, changes) {
    const rows = changes.map(({ after }) => after);
    const stocks = rows.filter((row) => row.kind === 'stock');
    const reservations = rows.filter((row) => row.kind === 'reservation');
    const adjustments = rows.filter((row) => row.kind === 'adjustment');
    await run(tx, SAVE, [
      stocks.map(({ sku }) => sku), plainArray(stocks.map(({ onHand }) => onHand)), plainArray(stocks.map(({ reserved }) => reserved)), plainArray(stocks.map(({ version }) => version)),
      reservations.map(({ orderId }) => orderId), plainArray(reservations.map(({ status }) => status)), plainArray(reservations.map(({ version }) => version)),
      jsonArray(reservations.map(({ lines }) => JSON.stringify(lines))),
      plainArray(adjustments.map(({ key }) => key)), plainArray(adjustments.map(({ digest }) => digest)), jsonArray(adjustments.map(({ lines }) => JSON.stringify(lines))),
    ]);
  },
  isSentAtOnce: true,
};

const STOCK = 'SELECT sku, on_hand, reserved, version FROM inventory_stocks';

/** Undefined when nobody has counted the product. */
export async function readStock(pool: Pool, sku: string): Promise<StockView | undefined> {
  const { rows } = await run(pool, `${STOCK} WHERE sku = $1`, [sku]);
  return rows.map(stockViewOf)[0];
}

/** At most `limit` stocks after `afterSku`, by sku; with `availableAtMost` only those that are that low. */
export async function readStocks(pool: Pool, filter: { readonly availableAtMost?: number | undefined; readonly afterSku: string | undefined; readonly limit: number }): Promise<StockView[]> {
  const { rows } = await run(pool,
    `${STOCK} WHERE sku > $1 AND ($2::integer IS NULL OR on_hand - reserved <= $2) ORDER BY sku LIMIT $3`,
    [filter.afterSku ?? '', filter.availableAtMost ?? null, filter.limit],
  );
  return rows.map(stockViewOf);
}

function stockViewOf(row: QueryResultRow): StockView {
  return stockView({ sku: row['sku'], onHand: row['on_hand'], reserved: row['reserved'], version: row['version'] });
}

function rowOf({ kind, id, on_hand: onHand, reserved, version, status, lines, order_ends: orderEnds, digest }: QueryResultRow): [string, InventoryRow] {
  if (kind === 'stock') return [stockSubject(id), { kind, sku: id, onHand, reserved, version }];
  if (kind === 'adjustment') return [adjustmentSubject(id), { kind, key: id, digest, lines }];
  return [id, { kind, orderId: id, status, version, lines, orderEnds }];
}
