/** What lies in the queue: completions of Order Fulfillment as EventBridge delivers them, each of an order that waits for it. */
import { randomBytes } from 'node:crypto';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { Pool } from 'undici';

export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';
export const BUS = 'fulfillment';
export const QUEUE = 'completions';
export const SOURCE = 'order-fulfillment';
export const TYPE = FulfillmentCompleted.type;

const SENDERS = 8;
const PER_CALL = 10;
const ORDERS_PER_STATEMENT = 5_000;
/** One trace in so many is kept, as it is usual where much flows. */
const TRACED = 100;

export interface Message {
  readonly orderId: string;
  readonly body: string;
}

export function messagesOf(count: number): Message[] {
  return Array.from({ length: count }, (_, index) => {
    const nowMs = Date.now();
    const [eventId, orderId, timestamp] = [uuid7(nowMs), uuid7(nowMs), new Date(nowMs).toISOString()];
    const detail = {
      eventId, eventType: TYPE, eventVersion: 'v1', timestamp, source: SOURCE, correlationId: uuid7(nowMs), causationId: null, data: { ...FulfillmentCompleted.example, orderId },
      metadata: { sequence: 3, traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-0${index % TRACED === 0 ? 1 : 0}` },
    };
    return { orderId, body: JSON.stringify({ version: '0', id: uuid7(nowMs), 'detail-type': TYPE, source: SOURCE, account: ACCOUNT, time: timestamp, region: REGION, resources: [], detail }) };
  });
}

/** Sends all; resolves when the queue has them. */
export async function sendAll(messages: readonly Message[], { awsUrl, queueUrl }: { readonly awsUrl: string; readonly queueUrl: string }): Promise<void> {
  const pool = new Pool(awsUrl, { connections: SENDERS });
  let next = 0;
  await Promise.all(Array.from({ length: SENDERS }, async () => {
    while (next < messages.length) {
      const ten = messages.slice(next, (next += PER_CALL));
      await send(pool, JSON.stringify({ QueueUrl: queueUrl, Entries: ten.map(({ body }, index) => ({ Id: String(index), MessageBody: body })) }));
    }
  }));
  await pool.close();
}

/** The orders for which the messages are. */
export async function insertOrders(messages: readonly Message[], databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (let from = 0; from < messages.length; from += ORDERS_PER_STATEMENT) {
    await client.query("INSERT INTO bench_orders (order_id, status, version) SELECT order_id, 'requested', 1 FROM unnest($1::text[]) AS order_id", [messages.slice(from, from + ORDERS_PER_STATEMENT).map(({ orderId }) => orderId)]);
  }
  await client.query('ANALYZE bench_orders');
  await client.end();
}

async function send(pool: Pool, call: string): Promise<void> {
  const { statusCode, body } = await pool.request({ method: 'POST', path: '/', headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessageBatch' }, body: call });
  const text = await body.text();
  if (statusCode !== 200 || text.includes('"Failed":[{')) throw new Error(`The queue did not take the messages: ${statusCode} ${text.slice(0, 300)}`);
}
