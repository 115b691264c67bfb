/**
 * Orders that need care, the longest in need first: past their promised time, or with something that is owed for too long or was
 * given up, ended orders too. Judged when it is asked, from times and the table of deadlines: it needs no other process. With each
 * order what every part has recorded of it: attempts, and questions about what was asked and not told.
 */
import { run } from '@commerce/event-log/statement';
import type { Pool, QueryResultRow } from 'pg';
import { readFacts } from './act-facts.pg.ts';
import { causeOf, decisive, nextStep, waitsFor } from './care.ts';
import type { Attempt, CareCause, CareItem, CareSubject, OrderCare, Question } from './care.ts';
import { offeredActs } from './order-acts.ts';
import { CAUSE, NEEDING, needingValues, WAITS_ON } from './needing.pg.ts';
import type { WaitedOn } from './needing.pg.ts';
import { CLOSED_STATUSES } from '@commerce/events/order-states';
import type { OrderStatus } from '@commerce/events/order-states';
import { shownCustomer } from './order-queries.pg.ts';
import type { OrderSight } from './order-queries.pg.ts';
import { ordersStore } from './orders.pg.ts';

export interface CareQuery {
  readonly status?: OrderStatus | undefined;
  /** Only orders for which something of this handler is open. */
  readonly handler?: string | undefined;
  /** Only orders of which something was given up. */
  readonly givenUp?: boolean | undefined;
  readonly cause?: CareCause | undefined;
  readonly waitsOn?: WaitedOn | undefined;
  /** Only orders that are past their promised time, or that are not. */
  readonly pastPromise?: boolean | undefined;
  /** Also orders within their promised time of which something has failed and is tried again. */
  readonly retrying?: boolean | undefined;
  /** This order and no other, whether it needs care or not. */
  readonly orderId?: string | undefined;
  readonly after?: CarePlace | undefined;
  /** Whether the name of the customer is shown. */
  readonly sight: OrderSight;
  readonly limit: number;
  /** Of the times of the table of deadlines. */
  readonly percent: number;
}

/** Place of an order in the list. `sinceUs`: microseconds since 1970, as text. */
export interface CarePlace {
  readonly sinceUs: string;
  readonly orderId: string;
}

export interface CarePage {
  readonly items: CareItem[];
  /** Of the last one, when more follow. */
  readonly last: CarePlace | undefined;
}

/** The payments' own timer, and the job that asks the fulfilling side. */
const CHARGE_TIMER = 'unanswered';
const RECONCILE_JOB = 'fulfillment.reconcile';

export async function readCare(pool: Pool, query: CareQuery): Promise<CarePage> {
  const found = await readNeeding(pool, query);
  const rows = found.slice(0, query.limit);
  const orderIds = rows.map((row) => row['order_id'] as string);
  const [orders, attempts, facts] = await Promise.all([ordersStore.load(pool, orderIds), readAttempts(pool, orderIds), readFacts(pool, orderIds)]);
  const items = rows.flatMap((row): CareItem[] => {
    const order = orders.get(row['order_id']);
    const known = facts.get(row['order_id']);
    if (order === undefined || known === undefined) return [];
    const subject: CareSubject = { ...order, attempts: attempts.get(order.orderId) ?? [], charge: chargeOf(row), outcome: outcomeOf(row), isDisputed: order.status === 'on_hold' && row['is_held'] === true, isRefundHeld: row['is_refund_held'] === true };
    return [{
      orderId: order.orderId, orderNumber: order.orderNumber, customerId: order.customerId, ...shownCustomer(row, query.sight(row['client_id'])), status: order.status,
      since: row['since'].toISOString(), pastPromiseMs: wholeMs(row['past_promise_ms']), ageMs: Number(wholeMs(row['age_ms'])), inStatusMs: Number(wholeMs(row['in_status_ms'])),
      cause: causeOf(subject), waitsFor: waitsFor(subject), lastError: lastErrorOf(subject), nextStep: nextStep(subject, Number(row['since_change_ms']), query.percent),
      acts: offeredActs(order, known),
    }];
  });
  const last = found.length > query.limit ? rows.at(-1) : undefined;
  return { items, last: last === undefined ? undefined : { sinceUs: last['since_us'], orderId: last['order_id'] } };
}

/** What an order waits for, whichever it is; undefined when there is none. `percent`: of the times of the table of deadlines. */
export async function readCareOf(pool: Pool, asked: Pick<CareQuery, 'percent' | 'sight'> & { readonly orderId: string }): Promise<OrderCare | undefined> {
  const { items: [item] } = await readCare(pool, { ...asked, limit: 1 });
  if (item === undefined) return undefined;
  const hasEnded = CLOSED_STATUSES.includes(item.status) && item.cause === 'untold';
  return { ...item, needsCare: item.pastPromiseMs !== null || item.cause === 'given_up', ...(hasEnded && { nextStep: 'Nothing: the order has ended.' }) };
}

/** Beside those that need care the one that is asked for; it is not late. */
const THE_ONE = `(SELECT order_id, since, late_since FROM needing WHERE order_id = $17
       UNION ALL SELECT order_id, coalesce(status_since, created_at), NULL::timestamptz FROM orders WHERE order_id = $17 AND NOT EXISTS (SELECT FROM needing m WHERE m.order_id = $17))`;

