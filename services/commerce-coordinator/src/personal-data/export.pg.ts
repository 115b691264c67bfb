/**
 * Everything that is known of a customer, in pages: first what there is a row of, then every event, then the copies of these that are
 * kept for somebody else: webhooks, what their receivers answered, dead letters, and what replays changed. Reads only.
 *
 * Left out is what tells nothing of the customer: digests of requests, idempotency keys, and the token by which a card is charged.
 */
import { eventColumns, storedEvent } from '@commerce/event-log/events';
import type { EventLog } from '@commerce/event-log/log';
import { historyItem } from '@commerce/event-log/history-item';
import type { Pool } from 'pg';
import { run } from '@commerce/event-log/statement';

export const EXPORTED_KINDS = [
  'user', 'customer', 'contact', 'order', 'payment', 'shipment', 'cart', 'notification', 'event', 'webhook', 'webhook_answer', 'dead_letter', 'replay_difference',
] as const;
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
  /** SQL over the table: what orders the rows, as text. */
  readonly id: string;
  /** SQL over the table, `$1` the customer: whose it is. SUBJECTS stands for the orders and carts. */
  readonly whose: string;
  readonly without: readonly string[];
  /** SQL over the table: members in the place of columns. */
  readonly instead?: string;
}

const ORDERS = 'SELECT order_id FROM orders WHERE customer_id = $1';
/** A member in it names the customer, or one of the orders. */
const names = (column: string): string => String.raw`EXISTS (
  SELECT FROM regexp_matches(${column}, '"(customerId|userId|orderId)"\s*:\s*"([^"\\]+)"', 'g') AS t(parts) WHERE CASE t.parts[1] WHEN 'orderId' THEN t.parts[2] IN (${ORDERS}) ELSE t.parts[2] = $1 END)`;

const ROWS: Readonly<Record<Exclude<ExportedKind, 'event'>, Rows>> = {
  user: { table: 'catalog_users', id: 'user_id', whose: 'user_id = $1', without: ['registered_as'] },
  customer: { table: 'order_customers', id: 'customer_id', whose: 'customer_id = $1', without: [] },
  contact: { table: 'notification_contacts', id: 'customer_id', whose: 'customer_id = $1', without: [] },
  order: { table: 'orders', id: 'order_id', whose: 'customer_id = $1', without: ['request_hash', 'idempotency_key', 'payment_method', 'closed_as'] },
  payment: { table: 'payments', id: 'order_id', whose: `order_id IN (${ORDERS})`, without: [] },
  shipment: { table: 'shipments', id: 'fulfillment_id', whose: `order_id IN (${ORDERS})`, without: [] },
  cart: { table: 'carts', id: 'cart_id', whose: 'customer_id = $1', without: ['additions', 'checkout'] },
  notification: { table: 'notifications', id: 'notification_id', whose: 'customer_id = $1', without: [] },
  webhook: {
    table: 'webhook_messages', id: 'event_id::text', whose: '(subject = $1 OR subject IN (SUBJECTS)) AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = t.event_id)', without: [],
    instead: "jsonb_build_object('body', convert_from(body, 'UTF8')::jsonb)",
  },
  webhook_answer: {
    table: 'webhook_attempts', id: "delivery_id || ' ' || lpad(attempt::text, 10, '0')", whose: `answer IS NOT NULL AND delivery_id IN (SELECT delivery_id FROM webhook_messages m JOIN webhook_deliveries USING (event_id) WHERE m.subject = $1 OR m.subject IN (SUBJECTS))`, without: [],
  },
  dead_letter: { table: 'dead_messages', id: 'message_id', whose: names('body'), without: [] },
  replay_difference: {
    table: 'replay_differences', id: "lpad(place::text, 20, '0')", whose: `(before IS NOT NULL OR after IS NOT NULL) AND (subject = $1 OR subject IN (SUBJECTS) OR right(subject, length($1) + 1) = ':' || $1 OR ${names('concat(before, after)')})`, without: ['place'],
  },
};

/** Of which rows are given out. */
export const EXPORTED_TABLES: readonly string[] = Object.values(ROWS).map(({ table }) => table);

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
  const { table, id, whose, without, instead = "'{}'::jsonb" } = ROWS[kind];
  if (!(await isThere(pool, table))) return [];
  const theirs = whose.replaceAll('SUBJECTS', await subjects(pool));
  const { rows } = await run(pool,
    `SELECT id, data FROM (SELECT (${id})::text COLLATE "C" AS id, to_jsonb(t) - $4::text[] || ${instead} AS data FROM ${table} t WHERE ${theirs}) AS t WHERE $2::text IS NULL OR id > $2::text ORDER BY id LIMIT $3`,
    [customerId, after ?? null, limit, without],
  );
  return rows.map((row) => ({ kind, id: row['id'], data: row['data'] }));
}

/** Of the customer, the orders and the carts, in the order of the log. */
async function readEvents(log: EventLog, customerId: string, after: string | undefined, limit: number): Promise<ExportedItem[]> {
  const [epoch = '0', txid = '0', position = '0'] = (after ?? '').split('.');
  const { rows } = await run(log.pool,
    `SELECT ${eventColumns()} FROM events WHERE (subject IN (${await subjects(log.pool)}) OR subject = $1 AND topic IN ('user-events', 'audit-events'))
       AND (events.epoch, events.txid, events.position) > ($2::integer, $3::xid8, $4::bigint) ORDER BY events.epoch, events.txid, events.position LIMIT $5`,
    [customerId, Number(epoch || 0), txid === '' ? '0' : txid, position, limit],
  );
  const events = await log.clear(rows.map(storedEvent));
  return events.map((event) => ({ kind: 'event', id: `${event.cursor.epoch}.${event.cursor.txid}.${event.cursor.position}`, data: historyItem(event) }));
}

/** SQL: the orders and carts of the customer, of which something stands under their own ids. */
async function subjects(pool: Pool): Promise<string> {
  return `${ORDERS}${(await isThere(pool, 'carts')) ? ' UNION ALL SELECT cart_id FROM carts WHERE customer_id = $1' : ''}`;
}

/** Parts of the service may be left out. */
async function isThere(pool: Pool, table: string): Promise<boolean> {
  return (await run(pool, 'SELECT to_regclass($1) IS NOT NULL AS there', [table])).rows[0]?.['there'] === true;
}
