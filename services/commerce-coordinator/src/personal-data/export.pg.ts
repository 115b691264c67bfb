/**
 * Everything that is known of a customer, in pages: first what there is a row of, then every event. Reads only.
 *
 * Left out are copies of these in messages to others (webhooks, dead letters), and what tells nothing of the customer: digests of requests, idempotency keys, and the token by which a card is charged.
 */
import { eventColumns, storedEvent } from '@commerce/event-log/events';
import type { EventLog } from '@commerce/event-log/log';
import { historyItem } from '@commerce/event-log/history-item';
import type { Pool } from 'pg';
import { run } from '@commerce/event-log/statement';

export const EXPORTED_KINDS = ['user', 'customer', 'contact', 'order', 'payment', 'shipment', 'cart', 'notification', 'event'] as const;
export type ExportedKind = (typeof EXPORTED_KINDS)[number];

export interface ExportedItem {
  readonly kind: ExportedKind;
  /** Of a row its id, of an event its place in the log. */
  readonly id: string;
  readonly data: object;
}

/** Where the page before ended. */
export interface ExportPlace {
  readonly kind: ExportedKind;
  readonly id: string;
}

interface Rows {
  readonly table: string;
  readonly id: string;
  /** Column with the customer, or with the order. */
  readonly customer?: string;
  readonly order?: string;
  readonly without: readonly string[];
}

const ROWS: Readonly<Record<Exclude<ExportedKind, 'event'>, Rows>> = {
  user: { table: 'catalog_users', id: 'user_id', customer: 'user_id', without: ['registered_as'] },
  customer: { table: 'order_customers', id: 'customer_id', customer: 'customer_id', without: [] },
  contact: { table: 'notification_contacts', id: 'customer_id', customer: 'customer_id', without: [] },
  order: { table: 'orders', id: 'order_id', customer: 'customer_id', without: ['request_hash', 'idempotency_key', 'payment_method', 'closed_as'] },
  payment: { table: 'payments', id: 'order_id', order: 'order_id', without: [] },
  shipment: { table: 'shipments', id: 'fulfillment_id', order: 'order_id', without: [] },
  cart: { table: 'carts', id: 'cart_id', customer: 'customer_id', without: ['additions', 'checkout'] },
  notification: { table: 'notifications', id: 'notification_id', customer: 'customer_id', without: [] },
};

/** The next items after a place, at most `limit`. */
export async function readExport(log: EventLog, customerId: string, after: ExportPlace | undefined, limit: number): Promise<ExportedItem[]> {
  const items: ExportedItem[] = [];
  for (const kind of EXPORTED_KINDS.slice(after === undefined ? 0 : EXPORTED_KINDS.indexOf(after.kind))) {
    const from = after?.kind === kind ? after.id : undefined;
    const left = limit - items.length;
    if (left === 0) break;
    items.push(...(kind === 'event' ? await readEvents(log, customerId, from, left) : await readRows(log.pool, kind, customerId, from, left)));
  }
  return items;
}

async function readRows(pool: Pool, kind: Exclude<ExportedKind, 'event'>, customerId: string, after: string | undefined, limit: number): Promise<ExportedItem[]> {
  const { table, id, customer, order, without } = ROWS[kind];
  const isTheirs = order === undefined ? `${customer} = $1` : `${order} IN (SELECT order_id FROM orders WHERE customer_id = $1)`;
  const { rows: [there] } = await run(pool, 'SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  if (there?.['there'] !== true) return [];
  const { rows } = await run(pool,
    `SELECT ${id}::text AS id, to_jsonb(t) - $4::text[] AS data FROM ${table} t WHERE ${isTheirs} AND ($2::text IS NULL OR ${id}::text COLLATE "C" > $2::text) ORDER BY ${id}::text COLLATE "C" LIMIT $3`,
    [customerId, after ?? null, limit, without],
  );
  return rows.map((row) => ({ kind, id: row['id'], data: row['data'] }));
}

/** Of the customer, the orders and the carts, in the order of the log. */
async function readEvents(log: EventLog, customerId: string, after: string | undefined, limit: number): Promise<ExportedItem[]> {
  const [epoch = '0', txid = '0', position = '0'] = (after ?? '').split('.');
  const { rows: [there] } = await run(log.pool, "SELECT to_regclass('carts') IS NOT NULL AS there", []);
  const carts = there?.['there'] === true ? 'UNION ALL SELECT cart_id FROM carts WHERE customer_id = $1' : '';
  const { rows } = await run(log.pool,
    `SELECT ${eventColumns()} FROM events WHERE (subject IN (SELECT order_id FROM orders WHERE customer_id = $1 ${carts}) OR subject = $1 AND topic IN ('user-events', 'audit-events'))
       AND (events.epoch, events.txid, events.position) > ($2::integer, $3::xid8, $4::bigint) ORDER BY events.epoch, events.txid, events.position LIMIT $5`,
    [customerId, Number(epoch || 0), txid === '' ? '0' : txid, position, limit],
  );
  const events = await log.clear(rows.map(storedEvent));
  return events.map((event) => ({ kind: 'event', id: `${event.cursor.epoch}.${event.cursor.txid}.${event.cursor.position}`, data: historyItem(event) }));
}
