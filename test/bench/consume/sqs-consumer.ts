/**
 * sqs-consumer as one would write it: eight consumers, for one takes ten messages and waits for the slowest of them. With a transaction
 * for each message; or, with BATCHED=1, `handleMessageBatch` and one statement for the ten. Bodies are checked by a schema, messages
 * stay invisible by its heartbeat.
 */
import type { Message } from '@aws-sdk/client-sqs';
import { SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { Consumer } from 'sqs-consumer';
import { consuming } from './counted.ts';
import { DELIVERY } from './delivery.ts';
import { receiveOne } from './peer-transaction.ts';
import { FULFILL_ALL } from './statements.ts';

const CONSUMERS = 8;
const CONNECTIONS = 16;
const batched = process.env['BATCHED'] === '1';

consuming(async ({ databaseUrl, queueUrl }, done) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, md5: false });
  const detailOf = ({ Body = '' }: Message) => DELIVERY.parse(JSON.parse(Body)).detail;
  const handlers = batched
    ? {
        handleMessageBatch: async (messages: Message[]) => {
          const details = messages.map(detailOf);
          await pool.query({ name: 'fulfill-all', text: FULFILL_ALL, values: [details.map(({ eventId }) => eventId), details.map(({ data }) => data.orderId)] });
          done(messages.length);
          return messages;
        },
      }
    : {
        handleMessage: async (message: Message) => {
          const { eventId, data } = detailOf(message);
          await receiveOne(pool, eventId, data.orderId);
          done(1);
          return message;
        },
      };
  const consumers = Array.from({ length: CONSUMERS }, () => Consumer.create({ queueUrl, sqs, batchSize: 10, waitTimeSeconds: 3, visibilityTimeout: 30, heartbeatInterval: 15, useQueueUrlAsEndpoint: false, ...handlers }));
  for (const consumer of consumers) {
    consumer.on('error', tellFault);
    consumer.on('processing_error', tellFault);
  }
  return async () => {
    for (const consumer of consumers) consumer.start();
    return {
      async stop() {
        for (const consumer of consumers) consumer.stop({ abort: true });
      },
    };
  };
});

/** What its end breaks off is no fault. */
function tellFault({ message }: Error): void {
  if (!message.includes('aborted')) console.error(`sqs-consumer: ${message}`);
}
