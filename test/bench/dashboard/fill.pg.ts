/**
 * A hundred thousand orders in Commerce Coordinator's database: copies of orders that have really gone through the pair, with their payment,
 * their request at the fulfilling side and all their events, under ids and numbers of their own, spread evenly over the last twenty
 * days. Two in a hundred are not completed: half of them cancelled, half stuck in a status for days, and of every tenth of these something was
 * given up.
 *
 * Promise: they are made once, also when it is asked again; the copies stand in the order of the log before all that was told really, so that no reader takes them for news. Refuses a
 * database in which no order is completed.
 */
import pg from 'pg';

/** SQL of a UUIDv7 of Unix millisecond `ms`, with a tail made of `of`. */
const uuid7Of = (ms: string, of: string): string => `(lpad(to_hex(${ms}), 12, '0') || '7' || substr(md5(${of}), 1, 3) || '8' || substr(md5(${of}), 4, 15))::uuid`;
const SPAN_MS = 20 * 86_400_000;
const ORDERS_AT_ONCE = 2_000;
/** Of each order, beside its place: when it was placed, and its id. */
const MADE = `made AS (
  SELECT n, $3::bigint + n * $4::float8::bigint AS ms, ${uuid7Of('$3::bigint + n * $4::float8::bigint', "n || 'order'")}::text AS order_id, ${uuid7Of('$3::bigint + n * $4::float8::bigint', "n || 'correlation'")} AS correlation_id,
    CASE WHEN n % 100 = 7 THEN 'cancelled' WHEN n % 100 = 13 THEN (ARRAY['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'on_hold'])[1 + n / 100 % 6] ELSE 'completed' END AS status
  FROM generate_series($1::bigint, $2::bigint) AS n)`;

const ORDERS = `WITH ${MADE} INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, ship_to, metadata, created_at, status, version,
    fulfillment_id, outcomes, reason, updated_at, held_from, stock, money, delivery, status_since)
  SELECT m.order_id, 500000000 + n, client_id, 'copy-' || n, request_hash, CASE WHEN n % 3 = 0 THEN customer_id ELSE 'customer-' || n % 5000 END, currency, freight, total, lines, ship_to, metadata, to_timestamp(ms / 1000.0), m.status, version,
    fulfillment_id, outcomes, CASE m.status WHEN 'cancelled' THEN '{"code": "customer_changed_mind"}'::jsonb WHEN 'on_hold' THEN '{"code": "overdue"}'::jsonb END, to_timestamp(ms / 1000.0 + 2), CASE m.status WHEN 'on_hold' THEN 'paid' END, stock, money, delivery, to_timestamp(ms / 1000.0 + 2)
  FROM made m CROSS JOIN orders t WHERE t.order_id = $5 ORDER BY n`;
const PAYMENTS = `WITH ${MADE} INSERT INTO payments SELECT (jsonb_populate_record(t, jsonb_build_object('order_id', m.order_id, 'reference', 'copy-' || n))).* FROM made m CROSS JOIN payments t WHERE t.order_id = $5 AND m.status NOT IN ('created', 'reserved') ORDER BY n`;
const REQUESTS = `WITH ${MADE} INSERT INTO fulfillment_requests SELECT (jsonb_populate_record(t, jsonb_build_object('order_id', m.order_id))).* FROM made m CROSS JOIN fulfillment_requests t WHERE t.order_id = $5 AND m.status NOT IN ('created', 'reserved', 'paid') ORDER BY n`;

/** Events of the order that is copied, in their order; one that is not completed has only the first ones. */
const EVENTS = `WITH ${MADE}, numbered AS (SELECT t.*, row_number() OVER (ORDER BY txid, position) AS step FROM events t WHERE t.subject = $5),
  model AS MATERIALIZED (SELECT n.*, c.step AS cause FROM numbered n LEFT JOIN numbered c ON c.event_id = n.causation_id),
  copied AS (
    SELECT m.n, m.ms, m.order_id, m.correlation_id AS copied_correlation_id, model.*
    FROM made m CROSS JOIN model WHERE m.status = 'completed' OR step <= 4)
  INSERT INTO events (event_id, txid, position, epoch, origin, type, version, topic, subject, slot, sequence, correlation_id, causation_id, source, occurred_at, recorded_at, metadata, data, digest, handler, attempt)
  OVERRIDING SYSTEM VALUE
  SELECT ${uuid7Of('ms + step * 20', "n || '-' || step")}, '3'::xid8, n * 40 + step, epoch, origin, type, version, topic, order_id, n % 256, sequence, copied_correlation_id,
    CASE WHEN cause IS NOT NULL THEN ${uuid7Of('ms + cause * 20', "n || '-' || cause")} END, source, to_timestamp((ms + step * 20) / 1000.0), to_timestamp((ms + step * 20) / 1000.0), metadata,
    CASE WHEN data ? 'orderId' THEN data || jsonb_build_object('orderId', order_id) ELSE data END, digest, handler, attempt
  FROM copied ORDER BY n, step`;

/** What was given up of those that are stuck as paid: the request to the fulfilling side. */
const GIVEN_UP = `INSERT INTO work (handler, event_id, reader, slot, subject, epoch, txid, position, state, attempt, fence, key, last_error)
  SELECT 'fulfillment.request', e.event_id, 'fulfillment', e.slot, o.order_id, e.epoch, e.txid, e.position, 'dead', 20, 0, o.order_id,
    jsonb_build_object('code', 'unavailable', 'message', 'The fulfilling side is not there.', 'atMs', extract(epoch FROM e.recorded_at) * 1000)
  FROM (SELECT order_id FROM orders WHERE status = 'paid' AND order_number >= 500000000 ORDER BY order_id LIMIT $1) o
    JOIN events e ON e.subject = o.order_id AND e.txid = '3'::xid8 AND e.position % 40 = 1
  ON CONFLICT DO NOTHING`;

export interface Filled {
  readonly events: number;
  readonly eventsOfAnOrder: number;
}

/** `model`: the completed order that is copied. */
export async function fillOrders(databaseUrl: string, { orders, model, nowMs }: { readonly orders: number; readonly model: string; readonly nowMs: number }): Promise<Filled> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: [there] } = await client.query('SELECT (SELECT count(*)::integer FROM orders WHERE order_number >= 500000000) AS orders, (SELECT count(*)::integer FROM events WHERE txid = $1::xid8) AS events', ['3']);
    const { rows: [known] } = await client.query("SELECT (SELECT count(*)::integer FROM events WHERE subject = $1) AS events FROM orders WHERE order_id = $1 AND status = 'completed'", [model]);
    if (known === undefined) throw new Error('There is no completed order to copy.');
    await client.query('SET synchronous_commit = off');
    let events: number = there.events;
    for (let from: number = there.orders; from < orders; from += ORDERS_AT_ONCE) {
      const range = [from, Math.min(orders, from + ORDERS_AT_ONCE) - 1, nowMs - SPAN_MS - 60_000, Math.floor(SPAN_MS / orders), model];
      await client.query('BEGIN');
      for (const sql of [ORDERS, PAYMENTS, REQUESTS]) await client.query(sql, range);
      events += (await client.query(EVENTS, range)).rowCount ?? 0;
      await client.query('COMMIT');
    }
    await client.query('VACUUM (ANALYZE) orders, payments, fulfillment_requests, events');
    await client.query(GIVEN_UP, [Math.ceil(orders / 1_000)]);
    await client.query('ANALYZE work');
    return { events, eventsOfAnOrder: known.events };
  } finally {
    await client.end();
  }
}
