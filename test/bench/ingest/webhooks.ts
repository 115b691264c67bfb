/** Signed webhooks for a run, each a fact of its own about an order of its own that waits for its payment. */
import { createHmac, randomUUID } from 'node:crypto';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import type pg from 'pg';

export interface SignedWebhook {
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Orders whose money was asked for, written as rows: what placing them costs is no part of this. Gives their ids. */
export async function fillOrders(pool: pg.Pool, count: number): Promise<string[]> {
  const run = randomUUID().slice(0, 8);
  await pool.query(
    `INSERT INTO orders (order_id, order_number, client_id, idempotency_key, request_hash, customer_id, currency, freight, total, lines, created_at, updated_at)
     SELECT $1 || '-' || n, nextval('order_number_blocks'), 'bench', $1 || '-' || n, '', 'BENCH', 'USD', 0, 10.00,
       '[{"lineId": "1", "sku": "NW-1", "quantity": 1, "unitPrice": "10.00", "discount": "0", "total": "10.00"}]', now(), now()
     FROM generate_series(1, $2::int) AS n`,
    [run, count],
  );
  await pool.query(
    `INSERT INTO payments (order_id, status, version, reference, checks, refunds, gone_lines, reason)
     SELECT $1 || '-' || n, 'initiated', 1, NULL, 0, '[]', '[]', NULL FROM generate_series(1, $2::int) AS n`,
    [run, count],
  );
  return Array.from({ length: count }, (_, index) => `${run}-${index + 1}`);
}

/** Signs one after the other, so that none grows too old. Throws when there are no orders left. */
export function webhookSource(orderIds: readonly string[], secret: string): () => SignedWebhook {
  const key = webhookKey(secret);
  let next = 0;
  return () => {
    const orderId = orderIds[next];
    if (orderId === undefined) throw new Error(`The ${orderIds.length} orders of this run are used up: ask for more with --orders.`);
    next += 1;
    return signed(`evt_${orderId}`, orderId, key);
  };
}

function signed(id: string, orderId: string, key: Buffer): SignedWebhook {
  const body = JSON.stringify({ provider_event_id: id, provider: 'standard', order_id: orderId, payment_id: `ch_${orderId}`, status: 'captured', amount: '10.00', currency: 'USD', occurred_at: new Date().toISOString() });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { id, body, headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` } };
}
