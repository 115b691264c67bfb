/**
 * Orders that need care, the longest in need first: past their promised time, or with something that is owed for too long or was
 * given up, ended orders too. Judged when it is asked, from times and the table of deadlines: it needs no other process. With each
 * order what every part has recorded of it: attempts, and questions about what was asked and not told.
 */
import { run } from '@commerce/event-log/statement';
import type { Pool, QueryResultRow } from 'pg';
import { readFacts } from './act-facts.pg.ts';
import { causeOf, decisive, nextStep, waitsFor } from './care.ts';
import type { Attempt, CareItem, CareSubject, Question } from './care.ts';
import { offeredActs } from './order-acts.ts';
import { COMPENSATION_PROMISE_MS, COMPENSATIONS, DEADLINES } from './order-deadlines.ts';
import type { OrderStatus } from './order-states.ts';
import { shownCustomer } from './order-queries.pg.ts';
import { ordersStore } from './orders.pg.ts';

export interface CareQuery {
  readonly status?: OrderStatus | undefined;
  /** Only orders for which something of this handler is open. */
  readonly handler?: string | undefined;
  /** Only orders of which something was given up. */
  readonly givenUp?: boolean | undefined;
  readonly after?: CarePlace | undefined;
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

/** The promised time of each status. */
const PROMISES = Object.entries(DEADLINES).map(([status, [first]]) => ({ status, afterMs: first?.afterMs ?? 0 }));
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
    const subject: CareSubject = { ...order, attempts: attempts.get(order.orderId) ?? [], charge: chargeOf(row), outcome: outcomeOf(row), isDisputed: order.status === 'on_hold' && row['is_held'] === true };
    return [{
      orderId: order.orderId, orderNumber: order.orderNumber, customerId: order.customerId, ...shownCustomer(row), status: order.status,
      since: row['since'].toISOString(), pastPromiseMs: wholeMs(row['past_promise_ms']), ageMs: Number(wholeMs(row['age_ms'])), inStatusMs: Number(wholeMs(row['in_status_ms'])),
      cause: causeOf(subject), waitsFor: waitsFor(subject), lastError: lastErrorOf(subject), nextStep: nextStep(subject, Number(row['since_change_ms']), query.percent),
      acts: offeredActs(order, known),
    }];
  });
  const last = found.length > query.limit ? rows.at(-1) : undefined;
  return { items, last: last === undefined ? undefined : { sinceUs: last['since_us'], orderId: last['order_id'] } };
}

/** One more than the page. */
async function readNeeding(pool: Pool, { status, handler, givenUp, after, limit, percent }: CareQuery): Promise<QueryResultRow[]> {
  const { rows } = await run(pool,
    `WITH late AS (
       SELECT o.order_id, coalesce(o.status_since, o.created_at) + p.after_ms * interval '1 ms' AS since
       FROM orders o JOIN unnest($1::text[], $2::float8[]) AS p(status, after_ms) ON p.status = coalesce(o.held_from, o.status)
       WHERE o.closed_as IS NULL AND (o.status = 'on_hold' OR coalesce(o.status_since, o.created_at) <= clock_timestamp() - p.after_ms * interval '1 ms')),
     owed AS (
       SELECT w.subject AS order_id, min(e.recorded_at) + $12::float8 * interval '1 ms' AS since FROM work w JOIN events e ON e.event_id = w.event_id
       WHERE w.handler = ANY ($11::text[]) GROUP BY w.subject HAVING min(e.recorded_at) <= clock_timestamp() - $12::float8 * interval '1 ms'),
     dead AS (SELECT subject AS order_id, to_timestamp(min((last_error->>'atMs')::float8) / 1000) AS since FROM work WHERE state = 'dead' GROUP BY subject),
     needing AS (SELECT order_id, min(since) AS since, min(late_since) AS late_since FROM (
         SELECT order_id, since, since AS late_since FROM late UNION ALL SELECT order_id, since, since FROM owed UNION ALL SELECT order_id, coalesce(since, clock_timestamp()), NULL FROM dead) AS n GROUP BY order_id)
     SELECT n.order_id, n.since::timestamptz(3) AS since, (extract(epoch FROM n.since) * 1000000)::bigint::text AS since_us,
       extract(epoch FROM clock_timestamp() - n.late_since) * 1000 AS past_promise_ms,
       extract(epoch FROM clock_timestamp() - o.created_at) * 1000 AS age_ms,
       extract(epoch FROM clock_timestamp() - coalesce(o.status_since, o.created_at)) * 1000 AS in_status_ms,
       extract(epoch FROM clock_timestamp() - o.updated_at) * 1000 AS since_change_ms,
       p.status AS payment, p.checks AS payment_checks, extract(epoch FROM t.due_at - clock_timestamp()) * 1000 AS charge_due_ms,
       f.is_held, f.status AS request, f.checks AS request_checks, extract(epoch FROM f.check_at - clock_timestamp()) * 1000 AS outcome_due_ms, j.last_error AS compare_error,
       customer_name, is_active
     FROM needing n JOIN orders o USING (order_id)
       LEFT JOIN order_customers USING (customer_id)
       LEFT JOIN payments p USING (order_id)
       LEFT JOIN timers t ON t.reader = 'payments' AND t.subject = n.order_id COLLATE "default" AND t.name = $3
       LEFT JOIN fulfillment_requests f USING (order_id)
       LEFT JOIN scheduled_jobs j ON j.name = $4
     WHERE ($5::text IS NULL OR o.status = $5)
       AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM work w WHERE w.subject = n.order_id COLLATE "default" AND w.handler = $6))
       AND ($7::boolean IS NULL OR $7 = EXISTS (SELECT 1 FROM work w WHERE w.subject = n.order_id COLLATE "default" AND w.state = 'dead'))
       AND ($8::bigint IS NULL OR ((extract(epoch FROM n.since) * 1000000)::bigint, n.order_id) > ($8, $9))
     ORDER BY (extract(epoch FROM n.since) * 1000000)::bigint, n.order_id LIMIT $10`,
    [
      PROMISES.map((one) => one.status), PROMISES.map((one) => (one.afterMs * percent) / 100), CHARGE_TIMER, RECONCILE_JOB,
      status ?? null, handler ?? null, givenUp ?? null, after?.sinceUs ?? null, after?.orderId ?? null, limit + 1, [...COMPENSATIONS], (COMPENSATION_PROMISE_MS * percent) / 100,
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