/** One more than the page. */
async function readNeeding(pool: Pool, { status, handler, givenUp, cause, waitsOn: on, pastPromise, retrying = false, orderId, after, limit, percent }: CareQuery): Promise<QueryResultRow[]> {
  const { rows } = await run(pool,
    `WITH ${NEEDING}
     SELECT n.order_id, n.since::timestamptz(3) AS since, (extract(epoch FROM n.since) * 1000000)::bigint::text AS since_us,
       extract(epoch FROM clock_timestamp() - n.late_since) * 1000 AS past_promise_ms,
       extract(epoch FROM clock_timestamp() - o.created_at) * 1000 AS age_ms,
       extract(epoch FROM clock_timestamp() - coalesce(o.status_since, o.created_at)) * 1000 AS in_status_ms,
       extract(epoch FROM clock_timestamp() - o.updated_at) * 1000 AS since_change_ms,
       p.status AS payment, p.refunds @> '[{"isHeld": true}]' AS is_refund_held, p.checks AS payment_checks, extract(epoch FROM t.due_at - clock_timestamp()) * 1000 AS charge_due_ms,
       f.is_held, f.status AS request, f.checks AS request_checks, extract(epoch FROM f.check_at - clock_timestamp()) * 1000 AS outcome_due_ms, j.last_error AS compare_error,
       o.client_id, customer_name, is_active
     FROM ${orderId === undefined ? 'needing' : THE_ONE} n JOIN orders o USING (order_id)
       LEFT JOIN judged g ON g.subject = n.order_id COLLATE "default"
       LEFT JOIN order_customers USING (customer_id)
       LEFT JOIN payments p USING (order_id)
       LEFT JOIN timers t ON t.reader = 'payments' AND t.subject = n.order_id COLLATE "default" AND t.name = $6
       LEFT JOIN fulfillment_requests f USING (order_id)
       LEFT JOIN scheduled_jobs j ON j.name = $7
     WHERE ($8::text IS NULL OR o.status = $8)
       AND ($9::text IS NULL OR EXISTS (SELECT 1 FROM work w WHERE w.subject = n.order_id COLLATE "default" AND w.handler = $9))
       AND ($10::boolean IS NULL OR $10 = EXISTS (SELECT 1 FROM work w WHERE w.subject = n.order_id COLLATE "default" AND w.state = 'dead'))
       AND ($11::text IS NULL OR ${CAUSE} = $11) AND ($12::text IS NULL OR ${WAITS_ON} = $12) AND ($13::boolean IS NULL OR $13 = (n.late_since IS NOT NULL))
       AND ($14::bigint IS NULL OR ((extract(epoch FROM n.since) * 1000000)::bigint, n.order_id) > ($14, $15))
     ORDER BY (extract(epoch FROM n.since) * 1000000)::bigint, n.order_id LIMIT $16`,
    [
      ...needingValues(percent, retrying), CHARGE_TIMER, RECONCILE_JOB, status ?? null, handler ?? null, givenUp ?? null,
      cause ?? null, on ?? null, pastPromise ?? null, after?.sinceUs ?? null, after?.orderId ?? null, limit + 1, ...(orderId === undefined ? [] : [orderId]),
    ],
  );
  return rows;
}

async function readAttempts(pool: Pool, orderIds: readonly string[]): Promise<Map<string, Attempt[]>> {
  const { rows } = await run(pool,
    `SELECT subject, handler, state, attempt, last_error, extract(epoch FROM due_at - clock_timestamp()) * 1000 AS due_ms
     FROM work WHERE subject = ANY ($1::text[]) ORDER BY epoch, txid, position, handler`, [orderIds],
  );
  const found = new Map<string, Attempt[]>();
  for (const row of rows) {
    const attempt = { handler: row.handler, state: row.state, attempt: row.attempt, error: row.last_error, dueInMs: Number(row.due_ms) };
    found.set(row.subject, [...(found.get(row.subject) ?? []), attempt]);
  }
  return found;
}

function chargeOf(row: QueryResultRow): Question | undefined {
  if (row['payment'] !== 'initiated' && row['payment'] !== 'withdrawing') return undefined;
  return { asked: row['payment_checks'], dueInMs: wholeMs(row['charge_due_ms']), error: null };
}

function outcomeOf(row: QueryResultRow): Question | undefined {
  if (row['request'] !== 'requested') return undefined;
  return { asked: row['request_checks'], dueInMs: wholeMs(row['outcome_due_ms']), error: row['compare_error'] };
}

function lastErrorOf({ attempts }: CareSubject): CareItem['lastError'] {
  const failed = decisive(attempts.filter(({ error, state }) => error !== null && state !== 'waiting'));
  if (failed === undefined || failed.error === null) return null;
  const { code, message, atMs } = failed.error;
  return { handler: failed.handler, attempt: failed.attempt, code, message, at: atMs === undefined ? null : new Date(atMs).toISOString() };
}

function wholeMs(value: unknown): number | null {
  return value === null || value === undefined ? null : Math.round(Number(value));
}
