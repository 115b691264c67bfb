/**
 * The naive composition, first half: an API that writes each order in a transaction of its own, workers that request each order by
 * itself, and sqs-consumer ×8 with a transaction for each message. Correct, as one writes it first. What would make it faster: several
 * orders in one transaction and in one request, messages in batches, calls to AWS without the SDK's pipeline. Without tokens, traces,
 * stock, money, history and retries that wait, all of which ours has.
 */
import { randomUUID } from 'node:crypto';
import type { Message } from '@aws-sdk/client-sqs';
import { SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { Consumer } from 'sqs-consumer';
import { Pool } from 'undici';
import { z } from 'zod';
import { DELIVERY } from '../consume/delivery.ts';
import { answer } from '../harness/child.ts';
import { jsonApi } from './json-api.http.ts';
import { transact, workThrough } from './work-through.pg.ts';

const WORKERS = 16;
const CONSUMERS = 8;
const CONNECTIONS = 20;
const ORDER = z.strictObject({
  customerId: z.string().min(1), currency: z.string().length(3), freight: z.string(),
  lines: z.array(z.strictObject({ sku: z.string().min(1), name: z.string(), quantity: z.int().min(1), unitPrice: z.string(), discount: z.string() })).min(1).max(500),
});

answer({
  async start({ databaseUrl, queueUrl, fulfillmentUrl }: { databaseUrl: string; queueUrl: string; fulfillmentUrl: string }) {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
    const other = new Pool(fulfillmentUrl, { connections: WORKERS });
    const requests = workThrough(pool, WORKERS, 'DELETE FROM requests WHERE number = (SELECT number FROM requests ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING order_id', async ({ order_id: orderId }, client) => {
      const { rows: [order] } = await client.query({ name: 'order', text: 'SELECT body FROM orders WHERE order_id = $1', values: [orderId] });
      const { statusCode, body } = await other.request({ method: 'POST', path: '/', headers: { 'content-type': 'application/json', 'idempotency-key': orderId }, body: JSON.stringify({ orderId, ...order.body }) });
      await body.dump();
      if (statusCode !== 202) throw new Error(`The fulfilling side answered ${statusCode}.`);
      await client.query({ name: 'requested', text: "UPDATE orders SET status = 'requested' WHERE order_id = $1 AND status = 'accepted'", values: [orderId] });
    });
    listen(queueUrl, pool);
    return jsonApi(async (given) => {
      const order = ORDER.parse(given);
      const orderId = randomUUID();
      await transact(pool, async (client) => {
        await client.query({ name: 'accept', text: "INSERT INTO orders (order_id, body, status) VALUES ($1, $2, 'accepted')", values: [orderId, order] });
        await client.query({ name: 'request', text: 'INSERT INTO requests (order_id) VALUES ($1)', values: [orderId] });
      });
      requests.poke();
      return { orderId };
    });
  },
});

function listen(queueUrl: string, pool: pg.Pool): void {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, md5: false });
  const handleMessage = async (message: Message): Promise<Message> => {
    const { detail: { eventId, data } } = DELIVERY.parse(JSON.parse(message.Body ?? ''));
    await transact(pool, async (client) => {
      const { rowCount } = await client.query({ name: 'receive', text: 'INSERT INTO inbox (event_id) VALUES ($1) ON CONFLICT DO NOTHING', values: [eventId] });
      if (rowCount === 1) await client.query({ name: 'fulfill', text: "UPDATE orders SET status = 'fulfilled', fulfilled_at = clock_timestamp() WHERE order_id = $1", values: [data.orderId] });
    });
    return message;
  };
  for (let index = 0; index < CONSUMERS; index += 1) {
    const consumer = Consumer.create({ queueUrl, sqs, batchSize: 10, waitTimeSeconds: 3, useQueueUrlAsEndpoint: false, handleMessage });
    consumer.on('error', tellFault);
    consumer.on('processing_error', tellFault);
    consumer.start();
  }
}

function tellFault({ message }: Error): void {
  console.error(`sqs-consumer: ${message}`);
}
