/**
 * Orders as clients read them: one by id, or a page in the order of their arrival, newest first.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool, QueryResultRow } from 'pg';
import type { LineOutcome } from './order.ts';
import type { OrderStatus } from '@commerce/events/order-states';
import type { OrderLine } from './new-order.ts';
import type { CustomerView, OrderView } from './order-views.ts';

export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly customerId?: string | undefined;
  /** Only orders that arrived before this one. */
  readonly beforeId?: string | undefined;
  /** Only orders that were placed then or later, or before; Unix milliseconds. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly limit: number;
}

export const COLUMNS =
  'order_id, client_id, order_number, status, version, reason, customer_id, currency, lines, outcomes, freight, total, ship_to, metadata, fulfillment_id, created_at, updated_at, customer_name, is_active';
/** The names of their columns differ, but for the customer. */
const TABLES = 'orders LEFT JOIN order_customers USING (customer_id)';

/** Are the personal data of an order shown that this client has placed? */
export type OrderSight = (clientId: string) => boolean;

/** Undefined when there is no such order. */
export async function readOrder(pool: Pool, orderId: string, sight: OrderSight): Promise<OrderView | undefined> {
  return (await readShownOrder(pool, orderId, sight))?.order;
}

/** The same, with whether personal data of it are shown. */
export async function readShownOrder(pool: Pool, orderId: string, sight: OrderSight): Promise<{ readonly order: OrderView; readonly seesPersonal: boolean } | undefined> {
  const { rows } = await pool.query(`SELECT ${COLUMNS} FROM ${TABLES} WHERE order_id = $1`, [orderId]);
  return rows.map((row) => ({ order: orderView(row, sight), seesPersonal: sight(row['client_id']) }))[0];
}

/** At most `limit` orders, newest first; ids rise with time. `closed` tells the terminal statuses, for the index over them. */
export async function readOrders(pool: Pool, filter: OrderFilter, closed: readonly string[], sight: OrderSight): Promise<OrderView[]> {
  const { status, customerId, limit } = filter;
  const values: unknown[] = [limit];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions = placeConditions(filter, parameter);
  if (status !== undefined && closed.includes(status)) conditions.push(`closed_as = ${parameter(status)}`);
  else if (status !== undefined) conditions.push(`closed_as IS NULL AND status = ${parameter(status)}`);
  if (customerId !== undefined) conditions.push(`customer_id = ${parameter(customerId)}`);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { rows } = await pool.query(`SELECT ${COLUMNS} FROM ${TABLES} ${where} ORDER BY order_id DESC LIMIT $1`, values);
  return rows.map((row) => orderView(row, sight));
}

/** Ids rise with time, and are found by their index; an id may be so much older or newer than its order. */
const ID_SLACK_MS = 300_000;

/** What a filter says of the place of orders in the list. */
export function placeConditions({ beforeId, fromMs, toMs }: Pick<OrderFilter, 'beforeId' | 'fromMs' | 'toMs'>, parameter: (value: unknown) => string): string[] {
  return [
    ...(beforeId === undefined ? [] : [`order_id < ${parameter(beforeId)}`]),
    ...(fromMs === undefined ? [] : [`order_id >= ${parameter(uuid7Floor(Math.max(0, fromMs - ID_SLACK_MS)))} AND created_at >= ${parameter(new Date(fromMs))}`]),
    ...(toMs === undefined ? [] : [`order_id < ${parameter(uuid7Floor(Math.max(0, toMs + ID_SLACK_MS)))} AND created_at < ${parameter(new Date(toMs))}`]),
  ];
}

/** Where `sight` says so, without what is personal, as of a customer who is erased. */
export function orderView(row: QueryResultRow, sight: OrderSight): OrderView {
  const seesPersonal = sight(row['client_id']);
  const outcomes = new Map<string, LineOutcome>((row['outcomes'] ?? []).map((outcome: LineOutcome) => [outcome.lineId, outcome]));
  return {
    orderId: row['order_id'], orderNumber: Number(row['order_number']), status: row['status'], version: row['version'], reason: row['reason'],
    customerId: row['customer_id'], ...shownCustomer(row, seesPersonal), currency: row['currency'],
    lines: row['lines'].map((line: OrderLine) => ({ ...line, outcome: outcomeView(outcomes.get(line.lineId)) })),
    freight: row['freight'], total: row['total'], shipTo: seesPersonal ? row['ship_to'] : null, metadata: seesPersonal ? row['metadata'] : null, fulfillmentId: row['fulfillment_id'],
    createdAt: row['created_at'].toISOString(), updatedAt: row['updated_at'].toISOString(),
  };
}

/** `customer`, when the row has one; without the name for whoever may not see that. */
export function shownCustomer(row: QueryResultRow, seesPersonal: boolean): { readonly customer?: CustomerView } {
  if (typeof row['is_active'] !== 'boolean') return {};
  return { customer: { name: seesPersonal ? row['customer_name'] : null, status: row['is_active'] ? 'active' : 'deactivated' } };
}

function outcomeView(outcome: LineOutcome | undefined): OrderView['lines'][number]['outcome'] {
  if (outcome === undefined) return null;
  const { lineId: _lineId, sku: _sku, quantity: _quantity, ...rest } = outcome;
  return rest;
}
