/**
 * @message-queue-toolkit/sqs doing the same: eight consumers, its schema check, a transaction for each message. Its own deduplication needs a
 * Redis and stands outside the transaction; the inbox does it here. It logs what its end breaks off, which is not wanted here.
 */
import { SQSClient } from '@aws-sdk/client-sqs';
import { MessageHandlerConfigBuilder } from '@message-queue-toolkit/core';
import { AbstractSqsConsumer } from '@message-queue-toolkit/sqs';
import type { SQSConsumerDependencies } from '@message-queue-toolkit/sqs';
import pg from 'pg';
import type { z } from 'zod';
import { consuming } from './counted.ts';
import { DELIVERY } from './delivery.ts';
import { receiveOne } from './peer-transaction.ts';

type Delivery = z.infer<typeof DELIVERY>;
interface Context {
  readonly pool: pg.Pool;
  readonly done: (count: number) => void;
}

const CONSUMERS = 8;
const CONNECTIONS = 16;
const SILENT = { trace: () => undefined, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, fatal: console.error, child: () => SILENT, level: 'warn', isLevelEnabled: () => false, msgPrefix: undefined };

class Completions extends AbstractSqsConsumer<Delivery, Context> {
  constructor(queueUrl: string, context: Context) {
    const dependencies = {
      sqsClient: new SQSClient({ useQueueUrlAsEndpoint: false, md5: false }), logger: SILENT, errorReporter: { report: () => undefined },
      consumerErrorResolver: { processError: (error: unknown) => error }, transactionObservabilityManager: { start: () => undefined, startWithGroup: () => undefined, stop: () => undefined, addCustomAttributes: () => undefined },
    };
    super(dependencies as unknown as SQSConsumerDependencies, {
      locatorConfig: { queueUrl }, messageTypeResolver: { messageTypePath: 'detail-type' }, messageIdField: 'id', messageTimestampField: 'time', concurrentConsumersAmount: CONSUMERS,
      consumerOverrides: { batchSize: 10, waitTimeSeconds: 3, heartbeatInterval: 15, useQueueUrlAsEndpoint: false },
      handlers: new MessageHandlerConfigBuilder<Delivery, Context>().addConfig(DELIVERY, async ({ detail: { eventId, data } }, { pool, done }) => {
        await receiveOne(pool, eventId, data.orderId);
        done(1);
        return { result: 'success' };
      }).build(),
    }, context);
  }
}

consuming(async ({ databaseUrl, queueUrl }, done) => {
  const consumer = new Completions(queueUrl, { pool: new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS }), done });
  return async () => {
    await consumer.start();
    return { stop: () => consumer.close(true) };
  };
});
