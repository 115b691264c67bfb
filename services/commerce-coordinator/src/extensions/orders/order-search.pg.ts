/**
 * Orders that are found by what people have at hand: an order id, an order number, the id of a customer, words of the name of one.
 * Promise: each way uses an index, and a word stands for every word that begins like it. By a name nothing is found of which the name is
 * not shown. Names of very many customers are not all followed: the first ones by their id are.
 */
import type { Caller } from '@commerce/service-kit/auth';
import type { Pool } from 'pg';
import { seesPersonalData, seesPersonalDataOf } from '../../personal-sight.ts';
import { COLUMNS, placeConditions, orderView } from './order-queries.pg.ts';
import type { OrderFilter } from './order-queries.pg.ts';
import type { OrderView } from './order-views.ts';

const MOST_CUSTOMERS = 200;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LARGEST_NUMBER = 999_999_999_999_999;

/** At most `limit` orders, newest first. By the name of a customer the caller finds what his client has placed, and with sight of personal data all. */
export async function searchOrders(pool: Pool, search: string, filter: OrderFilter, caller: Pick<Caller, 'scopes' | 'clientId'>): Promise<OrderView[]> {
  const { status, customerId, limit } = filter;
  const values: unknown[] = [limit];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions = placeConditions(filter, parameter);
  if (status !== undefined) conditions.push(`status = ${parameter(status)}`);
  if (customerId !== undefined) conditions.push(`customer_id = ${parameter(customerId)}`);
  const where = conditions.length === 0 ? '' : `AND ${conditions.join(' AND ')}`;
  const number = /^#?(\d{1,15})$/.exec(search)?.[1];
  // As an expression, for which no index can be taken: that over the keys of a client would be read for each customer, with all that the client has placed.
  const ofClient = seesPersonalData(caller) ? '' : `AND client_id || '' = ${parameter(caller.clientId)}`;
  const named = `SELECT customer_id FROM order_customers WHERE to_tsvector('simple', coalesce(customer_name, '')) @@ to_tsquery('simple', ${parameter(wordsOf(search))}) ORDER BY customer_id`;
  // Customers of whom the client has no order are left out before the first ones are taken: else customers of others would decide what it finds.
  const counted = ofClient === '' ? named : `SELECT n.customer_id FROM (${named}) n CROSS JOIN LATERAL (SELECT FROM orders WHERE customer_id = n.customer_id ${ofClient} LIMIT 1) own ORDER BY n.customer_id`;
  const found = [
    ...(UUID.test(search) ? [`SELECT * FROM orders WHERE order_id = ${parameter(search.toLowerCase())} ${where}`] : []),
    ...(number !== undefined && Number(number) <= LARGEST_NUMBER ? [`SELECT * FROM orders WHERE order_number = ${parameter(Number(number))} ${where}`] : []),
    `SELECT * FROM orders WHERE customer_id = ${parameter(search)} COLLATE "C" ${where} ORDER BY order_id DESC LIMIT $1`,
    `SELECT o.* FROM (${counted} LIMIT ${MOST_CUSTOMERS}) c
     CROSS JOIN LATERAL (SELECT * FROM orders WHERE customer_id = c.customer_id ${ofClient} ${where} ORDER BY order_id DESC LIMIT $1) o`,
  ];
  const { rows } = await pool.query(
    `SELECT DISTINCT ON (order_id) ${COLUMNS} FROM (${found.map((one) => `(${one})`).join(' UNION ALL ')}) f LEFT JOIN order_customers USING (customer_id) ORDER BY order_id DESC LIMIT $1`, values,
  );
  return rows.map((row) => orderView(row, seesPersonalDataOf(caller)));
}

/** As a query of the database: every word, each as a beginning. Empty when there is none, which finds nothing. */
function wordsOf(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => `'${word}':*`).join(' & ');
}
