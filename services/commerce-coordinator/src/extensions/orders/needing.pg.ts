/**
 * Which orders need care, as the one text that the list and the counters share, so that they never differ: past their promised
 * time, owing something for too long, or until a dispute ends, with something given up, and, where that is asked, with something that has
 * failed and is tried again.
 */
import { COMPENSATION_PROMISE_MS, COMPENSATIONS, DEADLINES } from './order-deadlines.ts';

/** On whom an order waits; `person` for what was given up. Else the name of the extension that has the step. */
export const WAITED_ON = ['person', 'inventory', 'payments', 'fulfillment', 'shipping', 'notifications', 'other'] as const;
export type WaitedOn = (typeof WAITED_ON)[number];

/** The promised time of each status. */
const PROMISES = Object.entries(DEADLINES).map(([status, [first]]) => ({ status, afterMs: first?.afterMs ?? 0 }));

/** Values of $1 to $5. `percent`: of the times of the table of deadlines. `retrying`: also what is within its time and has failed. */
export function needingValues(percent: number, retrying: boolean): unknown[] {
  return [PROMISES.map(({ status }) => status), PROMISES.map(({ afterMs }) => (afterMs * percent) / 100), [...COMPENSATIONS], (COMPENSATION_PROMISE_MS * percent) / 100, retrying];
}

/** Common table expressions: `needing` (order_id, since, late_since) and `judged` (subject, cause, reader: of the row that holds it back most, as `decisive` in care.ts). */
export const NEEDING = `late AS (
     SELECT o.order_id, coalesce(o.status_since, o.created_at) + p.after_ms * interval '1 ms' AS since
     FROM orders o JOIN unnest($1::text[], $2::float8[]) AS p(status, after_ms) ON p.status = coalesce(o.held_from, o.status)
     WHERE o.closed_as IS NULL AND (o.status = 'on_hold' OR coalesce(o.status_since, o.created_at) <= clock_timestamp() - p.after_ms * interval '1 ms')),
   owed AS (
     SELECT w.subject AS order_id, min(e.recorded_at) + $4::float8 * interval '1 ms' AS since FROM work w JOIN events e ON e.event_id = w.event_id
     WHERE w.handler = ANY ($3::text[]) GROUP BY w.subject HAVING min(e.recorded_at) <= clock_timestamp() - $4::float8 * interval '1 ms'),
   dead AS (SELECT subject AS order_id, to_timestamp(min((last_error->>'atMs')::float8) / 1000) AS since FROM work WHERE state = 'dead' GROUP BY subject),
   disputed AS (
     SELECT p.order_id, to_timestamp(min((d.dispute->'mark'->>'atMs')::float8) / 1000) AS since FROM payments p CROSS JOIN jsonb_array_elements(p.disputes) AS d(dispute)
     WHERE p.refunds @> '[{"isHeld": true}]' AND d.dispute->>'status' IN ('opened', 'under_review') GROUP BY p.order_id),
   failing AS (
     SELECT w.subject AS order_id, min(e.recorded_at) AS since FROM work w JOIN events e ON e.event_id = w.event_id
     WHERE $5::boolean AND w.state = 'ready' AND w.last_error IS NOT NULL GROUP BY w.subject),
   needing AS (SELECT order_id, min(since) AS since, min(late_since) AS late_since FROM (
       SELECT order_id, since, since AS late_since FROM late UNION ALL SELECT order_id, since, since FROM owed
       UNION ALL SELECT order_id, coalesce(since, clock_timestamp()), NULL FROM dead UNION ALL SELECT order_id, since, NULL FROM failing UNION ALL SELECT order_id, since, NULL FROM disputed) AS n GROUP BY order_id),
   judged AS (
     SELECT DISTINCT ON (subject) subject, split_part(handler, '.', 1) AS reader,
       CASE WHEN state IN ('dead', 'behind') THEN 'given_up' WHEN state = 'waiting' THEN 'too_early' WHEN last_error IS NULL THEN 'not_begun' ELSE 'failing' END AS cause
     FROM work
     ORDER BY subject, CASE WHEN state = 'dead' THEN 0 WHEN state = 'ready' AND last_error IS NOT NULL THEN 1 WHEN state = 'ready' THEN 2 WHEN state = 'behind' THEN 3 ELSE 4 END, epoch, txid, position, handler)`;

/** Cause of an order `o` with what was judged of it as `g`. */
export const CAUSE = "coalesce(g.cause, 'untold')";

/** On whom it waits, as `untold` in care.ts says it where no attempt is open. */
export const WAITS_ON = `CASE
     WHEN g.cause = 'given_up' THEN 'person'
     WHEN g.reader = ANY (ARRAY[${WAITED_ON.map((one) => `'${one}'`).join(', ')}]) THEN g.reader
     WHEN g.reader IS NOT NULL THEN 'other'
     WHEN EXISTS (SELECT FROM payments q WHERE q.order_id = o.order_id AND q.refunds @> '[{"isHeld": true}]') THEN 'payments'
     WHEN o.status = 'on_hold' AND EXISTS (SELECT FROM fulfillment_requests h WHERE h.order_id = o.order_id AND h.is_held) THEN 'payments'
     ELSE CASE coalesce(o.held_from, o.status)
       WHEN 'created' THEN 'inventory' WHEN 'reserved' THEN 'payments' WHEN 'paid' THEN 'fulfillment' WHEN 'fulfilling' THEN 'fulfillment' WHEN 'fulfilled' THEN 'shipping' WHEN 'shipped' THEN 'shipping'
       WHEN 'refund_pending' THEN 'payments'
       WHEN 'cancel_pending' THEN CASE WHEN o.money = 'taken' AND o.delivery = 'unknown' THEN 'fulfillment' WHEN o.money = 'taken' OR (o.money = 'unknown' AND o.stock <> 'unknown') THEN 'payments' ELSE 'inventory' END
       ELSE 'other' END
   END`;
