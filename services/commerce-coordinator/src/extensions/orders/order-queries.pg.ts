/**
 * Orders as clients read them: one by id, or a page in the order of their arrival, newest first.
 */
import { uuid7Floor } from '@commerce/events/uuid7';
import type { Pool, QueryResultRow } from 'pg';
import type { LineOutcome } from './order.ts';
import type { OrderStatus } from './order-states.ts';
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
  'order_id, order_number, status, version, reason, customer_id, currency, lines, outcomes, freight, total, ship_to, metadata, fulfillment_id, created_at, updated_at, customer_name, is_active';
/** The names of their columns differ, but for the customer. */
const TABLES = 'orders LEFT JOIN order_customers USING (customer_id)';

/** Undefined when there is no such order. */
export async function readOrder(pool: Pool, orderId: string): Promise<OrderView | undefined> {
  const { rows } = await pool.query(`SELECT ${COLUMNS} FROM ${TABLES} WHERE order_id = $1`, [orderId]);
  return rows.map(orderView)[0];
}

/** At most `limit` orders, newest first; ids rise with time. `closed` tells the terminal statuses, for the index over them. */
export async function readOrders(pool: Pool, filter: OrderFilter, closed: readonly string[]): Promise<OrderView[]> {
  const { status, customerId, limit } = filter;
  const values: unknown[] = [limit];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions = placeConditions(filter, parameter);
  if (status !== undefined && closed.includes(status)) conditions.push(`closed_as = ${parameter(status)}`);
  else if (status !== undefined) conditions.push(`closed_as IS NULL AND status = ${parameter(status)}`);
  if (customerId !== undefined) conditions.push(`customer_id = ${parameter(customerId)}`);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { rows } = await pool.query(`SELECT ${COLUMNS} FROM ${TABLES} ${where} ORDER BY order_id DESC LIMIT $1`, values);
  return rows.map(orderView);
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

export function orderView(row: QueryResultRow): OrderView {
  const outcomes = new Map<string, LineOutcome>((row['outcomes'] ?? []).map((outcome: LineOutcome) => [outcome.lineId, outcome]));
  return {
    orderId: row['order_id'], orderNumber: Number(row['order_number']), status: row['status'], version: row['version'], reason: row['reason'],
    customerId: row['customer_id'], ...shownCustomer(row), currency: row['currency'],
    lines: row['lines'].map((line: OrderLine) => ({ ...line, outcome: outcomeView(outcomes.get(line.lineId)) })),
    freight: row['freight'], total: row['total'], shipTo: row['ship_to'], metadata: row['metadata'], fulfillmentId: row['fulfillment_id'],
    createdAt: row['created_at'].toISOString(), updatedAt: row['updated_at'].toISOString(),
  };
}

/** `customer`, when the row has one. */
export function shownCustomer(row: QueryResultRow): { readonly customer?: CustomerView } {
  if (typeof row['is_active'] !== 'boolean') return {};
  return { customer: { name: row['customer_name'], status: row['is_active'] ? 'active' : 'deactivated' } };
}

function outcomeView(outcome: LineOutcome | undefined): OrderView['lines'][number]['outcome'] {
  if (outcome === undefined) return null;
  const { lineId: _lineId, sku: _sku, quantity: _quantity, ...rest } = outcome;
  return rest;
}
