/**
 * Fills a log with orders of ten events each, spread evenly over the last year: made by the database itself, ten million in
 * minutes. A hundred orders are under way at any time; one in a thousand is refused by its bank, one in a hundred thousand is refunded.
 */
import { ensurePartitions } from '@commerce/event-log/schema';
import type pg from 'pg';

const DAY_MS = 86_400_000;
export const YEAR_MS = 365 * DAY_MS;
/** Of one transaction. */
const ROWS = 1_000;
const TYPES = [
  ['OrderCheckoutInitiated', 'order-events'], ['OrderCreated', 'order-events'], ['InventoryReserved', 'inventory-events'], ['PaymentInitiated', 'payment-events'], ['PaymentProcessed', 'payment-events'],
  ['OrderConfirmed', 'order-events'], ['FulfillmentRequested', 'fulfillment-events'], ['ShippingCreated', 'shipping-events'], ['OrderShipped', 'order-events'], ['OrderCompleted', 'order-events'],
] as const;
const SECONDARY = { events_order: 'epoch, txid, position', events_subject: 'subject, txid, position', events_correlation: 'correlation_id', events_type: 'type COLLATE "C", txid, position' } as const;

/** SQL of a UUIDv7 of the moment of event `n`, with a tail made of `n` and a salt. */
const idOf = (n: string, salt: string): string => `(lpad(to_hex(${momentOf(n)}), 12, '0') || '7' || substr(md5(${n} || '${salt}'), 1, 3) || '8' || substr(md5(${n} || '${salt}'), 4, 15))::uuid`;
/** `$3` Unix milliseconds of the first event, `$4` milliseconds between two. */
const momentOf = (n: string): string => `($3::float8 + (${n}) * $4::float8)::bigint`;

export async function fillLog(pool: pg.Pool, events: number, nowMs: number, tell: (text: string) => void): Promise<void> {
  for (let atMs = nowMs - YEAR_MS; atMs < nowMs; atMs += 60 * DAY_MS) await ensurePartitions(pool, atMs);
  for (const index of Object.keys(SECONDARY)) await pool.query(`DROP INDEX ${index}`);
  const startMs = nowMs - YEAR_MS;
  const client = await pool.connect();
  await client.query('SET synchronous_commit = off');
  for (let from = 0; from < events; from += ROWS) {
    await client.query(FILL, [from, Math.min(events, from + ROWS) - 1, startMs, YEAR_MS / events, TYPES.map(([type]) => type), TYPES.map(([, topic]) => topic)]);
    if (from % 1_000_000 === 0) tell(`${from.toLocaleString('en')} events`);
  }
  client.release();
  for (const [index, columns] of Object.entries(SECONDARY)) {
    const startedMs = performance.now();
    await pool.query(`CREATE INDEX ${index} ON events (${columns})`);
    tell(`index ${index} in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  }
  await pool.query('VACUUM (ANALYZE) events');
}

// A block of a thousand events is a hundred orders, step by step: the event a hundred before is the one that caused this one.
const FILL = `
INSERT INTO events (event_id, epoch, origin, type, version, topic, subject, slot, sequence, correlation_id, causation_id, source, occurred_at, recorded_at, metadata, data, digest, handler, attempt)
SELECT ${idOf('n', 'event')}, 1, 'own',
  CASE WHEN step = 4 AND number % 1000 = 7 THEN 'PaymentFailed' WHEN step = 9 AND number % 100000 = 3 THEN 'OrderRefunded' ELSE ($5::text[])[step + 1] END,
  'v1', ($6::text[])[step + 1], ${idOf('first', 'order')}::text, number % 256, step + 1, ${idOf('first', 'correlation')},
  CASE WHEN step > 0 THEN ${idOf('n - 100', 'event')} END, 'order-service',
  to_timestamp(${momentOf('n')} / 1000.0), to_timestamp(${momentOf('n')} / 1000.0), jsonb_build_object('userId', 'user-' || number % 5000, 'sequence', step + 1),
  jsonb_build_object('orderId', ${idOf('first', 'order')}, 'customerId', 'customer-' || number % 5000, 'currency', 'USD', 'total', (number % 90000 + 100)::text || '.40',
    'lines', jsonb_build_array(jsonb_build_object('lineId', '1', 'sku', 'SKU-' || number % 77, 'quantity', number % 9 + 1, 'unitPrice', '12.40')),
    'shippingAddress', jsonb_build_object('name', 'Somebody of the bench', 'street', 'A street and a number', 'city', 'Reims', 'country', 'FR')),
  decode(md5(n::text) || md5(n::text), 'hex'), CASE WHEN step > 1 THEN 'orders.step' END, CASE WHEN step > 1 THEN 1 END
FROM (SELECT n, n % 1000 / 100 AS step, n / 1000 * 100 + n % 100 AS number, n / 1000 * 1000 + n % 100 AS first FROM generate_series($1::bigint, $2::bigint) AS n) AS made
ORDER BY n`;
